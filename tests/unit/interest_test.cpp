// Late interest and the fixed indemnity (R35, R36), by the rates of domain law as dated rows.
#include "rules/interest.h"

#include <rapidcheck.h>

#include <vector>

#include "rules/late_interest.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

CivilDate date(int year, unsigned month, unsigned day) { return {.year = year, .month = month, .day = day}; }

const std::vector<RateRow> kRates{
    {RateKind::trade_default, date(2025, 1, 1), date(2025, 7, 1), 1315},
    {RateKind::trade_default, date(2025, 7, 1), date(2026, 1, 1), 1215},
    {RateKind::legal_other, date(2025, 1, 1), date(2025, 7, 1), 371},
    {RateKind::legal_other, date(2025, 7, 1), date(2026, 1, 1), 276},
    {RateKind::contract, date(2024, 1, 1), date(2099, 1, 1), 800},
};

}  // namespace

TEST_CASE("R35 interest: 1,000 EUR due 31 May 2025 and paid 15 August is 26.12") {
  const auto from = interest_from(DebtorNature::trader, date(2025, 5, 31), std::nullopt);
  REQUIRE(from == date(2025, 6, 1));
  const auto answer = interest_between(100'000, *from, date(2025, 8, 16), {}, kRates);
  CHECK_FALSE(answer.unknown_from);
  CHECK(answer.interest.rounded() == 2612);
  const std::vector<LateClaim> claims{{.due_on = date(2025, 5, 31), .paid_on = date(2025, 8, 15)}};
  CHECK(indemnity_cents(DebtorNature::trader, claims, date(2025, 9, 1), 4000, false) == 4000);
}

TEST_CASE("R35 interest: nothing is computed past the last known rate, and the day is named") {
  const auto answer = interest_between(100'000, date(2025, 12, 1), date(2026, 2, 1), {}, kRates);
  CHECK(answer.unknown_from == date(2026, 1, 1));
  CHECK(answer.interest ==
        interest_between(100'000, date(2025, 12, 1), date(2026, 1, 1), {}, kRates).interest);
  CHECK(interest_between(100'000, date(2024, 12, 31), date(2025, 2, 1), {}, kRates).unknown_from ==
        date(2024, 12, 31));
}

TEST_CASE("R35 interest: terms between traders do not go below three times the legal rate") {
  const InterestTerms terms{.kind = RateKind::contract, .at_least_three_times_legal = true};
  // 3 x 3.71 = 11.13 % up to June, 3 x 2.76 = 8.28 % from July; the contract says 8 %
  const auto answer = interest_between(36'500'000, date(2025, 6, 30), date(2025, 7, 2), terms, kRates);
  CHECK(answer.interest.rounded() == 11'130 + 8'280);
  const InterestTerms bare{.kind = RateKind::contract};
  CHECK(interest_between(36'500'000, date(2025, 6, 30), date(2025, 7, 2), bare, kRates).interest.rounded() ==
        16'000);
  CHECK(interest_between(1, date(2026, 3, 1), date(2026, 3, 2), terms, kRates).unknown_from ==
        date(2026, 3, 1));
}

TEST_CASE("R35 interest: a year may have 366 days where the terms say so") {
  const InterestTerms terms{.kind = RateKind::contract, .year_days = YearDays::d366};
  CHECK(interest_between(36'600'000, date(2025, 1, 1), date(2025, 1, 2), terms, kRates).interest.rounded() ==
        8'000);
}

TEST_CASE("R35 interest: of a consumer it runs from the formal notice, of nobody before his kind is known") {
  const CivilDate due = date(2025, 5, 31);
  CHECK_FALSE(interest_from(DebtorNature::consumer, due, std::nullopt));
  CHECK(interest_from(DebtorNature::consumer, due, date(2025, 7, 3)) == date(2025, 7, 3));
  CHECK(interest_from(DebtorNature::consumer, due, date(2025, 5, 3)) == date(2025, 6, 1));
  CHECK_FALSE(interest_from(DebtorNature::unknown, due, date(2025, 7, 3)));
}

TEST_CASE("R35 interest: a correction of a rate holds from its own first day") {
  std::vector<RateRow> rates = kRates;
  rates.push_back({RateKind::trade_default, date(2025, 6, 29), date(2025, 7, 1), 1400});
  const auto answer = interest_between(36'500'000, date(2025, 6, 28), date(2025, 7, 2), {}, rates);
  CHECK(answer.interest.rounded() == 13'150 + 2 * 14'000 + 12'150);
  rates.push_back({RateKind::trade_default, date(2025, 6, 29), date(2025, 7, 1), 1500});
  CHECK(rate_on(rates, RateKind::trade_default, date(2025, 6, 30))->basis_points == 1500);
  CHECK(rate_on(rates, RateKind::legal_individual, date(2025, 6, 30)) == nullptr);
  CHECK(name_of(RateKind::trade_default) == "trade_default");
}

TEST_CASE("R35 interest: the largest principal over the whole calendar fits") {
  const std::vector<RateRow> rates{
      {RateKind::trade_default, date(1, 1, 1), date(9999, 12, 31), kBasisPointsMax}};
  const auto answer = interest_between(kPrincipalCentsMax, date(1, 1, 1), date(9999, 12, 31), {}, rates);
  CHECK(answer.interest.cents / kPrincipalCentsMax == 10'005);  // 100 % a year of 365 days
}

TEST_CASE("R35 interest: [a, c) is [a, b) and [b, c), exactly, before the one rounding") {
  CHECK(rc::check("additive", [] {
    const auto principal = *rc::gen::inRange<std::int64_t>(0, kPrincipalCentsMax + 1);
    const auto first = *rc::gen::inRange<std::int64_t>(0, 364);
    const auto second = *rc::gen::inRange<std::int64_t>(0, 365 - first);
    const CivilDate a = date(2025, 1, 1), b = add_days(a, first), c = add_days(b, second);
    const auto over = [&](CivilDate from, CivilDate until) {
      return interest_between(principal, from, until, {}, kRates).interest;
    };
    RC_ASSERT(over(a, c) == over(a, b) + over(b, c));
    RC_ASSERT(over(a, c).parts >= 0 && over(a, c).parts < over(a, c).of);
  }));
}

TEST_CASE(
    "R36 indemnity: 40 EUR a late claim of a trader, none of a consumer, of an insolvent or where it is "
    "waived") {
  const CivilDate due = date(2025, 5, 31), today = date(2025, 8, 1);
  const std::vector<LateClaim> claims{{.due_on = due},
                                      {.due_on = due, .paid_on = date(2025, 6, 1)},
                                      {.due_on = due, .paid_on = date(2025, 7, 1)},
                                      {.due_on = due, .paid_on = due},
                                      {.due_on = today},
                                      {.due_on = due, .is_waived = true}};
  CHECK(indemnity_cents(DebtorNature::trader, claims, today, 4000, false) == 12'000);
  CHECK(indemnity_cents(DebtorNature::consumer, claims, today, 4000, false) == 0);
  CHECK(indemnity_cents(DebtorNature::unknown, claims, today, 4000, false) == 0);
  CHECK(indemnity_cents(DebtorNature::trader, claims, today, 4000, true) == 0);
}

TEST_CASE("R35: a formal notice makes late what it asks for, and no claim that came or fell due after it",
          "[R35][R20]") {
  const std::vector<FormalNotice> notices{{{2026, 2, 1}, {2026, 2, 3}, 1'000},
                                          {{2026, 5, 1}, {2026, 5, 2}, 9'000}};
  const NoticedClaim first{.due_on = {2025, 12, 31}, .issued_on = CivilDate{2025, 12, 1}};
  CHECK(noticed_on(first, notices) == CivilDate{2026, 2, 3});
  NoticedClaim other = first;
  other.due_on = {2026, 2, 1};  // not past due on the day of issue
  CHECK(noticed_on(other, notices) == CivilDate{2026, 5, 2});
  other = first;
  other.contests = {{.from = {2026, 1, 15}, .until = CivilDate{2026, 3, 1}}};
  CHECK(noticed_on(other, notices) == CivilDate{2026, 5, 2});
  other.contests = {{.from = {2026, 1, 15}}};
  CHECK_FALSE(noticed_on(other, notices));
  other = first;
  other.issued_on = CivilDate{2026, 6, 1};
  CHECK_FALSE(noticed_on(other, notices));
  other = first;
  other.written_at = 1'800'000'000'000;  // it came into the books in 2027
  CHECK_FALSE(noticed_on(other, notices));
  CHECK_FALSE(noticed_on(first, {}));
}

TEST_CASE("R49: by its own terms until the title, by the legal rate from its day, raised two months later",
          "[R49]") {
  const std::vector<RateRow> rows{{RateKind::legal_other, {2026, 1, 1}, {2027, 1, 1}, 300},
                                  {RateKind::trade_default, {2026, 1, 1}, {2027, 1, 1}, 1000}};
  const InterestTerms terms{.kind = RateKind::trade_default};
  const TitleTerms title{
      .on = {2026, 3, 1}, .enforceable_on = {2026, 3, 11}, .after_months = 2, .extra_bp = 500};
  const CivilDate from{2026, 2, 1}, until{2026, 6, 1};
  const auto answer = late_interest(100'000, from, until, terms, rows, title);
  // 28 days at 10 %, 71 at 3 %, 21 at 8 %
  const auto part = [](std::int64_t bp, std::int64_t days) {
    const std::int64_t parts = 100'000 * bp * days, of = 10'000 * 365;
    return Interest{parts / of, parts % of, of};
  };
  CHECK(answer.interest == part(1000, 28) + part(300, 71) + part(800, 21));
  CHECK_FALSE(answer.unknown_from);
  CHECK(late_interest(100'000, from, title.on, terms, rows, title).interest ==
        interest_between(100'000, from, title.on, terms, rows).interest);
  CHECK(late_interest(100'000, from, until, terms, rows, std::nullopt).interest ==
        interest_between(100'000, from, until, terms, rows).interest);
  CHECK(late_interest(100'000, from, {2027, 1, 2}, terms, rows, title).unknown_from == CivilDate{2027, 1, 1});
  // The parts of a period add up to the whole of it, wherever it is cut.
  for (CivilDate cut = from; cut < until; cut = add_days(cut, 7))
    CHECK(late_interest(100'000, from, cut, terms, rows, title).interest +
              late_interest(100'000, cut, until, terms, rows, title).interest ==
          answer.interest);
  CHECK(interest_from(DebtorNature::consumer, {2026, 1, 1}, std::nullopt, title) == CivilDate{2026, 3, 1});
  CHECK(interest_from(DebtorNature::consumer, {2026, 1, 1}, CivilDate{2026, 2, 2}, title) ==
        CivilDate{2026, 2, 2});
  CHECK_FALSE(interest_from(DebtorNature::unknown, {2026, 1, 1}, std::nullopt, title));
}
