// One office, its agents' machines and the network between them, in one thread on one disk in memory: the real ledger,
// feeds, service, replica and session over the real engine. Performs a plan's actions, tells the oracle what the
// office took in, and compares. The first thing that is not as it must be ends the run (Violation).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/session.h"
#include "schema/version.h"
#include "server/purge.h"
#include "server/sync_service.h"
#include "tests/sim/oracle.h"
#include "tests/sim/plan.h"
#include "tests/support/disk.h"

namespace relance::sim {

/// What was promised and is not so.
class Violation : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The run as a number: over decisions and rows, not over bytes of files (pages of keyed files are salted).
class TraceHash {
 public:
  void add(std::string_view text);
  void add(std::int64_t number) { add(std::to_string(number)); }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

/// How often what happened, so that a generator that makes only peace is noticed.
using Tally = std::map<std::string, std::int64_t>;

inline constexpr Ms kDayMs = 24LL * 3600 * 1000;

class Universe {
 public:
  /// `tells`: every action in words, to standard output.
  Universe(const Plan& plan, bool tells);
  ~Universe();
  Universe(const Universe&) = delete;
  Universe& operator=(const Universe&) = delete;

  void perform(const Action& action);
  /// Faults end, everyone is trusted again, three quiet syncs: what must hold then is checked.
  void end();

  [[nodiscard]] std::uint64_t trace() const { return trace_.value(); }
  [[nodiscard]] const Tally& tally() const { return tally_; }

 private:
  struct LocalEdit {
    Id shown_epoch;
    Number shown = 0;
    std::string hash;
    bool was_sent = false;
    bool was_lost = false;      // by a return to a backup older than devices keep what they sent
    std::optional<Id> left_in;  // such a return left it to its device alone, which was in this epoch then
    Ms told_at = 0;             // when the office last told its outcome, by the office's clock
    std::set<Id> names;         // rows that it makes, changes or points to
  };
  struct Message {
    std::size_t machine = 0;
    client::WireRequest request;
    Id shown_epoch;
    Number shown = 0;  // the state whose cursor it carries
    Ms asked_at = 0;   // by the machine's clock
  };
  struct Reply {
    client::WireAnswer answer;
    Number shown = 0;  // the office's commit of the answer's snapshot
    Id epoch;
    Ms asked_at = 0;
  };
  struct Machine {
    std::size_t index = 0;
    std::string folder;
    test::ManualClock clock;
    int version = schema::kVersion;  // of the schema
    Id device, staff;
    schema::Writers role = schema::agent;
    std::unique_ptr<sql::Connection> db;
    std::unique_ptr<client::Replica> replica;
    std::unique_ptr<client::Session> session;
    std::optional<Message> asked;
    std::optional<Reply> reply;
    std::map<Number, LocalEdit> edits;  // whatever its user was told is kept
    std::optional<Number> changing;     // its user is undoing or amending this one
    Id shown_epoch;
    Number shown = 0;
    Number durable = 0;      // the furthest that a backup was said to reach
    bool is_copied = false;  // two machines bear this identity
  };
  struct Backup {
    test::Disk::Saved disk;
    Oracle::State oracle;
    Ms taken_at = 0;
  };
  struct Office {
    std::unique_ptr<sql::Connection> db;
    std::unique_ptr<server::Ledger> ledger;
    std::unique_ptr<server::DirectCommitter> committer;
    std::unique_ptr<server::DirectReader> reader;
    std::unique_ptr<server::SyncService> service;
  };
  struct Expected {
    std::vector<sync::Outcome> outcomes;
    bool freezes = false;
  };

  // universe.cpp: founding and time
  void found();
  Machine& add_machine(const Id& staff);
  Id add_staff(const std::string& name, const std::string& role);
  Id add_case(int number);
  void pass(Ms by);

  // universe_disk.cpp: opening, crashing, backups
  void open_office();
  void open_machine(Machine& m);
  void close_machine(Machine& m);
  void create_replica(const Machine& m);
  void upgrade(Machine& m);
  [[nodiscard]] bool guard_office(const std::function<void()>& work);
  [[nodiscard]] bool guard_machine(Machine& m, const std::function<void()>& work);
  void crash_office();
  void crash_machine(Machine& m);
  void reconcile(Machine& m);
  void check_kept(Machine& m);
  [[nodiscard]] std::map<Number, bool> outbox_of(Machine& m);
  void check_forgotten(Machine& m, const std::map<Number, bool>& before, Ms answered_at);
  void check_left_alone(Machine& m);
  void backup();
  void restore(test::SeededRandom& chance);
  void restore_to(const Backup& back);
  void regret(test::SeededRandom& chance);
  void lose_a_week(test::SeededRandom& chance);
  void arm(const std::string& folder, test::SeededRandom& chance, bool dies);

  // universe_people.cpp: what people do
  void edit(Machine& m, test::SeededRandom& chance, bool resolves);
  void change_mind(Machine& m, test::SeededRandom& chance);
  void note_edit(Machine& m, Number n);
  void check_shown(Machine& m, const std::vector<sync::Op>& ops, Number n);
  bool office_ops(const Id& staff, schema::Writers role, std::vector<sync::Op> ops, bool modelled = true);
  void office_edit(test::SeededRandom& chance, bool resolves);
  void take_id(Machine& m, std::string_view status, test::SeededRandom& chance);
  void import_case(test::SeededRandom& chance);
  void move_case(test::SeededRandom& chance);
  void move_debtor(test::SeededRandom& chance);
  void set_device_state(const Id& device, const std::string& state);
  void allow_all();
  void clone(test::SeededRandom& chance);

  // universe_purge.cpp: erasing, and what comes after it
  void purge(test::SeededRandom& chance);
  void carry_out(const Id& run);
  void finish_purges();
  [[nodiscard]] std::optional<Id> waiting_purge();
  bool ensure_purge_rules();
  void replay_erasures();
  void tear_ledger();
  void learn_erasures(bool is_put_back);
  void resurrect(test::SeededRandom& chance);
  void import_again(test::SeededRandom& chance);
  void weave(std::vector<sync::Op>& ops, sql::Connection& db) const;
  void note_names(LocalEdit& edit, const std::vector<sync::Op>& ops);
  void note_hanging(const sync::Op& op);
  [[nodiscard]] bool hangs_on_erased(const Id& row) const;
  [[nodiscard]] bool is_about_erased(const LocalEdit& edit) const;
  void note_unknowable(const sync::Mutation& mutation);
  void count_try(const std::string& what);
  void check_receipts(Machine& m);
  void hunt();
  void hunt_in(const std::string& folder, sql::Connection& office, const std::string& who,
               sql::Connection* keyed);
  [[nodiscard]] server::ErasureSite site();

  // universe_network.cpp: requests and answers
  void sync(Machine& m, test::SeededRandom* chance);
  bool ask(Machine& m);
  void handle(Machine& m);
  bool hear(Machine& m);
  [[nodiscard]] std::optional<Reply> deliver(const Message& message);
  [[nodiscard]] Expected foresee(const Message& message, const sync::Request& request);
  void compare_outcomes(const Expected& expected, const client::WireAnswer& answer);
  void name_conflicts();
  void verify(Machine& m);

  // universe_checks.cpp: what must hold
  void check_office();
  void check_replica(Machine& m);
  void check_fates(Machine& m);
  void check_copies();
  void check_money();
  void check_refused_are_void(Machine& m);
  void check_unsent_are_shown(Machine& m);
  [[nodiscard]] std::string rows_digest(sql::Connection& db);
  [[nodiscard]] std::set<std::pair<int, Id>> confirmed_rows(Machine& m);

  [[noreturn]] void fail(const std::string& what) const { throw Violation(what); }
  void tell(const std::string& what);
  [[nodiscard]] Number audit_head();
  template <class T>
  T& any(std::vector<T>& of, test::SeededRandom& chance) {
    return of[chance.below(of.size())];
  }
  Machine& any_machine(test::SeededRandom& chance) { return *machines_[chance.below(machines_.size())]; }

  const Plan& plan_;
  bool tells_;
  test::Disk disk_;
  test::SeededRandom random_;  // what the programs draw
  test::SeededRandom chaos_;   // what the world draws
  test::ManualClock clock_;    // the office's
  Oracle oracle_;
  Office office_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::vector<Message> held_back_;  // on the network
  std::vector<Backup> backups_;
  std::vector<Id> agents_, cases_;
  std::vector<Id> gone_;                 // cases that were erased, in whatever past
  std::set<Id> gone_debtors_;            // whom an order named
  std::set<Id> gone_rows_;               // what went with them
  std::map<Id, std::set<Id>> hangs_on_;  // a row: what it pointed to when it was made
  std::set<Id> tangled_;                 // cases two of which have a row of one id: they are not purged
  std::set<Id> unknowable_;     // erased ones of whom an edit tells by a row that only a lost past had
  std::size_t lines_seen_ = 0;  // of the erasure ledger
  std::filesystem::path ledger_folder_;  // a real one: it survives whatever becomes of the office's database
  Id clerk_, boss_, officer_, system_, office_device_, creditor_;
  int restores_ = 0;
  bool old_restore_ = false;  // from a backup older than what devices keep
  bool quiet_ = false;
  int enrolled_ = 0, imported_ = 0;
  TraceHash trace_;
  Tally tally_;
};

}  // namespace relance::sim
