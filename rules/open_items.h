// A customer's account as it stood on a day: which debits were open, and which credits nobody had matched. The same
// answer whenever it is asked, because only what was booked by that day counts and matches reach no further back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "rules/aged_balance.h"
#include "rules/civil_date.h"

namespace relance {

/// One movement of the account: an entry of its ledger, a payment that the ledger does not show yet, a claim that no
/// entry stands behind.
struct AccountItem {
  CivilDate on;            // booked, or received
  CivilDate due_on;        // of a debit; the day of booking where none is known
  std::int64_t cents = 0;  // debits above zero
  std::int64_t group = 0;  // of lines that one letter settles; 0: none
  bool is_credit_note = false;
  bool is_disputed = false;
};

/// A person's word that a credit pays a debit: places in the items.
struct AccountMatch {
  std::size_t credit = 0;
  std::size_t debit = 0;
  std::int64_t cents = 0;  // > 0
};

struct OpenItems {
  std::vector<std::int64_t>
      open_cents;                  // of each item given, its sign kept; 0: matched, or later than the day
  std::int64_t balance_cents = 0;  // sum of the items booked by the day
};

/// Within a group credits pay the debits that fell due first, then matches apply; never more than is left of either
/// side, so the open items always sum to the balance.
[[nodiscard]] OpenItems open_items(std::span<const AccountItem> items, std::span<const AccountMatch> matches,
                                   CivilDate day);

/// The account in buckets. balance_cents() of it is the balance of open_items(), whatever the day.
[[nodiscard]] AgedBalance aged_account(std::span<const AccountItem> items,
                                       std::span<const AccountMatch> matches, CivilDate day,
                                       std::span<const std::int64_t> edges);

}  // namespace relance
