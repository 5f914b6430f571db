#include "host/position_view.h"

#include "host/failure.h"
#include "host/terminal.h"
#include "host/value_text.h"

namespace relance {
namespace {

namespace json = boost::json;

std::string_view word_of(DebtorNature nature) {
  switch (nature) {
    case DebtorNature::unknown: return "unknown";
    case DebtorNature::trader: return "trader";
    case DebtorNature::consumer: return "consumer";
  }
  return "";
}

Text text_of(DebtorNature nature) {
  switch (nature) {
    case DebtorNature::unknown: return Text::nature_unknown;
    case DebtorNature::trader: return Text::nature_trader;
    case DebtorNature::consumer: return Text::nature_consumer;
  }
  return Text::nature_unknown;
}

std::string day_text(const std::optional<CivilDate>& day) { return day ? iso_text(*day) : std::string(); }

json::value day_json(const std::optional<CivilDate>& day) {
  return day ? json::value(iso_text(*day)) : json::value(nullptr);
}

std::string limitation_text(Lang lang, const ClaimPosition& claim) {
  if (!claim.limitation.last_day)
    return phrase(lang, claim.limitation.reason == LimitationReason::suspended ? Text::limitation_stopped
                                                                               : Text::limitation_undated);
  const Text text = *claim.days_left < 0 ? Text::limitation_over : Text::limitation_left;
  std::string out = phrase(lang, text, {iso_text(*claim.limitation.last_day), std::abs(*claim.days_left)});
  if (claim.limitation.act != LimitationAct::none)
    out += ", " + word_label(lang, name_of(claim.limitation.act));
  return out;
}

std::string claims_text(Lang lang, const CasePosition& position) {
  const auto left = TextTable::Align::left, right = TextTable::Align::right;
  TextTable table({{column_label(lang, "piece_ref"), left, 24},
                   {column_label(lang, "due_on")},
                   {phrase(lang, Text::open_part), right},
                   {word_label(lang, "interest"), right},
                   {column_label(lang, "limitation")},
                   {word_label(lang, "dispute")}});
  for (const ClaimPosition& claim : position.claims)
    table.add({claim.piece_ref, day_text(claim.due_on), cents_text(claim.open_cents),
               cents_text(claim.interest_cents), limitation_text(lang, claim),
               claim.is_disputed ? phrase(lang, Text::yes) : ""});
  return table.empty() ? "" : table.text();
}

// "1-30", "31-60" ... "> 120"
std::vector<std::string> bucket_names(const std::vector<std::int64_t>& edges) {
  std::vector<std::string> out;
  std::int64_t from = 1;
  for (const std::int64_t edge : edges) {
    out.push_back(std::to_string(from) + "-" + std::to_string(edge));
    from = edge + 1;
  }
  out.push_back("> " + std::to_string(from - 1));
  return out;
}

std::string aged_text(Lang lang, const CasePosition& position) {
  const auto right = TextTable::Align::right;
  std::vector<TextTable::Column> titles{{phrase(lang, Text::aged_not_due), right}};
  std::vector<std::string> cells{cents_text(position.aged.not_due_cents)};
  const std::vector<std::string> names = bucket_names(position.aged_edges);
  for (std::size_t i = 0; i < position.aged.overdue_cents.size(); ++i) {
    titles.push_back({names[i], right});
    cells.push_back(cents_text(position.aged.overdue_cents[i]));
  }
  titles.push_back({phrase(lang, Text::aged_unmatched), right});
  cells.push_back(cents_text(position.aged.credits.cash_cents + position.aged.credits.credit_notes_cents));
  titles.push_back({word_label(lang, "dispute"), right});
  cells.push_back(cents_text(position.aged.disputed_cents));
  TextTable table(std::move(titles));
  table.add(std::move(cells));
  return table.text();
}

// What an agency has to say at every further step, or why it may not take one (CPCE R124-3, R124-4).
std::string recall_text(Lang lang, const CasePosition& position) {
  if (!position.is_agency) return {};
  if (!position.has_mandate_in_force) return phrase(lang, Text::no_mandate) + "\n";
  if (!position.statutory_letter) return phrase(lang, Text::no_statutory_letter) + "\n";
  return phrase(lang, Text::recall_letter,
                {position.statutory_letter->number, position.statutory_letter->sent_on}) +
         "\n";
}

}  // namespace

CaseFigures case_figures(sql::Connection& db, const Id& case_id, std::string_view iso_day) {
  const sql::Transaction snapshot(db, sql::Access::read);
  CaseFigures out;
  try {
    out.position = case_position(db, case_id, iso_day);
  } catch (const Failure& failure) {
    if (failure.code() != Code::not_found) throw;
    out.why_not = failure.message();  // the rest of the case is worth reading without it
  }
  out.account = account_lines(db, case_id, iso_day);
  return out;
}

std::string figures_text(Lang lang, const CaseFigures& figures) {
  const std::string position =
      figures.position ? position_text(lang, *figures.position) : "\n" + figures.why_not + "\n";
  return position + account_text(lang, figures.account);
}

void add_figures(json::object& out, const CaseFigures& figures) {
  if (figures.position) {
    out["position"] = position_json(*figures.position);
  } else {
    out["position"] = nullptr;
    out["position_missing"] = figures.why_not;
  }
  out["account"] = account_json(figures.account);
}

std::string position_text(Lang lang, const CasePosition& p) {
  std::string out = "\n" +
                    phrase(lang, Text::position_line,
                           {p.day, cents_text(p.principal_cents), cents_text(p.interest_cents),
                            cents_text(p.indemnity_cents), cents_text(p.total_cents())}) +
                    "\n" + phrase(lang, text_of(p.nature)) + "\n";
  if (p.interest_unknown_from)
    out += phrase(lang, Text::interest_unknown, {iso_text(*p.interest_unknown_from)}) + "\n";
  return out + recall_text(lang, p) + claims_text(lang, p) + aged_text(lang, p);
}

std::string account_text(Lang lang, const std::vector<AccountLine>& lines) {
  if (lines.empty()) return {};
  const auto left = TextTable::Align::left, right = TextTable::Align::right;
  TextTable table({{column_label(lang, "booked_on")},
                   {column_label(lang, "kind")},
                   {column_label(lang, "piece_ref"), left, 24},
                   {column_label(lang, "label"), left, 40},
                   {column_label(lang, "amount_cents"), right},
                   {column_label(lang, "balance_cents"), right}});
  for (const AccountLine& line : lines)
    table.add({line.booked_on, word_label(lang, line.kind), line.piece_ref, line.label,
               cents_text(line.amount_cents), cents_text(line.balance_cents)});
  return "\n" + phrase(lang, Text::account_title, {lines.size()}) + "\n" + table.text();
}

json::object position_json(const CasePosition& p) {
  json::array claims;
  for (const ClaimPosition& claim : p.claims)
    claims.push_back(
        json::object{{"id", claim.id.text()},
                     {"piece_ref", claim.piece_ref},
                     {"due_on", day_json(claim.due_on)},
                     {"open_cents", claim.open_cents},
                     {"disputed", claim.is_disputed},
                     {"interest_from", day_json(claim.interest_from)},
                     {"interest_cents", claim.interest_cents},
                     {"limitation_on", day_json(claim.limitation.last_day)},
                     {"limitation_reason", name_of(claim.limitation.reason)},
                     {"limitation_act", name_of(claim.limitation.act)},
                     {"days_left", claim.days_left ? json::value(*claim.days_left) : json::value(nullptr)}});
  json::array overdue;
  for (const std::int64_t cents : p.aged.overdue_cents) overdue.push_back(cents);
  json::array edges;
  for (const std::int64_t edge : p.aged_edges) edges.push_back(edge);
  json::object out{{"day", p.day},
                   {"nature", word_of(p.nature)},
                   {"principal_cents", p.principal_cents},
                   {"interest_cents", p.interest_cents},
                   {"interest_unknown_from", day_json(p.interest_unknown_from)},
                   {"indemnity_cents", p.indemnity_cents},
                   {"total_cents", p.total_cents()},
                   {"first_limitation_on", day_json(p.first_limitation)},
                   {"agency", p.is_agency},
                   {"mandate_in_force", p.has_mandate_in_force}};
  out["statutory_letter"] = p.statutory_letter
                                ? json::value(json::object{{"number", p.statutory_letter->number},
                                                           {"sent_on", p.statutory_letter->sent_on}})
                                : json::value(nullptr);
  out["aged"] = json::object{{"not_due_cents", p.aged.not_due_cents},
                             {"edges_days", std::move(edges)},
                             {"overdue_cents", std::move(overdue)},
                             {"disputed_cents", p.aged.disputed_cents},
                             {"credit_notes_cents", p.aged.credits.credit_notes_cents},
                             {"cash_cents", p.aged.credits.cash_cents},
                             {"balance_cents", p.aged.balance_cents()}};
  out["claims"] = std::move(claims);
  return out;
}

json::array account_json(const std::vector<AccountLine>& lines) {
  json::array out;
  for (const AccountLine& line : lines)
    out.push_back(json::object{{"booked_on", line.booked_on},
                               {"kind", line.kind},
                               {"piece_ref", line.piece_ref},
                               {"label", line.label},
                               {"amount_cents", line.amount_cents},
                               {"balance_cents", line.balance_cents}});
  return out;
}

}  // namespace relance
