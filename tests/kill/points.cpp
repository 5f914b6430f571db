#include "tests/kill/points.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>

#include "tests/kill/stories.h"
#include "tests/kill/strace.h"

namespace relance::e2e {
namespace {

constexpr const char* kKilledAt[] = {"write",     "pwrite64",  "fsync",  "fdatasync", "rename",
                                     "renameat2", "ftruncate", "unlink", "link",      "mkdir"};
constexpr const char* kFailing[] = {"write",     "pwrite64",  "fsync",  "fdatasync", "rename",
                                    "renameat2", "ftruncate", "unlink", "link"};
constexpr const char* kFilling[] = {"write", "pwrite64", "ftruncate", "mkdir", "link"};
constexpr int kPointsMax = 2'000;  // a call more often than that is a story without an end
constexpr std::size_t kFindingsMax = 40;

class PointRun {
 public:
  explicit PointRun(const PointOptions& options)
      : options_(options), findings_(options.say), office_(options.directory, findings_), stage_(office_) {}

  PointReport run() {
    const auto begin = std::chrono::steady_clock::now();
    for (const Story& story : stage_.stories()) {
      if (!is_asked_for(story.name)) continue;
      ++report_.stories;
      try {
        one_story(story);
      } catch (const std::exception& ended) {
        findings_.add(std::string("the story could not go on: ") + ended.what());
      }
      if (findings_.all().size() > kFindingsMax) break;
    }
    report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    report_.findings = findings_.all();
    return report_;
  }

 private:
  bool is_asked_for(const std::string& name) const {
    return options_.stories.empty() ||
           std::find(options_.stories.begin(), options_.stories.end(), name) != options_.stories.end();
  }

  void one_story(const Story& story) {
    const auto kills = report_.kill_points, errors = report_.error_points;
    findings_.at(story.name);
    story.begin();
    if (options_.every > 1) {
      sample(story);
    } else {
      for (const Fault& fault : faults()) every_point(story, fault);
    }
    findings_.at(story.name + ", at its end");
    story.end();
    options_.say(story.name + ": " + std::to_string(report_.kill_points - kills) + " kills, " +
                 std::to_string(report_.error_points - errors) + " errors, " +
                 std::to_string(findings_.all().size()) + " findings so far");
  }

  std::vector<Fault> faults() const {
    std::vector<Fault> out;
    if (options_.kills)
      for (const char* call : kKilledAt) out.push_back({.kind = Fault::Kind::kill, .call = call});
    if (!options_.errors) return out;
    for (const char* call : kFailing) out.push_back({.kind = Fault::Kind::error, .call = call});
    for (const char* call : kFilling) out.push_back({.kind = Fault::Kind::no_space, .call = call});
    return out;
  }

  // The first call of the name, the next … until the command ends by itself.
  void every_point(const Story& story, Fault fault) {
    for (fault.n = 1; fault.n < kPointsMax && findings_.all().size() <= kFindingsMax; ++fault.n)
      if (!one_point(story, fault)) return;
  }

  // Counts the calls of one run without a fault, and takes some of all that could happen at them.
  void sample(const Story& story) {
    static_cast<void>(one_point(story, {.call = "write", .n = 0}));
    const auto calls = read_trace(options_.directory / "trace").calls;
    for (Fault fault : faults()) {
      const auto made = calls.find(fault.call);
      for (fault.n = 1; made != calls.end() && fault.n <= made->second; ++fault.n)
        if (offset_++ % static_cast<std::size_t>(options_.every) == 0)
          static_cast<void>(one_point(story, fault));
    }
  }

  // False when the fault was never met.
  bool one_point(const Story& story, const Fault& fault) {
    findings_.at(story.name + ", " + fault.text());
    const auto before = findings_.all().size();
    const bool kills = fault.kind == Fault::Kind::kill;
    const auto trace = options_.directory / "trace";
    const std::vector<std::string> command = story.prepare();
    std::ofstream(trace, std::ios::trunc).close();
    const Ran ran = play(story, traced(fault, trace), command);
    const Traced seen = read_trace(trace);
    const bool is_hit = kills ? ran.exit_code == 128 + SIGKILL : seen.is_hit;
    if (!kills && is_hit) judge_failure(story, fault, ran, seen);
    if (!is_hit && !ran.ok() && !may_fail(story)) findings_.add("without a fault it fails: " + ran.err);
    story.judge(ran);
    if (is_hit) ++(kills ? report_.kill_points : report_.error_points);
    (kills ? report_.kill_findings : report_.error_findings) +=
        static_cast<std::int64_t>(findings_.all().size() - before);
    return is_hit;
  }

  static Ran play(const Story& story, std::vector<std::string> prefix,
                  const std::vector<std::string>& command) {
    if (story.play) return story.play(prefix, command);
    prefix.insert(prefix.end(), command.begin(), command.end());
    return e2e::run(prefix, AgentProgram("").environment());
  }

  // Told to wipe, or suspended: they say so and leave with the contract's code.
  static bool may_fail(const Story& story) { return story.name == "wipe" || story.name == "suspended"; }

  // A person is told in one sentence with a stable code, or nothing was wrong; and "done" means durable, or
  // says of what not.
  void judge_failure(const Story& story, const Fault& fault, const Ran& ran, const Traced& seen) {
    const bool may_be_mute = fault.call == "write";  // it may have been the sentence itself
    if (const std::string wrong = what_is_wrong_with(ran); !wrong.empty() && !may_be_mute)
      findings_.add(wrong + "; " + seen.hit);
    if (ran.exit_code > 128)
      findings_.add("it crashed, exit " + std::to_string(ran.exit_code) + "; " + seen.hit);
    if (!ran.ok() || seen.unsynced.empty() || story.play) return;
    if (!story.warning.empty() && ran.err.find(story.warning) != std::string::npos) return;
    const bool is_in_the_wal =
        seen.unsynced.ends_with(".db") && std::filesystem::exists(seen.unsynced + "-wal");
    if (!is_in_the_wal) findings_.add("it says it is done, and it is not durable; " + seen.hit);
  }

  PointOptions options_;
  Findings findings_;
  BatteredOffice office_;
  Stage stage_;
  PointReport report_;
  std::size_t offset_ = 0;
};

}  // namespace

PointReport run_points(const PointOptions& options) { return PointRun(options).run(); }

}  // namespace relance::e2e
