// What both programs say to a person and to a script: aligned tables, progress on a terminal, a passphrase without
// echo, one JSON document on stdout, and a failure as one sentence. Human text and JSON go to stdout, everything
// else to stderr, so that a pipe carries only what was asked for.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/failure.h"
#include "host/secret.h"

namespace relance {

enum class Stream { in, out, err };

[[nodiscard]] bool is_terminal(Stream stream);
/// A terminal, and neither NO_COLOR nor TERM=dumb.
[[nodiscard]] bool wants_colour(Stream stream);

/// Columns that the text takes on a terminal: combining marks take none, Asian wide letters two.
[[nodiscard]] std::size_t display_width(std::string_view utf8);
/// The text on one line, safe to show: control characters (an imported name may hold a terminal's escape codes)
/// become blanks, damaged bytes a question mark.
[[nodiscard]] std::string printable(std::string_view text);
/// At most `width` columns, the last one an ellipsis where something was cut.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width);

/// Writes to stdout as it is. Failure(io) when it cannot be written (a full disk behind a redirection); a reader
/// who went away ends the program quietly, as `| head` expects.
void print(std::string_view text);
/// The one JSON document of a command, and a line end.
void print_json(const boost::json::value& document);
/// A line on stderr.
void say(std::string_view line);

/// Lines up cells below titles.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    std::size_t width_max = 60;  // longer cells are shortened
  };

  explicit TextTable(std::vector<Column> columns);
  /// REQUIRES: a cell for each column. Made printable here.
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// A bar on stderr while long work goes on; silent where stderr is no terminal. It hides no cursor and changes no
/// mode, so an interrupt leaves nothing to put back.
class ProgressBar {
 public:
  explicit ProgressBar(std::string title);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  ~ProgressBar();  // clears the line

  /// `total` 0: not known yet. Drawn at most ten times a second.
  void show(std::int64_t done, std::int64_t total);

 private:
  std::string title_;
  bool on_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point last_{};
};

/// Asks on the terminal with the echo off, and puts it back also when interrupted.
/// Failure(locked) when stdin is no terminal: no command asks a question nobody can see.
[[nodiscard]] Secret ask_passphrase(std::string_view prompt);

/// Tells a failure: the sentence on stderr, and with --json `{"error": {"code", "message", …}}` on stdout.
class ErrorReport {
 public:
  /// More members of the JSON error, e.g. {"columns", "id, name"}.
  using Details = std::vector<std::pair<std::string, std::string>>;

  explicit ErrorReport(std::string program) : program_(std::move(program)) {}
  void use_json(bool on) { json_ = on; }
  /// Called for every sentence of a failure; the agent's program hands in its translation.
  void translate(std::function<std::string(const Failure&)> sentence) { sentence_ = std::move(sentence); }

  /// The exit code of the contract.
  [[nodiscard]] int tell(const Failure& failure, const Details& details = {}) const;
  /// For codes that are no Failure: a refused edit (`not_permitted`).
  [[nodiscard]] int tell(std::string_view code, std::string_view sentence, int exit_code,
                         const Details& details = {}) const;

 private:
  std::string program_;
  bool json_ = false;
  std::function<std::string(const Failure&)> sentence_;
};

/// Runs a program's body: every exception becomes its sentence and exit code, whatever was printed is flushed, and
/// a disk too full to take it is a failure too.
[[nodiscard]] int run_reported(const ErrorReport& report, const std::function<int()>& body);

}  // namespace relance
