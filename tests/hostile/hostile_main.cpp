// `./relance-dev hostile`: the long form of what the end-to-end tests do for some seconds.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdint>
#include <cstdio>

#include "tests/hostile/siege.h"

namespace {

namespace json = boost::json;
using namespace relance::hostile;

constexpr double kGoalMs = 1'000;

// In whole microseconds: the library would write a double with an exponent, which people do not read.
std::int64_t us(double ms) { return static_cast<std::int64_t>(ms * 1'000); }

int tell(const SiegeOptions& options, const SiegeReport& report) {
  const bool is_well =
      report.p99_ms < kGoalMs && report.refusals == 0 && report.frozen == 0 && report.is_all_there;
  const json::object figure{{"figure", "honest p99 beside stalled connections"},
                            {"value", us(report.p99_ms)},
                            {"unit", "us"},
                            {"goal", us(kGoalMs)},
                            {"connections", options.connections},
                            {"standing_at_least", report.standing_min},
                            {"opened_in_all", report.crowd.opened},
                            {"closed_by_server", report.crowd.closed},
                            {"failed", report.crowd.failed},
                            {"seconds", options.seconds},
                            {"honest_syncs", report.syncs},
                            {"honest_refusals", report.refusals},
                            {"p50_us", us(report.p50_ms)},
                            {"max_us", us(report.max_ms)},
                            {"rss_before_kib", report.rss_before_kib},
                            {"rss_max_kib", report.rss_max_kib},
                            {"rss_after_kib", report.rss_after_kib},
                            {"all_edits_at_the_office", report.is_all_there}};
  if (!report.first_refusal.empty())
    std::fprintf(stderr, "first refusal: %s\n", report.first_refusal.c_str());
  std::printf("evidence: %s\n", json::serialize(figure).c_str());
  return is_well ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Stalled connections of six kinds against the real server, beside an honest agent who syncs."};
  SiegeOptions options;
  app.add_option("--connections", options.connections, "How many stand at once (2000)");
  app.add_option("--seconds", options.seconds, "How long the honest agent works beside them (120)");
  CLI11_PARSE(app, argc, argv);
  std::string directory = (std::filesystem::temp_directory_path() / "relance-hostile-XXXXXX").string();
  if (!raise_file_limit(options.connections) || mkdtemp(directory.data()) == nullptr) {
    std::fprintf(
        stderr,
        "The system gives too few open files for so many connections, or no directory (ulimit -n).\n");
    return 1;
  }
  options.directory = directory;
  options.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  int status = 1;
  try {
    status = tell(options, besiege(options));
  } catch (const std::exception& ended) {
    std::fprintf(stderr, "The run could not go on: %s\n", ended.what());
  }
  std::filesystem::remove_all(options.directory);
  return status;
}
