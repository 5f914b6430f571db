// What follows from days and money: promises, plans, discounts.
#include "server/daily.h"

#include "rules/plan_state.h"
#include "server/reference_data.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

Value word(std::string_view text) { return std::string(text); }

// The manual clock stands in November 2026; promises are made then.
struct DailyWorld : World {
  CaseIds one = add_case();
  Id paul = office.add_staff("paul", "agent");
  Id nadia = office.add_staff("nadia", "clerk");
  server::Author system{.staff_id = office.system(), .role = schema::office};

  DailyWorld() {
    server::Ledger::Work work(office.ledger());
    server::add_reference_rows(office.ledger(), system);
    work.commit();
    office.assign(one.case_id, paul);
  }
  Id put(const Id& staff, std::string_view table,
         std::initializer_list<std::pair<std::string_view, Value>> values) {
    const Id id = random.row_id(clock.now());
    clock.advance(1'000);
    REQUIRE(office.edit(staff, {insert_op(table, id, values)}).status == sync::Status::applied);
    return id;
  }
  Id promise(std::int64_t cents, std::string_view due_on) {
    return put(paul, "promise",
               {{"case_id", one.case_id}, {"amount_cents", cents}, {"due_on", word(due_on)}});
  }
  void receive(std::int64_t cents, std::string_view on) {
    put(office.system(), "payment",
        {{"case_id", one.case_id},
         {"amount_cents", cents},
         {"state", word("received")},
         {"paid_on", word(on)}});
  }
  server::DailyReport daily(std::string_view day) {
    server::Ledger::Work work(office.ledger());
    const server::DailyReport report = server::run_daily(office.ledger(), system, day);
    work.commit();
    return report;
  }
  Value state(const Id& promise) { return office.value("promise", promise, "state"); }
};

}  // namespace

TEST_CASE("R24: 500 promised for the 10th and received on the 12th is kept, with a cent less in part",
          "[R24]") {
  for (const std::int64_t cents : {50'000, 49'999}) {
    DailyWorld w;
    const Id promise = w.promise(50'000, "2026-12-10");  // a Thursday
    w.receive(cents, "2026-12-12");
    w.daily("2026-12-12");
    CHECK(w.state(promise) == word(cents == 50'000 ? "kept" : "open"));
    w.daily("2026-12-15");  // the third working day, a Tuesday
    CHECK(w.state(promise) == word(cents == 50'000 ? "kept" : "open"));
    w.daily("2026-12-16");
    CHECK(w.state(promise) == word(cents == 50'000 ? "kept" : "partly"));
  }
}

TEST_CASE("R24: a promise without money is broken after its grace, and what was only declared is no money",
          "[R24][R33]") {
  DailyWorld w;
  const Id promise = w.promise(50'000, "2026-12-10");
  w.put(
      w.paul, "payment",
      {{"case_id", w.one.case_id}, {"amount_cents", std::int64_t{50'000}}, {"paid_on", word("2026-12-09")}});
  CHECK(w.daily("2026-12-15").promises_broken == 0);
  CHECK(w.daily("2026-12-16").promises_broken == 1);
  CHECK(w.state(promise) == word("broken"));
  const server::DailyReport again = w.daily("2026-12-16");
  CHECK(again.promises_broken == 0);
}

TEST_CASE("R24: a payment that bounced breaks the promise that it had kept", "[R24][R33]") {
  DailyWorld w;
  const Id promise = w.promise(50'000, "2026-12-10");
  w.receive(50'000, "2026-12-09");
  w.daily("2026-12-10");
  CHECK(w.state(promise) == word("kept"));
  const Id paid = *sql::id(w.office.db(), "SELECT id FROM payment");
  w.put(w.office.system(), "payment",
        {{"case_id", w.one.case_id},
         {"amount_cents", std::int64_t{50'000}},
         {"state", word("bounced")},
         {"paid_on", word("2026-12-11")},
         {"amends_id", paid}});
  w.daily("2026-12-16");
  CHECK(w.state(promise) == word("broken"));
}

TEST_CASE("R24: a later promise that replaces an open one supersedes it", "[R24]") {
  DailyWorld w;
  const Id first = w.promise(50'000, "2026-12-10");
  w.put(w.paul, "promise",
        {{"case_id", w.one.case_id},
         {"amount_cents", std::int64_t{30'000}},
         {"due_on", word("2026-12-20")},
         {"amends_id", first}});
  CHECK(w.daily("2026-11-21").promises_superseded == 1);
  CHECK(w.state(first) == word("superseded"));
}

TEST_CASE("R24: a promise that has failed before another one is made is broken, not superseded", "[R24]") {
  DailyWorld w;
  const Id first = w.promise(50'000, "2026-11-23");  // a Monday; its grace ends on Thursday the 26th
  w.clock.advance(10 * 86'400'000LL);                // nobody has looked meanwhile
  w.put(w.paul, "promise",
        {{"case_id", w.one.case_id},
         {"amount_cents", std::int64_t{30'000}},
         {"due_on", word("2026-12-20")},
         {"amends_id", first}});
  const server::DailyReport report = w.daily("2026-12-02");
  CHECK(report.promises_broken == 1);
  CHECK(report.promises_superseded == 0);
  CHECK(w.state(first) == word("broken"));
  CHECK(w.daily("2026-12-02").promises_broken == 0);
}

TEST_CASE(
    "R25: a plan is broken by the instalment that is missed beyond its grace, and kept when all is paid",
    "[R25]") {
  const std::vector<Instalment> parts{
      {1, {2026, 12, 1}, 33'333}, {2, {2027, 1, 1}, 33'333}, {3, {2027, 2, 1}, 33'334}};
  const CivilDate begun{2026, 11, 21};
  std::vector<MoneyReceived> money{{{2026, 11, 30}, 33'333}};
  CHECK(judge_plan(parts, begun, money, {2027, 1, 1}, 3).state == PlanState::active);
  CHECK(judge_plan(parts, begun, money, {2027, 1, 1}, 3).position == 2);
  const PlanJudged missed = judge_plan(parts, begun, money, {2027, 1, 8}, 3);
  CHECK(missed.state == PlanState::broken);
  CHECK(missed.position == 2);
  money.push_back({{2027, 1, 4}, 66'667});
  CHECK(judge_plan(parts, begun, money, {2027, 1, 8}, 3).state == PlanState::kept);
  money.insert(money.begin(), {{2026, 11, 1}, 100'000});  // before it began: no payment of it
  money.pop_back();
  CHECK(judge_plan(parts, begun, money, {2027, 1, 8}, 3).state == PlanState::broken);
}

TEST_CASE("R32: a discount becomes the debtor's once the rest has come in by its day, and only once",
          "[R32]") {
  for (const bool in_time : {true, false}) {
    DailyWorld w;
    const Id proposal = w.put(w.paul, "proposal",
                              {{"case_id", w.one.case_id},
                               {"kind", word("discount")},
                               {"amount_cents", std::int64_t{20'000}},
                               {"balance_cents", std::int64_t{100'000}},
                               {"until_on", word("2026-12-15")}});
    w.put(w.nadia, "decision",
          {{"case_id", w.one.case_id}, {"proposal_id", proposal}, {"verdict", word("approved")}});
    CHECK(w.daily("2026-12-01").discounts_granted == 0);
    w.receive(80'000, in_time ? "2026-12-15" : "2026-12-16");
    CHECK(w.daily("2026-12-17").discounts_granted == (in_time ? 1 : 0));
    CHECK(w.daily("2026-12-18").discounts_granted == 0);
    CHECK(w.office.count("SELECT coalesce(sum(amount_cents), 0) FROM entry") == (in_time ? -20'000 : 0));
    // Not a line of the creditor's ledger, which the next import would find vanished and reverse.
    CHECK(w.office.count("SELECT count(*) FROM entry WHERE source_key IS NOT NULL") == 0);
  }
}
