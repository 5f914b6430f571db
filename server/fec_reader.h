// Reads a French accounting export (FEC, "fichier des écritures comptables", LPF art. A47 A-1): the one file
// that every French company can produce. Keeps the lines of customers' accounts (41x) only; every other line
// (payroll, suppliers) is counted, summed and forgotten while it is read.
//
// Tolerant of form (separator, encoding, line ends, padding, column order), strict on content: a file with
// one damaged line is refused whole by its caller, because half a ledger asks debtors for wrong sums.
//
// Bytes in, values out: no file, no database, no clock. One reader belongs to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/receivables.h"
#include "server/encoding.h"
#include "server/fec_balance.h"

namespace relance {

/// Problems kept with their words; further ones are only counted. 20: nobody mends more by hand, and a file
/// read with the wrong idea of its form has one for each line.
inline constexpr std::size_t kFecProblemsKeptMax = 20;

/// Longest line, in bytes. Real lines have 100 to 400; a longer one is reported and skipped, so a file
/// without line ends cannot fill the memory.
inline constexpr std::size_t kFecLineBytesMax = 64 * 1024;

/// What is wrong at one place. Never holds the content of a cell: it could be personal, and lands in logs.
struct FecProblem {
  std::uint64_t line = 0;  // 1 = the header, as an editor counts; 0 = the file as a whole
  std::string column;      // its name in the law, or empty where the whole line is meant
  std::string what;        // "is not an amount"
};

/// "line 12, Debit: is not an amount"
[[nodiscard]] std::string problem_sentence(const FecProblem& problem);

/// One line of an account 41x. Texts are UTF-8, without padding, without control characters.
struct FecLine {
  std::uint64_t line = 0;  // in the file, for messages only
  std::string journal;
  std::string journal_label;
  std::string number;  // of the écriture; "0" throughout in some files
  std::string account;
  std::string account_label;
  std::string aux_account;  // empty: the account itself is the debtor's
  std::string aux_label;
  std::string piece_ref;
  std::string label;
  std::string letter;
  std::string booked_on;  // ISO dates; empty where there is none (never booked_on)
  std::string piece_on;
  std::string lettered_on;
  std::int64_t debit_cents = 0;  // signed as in the file: negative debits exist in the wild
  std::int64_t credit_cents = 0;
};

struct FecFile {
  std::vector<FecLine> receivables;  // in the order of the file

  std::uint64_t lines_read = 0;  // data lines: neither header nor blank = kept + other + damaged
  std::uint64_t lines_kept = 0;
  std::uint64_t lines_other = 0;
  std::uint64_t lines_damaged = 0;  // their amounts are in no total

  std::int64_t total_debit_cents = 0;
  std::int64_t total_credit_cents = 0;
  bool balanced = true;  // debit = credit in total, and in every écriture where their numbers can be used
  std::uint64_t first_unbalanced_line = 0;  // see FecBalance; 0: balanced

  Encoding encoding = Encoding::ascii;
  char separator = '\t';
  bool has_bom = false;
  std::size_t columns = 0;
  std::string first_booked_on;  // ISO; of all lines, so that the caller can tell the financial year
  std::string last_booked_on;

  std::vector<FecProblem> problems;  // the first kFecProblemsKeptMax
  std::uint64_t problem_count = 0;
};

/// Why the file must not be stored, as sentences for a person; empty: it may be.
[[nodiscard]] std::vector<std::string> fec_refusal(const FecFile& file, bool accept_unbalanced);

/// The neutral form that rules/receivables.h works on, line by line in the same order.
[[nodiscard]] std::vector<LedgerLine> ledger_lines(const FecFile& file);

/// The columns that a FEC may have, in the order of the law (Montant and Sens stand for Debit and Credit).
enum class FecColumn {
  journal_code,
  journal_lib,
  ecriture_num,
  ecriture_date,
  compte_num,
  compte_lib,
  comp_aux_num,
  comp_aux_lib,
  piece_ref,
  piece_date,
  ecriture_lib,
  debit,
  credit,
  ecriture_let,
  date_let,
  valid_date,
  montant_devise,
  idevise,
  montant,
  sens,
};
inline constexpr std::size_t kFecColumns = 20;

/// The reader, for a source that comes in chunks of any size: feed() each, then finish() once.
/// Memory: the 41x lines, one partial line, and one small entry an écriture.
class FecReader {
 public:
  void feed(std::string_view chunk);
  [[nodiscard]] FecFile finish();

 private:
  struct Checked {  // what the checks of one line found
    std::string_view account;
    std::optional<CivilDate> booked_on, piece_on, lettered_on;
    std::int64_t debit_cents = 0, credit_cents = 0;
    bool is_good = true;
  };

  void take_line(std::string_view line);
  void take_start(std::string_view& line);
  void take_header(std::string_view line);
  void take_data(std::string_view line);
  void keep(const Checked& checked);

  bool place_columns();
  bool split(std::string_view line);
  void note_encoding(std::string_view line);

  [[nodiscard]] std::string_view cell(FecColumn column) const;
  [[nodiscard]] bool has(FecColumn column) const;
  void check_account(Checked& checked);
  void check_amounts(Checked& checked);
  void check_sided_amount(Checked& checked);
  [[nodiscard]] bool read_amount(Checked& checked, FecColumn column, std::int64_t& cents);
  [[nodiscard]] std::optional<CivilDate> read_date(Checked& checked, FecColumn column, bool is_required);
  void check_currency(Checked& checked);
  void complain(Checked& checked, FecColumn column, std::string_view what);
  void problem(std::string_view column, std::string what);

  void judge_encoding();

  FecFile file_;
  std::string partial_;  // a line whose end has not come yet
  bool is_overlong_ = false;
  bool is_after_cr_ = false;
  bool has_header_ = false;
  bool is_hopeless_ = false;  // not a FEC, or without a column that it needs: the rest is not read
  std::uint64_t line_ = 0;

  std::array<std::size_t, kFecColumns> place_{};  // of each column in a line; kNowhere if the file has none
  std::vector<std::string_view> cells_;           // of the present line
  std::vector<std::string> unquoted_;             // owns cells that had doubled quotes
  std::vector<std::string> header_;

  std::optional<CivilDate> first_booked_on_, last_booked_on_;

  std::uint64_t utf8_lines_ = 0;  // lines with bytes over 0x7F, by what they can be
  std::uint64_t single_byte_lines_ = 0;
  bool has_windows_bytes_ = false;

  FecBalance balance_;
};

/// The whole file at once.
[[nodiscard]] FecFile read_fec(std::string_view bytes);

}  // namespace relance
