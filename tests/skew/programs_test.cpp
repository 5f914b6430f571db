// The real programs of two versions on one office and one home: the server is upgraded first, devices when they like.
#include "schema/version.h"
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

struct TwoVersions : OfficeWorld {
  OfficeProgram newer_office{office.data(), "relance-server-next"};
  AgentProgram old_paul = enrol("paul", "paul");
  AgentProgram new_paul{old_paul.home(), "en", "relance-next"};

  TwoVersions() { REQUIRE(old_paul({"sync"}).ok()); }

  static Ran expect(const Ran& ran, int code, const char* words) {
    INFO(ran.out << ran.err);
    CHECK(ran.exit_code == code);
    CHECK_THAT(ran.out + ran.err, Catch::Contains(words));
    return ran;
  }
  void upgrade_office() {
    const std::string where = "127.0.0.1:" + std::to_string(office.port());
    REQUIRE(office.stop() == 0);
    const std::string moved = "Upgraded from schema version " + std::to_string(schema::kShippedVersion) +
                              " to " + std::to_string(schema::kShippedVersion + 1) + ".";
    expect(newer_office({"upgrade"}), 0, moved.c_str());
    newer_office.start(where);
  }
};

}  // namespace

TEST_CASE(
    "the server is upgraded first: old programs go on, and each replica follows when a newer one opens it") {
  TwoVersions w;
  OfficeWorld::add_call(w.old_paul, w.cases[0], "avant");
  TwoVersions::expect(w.newer_office({"upgrade"}), 1, "stop it");
  TwoVersions::expect(w.newer_office({"upgrade", "--dry-run"}), 0, "ADD COLUMN callback_wanted");
  TwoVersions::expect(w.newer_office({"cases"}), 1, "relance-server upgrade");
  REQUIRE(w.office.stop() == 0);
  TwoVersions::expect(w.newer_office({"serve", "--listen", "127.0.0.1:0"}), 1, "relance-server upgrade");
  w.office.start("127.0.0.1:" + std::to_string(w.office.port()));
  w.upgrade_office();
  TwoVersions::expect(w.newer_office({"upgrade"}), 0, "already");
  TwoVersions::expect(w.office({"cases"}), 1, "install the newer");
  CHECK(w.newer_office({"verify"}).ok());

  // The old program on the old replica, at the new server.
  TwoVersions::expect(w.old_paul({"sync"}), 0, "");
  OfficeWorld::check_agrees(w.old_paul);
  OfficeWorld::add_call(w.old_paul, w.cases[1], "en route");

  // The first command of the newer program upgrades the replica, also one that only reads.
  TwoVersions::expect(w.new_paul({"outbox"}), 0, "upgraded");
  TwoVersions::expect(w.old_paul({"cases"}), 1, "newer program");
  CHECK(w.new_paul({"edit", "case_file", w.cases[0], "next_step=huissier"}).ok());
  TwoVersions::expect(w.new_paul({"sync"}), 0, "");
  OfficeWorld::check_agrees(w.new_paul);
  CHECK(w.newer_office.json({"sql", "SELECT count(*) FROM contact_event"}).at("rows").at(0).at(0) == 2);
  CHECK(w.newer_office.json({"sql", "SELECT count(*) FROM case_file WHERE next_step = 'huissier'"})
            .at("rows")
            .at(0)
            .at(0) == 1);
  CHECK(w.newer_office({"verify"}).ok());
}

TEST_CASE("a device that is upgraded before its server is told so, works on, and loses nothing") {
  TwoVersions w;
  OfficeWorld::add_call(w.old_paul, w.cases[0], "avant");
  CHECK(w.new_paul({"cases"}).ok());
  TwoVersions::expect(w.new_paul({"sync"}), 1, "older than this program");
  OfficeWorld::add_call(w.new_paul, w.cases[1], "entre deux");
  CHECK(OfficeWorld::count(w.new_paul, "SELECT count(*) FROM contact_event") == 2);
  w.upgrade_office();
  TwoVersions::expect(w.new_paul({"sync"}), 0, "");
  OfficeWorld::check_agrees(w.new_paul);
  CHECK(w.newer_office.json({"sql", "SELECT count(*) FROM contact_event"}).at("rows").at(0).at(0) == 2);
}

TEST_CASE(
    "a backup from before the upgrade is restored by the newer program, and the devices give back the rest") {
  TwoVersions w;
  const std::string backup = (w.dir.path() / "backup.db").string();
  REQUIRE(w.office({"backup", backup}).ok());
  OfficeWorld::add_call(w.old_paul, w.cases[0], "apres la sauvegarde");
  REQUIRE(w.old_paul({"sync"}).ok());
  w.upgrade_office();
  TwoVersions::expect(w.new_paul({"sync"}), 0, "");
  const std::string where = "127.0.0.1:" + std::to_string(w.newer_office.port());
  REQUIRE(w.newer_office.stop() == 0);
  const Ran restored = w.newer_office({"restore", backup});
  INFO(restored.err);
  REQUIRE(restored.ok());
  CHECK(w.newer_office({"verify"}).ok());
  w.newer_office.start(where);
  TwoVersions::expect(w.new_paul({"sync"}), 0, "");
  OfficeWorld::check_agrees(w.new_paul);
  CHECK(w.newer_office.json({"sql", "SELECT count(*) FROM contact_event"}).at("rows").at(0).at(0) == 1);
}
