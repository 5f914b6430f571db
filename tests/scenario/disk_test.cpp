// A sample of `./relance-dev disk`: every story, a few operations of each, every way to lose what was not synced.
#include "tests/disk/campaign.h"
#include "tests/test.hpp"

using namespace relance::disktest;

namespace {

std::string all(const std::vector<std::string>& violations) {
  std::string out;
  for (const std::string& violation : violations) out += violation + "\n";
  return out;
}

constexpr std::size_t kOneIn = 97;  // of the operations: some seconds in all

}  // namespace

TEST_CASE("no story loses what was promised, wherever a disk fails it") {
  Figures figures;
  run({.every = kOneIn}, figures);
  INFO(all(figures.violations));
  CHECK(figures.violations.empty());
  CHECK(figures.images_by_story.size() >= 12);
  CHECK(figures.images >= 7 * 12);
  CHECK(figures.io_errors_seen > 0);
  CHECK(figures.full_seen > 0);
}

TEST_CASE("flipped bits of encrypted files are noticed, at rest and while a story runs") {
  Figures figures;
  run({.story = "edits_and_sync", .trial = Trial::read_flip, .every = 7, .keyed = true}, figures);
  flip_stored_bits({.every = 40}, figures);
  INFO(all(figures.violations));
  CHECK(figures.violations.empty());
  CHECK(figures.flips_noticed > 0);
  CHECK(figures.stored_flips_noticed > 0);
}

TEST_CASE("commits that were not synced are found out: the stories can fail") {
  Figures figures;
  run({.story = "edits_and_sync", .machine = "a", .trial = Trial::crash, .every = 13, .careless = true},
      figures);
  CHECK_FALSE(figures.violations.empty());
}
