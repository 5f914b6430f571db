// Tables and CSV of the same rows. See listing.h.
#include "client/listing.h"

#include "host/csv.h"
#include "rules/money.h"

namespace relance::client {
namespace {

std::string csv_of(const std::vector<Listing::Column>& columns,
                   const std::vector<std::vector<std::string>>& rows) {
  CsvWriter out;
  for (const Listing::Column& column : columns) out.text(column.title);
  out.end_row();
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const bool is_money = columns[i].is_figure && row[i].find('.') != std::string::npos;
      const auto cents = is_money ? parse_cents(row[i]) : std::nullopt;
      if (cents)
        out.cents(*cents);
      else
        out.text(row[i]);
    }
    out.end_row();
  }
  return out.content();
}

}  // namespace

std::string Listing::text(bool csv) const {
  if (csv) return csv_of(columns_, rows_);
  std::vector<TextTable::Column> titles;
  for (const Column& column : columns_)
    titles.push_back({column.title, column.is_figure ? TextTable::Align::right : TextTable::Align::left,
                      column.width_max});
  TextTable table(std::move(titles));
  for (const auto& row : rows_) table.add(row);
  return table.text();
}

}  // namespace relance::client
