#include "server/serve.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <condition_variable>
#include <csignal>
#include <cstdio>

#include "host/endpoint.h"
#include "host/local_day.h"
#include "server/api.h"
#include "server/assignment.h"
#include "server/audit_export.h"
#include "server/commit_queue.h"
#include "server/database.h"
#include "server/purge.h"

namespace relance::server {
namespace {

constexpr std::chrono::milliseconds kDrainPatience{
    20'000};                                        // an answer in hand is finished; systemd waits 90 s
constexpr std::chrono::seconds kRenewalLook{3600};  // how often the own certificate's age is looked at

// As many reading connections as there were ever readers at once; each keeps its page cache and statements.
class ReaderPool final : public Readers {
 public:
  ReaderPool(const Office& office, int cache_kib) : office_(office), cache_kib_(cache_kib) {}

  void read(const std::function<void(sql::Connection&)>& work) override {
    std::unique_ptr<sql::Connection> mine;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        mine = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (mine == nullptr) mine = office_.connect(Office::Use::read, cache_kib_);
    work(*mine);
    // One that threw may stand in the middle of something: it is not given back.
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(mine));
  }

 private:
  const Office& office_;
  const int cache_kib_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<sql::Connection>> idle_;
};

std::string announced_host(const std::string& listen_host) {
  // "Everywhere" is no address that anyone could dial.
  return listen_host == "0.0.0.0" || listen_host == "::" ? "localhost" : listen_host;
}

// Stand-ins end with their last day, also where nobody gives a command.
void end_stand_ins_over(CommitQueue& queue, const Clock& clock) {
  std::int64_t ended = 0;
  queue.commit([&](Ledger& ledger) {
    const Author author{.staff_id = system_staff(ledger.db()), .role = schema::office};
    ended = end_stand_ins(ledger, author, local_day(clock.now()));
  });
  if (ended > 0) spdlog::info("{} stand-ins have ended", ended);
}

int wait_for_end(HttpsEdge& edge, const Office& office, CommitQueue& queue, Readers& readers,
                 const Clock& clock, const sigset_t& signals) {
  for (;;) {
    try {
      readers.read([&](sql::Connection& db) { keep_outside(office, db); });
    } catch (const Failure& failure) {
      spdlog::error("head of the audit log not kept outside: {}", failure.message());
    }
    try {
      end_stand_ins_over(queue, clock);
    } catch (const Failure& failure) {
      spdlog::error("stand-ins not ended: {}", failure.message());
    }
    timespec patience{.tv_sec = kRenewalLook.count(), .tv_nsec = 0};
    const int signal = sigtimedwait(&signals, nullptr, &patience);
    if (signal > 0) return signal;
    try {
      edge.reload_certificate(office.certificate(clock));
    } catch (const Failure& failure) {
      spdlog::error("own certificate not renewed: {}", failure.message());
    }
  }
}

}  // namespace

int serve(CommandContext& context, const std::string& listen) {
  Office& office = context.office();
  const auto lock = office.serve_lock();
  if (!lock)
    throw Failure(Code::busy, "A server of this office is running already (" + office.announced() + ").");
  {
    // An office of before there were retention rules begins with the default ones.
    if (!sql::number(context.reading(), "SELECT 1 FROM retention_rule LIMIT 1"))
      context.commit([&](Ledger& ledger) { add_retention_rules(ledger, context.author("")); });
    const std::int64_t again = replay_erasures(erasure_site(office), context.ledger());
    if (again > 0)
      say("Erased again, as before the database was put back: " + std::to_string(again) + " cases.");
    require_every_end(context.reading(), civil_date_of(context.clock.now(), 0));
  }
  // Logs go to stderr: stdout carries the one line that scripts wait for.
  spdlog::set_default_logger(spdlog::stderr_logger_mt("relance-server"));
  spdlog::set_pattern("{\"at\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",\"message\":\"%v\"}",
                      spdlog::pattern_time_type::utc);

  // Blocked before any thread starts, so that only sigtimedwait below hears them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const OfficeConfig& config = office.config();
  const int cache_kib = static_cast<int>(config.cache_mib * 1024);
  CommitQueue queue([&] { return office.connect(Office::Use::write, cache_kib); }, context.clock,
                    context.random);
  ReaderPool readers(office, cache_kib / 4);
  SyncService service(queue, readers, context.clock);
  service.sign_with(std::make_shared<AuditSigner>(office.audit_key().view()));
  SealService seals(queue, readers, office.ca(), office.sealing(context.clock), context.clock);
  Api api(service, queue, readers, office.ca(), context.clock, &seals);

  EdgeOptions options;
  options.listen = listen.empty() ? config.listen : listen;
  options.workers = config.workers;
  options.memory_bytes_max = static_cast<std::size_t>(config.memory_mib) * 1024 * 1024;
  options.connections_max = static_cast<std::size_t>(config.connections);
  HttpsEdge edge(options, office.certificate(context.clock),
                 [&](const HttpRequest& request) { return api.handle(request); });

  const Endpoint asked = Endpoint::parse(options.listen, 0, true);
  const Endpoint announced{announced_host(asked.host), edge.port()};
  office.announce(announced.text());
  print("ready https://" + announced.text() + "\n");
  std::fflush(stdout);  // whoever waits for this line reads it through a pipe
  spdlog::info("serving on {}", announced.text());
  const int signal = wait_for_end(edge, office, queue, readers, context.clock, signals);
  spdlog::info("signal {}: finishing what is in hand", signal);
  edge.drain(kDrainPatience);
  const Api::Counts counts = api.counts();
  spdlog::info("stopped after {} syncs, {} refusals", counts.syncs, counts.refused);
  return 0;
}

}  // namespace relance::server
