// When a debtor may be called: clocks of the French zones, hours, days, frequency, and who may be spoken to.
#include "rules/contact_policy.h"

#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr ContactPolicy kPolicy{.from_minute = 480,
                                .until_minute = 1200,
                                .saturday_from_minute = 540,
                                .saturday_until_minute = 780,
                                .window_days = 7,
                                .warn_count = 3,
                                .block_count = 4};

// 2026-11-18, a Wednesday, at a time of day in UTC.
Ms wednesday(int hour, int minute = 0) { return 1'794'960'000'000 + (hour * 60 + minute) * 60'000LL; }

std::vector<std::string> bars(const ContactFacts& facts) {
  std::vector<std::string> out;
  for (const ContactFinding& one : contact_findings(facts, kPolicy)) out.emplace_back(name_of(one.bar));
  return out;
}

using Bars = std::vector<std::string>;
constexpr Ms kDayMs = 86'400'000;

}  // namespace

TEST_CASE("R14: the debtor's clock counts, in winter and summer, at home and overseas", "[R14]") {
  CHECK(local_time_of(wednesday(11, 6), "")->minute == 12 * 60 + 6);
  CHECK(local_time_of(wednesday(11), "America/Guadeloupe")->minute == 7 * 60);
  CHECK(local_time_of(wednesday(21), "Indian/Reunion") == LocalTime{{2026, 11, 19}, 60});
  CHECK_FALSE(local_time_of(wednesday(11), "Mars/Olympus"));
  // Summer time began on 29 March and ended on 25 October 2026, both at 01:00 UTC.
  const Ms spring = 1'774'746'000'000, autumn = 1'792'890'000'000;
  CHECK(local_time_of(spring - 60'000, "Europe/Paris")->minute == 119);
  CHECK(local_time_of(spring, "Europe/Paris")->minute == 180);
  CHECK(local_time_of(autumn - 60'000, "Europe/Paris")->minute == 179);
  CHECK(local_time_of(autumn, "Europe/Paris")->minute == 120);
  CHECK(zone_of_postcode("97430") == "Indian/Reunion");
  CHECK(zone_of_postcode("97133") == "America/St_Barthelemy");
  CHECK(zone_of_postcode("97110") == "America/Guadeloupe");
  CHECK(zone_of_postcode("69003") == "Europe/Paris");
  CHECK(paris_midnight({2026, 12, 1}) == 1'796'079'600'000);
  CHECK(paris_midnight({2026, 7, 1}) == 1'782'856'800'000);
}

TEST_CASE("R14: hours and days are those of the debtor", "[R14]") {
  CHECK(bars({.now = wednesday(11)}).empty());
  CHECK(bars({.now = wednesday(6, 59)}) == Bars{"contact.closed_hours"});  // 07:59 in Paris
  CHECK(bars({.now = wednesday(7)}).empty());
  CHECK(bars({.now = wednesday(18, 59)}).empty());
  CHECK(bars({.now = wednesday(19)}) == Bars{"contact.closed_hours"});
  CHECK(bars({.now = wednesday(11), .zone = "America/Guadeloupe"}) ==
        Bars{"contact.closed_hours"});  // 07:00 there
  CHECK(bars({.now = wednesday(11), .zone = "Mars/Olympus"}) == Bars{"contact.unknown_zone"});
  CHECK(bars({.now = wednesday(9) + 3 * kDayMs}).empty());                           // Saturday 10:00
  CHECK(bars({.now = wednesday(13) + 3 * kDayMs}) == Bars{"contact.closed_hours"});  // Saturday 14:00
  CHECK(bars({.now = wednesday(9) + 4 * kDayMs}) == Bars{"contact.closed_day"});     // Sunday
  CHECK(bars({.now = wednesday(9) - 7 * kDayMs}) == Bars{"contact.closed_day"});     // 11 November
}

TEST_CASE("R14: a holiday of the debtor's own part of France is one", "[R14]") {
  const Ms saint_stephen = wednesday(11) + 38 * kDayMs;  // Saturday 26 December 2026, noon in Strasbourg
  CHECK(bars({.now = saint_stephen}).empty());
  CHECK(bars({.now = saint_stephen, .region = HolidayRegion::alsace_moselle}) == Bars{"contact.closed_day"});
}

TEST_CASE("R14: the third contact in seven days is warned of, the fourth needs grounds", "[R14]") {
  CHECK(bars({.now = wednesday(11), .outbound = 1}).empty());
  const auto third = contact_findings({.now = wednesday(11), .outbound = 2}, kPolicy);
  REQUIRE(third.size() == 1);
  CHECK(third[0].weight == ContactWeight::warning);
  const auto fourth = contact_findings({.now = wednesday(11), .outbound = 3}, kPolicy);
  REQUIRE(fourth.size() == 1);
  CHECK(name_of(fourth[0].bar) == "contact.too_often");
  CHECK(fourth[0].weight == ContactWeight::needs_grounds);
  CHECK(bars({.now = wednesday(3), .outbound = 9, .is_inbound = true}).empty());  // the debtor calls us
}

TEST_CASE("R52: calling the ward is forbidden, calling the guardian is not", "[R52]") {
  const auto ward = contact_findings({.now = wednesday(11), .is_protected = true}, kPolicy);
  REQUIRE(ward.size() == 1);
  CHECK(ward[0].bar == ContactBar::ward);
  CHECK(ward[0].weight == ContactWeight::forbidden);
  CHECK(legal_basis_of(ward[0].bar) == "C. civ. 475");
  CHECK(bars({.now = wednesday(11), .is_protected = true, .is_to_guardian = true}).empty());
}

TEST_CASE("R15: an agency does not call before its letter", "[R15]") {
  const auto without =
      contact_findings({.now = wednesday(11), .is_agency = true, .has_mandate = true}, kPolicy);
  REQUIRE(without.size() == 1);
  CHECK(without[0].weight == ContactWeight::forbidden);
  CHECK(bars({.now = wednesday(11), .is_agency = true, .has_mandate = true, .has_agency_letter = true})
            .empty());
}

TEST_CASE("R15: without a mandate in force an agency calls nobody, and answers who calls", "[R15]") {
  const ContactFacts ended{.now = wednesday(11), .is_agency = true, .has_agency_letter = true};
  const auto findings = contact_findings(ended, kPolicy);
  REQUIRE(findings.size() == 1);
  CHECK(name_of(findings[0].bar) == "contact.no_mandate");
  CHECK(findings[0].weight == ContactWeight::forbidden);
  CHECK(legal_basis_of(findings[0].bar) == "CPCE R124-3");
  ContactFacts inbound = ended;
  inbound.is_inbound = true;
  CHECK(weight_of(contact_findings(inbound, kPolicy)) == ContactWeight::warning);
}

TEST_CASE("R14: what stops dunning stops the call, what was agreed only reminds; the weightiest stands first",
          "[R14]") {
  const auto findings =
      contact_findings({.now = wednesday(5),
                        .stops = {{.reason = DunningReason::promise}, {.reason = DunningReason::insolvency}}},
                       kPolicy);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].stop == DunningReason::insolvency);
  CHECK(weight_of(findings) == ContactWeight::forbidden);
  CHECK(findings[1].bar == ContactBar::closed_hours);
  CHECK(findings[2].weight == ContactWeight::warning);
  CHECK(needs_right_party("promise"));
  CHECK_FALSE(needs_right_party("third_party"));
  CHECK_FALSE(is_answered("voicemail"));
}
