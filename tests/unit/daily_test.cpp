// What follows from days and money: promises, plans, discounts.
#include "server/daily.h"

#include "rules/plan_state.h"
#include "server/case_view.h"
#include "server/reference_data.h"
#include "server/report_facts.h"
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
  void bounce(std::string_view on) {
    const Id paid = *sql::id(office.db(), "SELECT id FROM payment WHERE state = 'received'");
    put(office.system(), "payment",
        {{"case_id", one.case_id},
         {"amount_cents", Value{-std::get<std::int64_t>(office.value("payment", paid, "amount_cents"))}},
         {"state", word("bounced")},
         {"paid_on", word(on)},
         {"amends_id", paid}});
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

TEST_CASE("R24: a payment that comes back weeks later breaks the promise that it had kept, in reports too",
          "[R24][R33]") {
  DailyWorld w;
  const Id promise = w.promise(50'000, "2026-12-10");
  w.receive(50'000, "2026-12-09");
  w.daily("2027-01-10");
  CHECK(w.state(promise) == word("kept"));
  w.bounce("2027-01-20");
  CHECK(w.daily("2027-01-20").promises_broken == 1);
  CHECK(w.state(promise) == word("broken"));
  const auto reported = [&](CivilDate day) {
    const sql::Transaction snapshot(w.office.db(), sql::Access::read);
    return server::reported_promises(w.office.db(), server::reported_cases(w.office.db(), {}, day), day, 3)
        .at(0)
        .state;
  };
  CHECK(reported({2027, 1, 19}) == PromiseState::kept);  // as it was known then
  CHECK(reported({2027, 1, 20}) == PromiseState::broken);
}

TEST_CASE("R25: a plan that was kept by a payment which comes back is what the money says", "[R25][R33]") {
  for (const bool is_over : {false, true}) {
    INFO(is_over);
    DailyWorld w;
    const Id plan =
        w.put(w.nadia, "payment_plan",
              {{"case_id", w.one.case_id}, {"total_cents", std::int64_t{50'000}}, {"state", word("active")}});
    w.put(w.nadia, "instalment",
          {{"case_id", w.one.case_id},
           {"plan_id", plan},
           {"position", std::int64_t{1}},
           {"due_on", word("2026-12-10")},
           {"amount_cents", std::int64_t{50'000}}});
    const Id by_hand =
        w.put(w.nadia, "payment_plan",
              {{"case_id", w.one.case_id}, {"total_cents", std::int64_t{1}}, {"state", word("kept")}});
    w.put(w.nadia, "instalment",
          {{"case_id", w.one.case_id},
           {"plan_id", by_hand},
           {"position", std::int64_t{1}},
           {"due_on", word("2026-11-20")},
           {"amount_cents", std::int64_t{90'000}}});
    const auto state = [&] { return w.office.value("payment_plan", plan, "state"); };
    w.receive(50'000, "2026-12-01");
    CHECK(w.daily("2026-12-02").plans_kept == 1);
    CHECK(w.daily("2026-12-03").plans_broken == 0);
    CHECK(w.office.value("payment_plan", by_hand, "state") == word("kept"));  // a person said so
    w.bounce(is_over ? "2027-01-20" : "2026-12-04");
    const server::DailyReport report = w.daily(is_over ? "2027-01-20" : "2026-12-04");
    CHECK(state() == word(is_over ? "broken" : "active"));
    CHECK(report.plans_reopened == (is_over ? 0 : 1));
    if (!is_over) {
      w.receive(50'000, "2026-12-08");
      CHECK(w.daily("2026-12-09").plans_kept == 1);
      CHECK(state() == word("kept"));
    }
  }
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

TEST_CASE("R32: a discount goes when the payment that it was granted for comes back", "[R32][R33]") {
  DailyWorld w;
  w.put(w.office.system(), "claim",
        {{"case_id", w.one.case_id}, {"gross_cents", std::int64_t{100'000}}, {"due_on", word("2026-01-31")}});
  const Id proposal = w.put(w.paul, "proposal",
                            {{"case_id", w.one.case_id},
                             {"kind", word("discount")},
                             {"amount_cents", std::int64_t{20'000}},
                             {"balance_cents", std::int64_t{100'000}},
                             {"until_on", word("2026-12-15")}});
  w.put(w.nadia, "decision",
        {{"case_id", w.one.case_id}, {"proposal_id", proposal}, {"verdict", word("approved")}});
  w.receive(80'000, "2026-12-10");
  CHECK(w.daily("2026-12-11").discounts_granted == 1);
  w.bounce("2027-01-20");
  CHECK(w.daily("2027-01-20").discounts_taken_back == 1);
  CHECK(w.daily("2027-01-21").discounts_taken_back == 0);
  const server::CaseLine line = server::one_case(w.office.db(), w.one.case_id.text(), "2027-01-21");
  CHECK(line.facts.balance_cents == 100'000);
  CHECK(line.asked_cents == 100'000);
}
