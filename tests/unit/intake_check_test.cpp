// Which cases should be taken on: each reason alone, all together, and claims of one case that differ.
#include "rules/intake_check.h"

#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr CivilDate kToday{.year = 2026, .month = 11, .day = 21};

IntakeCase good() {
  IntakeCase out;
  out.claims.push_back({.last_day = CivilDate{2030, 1, 1}, .has_evidence = true});
  out.asked_cents = 10000;
  out.has_name = out.has_register_number = true;
  return out;
}

std::vector<IntakeReason> reasons(const IntakeCase& facts) { return intake_of(facts, kToday).reasons; }

}  // namespace

TEST_CASE("R04: a provable, due claim of somebody known is taken on", "[R04]") {
  CHECK(intake_of(good(), kToday).accepts);
  CHECK(reasons(good()).empty());
}

TEST_CASE("R04: each reason to refuse has its code", "[R04]") {
  IntakeCase facts = good();
  facts.claims[0].last_day = CivilDate{2026, 11, 20};
  CHECK(reasons(facts) == std::vector{IntakeReason::time_barred});
  facts.claims[0].last_day = kToday;  // acquired when the last day is over (C. civ. 2229)
  CHECK(intake_of(facts, kToday).accepts);
  facts = good();
  facts.claims[0].last_day_of_consumer = CivilDate{2026, 1, 1};
  CHECK(reasons(facts) == std::vector{IntakeReason::maybe_time_barred});
  facts = good();
  facts.has_open_insolvency = true;
  CHECK(reasons(facts) == std::vector{IntakeReason::insolvency});
  facts = good();
  facts.has_register_number = false;
  CHECK(reasons(facts) == std::vector{IntakeReason::debtor_unknown});
  facts.has_address = true;
  CHECK(intake_of(facts, kToday).accepts);
  facts.has_name = false;
  CHECK(reasons(facts) == std::vector{IntakeReason::debtor_unknown});
  facts = good();
  facts.claims[0].has_evidence = false;
  CHECK(reasons(facts) == std::vector{IntakeReason::no_evidence});
  facts = good();
  facts.claims[0].is_disputed = true;
  CHECK(reasons(facts) == std::vector{IntakeReason::amount_uncertain});
  facts = good();
  facts.asked_cents = 0;
  CHECK(reasons(facts) == std::vector{IntakeReason::amount_uncertain});
}

TEST_CASE("R04: the reasons that nobody can mend come first", "[R04]") {
  IntakeCase facts;
  facts.claims.push_back({.last_day = CivilDate{2020, 1, 1}, .is_disputed = true});
  facts.has_open_insolvency = true;
  const IntakeFinding found = intake_of(facts, kToday);
  CHECK_FALSE(found.accepts);
  CHECK(found.reasons == std::vector{IntakeReason::time_barred, IntakeReason::insolvency,
                                     IntakeReason::amount_uncertain, IntakeReason::debtor_unknown,
                                     IntakeReason::no_evidence});
  CHECK_FALSE(is_curable(found.reasons[0]));
  CHECK(is_curable(found.reasons[4]));
}

TEST_CASE("R04: one claim that can be taken on carries the case, the others keep their reasons", "[R04]") {
  IntakeCase facts = good();
  facts.claims.push_back({.last_day = CivilDate{2020, 1, 1}, .has_evidence = true});
  const IntakeFinding found = intake_of(facts, kToday);
  CHECK(found.accepts);
  CHECK(found.claims[0].empty());
  CHECK(found.claims[1] == std::vector{IntakeReason::time_barred});
}

TEST_CASE("R04: a case without a claim is refused") {
  IntakeCase facts = good();
  facts.claims.clear();
  facts.asked_cents = 0;
  CHECK_FALSE(intake_of(facts, kToday).accepts);
}
