// Claims into buckets. See aged_balance.h.
#include "rules/aged_balance.h"

#include <algorithm>
#include <numeric>

namespace relance {

std::int64_t AgedBalance::balance_cents() const {
  return std::accumulate(overdue_cents.begin(), overdue_cents.end(), not_due_cents) -
         credits.credit_notes_cents - credits.cash_cents;
}

AgedBalance aged_balance(std::span<const AgedItem> items, const UnmatchedCredits& credits, CivilDate day,
                         std::span<const std::int64_t> edges) {
  AgedBalance out{.overdue_cents = std::vector<std::int64_t>(edges.size() + 1), .credits = credits};
  for (const AgedItem& item : items) {
    if (item.is_disputed) out.disputed_cents += item.open_cents;
    const std::int64_t days = days_between(item.due_on, day);
    if (days <= 0) {
      out.not_due_cents += item.open_cents;
      continue;
    }
    const auto bucket = std::lower_bound(edges.begin(), edges.end(), days) - edges.begin();
    out.overdue_cents[static_cast<std::size_t>(bucket)] += item.open_cents;
  }
  return out;
}

}  // namespace relance
