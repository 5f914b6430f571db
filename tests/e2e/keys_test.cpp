// What becomes of a replica whose time is over, whose passphrase is forgotten, or that has to go with edits in it; and
// where keys and passphrases must not be found meanwhile.
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "client/home.h"
#include "client/keys.h"
#include "host/clock.h"
#include "host/openssl.h"
#include "server/office.h"
#include "server/pki.h"
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNeedle = "AIGUILLE-SCELLEE";
constexpr std::string_view kPassphrase = "douze lettres au moins";  // the harness's
constexpr Ms kDay = 86'400'000;

std::string whole(const fs::path& path) { return read_file(path, std::size_t{1} << 30); }

// Files of a directory in which a text stands as it is.
std::vector<std::string> files_with(const fs::path& directory, std::string_view text) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && whole(entry.path()).find(text) != std::string::npos)
      out.push_back(entry.path().filename().string());
  return out;
}

void set_meta(const AgentProgram& agent, std::string_view name, Ms content) {
  const client::Home home(agent.home(), false);
  const auto db =
      home.open_replica(KeyEnvelope::open(home.file("replica.key"), kPassphrase), client::Home::Use::write);
  sql::Transaction transaction(*db, sql::Access::write);
  sql::set_meta(*db, name, std::to_string(content));
  transaction.commit();
}

std::string device_of(const OfficeWorld& w) {
  return std::string(w.office.json({"devices"}).at("devices").at(0).at("id").as_string());
}

void age_certificate(const OfficeWorld& w, const AgentProgram& agent) {
  const client::Home home(agent.home(), false);
  const Secret key = home.device_key(KeyEnvelope::open(home.file("replica.key"), kPassphrase));
  const auto device = device_of_uri(facts_of_certificate(home.certificate_pem()).uri_san);
  home.keep_certificate(sign_device_request(server::Office(w.office.data(), false).ca(),
                                            make_csr(*key_from_pem(key.view())), device.value(),
                                            SystemClock().now() - 100 * kDay));
}

std::size_t count_in(const std::string& text, std::string_view needle) {
  std::size_t count = 0;
  for (std::size_t at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 1)) ++count;
  return count;
}

// What a process has in memory, as far as it may be read at all.
std::string memory_of(pid_t pid) {
  std::string out;
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  std::ifstream memory("/proc/" + std::to_string(pid) + "/mem", std::ios::binary);
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t from = 0, to = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &from, &to) != 2 || line.find(" r") == std::string::npos)
      continue;
    if (line.find("[vvar]") != std::string::npos || to - from > (std::uint64_t{1} << 30)) continue;
    std::string part(to - from, '\0');
    memory.clear();
    memory.seekg(static_cast<std::streamoff>(from));
    memory.read(part.data(), static_cast<std::streamsize>(part.size()));
    if (memory.gcount() > 0) out.append(part, 0, static_cast<std::size_t>(memory.gcount()));
  }
  return out;
}

// Processes whose command line names this text.
std::vector<pid_t> processes_with(std::string_view text) {
  std::vector<pid_t> out;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline");
    const std::string line((std::istreambuf_iterator<char>(file)), {});
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (pid != ::getpid() && line.find(text) != std::string::npos) out.push_back(pid);
  }
  return out;
}

}  // namespace

TEST_CASE("a forgotten passphrase loses nothing: the office's code opens the replica under a new one") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "avant l'oubli");
  const std::string device = device_of(w);
  const std::string code = w.office({"device", "recover", device}).last_word();
  const Environment other{"RELANCE_PASSPHRASE=une toute autre phrase"};
  const Ran weak = run(paul.command({"recover", code, "--json"}), {"RELANCE_PASSPHRASE=court"});
  CHECK(weak.exit_code == 3);  // and the code is not used up for it
  const Ran ran = run(paul.command({"recover", code}), other);
  INFO(ran.err);
  REQUIRE(ran.ok());
  CHECK(paul({"cases"}).exit_code == 5);
  const Ran status = run(paul.command({"status", "--json"}), other);
  CHECK(status.json().at("state") == "ready");
  CHECK(status.json().at("pending") == 1);
  CHECK(run(paul.command({"sync"}), other).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
  const Ran again = run(paul.command({"recover", code, "--json"}), other);
  CHECK(again.exit_code == 3);
  CHECK(OfficeWorld::error_code(again) == "code_refused");
  CHECK(w.count("SELECT count(*) FROM audit_entry WHERE action = 'device.recovered'") == 1);
  CHECK(files_with(w.office.data(), "PRIVATE KEY") == files_with(w.office.data(), "BEGIN PRIVATE KEY"));
}

TEST_CASE("a code opens the replica of its own device only, and none of a device that is not in order") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string pauls = device_of(w);
  const AgentProgram lea = w.enrol("lea", "lea");
  const std::string code = w.office({"device", "recover", pauls}).last_word();
  const Environment other{"RELANCE_PASSPHRASE=une toute autre phrase"};
  CHECK(OfficeWorld::error_code(run(lea.command({"recover", code, "--json"}), other)) == "code_refused");
  CHECK(lea({"cases"}).ok());
  CHECK(OfficeWorld::error_code(run(paul.command({"recover", w.office.invite("paul"), "--json"}), other)) ==
        "code_refused");
  REQUIRE(w.office({"device", "suspend", pauls}).ok());
  CHECK(OfficeWorld::error_code(run(paul.command({"recover", code, "--json"}), other)) == "code_refused");
  CHECK(OfficeWorld::error_code(w.office({"device", "recover", pauls, "--json"})) == "refused");
  const AgentProgram nobody(w.dir.path() / "nobody");
  CHECK(OfficeWorld::error_code(nobody({"recover", code, "--json"})) == "not_found");
}

TEST_CASE("past the grace the key goes, and unsent edits wait sealed until the office has them, once") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string device = device_of(w);
  OfficeWorld::add_call(paul, w.cases[0], std::string(kNeedle));
  set_meta(paul, "lease_until", SystemClock().now() - 17 * kDay);
  const int port = w.office.port();
  w.office.stop();
  const bool by_sync = GENERATE(false, true);
  const Ran ran = paul({by_sync ? "sync" : "cases", "--json"});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 5);
  CHECK(OfficeWorld::error_code(ran) == "wiped");
  for (const char* gone : {"replica.db", "replica.db-wal", "replica.key", "device.key", "delivery.key"})
    CHECK_FALSE(fs::exists(paul.home() / gone));
  CHECK(files_with(paul.home(), kNeedle).empty());
  CHECK(paul.json({"status"}).at("state") == "wiped");
  CHECK(paul.json({"status"}).at("sealed") == 1);
  CHECK(paul({"sync"}).exit_code == 4);
  const fs::path copy = w.dir.path() / "copy";
  fs::copy(paul.home(), copy);

  w.office.start("127.0.0.1:" + std::to_string(port));
  // No passphrase is needed: there is nothing left that one could open.
  const Ran told = run(paul.command({"sync"}), {});
  INFO(told.err);
  CHECK(told.exit_code == 5);  // what was here is destroyed, whatever else there is to say
  CHECK(told.out.find("sealed edit") != std::string::npos);
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
  CHECK(w.office.json({"devices"}).at("devices").at(0).at("state") == "wiped");
  CHECK(w.office({"device", "resume", device}).exit_code == 3);  // it would throw them away
  CHECK(paul.json({"status"}).at("sealed") == 0);
  const AgentProgram twice(copy);
  CHECK(twice({"sync"}).exit_code == 5);  // the answer was lost, and it came again
  CHECK(twice.json({"status"}).at("sealed") == 0);
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
  REQUIRE(w.office({"quarantine", "apply", device}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);

  const Ran anew = paul({"enrol", w.office.invite("paul")});
  INFO(anew.err);
  CHECK(anew.ok());
  CHECK(paul({"cases"}).ok());
  OfficeWorld::check_agrees(paul);
}

TEST_CASE("a replica past its grace that finds the office goes on as if nothing had been") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "a temps");
  set_meta(paul, "lease_until", SystemClock().now() - 17 * kDay);
  CHECK(paul({"sync"}).ok());
  CHECK(paul({"cases"}).ok());
  CHECK(w.count("SELECT count(*) FROM contact_event") == 1);
}

TEST_CASE("a sealed last word is delivered by the next replica of the same home") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], "oubliee dans un tiroir");
  set_meta(paul, "lease_until", SystemClock().now() - 17 * kDay);
  CHECK(paul({"cases"}).exit_code == 5);
  const Ran anew = paul({"enrol", w.office.invite("paul")});
  INFO(anew.err);
  CHECK(anew.ok());
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
  CHECK(paul({"cases"}).ok());
}

TEST_CASE("told to wipe and unable to hand over, a device destroys itself and seals what is unsent") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string device = device_of(w);
  OfficeWorld::add_call(paul, w.cases[0], std::string(kNeedle));
  REQUIRE(w.office({"device", "wipe", device}).ok());
  age_certificate(w, paul);  // so old that it may only ask for its renewal, and is told to wipe itself
  const Ran ran = paul({"sync", "--json"});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 5);
  CHECK(OfficeWorld::error_code(ran) == "wiped");
  CHECK_FALSE(fs::exists(paul.home() / "replica.key"));
  CHECK(files_with(paul.home(), kNeedle).empty());
  CHECK(w.office.json({"devices"}).at("devices").at(0).at("state") == "wipe_ordered");
  CHECK(paul({"sync"}).exit_code == 5);
  CHECK(paul.json({"status"}).at("sealed") == 0);
  CHECK(w.office.json({"devices"}).at("devices").at(0).at("state") == "wiped");
  CHECK(w.office.json({"quarantine"}).at("quarantine").as_array().size() == 1);
}

TEST_CASE("the end of a lease is announced, and a clock that was set back locks until the next contact") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ms now = SystemClock().now();
  const auto lease = paul.json({"status"}).at("lease_until");
  CHECK(std::string(lease.as_string()) > instant_text(now + 29 * kDay));
  CHECK(paul.json({"status"}).at("lease_ends_soon") == false);
  set_meta(paul, "lease_until", now + 6 * kDay);
  CHECK(paul.json({"status"}).at("lease_ends_soon") == true);
  CHECK(paul({"cases"}).err.find("locks on") != std::string::npos);

  set_meta(paul, "server_now", now + 4 * 60'000);
  CHECK(paul({"cases"}).ok());  // honest drift
  set_meta(paul, "server_now", now + 3'600'000);
  const Ran back = paul({"cases", "--json"});
  CHECK(back.exit_code == 5);
  CHECK(OfficeWorld::error_code(back) == "locked");
  CHECK(back.err.find("clock") != std::string::npos);
  CHECK(paul.json({"status"}).at("state") == "locked");
  CHECK(paul({"add", "contact_event", "case_id=" + w.cases[0], "outcome=reached"}).exit_code == 5);
  CHECK(paul({"sync"}).ok());
  CHECK(paul({"cases"}).ok());
}

TEST_CASE("the office sets how long a replica may be without contact") {
  OfficeWorld w;
  REQUIRE(w.office({"user", "add", "olga", "--role", "office"}).ok());
  const Ran set = w.office(
      {"rule", "set", "lease_days", "10", "--from", "2026-01-01", "--basis", "policy", "--as", "olga"});
  INFO(set.err);
  REQUIRE(set.ok());
  const AgentProgram paul = w.enrol("paul", "paul");
  const std::string lease(paul.json({"status"}).at("lease_until").as_string());
  CHECK(lease < instant_text(SystemClock().now() + 10 * kDay + 1000));
  CHECK(lease > instant_text(SystemClock().now() + 9 * kDay));
}

TEST_CASE("keys and passphrases are in no process's arguments or environment, and in no core file") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const auto check = [](pid_t pid) {
    const std::string proc = "/proc/" + std::to_string(pid) + "/";
    for (const char* name : {"environ", "cmdline"}) {
      std::ifstream file(proc + name, std::ios::binary);
      const std::string content((std::istreambuf_iterator<char>(file)), {});
      CHECK(content.find("douze lettres") == std::string::npos);
    }
    std::ifstream limits(proc + "limits");
    std::string core;
    while (std::getline(limits, core) && !core.starts_with("Max core file size")) {
    }
    CHECK(core.find(" 0 ") != std::string::npos);
  };
  Background watch(paul.command({"sync", "--watch", "--every", "1h"}), paul.environment(),
                   w.dir.path() / "watch.log");
  for (int i = 0; i < 200 && whole(w.dir.path() / "watch.log").empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // by then it has read its passphrase
  check(watch.pid());
  check(w.office.pid());
  watch.end(SIGTERM);

  REQUIRE(paul({"unlock", "--idle", "10m"}).ok());
  const auto holders = processes_with(paul.home().string());
  REQUIRE(holders.size() == 1);
  check(holders.front());
  if (const std::string memory = memory_of(holders.front()); !memory.empty()) {
    const client::Home home(paul.home(), false);
    const Secret key = KeyEnvelope::open(home.file("replica.key"), kPassphrase);
    CHECK(count_in(memory, key.view()) >= 1);  // the search finds what is there
    CHECK(count_in(memory, kPassphrase) == 0);
    CHECK(count_in(memory, replica_key(key).view()) == 0);
  }
  CHECK(run(paul.command({"cases"}), {}).ok());
  REQUIRE(paul({"lock"}).ok());
  for (int i = 0; i < 100 && !processes_with(paul.home().string()).empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(processes_with(paul.home().string()).empty());  // what held the key is no process any more
  CHECK(run(paul.command({"cases"}), {}).exit_code == 5);
}

TEST_CASE("a wrong passphrase costs one derivation, changes nothing and tells nothing") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const auto state = [&] {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(paul.home()))
      if (entry.is_regular_file()) out.push_back(entry.path().filename().string() + whole(entry.path()));
    std::sort(out.begin(), out.end());
    return out;
  };
  const auto before = state();
  std::vector<std::string> answers;
  for (const char* wrong :
       {"douze lettres au moin", "douze lettres au moins ", "x", "Douze lettres au moins"}) {
    const Ran ran = run(paul.command({"cases", "--json"}), {"RELANCE_PASSPHRASE=" + std::string(wrong)});
    CHECK(ran.exit_code == 5);
    answers.push_back(ran.out + ran.err);
    CHECK(answers.back() == answers.front());
  }
  CHECK(state() == before);
  const client::Home home(paul.home(), false);
  const auto spent = [](const std::function<void()>& work) {
    const std::clock_t from = std::clock();
    work();
    return std::clock() - from;
  };
  const auto one = spent([] { static_cast<void>(scrypt("x", "0123456789abcdef", {})); });
  const auto wrong = spent([&] { CHECK_THROWS(KeyEnvelope::open(home.file("replica.key"), "x")); });
  CHECK(wrong > one / 2);
  CHECK(wrong < one * 3);
}
