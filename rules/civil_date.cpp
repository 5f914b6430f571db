// Civil date arithmetic, on the calendar of <chrono>: no time zone database is touched.
#include "rules/civil_date.h"

#include <algorithm>
#include <chrono>

namespace relance {
namespace {

constexpr int kYearMin = 1;
constexpr int kYearMax = 9999;  // four digits, so that ISO text sorts by date
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kDayMs = 86'400'000;

std::chrono::year_month_day calendar(CivilDate date) {
  return {std::chrono::year{date.year}, std::chrono::month{date.month}, std::chrono::day{date.day}};
}

std::int64_t day_number(CivilDate date) {
  return std::chrono::sys_days{calendar(date)}.time_since_epoch().count();
}

/// Days since 1970-01-01 to a date, stopped at the edges of the calendar.
CivilDate date_of(std::int64_t number) {
  static const std::int64_t first = day_number(CivilDate{.year = kYearMin, .month = 1, .day = 1});
  static const std::int64_t last = day_number(CivilDate{.year = kYearMax, .month = 12, .day = 31});
  const std::chrono::days days{static_cast<std::chrono::days::rep>(std::clamp(number, first, last))};
  const std::chrono::year_month_day found{std::chrono::sys_days{days}};
  return {.year = static_cast<int>(found.year()),
          .month = static_cast<unsigned>(found.month()),
          .day = static_cast<unsigned>(found.day())};
}

/// The sum, stopped at the ends of the integer range: a sum past them is outside the calendar anyway.
std::int64_t saturated_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? INT64_MAX : INT64_MIN;
}

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Decimal digits only; nothing for any other character.
std::optional<unsigned> number_of(std::string_view digits) {
  unsigned number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number;
}

void put(std::string& out, unsigned number, std::size_t width) {
  const std::string digits = std::to_string(number);
  out.append(width - digits.size(), '0').append(digits);
}

}  // namespace

bool is_valid(CivilDate date) {
  return date.year >= kYearMin && date.year <= kYearMax && date.month <= 12 && date.day <= 31 &&
         calendar(date).ok();
}

std::optional<CivilDate> parse_civil_date(std::string_view text) {
  const bool is_iso = text.size() == 10 && text[4] == '-' && text[7] == '-';
  if (!is_iso && text.size() != 8) return std::nullopt;
  const std::size_t month_at = is_iso ? 5 : 4;
  const std::size_t day_at = is_iso ? 8 : 6;
  const auto year = number_of(text.substr(0, 4));
  const auto month = number_of(text.substr(month_at, 2));
  const auto day = number_of(text.substr(day_at, 2));
  if (!year || !month || !day) return std::nullopt;
  const CivilDate date{.year = static_cast<int>(*year), .month = *month, .day = *day};
  if (!is_valid(date)) return std::nullopt;
  return date;
}

std::string iso_text(CivilDate date) {
  std::string out;
  put(out, static_cast<unsigned>(date.year), 4);
  out += '-';
  put(out, date.month, 2);
  out += '-';
  put(out, date.day, 2);
  return out;
}

std::string compact_text(CivilDate date) {
  std::string out;
  put(out, static_cast<unsigned>(date.year), 4);
  put(out, date.month, 2);
  put(out, date.day, 2);
  return out;
}

CivilDate add_days(CivilDate date, std::int64_t days) {
  return date_of(saturated_sum(day_number(date), days));
}

CivilDate add_months(CivilDate date, std::int64_t months) {
  const std::int64_t count = saturated_sum(std::int64_t{date.year} * 12 + date.month - 1, months);
  const std::int64_t year = floor_div(count, 12);
  if (year < kYearMin) return date_of(INT64_MIN);
  if (year > kYearMax) return date_of(INT64_MAX);
  const auto month = static_cast<unsigned>(count - year * 12) + 1;
  const auto last = std::chrono::year_month_day_last{std::chrono::year{static_cast<int>(year)},
                                                     std::chrono::month_day_last{std::chrono::month{month}}};
  return {.year = static_cast<int>(year),
          .month = month,
          .day = std::min(date.day, static_cast<unsigned>(last.day()))};
}

std::int64_t days_between(CivilDate from, CivilDate to) { return day_number(to) - day_number(from); }

unsigned weekday(CivilDate date) {
  return std::chrono::weekday{std::chrono::sys_days{calendar(date)}}.iso_encoding();
}

CivilDate civil_date_of(Ms at, int offset_minutes) {
  return date_of(floor_div(saturated_sum(at, offset_minutes * kMinuteMs), kDayMs));
}

}  // namespace relance
