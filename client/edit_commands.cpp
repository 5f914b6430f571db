// edit and add: any edit that the schema permits, offline. Domain commands of later are thin and end here too.
#include "client/commands.h"
#include "host/case_query.h"
#include "host/value_text.h"
#include "rules/phone.h"
#include "schema/lookup.h"

namespace relance::client {
namespace {

using schema::Table;

// The id of a row that people call by a name: a case by number, a creditor or colleague by name.
std::optional<Id> find_named(sql::Connection& db, std::string_view table, const std::string& name) {
  if (table == "case_file") return find_case(db, name);
  if (table == "creditor") return sql::id(db, "SELECT id FROM creditor WHERE name = ?1", name);
  if (table == "staff") return sql::id(db, "SELECT id FROM staff WHERE name = ?1", name);
  return std::nullopt;
}

bool has_names(std::string_view table) {
  return table == "case_file" || table == "creditor" || table == "staff";
}

Id row_named(Desk& desk, sql::Connection& db, const Table& table, const std::string& name) {
  if (const auto id = Id::parse(name)) return *id;
  if (!has_names(table.name)) throw desk.failure(Code::usage, Text::id_expected);
  if (const auto id = find_named(db, table.name, name)) return *id;
  throw desk.failure(Code::not_found, Text::no_such_named, {table_label(desk.lang(), table.name)});
}

// "case_id=2026-0012" with the id in the number's place.
std::string with_id(Desk& desk, sql::Connection& db, const Table& table, const std::string& typed) {
  const std::size_t equals = typed.find('=');
  const auto column = schema::find_column(table, typed.substr(0, equals));
  if (equals == std::string::npos || !column || equals + 1 == typed.size()) return typed;
  const std::string_view referenced = table.columns[*column].references;
  const std::string name = typed.substr(equals + 1);
  if (!has_names(referenced) || Id::parse(name)) return typed;
  const auto id = find_named(db, referenced, name);
  if (!id) throw desk.failure(Code::not_found, Text::no_such_named, {table_label(desk.lang(), referenced)});
  return typed.substr(0, equals + 1) + id->text();
}

// A telephone number in the one form that is stored, where it can be read as one: two agents who learn of the same
// number write the same.
void tidy_phone(sync::Op& op) {
  if (op.table->name != "contact_point") return;
  const auto text = [&](std::string_view column) -> std::string* {
    for (sync::Change& change : op.changes)
      if (op.table->columns[change.column].name == column) return std::get_if<std::string>(&change.after);
    return nullptr;
  };
  const std::string* type = text("type");
  std::string* value = text("value");
  if (type == nullptr || value == nullptr || (*type != "phone" && *type != "mobile")) return;
  if (const auto number = e164(*value)) *value = *number;
}

int tell_edit(Desk& desk, const std::variant<std::int64_t, EditRefusal>& result, const Id& row) {
  if (const auto* refusal = std::get_if<EditRefusal>(&result)) return desk.refuse(*refusal);
  if (desk.json()) print_json(boost::json::object{{"id", row.text()}, {"n", std::get<std::int64_t>(result)}});
  desk.tell(row.text());
  return 0;
}

}  // namespace

std::vector<sync::Change> typed_changes(Desk& desk, sql::Connection& db, const Table& table,
                                        const Words& columns) {
  if (columns.empty()) throw desk.failure(Code::usage, Text::nothing_changed);
  Words resolved;
  for (const std::string& typed : columns) resolved.push_back(with_id(desk, db, table, typed));
  std::vector<sync::Change> out;
  for (TypedColumn& typed : parse_assignments(table, resolved))
    out.push_back({typed.column, Null{}, std::move(typed.value)});
  return out;
}

int run_edit(Desk& desk, const std::string& table_name, const std::string& row, const Words& columns) {
  const Table& table = named_table(table_name);
  OpenReplica open = desk.open(Home::Use::write);
  sync::Op op{.kind = sync::OpKind::update, .table = &table, .row = row_named(desk, *open.db, table, row)};
  op.changes = typed_changes(desk, *open.db, table, columns);
  const Id id = op.row;
  return tell_edit(desk, open.replica.edit(table_name + ".edit", {std::move(op)}), id);
}

int run_add(Desk& desk, const std::string& table_name, const Words& columns) {
  const Table& table = named_table(table_name);
  OpenReplica open = desk.open(Home::Use::write);
  sync::Op op{.kind = sync::OpKind::insert,
              .table = &table,
              .row = desk.random().row_id(open.replica.corrected_now())};
  op.changes = typed_changes(desk, *open.db, table, columns);
  tidy_phone(op);
  const Id id = op.row;
  return tell_edit(desk, open.replica.edit(table_name + ".add", {std::move(op)}), id);
}

}  // namespace relance::client
