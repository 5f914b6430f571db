// CSV for the spreadsheets of people: the one writer of both programs. Fields are quoted as RFC 4180 says, lines end
// in CR LF, and no cell that holds words of others can become a formula of the spreadsheet that opens it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace relance {

enum class CsvStyle : std::uint8_t {
  french,  // ';' between cells, 1234,56: what a spreadsheet in French opens as numbers
  plain,   // ',' between cells, 1234.56: for scripts
};

/// Collects rows, cell by cell.
///
///   CsvWriter csv;
///   csv.text("number").text("balance").end_row();
///   csv.text(line.number).cents(line.balance_cents).end_row();
///   print(csv.content());
class CsvWriter {
 public:
  /// `has_mark`: begins with the UTF-8 byte order mark, without which Excel takes a file it opens for CP1252.
  explicit CsvWriter(CsvStyle style = CsvStyle::french, bool has_mark = false);

  /// Words, whoever wrote them. One that a spreadsheet would compute or obey (it begins with = + - @, a tab or an end
  /// of line, also in their wide forms) gets an apostrophe before it.
  CsvWriter& text(std::string_view words);
  /// Numbers of ours stay numbers, below zero too.
  CsvWriter& number(std::int64_t value);
  CsvWriter& cents(std::int64_t value);
  /// Tenths of a day or of a per cent: 815 is 81,5.
  CsvWriter& tenths(std::int64_t value);
  CsvWriter& empty();
  /// REQUIRES: the row has a cell.
  void end_row();

  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  void begin_cell();
  CsvWriter& figure(std::string text);

  CsvStyle style_;
  std::string content_;
  bool row_begun_ = false;
};

/// Whether a spreadsheet may take the cell for a formula or a command.
[[nodiscard]] bool begins_formula(std::string_view cell);

}  // namespace relance
