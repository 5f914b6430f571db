// Values as people type and read them: column=value on a command line, cells of a table, JSON for scripts.
// One reading for both programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "schema/lookup.h"

namespace relance {

/// Reads what was typed for a column: cents as the contract says (25000), flags as 0/1/yes/no, dates and instants
/// in ISO 8601, ids as UUID text, nothing at all as NULL. Failure(usage) with column and remedy where it does not fit.
[[nodiscard]] Value parse_value(const schema::Table& table, const schema::Column& column,
                                std::string_view text);

/// The same value for a screen: money as 1234.56, instants in ISO 8601, NULL as nothing.
[[nodiscard]] std::string value_text(const schema::Column& column, const Value& value);

/// The same for JSON: money as integer cents, instants as ISO text.
void append_value_json(std::string& out, const schema::Column& column, const Value& value);
void append_text_json(std::string& out, std::string_view text);

/// "column=value" split; the column must exist and be writable text. Failure(usage) names what exists.
struct TypedColumn {
  std::size_t column = 0;
  Value value;
};
[[nodiscard]] std::vector<TypedColumn> parse_assignments(const schema::Table& table,
                                                         const std::vector<std::string>& typed);

/// The table of that name, or Failure(usage) with the list of those that exist.
[[nodiscard]] const schema::Table& named_table(std::string_view name);

/// A day as an option takes it, in ISO form. Failure(usage) for what is no day that exists.
[[nodiscard]] std::string typed_day(std::string_view text);

/// 1234.56
[[nodiscard]] std::string cents_text(std::int64_t cents);

/// One read-only statement as {"columns":[…],"rows":[[…]]}: ids as UUID text, other bytes as hex.
/// REQUIRES: a read-only connection. Failure(usage) for more than one statement or one that writes.
struct QueryResult {
  std::vector<std::string> columns;
  std::vector<Row> rows;
};
[[nodiscard]] QueryResult run_query(sql::Connection& db, std::string_view text);
[[nodiscard]] std::string query_json(const QueryResult& result);
/// A cell of it for a screen.
[[nodiscard]] std::string cell_text(const Value& value);

/// Upper and lower case, accents and ligatures folded away, for searching: "Éloïse" -> "eloise".
[[nodiscard]] std::string folded(std::string_view text);

}  // namespace relance
