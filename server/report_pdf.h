// A table on paper: reports, statements, lists. A title, what the figures are as of, columns that say which way they
// stand, rows, totals in bold, pages numbered "1/3" with the head of the table on each.
#pragma once

#include <string>
#include <vector>

#include "rules/civil_date.h"

namespace relance::server {

struct PdfTable {
  struct Column {
    std::string title;
    enum class Align { left, right } align = Align::left;  // figures stand right
    double share = 1;                                      // of the width, against the other columns
  };
  struct Row {
    std::vector<std::string> cells;  // one a column; one too wide goes on in the next line
    bool is_total = false;
  };
  std::string title;
  std::string as_of;  // "Au 21/11/2026, créancier Meunier SA": stands under the title; may be empty
  std::vector<Column> columns;
  std::vector<Row> rows;
  std::vector<std::string> notes;  // paragraphs under the table
  bool sideways = false;           // many columns: landscape
};

/// The same table and day give the same bytes. REQUIRES: as many cells in each row as columns, at least one column.
[[nodiscard]] std::string table_pdf(const PdfTable& table, CivilDate made_on);

}  // namespace relance::server
