// What a column takes: every type at its bounds, dates of the calendar, UTF-8 as the standard has it.
#include "schema/lookup.h"
#include "schema/instant.h"

#include "schema/amounts.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::schema;

namespace {

constexpr std::array<std::string_view, 3> kWords{"low", "mid", "high"};

Column of(Type type) {
  return {.name = "x",
          .type = type,
          .words = type == Type::word ? std::span<const std::string_view>(kWords)
                                      : std::span<const std::string_view>(),
          .text_max = 10};
}

bool fits(Type type, const Value& value) { return why_not(of(type), value).empty(); }
bool fits(Type type, const char* text) { return fits(type, Value{std::string(text)}); }

const std::vector<std::pair<Type, Value>>& one_of_each() {
  static const std::vector<std::pair<Type, Value>> all{
      {Type::id, Id{{1}}},
      {Type::text, std::string("t")},
      {Type::word, std::string("mid")},
      {Type::set, std::string("a b")},
      {Type::integer, std::int64_t{5}},
      {Type::flag, std::int64_t{1}},
      {Type::cents, std::int64_t{-5}},
      {Type::date, std::string("2026-11-21")},
      {Type::instant, std::int64_t{0}},
      {Type::bytes, Bytes{"\x01"}},
  };
  return all;
}

}  // namespace

TEST_CASE("a column takes values of its own kind and none of another") {
  for (const auto& [type, good] : one_of_each()) {
    INFO(name_of(type));
    CHECK(fits(type, good));
    for (const auto& [other, value] : one_of_each())
      if (value.index() != good.index()) CHECK_FALSE(fits(type, value));
  }
}

TEST_CASE("nothing is a value where the column does not have to be given") {
  for (const auto& [type, good] : one_of_each()) {
    Column c = of(type);
    CHECK(why_not(c, Null{}).empty());
    c.required = true;
    CHECK(why_not(c, Null{}) == "must be given");
    CHECK(why_not(c, good).empty());
  }
}

TEST_CASE("text is bounded in bytes, holds no NUL and is UTF-8") {
  CHECK(fits(Type::text, ""));
  CHECK(fits(Type::text, "0123456789"));
  CHECK_FALSE(fits(Type::text, "0123456789a"));
  CHECK(fits(Type::text, "ééééé"));
  CHECK_FALSE(fits(Type::text, "éééééé"));  // twelve bytes
  CHECK_FALSE(fits(Type::text, Value{std::string("a\0b", 3)}));
  CHECK_FALSE(fits(Type::text, "a\xff"));
  CHECK(fits(Type::text, "a\nb\tc"));
}

TEST_CASE("words are those of their closed set, to the letter") {
  for (const std::string_view word : kWords) CHECK(fits(Type::word, std::string(word).c_str()));
  for (const char* other : {"", "Low", "low ", " low", "lo", "higher"}) CHECK_FALSE(fits(Type::word, other));
  CHECK(word_rank(of(Type::word), "low") == std::size_t{0});
  CHECK(word_rank(of(Type::word), "high") == std::size_t{2});
  CHECK_FALSE(word_rank(of(Type::word), "none").has_value());
}

TEST_CASE("a set has one spelling") {
  for (const char* good : {"a", "a b", "a b c", "B a", "é"}) CHECK(fits(Type::set, good));
  for (const char* bad : {"", " ", "b a", "a a", "a  b", " a", "a ", "a b a"}) {
    INFO('"' << bad << '"');
    CHECK_FALSE(fits(Type::set, bad));
  }
}

TEST_CASE("flags are 0 or 1, amounts add up, instants have four digits of a year, other numbers 64 bits") {
  for (const std::int64_t n : {std::int64_t{2}, std::int64_t{-1}, INT64_MAX})
    CHECK_FALSE(fits(Type::flag, Value{n}));
  for (const std::int64_t n : {INT64_MIN, std::int64_t{0}, INT64_MAX}) CHECK(fits(Type::integer, Value{n}));
  for (const std::int64_t n : {kInstantMin, std::int64_t{0}, kInstantMax})
    CHECK(fits(Type::instant, Value{n}));
  for (const std::int64_t n : {INT64_MIN, kInstantMin - 1, kInstantMax + 1, INT64_MAX})
    CHECK_FALSE(fits(Type::instant, Value{n}));
  for (const std::int64_t n : {-schema::kCentsMax, std::int64_t{0}, schema::kCentsMax})
    CHECK(fits(Type::cents, Value{n}));
  for (const std::int64_t n : {-schema::kCentsMax - 1, schema::kCentsMax + 1, INT64_MIN, INT64_MAX})
    CHECK_FALSE(fits(Type::cents, Value{n}));
}

TEST_CASE("a date is a day of the calendar, written one way") {
  for (const char* day :
       {"2026-11-21", "0001-01-01", "9999-12-31", "2024-02-29", "2000-02-29", "2026-02-28", "2026-04-30"}) {
    INFO(day);
    CHECK(is_civil_date(day));
  }
  for (const char* none :
       {"2026-02-29", "2100-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00",
        "2026-01-32", "0000-01-01", "2026-1-1", "20261121", "2026/11/21", "21-11-2026", "2026-11-21T00:00",
        "+026-11-21", "-026-11-21", "2026- 1-21", "", "2026-11-2a"}) {
    INFO(none);
    CHECK_FALSE(is_civil_date(none));
  }
}

TEST_CASE("every day of four centuries is a date, and their number is right") {
  int days = 0;
  for (int year = 1801; year <= 2200; ++year)
    for (int month = 0; month <= 13; ++month)
      for (int day = 0; day <= 32; ++day) {
        char text[40];
        std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
        days += is_civil_date(text) ? 1 : 0;
      }
  CHECK(days == 146'097);  // of the Gregorian cycle
}

TEST_CASE(
    "UTF-8 is what the standard says: no overlong form, no surrogate, nothing above U+10FFFF, nothing cut "
    "off") {
  for (const char* good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "é日😀"})
    CHECK(is_utf8(good));
  for (const char* bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
        "\xff", "\xfe", "a\xc2", "\xe6\x97", "\xf0\x9f\x98", "\xc2 ", "\xe6 \xa5"}) {
    INFO(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("lists of names are cut at commas, and blanks around them do not count") {
  CHECK(split_names("a, b ,c") == std::vector<std::string_view>{"a", "b", "c"});
  CHECK(split_names("one") == std::vector<std::string_view>{"one"});
  CHECK(split_names("").empty());
}

TEST_CASE("tables are found by name and number, and the machinery's are not business") {
  CHECK(find_table("debtor") == find_table(5));
  CHECK(find_table("outbox") == nullptr);
  for (const int number : {0, -1, 101, 199, 200, INT32_MAX, INT32_MIN}) CHECK(find_table(number) == nullptr);
  CHECK(&table("case_file") == find_table("case_file"));
  CHECK_FALSE(find_column(table("debtor"), "").has_value());
}
