// Money of the office that no entry of a creditor's ledger shows yet, as a part of SQL: what counts beside the entries,
// wherever an account is shown (docs/decisions/012). One text, so that no two screens differ by a euro.
#pragma once

#include <string_view>

namespace relance {

/// A table of the payments that count, to stand behind FROM: case_id, id, paid_on, state, bank_ref, payer, and `cents`,
/// what the ledger does not show of each: received above zero, returned below, 0 where the ledger shows all of it.
inline constexpr std::string_view kUnbookedMoney =
    "(SELECT m.case_id, m.id, m.paid_on, m.state, m.bank_ref, m.payer,"
    " (CASE m.state WHEN 'bounced' THEN -1 ELSE 1 END) * (abs(m.amount_cents) -"
    " (SELECT coalesce(CAST(sum(b.amount_cents) AS BIGINT), 0) FROM allocation b"
    "  WHERE b.payment_id = m.id AND b.entry_id IS NOT NULL AND b.undone = 0)) AS cents"
    " FROM payment m WHERE m.state IN ('received', 'bounced')"
    " AND m.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received'))";

}  // namespace relance
