#include "tests/hostile/siege.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <mutex>

#include "host/failure.h"
#include "tests/hostile/besieged_office.h"

namespace relance::hostile {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kSpareFiles = 200;
constexpr int kNewConnectionEvery = 5;  // an office's laptops come anew all day
constexpr std::chrono::milliseconds kPause{20};

double at_percent(std::vector<double>& sorted, std::size_t percent) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, sorted.size() * percent / 100)];
}

// One honest sync after another until `end`, each with an edit.
void work_until(Steady::time_point end, HonestAgent& agent, BesiegedOffice& office, const Crowd& crowd,
                SiegeReport& report, std::vector<double>& times) {
  for (int i = 0; Steady::now() < end; ++i) {
    const auto start = Steady::now();
    try {
      static_cast<void>(agent.work(i % kNewConnectionEvery == 0));
    } catch (const Failure& failure) {
      ++report.refusals;
      if (report.first_refusal.empty()) report.first_refusal = failure.message();
    }
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - start).count());
    ++report.syncs;
    report.standing_min = std::min(report.standing_min, crowd.counts().standing);
    report.rss_max_kib = std::max(report.rss_max_kib, office.server_rss_kib());
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

bool raise_file_limit(std::size_t connections) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur >= connections + kSpareFiles;
}

SiegeReport besiege(const SiegeOptions& options) {
  SiegeReport report;
  BesiegedOffice office(options.directory);
  HonestAgent honest(office, office.enrol("paul"), options.directory / "honest.db");
  static_cast<void>(honest.work(false));  // its bootstrap
  const std::int64_t calls_before = office.count("SELECT count(*) FROM contact_event");
  const std::int64_t made_before = sql::number(honest.db(), "SELECT count(*) FROM contact_event").value_or(0);
  report.rss_before_kib = office.server_rss_kib();

  std::vector<double> times;
  {
    const Crowd crowd({office.port(), office.ca_pem(), office.enrol("lea").tls()}, options.connections);
    report.standing_min = crowd.counts().standing;
    options.say(std::to_string(report.standing_min) + " connections stand; an honest agent works for " +
                std::to_string(options.seconds) + " s");
    work_until(Steady::now() + std::chrono::seconds(options.seconds), honest, office, crowd, report, times);
    report.crowd = crowd.counts();
  }
  std::sort(times.begin(), times.end());
  report.p50_ms = at_percent(times, 50);
  report.p99_ms = at_percent(times, 99);
  report.max_ms = times.empty() ? 0 : times.back();
  static_cast<void>(honest.work(true));
  report.rss_after_kib = office.server_rss_kib();
  report.frozen = office.count("SELECT count(*) FROM device WHERE state <> 'active'");
  const std::int64_t made =
      sql::number(honest.db(), "SELECT count(*) FROM contact_event").value_or(0) - made_before;
  report.is_all_there = made > 0 && office.count("SELECT count(*) FROM contact_event") - calls_before == made;
  return report;
}

}  // namespace relance::hostile
