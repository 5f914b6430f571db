// Takes claims in, whatever file they came in: debtors, how to reach them, cases, entries and claims of one creditor,
// through the one write path, in one commit. The import is a batch, which lists what it made and can be withdrawn
// (import_batches.h).
//
// The same piece again changes nothing. A piece is known by creditor, form of the file, account and number: hashed into
// entry.source_key, with a count behind it, since what a withdrawn batch brought may come again. A piece that is stored
// with another amount is left as it is and told: whether it was paid, corrected or mistyped, only a person knows.
//
// A creditor whose receivables come from an accounting ledger (FEC) takes nothing from other files, and the other way
// about: both would hold the same invoices. Of other forms, a piece that another one brought is known by its number and
// amount.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/digest.h"
#include "server/claim_lines.h"
#include "server/committer.h"

namespace relance::server {

/// A file as read, and what is kept of it beside its claims.
struct ClaimsSource {
  ClaimFile file;
  Digest hash{};
  std::string name;        // of the file, without its folder: the source of each contact point
  std::string evidence;    // the bytes, where the file itself proves the claim (an invoice); else empty
  std::string media_type;  // of the evidence
};

struct ClaimsImportOptions {
  std::string creditor;  // by exact name; made if there is none
  std::optional<std::int64_t>
      terms_days;  // from piece to due date where the file states none; else the creditor's
  Author author;
  std::string today;  // ISO date: tells claims past due from those to come
};

struct ClaimsImportReport {
  std::string format;
  std::uint64_t lines_read = 0;
  std::uint64_t lines_kept = 0;
  std::uint64_t lines_other = 0;  // of accounts that are not customers': counted and forgotten

  std::int64_t debtors_added = 0;
  std::int64_t debtors_known = 0;
  std::int64_t debtors_erased = 0;  // persons who were erased: their lines are passed over
  std::int64_t contacts_added = 0;
  std::int64_t cases_opened = 0;
  std::int64_t cases_reopened = 0;
  std::int64_t cases_closed = 0;

  std::int64_t entries_added = 0;
  std::int64_t entries_known = 0;
  std::int64_t entries_elsewhere = 0;  // another form of file brought the same piece
  std::int64_t claims_added = 0;
  std::int64_t added_cents = 0;              // sum of the new entries
  std::int64_t due_assumed = 0;              // claims whose due date is neither stated nor agreed
  std::vector<std::uint64_t> changed_lines;  // stored with another amount: left as they are

  std::vector<FileProblem> notices;
  std::uint64_t notice_count = 0;
  std::optional<Id> batch;  // none when nothing was new, or in a dry run
  bool dry_run = false;
  bool changes_nothing = true;
};

/// What import_claims would do, from one snapshot; writes nothing.
/// Errors: Failure{bad_file} for a file with problems, Failure{refused} where it does not fit the creditor,
/// Failure{usage} for impossible options.
[[nodiscard]] ClaimsImportReport preview_claims(sql::Connection& db, Random& random, Ms now,
                                                const ClaimsSource& source,
                                                const ClaimsImportOptions& options);

/// Takes the file in: all of it in one commit, or, when it throws, none of it. Errors: as preview_claims.
[[nodiscard]] ClaimsImportReport import_claims(Committer& committer, const ClaimsSource& source,
                                               const ClaimsImportOptions& options);

}  // namespace relance::server
