// What was erased and may not come back: ids of rows, and the references by which a creditor's ledger or a bank would
// name the same person again. Kept as keyed hashes, for a limited time; the key is this database's own.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "host/clock.h"
#include "host/sql.h"
#include "sync/mutation.h"

namespace relance::server {

class ErasedIds {
 public:
  explicit ErasedIds(sql::Connection& db) : db_(db) {}

  /// REQUIRES: a Work is open.
  void remember(const Id& id, Ms until, Random& random);
  void remember_reference(std::string_view kind, const std::string& reference, Ms until, Random& random);
  /// Forgets those whose time is over; how many. REQUIRES: a Work is open.
  std::int64_t forget(Ms now);

  [[nodiscard]] bool knows(const Id& id) const;
  /// `kind`: "case_file.ledger_ref" (reference_of_account), or table and column of a unique value.
  [[nodiscard]] bool knows_reference(std::string_view kind, const std::string& reference) const;
  /// Does one of its operations name a row that was erased, or hang on one? `hanging`: rows that such edits before it
  /// would have made; those of this one are added.
  [[nodiscard]] bool touched_by(const sync::Mutation& mutation, std::set<Id>* hanging = nullptr) const;
  /// The rows that it would have hung on erased ones are remembered as long as these: what its author writes about them
  /// next is about the same person. REQUIRES: a Work is open.
  void remember_hanging(const sync::Mutation& mutation, Random& random);
  /// Nothing has ever been erased here: no question needs asking.
  [[nodiscard]] bool empty() const;

 private:
  [[nodiscard]] Bytes hash_of(std::string_view key, std::string_view kind, std::string_view content) const;
  [[nodiscard]] std::optional<Ms> remembered_until(std::string_view kind, std::string_view content) const;
  void keep(std::string_view kind, std::string_view content, Ms until, Random& random);

  sql::Connection& db_;
};

/// How a debtor's account at a creditor's is remembered.
[[nodiscard]] std::string reference_of_account(const Id& creditor, std::string_view ledger_ref);
/// Was the debtor of this account erased here? Imports pass his lines over.
[[nodiscard]] bool is_erased_account(sql::Connection& db, const Id& creditor, std::string_view ledger_ref);
inline constexpr std::string_view kAccountReference = "case_file.ledger_ref";

}  // namespace relance::server
