// What every command of the agent has at hand: the home, the language, the clock, the key, and how to speak.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/home.h"
#include "client/replica.h"
#include "host/clock.h"
#include "host/terminal.h"
#include "host/texts.h"

namespace relance::client {

/// A failure whose sentence is in the person's language already.
class SpokenFailure final : public Failure {
 public:
  using Failure::Failure;
};

/// "2026-11-21 09:14" in this machine's time zone.
[[nodiscard]] std::string clock_face(Ms at);

struct DeskOptions {
  std::string home;
  std::string passphrase_file;
  bool json = false;
  bool allow_plaintext = false;
};

/// The open database and the replica over it.
struct OpenReplica {
  OpenReplica(std::unique_ptr<sql::Connection> connection, const Clock& clock, Random& random)
      : db(std::move(connection)), replica(*db, clock, random) {}
  std::unique_ptr<sql::Connection> db;
  Replica replica;
};

class Desk {
 public:
  /// `passphrase`: from RELANCE_PASSPHRASE, for tests only; empty otherwise. --passphrase-file stands above it.
  Desk(Lang lang, DeskOptions options, Secret passphrase, const ErrorReport& report);

  [[nodiscard]] Lang lang() const { return lang_; }
  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] const Home& home() const { return home_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] Random& random() { return random_; }

  // ---- speaking ----
  [[nodiscard]] std::string words(Text text, std::initializer_list<TextArg> args = {}) const {
    return phrase(lang_, text, args);
  }
  /// A line on stdout; nothing with --json.
  void tell(const std::string& line) const;
  [[nodiscard]] SpokenFailure failure(Code code, Text text, std::initializer_list<TextArg> args = {}) const {
    return {code, words(text, args)};
  }
  /// Tells an edit that a rule forbids: its code, and exit code 3.
  [[nodiscard]] int refuse(const EditRefusal& refusal) const;
  [[nodiscard]] int refuse(std::string_view code, const std::string& sentence) const;
  [[nodiscard]] std::string ago(Ms at) const { return moment_text(lang_, at, clock_.now()); }
  /// "2026-11-21 09:14" on this machine's clock face; "never" for 0.
  [[nodiscard]] std::string local_time(Ms at) const { return at <= 0 ? words(Text::never) : clock_face(at); }

  // ---- keys ----
  /// From the key holder, else by the passphrase; asked for once a process. Failure(locked).
  [[nodiscard]] const Secret& data_key();
  [[nodiscard]] bool has_data_key() const { return data_key_.has_value(); }
  void set_data_key(Secret key) { data_key_ = std::move(key); }
  /// From --passphrase-file, the tests' variable, or the terminal.
  [[nodiscard]] Secret passphrase(Text prompt);
  /// Whatever this process still has of it.
  void forget_passphrase() { given_passphrase_.wipe(); }
  /// A new one, on a terminal twice. `file` may be empty.
  [[nodiscard]] Secret new_passphrase(const std::string& file);
  [[nodiscard]] bool can_ask() const;
  /// Would `passphrase` ask a person?
  [[nodiscard]] bool will_ask() const {
    return options_.passphrase_file.empty() && given_passphrase_.empty();
  }

  // ---- the replica ----
  /// For commands that show or change cases: refuses while there is nothing whole to show, or when locked.
  /// Failure{not_found, busy, locked, suspended, wiped}.
  enum class Shown {
    when_usable,
    suspended_too
  };  // a suspended agent may still see what became of his edits
  [[nodiscard]] OpenReplica open(Home::Use use, Shown shown = Shown::when_usable);
  /// Whatever its standing; only that it is enrolled.
  [[nodiscard]] OpenReplica open_any(Home::Use use);
  void require_enrolled() const;
  /// A case by its number or id. Failure{not_found}, or {restricted} for one that is here and neither shown nor
  /// changed.
  [[nodiscard]] Id case_named(sql::Connection& db, const std::string& number) const;

  /// Notes, once everything is shown, that its user has read the case (or could have read every one). It waits for
  /// nobody: a note that cannot be written now is not written.
  void note_read(OpenReplica& open, std::string_view action, const std::optional<Id>& case_id);
  /// Destroys a replica whose grace period is over, or that the office has ordered wiped; true when it did. What was
  /// not sent is sealed to the office first; where that cannot be, a replica that holds any stays.
  bool retire(OpenReplica& open, const ReplicaFacts& facts);

 private:
  void require_readable(OpenReplica& open, Shown shown);
  static void finish_erasures(OpenReplica& open);

  Lang lang_;
  DeskOptions options_;
  const ErrorReport& report_;
  Secret given_passphrase_;
  Home home_;
  SystemClock clock_;
  SystemRandom random_;
  std::optional<Secret> data_key_;
};

/// A value for --json: money in cents, instants as ISO text.
[[nodiscard]] boost::json::value json_of(const schema::Column& column, const Value& value);
/// An instant for --json; null for 0.
[[nodiscard]] boost::json::value json_instant(Ms at);
/// A date or text for --json; null for an empty one.
[[nodiscard]] boost::json::value json_or_null(const std::string& text);

/// "90", "30s", "10m", "2h" as seconds.
[[nodiscard]] std::optional<std::chrono::seconds> parse_span(std::string_view text);

}  // namespace relance::client
