// Bootstrap, push, pull and the idle sync.
#include <algorithm>

#include "client/keys.h"
#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "server/feed.h"
#include "sync/limits.h"
#include "tests/bench/figures.h"
#include "tests/bench/floors.h"

namespace relance::bench {
namespace {

constexpr std::size_t kPushEdits = 1'000;
constexpr std::size_t kPullRows = 100;

// An empty replica such as the product's, for a floor to fill.
std::unique_ptr<sql::Connection> empty_replica(const std::filesystem::path& file) {
  const Secret key = replica_key(make_data_key());
  auto db =
      sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .key = std::string(key.view())});
  sql::Transaction transaction(*db, sql::Access::write);
  for (const std::string& statement : schema::create_statements(schema::Side::client, db->dialect()))
    db->execute(statement);
  transaction.commit();
  return db;
}

}  // namespace

Stage::Stage(const std::filesystem::path& where)
    : directory(where),
      office(
          where / "office",
          [] {
            std::vector<int> cases(kAgents, 1'000);
            cases.insert(cases.end(), kBeginners, 20);
            return cases;
          }(),
          42) {
  server = std::make_unique<ServerProcess>(office);
}

void Stage::restart_server() {
  server.reset();
  server = std::make_unique<ServerProcess>(office);
}

std::unique_ptr<BenchAgent> Stage::device_of(std::size_t i) {
  const Papers papers = office.enrol({office.agent(i).staff_id}).front();
  return std::make_unique<BenchAgent>(new_file(), server->endpoint(), papers, office.random().next());
}

void measure_bootstrap(Report& report, Stage& stage) {
  constexpr int kRuns = 7;
  std::vector<double> wall, cpu_server, cpu_client, floor_wall, floor_server, floor_client;
  std::uint64_t bytes = 0;
  const auto floor_office = stage.office.copy();
  for (int run = 0; run < kRuns; ++run) {
    const std::size_t agent = static_cast<std::size_t>(run) % Stage::kAgents;
    {
      const auto replica = empty_replica(stage.new_file());
      const double start = wall_ms(), cpu = cpu_ms();
      const std::string body = serve_everything(*floor_office, stage.office.agent(agent).staff_id);
      const double cpu_between = cpu_ms();
      insert_everything(*replica, body);
      floor_wall.push_back(wall_ms() - start);
      floor_server.push_back(cpu_between - cpu);
      floor_client.push_back(cpu_ms() - cpu_between);
    }
    const auto device = stage.device_of(agent);
    const double start = wall_ms(), cpu = cpu_ms(), server = cpu_ms(stage.server->pid());
    const client::SyncReport done = device->sync();
    wall.push_back(wall_ms() - start);
    cpu_client.push_back(cpu_ms() - cpu);
    cpu_server.push_back(cpu_ms(stage.server->pid()) - server);
    RELANCE_ASSERT(done.taken.received >= static_cast<std::int64_t>(1'000 * kRowsOfCase));
    bytes = device->transport().body_bytes();
  }
  report.compare("bootstrap_wall", "ms", median(wall), median(floor_wall), 1.5);
  report.compare("bootstrap_cpu", "ms", median(cpu_server) + median(cpu_client),
                 median(floor_server) + median(floor_client), 1.5);
  report.compare("bootstrap_cpu_server", "ms", median(cpu_server), median(floor_server), 1.5);
  report.compare("bootstrap_cpu_client", "ms", median(cpu_client), median(floor_client), 1.5);
  report.limit("bootstrap_bytes", "B", static_cast<double>(bytes), 1.1e6);
}

void measure_push(Report& report, Stage& stage) {
  constexpr int kRuns = 6;
  std::vector<double> first, second, floor_wall;
  std::uint64_t bytes = 0;
  std::vector<std::unique_ptr<BenchAgent>> devices;
  for (std::size_t i = 0; i < kRuns; ++i) {
    devices.push_back(stage.device_of(i));
    static_cast<void>(devices.back()->sync());
  }
  const auto floor_office = stage.office.copy();  // knows the devices
  PushFloor floor(*floor_office);
  for (std::size_t i = 0; i < kRuns; ++i) {
    BenchAgent& device = *devices[i];
    for (std::vector<double>* samples : {&first, &second}) {
      device.edit(stage.office.agent(i), kPushEdits);
      client::Session session(device.replica());
      const auto request = session.next();
      const client::Identity who = device.replica().identity();
      const PushFloor::Push push{.device_id = who.device_id, .staff_id = who.staff_id, .body = request->body};
      const auto measure_floor = [&] { floor_wall.push_back(timed_ms([&] { floor.take({push}); })); };
      if (i % 2 == 0) measure_floor();
      const std::uint64_t before = device.transport().body_bytes();
      client::WireAnswer answer;
      samples->push_back(timed_ms([&] { answer = device.transport().exchange(*request); }));
      bytes = std::max(bytes, device.transport().body_bytes() - before);
      if (i % 2 == 1) measure_floor();
      session.take(answer);
      while (const auto more = session.next()) session.take(device.transport().exchange(*more));
      const client::TakenIn& taken = session.report().taken;
      RELANCE_ASSERT(taken.applied + taken.merged == static_cast<std::int64_t>(kPushEdits));
    }
  }
  std::vector<double> all = first;
  all.insert(all.end(), second.begin(), second.end());
  report.compare("push_1000_wall", "ms", median(all), median(floor_wall), 2);
  report.limit("push_1000_bytes", "B", static_cast<double>(bytes), 80e3);
  report.compare("push_first_to_other", "ms", median(first), median(second), 1.2);
}

void measure_pull(Report& report, Stage& stage) {
  constexpr int kRuns = 15;
  std::vector<double> wall, floor_wall;
  std::uint64_t bytes = 0;
  constexpr std::size_t kAgent = 8;
  const auto device = stage.device_of(kAgent);
  static_cast<void>(device->sync());
  const auto floor_replica = empty_replica(stage.new_file());
  const auto floor_office = stage.office.copy();
  insert_everything(*floor_replica, serve_everything(*floor_office, stage.office.agent(kAgent).staff_id));
  for (int run = 0; run < kRuns; ++run) {
    const BenchOffice::Changed changed = stage.office.change_rows(stage.office.agent(kAgent), kPullRows);
    const std::vector<NamedRows> rows{{&schema::table("case_file"), changed.cases},
                                      {&schema::table("claim"), changed.claims}};
    const std::uint64_t before = device->transport().body_bytes();
    wall.push_back(timed_ms([&] { static_cast<void>(device->sync()); }));
    bytes = std::max(bytes, device->transport().body_bytes() - before);
    floor_wall.push_back(timed_ms([&] { apply_rows(*floor_replica, serve_rows(stage.office.db(), rows)); }));
  }
  report.compare("pull_100_wall", "ms", median(wall), median(floor_wall), 3);
  report.limit("pull_100_bytes", "B", static_cast<double>(bytes), 12e3);
}

void measure_idle(Report& report, Stage& stage) {
  constexpr int kRuns = 400;
  constexpr std::size_t kAgent = 9;
  const auto device = stage.device_of(kAgent);
  for (int i = 0; i < 5; ++i) static_cast<void>(device->sync());  // until the last token is used
  std::vector<double> wall, bare;
  const std::uint64_t before = device->transport().body_bytes();
  for (int run = 0; run < kRuns; ++run) wall.push_back(timed_ms([&] { static_cast<void>(device->sync()); }));
  const double bytes = static_cast<double>(device->transport().body_bytes() - before) / kRuns;
  wall.clear();
  for (int run = 0; run < kRuns; ++run) {
    bare.push_back(timed_ms([&] { static_cast<void>(device->transport().https().get("/v1/time")); }));
    wall.push_back(timed_ms([&] { static_cast<void>(device->sync()); }));
  }
  const double server = cpu_ms(stage.server->pid());
  for (int run = 0; run < kRuns; ++run) static_cast<void>(device->sync());
  const double cpu_us = (cpu_ms(stage.server->pid()) - server) * 1e3 / kRuns;
  report.compare("idle_sync_wall", "ms", median(wall), median(bare), 3);
  report.limit("idle_sync_bytes", "B", bytes, 500);
  report.limit("idle_sync_server_cpu", "us", cpu_us, 100);
}

// Small office and large one, served at once; the same pull from both, turn by turn.
void measure_scale(Report& report, Stage& stage) {
  constexpr int kRuns = 15;
  BenchOffice small_office(stage.directory / "small", {1'000}, 7);
  const ServerProcess small_server(small_office);
  const Papers papers = small_office.enrol({small_office.agent(0).staff_id}).front();
  BenchAgent small_device(stage.new_file(), small_server.endpoint(), papers, 7);
  const auto large_device = stage.device_of(7);
  static_cast<void>(small_device.sync());
  static_cast<void>(large_device->sync());
  std::vector<double> small, large;
  for (int run = 0; run < kRuns; ++run) {
    static_cast<void>(small_office.change_rows(small_office.agent(0), kPullRows));
    static_cast<void>(stage.office.change_rows(stage.office.agent(7), kPullRows));
    small.push_back(timed_ms([&] { static_cast<void>(small_device.sync()); }));
    large.push_back(timed_ms([&] { static_cast<void>(large_device->sync()); }));
  }
  report.compare("pull_100_of_10x", "ms", median(large), median(small), 1.2);
}

}  // namespace relance::bench
