// See ledger_booking.h.
#include "rules/ledger_booking.h"

#include <algorithm>
#include <tuple>

namespace relance {

std::vector<std::pair<std::size_t, std::size_t>> paired_bookings(std::span<const BookedAmount> payments,
                                                                 std::span<const BookedAmount> entries) {
  std::vector<std::tuple<std::int64_t, std::size_t, std::size_t>> candidates;  // days apart, payment, entry
  for (std::size_t p = 0; p < payments.size(); ++p)
    for (std::size_t e = 0; e < entries.size(); ++e) {
      if (payments[p].cents != entries[e].cents) continue;
      const std::int64_t days = days_between(payments[p].on, entries[e].on);
      if (days < -kBookedBeforeDays || days > kBookedAfterDays) continue;
      candidates.emplace_back(days < 0 ? -days : days, p, e);
    }
  std::sort(candidates.begin(), candidates.end());
  std::vector<bool> is_paired(payments.size()), is_taken(entries.size());
  std::vector<std::pair<std::size_t, std::size_t>> out;
  for (const auto& [days, p, e] : candidates) {
    if (is_paired[p] || is_taken[e]) continue;
    is_paired[p] = is_taken[e] = true;
    out.emplace_back(p, e);
  }
  return out;
}

}  // namespace relance
