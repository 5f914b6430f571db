// Every policy meets every relation of base, mine and current, in the words of docs/protocol.md; then the promises
// of sync/merge.h as properties.
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

#include "schema/lookup.h"
#include "sync/merge.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::sync;

namespace {

constexpr bool kAgent = false, kOffice = true;

// One column of the declaration for each policy, so that the tests speak of what is really merged.
struct Place {
  std::string_view table, column;
};
constexpr Place kLatest{"case_file", "next_action_on"}, kReview{"debtor", "legal_name"},
    kOfficePolicy{"claim", "label"}, kMembers{"case_file", "tags"}, kTaskState{"task", "state"},
    kStage{"case_file", "stage"}, kStrictWord{"debtor", "status"}, kStrictFlag{"debtor", "do_not_contact"};

UnitEdit unit_edit(Place place, Value base, Value mine, Value current) {
  const schema::Table& t = schema::table(place.table);
  const std::size_t c = schema::column(t, place.column);
  return {.table = &t,
          .unit = &schema::unit_of(t, c),
          .columns = {c},
          .base = {std::move(base)},
          .mine = {std::move(mine)},
          .current = {std::move(current)}};
}

Id device(std::uint8_t last) {
  Id id;
  id.bytes[15] = last;
  return id;
}

Merged merge(const UnitEdit& e, bool from_office = kAgent, EditStamp mine = {20, device(1), 1},
             EditStamp current = {10, device(1), 1}) {
  return merge_unit(
      e, mine, [&] { return current; }, from_office);
}

Value text(const char* t) { return std::string(t); }
Value flag(int n) { return std::int64_t{n}; }

/// What the row holds after the merge.
Value after(const UnitEdit& e, const Merged& m) {
  return m.value.empty() ? e.current.front() : m.value.front();
}

struct Case {
  const char* words;
  Place place;
  Value base, mine, current;
  bool from_office;
  Verdict verdict;
  Value row;  // afterwards
};

std::vector<Case> cases() {
  std::vector<Case> out;
  // Whatever the policy: current = mine is nothing to do, current = base takes the new value.
  for (const Place p : {kLatest, kReview, kOfficePolicy})
    for (const bool office : {kAgent, kOffice}) {
      out.push_back({"current = new: nothing to do", p, text("a"), text("b"), text("b"), office,
                     Verdict::same, text("b")});
      out.push_back(
          {"nothing changed at all", p, text("a"), text("a"), text("a"), office, Verdict::same, text("a")});
      out.push_back(
          {"current = old: take new", p, text("a"), text("b"), text("a"), office, Verdict::taken, text("b")});
      out.push_back({"taken from nothing", p, Null{}, text("b"), Null{}, office, Verdict::taken, text("b")});
      out.push_back({"taken to nothing", p, text("a"), Null{}, text("a"), office, Verdict::taken, Null{}});
    }
  for (const bool office : {kAgent, kOffice}) {
    out.push_back({"review: the value stays, a person decides", kReview, text("a"), text("b"), text("c"),
                   office, Verdict::conflict, text("c")});
    out.push_back({"latest: the later corrected time wins", kLatest, text("a"), text("b"), text("c"), office,
                   Verdict::joined, text("b")});
  }
  out.push_back({"office: the office's value wins", kOfficePolicy, text("a"), text("b"), text("c"), kOffice,
                 Verdict::joined, text("b")});
  out.push_back({"office: an agent's goes to history", kOfficePolicy, text("a"), text("b"), text("c"), kAgent,
                 Verdict::lost, text("c")});
  // state: along the chain the later; backwards or off the chain, a person.
  out.push_back({"done beats skipped", kTaskState, text("todo"), text("done"), text("skipped"), kAgent,
                 Verdict::joined, text("done")});
  out.push_back({"skipped does not undo done", kTaskState, text("todo"), text("skipped"), text("done"),
                 kAgent, Verdict::lost, text("done")});
  out.push_back({"reopened while somebody finished it", kTaskState, text("skipped"), text("todo"),
                 text("done"), kAgent, Verdict::conflict, text("done")});
  out.push_back({"finished while somebody reopened it", kTaskState, text("skipped"), text("done"),
                 text("todo"), kAgent, Verdict::conflict, text("todo")});
  out.push_back({"closed is off the chain", kStage, text("amicable"), text("closed"), text("litigation"),
                 kAgent, Verdict::conflict, text("litigation")});
  out.push_back({"a move while it was closed", kStage, text("amicable"), text("litigation"), text("closed"),
                 kAgent, Verdict::conflict, text("closed")});
  out.push_back({"both closed it", kStage, text("amicable"), text("closed"), text("closed"), kAgent,
                 Verdict::same, text("closed")});
  out.push_back({"reopened, nobody else moved", kTaskState, text("done"), text("todo"), text("done"), kAgent,
                 Verdict::taken, text("todo")});
  // strictest: protection stands, in either order.
  out.push_back({"insolvent beats protected", kStrictWord, text("active"), text("insolvent"),
                 text("protected"), kAgent, Verdict::joined, text("insolvent")});
  out.push_back({"protected does not lift insolvent", kStrictWord, text("active"), text("protected"),
                 text("insolvent"), kAgent, Verdict::lost, text("insolvent")});
  out.push_back({"1 beats 0", kStrictFlag, Null{}, flag(1), flag(0), kAgent, Verdict::joined, flag(1)});
  out.push_back(
      {"0 does not lift 1", kStrictFlag, Null{}, flag(0), flag(1), kOffice, Verdict::lost, flag(1)});
  out.push_back(
      {"lifted by who saw it", kStrictFlag, flag(1), flag(0), flag(1), kAgent, Verdict::taken, flag(0)});
  // members: all additions, minus all removals.
  out.push_back({"two additions", kMembers, text("a"), text("a b"), text("a c"), kAgent, Verdict::joined,
                 text("a b c")});
  out.push_back({"addition and removal", kMembers, text("a b"), text("a b c"), text("b"), kAgent,
                 Verdict::joined, text("b c")});
  out.push_back({"removal and addition", kMembers, text("a b"), text("b"), text("a b c"), kAgent,
                 Verdict::joined, text("b c")});
  out.push_back(
      {"all removed", kMembers, text("a b"), text("a"), text("b"), kAgent, Verdict::joined, Null{}});
  out.push_back(
      {"added by both", kMembers, Null{}, text("a"), text("a b"), kAgent, Verdict::same, text("a b")});
  return out;
}

// Where a verdict leaves the other value is only as good as the verdict: taken and joined write, the rest does not.
bool writes(Verdict v) { return v == Verdict::taken || v == Verdict::joined; }

std::string set_text(const std::vector<std::string>& members) {
  const Value v = set_of(members);
  return is_null(v) ? "" : std::get<std::string>(v);
}

rc::Gen<Value> any_set() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>("a", "b", "c", "d", "e")),
      [](std::vector<std::string> members) { return set_of(std::move(members)); });
}

rc::Gen<Value> any_word(Place place) {
  const schema::Table& t = schema::table(place.table);
  const auto words = t.columns[schema::column(t, place.column)].words;
  return rc::gen::map(rc::gen::inRange<std::size_t>(0, words.size()),
                      [words](std::size_t i) { return Value{std::string(words[i])}; });
}

rc::Gen<Value> any_value(Place place) {
  if (place.column == kMembers.column) return any_set();
  if (place.column == kStrictFlag.column)
    return rc::gen::map(rc::gen::inRange(0, 2), [](int n) { return flag(n); });
  const schema::Table& t = schema::table(place.table);
  if (!t.columns[schema::column(t, place.column)].words.empty()) return any_word(place);
  return rc::gen::element<Value>(text("a"), text("b"), text("c"), Value{Null{}});
}

}  // namespace

TEST_CASE("each policy settles each relation of old, new and current as the protocol says") {
  for (const Case& c : cases()) {
    INFO(c.words << " (" << c.place.table << "." << c.place.column << ")");
    const UnitEdit e = unit_edit(c.place, c.base, c.mine, c.current);
    const Merged m = merge(e, c.from_office);
    CHECK(m.verdict == c.verdict);
    CHECK(after(e, m) == c.row);
    CHECK(m.value.empty() != writes(m.verdict));
  }
}

TEST_CASE(
    "latest is decided by time, then device, then number, and asks for the other's stamp only when it must") {
  const UnitEdit e = unit_edit(kLatest, text("a"), text("b"), text("c"));
  const EditStamp at{10, device(5), 7};
  CHECK(merge(e, kAgent, {9, device(9), 99}, at).verdict == Verdict::lost);
  CHECK(merge(e, kAgent, {11, device(1), 1}, at).verdict == Verdict::joined);
  CHECK(merge(e, kAgent, {10, device(6), 1}, at).verdict == Verdict::joined);
  CHECK(merge(e, kAgent, {10, device(4), 99}, at).verdict == Verdict::lost);
  CHECK(merge(e, kAgent, {10, device(5), 8}, at).verdict == Verdict::joined);
  CHECK(merge(e, kAgent, {10, device(5), 6}, at).verdict == Verdict::lost);
  int asked = 0;
  const auto ask = [&] {
    ++asked;
    return at;
  };
  static_cast<void>(merge_unit(unit_edit(kLatest, text("a"), text("b"), text("a")), {}, ask, kAgent));
  static_cast<void>(merge_unit(unit_edit(kLatest, text("a"), text("b"), text("b")), {}, ask, kAgent));
  static_cast<void>(merge_unit(unit_edit(kReview, text("a"), text("b"), text("c")), {}, ask, kAgent));
  CHECK(asked == 0);
}

TEST_CASE("a group moves together: one changed column of an address is a change of the address") {
  const schema::Table& t = schema::table("contact_point");
  Row row(t.columns.size());
  row[schema::column(t, "value")] = text("1 rue A");
  row[schema::column(t, "city")] = text("Lyon");
  row[schema::column(t, "postcode")] = text("69001");
  Op op{.kind = OpKind::update, .table = &t, .row = {}};
  op.changes = {{schema::column(t, "city"), text("Paris"), text("Nice")},  // the author saw Paris
                {schema::column(t, "value"), text("1 rue A"), text("2 rue B")},
                {schema::column(t, "postcode"), text("69001"), text("06000")},
                {schema::column(t, "status"), text("valid"), text("wrong")}};
  const auto units = units_of(op, row);
  REQUIRE(units.size() == 2);
  CHECK(units[0].unit->name == "address");
  CHECK(units[0].columns.size() == 3);
  const Merged lost = merge(units[0], kAgent, {1, device(1), 1}, {2, device(1), 1});
  CHECK(lost.verdict == Verdict::lost);  // not a mixture of two addresses
  CHECK(merge(units[0]).value == std::vector<Value>{text("2 rue B"), text("06000"), text("Nice")});
}

TEST_CASE("sets are sorted, without doubles, and empty is null") {
  CHECK(set_text({"b", "a", "b"}) == "a b");
  CHECK(is_null(set_of({})));
  CHECK(members_of(text("  b  a b ")) == std::vector<std::string>{"a", "b"});
  CHECK(members_of(Null{}).empty());
  rc::check("a set reads back as it was written", [] {
    const Value set = *any_set();
    RC_ASSERT(set_of(members_of(set)) == set);
  });
}

TEST_CASE("applying a result again changes nothing, under every policy") {
  for (const Place place :
       {kLatest, kReview, kOfficePolicy, kMembers, kTaskState, kStage, kStrictWord, kStrictFlag}) {
    INFO(place.table << "." << place.column);
    const bool held = rc::check("the second time nothing is written", [&] {
      const UnitEdit e = unit_edit(place, *any_value(place), *any_value(place), *any_value(place));
      const bool office = *rc::gen::arbitrary<bool>();
      const EditStamp stamp{20, device(1), 1};
      const Merged once = merge(e, office, stamp, {*rc::gen::inRange(0, 40), device(2), 1});
      const Value row = after(e, once);
      const UnitEdit again = unit_edit(place, e.base.front(), e.mine.front(), row);
      // What stands there now is this very edit where it wrote; otherwise the stamp that beat it.
      const Merged twice =
          merge(again, office, stamp, writes(once.verdict) ? stamp : EditStamp{40, device(2), 1});
      if (e.current != e.base || once.verdict != Verdict::taken) RC_ASSERT(after(again, twice) == row);
      if (writes(once.verdict) && row == e.mine.front()) RC_ASSERT(twice.verdict == Verdict::same);
    });
    CHECK(held);
  }
}

TEST_CASE("two edits of one base meet in either order with the same end") {
  // members, strictest and the state chain are joins; latest picks one winner.
  for (const Place place : {kMembers, kStrictWord, kStrictFlag, kLatest, kTaskState}) {
    INFO(place.table << "." << place.column);
    const bool held = rc::check("the order does not matter", [&] {
      const Value base = *any_value(place), one = *any_value(place), two = *any_value(place);
      if (one == base || two == base) return;  // an edit changes something
      const EditStamp stamp_one{*rc::gen::inRange(0, 3), device(1), 1},
          stamp_two{*rc::gen::inRange(0, 3), device(2), 1};
      const EditStamp of_base{-1, device(3), 1};
      const auto end = [&](const Value& first, const EditStamp& at_first, const Value& second,
                           const EditStamp& at_second) {
        const UnitEdit a = unit_edit(place, base, first, base);
        const Merged m1 = merge(a, kAgent, at_first, of_base);
        const UnitEdit b = unit_edit(place, base, second, after(a, m1));
        const Merged m2 = merge(b, kAgent, at_second, at_first);
        return std::pair{m2.verdict, after(b, m2)};
      };
      const auto [v1, r1] = end(one, stamp_one, two, stamp_two);
      const auto [v2, r2] = end(two, stamp_two, one, stamp_one);
      RC_ASSERT((v1 == Verdict::conflict) == (v2 == Verdict::conflict));
      if (v1 != Verdict::conflict) RC_ASSERT(r1 == r2);
    });
    CHECK(held);
  }
}

TEST_CASE("no value vanishes: an edit's value is in the row, or its verdict says where it went") {
  for (const Place place : {kLatest, kReview, kOfficePolicy, kStage, kStrictWord}) {
    const bool held = rc::check("the verdict is honest", [&] {
      const UnitEdit e = unit_edit(place, *any_value(place), *any_value(place), *any_value(place));
      const Merged m = merge(e, *rc::gen::arbitrary<bool>(), {*rc::gen::inRange(0, 20), device(1), 1});
      if (m.verdict == Verdict::same) RC_ASSERT(e.current == e.mine);
      if (m.verdict == Verdict::taken) RC_ASSERT(after(e, m) == e.mine.front() && e.current == e.base);
      if (m.verdict == Verdict::lost || m.verdict == Verdict::conflict) RC_ASSERT(m.value.empty());
    });
    CHECK(held);
  }
}
