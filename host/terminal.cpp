#include "host/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>
#include <system_error>

#include "host/descriptor.h"

namespace relance {
namespace {

constexpr std::size_t kPassphraseBytesMax = 1024;  // longer is a file pasted by mistake
constexpr auto kRedrawEvery = std::chrono::milliseconds(100);
constexpr std::size_t kBarColumns = 24;

std::FILE* file_of(Stream stream) {
  return stream == Stream::in ? stdin : stream == Stream::out ? stdout : stderr;
}

struct Letter {
  char32_t code = 0xFFFD;
  std::size_t bytes = 1;
  bool whole = false;
};

// The letter at the start of a text that is not empty. Lenient: a damaged byte is a letter of its own.
Letter letter_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
  if (size == 0 || first > 0xF4 || text.size() < size) return {};
  char32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3FU);
  }
  return {code, size, true};
}

bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

std::size_t width_of(char32_t c) {
  const bool mark = within(c, 0x0300, 0x036F) || within(c, 0x200B, 0x200F) || within(c, 0x20D0, 0x20FF) ||
                    within(c, 0xFE00, 0xFE0F) || c == 0xFEFF;
  if (mark) return 0;
  const bool wide = within(c, 0x1100, 0x115F) || within(c, 0x2E80, 0xA4CF) || within(c, 0xAC00, 0xD7A3) ||
                    within(c, 0xF900, 0xFAFF) || within(c, 0xFE30, 0xFE6F) || within(c, 0xFF00, 0xFF60) ||
                    within(c, 0xFFE0, 0xFFE6) || within(c, 0x1F300, 0x1FAFF) || within(c, 0x20000, 0x3FFFD);
  return wide ? 2 : 1;
}

// C0, DEL, C1, and what turns the direction of writing around.
bool is_control(char32_t c) {
  return c < 0x20 || within(c, 0x7F, 0x9F) || c == 0x2028 || c == 0x2029 || within(c, 0x202A, 0x202E) ||
         within(c, 0x2066, 0x2069);
}

std::string padded(const std::string& cell, std::size_t width, TextTable::Align align) {
  const std::string blanks(width - std::min(width, display_width(cell)), ' ');
  return align == TextTable::Align::left ? cell + blanks : blanks + cell;
}

std::size_t columns_of_terminal() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

bool is_terminal(Stream stream) { return isatty(fileno(file_of(stream))) == 1; }

bool wants_colour(Stream stream) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal(stream) && (no_colour == nullptr || *no_colour == '\0') &&
         (term == nullptr || std::strcmp(term, "dumb") != 0);
}

std::size_t display_width(std::string_view utf8) {
  std::size_t width = 0;
  while (!utf8.empty()) {
    const Letter letter = letter_at(utf8);
    width += width_of(letter.code);
    utf8.remove_prefix(letter.bytes);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Letter letter = letter_at(text);
    if (!letter.whole)
      out += '?';
    else if (is_control(letter.code))
      out += ' ';
    else
      out += text.substr(0, letter.bytes);
    text.remove_prefix(letter.bytes);
  }
  return out;
}

std::string shortened(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    const Letter letter = letter_at(text);
    if (used + width_of(letter.code) + 1 > width) break;
    used += width_of(letter.code);
    out += text.substr(0, letter.bytes);
    text.remove_prefix(letter.bytes);
  }
  return out + "…";
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  if (errno == EPIPE) std::_Exit(0);
  throw Failure(Code::io, "The output could not be written; free space where it is redirected to.");
}

void print_json(const boost::json::value& document) { print(boost::json::serialize(document) + "\n"); }

void say(std::string_view line) {
  std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

// ---- tables ----------------------------------------------------------------------------------------------------

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::add(std::vector<std::string> cells) {
  RELANCE_ASSERT(cells.size() == columns_.size());
  for (std::size_t i = 0; i < cells.size(); ++i)
    cells[i] = shortened(printable(cells[i]), columns_[i].width_max);
  rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(display_width(column.title));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
  std::string out;
  const auto line = [&](const auto& cell_of) {
    std::string one;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      one += (i > 0 ? "  " : "") + padded(cell_of(i), widths[i], columns_[i].align);
    while (!one.empty() && one.back() == ' ') one.pop_back();
    out += one + "\n";
  };
  line([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

// ---- progress --------------------------------------------------------------------------------------------------

ProgressBar::ProgressBar(std::string title) : title_(std::move(title)), on_(is_terminal(Stream::err)) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::fprintf(stderr, "\r\033[K");
}

void ProgressBar::show(std::int64_t done, std::int64_t total) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_ || (drawn_ && now - last_ < kRedrawEvery)) return;
  last_ = now;
  drawn_ = true;
  std::string line = title_ + " ";
  if (total > 0) {
    const auto full = static_cast<std::size_t>(std::clamp<std::int64_t>(done, 0, total) *
                                               static_cast<std::int64_t>(kBarColumns) / total);
    line += "[" + std::string(full, '#') + std::string(kBarColumns - full, '.') + "] " +
            std::to_string(done) + "/" + std::to_string(total);
  } else {
    line += std::to_string(done);
  }
  line = shortened(line, columns_of_terminal() - 1);  // a line that wraps cannot be drawn over
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

// ---- passphrase ------------------------------------------------------------------------------------------------

namespace {

constexpr std::array kInterrupts{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
volatile std::sig_atomic_t g_interrupted = 0;

// The echo is off while this lives. A signal ends the read instead of the process, so that the terminal is put
// back first; then the signal is let through.
class QuietTerminal {
 public:
  explicit QuietTerminal(int fd) : fd_(fd) {
    g_interrupted = 0;
    struct sigaction note {};
    note.sa_handler = [](int signal) { g_interrupted = signal; };
    for (std::size_t i = 0; i < kInterrupts.size(); ++i) sigaction(kInterrupts[i], &note, &old_[i]);
    tcgetattr(fd_, &kept_);
    termios quiet = kept_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL);
    tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;
  ~QuietTerminal() {
    tcsetattr(fd_, TCSAFLUSH, &kept_);
    for (std::size_t i = 0; i < kInterrupts.size(); ++i) sigaction(kInterrupts[i], &old_[i], nullptr);
    if (g_interrupted != 0) std::raise(g_interrupted);
  }

 private:
  int fd_;
  termios kept_{};
  std::array<struct sigaction, kInterrupts.size()> old_{};
};

}  // namespace

Secret ask_passphrase(std::string_view prompt) {
  if (!is_terminal(Stream::in)) {
    throw Failure(Code::locked,
                  "A passphrase is needed and there is no terminal to ask on; use --passphrase-file.");
  }
  std::fprintf(stderr, "%.*s", static_cast<int>(prompt.size()), prompt.data());
  std::fflush(stderr);
  std::string typed;
  typed.reserve(kPassphraseBytesMax);  // one buffer: a growing one would leave copies behind
  bool interrupted = false;
  {
    const QuietTerminal quiet(STDIN_FILENO);
    char c = 0;
    while (typed.size() < kPassphraseBytesMax) {
      const ssize_t got = ::read(STDIN_FILENO, &c, 1);
      if (got < 0 && errno == EINTR && g_interrupted == 0) continue;
      interrupted = g_interrupted != 0;
      if (got <= 0 || c == '\n' || c == '\r') break;
      typed += c;
    }
  }
  std::fprintf(stderr, "\n");
  Secret secret = Secret::take(std::move(typed));
  if (interrupted) throw Failure(Code::locked, "The passphrase was not given.");
  return secret;
}

// ---- failures --------------------------------------------------------------------------------------------------

int ErrorReport::tell(const Failure& failure, const Details& details) const {
  const CodeFacts& facts = facts_of(failure.code());
  return tell(facts.name, sentence_ ? sentence_(failure) : failure.message(), facts.exit_code, details);
}

int ErrorReport::tell(std::string_view code, std::string_view sentence, int exit_code,
                      const Details& details) const {
  if (json_) {
    boost::json::object error{{"code", code}, {"message", sentence}};
    for (const auto& [name, content] : details) error[name] = content;
    print_json(boost::json::object{{"error", std::move(error)}});
  }
  say(program_ + ": " + std::string(sentence) +
      (exit_code == facts_of(Code::refused).exit_code ? " (" + std::string(code) + ")" : ""));
  return exit_code;
}

int run_reported(const ErrorReport& report, const std::function<int()>& body) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a peer or a reader that goes away is an error of the write, not of the process
  int code = 0;
  try {
    code = body();
    if (std::fflush(stdout) == 0 || errno == EPIPE) return code;
    throw Failure(Code::io, "The output could not be written; free space where it is redirected to.");
  } catch (const Failure& failure) {
    code = report.tell(failure);
  } catch (const std::bad_alloc&) {
    code = report.tell(Failure(Code::internal, "There is not enough memory; nothing was half done."));
  } catch (const std::filesystem::filesystem_error& error) {
    const bool is_full = error.code() == std::errc::no_space_on_device;
    code = report.tell(
        Failure(is_full ? Code::disk_full : Code::io,
                "The file system refused '" + error.path1().string() + "': " + error.code().message() + "."));
  } catch (const std::system_error&) {  // a thread that the system does not give
    code = report.tell(Failure(
        Code::io, "The system gives no more threads to this program; raise its limit and try again."));
  } catch (const std::exception&) {
    // The library's own words are no sentence for a person and may quote what nobody should read.
    code = report.tell(Failure(Code::internal, std::string(facts_of(Code::internal).sentence)));
  }
  std::fflush(stdout);
  return code;
}

}  // namespace relance
