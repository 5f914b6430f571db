// The story that the demo tells, checked.
#include "tests/e2e/story.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

TEST_CASE("two agents work offline on real receivables and the office reconciles them") {
  const relance::test::TempDir dir;
  relance::e2e::Narrator narrator;
  std::string last;
  narrator.command = [&](const std::string& command) { last = command; };
  narrator.expect = [&](bool is_so, const std::string& what) {
    INFO("after: " << last);
    INFO(what);
    CHECK(is_so);
  };
  REQUIRE_NOTHROW(relance::e2e::tell_story(dir.path() / "story", narrator));
}
