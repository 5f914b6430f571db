// Tells every story again and again, each time with another fault at another operation of a machine's disk, and
// asks afterwards what has to be true. A crash point is told once up to its death; its disk is then crashed in
// every way there is, each an image that is opened, checked, and on which the story goes on to its end.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/disk/stories.h"

namespace relance::disktest {

enum class Trial { crash, io_error, full, read_flip };
[[nodiscard]] std::string_view word_of(Trial trial);

struct Plan {
  std::uint64_t seed = 1;
  std::string story;                   // empty: all
  std::string machine;                 // empty: all of the story's
  std::optional<std::uint64_t> point;  // one operation (of the trial: one read, one write)
  std::optional<Trial> trial;          // empty: all
  std::size_t every = 1;               // of the points: 1 is all of them
  bool keyed = false;
  bool careless = false;  // opened with synchronous=OFF: must be found out
};

struct Figures {
  std::map<std::string, std::uint64_t> images_by_story, images_by_loss;
  std::uint64_t images = 0, crash_points = 0;
  std::uint64_t io_error_points = 0, io_errors_seen = 0;
  std::uint64_t full_points = 0, full_seen = 0;
  std::uint64_t flips = 0, flips_noticed = 0;  // while a story ran
  std::uint64_t flips_spoiling = 0;            // of the noticed: the file itself was damaged by them
  std::uint64_t stored_flips = 0, stored_flips_noticed = 0;  // in files at rest
  std::vector<std::string> violations;                       // each with the command that repeats it
};

/// Runs what the plan says and adds to the figures.
void run(const Plan& plan, Figures& figures);
/// Bits flipped in keyed files at rest: each is a failure or changes nothing that is read.
void flip_stored_bits(const Plan& plan, Figures& figures);

}  // namespace relance::disktest
