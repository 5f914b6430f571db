// `./relance-dev disk`: every story on a failing disk, and the figures.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "tests/disk/campaign.h"

using namespace relance::disktest;

namespace {

constexpr const char* kHelp =
    "Usage: ./relance-dev disk [--all | --sample N] [--story NAME] [--machine NAME] [--trial NAME] [--point "
    "K]\n"
    "                          [--seed S] [--keyed] [--careless]\n\n"
    "  --all        every operation of every story (the default)\n"
    "  --sample N   one operation in N\n"
    "  --story ...  only this story, on this machine, with this fault (crash, io_error, full, read_flip), at "
    "this\n"
    "               operation: what a violation says repeats it\n"
    "  --keyed      with encrypted files; bits are flipped only in those (--all does some of both)\n"
    "  --careless   synchronous=OFF: shows that lost commits are found, and so must fail\n";

struct Arguments {
  Plan plan;
  bool is_whole = true;  // no story chosen: keyed and flipped bits too
};

std::uint64_t number(const char* text) {
  std::uint64_t out = 0;
  const char* end = text + std::strlen(text);
  if (std::from_chars(text, end, out).ptr != end || out == 0) {
    std::fprintf(stderr, "disk: '%s' is no number.\n", text);
    std::exit(2);
  }
  return out;
}

Trial trial(const std::string& word) {
  for (const Trial one : {Trial::crash, Trial::io_error, Trial::full, Trial::read_flip})
    if (word_of(one) == word) return one;
  std::fprintf(stderr, "disk: there is no fault '%s'.\n", word.c_str());
  std::exit(2);
}

Arguments parse(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const char* next = i + 1 < argc ? argv[i + 1] : "";
    if (word == "--all") continue;
    if (word == "--keyed" || word == "--careless") {
      (word == "--keyed" ? out.plan.keyed : out.plan.careless) = true;
      continue;
    }
    ++i;
    if (word == "--sample")
      out.plan.every = number(next);
    else if (word == "--seed")
      out.plan.seed = number(next);
    else if (word == "--point")
      out.plan.point = number(next);
    else if (word == "--story")
      out.plan.story = next;
    else if (word == "--machine")
      out.plan.machine = next;
    else if (word == "--trial")
      out.plan.trial = trial(next);
    else {
      std::fputs(kHelp, word == "--help" ? stdout : stderr);
      std::exit(word == "--help" ? 0 : 2);
    }
    if (word == "--story" || word == "--point") out.is_whole = false;
  }
  return out;
}

void print_map(const char* title, const std::map<std::string, std::uint64_t>& counts) {
  std::printf("%s", title);
  for (const auto& [name, count] : counts)
    std::printf(" %s %llu", name.c_str(), static_cast<unsigned long long>(count));
  std::printf("\n");
}

std::string json(const std::map<std::string, std::uint64_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts)
    out += (out.empty() ? "\"" : ",\"") + name + "\":" + std::to_string(count);
  return "{" + out + "}";
}

void evidence(const char* figure, std::uint64_t value, const char* unit, const std::string& goal,
              const std::string& more) {
  std::printf("evidence: {\"figure\":\"%s\",\"value\":%llu,\"unit\":\"%s\",\"goal\":\"%s\"%s}\n", figure,
              static_cast<unsigned long long>(value), unit, goal.c_str(), more.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const auto start = std::chrono::steady_clock::now();
  Figures figures;
  run(arguments.plan, figures);
  if (arguments.is_whole && !arguments.plan.careless) {
    Plan keyed = arguments.plan;
    keyed.keyed = true;
    keyed.every *= 10;  // the engine below is the same, its pages are dearer
    run(keyed, figures);
    keyed.every = arguments.plan.every;
    flip_stored_bits(keyed, figures);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  for (const std::string& violation : figures.violations) std::printf("VIOLATION %s\n", violation.c_str());
  print_map("images by story:", figures.images_by_story);
  print_map("images by loss: ", figures.images_by_loss);
  std::printf("%llu images from %llu crash points in %.0f s (%.0f a second with all else), %zu violations\n",
              static_cast<unsigned long long>(figures.images),
              static_cast<unsigned long long>(figures.crash_points), seconds,
              static_cast<double>(figures.images) / seconds, figures.violations.size());
  const std::string all = ",\"seed\":" + std::to_string(arguments.plan.seed) +
                          ",\"one_point_in\":" + std::to_string(arguments.plan.every) +
                          ",\"seconds\":" + std::to_string(static_cast<int>(seconds)) +
                          ",\"violations\":" + std::to_string(figures.violations.size());
  evidence("crash images checked", figures.images, "images", ">= 20000",
           all + ",\"stories\":" + std::to_string(figures.images_by_story.size()) + ",\"by_story\":" +
               json(figures.images_by_story) + ",\"by_loss\":" + json(figures.images_by_loss));
  evidence("crash points", figures.crash_points, "operations", "every operation of a dozen stories", all);
  evidence("EIO points", figures.io_error_points, "operations", "every operation of a dozen stories",
           all + ",\"heard\":" + std::to_string(figures.io_errors_seen));
  evidence("disk full points", figures.full_points, "writes", "every write that grows a file",
           all + ",\"heard\":" + std::to_string(figures.full_seen));
  evidence("bit flips noticed", figures.flips_noticed + figures.stored_flips_noticed, "bits",
           "none read as a value",
           all + ",\"flipped\":" + std::to_string(figures.flips + figures.stored_flips) +
               ",\"spoiling\":" + std::to_string(figures.flips_spoiling) + ",\"while_running\":" +
               std::to_string(figures.flips) + ",\"at_rest\":" + std::to_string(figures.stored_flips));
  return figures.violations.empty() ? 0 : 1;
}
