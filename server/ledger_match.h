// Lays an accounting export over what is stored of the same creditor: which lines are known, which are new, which
// vanished, and whether each debtor's balance follows. Reads only; server/fec_import.cpp writes what follows from it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "rules/receivables.h"
#include "server/fec_import.h"
#include "server/imported_case.h"
#include "server/stored_ledger.h"

namespace relance::server {

/// A debtor's account: what the file says of it and what is stored.
struct MatchedAccount {
  static constexpr std::size_t kUnknown = static_cast<std::size_t>(-1);

  std::string ref;                        // as case_file.ledger_ref holds it
  const DebtorAccount* debtor = nullptr;  // null: the file has no line of it
  const StoredCase* known = nullptr;      // null: new
  std::vector<std::string> keys;          // of the debtor's entries
  std::vector<std::size_t> found;         // the stored entry of each, or kUnknown
  std::vector<bool> is_settled;           // each, as the ledger says; but see returned_cents
  /// Money that came back and that the file shows only as having come. What the ledger settled with it is open.
  std::int64_t returned_cents = 0;
  std::vector<std::size_t> reversed;  // stored lines that vanished, or came back
  std::int64_t expected_cents = 0;    // the ledger's balance at its last day
  std::int64_t difference_cents = 0;  // booked as an adjustment
};

/// A debtor's account as case_file.ledger_ref holds it. A longer one keeps its identity by a hash: two that differ at
/// the end must not become one debtor.
[[nodiscard]] std::string ledger_ref_of(const std::string& account);

class LedgerMatch {
 public:
  /// `file` gives up its lines. `terms_days`: from piece to due date.
  /// Errors: Failure{refused} where the ledger does not follow from what is stored.
  LedgerMatch(const Id& creditor, StoredLedger stored, FecFile& file, std::int64_t terms_days,
              bool accept_difference, FecImportReport& report);

  [[nodiscard]] const std::vector<MatchedAccount>& accounts() const { return accounts_; }
  [[nodiscard]] const StoredLedger& stored() const { return stored_; }
  [[nodiscard]] const LedgerLine& line(std::size_t at) const { return lines_[at]; }
  [[nodiscard]] AccountStanding standing_of(const MatchedAccount& account) const;

  /// Of the stored entries: in the file too; lettered and settled as they will be.
  [[nodiscard]] bool is_seen(std::size_t at) const { return seen_[at]; }
  [[nodiscard]] bool will_be_settled(std::size_t at) const { return settled_[at]; }
  [[nodiscard]] const std::string& letter(std::size_t at) const { return letters_[at]; }

  [[nodiscard]] const std::string& first_day() const { return first_; }
  [[nodiscard]] const std::string& last_day() const { return last_; }
  /// The general account that an adjustment of this debtor is booked on.
  [[nodiscard]] std::string adjustment_account(const MatchedAccount& account) const;
  /// The key of a line (or of what the import books itself) within this creditor.
  [[nodiscard]] std::string key_of(const std::string& content);

 private:
  void read(FecFile& file, std::int64_t terms_days);
  void carry_balances();
  void skip_openings(std::int64_t terms_days);
  void match();
  void match_entries(MatchedAccount& account);
  void find_returned(MatchedAccount& account);
  [[nodiscard]] std::vector<StoredReturn> returns_not_in_file(const MatchedAccount& account) const;
  void find_vanished(MatchedAccount& account);
  void check_vanished() const;
  void settle_balances();

  Id creditor_;
  StoredLedger stored_;
  bool accept_difference_;
  FecImportReport& report_;

  std::vector<LedgerLine> lines_;
  Receivables view_;
  std::map<std::string, std::int64_t> expected_;  // balance of each account, as the ledger says
  std::string first_, last_;                      // days of the ledger
  bool is_newest_ = true;                         // it ends no earlier than what is stored
  std::vector<MatchedAccount> accounts_;

  std::vector<bool> seen_, settled_;
  std::vector<std::string> letters_;
  Sha256 hasher_;
};

}  // namespace relance::server
