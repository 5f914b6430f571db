// conflicts and their resolution: an agent chooses among the values that met, in the columns that he may write.
#include <algorithm>

#include "client/commands.h"
#include "client/listing.h"
#include "host/value_text.h"
#include "schema/lookup.h"
#include "sync/json.h"

namespace relance::client {
namespace {

using schema::Table;

struct Side {
  Id id;
  std::string side, content, author;
  Ms edited_at = 0;
};

struct Conflict {
  Id id, row;
  const Table* table = nullptr;
  const schema::Unit* unit = nullptr;
  std::string kind, case_number;
  Ms opened_at = 0;
  std::vector<Value> held;  // what the row shows now
  std::vector<Side> sides;
};

constexpr std::string_view kConflicts =
    "SELECT id, row_id, table_name, unit, kind, created_at, case_id, debtor_id FROM conflict WHERE state = "
    "'open'"
    " ORDER BY created_at, id";
constexpr std::string_view kSides =
    "SELECT s.id, s.side, s.content, p.name, s.edited_at FROM conflict_side s LEFT JOIN staff p ON p.id = "
    "s.author_id"
    " WHERE s.conflict_id = ?1 ORDER BY s.side, s.edited_at, s.id";

// A debtor's conflict concerns every case of his.
std::string case_numbers(sql::Connection& db, const std::optional<Id>& case_id,
                         const std::optional<Id>& debtor_id) {
  std::string out;
  sql::Query q(db, "SELECT number FROM case_file WHERE id = ?1 OR debtor_id = ?2 ORDER BY number", case_id,
               debtor_id);
  while (q.next()) out += (out.empty() ? "" : ", ") + q.text(0);
  return out;
}

std::vector<Conflict> open_conflicts(const OpenReplica& open) {
  sql::Connection& db = *open.db;
  std::vector<Conflict> out;
  {
    sql::Query q(db, kConflicts);
    while (q.next()) {
      Conflict one{.id = q.id(0),
                   .row = q.id(1),
                   .table = schema::find_table(q.view(2)),
                   .kind = q.text(4),
                   .case_number = case_numbers(db, q.maybe_id(6), q.maybe_id(7)),
                   .opened_at = q.integer(5)};
      if (one.table != nullptr) one.unit = schema::find_unit(*one.table, q.view(3));
      if (one.unit != nullptr) out.push_back(std::move(one));  // of a newer schema: another program shows it
    }
  }
  for (Conflict& one : out) {
    const auto row = open.replica.row(*one.table, one.row);
    for (const std::size_t c : one.unit->columns) one.held.push_back(row ? (*row)[c] : Value{Null{}});
    sql::Query q(db, kSides, one.id);
    while (q.next())
      one.sides.push_back({q.id(0), q.text(1), q.text(2), q.text(3), q.is_null(4) ? 0 : q.integer(4)});
  }
  return out;
}

// The unit's values as a side holds them. In a column that its edit did not carry (one that an older program does not
// know) it agrees with the row.
std::vector<Value> values_of(const Conflict& conflict, const Side& side) {
  std::vector<Value> out = conflict.held;
  const auto parsed = sync::parse_json(side.content);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  for (std::size_t i = 0; i < out.size() && object != nullptr; ++i) {
    const schema::Column& column = conflict.table->columns[conflict.unit->columns[i]];
    const auto* value = sync::member(*object, column.name);
    if (value != nullptr && !sync::read_value(*value, column.type, out[i])) out[i] = Null{};
  }
  return out;
}

std::string side_text(const Desk& desk, const Conflict& conflict, const Side& side) {
  std::string out;
  const std::vector<Value> values = values_of(conflict, side);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const schema::Column& column = conflict.table->columns[conflict.unit->columns[i]];
    const std::string text =
        column.words.empty() ? value_text(column, values[i]) : word_label(desk.lang(), cell_text(values[i]));
    out += (out.empty() ? "" : ", ") + column_label(desk.lang(), column.name) + " = " + printable(text);
  }
  return out;
}

boost::json::object conflict_json(const Conflict& conflict) {
  boost::json::array sides;
  for (const Side& side : conflict.sides) {
    boost::json::object content;
    const std::vector<Value> values = values_of(conflict, side);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const schema::Column& column = conflict.table->columns[conflict.unit->columns[i]];
      content[column.name] = json_of(column, values[i]);
    }
    sides.push_back(boost::json::object{{"id", side.id.text()},
                                        {"side", side.side},
                                        {"content", std::move(content)},
                                        {"author", side.author},
                                        {"edited_at", json_instant(side.edited_at)}});
  }
  return {{"id", conflict.id.text()},
          {"case", json_or_null(conflict.case_number)},
          {"table", conflict.table->name},
          {"row_id", conflict.row.text()},
          {"unit", conflict.unit->name},
          {"kind", conflict.kind},
          {"opened_at", json_instant(conflict.opened_at)},
          {"sides", std::move(sides)}};
}

std::string conflict_text(const Desk& desk, const Conflict& conflict) {
  const std::string what =
      table_label(desk.lang(), conflict.table->name) + " · " + column_label(desk.lang(), conflict.unit->name);
  std::string out = desk.words(Text::conflict_head,
                               {conflict.id.text(), what,
                                conflict.case_number.empty() ? "-" : printable(conflict.case_number)}) +
                    "\n";
  if (conflict.kind == "late") out += "  (" + desk.words(Text::kind_late) + ")\n";
  for (const Side& side : conflict.sides) {
    out += "  " + desk.words(side.side == "current" ? Text::side_current : Text::side_proposed) + ": " +
           side_text(desk, conflict, side) + "\n";
    out += "    " +
           desk.words(Text::side_by,
                      {side.author.empty() ? "?" : printable(side.author), desk.local_time(side.edited_at)}) +
           "  " + side.id.text() + "\n";
  }
  return out;
}

// A side a line.
Listing conflict_list(const Desk& desk, const std::vector<Conflict>& conflicts) {
  Listing list({{desk.words(Text::col_id)},
                {desk.words(Text::col_case)},
                {desk.words(Text::col_what)},
                {desk.words(Text::col_state)},
                {desk.words(Text::col_title)},
                {desk.words(Text::col_when)}});
  for (const Conflict& conflict : conflicts)
    for (const Side& side : conflict.sides)
      list.add({conflict.id.text(), conflict.case_number,
                table_label(desk.lang(), conflict.table->name) + " · " +
                    column_label(desk.lang(), conflict.unit->name),
                desk.words(side.side == "current" ? Text::side_current : Text::side_proposed),
                side_text(desk, conflict, side), desk.local_time(side.edited_at)});
  return list;
}

// ---- choosing ------------------------------------------------------------------------------------------------------

struct Choice {
  std::string_view resolution;
  std::vector<Value> values;
};

Choice chosen_side(Desk& desk, const Conflict& conflict, const Words& take,
                   const std::vector<Value>& current) {
  if (take.front() == "current") return {"current", current};
  std::vector<const Side*> proposed;
  for (const Side& side : conflict.sides) {
    if (side.id.text() == take.front())
      return {side.side == "current" ? "current" : "proposed", values_of(conflict, side)};
    if (side.side == "proposed") proposed.push_back(&side);
  }
  if (take.front() != "proposed") throw desk.failure(Code::usage, Text::take_expected);
  if (proposed.size() != 1) throw desk.failure(Code::usage, Text::several_sides);
  return {"proposed", values_of(conflict, *proposed.front())};
}

Choice choose(Desk& desk, sql::Connection& db, const Conflict& conflict, const Words& take,
              const std::vector<Value>& current) {
  if (take.size() == 1 && take.front().find('=') == std::string::npos)
    return chosen_side(desk, conflict, take, current);
  const Table& table = *conflict.table;
  Choice out{"other", current};
  for (sync::Change& change : typed_changes(desk, db, table, take)) {
    const auto place = std::find(conflict.unit->columns.begin(), conflict.unit->columns.end(), change.column);
    if (place == conflict.unit->columns.end()) {
      std::string names;
      for (const std::size_t c : conflict.unit->columns)
        names += (names.empty() ? "" : ", ") + std::string(table.columns[c].name);
      throw desk.failure(Code::usage, Text::not_of_unit, {table.columns[change.column].name, names});
    }
    out.values[static_cast<std::size_t>(place - conflict.unit->columns.begin())] = std::move(change.after);
  }
  return out;
}

// What the office expects of a resolution: the conflict closed, and the row's whole unit as chosen, over what was seen.
std::vector<sync::Op> resolution_ops(const Conflict& conflict, const Choice& choice) {
  const Table& conflicts = schema::table("conflict");
  sync::Op close{.kind = sync::OpKind::update, .table = &conflicts, .row = conflict.id};
  close.changes.push_back({schema::column(conflicts, "state"), Null{}, std::string("closed")});
  close.changes.push_back({schema::column(conflicts, "resolution"), Null{}, std::string(choice.resolution)});
  sync::Op write{.kind = sync::OpKind::update, .table = conflict.table, .row = conflict.row};
  for (std::size_t i = 0; i < choice.values.size(); ++i)
    write.changes.push_back({conflict.unit->columns[i], Null{}, choice.values[i]});
  return {std::move(close), std::move(write)};
}

}  // namespace

int run_conflicts(Desk& desk, bool csv) {
  OpenReplica open = desk.open(Home::Use::read);
  const std::vector<Conflict> conflicts = open_conflicts(open);
  if (desk.json()) {
    boost::json::array all;
    for (const Conflict& one : conflicts) all.push_back(conflict_json(one));
    print_json(boost::json::object{{"conflicts", std::move(all)}});
    return 0;
  }
  if (csv) {
    print(conflict_list(desk, conflicts).text(true));
    return 0;
  }
  if (conflicts.empty()) desk.tell(desk.words(Text::conflicts_none));
  for (const Conflict& one : conflicts) print(conflict_text(desk, one));
  return 0;
}

int run_resolve(Desk& desk, const std::string& id, const Words& take) {
  OpenReplica open = desk.open(Home::Use::write);
  const std::vector<Conflict> conflicts = open_conflicts(open);
  const auto found = std::find_if(conflicts.begin(), conflicts.end(),
                                  [&](const Conflict& one) { return one.id.text() == id; });
  if (found == conflicts.end()) throw desk.failure(Code::not_found, Text::no_such_conflict);
  if (!open.replica.row(*found->table, found->row))
    throw desk.failure(Code::not_found, Text::no_such_conflict);
  const Choice choice = choose(desk, *open.db, *found, take, found->held);
  const auto result = open.replica.edit("conflict.resolve", resolution_ops(*found, choice));
  if (const auto* refusal = std::get_if<EditRefusal>(&result)) return desk.refuse(*refusal);
  if (desk.json())
    print_json(boost::json::object{
        {"id", found->id.text()}, {"resolution", choice.resolution}, {"n", std::get<std::int64_t>(result)}});
  desk.tell(desk.words(Text::conflict_resolved));
  return 0;
}

}  // namespace relance::client
