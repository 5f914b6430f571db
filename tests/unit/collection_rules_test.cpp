// Plans (R25), promises (R24), the aged balance (R06) and the figures of a period (R07).
#include <rapidcheck.h>

#include <numeric>
#include <vector>

#include "rules/aged_balance.h"
#include "rules/collection_period.h"
#include "rules/instalments.h"
#include "rules/promise_state.h"
#include "rules/working_days.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

CivilDate date(int year, unsigned month, unsigned day) { return {.year = year, .month = month, .day = day}; }

}  // namespace

TEST_CASE("R25 plan: 1,000 in three is 333.33, 333.33 and 333.34, on clamped month ends") {
  const auto plan = instalments(100'000, 3, date(2026, 1, 31), PlanStep::monthly);
  REQUIRE(plan);
  CHECK(*plan == std::vector<Instalment>{{1, date(2026, 1, 31), 33'333},
                                         {2, date(2026, 2, 28), 33'333},
                                         {3, date(2026, 3, 31), 33'334}});
  CHECK(instalments(300, 3, date(2026, 1, 31), PlanStep::weekly)->back().due_on == date(2026, 2, 14));
  CHECK(instalments(300, 3, date(2026, 1, 31), PlanStep::quarterly)->back().due_on == date(2026, 7, 31));
}

TEST_CASE("R25 plan: what cannot be a plan is none") {
  CHECK_FALSE(instalments(100, 0, date(2026, 1, 1), PlanStep::monthly));
  CHECK_FALSE(instalments(2, 3, date(2026, 1, 1), PlanStep::monthly));
  CHECK_FALSE(instalments(-100, 1, date(2026, 1, 1), PlanStep::monthly));
  CHECK_FALSE(instalments(100'000, kInstalmentsMax + 1, date(2026, 1, 1), PlanStep::monthly));
  CHECK(parse_plan_step("monthly") == PlanStep::monthly);
  CHECK(parse_plan_step("weekly") == PlanStep::weekly);
  CHECK(parse_plan_step("quarterly") == PlanStep::quarterly);
  CHECK_FALSE(parse_plan_step("daily"));
}

TEST_CASE("R25 plan: instalments sum to the amount, and the last differs by less than a cent for each") {
  CHECK(rc::check("sum", [] {
    const auto count = *rc::gen::inRange<std::int64_t>(1, kInstalmentsMax + 1);
    const auto amount = *rc::gen::inRange<std::int64_t>(count, 1'000'000'000'000);
    const auto plan = instalments(amount, count, date(2026, 1, 31), PlanStep::monthly);
    RC_ASSERT(plan && plan->size() == static_cast<std::size_t>(count));
    std::int64_t sum = 0;
    for (const Instalment& one : *plan) sum += one.amount_cents;
    RC_ASSERT(sum == amount);
    RC_ASSERT(plan->back().amount_cents - plan->front().amount_cents < count);
  }));
}

TEST_CASE("working days leave out week-ends and the public holidays of France") {
  CHECK(easter_of(2024) == date(2024, 3, 31));
  CHECK(easter_of(2025) == date(2025, 4, 20));
  CHECK(easter_of(2026) == date(2026, 4, 5));
  CHECK(easter_of(2038) == date(2038, 4, 25));  // the latest that it can be
  for (const CivilDate holiday : {date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25),
                                  date(2026, 7, 14), date(2026, 12, 25)}) {
    CHECK(is_public_holiday(holiday));
    CHECK_FALSE(is_working_day(holiday));
  }
  CHECK_FALSE(is_public_holiday(date(2026, 4, 5)));  // Easter itself is a Sunday
  CHECK(is_working_day(date(2026, 11, 20)));
  CHECK_FALSE(is_working_day(date(2026, 11, 21)));
  CHECK(add_working_days(date(2026, 4, 30), 1) == date(2026, 5, 4));  // over 1 May, a Friday
  CHECK(add_working_days(date(2026, 11, 21), 0) == date(2026, 11, 21));
  CHECK(add_working_days(date(9999, 12, 30), 5) == date(9999, 12, 31));
}

TEST_CASE(
    "R24 promise: 500 on the 10th with three days of grace is kept on the 12th, and partly by a cent less") {
  const PromiseMade promise{
      .made_on = date(2026, 11, 2), .due_on = date(2026, 11, 10), .amount_cents = 50'000};
  const auto judged = [&](std::vector<MoneyReceived> received, CivilDate today) {
    return judge_promise(promise, received, today, 3).state;
  };
  CHECK(judged({{date(2026, 11, 12), 50'000}}, date(2026, 11, 12)) == PromiseState::kept);
  CHECK(judged({{date(2026, 11, 12), 49'999}}, date(2026, 11, 17)) == PromiseState::partly);
  CHECK(judged({{date(2026, 11, 12), 49'999}}, date(2026, 11, 13)) == PromiseState::open);
  // 11 November is a holiday: the third working day after the 10th is Monday the 16th
  CHECK(judge_promise(promise, {}, date(2026, 11, 16), 3).last_day == date(2026, 11, 16));
  CHECK(judged({}, date(2026, 11, 16)) == PromiseState::open);
  CHECK(judged({}, date(2026, 11, 17)) == PromiseState::broken);
  CHECK(name_of(PromiseState::partly) == "partly");
}

TEST_CASE("R24 promise: only what came in between counts, and what bounced did not") {
  const PromiseMade promise{
      .made_on = date(2026, 11, 2), .due_on = date(2026, 11, 10), .amount_cents = 50'000};
  const CivilDate today = date(2026, 12, 1);
  CHECK(judge_promise(promise, std::vector<MoneyReceived>{{date(2026, 11, 1), 50'000}}, today, 3).state ==
        PromiseState::broken);
  CHECK(judge_promise(promise, std::vector<MoneyReceived>{{date(2026, 11, 17), 50'000}}, today, 3).state ==
        PromiseState::broken);
  const std::vector<MoneyReceived> bounced{{date(2026, 11, 5), 50'000}, {date(2026, 11, 9), -50'000}};
  CHECK(judge_promise(promise, bounced, today, 3).state == PromiseState::broken);
  CHECK(
      judge_promise(promise, std::vector<MoneyReceived>{{date(2026, 11, 12), 50'000}}, date(2026, 11, 11), 3)
          .state == PromiseState::open);  // of tomorrow nothing is known
}

TEST_CASE("R06 aged balance: by days past the due date, disputed told apart, unmatched beside") {
  const std::vector<std::int64_t> edges{30, 60, 90, 120};
  const CivilDate day = date(2026, 11, 21);
  std::vector<AgedItem> items;
  for (const std::int64_t days : {-5, 0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 4000})
    items.push_back({.due_on = add_days(day, -days), .open_cents = 100, .is_disputed = days == 31});
  const AgedBalance aged = aged_balance(items, {.credit_notes_cents = 30, .cash_cents = 5}, day, edges);
  CHECK(aged.not_due_cents == 200);
  CHECK(aged.overdue_cents == std::vector<std::int64_t>{200, 200, 200, 200, 200});
  CHECK(aged.disputed_cents == 100);
  CHECK(aged.balance_cents() == 1'200 - 35);
}

TEST_CASE("R06 aged balance: the buckets less what is unmatched are the ledger's balance on any day") {
  CHECK(rc::check("sum", [] {
    std::vector<AgedItem> items;
    std::int64_t sum = 0;
    const auto count = *rc::gen::inRange<std::size_t>(0, 30);
    for (std::size_t i = 0; i < count; ++i) {
      items.push_back({.due_on = add_days(date(2026, 1, 1), *rc::gen::inRange(-400, 400)),
                       .open_cents = *rc::gen::inRange<std::int64_t>(1, 1'000'000)});
      sum += items.back().open_cents;
    }
    const UnmatchedCredits credits{*rc::gen::inRange<std::int64_t>(0, 1'000),
                                   *rc::gen::inRange<std::int64_t>(0, 1'000)};
    const CivilDate day = add_days(date(2026, 1, 1), *rc::gen::inRange(-500, 500));
    const AgedBalance aged = aged_balance(items, credits, day, std::vector<std::int64_t>{30, 60});
    RC_ASSERT(aged.balance_cents() == sum - credits.credit_notes_cents - credits.cash_cents);
  }));
}

TEST_CASE("R07 DSO: receivables of 300 over 120, 100 and 110 of sales are 81.5 days by exhaustion") {
  const std::vector<MonthOfSales> months{{12'000, 31}, {10'000, 28}, {11'000, 31}};
  CHECK(count_back_dso_tenths(30'000, months) == 815);
  CHECK(count_back_dso_tenths(22'000, months) == 590);
  CHECK(count_back_dso_tenths(0, months) == 0);
  CHECK_FALSE(count_back_dso_tenths(33'001, months));  // older sales are needed
  CHECK_FALSE(count_back_dso_tenths(1, {}));
  CHECK(count_back_dso_tenths(5'000, std::vector<MonthOfSales>{{-2'000, 31}, {10'000, 30}}) == 310 + 210);
}

TEST_CASE("R07 DSO: without sales there is no figure") {
  CHECK(simple_dso_tenths(30'000, 33'000, 90) == 818);
  CHECK_FALSE(simple_dso_tenths(30'000, 0, 90));
  CHECK(simple_dso_tenths(-500, 10'000, 90) == -45);
  CHECK(simple_dso_tenths(kFigureCentsMax, 1, 366) == 3660 * kFigureCentsMax);
}

TEST_CASE("R07 CEI: 100 % when all that fell due was collected") {
  CHECK(collection_effectiveness_tenths(50'000, 30'000, 20'000, 20'000) == 1000);
  CHECK(collection_effectiveness_tenths(50'000, 30'000, 40'000, 20'000) == 667);
  CHECK_FALSE(collection_effectiveness_tenths(20'000, 0, 20'000, 20'000));
}

TEST_CASE("R14: parts of France keep days of their own, by the postcode", "[R14]") {
  const auto in = [](std::string_view postcode, CivilDate day) {
    return is_public_holiday(day, holiday_region_of(postcode));
  };
  const CivilDate good_friday{2026, 4, 3}, saint_stephen{2026, 12, 26};
  for (const char* code : {"57000", "67000", "68100"}) {
    CHECK(in(code, good_friday));
    CHECK(in(code, saint_stephen));
    CHECK(in(code, {2026, 7, 14}));  // the national ones too
  }
  CHECK_FALSE(in("54000", good_friday));
  CHECK_FALSE(in("69003", saint_stephen));
  CHECK(in("97110", {2026, 5, 27}));
  CHECK(in("97200", {2026, 5, 22}));
  CHECK(in("97300", {2026, 6, 10}));
  CHECK(in("97400", {2026, 12, 20}));
  CHECK(in("97600", {2026, 4, 27}));
  CHECK(in("97133", {2026, 10, 9}));
  CHECK(in("97150", {2026, 5, 28}));
  CHECK_FALSE(in("97150", {2026, 5, 27}));
  CHECK_FALSE(in("97200", {2026, 5, 27}));
  CHECK_FALSE(in("97500", {2026, 5, 27}));
  CHECK(holiday_region_of("67") == HolidayRegion::none);  // no postcode
  CHECK(holiday_region_of("D-6700") == HolidayRegion::none);
  CHECK(holiday_region_of("") == HolidayRegion::none);
  CHECK(is_working_day(good_friday));  // a grace does not depend on an address
}
