#include "host/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <vector>

#include "host/failure.h"
#include "host/openssl.h"

namespace relance::sql {
namespace {

constexpr std::size_t kKeyBytes = 32;

Code code_of(int rc) {
  switch (rc & 0xff) {
    case SQLITE_CONSTRAINT: return Code::constraint;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::busy;
    case SQLITE_FULL: return Code::disk_full;
    case SQLITE_CORRUPT: return Code::corrupt;
    case SQLITE_NOTADB: return Code::wrong_key;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE: return Code::internal;
    default: return Code::io;
  }
}

// Failures of the file system that say what to do about them.
std::string_view plain_sentence(int rc) {
  switch (rc & 0xff) {
    case SQLITE_READONLY:
    case SQLITE_PERM: return "The database may only be read here; check owner and rights of its directory.";
    case SQLITE_CANTOPEN:
      return "The database or a file beside it cannot be opened; check owner and rights of its directory, "
             "and the "
             "limit of open files.";
    case SQLITE_NOMEM: return "There is not enough memory; nothing was half done.";
    default: return {};
  }
}

// The engine's own message names columns and SQL; people get a sentence, and the code tells programs the rest.
[[noreturn]] void fail(int rc) {
  const Code code = code_of(rc);
  std::string sentence;
  switch (code) {
    case Code::busy: sentence = "Another process is writing to this database; try again in a moment."; break;
    case Code::disk_full:
      sentence = "The disk is full; nothing was changed. Free some space and try again.";
      break;
    case Code::corrupt:
      sentence = "The database is damaged; run verify, and restore the newest backup.";
      break;
    case Code::wrong_key:
      sentence = "The database does not open: the key is wrong, or the file is no database.";
      break;
    case Code::constraint: sentence = "The row contradicts another row."; break;
    case Code::internal:
      sentence = "The database did not accept a statement (engine code " + std::to_string(rc) + ").";
      break;
    default:
      sentence = plain_sentence(rc);
      if (sentence.empty())
        sentence = "The disk or file system failed (engine code " + std::to_string(rc) + "); check the disk.";
      break;
  }
  throw Failure(code, sentence);
}

void check(int rc) {
  if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) fail(rc);
}

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, CloseDatabase>;

struct Finalize {
  void operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
};

class SqliteStatement final : public Statement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}

  void bind_null(int i) override { check(sqlite3_bind_null(get(), i)); }
  void bind(int i, std::int64_t v) override { check(sqlite3_bind_int64(get(), i, v)); }
  void bind_text(int i, std::string_view v, bool stays) override {
    // a null pointer would bind NULL: an empty text is text
    check(sqlite3_bind_text(get(), i, v.data() == nullptr ? "" : v.data(), static_cast<int>(v.size()),
                            keep(stays)));
  }
  void bind_bytes(int i, std::string_view v, bool stays) override {
    check(sqlite3_bind_blob(get(), i, v.data() == nullptr ? "" : v.data(), static_cast<int>(v.size()),
                            keep(stays)));
  }

  bool step() override {
    const int rc = sqlite3_step(get());
    if (rc == SQLITE_ROW) return true;
    if (rc == SQLITE_DONE) return false;
    const int extended = sqlite3_extended_errcode(sqlite3_db_handle(get()));
    sqlite3_reset(get());
    fail(extended == SQLITE_OK ? rc : extended);
  }
  void reset() override {
    sqlite3_reset(get());  // repeats the step's error, which was thrown then
    sqlite3_clear_bindings(get());
  }

  int column_count() const override { return sqlite3_column_count(get()); }
  std::string_view column_name(int c) const override { return sqlite3_column_name(get(), c); }
  bool is_null(int c) const override { return sqlite3_column_type(get(), c) == SQLITE_NULL; }
  std::int64_t integer(int c) const override { return sqlite3_column_int64(get(), c); }
  std::string_view view(int c) const override {
    // bytes before length: the other order may convert under our feet
    const void* data = sqlite3_column_blob(get(), c);
    const int size = sqlite3_column_bytes(get(), c);
    return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
  }
  Value value(int c) const override {
    switch (sqlite3_column_type(get(), c)) {
      case SQLITE_NULL: return Null{};
      case SQLITE_INTEGER: return integer(c);
      case SQLITE_BLOB:
        if (const auto id = Id::from_bytes(view(c))) return *id;
        return Bytes{std::string(view(c))};
      default: return std::string(view(c));
    }
  }

 private:
  static sqlite3_destructor_type keep(bool stays) {
    // SQLITE_TRANSIENT is (destructor)-1, which an old-style cast spells in the header
    return stays ? nullptr : reinterpret_cast<sqlite3_destructor_type>(std::intptr_t{-1});
  }
  sqlite3_stmt* get() const { return statement_.get(); }

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteConnection final : public Connection {
 public:
  explicit SqliteConnection(Handle handle) : handle_(std::move(handle)) {}

  schema::Dialect dialect() const override { return schema::Dialect::sqlite; }

  void execute(std::string_view script) override {
    const std::string text{script};
    const int rc = sqlite3_exec(handle_.get(), text.c_str(), nullptr, nullptr, nullptr);
    if (rc != SQLITE_OK) fail(sqlite3_extended_errcode(handle_.get()));
  }

  std::unique_ptr<Statement> prepare(std::string_view text) override { return compile(text, 0); }

  std::int64_t changes() const override { return sqlite3_changes64(handle_.get()); }

  void begin(Access access) override { run_kept(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN"); }
  void commit() override { run_kept("COMMIT"); }
  void rollback() noexcept override {
    if (in_transaction()) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }
  bool in_transaction() const override { return sqlite3_get_autocommit(handle_.get()) == 0; }

  void savepoint() override { run_kept("SAVEPOINT s"); }
  void release_savepoint() override { run_kept("RELEASE s"); }
  void rollback_savepoint() override {
    run_kept("ROLLBACK TO s");
    run_kept("RELEASE s");
  }

  Statement* borrow(std::string_view text) override {
    // Most queries are literals: the same address is the same text, found without hashing it.
    auto found = kept_.find(text);
    if (found == kept_.end()) {
      auto entry =
          std::make_unique<Kept>(Kept{std::string(text), compile(text, SQLITE_PREPARE_PERSISTENT), false});
      const std::string_view key = entry->text;
      by_statement_[entry->statement.get()] = entry.get();
      found = kept_.emplace(key, std::move(entry)).first;
    }
    if (found->second->busy) return nullptr;
    found->second->busy = true;
    return found->second->statement.get();
  }
  void give_back(Statement* statement) noexcept override {
    statement->reset();
    by_statement_.find(statement)->second->busy = false;
  }

  sqlite3* raw() { return handle_.get(); }

 private:
  struct Kept {
    std::string text;
    std::unique_ptr<SqliteStatement> statement;
    bool busy;
  };

  std::unique_ptr<SqliteStatement> compile(std::string_view text, unsigned flags) {
    sqlite3_stmt* statement = nullptr;
    const int rc = sqlite3_prepare_v3(handle_.get(), text.data(), static_cast<int>(text.size()), flags,
                                      &statement, nullptr);
    if (rc != SQLITE_OK) fail(sqlite3_extended_errcode(handle_.get()));
    return std::make_unique<SqliteStatement>(statement);
  }

  void run_kept(std::string_view text) {
    Query q(*this, text);
    q.next();
  }

  Handle handle_;
  std::unordered_map<std::string_view, std::unique_ptr<Kept>> kept_;
  std::unordered_map<const Statement*, Kept*> by_statement_;
};

std::string hex_key(const std::string& key) {
  RELANCE_ASSERT(key.size() == kKeyBytes);
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

const char* name_or_default(const std::string& vfs) { return vfs.empty() ? nullptr : vfs.c_str(); }

bool file_exists(const std::filesystem::path& file, const std::string& vfs) {
  if (vfs.empty()) return std::filesystem::exists(file);
  sqlite3_vfs* disk = sqlite3_vfs_find(vfs.c_str());
  RELANCE_ASSERT(disk != nullptr);
  int exists = 0;  // by READWRITE: for EXISTS an empty file is none
  check(disk->xAccess(disk, file.c_str(), SQLITE_ACCESS_READWRITE, &exists));
  return exists != 0;
}

// The name of the VFS that a connection works on; empty for the system's own.
std::string vfs_of(sqlite3* db) {
  sqlite3_vfs* vfs = nullptr;
  check(sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs));
  return vfs == sqlite3_vfs_find(nullptr) ? "" : vfs->zName;
}

// Of a path in a URI, where ? and # and % mean something.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '%')
      out += "%25";
    else if (c == '?')
      out += "%3f";
    else if (c == '#')
      out += "%23";
    else
      out += c;
  }
  return out;
}

// The engine says in its log, and nowhere else, that it has read a WAL that nobody had open. The log is set before
// main, since it cannot be once the engine has begun.
thread_local bool has_recovered_wal = false;

void hear(void*, int code, const char*) {
  if (code == SQLITE_NOTICE_RECOVER_WAL) has_recovered_wal = true;
}
const int kListens = sqlite3_config(SQLITE_CONFIG_LOG, hear, nullptr);

enum class Beside { used, ignored };

// With `ignored` the file is read as it is: no WAL, no shared memory, no locks.
Handle open_handle(const std::filesystem::path& file, SqliteOptions::Mode mode, const std::string& vfs = {},
                   Beside beside = Beside::used) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == SqliteOptions::Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (mode == SqliteOptions::Mode::create) flags |= SQLITE_OPEN_CREATE;
  std::string name = file.string();
  if (beside == Beside::ignored) {
    name = "file:" + escaped(name) + "?immutable=1";
    flags |= SQLITE_OPEN_URI;
  }
  sqlite3* raw = nullptr;
  const int rc = sqlite3_open_v2(name.c_str(), &raw, flags, name_or_default(vfs));
  Handle handle{raw};
  if (rc != SQLITE_OK)
    throw Failure(Code::io,
                  "Cannot open " + file.string() + ": check that it exists and may be read and written.");
  return handle;
}

void pragma(sqlite3* db, const std::string& text) {
  check(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr));
}

void set_key(sqlite3* db, const std::optional<std::string>& key) {
  if (!key) return;
  if (!engine_encrypts()) throw Failure(Code::plaintext, std::string(facts_of(Code::plaintext).sentence));
  // Or a wrong key prints "ERROR CORE ..." on stderr, behind our sentence.
  pragma(db, "PRAGMA cipher_log_level = NONE");
  std::string text = "PRAGMA key = \"x'" + hex_key(*key) + "'\"";
  const int rc = sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr);
  text.assign(text.size(), '\0');
  check(rc);
}

bool has_wal(const std::filesystem::path& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file.string() + "-wal", none);
  return !none && size > 0;
}

Handle prepared(Handle handle, const SqliteOptions& options) {
  sqlite3* db = handle.get();
  set_key(db, options.key);
  check(sqlite3_busy_timeout(db, options.busy_ms));
  // A misspelt quoted column must not become a string; a hostile file must not reach internals.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  pragma(db, "PRAGMA temp_store = MEMORY");
  pragma(db, "PRAGMA cache_size = -" + std::to_string(options.cache_kib));
  pragma(db, "PRAGMA cell_size_check = ON");
  pragma(db, std::string("PRAGMA foreign_keys = ") + (options.enforce_references ? "ON" : "OFF"));
  if (options.mode != SqliteOptions::Mode::read_only) {
    pragma(db, "PRAGMA journal_mode = WAL");  // the first read: a wrong key shows here
    pragma(db, "PRAGMA synchronous = FULL");
    pragma(db, "PRAGMA secure_delete = ON");
    pragma(db, "PRAGMA wal_autocheckpoint = 1000");
  } else {
    pragma(db, "SELECT count(*) FROM sqlite_master");
    pragma(db, "PRAGMA query_only = ON");
  }
  return handle;
}

// Writes the WAL's bytes once more and syncs them. What a process left there when it died may stand in the page cache
// only: pages on which an fsync has failed are clean and never written (Rebello et al., ATC 2020), and another fsync
// says that all is well. Copying them into the database is not enough, as its shorter WAL, found again after a power
// cut, is laid over it: commits would be gone, and others half there.
void write_wal_again(sqlite3* db) {
  constexpr std::size_t kPieceBytes = 64 * 1024;
  pragma(db, "BEGIN IMMEDIATE");  // under the write lock the WAL is nobody else's
  sqlite3_file* wal = nullptr;
  check(sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal)));
  RELANCE_ASSERT(wal != nullptr && wal->pMethods != nullptr);
  sqlite3_int64 size = 0;
  check(wal->pMethods->xFileSize(wal, &size));
  std::vector<char> piece(kPieceBytes);
  for (sqlite3_int64 at = 0; at < size;) {
    const int length = static_cast<int>(std::min<sqlite3_int64>(size - at, kPieceBytes));
    check(wal->pMethods->xRead(wal, piece.data(), length, at));
    check(wal->pMethods->xWrite(wal, piece.data(), length, at));
    at += length;
  }
  check(wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL));
  pragma(db, "ROLLBACK");
}

void copy_on_close(sqlite3* db, bool copies) {
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, copies ? 0 : 1, nullptr);
}

// For a reader, which may not. Whoever has no right to write, or no room, still reads: he builds nothing on it.
void write_wal_again_beside(const std::filesystem::path& file, const SqliteOptions& options) {
  try {
    const Handle writer = open_handle(file, SqliteOptions::Mode::open, options.vfs);
    copy_on_close(writer.get(), false);
    set_key(writer.get(), options.key);
    check(sqlite3_busy_timeout(writer.get(), options.busy_ms));
    write_wal_again(writer.get());
  } catch (const Failure& failure) {
    if (failure.code() != Code::io && failure.code() != Code::disk_full) throw;
  }
}

// Open, prepared, and all that it shows is on the disk. Until then closing it, after whatever failure, copies nothing
// out of the WAL.
Handle opened(const std::filesystem::path& file, const SqliteOptions& options) {
  RELANCE_ASSERT(kListens == SQLITE_OK);
  has_recovered_wal = false;
  Handle fresh = open_handle(file, options.mode, options.vfs);
  copy_on_close(fresh.get(), false);
  Handle handle = prepared(std::move(fresh), options);
  if (has_recovered_wal && options.mode == SqliteOptions::Mode::read_only)
    write_wal_again_beside(file, options);
  else if (has_recovered_wal)
    write_wal_again(handle.get());
  copy_on_close(handle.get(), true);
  return handle;
}

// SQLCipher's page: ciphertext, then 16 bytes of IV and 64 of authentication code. The first page begins with the
// salt of the file, in clear. https://www.zetetic.net/sqlcipher/design/
std::string decrypted_page(std::string_view page, std::string_view key, bool is_first) {
  constexpr std::size_t kReserve = 80, kIv = 16, kSalt = 16;
  const std::size_t from = is_first ? kSalt : 0;
  return aes256_cbc_plain(key, page.substr(page.size() - kReserve, kIv),
                          page.substr(from, page.size() - kReserve - from));
}

// The database's size, as it would be without the WAL.
std::int64_t bytes_of(Connection& db) {
  return number(db, "PRAGMA page_count").value_or(0) * number(db, "PRAGMA page_size").value_or(0);
}

// Lets the engine build what it needs meanwhile in files beside the database instead of in memory. They have no name
// in the directory and, where the database has a key, its key.
class ScratchFiles {
 public:
  ScratchFiles(sqlite3* db, bool wanted) : db_(wanted ? db : nullptr) {
    if (db_ == nullptr) return;
    const char* file = sqlite3_db_filename(db_, "main");
    const std::string directory = std::filesystem::path(file == nullptr ? "" : file).parent_path().string();
    std::string quoted;
    for (const char c : directory) quoted += c == '\'' ? std::string("''") : std::string(1, c);
    pragma(db_, "PRAGMA temp_store = FILE");
    pragma(db_, "PRAGMA temp_store_directory = '" + quoted + "'");
  }
  ScratchFiles(const ScratchFiles&) = delete;
  ScratchFiles& operator=(const ScratchFiles&) = delete;
  ~ScratchFiles() {
    if (db_ == nullptr) return;
    sqlite3_exec(db_, "PRAGMA temp_store_directory = ''; PRAGMA temp_store = MEMORY", nullptr, nullptr,
                 nullptr);
  }

 private:
  sqlite3* db_;
};

std::int64_t serialized(sqlite3* db, const std::function<void(std::string_view)>& take) {
  struct Free {
    void operator()(unsigned char* bytes) const { sqlite3_free(bytes); }
  };
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, Free> image{sqlite3_serialize(db, "main", &size, 0)};
  if (image == nullptr) fail(SQLITE_NOMEM);
  take({reinterpret_cast<const char*>(image.get()), static_cast<std::size_t>(size)});
  return size;
}

}  // namespace

std::unique_ptr<Connection> open_sqlite(const std::filesystem::path& file, const SqliteOptions& options) {
  const bool exists = file_exists(file, options.vfs);
  if (options.mode == SqliteOptions::Mode::create && exists)
    throw Failure(Code::exists, "The database " + file.string() + " exists already.");
  if (options.mode != SqliteOptions::Mode::create && !exists)
    throw Failure(Code::not_found, "There is no database at " + file.string() + ".");
  if (options.mode != SqliteOptions::Mode::read_only)
    return std::make_unique<SqliteConnection>(opened(file, options));
  try {
    return std::make_unique<SqliteConnection>(opened(file, options));
  } catch (const Failure& failure) {
    // Even a reader makes a file beside the database, and a full or read-only disk does not let it. Where there is
    // no WAL the database is all in its file, which can be read alone.
    if ((failure.code() != Code::io && failure.code() != Code::disk_full) || has_wal(file) ||
        !options.vfs.empty())
      throw;
  }
  return std::make_unique<SqliteConnection>(
      prepared(open_handle(file, options.mode, options.vfs, Beside::ignored), options));
}

bool engine_encrypts() {
#if defined(SQLITE_HAS_CODEC)
  static const bool encrypts = [] {
    const Handle db = open_handle(":memory:", SqliteOptions::Mode::create);
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v2(db.get(), "PRAGMA cipher_version", -1, &raw, nullptr) != SQLITE_OK) return false;
    const std::unique_ptr<sqlite3_stmt, Finalize> statement{raw};
    return sqlite3_step(raw) == SQLITE_ROW && sqlite3_column_bytes(raw, 0) > 0;
  }();
  return encrypts;
#else
  return false;
#endif
}

std::string engine_description() {
  const std::string sqlite = std::string("SQLite ") + sqlite3_libversion();
  if (!engine_encrypts()) return sqlite + " without encryption";
  const Handle handle = open_handle(":memory:", SqliteOptions::Mode::create);
  sqlite3_stmt* raw = nullptr;
  check(sqlite3_prepare_v2(handle.get(), "PRAGMA cipher_version", -1, &raw, nullptr));
  const std::unique_ptr<sqlite3_stmt, Finalize> statement{raw};
  check(sqlite3_step(raw));
  return std::string("SQLCipher ") + reinterpret_cast<const char*>(sqlite3_column_text(raw, 0)) + " on " +
         sqlite;
}

void copy_sqlite(Connection& from, const std::filesystem::path& to, const std::optional<std::string>& key) {
  auto* source = dynamic_cast<SqliteConnection*>(&from);
  RELANCE_ASSERT(source != nullptr);
  const std::string vfs = vfs_of(source->raw());
  if (file_exists(to, vfs))
    throw Failure(Code::exists, "The file " + to.string() + " exists already; name another.");
  const Handle target = open_handle(to, SqliteOptions::Mode::create, vfs);
  set_key(target.get(), key);
  sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", source->raw(), "main");
  if (backup == nullptr) fail(sqlite3_extended_errcode(target.get()));
  const int rc = sqlite3_backup_step(backup, -1);
  sqlite3_backup_finish(backup);
  // SQLCipher names a page whose code does not fit with the general error, and a copy has no statement to blame for it.
  if (rc != SQLITE_DONE) fail(rc == SQLITE_ERROR ? SQLITE_CORRUPT : rc);
}

std::string dangling_reference(Connection& db) {
  Query keys(db, "PRAGMA foreign_key_check");
  if (!keys.next()) return {};
  return "a row of " + keys.text(0) + " points to a row of " + keys.text(2) + " that does not exist";
}

std::string check_sqlite(Connection& db, bool references) {
  try {
    Query integrity(db, "PRAGMA integrity_check(5)");
    while (integrity.next())
      if (integrity.view(0) != "ok") return "the database file is damaged";
    return references ? dangling_reference(db) : std::string{};
  } catch (const Failure& failure) {
    return failure.message();
  }
}

bool checkpoint_sqlite(Connection& db) {
  Query q(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  return q.next() && q.integer(0) == 0;
}

void set_patience(Connection& db, int busy_ms) {
  db.execute("PRAGMA busy_timeout = " + std::to_string(busy_ms));
}

UnwatchedReferences::UnwatchedReferences(Connection& db)
    : db_(db), were_watched_(number(db, "PRAGMA foreign_keys").value_or(0) != 0) {
  RELANCE_ASSERT(!db.in_transaction());  // the engine would ignore it
  db.execute("PRAGMA foreign_keys = OFF");
}

UnwatchedReferences::~UnwatchedReferences() {
  RELANCE_ASSERT(!db_.in_transaction());
  if (were_watched_) db_.execute("PRAGMA foreign_keys = ON");
}

void rewrite_sqlite(Connection& db, std::int64_t in_memory_max) {
  auto* sqlite = dynamic_cast<SqliteConnection*>(&db);
  RELANCE_ASSERT(sqlite != nullptr);
  {
    const ScratchFiles scratch(sqlite->raw(), bytes_of(db) > in_memory_max);
    db.execute("VACUUM");
  }
  if (!checkpoint_sqlite(db))
    throw Failure(Code::busy,
                  "Another command is reading the database; wait until it is done and try again.");
  // SQLite cuts the WAL off and does not sync that: a power cut would bring back the pages that just went.
  sqlite3_file* wal = nullptr;
  check(sqlite3_file_control(sqlite->raw(), "main", SQLITE_FCNTL_JOURNAL_POINTER, static_cast<void*>(&wal)));
  if (wal != nullptr && wal->pMethods != nullptr) check(wal->pMethods->xSync(wal, SQLITE_SYNC_NORMAL));
}

std::int64_t for_each_page(Connection& db, const std::optional<std::string>& key,
                           const std::function<void(std::string_view)>& take) {
  auto* sqlite = dynamic_cast<SqliteConnection*>(&db);
  RELANCE_ASSERT(sqlite != nullptr);
  const std::int64_t size = number(db, "PRAGMA page_size").value_or(0);
  RELANCE_ASSERT(size >= 512 && size <= 65536);
  const Transaction snapshot(db, Access::read);  // nobody checkpoints under us
  RELANCE_ASSERT(number(db, "SELECT count(*) FROM sqlite_master").has_value());
  sqlite3_file* file = nullptr;
  check(sqlite3_file_control(sqlite->raw(), "main", SQLITE_FCNTL_FILE_POINTER, static_cast<void*>(&file)));
  RELANCE_ASSERT(file != nullptr && file->pMethods != nullptr);
  sqlite3_int64 bytes = 0;
  check(file->pMethods->xFileSize(file, &bytes));
  std::string page(static_cast<std::size_t>(size), '\0');
  const auto read = [&](std::int64_t at) {
    check(file->pMethods->xRead(file, page.data(), static_cast<int>(size), at));
  };
  if (bytes < size) return 0;
  read(0);
  const bool is_plain = std::string_view(page).starts_with("SQLite format 3");
  if (!is_plain && !key) return serialized(sqlite->raw(), take);
  for (std::int64_t at = 0; at + size <= bytes; at += size) {
    read(at);
    take(is_plain ? page : decrypted_page(page, *key, at == 0));
  }
  return bytes;
}

void interrupt_sqlite(Connection& db) noexcept {
  if (auto* sqlite = dynamic_cast<SqliteConnection*>(&db)) sqlite3_interrupt(sqlite->raw());
}

}  // namespace relance::sql
