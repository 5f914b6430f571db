// Public holidays and working days. The national ones are those of C. trav. L3133-1; some parts of France have more,
// named by a region. Working days (grace of a promise, of an answer) are counted by the national ones, so that a period
// does not depend on an address.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

/// Where days are kept beside the national ones.
enum class HolidayRegion : std::uint8_t {
  none,
  alsace_moselle,  // Good Friday and 26 December (C. trav. L3134-13); in every commune, also without a temple
  guadeloupe,      // the day on which slavery was abolished (C. trav. L3422-2), from here on
  saint_barthelemy,
  saint_martin,
  martinique,
  guyane,
  reunion,
  mayotte,
};

/// By a French postcode: "67000" is alsace_moselle, "97434" reunion; none for any other text.
[[nodiscard]] HolidayRegion holiday_region_of(std::string_view postcode);

/// Sunday of Easter in the Gregorian calendar, which is from 1583 on; before, its rule carried back.
[[nodiscard]] CivilDate easter_of(int year);

[[nodiscard]] bool is_public_holiday(CivilDate date, HolidayRegion region = HolidayRegion::none);
[[nodiscard]] bool is_working_day(CivilDate date);

/// The `count`-th working day after a day; the day itself for 0, working or not. REQUIRES: count >= 0.
[[nodiscard]] CivilDate add_working_days(CivilDate date, std::int64_t count);

}  // namespace relance
