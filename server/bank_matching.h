// The lines of the bank that wait for a person: which case each is probably for, and what becomes of it once he says.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/payments.h"

namespace relance::server {

/// Cases proposed for one line; more would be no proposal.
inline constexpr std::size_t kProposalsShown = 3;

struct LineProposal {
  Id case_id;
  std::string number, debtor;
  int score = 0;
  std::vector<std::string_view> reasons;  // codes of rules/payment_match.h
};

struct BankLineRow {
  Id id;
  std::string reference, booked_on, value_on, currency, label, payer, return_code, state, case_number;
  std::int64_t amount_cents = 0;
  std::vector<LineProposal> proposals;  // of an open line

  /// The end of its reference that people type: eight characters.
  [[nodiscard]] std::string key() const;
};

/// Lines in the order of booking; open ones with their proposals. `today`: an ISO date.
[[nodiscard]] std::vector<BankLineRow> bank_lines(sql::Connection& db, bool only_open,
                                                  std::string_view today);

/// The line that a person means by its id, reference or key. Failure{not_found, usage}: none, or several.
[[nodiscard]] Id bank_line_named(sql::Connection& db, const std::string& name);

struct LineMatch {
  Id case_id;
  std::vector<std::string> pieces;   // that it pays, as a person says; empty: those that the texts name
  std::int64_t interest_cents = 0;   // booked with it
  std::int64_t indemnity_cents = 0;  // the same
  std::optional<Id> payment;  // received: the declared payment that it is; returned: the one that came back
};

struct MatchedLine {
  std::optional<PaymentMade> made;          // of money that came
  std::optional<PaymentReturned> returned;  // of money that went back
};

/// A person says which case a line is for: it becomes a payment, or the return of one.
/// REQUIRES: a Work is open. Failure{refused} where the line is not open, or there is nothing that it can return.
[[nodiscard]] MatchedLine match_line(Ledger& ledger, const Author& author, const Id& line,
                                     const LineMatch& match, const std::string& today);

/// A person says that a line concerns no case. REQUIRES: a Work is open. Failure{refused} where it is not open.
void ignore_line(Ledger& ledger, const Author& author, const Id& line);

}  // namespace relance::server
