// The CREATE TABLE text for both databases, from the declaration.
#pragma once

#include <string>
#include <vector>

#include "schema/types.h"

namespace relance::schema {

enum class Dialect { sqlite, postgres };

/// Every statement that makes an empty database of one side, in order, as this program's schema has it.
/// The server's tables enforce references; a replica's do not, because a page may hold a child before its parent.
[[nodiscard]] std::vector<std::string> create_statements(Side side, Dialect dialect);
/// The same, as schema `version` has it.
[[nodiscard]] std::vector<std::string> create_statements(Side side, Dialect dialect, int version);

/// What makes a database of schema `from` one of schema `to`, in order. Rows that are there take the initial value of a
/// column that is added. The order of the columns differs from a new database's: no query may rely on it.
[[nodiscard]] std::vector<std::string> upgrade_statements(Side side, Dialect dialect, int from, int to);

/// Does `side` hold the table?
[[nodiscard]] bool is_on(const Table& table, Side side);

/// Does the table's column exist on `side`? Columns that are not served exist on the server only.
[[nodiscard]] bool is_on(const Table& table, const Column& column, Side side);

}  // namespace relance::schema
