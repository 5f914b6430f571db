// The forms of a report. See report_table.h.
#include "server/report_table.h"

#include <algorithm>
#include <boost/json.hpp>

#include "host/failure.h"
#include "host/terminal.h"
#include "host/value_text.h"
#include "server/report_pdf.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using Kind = ReportColumn::Kind;

constexpr std::string_view kNotAvailable = "n/a";
constexpr std::size_t kColumnsUpright = 6;

std::string tenths_text(std::int64_t value) {
  const std::int64_t size = value < 0 ? -value : value;
  return (value < 0 ? "-" : "") + std::to_string(size / 10) + "." + std::to_string(size % 10);
}

void add_csv(CsvWriter& csv, const ReportColumn& column, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (column.kind == Kind::cents)
      csv.cents(*number);
    else if (column.kind == Kind::tenths)
      csv.tenths(*number);
    else
      csv.number(*number);
  } else {
    csv.text(report_cell(column, value));
  }
}

json::object row_json(const ReportTable& table, const ReportRow& row) {
  json::object out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string& name = table.columns[i].name;
    if (const auto* number = std::get_if<std::int64_t>(&row[i]))
      out[name] = *number;
    else if (const auto* words = std::get_if<std::string>(&row[i]))
      out[name] = *words;
    else
      out[name] = nullptr;
  }
  return out;
}

std::string table_text(const ReportTable& table) {
  std::vector<TextTable::Column> titles;
  for (const ReportColumn& column : table.columns)
    titles.push_back({column.title,
                      column.kind == Kind::text ? TextTable::Align::left : TextTable::Align::right,
                      column.width_max});
  TextTable out(std::move(titles));
  const auto add = [&](const ReportRow& row) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(report_cell(table.columns[i], row[i]));
    out.add(std::move(cells));
  };
  for (const ReportRow& row : table.rows) add(row);
  if (!table.totals.empty()) add(table.totals);
  return out.empty() ? "Nothing to show.\n" : out.text();
}

// Columns of a page share its width by their longest cell, so that figures stay on one line; the total stands in
// bold.
std::size_t paper_width(const ReportTable& table, std::size_t place) {
  constexpr std::size_t kNarrow = 5, kWide = 22;
  const ReportColumn& column = table.columns[place];
  std::size_t out = std::min<std::size_t>(display_width(column.title), 9);
  const auto see = [&](const ReportRow& row) {
    out = std::max(out, display_width(report_cell(column, row[place])));
  };
  for (const ReportRow& row : table.rows) see(row);
  if (!table.totals.empty()) see(table.totals);
  return std::clamp(out + 2, kNarrow, kWide);
}

}  // namespace

std::string report_cell(const ReportColumn& column, const Value& value) {
  if (const auto* words = std::get_if<std::string>(&value)) return *words;
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return column.kind == Kind::text ? std::string() : std::string(kNotAvailable);
  if (column.kind == Kind::cents) return cents_text(*number);
  if (column.kind == Kind::tenths) return tenths_text(*number);
  return std::to_string(*number);
}

std::string report_text(const Report& report) {
  std::string out = printable(report.title) + "\n";
  for (const std::string& line : report.scope) out += printable(line) + "\n";
  for (const ReportTable& table : report.tables) {
    out += "\n" + (report.tables.size() > 1 ? table.title + "\n" : std::string()) + table_text(table);
  }
  return out;
}

std::string report_csv(const ReportTable& table, CsvStyle style) {
  CsvWriter csv(style, style == CsvStyle::french);
  for (const ReportColumn& column : table.columns) csv.text(column.title);
  csv.end_row();
  const auto add = [&](const ReportRow& row) {
    RELANCE_ASSERT(row.size() == table.columns.size());
    for (std::size_t i = 0; i < row.size(); ++i) add_csv(csv, table.columns[i], row[i]);
    csv.end_row();
  };
  for (const ReportRow& row : table.rows) add(row);
  if (!table.totals.empty()) add(table.totals);
  return csv.content();
}

json::object report_json(const Report& report) {
  json::object out{{"report", report.name}, {"title", report.title}};
  for (const ReportTable& table : report.tables) {
    json::array rows;
    for (const ReportRow& row : table.rows) rows.push_back(row_json(table, row));
    out[table.name] = std::move(rows);
    if (!table.totals.empty()) out[table.name + "_total"] = row_json(table, table.totals);
  }
  return out;
}

std::string report_pdf(const Report& report, const ReportTable& table, CivilDate made_on) {
  PdfTable page{.title = report.tables.size() > 1 ? report.title + ": " + table.title : report.title,
                .sideways = table.columns.size() > kColumnsUpright};
  for (const std::string& line : report.scope) page.as_of += (page.as_of.empty() ? "" : ", ") + line;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    page.columns.push_back({.title = table.columns[i].title,
                            .align = table.columns[i].kind == Kind::text ? PdfTable::Column::Align::left
                                                                         : PdfTable::Column::Align::right,
                            .share = static_cast<double>(paper_width(table, i))});
  const auto add = [&](const ReportRow& row, bool is_total) {
    PdfTable::Row& cells = page.rows.emplace_back();
    cells.is_total = is_total;
    for (std::size_t i = 0; i < row.size(); ++i) cells.cells.push_back(report_cell(table.columns[i], row[i]));
  };
  for (const ReportRow& row : table.rows) add(row, false);
  if (!table.totals.empty()) add(table.totals, true);
  return table_pdf(page, made_on);
}

}  // namespace relance::server
