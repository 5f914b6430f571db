// Every reason why nothing may be asked, and none where something may.
#include "rules/dunning.h"

#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr CivilDate kToday{2026, 11, 21};
constexpr DunningPeriods kPeriods{.promise_grace_days = 3, .small_claim_months = 1};

std::vector<std::string> reasons(const DunningFacts& facts, CivilDate today = kToday) {
  std::vector<std::string> out;
  for (const DunningStop& one : dunning_stops(facts, kPeriods, today)) out.emplace_back(name_of(one.reason));
  return out;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("R50: an open insolvency event stops dunning at once, and nothing else has to", "[R50][dunning]") {
  CHECK(reasons({.stage = "amicable", .claims_open = 2, .claims_disputed = 1}).empty());
  CHECK(reasons({.stage = "amicable", .insolvency_kinds = {"liquidation"}}) == Names{"insolvency"});
  CHECK(reasons({.stage = "insolvency"}) == Names{"insolvency"});
}

TEST_CASE("what stops dunning, the weightiest first", "[dunning]") {
  CHECK(reasons({.stage = "closed", .is_restricted = true, .is_do_not_contact = true}) ==
        Names{"closed", "restricted", "do_not_contact"});
  CHECK(reasons({.stage = "amicable", .has_active_plan = true, .claims_open = 1, .claims_disputed = 1}) ==
        Names{"plan", "disputed"});
}

TEST_CASE("a moratorium and the small-claims month hold on their last day and not after it", "[dunning]") {
  DunningFacts facts{.stage = "amicable"};
  facts.moratoria = {{{2026, 10, 1}, kToday}};
  facts.small_claims_begun = {{2026, 10, 21}};
  CHECK(reasons(facts) == Names{"moratorium", "small_claim"});
  CHECK(reasons(facts, add_days(kToday, 1)).empty());
  CHECK(reasons(facts, {2026, 9, 30}).empty());
}

TEST_CASE("a promise stops dunning until its grace is over, and not when it was kept", "[dunning]") {
  DunningFacts facts{.stage = "amicable"};
  facts.promises = {{.made_on = {2026, 11, 2}, .due_on = {2026, 11, 18}, .amount_cents = 50'000}};
  const auto stops = dunning_stops(facts, kPeriods, kToday);
  REQUIRE(stops.size() == 1);
  CHECK(stops.front().until == CivilDate{2026, 11, 23});  // Saturday and Sunday are no days of grace
  CHECK(reasons(facts, {2026, 11, 24}).empty());
  facts.received = {{{2026, 11, 10}, 50'000}};
  CHECK(reasons(facts).empty());
}

TEST_CASE("R51: no plan on an admissible over-indebtedness file, and the reason is said", "[R51]") {
  CHECK_FALSE(why_no_plan({.stage = "amicable"}));
  const DunningFacts facts{.stage = "amicable", .insolvency_kinds = {"over_indebtedness"}};
  REQUIRE(why_no_plan(facts) == DunningReason::over_indebtedness);
  CHECK_THAT(std::string(sentence_of(*why_no_plan(facts))), Catch::Contains("L722-5"));
  CHECK(why_no_plan({.stage = "amicable", .insolvency_kinds = {"safeguard", "personal_recovery"}}) ==
        DunningReason::over_indebtedness);
  CHECK(why_no_plan({.stage = "amicable", .insolvency_kinds = {"safeguard"}}) == DunningReason::insolvency);
}
