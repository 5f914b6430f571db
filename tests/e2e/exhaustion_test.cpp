// What the system does not give: descriptors, memory, threads, space, rights, and a replica of one's own. The programs
// say so in a sentence, lose nothing, and go on when it is there again.

#include <chrono>
#include <csignal>
#include <fstream>

#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;

namespace {

// A command as a person with less of something would run it.
Ran limited(const AgentProgram& agent, const std::vector<std::string>& limit,
            const std::vector<std::string>& arguments) {
  std::vector<std::string> command = limit;
  for (const std::string& word : agent.command(arguments)) command.push_back(word);
  return run(command, agent.environment());
}

std::vector<std::string> add_words(const OfficeWorld& w, const std::string& note) {
  return {"add", "contact_event", "case_id=" + w.cases[0], "outcome=reached", "note=" + note, "--json"};
}

void check_told(const Ran& ran) {
  INFO("exit " << ran.exit_code << ": " << ran.out << ran.err);
  CHECK(ran.exit_code >= 1);
  CHECK(ran.exit_code <= 5);
  CHECK_THAT(ran.err, Catch::StartsWith("relance: "));
  CHECK_FALSE(OfficeWorld::error_code(ran).empty());
}

// Many at once; their ends, in the order of their start.
std::vector<int> all_at_once(const AgentProgram& agent, const std::vector<std::vector<std::string>>& commands,
                             const std::filesystem::path& log) {
  std::vector<std::unique_ptr<Background>> running;
  for (const auto& one : commands)
    running.push_back(std::make_unique<Background>(agent.command(one), agent.environment(), log));
  std::vector<int> codes;
  for (auto& one : running) codes.push_back(one->end(0));
  return codes;
}

bool can(const std::vector<std::string>& command) {
  try {
    return run(command).ok();
  } catch (const StoryEnded&) {
    return false;
  }
}

}  // namespace

TEST_CASE("fifty edits at once on one replica queue up, and all are there") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  REQUIRE(paul({"unlock"}).ok());  // fifty scrypts at once would be a test of memory
  std::vector<std::vector<std::string>> commands;
  for (int i = 0; i < 50; ++i) commands.push_back(add_words(w, "edit " + std::to_string(i)));
  for (const int code : all_at_once(paul, commands, w.dir.path() / "log")) CHECK(code == 0);
  CHECK(paul.json({"status"}).at("pending") == 50);
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(DISTINCT note) FROM contact_event") == 50);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 50);
  static_cast<void>(paul({"lock"}));
}

TEST_CASE("fifty syncs at once wait for each other, and the edit arrives once") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  REQUIRE(paul({"unlock"}).ok());
  OfficeWorld::add_call(paul, w.cases[0], "une fois");
  const std::vector<std::vector<std::string>> commands(50, {"sync"});
  for (const int code : all_at_once(paul, commands, w.dir.path() / "log")) CHECK(code == 0);
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  OfficeWorld::check_agrees(paul);
  static_cast<void>(paul({"lock"}));
}

TEST_CASE("of many enrolments with one code one wins, and the others say why not") {
  OfficeWorld w;
  const std::string code = w.office.invite("paul");
  std::vector<std::unique_ptr<Background>> running;
  std::vector<AgentProgram> agents;
  for (int i = 0; i < 12; ++i) agents.emplace_back(w.dir.path() / ("home" + std::to_string(i)));
  for (const AgentProgram& agent : agents)
    running.push_back(std::make_unique<Background>(agent.command({"enrol", code}), agent.environment(),
                                                   w.dir.path() / "log"));
  int won = 0;
  for (auto& one : running) {
    const int ended = one->end(0);
    won += ended == 0 ? 1 : 0;
    CHECK((ended == 0 || ended == 3));
  }
  CHECK(won == 1);
  CHECK(w.count("SELECT count(*) FROM device WHERE name <> 'office'") == 1);
}

TEST_CASE("the lock of a sync that was killed is in nobody's way") {
  OfficeWorld w;
  Wire wire(w.office.port());
  const AgentProgram paul = w.enrol("paul", "paul", wire.port());
  wire.set(Wire::Mode::hold_answers);
  const int before = wire.caught();
  Background syncing(paul.command({"sync"}), paul.environment(), w.dir.path() / "log");
  REQUIRE(wire.wait_caught(before, 60));
  CHECK(std::filesystem::exists(paul.home() / "sync.lock"));
  syncing.end(SIGKILL);
  wire.set(Wire::Mode::pass);
  const auto begin = std::chrono::steady_clock::now();
  CHECK(paul({"sync"}).ok());
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(60));
}

TEST_CASE("a client without descriptors or memory says so and loses nothing") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const char* limit = GENERATE("--nofile=5", "--nofile=7", "--as=60000000");
  const Ran ran = limited(paul, {"prlimit", limit}, add_words(w, "a peine"));
  INFO(limit << ": " << ran.out << ran.err);
  if (!ran.ok()) check_told(ran);
  CHECK(OfficeWorld::count(paul, "SELECT count(*) FROM contact_event") == (ran.ok() ? 1 : 0));
  CHECK(paul({"sync"}).ok());
  OfficeWorld::check_agrees(paul);
}

#ifndef RELANCE_SANITIZED  // a sanitizer's own memory and threads are more than these limits
TEST_CASE("a server with few descriptors turns devices away and serves them when it has them again") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "patience");
  w.office.stop();
  Background server(
      {"prlimit", "--nofile=26", program("relance-server").string(), "--data", w.office.data().string(),
       "serve", "--listen", "127.0.0.1:" + std::to_string(w.office.port())},
      {}, w.dir.path() / "server.log");
  REQUIRE_FALSE(server.wait_for_line("ready https://", 60).empty());
  {
    // Connections that say nothing take every descriptor that is left.
    std::vector<std::unique_ptr<Background>> silent;
    for (int i = 0; i < 30; ++i)
      silent.push_back(std::make_unique<Background>(
          std::vector<std::string>{
              "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/" + std::to_string(w.office.port()) + "; sleep 60"},
          Environment{}, w.dir.path() / "silent.log"));
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const Ran away = paul({"sync", "--json"});
    CHECK(away.exit_code == 4);
    check_told(away);
    CHECK(server.runs());
  }
  Ran again = paul({"sync", "--json"});
  for (int i = 0; i < 20 && !again.ok(); ++i) again = paul({"sync", "--json"});
  INFO(again.out);
  CHECK(again.ok());
  CHECK(server.runs());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
}

TEST_CASE("a server that gets no threads says so and leaves nothing half open") {
  OfficeWorld w;
  w.office.stop();
  const std::string root = "--reuid=12345";
  std::filesystem::permissions(w.dir.path(), std::filesystem::perms::all);
  if (!can({"setpriv", root, "--clear-groups", "true"})) {
    WARN("SKIPPED: this account cannot become another one, and root has no limit of threads");
    return;
  }
  REQUIRE(can({"chown", "-R", "12345", w.office.data().string()}));
  const Ran ran =
      run({"setpriv", root, "--clear-groups", "prlimit", "--nproc=6", program("relance-server").string(),
           "--data", w.office.data().string(), "serve", "--listen", "127.0.0.1:0"});
  INFO(ran.exit_code << ran.err);
  CHECK(ran.exit_code == 1);
  CHECK_THAT(ran.err, Catch::Contains("threads"));
  CHECK(w.office({"verify"}).ok());
}
#endif

TEST_CASE("where a file may not grow an edit is refused before anybody thinks that it is saved") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant");
  // SIGXFSZ is ignored as under a quota, where it does not exist: the write fails instead
  const std::vector<std::string> no_growth{"bash", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "bash"};
  const Ran refused = limited(paul, no_growth, add_words(w, "sans place"));
  check_told(refused);
  const Ran read = limited(paul, no_growth, {"sql", "SELECT count(*) FROM contact_event", "--json"});
  INFO(read.err);
  CHECK(read.ok());
  CHECK(read.out.find("[[1]]") != std::string::npos);
  check_told(limited(paul, no_growth, {"sync", "--json"}));
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  OfficeWorld::check_agrees(paul);
}

TEST_CASE(
    "a full disk refuses edits in a sentence, is read all the same, and is synced when there is room again") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant");
  const auto home = paul.home().string();
  if (!can({"unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"})) {
    WARN("SKIPPED: this account may not mount a small disk of its own");
    return;
  }
  // A disk as large as the replica: copied there, filled to the last byte, worked on, emptied of the ballast.
  const std::string script =
      "set -e; mount -t tmpfs -o size=2m tmpfs /mnt; cp -a '" + home + "' /mnt/home; h=/mnt/home; r='" +
      program("relance").string() +
      "'; dd if=/dev/zero of=/mnt/ballast bs=1k status=none 2>/dev/null || true\n"
      "$r --home $h add contact_event case_id=" +
      w.cases[0] +
      " outcome=reached note=plein --json > /mnt/../tmp/$1.edit 2>/dev/null; echo edit $?\n"
      "$r --home $h cases > /dev/null; echo read $?\n"
      "$r --home $h sync > /dev/null 2>&1; echo sync $?\n"
      "rm /mnt/ballast\n"
      "$r --home $h sync > /dev/null; echo again $?\n"
      "$r --home $h status --json\n";
  std::string without_e = script;
  without_e.replace(without_e.find("set -e; "), 8, "");
  const Ran ran = run({"unshare", "-rm", "bash", "-c", without_e, "bash", w.dir.path().filename().string()},
                      paul.environment());
  INFO(ran.out << ran.err);
  CHECK(ran.line("edit ") == "edit 1");
  CHECK(ran.line("read ") == "read 0");
  CHECK(ran.line("sync ") != "sync 0");
  CHECK(ran.line("again ") == "again 0");
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  CHECK(ran.out.find("\"pending\":0") != std::string::npos);
}

TEST_CASE("a home that may only be read is read, and refuses edits in a sentence") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant");
  const auto home = paul.home().string();
  if (!can({"unshare", "-rm", "bash", "-c",
            "mount --bind '" + home + "' '" + home + "' && mount -o remount,bind,ro '" + home + "'"})) {
    WARN("SKIPPED: this account may not make a read-only mount of its own");
    return;
  }
  const std::vector<std::string> read_only{
      "unshare",
      "-rm",
      "bash",
      "-c",
      "mount --bind '" + home + "' '" + home + "' && mount -o remount,bind,ro '" + home + "' && exec \"$@\"",
      "bash"};
  const Ran refused = limited(paul, read_only, add_words(w, "en vain"));
  check_told(refused);
  CHECK_THAT(refused.err, Catch::Contains("rights"));
  CHECK(limited(paul, read_only, {"cases"}).ok());
  CHECK(limited(paul, read_only, {"case", w.cases[0]}).ok());
  CHECK(limited(paul, read_only, {"status"}).ok());
  check_told(limited(paul, read_only, {"sync", "--json"}));
  CHECK(paul({"sync"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
}

TEST_CASE("an office rises on a new machine from a backup and the keys that were kept elsewhere") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant l'incendie");
  REQUIRE(paul({"sync"}).ok());
  const auto backup = w.dir.path() / "backup.db";
  REQUIRE(w.office({"backup", backup.string()}).ok());
  w.office.stop();
  OfficeProgram fresh(w.dir.path() / "fresh");
  std::filesystem::create_directory(fresh.data());
  for (const char* name : {"server.key", "ca.key", "ca.crt"})
    std::filesystem::copy_file(w.office.data() / name, fresh.data() / name);
  const Ran restored = fresh({"restore", backup.string()});
  INFO(restored.err);
  REQUIRE(restored.ok());
  fresh.start("127.0.0.1:" + std::to_string(w.office.port()));
  OfficeWorld::add_call(paul, w.cases[0], "apres");
  CHECK(paul({"sync"}).ok());
  CHECK(fresh.json({"sql", "SELECT count(*) FROM contact_event"}).at("rows").at(0).at(0) == 2);
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("a server whose own key and certificate are of two times makes itself a new pair") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  w.office.stop();
  std::filesystem::copy_file(w.office.data() / "ca.key", w.office.data() / "tls.key",
                             std::filesystem::copy_options::overwrite_existing);
  w.office.start("127.0.0.1:" + std::to_string(w.office.port()));
  CHECK(paul({"sync"}).ok());
}

TEST_CASE("a destruction that was cut is finished by the next command, and the home can be enrolled again") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  std::filesystem::resize_file(paul.home() / "replica.key", 0);  // cut in the middle of the first file
  std::ofstream(paul.home() / "destroyed") << "wiped\n";
  const bool enrols_at_once = GENERATE(false, true);
  if (!enrols_at_once) {
    const Ran ran = paul({"cases", "--json"});
    CHECK(ran.exit_code == 5);
    CHECK(OfficeWorld::error_code(ran) == "wiped");
    for (const char* name : {"replica.db", "replica.key", "device.key", "device.crt"})
      CHECK_FALSE(std::filesystem::exists(paul.home() / name));
  }
  CHECK(paul({"enrol", w.office.invite("paul")}).ok());
  CHECK(paul({"cases"}).ok());
}
