// What is stored of one creditor's claims, as an import of claims asks for it: which pieces are known, and whose they
// are. Read once an import, in its transaction.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "host/sql.h"
#include "server/ledger_match.h"

namespace relance::server {

/// A piece's entry in `entry.source_key`: the hash that names the piece, a letter and a count. Longer than a ledger
/// line's key (stored_ledger.h), so that an import of a FEC never takes it for one.
inline constexpr char kTakenIn = 'c';
inline constexpr char kTakenBack = 'w';  // its reversal, when the batch was withdrawn

struct StoredPiece {
  Id case_id;
  std::int64_t amount_cents = 0;
};

struct StoredDebtorCase {
  Id id;
  Id debtor_id;
  CaseStage stage;
  std::string siren, siret;  // the debtor's
};

class StoredClaims {
 public:
  /// `source`: the kind of file (source_of_format).
  StoredClaims(sql::Connection& db, const Id& creditor, std::string_view source);

  /// Pieces that are on an account now: not those of withdrawn batches.
  [[nodiscard]] const StoredPiece* piece(const std::string& subject) const;
  /// The key under which a piece comes in next.
  [[nodiscard]] std::string next_key(const std::string& subject) const;
  /// Has another kind of file, or a person, brought a piece of that number and amount?
  [[nodiscard]] bool is_elsewhere(const std::string& piece_ref, std::int64_t amount_cents) const;

  [[nodiscard]] const StoredDebtorCase* by_ledger_ref(const std::string& ref) const;
  [[nodiscard]] const StoredDebtorCase* by_siren(const std::string& siren) const;
  [[nodiscard]] const StoredDebtorCase* by_id(const Id& case_id) const;

 private:
  void load_cases(sql::Connection& db, const Id& creditor);
  void load_pieces(sql::Connection& db, const Id& creditor);
  void load_elsewhere(sql::Connection& db, const Id& creditor, std::string_view source);

  std::unordered_map<Id, StoredDebtorCase> cases_;
  std::map<std::string, Id> by_ref_, by_siren_;
  std::unordered_map<std::string, StoredPiece> pieces_;  // by key
  std::unordered_map<std::string, int> taken_in_, taken_back_;
  std::unordered_set<std::string> elsewhere_;
};

/// Files of one kind name a piece alike: an invoice in CII is the same in UBL.
[[nodiscard]] std::string_view source_of_format(std::string_view format);

/// What the account of a case comes to as it is now, received money included.
struct CaseStanding {
  AccountStanding account;
  /// Money received that no entry of the account shows yet, whatever claims it was set against: a payment in a file may
  /// be this money.
  std::int64_t received_cents = 0;
};
[[nodiscard]] CaseStanding standing_of_case(sql::Connection& db, const Id& case_id);

/// Has the creditor live entries of an accounting ledger (`true`), or of other files (`false`)?
[[nodiscard]] bool has_entries_of_ledger(sql::Connection& db, const Id& creditor, bool of_ledger);

}  // namespace relance::server
