// The two ends that are measured: an office on disk served by a process of its own, and agents' devices with encrypted
// replicas and mutual TLS to it. Everything here is the product; only filling and enrolling take a short cut.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "client/https_transport.h"
#include "client/session.h"
#include "host/clock.h"
#include "host/sql.h"
#include "server/ledger.h"
#include "server/office.h"
#include "tests/bench/workload.h"

namespace relance::bench {

/// A directory that goes with the run.
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

/// A device's papers, as enrolment gives them.
struct Papers {
  Id device_id;
  Id staff_id;
  Id epoch;
  std::string certificate_pem;
  std::string key_pem;
  std::string ca_pem;
};

/// An office in a directory, filled; and what the office itself does to it while it is served.
class BenchOffice {
 public:
  BenchOffice(std::filesystem::path directory, std::vector<int> cases_of_agent, std::uint64_t seed);

  [[nodiscard]] const AgentCases& agent(std::size_t i) const { return agents_[i]; }
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  /// One commit for all of them.
  [[nodiscard]] std::vector<Papers> enrol(const std::vector<Id>& staff);
  /// A code for the agent's program (client/enrol).
  [[nodiscard]] std::string invite(const Id& staff, int port);
  /// A copy of the database as it is now, opened as the server opens its own: where the floors write.
  [[nodiscard]] std::unique_ptr<sql::Connection> copy();
  /// The office changes `count` rows of an agent's cases, in one commit. The rows it changed.
  struct Changed {
    std::vector<Id> cases, claims;
  };
  [[nodiscard]] Changed change_rows(const AgentCases& agent, std::size_t count);

  [[nodiscard]] sql::Connection& db() { return *db_; }
  [[nodiscard]] SeededRandom& random() { return random_; }

 private:
  std::filesystem::path directory_;
  SeededRandom random_;
  SystemClock clock_;
  std::unique_ptr<server::Office> office_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<server::Ledger> ledger_;
  std::vector<AgentCases> agents_;
  int copies_ = 0;
};

/// A child of this process running this same program in another role; ended when the object goes.
class Child {
 public:
  /// `arguments` follow the program's name. Its stdout is read by `line()`.
  explicit Child(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {},
                 const std::string& program = {});
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// The next line of its output; empty at the end.
  [[nodiscard]] std::string line();
  /// Has it ended? Then its exit status.
  [[nodiscard]] std::optional<int> ended();
  /// Its processor time. REQUIRES: it has ended.
  [[nodiscard]] double cpu_ms() const { return cpu_ms_; }

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string read_;
  std::optional<int> status_;
  double cpu_ms_ = 0;
};

/// `relance-server serve` in a process of its own.
class ServerProcess {
 public:
  explicit ServerProcess(const BenchOffice& office);
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  Child child_;
  Endpoint endpoint_;
};
/// What the child does.
int serve_office(const std::string& directory);

/// Exchanges over one kept-alive connection, as the agent's program does.
class BenchTransport final : public client::Transport {
 public:
  BenchTransport(const Endpoint& endpoint, const Papers& papers);
  [[nodiscard]] client::WireAnswer exchange(const client::WireRequest& request) override;
  [[nodiscard]] std::uint64_t body_bytes() const {
    return transport_.counters().bytes_in + transport_.counters().bytes_out;
  }
  [[nodiscard]] HttpsTransport& https() { return transport_; }

 private:
  HttpsTransport transport_;
};

/// A keyed replica file and the connection to the server.
class BenchAgent {
 public:
  BenchAgent(const std::filesystem::path& file, const Endpoint& endpoint, const Papers& papers,
             std::uint64_t seed);

  client::SyncReport sync();
  /// 1,000 edits of an agent's day; kept without waiting for the disk, which is not what is measured.
  void edit(const AgentCases& agent, std::size_t count);

  [[nodiscard]] client::Replica& replica() { return *replica_; }
  [[nodiscard]] BenchTransport& transport() { return transport_; }
  [[nodiscard]] sql::Connection& db() { return *db_; }

 private:
  SystemClock clock_;
  SystemRandom chance_;
  SeededRandom random_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<client::Replica> replica_;
  BenchTransport transport_;
};

}  // namespace relance::bench
