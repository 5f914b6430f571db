#include "schema/instant.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace relance {

std::string instant_text(Ms at) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds{std::clamp(at, kInstantMin, kInstantMax)}};
  const sys_days day = floor<days>(when);
  const year_month_day date{day};
  const hh_mm_ss time{when - day};
  char out[40];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return out;
}

std::optional<Ms> parse_instant(std::string_view text) {
  // fixed places: 2026-11-21T09:14:07[.120]Z
  if (text.size() != 20 && text.size() != 24) return std::nullopt;
  const bool has_ms = text.size() == 24;
  if (text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z' || (has_ms && text[19] != '.'))
    return std::nullopt;
  const auto number = [&](std::size_t from, std::size_t count) {
    int out = 0;  // digits only: from_chars would take "-0"
    for (const char c : text.substr(from, count)) {
      if (c < '0' || c > '9') return -1;
      out = out * 10 + (c - '0');
    }
    return out;
  };
  const int y = number(0, 4), mo = number(5, 2), d = number(8, 2), h = number(11, 2), mi = number(14, 2),
            s = number(17, 2), ms = has_ms ? number(20, 3) : 0;
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || ms < 0)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  const auto at = sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms};
  const Ms found = duration_cast<milliseconds>(at.time_since_epoch()).count();
  if (found < kInstantMin || found > kInstantMax) return std::nullopt;  // the year 0000
  return found;
}

}  // namespace relance
