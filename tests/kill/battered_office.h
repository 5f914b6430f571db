// An office with real programs that are about to be killed: made, enrolled and unlocked by commands, as a user would.
// Knows how to look whether all is still well; what is not is written down as a finding and nothing is repaired.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tests/e2e/harness.h"

namespace relance::e2e {

/// What must not be, in words. Empty at the end, or the run has failed.
class Findings {
 public:
  /// `say` hears each at once: a run that is interrupted has told what it found.
  explicit Findings(std::function<void(const std::string&)> say) : say_(std::move(say)) {}
  void add(std::string what);
  [[nodiscard]] const std::vector<std::string>& all() const { return all_; }
  /// What goes before each finding from now on: where in the run it was found.
  void at(std::string place) { place_ = std::move(place); }

 private:
  std::function<void(const std::string&)> say_;
  std::string place_;
  std::vector<std::string> all_;
};

/// One machine of an agent, and what it has been seen to hold.
struct Machine {
  AgentProgram agent;
  std::string name, user;
  std::vector<std::string> cases;  // numbers, as of the last look
  std::int64_t last_n = 0;         // edits ever made on it
  std::int64_t pending = 0;
  std::string device_key_pem;  // opened once: the passphrase costs a third of a second
};

class BatteredOffice {
 public:
  /// Makes everything in `directory`, which must be empty or absent.
  BatteredOffice(const std::filesystem::path& directory, Findings& findings);
  ~BatteredOffice();
  BatteredOffice(const BatteredOffice&) = delete;
  BatteredOffice& operator=(const BatteredOffice&) = delete;

  [[nodiscard]] Machine enrol(const std::string& user, const std::string& name);
  void unlock(const Machine& machine);
  /// kill -9 of the process that holds the machine's key; false when there is none.
  static bool kill_key_holder(const Machine& machine);
  void serve_again();

  /// Of every marker of this run.
  [[nodiscard]] std::string marker_beginning() const;
  /// Never the same twice, in this run or another.
  [[nodiscard]] std::string new_marker();
  /// The single value of a query, on a machine or at the office; a failure is a finding, and -1.
  [[nodiscard]] std::int64_t count(const Machine& machine, const std::string& sql);
  [[nodiscard]] std::int64_t count(const std::string& sql);
  [[nodiscard]] boost::json::array rows(const Machine& machine, const std::string& sql);
  [[nodiscard]] boost::json::array rows(const std::string& sql);

  /// Reads anew what the machine holds.
  void look(Machine& machine);
  /// A certificate of the same device, made long ago: the next sync renews it.
  void age_certificate(Machine& machine);
  /// Until nothing waits; then both sides agree and are sound.
  void check_quiet(Machine& machine);
  void check_office();

  OfficeProgram office;
  std::vector<Machine> machines;
  std::vector<std::string> cases;
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  [[nodiscard]] Findings& findings() { return findings_; }

 private:
  std::filesystem::path directory_;
  Findings& findings_;
  std::string run_;
  int markers_ = 0;
};

/// One sentence with a stable code on a failure, nothing torn: what a command owes a person however it ends. `killed`
/// commands owe nothing.
[[nodiscard]] std::string what_is_wrong_with(const Ran& ran);

}  // namespace relance::e2e
