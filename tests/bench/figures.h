// The rows of the table, one function a group.
#pragma once

#include "tests/bench/measure.h"
#include "tests/bench/world.h"

namespace relance::bench {

/// The office of W-1000, served: ten agents of 1,000 cases, and forty beginners so that fifty devices can push at once.
struct Stage {
  explicit Stage(const std::filesystem::path& directory);
  std::filesystem::path directory;
  BenchOffice office;
  std::unique_ptr<ServerProcess> server;

  static constexpr int kAgents = 10;
  static constexpr int kBeginners = 40;
  void restart_server();
  int files = 0;
  [[nodiscard]] std::filesystem::path new_file() {
    return directory / ("replica" + std::to_string(++files) + ".db");
  }
  /// A device of agent `i`, enrolled and empty.
  [[nodiscard]] std::unique_ptr<BenchAgent> device_of(std::size_t i);
};

void measure_bootstrap(Report& report, Stage& stage);
void measure_push(Report& report, Stage& stage);
void measure_crowd(Report& report, Stage& stage);
void measure_pull(Report& report, Stage& stage);
void measure_idle(Report& report, Stage& stage);
void measure_connections(Report& report, Stage& stage);
void measure_scale(Report& report, Stage& stage);
void measure_letters(Report& report);
void measure_client(Report& report, const std::filesystem::path& directory);
void measure_reports(Report& report, const std::filesystem::path& directory);
/// `lines`: of the ledger.
void measure_fec(Report& report, const std::filesystem::path& directory, std::int64_t lines);
/// A purge of `persons` from an office of `cases`; and an order of one case on a device of a thousand.
void measure_purge(Report& report, const std::filesystem::path& directory, std::int64_t cases,
                   std::int64_t persons);

}  // namespace relance::bench
