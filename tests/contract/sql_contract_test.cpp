// What host/sql.h promises of any driver, over a list of factories (a PostgreSQL driver adds a line to it); then what
// is SQLite's own: keys, the file's bytes, copies, damage. Last, the texts themselves: every query of server and
// client stays in the subset that both databases speak.
#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "host/failure.h"
#include "host/sqlite.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using relance::test::TempDir;
using sql::Access;
using sql::Query;

namespace {

namespace fs = std::filesystem;

const std::string kKey(32, 'k');
const std::string kOtherKey(32, 'o');
constexpr int kBusyMs = 150;

/// One database of the driver under test, and connections to it.
class Site {
 public:
  virtual ~Site() = default;
  [[nodiscard]] virtual std::unique_ptr<sql::Connection> connect() = 0;
};

class SqliteSite final : public Site {
 public:
  explicit SqliteSite(std::optional<std::string> key) : key_(std::move(key)) {
    static_cast<void>(sql::open_sqlite(file_, {.mode = sql::SqliteOptions::Mode::create, .key = key_}));
  }
  std::unique_ptr<sql::Connection> connect() override {
    return sql::open_sqlite(file_, {.key = key_, .enforce_references = true, .busy_ms = kBusyMs});
  }

 private:
  TempDir dir_;
  fs::path file_ = dir_.path() / "contract.db";
  std::optional<std::string> key_;
};

struct Driver {
  std::string name;
  std::function<std::unique_ptr<Site>()> make;
};

std::vector<Driver> drivers() {
  std::vector<Driver> out{{"SQLite, plain", [] { return std::make_unique<SqliteSite>(std::nullopt); }}};
  if (sql::engine_encrypts())
    out.push_back({"SQLite, keyed", [] { return std::make_unique<SqliteSite>(kKey); }});
  return out;
}

/// What the server's tables are made of, in both dialects.
void make_tables(sql::Connection& db) {
  const bool sqlite = db.dialect() == schema::Dialect::sqlite;
  const std::string bytes = sqlite ? "BLOB" : "BYTEA", number = sqlite ? "INTEGER" : "BIGINT",
                    end = sqlite ? " STRICT, WITHOUT ROWID" : "";
  db.execute("CREATE TABLE parent (id " + bytes + " NOT NULL, name TEXT, n " + number + ", raw " + bytes +
             ", PRIMARY KEY (id))" + end + ";" + "CREATE UNIQUE INDEX parent_name ON parent (name);" +
             "CREATE TABLE child (id " + bytes + " NOT NULL, parent_id " + bytes +
             " REFERENCES parent (id), PRIMARY KEY (id))" + end);
}

Id id(std::uint8_t n) {
  Id out;
  out.bytes[0] = n;
  out.bytes[15] = n;
  return out;
}

Code code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    CHECK_THAT(failure.message(), !Catch::Contains("SELECT") && !Catch::Contains("INSERT") &&
                                      !Catch::Contains("parent"));  // no SQL for people
    return failure.code();
  }
  return Code::usage;
}

template <class Test>
void for_each_driver(Test test) {
  for (const Driver& driver : drivers()) {
    INFO(driver.name);
    const std::unique_ptr<Site> site = driver.make();
    const auto db = site->connect();
    make_tables(*db);
    test(*site, *db);
  }
}

std::int64_t count(sql::Connection& db) {
  return sql::number(db, "SELECT count(*) FROM parent").value_or(-1);
}

void add(sql::Connection& db, std::uint8_t n, const char* name) {
  sql::run(db, "INSERT INTO parent (id, name, n) VALUES (?1, ?2, ?3)", id(n), name, std::int64_t{n});
}

}  // namespace

TEST_CASE("parameters are numbered: used twice, out of order, and by every type") {
  for_each_driver([](Site&, sql::Connection& db) {
    add(db, 1, "one");
    CHECK(sql::number(db, "SELECT n FROM parent WHERE n = ?2 AND name = ?1 AND n = ?2", "one",
                      std::int64_t{1}) == 1);
    CHECK(sql::number(db, "SELECT CAST(?3 AS BIGINT) - CAST(?1 AS BIGINT) + CAST(?2 AS BIGINT)",
                      std::int64_t{1}, std::int64_t{20}, std::int64_t{300}) == 319);
    CHECK(sql::number(db, "SELECT n FROM parent WHERE id = ?1", id(1)) == 1);
    const std::optional<Id> none;
    CHECK_FALSE(
        sql::number(db, "SELECT n FROM parent WHERE id = ?1", none).has_value());  // NULL equals nothing
    CHECK(sql::number(db, "SELECT count(*) FROM parent WHERE CAST(?1 AS TEXT) IS NULL", Null{}) == 1);
    // Eleven parameters: ?1 is not the beginning of ?11.
    CHECK(sql::number(db,
                      "SELECT CAST(?11 AS BIGINT) * 1000 + CAST(?1 AS BIGINT) + 0 * (CAST(?2 AS BIGINT) + "
                      "CAST(?3 AS BIGINT) + CAST(?4 AS BIGINT)"
                      " + CAST(?5 AS BIGINT) + CAST(?6 AS BIGINT) + CAST(?7 AS BIGINT) + CAST(?8 AS BIGINT) "
                      "+ CAST(?9 AS BIGINT) + CAST(?10 AS BIGINT))",
                      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) == 11001);
    CHECK(sql::text(db, "SELECT '?1 is text' FROM parent WHERE n = ?1", 1) == "?1 is text");
  });
}

TEST_CASE("what goes in comes out: null, empty, large, ids, bytes and text of any content") {
  for_each_driver([](Site&, sql::Connection& db) {
    const auto round = [&](std::optional<std::string> name, std::optional<std::int64_t> n,
                           std::optional<Bytes> raw) {
      sql::run(db, "DELETE FROM parent");
      sql::run(db, "INSERT INTO parent (id, name, n, raw) VALUES (?1, ?2, ?3, ?4)", id(9), name, n, raw);
      Query q(db, "SELECT id, name, n, raw FROM parent");
      REQUIRE(q.next());
      CHECK(q.id(0) == id(9));
      CHECK(q.value(0) == Value{id(9)});
      CHECK(q.maybe_id(0) == id(9));
      CHECK(q.is_null(1) == !name.has_value());
      CHECK(q.value(1) == (name ? Value{*name} : Value{Null{}}));
      CHECK(q.view(1) == name.value_or(""));
      CHECK(q.value(2) == (n ? Value{*n} : Value{Null{}}));
      CHECK(q.integer(2) == n.value_or(0));
      const bool as_id = raw && raw->data.size() == 16;
      CHECK(q.value(3) == (!raw ? Value{Null{}} : as_id ? Value{*Id::from_bytes(raw->data)} : Value{*raw}));
      CHECK(q.is_null(3) == !raw.has_value());
      CHECK_FALSE(q.next());
    };
    round({}, {}, {});
    round("", 0, Bytes{""});
    round("é日😀 'quoted' \"twice\" \\ % _", INT64_MAX, Bytes{std::string("\0\xff\0", 3)});
    round(std::string(300'000, 'x'), INT64_MIN, Bytes{std::string(300'000, '\0')});
    round("x", (1LL << 53) + 1, Bytes{std::string(16, 'i')});
    round("-1", -1, Bytes{std::string(32, '\1')});
    CHECK_FALSE(sql::text(db, "SELECT name FROM parent WHERE name = ?1", "nothing").has_value());
  });
}

TEST_CASE("columns have their names, and a query that is asked again starts anew") {
  for_each_driver([](Site&, sql::Connection& db) {
    for (std::uint8_t n = 1; n <= 3; ++n) add(db, n, std::to_string(n).c_str());
    const auto statement = db.prepare("SELECT id, n AS number FROM parent WHERE n >= ?1 ORDER BY n");
    CHECK(statement->column_count() == 2);
    CHECK(statement->column_name(0) == "id");
    CHECK(statement->column_name(1) == "number");
    statement->bind(1, 2);
    REQUIRE(statement->step());
    CHECK(statement->integer(1) == 2);
    statement->reset();
    CHECK_FALSE(statement->step());  // its parameters are gone: NULL
    statement->reset();
    statement->bind(1, 3);
    REQUIRE(statement->step());
    CHECK(statement->integer(1) == 3);
    CHECK_FALSE(statement->step());
  });
}

TEST_CASE("one text asked inside itself is two queries") {
  for_each_driver([](Site&, sql::Connection& db) {
    for (std::uint8_t n = 1; n <= 3; ++n) add(db, n, std::to_string(n).c_str());
    std::int64_t pairs = 0;
    const auto text = "SELECT n FROM parent WHERE n > ?1 ORDER BY n";
    for (Query outer(db, text, 0); outer.next();)
      for (Query inner(db, text, outer.integer(0)); inner.next();)
        for (Query third(db, text, 2); third.next();) pairs += inner.integer(0);
    CHECK(pairs == 2 + 3 + 3);
  });
}

TEST_CASE("ON CONFLICT, RETURNING, sums and the number of changed rows") {
  for_each_driver([](Site&, sql::Connection& db) {
    const char* upsert =
        "INSERT INTO parent (id, name, n) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET n = parent.n + "
        "excluded.n RETURNING n";
    CHECK(sql::number(db, upsert, id(1), "one", 5) == 5);
    CHECK(sql::number(db, upsert, id(1), "other", 7) == 12);
    CHECK(sql::text(db, "SELECT name FROM parent") == "one");
    CHECK(sql::run(db, "INSERT INTO parent (id, name) VALUES (?1, 'x') ON CONFLICT (id) DO NOTHING", id(1)) ==
          0);
    add(db, 2, "two");
    CHECK(sql::run(db, "UPDATE parent SET n = n + 1") == 2);
    CHECK(sql::run(db, "UPDATE parent SET n = n + 1 WHERE n > 99") == 0);
    CHECK(sql::number(db, "SELECT CAST(sum(n) AS BIGINT) FROM parent") == 16);
    CHECK_FALSE(sql::number(db, "SELECT CAST(sum(n) AS BIGINT) FROM parent WHERE n > 99").has_value());
    CHECK(sql::run(db, "DELETE FROM parent") == 2);
    // Text is ordered by its bytes, whatever the place the machine stands in.
    for (const char* name : {"b", "a", "B", "é", "Z"})
      sql::run(db, "INSERT INTO parent (id, name) VALUES (?1, ?2)", id(static_cast<std::uint8_t>(name[0])),
               name);
    std::string order;
    for (Query q(db, "SELECT name FROM parent ORDER BY name"); q.next();) order += q.view(0);
    CHECK(order == "BZabé");
  });
}

TEST_CASE("a transaction that is not committed never was, also when it ends by an exception") {
  for_each_driver([](Site& site, sql::Connection& db) {
    const auto other = site.connect();
    {
      sql::Transaction transaction(db, Access::write);
      add(db, 1, "one");
      CHECK(db.in_transaction());
      CHECK(count(*other) == 0);
    }
    CHECK_FALSE(db.in_transaction());
    CHECK(count(db) == 0);
    CHECK_THROWS_AS(
        [&] {
          sql::Transaction transaction(db, Access::write);
          add(db, 1, "one");
          throw Failure(Code::refused, "no");
        }(),
        Failure);
    CHECK(count(db) == 0);
    sql::Transaction transaction(db, Access::write);
    add(db, 1, "one");
    transaction.commit();
    CHECK(count(*other) == 1);
    db.rollback();  // of nothing: harmless
    CHECK(count(db) == 1);
  });
}

TEST_CASE("savepoints nest: each rolls back what came after it, and nothing before") {
  for_each_driver([](Site&, sql::Connection& db) {
    sql::Transaction transaction(db, Access::write);
    add(db, 1, "kept");
    {
      sql::Savepoint outer(db);
      add(db, 2, "outer");
      {
        sql::Savepoint inner(db);
        add(db, 3, "inner");
      }
      CHECK(count(db) == 2);
      {
        sql::Savepoint inner(db);
        add(db, 4, "released");
        inner.release();
      }
      CHECK(count(db) == 3);
      try {
        sql::Savepoint inner(db);
        add(db, 5, "thrown");
        throw Failure(Code::refused, "no");
      } catch (const Failure&) {
      }
      CHECK(count(db) == 3);
    }
    CHECK(count(db) == 1);
    {
      sql::Savepoint again(db);
      add(db, 6, "six");
      again.release();
    }
    transaction.commit();
    CHECK(count(db) == 2);
  });
}

TEST_CASE("a row that contradicts another is refused alone, and the transaction lives on") {
  for_each_driver([](Site&, sql::Connection& db) {
    sql::Transaction transaction(db, Access::write);
    add(db, 1, "one");
    const auto refuse = [&](const std::function<void()>& work) {
      const sql::Savepoint savepoint(db);  // PostgreSQL needs it; SQLite is held to the same
      CHECK(code_of(work) == Code::constraint);
      CHECK(db.in_transaction());
    };
    refuse([&] { add(db, 1, "other"); });
    refuse([&] { add(db, 2, "one"); });
    refuse([&] { sql::run(db, "INSERT INTO parent (id) VALUES (?1)", Null{}); });
    refuse([&] { sql::run(db, "INSERT INTO child (id, parent_id) VALUES (?1, ?2)", id(1), id(77)); });
    sql::run(db, "INSERT INTO child (id, parent_id) VALUES (?1, ?2)", id(1), id(1));
    refuse([&] { sql::run(db, "DELETE FROM parent"); });
    add(db, 3, "three");
    transaction.commit();
    CHECK(count(db) == 2);
  });
}

TEST_CASE("text does not become a number, nor a number text: STRICT tables and PostgreSQL refuse both") {
  for_each_driver([](Site&, sql::Connection& db) {
    CHECK(code_of([&] { sql::run(db, "INSERT INTO parent (id, n) VALUES (?1, ?2)", id(1), "twelve"); }) ==
          Code::constraint);
    CHECK(code_of([&] { sql::run(db, "INSERT INTO parent (id, raw) VALUES (?1, ?2)", id(1), "text"); }) ==
          Code::constraint);
    CHECK(count(db) == 0);
  });
}

TEST_CASE("a second writer waits for the first, then hears that it is busy, and nothing is half done") {
  for_each_driver([](Site& site, sql::Connection& db) {
    const auto other = site.connect();
    {
      sql::Transaction first(db, Access::write);
      add(db, 1, "one");
      const auto start = std::chrono::steady_clock::now();
      CHECK(code_of([&] { const sql::Transaction second(*other, Access::write); }) == Code::busy);
      CHECK(std::chrono::steady_clock::now() - start >= std::chrono::milliseconds(kBusyMs / 2));
      CHECK_FALSE(other->in_transaction());
      CHECK(count(*other) == 0);  // reading goes on
      first.commit();
    }
    sql::Transaction second(*other, Access::write);
    add(*other, 2, "two");
    second.commit();
    CHECK(count(db) == 2);
  });
}

TEST_CASE("a read transaction sees one snapshot, whatever is committed meanwhile") {
  for_each_driver([](Site& site, sql::Connection& db) {
    const auto reader = site.connect();
    add(db, 1, "one");
    {
      const sql::Transaction snapshot(*reader, Access::read);
      CHECK(count(*reader) == 1);
      add(db, 2, "two");
      sql::run(db, "UPDATE parent SET name = 'changed' WHERE n = 1");
      CHECK(count(*reader) == 1);
      CHECK(sql::text(*reader, "SELECT name FROM parent") == "one");
    }
    CHECK(count(*reader) == 2);
  });
}

TEST_CASE("a statement that the database does not know is our defect, said without its text") {
  for_each_driver([](Site&, sql::Connection& db) {
    CHECK(code_of([&] { db.execute("SELEKT 1"); }) == Code::internal);
    CHECK(code_of([&] { sql::run(db, "UPDATE nowhere SET x = 1"); }) == Code::internal);
    CHECK(code_of([&] { sql::run(db, "UPDATE parent SET name = \"misspelt\""); }) ==
          Code::internal);  // not the text 'misspelt'
  });
}

// ---- SQLite's own ----------------------------------------------------------------------------------------------

namespace {

std::string bytes_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::unique_ptr<sql::Connection> open(const fs::path& file, const std::optional<std::string>& key,
                                      sql::SqliteOptions::Mode mode = sql::SqliteOptions::Mode::open) {
  return sql::open_sqlite(file, {.mode = mode, .key = key, .busy_ms = kBusyMs});
}

constexpr auto kCreate = sql::SqliteOptions::Mode::create;
constexpr auto kReadOnly = sql::SqliteOptions::Mode::read_only;

Id numbered(int n) {
  Id out;
  std::memcpy(out.bytes.data(), &n, sizeof n);
  return out;
}

bool keyless() {
  if (sql::engine_encrypts()) return false;
  WARN("this engine does not encrypt: the tests of keys were left out");
  return true;
}

}  // namespace

TEST_CASE("a keyed file opens with its key only, and says so in words", "[sqlite]") {
  if (keyless()) return;
  const TempDir dir;
  const fs::path file = dir.path() / "keyed.db";
  {
    const auto db = open(file, kKey, kCreate);
    make_tables(*db);
  }
  CHECK(code_of([&] { static_cast<void>(open(file, kOtherKey)); }) == Code::wrong_key);
  CHECK(code_of([&] { static_cast<void>(open(file, std::nullopt)); }) == Code::wrong_key);
  CHECK(code_of([&] { static_cast<void>(open(file, kOtherKey, kReadOnly)); }) == Code::wrong_key);
  CHECK(count(*open(file, kKey)) == 0);
  const fs::path plain = dir.path() / "plain.db";
  {
    const auto db = open(plain, std::nullopt, kCreate);
    make_tables(*db);
  }
  CHECK(code_of([&] { static_cast<void>(open(plain, kKey)); }) == Code::wrong_key);
}

TEST_CASE("a file is created where there is none and opened where there is one", "[sqlite]") {
  const TempDir dir;
  const fs::path file = dir.path() / "x.db";
  const auto code = [&](auto mode, const fs::path& path) {
    try {
      static_cast<void>(open(path, std::nullopt, mode));
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Code::usage;
  };
  CHECK(code(sql::SqliteOptions::Mode::open, file) == Code::not_found);
  CHECK_FALSE(fs::exists(file));
  {
    const auto db = open(file, std::nullopt, kCreate);
    make_tables(*db);
  }
  CHECK(code(kCreate, file) == Code::exists);
  CHECK(code(kCreate, dir.path() / "no" / "folder.db") == Code::io);
  std::ofstream(dir.path() / "text.db") << std::string(8192, 't');
  CHECK(code(sql::SqliteOptions::Mode::open, dir.path() / "text.db") == Code::wrong_key);
}

TEST_CASE("no word of a keyed database stands in its files, the WAL and a deleted row's place included",
          "[sqlite]") {
  if (keyless()) return;
  const std::string needle = "Boulangerie-Dupont-0612345678";
  for (const bool keyed : {true, false}) {
    const TempDir dir;
    const fs::path file = dir.path() / "needle.db";
    const auto db = open(file, keyed ? std::optional(kKey) : std::nullopt, kCreate);
    make_tables(*db);
    add(*db, 1, needle.c_str());
    const auto found = [&] {
      bool any = false;
      for (const auto& entry : fs::directory_iterator(dir.path()))
        any |= bytes_of_file(entry.path()).find(needle) != std::string::npos;
      return any;
    };
    REQUIRE(fs::file_size(file.string() + "-wal") > 0);
    CHECK(found() == !keyed);  // the plain file shows that the search can find it
    CHECK(sql::checkpoint_sqlite(*db));
    CHECK(found() == !keyed);
  }
}

TEST_CASE("a flipped bit in a keyed file is noticed: never a wrong value", "[sqlite]") {
  if (keyless()) return;
  const TempDir dir;
  const fs::path file = dir.path() / "flip.db";
  {
    const auto db = open(file, kKey, kCreate);
    make_tables(*db);
    sql::Transaction all(*db, Access::write);
    for (int i = 0; i < 2000; ++i)
      sql::run(*db, "INSERT INTO parent (id, name, n) VALUES (?1, ?2, 25000)", numbered(i),
               std::to_string(i));
    all.commit();
    CHECK(sql::checkpoint_sqlite(*db));
  }
  const std::string good = bytes_of_file(file);
  test::SeededRandom random(11);
  int noticed = 0;
  for (int i = 0; i < 40; ++i) {
    std::string bad = good;
    char& byte = bad[random.below(bad.size())];
    byte = static_cast<char>(byte ^ (1 << random.below(8)));
    for (const char* suffix : {"-wal", "-shm"}) fs::remove(file.string() + suffix);
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bad;
    try {
      const auto db = open(file, kKey);
      Query q(*db, "SELECT n, name FROM parent");
      std::int64_t sum = 0;
      while (q.next()) sum += q.integer(0);
      CHECK(sum == 2000 * 25000);  // a page that no row lies on
      if (!sql::check_sqlite(*db, false).empty()) ++noticed;
    } catch (const Failure& failure) {
      CHECK((failure.code() == Code::corrupt || failure.code() == Code::wrong_key));
      ++noticed;
    }
  }
  CHECK(noticed >= 38);
}

TEST_CASE("a copy is consistent while others write, in the same key, and replaces nothing", "[sqlite]") {
  for (const Driver& driver : drivers()) {
    INFO(driver.name);
    const bool keyed = driver.name.ends_with("keyed");
    const std::optional<std::string> key = keyed ? std::optional(kKey) : std::nullopt;
    const TempDir dir;
    const fs::path file = dir.path() / "live.db", copy = dir.path() / "copy.db";
    const auto db = open(file, key, kCreate);
    make_tables(*db);
    std::atomic<bool> stop{false};
    std::atomic<int> written{0};
    std::thread writer([&] {  // rows come two by two: an odd count is a torn copy
      const auto own = sql::open_sqlite(file, {.key = key});
      for (int i = 0; !stop; ++i) {
        sql::Transaction both(*own, Access::write);
        for (const int half : {0, 1}) {
          const int n = 2 * i + half;
          sql::run(*own, "INSERT INTO parent (id, name) VALUES (?1, ?2)", numbered(n), std::to_string(n));
        }
        both.commit();
        ++written;
      }
    });
    while (written < 5) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) {
      fs::remove(copy);
      sql::copy_sqlite(*db, copy, key);
      const auto copied = open(copy, key);
      CHECK(count(*copied) > 0);
      CHECK(count(*copied) % 2 == 0);
      CHECK(sql::check_sqlite(*copied, true).empty());
    }
    stop = true;
    writer.join();
    CHECK(code_of([&] { sql::copy_sqlite(*db, copy, key); }) == Code::exists);
    if (keyed) CHECK(code_of([&] { static_cast<void>(open(copy, std::nullopt)); }) == Code::wrong_key);
  }
}

TEST_CASE("a connection for reading writes nothing", "[sqlite]") {
  const TempDir dir;
  const fs::path file = dir.path() / "x.db";
  const auto writer = open(file, std::nullopt, kCreate);
  make_tables(*writer);
  add(*writer, 1, "one");
  const auto reader = open(file, std::nullopt, kReadOnly);
  CHECK(count(*reader) == 1);
  CHECK_THROWS_AS(add(*reader, 2, "two"), Failure);
  CHECK_THROWS_AS(reader->execute("PRAGMA query_only = OFF; DELETE FROM parent"), Failure);
  CHECK(count(*writer) == 1);
}

TEST_CASE("the engine is set up to survive power cuts, hostile files and spilled pages", "[sqlite]") {
  const TempDir dir;
  const auto db = open(dir.path() / "x.db", std::nullopt, kCreate);
  make_tables(*db);
  CHECK(sql::text(*db, "PRAGMA journal_mode") == "wal");
  CHECK(sql::number(*db, "PRAGMA synchronous") == 2);
  CHECK(sql::number(*db, "PRAGMA secure_delete") == 1);
  CHECK(sql::number(*db, "PRAGMA temp_store") == 2);
  CHECK(sql::number(*db, "PRAGMA trusted_schema") == 0);
  CHECK(sql::number(*db, "PRAGMA cell_size_check") == 1);
  CHECK_THROWS_AS(db->execute("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = ''"),
                  Failure);  // defensive
  CHECK(sql::number(*open(dir.path() / "x.db", std::nullopt), "PRAGMA foreign_keys") == 0);
  CHECK(sql::number(*sql::open_sqlite(dir.path() / "x.db", {.enforce_references = true}),
                    "PRAGMA foreign_keys") == 1);
  CHECK_THAT(sql::engine_description(), Catch::Contains("SQLite 3."));
}

TEST_CASE("a long statement stops when another thread asks it to", "[sqlite]") {
  const TempDir dir;
  const auto db = open(dir.path() / "x.db", std::nullopt, kCreate);
  std::atomic<bool> over{false};
  std::thread user([&] {
    while (!over) {
      sql::interrupt_sqlite(*db);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  CHECK_THROWS_AS(
      sql::number(*db,
                  "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"),
      Failure);
  over = true;
  user.join();
}

// ---- the shared subset -----------------------------------------------------------------------------------------

namespace {

/// The string literals of a C++ text that look like SQL, adjacent ones joined.
std::vector<std::string> queries_in(const std::string& source) {
  static const std::regex literal(R"re("((?:[^"\\\n]|\\.)*)"(\s*))re");
  static const std::regex verb(
      R"(\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|CREATE INDEX|ALTER TABLE|PRAGMA|VACUUM|ATTACH)\b)");
  std::vector<std::string> out;
  std::string joined;
  std::size_t end = 0;
  const auto close = [&] {
    if (std::regex_search(joined, verb)) out.push_back(joined);
    joined.clear();
  };
  for (std::sregex_iterator at(source.begin(), source.end(), literal), last; at != last; ++at) {
    if (static_cast<std::size_t>(at->position()) != end) close();
    joined += (*at)[1];
    end = static_cast<std::size_t>(at->position() + at->length());
  }
  close();
  return out;
}

/// What no query may say, and why.
struct Forbidden {
  std::regex what;
  const char* why;
  bool has_good_form = false;  // looked for after its good form was taken out
};

const std::vector<Forbidden>& forbidden() {
  const auto word = [](const char* pattern) { return std::regex(pattern, std::regex::icase); };
  static const std::vector<Forbidden> all{
      {word(
           R"(\b(strftime|julianday|datetime|unixepoch|now|current_timestamp|current_date)\b\s*(\(|$|[ ,)]))"),
       "time is handed in"},
      {word(R"(\bI?LIKE\b|\bGLOB\b|\bREGEXP\b)"), "case folds differently: use a folded column"},
      {word(R"(\bINSERT OR\b|\bREPLACE INTO\b|\bUPDATE OR\b)"), "say ON CONFLICT"},
      {word(R"(\bAUTOINCREMENT\b|\browid\b|last_insert_rowid|\bSERIAL\b)"), "ids are UUIDs"},
      {word(R"(\bPRAGMA\b|\bVACUUM\b|\bATTACH\b|sqlite_master|sqlite_schema)"),
       "SQLite's own: only host/sqlite.cpp"},
      {word(
           R"(\bIFNULL\b|\bIIF\b|\btypeof\b|\bprintf\b|\bgroup_concat\b|\bstring_agg\b|\bjson_|->>?\s*'|::)"),
       "one dialect's only"},
      {word(R"(\|\|)"), "what is joined may be null or a number: join in C++", true},
      {word(R"(\bIS (?!NULL\b|NOT NULL\b|DISTINCT\b|NOT DISTINCT\b))"),
       "IS with a value is SQLite's: say IS NOT DISTINCT FROM or ="},
      {word(R"(\bx'[0-9a-f]*')"), "bytes are parameters"},
      {word(R"((^|[^T]\s*\(?)\bsum\s*\()"), "CAST(sum(x) AS BIGINT): PostgreSQL makes it numeric", true},
      {word(R"(\?(?![0-9]))"), "parameters are numbered"},
      {word(R"(\bLIMIT\s+\d+\s*,)"), "say OFFSET"},
      {word(R"(==)"), "say ="},
  };
  return all;
}

// A person's own query on his replica, which is SQLite and stays so: it may read and nothing else.
constexpr std::string_view kReplicaOnly = "PRAGMA query_only = ON";

std::string wrong_with(const std::string& query) {
  if (query == kReplicaOnly) return {};
  static const std::regex never_null(R"(coalesce\([^()]*\)|'[^']*')", std::regex::icase),
      join(R"(T\s*\|\|\s*T)");
  static const std::regex sum(R"(CAST\(\s*(COALESCE\()?sum\([^()]*\))", std::regex::icase);
  std::string without = std::regex_replace(query, sum, "CASTED");
  without = std::regex_replace(without, never_null, "T");
  for (std::string before; before != without;) {
    before = without;
    without = std::regex_replace(without, join, "T");
  }
  for (const Forbidden& one : forbidden())
    if (std::regex_search(one.has_good_form ? without : query, one.what)) return one.why;
  return {};
}

}  // namespace

TEST_CASE("each rule of the shared subset finds its bad query and lets good ones pass") {
  for (const char* bad :
       {"SELECT strftime('%s')", "SELECT datetime('x')", "SELECT now() FROM t",
        "SELECT 1 FROM t WHERE a LIKE 'x'", "INSERT OR IGNORE INTO t VALUES (1)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)", "PRAGMA x", "SELECT a || b FROM t",
        "SELECT 1 FROM t WHERE a IS ?1", "SELECT sum(n) FROM t", "SELECT 1 FROM t WHERE a = ?",
        "SELECT 1 FROM t LIMIT 1, 2", "SELECT 1 FROM t WHERE a == 1", "SELECT 1 FROM t WHERE id = x'00'",
        "SELECT IFNULL(a, 1) FROM t", "SELECT rowid FROM t", "SELECT coalesce(a, '') || b FROM t"}) {
    INFO(bad);
    CHECK_FALSE(wrong_with(bad).empty());
  }
  for (const char* good :
       {"SELECT CAST(sum(n) AS BIGINT) FROM t", "SELECT CAST(COALESCE(sum(n), 0) AS BIGINT) FROM t",
        "SELECT a FROM t WHERE b IS NULL AND c IS NOT NULL",
        "INSERT INTO t (a) VALUES (?1) ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING a",
        "SELECT known FROM snow WHERE a = ?12 LIMIT 1",
        "SELECT coalesce(a, '') || ' ' || coalesce(b, '') || ' ' || coalesce(c, '') FROM t"}) {
    INFO(good);
    CHECK(wrong_with(good).empty());
  }
  CHECK(queries_in("sql::run(db, \"SELECT a\"\n    \" FROM t\", x); f(\"no query\");") ==
        std::vector<std::string>{"SELECT a FROM t"});
}

TEST_CASE("every query of server and client stays in the subset that both databases speak") {
  std::size_t seen = 0;
  std::string all;
  for (const char* folder : {"server", "client"})
    for (const auto& entry : fs::directory_iterator(fs::path(RELANCE_SOURCE_DIR) / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      for (const std::string& query : queries_in(bytes_of_file(entry.path()))) {
        ++seen;
        if (const std::string wrong = wrong_with(query); !wrong.empty())
          all += "\n" + std::string(folder) + "/" + entry.path().filename().string() + ": " + wrong + ": " +
                 query;
      }
    }
  CHECK(seen > 100);  // we are looking at the right tree
  if (!all.empty()) FAIL_CHECK(all);
}
