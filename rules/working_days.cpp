// Holidays of France and of its parts. See working_days.h.
#include "rules/working_days.h"

#include <array>

namespace relance {
namespace {

struct MonthDay {
  unsigned month, day;
};

constexpr std::array<MonthDay, 8> kFixedHolidays{
    {{1, 1}, {5, 1}, {5, 8}, {7, 14}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}};
constexpr std::array<std::int64_t, 3> kDaysAfterEaster{1, 39, 50};  // Easter Monday, Ascension, Whit Monday
constexpr std::int64_t kGoodFriday = -2;                            // days after Easter

struct Region {
  std::string_view postcode;  // what its postcodes begin with
  HolidayRegion region;
  MonthDay day;
};

// Order: a longer postcode before the shorter one it begins with.
constexpr std::array kRegions{
    Region{"57", HolidayRegion::alsace_moselle, {12, 26}},
    Region{"67", HolidayRegion::alsace_moselle, {12, 26}},
    Region{"68", HolidayRegion::alsace_moselle, {12, 26}},
    Region{"97133", HolidayRegion::saint_barthelemy, {10, 9}},
    Region{"97150", HolidayRegion::saint_martin, {5, 28}},
    Region{"971", HolidayRegion::guadeloupe, {5, 27}},
    Region{"972", HolidayRegion::martinique, {5, 22}},
    Region{"973", HolidayRegion::guyane, {6, 10}},
    Region{"974", HolidayRegion::reunion, {12, 20}},
    Region{"976", HolidayRegion::mayotte, {4, 27}},
};
constexpr std::size_t kPostcodeDigits = 5;

bool is_regional_holiday(CivilDate date, HolidayRegion region) {
  for (const Region& one : kRegions)
    if (one.region == region && date.month == one.day.month && date.day == one.day.day) return true;
  return region == HolidayRegion::alsace_moselle && days_between(easter_of(date.year), date) == kGoodFriday;
}

}  // namespace

HolidayRegion holiday_region_of(std::string_view postcode) {
  const bool is_code = postcode.size() == kPostcodeDigits &&
                       postcode.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_code) return HolidayRegion::none;
  for (const Region& one : kRegions)
    if (postcode.starts_with(one.postcode)) return one.region;
  return HolidayRegion::none;
}

// Meeus, Astronomical Algorithms, chapter 8: the Gregorian computus in whole numbers.
CivilDate easter_of(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
  const int h = (19 * a + b - d - g + 15) % 30;
  const int i = c / 4, k = c % 4;
  const int l = (32 + 2 * e + 2 * i - h - k) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int number = h + l - 7 * m + 114;
  return {.year = year,
          .month = static_cast<unsigned>(number / 31),
          .day = static_cast<unsigned>(number % 31 + 1)};
}

bool is_public_holiday(CivilDate date, HolidayRegion region) {
  if (region != HolidayRegion::none && is_regional_holiday(date, region)) return true;
  for (const MonthDay& fixed : kFixedHolidays)
    if (date.month == fixed.month && date.day == fixed.day) return true;
  const std::int64_t after_easter = days_between(easter_of(date.year), date);
  for (const std::int64_t days : kDaysAfterEaster)
    if (after_easter == days) return true;
  return false;
}

bool is_working_day(CivilDate date) { return weekday(date) <= 5 && !is_public_holiday(date); }

CivilDate add_working_days(CivilDate date, std::int64_t count) {
  while (count > 0) {
    const CivilDate next = add_days(date, 1);
    if (next == date) return date;  // the last day of the calendar
    date = next;
    if (is_working_day(date)) --count;
  }
  return date;
}

}  // namespace relance
