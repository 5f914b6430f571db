// The requirements of collection work, one by one: what answers each, and the tests that bear its number. The page
// docs/requirements.md is made of it, and a test holds the page to the sources.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relance::test {

struct Requirement {
  int number = 0;
  std::string_view title;     // the trade's French word, then ours
  std::string_view commands;  // comma separated; empty: not built
  std::string_view remark;    // what is not built of it, and why; empty: all of it is
};

/// R01 to R62, in order.
[[nodiscard]] std::span<const Requirement> requirements();

/// Names of the test cases that bear `[Rnn]` or begin with "Rnn", by requirement, out of the test sources below `root`.
[[nodiscard]] std::map<int, std::vector<std::string>> tests_by_requirement(const std::filesystem::path& root);

[[nodiscard]] std::string requirements_page(const std::filesystem::path& root);

}  // namespace relance::test
