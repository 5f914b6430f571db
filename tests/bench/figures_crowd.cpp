// Many devices: fifty that push at once, and five thousand that say nothing.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <barrier>
#include <thread>

#include "host/descriptor.h"
#include "host/failure.h"
#include "host/openssl.h"
#include "schema/tables.h"
#include "schema/version.h"
#include "server/feed.h"
#include "server/rows.h"
#include "sync/limits.h"
#include "tests/bench/figures.h"
#include "tests/bench/floors.h"

namespace relance::bench {
namespace {

constexpr std::size_t kCrowd = Stage::kAgents + Stage::kBeginners;
constexpr std::size_t kCrowdEdits = 100;
constexpr std::size_t kIdleConnections = 5'000;

// A request such as a replica that is up to date makes, without the replica.
std::string push_body(BenchOffice& office, const Papers& papers, const AgentCases& agent) {
  const SystemClock clock;
  sync::Request head{.protocol = sync::kProtocol, .schema = schema::kVersion, .epoch = papers.epoch};
  head.cursor = {server::feed_head(office.db(), papers.staff_id),
                 server::feed_head(office.db(), server::kCommonFeed)};
  head.whole = true;
  std::string mutations;
  for (std::size_t k = 0; k < kCrowdEdits; ++k) {
    sync::Op op = field_edit(agent, k, office.random(), clock.now());
    if (op.kind == sync::OpKind::update) {
      const auto row = server::load_row(office.db(), *op.table, op.row);
      for (sync::Change& change : op.changes) change.before = (*row)[change.column];
    }
    const sync::Mutation mutation{.n = static_cast<std::int64_t>(k) + 1,
                                  .at = clock.now(),
                                  .seen = {papers.epoch, head.cursor.agent},
                                  .intent = std::string(intent_of(op))};
    sync::append_mutation(mutations, mutation, sync::encode_ops(std::vector<sync::Op>{op}));
  }
  return sync::encode_request(head, mutations);
}

struct Pusher {
  Papers papers;
  std::string body;
  std::unique_ptr<BenchTransport> transport;
};

// Everybody at once, each on a thread and a connection of his own, until the last has his answer.
double push_together(std::vector<Pusher>& crowd) {
  std::atomic<int> failed{0};
  std::barrier start(static_cast<std::ptrdiff_t>(crowd.size()) + 1);
  std::vector<std::thread> threads;
  for (Pusher& one : crowd)
    threads.emplace_back([&] {
      start.arrive_and_wait();
      const client::WireAnswer answer = one.transport->exchange({"/v1/sync", one.body});
      if (answer.status != 200 || answer.body.find("\"n\":[1,") == std::string::npos) ++failed;
    });
  start.arrive_and_wait();
  const double from = wall_ms();
  for (std::thread& thread : threads) thread.join();
  const double took = wall_ms() - from;
  RELANCE_ASSERT(failed == 0);
  return took;
}

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

// An open mutual-TLS connection that has asked once and then stays silent. As small as OpenSSL allows: there are 5,000
// of them in this process.
class SilentConnection {
 public:
  SilentConnection(SSL_CTX* context, int port)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), ssl_(SSL_new(context)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    RELANCE_ASSERT(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                   0);
    SSL_set_fd(ssl_.get(), socket_.get());
    RELANCE_ASSERT(SSL_connect(ssl_.get()) == 1);
    constexpr std::string_view kRequest = "GET /v1/time HTTP/1.1\r\nHost: bench\r\n\r\n";
    RELANCE_ASSERT(SSL_write(ssl_.get(), kRequest.data(), static_cast<int>(kRequest.size())) > 0);
    char answer[2048];
    RELANCE_ASSERT(SSL_read(ssl_.get(), answer, sizeof answer) > 0);
  }

 private:
  Descriptor socket_;
  std::unique_ptr<SSL, FreeTls> ssl_;
};

std::unique_ptr<SSL_CTX, FreeTls> device_context(const Papers& papers) {
  std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  const CertPtr certificate = certificate_from_pem(papers.certificate_pem);
  const KeyPtr key = key_from_pem(papers.key_pem);
  require_openssl(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
                      SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
                  "take the device's key");
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

bool raise_open_files() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > kIdleConnections + 256;
}

}  // namespace

void measure_crowd(Report& report, Stage& stage) {
  constexpr int kRuns = 5;
  std::vector<double> wall, floor_wall;
  std::vector<Id> staff;
  for (int run = 0; run < kRuns; ++run)
    for (std::size_t i = 0; i < kCrowd; ++i) staff.push_back(stage.office.agent(i).staff_id);
  const std::vector<Papers> papers = stage.office.enrol(staff);
  const auto floor_office = stage.office.copy();
  PushFloor floor(*floor_office);
  for (std::size_t run = 0; run < kRuns; ++run) {
    std::vector<Pusher> crowd;
    std::vector<PushFloor::Push> pushes;
    for (std::size_t i = 0; i < kCrowd; ++i) {
      const Papers& own = papers[run * kCrowd + i];
      crowd.push_back({own, push_body(stage.office, own, stage.office.agent(i)),
                       std::make_unique<BenchTransport>(stage.server->endpoint(), own)});
      static_cast<void>(crowd.back().transport->https().get("/v1/time"));
    }
    for (const Pusher& one : crowd)
      pushes.push_back(
          {.device_id = one.papers.device_id, .staff_id = one.papers.staff_id, .body = one.body});
    floor_wall.push_back(timed_ms([&] { floor.take(pushes); }));
    wall.push_back(push_together(crowd));
  }
  report.compare("push_50_devices_wall", "ms", median(wall), median(floor_wall), 2);
}

void measure_connections(Report& report, Stage& stage) {
  constexpr double kWatchMs = 5'000;
  if (!raise_open_files()) return say("  skipped: the system allows too few open files (ulimit -n)");
  stage.restart_server();  // its memory is then that of the connections, not of what it did before
  const ServerProcess& server = *stage.server;
  const std::vector<Papers> papers = stage.office.enrol({stage.office.agent(0).staff_id});
  const auto context = device_context(papers.front());
  std::vector<std::unique_ptr<SilentConnection>> open;
  open.reserve(kIdleConnections);
  for (std::size_t i = 0; i < kIdleConnections; ++i)
    open.push_back(std::make_unique<SilentConnection>(context.get(), server.endpoint().port));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const double cpu = cpu_ms(server.pid()), from = wall_ms();
  std::this_thread::sleep_for(std::chrono::milliseconds(static_cast<int>(kWatchMs)));
  const double cpu_per_s = (cpu_ms(server.pid()) - cpu) * 1e3 / (wall_ms() - from);
  report.limit("idle_5000_connections_rss", "MiB", resident_bytes(server.pid()) / (1024 * 1024), 128);
  // "Not measurable": less than one of the kernel's ticks of 10 ms in those five seconds.
  report.limit("idle_5000_connections_cpu", "ms/s", cpu_per_s, 10.0 * 1e3 / kWatchMs);
}

}  // namespace relance::bench
