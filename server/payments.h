// What the office does with money: received (with a receipt, and set against what is owed), returned by the bank, or
// corrected by hand. The rows are never changed: what a debtor declared, what came and what went back stand beside each
// other, and the balance follows (host/case_query.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/allocation.h"
#include "server/ledger.h"

namespace relance::server {

struct Receipt {
  Id case_id;
  std::int64_t amount_cents = 0;  // > 0
  std::string paid_on;            // ISO date
  std::string means = "transfer";
  std::string bank_ref, payer;
  /// The declared payment that this one is; none: one of this amount that nobody has seen yet, if there is one.
  std::optional<Id> declared;
  /// Claims that the debtor pays, as a person says; empty: those whose pieces `said`, or the words at his declaration,
  /// name (C. civ. 1342-10: his choice comes first).
  std::vector<Id> chosen;
  std::string said;
  /// Interest that is booked with it: counts as owed, and is paid in its turn.
  std::int64_t interest_cents = 0;
  /// The same of the fixed indemnity for recovery costs: of traders, once an invoice.
  std::int64_t indemnity_cents = 0;
};

struct AllocatedPart {
  Part part = Part::principal;
  std::string piece;  // of the claim; empty: of the whole case
  std::int64_t cents = 0;
};

struct PaymentMade {
  Id payment;
  std::optional<Id> declared;
  std::string receipt_number;  // of the receipt; empty where none was made
  std::vector<AllocatedPart> parts;
  std::int64_t left_cents = 0;  // set against nothing: stands to the debtor's credit
  bool is_in_ledger = false;    // an entry of the ledger is this payment
};

/// Takes money in: the payment, its allocation in the order of the dated row, its receipt, one commit of the caller's.
/// REQUIRES: a Work is open. Errors: Failure{usage} for an amount or date that cannot be, Failure{refused} where a rule
/// forbids it.
[[nodiscard]] PaymentMade receive_payment(Ledger& ledger, const Author& author, const Receipt& receipt,
                                          const std::string& today);

/// Late interest to a day that nobody has booked on the case: what a payment in part would go to first (C. civ.
/// 1343-1), if the office claims it. A person decides that; whoever takes money in is told the figure.
[[nodiscard]] std::int64_t unbooked_interest(sql::Connection& db, const Id& case_id, const std::string& day);

struct PaymentReturned {
  Id payment;                       // the new row
  std::int64_t amount_cents = 0;    // > 0
  std::int64_t reopened_cents = 0;  // of what it had paid
  bool is_case_open_again = false;  // an import had closed it
};

/// The bank took it back: a row of its own beside the payment, and what it had paid is owed again, as before and due
/// when it was. REQUIRES: a Work is open. Failure{refused} for what was never received or came back before.
[[nodiscard]] PaymentReturned return_payment(Ledger& ledger, const Author& author, const Id& payment,
                                             const std::string& returned_on, const std::string& bank_ref);

struct PaymentFollowed {
  bool is_case_open_again = false;
};

/// What follows from a payment that was written by hand (`add payment`), as if it had come by the commands above: it is
/// joined with the ledger or takes over the entry of the one it replaces, and a return opens again what it had settled.
/// What was only declared changes nothing. REQUIRES: a Work is open.
PaymentFollowed follow_payment(Ledger& ledger, const Author& author, const Id& payment);

/// The received payment of that amount on the case that has not come back, the latest up to `until`; nothing: none.
[[nodiscard]] std::optional<Id> returnable_payment(sql::Connection& db, const Id& case_id,
                                                   std::int64_t amount_cents, const std::string& until);

/// Declared by an agent and neither received since nor corrected: the oldest of that amount on the case.
[[nodiscard]] std::optional<Id> declared_payment(sql::Connection& db, const Id& case_id,
                                                 std::int64_t amount_cents);

}  // namespace relance::server
