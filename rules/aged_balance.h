// The aged balance: what is owed on a day, by days past its due date. Credits that nobody has matched stand beside the
// buckets, not in them; what is disputed stays in, and is told apart.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rules/civil_date.h"

namespace relance {

/// One claim as it stood on the day.
struct AgedItem {
  CivilDate due_on;
  std::int64_t open_cents = 0;  // > 0
  bool is_disputed = false;
};

/// What stood against the claims on the day and was matched with none of them; both >= 0.
struct UnmatchedCredits {
  std::int64_t credit_notes_cents = 0;
  std::int64_t cash_cents = 0;
};

struct AgedBalance {
  std::int64_t not_due_cents = 0;           // due on the day itself or later
  std::vector<std::int64_t> overdue_cents;  // one more than the edges: 1 to 30, 31 to 60 ..., beyond the last
  std::int64_t disputed_cents = 0;          // of all the above
  UnmatchedCredits credits;

  /// What the ledger says: the buckets less what is unmatched.
  [[nodiscard]] std::int64_t balance_cents() const;
};

/// `edges`: the last day of each bucket, ascending, for example 30, 60, 90, 120.
[[nodiscard]] AgedBalance aged_balance(std::span<const AgedItem> items, const UnmatchedCredits& credits,
                                       CivilDate day, std::span<const std::int64_t> edges);

}  // namespace relance
