// Shares and their sums. See recovery.h.
#include "rules/recovery.h"

namespace relance {

std::optional<std::int64_t> share_tenths(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return std::nullopt;
  const std::int64_t number = 1'000 * part;
  const std::int64_t floor = number / whole - (number % whole < 0 ? 1 : 0);
  return floor + (2 * (number - floor * whole) >= whole ? 1 : 0);
}

Recovery& Recovery::operator+=(const Recovery& other) {
  cases += other.cases;
  entrusted_cents += other.entrusted_cents;
  received_cents += other.received_cents;
  return *this;
}

}  // namespace relance
