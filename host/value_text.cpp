#include "host/value_text.h"

#include <array>
#include <charconv>
#include <utility>

#include "host/digest.h"
#include "host/failure.h"
#include "rules/civil_date.h"
#include "schema/instant.h"

namespace relance {
namespace {

using schema::Column;
using schema::Table;
using schema::Type;

[[noreturn]] void misfit(const Table& t, const Column& c, std::string_view why) {
  std::string sentence =
      "The value for " + std::string(t.name) + "." + std::string(c.name) + " " + std::string(why) + ".";
  if (!c.words.empty()) {
    sentence += " It is one of:";
    for (const std::string_view word : c.words) sentence += " " + std::string(word);
    sentence += ".";
  }
  throw Failure(Code::usage, sentence);
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

Value parse_number(const Table& t, const Column& c, std::string_view text) {
  if (c.type == Type::flag) {
    for (const auto& [word, n] : {std::pair<std::string_view, std::int64_t>{"yes", 1},
                                  {"no", 0},
                                  {"oui", 1},
                                  {"non", 0},
                                  {"1", 1},
                                  {"0", 0}})
      if (text == word) return n;
    misfit(t, c, "is a yes or a no");
  }
  if (c.type == Type::instant) {
    if (const auto at = parse_instant(text)) return *at;
    misfit(t, c, "is an instant such as 2026-11-21T09:14:07Z");
  }
  if (const auto n = whole_number(text)) return *n;
  misfit(
      t, c,
      c.type == Type::cents ? "is an amount in whole cents, such as 25000 for 250.00" : "is a whole number");
}

}  // namespace

Value parse_value(const Table& t, const Column& c, std::string_view text) {
  if (text.empty()) return Null{};
  Value value{std::string(text)};
  switch (c.type) {
    case Type::id:
      if (const auto id = Id::parse(text)) return *id;
      misfit(t, c, "is an id such as 0190163d-8694-739b-aea5-966c26f8ad91");
    case Type::integer:
    case Type::flag:
    case Type::cents:
    case Type::instant: value = parse_number(t, c, text); break;
    case Type::bytes: misfit(t, c, "cannot be typed");
    case Type::text:
    case Type::word:
    case Type::set:
    case Type::date: break;
  }
  if (const std::string_view why = schema::why_not(c, value); !why.empty()) misfit(t, c, why);
  return value;
}

std::string typed_day(std::string_view text) {
  const auto day = parse_civil_date(text);
  if (!day)
    throw Failure(Code::usage, "`" + std::string(text) + "` is no day that exists; write it as 2026-11-21.");
  return iso_text(*day);
}

std::string cents_text(std::int64_t cents) {
  const bool negative = cents < 0;
  const auto whole = negative ? 0 - static_cast<std::uint64_t>(cents) : static_cast<std::uint64_t>(cents);
  const std::uint64_t rest = whole % 100;
  return (negative ? "-" : "") + std::to_string(whole / 100) + (rest < 10 ? ".0" : ".") +
         std::to_string(rest);
}

std::string value_text(const Column& c, const Value& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) {
    if (c.type == Type::cents) return cents_text(*n);
    if (c.type == Type::instant) return instant_text(*n);
    return std::to_string(*n);
  }
  return cell_text(value);
}

std::string cell_text(const Value& value) {
  if (const auto* n = std::get_if<std::int64_t>(&value)) return std::to_string(*n);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* id = std::get_if<Id>(&value)) return id->text();
  if (const auto* bytes = std::get_if<Bytes>(&value)) return hex(bytes->data);
  return {};
}

void append_text_json(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char ch : text) {
    const auto c = static_cast<unsigned char>(ch);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += ch;
    } else if (c < 0x20) {
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    } else {
      out += ch;
    }
  }
  out += '"';
}

void append_value_json(std::string& out, const Column& c, const Value& value) {
  if (is_null(value)) {
    out += "null";
    return;
  }
  if (const auto* n = std::get_if<std::int64_t>(&value); n != nullptr && c.type != Type::instant) {
    out += std::to_string(*n);
    return;
  }
  append_text_json(out, value_text(c, value));
}

const Table& named_table(std::string_view name) {
  if (const Table* t = schema::find_table(name)) return *t;
  std::string sentence = "There is no table of that name. The tables are:";
  for (const Table& t : schema::business_tables()) sentence += " " + std::string(t.name);
  throw Failure(Code::usage, sentence + ".");
}

std::vector<TypedColumn> parse_assignments(const Table& t, const std::vector<std::string>& typed) {
  std::vector<TypedColumn> out;
  for (const std::string& one : typed) {
    const std::size_t equals = one.find('=');
    const auto column = schema::find_column(t, one.substr(0, equals));
    if (equals == std::string::npos || !column) {
      std::string sentence = equals == std::string::npos
                                 ? "Columns are given as column=value."
                                 : "The table " + std::string(t.name) + " has no such column.";
      sentence += " Those of " + std::string(t.name) + " are:";
      for (const Column& c : t.columns) sentence += " " + std::string(c.name);
      throw Failure(Code::usage, sentence + ".");
    }
    for (const TypedColumn& before : out)
      if (before.column == *column)
        throw Failure(Code::usage, "The column " + std::string(t.columns[*column].name) + " is given twice.");
    out.push_back({*column, parse_value(t, t.columns[*column], std::string_view(one).substr(equals + 1))});
  }
  return out;
}

QueryResult run_query(sql::Connection& db, std::string_view text) {
  const auto refuse = [] {
    throw Failure(Code::usage,
                  "Only one statement is run here: one that reads, and that the database understands.");
  };
  std::size_t start = text.find_first_not_of(" \t\r\n(");
  const std::string word = folded(text.substr(std::min(start, text.size()), 6));
  if (word != "select" && !word.starts_with("with") && !word.starts_with("values")) refuse();
  // What follows the first statement's semicolon would be passed over without a word.
  const std::size_t last = text.find_last_not_of("; \t\r\n");
  std::string body{text.substr(0, last + 1)};
  bool quoted = false;
  char quote = 0;
  for (const char c : body) {
    if (quoted)
      quoted = c != quote;
    else if (c == '\'' || c == '"') {
      quoted = true;
      quote = c;
    } else if (c == ';')
      refuse();
  }
  QueryResult out;
  try {
    const auto statement = db.prepare(body);
    for (int i = 0; i < statement->column_count(); ++i) out.columns.emplace_back(statement->column_name(i));
    while (statement->step()) {
      Row& row = out.rows.emplace_back();
      for (int i = 0; i < statement->column_count(); ++i) row.push_back(statement->value(i));
    }
  } catch (const Failure& failure) {
    if (failure.code() != Code::internal) throw;
    refuse();
  }
  return out;
}

std::string query_json(const QueryResult& result) {
  std::string out = "{\"columns\":[";
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    if (i > 0) out += ',';
    append_text_json(out, result.columns[i]);
  }
  out += "],\"rows\":[";
  for (std::size_t r = 0; r < result.rows.size(); ++r) {
    out += r == 0 ? "[" : ",[";
    for (std::size_t i = 0; i < result.rows[r].size(); ++i) {
      if (i > 0) out += ',';
      const Value& value = result.rows[r][i];
      if (is_null(value))
        out += "null";
      else if (std::holds_alternative<std::int64_t>(value))
        out += cell_text(value);
      else
        append_text_json(out, cell_text(value));
    }
    out += ']';
  }
  return out + "]}";
}

std::string folded(std::string_view text) {
  // Latin-1 and the French ligatures, by their UTF-8 bytes; other letters stay as they are.
  static constexpr std::string_view kC3 = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto next =
        i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : static_cast<unsigned char>(0);
    if (c < 0x80) {
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
    } else if (c == 0xC3 && next >= 0x80 && next <= 0xBF) {
      out += kC3[next - 0x80];
      ++i;
    } else if (c == 0xC5 && (next == 0x92 || next == 0x93)) {
      out += "oe";
      ++i;
    } else {
      out += static_cast<char>(c);
    }
  }
  return out;
}

}  // namespace relance
