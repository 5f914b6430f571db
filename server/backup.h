// Backups that are proven before they count, and the return to one: a new epoch, as docs/protocol.md
// ("When the server goes back in time") has it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "server/backup_file.h"
#include "server/ledger.h"
#include "server/office.h"

namespace relance::server {

struct BackupReport {
  std::int64_t bytes = 0;
  std::int64_t cases = 0;
  BackupFacts facts;
  bool is_sealed = false;  // to the offline key
};

/// An online, consistent copy, read back and verified; only then does it count, and devices may forget what it holds.
/// Sealed to the offline key where there is one (backup_key.h), else in the office's own key with a copy of the erasure
/// ledger beside it. Failure{exists} when `file` is there already.
[[nodiscard]] BackupReport make_backup(const Office& office, Ledger& ledger,
                                       const std::filesystem::path& file);

/// How far a copy holds each device's edits.
using BackupReach = std::vector<std::pair<Id, std::int64_t>>;
[[nodiscard]] BackupReach reach_of(sql::Connection& copy);

/// A copy that was read back, verified and is on the disk counts from here on: devices may forget, a week later,
/// what it holds.
void count_backup(Ledger& ledger, const BackupReach& reach, std::string_view name);

struct RestoreReport {
  BackupFacts facts;  // of the past that is back; taken_at is that of its newest commit
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

/// A backup's database, readable: `file` itself, or what was taken out of a sealed one.
struct BackupSource {
  std::string name;  // of the backup, for the audit log
  std::filesystem::path file;
  std::optional<Secret> key;  // its own; without one it is the office's
};

/// Puts the backup in the office's place. The replaced database is kept. REQUIRES: no server runs (the caller holds
/// the serve lock). Failure{bad_file} when the backup does not verify: then nothing was changed.
[[nodiscard]] RestoreReport restore_backup(const Office& office, const BackupSource& source,
                                           const Clock& clock, Random& random);

/// What a sealed backup was opened with: private half of the offline key, unencrypted.
using OfflineKey = std::optional<Secret>;

/// Takes a backup apart beside the office it goes into: the files that are missing in `directory` are put there, its
/// database goes to `making`. A file that is there is never replaced, but for an erasure ledger that is the beginning
/// of the backup's. Failure{usage} when a sealed one came without a key, {refused} when it is another office's.
[[nodiscard]] BackupSource unpack_backup(const std::filesystem::path& file, const OfflineKey& key,
                                         const std::filesystem::path& directory,
                                         const std::filesystem::path& making);

struct BackupTest {
  BackupFacts facts;
  std::int64_t cases = 0;
  bool is_recorded = false;  // here is the office that it is of
};
/// Restores a backup into a directory that goes again, as a new machine would, and verifies what rises there.
/// `office`: whose keys a backup without its own is opened with, and which remembers the test; none on another machine.
[[nodiscard]] BackupTest test_backup(const std::filesystem::path& file, const OfflineKey& key,
                                     const Office* office, const std::filesystem::path& scratch,
                                     const Clock& clock, Random& random, bool allow_plaintext);

/// New epoch; tokens, offers and origins cleared. REQUIRES: a write transaction is open.
void begin_epoch(sql::Connection& db, Random& random);

/// The same as one audited commit: what makes a copied database the office's own again.
void enter_new_epoch(Ledger& ledger, std::string_view backup_name);

}  // namespace relance::server
