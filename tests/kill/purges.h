// Purges through the real programs, each cut at random: a case full of needles goes out to a laptop, is worked on, is
// ordered erased, and then no file of office or laptop may hold any of it, nor may anything bring it back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace relance::e2e {

struct PurgeOptions {
  std::int64_t purges = 50;
  std::uint64_t seed = 1;           // of what is done; the moments are the machine's own
  std::int64_t restore_every = 20;  // so often an older backup is put back, and erases again
  std::filesystem::path directory;  // empty or absent
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

struct PurgeReport {
  std::int64_t purges = 0;
  std::int64_t runs_killed = 0;     // `purge run` that died in its work
  std::int64_t servers_killed = 0;  // under it, or under the laptop that obeyed
  std::int64_t laptops_killed = 0;  // while they obeyed
  std::int64_t restores = 0;
  std::int64_t needles = 0;        // values that were looked for
  std::int64_t returns_tried = 0;  // late edits, imports and restores that named an erased person
  double seconds = 0;
  std::vector<std::string> findings;
};

[[nodiscard]] PurgeReport run_purges(const PurgeOptions& options);

}  // namespace relance::e2e
