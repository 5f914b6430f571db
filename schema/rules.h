// What must be true of the declaration, each a sentence, asserted when anything that includes it compiles.
// A rule that fails prints its name; tests/unit/schema_test.cpp runs the same rules and names the column.
#pragma once

#include <string_view>

#include "schema/engine_tables.h"
#include "schema/tables.h"
#include "schema/version.h"

namespace relance::schema {

/// Where a rule was broken: empty names when it holds.
struct Breach {
  std::string_view table;
  std::string_view column;
  constexpr bool none() const { return table.empty(); }
};

// Words that SQLite, PostgreSQL or C++ keeps for itself.
inline constexpr std::array<std::string_view, 96> kReserved{
    "all",      "analyse",     "analyze",   "and",       "any",     "array",  "as",       "asc",
    "auto",     "between",     "bool",      "both",      "break",   "by",     "case",     "cast",
    "char",     "check",       "class",     "collate",   "column",  "commit", "const",    "constraint",
    "continue", "create",      "cross",     "default",   "delete",  "desc",   "distinct", "do",
    "double",   "drop",        "else",      "end",       "enum",    "except", "explicit", "false",
    "fetch",    "float",       "for",       "foreign",   "freeze",  "friend", "from",     "full",
    "goto",     "grant",       "group",     "having",    "if",      "in",     "index",    "inner",
    "insert",   "int",         "intersect", "into",      "is",      "join",   "leading",  "left",
    "like",     "limit",       "long",      "namespace", "natural", "new",    "not",      "null",
    "offset",   "on",          "only",      "or",        "order",   "outer",  "primary",  "private",
    "public",   "references",  "returning", "right",     "row",     "select", "table",    "then",
    "to",       "transaction", "true",      "union",     "unique",  "update", "user",     "using"};

constexpr bool is_reserved(std::string_view word) {
  for (const std::string_view kept : kReserved)
    if (kept == word) return true;
  return false;
}

constexpr bool is_snake_case(std::string_view name) {
  if (name.empty()) return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

// Not a pointer to the table: under ubsan g++ 12 does not take `!= nullptr` as a constant.
constexpr bool is_declared(std::string_view name) {
  for (const Table& t : kTables)
    if (t.name == name) return true;
  for (const Table& t : kEngineTables)
    if (t.name == name) return true;
  return false;
}

/// Runs `holds(table, column)` over every declared column and returns the first that breaks it.
template <class Rule>
constexpr Breach first_breach(Rule holds) {
  for (const Table& t : kTables)
    for (const Column& c : t.columns)
      if (!holds(t, c)) return {t.name, c.name};
  for (const Table& t : kEngineTables)
    for (const Column& c : t.columns)
      if (!holds(t, c)) return {t.name, c.name};
  return {};
}

constexpr Breach names_are_snake_case_and_not_reserved() {
  return first_breach([](const Table& t, const Column& c) {
    return is_snake_case(t.name) && is_snake_case(c.name) && !is_reserved(t.name) && !is_reserved(c.name);
  });
}

constexpr Breach every_column_has_a_meaning() {
  return first_breach(
      [](const Table& t, const Column& c) { return !c.meaning.empty() && !t.meaning.empty(); });
}

constexpr Breach money_ends_in_cents_and_is_never_latest() {
  return first_breach([](const Table&, const Column& c) {
    return c.name.ends_with("_cents") == (c.type == Type::cents) &&
           !(c.type == Type::cents && c.merge == Merge::latest);
  });
}

constexpr Breach dates_end_in_on_and_instants_in_at() {
  return first_breach([](const Table& t, const Column& c) {
    if (c.type == Type::date)
      return c.name.ends_with("_on") || c.name == "valid_from" || c.name == "valid_to";
    if (c.type == Type::instant) return c.name.ends_with("_at") || (t.engine && c.name == "lease_until");
    return !c.name.ends_with("_on") && !c.name.ends_with("_at");
  });
}

constexpr Breach words_belong_to_word_columns() {
  return first_breach([](const Table&, const Column& c) {
    if ((c.type == Type::word) != !c.words.empty()) return false;
    if (c.type != Type::word || c.initial.empty()) return true;
    for (const std::string_view word : c.words)
      if (word == c.initial) return true;
    return false;
  });
}

constexpr Breach references_name_a_table() {
  return first_breach([](const Table&, const Column& c) {
    return c.references.empty() || (c.type == Type::id && is_declared(c.references));
  });
}

/// A unit moves together or not at all, so its columns share policy and writers.
constexpr Breach a_unit_has_one_policy_and_one_set_of_writers() {
  return first_breach([](const Table& t, const Column& c) {
    if (c.unit.empty()) return true;
    for (const Column& other : t.columns)
      if (other.unit == c.unit && (other.merge != c.merge || other.writers != c.writers)) return false;
    return true;
  });
}

constexpr Breach no_unit_bears_the_name_of_another_column() {
  return first_breach([](const Table& t, const Column& c) {
    for (const Column& other : t.columns)
      if (!c.unit.empty() && other.name == c.unit) return false;
    return true;
  });
}

constexpr Breach policies_fit_types() {
  return first_breach([](const Table&, const Column& c) {
    switch (c.merge) {
      case Merge::members: return c.type == Type::set;
      case Merge::state: return c.type == Type::word && c.chain > 0;
      case Merge::strictest: return c.type == Type::word || c.type == Type::flag;
      default: return true;
    }
  });
}

constexpr bool has_column(const Table& t, std::string_view name) {
  for (const Column& c : t.columns)
    if (c.name == name) return true;
  return false;
}

/// Erasure and export start from a person: a debtor (through case or debtor), a member of staff (by name or
/// through a reference), a creditor. A personal column on a table with none of these ways could never be found.
/// Engine tables outside a case hold personal data only under a device or outbox number, and go whole.
constexpr Breach every_personal_column_can_be_reached_from_a_person() {
  return first_breach([](const Table& t, const Column& c) {
    if (c.privacy == Privacy::none || t.engine) return true;
    const bool by_way = t.way == Way::root || t.way == Way::debtor ||
                        ((t.way == Way::by_case || t.way == Way::office) &&
                         (has_column(t, "case_id") || has_column(t, "debtor_id")));
    return by_way || t.name == "staff" || t.name == "creditor" || has_column(t, "staff_id");
  });
}

constexpr Breach by_case_tables_say_which_case() {
  return first_breach([](const Table& t, const Column&) {
    return t.way != Way::by_case || has_column(t, "case_id") || has_column(t, "debtor_id");
  });
}

constexpr bool is_first_of(std::string_view columns, std::string_view name) {
  return columns == name || (columns.starts_with(name) && columns[name.size()] == ',');
}

/// Erasing a case asks every table for its rows: one without such an index would be read whole for each case.
constexpr Breach what_hangs_on_a_case_is_found_by_it() {
  return first_breach([](const Table& t, const Column& c) {
    const bool leads = c.name == "case_id" || (c.name == "debtor_id" && t.way != Way::root);
    if (!leads || t.side == Side::client || t.retention == Retention::journal) return true;
    if (is_first_of(t.key, c.name)) return true;
    for (const Index& index : t.indexes)
      if (is_first_of(index.columns, c.name)) return true;
    return false;
  });
}

constexpr Breach table_numbers_and_names_are_unique() {
  for (const Table& a : kTables) {
    int same = 0;
    for (const Table& b : kTables) same += a.number == b.number || a.name == b.name;
    for (const Table& b : kEngineTables) same += a.number == b.number || a.name == b.name;
    if (same != 1) return {a.name, ""};
  }
  for (const Table& a : kEngineTables) {
    int same = 0;
    for (const Table& b : kEngineTables) same += a.number == b.number || a.name == b.name;
    if (same != 1) return {a.name, ""};
  }
  return {};
}

// An older device's insert does not give it, and rows that are there have to take a value.
constexpr Breach what_came_later_can_be_left_out() {
  return first_breach([](const Table& t, const Column& c) {
    return c.since <= t.since || !c.required || !c.initial.empty();
  });
}

constexpr Breach nothing_is_newer_than_the_schema() {
  return first_breach([](const Table& t, const Column& c) {
    return t.since >= 1 && t.since <= kVersion && c.since <= kVersion && (c.since == 1 || c.since > t.since);
  });
}

static_assert(names_are_snake_case_and_not_reserved().none());
static_assert(every_column_has_a_meaning().none());
static_assert(money_ends_in_cents_and_is_never_latest().none());
static_assert(dates_end_in_on_and_instants_in_at().none());
static_assert(words_belong_to_word_columns().none());
static_assert(references_name_a_table().none());
static_assert(a_unit_has_one_policy_and_one_set_of_writers().none());
static_assert(no_unit_bears_the_name_of_another_column().none());
static_assert(policies_fit_types().none());
static_assert(every_personal_column_can_be_reached_from_a_person().none());
static_assert(by_case_tables_say_which_case().none());
static_assert(what_hangs_on_a_case_is_found_by_it().none());
static_assert(table_numbers_and_names_are_unique().none());
static_assert(what_came_later_can_be_left_out().none());
static_assert(nothing_is_newer_than_the_schema().none());

}  // namespace relance::schema
