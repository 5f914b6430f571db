// A report as tables, before it becomes a screen, a CSV file, JSON or a page: one set of figures, whatever the form.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "host/csv.h"
#include "rules/civil_date.h"
#include "schema/value.h"

namespace relance::server {

struct ReportColumn {
  enum class Kind : std::uint8_t { text, count, cents, tenths };

  std::string name;   // for scripts: snake_case, money ends in _cents, tenths in _tenths
  std::string title;  // for people
  Kind kind = Kind::text;
  std::size_t width_max = 32;  // of a cell on screen
};

/// A figure that cannot be had (a division by nothing) is Null: `n/a` for people.
using ReportRow = std::vector<Value>;

struct ReportTable {
  std::string name;
  std::string title;
  std::vector<ReportColumn> columns;
  std::vector<ReportRow> rows;  // a value for each column
  ReportRow totals = {};        // empty: none
};

struct Report {
  std::string name;
  std::string title;               // with its day or days
  std::vector<std::string> scope;  // what it is about, a line each
  std::vector<ReportTable> tables;
};

/// A value for people: 1234.56, 81.5, n/a.
[[nodiscard]] std::string report_cell(const ReportColumn& column, const Value& value);

[[nodiscard]] std::string report_text(const Report& report);
[[nodiscard]] std::string report_csv(const ReportTable& table, CsvStyle style);
[[nodiscard]] boost::json::object report_json(const Report& report);
/// One table on sheets of A4, on their side where it has many columns. The same table and day give the same bytes.
[[nodiscard]] std::string report_pdf(const Report& report, const ReportTable& table, CivilDate made_on);

}  // namespace relance::server
