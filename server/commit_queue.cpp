#include "server/commit_queue.h"

#include <optional>

#include "host/failure.h"
#include "host/sqlite.h"

namespace relance::server {
namespace {

// Of the exception in flight: a disk that is full, fails or holds damaged pages, or memory that is gone (io as
// well), cannot be trusted to have kept what the rest of the group wrote, even where the transaction still stands.
bool is_everybodys() {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure.code() == Code::disk_full || failure.code() == Code::io || failure.code() == Code::corrupt;
  } catch (...) {
    return false;
  }
}

}  // namespace

CommitQueue::CommitQueue(Open open, const Clock& clock, Random& random)
    : open_(std::move(open)),
      clock_(clock),
      random_(random),
      db_(open_()),
      ledger_(std::make_unique<Ledger>(*db_, clock_, random_)) {
  writer_ = std::thread([this] { run(); });
}

CommitQueue::~CommitQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_all();
  writer_.join();
}

void CommitQueue::commit(const std::function<void(Ledger&)>& work) {
  Job job{.work = &work};
  std::unique_lock lock(mutex_);
  if (stopping_ || waiting_.size() >= kWaitingMax)
    throw Failure(Code::overload, std::string(facts_of(Code::overload).sentence));
  waiting_.push_back(&job);
  arrived_.notify_one();
  finished_.wait(lock, [&] { return job.done; });
  if (job.failure) std::rethrow_exception(job.failure);
}

void CommitQueue::run() {
  for (;;) {
    std::deque<Job*> group;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      while (!waiting_.empty() && group.size() < kGroupMax) {
        group.push_back(waiting_.front());
        waiting_.pop_front();
      }
    }
    run_group(group);
    {
      const std::lock_guard lock(mutex_);
      for (Job* job : group) job->done = true;
    }
    finished_.notify_all();
  }
}

void CommitQueue::run_group(const std::deque<Job*>& group) {
  try {
    if (ledger_ == nullptr) reopen();
    Ledger::Work work(*ledger_);
    for (Job* job : group) {
      const std::size_t place = ledger_->feed_place();
      // A job alone in its group is undone with the transaction: no page is copied for a savepoint.
      std::optional<sql::Savepoint> savepoint;
      if (group.size() > 1) savepoint.emplace(*db_);
      try {
        (*job->work)(*ledger_);
        if (savepoint) savepoint->release();
      } catch (...) {
        // The engine may have thrown the whole transaction away (disk full, I/O error): then nobody of the
        // group has anything, and all of them hear so.
        if (!db_->in_transaction() || is_everybodys()) throw;
        job->failure = std::current_exception();
        if (!savepoint) return;
        ledger_->back_to(place);
      }
    }
    work.commit();
  } catch (...) {
    const std::exception_ptr failure = std::current_exception();
    for (Job* job : group) job->failure = failure;
    // After a failed write or fsync the page cache cannot be trusted: let go of the database, and open and
    // check it anew before the next group. A lock held by another process is no such failure.
    try {
      std::rethrow_exception(failure);
    } catch (const Failure& known) {
      if (known.code() == Code::busy) return;
    } catch (...) {
    }
    ledger_.reset();
    db_.reset();
  }
}

void CommitQueue::reopen() {
  db_ = open_();
  if (const std::string wrong = sql::check_sqlite(*db_, false); !wrong.empty()) {
    db_.reset();
    throw Failure(Code::corrupt,
                  "After a failed write " + wrong + "; stop the server and restore the newest backup.");
  }
  ledger_ = std::make_unique<Ledger>(*db_, clock_, random_);
}

}  // namespace relance::server
