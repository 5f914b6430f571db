// Who is let in, and what becomes of devices that are not trusted any more.
#include "server/office.h"
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

TEST_CASE("a code leads to the office that made it and to no other") {
  OfficeWorld w;
  OfficeProgram other(w.dir.path() / "other");
  REQUIRE(other({"init", "--name", "Autre"}).ok());
  other.start();
  AgentProgram paul(w.dir.path() / "paul");
  const Ran ran = paul({"enrol", w.office.invite("paul", other.port()), "--json"});
  CHECK(ran.exit_code == 4);
  CHECK(OfficeWorld::error_code(ran) == "certificate");
  CHECK(paul({"enrol", w.office.invite("paul")}).ok());  // and nothing half made was left
}

TEST_CASE("a code is good once, for fifteen minutes, and only as it was given") {
  OfficeWorld w;
  const std::string code = w.office.invite("paul");
  AgentProgram first(w.dir.path() / "first");
  REQUIRE(first({"enrol", code}).ok());
  AgentProgram second(w.dir.path() / "second");
  const Ran again = second({"enrol", code, "--json"});
  CHECK(again.exit_code == 3);
  CHECK(OfficeWorld::error_code(again) == "code_refused");

  const std::string late = w.office.invite("paul");
  {
    const server::Office office(w.office.data(), false);
    const auto db = office.connect(server::Office::Use::write);
    sql::run(*db, "UPDATE invite SET expires_at = 1 WHERE used_at IS NULL");
  }
  const Ran expired = second({"enrol", late, "--json"});
  CHECK(expired.exit_code == 3);
  CHECK(OfficeWorld::error_code(expired) == "code_refused");

  std::string typo = w.office.invite("paul");
  typo[7] = typo[7] == 'a' ? 'b' : 'a';
  CHECK(second({"enrol", typo}).exit_code == 3);
  CHECK(w.count("SELECT count(*) FROM device WHERE name IS NOT NULL AND name <> 'office'") == 1);
}

TEST_CASE("a wrong passphrase opens nothing") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ran ran = run(paul.command({"cases", "--json"}), {"RELANCE_PASSPHRASE=une autre phrase"});
  CHECK(ran.exit_code == 5);
  CHECK(OfficeWorld::error_code(ran) == "locked");
  const Ran none = run(paul.command({"cases", "--json"}), {});
  CHECK(none.exit_code == 5);  // no terminal, no question
}

TEST_CASE("the replica on disk shows nothing to who has no key") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "AIGUILLE-DANS-LA-REPLIQUE");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(paul.home())) {
    if (!entry.is_regular_file()) continue;
    const std::string content = read_file(entry.path(), std::size_t{1} << 28);
    INFO(entry.path());
    CHECK(content.find("AIGUILLE") == std::string::npos);
    CHECK(content.find("contact_event") == std::string::npos);
    CHECK(content.find("PRIVATE KEY") == std::string::npos);
  }
}

TEST_CASE("a suspended device's edits reach the quarantine; trusted again, it sends them itself") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string device{w.office.json({"devices"}).at("devices").at(0).at("id").as_string()};
  OfficeWorld::add_call(paul, w.cases[0], "pendant la suspension");
  REQUIRE(w.office({"device", "suspend", device}).ok());
  const Ran sync = paul({"sync"});
  CHECK(sync.exit_code == 5);
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 0);
  CHECK(paul.json({"status"}).at("state") == "suspended");
  REQUIRE(w.office({"device", "resume", device}).ok());
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().empty());
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("a device told to wipe hands over what is unsent, then destroys its replica") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string device{w.office.json({"devices"}).at("devices").at(0).at("id").as_string()};
  OfficeWorld::add_call(paul, w.cases[0], "derniere note");
  REQUIRE(w.office({"device", "wipe", device}).ok());
  const Ran sync = paul({"sync"});
  CHECK(sync.exit_code == 5);
  CHECK_FALSE(std::filesystem::exists(paul.home() / "replica.db"));
  CHECK_FALSE(std::filesystem::exists(paul.home() / "replica.key"));
  CHECK(w.office.json({"devices"}).at("devices").at(0).at("state") == "wiped");
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
  REQUIRE(w.office({"quarantine", "apply", device}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
}

TEST_CASE("a lost device gives the list of exactly whose data was on it") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string device{w.office.json({"devices"}).at("devices").at(0).at("id").as_string()};
  const auto report = w.office.json({"device", "lost", device});
  CHECK(report.at("cases").as_array().size() == 5);
  CHECK(paul({"sync"}).exit_code == 5);
}
