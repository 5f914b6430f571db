// Reads what a bank tells of an account: French statements (CFONB 120), French lists of operations (CFONB 240) and the
// European CAMT.053 and CAMT.054. Which of them it is, the content tells. All end in the same lines.
//
// Tolerant of form (line ends, blank lines, padding, prefixes of names), strict on content: a file with one damaged
// record is refused whole by its caller, because half a statement hides payments. Bytes in, values out: no file, no
// database, no clock.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relance::server {

/// A statement of a busy account for a year has some 10 MB.
inline constexpr std::size_t kBankFileBytesMax = 32 * 1024 * 1024;
/// Lines of one file; more is no statement.
inline constexpr std::size_t kBankLinesMax = 200'000;
/// Problems kept with their words; further ones are only counted.
inline constexpr std::size_t kBankProblemsKeptMax = 20;
/// Longest text that a line keeps, in bytes: what the bank writes of it, and who paid.
inline constexpr std::size_t kBankLabelBytesMax = 1000;
inline constexpr std::size_t kBankNameBytesMax = 200;

enum class BankFormat : std::uint8_t { unknown, cfonb120, cfonb240, camt053, camt054 };

/// "cfonb120", "cfonb240", "camt053", "camt054"; "unknown".
[[nodiscard]] std::string_view name_of(BankFormat format);

/// What is wrong at one place. Never holds the content of a field: it could be personal, and lands in logs.
struct BankProblem {
  std::uint64_t line = 0;  // of the file, as an editor counts; 0 = the file as a whole
  std::string what;        // "the booking date is not a day"
};

/// "line 12: the booking date is not a day"
[[nodiscard]] std::string problem_sentence(const BankProblem& problem);

/// One movement of the account. Texts are UTF-8 without control characters.
struct BankLine {
  std::uint64_t line = 0;  // of the file, for messages
  std::string account;     // ours, all but its end hidden
  /// Names the movement the same in every file that tells of it: unique, at most 80 bytes. See name_lines.
  std::string reference;
  std::string booked_on;          // ISO date
  std::string value_on;           // ISO date; empty where the bank does not say
  std::int64_t amount_cents = 0;  // received above zero, paid or returned below
  std::string currency;           // ISO 4217
  std::string label;              // what the bank writes of it
  std::string payer;              // who paid (or was paid), as the bank names him
  std::string end_to_end;         // the payer's own reference, or the structured one
  std::string return_code;        // why it came back, as the bank codes it; empty: it is no return
};

struct BankFile {
  BankFormat format = BankFormat::unknown;
  std::vector<BankLine> lines;  // in the order of the file
  std::uint64_t statements = 0;
  std::uint64_t pending = 0;  // movements that the bank has not booked yet: passed over
  std::string first_on, last_on;
  std::vector<std::string> notices;   // odd, and no reason to refuse
  std::vector<BankProblem> problems;  // the first kBankProblemsKeptMax
  std::uint64_t problem_count = 0;
};

/// Reads a whole file. What is wrong with it is in `problems`: then nothing of it may be stored.
[[nodiscard]] BankFile read_bank_file(std::string_view bytes);

/// All but the last four characters hidden: "…2100".
[[nodiscard]] std::string masked_account(std::string_view account);

// ---- for the readers of one format ---------------------------------------------------------------------------------

/// A movement as read, with what names it before names are made.
struct BankRecord {
  BankLine line;
  std::string account;   // in full: only its hash is kept
  std::string bank_ref;  // the bank's own reference of this movement alone; empty: it gives none
  std::string detail;    // what else tells two movements apart
};

class BankCollector {
 public:
  explicit BankCollector(BankFormat format) { file_.format = format; }

  /// Once the content tells which it is.
  void is(BankFormat format) { file_.format = format; }
  void problem(std::uint64_t line, std::string what);
  void notice(std::string what);
  void pending() { ++file_.pending; }
  void statement() { ++file_.statements; }
  /// False once there are too many: the reader stops.
  bool add(BankRecord record);
  /// Names the lines and gives the file. A file without a statement is a problem.
  [[nodiscard]] BankFile finish();

 private:
  void name_lines();

  BankFile file_;
  std::vector<BankRecord> records_;
};

/// A text of the bank as it is kept: UTF-8 (what is not is read as Windows-1252), blanks in a row made one, no control
/// characters, at most `max` bytes.
[[nodiscard]] std::string bank_text(std::string_view bytes, std::size_t max);

/// `text` behind `out`, with a blank between.
void append_words(std::string& out, std::string_view text);

}  // namespace relance::server
