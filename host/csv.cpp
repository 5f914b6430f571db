// Quoting, decimals and the guard against formulas. See csv.h.
#include "host/csv.h"

#include <algorithm>
#include <array>

#include "host/failure.h"
#include "host/value_text.h"

namespace relance {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Some spreadsheets read the full-width forms of a Japanese keyboard as the sign itself.
constexpr std::array<std::string_view, 4> kWideSigns{"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
                                                     "\xEF\xBC\xA0"};

std::string tenths_text(std::int64_t value) {
  const std::int64_t size = value < 0 ? -value : value;
  return (value < 0 ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10);
}

}  // namespace

bool begins_formula(std::string_view cell) {
  if (cell.empty()) return false;
  if (std::string_view("=+-@\t\r\n").find(cell.front()) != std::string_view::npos) return true;
  return std::any_of(kWideSigns.begin(), kWideSigns.end(),
                     [&](std::string_view sign) { return cell.starts_with(sign); });
}

CsvWriter::CsvWriter(CsvStyle style, bool has_mark) : style_(style) {
  if (has_mark) content_ = kByteOrderMark;
}

void CsvWriter::begin_cell() {
  if (row_begun_) content_ += style_ == CsvStyle::french ? ';' : ',';
  row_begun_ = true;
}

CsvWriter& CsvWriter::text(std::string_view words) {
  begin_cell();
  std::string cell = (begins_formula(words) ? "'" : "") + std::string(words);
  std::replace(cell.begin(), cell.end(), '\0', ' ');  // readers in C end a file at it
  // Both separators ask for quotes, so that a file read with the wrong one keeps its columns together.
  if (cell.find_first_of("\";,\r\n\t") == std::string::npos) {
    content_ += cell;
    return *this;
  }
  content_ += '"';
  for (const char c : cell) {
    if (c == '"') content_ += '"';
    content_ += c;
  }
  content_ += '"';
  return *this;
}

CsvWriter& CsvWriter::figure(std::string text) {
  begin_cell();
  if (style_ == CsvStyle::french) std::replace(text.begin(), text.end(), '.', ',');
  content_ += text;
  return *this;
}

CsvWriter& CsvWriter::number(std::int64_t value) { return figure(std::to_string(value)); }
CsvWriter& CsvWriter::cents(std::int64_t value) { return figure(cents_text(value)); }
CsvWriter& CsvWriter::tenths(std::int64_t value) { return figure(tenths_text(value)); }

CsvWriter& CsvWriter::empty() {
  begin_cell();
  return *this;
}

void CsvWriter::end_row() {
  RELANCE_ASSERT(row_begun_);
  content_ += "\r\n";
  row_begun_ = false;
}

}  // namespace relance
