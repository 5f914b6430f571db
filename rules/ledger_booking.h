// Which entry of a creditor's ledger is which payment that we know of: money must move the balance once, whether the
// bank or the ledger told of it first. docs/decisions/012 has the reasons.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "rules/civil_date.h"

namespace relance {

/// A ledger books money when it comes or later, seldom before the bank's value date. Wider, and one instalment would be
/// taken for the one of the month before.
inline constexpr std::int64_t kBookedBeforeDays = 5;
inline constexpr std::int64_t kBookedAfterDays = 45;

/// A payment or an entry, as a ledger writes it: received below zero, returned above.
struct BookedAmount {
  CivilDate on;
  std::int64_t cents = 0;
};

/// Pairs (payment, entry) of one case: equal amounts within the days above, the nearest days first, each at most once.
/// The same whatever the order of the entries of a day: ties by place.
[[nodiscard]] std::vector<std::pair<std::size_t, std::size_t>> paired_bookings(
    std::span<const BookedAmount> payments, std::span<const BookedAmount> entries);

}  // namespace relance
