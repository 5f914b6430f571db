// What the rows say of each case: parties, holders, balance, open claims and credits. One SQL for the office's
// database and for a replica; what follows from the figures (what is asked, which case comes first) is decided
// in rules/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"

namespace relance {

struct CaseFacts {
  Id id;
  std::string number;
  std::string creditor;  // names; empty where the row is not here yet (a replica that is still bootstrapping)
  std::string debtor;    // legal name, else trade name
  std::string stage;
  std::string next_action_on;  // ISO date, or empty
  std::int64_t priority = 0;
  std::vector<std::string> holders;  // names, in alphabetical order

  /// Entries, and open claims that no entry stands behind, less received money that the ledger has not booked yet
  /// (docs/decisions/012). Never stored: it follows from the rows.
  std::int64_t balance_cents = 0;

  struct Claim {
    Id id;
    std::string due_on;           // ISO date, or empty
    std::int64_t open_cents = 0;  // what no payment or credit has been set against
    std::string clock_from_on;    // ISO day from which limitation runs, or empty
    std::string limitation_rule;  // code that somebody named for it, or empty
  };
  std::vector<Claim> claims;  // those still open, in no order

  struct Credit {
    std::string account;
    bool is_note = false;    // a credit note; else money
    std::int64_t cents = 0;  // > 0
  };
  /// Open credit entries, by account and kind: rules/ says which may be set against claims.
  std::vector<Credit> credits;
  /// To be added to the credits: received money that the ledger does not show and nobody has set against a claim;
  /// below zero where more has been set against claims than that, out of money that is among the credits.
  std::int64_t received_cents = 0;
};

/// Every case, or the one named, in no order. REQUIRES: a transaction is open, so that the sums agree.
[[nodiscard]] std::vector<CaseFacts> case_facts(sql::Connection& db,
                                                const std::optional<Id>& only = std::nullopt);

/// What may be set against the claims: received money and credits of claim accounts; never below zero.
[[nodiscard]] std::int64_t credit_for_claims(const CaseFacts& facts);

/// The case that a person means: its number, or its id. Nothing when there is none.
[[nodiscard]] std::optional<Id> find_case(sql::Connection& db, std::string_view number_or_id);

}  // namespace relance
