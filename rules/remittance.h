// Money that an agency has received for a creditor: what it may keep of it, and by when the rest is paid on. Pure; the
// brackets and periods are rows. The fee is the creditor's to pay: no function here speaks of the debtor.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/civil_date.h"

namespace relance {

/// One bracket of a fee: this rate on the part of a receipt up to `up_to_cents`, above the bracket before.
struct FeeBracket {
  std::optional<std::int64_t> up_to_cents;  // none: all that is above the others
  std::int64_t basis_points = 0;            // 0 to 10,000
};

/// The fee on one receipt, rounded once, half a cent up. Of a receipt that came back (negative) it is the same, taken
/// back. What is above the last bracket bears no fee. `brackets` in any order.
[[nodiscard]] std::int64_t fee_cents(std::int64_t received_cents, std::span<const FeeBracket> brackets);

/// What was agreed for remittances.
struct RemittanceTerms {
  std::optional<std::int64_t> days;  // of the mandate, from receipt; none: the law's months
  std::int64_t months = 0;           // CPCE R124-6: one, unless agreed
  std::int64_t warn_days = 0;        // before the last day
};

struct RemittanceDue {
  CivilDate due_on;     // last day on which it may be paid on
  CivilDate warn_from;  // from here on it is called to mind
};

/// Received 2 January under the law's month: due 2 February; with 7 days, called to mind from 26 January.
[[nodiscard]] RemittanceDue remittance_due(CivilDate received_on, const RemittanceTerms& terms);

}  // namespace relance
