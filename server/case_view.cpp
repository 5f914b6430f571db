#include "server/case_view.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "host/csv.h"
#include "host/failure.h"
#include "host/rank_words.h"
#include "host/terminal.h"
#include "host/value_text.h"
#include "host/work_query.h"
#include "schema/tables.h"
#include "server/rows.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using schema::Column;
using schema::Table;
using schema::Type;

// ---- the list ----------------------------------------------------------------------------------------------

std::vector<CaseLine> ranked(sql::Connection& db, std::vector<CaseFacts> cases, const std::optional<Id>& only,
                             const std::string& today) {
  const auto work = work_rows(db, cases, only);
  std::vector<CaseLine> lines;
  lines.reserve(cases.size());
  for (CaseFacts& one : cases) lines.emplace_back().facts = std::move(one);
  const DatedRules rules(db);
  const auto amount = [&](std::string_view code, const std::string& day) { return rules.at(code, day); };
  return ranked_cases(std::move(lines), work, amount, today);
}

// Cases whose debtor has an address there.
std::set<Id> cases_at(sql::Connection& db, std::string_view postcode) {
  std::set<Id> out;
  sql::Query q(db,
               "SELECT c.id, p.postcode FROM contact_point p JOIN case_file c ON c.debtor_id = p.debtor_id"
               " WHERE p.postcode IS NOT NULL AND p.status NOT IN ('wrong', 'refused')");
  while (q.next())
    if (q.view(1).starts_with(postcode)) out.insert(q.id(0));
  return out;
}

bool is_like(const CaseFacts& one, const CaseFilter& filter) {
  if (one.stage == "closed" && (filter.only_open || one.balance_cents == 0)) return false;
  if (!filter.creditor.empty() && one.creditor != filter.creditor) return false;
  if (filter.is_held && *filter.is_held == one.holders.empty()) return false;
  return filter.holder.empty() ||
         std::find(one.holders.begin(), one.holders.end(), filter.holder) != one.holders.end();
}

void require_name(sql::Connection& db, std::string_view query, const std::string& name,
                  std::string_view what) {
  if (name.empty() || sql::id(db, query, name)) return;
  throw Failure(Code::not_found,
                "There is no " + std::string(what) + " of that name; names are given as they are written.");
}

// ---- one case ----------------------------------------------------------------------------------------------

std::vector<Id> ids_on(sql::Connection& db, const Table& t, const Id& case_id, const Id& debtor_id) {
  const bool by_case = schema::find_column(t, "case_id").has_value();
  const bool by_debtor = schema::find_column(t, "debtor_id").has_value();
  std::vector<Id> out;
  const auto take = [&](std::string_view column, const Id& id) {
    sql::Query q(db,
                 "SELECT id FROM " + std::string(t.name) + " WHERE " + std::string(column) +
                     " = ?1 ORDER BY created_at, id",
                 id);
    while (q.next())
      if (std::find(out.begin(), out.end(), q.id(0)) == out.end()) out.push_back(q.id(0));
  };
  if (t.way == schema::Way::root) take("id", case_id);
  if (t.way == schema::Way::debtor) take("id", debtor_id);
  if (t.way == schema::Way::by_case && by_case) take("case_id", case_id);
  if (t.way == schema::Way::by_case && by_debtor) take("debtor_id", debtor_id);
  return out;
}

// By the day that the rows speak of: an import writes a whole year in one moment.
void order_by_day(const Table& t, std::vector<Row>& rows) {
  const auto begin = t.columns.begin() + static_cast<std::ptrdiff_t>(schema::kStampColumns);
  const auto day = std::find_if(begin, t.columns.end(), [](const Column& c) {
    return c.type == Type::date || c.type == Type::instant;
  });
  if (day == t.columns.end()) return;
  const auto place = static_cast<std::size_t>(day - t.columns.begin());
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (is_null(a[place]) || is_null(b[place])) return !is_null(a[place]) && is_null(b[place]);
    return a[place] < b[place];
  });
}

struct TableRows {
  const Table* table = nullptr;
  std::vector<Row> rows;
};

// By the schema alone: a table declared tomorrow shows up.
std::vector<TableRows> rows_of(sql::Connection& db, const CaseLine& line) {
  const Id debtor =
      sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", line.facts.id).value_or(Id{});
  std::vector<TableRows> out;
  for (const Table& t : schema::business_tables()) {
    if (t.way == schema::Way::common || t.way == schema::Way::office) continue;
    TableRows& part = out.emplace_back(TableRows{&t, {}});
    for (const Id& id : ids_on(db, t, line.facts.id, debtor))
      if (auto row = load_row(db, t, id)) part.rows.push_back(std::move(*row));
    order_by_day(t, part.rows);
  }
  return out;
}

std::int64_t open_part(const CaseLine& line, const Row& claim) {
  for (std::size_t i = 0; i < line.facts.claims.size(); ++i)
    if (Value{line.facts.claims[i].id} == claim.front()) return line.open_cents[i];
  return 0;
}

// ---- for a screen ------------------------------------------------------------------------------------------

std::string cell(sql::Connection& db, const Column& c, const Value& value) {
  const Id* id = std::get_if<Id>(&value);
  if (id != nullptr && c.references == "staff")
    return sql::text(db, "SELECT name FROM staff WHERE id = ?1", *id).value_or(id->text());
  return value_text(c, value);
}

bool says_nothing(const Column& c, const Value& value) {
  return is_null(value) || (c.type == Type::flag && value == Value{std::int64_t{0}});
}

// Columns that say something in one of the rows; keys into other tables say nothing to a person.
std::vector<std::size_t> shown_columns(const Table& t, const std::vector<Row>& rows) {
  std::vector<std::size_t> out;
  if (t.name == "conflict" || t.name == "proposal" || t.name == "payment_plan") out.push_back(0);
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const Column& c = t.columns[i];
    const bool is_key = c.type == Type::id && c.references != "staff";
    if (is_key || !c.served || c.name == "currency") continue;
    if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) { return !says_nothing(c, row[i]); }))
      out.push_back(i);
  }
  return out;
}

std::string rows_text(sql::Connection& db, const CaseLine& line, const Table& t,
                      const std::vector<Row>& rows) {
  const std::vector<std::size_t> columns = shown_columns(t, rows);
  std::vector<TextTable::Column> titles;
  for (const std::size_t c : columns)
    titles.push_back({std::string(t.columns[c].name),
                      t.columns[c].type == Type::cents ? TextTable::Align::right : TextTable::Align::left,
                      50});
  if (t.name == "claim") titles.push_back({"asked", TextTable::Align::right});
  TextTable table(std::move(titles));
  for (const Row& row : rows) {
    std::vector<std::string> cells;
    for (const std::size_t c : columns) cells.push_back(cell(db, t.columns[c], row[c]));
    if (t.name == "claim") cells.push_back(cents_text(open_part(line, row)));
    table.add(std::move(cells));
  }
  return "\n" + std::string(t.name) + " (" + std::to_string(rows.size()) + ")\n" + table.text();
}

std::string record_text(sql::Connection& db, const Table& t, const Row& row) {
  std::string out = "\n" + std::string(t.name) + " " + std::get<Id>(row.front()).text() + "\n";
  for (const std::size_t c : shown_columns(t, {row}))
    out += "  " + std::string(t.columns[c].name) + ": " + printable(cell(db, t.columns[c], row[c])) + "\n";
  return out;
}

}  // namespace

std::vector<CaseLine> list_cases(sql::Connection& db, const CaseFilter& filter, const std::string& today) {
  sql::Transaction snapshot(db, sql::Access::read);
  require_name(db, "SELECT id FROM creditor WHERE name = ?1", filter.creditor, "creditor");
  require_name(db, "SELECT id FROM staff WHERE name = ?1", filter.holder, "user");
  std::vector<CaseFacts> cases = case_facts(db);
  std::erase_if(cases, [&](const CaseFacts& one) { return !is_like(one, filter); });
  const auto keep = [&](const auto& has) {
    std::erase_if(cases, [&](const CaseFacts& one) { return !has(one.id); });
  };
  if (!filter.search.empty())
    keep([found = find_cases(db, filter.search)](const Id& id) {
      return std::binary_search(found.begin(), found.end(), id);
    });
  if (!filter.postcode.empty())
    keep([there = cases_at(db, filter.postcode)](const Id& id) { return there.contains(id); });
  std::vector<CaseLine> lines = ranked(db, std::move(cases), std::nullopt, today);
  std::erase_if(lines, [&](const CaseLine& line) {
    return (filter.min_cents && line.asked_cents < *filter.min_cents) ||
           (filter.max_cents && line.asked_cents > *filter.max_cents);
  });
  return lines;
}

CaseLine one_case(sql::Connection& db, std::string_view number_or_id, const std::string& today) {
  sql::Transaction snapshot(db, sql::Access::read);
  const auto id = find_case(db, number_or_id);
  if (!id)
    throw Failure(Code::not_found,
                  "There is no case of that number or id; `relance-server cases` lists them.");
  std::vector<CaseLine> lines = ranked(db, case_facts(db, *id), *id, today);
  RELANCE_ASSERT(lines.size() == 1);
  return std::move(lines.front());
}

std::string reason_text(const CaseLine& line) {
  return rank_words(
      Lang::en, {.reason = name_of(line.reason), .days = line.days, .expected_cents = line.expected_cents});
}

json::value json_of(const Column& column, const Value& value) {
  if (is_null(value)) return nullptr;
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number != nullptr && column.type != Type::instant) return *number;
  return json::value(value_text(column, value));
}

json::object risk_json(const RiskScore& risk) {
  json::array parts;
  for (const RiskPoints& part : risk.parts)
    parts.push_back(json::object{{"factor", name_of(part.factor)}, {"points", part.points}});
  return {{"rule_version", risk.version}, {"points", risk.points}, {"parts", std::move(parts)}};
}

json::object line_json(const CaseLine& line) {
  const CaseFacts& f = line.facts;
  json::array holders;
  for (const std::string& name : f.holders) holders.emplace_back(name);
  json::object out{{"id", f.id.text()},
                   {"number", f.number},
                   {"creditor", f.creditor},
                   {"debtor", f.debtor},
                   {"stage", f.stage},
                   {"holder", line.holder()},
                   {"holders", holders},
                   {"balance_cents", f.balance_cents},
                   {"asked_cents", line.asked_cents},
                   {"credit_left_cents", line.credit_left_cents},
                   {"reason", name_of(line.reason)},
                   {"reason_days", line.days},
                   {"expected_cents", line.expected_cents},
                   {"risk", risk_json(line.risk)}};
  const bool has_days = !line.due_on.empty();
  out["days_past_due"] = has_days ? json::value(line.days_past_due) : json::value(nullptr);
  out["due_on"] = has_days ? json::value(line.due_on) : json::value(nullptr);
  out["next_action_on"] = f.next_action_on.empty() ? json::value(nullptr) : json::value(f.next_action_on);
  return out;
}

json::object case_json(sql::Connection& db, const CaseLine& line) {
  json::object out = line_json(line), rows;
  for (const TableRows& part : rows_of(db, line)) {
    const Table& t = *part.table;
    json::array all;
    for (const Row& row : part.rows) {
      json::object one;
      for (std::size_t i = 0; i < row.size(); ++i)
        if (t.columns[i].served) one[t.columns[i].name] = json_of(t.columns[i], row[i]);
      if (t.name == "claim") one["open_cents"] = open_part(line, row);
      all.push_back(std::move(one));
    }
    rows[t.name] = std::move(all);
  }
  out["rows"] = std::move(rows);
  return out;
}

std::string list_text(const std::vector<CaseLine>& lines) {
  const auto right = TextTable::Align::right;
  TextTable table({{"number"},
                   {"debtor", TextTable::Align::left, 32},
                   {"creditor", TextTable::Align::left, 24},
                   {"stage"},
                   {"holder", TextTable::Align::left, 24},
                   {"balance", right},
                   {"asked", right},
                   {"reason"}});
  for (const CaseLine& line : lines)
    table.add({line.facts.number, line.facts.debtor, line.facts.creditor, line.facts.stage, line.holder(),
               cents_text(line.facts.balance_cents), cents_text(line.asked_cents), reason_text(line)});
  return table.text();
}

std::string list_csv(const std::vector<CaseLine>& lines) {
  CsvWriter csv;
  for (const char* title : {"number", "debtor", "creditor", "stage", "holder", "balance", "asked", "reason"})
    csv.text(title);
  csv.end_row();
  for (const CaseLine& line : lines) {
    csv.text(line.facts.number).text(line.facts.debtor).text(line.facts.creditor).text(line.facts.stage);
    csv.text(line.holder()).cents(line.facts.balance_cents).cents(line.asked_cents).text(reason_text(line));
    csv.end_row();
  }
  return csv.content();
}

std::string case_text(sql::Connection& db, const CaseLine& line, std::string_view figures) {
  const CaseFacts& f = line.facts;
  std::string out = printable(f.number + "  " + f.debtor + " / " + f.creditor) + "\n" + f.stage +
                    " · balance " + cents_text(f.balance_cents) + " · asked " + cents_text(line.asked_cents);
  if (line.credit_left_cents > 0) out += " · in credit " + cents_text(line.credit_left_cents);
  out += " · " + reason_text(line) + (line.due_on.empty() ? "" : " (" + line.due_on + ")");
  out += " · " + (f.holders.empty() ? "held by nobody" : "held by " + printable(line.holder())) + "\n";
  out += figures;
  for (const TableRows& part : rows_of(db, line)) {
    if (part.rows.empty() || part.table->name == "conflict_side") continue;  // `conflicts` shows the sides
    if (part.table->name == "entry" && !figures.empty()) continue;           // they are the account
    const bool is_record = part.table->way == schema::Way::root || part.table->way == schema::Way::debtor;
    out += is_record ? record_text(db, *part.table, part.rows.front())
                     : rows_text(db, line, *part.table, part.rows);
  }
  return out;
}

}  // namespace relance::server
