// A small office and its devices on a disk that fails: the real commit queue, service, ledger, replica and session,
// each machine in a folder of its own. Everything a story does goes through here and can be done again: what is
// there already is left alone, so that a story interrupted anywhere is simply told once more from that step on.
//
// Beside it stands the witness: what the calls that returned have promised. After a crash the disk is asked.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "client/session.h"
#include "server/commit_queue.h"
#include "server/enrolment.h"
#include "server/sync_service.h"
#include "tests/support/chance.h"
#include "tests/support/disk.h"
#include "tests/support/ops.h"

namespace relance::disktest {

using test::Disk;

/// A row's or a person's id, by a name that a story gives it: the same in every run.
[[nodiscard]] Id named(std::string_view name);

inline constexpr std::string_view kOffice = "office";  // the machine; devices are named by their story

struct SceneOptions {
  std::vector<std::string> devices = {"a"};  // a and a2 are paul's, b is lea's
  bool keyed = false;
  std::size_t page_bytes = sync::kPageBytes;  // of the answers: small ones make long stories of short ones
  bool queued =
      false;  // the office as it serves: a writer thread, commands beside it; else all on one connection
  bool careless = false;  // synchronous=OFF: the run has to find out
  std::uint64_t seed = 1;
};

/// The server's process: its writer, a reader beside it, and the service.
class OfficeProcess {
 public:
  OfficeProcess(Disk& disk, const SceneOptions& options, const Clock& clock, Random& random);
  [[nodiscard]] client::WireAnswer answer(const Id& device, const client::WireRequest& request);
  [[nodiscard]] server::Committer& committer() { return *committer_; }
  /// A command of the office: beside the queue on its own connection, as the office's program does it.
  void command(const std::function<void(server::Ledger&)>& work);

 private:
  class Readers;
  server::CommitQueue::Open open_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<sql::Connection> db_;  // where there is no queue
  std::unique_ptr<server::Ledger> ledger_;
  std::unique_ptr<server::Committer> committer_;
  std::unique_ptr<server::Readers> readers_;
  std::unique_ptr<server::SyncService> service_;
};

/// The agent's program, as long as one command lives.
struct DeviceProcess {
  std::unique_ptr<sql::Connection> db;
  client::Replica replica;
};

/// What was promised. An entry is an edit by its intent, with what it wrote as text.
struct Witness {
  using Edits = std::vector<std::pair<std::string, std::string>>;
  struct Device {
    Edits edits;                          // the outbox in its order, as the calls that returned left it
    std::optional<Edits> attempted;       // as the call under way would leave it
    std::int64_t acked = 0;               // outcomes taken in
    std::vector<std::int64_t> at_office;  // numbers that the office has given an outcome
  };
  std::map<std::string, Device> devices;
  std::vector<std::string> office;  // intents of the office's own edits, in order
  std::optional<std::vector<std::string>> office_attempted;
  std::int64_t entries = 0;  // lines imported
  std::optional<std::int64_t> entries_attempted;
  bool backup_counts = false;
  std::vector<std::string> office_at_backup;
  std::int64_t entries_at_backup = 0;
  std::string epoch;                               // of the office before it was restored
  std::optional<server::InviteSecret> invitation;  // as a person holds it in his hand
  std::optional<Id> enrolled;
};

class Scene {
 public:
  explicit Scene(const SceneOptions& options);
  ~Scene();

  // ---- what stories do ----
  /// One edit on a device. `intent` names it for good.
  void edit(const std::string& device, const std::string& intent, std::vector<sync::Op> ops);
  void undo(const std::string& device, const std::string& intent);
  void amend(const std::string& device, const std::string& intent, std::vector<sync::Op> ops);
  void resend(const std::string& device, const std::string& intent, std::vector<sync::Op> ops);
  void discard(const std::string& device, const std::string& intent);
  client::SyncReport sync(const std::string& device);
  /// The request is handled, its answer is lost.
  void lose_answer(const std::string& device);
  void bootstrap(const std::string& device);
  void verify(const std::string& device);
  /// Writes on the device's disk past the replica, as a defect would.
  void damage(const std::string& device, std::string_view sql);

  void office_edit(const std::string& intent, std::string_view staff, schema::Writers role,
                   std::vector<sync::Op> ops);
  void assign(const std::string& intent, std::string_view case_file, std::string_view staff);
  void unassign(const std::string& intent, std::string_view case_file, std::string_view staff);
  void import(const std::string& fec, std::int64_t lines);
  void back_up();
  void restore();
  void prune(std::string_view staff);
  void enrol(const std::string& device, std::string_view staff);

  [[nodiscard]] sync::Op call(const std::string& name, std::string_view case_file) const;
  [[nodiscard]] std::optional<Id> open_conflict(const std::string& device);
  [[nodiscard]] std::int64_t at_office(std::string_view count_sql);
  [[nodiscard]] std::string at_device(const std::string& device, std::string_view text_sql);

  // ---- processes ----
  void close_device(const std::string& device);
  void close_office();
  void close_all();
  /// Everybody's process ends without a word, and every machine but the named one simply goes on.
  void crash(const std::string& machine, Disk::Loss loss, test::SeededRandom& random);

  // ---- what has to be true ----
  /// After a crash of this machine: its files are whole, its promises kept, what was under way is wholly there or
  /// not at all.
  void check_promises(const std::string& machine);
  /// No fault any more: every device syncs until it has nothing left.
  void settle();
  /// Office and devices agree, outboxes are empty, each edit has one fate.
  void check_end();

  [[nodiscard]] Disk& disk() { return disk_; }
  void set_queued(bool queued) { options_.queued = queued; }  // from the next opening of the office
  [[nodiscard]] std::vector<std::string> devices() const;

  struct Saved {
    std::map<Disk::Path, Disk::Saved> disk;
    Witness witness;
    Ms now = 0;
  };
  [[nodiscard]] Saved save() const;
  /// Closes all processes first.
  void restore_saved(const Saved& saved, std::uint64_t seed);

  /// The office, four people, five cases, and the devices, all of them in agreement.
  void build();

  Witness witness;

 private:
  OfficeProcess& office();
  DeviceProcess& device(const std::string& name);
  [[nodiscard]] std::unique_ptr<sql::Connection> open_file(const Disk::Path& file, bool office, bool create);
  void command(const std::function<void(server::Ledger&)>& work);
  [[nodiscard]] client::WireAnswer deliver(const std::string& device, const client::WireRequest& request);
  void note_outcomes(const std::string& device, const client::WireRequest& request,
                     const client::WireAnswer& answer);
  [[nodiscard]] std::optional<std::int64_t> find_edit(const std::string& device, const std::string& intent);
  [[nodiscard]] Witness::Edits outbox_of(sql::Connection& db) const;
  void promise(const std::string& device, Witness::Edits becomes, const std::function<void()>& act);
  void promise_office(const std::string& intent, const std::function<void()>& act);
  void check_device(const std::string& name);
  void check_office();
  void check_fates(const std::string& name);
  [[nodiscard]] std::optional<std::string> key() const;

  SceneOptions options_;
  Disk disk_;
  test::ManualClock clock_;
  std::unique_ptr<test::SeededRandom> random_;
  std::unique_ptr<OfficeProcess> office_;
  std::map<std::string, std::unique_ptr<DeviceProcess>> open_devices_;
};

/// A promise that was broken; its sentence says which.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& otherwise);

}  // namespace relance::disktest
