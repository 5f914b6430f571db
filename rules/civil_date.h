// Days of the civil calendar, without time of day and without time zone: invoice dates, due dates,
// promises. A civil date is not an instant; the one way from an instant names its offset.
//
// Dates outside years 1 to 9999 do not exist here: arithmetic that would leave them stops at their edge,
// because the ISO text of the database has four digits for the year and sorts as text.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/value.h"

namespace relance {

struct CivilDate {
  int year = 1970;
  unsigned month = 1;  // 1 to 12
  unsigned day = 1;    // 1 to 31

  friend auto operator<=>(const CivilDate&, const CivilDate&) = default;
};

/// Whether the day exists: 2024-02-29 does, 2023-02-29 and year 0 do not.
[[nodiscard]] bool is_valid(CivilDate date);

/// Reads "2026-11-21" or "20261121", exactly; anything else, and days that do not exist, are nothing.
[[nodiscard]] std::optional<CivilDate> parse_civil_date(std::string_view text);

/// "2026-11-21". REQUIRES: is_valid(date), as everywhere below.
[[nodiscard]] std::string iso_text(CivilDate date);

/// "20261121", the form of French accounting files.
[[nodiscard]] std::string compact_text(CivilDate date);

[[nodiscard]] CivilDate add_days(CivilDate date, std::int64_t days);

/// The same day of a later (or earlier) month, or that month's last day: 31 January + 1 = 28 or 29 February.
/// Count months from the first date, never from the last result: the clamped day would stick.
[[nodiscard]] CivilDate add_months(CivilDate date, std::int64_t months);

/// Days from `from` to `to`; negative if `to` is earlier.
[[nodiscard]] std::int64_t days_between(CivilDate from, CivilDate to);

/// ISO 8601: 1 = Monday to 7 = Sunday.
[[nodiscard]] unsigned weekday(CivilDate date);

/// The day that a clock `offset_minutes` east of Greenwich shows at `at`.
/// The caller knows the offset (Paris: 60 or 120); nothing here knows about time zones.
[[nodiscard]] CivilDate civil_date_of(Ms at, int offset_minutes);

}  // namespace relance
