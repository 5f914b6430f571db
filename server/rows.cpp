#include "server/rows.h"

#include <algorithm>
#include <array>

#include "host/failure.h"

namespace relance::server {
namespace {

using schema::Table;
using schema::Way;

struct TableSql {
  std::string load;
  std::string exists;
  std::string insert;
  std::optional<std::size_t> case_column;
  std::optional<std::size_t> debtor_column;
};

TableSql sql_from(const Table& t) {
  std::string names, places;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    names += (i == 0 ? "" : ", ") + std::string(t.columns[i].name);
    places += (i == 0 ? "?" : ", ?") + std::to_string(i + 1);
  }
  const std::string name{t.name};
  return TableSql{.load = "SELECT " + names + " FROM " + name + " WHERE id = ?1",
                  .exists = "SELECT 1 FROM " + name + " WHERE id = ?1",
                  .insert = "INSERT INTO " + name + " (" + names + ") VALUES (" + places + ")",
                  .case_column = schema::find_column(t, "case_id"),
                  .debtor_column = schema::find_column(t, "debtor_id")};
}

const TableSql& sql_of(const Table& t) {
  static const std::vector<TableSql> all = [] {
    std::vector<TableSql> out(200);
    for (const Table& each : schema::business_tables())
      out[static_cast<std::size_t>(each.number)] = sql_from(each);
    return out;
  }();
  return all[static_cast<std::size_t>(t.number)];
}

std::optional<Id> id_at(const Row& row, std::optional<std::size_t> column) {
  if (!column) return std::nullopt;
  const Id* id = std::get_if<Id>(&row[*column]);
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

}  // namespace

Scope scope_of(const Table& t, const Row& row) {
  switch (t.way) {
    case Way::root: return {.case_id = std::get<Id>(row.front()), .debtor_id = std::nullopt};
    case Way::debtor: return {.case_id = std::nullopt, .debtor_id = std::get<Id>(row.front())};
    case Way::by_case:
      return {.case_id = id_at(row, sql_of(t).case_column), .debtor_id = id_at(row, sql_of(t).debtor_column)};
    case Way::common:
    case Way::office: return {};
  }
  return {};
}

std::optional<Row> load_row(sql::Connection& db, const Table& t, const Id& id) {
  sql::Query q(db, sql_of(t).load, id);
  if (!q.next()) return std::nullopt;
  Row row(t.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = read_value(q, static_cast<int>(i), t.columns[i].type);
  return row;
}

Value read_value(const sql::Query& q, int column, schema::Type type) {
  Value out = q.value(column);
  // 16 bytes read back as an id: a hash of that length in a bytes column is still bytes
  if (type == schema::Type::bytes)
    if (const Id* as_id = std::get_if<Id>(&out)) out = Bytes{std::string(as_id->view())};
  return out;
}

bool row_exists(sql::Connection& db, const Table& t, const Id& id) {
  sql::Query q(db, sql_of(t).exists, id);
  return q.next();
}

void insert_row(sql::Connection& db, const Table& t, const Row& row) {
  sql::Query q(db, sql_of(t).insert);
  for (std::size_t i = 0; i < row.size(); ++i) q.bind_staying(static_cast<int>(i) + 1, row[i]);
  q.next();
}

void update_row(sql::Connection& db, const Table& t, const Row& row,
                const std::vector<std::size_t>& columns) {
  if (columns.empty()) return;
  std::string text = "UPDATE " + std::string(t.name) + " SET ";
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += (i == 0 ? "" : ", ") + std::string(t.columns[columns[i]].name) + " = ?" + std::to_string(i + 2);
  text += " WHERE id = ?1";
  sql::Query q(db, text, std::get<Id>(row.front()));
  for (std::size_t i = 0; i < columns.size(); ++i) q.bind(static_cast<int>(i) + 2, row[columns[i]]);
  q.next();
}

std::vector<Id> cases_in(sql::Connection& db, const Scope& scope) {
  std::vector<Id> out;
  if (scope.case_id) out.push_back(*scope.case_id);
  if (scope.debtor_id) {
    sql::Query q(db, "SELECT id FROM case_file WHERE debtor_id = ?1 ORDER BY id", *scope.debtor_id);
    while (q.next()) out.push_back(q.id(0));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<Id> holders_of(sql::Connection& db, const Scope& scope) {
  std::vector<Id> out;
  if (scope.case_id) {
    sql::Query q(db, "SELECT staff_id FROM assignment WHERE case_id = ?1 AND valid_to IS NULL",
                 *scope.case_id);
    while (q.next()) out.push_back(q.id(0));
  }
  if (scope.debtor_id) {
    sql::Query q(db,
                 "SELECT a.staff_id FROM case_file c JOIN assignment a ON a.case_id = c.id"
                 " WHERE c.debtor_id = ?1 AND a.valid_to IS NULL",
                 *scope.debtor_id);
    while (q.next()) out.push_back(q.id(0));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

bool holds(sql::Connection& db, const Id& staff_id, const Scope& scope) {
  const std::vector<Id> holders = holders_of(db, scope);
  return std::binary_search(holders.begin(), holders.end(), staff_id);
}

std::vector<RowName> rows_of_case(sql::Connection& db, const Id& case_id, int version) {
  std::vector<RowName> out{{&schema::table("case_file"), case_id}};
  for (const Table& t : schema::business_tables()) {
    if (t.since > version || t.way != Way::by_case || !sql_of(t).case_column) continue;
    sql::Query q(db, "SELECT id FROM " + std::string(t.name) + " WHERE case_id = ?1 ORDER BY id", case_id);
    while (q.next()) out.push_back({&t, q.id(0)});
  }
  return out;
}

std::vector<RowName> rows_of_debtor(sql::Connection& db, const Id& debtor_id, int version) {
  std::vector<RowName> out{{&schema::table("debtor"), debtor_id}};
  for (const Table& t : schema::business_tables()) {
    if (t.since > version || t.way != Way::by_case || !sql_of(t).debtor_column) continue;
    sql::Query q(db, "SELECT id FROM " + std::string(t.name) + " WHERE debtor_id = ?1 ORDER BY id",
                 debtor_id);
    while (q.next()) out.push_back({&t, q.id(0)});
  }
  return out;
}

const Value& value_of(const Table& t, const Row& row, std::string_view column) {
  return row[schema::column(t, column)];
}

std::string text_of(const Table& t, const Row& row, std::string_view column) {
  const auto* text = std::get_if<std::string>(&value_of(t, row, column));
  return text == nullptr ? std::string{} : *text;
}

std::optional<Id> id_of(const Table& t, const Row& row, std::string_view column) {
  const Id* id = std::get_if<Id>(&value_of(t, row, column));
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

std::int64_t number_of(const Table& t, const Row& row, std::string_view column) {
  const auto* n = std::get_if<std::int64_t>(&value_of(t, row, column));
  return n == nullptr ? 0 : *n;
}

}  // namespace relance::server
