// `./relance-dev demo`: the main job, told in words, with the public commands and nothing else.
#include <cstdio>
#include <cstring>
#include <fstream>

#include "tests/e2e/story.h"

namespace {

constexpr const char* kMark = ".relance-demo";  // only a directory that a demo made is ever emptied

bool prepare(const std::filesystem::path& directory) {
  if (std::filesystem::exists(directory) && !std::filesystem::is_empty(directory)) {
    if (!std::filesystem::exists(directory / kMark)) {
      std::fprintf(stderr, "%s is not empty and was not made by a demo; name another directory.\n",
                   directory.c_str());
      return false;
    }
    std::filesystem::remove_all(directory);
  }
  std::filesystem::create_directories(directory);
  std::ofstream(directory / kMark) << "made by ./relance-dev demo\n";
  return true;
}

void print_indented(const std::string& text) {
  std::string line;
  for (const char c : text) {
    line += c;
    if (c != '\n') continue;
    std::printf("      %s", line.c_str());
    line.clear();
  }
  if (!line.empty()) std::printf("      %s\n", line.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  using namespace relance::e2e;
  std::filesystem::path directory = "demo-office";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--help") == 0) {
      std::puts(
          "demo [DIRECTORY]: tells the main job in DIRECTORY (demo-office unless named) and leaves it "
          "there.");
      return 0;
    }
    directory = argv[i];
  }
  if (!prepare(directory)) return 2;
  bool well = true;
  int step = 0;
  Narrator narrator;
  narrator.say = [&](const std::string& paragraph) {
    std::printf("\n%d. %s\n", ++step, paragraph.c_str());
    std::fflush(stdout);
  };
  narrator.command = [](const std::string& command) {
    std::printf("   %s%s\n", command.find("$ ") == std::string::npos ? "office$ " : "", command.c_str());
  };
  narrator.result = print_indented;
  narrator.expect = [&](bool is_so, const std::string& what) {
    std::printf("   %s %s\n", is_so ? "[ok]   " : "[WRONG]", what.c_str());
    well = well && is_so;
  };
  try {
    tell_story(directory, narrator);
  } catch (const StoryEnded& ended) {
    std::fprintf(stderr, "\nThe story could not go on: %s\n", ended.what());
    return 1;
  }
  const std::string bin = RELANCE_BIN_DIR;
  std::printf(
      "\n%s Everything is left in %s. Try next:\n"
      "   %s/relance-server --data %s/office cases\n"
      "   RELANCE_PASSPHRASE='douze lettres au moins' %s/relance --home %s/lea cases\n"
      "   %s/relance-server --data %s/office serve\n",
      well ? "That is the main job." : "Something is WRONG above.", directory.c_str(), bin.c_str(),
      directory.c_str(), bin.c_str(), directory.c_str(), bin.c_str(), directory.c_str());
  return well ? 0 : 1;
}
