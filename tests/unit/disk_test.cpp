// The disk that fails, held to what a real disk promises and to what it is allowed to lose.
#include "tests/support/disk.h"

#include <string>

#include "host/failure.h"
#include "host/sqlite.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

const std::filesystem::path kFolder = "laptop", kFile = kFolder / "t.db";
const std::string kKey(32, 'k');

struct Scene {
  explicit Scene(bool keyed, std::uint64_t seed = 1) : disk(seed), random(seed), key(keyed) {}

  std::unique_ptr<sql::Connection> open(const std::filesystem::path& file = kFile) {
    return sql::open_sqlite(
        file, {.mode = disk.exists(file) ? sql::SqliteOptions::Mode::open : sql::SqliteOptions::Mode::create,
               .key = key ? std::optional(kKey) : std::nullopt,
               .vfs = disk.name()});
  }
  std::unique_ptr<sql::Connection> make() {
    auto db = open();
    db->execute("CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT)");
    return db;
  }
  Disk disk;
  SeededRandom random;
  bool key;
};

void put(sql::Connection& db, std::int64_t n) {
  sql::run(db, "INSERT INTO t VALUES (?1, ?2)", n, std::string(500, 'w') + std::to_string(n));
}
std::int64_t rows(sql::Connection& db) { return sql::number(db, "SELECT count(*) FROM t").value_or(-1); }

// Commits rows 1, 2, ... up to the death that is planned or to `most`; how many calls returned.
std::int64_t put_until_death(Scene& s, std::int64_t most) {
  std::int64_t done = 0;
  try {
    const auto db = s.open();
    for (; done < most; ++done) put(*db, done + 1);
  } catch (const Failure&) {
    REQUIRE(s.disk.is_dead(kFolder));
  }
  return done;
}

}  // namespace

TEST_CASE(
    "whatever a crash loses, at whatever operation, commits that returned are there and no other row is") {
  const bool keyed = GENERATE(false, true);
  const auto loss = GENERATE(from_range(kEveryLoss.begin(), kEveryLoss.end()));
  const auto fault = GENERATE(Disk::Fault::death, Disk::Fault::short_death);
  Scene s(keyed);
  s.make();
  s.disk.settle(kFolder);
  const Disk::Saved start = s.disk.save(kFolder);
  s.disk.restore(kFolder, start);  // counts from one
  REQUIRE(put_until_death(s, 12) == 12);
  const std::uint64_t operations = s.disk.operations(kFolder);
  REQUIRE(operations > 24);  // a commit is two frames and a sync
  for (std::uint64_t k = 1; k <= operations; ++k) {
    s.disk.restore(kFolder, start);
    s.disk.fail_at(kFolder, k, fault);
    const std::int64_t done = put_until_death(s, 12);
    s.disk.crash(kFolder, loss, s.random);
    INFO(word_of(loss) << " at operation " << k << ", keyed " << keyed);
    const auto db = s.open();
    CHECK(sql::check_sqlite(*db, false).empty());
    const std::int64_t found = rows(*db);
    CHECK(found >= done);
    CHECK(found <= done + 1);
    CHECK(sql::number(*db, "SELECT ifnull(max(n), 0) FROM t") == found);
  }
}

TEST_CASE("a connection that does not sync loses rows: the disk can lose") {
  for (const Disk::Loss loss : {Disk::Loss::all, Disk::Loss::prefix}) {
    Scene s(false);
    s.make();
    s.disk.settle(kFolder);
    {
      const auto db = s.open();
      db->execute("PRAGMA synchronous = OFF");
      for (int n = 1; n <= 50; ++n) put(*db, n);
      s.disk.crash(kFolder, loss, s.random);
    }
    CHECK(rows(*s.open()) < 50);
  }
}

TEST_CASE("a process that dies on a machine that lives loses nothing it wrote, synced or not") {
  Scene s(false);
  s.make();
  {
    const auto db = s.open();
    db->execute("PRAGMA synchronous = OFF");
    for (int n = 1; n <= 50; ++n) put(*db, n);
    s.disk.crash(kFolder, Disk::Loss::none, s.random);
  }
  CHECK(rows(*s.open()) == 50);
  s.disk.crash(kFolder, Disk::Loss::all, s.random);  // and the power cut afterwards takes it
}

TEST_CASE("unsynced writes are torn inside their sectors") {
  const auto [loss, sector] =
      GENERATE(table<Disk::Loss, std::size_t>({{Disk::Loss::torn_512, 512}, {Disk::Loss::torn_4096, 4096}}));
  bool torn_inside_a_page = false;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scene s(false, seed);
    s.make();
    s.disk.settle(kFolder);
    const std::string before = s.disk.read(kFile);
    const auto db = s.open();
    db->execute("PRAGMA synchronous = OFF; PRAGMA wal_checkpoint(TRUNCATE)");
    for (int n = 1; n <= 100; ++n) put(*db, n);
    REQUIRE(sql::checkpoint_sqlite(*db));
    const std::string written = s.disk.read(kFile);
    s.disk.crash(kFolder, loss, s.random);
    std::string after = s.disk.read(kFile);
    after.resize(written.size(), '\0');
    for (std::size_t at = 0; at < written.size(); at += sector) {
      const std::string_view now = std::string_view(after).substr(at, sector);
      std::string old = at < before.size() ? before.substr(at, sector) : std::string(sector, '\0');
      CHECK((now == std::string_view(written).substr(at, sector) || now == old ||
             now == std::string(sector, '\0')));
    }
    // of the pages that are new, and so were nothing but zeros
    const std::string zeros(512, '\0');
    for (std::size_t at = before.size(); at < written.size(); at += 4096) {
      if (written.substr(at, 512) == zeros || written.substr(at + 3584, 512) == zeros) continue;
      const bool begins = after.substr(at, 512) != zeros, ends = after.substr(at + 3584, 512) != zeros;
      torn_inside_a_page = torn_inside_a_page || begins != ends;
    }
  }
  CHECK(torn_inside_a_page == (sector == 512));
}

TEST_CASE(
    "a database whose folder was never synced vanishes with the power; after its first commit it stays") {
  Scene s(false);
  s.disk.crash(kFolder, Disk::Loss::all, s.random);
  auto db = s.make();
  db.reset();
  s.disk.crash(kFolder, Disk::Loss::all, s.random);
  CHECK(s.disk.exists(kFile));
  CHECK(rows(*s.open()) == 0);
  const auto born = kFolder / "born.db";
  s.disk.keep_log(kFolder);
  s.disk.fail_at(kFolder, s.disk.operations(kFolder) + 2, Disk::Fault::death);  // 1 creates the file
  CHECK_THROWS_AS(s.open(born), Failure);
  CHECK(s.disk.exists(born));
  s.disk.crash(kFolder, Disk::Loss::all, s.random);
  CHECK_FALSE(s.disk.exists(born));
  CHECK(s.disk.log(kFolder).at(0).kind == Disk::Operation::Kind::open);
}

TEST_CASE("connections of one process on one file see each other's commits and wait for each other's locks") {
  Scene s(false);
  const auto one = s.make(), two = s.open();
  put(*one, 1);
  CHECK(rows(*two) == 1);
  one->begin(sql::Access::write);
  put(*one, 2);
  CHECK(rows(*two) == 1);
  try {
    two->begin(sql::Access::write);
    FAIL("two writers");
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::busy);
  }
  one->commit();
  two->begin(sql::Access::read);
  CHECK(rows(*two) == 2);
  put(*one, 3);
  CHECK(rows(*two) == 2);  // its snapshot
  CHECK_FALSE(sql::checkpoint_sqlite(*one));
  two->commit();
  CHECK(sql::checkpoint_sqlite(*one));
}

TEST_CASE("a dead connection fails at each call, changes nothing and can be closed") {
  Scene s(false);
  auto db = s.make();
  put(*db, 1);
  s.disk.crash(kFolder, Disk::Loss::all, s.random);
  CHECK_THROWS_AS(put(*db, 2), Failure);
  const auto fresh = s.open();
  put(*fresh, 3);
  CHECK_THROWS_AS(put(*db, 4), Failure);
  db.reset();
  CHECK(rows(*fresh) == 2);
  CHECK(sql::check_sqlite(*fresh, false).empty());
  put(*fresh, 5);
}

TEST_CASE("an error at any operation is a failure, and after reopening nothing that returned is missing") {
  const bool keyed = GENERATE(false, true);
  Scene s(keyed);
  s.make();
  s.disk.settle(kFolder);
  const Disk::Saved start = s.disk.save(kFolder);
  s.disk.restore(kFolder, start);  // counts from one
  put_until_death(s, 6);
  const std::uint64_t operations = s.disk.operations(kFolder);
  int failures = 0;
  for (std::uint64_t k = 1; k <= operations; ++k) {
    s.disk.restore(kFolder, start);
    s.disk.fail_at(kFolder, k, Disk::Fault::io_error);
    std::int64_t done = 0;
    try {
      const auto db = s.open();
      for (; done < 6; ++done) put(*db, done + 1);
    } catch (const Failure& failure) {
      CHECK(failure.code() == Code::io);
      ++failures;
    }
    s.disk.crash(kFolder, Disk::Loss::all, s.random);
    const auto db = s.open();
    INFO("operation " << k);
    CHECK(sql::check_sqlite(*db, false).empty());
    CHECK(rows(*db) >= done);
    CHECK(rows(*db) <= done + 1);
  }
  CHECK(failures > 10);
}

namespace {

// Two facts on two pages: 1 and 0 after a commit of the first alone, 2 and 2 after one of both.
std::pair<std::int64_t, std::int64_t> facts(sql::Connection& db) {
  return {sql::number(db, "SELECT n FROM a").value_or(-1), sql::number(db, "SELECT n FROM b").value_or(-1)};
}

void set_both(sql::Connection& db, int n) {
  sql::Transaction both(db, sql::Access::write);
  sql::run(db, "UPDATE a SET n = ?1", n);
  sql::run(db, "UPDATE b SET n = ?1", n);
  both.commit();
}

// The sync of the second commit fails, and the process dies on it, before it could take anything back: its pages
// stand in the WAL as the page cache has it, are clean there, and are not on the disk.
void die_of_a_failed_sync(Scene& s) {
  std::uint64_t sync_of_both = 0;  // which operation of such a commit it is: the last
  {
    const auto db = s.open();
    db->execute(
        "CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER); INSERT INTO a VALUES (7);"
        "INSERT INTO b VALUES (7)");
    const std::uint64_t before = s.disk.operations(kFolder);
    set_both(*db, 0);
    sync_of_both = s.disk.operations(kFolder) - before;
    REQUIRE(sql::checkpoint_sqlite(*db));
  }
  s.disk.settle(kFolder);
  const auto db = s.open();
  db->execute("UPDATE a SET n = 1");
  const std::uint64_t before = s.disk.operations(kFolder);
  s.disk.keep_log(kFolder);
  s.disk.fail_at(kFolder, before + sync_of_both, Disk::Fault::io_error);
  s.disk.fail_at(kFolder, before + sync_of_both + 1, Disk::Fault::death);
  CHECK_THROWS_AS(set_both(*db, 2), Failure);
  REQUIRE(s.disk.log(kFolder).back().kind == Disk::Operation::Kind::sync);
  s.disk.crash(kFolder, Disk::Loss::none, s.random);
  s.disk.heal(kFolder);
}

}  // namespace

// What an fsync has failed on is clean in the page cache and never written by the system (Rebello et al., ATC 2020).
TEST_CASE("what was found after a death outlives a power cut") {
  const bool keyed = GENERATE(false, true);
  const bool reader_first = GENERATE(false, true);
  const auto loss = GENERATE(from_range(kEveryLoss.begin(), kEveryLoss.end()));
  INFO(word_of(loss) << ", keyed " << keyed << ", a reader first " << reader_first);
  Scene s(keyed);
  die_of_a_failed_sync(s);
  const Disk::Saved found = s.disk.save(kFolder);
  // Power cuts at each operation of the first commit after it, and after it has returned.
  for (std::uint64_t k = 1; k <= 40; ++k) {
    s.disk.restore(kFolder, found);
    std::unique_ptr<sql::Connection> reader;
    if (reader_first)
      reader = sql::open_sqlite(kFile, {.mode = sql::SqliteOptions::Mode::read_only,
                                        .key = keyed ? std::optional(kKey) : std::nullopt,
                                        .vfs = s.disk.name()});
    auto db = s.open();
    REQUIRE(facts(*db) == std::pair<std::int64_t, std::int64_t>(2, 2));
    s.disk.fail_at(kFolder, s.disk.operations(kFolder) + k, Disk::Fault::short_death);
    bool returned = false;
    try {
      db->execute("UPDATE a SET n = 3");
      returned = true;
    } catch (const Failure&) {
      REQUIRE(s.disk.is_dead(kFolder));
    }
    s.disk.crash(kFolder, loss, s.random);
    s.disk.heal(kFolder);
    db.reset();
    reader.reset();
    INFO("power cut at operation " << k << " of the next commit");
    const auto after = s.open();
    const auto [a, b] = facts(*after);
    CHECK(b == 2);
    CHECK((a == 3 || (a == 2 && !returned)));
    CHECK(sql::check_sqlite(*after, false).empty());
    if (returned) break;
  }
}

TEST_CASE("a power cut while what was found after a death is made durable leaves no half of a commit") {
  const bool keyed = GENERATE(false, true);
  const auto loss = GENERATE(from_range(kEveryLoss.begin(), kEveryLoss.end()));
  const auto fault = GENERATE(Disk::Fault::death, Disk::Fault::short_death, Disk::Fault::io_error);
  Scene s(keyed);
  die_of_a_failed_sync(s);
  const Disk::Saved found = s.disk.save(kFolder);
  s.disk.restore(kFolder, found);
  s.open();
  const std::uint64_t operations = s.disk.operations(kFolder);
  for (std::uint64_t k = 1; k <= operations; ++k) {
    s.disk.restore(kFolder, found);
    s.disk.fail_at(kFolder, k, fault);
    bool opened = false;
    try {
      s.open();  // and closed again, which may fail without a word
      opened = true;
    } catch (const Failure&) {
      CHECK((fault == Disk::Fault::io_error || s.disk.is_dead(kFolder)));
    }
    s.disk.crash(kFolder, loss, s.random);
    s.disk.heal(kFolder);
    INFO(word_of(loss) << " at operation " << k << " of opening, keyed " << keyed << ", opened " << opened);
    const auto after = s.open();
    const auto seen = facts(*after);
    CHECK((seen == std::pair<std::int64_t, std::int64_t>(2, 2) ||
           (!opened && seen == std::pair<std::int64_t, std::int64_t>(1, 0))));
    CHECK(sql::check_sqlite(*after, false).empty());
  }
}

TEST_CASE("a failed read is a failure, and so is a full disk") {
  Scene s(false);
  s.make();
  s.disk.fail_read_at(kFolder, s.disk.reads(kFolder) + 1, Disk::ReadFault::io_error);
  CHECK_THROWS_AS(s.open(), Failure);
  auto db = s.open();
  s.disk.set_room(kFolder, 10'000);
  std::int64_t done = 0;
  try {
    for (;; ++done) put(*db, done + 1);
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::disk_full);
  }
  CHECK(rows(*db) == done);
  s.disk.heal(kFolder);
  put(*db, done + 1);
  CHECK(rows(*db) == done + 1);
}

TEST_CASE("a flipped bit in a keyed file is noticed, on the way and on the disk") {
  if (!sql::engine_encrypts()) return;
  Scene s(true);
  {
    const auto db = s.make();
    for (int n = 1; n <= 20; ++n) put(*db, n);
  }
  const auto sum = [&]() -> std::optional<std::int64_t> {
    try {
      return sql::number(*s.open(), "SELECT sum(n * length(word)) FROM t");
    } catch (const Failure&) {
      return std::nullopt;
    }
  };
  const Disk::Saved start = s.disk.save(kFolder);
  const auto right = sum();
  REQUIRE(right.has_value());
  int noticed = 0;
  for (std::uint64_t byte = 0; byte < s.disk.read(kFile).size(); byte += 61) {
    s.disk.restore(kFolder, start);
    s.disk.flip_bit(kFile, byte, static_cast<int>(byte % 8));
    const auto found = sum();
    noticed += found ? 0 : 1;
    CHECK((!found || found == right));
  }
  CHECK(noticed > 100);
  for (std::uint64_t read = 1; read <= 8; ++read) {
    s.disk.restore(kFolder, start);
    s.disk.fail_read_at(kFolder, read, Disk::ReadFault::flipped_bit);
    const auto found = sum();
    CHECK((!found || found == right));
  }
}

TEST_CASE("a saved folder comes back as it was, and a clone goes its own way") {
  Scene s(false);
  auto db = s.make();
  put(*db, 1);
  const Disk::Saved saved = s.disk.save(kFolder);
  put(*db, 2);
  db.reset();
  s.disk.restore("copy", saved);
  CHECK(rows(*s.open("copy/t.db")) == 1);
  put(*s.open("copy/t.db"), 7);
  CHECK(rows(*s.open()) == 2);
  s.disk.restore(kFolder, saved);
  CHECK(rows(*s.open()) == 1);
  s.disk.copy(kFile, kFolder / "kept.db");
  s.disk.remove(kFile);
  CHECK(s.disk.files(kFolder).front() == "kept.db");
}

TEST_CASE("the same seed writes the same bytes") {
  const auto run = [](std::uint64_t seed) {
    Scene s(false, seed);
    const auto db = s.make();
    for (int n = 1; n <= 30; ++n) put(*db, n);
    return s.disk.read(kFolder / "t.db-wal");
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
}
