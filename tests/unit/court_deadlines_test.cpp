// Deadlines of the courts, at the days on which the law changes.
#include "rules/court_deadlines.h"

#include "rules/interest.h"
#include "tests/test.hpp"

using namespace relance;

TEST_CASE("R47: an order of 31 August 2026 is served by 28 February 2027, one of 1 September by 1 December",
          "[R47]") {
  CHECK(service_deadline({2026, 8, 31}, 6) == CivilDate{2027, 2, 28});
  CHECK(service_deadline({2026, 9, 1}, 3) == CivilDate{2026, 12, 1});
  CHECK(opposition_deadline({2026, 1, 31}, 1) == CivilDate{2026, 2, 28});
}

TEST_CASE("R48: small claims hold principal and interest together, and bar payments until the outcome",
          "[R48]") {
  CHECK(is_small_claim(480'000, 20'000, 500'000));
  CHECK_FALSE(is_small_claim(480'000, 20'001, 500'000));
  CHECK_FALSE(is_small_claim(500'001, 0, 500'000));
  CHECK_FALSE(is_small_claim(0, 0, 500'000));
  CHECK(is_payment_barred({2026, 10, 1}, std::nullopt, 1, {2026, 10, 1}));
  CHECK(is_payment_barred({2026, 10, 1}, std::nullopt, 1, {2026, 11, 1}));
  CHECK_FALSE(is_payment_barred({2026, 10, 1}, std::nullopt, 1, {2026, 11, 2}));
  CHECK_FALSE(is_payment_barred({2026, 10, 1}, std::nullopt, 1, {2026, 9, 30}));
  CHECK_FALSE(is_payment_barred({2026, 10, 1}, CivilDate{2026, 10, 12}, 1, {2026, 10, 13}));
}

TEST_CASE(
    "R49: two months after it is enforceable the legal rate rises by five points, and the engine switches",
    "[R49]") {
  const std::vector<RateRow> rows{{RateKind::legal_other, {2025, 1, 1}, {2025, 7, 1}, 371},
                                  {RateKind::legal_other, {2025, 7, 1}, {2026, 1, 1}, 276},
                                  {RateKind::trade_default, {2025, 7, 1}, {2026, 1, 1}, 1215}};
  const auto raised = rates_after_title(rows, RateKind::legal_other, {{2025, 7, 15}, 2, 500});
  REQUIRE(raised.size() == 3);
  CHECK(rate_on(raised, RateKind::legal_other, {2025, 6, 30})->basis_points == 371);
  CHECK(rate_on(raised, RateKind::legal_other, {2025, 9, 14})->basis_points == 276);
  CHECK(rate_on(raised, RateKind::legal_other, {2025, 9, 15})->basis_points == 776);
  const InterestTerms terms{.kind = RateKind::legal_other};
  // 1,000.00: 62 days at 2.76 %, 30 days at 7.76 %
  const auto answer = interest_between(100'000, {2025, 7, 15}, {2025, 10, 15}, terms, raised);
  CHECK_FALSE(answer.unknown_from);
  CHECK(answer.interest.rounded() == 469 + 638);
  CHECK(interest_between(100'000, {2025, 7, 15}, {2026, 1, 2}, terms, raised).unknown_from ==
        CivilDate{2026, 1, 1});
  CHECK(title_last_day({2026, 2, 28}, 120) == CivilDate{2036, 2, 28});
}

TEST_CASE("R45: reminders thirty, seven and one day before; a deadline in law closes only with its outcome",
          "[R45]") {
  const CivilDate hearing{2026, 12, 31};
  CHECK_FALSE(reminder_reached(hearing, {2026, 11, 30}));
  CHECK(reminder_reached(hearing, {2026, 12, 1}) == 30);
  CHECK(reminder_reached(hearing, {2026, 12, 24}) == 7);
  CHECK(reminder_reached(hearing, {2026, 12, 30}) == 1);
  CHECK(reminder_reached(hearing, hearing) == 0);
  CHECK(reminder_reached(hearing, {2027, 1, 5}) == 0);
  CHECK_FALSE(may_close_task(true, ""));
  CHECK(may_close_task(true, "Renvoyée au 15 janvier"));
  CHECK(may_close_task(false, ""));
}
