#include "server/bank_cfonb.h"

#include <algorithm>
#include <array>
#include <optional>

#include "rules/civil_date.h"
#include "schema/amounts.h"
#include "server/encoding.h"

namespace relance::server {
namespace {

constexpr std::size_t kStatementRecord = 120;
constexpr std::size_t kOperationRecord = 240;
constexpr int kCentDecimals = 2;
constexpr int kDecimalsMax = 6;
constexpr std::size_t kBankCode = 5;  // characters in front of branch and account

// Operation codes of movements that undo an earlier receipt (table of the CFONB): cheques, direct debits, bills and
// transfers that came back.
constexpr std::array<std::string_view, 10> kReturnCodes{"03", "10", "26", "27", "33",
                                                        "34", "98", "B3", "B4", "C4"};

// ---- records ---------------------------------------------------------------------------------------------------

/// One record by its columns, counted from 1 as the standard does. Single-byte text, made UTF-8 field by field.
class Record {
 public:
  Record(std::string bytes, std::uint64_t line) : bytes_(std::move(bytes)), line_(line) {}

  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] std::string_view code() const { return raw(1, 2); }
  [[nodiscard]] std::string_view raw(std::size_t first, std::size_t last) const {
    return std::string_view(bytes_).substr(first - 1, last - first + 1);
  }
  /// Without blanks around it.
  [[nodiscard]] std::string text(std::size_t first, std::size_t last) const {
    const Encoding set = has_windows_bytes(bytes_) ? Encoding::cp1252 : Encoding::latin9;
    const std::string_view field = raw(first, last);
    return bank_text(is_ascii(field) ? std::string(field) : utf8_of(field, set), kBankLabelBytesMax);
  }

 private:
  std::string bytes_;
  std::uint64_t line_;
};

// Columns are characters: of a file that somebody saved as UTF-8, each letter becomes one byte again. What has none in
// ISO 8859-1 becomes a question mark, which only labels can hold.
std::string single_bytes(std::string_view line) {
  if (is_ascii(line) || !is_utf8(line)) return std::string(line);
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const auto c = static_cast<unsigned char>(line[i]);
    if (c < 0x80) {
      out += line[i];
    } else if ((c == 0xC2 || c == 0xC3) && i + 1 < line.size()) {
      out += static_cast<char>(((c & 0x03U) << 6U) | (static_cast<unsigned char>(line[++i]) & 0x3FU));
    } else {
      while (i + 1 < line.size() && (static_cast<unsigned char>(line[i + 1]) & 0xC0U) == 0x80U) ++i;
      out += '?';
    }
  }
  return out;
}

/// The records of a file: a line each, or one behind the other without line ends. Blank lines are passed over.
class Records {
 public:
  Records(std::string_view bytes, std::size_t size) : bytes_(bytes), size_(size) {
    if (bytes_.starts_with("\xEF\xBB\xBF")) bytes_.remove_prefix(3);
    is_block_ = bytes_.find_first_of("\r\n") == std::string_view::npos && bytes_.size() % size == 0;
  }

  /// Nothing at the end. A record of another length comes as it is: padded if shorter, whole if longer.
  std::optional<Record> next() {
    while (at_ < bytes_.size()) {
      std::string_view line = is_block_ ? bytes_.substr(at_, size_) : bytes_.substr(at_, line_end() - at_);
      at_ += line.size() + (is_block_ ? 0 : end_length(at_ + line.size()));
      ++line_;
      if (line.find_first_not_of(" \t\x1A") == std::string_view::npos) continue;
      std::string bytes = single_bytes(line);
      while (bytes.size() > size_ && bytes.back() == ' ') bytes.pop_back();
      if (bytes.size() < size_) bytes.resize(size_, ' ');  // editors cut trailing blanks
      return Record(std::move(bytes), line_);
    }
    return std::nullopt;
  }
  [[nodiscard]] bool is_overlong(const Record& record) const {
    return record.raw(1, size_ + 1).size() > size_;
  }
  [[nodiscard]] std::uint64_t line() const { return line_; }

 private:
  [[nodiscard]] std::size_t line_end() const {
    return std::min(bytes_.find_first_of("\r\n", at_), bytes_.size());
  }
  [[nodiscard]] std::size_t end_length(std::size_t at) const {
    if (bytes_.substr(at).starts_with("\r\n")) return 2;
    return at < bytes_.size() ? 1 : 0;
  }

  std::string_view bytes_;
  std::size_t size_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 0;
  bool is_block_ = false;
};

// ---- fields ----------------------------------------------------------------------------------------------------

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "150519": the century is this one.
std::optional<std::string> date_of(std::string_view ddmmyy) {
  if (ddmmyy.size() != 6 || !is_digits(ddmmyy)) return std::nullopt;
  const auto two = [&](std::size_t at) { return (ddmmyy[at] - '0') * 10 + (ddmmyy[at + 1] - '0'); };
  const CivilDate date{
      .year = 2000 + two(4), .month = static_cast<unsigned>(two(2)), .day = static_cast<unsigned>(two(0))};
  return is_valid(date) ? std::optional(iso_text(date)) : std::nullopt;
}

std::optional<std::int64_t> digits_of(std::string_view text) {
  if (text.empty() || !is_digits(text)) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : text) out = out * 10 + (c - '0');  // at most 14 digits: fits
  return out;
}

std::optional<std::int64_t> in_cents(std::int64_t amount, int decimals) {
  for (; decimals < kCentDecimals; ++decimals) amount *= 10;
  for (; decimals > kCentDecimals; --decimals) {
    if (amount % 10 != 0) return std::nullopt;  // a fraction of a cent
    amount /= 10;
  }
  if (amount > schema::kCentsMax || amount < -schema::kCentsMax) return std::nullopt;
  return amount;
}

// The last digit bears the sign: { A to I are +0 to +9, } J to R are -0 to -9.
std::optional<std::int64_t> signed_cents(std::string_view field, char decimals) {
  if (field.empty() || decimals < '0' || decimals > '0' + kDecimalsMax) return std::nullopt;
  constexpr std::string_view kPlus = "{ABCDEFGHI", kMinus = "}JKLMNOPQR";
  const char last = field.back();
  const std::size_t plus = kPlus.find(last), minus = kMinus.find(last);
  const auto front = digits_of(field.substr(0, field.size() - 1));
  if (!front || (plus == std::string_view::npos && minus == std::string_view::npos)) return std::nullopt;
  const bool is_plus = plus != std::string_view::npos;
  const std::int64_t amount = *front * 10 + static_cast<std::int64_t>(is_plus ? plus : minus);
  return in_cents(is_plus ? amount : -amount, decimals - '0');
}

bool is_currency(std::string_view code) {
  return code.size() == 3 &&
         std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

// ---- 120 ---------------------------------------------------------------------------------------------------------

class Statements {
 public:
  explicit Statements(std::string_view bytes) : records_(bytes, kStatementRecord) {}

  BankFile read() {
    while (const auto record = records_.next()) {
      if (records_.is_overlong(*record))
        out_.problem(record->line(), "the record is longer than 120 characters");
      else if (!take(*record))
        break;
    }
    close_movement();
    if (opened_at_ != 0)
      out_.problem(opened_at_, "the statement that begins here is not closed by a record 07");
    return out_.finish();
  }

 private:
  bool take(const Record& r) {
    if (r.code() != "05" && !close_movement()) return false;
    if (r.code() == "01") {
      open(r);
    } else if (r.code() == "04") {
      begin_movement(r);
    } else if (r.code() == "05") {
      qualify(r);
    } else if (r.code() == "07") {
      close(r);
    } else {
      out_.problem(r.line(), "no record of a statement begins with these two characters (01, 04, 05, 07 do)");
    }
    return true;
  }

  static std::string account_of(const Record& r) {
    return std::string(r.raw(3, 7)) + std::string(r.raw(12, 16)) + std::string(r.raw(22, 32));
  }

  // Branch and number: of one statement, records with two codes of the bank have been seen.
  [[nodiscard]] bool is_of_account(const Record& r) const {
    return std::string_view(account_).substr(kBankCode) == std::string_view(account_of(r)).substr(kBankCode);
  }

  std::optional<std::int64_t> balance_of(const Record& r) {
    if (!date_of(r.raw(35, 40))) out_.problem(r.line(), "the date of the balance is not a day");
    if (!is_currency(r.raw(17, 19))) out_.problem(r.line(), "the currency is not a code of three letters");
    const auto cents = signed_cents(r.raw(91, 104), r.raw(20, 20).front());
    if (!cents) out_.problem(r.line(), "the balance is not a signed amount");
    return cents;
  }

  void open(const Record& r) {
    if (opened_at_ != 0)
      out_.problem(r.line(), "a statement begins before the one of line " + std::to_string(opened_at_) +
                                 " is closed by a record 07");
    out_.statement();
    opened_at_ = r.line();
    account_ = account_of(r);
    balance_ = balance_of(r);
  }

  void begin_movement(const Record& r) {
    if (opened_at_ == 0) {
      out_.problem(r.line(), "a movement (04) stands before the record 01 that opens its statement");
      return;
    }
    if (!is_of_account(r)) out_.problem(r.line(), "the movement is of another account than its statement");
    const auto booked = date_of(r.raw(35, 40)), value = date_of(r.raw(43, 48));
    if (!booked) out_.problem(r.line(), "the booking date is not a day");
    if (!value) out_.problem(r.line(), "the value date is not a day");
    if (!is_currency(r.raw(17, 19))) out_.problem(r.line(), "the currency is not a code of three letters");
    const auto cents = signed_cents(r.raw(91, 104), r.raw(20, 20).front());
    if (!cents) out_.problem(r.line(), "the amount is not a signed amount");
    if (cents && balance_) *balance_ += *cents;
    movement_.emplace();
    movement_->account = account_;
    movement_->detail = r.text(8, 11) + "|" + r.text(33, 34) + "|" + r.text(82, 88) + "|" + r.text(105, 120);
    BankLine& line = movement_->line;
    line.line = r.line();
    line.booked_on = booked.value_or("");
    line.value_on = value.value_or("");
    line.amount_cents = cents.value_or(0);
    line.currency = std::string(r.raw(17, 19));
    line.label = r.text(49, 79);
    append_words(line.label, r.text(105, 120));
    note_return(line, r);
  }

  static void note_return(BankLine& line, const Record& r) {
    if (line.amount_cents >= 0) return;
    const std::string reason = r.text(41, 42), operation = r.text(33, 34);
    const bool is_return =
        std::find(kReturnCodes.begin(), kReturnCodes.end(), operation) != kReturnCodes.end();
    if (is_return || !reason.empty()) line.return_code = reason.empty() ? "operation " + operation : reason;
  }

  void qualify(const Record& r) {
    if (!movement_) {
      out_.problem(r.line(), "a detail (05) stands before the movement (04) that it belongs to");
      return;
    }
    BankLine& line = movement_->line;
    const std::string_view what = r.raw(46, 48);
    // What is not named here (addresses, identifiers of third parties) is not needed to match a payment: not kept.
    if (what == "LIB" || what == "LCC" || what == "LC2") {
      append_words(line.label, r.text(49, 118));
    } else if (what == "LCS") {
      line.end_to_end = r.text(49, 118);
      append_words(line.label, line.end_to_end);
    } else if (what == "NPY" || (what == "NBE" && line.payer.empty())) {
      line.payer = r.text(49, 118);
    } else if (what == "RCN") {
      if (line.end_to_end.empty()) line.end_to_end = r.text(49, 83);
      append_words(line.label, r.text(49, 83));
      append_words(line.label, r.text(84, 118));
    } else if (what == "REF") {
      append_words(line.label, r.text(49, 83));
    } else if (what == "RET" && line.amount_cents < 0) {
      line.return_code = r.text(49, 52);
    }
  }

  bool close_movement() {
    if (!movement_) return true;
    BankLine& line = movement_->line;
    line.label = bank_text(line.label, kBankLabelBytesMax);
    line.payer = bank_text(line.payer, kBankNameBytesMax);
    const bool goes_on = out_.add(std::move(*movement_));
    movement_.reset();
    return goes_on;
  }

  void close(const Record& r) {
    if (opened_at_ == 0) {
      out_.problem(r.line(), "a statement ends (07) that no record 01 has opened");
      return;
    }
    if (!is_of_account(r))
      out_.problem(r.line(), "the statement that ends here is of another account than the one that is open");
    const auto cents = balance_of(r);
    if (cents && balance_ && *cents != *balance_)
      out_.problem(r.line(), "the movements do not lead from the opening balance to this one");
    opened_at_ = 0;
  }

  Records records_;
  BankCollector out_{BankFormat::cfonb120};
  std::uint64_t opened_at_ = 0;  // line of the open statement's 01
  std::string account_;
  std::optional<std::int64_t> balance_;  // opening, then with each movement
  std::optional<BankRecord> movement_;
};

// ---- 240 ---------------------------------------------------------------------------------------------------------

// Transfers received. Of the other operations the record does not tell whether money came or went.
constexpr std::string_view kTransferReceived = "20";

class Operations {
 public:
  explicit Operations(std::string_view bytes) : records_(bytes, kOperationRecord) {}

  BankFile read() {
    while (const auto record = records_.next()) {
      if (records_.is_overlong(*record))
        out_.problem(record->line(), "the record is longer than 240 characters");
      else if (!take(*record))
        break;
    }
    if (opened_at_ != 0) out_.problem(opened_at_, "the list that begins here is not closed by a record 39");
    return out_.finish();
  }

 private:
  bool take(const Record& r) {
    if (r.code() == "31") return open(r);
    if (r.code() == "34") return add(r);
    if (r.code() == "39") return close(r);
    out_.problem(r.line(),
                 "no record of a list of operations begins with these two characters (31, 34, 39 do)");
    return true;
  }

  bool open(const Record& r) {
    if (opened_at_ != 0)
      out_.problem(r.line(), "a list begins before the one of line " + std::to_string(opened_at_) +
                                 " is closed by a record 39");
    out_.statement();
    opened_at_ = r.line();
    account_ = std::string(r.raw(78, 98));
    sum_ = 0;
    sequence_ = 0;
    check_sequence(r);
    return true;
  }

  void check_sequence(const Record& r) {
    const auto n = digits_of(r.raw(3, 8));
    if (!n || *n != ++sequence_) out_.problem(r.line(), "the record's number does not follow the one before");
  }

  std::optional<std::int64_t> amount_of(const Record& r) {
    const auto amount = digits_of(r.raw(229, 240));
    if (!amount) out_.problem(r.line(), "the amount is not a number");
    return amount;
  }

  bool add(const Record& r) {
    if (opened_at_ == 0) {
      out_.problem(r.line(), "an operation (34) stands before the record 31 that opens its list");
      return true;
    }
    check_sequence(r);
    const auto booked = date_of(r.raw(11, 16));
    const auto amount = amount_of(r);
    if (!booked) out_.problem(r.line(), "the settlement date is not a day");
    if (r.raw(9, 10) != kTransferReceived)
      out_.problem(r.line(),
                   "only transfers received (operation 20) are read: of others the record does not say "
                   "whether money came or went");
    if (r.raw(17, 17) != "E") out_.problem(r.line(), "the currency is not the euro");
    if (r.raw(78, 98) != account_)
      out_.problem(r.line(), "the operation is of another account than its list");
    sum_ += amount.value_or(0);
    BankRecord record;
    record.account = account_;
    // Bank, branch and account of who paid: hashed, never kept.
    record.detail = std::string(r.raw(22, 42)) + "|" + r.text(123, 128) + "|" + r.text(217, 228);
    BankLine& line = record.line;
    line.line = r.line();
    line.booked_on = booked.value_or("");
    line.value_on = line.booked_on;
    line.amount_cents = amount.value_or(0);
    line.currency = "EUR";
    line.payer = bank_text(r.text(43, 66), kBankNameBytesMax);
    line.label = r.text(129, 216);
    line.end_to_end = r.text(123, 128);
    return out_.add(std::move(record));
  }

  bool close(const Record& r) {
    if (opened_at_ == 0) {
      out_.problem(r.line(), "a list ends (39) that no record 31 has opened");
      return true;
    }
    check_sequence(r);
    const auto total = amount_of(r);
    if (total && *total != sum_)
      out_.notice("line " + std::to_string(r.line()) + ": the total differs from the operations listed");
    opened_at_ = 0;
    return true;
  }

  Records records_;
  BankCollector out_{BankFormat::cfonb240};
  std::uint64_t opened_at_ = 0;
  std::string account_;
  std::int64_t sum_ = 0, sequence_ = 0;
};

}  // namespace

BankFile read_cfonb120(std::string_view bytes) { return Statements(bytes).read(); }
BankFile read_cfonb240(std::string_view bytes) { return Operations(bytes).read(); }

}  // namespace relance::server
