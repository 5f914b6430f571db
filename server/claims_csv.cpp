// See claims_csv.h. Encoding, separator, header, cells, checks: in this order.
#include "server/claims_csv.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "rules/civil_date.h"
#include "rules/money.h"

namespace relance::server {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr int kYearMin = 1900;
constexpr int kYearMax = 2199;
constexpr int kCenturyTurn = 70;  // "31/12/69" is 2069, "31/12/70" is 1970
constexpr std::string_view kSeparators = ";\t,|";
constexpr std::string_view kUsualAccount = "411";

/// One record: its cells without padding and quotes.
struct CsvRecord {
  std::uint64_t line = 0;  // on which it begins
  std::vector<std::string> cells;
  bool is_damaged = false;
};

/// Takes records off a text.
class CsvText {
 public:
  CsvText(std::string_view text, char separator) : text_(text), separator_(separator) {}

  void skip_line() {
    const std::size_t end = text_.find('\n');
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    ++line_;
  }

  /// False at the end.
  bool next(CsvRecord& record) {
    if (text_.empty()) return false;
    record = {.line = line_};
    const std::size_t size_before = text_.size();
    while (take_cell(record)) {
      if (record.cells.size() >= kCsvColumnsMax || size_before - text_.size() > kCsvRecordBytesMax) {
        record.is_damaged = true;
        skip_line();
        break;
      }
    }
    if (size_before - text_.size() > kCsvRecordBytesMax) record.is_damaged = true;
    return true;
  }

 private:
  /// Whether the record goes on after the cell.
  bool take_cell(CsvRecord& record) {
    std::string cell;
    while (text_.starts_with(' ')) text_.remove_prefix(1);
    if (text_.starts_with('"') && has_closing_quote()) cell = take_quoted();
    const std::size_t end = std::min(text_.find(separator_), text_.find('\n'));
    cell += text_.substr(0, end);
    text_.remove_prefix(std::min(end, text_.size()));
    record.cells.push_back(tidy_text(cell));
    if (text_.empty()) return false;
    const bool is_line_end = text_.front() == '\n';
    text_.remove_prefix(1);
    if (is_line_end) ++line_;
    return !is_line_end;
  }

  /// A quote that closes within a record's size and before a separator or line end; another one is a plain character.
  [[nodiscard]] bool has_closing_quote() const {
    const std::string_view near = text_.substr(0, kCsvRecordBytesMax);
    for (std::size_t at = 1; at < near.size(); ++at) {
      if (near[at] != '"') continue;
      if (at + 1 < near.size() && near[at + 1] == '"') {
        ++at;
        continue;
      }
      const char after = at + 1 < near.size() ? near[at + 1] : '\n';
      return after == separator_ || after == '\n' || after == '\r' || after == ' ';
    }
    return false;
  }

  std::string take_quoted() {
    std::string out;
    text_.remove_prefix(1);
    while (true) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') {
        if (!text_.starts_with('"')) return out;
        text_.remove_prefix(1);
      }
      if (c == '\n') ++line_;
      out += c;
    }
  }

  std::string_view text_;
  char separator_;
  std::uint64_t line_ = 1;
};

/// Titles are compared without case and blanks at the ends; accents count.
std::string folded(std::string_view title) {
  std::string out = tidy_text(title);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return out;
}

/// The whole text in UTF-8, with "\n" at every line's end.
std::string text_of(std::string_view bytes, std::optional<Encoding> encoding) {
  if (bytes.starts_with(kBom)) {
    bytes.remove_prefix(kBom.size());
    encoding = Encoding::utf8;
  }
  if (!encoding)
    encoding = is_utf8(bytes)             ? Encoding::utf8
               : has_windows_bytes(bytes) ? Encoding::cp1252
                                          : Encoding::latin9;
  std::string text = *encoding == Encoding::utf8 ? std::string(bytes) : utf8_of(bytes, *encoding);
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    text[size++] = text[at] == '\r' ? '\n' : text[at];
  }
  text.resize(size);
  return text;
}

/// The one of the usual separators that the first line with any has most of.
char separator_of(std::string_view text, int skip_lines) {
  for (int line = 0; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view first = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line < skip_lines || first.find_first_of(kSeparators) == std::string_view::npos) continue;
    return *std::max_element(kSeparators.begin(), kSeparators.end(), [&](char a, char b) {
      return std::count(first.begin(), first.end(), a) < std::count(first.begin(), first.end(), b);
    });
  }
  return kSeparators.front();
}

std::optional<unsigned> number_of(std::string_view digits) {
  if (digits.empty() || digits.size() > 4 || digits.find_first_not_of("0123456789") != std::string_view::npos)
    return std::nullopt;
  return static_cast<unsigned>(std::stoul(std::string(digits)));
}

/// "31/12/2026", "31.12.2026", "31-12-26", with a time of day after a blank that programs add.
std::optional<CivilDate> day_first(std::string_view text) {
  text = text.substr(0, text.find(' '));
  const std::size_t first = text.find_first_of("/.-");
  const std::size_t second = first == std::string_view::npos ? first : text.find_first_of("/.-", first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto day = number_of(text.substr(0, first));
  const auto month = number_of(text.substr(first + 1, second - first - 1));
  const std::string_view year_text = text.substr(second + 1);
  const auto year = number_of(year_text);
  if (!day || !month || !year || (year_text.size() != 2 && year_text.size() != 4)) return std::nullopt;
  int full_year = static_cast<int>(*year);
  if (year_text.size() == 2) full_year += full_year < kCenturyTurn ? 2000 : 1900;
  const CivilDate date{.year = full_year, .month = *month, .day = *day};
  return is_valid(date) ? std::optional(date) : std::nullopt;
}

std::optional<CivilDate> date_of(std::string_view text, CsvDates form) {
  std::optional<CivilDate> date;
  if (form != CsvDates::dmy) date = parse_civil_date(text.substr(0, text.find_first_of(" T")));
  if (!date && form != CsvDates::iso) date = day_first(text);
  if (date && (date->year < kYearMin || date->year > kYearMax)) return std::nullopt;
  return date;
}

class Reader {
 public:
  Reader(std::string_view bytes, const CsvMapping& mapping)
      : mapping_(mapping), text_(text_of(bytes, mapping.encoding)) {
    file_.format = "csv";
    places_.fill(kNowhere);
  }

  ClaimFile read() {
    if (!is_utf8(text_) || text_.find('\0') != std::string::npos) {
      file_.problem(0, "", "is not text in the encoding that it should have");
      return std::move(file_);
    }
    CsvText csv(text_,
                mapping_.separator == '\0' ? separator_of(text_, mapping_.skip_lines) : mapping_.separator);
    for (int line = 0; line < mapping_.skip_lines; ++line) csv.skip_line();
    CsvRecord record;
    if (!mapping_.has_header) place_by_number();
    bool has_header = !mapping_.has_header;
    while (csv.next(record)) {
      if (!record.is_damaged && is_blank(record)) continue;
      if (has_header) {
        take(record);
        continue;
      }
      if (!place_by_title(record)) return std::move(file_);
      has_header = true;
    }
    if (file_.lines_read == 0 && file_.problem_count == 0) file_.problem(0, "", "holds no line of a claim");
    if (amounts_fit(file_)) identify();
    return std::move(file_);
  }

 private:
  static constexpr std::size_t kNowhere = kCsvColumnsMax;

  static bool is_blank(const CsvRecord& record) {
    return std::all_of(record.cells.begin(), record.cells.end(),
                       [](const std::string& c) { return c.empty(); });
  }

  void place_by_number() {
    for (const auto& [field, title] : mapping_.columns)
      places_[static_cast<std::size_t>(field)] = std::stoul(title.substr(1)) - 1;
  }

  bool place_by_title(const CsvRecord& header) {
    for (const auto& [field, title] : mapping_.columns) {
      if (title.starts_with('#')) {
        places_[static_cast<std::size_t>(field)] = std::stoul(title.substr(1)) - 1;
        continue;
      }
      const auto found =
          std::find_if(header.cells.begin(), header.cells.end(),
                       [&wanted = title](const auto& cell) { return folded(cell) == folded(wanted); });
      if (found != header.cells.end())
        places_[static_cast<std::size_t>(field)] = static_cast<std::size_t>(found - header.cells.begin());
    }
    for (const auto& needed :
         std::initializer_list<std::vector<CsvField>>{{CsvField::piece},
                                                      {CsvField::debtor_ref, CsvField::debtor_name},
                                                      {CsvField::amount, CsvField::debit},
                                                      {CsvField::issued_on, CsvField::due_on}}) {
      if (std::any_of(needed.begin(), needed.end(), [&](CsvField field) { return has(field); })) continue;
      file_.problem(header.line, name_of(needed.front()),
                    "is no column of this file; say which is with `relance-server import mapping save`");
    }
    return file_.problem_count == 0;
  }

  [[nodiscard]] bool has(CsvField field) const {
    return places_[static_cast<std::size_t>(field)] != kNowhere;
  }
  [[nodiscard]] const std::string& cell(const CsvRecord& record, CsvField field) const {
    static const std::string kEmpty;
    const std::size_t place = places_[static_cast<std::size_t>(field)];
    return place < record.cells.size() ? record.cells[place] : kEmpty;
  }

  void take(const CsvRecord& record) {
    ++file_.lines_read;
    if (record.is_damaged)
      return file_.problem(record.line, "", "is longer than 64 KiB or has more than 256 columns");
    const std::string& account = cell(record, CsvField::account);
    if (!account.empty() && !account.starts_with("41")) {
      ++file_.lines_other;
      return;
    }
    const std::uint64_t before = file_.problem_count;
    ClaimLine line;
    line.line = record.line;
    take_texts(record, line);
    line.account = account.empty() ? std::string(kUsualAccount) : account;
    line.issued_on = read_date(record, CsvField::issued_on);
    line.due_on = read_date(record, CsvField::due_on);
    line.amount_cents = read_amount(record);
    check(record, line);
    if (file_.problem_count != before) return;
    line.kind = line.amount_cents < 0 ? ClaimKind::credit_note : ClaimKind::invoice;
    take_details(file_, line,
                 {.siren = cell(record, CsvField::siren),
                  .siret = cell(record, CsvField::siret),
                  .phone = cell(record, CsvField::phone),
                  .email = cell(record, CsvField::email)});
    file_.lines.push_back(std::move(line));
  }

  void take_texts(const CsvRecord& record, ClaimLine& line) const {
    line.debtor_ref = cell(record, CsvField::debtor_ref);
    line.debtor_name = cell(record, CsvField::debtor_name);
    line.address_line = cell(record, CsvField::address);
    line.postcode = cell(record, CsvField::postcode);
    line.city = cell(record, CsvField::city);
    line.piece_ref = cell(record, CsvField::piece);
    line.label = cell(record, CsvField::label);
  }

  void check(const CsvRecord& record, const ClaimLine& line) {
    if (line.piece_ref.empty()) complain(record, CsvField::piece, "is empty");
    if (line.debtor_ref.empty() && line.debtor_name.empty())
      complain(record, has(CsvField::debtor_ref) ? CsvField::debtor_ref : CsvField::debtor_name, "is empty");
    if (line.issued_on.empty() && line.due_on.empty())
      complain(record, has(CsvField::issued_on) ? CsvField::issued_on : CsvField::due_on, "is empty");
    const std::string& currency = cell(record, CsvField::currency);
    if (!currency.empty() && folded(currency) != "eur" && currency != "€")
      complain(record, CsvField::currency, "is not EUR: cases are kept in euros");
  }

  std::string read_date(const CsvRecord& record, CsvField field) {
    const std::string& text = cell(record, field);
    if (text.empty()) return "";
    const auto date = date_of(text, mapping_.dates);
    if (date) return iso_text(*date);
    complain(record, field, "is not a date");
    return "";
  }

  std::int64_t read_amount(const CsvRecord& record) {
    if (has(CsvField::amount)) return read_cents(record, CsvField::amount).value_or(0);
    const std::string& debit = cell(record, CsvField::debit);
    const std::string& credit = cell(record, CsvField::credit);
    if (debit.empty() && credit.empty()) complain(record, CsvField::debit, "is empty");
    const std::int64_t up = debit.empty() ? 0 : read_cents(record, CsvField::debit).value_or(0);
    const std::int64_t down = credit.empty() ? 0 : read_cents(record, CsvField::credit).value_or(0);
    std::int64_t out = 0;
    if (__builtin_sub_overflow(up, down, &out)) complain(record, CsvField::debit, "is too large to be true");
    return out;
  }

  std::optional<std::int64_t> read_cents(const CsvRecord& record, CsvField field) {
    std::string_view text = cell(record, field);
    for (const std::string_view sign : {"€", "EUR"})  // spreadsheets write it behind the figure
      if (text.ends_with(sign)) text.remove_suffix(sign.size());
    const auto cents = parse_cents(text);
    if (!cents) complain(record, field, "is not an amount");
    return cents;
  }

  // A piece may stand on several lines (one for each due date): the ordinal tells them apart.
  void identify() {
    std::unordered_map<std::string, int> seen;
    for (ClaimLine& line : file_.lines) {
      const std::string& debtor = line.debtor_ref.empty() ? line.debtor_name : line.debtor_ref;
      std::string identity = std::to_string(debtor.size()) + ":" + debtor +
                             std::to_string(line.piece_ref.size()) + ":" + line.piece_ref + line.account;
      const int ordinal = ++seen[identity];
      line.identity = std::move(identity) + "#" + std::to_string(ordinal);
    }
  }

  void complain(const CsvRecord& record, CsvField field, std::string what) {
    const auto title = mapping_.columns.find(field);
    file_.problem(record.line, title == mapping_.columns.end() ? std::string(name_of(field)) : title->second,
                  std::move(what));
  }

  const CsvMapping& mapping_;
  std::string text_;
  std::array<std::size_t, kCsvFields> places_{};
  ClaimFile file_;
};

}  // namespace

ClaimFile read_claims_csv(std::string_view bytes, const CsvMapping& mapping) {
  return Reader(bytes, mapping).read();
}

}  // namespace relance::server
