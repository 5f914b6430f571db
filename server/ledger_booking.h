// Joins the payments that the office has received with the entries by which a creditor's ledger shows them, so that
// each moves the balance once (docs/decisions/012-received-money-and-the-ledger.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "server/edit_batch.h"
#include "server/row_ids.h"
#include "sync/mutation.h"

namespace relance::server {

struct BookingReport {
  std::int64_t booked = 0;    // payments that an entry of the ledger stands for now
  std::int64_t unbooked = 0;  // joined before, and the entry has vanished from the ledger: they count again
};

/// Joins what there is to join, and separates what there is to separate, on the cases of a creditor or on one case. A
/// received payment that takes another's place takes over its entry. REQUIRES: entries and payments are stored; a Work
/// is open.
[[nodiscard]] BookingReport join_with_ledger(sql::Connection& db, const Id& creditor,
                                             const std::optional<Id>& case_id, RowIds& ids, EditBatch& edits);

/// The operation that says: this entry is that payment, with so much of it.
[[nodiscard]] sync::Op booking_op(const Id& id, const Id& case_id, const Id& payment, const Id& entry,
                                  std::int64_t cents);

/// A payment that counts beside the ledger because no entry shows it.
struct UnbookedPayment {
  Id id, case_id;
  std::string case_number, state, paid_on;
  std::int64_t cents = 0;  // what no entry shows of it; below zero: it bounced
};
[[nodiscard]] std::vector<UnbookedPayment> unbooked_payments(sql::Connection& db,
                                                             const std::optional<Id>& creditor = std::nullopt,
                                                             const std::optional<Id>& case_id = std::nullopt);

}  // namespace relance::server
