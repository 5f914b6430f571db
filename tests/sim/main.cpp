// `./relance-dev simulate`: seeds in as many processes as there are cores, or the planted defects one by one.
#include <sqlite3.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>
#include <thread>

#include "sync/planted.h"
#include "tests/sim/run.h"

namespace relance::sim {
namespace {

constexpr int kStepsByDefault = 300;
constexpr std::uint64_t kTwiceEvery = 50;  // of so many seeds one is run twice: the same seed, the same trace
constexpr std::uint64_t kZooSeeds = 400;   // a planted defect has to be caught within these
constexpr int kFailuresShown = 12;

struct Options {
  std::uint64_t seeds = 200, first = 1;
  int steps = kStepsByDefault;
  int jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  bool tells = false, zoo = false, shrinks = true;
  std::string defect;
  std::vector<std::size_t> only;
};

/// What the workers and their parent share: counts, and the seed that each is at, should it die.
struct Board {
  std::uint64_t done = 0, actions = 0, failures = 0, traces_compared = 0;
  std::uint64_t purges = 0, erased = 0, held = 0, tries = 0;
  std::uint64_t at = 0;
};

constexpr int kJobsMax = 64;

[[noreturn]] void usage(std::FILE* to) {
  std::fputs(
      "Usage: ./relance-dev simulate [--seeds N] [--seed S] [--steps K] [--jobs J] [--tell] [--only "
      "I,J,...]\n"
      "                              [--no-shrink] [--defect NAME]\n"
      "       ./relance-dev simulate --zoo [--defect NAME] [--jobs J]\n\n"
      "A world of devices and an office from one number: edits, crashes, restores, clones, purges, lost and\n"
      "late requests, each compared with an independent model. The same seed tells the same story.\n\n"
      "  --seeds N      so many stories (200), from the seed S (1) on\n"
      "  --steps K      actions of each (300)\n"
      "  --jobs J       processes (one a core)\n"
      "  --tell         say what happens\n"
      "  --only I,J     only these actions of the story, as a shrunk failure names them\n"
      "  --no-shrink    leave a failing story as long as it is\n"
      "  --defect NAME  with this planted defect switched on; sync/planted_defects.inc lists them\n"
      "  --zoo          plant each defect in turn; fails when one is not noticed within 400 seeds\n",
      to);
  std::exit(to == stdout ? 0 : 2);
}

Options read(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto value = [&]() -> std::string {
      if (++i == argc) usage(stderr);
      return argv[i];
    };
    if (name == "--seeds")
      o.seeds = std::strtoull(value().c_str(), nullptr, 10);
    else if (name == "--seed")
      o.first = std::strtoull(value().c_str(), nullptr, 10);
    else if (name == "--steps")
      o.steps = std::atoi(value().c_str());
    else if (name == "--jobs")
      o.jobs = std::clamp(std::atoi(value().c_str()), 1, kJobsMax);
    else if (name == "--tell")
      o.tells = true;
    else if (name == "--zoo")
      o.zoo = true;
    else if (name == "--no-shrink")
      o.shrinks = false;
    else if (name == "--defect")
      o.defect = value();
    else if (name == "--only") {
      std::istringstream list(value());
      for (std::string one; std::getline(list, one, ',');)
        o.only.push_back(std::strtoull(one.c_str(), nullptr, 10));
    } else
      usage(name == "--help" || name == "-h" ? stdout : stderr);
  }
  return o;
}

bool plant_named(const std::string& name) {
  for (const sync::PlantedDefect& one : sync::kPlantedDefects)
    if (one.name == name) {
      sync::plant(one.defect);
      return true;
    }
  return false;
}

void report(const Options& o, const Plan& plan, const Ran& ran) {
  std::ostringstream out;
  const std::string defect = o.defect.empty() ? "" : " --defect " + o.defect;
  out << "seed " << plan.seed << ", action " << ran.actions << ": " << *ran.violation
      << "\n  again: ./relance-dev simulate --seed " << plan.seed << " --seeds 1 --steps " << o.steps
      << defect << " --tell\n";
  if (o.shrinks) {
    const auto kept = shrink(plan, *ran.violation);
    std::string list;
    for (const std::size_t at : kept) list += (list.empty() ? "" : ",") + std::to_string(at);
    out << "  shrunk to " << kept.size() << " actions: ./relance-dev simulate --seed " << plan.seed
        << " --seeds 1 --steps " << o.steps << defect << " --tell --only " << (list.empty() ? "none" : list)
        << "\n";
  }
  std::cout << out.str() << std::flush;
}

Tally work(const Options& o, std::uint64_t offset, std::uint64_t stride, Board& board) {
  Tally tally;
  for (std::uint64_t i = offset; i < o.seeds; i += stride) {
    board.at = o.first + i;
    Plan plan = plan_of(board.at, o.steps);
    if (!o.only.empty()) plan = with_only(plan, o.only);
    const Ran ran = run(plan, o.tells);
    board.actions += ran.actions;
    ++board.done;
    for (const auto& [what, times] : ran.tally) tally[what] += times;
    const auto count = [&](const std::string& what) {
      const auto found = ran.tally.find(what);
      return found == ran.tally.end() ? std::uint64_t{0} : static_cast<std::uint64_t>(found->second);
    };
    board.purges += count("purges");
    board.erased += count("cases erased");
    board.held += count("held cases kept");
    board.tries += count("resurrection tries");
    if (ran.violation) {
      if (++board.failures <= kFailuresShown) report(o, plan, ran);
      continue;
    }
    if (board.at % kTwiceEvery != 0) continue;
    ++board.traces_compared;
    if (run(plan).trace != ran.trace) {
      ++board.failures;
      std::cout << "seed " << board.at << ": the same seed left another trace\n" << std::flush;
    }
  }
  return tally;
}

template <class T>
T* shared(std::size_t count) {
  void* at = mmap(nullptr, sizeof(T) * count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? nullptr : new (at) T[count]();
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int simulate(const Options& o) {
  const auto start = std::chrono::steady_clock::now();
  const auto jobs = static_cast<std::uint64_t>(o.tells ? 1 : o.jobs);
  Board* boards = shared<Board>(kJobsMax);
  std::vector<pid_t> workers;
  for (std::uint64_t j = 0; j < jobs; ++j) {
    const pid_t child = fork();
    if (child == 0) {
      const Tally tally = work(o, j, jobs, boards[j]);
      if (j == 0 && o.seeds > 1) {
        std::ostringstream out;
        out << "what the first worker saw:";
        for (const auto& [what, times] : tally)
          if (!what.starts_with("action ")) out << "\n  " << times << "  " << what;
        std::cout << out.str() << "\n" << std::flush;
      }
      std::cout << std::flush;
      _exit(0);
    }
    workers.push_back(child);
  }
  Board all;
  bool is_shown = isatty(STDERR_FILENO) != 0;
  std::size_t alive = workers.size();
  while (alive > 0) {
    int status = 0;
    const pid_t ended = waitpid(-1, &status, is_shown ? WNOHANG : 0);
    if (ended == 0) {
      std::uint64_t done = 0;
      for (std::uint64_t j = 0; j < jobs; ++j) done += boards[j].done;
      std::fprintf(stderr, "\r%llu of %llu seeds", static_cast<unsigned long long>(done),
                   static_cast<unsigned long long>(o.seeds));
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      continue;
    }
    if (ended < 0) break;
    --alive;
    for (std::uint64_t j = 0; j < jobs; ++j)
      if (workers[j] == ended && status != 0) {
        ++boards[j].failures;
        std::cout << "seed " << boards[j].at << " ended the simulator (status " << status
                  << ")\n  again: ./relance-dev simulate --seed " << boards[j].at << " --seeds 1 --steps "
                  << o.steps << " --tell\n";
      }
  }
  if (is_shown) std::fputs("\r", stderr);
  for (std::uint64_t j = 0; j < jobs; ++j) {
    all.done += boards[j].done;
    all.actions += boards[j].actions;
    all.failures += boards[j].failures;
    all.traces_compared += boards[j].traces_compared;
    all.purges += boards[j].purges;
    all.erased += boards[j].erased;
    all.held += boards[j].held;
    all.tries += boards[j].tries;
  }
  const double seconds = seconds_since(start);
  std::printf(
      "%llu seeds of %d steps, %llu actions, %llu violations, %llu seeds run twice; %.1f seeds a second\n",
      static_cast<unsigned long long>(all.done), o.steps, static_cast<unsigned long long>(all.actions),
      static_cast<unsigned long long>(all.failures), static_cast<unsigned long long>(all.traces_compared),
      static_cast<double>(all.done) / seconds);
  std::printf(
      "evidence: {\"figure\":\"simulator seeds\",\"value\":%llu,\"unit\":\"seeds of %d "
      "steps\",\"goal\":200000,"
      "\"first\":%llu,\"last\":%llu,\"violations\":%llu,\"seconds\":%.0f,\"seeds_a_second\":%.1f}\n",
      static_cast<unsigned long long>(all.done), o.steps, static_cast<unsigned long long>(o.first),
      static_cast<unsigned long long>(o.first + o.seeds - 1), static_cast<unsigned long long>(all.failures),
      seconds, static_cast<double>(all.done) / seconds);
  const auto tell = [&](const char* figure, std::uint64_t value, const char* unit, int goal) {
    std::printf(
        "evidence: "
        "{\"figure\":\"%s\",\"value\":%llu,\"unit\":\"%s\",\"goal\":%d,\"first\":%llu,\"last\":%llu,"
        "\"violations\":%llu}\n",
        figure, static_cast<unsigned long long>(value), unit, goal, static_cast<unsigned long long>(o.first),
        static_cast<unsigned long long>(o.first + o.seeds - 1),
        static_cast<unsigned long long>(all.failures));
  };
  std::printf(
      "%llu purges, %llu cases erased, %llu held cases kept, %llu tries to bring an erased case back\n",
      static_cast<unsigned long long>(all.purges), static_cast<unsigned long long>(all.erased),
      static_cast<unsigned long long>(all.held), static_cast<unsigned long long>(all.tries));
  tell("simulated purges", all.purges, "purges", 5'000);
  tell("simulated resurrection tries", all.tries, "tries", 50'000);
  return all.failures == 0 && all.done == o.seeds ? 0 : 1;
}

struct Caught {
  std::uint64_t at = 0;
  std::uint64_t seed = 0;  // 0: not caught
  char how[200] = {};
};

// Each planted defect in a process of its own, as many at once as there are cores.
int zoo(const Options& o) {
  const auto start = std::chrono::steady_clock::now();
  constexpr std::size_t kCount = sync::kPlantedDefects.size();
  Caught* caught = shared<Caught>(kCount);
  std::size_t next = 0;
  int running = 0;
  std::map<pid_t, std::size_t> hunters;
  const auto hunt = [&](std::size_t which) {
    const sync::PlantedDefect& one = sync::kPlantedDefects[which];
    sync::plant(one.defect);
    for (std::uint64_t seed = o.first; seed < o.first + kZooSeeds; ++seed) {
      caught[which].at = seed - o.first + 1;
      const Ran ran = run(plan_of(seed, o.steps));
      if (!ran.violation) continue;
      caught[which].seed = caught[which].at;
      std::snprintf(caught[which].how, sizeof caught[which].how, "%s", ran.violation->c_str());
      return;
    }
  };
  while (next < kCount || running > 0) {
    if (next < kCount && running < o.jobs) {
      const std::size_t which = next++;
      if (!o.defect.empty() && o.defect != sync::kPlantedDefects[which].name) continue;
      const pid_t child = fork();
      if (child == 0) {
        hunt(which);
        _exit(0);
      }
      hunters[child] = which;
      ++running;
      continue;
    }
    int status = 0;
    const pid_t ended = wait(&status);
    if (ended <= 0) continue;
    --running;
    if (status == 0) continue;
    Caught& by_assertion = caught[hunters[ended]];
    by_assertion.seed = by_assertion.at;
    std::snprintf(by_assertion.how, sizeof by_assertion.how, "an assertion ends the program");
  }
  std::size_t missed = 0, asked = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    const sync::PlantedDefect& one = sync::kPlantedDefects[i];
    if (!o.defect.empty() && o.defect != one.name) continue;
    ++asked;
    if (caught[i].seed == 0) ++missed;
    std::printf("%-24s %s\n", std::string(one.name).c_str(),
                caught[i].seed == 0
                    ? "NOT CAUGHT"
                    : ("seed " + std::to_string(caught[i].seed) + ": " + caught[i].how).c_str());
  }
  std::printf("%zu planted defects, %zu caught, in %.0f s\n", asked, asked - missed, seconds_since(start));
  std::printf(
      "evidence: {\"figure\":\"planted defects caught\",\"value\":%zu,\"unit\":\"of "
      "%zu\",\"goal\":%zu,\"seeds_each\":"
      "%llu}\n",
      asked - missed, asked, asked, static_cast<unsigned long long>(kZooSeeds));
  return missed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace relance::sim

int main(int argc, char** argv) {
  using namespace relance;
  const sim::Options options = sim::read(argc, argv);
  // One thread a process: neither locks nor counts of bytes, which cost a tenth of a seed.
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  if (options.zoo) return sim::zoo(options);
  if (!options.defect.empty() && !sim::plant_named(options.defect)) {
    std::fprintf(stderr, "There is no planted defect '%s'; sync/planted_defects.inc lists them.\n",
                 options.defect.c_str());
    return 2;
  }
  return sim::simulate(options);
}
