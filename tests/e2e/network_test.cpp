// What a bad network and sudden deaths do to the real programs: nothing is lost, nothing happens twice.
#include <csignal>

#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

TEST_CASE("an answer lost on the way is asked for again") {
  OfficeWorld w;
  Wire wire(w.office.port());
  const AgentProgram paul = w.enrol("paul", "paul", wire.port());
  OfficeWorld::add_call(paul, w.cases[0], "une seule fois");
  wire.set(Wire::Mode::lose_answers);
  const Ran lost = paul({"sync", "--json"});
  CHECK(lost.exit_code == 4);
  CHECK(OfficeWorld::error_code(lost) == "unreachable");
  CHECK(wire.caught() >= 1);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);  // it arrived; only the answer did not
  CHECK(paul.json({"status"}).at("pending") == 1);
  wire.set(Wire::Mode::pass);
  CHECK(paul({"sync"}).ok());
  CHECK(paul.json({"status"}).at("pending") == 0);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("a server killed between commit and answer gives the first outcome when it is back") {
  OfficeWorld w;
  Wire wire(w.office.port());
  const AgentProgram paul = w.enrol("paul", "paul", wire.port());
  OfficeWorld::add_call(paul, w.cases[0], "avant la panne");
  wire.set(Wire::Mode::hold_answers);
  const int before = wire.caught();
  Background syncing(paul.command({"sync"}), paul.environment(), w.dir.path() / "sync.log");
  REQUIRE(wire.wait_caught(before, 60));
  w.office.kill();
  syncing.end(SIGKILL);
  wire.set(Wire::Mode::pass);
  w.office.start();
  wire.redirect(w.office.port());
  const auto report = paul.json({"sync"});
  CHECK(report.at("sent") == 1);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  CHECK(w.count("SELECT count(*) FROM history WHERE table_no = 12") == 1);
  OfficeWorld::check_agrees(paul);
  CHECK(w.office({"verify"}).ok());
}

TEST_CASE("a client killed between sending and hearing sends again, and its edits are counted once") {
  OfficeWorld w;
  Wire wire(w.office.port());
  const AgentProgram paul = w.enrol("paul", "paul", wire.port());
  for (int i = 0; i < 3; ++i) OfficeWorld::add_call(paul, w.cases[0], "appel " + std::to_string(i));
  wire.set(Wire::Mode::hold_answers);
  const int before = wire.caught();
  Background syncing(paul.command({"sync"}), paul.environment(), w.dir.path() / "sync.log");
  REQUIRE(wire.wait_caught(before, 60));
  CHECK(syncing.end(SIGKILL) == 128 + SIGKILL);
  wire.set(Wire::Mode::pass);
  OfficeWorld::add_call(paul, w.cases[1], "apres la coupure");
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 4);
  CHECK(paul.json({"status"}).at("pending") == 0);
  CHECK(w.count("SELECT count(*) FROM device WHERE state = 'frozen'") == 0);
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("two machines of one agent see each other's work") {
  OfficeWorld w;
  const AgentProgram desk = w.enrol("paul", "desk");
  const AgentProgram laptop = w.enrol("paul", "laptop");
  OfficeWorld::add_call(desk, w.cases[0], "du bureau");
  OfficeWorld::add_call(laptop, w.cases[0], "du portable");
  CHECK(desk({"sync"}).ok());
  CHECK(laptop({"sync"}).ok());
  CHECK(desk({"sync"}).ok());
  CHECK(OfficeWorld::count(desk, "SELECT count(*) FROM contact_event") == 2);
  CHECK(OfficeWorld::count(laptop, "SELECT count(*) FROM contact_event") == 2);
  OfficeWorld::check_agrees(desk);
  OfficeWorld::check_agrees(laptop);
}

TEST_CASE("a server that is away is said plainly, and the work goes on") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  CHECK(w.office.stop() == 0);
  const Ran sync = paul({"sync", "--json"});
  CHECK(sync.exit_code == 4);
  CHECK(OfficeWorld::error_code(sync) == "unreachable");
  OfficeWorld::add_call(paul, w.cases[0], "sans reseau");
  CHECK(paul({"cases"}).ok());
  CHECK(paul({"case", w.cases[0]}).ok());
  CHECK(paul({"status"}).ok());
}

TEST_CASE("eight commands at once on one replica queue their edits and lose none") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  std::vector<std::unique_ptr<Background>> commands;
  for (int i = 0; i < 8; ++i)
    commands.push_back(
        std::make_unique<Background>(paul.command({"add", "contact_event", "case_id=" + w.cases[0],
                                                   "outcome=no_answer", "note=" + std::to_string(i)}),
                                     paul.environment(), w.dir.path() / "edits.log"));
  for (auto& command : commands) CHECK(command->end(0) == 0);
  CHECK(paul.json({"status"}).at("pending") == 8);
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 8);
}

TEST_CASE("the server speaks IPv6") {
  OfficeWorld w;
  w.office.stop();
  w.office.start("[::1]:0");
  AgentProgram paul(w.dir.path() / "paul");
  const Ran invited = w.office({"invite", "paul"});
  REQUIRE(invited.ok());
  const Ran ran = paul({"enrol", invited.last_word()});
  INFO(ran.err);
  CHECK(ran.ok());
}
