#include "schema/ddl.h"

#include <algorithm>

#include "schema/lookup.h"
#include "schema/version.h"

namespace relance::schema {
namespace {

std::string_view sql_type(Type type, Dialect dialect) {
  switch (type) {
    case Type::id:
    case Type::bytes: return dialect == Dialect::sqlite ? "BLOB" : "BYTEA";
    case Type::text:
    case Type::word:
    case Type::set:
    case Type::date: return dialect == Dialect::sqlite ? "TEXT" : "TEXT COLLATE \"C\"";
    case Type::integer:
    case Type::flag:
    case Type::cents:
    case Type::instant: return dialect == Dialect::sqlite ? "INTEGER" : "BIGINT";
  }
  return {};
}

std::string column_line(const Table& t, const Column& c, Side side, Dialect dialect) {
  std::string out = std::string(c.name) + " " + std::string(sql_type(c.type, dialect));
  if (c.required && (side == Side::server || t.engine)) out += " NOT NULL";
  // PostgreSQL takes its references in a later statement: tables may point at each other.
  if (side == Side::server && dialect == Dialect::sqlite && !c.references.empty())
    out += " REFERENCES " + std::string(c.references) + " (id)";
  return out;
}

std::string literal(const Column& c) {
  const Value value = initial_value(c);
  if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
  return "'" + std::string(c.initial) + "'";  // of the declaration: no quotes in it
}

std::string create_table(const Table& t, Side side, Dialect dialect, int version) {
  std::string out = "CREATE TABLE " + std::string(t.name) + " (\n";
  for (const Column& c : t.columns)
    if (c.since <= version && is_on(t, c, side)) out += "  " + column_line(t, c, side, dialect) + ",\n";
  out += "  PRIMARY KEY (" + std::string(t.key) + ")\n)";
  // Clustered on the key: one descent of a tree finds a row by its id, and no second tree is kept.
  if (dialect == Dialect::sqlite) out += " STRICT, WITHOUT ROWID";
  return out;
}

bool all_on(const Table& t, std::string_view columns, Side side, int version) {
  for (const std::string_view name : split_names(columns))
    if (const auto c = find_column(t, name);
        !c || t.columns[*c].since > version || !is_on(t, t.columns[*c], side))
      return false;
  return true;
}

std::string create_index(const Table& t, const Index& index, Side side) {
  // A replica takes what the server sends: only the server refuses a second row of the same name.
  const bool unique = index.unique && side == Side::server;
  return std::string("CREATE ") + (unique ? "UNIQUE " : "") + "INDEX " + std::string(index.name) + " ON " +
         std::string(t.name) + " (" + std::string(index.columns) + ")";
}

std::string add_reference(const Table& t, const Column& c) {
  return "ALTER TABLE " + std::string(t.name) + " ADD FOREIGN KEY (" + std::string(c.name) + ") REFERENCES " +
         std::string(c.references) + " (id)";
}

template <class Act>
void for_each_table(const Act& act) {
  for (const Table& t : business_tables()) act(t);
  for (const Table& t : engine_tables()) act(t);
}

}  // namespace

bool is_on(const Table& t, Side side) {
  if (t.engine) return t.side == Side::both || t.side == side;
  return side == Side::server || is_served(t);
}

bool is_on(const Table& t, const Column& c, Side side) {
  return side == Side::server || t.engine || c.served;
}

std::vector<std::string> create_statements(Side side, Dialect dialect) {
  return create_statements(side, dialect, kVersion);
}

std::vector<std::string> create_statements(Side side, Dialect dialect, int version) {
  std::vector<std::string> out;
  for_each_table([&](const Table& t) {
    if (t.since > version || !is_on(t, side)) return;
    out.push_back(create_table(t, side, dialect, version));
    for (const Index& index : t.indexes)
      if (all_on(t, index.columns, side, version)) out.push_back(create_index(t, index, side));
  });
  if (dialect == Dialect::postgres && side == Side::server)
    for_each_table([&](const Table& t) {
      for (const Column& c : t.columns)
        if (!c.references.empty() && t.since <= version && c.since <= version)
          out.push_back(add_reference(t, c));
    });
  return out;
}

std::vector<std::string> upgrade_statements(Side side, Dialect dialect, int from, int to) {
  std::vector<std::string> out;
  for_each_table([&](const Table& t) {
    if (t.since > to || !is_on(t, side)) return;
    const bool is_new = t.since > from;
    if (is_new) out.push_back(create_table(t, side, dialect, to));
    for (const Column& c : t.columns) {
      if (is_new || c.since <= from || c.since > to || !is_on(t, c, side)) continue;
      const std::string initial = c.initial.empty() ? "" : " DEFAULT " + literal(c);
      out.push_back("ALTER TABLE " + std::string(t.name) + " ADD COLUMN " + column_line(t, c, side, dialect) +
                    initial);
    }
    for (const Index& index : t.indexes)
      if (all_on(t, index.columns, side, to) && (is_new || !all_on(t, index.columns, side, from)))
        out.push_back(create_index(t, index, side));
  });
  if (dialect == Dialect::postgres && side == Side::server)
    for_each_table([&](const Table& t) {
      for (const Column& c : t.columns)
        if (!c.references.empty() && std::max(t.since, c.since) > from && std::max(t.since, c.since) <= to)
          out.push_back(add_reference(t, c));
    });
  return out;
}

}  // namespace relance::schema
