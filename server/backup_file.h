// A backup that only an offline key opens: the database under a key of its own, and sealed to the offline key
// (host/sealing.h) that key with every other key and setting of the office. Whoever steals it, the office's own keys
// or not, has noise; whoever has it and the offline key, on a bare machine, has the office.
//
//   relance backup 1\n
//   {"epoch":…,"audit_seq":…,"taken_at":…,…}\n        in the clear: which past it is of, and nobody's data
//   sealed (CMS): the same line, the database's key and SHA-256, the office's small files
//   the database (SQLCipher)
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "host/secret.h"
#include "host/sql.h"

namespace relance::server {

/// The past that a backup is of.
struct BackupFacts {
  std::string epoch;
  std::int64_t audit_seq = 0;  // its last entry: the position
  Ms taken_at = 0;             // when that was written
  int schema = 0;
  std::string ledger_head;  // SHA-256 of the erasure ledger as it was then, hex; empty where there was none
};
/// Of a database. `ledger`: the erasure ledger's bytes; empty where there is none.
[[nodiscard]] BackupFacts facts_of_backup(sql::Connection& db, std::string_view ledger);

/// Small files of the office by name: keys, certificates, settings, the erasure ledger.
using OfficeFiles = std::map<std::string, Secret>;

[[nodiscard]] bool is_sealed_backup(const std::filesystem::path& file);

/// Writes `file` (0600, durable) around a database that is keyed with `database_key`.
void write_sealed_backup(const std::filesystem::path& file, std::string_view certificate_pem,
                         const BackupFacts& facts, const std::filesystem::path& database,
                         std::string_view database_key, const OfficeFiles& files);

struct OpenedBackup {
  BackupFacts facts;
  Secret database_key;
  OfficeFiles files;
};
/// Opens it and writes its database, still keyed with `database_key`, to `database`. Failure{wrong_key} when it is not
/// sealed to this key, {bad_file} when it is damaged: then there is no `database`.
[[nodiscard]] OpenedBackup open_sealed_backup(const std::filesystem::path& file, const Secret& key_pem,
                                              const std::filesystem::path& database);

}  // namespace relance::server
