#include "host/clock.h"

#include <openssl/rand.h>

#include <charconv>
#include <chrono>
#include <cstring>

#include "host/failure.h"

namespace relance {

Id Random::uuid() {
  Id id;
  fill(id.bytes);
  id.bytes[6] = static_cast<std::uint8_t>(0x40 | (id.bytes[6] & 0x0f));  // version 4
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

Id Random::row_id(Ms now) {
  std::array<std::uint8_t, 10> tail{};
  fill(tail);
  return make_row_id(now, tail);
}

std::uint64_t Random::number() {
  std::array<std::uint8_t, 8> raw{};
  fill(raw);
  std::uint64_t out = 0;
  std::memcpy(&out, raw.data(), raw.size());
  return out;
}

Ms SystemClock::now() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    if (left_ == 0) {
      if (RAND_bytes(pool_.data(), static_cast<int>(pool_.size())) != 1)
        throw Failure(Code::internal, "This system gives no random numbers; nothing can be signed or encrypted.");
      left_ = pool_.size();
    }
    const std::size_t n = std::min(left_, out.size());
    std::uint8_t* from = pool_.data() + (pool_.size() - left_);
    std::memcpy(out.data(), from, n);
    std::memset(from, 0, n);  // handed out once, not kept
    left_ -= n;
    out = out.subspan(n);
  }
}

std::string instant_text(Ms at) {
  using namespace std::chrono;
  const sys_time<milliseconds> when{milliseconds{at}};
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
    int out = -1;
    const char* first = text.data() + from;
    const auto [end, error] = std::from_chars(first, first + count, out);
    return error == std::errc{} && end == first + count && out >= 0 ? out : -1;
  };
  const int y = number(0, 4), mo = number(5, 2), d = number(8, 2), h = number(11, 2), mi = number(14, 2),
            s = number(17, 2), ms = has_ms ? number(20, 3) : 0;
  if (y < 0 || mo < 0 || d < 0 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59 || ms < 0)
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return std::nullopt;
  const auto at = sys_days{date} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms};
  return duration_cast<milliseconds>(at.time_since_epoch()).count();
}

}  // namespace relance
