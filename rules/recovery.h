// How much of what was entrusted came back, and how well promises and calls did: shares of one denominator, in tenths
// of a per cent, so that parts and whole can be added up before they are divided.
#pragma once

#include <cstdint>
#include <optional>

namespace relance {

/// part / whole in tenths of a per cent, half up; nothing where there is no whole. REQUIRES: amounts within
/// kFigureCentsMax (collection_period.h).
[[nodiscard]] std::optional<std::int64_t> share_tenths(std::int64_t part, std::int64_t whole);

/// What was entrusted in a month, and what of it came in: added up by agent, by creditor or over all, the sums are
/// the same, and so is the rate of the whole.
struct Recovery {
  std::int64_t cases = 0;
  std::int64_t entrusted_cents = 0;  // without what was withdrawn
  std::int64_t received_cents = 0;

  Recovery& operator+=(const Recovery& other);
  friend bool operator==(const Recovery&, const Recovery&) = default;
  [[nodiscard]] std::optional<std::int64_t> rate_tenths() const {
    return share_tenths(received_cents, entrusted_cents);
  }
};

}  // namespace relance
