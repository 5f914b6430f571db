// Honest work beside a crowd of stalled connections: how long each sync takes, and what the server's memory does.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "tests/hostile/crowd.h"

namespace relance::hostile {

struct SiegeOptions {
  std::filesystem::path directory;
  std::size_t connections = 2'000;
  int seconds = 120;
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

struct SiegeReport {
  std::size_t syncs = 0;
  std::size_t refusals = 0;  // syncs that did not end well
  std::string first_refusal;
  double p50_ms = 0, p99_ms = 0, max_ms = 0;
  Crowd::Counts crowd;
  std::uint64_t standing_min = 0;
  std::int64_t rss_before_kib = 0, rss_max_kib = 0, rss_after_kib = 0;
  std::int64_t frozen = 0;
  bool is_all_there = false;  // every edit of the honest agent is at the office
};

/// Errors: StoryEnded when the office cannot even be made.
[[nodiscard]] SiegeReport besiege(const SiegeOptions& options);

/// For twice as many sockets as `connections`; false when the system gives fewer.
bool raise_file_limit(std::size_t connections);

}  // namespace relance::hostile
