// Working days: Monday to Friday without the public holidays of metropolitan France (C. trav. L3133-1). Those of
// Alsace-Moselle and of the overseas departments are not among them.
#pragma once

#include <cstdint>

#include "rules/civil_date.h"

namespace relance {

/// Sunday of Easter in the Gregorian calendar, which is from 1583 on; before, its rule carried back.
[[nodiscard]] CivilDate easter_of(int year);

[[nodiscard]] bool is_public_holiday(CivilDate date);
[[nodiscard]] bool is_working_day(CivilDate date);

/// The `count`-th working day after a day; the day itself for 0, working or not. REQUIRES: count >= 0.
[[nodiscard]] CivilDate add_working_days(CivilDate date, std::int64_t count);

}  // namespace relance
