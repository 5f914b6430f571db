// Takes a bank's file in: its receipts and returns become open lines, until a person says what each is. The same
// movement again, in whatever file, is known by its reference; so the same file twice adds nothing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "host/digest.h"
#include "server/bank_file.h"
#include "server/committer.h"

namespace relance::server {

struct BankSource {
  BankFile file;
  Digest hash{};
};

/// Reads the file, with no database open. Failure{not_found, io, bad_file}; what is wrong inside is in `file.problems`.
[[nodiscard]] BankSource read_bank_source(const std::filesystem::path& path);

struct BankImportOptions {
  /// Whose account it is, by exact name; empty: one account for several creditors, as an agency has.
  std::string creditor;
  /// Also what was paid out. Without it, fees, wages and suppliers are counted and forgotten: they concern no debtor.
  bool with_debits = false;
  bool dry_run = false;
  Author author;
};

struct BankImportReport {
  BankFormat format = BankFormat::unknown;
  std::uint64_t statements = 0;
  std::int64_t lines_read = 0;   // booked movements
  std::int64_t lines_kept = 0;   // receipts and returns
  std::int64_t lines_other = 0;  // paid out: counted and forgotten
  std::int64_t lines_pending = 0;
  std::int64_t lines_new = 0;
  std::int64_t lines_known = 0;
  std::int64_t lines_erased = 0;    // of persons who were erased here: passed over
  std::int64_t received_cents = 0;  // of the new ones, in euros
  std::int64_t returned_cents = 0;
  std::string first_on, last_on;
  std::vector<std::string> notices;
  bool dry_run = false;
};

/// All in one commit, or nothing. Failure{bad_file} for a damaged file, Failure{not_found} for an unknown creditor.
[[nodiscard]] BankImportReport import_bank(Committer& committer, const BankSource& source,
                                           const BankImportOptions& options);
/// What import_bank would do; writes nothing.
[[nodiscard]] BankImportReport preview_bank(sql::Connection& db, const BankSource& source,
                                            const BankImportOptions& options);

}  // namespace relance::server
