// See ximport_reader.h.
#include "server/ximport_reader.h"

#include <array>

#include "rules/civil_date.h"
#include "rules/money.h"
#include "rules/receivables.h"
#include "server/encoding.h"

namespace relance {
namespace {

constexpr std::size_t kLineBytesMax = kXimportLineCharacters * 4;  // UTF-8 at its longest
constexpr int kYearMin = 1900;  // earlier or later ones are slips of the pen, or dates of another layout
constexpr int kYearMax = 2199;
constexpr std::string_view kNoDate = "00000000";

enum Field : std::size_t {
  piece,
  journal,
  date,
  due,
  reference,
  account,
  label,
  amount,
  side,
  analytic,
  account_label,
  mark,
  field_count,
};
struct FieldFacts {
  std::string_view name;
  std::size_t width;
};
constexpr std::array<FieldFacts, field_count> kFields{{{"piece", 5},
                                                       {"journal", 2},
                                                       {"date", 8},
                                                       {"due date", 8},
                                                       {"reference", 12},
                                                       {"account", 11},
                                                       {"label", 25},
                                                       {"amount", 13},
                                                       {"side", 1},
                                                       {"analytic account", 18},
                                                       {"account name", 34},
                                                       {"mark", 5}}};

using Cells = std::array<std::string, field_count>;

/// Whether all of an account's customers are on it: "411", "4110000".
bool is_collective(std::string_view number) {
  return number.size() >= 3 && number.substr(3).find_first_not_of('0') == std::string_view::npos;
}

class Reader {
 public:
  Reader(std::string_view bytes, bool accept_unbalanced)
      : bytes_(bytes), accept_unbalanced_(accept_unbalanced), is_utf8_(!is_ascii(bytes) && is_utf8(bytes)) {
    file_.format = "ximport";
  }

  ClaimFile read() {
    while (!bytes_.empty() && !is_hopeless_) take_next_line();
    if (file_.lines_read == 0 && file_.problem_count == 0)
      file_.problem(0, "", "holds no line of an XIMPORT");
    if (debit_ != credit_ && !accept_unbalanced_ && file_.problem_count == 0)
      file_.problem(0, "", "debits and credits differ by " + money_text(debit_ - credit_));
    if (amounts_fit(file_)) classify();
    return std::move(file_);
  }

 private:
  void take_next_line() {
    ++line_;
    const std::size_t end = bytes_.find('\n');
    std::string_view line = bytes_.substr(0, end);
    bytes_.remove_prefix(end == std::string_view::npos ? bytes_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    while (line.ends_with('\x1A')) line.remove_suffix(1);  // the end mark of DOS files
    if (line.find_first_not_of(' ') == std::string_view::npos) return;
    ++file_.lines_read;
    Cells cells;
    if (split(line, cells)) take_cells(cells);
  }

  bool split(std::string_view line, Cells& cells) {
    if (line.size() > kLineBytesMax || characters(line) != kXimportLineCharacters) {
      file_.problem(line_, "", "has not the 142 characters of an XIMPORT line");
      if (file_.lines_read == 1) is_hopeless_ = true;  // it is another kind of file: every line would say so
      return false;
    }
    for (std::size_t at = 0; at < field_count; ++at) {
      const std::size_t size = bytes_of(line, kFields[at].width);
      const std::string_view cell = line.substr(0, size);
      cells[at] = tidy_text(is_utf8_ || is_ascii(cell) ? std::string(cell) : utf8_of(cell, Encoding::cp1252));
      line.remove_prefix(size);
    }
    return true;
  }

  [[nodiscard]] std::size_t characters(std::string_view text) const {
    if (!is_utf8_) return text.size();
    std::size_t count = 0;
    for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    return count;
  }
  /// Bytes of the first `count` characters.
  [[nodiscard]] std::size_t bytes_of(std::string_view text, std::size_t count) const {
    if (!is_utf8_) return count;
    std::size_t at = 0;
    for (; count > 0; --count) {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    }
    return at;
  }

  void take_cells(Cells& cells) {
    const std::uint64_t before = file_.problem_count;
    const bool is_marked = cells[mark].size() == 5 && cells[mark].front() == 'O';
    if (!is_marked) complain(mark, "is not the mark of the form (O2003)");
    if (cells[account].empty() || cells[account].front() < '1' || cells[account].front() > '9')
      complain(account, "is no account number");
    const std::string booked_on = read_date(cells, date, true);
    const std::string due_on = read_date(cells, due, false);
    const std::optional<std::int64_t> cents = parse_cents(cells[amount]);
    if (!cents) complain(amount, "is not an amount");
    const bool is_debit = cells[side] == "D";
    if (!is_debit && cells[side] != "C") complain(side, "is neither D nor C");
    if (file_.problem_count != before) return;
    if (__builtin_add_overflow(is_debit ? debit_ : credit_, *cents, is_debit ? &debit_ : &credit_))
      return complain(amount, "makes the total too large to be true");
    if (!cells[account].starts_with("41")) {
      ++file_.lines_other;
      return;
    }
    keep(cells, booked_on, due_on, is_debit ? *cents : -*cents);
  }

  std::string read_date(const Cells& cells, Field field, bool is_required) {
    const std::string& text = cells[field];
    if (text.empty() || text == kNoDate) {
      if (is_required) complain(field, "is empty");
      return "";
    }
    const std::optional<CivilDate> day =
        text.size() == kNoDate.size() ? parse_civil_date(text) : std::nullopt;
    if (!day || day->year < kYearMin || day->year > kYearMax) {
      complain(field, "is not a date (YYYYMMDD)");
      return "";
    }
    return iso_text(*day);
  }

  void keep(Cells& cells, const std::string& booked_on, const std::string& due_on, std::int64_t cents) {
    if (is_collective(cells[account]) && !has_collective_) {
      has_collective_ = true;
      file_.notice(line_, "account", "is a collective account: all its customers become one debtor");
    }
    ClaimLine line;
    line.line = line_;
    line.debtor_ref = cells[account];
    line.debtor_name = cells[account_label];
    line.account = cells[account];
    line.journal = cells[journal];
    line.piece_ref = cells[reference].empty() ? cells[piece] : cells[reference];
    line.label = cells[label];
    line.issued_on = booked_on;
    line.due_on = due_on;
    line.amount_cents = cents;
    file_.lines.push_back(std::move(line));
  }

  // What each line is, and its name, as for the lines of a FEC: one reading of a ledger, not two.
  void classify() {
    std::vector<LedgerLine> ledger;
    ledger.reserve(file_.lines.size());
    for (const ClaimLine& line : file_.lines)
      ledger.push_back({.journal = line.journal,
                        .account = line.account,
                        .account_label = line.debtor_name,
                        .piece_ref = line.piece_ref,
                        .label = line.label,
                        .booked_on = line.issued_on,
                        .amount_cents = line.amount_cents});
    for (const DebtorAccount& debtor : receivables_of(ledger, 0).debtors)
      for (const LedgerEntry& entry : debtor.entries) {
        file_.lines[entry.line].identity = entry.key;
        file_.lines[entry.line].kind = kind_of(entry.kind, file_.lines[entry.line].account);
      }
  }

  static ClaimKind kind_of(EntryKind kind, std::string_view number) {
    switch (kind) {
      case EntryKind::invoice: return number.starts_with("413") ? ClaimKind::bill : ClaimKind::invoice;
      case EntryKind::returned: return ClaimKind::returned;
      case EntryKind::credit_note: return ClaimKind::credit_note;
      case EntryKind::payment: return ClaimKind::payment;
      case EntryKind::adjustment: return ClaimKind::adjustment;
    }
    return ClaimKind::adjustment;
  }

  void complain(Field field, std::string what) { file_.problem(line_, kFields[field].name, std::move(what)); }

  std::string_view bytes_;
  bool accept_unbalanced_;
  bool is_utf8_;
  bool is_hopeless_ = false;
  bool has_collective_ = false;
  std::uint64_t line_ = 0;
  std::int64_t debit_ = 0, credit_ = 0;
  ClaimFile file_;
};

}  // namespace

ClaimFile read_ximport(std::string_view bytes, bool accept_unbalanced) {
  return Reader(bytes, accept_unbalanced).read();
}

}  // namespace relance
