// The forms of a report. See report_table.h.
#include "server/report_table.h"

#include <boost/json.hpp>

#include "host/failure.h"
#include "host/terminal.h"
#include "host/value_text.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using Kind = ReportColumn::Kind;

constexpr std::string_view kNotAvailable = "n/a";

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
    titles.push_back(
        {column.title, column.kind == Kind::text ? TextTable::Align::left : TextTable::Align::right, 40});
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

}  // namespace relance::server
