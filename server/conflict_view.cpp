#include "server/conflict_view.h"

#include <algorithm>
#include <boost/json.hpp>

#include "host/failure.h"
#include "host/terminal.h"
#include "host/value_text.h"
#include "schema/instant.h"
#include "server/case_view.h"
#include "server/op_draft.h"
#include "sync/json.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::string_view kConflicts =
    "SELECT f.id, f.row_id, f.table_name, f.unit, f.kind, f.created_at, coalesce(c.number, '') FROM conflict "
    "f"
    " LEFT JOIN case_file c ON c.id = f.case_id WHERE f.state = 'open' ORDER BY f.created_at, f.id";
constexpr std::string_view kSides =
    "SELECT s.id, s.side, s.content, coalesce(p.name, ''), coalesce(s.edited_at, 0) FROM conflict_side s"
    " LEFT JOIN staff p ON p.id = s.author_id WHERE s.conflict_id = ?1 ORDER BY s.side, s.edited_at, s.id";

const schema::Column& column_at(const ConflictEntry& conflict, std::size_t i) {
  return conflict.table->columns[conflict.unit->columns[i]];
}

// A side holds the columns that its edit carried; in the others it agrees with the row.
std::vector<Value> values_of(const ConflictEntry& conflict, std::string_view content) {
  std::vector<Value> out = conflict.held;
  const auto parsed = sync::parse_json(content);
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const json::value* value = sync::member(*object, column_at(conflict, i).name);
    if (value == nullptr) continue;
    Value read;
    if (value->is_null() || sync::read_value(*value, column_at(conflict, i).type, read))
      out[i] = std::move(read);
  }
  return out;
}

bool load(sql::Connection& db, ConflictEntry& conflict) {
  const auto row = load_row(db, *conflict.table, conflict.row);
  if (!row) return false;
  for (const std::size_t c : conflict.unit->columns) conflict.held.push_back((*row)[c]);
  sql::Query q(db, kSides, conflict.id);
  while (q.next())
    conflict.sides.push_back({.id = q.id(0),
                              .is_current = q.view(1) == "current",
                              .author = q.text(3),
                              .edited_at = q.integer(4),
                              .values = values_of(conflict, q.view(2))});
  return true;
}

std::string values_text(const ConflictEntry& conflict, const std::vector<Value>& values) {
  std::string out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out += (i == 0 ? "" : ", ") + std::string(column_at(conflict, i).name) + " = " +
           printable(value_text(column_at(conflict, i), values[i]));
  return out;
}

json::object values_json(const ConflictEntry& conflict, const std::vector<Value>& values) {
  json::object out;
  for (std::size_t i = 0; i < values.size(); ++i)
    out[column_at(conflict, i).name] = json_of(column_at(conflict, i), values[i]);
  return out;
}

ConflictChoice typed_choice(const ConflictEntry& conflict, const std::vector<std::string>& take) {
  ConflictChoice out{"other", conflict.held};
  for (TypedColumn& typed : parse_assignments(*conflict.table, take)) {
    const auto& columns = conflict.unit->columns;
    const auto place = std::find(columns.begin(), columns.end(), typed.column);
    if (place == columns.end()) {
      std::string names;
      for (const std::size_t c : columns) names += " " + std::string(conflict.table->columns[c].name);
      throw Failure(Code::usage, "This conflict is about other columns:" + names + ".");
    }
    out.values[static_cast<std::size_t>(place - columns.begin())] = std::move(typed.value);
  }
  return out;
}

}  // namespace

std::vector<ConflictEntry> open_conflicts(sql::Connection& db) {
  sql::Transaction snapshot(db, sql::Access::read);
  std::vector<ConflictEntry> found, out;
  sql::Query q(db, kConflicts);
  while (q.next()) {
    ConflictEntry one{.id = q.id(0),
                      .row = q.id(1),
                      .table = schema::find_table(q.view(2)),
                      .is_late = q.view(4) == "late",
                      .case_number = q.text(6),
                      .opened_at = q.integer(5)};
    if (one.table != nullptr) one.unit = schema::find_unit(*one.table, q.view(3));
    if (one.unit != nullptr) found.push_back(std::move(one));
  }
  for (ConflictEntry& one : found)
    if (load(db, one)) out.push_back(std::move(one));
  return out;
}

ConflictChoice choose(const ConflictEntry& conflict, const std::vector<std::string>& take) {
  const bool is_typed = std::any_of(take.begin(), take.end(),
                                    [](const std::string& t) { return t.find('=') != std::string::npos; });
  if (is_typed) return typed_choice(conflict, take);
  if (take.size() != 1)
    throw Failure(Code::usage, "--take is given once: current, proposed, the id of a side, or column=value.");
  if (take.front() == "current") return {"current", conflict.held};
  std::vector<const ConflictSide*> proposed;
  for (const ConflictSide& side : conflict.sides) {
    if (side.id.text() == take.front()) return {side.is_current ? "current" : "proposed", side.values};
    if (!side.is_current) proposed.push_back(&side);
  }
  if (take.front() != "proposed")
    throw Failure(Code::usage, "--take is current, proposed, the id of a side, or column=value.");
  if (proposed.size() != 1)
    throw Failure(Code::usage,
                  "Several values were proposed: give the id of the side to take, as `relance-server "
                  "conflicts` shows it.");
  return {"proposed", proposed.front()->values};
}

std::vector<sync::Op> resolution_ops(const ConflictEntry& conflict, const ConflictChoice& choice) {
  sync::Op write{.kind = sync::OpKind::update, .table = conflict.table, .row = conflict.row};
  for (std::size_t i = 0; i < choice.values.size(); ++i)
    write.changes.push_back({conflict.unit->columns[i], conflict.held[i], choice.values[i]});
  return {OpDraft(sync::OpKind::update, "conflict", conflict.id)
              .set("state", Value{std::string("closed")}, Value{std::string("open")})
              .set("resolution", choice.resolution)
              .take(),
          std::move(write)};
}

json::object conflict_json(const ConflictEntry& conflict) {
  json::array sides;
  for (const ConflictSide& side : conflict.sides)
    sides.push_back(json::object{{"id", side.id.text()},
                                 {"side", side.is_current ? "current" : "proposed"},
                                 {"content", values_json(conflict, side.values)},
                                 {"author", side.author},
                                 {"edited_at", instant_text(side.edited_at)}});
  return {{"id", conflict.id.text()},
          {"case", conflict.case_number.empty() ? json::value(nullptr) : json::value(conflict.case_number)},
          {"table", conflict.table->name},
          {"row_id", conflict.row.text()},
          {"unit", conflict.unit->name},
          {"kind", conflict.is_late ? "late" : "concurrent"},
          {"late", conflict.is_late},
          {"opened_at", instant_text(conflict.opened_at)},
          {"held", values_json(conflict, conflict.held)},
          {"sides", std::move(sides)}};
}

std::string conflict_text(const ConflictEntry& conflict) {
  std::string out = conflict.id.text() + "  " + std::string(conflict.table->name) + " · " +
                    std::string(conflict.unit->name);
  if (!conflict.case_number.empty()) out += "  case " + printable(conflict.case_number);
  out += conflict.is_late ? "  (late: the author had lost the case)\n" : "\n";
  const bool has_moved =
      std::none_of(conflict.sides.begin(), conflict.sides.end(),
                   [&](const ConflictSide& s) { return s.is_current && s.values == conflict.held; });
  if (has_moved) out += "  held now: " + values_text(conflict, conflict.held) + "\n";
  for (const ConflictSide& side : conflict.sides) {
    out += std::string(side.is_current ? "  current:  " : "  proposed: ") +
           values_text(conflict, side.values) + "\n";
    out += "            by " + (side.author.empty() ? "?" : printable(side.author)) + ", " +
           instant_text(side.edited_at) + "  " + side.id.text() + "\n";
  }
  return out;
}

}  // namespace relance::server
