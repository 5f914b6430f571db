// Takes an accounting export in: its receivables become debtors, cases, entries and claims of one creditor,
// through the one write path, in one commit. The same file again changes nothing; a later export adds what is
// new and settles what has been lettered since.
//
// Whatever comes in, at the end the sum of the entries over the creditor's cases equals the ledger's balance of
// accounts 41x, to the cent, debtor by debtor; otherwise nothing is kept. What that means for opening balances,
// for lines that vanished and for exports out of order: docs/decisions/010-ledger-imports.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "host/digest.h"
#include "server/committer.h"
#include "server/fec_reader.h"

namespace relance::server {

/// A ledger as read, and the hash of the file it came from.
struct FecSource {
  FecFile file;
  Digest hash{};
};

/// Reads the file in chunks, with no database open. `progress` is told bytes done and bytes in all (0: not known,
/// as for a pipe). Errors: Failure{not_found, io}; what is wrong inside the file is in `file.problems`.
[[nodiscard]] FecSource read_fec_source(const std::filesystem::path& path,
                                        const std::function<void(std::int64_t, std::int64_t)>& progress);

/// Where neither the command nor the creditor says otherwise.
inline constexpr std::int64_t kTermsDaysDefault = 30;

struct FecImportOptions {
  std::string creditor;                    // by exact name; made if there is none
  std::optional<std::int64_t> terms_days;  // none: the creditor's, else kTermsDaysDefault
  bool accept_unbalanced = false;
  /// Where the ledger's balances do not follow from what is stored: book the difference as an adjustment of each
  /// debtor instead of refusing.
  bool accept_difference = false;
  Author author;
  std::string today;  // ISO date: tells claims past due from those to come
};

struct FecImportReport {
  std::uint64_t lines_read = 0;
  std::uint64_t lines_kept = 0;   // of accounts 41x
  std::uint64_t lines_other = 0;  // counted, summed and forgotten

  std::int64_t debtors_added = 0;
  std::int64_t debtors_known = 0;
  std::int64_t debtors_erased = 0;  // accounts of persons who were erased: passed over
  std::int64_t erased_cents = 0;    // what the ledger has on these accounts
  std::int64_t cases_opened =
      0;  // made with something to ask; others are made closed, to carry their entries
  std::int64_t cases_reopened = 0;
  std::int64_t cases_closed = 0;  // had something to ask, have nothing now

  std::int64_t entries_added = 0;
  std::int64_t entries_known = 0;
  std::int64_t entries_settled = 0;   // known, open at the last import, lettered since
  std::int64_t entries_reopened = 0;  // the other way about
  std::int64_t claims_added = 0;
  std::int64_t claims_settled = 0;
  std::int64_t claims_reopened = 0;

  std::int64_t openings_skipped = 0;  // opening lines that restate entries of an earlier year
  std::int64_t entries_vanished = 0;  // in an earlier export of these days, not in this one: reversed
  std::int64_t vanished_cents = 0;
  std::int64_t differences = 0;  // debtors whose balance was adjusted (accept_difference)
  std::int64_t difference_cents = 0;
  std::int64_t carried_cents =
      0;  // balance of earlier years that a ledger without opening lines does not state

  std::int64_t ledger_balance_cents = 0;  // of 41x, as the ledger says, with what is carried
  std::int64_t cases_balance_cents =
      0;  // sum of the entries over the creditor's cases, to the ledger's last day
  std::int64_t open_credits_cents = 0;  // not matched with anything; set against claims in what is asked

  std::int64_t payments_booked = 0;  // received before, now shown by an entry: they count once (decision 012)
  std::int64_t payments_unbooked = 0;  // whose entry vanished from the ledger: they count by themselves again

  bool dry_run = false;
  bool changes_nothing = true;
};

/// What import_fec would do, from one snapshot; writes nothing.
/// Errors: Failure{bad_file} for a damaged or unbalanced file, Failure{refused} for one that does not follow
/// from what is stored, Failure{usage} for impossible options.
[[nodiscard]] FecImportReport preview_fec(sql::Connection& db, Random& random, Ms now, FecSource source,
                                          const FecImportOptions& options);

/// Takes the ledger in: all of it in one commit, or, when it throws, none of it. Errors: as preview_fec.
[[nodiscard]] FecImportReport import_fec(Committer& committer, FecSource source,
                                         const FecImportOptions& options);

}  // namespace relance::server
