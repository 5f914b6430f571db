// What each import made, and how one is taken back. Nothing is deleted: entries are reversed by new ones, claims become
// `withdrawn`, cases that are left with nothing close. What the import found out about people (names, numbers) stays,
// with its source. A withdrawn file can be imported again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "server/ledger.h"

namespace relance::server {

struct BatchFacts {
  Id id;
  Id creditor_id;
  std::string creditor;
  std::string format;
  std::string author;
  Ms happened_at = 0;
  std::int64_t lines_read = 0;
  std::int64_t lines_kept = 0;
  std::int64_t entries = 0;  // that it made
  std::int64_t claims = 0;
  std::int64_t cases = 0;
  std::int64_t cents = 0;  // sum of its entries
  std::optional<Ms> withdrawn_at;
};

/// Newest first. `creditor`: a name, or empty for all. Imports of bank files are listed too.
[[nodiscard]] std::vector<BatchFacts> list_batches(sql::Connection& db, const std::string& creditor);

/// By id, or by its last characters (six or more) where they name one only. Failure{not_found}.
[[nodiscard]] BatchFacts one_batch(sql::Connection& db, const std::string& id);

struct BatchRow {
  std::string case_number;
  std::string debtor;
  std::string kind;  // of the entry
  std::string piece_ref;
  std::string booked_on;
  std::string due_on;       // of its claim, or empty
  std::string claim_state;  // or empty
  std::int64_t amount_cents = 0;
};
/// The entries that a batch brought, by case and date.
[[nodiscard]] std::vector<BatchRow> rows_of_batch(sql::Connection& db, const Id& batch);

/// Why a batch cannot be taken back.
struct Obstacle {
  std::string code;  // payments, allocations, letters, plans, legal_steps, later_import, withdrawn, format
  std::int64_t count = 0;
  std::string sentence;
};
/// What rests on the batch: empty when it can be taken back.
[[nodiscard]] std::vector<Obstacle> obstacles_of(sql::Connection& db, const BatchFacts& batch);

struct WithdrawalReport {
  Id batch;
  std::int64_t entries_reversed = 0;
  std::int64_t claims_withdrawn = 0;
  std::int64_t cases_closed = 0;
  std::int64_t cases_reopened = 0;  // closed by the import, which is gone
  std::int64_t cents = 0;           // sum of the reversed entries
};

/// `id`: as one_batch takes it. The batch is read in the Work, so that of two who withdraw it at once the second is
/// told. REQUIRES: a Work is open; one that is not committed makes it a dry run. Errors: Failure{not_found},
/// Failure{refused} that names the obstacles, or when the author may not.
[[nodiscard]] WithdrawalReport withdraw_batch(Ledger& ledger, const Author& author, const std::string& id);

}  // namespace relance::server
