// Civil dates: what is a day, and how to count them.
#include "rules/civil_date.h"

#include <rapidcheck.h>

#include "tests/test.hpp"

using namespace relance;

namespace {

CivilDate date(int year, unsigned month, unsigned day) { return {.year = year, .month = month, .day = day}; }

CivilDate any_date() { return add_days(date(1, 1, 1), *rc::gen::inRange<std::int64_t>(0, 3652059)); }

}  // namespace

TEST_CASE("civil_date: ISO and compact text are read, other text is not") {
  CHECK(parse_civil_date("2026-11-21") == date(2026, 11, 21));
  CHECK(parse_civil_date("20261121") == date(2026, 11, 21));
  CHECK(parse_civil_date("20240229") == date(2024, 2, 29));
  CHECK(parse_civil_date("0001-01-01") == date(1, 1, 1));
  CHECK(parse_civil_date("9999-12-31") == date(9999, 12, 31));
  for (const char* text :
       {"", "2026", "2026-1-21", "2026/11/21", "21/11/2026", "20230229", "20261301", "20260001", "20260100",
        "20260132", "00000101", "2026112", "202611210", " 20261121", "2026-11-2a", "+2026112", "-0261121"}) {
    INFO(text);
    CHECK_FALSE(parse_civil_date(text));
  }
}

TEST_CASE("civil_date: a century is a leap year only every fourth time") {
  CHECK(is_valid(date(2000, 2, 29)));
  CHECK_FALSE(is_valid(date(1900, 2, 29)));
  CHECK_FALSE(is_valid(date(0, 1, 1)));
  CHECK_FALSE(is_valid(date(2026, 300, 1)));
  CHECK_FALSE(is_valid(date(2026, 1, 257)));  // 257 is 1 in the byte that <chrono> keeps
}

TEST_CASE("civil_date: months are clamped to their last day") {
  CHECK(add_months(date(2023, 1, 31), 1) == date(2023, 2, 28));
  CHECK(add_months(date(2024, 1, 31), 1) == date(2024, 2, 29));
  CHECK(add_months(date(2024, 1, 31), 2) == date(2024, 3, 31));
  CHECK(add_months(date(2024, 2, 29), 12) == date(2025, 2, 28));
  CHECK(add_months(date(2024, 12, 15), 1) == date(2025, 1, 15));
  CHECK(add_months(date(2024, 1, 15), -1) == date(2023, 12, 15));
  CHECK(add_months(date(2024, 3, 31), -13) == date(2023, 2, 28));
  CHECK(add_months(date(2024, 3, 31), 0) == date(2024, 3, 31));
}

TEST_CASE("civil_date: days cross months and years") {
  CHECK(add_days(date(2024, 2, 28), 2) == date(2024, 3, 1));
  CHECK(add_days(date(2023, 12, 31), 1) == date(2024, 1, 1));
  CHECK(add_days(date(1970, 1, 1), -1) == date(1969, 12, 31));
  CHECK(days_between(date(2024, 1, 1), date(2025, 1, 1)) == 366);
  CHECK(days_between(date(2025, 1, 1), date(2024, 1, 1)) == -366);
}

TEST_CASE("civil_date: arithmetic stops at the edges of the calendar") {
  CHECK(add_days(date(9999, 12, 31), 1) == date(9999, 12, 31));
  CHECK(add_days(date(1, 1, 1), -1) == date(1, 1, 1));
  CHECK(add_days(date(2024, 1, 1), INT64_MAX) == date(9999, 12, 31));
  CHECK(add_days(date(1960, 1, 1), INT64_MIN) == date(1, 1, 1));
  CHECK(add_months(date(2024, 1, 1), INT64_MAX) == date(9999, 12, 31));
  CHECK(add_months(date(2024, 1, 1), INT64_MIN) == date(1, 1, 1));
}

TEST_CASE("civil_date: weekdays are those of ISO 8601") {
  CHECK(weekday(date(1970, 1, 1)) == 4);
  CHECK(weekday(date(2026, 11, 21)) == 6);
  CHECK(weekday(date(2026, 11, 22)) == 7);
  CHECK(weekday(date(2026, 11, 23)) == 1);
}

TEST_CASE("civil_date: an instant has the day of its offset") {
  constexpr Ms kLateEvening = 20'778 * 86'400'000LL + 84'600'000;  // 23:30 UTC
  const CivilDate utc = civil_date_of(kLateEvening, 0);
  CHECK(civil_date_of(0, 0) == date(1970, 1, 1));
  CHECK(civil_date_of(-1, 0) == date(1969, 12, 31));
  CHECK(civil_date_of(-1, 60) == date(1970, 1, 1));
  CHECK(civil_date_of(0, -1) == date(1969, 12, 31));
  CHECK(utc == date(2026, 11, 21));
  CHECK(civil_date_of(kLateEvening, 60) == date(2026, 11, 22));
  CHECK(civil_date_of(INT64_MAX, 120) == date(9999, 12, 31));
}

TEST_CASE("civil_date: text, numbers and arithmetic agree for every date") {
  CHECK(rc::check("round trips", [] {
    const CivilDate day = any_date();
    RC_ASSERT(is_valid(day));
    RC_ASSERT(parse_civil_date(iso_text(day)) == day);
    RC_ASSERT(parse_civil_date(compact_text(day)) == day);
    const CivilDate other = any_date();
    RC_ASSERT(add_days(day, days_between(day, other)) == other);
    RC_ASSERT((day < other) == (iso_text(day) < iso_text(other)));
    RC_ASSERT(weekday(add_days(date(1, 1, 1), days_between(date(1, 1, 1), day))) == weekday(day));
  }));
  CHECK(rc::check("a month later is in the next month", [] {
    const CivilDate day = any_date();
    RC_PRE(day < date(9900, 1, 1));
    const auto months = *rc::gen::inRange<std::int64_t>(0, 1000);
    const CivilDate later = add_months(day, months);
    RC_ASSERT(is_valid(later));
    RC_ASSERT((later.year - day.year) * 12 + static_cast<int>(later.month) - static_cast<int>(day.month) ==
              months);
    RC_ASSERT(later.day <= day.day);
  }));
}
