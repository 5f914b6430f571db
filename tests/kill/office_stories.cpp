// What the office does, told for the moment in which it is cut, and its server under a device that sends.
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "host/files.h"
#include "tests/kill/stories.h"

namespace relance::e2e {
namespace {

constexpr int kReadySeconds = 20;

// The server is the one child of the strace that runs it.
pid_t only_child(pid_t parent) {
  std::ifstream file("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
  pid_t child = -1;
  file >> child;
  return file ? child : -1;
}

}  // namespace

std::vector<std::string> Stage::server_command(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command{program("relance-server").string(), "--data",
                                   office_.office.data().string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Story Stage::init() {
  return {.name = "init",
          .prepare =
              [this] {
                path_ = office_.directory() / office_.new_marker();
                return std::vector<std::string>{program("relance-server").string(),
                                                "--data",
                                                path_.string(),
                                                "init",
                                                "--name",
                                                "Second",
                                                "--json"};
              },
          .judge =
              [this](const Ran& ran) {
                const OfficeProgram second(path_);
                const Ran again = second({"init", "--name", "Second", "--json"});
                const bool was_done = again.out.find("\"exists\"") != std::string::npos;
                if (!again.ok() && !was_done) find("an init that was cut cannot be repeated: " + again.err);
                if (ran.ok() && !was_done) find("an office that was made is not there");
                if (const Ran sound = second({"verify"}); !sound.ok()) find("it is no office: " + sound.err);
                std::filesystem::remove_all(path_);
              }};
}

Story Stage::user() {
  return {.name = "user",
          .prepare =
              [this] {
                marker_ = office_.new_marker();
                return server_command({"user", "add", marker_, "--role", "agent", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const auto count = office_.count("SELECT count(*) FROM staff WHERE name = '" + marker_ + "'");
                if (count > 1 || (ran.ok() && count != 1)) find("a member of staff is not what was said");
              },
          .end = [this] { office_.check_office(); }};
}

Story Stage::invite() {
  return {.name = "invite",
          .prepare =
              [this] {
                n_before_ = office_.count("SELECT count(*) FROM invite");
                return server_command({"invite", "paul", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const auto made = office_.count("SELECT count(*) FROM invite") - n_before_;
                if (made > 1 || (ran.ok() && made != 1)) find("an invitation is not what was said");
                if (ran.ok() && ran.json().if_object() == nullptr) find("an invitation without its code");
              },
          .end = [this] { office_.check_office(); }};
}

Story Stage::import() {
  const std::string file = std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/0000000001FEC20220831.txt";
  const auto entries = [this] {
    return office_.count(
        "SELECT count(*) FROM entry e JOIN case_file c ON c.id = e.case_id JOIN creditor o ON o.id = "
        "c.creditor_id WHERE o.name = '" +
        marker_ + "'");
  };
  return {.name = "import",
          .prepare =
              [this, file] {
                marker_ = office_.new_marker();
                return server_command({"import", "fec", file, "--creditor", marker_, "--json"});
              },
          .judge =
              [this, file, entries](const Ran& ran) {
                const auto after = entries();
                must(office_.office({"import", "fec", file, "--creditor", marker_}), "the import, again");
                const auto whole = entries();
                if (after != 0 && after != whole) find("an import is half done");
                if (ran.ok() && after != whole) find("an import that was done is not there");
              },
          .end = [this] { office_.check_office(); }};
}

Story Stage::assign() {
  const auto holds = [this](const std::string& who) {
    return office_.count(
        "SELECT count(*) FROM assignment a JOIN staff s ON s.id = a.staff_id JOIN case_file c ON c.id "
        "= a.case_id WHERE a.valid_to IS NULL AND s.name = '" +
        who + "' AND c.number = '" + office_.cases[2] + "'");
  };
  return {.name = "assign",
          .prepare =
              [this] {
                must(office_.office({"assign", "--to", "paul", "--case", office_.cases[2]}), "assign");
                return server_command({"assign", "--to", "lea", "--case", office_.cases[2], "--json"});
              },
          .judge =
              [this, holds](const Ran& ran) {
                const auto lea = holds("lea");
                if (holds("paul") + lea != 1) find("a case is held by both or by nobody");
                if (ran.ok() && lea != 1) find("an assignment that was done is not there");
              },
          .end =
              [this] {
                must(office_.office({"assign", "--to", "paul", "--all"}), "assign");
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

Story Stage::office_edit() {
  return {.name = "office-edit",
          .prepare =
              [this] {
                marker_ = office_.new_marker();
                return server_command({"add", "contact_event", "case_id=" + office_.cases[0],
                                       "outcome=reached", "note=" + marker_, "--as", "nadia", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                if (ran.ok() && there(marker_) != 1) find("the office's acknowledged edit is gone");
              },
          .end =
              [this] {
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

Story Stage::office_resolve() {
  return {.name = "office-resolve",
          .prepare =
              [this] {
                make_conflict();
                return server_command(
                    {"conflict", "resolve", conflict_, "--take", "proposed", "--as", "nadia", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const Ran again =
                    office_.office({"conflict", "resolve", conflict_, "--take", "proposed", "--as", "nadia"});
                if (ran.ok() && again.ok() && again.out.find("already") == std::string::npos)
                  find("the office's resolution is gone");
                if (!ran.ok() && !again.ok() &&
                    office_.office({"conflicts", "--json"}).out.find(conflict_) != std::string::npos)
                  find("a conflict can no longer be resolved: " + again.err);
              },
          .end =
              [this] {
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

Story Stage::backup() {
  return {.name = "backup",
          .prepare =
              [this] {
                path_ = office_.directory() / "backup.db";
                return server_command({"backup", path_.string(), "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                const bool is_there = std::filesystem::exists(path_);
                if (ran.ok() && !is_there) find("a backup that was made is not there");
                // What bears the name of a backup is one: nobody finds out on the day of the restore.
                if (is_there) {
                  const OfficeProgram empty(office_.directory() / "restored");
                  std::filesystem::remove_all(empty.data());
                  std::filesystem::copy(office_.office.data(), empty.data(),
                                        std::filesystem::copy_options::recursive);
                  if (const Ran restored = empty({"restore", path_.string()}); !restored.ok())
                    find("a file with a backup's name is none: " + restored.err);
                  std::filesystem::remove(path_);
                }
                if (const Ran again = office_.office({"backup", path_.string()}); !again.ok())
                  find("after a cut backup none can be made: " + again.err);
                std::filesystem::remove(path_);
              },
          .begin = [this] { must(office_.office({"status"}), "status"); },
          .end = [this] { office_.check_office(); }};
}

void Stage::begin_purges() {
  if (office_.count("SELECT count(*) FROM staff WHERE name = 'olga'") > 0) return;
  for (const auto& [name, role] : {std::pair<const char*, const char*>{"olga", "office"}, {"david", "dpo"}})
    must(office_.office({"user", "add", name, "--role", role}), "user add");
}

// A case of its own, on the desk too, closed, and its erasure approved.
void Stage::order_erased() {
  marker_ = office_.new_marker();
  path_ = office_.directory() / "items.csv";
  write_file_durably(path_,
                     "debtor_ref,debtor_name,siret,piece,issued_on,due_on,debit,credit,currency\n" + marker_ +
                         ",To be erased,,P-1,2026-02-01,2026-03-03,500.00,,EUR\n",
                     0600);
  must(office_.office({"import", "csv", path_.string(), "--creditor", "Meunier SA"}), "import");
  const auto rows = office_.rows("SELECT number, id FROM case_file WHERE ledger_ref = '" + marker_ + "'");
  const std::string number(rows.at(0).as_array().at(0).as_string());
  const std::string id(rows.at(0).as_array().at(1).as_string());
  must(office_.office({"assign", "--to", "paul", "--also", "--case", number}), "assign");
  must(desk().agent({"sync"}), "sync");
  must(
      office_.office({"edit", "case_file", id, "stage=closed", "closed_reason=wrong_person", "--as", "olga"}),
      "closing");
  must(office_.office(
           {"purge", "plan", "--origin", "request", "--case", number, "--ground", "art. 17", "--as", "olga"}),
       "plan");
  must(office_.office({"purge", "approve", "--as", "david", "--release-brake"}), "approve");
}

Story Stage::purge() {
  const auto is_there = [this] {
    return office_.count("SELECT count(*) FROM case_file WHERE ledger_ref = '" + marker_ + "'");
  };
  return {.name = "purge",
          .prepare =
              [this] {
                order_erased();
                return server_command({"purge", "run", "--as", "olga", "--json"});
              },
          .judge =
              [this, is_there](const Ran& ran) {
                if (ran.ok() && is_there() != 0) find("a purge that was done has erased nothing");
                const Ran again = office_.office({"purge", "run", "--as", "olga"});
                if (!again.ok()) find("a purge that was cut cannot be gone on with: " + again.err);
                const auto status = office_.office.json({"purge", "status"});
                if (status.at("purge").at("state") != "done" || is_there() != 0)
                  find("a purge that was gone on with is not done");
              },
          .begin = [this] { begin_purges(); },
          .end =
              [this] {
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

// The laptop under an order: whatever is cut, the order is carried out, and its receipt tells the truth.
Story Stage::obey() {
  return {.name = "obey",
          .prepare =
              [this] {
                order_erased();
                must(office_.office({"purge", "run", "--as", "olga"}), "purge run");
                return desk().agent.command({"sync", "--json"});
              },
          .judge =
              [this](const Ran& ran) {
                if (!ran.ok()) must(desk().agent({"sync"}), "the sync after a cut one");
                must(desk().agent({"sync"}), "sync");
                if (office_.count(desk(),
                                  "SELECT count(*) FROM case_file WHERE ledger_ref = '" + marker_ + "'") != 0)
                  find("the laptop has not obeyed");
                const auto status = office_.office.json({"purge", "status"});
                for (const auto& device : status.at("devices").as_array())
                  if (device.at("standing") != "done" || device.at("signed").as_int64() != 1)
                    find("a receipt is missing");
              },
          .begin = [this] { begin_purges(); },
          .end = [this] { office_.check_quiet(desk()); }};
}

Story Stage::restore() {
  const auto clear = [this] {
    for (const auto& entry : std::filesystem::directory_iterator(office_.office.data()))
      if (entry.path().filename().string().find("before-restore") != std::string::npos)
        std::filesystem::remove(entry.path());
  };
  return {.name = "restore",
          .prepare =
              [this] {
                return server_command({"restore", path_.string(), "--json"});
              },
          .judge =
              [this, clear](const Ran&) {
                if (const Ran sound = office_.office({"verify"}); !sound.ok())
                  find("after a cut restore there is no sound office: " + sound.err);
                // What was accepted after the backup is in one of the two: the office, or the file that was kept.
                if (there(marker_) == 0) {
                  bool is_kept = false;
                  for (const auto& entry : std::filesystem::directory_iterator(office_.office.data()))
                    is_kept = is_kept ||
                              entry.path().filename().string().find("before-restore") != std::string::npos;
                  if (!is_kept) find("the office that was replaced is gone");
                  const Ran edited = office_.office({"add", "contact_event", "case_id=" + office_.cases[0],
                                                     "outcome=reached", "note=" + marker_, "--as", "nadia"});
                  if (!edited.ok()) find("the restored office takes no edit: " + edited.err);
                }
                clear();
              },
          .warning = "could not be written out whole",  // of the database that is replaced
          .begin =
              [this, clear] {
                path_ = office_.directory() / "good.db";
                must(office_.office({"backup", path_.string()}), "backup");
                static_cast<void>(office_.office.stop());
                marker_ = office_.new_marker();
                must(office_.office({"add", "contact_event", "case_id=" + office_.cases[0], "outcome=reached",
                                     "note=" + marker_, "--as", "nadia"}),
                     "add");
                clear();
              },
          .end =
              [this] {
                office_.serve_again();
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

// The server is cut while it starts and while it takes in a device's edit.
Ran Stage::play_serve(const std::vector<std::string>& prefix, const std::vector<std::string>& command) {
  std::vector<std::string> all = prefix;
  all.insert(all.end(), command.begin(), command.end());
  Background server(all, {}, office_.directory() / "serve.log");
  Ran ran{.exit_code = 4, .out = {}, .err = "relance: not tried"};
  const bool is_ready = !server.wait_for_line("ready https://", kReadySeconds).empty();
  if (is_ready) {
    ran = desk().agent({"sync", "--json"});
    // A server that lives after one failed write serves the next: it has let go of the database and opened it anew.
    const bool fails_once = prefix.back().find("error=EIO") != std::string::npos;
    if (!ran.ok() && fails_once && only_child(server.pid()) > 0 && !desk().agent({"sync"}).ok())
      find("after one failed write the server serves nobody");
  }
  if (const pid_t child = only_child(server.pid()); child > 0) ::kill(child, SIGTERM);
  const int ended = server.end(0);
  if (ended > 128 && ended != 128 + SIGKILL) find("the server died of signal " + std::to_string(ended - 128));
  if (ended == 128 + SIGKILL) ran.exit_code = ended;
  return ran;
}

Story Stage::serve() {
  return {.name = "serve",
          .prepare =
              [this] {
                add_note();
                return server_command(
                    {"serve", "--listen", "127.0.0.1:" + std::to_string(office_.office.port())});
              },
          .judge =
              [this](const Ran& ran) {
                if (ran.ok() && there(marker_) != 1)
                  find("the server has acknowledged what it does not have");
                office_.serve_again();
                judge_note_arrives();
                static_cast<void>(office_.office.stop());
              },
          .play = [this](const auto& prefix, const auto& command) { return play_serve(prefix, command); },
          .begin = [this] { static_cast<void>(office_.office.stop()); },
          .end =
              [this] {
                office_.serve_again();
                office_.check_quiet(desk());
                office_.check_office();
              }};
}

}  // namespace relance::e2e
