// Backups that open with an offline key only: what a thief has of one, what a bare machine makes of it, and what an
// office that never tries one is told.
#include <algorithm>
#include <fstream>
#include <set>

#include "host/sqlite.h"
#include "server/office.h"
#include "sync/json.h"
#include "tests/e2e/office_world.h"

using namespace relance;
using namespace relance::e2e;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kNeedle = "AIGUILLE-SAUVEGARDEE";

std::string whole(const fs::path& path) { return read_file(path, std::size_t{1} << 30); }

struct SealedWorld : OfficeWorld {
  fs::path passphrase = dir.path() / "passphrase", key = dir.path() / "key.pem",
           backup = dir.path() / "office.backup";

  SealedWorld() {
    std::ofstream(passphrase) << "une cle loin d'ici\n";
    const Ran made = office({"backup-key", "init", key.string(), "--passphrase-file", passphrase.string()});
    INFO(made.err);
    REQUIRE(made.ok());
  }
  void make_backup() {
    const Ran ran = office({"backup", backup.string(), "--json"});
    INFO(ran.err);
    REQUIRE(ran.ok());
    CHECK(ran.json().at("sealed") == true);
    const Ran tried = restore(office, {"--test"});
    INFO(tried.err);
    CHECK(tried.ok());
  }
  Ran restore(const OfficeProgram& into, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"restore",    backup.string(),     "--key",
                                       key.string(), "--passphrase-file", passphrase.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return into(arguments);
  }
  // The bytes of the database within the backup.
  std::string database() const {
    const std::string bytes = whole(backup);
    const std::size_t first = bytes.find('\n') + 1, second = bytes.find('\n', first) + 1;
    const auto facts = sync::parse_json(bytes.substr(first, second - first - 1));
    return bytes.substr(second + static_cast<std::size_t>(facts->at("sealed_bytes").as_int64()));
  }
};

std::set<std::string> concerns(const Ran& ran) {
  std::set<std::string> out;
  const auto document = ran.json();
  for (const auto& one : document.at("concerns").as_array())
    out.insert(std::string(one.at("check").as_string()));
  return out;
}

}  // namespace

TEST_CASE("a bare machine with the offline key and a backup is the office again, devices and all") {
  SealedWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], std::string(kNeedle));
  REQUIRE(paul({"sync"}).ok());
  const std::string device(w.office.json({"devices"}).at("devices").at(0).at("id").as_string());
  w.make_backup();
  const int port = w.office.port();
  w.office.stop();
  fs::remove_all(w.office.data());

  OfficeProgram fresh(w.dir.path() / "fresh");
  const Ran restored = w.restore(fresh);
  INFO(restored.err);
  REQUIRE(restored.ok());
  for (const char* name : {"server.key", "ca.key", "seal.key"}) {
    const auto mode = fs::status(fresh.data() / name).permissions();
    CHECK((mode & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
  }
  CHECK_FALSE(fs::exists(fresh.data() / "relance.db.unpacked"));
  fresh.start("127.0.0.1:" + std::to_string(port));
  OfficeWorld::add_call(paul, w.cases[0], "apres");
  CHECK(paul({"sync"}).ok());
  CHECK(fresh.json({"sql", "SELECT count(*) FROM contact_event"}).at("rows").at(0).at(0) == 2);
  OfficeWorld::check_agrees(paul);
  // The keys that devices sealed open there as well.
  const std::string code = fresh({"device", "recover", device}).last_word();
  CHECK(run(paul.command({"recover", code}), {"RELANCE_PASSPHRASE=une toute autre phrase"}).ok());
}

TEST_CASE("a stolen backup is noise, also to who has the office's own keys") {
  SealedWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  OfficeWorld::add_call(paul, w.cases[0], std::string(kNeedle));
  REQUIRE(paul({"sync"}).ok());
  w.make_backup();
  const std::string bytes = whole(w.backup);
  for (const std::string_view clear :
       {kNeedle, std::string_view("contact_event"), std::string_view("PRIVATE KEY"),
        std::string_view("SQLite format"), std::string_view("Garage Meunier")})
    CHECK(bytes.find(clear) == std::string::npos);
  std::string server_key = whole(w.office.data() / "server.key");
  server_key.resize(64);
  CHECK(bytes.find(server_key) == std::string::npos);
  const fs::path stolen = w.dir.path() / "stolen.db";
  std::ofstream(stolen, std::ios::binary) << w.database();
  const server::Office office(w.office.data(), false);
  CHECK_THROWS_AS(office.open_copy(stolen), Failure);
  // The office itself cannot open it, nor can another key.
  CHECK(w.office({"restore", w.backup.string(), "--test", "--json"}).exit_code == 2);
  const fs::path other = w.dir.path() / "other.pem";
  REQUIRE(w.office({"backup-key", "init", other.string(), "--replace", "--passphrase-file",
                    w.passphrase.string()})
              .ok());
  const Ran wrong = w.office({"restore", w.backup.string(), "--key", other.string(), "--passphrase-file",
                              w.passphrase.string(), "--test", "--json"});
  CHECK(OfficeWorld::error_code(wrong) == "wrong_key");
  CHECK(w.restore(w.office, {"--test"}).ok());  // the old key opens the old backups
}

TEST_CASE(
    "a sealed backup of which one bit differs, or the end is missing, restores nothing and changes nothing") {
  SealedWorld w;
  w.make_backup();
  w.office.stop();
  const std::string sound = whole(w.backup);
  const OfficeProgram fresh(w.dir.path() / "fresh");
  const auto check_refused = [&](std::string bytes) {
    std::ofstream(w.backup, std::ios::binary | std::ios::trunc) << bytes;
    const Ran ran = w.restore(fresh, {"--json"});
    CHECK_FALSE(ran.ok());
    const std::string code = OfficeWorld::error_code(ran);
    INFO(ran.out << ran.err);
    CHECK((code == "bad_file" || code == "wrong_key" || code == "not_found" || code == "plaintext"));
    CHECK_FALSE(fs::exists(fresh.data() / "relance.db"));
    CHECK_FALSE(fs::exists(fresh.data() / "relance.db.unpacked"));
    CHECK_FALSE(fs::exists(fresh.data() / "server.key"));
  };
  for (const std::size_t at :
       {std::size_t{20}, std::size_t{60}, std::size_t{700}, sound.size() / 2, sound.size() - 1}) {
    INFO(at);
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    check_refused(damaged);
  }
  check_refused(sound.substr(0, sound.size() - 4096));
  check_refused(sound.substr(0, 300));
  std::ofstream(w.backup, std::ios::binary | std::ios::trunc) << sound;
  CHECK(w.restore(fresh).ok());
}

TEST_CASE("a backup goes into its own office or an empty directory, and the private key nowhere near") {
  SealedWorld w;
  w.make_backup();
  OfficeProgram other(w.dir.path() / "other");
  REQUIRE(other({"init", "--name", "Autre"}).ok());
  const Ran foreign = w.restore(other, {"--json"});
  CHECK(OfficeWorld::error_code(foreign) == "refused");
  CHECK(other({"verify"}).ok());

  const auto init = [&](const fs::path& file, const std::string& passphrase) {
    const fs::path said = w.dir.path() / "said";
    std::ofstream(said) << passphrase;
    return OfficeWorld::error_code(
        other({"backup-key", "init", file.string(), "--passphrase-file", said.string(), "--json"}));
  };
  CHECK(init(other.data() / "key.pem", "assez longue pour cela") == "refused");
  CHECK(init(w.dir.path() / "short.pem", "court") == "refused");
  CHECK(init(w.key, "assez longue pour cela") == "exists");
  CHECK_FALSE(fs::exists(other.data() / "backup.crt"));
  CHECK(init(w.dir.path() / "mine.pem", "assez longue pour cela").empty());
  CHECK(init(w.dir.path() / "second.pem", "assez longue pour cela") == "exists");
}

TEST_CASE("status tells of the last backup that was restored in a test, and --check of what needs a person") {
  OfficeWorld w;
  const AgentProgram paul = w.enrol("paul", "paul");
  const Ran fresh = w.office({"status", "--check", "--json"});
  CHECK(fresh.exit_code == 1);
  CHECK(concerns(fresh) == std::set<std::string>{"backup", "backup_test", "backup_key"});
  CHECK(w.office.json({"status"}).at("backup_tested").is_null());

  std::ofstream(w.dir.path() / "passphrase") << "une cle loin d'ici";
  const std::string key = (w.dir.path() / "key.pem").string(), pass = (w.dir.path() / "passphrase").string(),
                    backup = (w.dir.path() / "b").string();
  REQUIRE(w.office({"backup-key", "init", key, "--passphrase-file", pass}).ok());
  REQUIRE(w.office({"backup", backup}).ok());
  CHECK(concerns(w.office({"status", "--check", "--json"})) == std::set<std::string>{"backup_test"});
  REQUIRE(w.office({"restore", backup, "--key", key, "--passphrase-file", pass, "--test"}).ok());
  const auto status = w.office.json({"status"});
  CHECK(status.at("backup_tested").is_string());
  CHECK(status.at("tested_backup_of").is_string());
  CHECK(status.at("backup_key") == true);
  const Ran well = w.office({"status", "--check"});
  INFO(well.out);
  CHECK(well.ok());
  CHECK(well.out.find("Nothing needs a person") != std::string::npos);

  OfficeWorld::add_call(paul, w.cases[0], "pendant la suspension");
  REQUIRE(w.office({"device", "suspend",
                    std::string(w.office.json({"devices"}).at("devices").at(0).at("id").as_string())})
              .ok());
  CHECK(paul({"sync"}).exit_code == 5);
  const Ran kept = w.office({"status", "--check", "--json"});
  CHECK(kept.exit_code == 1);
  CHECK(concerns(kept) == std::set<std::string>{"quarantine"});
}

TEST_CASE("on a machine that is no office a backup is tested as well, and leaves nothing behind") {
  SealedWorld w;
  w.make_backup();
  const OfficeProgram elsewhere(w.dir.path() / "elsewhere");
  const Ran ran = w.restore(elsewhere, {"--test", "--json"});
  INFO(ran.err);
  REQUIRE(ran.ok());
  CHECK(ran.json().at("recorded") == false);
  CHECK(ran.json().at("cases").as_int64() > 0);
  CHECK(fs::is_empty(elsewhere.data()));
}
