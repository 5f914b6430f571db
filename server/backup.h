// Backups that are proven before they count, and the return to one: a new epoch, as docs/protocol.md
// ("When the server goes back in time") has it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/ledger.h"
#include "server/office.h"

namespace relance::server {

struct BackupReport {
  std::int64_t bytes = 0;
  std::int64_t cases = 0;
};

/// An online, consistent copy in the same key, read back and verified; only then does it count, and devices may
/// forget what it holds. Failure{exists} when `file` is there already.
[[nodiscard]] BackupReport make_backup(const Office& office, Ledger& ledger,
                                       const std::filesystem::path& file);

/// How far a copy holds each device's edits.
using BackupReach = std::vector<std::pair<Id, std::int64_t>>;
[[nodiscard]] BackupReach reach_of(sql::Connection& copy);

/// A copy that was read back, verified and is on the disk counts from here on: devices may forget, a week later,
/// what it holds.
void count_backup(Ledger& ledger, const BackupReach& reach, std::string_view name);

struct RestoreReport {
  Ms taken_at = 0;  // of the newest commit in the backup
  struct MissedDevice {
    Id device;
    std::string owner;
    Ms last_sync_at = 0;  // in the database that is replaced; 0 when it could not be read
  };
  std::vector<MissedDevice> devices;  // they have to come back for nothing to be missing
  std::int64_t erased_again = 0;      // cases that the backup still had although they had been erased
  std::filesystem::path kept;  // the database that was replaced, kept beside; empty when there was none
  /// False: it could not be written out whole. It is kept as it is, and may not outlive a power cut.
  bool kept_is_whole = true;
};

/// Puts the backup in the office's place. The replaced database is kept. REQUIRES: no server runs (the caller holds
/// the serve lock). Failure{bad_file} when the backup does not verify: then nothing was changed.
[[nodiscard]] RestoreReport restore_backup(const Office& office, const std::filesystem::path& file,
                                           const Clock& clock, Random& random);

/// New epoch; tokens, offers and origins cleared. REQUIRES: a write transaction is open.
void begin_epoch(sql::Connection& db, Random& random);

/// The same as one audited commit: what makes a copied database the office's own again.
void enter_new_epoch(Ledger& ledger, std::string_view backup_name);

}  // namespace relance::server
