// How work reaches the one write path: alone (commands, simulator) or grouped by a writer thread (the server).
#pragma once

#include <functional>

#include "server/ledger.h"

namespace relance::server {

class Committer {
 public:
  virtual ~Committer() = default;
  /// Runs `job` inside a Work and returns once it is durable on disk. A Failure that the job throws rolls it
  /// back and comes out here; the work of others is not touched.
  /// Errors besides the job's own: Failure{overload} when too much waits; Failure{disk_full, io} for everybody.
  virtual void commit(const std::function<void(Ledger&)>& job) = 0;
};

/// One job, one commit, on the caller's thread.
class DirectCommitter final : public Committer {
 public:
  explicit DirectCommitter(Ledger& ledger) : ledger_(ledger) {}
  void commit(const std::function<void(Ledger&)>& job) override {
    Ledger::Work work(ledger_);
    job(ledger_);
    work.commit();
  }

 private:
  Ledger& ledger_;
};

}  // namespace relance::server
