// Instants as text: one form, read strictly, to the millisecond.
#include "schema/instant.h"

#include <limits>

#include <rapidcheck.h>

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("an instant reads back to the millisecond") {
  CHECK(rc::check("round trip, years 0001 to 9999", [] {
    const Ms at = *rc::gen::inRange<Ms>(-62'135'596'800'000, 253'402'300'800'000);
    RC_ASSERT(parse_instant(instant_text(at)) == at);
    RC_ASSERT(instant_text(at).size() == 24U);
  }));
}

TEST_CASE("known instants") {
  CHECK(instant_text(0) == "1970-01-01T00:00:00.000Z");
  CHECK(instant_text(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(instant_text(1'795'252'447'120) == "2026-11-21T09:14:07.120Z");
  CHECK(parse_instant("2026-11-21T09:14:07Z") == Ms{1'795'252'447'000});
  CHECK(parse_instant("2024-02-29T23:59:59.999Z").has_value());
  CHECK(parse_instant("9999-12-31T23:59:59.999Z") == kInstantMax);
  CHECK(instant_text(kInstantMin) == "0001-01-01T00:00:00.000Z");
  CHECK(instant_text(std::numeric_limits<Ms>::min()) == instant_text(kInstantMin));
  CHECK(instant_text(std::numeric_limits<Ms>::max()) == instant_text(kInstantMax));
}

TEST_CASE("nothing but the one form is an instant") {
  for (const char* bad : {"",
                          "2026-11-21",
                          "2026-11-21T09:14:07",
                          "2026-11-21T09:14:07z",
                          "2026-11-21 09:14:07Z",
                          "2026-11-21T09:14:07+00:00",
                          "2026-11-21T09:14:07.1Z",
                          "2026-11-21T09:14:07,120Z",
                          "2026-11-21T24:00:00Z",
                          "2026-11-21T09:60:00Z",
                          "2026-11-21T09:14:60Z",
                          "2026-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-01-00T00:00:00Z",
                          "2026-11-21T-1:14:07Z",
                          "2026-11-21T-0:14:07Z",
                          "2026-11-21T+9:14:07Z",
                          "2026-11-21T 9:14:07Z",
                          "-026-11-21T09:14:07Z",
                          "-000-11-21T09:14:07Z",
                          "0000-10-21T09:10:03.101Z",
                          "2026-11-21T09:14:07.-12Z",
                          "2026-11-21T09:14:07.120ZZ",
                          "20261121T091407.1200000Z"}) {
    INFO(bad);
    CHECK_FALSE(parse_instant(bad).has_value());
  }
}
