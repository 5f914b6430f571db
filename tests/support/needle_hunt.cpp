#include "tests/support/needle_hunt.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "host/digest.h"
#include "schema/ddl.h"
#include "server/rows.h"

namespace relance::test {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kSigns =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i + 3 <= bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + k]));
    };
    const std::uint32_t three = (at(0) << 16U) | (at(1) << 8U) | at(2);
    for (const unsigned shift : {18U, 12U, 6U, 0U}) out += kSigns[(three >> shift) & 63U];
  }
  return out;
}

std::string wide(std::string_view text, std::size_t width, bool low_first) {
  std::string out;
  for (const char c : text) {
    const std::string zeros(width - 1, '\0');
    out += low_first ? c + zeros : zeros + c;
  }
  return out;
}

std::string folded(std::string text, int (*fold)(int)) {
  std::transform(text.begin(), text.end(), text.begin(), [&](char c) { return static_cast<char>(fold(c)); });
  return text;
}

std::string whole_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

std::string NeedleHunt::make(std::string_view table, const schema::Column& column) {
  // Letters and digits of both cases, so that folding and hexing change it; unlike any word of a program.
  ++next_;
  std::string value =
      "qZ" + std::to_string(100000 + next_) + "Xk" + std::to_string(7919 * next_ % 100000) + "Wv";
  const auto limit = static_cast<std::size_t>(column.text_max);
  if (value.size() > limit) value = value.substr(0, limit);
  const std::string name = std::string(table) + "." + std::string(column.name);
  if (value.size() >= Needles::kBytesMin) {
    names_[value] = name;
    add_forms(value, name);
  }
  return value;
}

void NeedleHunt::add_forms(const std::string& value, const std::string& name) {
  is_settled_ = false;
  const auto add = [&](const std::string& bytes, std::string_view form) {
    if (needles_.add(bytes)) form_names_.push_back(name + " (" + std::string(form) + ")");
  };
  add(value, "as it is");
  add(wide(value, 2, true), "UTF-16, low byte first");
  add(wide(value, 2, false), "UTF-16, high byte first");
  add(wide(value, 4, true), "UTF-32");
  add(folded(value, ::tolower), "lower case");
  add(folded(value, ::toupper), "upper case");
  for (std::size_t skip = 0; skip < 3; ++skip)
    add(base64(std::string_view(value).substr(skip)), "base64 from byte " + std::to_string(skip));
  add(hex(value), "hex");
  add(folded(hex(value), ::toupper), "hex, upper case");
  add({value.rbegin(), value.rend()}, "backwards");
}

void NeedleHunt::search(std::string_view bytes, const std::string& where, std::vector<std::string>& found) {
  if (!is_settled_) needles_.settle();
  is_settled_ = true;
  needles_.search(bytes, [&](std::size_t needle) {
    const std::string line = where + ": " + form_names_[needle];
    if (std::find(found.begin(), found.end(), line) == found.end()) found.push_back(line);
  });
}

std::vector<std::string> NeedleHunt::found_below(const std::filesystem::path& directory) {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    search(whole_file(entry.path()), entry.path().filename().string(), out);
  }
  return out;
}

int fill_with_needles(sql::Connection& office, NeedleHunt& hunt, SeededRandom& random, const Id& case_id,
                      const Id& debtor, const Id& staff, const Id& device) {
  int tables = 0;
  std::map<std::string_view, Id> filled;  // what other rows may point to
  const auto value_for = [&](const schema::Table& t, const schema::Column& c) -> Value {
    if (c.name == "case_id") return case_id;
    // A row hangs on the case, or on the debtor alone.
    if (c.name == "debtor_id" && !c.required && schema::find_column(t, "case_id")) return Null{};
    if (c.name == "debtor_id") return debtor;
    if (c.name == "staff_id" || c.name == "created_by") return staff;
    if (c.name == "device_id") return device;
    switch (c.type) {
      case schema::Type::text: return hunt.make(t.name, c);
      case schema::Type::set: return hunt.make(t.name, c);
      case schema::Type::bytes: return Bytes{hunt.make(t.name, c)};
      case schema::Type::word: return std::string(c.words.back());  // the last: nothing is open any more
      case schema::Type::date: return std::string("2026-01-02");
      case schema::Type::id:
        if (const auto found = filled.find(c.references); found != filled.end()) return found->second;
        return c.references.empty() ? Value{random.uuid()} : Value{Null{}};
      case schema::Type::flag: return std::int64_t{0};
      case schema::Type::integer:
        // A running office has rows of its own with the first numbers.
        if (t.key.find(c.name) != std::string_view::npos)
          return static_cast<std::int64_t>(1'000'000 + random.below(1'000'000'000));
        return std::int64_t{1};
      case schema::Type::cents:
      case schema::Type::instant: return std::int64_t{1};
    }
    return Null{};
  };
  const auto fill = [&](const schema::Table& t) {
    const bool hangs = schema::find_column(t, "case_id") || schema::find_column(t, "debtor_id");
    if (!hangs || !schema::is_on(t, schema::Side::server) || t.way == schema::Way::root ||
        t.retention == schema::Retention::journal || t.name == "holding" || t.name == "assignment")
      return;
    std::string names, places;
    std::vector<Value> values;
    for (const schema::Column& c : t.columns) {
      if (!schema::is_on(t, c, schema::Side::server)) continue;
      Value value = c.name == "id" && t.key == "id" ? Value{random.row_id(1)} : value_for(t, c);
      if (is_null(value) && c.required) value = random.uuid();
      if (c.name == "id" && t.key == "id") filled[t.name] = std::get<Id>(value);
      names += (values.empty() ? "" : ", ") + std::string(c.name);
      places += (values.empty() ? "?" : ", ?") + std::to_string(values.size() + 1);
      values.push_back(std::move(value));
    }
    sql::Query q(office, "INSERT INTO " + std::string(t.name) + " (" + names + ") VALUES (" + places + ")");
    for (std::size_t i = 0; i < values.size(); ++i) q.bind(static_cast<int>(i) + 1, values[i]);
    q.next();
    ++tables;
  };
  office.execute("PRAGMA foreign_keys = OFF");
  for (const schema::Table& t : schema::business_tables()) fill(t);
  for (const schema::Table& t : schema::engine_tables()) fill(t);
  for (const std::string_view name : {"case_file", "debtor"}) {
    const schema::Table& t = schema::table(name);
    for (const schema::Column& c : t.columns)
      if (c.type == schema::Type::text || c.type == schema::Type::set)
        sql::run(office,
                 "UPDATE " + std::string(name) + " SET " + std::string(c.name) + " = ?2 WHERE id = ?1",
                 name == "debtor" ? debtor : case_id, hunt.make(name, c));
  }
  office.execute("PRAGMA foreign_keys = ON");
  return tables;
}

}  // namespace relance::test
