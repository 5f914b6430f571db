// Ids for many rows written in one moment, in the order in which they are written: UUIDv7 with a counter after the
// milliseconds (RFC 9562, 6.2, method 1). Random ids of one millisecond would land all over the tables' trees: a
// first import of 100,000 lines took five times as long, most of it moving encrypted pages in and out of the cache.
#pragma once

#include <cstdint>

#include "host/clock.h"

namespace relance::server {

class RowIds {
 public:
  RowIds(Random& random, Ms now) : random_(random), now_(now) {}

  [[nodiscard]] Id next() {
    Id id = random_.row_id(now_);
    // 26 bits around the version and variant marks; 48 random bits stay behind them.
    if (++count_ >= kCounterEnd) {
      count_ = 0;
      ++now_;
    }
    id.bytes[6] = static_cast<std::uint8_t>(0x70U | (count_ >> 22U));
    id.bytes[7] = static_cast<std::uint8_t>(count_ >> 14U);
    id.bytes[8] = static_cast<std::uint8_t>(0x80U | ((count_ >> 8U) & 0x3FU));
    id.bytes[9] = static_cast<std::uint8_t>(count_);
    return id;
  }

 private:
  static constexpr std::uint32_t kCounterEnd = 1U << 26U;
  Random& random_;
  Ms now_;
  std::uint32_t count_ = 0;
};

}  // namespace relance::server
