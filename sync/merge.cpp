#include "sync/merge.h"

#include <algorithm>

#include "sync/planted.h"

namespace relance::sync {
namespace {

using schema::Column;
using schema::Merge;

// Protective values are compared by their place in the closed set, flags by number; an empty value protects nothing.
std::int64_t strictness(const Column& column, const Value& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) return *n;
  if (const auto* word = std::get_if<std::string>(&value))
    if (const auto rank = schema::word_rank(column, *word)) return static_cast<std::int64_t>(*rank);
  return -1;
}

Merged strictest(const UnitEdit& e) {
  std::vector<Value> joined = e.current;
  for (std::size_t i = 0; i < e.columns.size(); ++i) {
    const Column& column = e.table->columns[e.columns[i]];
    if (strictness(column, e.mine[i]) > strictness(column, e.current[i]) || planted(Defect::protection_falls))
      joined[i] = e.mine[i];
  }
  if (joined == e.current) return {Verdict::lost, {}};
  return {Verdict::joined, std::move(joined)};
}

Merged state(const UnitEdit& e) {
  const Column& column = e.table->columns[e.columns.front()];
  const std::int64_t base = strictness(column, e.base.front());
  const std::int64_t mine = strictness(column, e.mine.front());
  const std::int64_t current = strictness(column, e.current.front());
  const bool both_forward = mine > base && current > base;
  const bool both_on_chain = mine < column.chain && current < column.chain;
  if (planted(Defect::state_backwards)) return {Verdict::joined, e.mine};
  if (!both_forward || !both_on_chain) return {Verdict::conflict, {}};
  if (mine > current) return {Verdict::joined, e.mine};
  return {Verdict::lost, {}};
}

Merged members(const UnitEdit& e) {
  if (planted(Defect::members_overwritten)) return {Verdict::joined, e.mine};
  std::vector<Value> joined = e.current;
  for (std::size_t i = 0; i < e.columns.size(); ++i) {
    const auto base = members_of(e.base[i]);
    const auto mine = members_of(e.mine[i]);
    auto all = members_of(e.current[i]);
    for (const std::string& added : mine)
      if (!std::binary_search(base.begin(), base.end(), added)) all.push_back(added);
    std::erase_if(all, [&](const std::string& one) {
      return std::binary_search(base.begin(), base.end(), one) &&
             !std::binary_search(mine.begin(), mine.end(), one);
    });
    joined[i] = set_of(std::move(all));
  }
  if (joined == e.current) return {Verdict::same, {}};
  return {Verdict::joined, std::move(joined)};
}

}  // namespace

Merged merge_unit(const UnitEdit& e, const EditStamp& mine_at, const std::function<EditStamp()>& current_at,
                  bool from_office) {
  if (e.current == e.mine) return {Verdict::same, {}};
  if (e.current == e.base) return {Verdict::taken, e.mine};
  // From here on somebody else changed the unit since the author saw it.
  switch (e.unit->merge) {
    case Merge::latest:
      // CONFLICT: two people corrected a contact detail.
      // RESOLUTION: the later corrected time stands; the loser is in history.
      if (planted(Defect::latest_by_arrival) || mine_at > current_at()) return {Verdict::joined, e.mine};
      return {Verdict::lost, {}};
    case Merge::office:
      // CONFLICT: an agent's value met the office's.
      // RESOLUTION: the office's stands; between two of the office, the later commit.
      if (from_office) return {Verdict::joined, e.mine};
      return {Verdict::lost, {}};
    case Merge::review:
      // CONFLICT: identity, amounts or agreed terms were changed two ways.
      // RESOLUTION: none by machine; the row keeps its value until a person has chosen.
      if (planted(Defect::review_by_machine)) return {Verdict::joined, e.mine};
      return {Verdict::conflict, {}};
    case Merge::state:
      // CONFLICT: two moves of a state machine.
      // RESOLUTION: along the chain the later state; off the chain, or backwards, a person.
      return state(e);
    case Merge::strictest:
      // CONFLICT: one protects more than the other.
      // RESOLUTION: the protection stands.
      return strictest(e);
    case Merge::members:
      // CONFLICT: members were added and removed on both sides.
      // RESOLUTION: all additions, minus all removals.
      return members(e);
    case Merge::fixed: break;
  }
  // fixed: refused before it comes here; were it to come, a person would see it.
  return {Verdict::conflict, {}};
}

std::vector<UnitEdit> units_of(const Op& op, const Row& current) {
  std::vector<UnitEdit> out;
  for (const schema::Unit& unit : schema::units(*op.table)) {
    UnitEdit e{.table = op.table, .unit = &unit};
    for (const std::size_t column : unit.columns) {
      const Change* change = op.find(column);
      if (change == nullptr) continue;
      e.columns.push_back(column);
      e.base.push_back(change->before);
      e.mine.push_back(change->after);
      e.current.push_back(current[column]);
    }
    if (!e.columns.empty()) out.push_back(std::move(e));
  }
  return out;
}

std::vector<std::string> members_of(const Value& set) {
  std::vector<std::string> out;
  const auto* text = std::get_if<std::string>(&set);
  if (text == nullptr) return out;
  std::string one;
  for (const char c : *text + ' ') {
    if (c != ' ') {
      one += c;
    } else if (!one.empty()) {
      out.push_back(std::move(one));
      one.clear();
    }
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Value set_of(std::vector<std::string> members) {
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  if (members.empty()) return Null{};
  std::string out;
  for (const std::string& one : members) out += (out.empty() ? "" : " ") + one;
  return out;
}

}  // namespace relance::sync
