// Reports over a large office, as the command makes them: from the rows, with nothing kept ready.
#include "server/reports.h"
#include "tests/bench/figures.h"

namespace relance::bench {

void measure_reports(Report& report, const std::filesystem::path& directory) {
  constexpr int kCases = 100'000;
  constexpr double kGoalMs = 2'000;
  BenchOffice office(directory / "reports", {kCases}, 17);
  const auto copy = office.copy();
  const server::ReportAsk ask{.as_of = {2026, 11, 21}, .to = {2026, 11, 21}, .edges = {30, 60, 90, 120}};
  std::vector<double> samples;
  for (int run = 0; run < 5; ++run)
    samples.push_back(timed_ms([&] {
      sql::Transaction snapshot(*copy, sql::Access::read);
      static_cast<void>(server::report_text(server::aged_report(*copy, ask)));
    }));
  report.limit("aged_balance_100000", "ms", median(samples), kGoalMs);
}

}  // namespace relance::bench
