// relance_bench: every figure of the "Speed" table beside its floor, measured in the same run on the same engine and
// key. docs/benchmarks.md says what each means and where the time goes. Never fails on a missed goal.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <functional>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "tests/bench/figures.h"

namespace {

using namespace relance::bench;

struct Sizes {
  std::int64_t lines = 1'000'000;                    // of the ledger that fec imports
  std::int64_t cases = 1'000'000, persons = 10'000;  // of the office that purge erases from, and of whom
};

int measure(const std::string& only, const Sizes& sizes, const std::function<void(const Report&)>& print) {
  Report report(only);
  const TempDir dir;
  const std::pair<const char*, void (*)(Report&, Stage&)> groups[] = {{"bootstrap", measure_bootstrap},
                                                                      {"push", measure_push},
                                                                      {"crowd", measure_crowd},
                                                                      {"pull", measure_pull},
                                                                      {"idle", measure_idle},
                                                                      {"scale", measure_scale},
                                                                      {"connections", measure_connections}};
  const bool needs_stage = std::any_of(std::begin(groups), std::end(groups),
                                       [&](const auto& group) { return report.wants(group.first); });
  if (needs_stage) {
    say("W-1000: an office of ten agents with 1,000 cases each, and forty with 20");
    Stage stage(dir.path());
    for (const auto& [name, run] : groups) {
      if (!report.wants(name)) continue;
      say(name);
      run(report, stage);
    }
  }
  if (report.wants("letters")) {
    say("letters");
    measure_letters(report);
  }
  if (report.wants("client")) {
    say("client");
    measure_client(report, dir.path());
  }
  if (report.wants("reports")) {
    say("reports");
    measure_reports(report, dir.path());
  }
  if (report.wants("fec")) {
    say("fec");
    measure_fec(report, dir.path(), sizes.lines);
  }
  // By its name only: it writes gigabytes.
  if (only == "purge") {
    say("purge");
    measure_purge(report, dir.path(), sizes.cases, sizes.persons);
  }
  print(report);
  return 0;
}

// Is what the generator writes an office that the server itself calls sound?
int check_workload() {
  const TempDir dir;
  BenchOffice office(dir.path() / "office", {200, 100}, 3);
  const auto wrong = relance::server::verify_office(office.db());
  for (const std::string& one : wrong) say(one);
  return wrong.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Measures relance against the floors of its own work (docs/benchmarks.md)."};
  bool json = false, markdown = false, check = false;
  std::string only, serve;
  Sizes sizes;
  app.add_flag("--json", json, "One JSON document on stdout");
  app.add_flag("--markdown", markdown, "The table as docs/benchmarks.md holds it");
  app.add_option("--only", only,
                 "One group: bootstrap, push, crowd, pull, idle, scale, connections, letters, client, "
                 "reports, fec or purge "
                 "(this one only when it is named)");
  app.add_option("--lines", sizes.lines, "Of the ledger that fec imports (1,000,000)");
  app.add_option("--cases", sizes.cases, "Of the office that purge erases from (1,000,000)")
      ->check(CLI::Range(1'000, 10'000'000));
  app.add_option("--persons", sizes.persons, "Whom purge erases (10,000)")->check(CLI::Range(1, 500'000));
  app.add_flag("--check", check, "Only check that the generated office is sound");
  app.add_option("--serve", serve, "Serve the office in this directory (the run starts itself this way)")
      ->group("");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!serve.empty()) return serve_office(serve);
    if (check) return check_workload();
    return measure(only, sizes, [&](const Report& report) {
      fmt::print("{}\n", json ? report.json() : markdown ? report.markdown() : report.table());
    });
  } catch (const relance::Failure& failure) {
    fmt::print(stderr, "relance_bench: {}\n", failure.message());
    return 1;
  }
}
