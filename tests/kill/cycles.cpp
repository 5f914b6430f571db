#include "tests/kill/cycles.h"

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/kill/battered_office.h"
#include "tests/support/chance.h"

namespace relance::e2e {
namespace {

namespace json = boost::json;
using std::chrono::microseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr microseconds kFirstGuess{20'000};  // of a command's duration, until it has been measured
constexpr std::size_t kLastThird = 66;       // percent of the usual duration
constexpr std::size_t kPastTheEnd =
    115;  // percent of the usual duration: some commands are let live, and measured anew
constexpr std::size_t kFindingsMax = 20;  // then the run is over: the rest would say the same

std::string blob(std::string id) {
  id.erase(std::remove(id.begin(), id.end(), '-'), id.end());
  return "X'" + id + "'";
}

std::string conflict_id(const json::value& document, std::size_t place) {
  const auto* object = document.if_object();
  const auto* all = object == nullptr ? nullptr : object->if_contains("conflicts");
  if (all == nullptr || all->get_array().empty()) return {};
  const json::array& conflicts = all->get_array();
  return std::string(conflicts.at(place % conflicts.size()).at("id").as_string());
}

class KillRun {
 public:
  explicit KillRun(const CycleOptions& options)
      : options_(options),
        chance_(options.seed),
        findings_(options.say),
        office_(options.directory, findings_) {
    office_.machines.push_back(office_.enrol("paul", "desk"));
    office_.machines.push_back(office_.enrol("paul", "laptop"));
    office_.machines.push_back(office_.enrol("lea", "lea"));
    for (const json::value& row : office_.rows("SELECT id FROM debtor"))
      debtors_.emplace_back(row.as_array().at(0).as_string());
  }

  CycleReport run() {
    const auto begin = SteadyClock::now();
    try {
      for (std::int64_t i = 1; i <= options_.cycles && findings_.all().size() < kFindingsMax; ++i) {
        report_.cycles = i;
        one_cycle(i);
        if (i % options_.whole_look_every == 0 || i == options_.cycles) whole_look();
      }
    } catch (const std::exception& ended) {
      findings_.add(std::string("the run could not go on: ") + ended.what());
    }
    report_.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    report_.findings = findings_.all();
    return report_;
  }

 private:
  struct Kind {
    const char* name;
    int weight;
    void (KillRun::*play)();
  };
  static const std::vector<Kind>& kinds();

  void one_cycle(std::int64_t i) {
    int total = 0;
    for (const Kind& kind : kinds()) total += kind.weight;
    int place = static_cast<int>(chance_.below(static_cast<std::size_t>(total)));
    for (const Kind& kind : kinds()) {
      if ((place -= kind.weight) >= 0) continue;
      kind_ = kind.name;
      findings_.at("cycle " + std::to_string(i) + " (" + kind_ + ")");
      (this->*kind.play)();
      return;
    }
  }

  // ---- striking ----

  enum class Victim { command, server, both };

  microseconds moment() {
    const auto usual = usual_.count(kind_) == 0 ? kFirstGuess : usual_[kind_];
    // A command writes in its last third: every other cut falls there.
    const std::size_t first = chance_.below(2) == 0 ? 0 : kLastThird;
    return microseconds(usual.count() * static_cast<long>(first + chance_.below(kPastTheEnd - first)) / 100);
  }

  Ran strike(const std::vector<std::string>& command, const Environment& environment, Victim victim) {
    const auto begin = SteadyClock::now();
    bool struck = false;
    const Ran ran = run_interrupted(command, environment, moment(), [&](pid_t pid) {
      struck = true;
      if (victim != Victim::server) ::kill(pid, SIGKILL);
      if (victim != Victim::command) office_.office.kill();
    });
    if (!struck) {
      const auto took = std::chrono::duration_cast<microseconds>(SteadyClock::now() - begin);
      // What the first one took replaces the guess: on a fast machine most of a short run would be past the end.
      auto& usual = usual_.try_emplace(kind_, took).first->second;
      usual = (usual * 3 + took) / 4;
    }
    if (struck && victim != Victim::command) {
      ++report_.servers_killed;
      office_.serve_again();
    }
    if (const std::string wrong = what_is_wrong_with(ran); !wrong.empty()) findings_.add(wrong);
    return ran;
  }

  Ran strike(Machine& machine, const std::vector<std::string>& arguments, Victim victim = Victim::command) {
    const Ran ran = strike(machine.agent.command(arguments), machine.agent.environment(), victim);
    if (ran.exit_code == 128 + SIGKILL) ++report_.clients_killed;
    return ran;
  }

  Ran strike_office(std::vector<std::string> arguments) {
    std::vector<std::string> command{program("relance-server").string(), "--data",
                                     office_.office.data().string()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    const Ran ran = strike(command, {}, Victim::command);
    if (ran.exit_code == 128 + SIGKILL) ++report_.commands_killed;
    return ran;
  }

  Victim victim_on_the_line() {
    if (static_cast<int>(chance_.below(100)) >= options_.server_kill_percent) return Victim::command;
    return chance_.below(2) == 0 ? Victim::server : Victim::both;
  }

  Machine& any_machine() { return office_.machines[chance_.below(office_.machines.size())]; }
  std::string any_case() { return office_.cases[chance_.below(office_.cases.size())]; }
  std::string any_debtor() { return debtors_[chance_.below(debtors_.size())]; }

  // ---- an agent's edits ----

  // What the machine holds of an edit that carried the marker: `there` is its one number, and it must have made one
  // number more in the outbox, or nothing of both.
  void judge_edit(Machine& machine, const Ran& ran, const std::string& there_sql, const std::string& marker) {
    const auto before = machine.last_n;
    const auto there = office_.count(machine, there_sql);
    office_.look(machine);
    const auto made = machine.last_n - before;
    if (there != made)
      findings_.add("an edit is half done: row " + std::to_string(there) + ", outbox " +
                    std::to_string(made));
    if (ran.ok() && there != 1) findings_.add("an edit that was acknowledged is gone");
    if (!ran.ok() && ran.exit_code != 128 + SIGKILL && there != 0)
      findings_.add("an edit that was refused is there");
    if (!ran.ok()) ++(there == 1 ? report_.edits_accepted : report_.edits_gone);
    if (!marker.empty()) fates_[marker] = there == 1;
  }

  std::string case_of(const Machine& machine) {
    return machine.cases.empty() ? any_case() : machine.cases[chance_.below(machine.cases.size())];
  }

  void play_note() {
    Machine& machine = any_machine();
    const std::string marker = office_.new_marker();
    const Ran ran = strike(machine, {"add", "contact_event", "case_id=" + case_of(machine), "outcome=reached",
                                     "note=" + marker, "--json"});
    judge_edit(machine, ran, "SELECT count(*) FROM contact_event WHERE note = '" + marker + "'", marker);
  }

  void play_promise() {
    Machine& machine = any_machine();
    const std::string marker = office_.new_marker();
    const Ran ran = strike(machine, {"add", "promise", "case_id=" + case_of(machine), "amount_cents=12345",
                                     "due_on=2027-01-31", "promised_by=" + marker});
    judge_edit(machine, ran, "SELECT count(*) FROM promise WHERE promised_by = '" + marker + "'", marker);
  }

  void play_rename() {
    Machine& machine = any_machine();
    const std::string debtor = any_debtor(), marker = office_.new_marker();
    const Ran ran = strike(machine, {"edit", "debtor", debtor, "trade_name=" + marker, "--json"});
    judge_edit(machine, ran, "SELECT count(*) FROM debtor WHERE trade_name = '" + marker + "'", {});
  }

  void play_undo() {
    Machine& machine = any_machine();
    const auto found = office_.rows(
        machine, "SELECT n, ops FROM outbox WHERE status = 'pending' AND sent_at IS NULL ORDER BY n DESC");
    if (found.empty()) return;
    const json::array& row = found.front().as_array();
    const Ran ran = strike(machine, {"outbox", "undo", std::to_string(row.at(0).as_int64()), "--json"});
    judge_change(machine, ran, marker_in(std::string(row.at(1).as_string())), -1);
  }

  void play_amend() {
    Machine& machine = any_machine();
    const auto found = office_.rows(machine,
                                    "SELECT n, ops FROM outbox WHERE status = 'pending' AND sent_at IS NULL"
                                    " AND intent = 'contact_event.add' ORDER BY n DESC");
    if (found.empty()) return;
    const json::array& row = found.front().as_array();
    const std::string old = marker_in(std::string(row.at(1).as_string())), marker = office_.new_marker();
    const Ran ran = strike(
        machine, {"outbox", "amend", std::to_string(row.at(0).as_int64()), "note=" + marker, "--json"});
    const bool is_new = count_marker(machine, marker) == 1;
    fates_[marker] = is_new;
    judge_change(machine, ran, old, 0);
    if (is_new == fates_[old]) findings_.add("an amended edit is neither the old nor the new one");
  }

  // An edit with this marker was to go; with it the last number changes by `change`, or nothing did.
  void judge_change(Machine& machine, const Ran& ran, const std::string& marker, std::int64_t change) {
    const auto before = machine.last_n;
    const bool is_gone = count_marker(machine, marker) == 0;
    office_.look(machine);
    if (machine.last_n - before != (is_gone ? change : 0))
      findings_.add("row and outbox do not tell the same of an edit that was taken back");
    if (ran.ok() && !is_gone) findings_.add("what was taken back is still there");
    if (fates_.count(marker) != 0) fates_[marker] = !is_gone;
  }

  std::string marker_in(const std::string& ops) {
    for (const auto& [marker, is_there] : fates_)
      if (is_there && ops.find('"' + marker + '"') != std::string::npos) return marker;
    // the last one: a second name for a debtor carries the first before it
    const std::size_t at = ops.rfind('"' + office_.marker_beginning());
    return at == std::string::npos ? "" : ops.substr(at + 1, ops.find('"', at + 1) - at - 1);
  }

  std::int64_t count_marker(const Machine& machine, const std::string& marker) {
    return office_.count(machine, "SELECT (SELECT count(*) FROM contact_event WHERE note = '" + marker +
                                      "') + (SELECT count(*) FROM promise WHERE promised_by = '" + marker +
                                      "') + (SELECT count(*) FROM debtor WHERE trade_name = '" + marker +
                                      "')");
  }

  void play_refused() {
    Machine& machine = any_machine();
    const auto found = office_.rows(machine, "SELECT n FROM outbox WHERE status = 'refused' ORDER BY n");
    if (found.empty()) return play_note();
    const std::string n = std::to_string(found.front().as_array().at(0).as_int64());
    const bool resends = chance_.below(2) == 0;
    const auto before = machine.last_n;
    const Ran ran = strike(machine, {"refused", resends ? "resend" : "discard", n, "--json"});
    const bool is_decided =
        office_.count(machine, "SELECT count(*) FROM outbox WHERE status = 'refused' AND n = " + n) == 0;
    office_.look(machine);
    if (machine.last_n - before != (resends && is_decided ? 1 : 0))
      findings_.add("a refused edit is resent and still there, or neither");
    if (ran.ok() && !is_decided) findings_.add("a decision on a refused edit is gone");
  }

  void play_resolve() {
    Machine& machine = any_machine();
    const std::string id = conflict_id(machine.agent({"conflicts", "--json"}).json(), chance_.next());
    if (id.empty()) return play_rename();
    const auto before = machine.last_n;
    const Ran ran =
        strike(machine, {"conflict", "resolve", id, "--take", "trade_name=" + office_.new_marker()});
    const auto open =
        office_.count(machine, "SELECT count(*) FROM conflict WHERE state = 'open' AND id = " + blob(id));
    office_.look(machine);
    if (machine.last_n - before != 1 - open) findings_.add("a conflict is half resolved");
    if (ran.ok() && open != 0) findings_.add("a resolution that was acknowledged is gone");
  }

  // ---- talking to the office ----

  void play_sync() {
    Machine& machine = any_machine();
    static_cast<void>(strike(machine, {"sync", "--json"}, victim_on_the_line()));
    office_.look(machine);
  }

  void play_verify() {
    Machine& machine = any_machine();
    static_cast<void>(strike(machine, {"verify", "--json"}, victim_on_the_line()));
    office_.look(machine);
  }

  void play_renew() {
    Machine& machine = any_machine();
    office_.age_certificate(machine);
    play_sync();
  }

  void play_enrol() {
    const std::string name = office_.new_marker();
    AgentProgram agent(options_.directory / name);
    const std::vector<std::string> arguments{"enrol", office_.office.invite("paul"), "--name", name,
                                             "--json"};
    static_cast<void>(strike(agent.command(arguments), agent.environment(), victim_on_the_line()));
    const Ran again = agent(arguments);
    if (!again.ok() && again.out.find("\"exists\"") == std::string::npos)
      findings_.add("an enrolment that was cut cannot be finished: " + again.err);
    if (!agent({"sync"}).ok()) findings_.add("a device that is enrolled cannot sync");
    if (office_.count("SELECT count(*) FROM device WHERE name = '" + name + "'") != 1)
      findings_.add("one code has not made one device");
    std::filesystem::remove_all(agent.home());
  }

  // ---- keys ----

  void play_holder() {
    Machine& machine = any_machine();
    if (!BatteredOffice::kill_key_holder(machine)) findings_.add("no process holds the key");
    ++report_.holders_killed;
    if (!machine.agent({"cases"}).ok()) findings_.add("without its key holder the replica does not open");
    static_cast<void>(strike(machine, {"unlock", "--idle", "12h"}));
    office_.unlock(machine);
  }

  void play_passphrase() {
    Machine& machine = any_machine();
    const auto file = options_.directory / "passphrase";
    const std::string given = machine.agent.environment().front();
    std::ofstream(file) << given.substr(given.find('=') + 1);
    static_cast<void>(strike(machine, {"passphrase", "--new-passphrase-file", file.string()}));
    static_cast<void>(machine.agent({"lock"}));
    if (!machine.agent({"cases"}).ok()) findings_.add("the passphrase opens nothing any more");
    office_.unlock(machine);
  }

  // ---- the office ----

  void play_office_note() {
    const std::string marker = office_.new_marker();
    const Ran ran = strike_office({"add", "contact_event", "case_id=" + any_case(), "outcome=reached",
                                   "note=" + marker, "--as", "nadia"});
    const auto there = office_.count("SELECT count(*) FROM contact_event WHERE note = '" + marker + "'");
    if (ran.ok() && there != 1) findings_.add("the office's acknowledged edit is gone");
    if (!ran.ok()) ++(there == 1 ? report_.edits_accepted : report_.edits_gone);
    // Cut between its commit in the WAL and the index that the server shares, it is seen by nobody yet; the next
    // recovery finds it, unless somebody has written over it. Nobody was told anything, so both are right.
    if (!ran.ok() && there == 0) unsettled_.push_back(marker);
    fates_[marker] = there == 1;
  }

  void play_office_rename() {
    const std::string marker = office_.new_marker();
    const Ran ran = strike_office({"edit", "debtor", any_debtor(), "trade_name=" + marker, "--as", "nadia"});
    if (ran.ok() && office_.count("SELECT count(*) FROM debtor WHERE trade_name = '" + marker + "'") != 1)
      findings_.add("the office's acknowledged edit is gone");
  }

  void play_assign() {
    const std::string number = any_case(), to = chance_.below(2) == 0 ? "paul" : "lea";
    std::vector<std::string> arguments{"assign", "--to", to, "--case", number};
    if (chance_.below(2) == 0) arguments.emplace_back("--also");
    const Ran ran = strike_office(arguments);
    const auto holds = office_.count(
        "SELECT count(*) FROM assignment a JOIN case_file c ON c.id = a.case_id JOIN staff s ON s.id = "
        "a.staff_id"
        " WHERE a.valid_to IS NULL AND c.number = '" +
        number + "' AND s.name = '" + to + "'");
    if (holds > 1 || (ran.ok() && holds != 1)) findings_.add("an assignment is not what was said");
  }

  void play_office_resolve() {
    const std::string id = conflict_id(office_.office({"conflicts", "--json"}).json(), chance_.next());
    if (id.empty()) return play_office_rename();
    const Ran ran = strike_office({"conflict", "resolve", id, "--take", "current", "--as", "nadia"});
    const auto open =
        office_.count("SELECT count(*) FROM conflict WHERE state = 'open' AND id = " + blob(id));
    if (ran.ok() && open != 0) findings_.add("the office's resolution is gone");
  }

  void play_user() {
    const std::string name = office_.new_marker();
    const Ran ran = strike_office({"user", "add", name, "--role", "agent"});
    const auto there = office_.count("SELECT count(*) FROM staff WHERE name = '" + name + "'");
    if (there > 1 || (ran.ok() && there != 1)) findings_.add("a member of staff is not what was said");
  }

  void play_backup() {
    const auto file = options_.directory / "backup.db";
    static_cast<void>(strike_office({"backup", file.string()}));
    std::filesystem::remove(file);
    if (const Ran again = office_.office({"backup", file.string()}); !again.ok())
      findings_.add("after a backup that was cut none can be made: " + again.err);
    std::filesystem::remove(file);
  }

  // ---- the whole look ----

  void whole_look() {
    findings_.at("after cycle " + std::to_string(report_.cycles));
    for (Machine& machine : office_.machines) office_.check_quiet(machine);
    // a second round: the last machine's edits reach the first
    for (Machine& machine : office_.machines) office_.check_quiet(machine);
    office_.check_office();
    check_fates();
    options_.say(std::to_string(report_.cycles) + " cycles, " + std::to_string(report_.clients_killed) +
                 " clients and " + std::to_string(report_.servers_killed) + " servers killed, " +
                 std::to_string(findings_.all().size()) + " findings");
  }

  void check_fates() {
    std::map<std::string, std::int64_t> found;
    for (const json::value& row : office_.rows(
             "SELECT note, count(*) FROM contact_event WHERE note IS NOT NULL GROUP BY note UNION ALL "
             "SELECT promised_by, count(*) FROM promise WHERE promised_by IS NOT NULL GROUP BY promised_by"))
      found[std::string(row.as_array().at(0).as_string())] = row.as_array().at(1).as_int64();
    for (const std::string& marker : unsettled_) fates_[marker] = found.count(marker) != 0;
    unsettled_.clear();
    for (const auto& [marker, is_there] : fates_) {
      const auto at = found.find(marker);
      const std::int64_t times = at == found.end() ? 0 : at->second;
      if (times != (is_there ? 1 : 0))
        findings_.add("edit " + marker + " is at the office " + std::to_string(times) + " times instead of " +
                      (is_there ? "once" : "never"));
    }
    for (const auto& [marker, times] : found)
      if (fates_.count(marker) == 0) findings_.add("nobody has made the edit " + marker);
  }

  CycleOptions options_;
  test::SeededRandom chance_;
  Findings findings_;
  BatteredOffice office_;
  CycleReport report_;
  std::string kind_;
  std::vector<std::string> debtors_;
  std::map<std::string, microseconds> usual_;
  std::map<std::string, bool> fates_;   // by marker: is it to be found?
  std::vector<std::string> unsettled_;  // of the office's that were cut
};

const std::vector<KillRun::Kind>& KillRun::kinds() {
  static const std::vector<Kind> all{
      {"note", 240, &KillRun::play_note},
      {"promise", 80, &KillRun::play_promise},
      {"rename", 90, &KillRun::play_rename},
      {"undo", 50, &KillRun::play_undo},
      {"amend", 40, &KillRun::play_amend},
      {"refused", 20, &KillRun::play_refused},
      {"resolve", 30, &KillRun::play_resolve},
      {"sync", 220, &KillRun::play_sync},
      {"verify", 30, &KillRun::play_verify},
      {"renew", 15, &KillRun::play_renew},
      {"enrol", 4, &KillRun::play_enrol},
      {"holder", 6, &KillRun::play_holder},
      {"passphrase", 2, &KillRun::play_passphrase},
      {"office note", 50, &KillRun::play_office_note},
      {"office rename", 40, &KillRun::play_office_rename},
      {"assign", 40, &KillRun::play_assign},
      {"office resolve", 20, &KillRun::play_office_resolve},
      {"user", 8, &KillRun::play_user},
      {"backup", 15, &KillRun::play_backup},
  };
  return all;
}

}  // namespace

CycleReport run_kill_cycles(const CycleOptions& options) { return KillRun(options).run(); }

}  // namespace relance::e2e
