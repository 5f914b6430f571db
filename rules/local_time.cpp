// Offsets of the French zones. See local_time.h.
#include "rules/local_time.h"

#include <array>

namespace relance {
namespace {

constexpr Ms kMinuteMs = 60'000;
constexpr Ms kHourMs = 60 * kMinuteMs;
constexpr Ms kDayMs = 24 * kHourMs;
constexpr Ms kCalendarMs = 253'402'300'799'999;  // the last instant of the year 9999
constexpr CivilDate kEpoch{.year = 1970, .month = 1, .day = 1};

enum class Summer { none, european, american };

struct Zone {
  std::string_view name;
  int winter_minutes;  // east of Greenwich
  Summer summer = Summer::none;
  std::string_view postcode;  // what its postcodes begin with
};

// Order: a longer postcode before the shorter one it begins with.
constexpr std::array kZones{
    Zone{"Europe/Paris", 60, Summer::european, ""},
    Zone{"America/St_Barthelemy", -240, Summer::none, "97133"},
    Zone{"America/Marigot", -240, Summer::none, "97150"},
    Zone{"America/Guadeloupe", -240, Summer::none, "971"},
    Zone{"America/Martinique", -240, Summer::none, "972"},
    Zone{"America/Cayenne", -180, Summer::none, "973"},
    Zone{"Indian/Reunion", 240, Summer::none, "974"},
    Zone{"America/Miquelon", -180, Summer::american, "975"},
    Zone{"Indian/Mayotte", 180, Summer::none, "976"},
    Zone{"Pacific/Wallis", 720, Summer::none, "986"},
    Zone{"Pacific/Tahiti", -600, Summer::none, "987"},
    Zone{"Pacific/Noumea", 660, Summer::none, "988"},
};

Ms midnight_utc(CivilDate day) { return days_between(kEpoch, day) * kDayMs; }

// The n-th Sunday of a month; the last one for 0.
CivilDate sunday_of(int year, unsigned month, int n) {
  if (n == 0) {
    const CivilDate last = add_days(add_months({.year = year, .month = month, .day = 1}, 1), -1);
    return add_days(last, -static_cast<std::int64_t>(weekday(last) % 7));
  }
  const CivilDate first{.year = year, .month = month, .day = 1};
  return add_days(first, static_cast<std::int64_t>((7 - weekday(first) % 7) % 7) + 7 * (n - 1));
}

// Directive 2000/84/EC: from 01:00 UTC of the last Sunday of March to that of October. Miquelon follows Canada: from
// 02:00 of the second Sunday of March to 02:00 of the first Sunday of November.
bool is_summer(Ms at, const Zone& zone) {
  if (zone.summer == Summer::none) return false;
  const int year = civil_date_of(at, zone.winter_minutes).year;
  if (zone.summer == Summer::european)
    return at >= midnight_utc(sunday_of(year, 3, 0)) + kHourMs &&
           at < midnight_utc(sunday_of(year, 10, 0)) + kHourMs;
  const Ms winter = zone.winter_minutes * kMinuteMs;
  return at >= midnight_utc(sunday_of(year, 3, 2)) + 2 * kHourMs - winter &&
         at < midnight_utc(sunday_of(year, 11, 1)) + kHourMs - winter;
}

int offset_minutes(Ms at, const Zone& zone) { return zone.winter_minutes + (is_summer(at, zone) ? 60 : 0); }

}  // namespace

std::optional<LocalTime> local_time_of(Ms at, std::string_view zone) {
  if (zone.empty()) zone = kZones.front().name;
  if (at < -kCalendarMs || at > kCalendarMs) return std::nullopt;
  for (const Zone& one : kZones) {
    if (one.name != zone) continue;
    const int offset = offset_minutes(at, one);
    const CivilDate day = civil_date_of(at, offset);
    const Ms since = at + offset * kMinuteMs - midnight_utc(day);
    return LocalTime{day, static_cast<int>(since / kMinuteMs)};
  }
  return std::nullopt;
}

std::string_view zone_of_postcode(std::string_view postcode) {
  for (const Zone& one : kZones)
    if (!one.postcode.empty() && postcode.starts_with(one.postcode)) return one.name;
  return kZones.front().name;
}

Ms paris_midnight(CivilDate day) {
  const Ms utc = midnight_utc(day);
  return utc - offset_minutes(utc - kHourMs, kZones.front()) * kMinuteMs;
}

}  // namespace relance
