#include "host/clock.h"

#include <openssl/rand.h>

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
        throw Failure(Code::internal,
                      "This system gives no random numbers; nothing can be signed or encrypted.");
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

}  // namespace relance
