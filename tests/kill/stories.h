// What is cut: one command each, what has to be there before it, and what must be so after it, however it ended.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/kill/battered_office.h"

namespace relance::e2e {

struct Story {
  std::string name;
  /// Before each cut, with nothing in the way; the command that is cut, with the program's path first.
  std::function<std::vector<std::string>()> prepare;
  /// After each cut, with nothing in the way any more. What is wrong goes to the findings.
  std::function<void(const Ran&)> judge;
  /// Runs the command under what stands before it; a story with two programs has its own.
  std::function<Ran(const std::vector<std::string>& prefix, const std::vector<std::string>& command)> play;
  /// What it says where it goes on with a part that is not durable yet; without that, "done" means all of it.
  std::string warning = {};
  std::function<void()> begin = [] {};  // before the first cut
  std::function<void()> end = [] {};    // after the last
};

/// The office, one enrolled machine, and what the story at work remembers from its preparation to its judgement.
class Stage {
 public:
  explicit Stage(BatteredOffice& office);

  [[nodiscard]] std::vector<Story> stories();
  [[nodiscard]] Machine& desk() { return office_.machines.front(); }
  [[nodiscard]] BatteredOffice& office() { return office_; }

 private:
  // client_stories.cpp
  [[nodiscard]] Story note();
  [[nodiscard]] Story undo();
  [[nodiscard]] Story amend();
  [[nodiscard]] Story resolve();
  [[nodiscard]] Story sync();
  [[nodiscard]] Story verify();
  [[nodiscard]] Story renew();
  [[nodiscard]] Story enrol();
  [[nodiscard]] Story suspended();
  [[nodiscard]] Story wipe();
  [[nodiscard]] Story passphrase();
  [[nodiscard]] Story last_word();
  [[nodiscard]] Story recover();
  void make_conflict();
  void add_note();
  void judge_note_arrives();
  [[nodiscard]] std::int64_t here(const std::string& marker);
  [[nodiscard]] std::int64_t there(const std::string& marker);

  // office_stories.cpp
  [[nodiscard]] Story init();
  [[nodiscard]] Story user();
  [[nodiscard]] Story invite();
  [[nodiscard]] Story import();
  [[nodiscard]] Story assign();
  [[nodiscard]] Story office_edit();
  [[nodiscard]] Story office_resolve();
  [[nodiscard]] Story backup();
  [[nodiscard]] Story purge();
  [[nodiscard]] Story obey();
  void order_erased();
  void begin_purges();
  [[nodiscard]] Story restore();
  [[nodiscard]] Story serve();
  [[nodiscard]] Ran play_serve(const std::vector<std::string>& prefix,
                               const std::vector<std::string>& command);
  [[nodiscard]] std::vector<std::string> server_command(const std::vector<std::string>& arguments) const;

  void must(const Ran& ran, const std::string& what);
  void find(const std::string& what) { office_.findings().add(what); }

  BatteredOffice& office_;
  std::string debtor_, marker_, other_marker_, conflict_, code_;
  std::filesystem::path path_;
  std::int64_t n_before_ = 0;
};

}  // namespace relance::e2e
