// A purge of a large office, from the plan to the proof; and an order for one case carried out on a device.
#include <fmt/format.h>

#include <fstream>

#include "host/failure.h"
#include "host/local_day.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "server/purge.h"
#include "tests/bench/figures.h"

namespace relance::bench {
namespace {

constexpr double kMiB = 1024.0 * 1024.0;
constexpr double kLimitMs = 600'000;         // for ten thousand persons of a million cases
constexpr double kCasesOfLimit = 1'000'000;  // a smaller office has a smaller limit
constexpr double kTimesFloor = 4;  // erasing, rewriting, searching, references: beside rewriting and reading
constexpr double kMemoryMiB = 512;
constexpr double kDeviceLimitMs = 5'000;
constexpr int kDevices = 10;
constexpr int kFillCacheKib = 1024 * 1024;

// Reads a file from its beginning to its end, as it lies there.
double read_file_ms(const std::filesystem::path& file) {
  return timed_ms([&] {
    std::ifstream in(file, std::ios::binary);
    std::string block(1 << 20, '\0');
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    }
  });
}

// The least that leaves no byte of what went, and looks: the file written anew, and read once.
double floor_ms(sql::Connection& db, const std::filesystem::path& file) {
  const double rewriting = timed_ms([&] { sql::rewrite_sqlite(db); });
  const double reading = read_file_ms(file);
  say(fmt::format("  the floor: rewritten in {:.0f} ms, read in {:.0f} ms", rewriting, reading));
  return rewriting + reading;
}

CivilDate today_of(server::Ledger& ledger) {
  return parse_civil_date(local_day(ledger.now())).value_or(CivilDate{});
}

// As the commands do: planned by one, approved by another, run.
server::PurgeRun purge(const server::Office& office, server::Ledger& ledger, const Clerks& clerks,
                       const server::PurgeWish& wish) {
  const auto author = [&](const Id& staff) {
    return server::Author{.staff_id = staff, .role = schema::office, .device_id = ledger.office_device()};
  };
  server::PurgePlan plan;
  const double planning = timed_ms([&] {
    server::Ledger::Work work(ledger);
    plan = server::plan_purge(ledger, author(clerks.first), wish, today_of(ledger));
    work.commit();
  });
  {
    server::Ledger::Work work(ledger);
    server::approve_purge(ledger, author(clerks.second), plan.run, false);
    work.commit();
  }
  const double start = wall_ms();
  double erased = start;
  std::int64_t told = 0;
  server::run_purge(
      server::erasure_site(office), ledger, author(clerks.first), plan.run.id,
      [&](std::int64_t done, std::int64_t total) {
        erased = wall_ms();
        if (done * 4 / total == told) return;
        told = done * 4 / total;
        say(fmt::format("  {} of {} cases erased after {:.0f} ms", done, total, erased - start));
      });
  const server::PurgeRun run = server::purge_run(ledger.db(), plan.run.id);
  say(fmt::format(
      "  planned in {:.0f} ms, {} cases and {} rows erased in {:.0f} ms, proven in {:.0f} ms: {} needles, "
      "{:.0f} MiB searched, residue {}",
      planning, run.erased, run.rows, erased - start, wall_ms() - erased, run.needles,
      static_cast<double>(run.scanned_bytes) / kMiB, run.residue));
  RELANCE_ASSERT(run.state == "done");
  return run;
}

// What `relance-server purge run` opens.
struct Clerk {
  explicit Clerk(const std::filesystem::path& directory)
      : office(directory, false),
        db(office.connect(server::Office::Use::write)),
        ledger(*db, clock, random) {}
  SystemClock clock;
  SystemRandom random;
  server::Office office;
  std::unique_ptr<sql::Connection> db;
  server::Ledger ledger;
};

void measure_office(Report& report, const std::filesystem::path& directory, std::int64_t cases,
                    std::int64_t persons) {
  Clerks clerks;
  {
    BenchOffice made(directory, std::vector<int>(kDevices, 1), 29);
    Archive archive{.cases = cases, .over = persons, .holders = {}, .devices = {}};
    for (int i = 0; i < kDevices; ++i)
      archive.holders.push_back(made.agent(static_cast<std::size_t>(i)).staff_id);
    for (const Papers& papers : made.enrol(archive.holders)) archive.devices.push_back(papers.device_id);
    const auto db = server::Office(directory, false).connect(server::Office::Use::write, kFillCacheKib);
    db->execute("PRAGMA synchronous = OFF");
    const double ms = timed_ms([&] { clerks = fill_archive(*db, made.random(), archive); });
    RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
    say(fmt::format("  {} cases written in {:.0f} s: {:.0f} MiB", cases, ms / 1e3,
                    static_cast<double>(std::filesystem::file_size(directory / "relance.db")) / kMiB));
  }
  Clerk clerk(directory);
  forget_peak();
  const double before = peak_bytes();
  server::PurgeRun run;
  const double ms = timed_ms([&] { run = purge(clerk.office, clerk.ledger, clerks, {}); });
  const double peak = peak_bytes();
  RELANCE_ASSERT(run.erased == persons);
  const double floor = floor_ms(*clerk.db, directory / "relance.db");
  const std::string name = fmt::format("purge_{}_of_{}", persons, cases);
  report.limit(name + "_wall", "s", ms / 1e3, kLimitMs / 1e3 * static_cast<double>(cases) / kCasesOfLimit);
  report.compare(name + "_to_floor", "s", ms / 1e3, floor / 1e3, kTimesFloor);
  report.limit(name + "_rss", "MiB", peak / kMiB, kMemoryMiB);
  say(fmt::format("  memory before the purge: {:.0f} MiB", before / kMiB));
}

void measure_device(Report& report, const std::filesystem::path& directory) {
  constexpr int kRuns = 5;
  BenchOffice made(directory / "office", {1'000}, 31);
  const Clerks clerks = add_clerks(made.db(), made.random());
  // What is open may not be erased.
  made.db().execute("UPDATE claim SET state = 'settled'; UPDATE case_file SET stage = 'closed'");
  const ServerProcess server(made);
  const Papers papers = made.enrol({made.agent(0).staff_id}).front();
  BenchAgent agent(directory / "replica.db", server.endpoint(), papers, 37);
  agent.replica().set_signer([&](std::string_view text) { return sign_text(Secret(papers.key_pem), text); });
  static_cast<void>(agent.sync());
  Clerk clerk(directory / "office");
  std::vector<double> orders, floors;
  for (std::size_t i = 0; i < kRuns; ++i) {
    static_cast<void>(purge(clerk.office, clerk.ledger, clerks,
                            {.origin = server::PurgeOrigin::request,
                             .ground = "article 17",
                             .cases = {made.agent(0).cases[i].case_id}}));
    client::SyncReport done;
    orders.push_back(timed_ms([&] { done = agent.sync(); }));
    RELANCE_ASSERT(done.erasures == 1);
    floors.push_back(floor_ms(agent.db(), directory / "replica.db"));
  }
  report.limit("erasure_on_device_1000_wall", "ms", median(orders), kDeviceLimitMs);
  report.compare("erasure_on_device_1000_to_floor", "ms", median(orders), median(floors), kTimesFloor);
}

}  // namespace

void measure_purge(Report& report, const std::filesystem::path& directory, std::int64_t cases,
                   std::int64_t persons) {
  std::filesystem::create_directory(directory / "device");
  measure_device(report, directory / "device");
  measure_office(report, directory / "archive", cases, persons);
}

}  // namespace relance::bench
