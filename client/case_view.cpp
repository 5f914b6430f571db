#include "client/case_view.h"

#include <algorithm>
#include <array>

#include "client/desk.h"
#include "host/failure.h"
#include "host/value_text.h"
#include "schema/lookup.h"
#include "schema/tables.h"

namespace relance::client {
namespace {

using schema::Column;
using schema::Table;
using schema::Type;
using schema::Way;

// What the screens take for granted: our own tables are STRICT, somebody else's file need not be.
Value as_declared(const Column& c, Value value) {
  const bool is_number =
      c.type == Type::integer || c.type == Type::flag || c.type == Type::cents || c.type == Type::instant;
  const bool fits = is_null(value) ? c.name != "id"
                    : is_number    ? std::holds_alternative<std::int64_t>(value)
                    : c.type == Type::id
                        ? std::holds_alternative<Id>(value)
                        : c.type == Type::bytes || std::holds_alternative<std::string>(value);
  if (!fits) throw Failure(Code::corrupt, std::string(facts_of(Code::corrupt).sentence));
  return value;
}

// The served columns of a table's rows on the case, oldest first.
std::vector<Row> rows_on(sql::Connection& db, const Table& t, const Id& case_id, const Id& debtor_id) {
  std::string names, where;
  for (const Column& c : t.columns)
    if (c.served) names += (names.empty() ? "" : ", ") + std::string(c.name);
  const bool by_case = schema::find_column(t, "case_id").has_value(),
             by_debtor = schema::find_column(t, "debtor_id").has_value();
  if (t.way == Way::root)
    where = "id = ?1";
  else if (t.way == Way::debtor)
    where = "id = ?2";
  else if (by_case && by_debtor)
    where = "(case_id = ?1 OR debtor_id = ?2)";
  else if (by_case)
    where = "case_id = ?1";
  else if (by_debtor)
    where = "debtor_id = ?2";
  else
    return {};
  // Both parameters are named in every text, so that both can be bound.
  const std::string text = "SELECT " + names + " FROM " + std::string(t.name) + " WHERE " + where +
                           " AND (?1 IS NOT NULL OR ?2 IS NOT NULL) ORDER BY created_at, id";
  std::vector<Row> out;
  sql::Query q(db, text, case_id, debtor_id);
  while (q.next()) {
    Row row(t.columns.size());
    int at = 0;
    for (std::size_t i = 0; i < t.columns.size(); ++i)
      if (t.columns[i].served) row[i] = as_declared(t.columns[i], q.value(at++));
    out.push_back(std::move(row));
  }
  return out;
}

bool is_on_case(const Table& t) {
  return schema::is_served(t) && (t.way == Way::root || t.way == Way::debtor || t.way == Way::by_case);
}

// The part of a claim that no credit covers.
std::int64_t open_part(const CaseLine& line, const Row& row) {
  for (std::size_t i = 0; i < line.facts.claims.size(); ++i)
    if (Value{line.facts.claims[i].id} == row.front()) return line.open_cents[i];
  return 0;
}

Id debtor_of(sql::Connection& db, const CaseLine& line) {
  return sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", line.facts.id).value_or(Id{});
}

boost::json::object row_json(const Table& t, const Row& row, const CaseLine& line) {
  boost::json::object out;
  for (std::size_t i = 0; i < t.columns.size(); ++i)
    if (t.columns[i].served) out[t.columns[i].name] = json_of(t.columns[i], row[i]);
  if (t.name == "claim") out["open_cents"] = open_part(line, row);
  return out;
}

// ---- for a screen --------------------------------------------------------------------------------------------------

// What a screen shows of the tables that people look at; others show all that they have.
struct Section {
  std::string_view table, columns,
      order;  // `order`: the column whose values the rows follow; empty: as written
};
constexpr std::array kSections{
    Section{"contact_point", "type, value, postcode, city, status, preferred, source", ""},
    Section{"claim", "piece_ref, label, due_on, gross_cents, state", "due_on"},
    Section{"entry", "booked_on, kind, piece_ref, label, amount_cents, settled", "booked_on"},
    Section{"payment", "paid_on, amount_cents, means, state, payer, late", "paid_on"},
    Section{"contact_event",
            "created_at, happened_at, created_by, channel, direction, outcome, spoke_to, note, late", ""},
    Section{"promise", "due_on, amount_cents, means, promised_by, state, late", "due_on"},
    Section{"payment_plan", "version, total_cents, instalments, first_on, step, state, late", ""},
    Section{"instalment", "plan_id, position, due_on, amount_cents", "due_on"},
    Section{"proposal", "kind, amount_cents, until_on, grounds, late", ""},
    Section{"decision", "verdict, comment, law_ok, expediency_ok", ""},
    Section{"dispute", "opened_on, reason, detail, state, resolution", ""},
    Section{"task", "due_on, kind, title, assignee_id, state, result", "due_on"},
    Section{"assignment", "staff_id, valid_from, valid_to, reason", ""},
    Section{"conflict", "id, table_name, unit, kind, state, resolution", ""},
};

const Section* section_of(const Table& t) {
  const auto* found =
      std::find_if(kSections.begin(), kSections.end(), [&](const Section& s) { return s.table == t.name; });
  return found == kSections.end() ? nullptr : found;
}

void put_in_order(const Table& t, std::vector<Row>& rows) {
  const Section* section = section_of(t);
  if (section == nullptr || section->order.empty()) return;
  const std::size_t by = schema::column(t, section->order);
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return a[by] < b[by]; });
}

std::vector<std::size_t> shown_columns(const Table& t) {
  std::vector<std::size_t> out;
  if (const Section* section = section_of(t)) {
    for (const std::string_view name : schema::split_names(section->columns))
      out.push_back(schema::column(t, name));
    return out;
  }
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const bool is_way = t.columns[i].name == "case_id" || t.columns[i].name == "debtor_id";
    if (t.columns[i].served && !is_way) out.push_back(i);
  }
  return out;
}

std::string cell(sql::Connection& db, Lang lang, const Column& c, const Value& value) {
  if (is_null(value)) return {};
  if (c.type == Type::word) return word_label(lang, std::get<std::string>(value));
  if (c.type == Type::flag) return phrase(lang, std::get<std::int64_t>(value) != 0 ? Text::yes : Text::no);
  if (c.type == Type::instant) return clock_face(std::get<std::int64_t>(value));
  if (c.name == "table_name") return table_label(lang, cell_text(value));
  if (c.name == "unit") return column_label(lang, cell_text(value));
  if (c.name == "resolution") return word_label(lang, cell_text(value));
  if (const Id* id = std::get_if<Id>(&value); id != nullptr && c.references == "staff")
    return sql::text(db, "SELECT name FROM staff WHERE id = ?1", *id).value_or(id->text());
  return value_text(c, value);
}

std::string title(Lang lang, std::string_view table, std::size_t count) {
  return "\n" + table_label(lang, table) + " (" + std::to_string(count) + ")\n";
}

// A row a line, without the columns that are empty in all of them.
std::string section_text(sql::Connection& db, Lang lang, const Table& t, const std::vector<Row>& rows,
                         const CaseLine& line) {
  std::vector<std::size_t> columns;
  for (const std::size_t c : shown_columns(t))
    if (std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
          return !is_null(row[c]) && !(t.columns[c].name == "late" && row[c] == Value{std::int64_t{0}});
        }))
      columns.push_back(c);
  std::vector<TextTable::Column> titles;
  for (const std::size_t c : columns) {
    const bool is_money = t.columns[c].type == Type::cents;
    titles.push_back({column_label(lang, t.columns[c].name),
                      is_money ? TextTable::Align::right : TextTable::Align::left,
                      t.columns[c].text_max > 500 ? std::size_t{100} : std::size_t{40}});
  }
  if (t.name == "claim") titles.push_back({phrase(lang, Text::open_part), TextTable::Align::right});
  TextTable table(std::move(titles));
  for (const Row& row : rows) {
    std::vector<std::string> cells;
    for (const std::size_t c : columns) cells.push_back(cell(db, lang, t.columns[c], row[c]));
    if (t.name == "claim") cells.push_back(cents_text(open_part(line, row)));
    table.add(std::move(cells));
  }
  return title(lang, t.name, rows.size()) + table.text();
}

// A row of which there is one (the case, its debtor): a column a line.
std::string record_text(sql::Connection& db, Lang lang, const Table& t, const Row& row) {
  std::string out = "\n" + table_label(lang, t.name) + "  " + std::get<Id>(row.front()).text() + "\n";
  for (const std::size_t c : shown_columns(t)) {
    const bool is_off = t.columns[c].type == Type::flag && row[c] == Value{std::int64_t{0}};
    if (is_null(row[c]) || is_off || (t.columns[c].type == Type::id && t.columns[c].references != "staff"))
      continue;
    out += "  " + column_label(lang, t.columns[c].name) + ": " +
           printable(cell(db, lang, t.columns[c], row[c])) + "\n";
  }
  return out;
}

std::string head_text(Lang lang, const CaseLine& line) {
  std::string out =
      printable(line.facts.number + "  " + line.facts.debtor + " / " + line.facts.creditor) + "\n";
  const auto add = [&](Text text, std::initializer_list<TextArg> args) {
    out += (out.back() == '\n' ? "" : " · ") + phrase(lang, text, args);
  };
  out += word_label(lang, line.facts.stage);
  add(Text::balance_line, {cents_text(line.facts.balance_cents)});
  add(Text::asked_line, {cents_text(line.asked_cents)});
  if (line.credit_left_cents > 0) add(Text::credit_line, {cents_text(line.credit_left_cents)});
  if (line.due_on.empty())
    out += " · " + reason_of(lang, line);
  else
    add(Text::reason_line, {reason_of(lang, line), line.due_on});
  const std::string holder = printable(line.holder());
  add(Text::holders_line, {holder.empty() ? phrase(lang, Text::unknown_holder) : holder});
  out += "\n";
  if (line.pending > 0)
    out += phrase(lang, Text::section_pending) + ": " + std::to_string(line.pending) + "\n";
  return out;
}

}  // namespace

boost::json::object line_json(Lang lang, const CaseLine& line) {
  const CaseFacts& facts = line.facts;
  boost::json::object out{{"id", facts.id.text()},
                          {"number", facts.number},
                          {"creditor", facts.creditor},
                          {"debtor", facts.debtor},
                          {"stage", facts.stage},
                          {"holder", line.holder()},
                          {"balance_cents", facts.balance_cents},
                          {"asked_cents", line.asked_cents}};
  out["days_past_due"] =
      line.due_on.empty() ? boost::json::value(nullptr) : boost::json::value(line.days_past_due);
  out["due_on"] = json_or_null(line.due_on);
  out["next_action_on"] = json_or_null(facts.next_action_on);
  out["reason_code"] = name_of(line.reason);
  out["reason"] = reason_of(lang, line);
  out["reason_days"] = line.days;
  out["expected_cents"] = line.expected_cents;
  boost::json::array risk_parts;
  for (const RiskPoints& part : line.risk.parts)
    risk_parts.push_back(boost::json::object{{"factor", name_of(part.factor)}, {"points", part.points}});
  out["risk"] = boost::json::object{
      {"rule_version", line.risk.version}, {"points", line.risk.points}, {"parts", std::move(risk_parts)}};
  out["pending"] = line.pending;
  return out;
}

boost::json::object case_json(sql::Connection& db, Lang lang, const CaseLine& line) {
  boost::json::object out = line_json(lang, line);
  out["credit_left_cents"] = line.credit_left_cents;
  const Id debtor = debtor_of(db, line);
  boost::json::object rows;
  for (const Table& t : schema::business_tables()) {
    if (!is_on_case(t)) continue;
    boost::json::array all;
    for (const Row& row : rows_on(db, t, line.facts.id, debtor)) all.push_back(row_json(t, row, line));
    rows[t.name] = std::move(all);
  }
  out["rows"] = std::move(rows);
  return out;
}

std::string case_text(sql::Connection& db, Lang lang, const CaseLine& line, std::string_view figures) {
  std::string out = head_text(lang, line) + std::string(figures);
  const Id debtor = debtor_of(db, line);
  for (const Table& t : schema::business_tables()) {
    if (!is_on_case(t) || t.name == "conflict_side") continue;  // `relance conflicts` shows the sides
    if (t.name == "entry" && !figures.empty()) continue;        // they are the account
    std::vector<Row> rows = rows_on(db, t, line.facts.id, debtor);
    if (rows.empty()) continue;
    put_in_order(t, rows);
    const bool is_record = t.way == Way::root || t.way == Way::debtor;
    out += is_record ? record_text(db, lang, t, rows.front()) : section_text(db, lang, t, rows, line);
  }
  return out;
}

}  // namespace relance::client
