#include "tests/sim/oracle.h"

#include <algorithm>

#include "host/failure.h"
#include "schema/tables.h"
#include "sync/json.h"

namespace relance::sim {
namespace {

using schema::Column;
using schema::Merge;
using schema::Table;
using schema::Way;

Value& field(const Table& t, Row& row, std::string_view name) { return row[schema::column(t, name)]; }
const Value& field(const Table& t, const Row& row, std::string_view name) {
  return row[schema::column(t, name)];
}

std::optional<Id> id_in(const Table& t, const Row& row, std::string_view name) {
  const auto at = schema::find_column(t, name);
  const Id* id = at ? std::get_if<Id>(&row[*at]) : nullptr;
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

std::string json_of(const Table& t, const std::vector<std::size_t>& columns,
                    const std::vector<Value>& values) {
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += out.empty() ? "{\"" : ",\"";
    out += std::string(t.columns[columns[i]].name) + "\":";
    sync::append_json(out, values[i]);
  }
  return out + "}";
}

int rank(const Column& column, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<int>(*number);
  const auto* word = std::get_if<std::string>(&value);
  if (word == nullptr) return -1;
  for (std::size_t i = 0; i < column.words.size(); ++i)
    if (column.words[i] == *word) return static_cast<int>(i);
  return -1;
}

std::set<std::string> members(const Value& value) {
  std::set<std::string> out;
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return out;
  std::size_t from = 0;
  while (from < text->size()) {
    const std::size_t blank = std::min(text->find(' ', from), text->size());
    if (blank > from) out.insert(text->substr(from, blank - from));
    from = blank + 1;
  }
  return out;
}

Value joined(const std::set<std::string>& all) {
  std::string out;
  for (const std::string& one : all) out += (out.empty() ? "" : " ") + one;
  return out.empty() ? Value{Null{}} : Value{out};
}

// Somebody else's row: told as such, or as if there were none (docs/protocol.md: forbidden looks like absent).
const std::string kNotHis = "not_holder";
// Nobody changes it; whether it is there this model does not know, as the office draws its id.
const std::string kSideOfAConflict = "not_permitted or absent";

bool is_stamp_column(std::size_t i) { return i < schema::kStampColumns; }

}  // namespace

std::string text_of(const Verdict& v) {
  return std::string(name_of(v.status)) + (v.reason.empty() ? "" : ":" + v.reason);
}

Place place_of(const Table& t, const Row& row) {
  switch (t.way) {
    case Way::root: return {std::get<Id>(row.front()), std::nullopt};
    case Way::debtor: return {std::nullopt, std::get<Id>(row.front())};
    case Way::by_case: return {id_in(t, row, "case_id"), id_in(t, row, "debtor_id")};
    case Way::common:
    case Way::office: break;
  }
  return {};
}

bool agrees(const Verdict& should, const Verdict& is) {
  if (should == is) return true;
  // The sides of an erased conflict are erased ids too, and the office drew them.
  if (should.reason == kSideOfAConflict && is.status == sync::Status::erased) return true;
  if (should.status != is.status) return false;
  const bool is_absent = is.reason == "unknown_row" || is.reason == "depends_on_refused";
  return (should.reason == kNotHis && is_absent) ||
         (should.reason == kSideOfAConflict &&
          (is_absent || is.reason == kNotHis || is.reason == "not_permitted"));
}

struct Oracle::Doing {
  const Hand& hand;
  const sync::Mutation& mutation;
  Ms at;
  bool exact = true, late = false, accepted = false, asks_person = false;
  std::vector<Trace> history;                               // written when the edit is not refused
  std::vector<std::pair<Id, std::optional<Kept>>> touched;  // as they were before
};

void Oracle::enter_device(const Id& device, Ms enrolled_at) {
  state_.devices[device].enrolled_at = enrolled_at;
}

void Oracle::found_row(const Table& t, Row row) {
  const Id id = std::get<Id>(row.front());
  state_.rows[id] = {&t, std::move(row), {}};
}

void Oracle::go_back(State to, const Id& epoch) {
  state_ = std::move(to);
  state_.epoch = epoch;
  for (auto& [id, device] : state_.devices) device.floor = 0;
}

void Oracle::record(const Id& device, Number n, const Digest& hash, const Verdict& verdict) {
  state_.fates[{device, n}] = {hash, verdict};
  Number& last = state_.devices[device].last_n;
  last = std::max(last, n);
}

Verdict Oracle::take(const Hand& hand, const sync::Mutation& m, const Digest& hash, Ms at) {
  Doing doing{.hand = hand, .mutation = m, .at = at};
  doing.exact = at == m.at;
  const auto conflicts_before = state_.conflicts;
  const auto left_before = state_.left;
  const auto away_before = state_.away;
  const auto told_before = state_.case_told;
  const auto came_before = state_.came;
  std::string why;
  if (m.ops.empty() || !m.damage.empty()) why = "bad_value";
  for (const sync::Op& op : m.ops) {
    if (!why.empty()) break;
    const bool forbidden = op.table->way == Way::office && hand.role == schema::agent;
    why = forbidden                         ? "not_permitted"
          : op.kind == sync::OpKind::insert ? insert(doing, op)
                                            : update(doing, op);
  }
  Verdict verdict;
  if (!why.empty()) {
    for (auto old = doing.touched.rbegin(); old != doing.touched.rend(); ++old)
      if (old->second)
        state_.rows[old->first] = *old->second;
      else
        state_.rows.erase(old->first);
    state_.conflicts = conflicts_before;
    state_.left = left_before;
    state_.away = away_before;
    state_.case_told = told_before;
    state_.came = came_before;
    if (std::set<Id> hanging; touches_erased(m, &hanging)) {
      state_.erased.insert(hanging.begin(), hanging.end());
      verdict = {sync::Status::erased, ""};
    } else {
      for (const sync::Op& op : m.ops)
        if (op.kind == sync::OpKind::insert) state_.never_made.insert({hand.device, op.row});
      verdict = {sync::Status::refused, why};
    }
  } else if (doing.late) {
    verdict = doing.accepted ? Verdict{sync::Status::merged, "late"}
                             : Verdict{sync::Status::refused, "late_update"};
  } else {
    verdict = {doing.asks_person ? sync::Status::conflict
               : doing.exact     ? sync::Status::applied
                                 : sync::Status::merged,
               ""};
  }
  if (why.empty()) {
    state_.history.insert(doing.history.begin(), doing.history.end());
    for (const sync::Op& op : m.ops)
      if (op.kind == sync::OpKind::insert && op.table->name == "payment") {
        ++state_.received;
        const sync::Change* amount = op.find("amount_cents");
        state_.received_cents += amount == nullptr ? 0 : std::get<std::int64_t>(amount->after);
      }
  }
  record(hand.device, m.n, hash, verdict);
  return verdict;
}

Oracle::Kept& Oracle::touch(Doing& doing, const Id& row) {
  const auto found = state_.rows.find(row);
  doing.touched.emplace_back(row,
                             found == state_.rows.end() ? std::nullopt : std::optional<Kept>(found->second));
  return state_.rows[row];
}

void Oracle::write_history(Doing& doing, const Id& row, const std::string& unit, const std::string& verdict,
                           const std::string& after) {
  doing.history.push_back({row, doing.hand.device, doing.mutation.n, unit, verdict, after});
}

std::string Oracle::missing(const Doing& doing, const Id& row) const {
  return state_.never_made.contains({doing.hand.device, row}) ? "depends_on_refused" : "unknown_row";
}

// ---- inserts -------------------------------------------------------------------------------------------------

std::string Oracle::insert(Doing& doing, const sync::Op& op) {
  const Table& t = *op.table;
  const Hand& hand = doing.hand;
  if (!schema::may_write(hand.role, t.inserters)) return "not_permitted";
  Row row(t.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = schema::initial_value(t.columns[i]);
  row[0] = op.row;
  row[1] = doing.at;
  row[2] = hand.staff;
  row[3] = hand.device;
  for (const sync::Change& c : op.changes) {
    if (is_stamp_column(c.column) || !schema::may_write(hand.role, t.columns[c.column].writers))
      return "not_permitted";
    row[c.column] = c.after;
  }
  for (std::size_t i = 0; i < row.size(); ++i)
    if (!schema::why_not(t.columns[i], row[i]).empty()) return "bad_value";
  const Place place = place_of(t, row);
  const Standing stands = standing(doing, t, place);
  if (t.way == Way::by_case)
    for (const auto& parent : {place.case_id, place.debtor_id}) {
      if (parent && !state_.rows.contains(*parent)) return missing(doing, *parent);
      if (parent && stands == Standing::stranger) return kNotHis;
    }
  if (stands == Standing::stranger) return "not_permitted";
  if (stands == Standing::restricted) return "restricted";
  if (state_.rows.contains(op.row)) return "id_taken";
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < row.size(); ++i) all.push_back(i);
  if (std::string why = wrong_parent(doing, t, row, all); !why.empty()) return why;
  if (std::string why = unlawful(t, nullptr, row); !why.empty()) return why;
  // What two sides agree on: people of the office make none on a restricted case either.
  static const std::set<std::string_view> kAgreements{"promise", "payment_plan", "instalment", "proposal",
                                                      "decision"};
  if (hand.role != schema::agent && kAgreements.contains(t.name) && place.case_id &&
      is_restricted(*place.case_id))
    return "restricted";
  const bool late = stands == Standing::late;
  if (late) {
    doing.late = true;
    if (schema::find_column(t, "late")) field(t, row, "late") = std::int64_t{1};
  }
  if (clashes(t, row)) return "contradicts";
  touch(doing, op.row) = {&t, row, {}};
  doing.accepted = true;
  write_history(doing, op.row, "", late ? "late" : "inserted", "");
  if (t.name == "assignment") assignment_moved({}, row);
  return {};
}

bool Oracle::clashes(const Table& t, const Row& row) const {
  for (const schema::Index& index : t.indexes) {
    if (!index.unique) continue;
    const auto names = schema::split_names(index.columns);
    for (const auto& [id, other] : state_.rows) {
      if (other.table != &t || id == std::get<Id>(row.front())) continue;
      if (std::all_of(names.begin(), names.end(), [&](std::string_view name) {
            const Value& mine = field(t, row, name);
            return !is_null(mine) && mine == field(t, other.row, name);
          }))
        return true;
    }
  }
  return false;
}

std::string Oracle::wrong_parent(const Doing& doing, const Table& t, const Row& row,
                                 const std::vector<std::size_t>& columns) const {
  // The office's own rows hang on no case: they may point to rows of any.
  const std::size_t none = t.columns.size();
  const std::size_t own_case = t.way == Way::office ? none : schema::find_column(t, "case_id").value_or(none);
  for (const std::size_t i : columns) {
    const Id* id = std::get_if<Id>(&row[i]);
    if (t.columns[i].references.empty() || id == nullptr || is_stamp_column(i) || own_case == i) continue;
    const Table* parent = schema::find_table(t.columns[i].references);
    if (parent == nullptr) continue;
    const auto found = state_.rows.find(*id);
    const bool there = found != state_.rows.end() && found->second.table == parent;
    if (!there) return missing(doing, *id);
    if (own_case != none && parent->way == Way::by_case && schema::find_column(*parent, "case_id") &&
        field(*parent, found->second.row, "case_id") != row[own_case])
      return standing(doing, *parent, place_of(*parent, found->second.row)) == Standing::holder
                 ? "not_permitted"
                 : kNotHis;
  }
  return {};
}

std::string Oracle::unlawful(const Table& t, const Row* before, const Row& after) const {
  const auto is = [&](const Row& row, std::string_view column, const Value& value) {
    return field(t, row, column) == value;
  };
  const Value set{std::int64_t{1}};
  const auto is_closed_blindly = [&](const Row& row) {
    return is(row, "legal", set) && (!is(row, "state", std::string("todo")) || is(row, "withdrawn", set)) &&
           (is(row, "result", Null{}) || is(row, "result", std::string()));
  };
  if (t.name == "task" && is_closed_blindly(after) && !(before != nullptr && is_closed_blindly(*before)))
    return "result_missing";
  if (t.name != "entry" || !is(after, "kind", std::string("charge")) ||
      (before != nullptr && is(*before, "kind", std::string("charge"))))
    return {};
  for (const auto& [id, one] : state_.rows)
    if (one.table->name == "limitation_event" &&
        field(*one.table, one.row, "case_id") == field(t, after, "case_id") &&
        field(*one.table, one.row, "act") == Value{std::string("title")} &&
        field(*one.table, one.row, "verified") == set &&
        field(*one.table, one.row, "undone") == Value{std::int64_t{0}})
      return {};
  return "no_title";
}

// ---- updates -------------------------------------------------------------------------------------------------

std::string Oracle::update(Doing& doing, const sync::Op& op) {
  const Table& t = *op.table;
  if (t.name == "conflict_side") return kSideOfAConflict;
  Conflict* conflict = nullptr;
  Place place;
  if (t.name == "conflict") {
    for (Conflict& one : state_.conflicts)
      if (one.id == op.row) conflict = &one;
    if (conflict == nullptr) return missing(doing, op.row);
    place = {conflict->case_id, conflict->debtor_id};
  } else {
    const auto found = state_.rows.find(op.row);
    if (found == state_.rows.end() || found->second.table != &t) return missing(doing, op.row);
    place = place_of(t, found->second.row);
  }
  const Standing stands = standing(doing, t, place);
  if (stands == Standing::stranger) return kNotHis;
  for (const sync::Change& c : op.changes) {
    const Column& column = t.columns[c.column];
    if (is_stamp_column(c.column) || column.merge == Merge::fixed ||
        !schema::may_write(doing.hand.role, column.writers))
      return "not_permitted";
    if (!schema::why_not(column, c.after).empty()) return "bad_value";
  }
  if (stands == Standing::restricted) return "restricted";
  if (conflict != nullptr) {
    if (stands == Standing::late) {
      doing.late = true;
      return {};
    }
    return close_conflict(doing, op, *conflict);
  }
  Kept& kept = touch(doing, op.row);
  if (stands == Standing::late) doing.late = true;
  const Row before = kept.row;
  std::vector<std::size_t> written;
  const std::size_t history_before = doing.history.size();
  const auto conflicts_before = state_.conflicts;
  const bool asked_before = doing.asks_person;
  for (const schema::Unit& unit : schema::units(t)) {
    std::vector<std::size_t> columns;
    std::vector<Value> mine, current;
    for (const std::size_t c : unit.columns)
      if (const sync::Change* change = op.find(c)) {
        columns.push_back(c);
        mine.push_back(change->after);
        current.push_back(kept.row[c]);
      }
    if (columns.empty() || mine == current) continue;
    if (stands == Standing::late) {
      write_history(doing, op.row, std::string(unit.name), "late", json_of(t, columns, mine));
      meet(doing, kept, unit, columns, current, mine, "late");
    } else {
      merge_unit(doing, op, unit, kept);
      for (const std::size_t c : columns)
        if (kept.row[c] != before[c]) written.push_back(c);
    }
  }
  if (stands == Standing::late) return {};
  for (std::string why : {wrong_parent(doing, t, kept.row, written), unlawful(t, &before, kept.row),
                          forbidden_change(doing.hand, t, before, kept.row),
                          std::string(clashes(t, kept.row) ? "contradicts" : "")})
    if (!why.empty()) {
      doing.history.resize(history_before);
      state_.conflicts = conflicts_before;
      doing.asks_person = asked_before;
      return why;
    }
  doing.accepted = true;
  if (t.name == "assignment") assignment_moved(before, kept.row);
  if (t.way == Way::root) {
    state_.case_told[op.row] = state_.commits + 1;
    debtor_moved(before, kept.row);
  }
  return {};
}

void Oracle::merge_unit(Doing& doing, const sync::Op& op, const schema::Unit& unit, Kept& kept) {
  const Table& t = *op.table;
  std::vector<std::size_t> columns;
  std::vector<Value> base, mine, current;
  for (const std::size_t c : unit.columns)
    if (const sync::Change* change = op.find(c)) {
      columns.push_back(c);
      base.push_back(change->before);
      mine.push_back(change->after);
      current.push_back(kept.row[c]);
    }
  const std::string name{unit.name};
  const Stamp stamp{doing.at, doing.hand.device, doing.mutation.n, doing.hand.staff};
  const auto write = [&](const std::vector<Value>& values, const char* verdict) {
    for (std::size_t i = 0; i < columns.size(); ++i) kept.row[columns[i]] = values[i];
    Stamp& last = kept.stamps[name];
    last = std::max(last, stamp);
    write_history(doing, op.row, name, verdict, json_of(t, columns, values));
  };
  const auto lose = [&] {
    doing.exact = false;
    write_history(doing, op.row, name, "lost", json_of(t, columns, mine));
  };
  const auto join = [&](const std::vector<Value>& values) {
    doing.exact = false;
    write(values, "joined");
  };
  if (current == base) return write(mine, "taken");
  const Column& column = t.columns[columns.front()];
  switch (unit.merge) {
    case Merge::latest: {
      Stamp held{std::get<std::int64_t>(kept.row[1]), std::get<Id>(kept.row[3]), 0, {}};
      if (const auto found = kept.stamps.find(name); found != kept.stamps.end()) held = found->second;
      const auto order = [](const Stamp& s) { return std::tuple(s.at, s.device, s.n); };
      return order(stamp) > order(held) ? join(mine) : lose();
    }
    case Merge::office: return doing.hand.role == schema::agent ? lose() : join(mine);
    case Merge::strictest: {
      std::vector<Value> stricter = current;
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (rank(t.columns[columns[i]], mine[i]) > rank(t.columns[columns[i]], current[i]))
          stricter[i] = mine[i];
      return stricter == current ? lose() : join(stricter);
    }
    case Merge::members: {
      std::vector<Value> all = current;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        std::set<std::string> set = members(current[i]);
        const auto was = members(base[i]), now = members(mine[i]);
        for (const std::string& one : now)
          if (!was.contains(one)) set.insert(one);
        for (const std::string& one : was)
          if (!now.contains(one)) set.erase(one);
        all[i] = joined(set);
      }
      return all == current ? void() : join(all);
    }
    case Merge::state: {
      const int from = rank(column, base.front()), to = rank(column, mine.front()),
                is = rank(column, current.front());
      if (to > from && is > from && to < column.chain && is < column.chain)
        return to > is ? join(mine) : lose();
      break;
    }
    case Merge::review:
    case Merge::fixed: break;
  }
  doing.exact = false;
  doing.asks_person = true;
  write_history(doing, op.row, name, "kept", json_of(t, columns, mine));
  meet(doing, kept, unit, columns, current, mine, "concurrent");
}

// Two values that a person has to choose between.
void Oracle::meet(Doing& doing, const Kept& kept, const schema::Unit& unit,
                  const std::vector<std::size_t>& columns, const std::vector<Value>& current,
                  const std::vector<Value>& mine, const std::string& kind) {
  const Table& t = *kept.table;
  const Id row = std::get<Id>(kept.row.front());
  const Side proposed{"proposed", json_of(t, columns, mine), doing.hand.staff, doing.hand.device};
  for (Conflict& open : state_.conflicts) {
    if (open.row != row || open.unit != unit.name || open.kind != kind || open.state != "open") continue;
    for (Side& side : open.sides)
      if (side.side == "proposed" && side.author == proposed.author && side.device == proposed.device) {
        side.content = proposed.content;
        return;
      }
    open.sides.push_back(proposed);
    return;
  }
  const Place place = place_of(t, kept.row);
  Conflict made{.id = {},
                .table = &t,
                .row = row,
                .case_id = place.case_id,
                .debtor_id = place.debtor_id,
                .unit = std::string(unit.name),
                .kind = kind,
                .state = "open",
                .resolution = Null{},
                .sides = {}};
  Stamp held{0, std::get<Id>(kept.row[3]), 0, std::get<Id>(kept.row[2])};
  if (const auto found = kept.stamps.find(made.unit); found != kept.stamps.end()) held = found->second;
  made.sides = {{"current", json_of(t, columns, current), held.staff, held.device}, proposed};
  state_.conflicts.push_back(std::move(made));
}

std::string Oracle::close_conflict(Doing& doing, const sync::Op& op, Conflict& conflict) {
  const sync::Change* closing = op.find("state");
  if (closing == nullptr || closing->after != Value{std::string("closed")}) return "not_permitted";
  const Table& t = *conflict.table;
  const schema::Unit* unit = schema::find_unit(t, conflict.unit);
  const Kept& kept = state_.rows.at(conflict.row);
  for (const std::size_t c : unit->columns)
    if (!schema::may_write(doing.hand.role, t.columns[c].writers)) return "not_permitted";
  const sync::Op* choice = nullptr;
  for (const sync::Op& other : doing.mutation.ops)
    if (other.kind == sync::OpKind::update && other.table == &t && other.row == conflict.row) choice = &other;
  if (choice == nullptr) return "bad_value";
  std::vector<std::size_t> columns;
  std::vector<Value> chosen, seen, current;
  for (const std::size_t c : unit->columns) {
    const sync::Change* change = choice->find(c);
    if (change == nullptr && t.columns[c].since > t.since) continue;  // a device that does not have it yet
    if (change == nullptr) return "bad_value";
    columns.push_back(c);
    chosen.push_back(change->after);
    seen.push_back(change->before);
    current.push_back(kept.row[c]);
  }
  if (columns.empty()) return "bad_value";
  if (conflict.state == "closed") {
    if (current != chosen) return "conflict_closed";
    doing.exact = false;
    return {};
  }
  if (current != seen && current != chosen) {  // it moved since: another may have to choose again
    doing.exact = false;
    return {};
  }
  conflict.state = "closed";
  const sync::Change* resolution = op.find("resolution");
  conflict.resolution = resolution == nullptr ? Value{std::string("other")} : resolution->after;
  write_history(doing, conflict.id, "state", "taken", json_of(t, columns, chosen));
  return {};
}

// ---- erasing ---------------------------------------------------------------------------------------------------

bool Oracle::touches_erased(const sync::Mutation& m, std::set<Id>* hanging) const {
  const auto is_gone = [&](const Id& id) {
    return state_.erased.contains(id) || (hanging != nullptr && hanging->contains(id));
  };
  bool touches = false;
  for (const sync::Op& op : m.ops) {
    bool names = is_gone(op.row);
    for (const sync::Change& change : op.changes)
      if (const Id* id = std::get_if<Id>(&change.after); id != nullptr && is_gone(*id)) names = true;
    touches |= names;
    if (names && hanging != nullptr && op.kind == sync::OpKind::insert) hanging->insert(op.row);
  }
  return touches;
}

bool Oracle::has_another_case(const Id& debtor, const Id& case_id) const {
  static const Table& cases = schema::table("case_file");
  for (const auto& [id, kept] : state_.rows)
    if (kept.table == &cases && id != case_id && id_in(cases, kept.row, "debtor_id") == debtor) return true;
  return false;
}

// He stays for another case, and leaves those who held him for this one only.
void Oracle::take_debtor_from_holders(const Id& case_id) {
  static const Table& cases = schema::table("case_file");
  static const Table& assignments = schema::table("assignment");
  const auto debtor = debtor_of(case_id);
  if (!debtor) return;
  std::set<Id> holders;
  for (const auto& [id, kept] : state_.rows)
    if (kept.table == &assignments && id_in(assignments, kept.row, "case_id") == case_id &&
        is_null(field(assignments, kept.row, "valid_to")))
      holders.insert(*id_in(assignments, kept.row, "staff_id"));
  for (const Id& holder : holders) {
    bool keeps = false;
    for (const auto& [id, kept] : state_.rows)
      keeps |= kept.table == &cases && id != case_id && id_in(cases, kept.row, "debtor_id") == debtor &&
               holds(holder, id);
    if (keeps) continue;
    state_.left[{holder, *debtor}] = state_.commits + 1;
    state_.away.insert({holder, *debtor});
  }
}

bool Oracle::erase(const Id& case_id, const std::optional<Id>& named) {
  static const Table& cases = schema::table("case_file");
  const bool was_there = state_.rows.contains(case_id);
  const std::optional<Id> debtor = named && !has_another_case(*named, case_id) ? named : std::nullopt;
  if (!debtor || debtor_of(case_id) != debtor) take_debtor_from_holders(case_id);
  if (was_there) {
    const Row& row = state_.rows.at(case_id).row;
    const auto creditor = id_in(cases, row, "creditor_id");
    if (const auto* account = std::get_if<std::string>(&field(cases, row, "ledger_ref")); account && creditor)
      state_.accounts.insert({*creditor, *account});
  }
  std::set<Id> gone{case_id};
  if (debtor) gone.insert(*debtor);
  for (const auto& [id, kept] : state_.rows)
    if (kept.table->retention != schema::Retention::journal &&
        (id_in(*kept.table, kept.row, "case_id") == case_id ||
         (debtor && id_in(*kept.table, kept.row, "debtor_id") == debtor)))
      gone.insert(id);
  std::erase_if(state_.conflicts, [&](const Conflict& one) {
    const bool goes = one.case_id == case_id || (debtor && one.debtor_id == debtor);
    if (goes) gone.insert(one.id);
    return goes;
  });
  for (const Id& id : gone) {
    const auto found = state_.rows.find(id);
    if (found == state_.rows.end()) continue;
    if (found->second.table->name == "payment") {
      --state_.received;
      state_.received_cents -=
          std::get<std::int64_t>(field(*found->second.table, found->second.row, "amount_cents"));
    }
    state_.rows.erase(found);
  }
  // What is the office's own and pointed there points nowhere.
  for (auto& [id, kept] : state_.rows) {
    if (kept.table->way != Way::office) continue;
    for (std::size_t i = schema::kStampColumns; i < kept.row.size(); ++i)
      if (const Id* to = std::get_if<Id>(&kept.row[i]); to != nullptr && gone.contains(*to))
        kept.row[i] = Null{};
  }
  std::erase_if(state_.history, [&](const Trace& line) { return gone.contains(line.row); });
  const auto is_of_them = [&](const auto& key) { return gone.contains(key.second); };
  std::erase_if(state_.left, [&](const auto& one) { return is_of_them(one.first); });
  std::erase_if(state_.came, [&](const auto& one) { return is_of_them(one.first); });
  std::erase_if(state_.away, is_of_them);
  state_.case_told.erase(case_id);
  state_.erased.insert(gone.begin(), gone.end());
  ++state_.erasures;
  return was_there;
}

// ---- who holds what ------------------------------------------------------------------------------------------

namespace {

const Table& assignments() {
  static const Table& t = schema::table("assignment");
  return t;
}
const Table& cases() {
  static const Table& t = schema::table("case_file");
  return t;
}

}  // namespace

std::optional<Id> Oracle::debtor_of(const Id& case_id) const {
  const auto found = state_.rows.find(case_id);
  if (found == state_.rows.end()) return std::nullopt;
  return id_in(cases(), found->second.row, "debtor_id");
}

bool Oracle::holds(const Id& staff, const Id& case_id) const {
  for (const auto& [id, kept] : state_.rows)
    if (kept.table == &assignments() && field(assignments(), kept.row, "case_id") == Value{case_id} &&
        field(assignments(), kept.row, "staff_id") == Value{staff} &&
        is_null(field(assignments(), kept.row, "valid_to")))
      return true;
  return false;
}

bool Oracle::holds_debtor(const Id& staff, const Id& debtor) const {
  for (const auto& [id, kept] : state_.rows)
    if (kept.table == &cases() && field(cases(), kept.row, "debtor_id") == Value{debtor} && holds(staff, id))
      return true;
  return false;
}

bool Oracle::sees(const Id& staff, const Table& t, const Row& row) const {
  if (t.way == Way::common) return true;
  const Place place = place_of(t, row);
  return (place.case_id && holds(staff, *place.case_id)) ||
         (place.debtor_id && holds_debtor(staff, *place.debtor_id));
}

Oracle::Standing Oracle::standing(const Doing& doing, const Table& t, const Place& place) const {
  const Hand& hand = doing.hand;
  const auto& [case_id, debtor] = place;
  if (hand.role != schema::agent || t.way == Way::common) return Standing::holder;
  if ((case_id && holds(hand.staff, *case_id)) || (debtor && holds_debtor(hand.staff, *debtor)))
    return holders_standing(doing, place);
  std::set<Id> places;
  if (case_id) places.insert(*case_id);
  if (debtor) {
    for (const auto& [id, kept] : state_.rows)
      if (kept.table == &cases() && field(cases(), kept.row, "debtor_id") == Value{*debtor})
        places.insert(id);
    places.insert(*debtor);
  }
  bool once = false;
  for (const Id& one : places) {
    const auto left = state_.left.find({hand.staff, one});
    if (left == state_.left.end()) continue;
    if (one == debtor && !state_.away.contains({hand.staff, one})) continue;
    once = true;
    // What he was shown is a commit of this epoch, or says nothing.
    const Number floor = state_.devices.at(hand.device).floor;
    const Number shown = std::max(floor, hand.shown_epoch == state_.epoch ? hand.shown : 0);
    if (left->second > shown) return Standing::late;
  }
  return once && hand.shown_epoch != state_.epoch ? Standing::late : Standing::stranger;
}

// A restricted case is nobody's to work on; who has not been shown that reports what happened.
Oracle::Standing Oracle::holders_standing(const Doing& doing, const Place& place) const {
  const Hand& hand = doing.hand;
  std::vector<Id> his;
  if (place.case_id) {
    his.push_back(*place.case_id);
  } else if (place.debtor_id) {
    for (const auto& [id, kept] : state_.rows)
      if (kept.table == &cases() && field(cases(), kept.row, "debtor_id") == Value{*place.debtor_id} &&
          holds(hand.staff, id))
        his.push_back(id);
  }
  for (const Id& one : his)
    if (!is_restricted(one)) return Standing::holder;
  if (hand.shown_epoch != state_.epoch) return Standing::late;
  const Number shown = std::max(state_.devices.at(hand.device).floor, hand.shown);
  for (const Id& one : his) {
    Number told = 0;
    if (const auto found = state_.case_told.find(one); found != state_.case_told.end()) told = found->second;
    if (const auto found = state_.came.find({hand.staff, one}); found != state_.came.end())
      told = std::max(told, found->second);
    if (told > shown) return Standing::late;
  }
  return Standing::restricted;
}

bool Oracle::is_restricted(const Id& case_id) const {
  const auto found = state_.rows.find(case_id);
  return found != state_.rows.end() && found->second.table == &cases() &&
         field(cases(), found->second.row, "restricted") == Value{std::int64_t{1}};
}

// What protects a case is taken away by two persons of the office, or by the data protection officer: never by a clerk.
std::string Oracle::forbidden_change(const Hand& hand, const Table& t, const Row& before,
                                     const Row& after) const {
  const auto cleared = [&](std::string_view flag) {
    return field(t, before, flag) == Value{std::int64_t{1}} &&
           field(t, after, flag) == Value{std::int64_t{0}};
  };
  if (t.name == "case_file") {
    const bool is_officer = hand.role == schema::office || hand.role == schema::dpo;
    if ((cleared("restricted") || cleared("legal_hold")) && !is_officer) return "not_permitted";
    if (!cleared("legal_hold")) return {};
    static const Table& holds = schema::table("legal_hold");
    for (const auto& [id, kept] : state_.rows)
      if (kept.table == &holds && field(holds, kept.row, "case_id") == after.front() &&
          is_null(field(holds, kept.row, "lifted_on")))
        return "held";
  }
  if (t.name == "legal_hold" && is_null(field(t, before, "lifted_on")) &&
      !is_null(field(t, after, "lifted_on"))) {
    const auto asked = id_in(t, before, "lift_asked_by");
    if (!asked || *asked == hand.staff) return "two_persons";
  }
  return {};
}

void Oracle::assignment_moved(const Row& before, const Row& after) {
  const Table& t = assignments();
  const Id staff = *id_in(t, after, "staff_id"), case_id = *id_in(t, after, "case_id");
  const bool was = !before.empty() && is_null(field(t, before, "valid_to"));
  const bool is = is_null(field(t, after, "valid_to"));
  const auto debtor = debtor_of(case_id);
  if (!was && is && debtor) state_.away.erase({staff, *debtor});
  if (!was && is) state_.came[{staff, case_id}] = state_.commits + 1;
  if (!was || is || holds(staff, case_id)) return;
  state_.left[{staff, case_id}] = state_.commits + 1;
  if (!debtor || holds_debtor(staff, *debtor)) return;
  state_.left[{staff, *debtor}] = state_.commits + 1;
  state_.away.insert({staff, *debtor});
}

void Oracle::debtor_moved(const Row& before, const Row& after) {
  const auto from = id_in(cases(), before, "debtor_id"), to = id_in(cases(), after, "debtor_id");
  if (!from || !to || *from == *to) return;
  std::set<Id> holders;
  for (const auto& [id, kept] : state_.rows)
    if (kept.table == &assignments() && field(assignments(), kept.row, "case_id") == after.front() &&
        is_null(field(assignments(), kept.row, "valid_to")))
      holders.insert(*id_in(assignments(), kept.row, "staff_id"));
  for (const Id& holder : holders) {
    state_.away.erase({holder, *to});
    if (holds_debtor(holder, *from)) continue;
    state_.left[{holder, *from}] = state_.commits + 1;
    state_.away.insert({holder, *from});
  }
}

}  // namespace relance::sim
