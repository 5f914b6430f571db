#include "tests/support/office_digest.h"

#include <vector>

#include "host/digest.h"
#include "schema/lookup.h"

namespace relance::test {
namespace {

using schema::Column;
using schema::Table;

std::string whole_table(const Table& t, std::string_view key, std::string_view where) {
  std::string row;
  for (const Column& c : t.columns)
    row += (row.empty() ? "quote(" : " || ',' || quote(") + std::string(c.name) + ")";
  return "SELECT group_concat(line, ';') FROM (SELECT " + row + " AS line FROM " + std::string(t.name) +
         " WHERE " + std::string(where) + " ORDER BY " + std::string(key) + ")";
}

}  // namespace

std::string office_digest(sql::Connection& db) {
  // The engine writes each table as one text: this runs after every refusal.
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> out;
    for (const Table& t : schema::business_tables()) out.push_back(whole_table(t, "id", "1"));
    for (const Table& t : schema::engine_tables()) {
      if (t.name == "history" || t.name == "quarantine") out.push_back(whole_table(t, t.key, "1"));
      // Not the drops: any contact may forget old ones.
      if (t.name == "feed_entry") out.push_back(whole_table(t, t.key, "gone = 0"));
    }
    return out;
  }();
  std::string all;
  for (const std::string& text : texts) all += sql::text(db, text).value_or("") + '\n';
  return hex(bytes_of(sha256(all)));
}

}  // namespace relance::test
