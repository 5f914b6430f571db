#include "server/bank_file.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "host/digest.h"
#include "server/bank_camt.h"
#include "server/bank_cfonb.h"
#include "server/encoding.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::size_t kShownDigits = 4;         // of an account
constexpr std::size_t kReferenceHashText = 32;  // half a SHA-256: no two movements share it by chance
constexpr std::size_t kReferenceShown = 40;     // of the bank's own, before the hash: people look it up

void put_field(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

// What converters write where the bank gave no reference: it names nothing.
bool is_placeholder(std::string_view reference) {
  return reference == "NONREF" || reference == "NOTPROVIDED" || reference == "NONE";
}

// The bank's own reference names a movement whatever file tells of it. Without one, everything that it says does.
std::string content_of(const BankRecord& record) {
  std::string out;
  const BankLine& l = record.line;
  put_field(out, record.account);
  put_field(out, std::to_string(l.amount_cents));
  put_field(out, l.currency);
  put_field(out, record.bank_ref);
  if (!record.bank_ref.empty() && !is_placeholder(record.bank_ref)) {
    put_field(out, record.detail);
    return out;
  }
  for (const std::string* field :
       {&l.booked_on, &l.value_on, &l.label, &l.payer, &l.end_to_end, &l.return_code, &record.detail})
    put_field(out, *field);
  return out;
}

BankFormat format_of(std::string_view bytes) {
  const std::size_t first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  if (first == std::string_view::npos) return BankFormat::unknown;
  const std::string_view start = bytes.substr(first, 2);
  if (start.starts_with("<") || bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return BankFormat::camt053;  // or 054: its reader tells
  if (start == "31" || start == "34" || start == "39") return BankFormat::cfonb240;
  if (start == "01" || start == "04" || start == "05" || start == "07") return BankFormat::cfonb120;
  return BankFormat::unknown;
}

BankFile unreadable(std::string what) {
  BankCollector none(BankFormat::unknown);
  none.problem(0, std::move(what));
  return none.finish();
}

}  // namespace

std::string_view name_of(BankFormat format) {
  switch (format) {
    case BankFormat::unknown: return "unknown";
    case BankFormat::cfonb120: return "cfonb120";
    case BankFormat::cfonb240: return "cfonb240";
    case BankFormat::camt053: return "camt053";
    case BankFormat::camt054: return "camt054";
  }
  return "unknown";
}

std::string problem_sentence(const BankProblem& problem) {
  if (problem.line == 0) return problem.what;
  return "line " + std::to_string(problem.line) + ": " + problem.what;
}

std::string masked_account(std::string_view account) {
  std::string kept;
  for (const char c : account)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 && is_ascii(std::string_view(&c, 1))) kept += c;
  if (kept.size() > kShownDigits) kept = "…" + kept.substr(kept.size() - kShownDigits);
  return kept;
}

std::string bank_text(std::string_view bytes, std::size_t max) {
  const std::string text = is_utf8(bytes) ? std::string(bytes) : utf8_of(bytes, Encoding::cp1252);
  std::string out;
  bool is_blank = true;  // none in front
  for (const char c : text) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (blank && is_blank) continue;
    out += blank ? ' ' : c;
    is_blank = blank;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return cut_text(out, max);
}

void append_words(std::string& out, std::string_view text) {
  if (text.empty()) return;
  if (!out.empty()) out += ' ';
  out += text;
}

void BankCollector::problem(std::uint64_t line, std::string what) {
  ++file_.problem_count;
  if (file_.problems.size() < kBankProblemsKeptMax) file_.problems.push_back({line, std::move(what)});
}

void BankCollector::notice(std::string what) {
  if (file_.notices.size() < kBankProblemsKeptMax) file_.notices.push_back(std::move(what));
}

bool BankCollector::add(BankRecord record) {
  if (records_.size() >= kBankLinesMax) {
    problem(record.line.line, "more than " + std::to_string(kBankLinesMax) + " movements are no statement");
    return false;
  }
  records_.push_back(std::move(record));
  return true;
}

// Movements alike in all are told apart by their order within the file: a statement holds all of a day.
void BankCollector::name_lines() {
  std::map<std::string, int> alike;
  for (BankRecord& record : records_) {
    std::string content = content_of(record);
    put_field(content, std::to_string(++alike[content]));
    std::string shown =
        bank_text(record.bank_ref.empty() ? record.line.end_to_end : record.bank_ref, kReferenceShown);
    if (!shown.empty()) shown += '~';
    record.line.reference = shown + hex(bytes_of(sha256(content))).substr(0, kReferenceHashText);
    record.line.account = masked_account(record.account);
    file_.lines.push_back(std::move(record.line));
  }
}

BankFile BankCollector::finish() {
  if (file_.statements == 0 && file_.problem_count == 0) problem(0, "the file holds no statement");
  if (file_.problem_count == 0) name_lines();
  for (const BankLine& line : file_.lines) {
    if (file_.first_on.empty() || line.booked_on < file_.first_on) file_.first_on = line.booked_on;
    file_.last_on = std::max(file_.last_on, line.booked_on);
  }
  return std::move(file_);
}

BankFile read_bank_file(std::string_view bytes) {
  if (bytes.size() > kBankFileBytesMax)
    return unreadable("the file has more than " + std::to_string(kBankFileBytesMax / (1024 * 1024)) +
                      " MiB: no statement of an account has");
  switch (format_of(bytes)) {
    case BankFormat::cfonb120: return read_cfonb120(bytes);
    case BankFormat::cfonb240: return read_cfonb240(bytes);
    case BankFormat::camt053:
    case BankFormat::camt054: return read_camt(bytes);
    case BankFormat::unknown: break;
  }
  return unreadable("this is none of CFONB 120, CFONB 240, CAMT.053 and CAMT.054");
}

}  // namespace relance::server
