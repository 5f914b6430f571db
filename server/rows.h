// Reading and writing whole business rows: the SQL of every table, made once from its declaration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "schema/lookup.h"
#include "schema/version.h"

namespace relance::server {

/// Where a row belongs: its case, its debtor, or both. Neither: a common or an office row.
struct Scope {
  std::optional<Id> case_id;
  std::optional<Id> debtor_id;
  friend bool operator==(const Scope&, const Scope&) = default;
};

[[nodiscard]] Scope scope_of(const schema::Table& table, const Row& row);

/// The row in declared order, or nothing.
[[nodiscard]] std::optional<Row> load_row(sql::Connection& db, const schema::Table& table, const Id& id);
/// A value of the row that `q` stands on, as a column of that type holds it.
[[nodiscard]] Value read_value(const sql::Query& q, int column, schema::Type type);
[[nodiscard]] bool row_exists(sql::Connection& db, const schema::Table& table, const Id& id);
void insert_row(sql::Connection& db, const schema::Table& table, const Row& row);
/// Writes the named columns of `row`.
void update_row(sql::Connection& db, const schema::Table& table, const Row& row,
                const std::vector<std::size_t>& columns);

/// The cases a scope reaches.
[[nodiscard]] std::vector<Id> cases_in(sql::Connection& db, const Scope& scope);
/// The agents who hold one of them now, ascending.
[[nodiscard]] std::vector<Id> holders_of(sql::Connection& db, const Scope& scope);
/// Does the agent hold a case of this scope now?
[[nodiscard]] bool holds(sql::Connection& db, const Id& staff_id, const Scope& scope);

/// Rows of a case that go with it into a replica: each table's rows by case_id, the case itself; and, where
/// `with_debtor`, the debtor and what hangs on the debtor alone.
struct RowName {
  const schema::Table* table = nullptr;
  Id id;
};
/// `version`: of the database's schema, which may be older than the program's while it is verified before an upgrade.
[[nodiscard]] std::vector<RowName> rows_of_case(sql::Connection& db, const Id& case_id,
                                                int version = schema::kVersion);
[[nodiscard]] std::vector<RowName> rows_of_debtor(sql::Connection& db, const Id& debtor_id,
                                                  int version = schema::kVersion);

/// A column's value in a row.
[[nodiscard]] const Value& value_of(const schema::Table& table, const Row& row, std::string_view column);
[[nodiscard]] std::string text_of(const schema::Table& table, const Row& row, std::string_view column);
[[nodiscard]] std::optional<Id> id_of(const schema::Table& table, const Row& row, std::string_view column);
[[nodiscard]] std::int64_t number_of(const schema::Table& table, const Row& row, std::string_view column);

}  // namespace relance::server
