// Time and chance, handed in: nothing below the programs' edges reads a clock or a random device itself,
// so the simulator can own both.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "schema/instant.h"
#include "schema/value.h"

namespace relance {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall time, milliseconds UTC. May lie and may go backwards.
  [[nodiscard]] virtual Ms now() const = 0;
};

class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out` with unpredictable bytes.
  virtual void fill(std::span<std::uint8_t> out) = 0;

  [[nodiscard]] Id uuid();          // 128 random bits: epochs, tokens, devices
  [[nodiscard]] Id row_id(Ms now);  // UUIDv7
  [[nodiscard]] std::uint64_t number();
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Ms now() const override;
};

class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;  // OpenSSL's generator; Failure{internal} if it has none

 private:
  std::array<std::uint8_t, 1024> pool_{};
  std::size_t left_ = 0;  // one call to the generator serves ~100 row ids
};

}  // namespace relance
