// The order of cases, and the reason of each place.
#include "rules/worklist.h"

#include <rapidcheck.h>

#include <algorithm>

#include "tests/test.hpp"

using namespace relance;

namespace {

std::vector<std::string> order_of(const std::vector<CaseRank>& cases, std::string_view today = "2026-11-21") {
  std::vector<std::string> out;
  for (const RankedCase& ranked : worklist(cases, today)) out.emplace_back(cases[ranked.place].number);
  return out;
}

}  // namespace

TEST_CASE("worklist: days past due, then balance, then number") {
  const std::vector<CaseRank> cases{
      {.number = "young", .balance_cents = 900000, .due_on = "2026-11-01"},
      {.number = "old-small", .balance_cents = 100, .due_on = "2026-01-01"},
      {.number = "b", .balance_cents = 500, .due_on = "2026-06-01"},
      {.number = "a", .balance_cents = 500, .due_on = "2026-06-01"},
      {.number = "large", .balance_cents = 501, .due_on = "2026-06-01"},
      {.number = "closed", .balance_cents = 1, .due_on = "2020-12-01", .is_closed = true},
      {.number = "later", .balance_cents = 1, .due_on = "2026-12-01"},
  };
  CHECK(order_of(cases) ==
        std::vector<std::string>{"old-small", "large", "a", "b", "young", "later", "closed"});
}

TEST_CASE("worklist: the reason is a code with its days") {
  const std::vector<CaseRank> cases{{.number = "past", .balance_cents = 1, .due_on = "2026-11-20"},
                                    {.number = "today", .balance_cents = 1, .due_on = "2026-11-21"},
                                    {.number = "later", .balance_cents = 1, .due_on = "2026-11-30"},
                                    {.number = "undated", .balance_cents = 1},
                                    {.number = "credit", .balance_cents = -1}};
  const auto ranked = worklist(cases, "2026-11-21");
  REQUIRE(ranked.size() == 5);
  const std::vector<std::pair<RankReason, std::int64_t>> expected{{RankReason::past_due, 1},
                                                                  {RankReason::due_later, 0},
                                                                  {RankReason::due_later, -9},
                                                                  {RankReason::undated, 0},
                                                                  {RankReason::nothing_owed, 0}};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(ranked[i].place == i);
    CHECK(ranked[i].reason == expected[i].first);
    CHECK(ranked[i].days_past_due == expected[i].second);
  }
  CHECK(name_of(ranked[0].reason) == "past_due");
}

TEST_CASE("worklist: the order of the rows given changes nothing") {
  CHECK(rc::check("same list", [] {
    std::vector<CaseRank> cases;
    static const std::vector<std::string> numbers{"1", "2", "3", "4", "5", "6", "7", "8"};
    for (const std::string& number : numbers)
      cases.push_back(
          {.number = number,
           .balance_cents = *rc::gen::element<std::int64_t>(-5, 0, 5, 7),
           .due_on = *rc::gen::element<std::string_view>("", "2026-01-01", "2026-11-21", "2027-01-01")});
    const auto before = order_of(cases);
    std::reverse(cases.begin(), cases.end());
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
