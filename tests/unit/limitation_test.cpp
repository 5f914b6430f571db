// The limitation clock (R44), and that nothing but the law's own causes moves it (R20).
#include "rules/limitation.h"

#include <rapidcheck.h>

#include <vector>

#include "tests/test.hpp"

using namespace relance;

namespace {

using Act = LimitationAct;

CivilDate date(int year, unsigned month, unsigned day) { return {.year = year, .month = month, .day = day}; }

Limitation of(CivilDate start, std::vector<LimitationEvent> events, std::int64_t months = 60) {
  return limitation_of(
      start, {.claim_months = months, .title_months = 120, .longest_months = 240, .conciliation_months = 6},
      events);
}

}  // namespace

TEST_CASE("R44 limitation: without events it ends with the period, on the day of its number") {
  CHECK(of(date(2020, 3, 15), {}).last_day == date(2025, 3, 15));      // between traders
  CHECK(of(date(2020, 3, 15), {}, 24).last_day == date(2022, 3, 15));  // of a consumer
  CHECK(of(date(2024, 2, 29), {}, 12).last_day == date(2025, 2, 28));  // carriage, from a leap day
  CHECK(of(date(2020, 3, 15), {}).reason == LimitationReason::start);
}

TEST_CASE("R44 limitation: an acknowledgement or an act of enforcement begins the whole period again") {
  for (const Act act : {Act::acknowledgement, Act::enforcement}) {
    const Limitation now = of(date(2020, 3, 15), {{.act = act, .on = date(2023, 1, 10)}}, 24);
    CHECK(now.last_day == date(2022, 3, 15));  // it came too late to revive anything
    const Limitation in_time = of(date(2020, 3, 15), {{.act = act, .on = date(2022, 3, 15)}}, 24);
    CHECK(in_time.last_day == date(2024, 3, 15));
    CHECK(in_time.reason == LimitationReason::interrupted);
    CHECK(in_time.act == act);
  }
}

TEST_CASE(
    "R44 limitation: a court claim lasts to the end of its proceedings, and one that failed never was") {
  LimitationEvent claim{.act = Act::court_claim, .on = date(2024, 6, 1)};
  const Limitation pending = of(date(2020, 3, 15), {claim});
  CHECK_FALSE(pending.last_day);
  CHECK(pending.reason == LimitationReason::suspended);
  claim.until = date(2025, 9, 30);
  CHECK(of(date(2020, 3, 15), {claim}).last_day == date(2030, 9, 30));
  // what happens meanwhile takes nothing away
  CHECK(of(date(2020, 3, 15), {claim, {.act = Act::acknowledgement, .on = date(2024, 8, 1)}}).last_day ==
        date(2030, 9, 30));
  claim.is_undone = true;
  CHECK(of(date(2020, 3, 15), {claim}).last_day == date(2025, 3, 15));
}

TEST_CASE("R44 limitation: a title has ten years of its own, and what interrupts them begins ten again") {
  const LimitationEvent title{.act = Act::title, .on = date(2024, 6, 1)};
  CHECK(of(date(2020, 3, 15), {title}).last_day == date(2034, 6, 1));
  CHECK(of(date(2020, 3, 15), {title}).reason == LimitationReason::titled);
  CHECK(of(date(2020, 3, 15), {title, {.act = Act::enforcement, .on = date(2030, 1, 1)}}).last_day ==
        date(2040, 1, 1));
  CHECK(of(date(2020, 3, 15), {{.act = Act::court_claim, .on = date(2023, 1, 1)}, title}).last_day ==
        date(2034, 6, 1));  // the title ends what nobody has entered as ended
}

TEST_CASE("R44 limitation: a suspension stops the clock and wipes nothing") {
  const LimitationEvent obstacle{
      .act = Act::impossibility, .on = date(2021, 1, 1), .until = date(2021, 1, 31)};
  CHECK(of(date(2020, 3, 15), {obstacle}).last_day == date(2025, 4, 15));
  CHECK_FALSE(of(date(2020, 3, 15), {{.act = Act::impossibility, .on = date(2021, 1, 1)}}).last_day);
  const LimitationEvent backwards{
      .act = Act::impossibility, .on = date(2021, 1, 31), .until = date(2021, 1, 1)};
  CHECK(of(date(2020, 3, 15), {backwards}).last_day == date(2025, 3, 15));
}

TEST_CASE("R44 limitation: after a conciliation at least the months of the law are left") {
  const LimitationEvent late{.act = Act::conciliation, .on = date(2025, 3, 1), .until = date(2025, 3, 10)};
  CHECK(of(date(2020, 3, 15), {late}).last_day == date(2025, 9, 10));
  const LimitationEvent early{.act = Act::conciliation, .on = date(2021, 3, 1), .until = date(2021, 3, 10)};
  CHECK(of(date(2020, 3, 15), {early}).last_day == date(2025, 3, 25));
}

TEST_CASE("R44 limitation: twenty years from the birth of the right are the longest, but not for a title") {
  std::vector<LimitationEvent> events;
  for (int year = 2004; year <= 2020; year += 4)
    events.push_back({.act = Act::acknowledgement, .on = date(year, 1, 1)});
  const Limitation now = of(date(2000, 3, 15), events);
  CHECK(now.last_day == date(2020, 3, 15));
  CHECK(now.reason == LimitationReason::longest);
  events.push_back({.act = Act::title, .on = date(2020, 3, 1)});
  CHECK(of(date(2000, 3, 15), events).last_day == date(2030, 3, 1));
}

TEST_CASE(
    "R44 limitation: the order in which events were entered changes nothing, and no event shortens it") {
  CHECK(rc::check("order", [] {
    std::vector<LimitationEvent> events;
    const auto count = *rc::gen::inRange<std::size_t>(0, 5);
    for (std::size_t i = 0; i < count; ++i) {
      const CivilDate on =
          add_days(date(2020, 1, 1), 100 * static_cast<std::int64_t>(i) + *rc::gen::inRange(0, 100));
      events.push_back({.act = *rc::gen::element(Act::acknowledgement, Act::enforcement, Act::conciliation,
                                                 Act::impossibility),
                        .on = on,
                        .until = add_days(on, *rc::gen::inRange(0, 400))});
    }
    const Limitation now = of(date(2020, 1, 1), events);
    RC_ASSERT(now.last_day && *now.last_day >= date(2025, 1, 1));
    std::reverse(events.begin(), events.end());
    RC_ASSERT(of(date(2020, 1, 1), events).last_day == now.last_day);
  }));
}
