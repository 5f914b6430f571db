#include "server/letter_templates.h"

#include "host/failure.h"
#include "rules/letter_mentions.h"
#include "rules/letter_wording.h"
#include "server/default_letters.h"
#include "server/encoding.h"
#include "server/letter_facts.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

std::vector<std::string> lacking(LetterKind kind, Capacity capacity, const TemplateText& text,
                                 const std::string& law) {
  const LetterFacts facts = specimen_letter(kind, capacity, law);
  std::vector<std::string> out;
  for (const LetterMention one : missing_mentions(facts, fill_letter(text.title, text.body, facts).text))
    out.push_back(std::string(name_of(one)) + " (" + std::string(legal_basis_of(one)) + ")");
  return out;
}

}  // namespace

TemplateText parse_template(std::string_view content) {
  if (!is_utf8(content))
    throw Failure(Code::bad_file, "The template is not UTF-8: save it in that encoding.");
  std::string text;
  for (const char c : content)
    if (c != '\r') text += c;
  const std::size_t end = text.find('\n');
  const std::size_t begin = end == std::string::npos ? end : text.find_first_not_of('\n', end);
  if (begin == std::string::npos || end == 0)
    throw Failure(Code::bad_file,
                  "A template's first line is its subject, then come a blank line and the text.");
  TemplateText out{.title = text.substr(0, end), .body = text.substr(begin)};
  while (!out.body.empty() && out.body.back() == '\n') out.body.pop_back();
  const auto& columns = schema::table("letter_template").columns;
  const auto longest =
      static_cast<std::size_t>(columns[schema::column(schema::table("letter_template"), "body")].text_max);
  if (out.body.size() > longest)
    throw Failure(Code::bad_file, "A template's text is at most " + std::to_string(longest) + " bytes.");
  return out;
}

TemplateCheck check_template(sql::Connection& db, LetterKind kind, const TemplateText& text,
                             CivilDate today) {
  TemplateCheck out;
  if (text.title == kLawTextTitle) return out;  // the words of the law
  if (const auto fault = template_fault(text.title, text.body)) {
    std::string known;
    for (const std::string_view field : letter_fields())
      known += (known.empty() ? "" : ", ") + std::string(field);
    out.faults.push_back(fault->kind == TemplateFault::Kind::open_brace
                             ? "A brace is not closed at `" + fault->field + "`."
                             : "There is no field `" + fault->field + "`; there are " + known + ".");
    return out;
  }
  const std::string law = law_text(db, today);
  const std::vector<std::string> quoted{law};
  for (const WordingFault& one : wording_faults(kind, raw_letter(text.title, text.body), quoted))
    out.faults.push_back("It may not say `" + one.word + "` in its " + std::string(one.place) + " (" +
                         std::string(one.basis) + ").");
  const Capacity own = kind == LetterKind::agency_notice ? Capacity::agency : Capacity::own_name;
  for (const std::string& one : lacking(kind, own, text, law)) out.faults.push_back("It lacks " + one + ".");
  if (out.faults.empty() && own == Capacity::own_name)
    for (const std::string& one : lacking(kind, Capacity::agency, text, law))
      out.warnings.push_back("Under an agency's mandate it would be refused for want of " + one + ".");
  return out;
}

std::int64_t publish_template(Ledger& ledger, const Author& author, LetterKind kind, const TemplateText& text,
                              const std::optional<Id>& creditor, CivilDate valid_from) {
  const std::int64_t version =
      sql::number(ledger.db(), "SELECT max(version) FROM letter_template WHERE kind = ?1", name_of(kind))
          .value_or(0) +
      1;
  OpDraft draft(sync::OpKind::insert, "letter_template", ledger.random().row_id(ledger.now()));
  draft.set("kind", name_of(kind)).set("version", Value{version}).set("valid_from", iso_text(valid_from));
  draft.set("title", text.title).set("body", text.body);
  if (creditor) draft.set("creditor_id", *creditor);
  const sync::Outcome outcome = ledger.apply_office(author, "template.publish", {draft.take()});
  if (outcome.status == sync::Status::refused)
    throw Failure(Code::refused, "A rule forbids it (" + outcome.reason + "). Nothing was stored.");
  return version;
}

}  // namespace relance::server
