// What an agency has received for a creditor and pays on (CPCE R124-5, R124-6): the statement of receipts, the fee by
// the mandate's brackets, and what is late. The fee is between agency and creditor: nothing here touches what a debtor
// owes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/ledger.h"

namespace relance::server {

struct RemittanceLine {
  Id payment;
  std::string case_number, debtor, paid_on;
  std::int64_t received_cents = 0;  // below zero: it came back; of a correction the difference
  std::int64_t fee_cents = 0;
};

struct RemittancePlan {
  Id creditor_id;
  std::string creditor, until_on;
  std::vector<RemittanceLine> lines;  // by day
  std::int64_t received_cents = 0;
  std::int64_t fee_cents = 0;

  [[nodiscard]] std::int64_t due_cents() const { return received_cents - fee_cents; }
};

/// Receipts up to a day, and what came back, that no remittance holds. Errors: Failure{not_found} for an unknown
/// creditor, Failure{refused} where no mandate as an agency is in force on that day, Failure{usage} for no day.
[[nodiscard]] RemittancePlan plan_remittance(sql::Connection& db, const std::string& creditor,
                                             const std::string& until_on);

struct RemittanceMade {
  Id id;
  std::string number;  // V-2026-0001
  RemittancePlan plan;
};

/// The same, kept: a row with its number, named by each payment in it. REQUIRES: a Work is open.
/// Failure{refused} where there is nothing to remit.
[[nodiscard]] RemittanceMade make_remittance(Ledger& ledger, const Author& author,
                                             const std::string& creditor, const std::string& until_on,
                                             const std::string& today);

/// That it was transferred. REQUIRES: a Work is open. Failure{not_found, refused}.
void pay_remittance(Ledger& ledger, const Author& author, const std::string& number,
                    const std::string& paid_on);

/// Money of a creditor that is not with him yet, from some days before it must be.
struct LateReceipt {
  Id payment;
  std::string creditor, case_number, paid_on, due_on;
  std::int64_t cents = 0;
  bool is_late = false;  // the last day is over
};

/// As of `today`, by last day. Only receipts under a mandate as an agency.
[[nodiscard]] std::vector<LateReceipt> late_receipts(sql::Connection& db, const std::string& today);

}  // namespace relance::server
