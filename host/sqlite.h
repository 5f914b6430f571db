// The SQLite driver (SQLCipher where it is found: one engine a process).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/sql.h"

namespace relance::sql {

struct SqliteOptions {
  enum class Mode { create, open, read_only } mode = Mode::open;
  /// 32 raw bytes; none opens a plain file, which only --allow-plaintext and tests ask for.
  std::optional<std::string> key;
  bool enforce_references = false;  // the server's tables do, a replica's cannot
  int busy_ms = 10'000;             // how long a writer waits for another process's commit
  int cache_kib = 16 * 1024;
  std::string vfs = {};  // registered with the engine; empty: the system's. Tests name a disk that fails.
};

/// Opens with WAL, synchronous=FULL, secure_delete=ON, defensive settings. Errors: Failure{not_found, exists,
/// wrong_key, plaintext, corrupt, io}.
[[nodiscard]] std::unique_ptr<Connection> open_sqlite(const std::filesystem::path& file,
                                                      const SqliteOptions& options);

/// "SQLCipher 4.6.1 community on SQLite 3.46.1", or what is there instead.
[[nodiscard]] std::string engine_description();
/// Does this process's engine encrypt?
[[nodiscard]] bool engine_encrypts();

/// A consistent copy of the open database, taken while others write, in the same key and on the same VFS. `to` must
/// not exist.
void copy_sqlite(Connection& from, const std::filesystem::path& to, const std::optional<std::string>& key);

/// What PRAGMA integrity_check and foreign_key_check say; empty when all is well.
[[nodiscard]] std::string check_sqlite(Connection& db, bool references);

/// Moves the WAL into the database and truncates it. False when a reader was in the way.
bool checkpoint_sqlite(Connection& db);

/// How long this connection waits for another one's commit from now on.
void set_patience(Connection& db, int busy_ms);

/// While it lives, rows go and nobody looks who points at them: where the pointing column has no index, every single
/// deletion would read a table whole. Who used it asks dangling_reference() in the end, which reads each table once.
/// REQUIRES: no transaction is open where it begins and where it ends.
class UnwatchedReferences {
 public:
  explicit UnwatchedReferences(Connection& db);
  UnwatchedReferences(const UnwatchedReferences&) = delete;
  UnwatchedReferences& operator=(const UnwatchedReferences&) = delete;
  ~UnwatchedReferences();

 private:
  Connection& db_;
  bool were_watched_;
};

/// Which table points to a row that is not there, in words that name no value; empty where all is well.
[[nodiscard]] std::string dangling_reference(Connection& db);

/// Writes the database anew, so that no byte of a row that is gone is left in it, and empties the WAL. `secure_delete`
/// alone leaves values in the gaps of pages. Needs as much free space again as the database has, twice; beside it, and
/// not in memory, where the database is larger than `in_memory_max`: in a file that has no name and the same key.
/// Errors: Failure{busy} when another connection was in the way: the rewriting stands, the emptying has to come again.
inline constexpr std::int64_t kRewrittenInMemoryMax = 128LL * 1024 * 1024;
void rewrite_sqlite(Connection& db, std::int64_t in_memory_max = kRewrittenInMemoryMax);

/// Hands every page of the database file to `take` as the engine sees it: free pages and gaps included, decrypted.
/// Returns the bytes handed. With the key, or of a plain file, page by page; otherwise the whole at once, in memory.
/// REQUIRES: the WAL is empty (rewrite_sqlite), or its pages are not among them.
std::int64_t for_each_page(Connection& db, const std::optional<std::string>& key,
                           const std::function<void(std::string_view)>& take);

/// Stops a running statement of this connection from another thread (an interrupt by the user).
void interrupt_sqlite(Connection& db) noexcept;

}  // namespace relance::sql
