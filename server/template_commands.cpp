// template list, show, test, publish.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/failure.h"
#include "host/files.h"
#include "host/local_day.h"
#include "server/letter_commands.h"
#include "server/letter_templates.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::size_t kTemplateBytesMax = 64 * 1024;

struct Options {
  std::string file, kind, creditor, from, as;
};

LetterKind kind_of(const Options& options) {
  if (const auto kind = parse_letter_kind(options.kind)) return *kind;
  throw Failure(Code::usage,
                "There is no letter of that kind; `relance-server template list` shows those there are.");
}

json::array texts_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& one : texts) out.emplace_back(one);
  return out;
}

void list(CommandContext& context) {
  sql::Query q(context.reading(),
               "SELECT t.id, t.kind, t.version, t.language, coalesce(k.name, ''), t.valid_from, "
               "coalesce(t.valid_to, ''),"
               " t.title FROM letter_template t LEFT JOIN creditor k ON k.id = t.creditor_id ORDER BY "
               "t.kind, t.version");
  json::array all;
  TextTable table({{"kind"},
                   {"version", TextTable::Align::right},
                   {"creditor", {}, 24},
                   {"from"},
                   {"to"},
                   {"subject"},
                   {"id"}});
  while (q.next()) {
    if (context.json)
      all.push_back(json::object{{"id", q.id(0).text()},
                                 {"kind", q.text(1)},
                                 {"version", q.integer(2)},
                                 {"language", q.text(3)},
                                 {"creditor", q.text(4)},
                                 {"valid_from", q.text(5)},
                                 {"valid_to", q.text(6)},
                                 {"subject", q.text(7)}});
    else
      table.add({q.text(1), std::to_string(q.integer(2)), q.text(4), q.text(5), q.text(6), q.text(7),
                 q.id(0).text()});
  }
  if (context.json) return print_json(json::object{{"templates", std::move(all)}});
  print(table.empty() ? "There is no template.\n" : table.text());
}

void show(CommandContext& context, const std::string& id) {
  sql::Query q(context.reading(), "SELECT title, body FROM letter_template WHERE id = ?1", Id::parse(id));
  if (!q.next())
    throw Failure(Code::not_found,
                  "There is no template of that id; `relance-server template list` shows them.");
  if (context.json) return print_json(json::object{{"subject", q.text(0)}, {"body", q.text(1)}});
  print(q.text(0) + "\n\n" + q.text(1) + "\n");
}

// False when it is refused, which was told then.
bool passes(CommandContext& context, const Options& options, const TemplateText& text, TemplateCheck& check) {
  const CivilDate today = *parse_civil_date(local_day(context.clock.now()));
  check = check_template(context.reading(), kind_of(options), text, today);
  if (check.faults.empty()) return true;
  std::string sentence;
  for (const std::string& one : check.faults) sentence += (sentence.empty() ? "" : " ") + one;
  ErrorReport report("relance-server");
  report.use_json(context.json);
  context.exit_code = report.tell("bad_template", sentence, 3);
  return false;
}

void test(CommandContext& context, const Options& options) {
  const TemplateText text = parse_template(read_file(options.file, kTemplateBytesMax));
  TemplateCheck check;
  if (!passes(context, options, text, check)) return;
  if (context.json) return print_json(json::object{{"warnings", texts_json(check.warnings)}});
  for (const std::string& one : check.warnings) say(one);
  print("It can be published.\n");
}

void publish(CommandContext& context, const Options& options) {
  const TemplateText text = parse_template(read_file(options.file, kTemplateBytesMax));
  TemplateCheck check;
  if (!passes(context, options, text, check)) return;
  const Author author = context.author(options.as);
  std::optional<Id> creditor;
  if (!options.creditor.empty()) {
    creditor = sql::id(context.reading(), "SELECT id FROM creditor WHERE name = ?1", options.creditor);
    if (!creditor)
      throw Failure(Code::not_found,
                    "There is no creditor of that name; names are given as they are written.");
  }
  const auto from = parse_civil_date(options.from.empty() ? local_day(context.clock.now()) : options.from);
  if (!from) throw Failure(Code::usage, "A day is given as 2026-11-21.");
  std::int64_t version = 0;
  context.commit([&](Ledger& ledger) {
    version = publish_template(ledger, author, kind_of(options), text, creditor, *from);
  });
  for (const std::string& one : check.warnings) say(one);
  if (context.json)
    print_json(
        json::object{{"kind", options.kind}, {"version", version}, {"warnings", texts_json(check.warnings)}});
  else
    print(options.kind + " version " + std::to_string(version) + "\n");
}

}  // namespace

void add_template_commands(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("template", "The texts of letters, in versions that never change");
  command->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* listed = command->add_subcommand("list", "All versions");
  listed->callback([&context] { list(context); });
  auto* shown = command->add_subcommand("show", "One version, as a file for publish");
  shown->add_option("id", options->file, "Its id")->required();
  shown->callback([&context, options] { show(context, options->file); });
  auto* tested = command->add_subcommand("test", "Would it be published? Fields, wording, mentions");
  auto* published = command->add_subcommand("publish", "Make it the next version of its kind");
  for (CLI::App* one : {tested, published}) {
    one->add_option("file", options->file, "First line: the subject; then a blank line; then the text")
        ->required();
    one->add_option("--kind", options->kind, "Which letter")->required();
    one->footer(
        "The text has {fields}; {?field} keeps what follows only where the field has a value, up to {/} or "
        "the "
        "paragraph's end.\nExample:\n  relance-server template publish rappel.txt --kind reminder_1 --as "
        "claire --from "
        "2027-01-01");
  }
  published->add_option("--creditor", options->creditor, "Only for this creditor's letters, by exact name");
  published->add_option("--from", options->from, "First day on which it is used (else today)");
  published->add_option("--as", options->as, "In whose name (role office)")->required();
  tested->callback([&context, options] { test(context, *options); });
  published->callback([&context, options] { publish(context, *options); });
}

}  // namespace relance::server
