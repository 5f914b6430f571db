// An encrypted replica shows nothing of what is in it, in no file and at no moment: while it writes, killed in the
// middle of it, and afterwards. Every text and blob column of every table of a replica bears a needle.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "host/digest.h"
#include "host/needles.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/tables.h"
#include "schema/version.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNeedle = "AIGUILLE-DANS-LA-COLONNE";

// The needle in the forms that an engine or a log could give it, and what a plain file of ours begins with.
Needles all_forms() {
  std::string wide, wide_turned;
  for (const char c : kNeedle) {
    wide += {c, '\0'};
    wide_turned += {'\0', c};
  }
  Needles out;
  for (const std::string& form : {std::string(kNeedle), wide, wide_turned, hex(kNeedle),
                                  std::string("CREATE TABLE"), std::string("SQLite format 3")})
    REQUIRE(out.add(form));
  out.settle();
  return out;
}

std::string bytes_of_file(const fs::path& path) {
  std::error_code gone;
  const auto size = fs::file_size(path, gone);
  std::string out(gone ? 0 : size, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(file.gcount()));
  return out;
}

// The files in which one of them stands. Files may vanish while one looks.
std::vector<std::string> shown_in(const std::vector<fs::path>& directories) {
  static const Needles forms = all_forms();
  std::vector<std::string> out;
  for (const fs::path& directory : directories) {
    std::error_code gone;
    for (const auto& entry : fs::recursive_directory_iterator(directory, gone))
      if (entry.is_regular_file(gone))
        forms.search(bytes_of_file(entry.path()), [&](std::size_t form) {
          out.push_back(entry.path().filename().string() + ": " + forms[form]);
        });
  }
  return out;
}

Value value_for(const schema::Column& column, Random& random, std::int64_t n) {
  switch (column.type) {
    case schema::Type::id: return random.uuid();
    case schema::Type::text:
    case schema::Type::set: return std::string(kNeedle) + " " + std::to_string(n);
    case schema::Type::word: return std::string(column.words.front());
    case schema::Type::date: return std::string("2026-11-21");
    case schema::Type::bytes: return Bytes{std::string(kNeedle) + random.uuid().text()};
    case schema::Type::integer:
    case schema::Type::cents:
    case schema::Type::instant: return n;
    case schema::Type::flag: return std::int64_t{0};
  }
  return Null{};
}

// A row in every table of a replica, a needle in every column that can hold one.
void add_rows(sql::Connection& db, Random& random, std::int64_t n) {
  const auto add = [&](const schema::Table& t) {
    if (t.side == schema::Side::server) return;
    std::string names, places;
    std::vector<Value> values;
    for (const schema::Column& column : t.columns) {
      if (!t.engine && !schema::is_served(column, schema::kVersion)) continue;
      names += (names.empty() ? "" : ", ") + std::string(column.name);
      values.push_back(value_for(column, random, n));
      places += (places.empty() ? "?" : ", ?") + std::to_string(values.size());
    }
    if (names.empty()) return;
    sql::Query q(db, "INSERT INTO " + std::string(t.name) + " (" + names + ") VALUES (" + places +
                         ") ON CONFLICT DO NOTHING");
    for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i) + 1, values[i]);
    q.next();
  };
  for (const schema::Table& t : schema::business_tables())
    if (schema::is_served(t, schema::kVersion)) add(t);
  for (const schema::Table& t : schema::engine_tables())
    if (t.name != "meta") add(t);
}

// What a replica does all day, on and on: writes, sorts more than fits its cache, deletes, makes its file anew.
// `begun` is made after the first commit: on a slow machine that takes a second.
[[noreturn]] void work_for_ever(const fs::path& file, const std::string& key, std::uint64_t seed,
                                const fs::path& begun) {
  SeededRandom random(seed);
  const auto db = sql::open_sqlite(file, {.key = key, .cache_kib = 256});
  for (std::int64_t n = 1;; ++n) {
    {
      sql::Transaction transaction(*db, sql::Access::write);
      for (int i = 0; i < 15; ++i) add_rows(*db, random, n * 100 + i);
      transaction.commit();
    }
    if (n == 1) std::ofstream(begun) << n;
    {
      sql::Query sorted(
          *db,
          "SELECT a.note, b.note FROM contact_event a, contact_event b ORDER BY b.note, a.note LIMIT 20000");
      while (sorted.next()) {
      }
    }
    db->execute("UPDATE debtor SET legal_name = legal_name || ' encore'");
    db->execute("DELETE FROM contact_event WHERE substr(hex(id), 31, 1) < '5'");
    if (n % 4 == 0) db->execute("VACUUM");
    if (n % 3 == 0) sql::checkpoint_sqlite(*db);
  }
}

}  // namespace

TEST_CASE("an encrypted replica shows no needle in any file at any time, killed or not", "[needle]") {
  if (!sql::engine_encrypts()) return;
  World w;
  const fs::path home = w.dir.path() / "home", spill = w.dir.path() / "spill";
  fs::create_directories(home);
  fs::create_directories(spill);
  const std::string key(32, 'k');
  const Id paul = w.office.add_staff("paul", "agent");
  {
    const auto held = w.add_case();
    w.office.assign(held.case_id, paul);
    TestDevice device(home / "replica.db", w.office, paul, w.clock, w.random, {.key = key});
    device.sync();
    device.edit({insert_op("task", w.random.row_id(w.clock.now()),
                           {{"case_id", held.case_id}, {"title", std::string(kNeedle)}})});
    CHECK(shown_in({home}).empty());
    device.sync();
    CHECK(shown_in({home}).empty());
  }
  // The search finds what is there: the office's own file of this test is plain.
  CHECK_FALSE(shown_in({w.dir.path()}).empty());

  for (std::uint64_t round = 0; round < 5; ++round) {
    INFO(round);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      ::setenv("SQLITE_TMPDIR", spill.c_str(), 1);
      ::setenv("TMPDIR", spill.c_str(), 1);
      try {
        work_for_ever(home / "replica.db", key, round, w.dir.path() / ("begun-" + std::to_string(round)));
      } catch (const std::exception& failure) {
        std::fprintf(stderr, "%s\n", failure.what());
      }
      ::_exit(1);
    }
    for (int waited = 0; waited < 600 && !fs::exists(w.dir.path() / ("begun-" + std::to_string(round)));
         ++waited)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (int look = 0; look < 3; ++look) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + 37 * round));
      CHECK(shown_in({home, spill}).empty());
    }
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));  // it was at work to the end
    CHECK(shown_in({home, spill}).empty());
  }
  const auto db = sql::open_sqlite(home / "replica.db", {.key = key});
  CHECK(sql::number(*db, "SELECT count(*) FROM debtor WHERE legal_name LIKE 'AIGUILLE%'").value_or(0) > 0);
  CHECK(sql::check_sqlite(*db, false).empty());
}
