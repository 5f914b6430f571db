// The main job as a story: told in words by the demo, checked word by word by the end-to-end test. It uses only the
// public commands of both programs.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/e2e/harness.h"

namespace relance::e2e {

/// Who listens. The demo prints; the test says nothing and looks at `expect`.
struct Narrator {
  std::function<void(const std::string&)> say = [](const std::string&) {};      // a paragraph
  std::function<void(const std::string&)> command = [](const std::string&) {};  // what was typed
  std::function<void(const std::string&)> result = [](const std::string&) {};   // what the screen said
  std::function<void(bool, const std::string&)> expect = [](bool, const std::string&) {};  // what must be so
};

/// Tells the whole story in `directory` (which must be empty or absent). Throws StoryEnded when a command fails.
void tell_story(const std::filesystem::path& directory, const Narrator& narrator);

}  // namespace relance::e2e
