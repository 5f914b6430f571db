// A dozen stories and more of client and server, each cut at every one of its writes, syncs and renames, and each of
// those made to fail once: what is looked at afterwards is the same as after a kill at random.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace relance::e2e {

struct PointOptions {
  std::vector<std::string> stories;  // none: all
  bool kills = true, errors = true;
  int every = 1;  // 5: a fifth of the points, for a short run
  std::filesystem::path directory;
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

struct PointReport {
  std::int64_t kill_points = 0, error_points = 0, stories = 0;
  std::int64_t kill_findings = 0, error_findings = 0;
  double seconds = 0;
  std::vector<std::string> findings;
};

/// REQUIRES: can_trace().
[[nodiscard]] PointReport run_points(const PointOptions& options);

}  // namespace relance::e2e
