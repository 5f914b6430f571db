// kill -9 at random: an agent's commands and the office's, each cut at a random moment of its usual duration, with the
// server killed under some; after each cut one cheap look, every so often a whole one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace relance::e2e {

struct CycleOptions {
  std::int64_t cycles = 50;
  std::uint64_t seed = 1;        // of what is done; the moments are the machine's own
  int server_kill_percent = 30;  // of the cycles that talk to the server
  std::int64_t whole_look_every = 50;
  std::filesystem::path directory;  // empty or absent
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

struct CycleReport {
  std::int64_t cycles = 0, clients_killed = 0, commands_killed = 0, servers_killed = 0, holders_killed = 0;
  std::int64_t edits_accepted = 0, edits_gone = 0;  // of those that were cut: wholly there, wholly absent
  double seconds = 0;
  std::vector<std::string> findings;
};

[[nodiscard]] CycleReport run_kill_cycles(const CycleOptions& options);

}  // namespace relance::e2e
