// Time and chance that a test holds in its hand: the same seed, the same run. Knows nothing of Catch, so that the
// simulator and the disk can use it too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "host/clock.h"

namespace relance::test {

class ManualClock final : public Clock {
 public:
  [[nodiscard]] Ms now() const override { return now_; }
  void advance(Ms by) { now_ += by; }
  void set(Ms to) { now_ = to; }

 private:
  Ms now_ = 1'795'000'000'000;  // November 2026
};

/// Splitmix64: the same seed, the same bytes.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> out) override;
  [[nodiscard]] std::uint64_t next();
  [[nodiscard]] std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }

 private:
  std::uint64_t state_;
};

}  // namespace relance::test
