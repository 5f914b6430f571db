// `./relance-dev kill`: the long forms of what the end-to-end tests do a little of.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>

#include "tests/e2e/harness.h"
#include "tests/kill/cycles.h"
#include "tests/kill/points.h"
#include "tests/kill/purges.h"
#include "tests/kill/strace.h"

namespace {

namespace json = boost::json;
using namespace relance::e2e;

constexpr std::int64_t kCyclesGoal = 5'000, kPurgesGoal = 500;

void print_evidence(const json::object& figure) {
  std::printf("evidence: %s\n", json::serialize(figure).c_str());
}

int end(const std::vector<std::string>& findings, const std::filesystem::path& directory) {
  if (findings.empty()) {
    std::filesystem::remove_all(directory);
    return 0;
  }
  std::fprintf(stderr, "Everything is left in %s\n", directory.c_str());
  return 1;
}

int run_cycles(CycleOptions options) {
  options.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  const CycleReport report = run_kill_cycles(options);
  print_evidence({{"figure", "kill -9 cycles"},
                  {"value", report.cycles},
                  {"unit", "cycles"},
                  {"goal", kCyclesGoal},
                  {"seed", options.seed},
                  {"violations", report.findings.size()},
                  {"clients_killed", report.clients_killed},
                  {"office_commands_killed", report.commands_killed},
                  {"servers_killed", report.servers_killed},
                  {"key_holders_killed", report.holders_killed},
                  {"cut_edits_whole", report.edits_accepted},
                  {"cut_edits_absent", report.edits_gone},
                  {"seconds", static_cast<std::int64_t>(report.seconds)}});
  return end(report.findings, options.directory);
}

int run_purge_campaign(PurgeOptions options) {
  options.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  const PurgeReport report = run_purges(options);
  print_evidence({{"figure", "real purges"},
                  {"value", report.purges},
                  {"unit", "purges"},
                  {"goal", kPurgesGoal},
                  {"seed", options.seed},
                  {"violations", report.findings.size()},
                  {"runs_killed", report.runs_killed},
                  {"servers_killed", report.servers_killed},
                  {"laptops_killed", report.laptops_killed},
                  {"backups_restored", report.restores},
                  {"values_looked_for", report.needles},
                  {"returns_tried", report.returns_tried},
                  {"seconds", static_cast<std::int64_t>(report.seconds)}});
  return end(report.findings, options.directory);
}

int run_all_points(PointOptions options) {
  if (!can_trace()) {
    std::fprintf(stderr, "strace is missing, or this machine does not let it trace: nothing was checked.\n");
    return 1;
  }
  options.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  const PointReport report = run_points(options);
  const auto tell_figure = [&](const char* name, std::int64_t points, std::int64_t violations) {
    print_evidence({{"figure", name},
                    {"value", points},
                    {"unit", "points"},
                    {"goal", "all"},
                    {"every", options.every},
                    {"stories", report.stories},
                    {"violations", violations},
                    {"seconds", static_cast<std::int64_t>(report.seconds)}});
  };
  if (options.kills) tell_figure("syscall kill points", report.kill_points, report.kill_findings);
  if (options.errors) tell_figure("syscall error points", report.error_points, report.error_findings);
  return end(report.findings, options.directory);
}

std::filesystem::path fresh_directory() {
  std::string name = (std::filesystem::temp_directory_path() / "relance-kill-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw StoryEnded("no directory for the run");
  return name;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Kills the real programs, at random or at every write, and looks whether anything is lost."};
  CycleOptions cycles;
  cycles.cycles = 1'000;
  app.add_option("--cycles", cycles.cycles, "How many commands are cut (1000)");
  app.add_option("--seed", cycles.seed, "Of what is done (1); the moments are the machine's own");
  app.add_option("--server-kills", cycles.server_kill_percent,
                 "Percent of the commands on the line that lose their server (30)");
  PurgeOptions purges;
  purges.purges = 0;
  app.add_option("--purges", purges.purges,
                 "So many purges instead, each cut at random, after which nothing may be found anywhere");
  bool points = false, only_kills = false, only_errors = false;
  PointOptions at;
  auto* all =
      app.add_flag("--points", points, "Each write, sync and rename of each story instead of random moments");
  app.add_option("--story", at.stories, "Only this one (edit, sync, enrol, restore, …; may be repeated)")
      ->needs(all);
  app.add_option("--every", at.every, "Of the points, only each so-manieth (1)")
      ->needs(all)
      ->check(CLI::PositiveNumber);
  app.add_flag("--only-kills", only_kills, "No errors")->needs(all);
  app.add_flag("--only-errors", only_errors, "No kills")->needs(all);
  CLI11_PARSE(app, argc, argv);
  try {
    at.directory = cycles.directory = purges.directory = fresh_directory();
    purges.seed = cycles.seed;
    at.errors = !only_kills;
    at.kills = !only_errors;
    if (points) return run_all_points(at);
    if (purges.purges > 0) return run_purge_campaign(purges);
    return run_cycles(cycles);
  } catch (const std::exception& ended) {
    std::fprintf(stderr, "The run could not go on: %s\n", ended.what());
    return 1;
  }
}
