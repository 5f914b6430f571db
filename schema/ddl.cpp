#include "schema/ddl.h"

#include "schema/lookup.h"

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
  std::string out = "  " + std::string(c.name) + " " + std::string(sql_type(c.type, dialect));
  if (c.required && (side == Side::server || t.engine)) out += " NOT NULL";
  // PostgreSQL takes its references in a later statement: tables may point at each other.
  if (side == Side::server && dialect == Dialect::sqlite && !c.references.empty())
    out += " REFERENCES " + std::string(c.references) + " (id)";
  return out;
}

std::string create_table(const Table& t, Side side, Dialect dialect) {
  std::string out = "CREATE TABLE " + std::string(t.name) + " (\n";
  for (const Column& c : t.columns)
    if (is_on(t, c, side)) out += column_line(t, c, side, dialect) + ",\n";
  out += "  PRIMARY KEY (" + std::string(t.key) + ")\n)";
  // Clustered on the key: one descent of a tree finds a row by its id, and no second tree is kept.
  if (dialect == Dialect::sqlite) out += " STRICT, WITHOUT ROWID";
  return out;
}

bool all_on(const Table& t, std::string_view columns, Side side) {
  for (const std::string_view name : split_names(columns))
    if (const auto c = find_column(t, name); !c || !is_on(t, t.columns[*c], side)) return false;
  return true;
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
  std::vector<std::string> out;
  const auto add = [&](const Table& t) {
    if (!is_on(t, side)) return;
    out.push_back(create_table(t, side, dialect));
    for (const Index& index : t.indexes) {
      if (!all_on(t, index.columns, side)) continue;
      // A replica takes what the server sends: only the server refuses a second row of the same name.
      const bool unique = index.unique && side == Side::server;
      out.push_back(std::string("CREATE ") + (unique ? "UNIQUE " : "") + "INDEX " + std::string(index.name) +
                    " ON " + std::string(t.name) + " (" + std::string(index.columns) + ")");
    }
  };
  for (const Table& t : business_tables()) add(t);
  for (const Table& t : engine_tables()) add(t);
  if (dialect == Dialect::postgres && side == Side::server) {
    const auto constrain = [&](const Table& t) {
      for (const Column& c : t.columns)
        if (!c.references.empty())
          out.push_back("ALTER TABLE " + std::string(t.name) + " ADD FOREIGN KEY (" + std::string(c.name) +
                        ") REFERENCES " + std::string(c.references) + " (id)");
    };
    for (const Table& t : business_tables()) constrain(t);
    for (const Table& t : engine_tables()) constrain(t);
  }
  return out;
}

}  // namespace relance::schema
