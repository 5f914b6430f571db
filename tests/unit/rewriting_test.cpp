// Writing a database anew, and erasing without a look at each reference.
#include <sqlite3.h>

#include <cstring>

#include "host/files.h"
#include "host/sqlite.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

constexpr std::string_view kNeedle = "Madame Hortense Quesnel-Darribère";
const std::string kKey(32, 'k');

// The system's disk, except that a file without a name gets one and stays: what the engine thought nobody would read.
std::string kept_file;

int open_kept(sqlite3_vfs* self, sqlite3_filename name, sqlite3_file* file, int flags, int* out_flags) {
  auto* system = static_cast<sqlite3_vfs*>(self->pAppData);
  if (name != nullptr) return system->xOpen(system, name, file, flags, out_flags);
  // The engine reads parameters behind a name: there are none behind this one.
  static char named[512];
  std::memset(named, 0, sizeof named);
  kept_file.copy(named, sizeof named - 4);
  const int kept =
      (flags & ~(SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_EXCLUSIVE | 0xFFF00)) | SQLITE_OPEN_MAIN_DB;
  return system->xOpen(system, named, file, kept, out_flags);
}

struct KeepingDisk {
  explicit KeepingDisk(const std::filesystem::path& keep_as) : vfs(*sqlite3_vfs_find(nullptr)) {
    kept_file = keep_as.string();
    vfs.zName = "keeping";
    vfs.pAppData = sqlite3_vfs_find(nullptr);
    vfs.xOpen = open_kept;
    REQUIRE(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
  }
  ~KeepingDisk() { sqlite3_vfs_unregister(&vfs); }
  sqlite3_vfs vfs;
};

std::unique_ptr<sql::Connection> filled(const std::filesystem::path& file, std::optional<std::string> key,
                                        std::string vfs = {}) {
  auto db = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create,
                                    .key = std::move(key),
                                    .enforce_references = true,
                                    .cache_kib = 64,
                                    .vfs = std::move(vfs)});
  db->execute(
      "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);"
      "CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parent (id));"
      "INSERT INTO parent SELECT value, 'x' FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT "
      "value + 1 "
      "FROM n WHERE value < 2000) SELECT value FROM n);"
      "INSERT INTO child VALUES (1, 7), (2, 8)");
  sql::run(*db, "UPDATE parent SET name = ?1", std::string(kNeedle));
  return db;
}

std::string bytes_at(const std::filesystem::path& file) { return read_file(file, std::size_t{1} << 26); }

}  // namespace

TEST_CASE("a large database is rewritten in a file of its own key, a small one in memory") {
  const TempDir dir;
  const auto scratch = dir.path() / "scratch";
  const KeepingDisk disk(scratch);
  const auto db = filled(dir.path() / "a.db", kKey, "keeping");
  sql::rewrite_sqlite(*db);
  CHECK_FALSE(std::filesystem::exists(scratch));
  sql::rewrite_sqlite(*db, 0);
  const std::string written = bytes_at(scratch);
  CHECK(written.size() > 2000 * kNeedle.size());
  CHECK(written.find(kNeedle) == std::string::npos);
  CHECK(sql::check_sqlite(*db, true).empty());
  CHECK(sql::number(*db, "SELECT count(*) FROM parent WHERE name = ?1", std::string(kNeedle)) == 2000);
  // What is looked up or sorted afterwards stays in memory again: such files have no key.
  CHECK(sql::number(*db, "PRAGMA temp_store") == 2);
  std::filesystem::remove(scratch);
  const auto plain = filled(dir.path() / "plain.db", std::nullopt, "keeping");
  sql::rewrite_sqlite(*plain, 0);
  CHECK(bytes_at(scratch).find(kNeedle) != std::string::npos);  // the look above would have seen it
}

TEST_CASE("a reference that nobody watched is found afterwards, and watched again") {
  const TempDir dir;
  const auto db = filled(dir.path() / "a.db", kKey);
  CHECK_THROWS(db->execute("DELETE FROM parent WHERE id = 7"));
  CHECK(sql::dangling_reference(*db).empty());
  {
    const sql::UnwatchedReferences unwatched(*db);
    db->execute("DELETE FROM parent WHERE id = 7");
  }
  CHECK(sql::dangling_reference(*db) == "a row of child points to a row of parent that does not exist");
  CHECK_THROWS(db->execute("DELETE FROM parent WHERE id = 8"));
  db->execute("DELETE FROM child WHERE id = 1");
  CHECK(sql::dangling_reference(*db).empty());
}
