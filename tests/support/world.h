// A small world for tests: the real ledger, service, replica and session over real SQLite files, joined in one
// process by a function call. Time and chance are the test's.
#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "client/session.h"
#include "host/clock.h"
#include "host/sql.h"
#include "server/sync_service.h"
#include "tests/support/chance.h"
#include "tests/support/ops.h"

namespace relance::test {

/// A directory that goes with the test.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Says that a file is there already.
struct Existing {};

class TestOffice {
 public:
  TestOffice(const std::filesystem::path& file, ManualClock& clock, Random& random);
  /// One that was made before, brought to this program's schema if it is older.
  TestOffice(Existing, const std::filesystem::path& file, ManualClock& clock, Random& random);

  Id add_staff(const std::string& name, std::string_view role);
  Id add_device(const Id& staff);
  Id add_creditor(const std::string& name);
  Id add_debtor(const std::string& name);
  Id add_case(const Id& creditor, const Id& debtor, const std::string& number);
  Id assign(const Id& case_id, const Id& staff);
  void unassign(const Id& case_id, const Id& staff);
  /// Any edit as `staff`; `before` values are taken from the row as it is now.
  sync::Outcome edit(const Id& staff, std::vector<sync::Op> ops, std::string intent = "test");

  [[nodiscard]] std::optional<Row> row(std::string_view table, const Id& id);
  [[nodiscard]] Value value(std::string_view table, const Id& id, std::string_view column);
  [[nodiscard]] std::int64_t count(std::string_view sql);

  [[nodiscard]] sql::Connection& db() { return *db_; }
  [[nodiscard]] server::Ledger& ledger() { return *ledger_; }
  [[nodiscard]] server::SyncService& service() { return *service_; }
  [[nodiscard]] const Id& system() const { return system_; }
  /// How much of a feed one answer carries from now on.
  void set_page_bytes(std::size_t bytes);
  /// A copy in `file`, which counts as a backup; restored on the spot, to see that it can be.
  void backup(const std::filesystem::path& file);
  /// The office as it was in a copy, which stays as it is, with a new epoch.
  void go_back(const std::filesystem::path& file);
  /// Answers carry heads of the audit log from now on, also after a restore.
  void sign_with(std::shared_ptr<server::AuditSigner> signer);
  /// Devices of an older schema version are not served any more.
  void serve_from(int oldest_version);

 private:
  void serve();
  void try_restore(const std::filesystem::path& file);

  ManualClock& clock_;
  Random& random_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<server::Ledger> ledger_;
  std::unique_ptr<server::DirectCommitter> committer_;
  std::unique_ptr<server::DirectReader> reader_;
  std::unique_ptr<server::SyncService> service_;
  std::shared_ptr<server::AuditSigner> signer_;
  Id system_;
};

class TestDevice {
 public:
  /// `version`: of the replica's schema; without one, this program's.
  struct Make {
    std::optional<int> version = {};
    std::optional<std::string> key = {};  // 32 bytes
  };
  TestDevice(const std::filesystem::path& file, TestOffice& office, const Id& staff, ManualClock& clock,
             Random& random, const Make& make);
  TestDevice(const std::filesystem::path& file, TestOffice& office, const Id& staff, ManualClock& clock,
             Random& random)
      : TestDevice(file, office, staff, clock, random, Make{}) {}
  /// One that was made before, as it is: of whatever version.
  TestDevice(Existing, const std::filesystem::path& file, TestOffice& office, ManualClock& clock,
             Random& random, const std::optional<std::string>& key = {});
  /// What the first opening with a newer program does.
  void upgrade();

  /// Runs a session to its end.
  client::SyncReport sync();
  /// Sends one request, lets the office handle it, and loses the answer.
  void sync_and_lose_answer();
  std::int64_t edit(std::vector<sync::Op> ops, std::string intent = "test");
  /// Why an edit is refused on the spot; nothing when it is not.
  [[nodiscard]] std::optional<client::EditRefusal> try_edit(std::vector<sync::Op> ops);
  [[nodiscard]] Value value(std::string_view table, const Id& id, std::string_view column);
  [[nodiscard]] bool has(std::string_view table, const Id& id);
  [[nodiscard]] std::string status_of(std::int64_t n);
  [[nodiscard]] std::string reason_of(std::int64_t n);
  [[nodiscard]] std::int64_t count(std::string_view sql);
  /// Bucket by bucket against the office; the number of differing buckets. REQUIRES: synced.
  [[nodiscard]] std::size_t differing_buckets();

  [[nodiscard]] client::Replica& replica() { return *replica_; }
  [[nodiscard]] sql::Connection& db() { return *db_; }
  [[nodiscard]] const Id& id() const { return device_; }
  [[nodiscard]] client::WireAnswer deliver(const client::WireRequest& request);
  /// Hears every exchange with the office.
  std::function<void(const client::WireRequest&, const client::WireAnswer&)> on_exchange;

 private:
  TestOffice& office_;
  const Clock& clock_;
  Random& random_;
  Id device_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<client::Replica> replica_;
};

/// Clock, chance, office and a first creditor: what nearly every story begins with.
struct World {
  explicit World(std::uint64_t seed = 1)
      : random(seed),
        office(dir.path() / "office.db", clock, random),
        creditor(office.add_creditor("Meunier SA")) {}
  TempDir dir;
  ManualClock clock;
  SeededRandom random;
  TestOffice office;
  Id creditor;
  int cases = 0;

  struct CaseIds {
    Id case_id, debtor;
  };
  CaseIds add_case();
  std::unique_ptr<TestDevice> add_device(const Id& staff, std::optional<int> version = {});
};

}  // namespace relance::test
