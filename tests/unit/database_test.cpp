// The office's database and what `verify` finds: every kind of damage that it promises to find is made here.
#include "server/database.h"

#include "host/failure.h"
#include "host/sqlite.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

struct Healthy : World {
  Id paul = office.add_staff("paul", "agent"), clerk = office.add_staff("nadia", "clerk");
  CaseIds own = add_case(), unheld = add_case();
  Healthy() {
    office.assign(own.case_id, paul);
    office.edit(clerk, {insert_op("task", random.row_id(0),
                                  {{"case_id", own.case_id}, {"title", std::string("x")}})});
    REQUIRE(server::verify_office(office.db()).empty());
  }
  std::string found() {
    std::string all;
    for (const std::string& one : server::verify_office(office.db())) all += one + "\n";
    return all;
  }
  void damage(std::string_view text) { office.db().execute(text); }
};

}  // namespace

TEST_CASE("verify finds a feed that lacks a row, names one too many, or knows a stranger") {
  Healthy w;
  SECTION("an entry is missing") {
    w.damage("DELETE FROM feed_entry WHERE table_no = 19");
    CHECK_THAT(w.found(), Catch::Contains("0 rows too many and lacks 1"));
  }
  SECTION("an entry is marked as gone") {
    w.damage("UPDATE feed_entry SET gone = 1 WHERE table_no = 19");
    CHECK_THAT(w.found(), Catch::Contains("lacks 1"));
  }
  SECTION("a case of nobody's is named") {
    sql::run(w.office.db(),
             "INSERT INTO feed_entry (feed_id, table_no, row_id, seq, gone) VALUES (?1, 7, ?2, 99, 0)",
             w.paul, w.unheld.case_id);
    CHECK_THAT(w.found(), Catch::Contains("names 1 rows too many"));
  }
  SECTION("a clerk's feed names a case, although he never held one") {
    sql::run(w.office.db(),
             "INSERT INTO feed_entry (feed_id, table_no, row_id, seq, gone) VALUES (?1, 7, ?2, 1, 0)",
             w.clerk, w.own.case_id);
    CHECK_THAT(w.found(), Catch::Contains("names 1 rows too many"));
  }
  SECTION("the common feed lacks the creditor") {
    w.damage("DELETE FROM feed_entry WHERE table_no = 3");
    CHECK_THAT(w.found(), Catch::Contains("the common feed names 0 rows too many and lacks 1"));
  }
}

TEST_CASE("verify finds an audit chain that was altered, shortened in the middle or put in another order") {
  Healthy w;
  SECTION("who") { w.damage("UPDATE audit_entry SET staff_id = zeroblob(16) WHERE seq = 3"); }
  SECTION("what") { w.damage("UPDATE audit_entry SET action = 'nothing' WHERE seq = 3"); }
  SECTION("when") { w.damage("UPDATE audit_entry SET happened_at = happened_at + 1 WHERE seq = 3"); }
  SECTION("its object") { w.damage("UPDATE audit_entry SET object_hash = zeroblob(32) WHERE seq = 3"); }
  SECTION("left out") { w.damage("DELETE FROM audit_entry WHERE seq = 3"); }
  SECTION("the first left out and the rest moved up") {
    w.damage("DELETE FROM audit_entry WHERE seq = 1; UPDATE audit_entry SET seq = seq - 1");
    CHECK_THAT(w.found(), Catch::Contains("the audit chain is broken at entry 1"));
    return;
  }
  CHECK_THAT(w.found(), Catch::Contains("the audit chain is broken at entry 3"));
}

TEST_CASE("verify finds values that do not fit their column and references into nothing") {
  Healthy w;
  SECTION("a word of no closed set") {
    w.damage("UPDATE case_file SET stage = 'nowhere'");
    CHECK_THAT(w.found(), Catch::Contains("values of case_file do not fit their column (stage)"));
  }
  SECTION("a date that does not exist") {
    w.damage("UPDATE case_file SET next_action_on = '2026-02-30'");
    CHECK_THAT(w.found(), Catch::Contains("(next_action_on)"));
  }
  SECTION("a set in disorder") {
    w.damage("UPDATE case_file SET tags = 'b a'");
    CHECK_THAT(w.found(), Catch::Contains("(tags)"));
  }
  SECTION("a case without its debtor") {
    w.damage("PRAGMA foreign_keys = OFF; DELETE FROM debtor; PRAGMA foreign_keys = ON");
    CHECK_THAT(w.found(), Catch::Contains("a row of case_file points to a row of debtor"));
  }
}

TEST_CASE("a database of another schema, or with none, is refused with its remedy") {
  Healthy w;
  CHECK_NOTHROW(server::require_schema(w.office.db()));
  const auto code_for = [&](const char* version) {
    sql::set_meta(w.office.db(), "schema", version);
    try {
      server::require_schema(w.office.db());
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Code::usage;
  };
  CHECK(code_for("0") == Code::corrupt);
  CHECK(code_for("99") == Code::upgrade_required);
  CHECK(code_for("one") == Code::corrupt);
  CHECK(code_for("1x") == Code::corrupt);
  CHECK(code_for("") == Code::corrupt);
  CHECK(code_for("99999999999999999999") == Code::corrupt);
  w.damage("DELETE FROM meta WHERE name = 'schema'");
  CHECK_THROWS_AS(server::require_schema(w.office.db()), Failure);
}

TEST_CASE("an id that is none in the file is damage, and no defect of the program") {
  const auto db = sql::open_sqlite(":memory:", {.mode = sql::SqliteOptions::Mode::create});
  for (const char* text : {"SELECT x'0102'", "SELECT NULL", "SELECT 'sixteen bytes!!!!'"}) {
    sql::Query q(*db, text);
    REQUIRE(q.next());
    CHECK_THROWS_AS(q.id(0), Failure);
  }
}
