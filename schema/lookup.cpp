#include "schema/lookup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <map>

#include "schema/amounts.h"
#include "schema/engine_tables.h"
#include "schema/instant.h"
#include "schema/rules.h"
#include "schema/tables.h"

namespace relance::schema {
namespace {

constexpr int kTableNumberMax = 200;

std::array<const Table*, kTableNumberMax> tables_by_number() {
  std::array<const Table*, kTableNumberMax> out{};
  for (const Table& t : kTables) out[static_cast<std::size_t>(t.number)] = &t;
  return out;
}

std::vector<Unit> units_from(const Table& t) {
  std::vector<Unit> out;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    const Column& c = t.columns[i];
    const auto found =
        std::find_if(out.begin(), out.end(), [&](const Unit& u) { return u.name == unit_name(c); });
    if (found == out.end()) {
      out.push_back(Unit{unit_name(c), {i}, c.merge});
    } else {
      found->columns.push_back(i);
    }
  }
  return out;
}

struct UnitIndex {
  std::vector<Unit> units;
  std::vector<std::size_t> of_column;
};

const UnitIndex& unit_index(const Table& t) {
  static const std::array<UnitIndex, kTableNumberMax> all = [] {
    std::array<UnitIndex, kTableNumberMax> out;
    for (const Table& each : kTables) {
      UnitIndex& index = out[static_cast<std::size_t>(each.number)];
      index.units = units_from(each);
      index.of_column.resize(each.columns.size());
      for (std::size_t u = 0; u < index.units.size(); ++u)
        for (const std::size_t c : index.units[u].columns) index.of_column[c] = u;
    }
    return out;
  }();
  return all[static_cast<std::size_t>(t.number)];
}

// "a b c": ascending, none twice, one blank between. Two spellings of one set would look like two values to a merge.
bool is_set(std::string_view text) {
  std::string_view before;
  while (true) {
    const std::size_t blank = text.find(' ');
    const std::string_view one = text.substr(0, blank);
    if (one.empty() || one <= before) return false;
    if (blank == std::string_view::npos) return true;
    before = one;
    text.remove_prefix(blank + 1);
  }
}

std::string_view why_not_text(const Column& c, const std::string& text) {
  if (text.size() > static_cast<std::size_t>(c.text_max)) return "is too long";
  if (!is_utf8(text)) return "is not valid UTF-8";
  if (text.find('\0') != std::string::npos) return "holds a NUL character";
  if (c.type == Type::date && !is_civil_date(text)) return "is not a date such as 2026-11-21";
  if (c.type == Type::set && !is_set(text))
    return "is not a list of different words in ascending order, one blank between";
  if (c.type == Type::word && !word_rank(c, text)) return "is not one of its words";
  return {};
}

}  // namespace

std::span<const Table> business_tables() { return kTables; }
std::span<const Table> engine_tables() { return kEngineTables; }

const Table* find_table(std::string_view name) {
  for (const Table& t : kTables)
    if (t.name == name) return &t;
  return nullptr;
}

const Table* find_table(int number) {
  static const std::array<const Table*, kTableNumberMax> by_number = tables_by_number();
  return number < 0 || number >= kTableNumberMax ? nullptr : by_number[static_cast<std::size_t>(number)];
}

const Table& table(std::string_view name) {
  const Table* found = find_table(name);
  if (found == nullptr) std::abort();
  return *found;
}

std::optional<std::size_t> find_column(const Table& t, std::string_view name) {
  for (std::size_t i = 0; i < t.columns.size(); ++i)
    if (t.columns[i].name == name) return i;
  return std::nullopt;
}

std::size_t column(const Table& t, std::string_view name) {
  const auto found = find_column(t, name);
  if (!found) std::abort();
  return *found;
}

std::string_view unit_name(const Column& c) { return c.unit.empty() ? c.name : c.unit; }

std::span<const Unit> units(const Table& t) { return unit_index(t).units; }

const Unit& unit_of(const Table& t, std::size_t column) {
  const UnitIndex& index = unit_index(t);
  return index.units[index.of_column[column]];
}

const Unit* find_unit(const Table& t, std::string_view name) {
  for (const Unit& u : units(t))
    if (u.name == name) return &u;
  return nullptr;
}

std::optional<std::size_t> word_rank(const Column& c, std::string_view word) {
  for (std::size_t i = 0; i < c.words.size(); ++i)
    if (c.words[i] == word) return i;
  return std::nullopt;
}

std::string_view why_not(const Column& c, const Value& value) {
  if (is_null(value)) return c.required ? "must be given" : std::string_view{};
  switch (c.type) {
    case Type::id: return std::holds_alternative<Id>(value) ? std::string_view{} : "is not an id";
    case Type::text:
    case Type::word:
    case Type::set:
    case Type::date:
      if (const auto* text = std::get_if<std::string>(&value)) return why_not_text(c, *text);
      return "is not text";
    case Type::cents:
      if (const auto* n = std::get_if<std::int64_t>(&value);
          n != nullptr && (*n > kCentsMax || *n < -kCentsMax))
        return "is larger than any amount";
      [[fallthrough]];
    case Type::integer:
      return std::holds_alternative<std::int64_t>(value) ? std::string_view{} : "is not a whole number";
    case Type::instant:
      if (const auto* n = std::get_if<std::int64_t>(&value);
          n != nullptr && *n >= kInstantMin && *n <= kInstantMax)
        return {};
      return "is no instant of the years 0001 to 9999";
    case Type::flag:
      if (const auto* n = std::get_if<std::int64_t>(&value); n != nullptr && (*n == 0 || *n == 1)) return {};
      return "is not 0 or 1";
    case Type::bytes: return std::holds_alternative<Bytes>(value) ? std::string_view{} : "is not bytes";
  }
  return "has no type";
}

Value initial_value(const Column& c) {
  if (c.initial.empty()) return Null{};
  switch (c.type) {
    case Type::integer:
    case Type::flag:
    case Type::cents:
    case Type::instant: {
      std::int64_t n = 0;
      std::from_chars(c.initial.data(), c.initial.data() + c.initial.size(), n);
      return n;
    }
    default: return std::string(c.initial);
  }
}

bool is_civil_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const auto number = [&](std::size_t from, std::size_t count) {
    int out = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      out = out * 10 + (text[i] - '0');
    }
    return out;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int last = month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
  return day <= last;
}

bool is_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    std::uint32_t point = 0;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF) {
      more = 1;
      point = lead & 0x1Fu;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
      more = 2;
      point = lead & 0x0Fu;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
      more = 3;
      point = lead & 0x07u;
    } else
      return false;
    if (i + more >= text.size()) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      if ((next & 0xC0u) != 0x80u) return false;
      point = (point << 6) | (next & 0x3Fu);
    }
    const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    if (overlong || surrogate || point > 0x10FFFF) return false;
    i += more + 1;
  }
  return true;
}

std::vector<std::string_view> split_names(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    out.push_back(one);
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return out;
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::id: return "id";
    case Type::text: return "text";
    case Type::word: return "word";
    case Type::set: return "set";
    case Type::integer: return "integer";
    case Type::flag: return "flag";
    case Type::cents: return "cents";
    case Type::date: return "date";
    case Type::instant: return "instant";
    case Type::bytes: return "bytes";
  }
  return {};
}

std::string_view name_of(Merge merge) {
  switch (merge) {
    case Merge::fixed: return "fixed";
    case Merge::latest: return "latest";
    case Merge::review: return "review";
    case Merge::office: return "office";
    case Merge::members: return "members";
    case Merge::state: return "state";
    case Merge::strictest: return "strictest";
  }
  return {};
}

std::string_view name_of(Privacy privacy) {
  switch (privacy) {
    case Privacy::none: return "none";
    case Privacy::identity: return "identity";
    case Privacy::contact: return "contact";
    case Privacy::financial: return "financial";
    case Privacy::free_text: return "free text";
    case Privacy::security: return "security";
  }
  return {};
}

std::string_view name_of(Retention retention) {
  switch (retention) {
    case Retention::case_file: return "with the case";
    case Retention::accounting: return "accounting, ten years";
    case Retention::access: return "access logs, twelve months";
    case Retention::journal: return "as proof of purges";
    case Retention::reference: return "while in force";
    case Retention::engine: return "while the protocol needs it";
  }
  return {};
}

std::string_view name_of(Way way) {
  switch (way) {
    case Way::common: return "common: everyone has it";
    case Way::office: return "stays on the server";
    case Way::root: return "is the case";
    case Way::debtor: return "the cases of this debtor";
    case Way::by_case: return "by case_id or debtor_id";
  }
  return {};
}

std::string_view name_of(Writers one) {
  switch (one) {
    case agent: return "agent";
    case clerk: return "clerk";
    case office: return "office";
    case dpo: return "dpo";
    case server: return "server";
    default: return "nobody";
  }
}

}  // namespace relance::schema
