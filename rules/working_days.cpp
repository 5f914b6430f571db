// Working days of metropolitan France. See working_days.h.
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

}  // namespace

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

bool is_public_holiday(CivilDate date) {
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
