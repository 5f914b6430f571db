// What is stored of one creditor's ledger: the cases that bear an account of it, their entries and claims.
// Read once an import, in its transaction.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/digest.h"
#include "host/sql.h"
#include "server/imported_case.h"

namespace relance::server {

/// The name of an entry in `entry.source_key`. 32 bytes for a line of the ledger. The office's own entries add
/// a letter and a count to the line (or the account) they speak of, so they are told apart by their length.
inline constexpr std::size_t kLineKeyBytes = 32;
inline constexpr char kReversal =
    'v';  // of a line that vanished from the ledger; every second one takes that back
inline constexpr char kDifference = 'd';  // between a debtor's account and the ledger's balance

struct StoredEntry {
  Id id;
  std::string key;
  std::string kind;
  std::string account, journal;
  std::string letter;
  std::string booked_on;
  std::int64_t amount_cents = 0;
  bool is_settled = false;
  std::optional<Id> claim_id;
  std::string claim_state;     // empty: no claim was made of it
  bool is_taken_back = false;  // its import was withdrawn, and no later one has brought it again

  [[nodiscard]] bool is_line() const { return key.size() == kLineKeyBytes; }
};

/// Money that came back, of which the ledger shows only that it came (returned_money.h).
struct StoredReturn {
  Id id;  // of the return
  std::string returned_on;
  std::int64_t cents = 0;  // > 0
  std::size_t entry = 0;   // of the payment: an index into StoredLedger::entries
};

struct StoredCase {
  Id id;
  CaseStage stage;
  std::vector<std::size_t> entries;  // indexes into StoredLedger::entries
  std::vector<StoredReturn> returns;
};

struct StoredLedger {
  std::map<std::string, StoredCase> cases;  // by account in the ledger
  std::vector<StoredEntry> entries;
  std::unordered_map<std::string, std::size_t> by_key;  // lines only
  std::unordered_map<std::string, int> own_counts;  // of the office's own entries, by key without the count
  std::string first_booked_on, last_booked_on;      // of all lines but those taken back; empty: none

  /// The next key of an own entry about `subject` (kLineKeyBytes of it).
  [[nodiscard]] std::string next_own_key(const std::string& subject, char letter) const;
  [[nodiscard]] int own_count(const std::string& subject, char letter) const;
};

[[nodiscard]] StoredLedger load_stored_ledger(sql::Connection& db, const Id& creditor);

}  // namespace relance::server
