#include "server/report_pdf.h"

#include <algorithm>

#include "host/failure.h"
#include "server/pdf_paper.h"

namespace relance::server {
namespace {

constexpr double kMargin = 42.5;  // 15 mm
constexpr double kFoot = 34;
constexpr double kLine = 11;
constexpr double kGap = 6;  // between two columns
constexpr Face kCell{8};
constexpr Face kHead{8, Weight::bold};
constexpr Face kTitle{14, Weight::bold};
constexpr Face kNote{8};

class TablePrinter {
 public:
  TablePrinter(const PdfTable& table, CivilDate made_on)
      : table_(table),
        paper_(table.title, made_on,
               table.sideways ? PdfPaper::Turned::sideways : PdfPaper::Turned::upright) {
    double shares = 0;
    for (const auto& column : table.columns) shares += column.share;
    double x = kMargin;
    for (const auto& column : table.columns) {
      const double width = (paper_.width() - 2 * kMargin) * column.share / shares;
      columns_.push_back({x, width - kGap});
      x += width;
    }
  }

  std::string print() {
    begin_sheet();
    for (const auto& row : table_.rows) print_row(row);
    y_ += kGap;
    for (const std::string& note : table_.notes)
      for (const std::string& line : wrapped(kNote, note, paper_.width() - 2 * kMargin)) {
        if (y_ + kLine > bottom()) begin_sheet();
        paper_.text(kMargin, y_ += kLine, kNote, line);
      }
    number_sheets();
    return paper_.bytes();
  }

 private:
  struct Place {
    double x = 0, width = 0;
  };

  [[nodiscard]] double bottom() const { return paper_.height() - kFoot - kLine; }

  void begin_sheet() {
    paper_.new_sheet();
    y_ = kMargin;
    if (paper_.sheets() == 1) {
      for (const std::string& line : wrapped(kTitle, table_.title, paper_.width() - 2 * kMargin)) {
        paper_.text(kMargin, y_ + kTitle.size, kTitle, line);
        y_ += kTitle.size + 4;
      }
      for (const std::string& line : wrapped(kCell, table_.as_of, paper_.width() - 2 * kMargin))
        if (!line.empty()) paper_.text(kMargin, y_ += kLine, kCell, line);
      y_ += kGap * 2;
    }
    std::vector<std::string> titles;
    for (const auto& column : table_.columns) titles.push_back(column.title);
    const auto lines = lines_of(kHead, titles);
    const double height = kLine * static_cast<double>(deepest(lines)) + 4;
    paper_.shade(kMargin, y_, paper_.width() - 2 * kMargin, height);
    put(kHead, lines, y_);
    y_ += height;
  }

  void print_row(const PdfTable::Row& row) {
    RELANCE_ASSERT(row.cells.size() == columns_.size());
    const Face type = row.is_total ? kHead : kCell;
    const auto lines = lines_of(type, row.cells);
    // No cell is taller than a sheet: one that would be is printed past its foot rather than lost in a loop.
    const double height = kLine * static_cast<double>(deepest(lines)) + 2;
    if (y_ + height > bottom()) begin_sheet();
    if (row.is_total) paper_.line(kMargin, y_ + 1, paper_.width() - kMargin, y_ + 1);
    put(type, lines, y_);
    y_ += height;
  }

  [[nodiscard]] std::vector<std::vector<std::string>> lines_of(Face type,
                                                               const std::vector<std::string>& cells) const {
    std::vector<std::vector<std::string>> lines;
    for (std::size_t i = 0; i < cells.size(); ++i)
      lines.push_back(wrapped(type, cells[i], columns_[i].width));
    return lines;
  }

  [[nodiscard]] static std::size_t deepest(const std::vector<std::vector<std::string>>& lines) {
    std::size_t most = 1;
    for (const auto& cell : lines) most = std::max(most, cell.size());
    return most;
  }

  void put(Face type, const std::vector<std::vector<std::string>>& lines, double top) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      double y = top;
      for (const std::string& line : lines[i]) {
        y += kLine;
        if (table_.columns[i].align == PdfTable::Column::Align::right)
          paper_.text_to(columns_[i].x + columns_[i].width, y, type, line);
        else
          paper_.text(columns_[i].x, y, type, line);
      }
    }
  }

  void number_sheets() {
    for (std::size_t i = 0; i < paper_.sheets(); ++i) {
      paper_.turn_to(i);
      paper_.text_to(paper_.width() - kMargin, paper_.height() - kFoot / 2, kNote,
                     std::to_string(i + 1) + "/" + std::to_string(paper_.sheets()));
    }
  }

  const PdfTable& table_;
  PdfPaper paper_;
  std::vector<Place> columns_;
  double y_ = 0;
};

}  // namespace

std::string table_pdf(const PdfTable& table, CivilDate made_on) {
  RELANCE_ASSERT(!table.columns.empty());
  return TablePrinter(table, made_on).print();
}

}  // namespace relance::server
