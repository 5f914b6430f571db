#include "tests/kill/purges.h"

#include <algorithm>
#include <csignal>

#include "client/home.h"
#include "client/keys.h"
#include "host/files.h"
#include "host/sqlite.h"
#include "server/office.h"
#include "tests/kill/battered_office.h"
#include "tests/support/chance.h"
#include "tests/support/needle_hunt.h"

namespace relance::e2e {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kPastTheEnd = 110;  // percent of a command's usual duration
constexpr int kTriesMax = 3;              // deaths in a row; then it is let live
constexpr std::size_t kFindingsMax = 20;  // then the run is over: the rest would say the same
constexpr std::int64_t kWholeLookEvery = 10;
constexpr std::size_t kFoundBeforeMin = 50;  // of the needles of one case

class PurgeCampaign {
 public:
  explicit PurgeCampaign(const PurgeOptions& options)
      : options_(options),
        chance_(options.seed),
        findings_(options.say),
        office_(options.directory, findings_),
        laptop_(office_.enrol("paul", "laptop")) {
    for (const auto& [name, role] : {std::pair<const char*, const char*>{"olga", "office"}, {"david", "dpo"}})
      must(office_.office({"user", "add", name, "--role", role}), "user add");
    // What a laptop's pages are read by; its passphrase costs a third of a second, once.
    const std::string passphrase = laptop_.agent.environment().front();
    data_key_ = KeyEnvelope::open(home().file("replica.key"), passphrase.substr(passphrase.find('=') + 1));
  }

  PurgeReport run() {
    const auto begin = SteadyClock::now();
    try {
      for (std::int64_t i = 1; i <= options_.purges && findings_.all().size() < kFindingsMax; ++i) {
        findings_.at("purge " + std::to_string(i));
        one_purge(i);
        ++report_.purges;
        if (i % kWholeLookEvery == 0 || i == options_.purges) whole_look();
        if (i % 50 == 0) options_.say(std::to_string(i) + " purges");
      }
    } catch (const std::exception& ended) {
      findings_.add(std::string("the run could not go on: ") + ended.what());
    }
    report_.seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    report_.findings = findings_.all();
    return report_;
  }

 private:
  struct Person {
    std::string case_id, number, account;
    fs::path ledger;  // the file that would bring him back
  };

  [[nodiscard]] client::Home home() const { return client::Home(laptop_.agent.home(), false); }

  void must(const Ran& ran, const std::string& what) const {
    if (!ran.ok())
      throw StoryEnded(what + ": exit " + std::to_string(ran.exit_code) + ": " + ran.err + ran.out);
  }

  // ---- one purge ----

  void one_purge(std::int64_t i) {
    test::NeedleHunt hunt;
    const Person person = make_person(hunt);
    const bool goes_back = i % options_.restore_every == 0;
    const fs::path backup = options_.directory / "before.backup";
    if (goes_back) {
      fs::remove(backup);
      must(office_.office({"backup", backup.string()}), "backup");
    }
    work_on(person, hunt);
    require_can_be_found(hunt);
    order_erased(person);
    const std::string late = late_edit(person, hunt);
    erase();
    obey();
    check_gone(person, late);
    look_everywhere(hunt);
    come_back(person);
    if (goes_back) {
      go_back_to(backup);
      check_gone(person, late);
      fs::remove(backup);
      look_everywhere(hunt);
    }
    report_.needles += static_cast<std::int64_t>(hunt.size());
  }

  /// A case by import, its every column of text a needle, and one row more in every table that can hang on it.
  Person make_person(test::NeedleHunt& hunt) {
    const fs::path file = options_.directory / "items.csv";
    write_ledger(file, office_.new_marker(), "A debtor to be erased");
    must(office_.office({"import", "csv", file.string(), "--creditor", "Meunier SA"}), "import");
    Person person{.case_id = {}, .number = {}, .account = {}, .ledger = options_.directory / "again.csv"};
    {
      const server::Office office(office_.office.data(), false);
      const auto db = office.connect(server::Office::Use::write);
      const Id case_id = *sql::id(*db, "SELECT id FROM case_file ORDER BY id DESC LIMIT 1");
      const Id debtor = *sql::id(*db, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
      const Id staff = *sql::id(*db, "SELECT id FROM staff WHERE name = 'paul'");
      const Id device = *sql::id(*db, "SELECT id FROM device LIMIT 1");
      test::fill_with_needles(*db, hunt, chance_, case_id, debtor, staff, device);
      person.case_id = case_id.text();
      person.number = sql::text(*db, "SELECT number FROM case_file WHERE id = ?1", case_id).value();
      person.account = sql::text(*db, "SELECT ledger_ref FROM case_file WHERE id = ?1", case_id).value();
    }
    must(office_.office({"assign", "--to", "paul", "--also", "--case", person.number}), "assign");
    must(laptop_.agent({"sync"}), "the laptop's sync");
    if (here(person) != 1) findings_.add("the laptop did not get the case");
    return person;
  }

  static void write_ledger(const fs::path& file, const std::string& account, const std::string& name) {
    write_file_durably(file,
                       "debtor_ref,debtor_name,siret,piece,issued_on,due_on,debit,credit,currency\n" +
                           account + "," + name + ",,P-" + account + ",2026-02-01,2026-03-03,500.00,,EUR\n",
                       0600);
  }

  /// Edits of both sides, some of them a conflict, some of them never sent.
  void work_on(const Person& person, test::NeedleHunt& hunt) {
    const auto note = [&] { return "note=" + hunt.make("contact_event", note_column()); };
    const auto call = [&] {
      must(laptop_.agent({"add", "contact_event", "case_id=" + person.number, "outcome=reached", note()}),
           "add");
    };
    call();
    if (chance_.below(2) == 0) must(laptop_.agent({"sync"}), "the laptop's sync");
    if (chance_.below(3) == 0) {
      const auto id = office_.rows("SELECT debtor_id FROM case_file WHERE number = '" + person.number + "'");
      const std::string debtor(id.at(0).as_array().at(0).as_string());
      const auto renamed = [&] { return "legal_name=" + hunt.make("debtor", note_column()); };
      must(office_.office({"edit", "debtor", debtor, renamed(), "--as", "nadia"}), "edit");
      must(laptop_.agent({"edit", "debtor", debtor, renamed()}), "edit");
      must(laptop_.agent({"sync"}), "the laptop's sync");
    }
    if (chance_.below(2) == 0) call();
  }

  static const schema::Column& note_column() {
    const schema::Table& calls = schema::table("contact_event");
    return calls.columns[*schema::find_column(calls, "note")];
  }

  void order_erased(const Person& person) {
    must(office_.office({"edit", "case_file", person.case_id, "stage=closed", "closed_reason=wrong_person",
                         "--as", "olga"}),
         "closing");
    must(office_.office({"purge", "plan", "--origin", "request", "--case", person.number, "--ground",
                         "art. 17", "--as", "olga"}),
         "plan");
    must(office_.office({"purge", "approve", "--as", "david", "--release-brake"}), "approve");
  }

  /// Made on the laptop after the office's decision, sent after its execution.
  std::string late_edit(const Person& person, test::NeedleHunt& hunt) {
    if (chance_.below(2) == 0) return {};
    const std::string words = hunt.make("contact_event", note_column());
    must(laptop_.agent(
             {"add", "contact_event", "case_id=" + person.number, "outcome=reached", "note=" + words}),
         "a late edit");
    ++report_.returns_tried;
    return words;
  }

  // ---- striking ----

  /// Some moment of its usual duration, or a little after: some are let live, and measured anew.
  microseconds moment(microseconds usual) {
    return microseconds(usual.count() * static_cast<long>(chance_.below(kPastTheEnd)) / 100);
  }

  void note_duration(const std::string& what, SteadyClock::time_point begin) {
    const auto took = std::chrono::duration_cast<microseconds>(SteadyClock::now() - begin);
    auto& usual = usual_.try_emplace(what, took).first->second;
    usual = (usual * 3 + took) / 4;
  }

  /// Runs it until it has lived to its end; with a death the server may die as well. The first one is only measured.
  void strike(const std::string& what, const std::vector<std::string>& command,
              const Environment& environment, std::int64_t& killed) {
    for (int tries = 0; tries < kTriesMax && usual_.count(what) > 0; ++tries) {
      bool struck = false;
      const auto begin = SteadyClock::now();
      const bool server_too = chance_.below(4) == 0;
      const Ran ran = run_interrupted(command, environment, moment(usual_[what]), [&](pid_t pid) {
        struck = true;
        ::kill(pid, SIGKILL);
        if (server_too) office_.office.kill();
      });
      if (struck && server_too) {
        ++report_.servers_killed;
        office_.serve_again();
      }
      if (const std::string wrong = what_is_wrong_with(ran); !wrong.empty())
        findings_.add(what + ": " + wrong);
      if (ran.exit_code == 128 + SIGKILL) ++killed;
      if (struck) continue;
      note_duration(what, begin);
      if (ran.ok()) return;
    }
    const auto begin = SteadyClock::now();
    must(::relance::e2e::run(command, environment), what + ", undisturbed");
    note_duration(what, begin);
  }

  void erase() {
    strike("purge run",
           {program("relance-server").string(), "--data", office_.office.data().string(), "purge", "run",
            "--as", "olga", "--json"},
           {}, report_.runs_killed);
    const auto status = office_.office.json({"purge", "status"});
    if (status.at("purge").at("state") != "done") findings_.add("a purge that ended is not done");
    if (status.at("purge").at("erased").as_int64() != 1)
      findings_.add("a purge erased another number of cases");
  }

  void obey() {
    strike("sync", laptop_.agent.command({"sync", "--json"}), laptop_.agent.environment(),
           report_.laptops_killed);
    must(laptop_.agent({"sync"}), "the laptop's sync");  // it tells its receipt
    const auto status = office_.office.json({"purge", "status"});
    for (const auto& device : status.at("devices").as_array())
      if (device.at("standing") != "done" || device.at("signed").as_int64() != 1)
        findings_.add("the laptop's signed receipt is missing: " + boost::json::serialize(device));
  }

  // ---- looking ----

  [[nodiscard]] std::int64_t here(const Person& person) {
    return office_.count(laptop_, "SELECT count(*) FROM case_file WHERE number = '" + person.number + "'");
  }

  void check_gone(const Person& person, const std::string& late) {
    if (here(person) != 0) findings_.add("the laptop shows an erased case");
    if (office_.count("SELECT count(*) FROM case_file WHERE number = '" + person.number + "'") != 0)
      findings_.add("the office shows an erased case");
    if (!late.empty() && office_.count("SELECT count(*) FROM contact_event WHERE note = '" + late + "'") != 0)
      findings_.add("a late edit has brought something back");
  }

  /// Every byte of every file as it lies there, and every page of the databases as their key opens it.
  void look_everywhere(test::NeedleHunt& hunt) {
    fs::remove(options_.directory / "items.csv");
    fs::remove(options_.directory / "again.csv");
    tell(hunt.found_below(options_.directory));
    {
      const server::Office office(office_.office.data(), false);
      look_into(*office.connect(server::Office::Use::write), office.key(), "the office's database", hunt);
    }
    look_into(*home().open_replica(data_key_, client::Home::Use::write), std::nullopt, "the replica", hunt);
  }

  /// A search that finds nothing where everything stands would prove nothing afterwards.
  void require_can_be_found(test::NeedleHunt& hunt) {
    const server::Office office(office_.office.data(), false);
    const auto db = office.connect(server::Office::Use::write);
    static_cast<void>(sql::checkpoint_sqlite(*db));
    std::vector<std::string> found;
    sql::for_each_page(*db, office.key(), [&](std::string_view bytes) { hunt.search(bytes, "before", found); });
    if (found.size() < kFoundBeforeMin) findings_.add("what stands in the database was not found");
  }

  void look_into(sql::Connection& db, const std::optional<std::string>& key, const std::string& name,
                 test::NeedleHunt& hunt) {
    if (!sql::checkpoint_sqlite(db)) findings_.add("the WAL of " + name + " could not be folded in");
    std::int64_t pages = 0;
    std::vector<std::string> found;
    sql::for_each_page(db, key, [&](std::string_view bytes) {
      ++pages;
      hunt.search(bytes, name, found);
    });
    tell(found);
    if (pages == 0) findings_.add("no page of " + name + " was looked at");
  }

  void tell(const std::vector<std::string>& found) {
    for (const std::string& one : found) findings_.add("found: " + one);
  }

  // ---- coming back ----

  void come_back(const Person& person) {
    write_ledger(person.ledger, person.account, "He again");
    const auto again =
        office_.office.json({"import", "csv", person.ledger.string(), "--creditor", "Meunier SA"});
    if (again.at("debtors_added").as_int64() != 0 || again.at("debtors_erased").as_int64() != 1)
      findings_.add("an import has brought an erased person back");
    ++report_.returns_tried;
  }

  void go_back_to(const fs::path& backup) {
    office_.office.stop();
    must(office_.office({"restore", backup.string()}), "restore");
    office_.serve_again();
    must(laptop_.agent({"sync"}), "the sync after a restore");
    must(laptop_.agent({"sync"}), "the sync after a restore");
    // What the restore has kept beside is of after the erasure.
    ++report_.restores;
    ++report_.returns_tried;
  }

  void whole_look() {
    office_.check_quiet(laptop_);
    office_.check_office();
  }

  const PurgeOptions& options_;
  test::SeededRandom chance_;
  Findings findings_;
  BatteredOffice office_;
  Machine laptop_;
  Secret data_key_;
  std::map<std::string, microseconds> usual_;
  PurgeReport report_;
};

}  // namespace

PurgeReport run_purges(const PurgeOptions& options) { return PurgeCampaign(options).run(); }

}  // namespace relance::e2e
