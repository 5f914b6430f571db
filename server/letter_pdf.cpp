#include "server/letter_pdf.h"

#include <algorithm>

#include "server/pdf_paper.h"

namespace relance::server {
namespace {

// Points: 2.8346 to the millimetre. The window of a DL envelope shows the sheet folded in three from 100 mm on the
// left and from 45 to 80 mm below the upper edge.
constexpr double kMillimetre = 72 / 25.4;
constexpr double kLeft = 20 * kMillimetre;
constexpr double kRight = 190 * kMillimetre;
constexpr double kTop = 20 * kMillimetre;
constexpr double kWindowLeft = 110 * kMillimetre;
constexpr double kWindowTop = 50 * kMillimetre;
constexpr double kWindowWidth = 80 * kMillimetre;
constexpr double kUnderWindow = 92 * kMillimetre;
constexpr double kBottom = 272 * kMillimetre;
constexpr double kFoot = 284 * kMillimetre;

constexpr Face kText{10};
constexpr Face kBold{10, Weight::bold};
constexpr Face kCell{9};
constexpr Face kCellBold{9, Weight::bold};
constexpr Face kSmall{7.5};
constexpr double kLine = 13;
constexpr double kCellLine = 11.5;
constexpr double kBetween = 6.5;
constexpr double kCellGap = 6;

using Lines = std::vector<std::vector<std::string>>;  // of each cell of a row

class LetterPrinter {
 public:
  LetterPrinter(const LetterFacts& facts, const LetterText& text)
      : facts_(facts), text_(text), paper_(facts.number, facts.issued_on) {}

  std::string print() {
    paper_.new_sheet();
    print_sender();
    print_addressee();
    y_ = kUnderWindow;
    print_references();
    for (const LetterBlock& block : text_.blocks) print_block(block);
    print_feet();
    return paper_.bytes();
  }

 private:
  // ---- the first sheet's head ----

  void print_sender() {
    const LetterSender& s = facts_.sender;
    double y = kTop;
    paper_.text(kLeft, y, kBold, s.name);
    for (const std::string& line : {s.address.line, join(s.address.postcode, s.address.city),
                                    s.phone.empty() ? "" : "Tél. " + s.phone, s.email})
      if (!line.empty()) paper_.text(kLeft, y += kCellLine, kCell, line);
  }

  // A letter to the creditor bears the creditor's address, every other the debtor's.
  void print_addressee() {
    const LetterParty& to = facts_.kind == LetterKind::creditor_notice ? facts_.creditor : facts_.debtor;
    double y = kWindowTop;
    for (const std::string& part : {to.name, to.address.line, join(to.address.postcode, to.address.city)})
      for (const std::string& line : wrapped(kText, part, kWindowWidth))
        if (!line.empty()) paper_.text(kWindowLeft, y += kLine, kText, line);
  }

  void print_references() {
    const std::string city = facts_.sender.address.city;
    paper_.text_to(kRight, y_, kText, (city.empty() ? "Le " : city + ", le ") + french_day(facts_.issued_on));
    y_ += kLine * 1.5;
    paper_.text(kLeft, y_, kCell, "Nos références : " + facts_.number + ", dossier " + facts_.case_number);
    y_ += kLine * 1.5;
    for (const std::string& line : wrapped(kBold, "Objet : " + text_.subject, kRight - kLeft)) {
      paper_.text(kLeft, y_, kBold, line);
      y_ += kLine;
    }
    y_ += kBetween;
  }

  // ---- the text ----

  void print_block(const LetterBlock& block) {
    switch (block.kind) {
      case LetterBlock::Kind::heading:
        make_room(3 * kLine);  // not alone at the foot of a sheet
        y_ += kBetween / 2;
        return print_lines(kBold, block.text);
      case LetterBlock::Kind::paragraph: return print_lines(kText, block.text);
      case LetterBlock::Kind::table: return print_table(block.table);
    }
  }

  void print_lines(Face face, const std::string& text) {
    for (const std::string& line : wrapped(face, text, kRight - kLeft)) {
      make_room(kLine);
      paper_.text(kLeft, y_, face, line);
      y_ += kLine;
    }
    y_ += kBetween;
  }

  void make_room(double height) {
    if (y_ + height <= kBottom) return;
    paper_.new_sheet();
    y_ = kTop + kLine;
  }

  // ---- tables ----

  void print_table(const LetterTable& table) {
    place_columns(table);
    make_room(4 * kCellLine);
    print_head(table);
    for (const auto& row : table.rows) {
      const Lines lines = lines_of(kCell, row);
      const std::size_t sheet = paper_.sheets();
      make_room(height_of(lines));
      if (paper_.sheets() != sheet) print_head(table);
      print_row(table, kCell, lines);
    }
    if (!table.total.empty()) {
      const Lines lines = lines_of(kCellBold, table.total);
      make_room(height_of(lines));
      paper_.line(kLeft, y_ - kCellLine + 2, kRight, y_ - kCellLine + 2);
      print_row(table, kCellBold, lines);
    }
    y_ += kBetween;
  }

  void place_columns(const LetterTable& table) {
    double shares = 0;
    for (const auto& column : table.columns) shares += column.share;
    places_.clear();
    double x = kLeft;
    for (const auto& column : table.columns) {
      const double width = (kRight - kLeft) * column.share / shares;
      places_.push_back({x, width - kCellGap});
      x += width;
    }
    places_.back().width += kCellGap;
  }

  void print_head(const LetterTable& table) {
    std::vector<std::string> titles;
    for (const auto& column : table.columns) titles.push_back(column.title);
    paper_.shade(kLeft, y_ - kCellLine + 1, kRight - kLeft, kCellLine + 2);
    print_row(table, kCellBold, lines_of(kCellBold, titles));
    y_ += 3;
  }

  [[nodiscard]] Lines lines_of(Face face, const std::vector<std::string>& cells) const {
    Lines lines;
    for (std::size_t i = 0; i < cells.size(); ++i) lines.push_back(wrapped(face, cells[i], places_[i].width));
    return lines;
  }

  [[nodiscard]] static double height_of(const Lines& lines) {
    std::size_t most = 1;
    for (const auto& cell : lines) most = std::max(most, cell.size());
    return kCellLine * static_cast<double>(most);
  }

  void print_row(const LetterTable& table, Face face, const Lines& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      double y = y_;
      for (const std::string& line : lines[i]) {
        if (table.columns[i].is_figure)
          paper_.text_to(places_[i].x + places_[i].width, y, face, line);
        else
          paper_.text(places_[i].x, y, face, line);
        y += kCellLine;
      }
    }
    y_ += height_of(lines);
  }

  // ---- the foot of every sheet ----

  void print_feet() {
    const LetterSender& s = facts_.sender;
    std::string legal = s.name;
    if (!s.siren.empty()) legal += ", SIREN " + s.siren;
    if (const std::string address = s.address.text(); !address.empty()) legal += ", " + address;
    if (facts_.capacity == Capacity::agency && !s.insurance_ref.empty())
      legal += ", assurance " + s.insurance_ref;
    const std::string shown = wrapped(kSmall, legal, kRight - kLeft - 40).front();
    for (std::size_t i = 0; i < paper_.sheets(); ++i) {
      paper_.turn_to(i);
      paper_.text(kLeft, kFoot, kSmall, shown);
      paper_.text_to(kRight, kFoot, kSmall, std::to_string(i + 1) + "/" + std::to_string(paper_.sheets()));
    }
  }

  [[nodiscard]] static std::string join(const std::string& a, const std::string& b) {
    return a.empty() || b.empty() ? a + b : a + " " + b;
  }

  struct Place {
    double x = 0, width = 0;
  };

  const LetterFacts& facts_;
  const LetterText& text_;
  PdfPaper paper_;
  std::vector<Place> places_;
  double y_ = 0;
};

}  // namespace

std::string letter_pdf(const LetterFacts& facts, const LetterText& text) {
  return LetterPrinter(facts, text).print();
}

}  // namespace relance::server
