// Every merge decision there is over small domains, each beside a plain statement of the rule: docs/protocol.md,
// "Merging", said again in the test's own words (sets are sets, chains and protections are lists of words, written
// down here once more). merge_test.cpp has the examples and the promises.
#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "schema/lookup.h"
#include "sync/merge.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::sync;

namespace {

using Words = std::vector<std::string>;
using Values = std::vector<Value>;

enum class Rule { latest, review, office, members, state, strictest, fixed };

/// One merge unit of the declaration, and all that its rule has to know of it.
struct Place {
  Rule rule;
  std::string_view table, unit;
  Values domain;        // what each of its columns holds in turn
  Words ranked = {};    // state: from early to late; strictest: from lenient to strict
  Words no_chain = {};  // state: the last ones of `ranked` that a machine never settles
};

Value word(const std::string& text) { return text; }
Value number(std::int64_t n) { return n; }

// Every word, none at all, and one that this program has never heard of.
Place of_words(Rule rule, std::string_view table, std::string_view unit, Words ranked, Words no_chain = {}) {
  Place out{.rule = rule, .table = table, .unit = unit, .domain = {Null{}, word("from_the_future")}};
  for (const std::string& each : ranked) out.domain.push_back(word(each));
  out.ranked = std::move(ranked);
  out.no_chain = std::move(no_chain);
  return out;
}

std::vector<Place> places() {
  const Values free{Null{}, word("a"), word("b"), word("c")};
  const Values few{Null{}, word("a"), word("b")};
  std::vector<Place> out{{Rule::latest, "case_file", "next_action_on", free},
                         {Rule::review, "debtor", "legal_name", free},
                         {Rule::office, "claim", "label", free},
                         {Rule::fixed, "payment", "paid_on", free},
                         {Rule::latest, "contact_point", "address", {Null{}, word("a")}},
                         {Rule::review, "instalment", "terms", few},
                         {Rule::office, "claim", "due", few},
                         {Rule::fixed, "payment", "amount", few}};
  for (const auto& [table, unit] : {std::pair<std::string_view, std::string_view>{"debtor", "do_not_contact"},
                                    {"case_file", "restricted"},
                                    {"case_file", "legal_hold"}})
    out.push_back({Rule::strictest, table, unit, {Null{}, number(0), number(1)}, {"0", "1"}});
  out.push_back(of_words(Rule::strictest, "debtor", "status",
                         {"unknown", "active", "protected", "insolvent", "deceased"}));
  out.push_back(
      of_words(Rule::strictest, "contact_point", "status", {"unverified", "valid", "wrong", "refused"}));
  out.push_back(of_words(Rule::strictest, "dispute", "state", {"closed", "open"}));
  out.push_back(of_words(Rule::state, "task", "state", {"todo", "skipped", "done"}));
  out.push_back(of_words(Rule::state, "case_file", "stage",
                         {"pre_due", "amicable", "formal_notice", "litigation", "insolvency", "closed"},
                         {"closed"}));
  out.push_back(of_words(Rule::state, "payment_plan", "state",
                         {"proposed", "approved", "active", "kept", "broken", "cancelled"},
                         {"kept", "broken", "cancelled"}));
  out.push_back(of_words(Rule::state, "letter", "state",
                         {"draft", "proposed", "issued", "sent", "delivered", "returned", "superseded"},
                         {"delivered", "returned", "superseded"}));
  out.push_back(of_words(Rule::state, "escalation", "state", {"raised", "acknowledged", "answered"}));
  Values sets{Null{}};
  for (const char* set : {"a", "b", "c", "a b", "a c", "b c", "a b c"}) sets.push_back(word(set));
  out.push_back({Rule::members, "case_file", "tags", std::move(sets)});
  return out;
}

const schema::Unit& unit_of(const Place& place) {
  return *schema::find_unit(schema::table(place.table), place.unit);
}

/// All that a unit of so many columns can hold.
std::vector<Values> contents(const Place& place) {
  std::vector<Values> out{{}};
  for (std::size_t column = 0; column < unit_of(place).columns.size(); ++column) {
    std::vector<Values> longer;
    for (const Values& begun : out)
      for (const Value& value : place.domain) {
        longer.push_back(begun);
        longer.back().push_back(value);
      }
    out = std::move(longer);
  }
  return out;
}

struct Author {
  int at, device, n;
  bool is_office;
  [[nodiscard]] EditStamp stamp() const {
    Id id;
    id.bytes[0] = static_cast<std::uint8_t>(device);
    return {at, id, n};
  }
};

// Every order of times, devices and numbers, of agents and of the office, where these decide; elsewhere, and for groups
// with their many contents, enough of them to see that they do not.
std::vector<Author> authors(const Place& place) {
  const bool decides = place.rule == Rule::latest || place.rule == Rule::office;
  if (!decides || unit_of(place).columns.size() > 1)
    return {{1, 1, 2, false}, {2, 2, 1, true}, {2, 1, 1, false}};
  std::vector<Author> out;
  for (const int at : {1, 2})
    for (const int device : {1, 2})
      for (const int n : {1, 2})
        for (const bool is_office : {false, true}) out.push_back({at, device, n, is_office});
  return out;
}

// ---- the rules in plain words --------------------------------------------------------------------------------

// The later corrected time; at the same time the larger device, and of one device the larger number.
bool is_later(const Author& one, const Author& other) {
  if (one.at != other.at) return one.at > other.at;
  if (one.device != other.device) return one.device > other.device;
  return one.n > other.n;
}

// Nothing, and a word that nobody knows, come before every other.
int rank(const Words& ranked, const Value& value) {
  std::string text;
  if (const auto* n = std::get_if<std::int64_t>(&value)) text = std::to_string(*n);
  if (const auto* w = std::get_if<std::string>(&value)) text = *w;
  const auto found = std::find(ranked.begin(), ranked.end(), text);
  return found == ranked.end() ? 0 : static_cast<int>(found - ranked.begin()) + 1;
}

// The later of two steps ahead along the chain; nothing where a person has to decide.
std::optional<Value> state_of_both(const Place& place, const Value& base, const Value& one,
                                   const Value& other) {
  for (const Value& step : {one, other}) {
    if (rank(place.ranked, step) <= rank(place.ranked, base)) return std::nullopt;  // a step back, or none
    if (rank(place.no_chain, step) > 0) return std::nullopt;
  }
  return rank(place.ranked, one) > rank(place.ranked, other) ? one : other;
}

std::set<std::string> set_from(const Value& value) {
  std::set<std::string> out;
  if (is_null(value)) return out;
  std::istringstream in(std::get<std::string>(value));
  for (std::string member; in >> member;) out.insert(member);
  return out;
}

Value value_from(const std::set<std::string>& set) {
  std::string out;
  for (const std::string& member : set) out += member + ' ';
  if (out.empty()) return Null{};
  out.pop_back();
  return out;
}

// What an edit added is there, what it removed is not.
Value set_after(const Value& base, const Value& mine, const Value& current) {
  const auto old = set_from(base), now = set_from(mine);
  auto out = set_from(current);
  for (const std::string& member : now)
    if (old.count(member) == 0) out.insert(member);
  for (const std::string& member : old)
    if (now.count(member) == 0) out.erase(member);
  return value_from(out);
}

struct Said {
  Verdict verdict;
  Values row;  // afterwards
};

Said said(const Place& place, const Values& base, const Values& mine, const Values& current, const Author& me,
          const Author& holder) {
  if (current == mine) return {Verdict::same, current};
  if (current == base) return {Verdict::taken, mine};
  switch (place.rule) {
    case Rule::latest:
      return is_later(me, holder) ? Said{Verdict::joined, mine} : Said{Verdict::lost, current};
    case Rule::office: return me.is_office ? Said{Verdict::joined, mine} : Said{Verdict::lost, current};
    case Rule::review:
    case Rule::fixed: return {Verdict::conflict, current};
    case Rule::state: {
      const auto later = state_of_both(place, base[0], mine[0], current[0]);
      if (!later) return {Verdict::conflict, current};
      return *later == current[0] ? Said{Verdict::lost, current} : Said{Verdict::joined, mine};
    }
    case Rule::strictest:
      return rank(place.ranked, mine[0]) > rank(place.ranked, current[0]) ? Said{Verdict::joined, mine}
                                                                          : Said{Verdict::lost, current};
    case Rule::members: {
      const Value all = set_after(base[0], mine[0], current[0]);
      return {all == current[0] ? Verdict::same : Verdict::joined, {all}};
    }
  }
  return {};
}

// ---- what is compared ----------------------------------------------------------------------------------------

std::string words_of(const Values& values) {
  std::string out = "(";
  for (const Value& value : values) {
    if (out.size() > 1) out += ", ";
    if (const auto* text = std::get_if<std::string>(&value)) out += *text;
    if (const auto* n = std::get_if<std::int64_t>(&value)) out += std::to_string(*n);
    if (is_null(value)) out += "nothing";
  }
  return out + ")";
}

std::string words_of(const Author& author) {
  return (author.is_office ? "the office at " : "an agent at ") + std::to_string(author.at) + ", device " +
         std::to_string(author.device) + ", edit " + std::to_string(author.n);
}

UnitEdit edit_of(const schema::Table& table, const schema::Unit& unit, Values base, Values mine,
                 Values current) {
  return {.table = &table,
          .unit = &unit,
          .columns = unit.columns,
          .base = std::move(base),
          .mine = std::move(mine),
          .current = std::move(current)};
}

Values row_after(const UnitEdit& edit, const Merged& merged) {
  return merged.value.empty() ? edit.current : merged.value;
}

}  // namespace

TEST_CASE("every decision of every policy is the one that the protocol's sentence says", "[merge]") {
  int decisions = 0;
  for (const Place& place : places()) {
    const std::vector<Values> all = contents(place);
    const std::vector<Author> who = authors(place);
    const schema::Table& table = schema::table(place.table);
    const schema::Unit& unit = unit_of(place);
    for (const Values& base : all)
      for (const Values& mine : all)
        for (const Values& current : all) {
          const UnitEdit edit = edit_of(table, unit, base, mine, current);
          for (const Author& me : who)
            for (const Author& holder : who) {
              const Said expected = said(place, base, mine, current, me, holder);
              int asked = 0;
              const auto held_at = [&] {
                ++asked;
                return holder.stamp();
              };
              const Merged merged = merge_unit(edit, me.stamp(), held_at, me.is_office);
              const bool writes = merged.verdict == Verdict::taken || merged.verdict == Verdict::joined;
              // History is read only where the time decides.
              const bool reads = place.rule == Rule::latest && current != mine && current != base;
              ++decisions;
              if (merged.verdict == expected.verdict && row_after(edit, merged) == expected.row &&
                  writes != merged.value.empty() && asked == (reads ? 1 : 0))
                continue;
              FAIL(place.table << "." << place.unit << ": base " << words_of(base) << ", mine "
                               << words_of(mine) << " by " << words_of(me) << ", current "
                               << words_of(current) << " by " << words_of(holder) << ": verdict "
                               << static_cast<int>(merged.verdict) << " and "
                               << words_of(row_after(edit, merged)) << " instead of "
                               << static_cast<int>(expected.verdict) << " and " << words_of(expected.row));
            }
        }
  }
  CHECK(decisions > 30'000);
}

namespace {

struct End {
  Values row;
  bool asks_a_person = false;
};

// The same rules for two people who saw the same row: what stands at the end, whoever's edit came first.
End said_of_two(const Place& place, const Values& base, const Values& first, const Author& by_first,
                const Values& second, const Author& by_second) {
  if (first == second) return {first};
  switch (place.rule) {
    case Rule::latest: return {is_later(by_first, by_second) ? first : second};
    case Rule::office: return {by_second.is_office ? second : first};
    case Rule::review:
    case Rule::fixed: return {first, true};
    case Rule::state:
      if (const auto later = state_of_both(place, base[0], first[0], second[0])) return {{*later}};
      return {first, true};
    case Rule::strictest:
      return {rank(place.ranked, second[0]) > rank(place.ranked, first[0]) ? second : first};
    case Rule::members: return {{set_after(base[0], second[0], set_after(base[0], first[0], base[0]))}};
  }
  return {};
}

}  // namespace

TEST_CASE("two edits of one row end as the protocol says, whichever arrives first", "[merge]") {
  const auto never = []() -> EditStamp { throw std::logic_error("nobody else has changed the row"); };
  for (const Place& place : places()) {
    const std::vector<Values> all = contents(place);
    const std::vector<Author> who = authors(place);
    const schema::Table& table = schema::table(place.table);
    const schema::Unit& unit = unit_of(place);
    for (const Values& base : all)
      for (const Values& mine : all)
        for (const Values& theirs : all) {
          if (mine == base || theirs == base) continue;  // an edit changes something
          for (const Author& me : who)
            for (const Author& they : who) {
              if (!is_later(me, they) && !is_later(they, me)) continue;  // no two edits have one stamp
              const UnitEdit one = edit_of(table, unit, base, theirs, base);
              const Merged first = merge_unit(one, they.stamp(), never, they.is_office);
              const UnitEdit other = edit_of(table, unit, base, mine, row_after(one, first));
              const Merged second = merge_unit(
                  other, me.stamp(), [&] { return they.stamp(); }, me.is_office);
              const End end{row_after(other, second), second.verdict == Verdict::conflict};
              const End expected = said_of_two(place, base, theirs, they, mine, me);
              if (end.row == expected.row && end.asks_a_person == expected.asks_a_person) continue;
              FAIL(place.table << "." << place.unit << ": base " << words_of(base) << ", first "
                               << words_of(theirs) << " by " << words_of(they) << ", then " << words_of(mine)
                               << " by " << words_of(me) << ": " << words_of(end.row) << " instead of "
                               << words_of(expected.row));
            }
        }
  }
}

TEST_CASE("every policy is enumerated, and every column whose order of words decides", "[merge]") {
  const auto rule_of = [](schema::Merge merge) {
    switch (merge) {
      case schema::Merge::latest: return Rule::latest;
      case schema::Merge::review: return Rule::review;
      case schema::Merge::office: return Rule::office;
      case schema::Merge::members: return Rule::members;
      case schema::Merge::state: return Rule::state;
      case schema::Merge::strictest: return Rule::strictest;
      case schema::Merge::fixed: break;
    }
    return Rule::fixed;
  };
  const std::vector<Place> all = places();
  for (const Place& place : all) {
    INFO(place.table << "." << place.unit);
    const schema::Unit* unit = schema::find_unit(schema::table(place.table), place.unit);
    REQUIRE(unit != nullptr);
    CHECK(rule_of(unit->merge) == place.rule);
  }
  for (const schema::Table& table : schema::business_tables())
    for (const schema::Unit& unit : schema::units(table)) {
      const bool has_order = unit.merge == schema::Merge::strictest || unit.merge == schema::Merge::state ||
                             unit.merge == schema::Merge::members;
      if (!has_order) continue;
      INFO(table.name << "." << unit.name);
      CHECK(unit.columns.size() == 1);  // the plain rules above speak of one column
      CHECK(std::any_of(all.begin(), all.end(), [&](const Place& place) {
        return place.table == table.name && place.unit == unit.name;
      }));
    }
}

TEST_CASE("two values that meet under a policy that nobody wrote a rule for go to a person", "[merge]") {
  const Place place{Rule::review, "debtor", "legal_name", {}};
  schema::Unit unit = unit_of(place);
  unit.merge = static_cast<schema::Merge>(250);
  const auto never = []() -> EditStamp { throw std::logic_error("time decides nothing here"); };
  const UnitEdit edit = edit_of(schema::table(place.table), unit, {word("a")}, {word("b")}, {word("c")});
  for (const bool is_office : {false, true}) {
    const Merged merged = merge_unit(edit, {}, never, is_office);
    CHECK(merged.verdict == Verdict::conflict);
    CHECK(merged.value.empty());
  }
}

TEST_CASE("an update is cut into its units whatever columns it carries, none lost and none twice",
          "[merge]") {
  const schema::Table& table = schema::table("contact_point");
  std::vector<std::size_t> columns;
  for (const char* name : {"value", "postcode", "city", "source", "status", "preferred"})
    columns.push_back(schema::column(table, name));
  Row row(table.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = number(static_cast<std::int64_t>(i));
  for (unsigned chosen = 0; chosen < (1U << columns.size()); ++chosen) {
    INFO("columns " << chosen);
    Op op{.kind = OpKind::update, .table = &table, .row = {}, .changes = {}};
    std::set<std::size_t> carried;
    for (std::size_t i = columns.size(); i-- > 0;)  // not in declared order
      if ((chosen >> i & 1U) != 0) {
        op.changes.push_back({columns[i], number(1000 + static_cast<std::int64_t>(columns[i])),
                              number(2000 + static_cast<std::int64_t>(columns[i]))});
        carried.insert(columns[i]);
      }
    std::set<std::size_t> cut;
    std::set<std::string_view> names;
    for (const UnitEdit& unit : units_of(op, row)) {
      CHECK(unit.table == &table);
      CHECK(names.insert(unit.unit->name).second);
      CHECK(std::is_sorted(unit.columns.begin(), unit.columns.end()));
      REQUIRE(!unit.columns.empty());
      REQUIRE((unit.base.size() == unit.columns.size() && unit.mine.size() == unit.columns.size() &&
               unit.current.size() == unit.columns.size()));
      for (std::size_t i = 0; i < unit.columns.size(); ++i) {
        const auto column = static_cast<std::int64_t>(unit.columns[i]);
        CHECK(cut.insert(unit.columns[i]).second);
        CHECK(schema::unit_of(table, unit.columns[i]).name == unit.unit->name);
        CHECK(unit.base[i] == number(1000 + column));
        CHECK(unit.mine[i] == number(2000 + column));
        CHECK(unit.current[i] == number(column));
      }
    }
    CHECK(cut == carried);
  }
}

TEST_CASE("every text of blanks and two members reads as its set, and is written sorted", "[merge]") {
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; i < texts.size(); ++i)
    if (texts[i].size() < 6)
      for (const char c : {' ', 'a', 'b'}) texts.push_back(texts[i] + c);
  REQUIRE(texts.size() == 1093);
  for (const std::string& text : texts) {
    const auto plain = set_from(word(text));
    const Words members = members_of(word(text));
    const Words backwards(members.rbegin(), members.rend());
    const bool holds = members == Words(plain.begin(), plain.end()) && set_of(members) == value_from(plain) &&
                       set_of(backwards) == value_from(plain);
    if (!holds) FAIL("the text '" << text << "'");
  }
  CHECK(members_of(Null{}).empty());
  CHECK(members_of(number(7)).empty());  // not a set
}
