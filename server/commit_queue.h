// Group commit: one writer thread drains a bounded queue; the work of several devices shares one transaction
// and one fsync, each in its own savepoint, and every answer leaves after the commit that holds its work.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "server/committer.h"

namespace relance::server {

class CommitQueue final : public Committer {
 public:
  /// `open`: makes a connection for the writer; called again after a failed fsync (stop, reopen, verify).
  using Open = std::function<std::unique_ptr<sql::Connection>()>;
  CommitQueue(Open open, const Clock& clock, Random& random);
  ~CommitQueue() override;

  void commit(const std::function<void(Ledger&)>& job) override;

  /// Jobs that may wait: beyond it, Failure{overload}. Each holds a parsed request, at most a few MiB.
  static constexpr std::size_t kWaitingMax = 512;
  /// Jobs in one transaction: bounds how long the first of them waits for its answer.
  static constexpr std::size_t kGroupMax = 64;

 private:
  struct Job {
    const std::function<void(Ledger&)>* work = nullptr;
    bool done = false;
    std::exception_ptr failure;
  };

  void run();
  void run_group(const std::deque<Job*>& group);
  void reopen();

  Open open_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<Ledger> ledger_;

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable finished_;
  std::deque<Job*> waiting_;
  bool stopping_ = false;
  std::thread writer_;
};

}  // namespace relance::server
