// docs/requirements.md against the sources: no requirement without its command and its test, or its reason.
#include "tests/pages/requirements.h"

#include <fstream>
#include <sstream>

#include "tests/test.hpp"

using namespace relance::test;

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string sources_of(const char* folder) {
  std::string out;
  for (const auto& entry : fs::directory_iterator(fs::path(RELANCE_SOURCE_DIR) / folder))
    if (entry.path().extension() == ".cpp") out += read(entry.path());
  return out;
}

std::vector<std::string> split(std::string_view commands) {
  std::vector<std::string> out;
  std::istringstream in{std::string(commands)};
  for (std::string one; std::getline(in, one, ',');) out.push_back(one.substr(one.find_first_not_of(' ')));
  return out;
}

}  // namespace

TEST_CASE("every requirement has its number, its commands exist, and what is missing says why") {
  const std::string agent = sources_of("client"), office = sources_of("server");
  int number = 0;
  for (const Requirement& one : requirements()) {
    INFO("R" << one.number);
    CHECK(one.number == ++number);
    CHECK_FALSE((one.commands.empty() && one.remark.empty()));
    for (const std::string& command : split(one.commands)) {
      INFO(command);
      const bool is_office = command.starts_with("relance-server ");
      const std::string word = command.substr(command.find(' ') + 1);
      CHECK((is_office ? office : agent).find("\"" + word + "\"") != std::string::npos);
    }
  }
  CHECK(number == 62);
}

TEST_CASE("every requirement that is built has a test that bears its number") {
  const auto tests = tests_by_requirement(RELANCE_SOURCE_DIR);
  for (const Requirement& one : requirements()) {
    INFO("R" << one.number);
    if (!one.commands.empty()) CHECK(tests.contains(one.number));
  }
}

TEST_CASE("docs/requirements.md says what the sources say") {
  INFO("write it again: ./relance-dev requirements");
  CHECK(read(fs::path(RELANCE_SOURCE_DIR) / "docs" / "requirements.md") ==
        requirements_page(RELANCE_SOURCE_DIR));
}
