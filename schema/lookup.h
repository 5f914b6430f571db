// Finding declared tables and columns, and the merge units that follow from them.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "schema/types.h"
#include "schema/value.h"

namespace relance::schema {

/// Every business table, in the order of its declaration.
[[nodiscard]] std::span<const Table> business_tables();
/// The machinery's own.
[[nodiscard]] std::span<const Table> engine_tables();

[[nodiscard]] const Table* find_table(std::string_view name);  // business tables only; null when unknown
[[nodiscard]] const Table* find_table(int number);
/// REQUIRES: the table exists.
[[nodiscard]] const Table& table(std::string_view name);

/// Index into `table.columns`, or nothing.
[[nodiscard]] std::optional<std::size_t> find_column(const Table& table, std::string_view name);
/// REQUIRES: the column exists.
[[nodiscard]] std::size_t column(const Table& table, std::string_view name);

/// Does a replica hold this table?
[[nodiscard]] constexpr bool is_served(const Table& t) { return !t.engine && t.way != Way::office; }
/// Does one of schema `version`?
[[nodiscard]] constexpr bool is_served(const Table& t, int version) {
  return is_served(t) && t.since <= version;
}
[[nodiscard]] constexpr bool is_served(const Column& c, int version) {
  return c.served && c.since <= version;
}

/// A merge unit: its name and its columns, in declared order.
struct Unit {
  std::string_view name;
  std::vector<std::size_t> columns;
  Merge merge;
};
/// The unit of one column: the column itself, unless it names a group.
[[nodiscard]] std::string_view unit_name(const Column& column);
/// All units of a table, computed once.
[[nodiscard]] std::span<const Unit> units(const Table& table);
[[nodiscard]] const Unit& unit_of(const Table& table, std::size_t column);
[[nodiscard]] const Unit* find_unit(const Table& table, std::string_view name);

/// The place of a word in its closed set; nothing when it is not in it.
[[nodiscard]] std::optional<std::size_t> word_rank(const Column& column, std::string_view word);

/// What is wrong with `value` in `column`: empty when it fits. Used before any value is stored,
/// on the device and on the server alike.
[[nodiscard]] std::string_view why_not(const Column& column, const Value& value);

/// The value that an insert takes where it gives none.
[[nodiscard]] Value initial_value(const Column& column);

/// True for a civil date that exists, written 2026-11-21.
[[nodiscard]] bool is_civil_date(std::string_view text);
[[nodiscard]] bool is_utf8(std::string_view text);

/// "a, b" -> {"a", "b"}; the key and index declarations are written this way.
[[nodiscard]] std::vector<std::string_view> split_names(std::string_view list);

}  // namespace relance::schema
