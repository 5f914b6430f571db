// The order of cases, the reason of each place, and the points behind what a case is worth.
#include "rules/worklist.h"

#include <rapidcheck.h>

#include <algorithm>

#include "rules/risk_score.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr WorklistPeriods kPeriods{.limitation_warn_days = 30,
                                   .inbound_warn_days = 3,
                                   .hearing_warn_days = 30,
                                   .pre_due_from_days = 10,
                                   .pre_due_until_days = 3};

std::vector<std::string> order_of(const std::vector<CaseRank>& cases, std::string_view today = "2026-11-21") {
  std::vector<std::string> out;
  for (const RankedCase& ranked : worklist(cases, kPeriods, today))
    out.emplace_back(cases[ranked.place].number);
  return out;
}

std::optional<CivilDate> day(std::string_view text) { return parse_civil_date(text); }

RankedCase only(const CaseRank& one, std::string_view today = "2026-11-21") {
  return worklist(std::vector<CaseRank>{one}, kPeriods, today).front();
}

}  // namespace

TEST_CASE("R12: what cannot wait comes first, then what is worth most, then what nobody works on", "[R12]") {
  const std::vector<CaseRank> cases{
      {.number = "closed", .balance_cents = 1, .due_on = "2020-12-01", .is_closed = true},
      {.number = "stopped", .balance_cents = 9, .due_on = "2026-01-01", .is_stopped = true},
      {.number = "waiting", .balance_cents = 9, .due_on = "2026-01-01", .is_waiting = true},
      {.number = "later", .balance_cents = 1, .due_on = "2027-02-01"},
      {.number = "small", .balance_cents = 100, .expected_cents = 90, .due_on = "2026-01-01"},
      {.number = "large", .balance_cents = 900000, .expected_cents = 700000, .due_on = "2026-11-01"},
      {.number = "soon", .balance_cents = 5, .due_on = "2026-11-26"},
      {.number = "task", .due_on = "2026-11-01", .task_on = day("2026-11-21")},
      {.number = "instalment", .due_on = "2026-11-01", .missed_instalment_on = day("2026-11-10")},
      {.number = "promise", .due_on = "2026-11-01", .is_waiting = true, .promise_on = day("2026-11-21")},
      {.number = "hearing", .due_on = "2026-11-01", .legal_on = day("2026-12-10")},
      {.number = "answer", .due_on = "2026-11-01", .answer_by_on = day("2026-11-24")},
      {.number = "call", .due_on = "2026-11-01", .call_back_on = day("2026-11-20")},
      {.number = "broken", .due_on = "2026-11-01", .broken_promise_on = day("2026-11-18")},
      {.number = "barred", .due_on = "2024-12-10", .limitation_on = day("2026-12-10")},
      {.number = "hearing-tomorrow", .due_on = "2026-11-01", .legal_on = day("2026-11-22")},
  };
  CHECK(order_of(cases) == std::vector<std::string>{"hearing-tomorrow", "barred", "broken", "call", "answer",
                                                    "hearing", "promise", "instalment", "task", "large",
                                                    "small", "soon", "later", "waiting", "stopped",
                                                    "closed"});
}

TEST_CASE("R12: the reason is a code with its days", "[R12]") {
  const RankedCase barred = only({.number = "1", .due_on = "2024-12-10", .limitation_on = day("2026-12-20")});
  CHECK(barred.reason == RankReason::limitation);
  CHECK(barred.days == 29);
  CHECK(barred.days_past_due == 711);
  CHECK(only({.number = "1", .due_on = "2024-12-10", .limitation_on = day("2026-12-21")}).reason ==
        RankReason::past_due);  // 30 days are not under 30
  const RankedCase call = only({.number = "1", .call_back_on = day("2026-11-19")});
  CHECK(call.reason == RankReason::call_back);
  CHECK(call.days == -2);
  CHECK(only({.number = "1", .call_back_on = day("2026-11-22")}).reason == RankReason::nothing_owed);
  CHECK(only({.number = "1", .balance_cents = 1}).reason == RankReason::undated);
  CHECK(only({.number = "1", .balance_cents = 1, .due_on = "2026-11-21"}).reason == RankReason::due_later);
  CHECK(name_of(RankReason::limitation) == "limitation");
  CHECK(name_of(RankReason::closed) == "closed");
  CHECK(name_of(RankReason::missed_instalment) == "missed_instalment");
}

TEST_CASE("R12: a case that may not be asked still shows its deadlines and answers, never a call", "[R12]") {
  const CaseRank stopped{.number = "1", .balance_cents = 5, .due_on = "2026-01-01", .is_stopped = true};
  CaseRank one = stopped;
  one.limitation_on = day("2026-11-30");
  CHECK(only(one).reason == RankReason::limitation);
  one = stopped;
  one.answer_by_on = day("2026-11-22");
  CHECK(only(one).reason == RankReason::answer_due);
  one = stopped;
  one.call_back_on = day("2026-11-20");
  one.broken_promise_on = day("2026-11-20");
  CHECK(only(one).reason == RankReason::stopped);
}

TEST_CASE("R22: mail that wants an answer in eight days shows three days before", "[R22]") {
  const CaseRank mail{
      .number = "1", .balance_cents = 5, .due_on = "2026-01-01", .answer_by_on = day("2026-11-29")};
  CHECK(only(mail, "2026-11-21").reason == RankReason::past_due);
  CHECK(only(mail, "2026-11-25").reason == RankReason::past_due);
  CHECK(only(mail, "2026-11-26").reason == RankReason::answer_due);
  CHECK(only(mail, "2026-11-30").days == -1);
}

TEST_CASE("R16: an invoice that falls due in five days asks for one courtesy reminder", "[R16]") {
  CaseRank one{.number = "1", .balance_cents = 5, .due_on = "2026-11-26"};
  CHECK(only(one).reason == RankReason::pre_due);
  CHECK(only(one).days == 5);
  CHECK(only(one, "2026-11-15").reason == RankReason::due_later);  // eleven days before
  CHECK(only(one, "2026-11-24").reason == RankReason::due_later);  // two days before
  one.has_pre_reminder = true;
  CHECK(only(one).reason == RankReason::due_later);
}

TEST_CASE("R12: the order of the rows given changes nothing, and every case is in it once", "[R12]") {
  CHECK(rc::check("same list", [] {
    std::vector<CaseRank> cases;
    static const std::vector<std::string> numbers{"1", "2", "3", "4", "5", "6", "7", "8"};
    const auto some_day = [] {
      return *rc::gen::element<std::optional<CivilDate>>(
          std::nullopt, std::nullopt, std::nullopt, day("2026-11-20"), day("2026-11-21"), day("2026-12-01"));
    };
    for (const std::string& number : numbers)
      cases.push_back(
          {.number = number,
           .balance_cents = *rc::gen::element<std::int64_t>(-5, 0, 5, 7),
           .expected_cents = *rc::gen::element<std::int64_t>(0, 3, 6),
           .due_on = *rc::gen::element<std::string_view>("", "2026-01-01", "2026-11-21", "2027-01-01"),
           .is_closed = *rc::gen::arbitrary<bool>(),
           .is_stopped = *rc::gen::arbitrary<bool>(),
           .is_waiting = *rc::gen::arbitrary<bool>(),
           .limitation_on = some_day(),
           .broken_promise_on = some_day(),
           .call_back_on = some_day(),
           .answer_by_on = some_day(),
           .legal_on = some_day(),
           .promise_on = some_day(),
           .missed_instalment_on = some_day(),
           .task_on = some_day()});
    const auto before = order_of(cases);
    RC_ASSERT(before.size() == cases.size());
    RC_ASSERT(std::is_permutation(before.begin(), before.end(), numbers.begin()));
    std::reverse(cases.begin(), cases.end());
    RC_ASSERT(order_of(cases) == before);
    std::rotate(cases.begin(), cases.begin() + 3, cases.end());
    RC_ASSERT(order_of(cases) == before);
  }));
}

TEST_CASE("worklist: the oldest asked claim is the one that credits have not covered") {
  const std::vector<ClaimDue> claims{{.due_on = "2026-03-01", .open_cents = 100},
                                     {.due_on = "2026-01-01", .open_cents = 100},
                                     {.due_on = "", .open_cents = 50}};
  CHECK(oldest_asked(claims, what_is_asked(claims, 0)) == "2026-01-01");
  CHECK(oldest_asked(claims, what_is_asked(claims, 150)) == "2026-03-01");
  CHECK(oldest_asked(claims, what_is_asked(claims, 250)).empty());
}

TEST_CASE("R08: the same inputs under one version give the same points, and the report lists them", "[R08]") {
  const RiskInputs inputs{.days_past_due = 95,
                          .asked_cents = 600'000,
                          .promises_broken = 2,
                          .has_insolvency = false,
                          .days_since_answer = 40};
  const RiskScore score = risk_score(inputs);
  CHECK(score.version == kRiskRuleVersion);
  CHECK(score.points == risk_score(inputs).points);
  std::int64_t sum = 0;
  for (const RiskPoints& part : score.parts) sum += part.points;
  CHECK(sum == score.points);
  CHECK(score.parts.size() == 5);
  CHECK(score.points == 28 + 6 + 20 + 0 + 6);
  CHECK(name_of(score.parts[2].factor) == "broken_promises");
}

TEST_CASE("R08: points stay between 0 and 100, and what is expected between nothing and the amount",
          "[R08]") {
  CHECK(rc::check("bounds", [] {
    RiskInputs inputs{.days_past_due = *rc::gen::inRange<std::int64_t>(0, 5000),
                      .asked_cents = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000),
                      .promises_broken = *rc::gen::inRange<std::int64_t>(0, 50),
                      .has_insolvency = *rc::gen::arbitrary<bool>()};
    const RiskScore score = risk_score(inputs);
    RC_ASSERT(score.points >= 0 && score.points <= 100);
    const std::int64_t expected = expected_cents(inputs.asked_cents, probability_bp(score));
    RC_ASSERT(expected >= 0 && expected <= inputs.asked_cents);
    inputs.has_insolvency = true;
    RC_ASSERT(risk_score(inputs).points >= score.points);
  }));
  CHECK(expected_cents(10'000, 9'500) == 9'500);
  CHECK(expected_cents(4'611'686'018'427'387'904, 9'500) == 4'381'101'717'506'018'508);
}
