// The FEC reader: lines, header, cells, checks, encoding - in that order, which is the order in
// which a byte travels. Nothing of a line that is not 41x outlives take_data().
#include "server/fec_reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

#include "rules/money.h"

namespace relance {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
constexpr std::string_view kBom = "\xEF\xBB\xBF";

// A date outside these years is a damaged one: "02023013" would be a valid day of the year 202.
constexpr int kYearMin = 1900;
constexpr int kYearMax = 2199;

// How programs write "no date" where their own storage has no empty one: zero days of databases and
// spreadsheets. A real file has 16 pieces of 1 January 1900; as an invoice date that would be the oldest debt.
constexpr std::array<std::string_view, 5> kNoDate = {"00000000", "18991230", "18991231", "19000101",
                                                     "19700101"};

enum class Need { always, debit_credit, montant_sens, never };

struct ColumnFacts {
  std::string_view name;  // as in the law
  std::string_view folded;
  Need need;
};

// Needed: what the result depends on. A file without ValidDate loses nothing; one without EcritureLet would
// show every paid invoice as open.
constexpr std::array<ColumnFacts, kFecColumns> kColumns = {{
    {"JournalCode", "journalcode", Need::always},
    {"JournalLib", "journallib", Need::never},
    {"EcritureNum", "ecriturenum", Need::always},
    {"EcritureDate", "ecrituredate", Need::always},
    {"CompteNum", "comptenum", Need::always},
    {"CompteLib", "comptelib", Need::always},
    {"CompAuxNum", "compauxnum", Need::always},
    {"CompAuxLib", "compauxlib", Need::always},
    {"PieceRef", "pieceref", Need::always},
    {"PieceDate", "piecedate", Need::always},
    {"EcritureLib", "ecriturelib", Need::always},
    {"Debit", "debit", Need::debit_credit},
    {"Credit", "credit", Need::debit_credit},
    {"EcritureLet", "ecriturelet", Need::always},
    {"DateLet", "datelet", Need::never},
    {"ValidDate", "validdate", Need::never},
    {"Montantdevise", "montantdevise", Need::never},
    {"Idevise", "idevise", Need::never},
    {"Montant", "montant", Need::montant_sens},
    {"Sens", "sens", Need::montant_sens},
}};

std::size_t index_of(FecColumn column) { return static_cast<std::size_t>(column); }
std::string_view name_of(FecColumn column) { return kColumns[index_of(column)].name; }

bool is_padding(char c) { return c == ' ' || c == '\t' || c == '\0'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_padding(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_padding(text.back())) text.remove_suffix(1);
  return text;
}

/// A word reduced to what all spellings share: lower case, no blanks or underscores, e for its accented
/// forms in either encoding (the law itself writes "Crédit" in one of its tables).
std::string folded(std::string_view word) {
  std::string out;
  for (std::size_t at = 0; at < word.size(); ++at) {
    const auto byte = static_cast<unsigned char>(word[at]);
    if (word[at] == ' ' || word[at] == '_' || word[at] == '"') continue;
    if (byte == 0xC3 && at + 1 < word.size()) {
      const auto next = static_cast<unsigned char>(word[++at]);
      out += next == 0xA9 || next == 0x89 ? 'e' : '?';
    } else if (byte == 0xE9 || byte == 0xC9) {
      out += 'e';
    } else {
      out += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : word[at];
    }
  }
  return out;
}

std::vector<std::string> folded_names(std::string_view header, char separator) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t end = header.find(separator);
    names.push_back(folded(trimmed(header.substr(0, end))));
    if (end == std::string_view::npos) break;
    header.remove_prefix(end + 1);
  }
  while (!names.empty() && names.back().empty()) names.pop_back();
  return names;
}

std::ptrdiff_t known_names(const std::vector<std::string>& names) {
  return std::count_if(kColumns.begin(), kColumns.end(), [&](const ColumnFacts& column) {
    return std::find(names.begin(), names.end(), column.folded) != names.end();
  });
}

/// Why a first line cannot be a FEC's, as far as a person would want to know.
std::string not_a_header(std::string_view line) {
  if (line.starts_with("\xFF\xFE") || line.starts_with("\xFE\xFF") ||
      line.find('\0') != std::string_view::npos)
    return "is UTF-16; export the file as UTF-8 or ISO 8859-15";
  if (line.starts_with("<?xml")) return "is the XML form of the FEC; export the flat text form";
  if (line.starts_with("PK\x03\x04")) return "is a spreadsheet or an archive; export a text file";
  for (const char separator : {';', ','}) {
    if (known_names(folded_names(line, separator)) >= 3)
      return std::string("separates its columns with '") + separator + "'; a FEC uses tabs or '|'";
  }
  return "is not the header of a FEC: none of its column names is there";
}

/// Splits into trimmed cells as they stand.
void split_plainly(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  while (true) {
    const std::size_t end = line.find(separator);
    cells.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

/// Splits where a quoted cell may hold separators; the quotes stay. A quote inside a cell is a plain
/// character, and so is one that never closes before a separator.
void split_quoted(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  while (true) {
    std::size_t end = line.find(separator);
    if (line.starts_with('"')) {
      std::size_t close = line.find('"', 1);
      while (close != std::string_view::npos && close + 1 < line.size() && line[close + 1] != separator)
        close = line.find('"', close + (line[close + 1] == '"' ? 2 : 1));
      if (close != std::string_view::npos) end = close + 1 < line.size() ? close + 1 : std::string_view::npos;
    }
    cells.push_back(trimmed(line.substr(0, end)));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

/// Whether the cell is wholly in quotes, with those inside doubled: written by a program that quotes.
bool is_quoted(std::string_view cell) {
  if (cell.size() < 2 || cell.front() != '"' || cell.back() != '"') return false;
  for (std::size_t at = 1; at + 1 < cell.size(); ++at) {
    if (cell[at] != '"') continue;
    if (at + 2 >= cell.size() || cell[at + 1] != '"') return false;
    ++at;
  }
  return true;
}

std::string without_quotes(std::string_view cell) {
  std::string out;
  for (std::size_t at = 1; at + 1 < cell.size(); ++at) {
    out += cell[at];
    if (cell[at] == '"') ++at;
  }
  return std::string(trimmed(out));
}

/// A cell as it is kept: control characters would travel to terminals and documents.
std::string text_of(std::string_view cell) {
  std::string out(cell);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return out;
}

std::string text_of(const std::optional<CivilDate>& date) { return date ? iso_text(*date) : std::string(); }

/// A number in any currency: some have three decimals, so it is not money as parse_cents knows it.
bool is_number(std::string_view text) {
  std::size_t digits = 0, points = 0, signs = 0, others = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      ++digits;
    else if (c == ',' || c == '.')
      ++points;
    else if (c == '-' || c == '+')
      ++signs;
    else if (c != ' ')
      ++others;
  }
  return digits > 0 && points <= 1 && signs <= 1 && others == 0;
}

}  // namespace

std::string problem_sentence(const FecProblem& problem) {
  std::string out = problem.line == 0 ? "the file" : "line " + std::to_string(problem.line);
  if (!problem.column.empty()) out += ", " + problem.column + ":";
  return out + " " + problem.what;
}

std::vector<std::string> fec_refusal(const FecFile& file, bool accept_unbalanced) {
  std::vector<std::string> out;
  for (const FecProblem& problem : file.problems) out.push_back(problem_sentence(problem));
  if (file.problem_count > file.problems.size())
    out.push_back("and " + std::to_string(file.problem_count - file.problems.size()) + " more");
  // an imbalance beside damaged lines is their effect: said only when it stands alone
  if (!out.empty() || file.balanced || accept_unbalanced) return out;
  out.push_back("the ledger does not balance: debit " + money_text(file.total_debit_cents) + ", credit " +
                money_text(file.total_credit_cents) + "; look at line " +
                std::to_string(file.first_unbalanced_line) + " and after");
  return out;
}

std::vector<LedgerLine> ledger_lines(const FecFile& file) {
  const auto is_opening = [](const FecLine& line) {
    const std::string code = folded(line.journal);
    const std::string name = folded(line.journal_label);
    return name.find("nouveau") != std::string::npos || code == "an" || code == "ano" || code == "ran";
  };
  std::vector<LedgerLine> out;
  out.reserve(file.receivables.size());
  for (const FecLine& line : file.receivables) {
    out.push_back({.journal = line.journal,
                   .account = line.account,
                   .account_label = line.account_label,
                   .aux_account = line.aux_account,
                   .aux_label = line.aux_label,
                   .piece_ref = line.piece_ref,
                   .label = line.label,
                   .letter = line.letter,
                   .booked_on = line.booked_on,
                   .piece_on = line.piece_on,
                   .amount_cents = line.debit_cents - line.credit_cents,
                   .is_opening = is_opening(line)});
  }
  return out;
}

FecFile read_fec(std::string_view bytes) {
  FecReader reader;
  reader.feed(bytes);
  return reader.finish();
}

// Lines ---------------------------------------------------------------------------------------------------

void FecReader::feed(std::string_view chunk) {
  // Any of LF, CR, CRLF ends a line, in any mixture. Both next positions are remembered: searching for an
  // LF anew at each line of a file that has only CR would read it once a line.
  std::size_t at = 0;
  std::size_t next_lf = 0, next_cr = 0;
  const auto find = [&](char end, std::size_t& next) {
    if (next >= at && next < chunk.size() && chunk[next] == end) return;
    if (next != std::string_view::npos) next = chunk.find(end, at);
  };
  while (at < chunk.size()) {
    if (is_after_cr_ && chunk[at] == '\n') ++at;
    is_after_cr_ = false;
    find('\n', next_lf);
    find('\r', next_cr);
    const std::size_t end = std::min(next_lf, next_cr);
    const std::string_view part =
        chunk.substr(std::min(at, chunk.size()), end == std::string_view::npos ? end : end - at);
    if (end == std::string_view::npos) {
      is_overlong_ = is_overlong_ || partial_.size() + part.size() > kFecLineBytesMax;
      if (is_overlong_)
        partial_.clear();
      else
        partial_ += part;
      return;
    }
    if (partial_.empty()) {
      take_line(part);
    } else {
      partial_ += part.substr(0, kFecLineBytesMax + 1);
      take_line(partial_);
      partial_.clear();
    }
    is_overlong_ = false;
    is_after_cr_ = chunk[end] == '\r';
    at = end + 1;
  }
}

FecFile FecReader::finish() {
  if (!partial_.empty() || is_overlong_) take_line(partial_);
  partial_.clear();
  if (!has_header_ && !is_hopeless_) {
    line_ = 0;
    problem("", "is empty");
  }
  const FecBalance::Verdict verdict = balance_.verdict();
  file_.balanced = verdict.is_balanced;
  file_.first_unbalanced_line = verdict.first_unbalanced_line;
  file_.total_debit_cents = balance_.debit_cents();
  file_.total_credit_cents = balance_.credit_cents();
  if (first_booked_on_) file_.first_booked_on = iso_text(*first_booked_on_);
  if (last_booked_on_) file_.last_booked_on = iso_text(*last_booked_on_);
  judge_encoding();
  return std::move(file_);
}

void FecReader::take_line(std::string_view line) {
  ++line_;
  if (is_hopeless_) return;
  if (line_ == 1) take_start(line);
  if (is_overlong_ || line.size() > kFecLineBytesMax) {
    problem("", "is longer than " + std::to_string(kFecLineBytesMax) + " bytes");
    if (has_header_) {
      ++file_.lines_read;
      ++file_.lines_damaged;
    } else {
      is_hopeless_ = true;
    }
    return;
  }
  while (line.ends_with('\x1A')) line.remove_suffix(1);  // the end mark of DOS files
  // blank lines, and those of a spreadsheet that have separators only
  if (line.find_first_not_of(" \t|") == std::string_view::npos) return;
  note_encoding(line);
  if (has_header_)
    take_data(line);
  else
    take_header(line);
}

void FecReader::take_start(std::string_view& line) {
  if (!line.starts_with(kBom)) return;
  file_.has_bom = true;
  line.remove_prefix(kBom.size());
}

// Header --------------------------------------------------------------------------------------------------

void FecReader::take_header(std::string_view line) {
  has_header_ = true;
  const auto with_tabs = folded_names(line, '\t');
  const auto with_bars = folded_names(line, '|');
  const bool is_barred = known_names(with_bars) > known_names(with_tabs);
  file_.separator = is_barred ? '|' : '\t';
  header_ = is_barred ? with_bars : with_tabs;
  file_.columns = header_.size();
  // one name of twenty is chance, or the start of a line cut short: both are no header
  if (known_names(header_) < 2) {
    problem("", not_a_header(line));
    is_hopeless_ = true;
    return;
  }
  is_hopeless_ = !place_columns();
}

/// Finds each column's place; names those that are missing or there twice.
bool FecReader::place_columns() {
  const std::uint64_t before = file_.problem_count;
  for (std::size_t column = 0; column < kFecColumns; ++column) {
    const auto found = std::find(header_.begin(), header_.end(), kColumns[column].folded);
    place_[column] = found == header_.end() ? kNowhere : static_cast<std::size_t>(found - header_.begin());
    if (found != header_.end() &&
        std::find(found + 1, header_.end(), kColumns[column].folded) != header_.end())
      problem(kColumns[column].name, "is there twice in the header");
  }
  const bool has_sides = has(FecColumn::debit) || has(FecColumn::credit);
  const bool is_sided = !has_sides && (has(FecColumn::montant) || has(FecColumn::sens));
  for (std::size_t column = 0; column < kFecColumns; ++column) {
    const Need need = kColumns[column].need;
    const bool is_needed =
        need == Need::always || need == (is_sided ? Need::montant_sens : Need::debit_credit);
    if (is_needed && place_[column] == kNowhere)
      problem(kColumns[column].name, "is missing: the header must name this column");
  }
  return file_.problem_count == before;
}

bool FecReader::has(FecColumn column) const { return place_[index_of(column)] != kNowhere; }

// Cells ---------------------------------------------------------------------------------------------------

/// Fills cells_. False (and reported) if they are not as many as the header names.
bool FecReader::split(std::string_view line) {
  const auto fits = [&] {
    return std::all_of(cells_.begin() + static_cast<std::ptrdiff_t>(std::min(cells_.size(), header_.size())),
                       cells_.end(), [](std::string_view cell) { return cell.empty(); });
  };
  const bool may_quote = line.find('"') != std::string_view::npos;
  split_plainly(line, file_.separator, cells_);
  if (may_quote && cells_.size() > header_.size()) split_quoted(line, file_.separator, cells_);
  // Fewer cells are fine while only columns that may be empty are cut off: editors strip trailing tabs.
  bool is_complete = true;
  for (std::size_t column = 0; column < kFecColumns; ++column) {
    const bool may_be_cut =
        kColumns[column].need == Need::never || column == index_of(FecColumn::ecriture_let);
    if (!may_be_cut && place_[column] != kNowhere && place_[column] >= cells_.size()) is_complete = false;
  }
  if (!fits() || !is_complete) {
    problem("", "has " + std::to_string(cells_.size()) + " columns where the header has " +
                    std::to_string(header_.size()));
    return false;
  }
  unquoted_.clear();
  if (!may_quote) return true;
  unquoted_.reserve(cells_.size());  // the cells point into it: it must not move
  for (std::string_view& cell : cells_) {
    if (is_quoted(cell)) cell = unquoted_.emplace_back(without_quotes(cell));
  }
  return true;
}

std::string_view FecReader::cell(FecColumn column) const {
  const std::size_t place = place_[index_of(column)];
  return place < cells_.size() ? cells_[place] : std::string_view();
}

// Checks --------------------------------------------------------------------------------------------------

void FecReader::problem(std::string_view column, std::string what) {
  ++file_.problem_count;
  if (file_.problems.size() < kFecProblemsKeptMax)
    file_.problems.push_back({.line = line_, .column = std::string(column), .what = std::move(what)});
}

void FecReader::complain(Checked& checked, FecColumn column, std::string_view what) {
  checked.is_good = false;
  problem(name_of(column), std::string(what));
}

/// An empty account is a line outside the chart (cash-basis books have them).
void FecReader::check_account(Checked& checked) {
  checked.account = cell(FecColumn::compte_num);
  if (checked.account.empty() || (checked.account[0] >= '0' && checked.account[0] <= '9')) return;
  complain(checked, FecColumn::compte_num, "is not an account number");
}

bool FecReader::read_amount(Checked& checked, FecColumn column, std::int64_t& cents) {
  if (cell(column).empty()) return false;
  const auto amount = parse_cents(cell(column));
  if (!amount) complain(checked, column, "is not an amount");
  cents = amount.value_or(0);
  return true;
}

void FecReader::check_amounts(Checked& checked) {
  if (!has(FecColumn::debit)) return check_sided_amount(checked);
  const bool has_debit = read_amount(checked, FecColumn::debit, checked.debit_cents);
  const bool has_credit = read_amount(checked, FecColumn::credit, checked.credit_cents);
  if (!has_debit && !has_credit) complain(checked, FecColumn::debit, "is empty, and so is Credit");
}

void FecReader::check_sided_amount(Checked& checked) {
  std::int64_t cents = 0;
  if (!read_amount(checked, FecColumn::montant, cents)) complain(checked, FecColumn::montant, "is empty");
  const std::string side = folded(cell(FecColumn::sens));
  if (side == "d" || side == "debit" || side == "+1" || side == "1")
    checked.debit_cents = cents;
  else if (side == "c" || side == "credit" || side == "-1")
    checked.credit_cents = cents;
  else
    complain(checked, FecColumn::sens, "is neither D nor C, +1 nor -1");
}

std::optional<CivilDate> FecReader::read_date(Checked& checked, FecColumn column, bool is_required) {
  const std::string_view text = cell(column);
  if (text.empty()) {
    if (is_required) complain(checked, column, "is empty");
    return std::nullopt;
  }
  if (!is_required && std::find(kNoDate.begin(), kNoDate.end(), text) != kNoDate.end()) return std::nullopt;
  const auto date = parse_civil_date(text);
  if (date && date->year >= kYearMin && date->year <= kYearMax) return date;
  complain(checked, column, "is not a date (YYYYMMDD)");
  return std::nullopt;
}

/// The foreign amount is not used, but something else in its place shows that columns have shifted.
void FecReader::check_currency(Checked& checked) {
  const std::string_view amount = cell(FecColumn::montant_devise);
  if (!amount.empty() && !is_number(amount)) complain(checked, FecColumn::montant_devise, "is not an amount");
}

void FecReader::take_data(std::string_view line) {
  ++file_.lines_read;
  Checked checked;
  if (split(line)) {
    check_account(checked);
    check_amounts(checked);
    checked.booked_on = read_date(checked, FecColumn::ecriture_date, true);
    checked.piece_on = read_date(checked, FecColumn::piece_date, false);
    checked.lettered_on = read_date(checked, FecColumn::date_let, false);
    static_cast<void>(read_date(checked, FecColumn::valid_date, false));  // checked, never used
    if (checked.account.starts_with("41")) check_currency(checked);
    if (checked.is_good && !balance_.add(line_, cell(FecColumn::journal_code), cell(FecColumn::ecriture_num),
                                         checked.debit_cents, checked.credit_cents))
      complain(checked, has(FecColumn::debit) ? FecColumn::debit : FecColumn::montant,
               "makes the total too large");
  } else {
    checked.is_good = false;
  }
  if (!checked.is_good) {
    ++file_.lines_damaged;
    return;
  }
  if (!first_booked_on_ || *checked.booked_on < *first_booked_on_) first_booked_on_ = checked.booked_on;
  if (!last_booked_on_ || *checked.booked_on > *last_booked_on_) last_booked_on_ = checked.booked_on;
  if (checked.account.starts_with("41"))
    keep(checked);
  else
    ++file_.lines_other;
}

void FecReader::keep(const Checked& checked) {
  ++file_.lines_kept;
  file_.receivables.push_back({.line = line_,
                               .journal = text_of(cell(FecColumn::journal_code)),
                               .journal_label = text_of(cell(FecColumn::journal_lib)),
                               .number = text_of(cell(FecColumn::ecriture_num)),
                               .account = text_of(checked.account),
                               .account_label = text_of(cell(FecColumn::compte_lib)),
                               .aux_account = text_of(cell(FecColumn::comp_aux_num)),
                               .aux_label = text_of(cell(FecColumn::comp_aux_lib)),
                               .piece_ref = text_of(cell(FecColumn::piece_ref)),
                               .label = text_of(cell(FecColumn::ecriture_lib)),
                               .letter = text_of(cell(FecColumn::ecriture_let)),
                               .booked_on = text_of(checked.booked_on),
                               .piece_on = text_of(checked.piece_on),
                               .lettered_on = text_of(checked.lettered_on),
                               .debit_cents = checked.debit_cents,
                               .credit_cents = checked.credit_cents});
}

// Encoding ------------------------------------------------------------------------------------------------

void FecReader::note_encoding(std::string_view line) {
  if (is_ascii(line)) return;
  if (is_utf8(line)) {
    ++utf8_lines_;
    return;
  }
  ++single_byte_lines_;
  has_windows_bytes_ = has_windows_bytes_ || has_windows_bytes(line);
}

/// Decides for the file by what most of its lines can be, then converts. By majority and not by the first
/// invalid byte: one bad line in a later export must not change the reading, and so the keys, of all others.
void FecReader::judge_encoding() {
  const Encoding single = has_windows_bytes_ ? Encoding::cp1252 : Encoding::latin9;
  if (file_.has_bom || utf8_lines_ > single_byte_lines_)
    file_.encoding = Encoding::utf8;
  else if (single_byte_lines_ > 0)
    file_.encoding = single;
  const auto convert = [&](std::string& text) {
    if (is_ascii(text) || (file_.encoding == Encoding::utf8 && is_utf8(text))) return;
    text = utf8_of(text, single);
  };
  for (FecLine& line : file_.receivables) {
    for (std::string* text :
         {&line.journal, &line.journal_label, &line.number, &line.account, &line.account_label,
          &line.aux_account, &line.aux_label, &line.piece_ref, &line.label, &line.letter})
      convert(*text);
  }
}

}  // namespace relance
