// Receipts (quittances, CPCE R124-6): one for every payment received, numbered without a gap by the server alone. The
// letter's text and PDF are made from the row when it is issued.
#pragma once

#include <string>
#include <vector>

#include "server/ledger.h"

namespace relance::server {

/// Received payments that have no receipt: what was entered by hand with `add payment`, oldest first.
struct Unreceipted {
  Id payment, case_id;
  std::string case_number, paid_on;
  std::int64_t amount_cents = 0;
};
[[nodiscard]] std::vector<Unreceipted> payments_without_receipt(sql::Connection& db);

/// Numbers one for each of them; how many. REQUIRES: a Work is open.
std::int64_t give_missing_receipts(Ledger& ledger, const Author& author, const std::string& today);

/// The letter row of a payment's receipt: a draft that bears its number.
[[nodiscard]] sync::Op receipt_op(const Id& letter, const Id& case_id, const Id& payment,
                                  const std::string& number);

}  // namespace relance::server
