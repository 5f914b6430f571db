// What every office command is handed: where the office is, how to read and write it, and how to speak.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/clock.h"
#include "host/terminal.h"
#include "server/ledger.h"
#include "server/office.h"

namespace relance::server {

class CommandContext {
 public:
  // Set by the global options before a command runs.
  std::string data;  // --data, else RELANCE_DATA, else the current directory
  bool json = false;
  bool allow_plaintext = false;

  SystemClock clock;
  SystemRandom random;
  int exit_code = 0;

  [[nodiscard]] std::filesystem::path directory() const;
  /// The office in `directory()`, opened once.
  [[nodiscard]] Office& office(Office::Database database = Office::Database::is_there);
  /// A reading connection of this command.
  [[nodiscard]] sql::Connection& reading();
  /// The same without restricted cases (host/restriction.h): for lists of work, figures of work, and what leaves the
  /// house. Says how many are left out. REQUIRES: no transaction is open on it.
  [[nodiscard]] sql::Connection& reading_for_work();
  /// A writing one: made when first asked for.
  [[nodiscard]] sql::Connection& writing();
  [[nodiscard]] Ledger& ledger();
  /// One commit through the one write path.
  void commit(const std::function<void(Ledger&)>& job);

  /// The member of staff of that name; the system account for an empty one. Failure{not_found} names the remedy.
  [[nodiscard]] Author author(const std::string& name);
  /// Notes that `as` (empty: the system account) has read a case, or could have read every one. Call it when everything
  /// is printed: a note that cannot be written keeps nobody from reading, and is said on stderr.
  void note_read(std::string_view action, const std::optional<Id>& case_id, const std::string& as = {});
  /// Prints a refusal (code and sentence) and sets exit code 3. False when the outcome is no refusal.
  bool told_refusal(const sync::Outcome& outcome);

 private:
  std::unique_ptr<Office> office_;
  std::unique_ptr<sql::Connection> reading_;
  std::unique_ptr<sql::Connection> writing_;
  std::unique_ptr<Ledger> ledger_;
};

/// Sentence of a refusal reason (sync/mutation.h, `reason`), in English: the office's language until its screens come.
[[nodiscard]] std::string_view reason_sentence(std::string_view reason);

}  // namespace relance::server
