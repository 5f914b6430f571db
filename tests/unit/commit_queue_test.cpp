// Group commit under many threads: what a job does is its own, what fails is its own, and an answer leaves after the
// commit that holds it. Run it under the tsan preset too.
#include "server/commit_queue.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "server/feed.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using server::CommitQueue;
using server::Ledger;

namespace {

/// An office with one creditor, its writer queue, and a reader that sees only what is committed.
struct Bureau {
  TempDir dir;
  ManualClock clock;
  SeededRandom random{7};
  std::filesystem::path file = dir.path() / "office.db";
  std::atomic<int> opened{0};
  std::unique_ptr<CommitQueue> queue;
  Id system;

  Bureau() {
    auto db = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .enforce_references = true});
    server::create_office(*db, clock, random, "Test");
    system = server::system_staff(*db);
    db.reset();
    queue = std::make_unique<CommitQueue>(
        [this] {
          ++opened;
          return sql::open_sqlite(file, {.enforce_references = true, .busy_ms = 200});
        },
        clock, random);
  }
  std::unique_ptr<sql::Connection> reader() {
    return sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::read_only});
  }

  void add(Ledger& ledger, const std::string& name) {
    const auto outcome =
        ledger.apply_office({.staff_id = system, .role = schema::office}, "test",
                            {insert_op("creditor", ledger.random().row_id(clock.now()), {{"name", name}})});
    if (outcome.status != sync::Status::applied) throw Failure(Code::refused, outcome.reason);
  }
  static bool has(sql::Connection& db, const std::string& name) {
    return sql::number(db, "SELECT count(*) FROM creditor WHERE name = ?1", name) == 1;
  }
};

}  // namespace

TEST_CASE(
    "many threads commit at once, each finds its work on disk when it is answered, and failures stay their "
    "own") {
  Bureau b;
  constexpr int kThreads = 8, kJobs = 25;
  std::atomic<int> done{0}, failed{0}, lost{0}, leaked{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      const auto reader = b.reader();
      for (int i = 0; i < kJobs; ++i) {
        const std::string name = std::to_string(t) + "/" + std::to_string(i);
        const bool fails = i % 5 == 4;
        try {
          b.queue->commit([&](Ledger& ledger) {
            b.add(ledger, name);
            if (fails && i % 2 == 0) throw Failure(Code::refused, "no");
            if (fails) throw std::runtime_error("a rule that throws");
          });
          ++done;
          if (!Bureau::has(*reader, name)) ++lost;
        } catch (const std::exception&) {
          ++failed;
          if (!fails || Bureau::has(*reader, name)) ++leaked;
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(done == kThreads * kJobs * 4 / 5);
  CHECK(failed == kThreads * kJobs / 5);
  CHECK(lost == 0);
  CHECK(leaked == 0);
  CHECK(b.opened == 1);
  b.queue.reset();
  const auto db = sql::open_sqlite(b.file, {});
  CHECK(sql::number(*db, "SELECT count(*) FROM creditor") == done.load());
  for (const std::string& wrong : server::verify_office(*db)) FAIL_CHECK(wrong);
  // Feed numbers of failed jobs were never given: every entry's row exists, and numbers are as many as rows.
  CHECK(sql::number(*db, "SELECT count(*) FROM feed_entry WHERE table_no = 3") == done.load());
  CHECK(server::feed_head(*db, server::kCommonFeed) == done.load() + 1);
}

TEST_CASE("what waits while a commit runs goes into the next one together") {
  Bureau b;
  std::latch entered(1), release(1);
  std::thread first([&] {
    b.queue->commit([&](Ledger&) {
      entered.count_down();
      release.wait();
    });
  });
  entered.wait();
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int i = 0; i < 20; ++i)
    threads.emplace_back([&, i] {
      b.queue->commit([&](Ledger& ledger) { b.add(ledger, std::to_string(i)); });
      ++done;
    });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(done == 0);
  release.count_down();
  first.join();
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 20);
}

TEST_CASE("too much waiting is refused as overload, and what was taken in is done") {
  Bureau b;
  std::latch entered(1), release(1);
  std::thread first([&] {
    b.queue->commit([&](Ledger&) {
      entered.count_down();
      release.wait();
    });
  });
  entered.wait();
  std::atomic<int> done{0}, overload{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < CommitQueue::kWaitingMax + 20; ++i)
    threads.emplace_back([&] {
      try {
        b.queue->commit([](Ledger&) {});
        ++done;
      } catch (const Failure& failure) {
        if (failure.code() == Code::overload) ++overload;
      }
    });
  while (overload < 20) std::this_thread::yield();
  release.count_down();
  first.join();
  for (std::thread& thread : threads) thread.join();
  CHECK(overload == 20);
  CHECK(done == static_cast<int>(CommitQueue::kWaitingMax));
}

TEST_CASE(
    "after a failed disk nobody of the group has anything, and the database is opened and checked anew") {
  Bureau b;
  std::latch entered(1), release(1);
  std::thread first([&] {
    b.queue->commit([&](Ledger&) {
      entered.count_down();
      release.wait();
    });
  });
  entered.wait();
  std::atomic<int> io{0}, other{0};
  const auto commit = [&](const std::function<void(Ledger&)>& job) {
    try {
      b.queue->commit(job);
      ++other;
    } catch (const Failure& failure) {
      ++(failure.code() == Code::io ? io : other);
    }
  };
  std::thread innocent([&] { commit([&](Ledger& ledger) { b.add(ledger, "innocent"); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::thread broken([&] { commit([](Ledger&) { throw Failure(Code::io, "the disk failed"); }); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  release.count_down();
  first.join();
  innocent.join();
  broken.join();
  CHECK(io == 2);
  CHECK(other == 0);
  CHECK_FALSE(Bureau::has(*b.reader(), "innocent"));
  b.queue->commit([&](Ledger& ledger) { b.add(ledger, "later"); });
  CHECK(Bureau::has(*b.reader(), "later"));
  CHECK(b.opened == 2);
}

TEST_CASE("a lock that another process holds fails the group as busy, and the next group goes on") {
  Bureau b;
  const auto other = sql::open_sqlite(b.file, {});
  {
    const sql::Transaction held(*other, sql::Access::write);
    Code code = Code::usage;
    try {
      b.queue->commit([&](Ledger& ledger) { b.add(ledger, "busy"); });
    } catch (const Failure& failure) {
      code = failure.code();
    }
    CHECK(code == Code::busy);
  }
  b.queue->commit([&](Ledger& ledger) { b.add(ledger, "free"); });
  CHECK_FALSE(Bureau::has(*b.reader(), "busy"));
  CHECK(Bureau::has(*b.reader(), "free"));
  CHECK(b.opened == 1);
}
