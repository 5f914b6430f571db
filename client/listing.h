// A list as a person or his spreadsheet wants it: the same rows as an aligned table or as CSV.
#pragma once

#include <string>
#include <vector>

#include "host/terminal.h"

namespace relance::client {

class Listing {
 public:
  struct Column {
    std::string title;
    bool is_figure = false;  // to the right, and a number in CSV
    std::size_t width_max = 60;
  };

  explicit Listing(std::vector<Column> columns) : columns_(std::move(columns)) {}
  /// REQUIRES: a cell for each column.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Aligned for a screen; with `csv` for a spreadsheet, its head always there.
  [[nodiscard]] std::string text(bool csv) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace relance::client
