// Amounts as they are written in French files.
#include "rules/money.h"

#include <rapidcheck.h>

#include <algorithm>

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("money: amounts are read as French files write them") {
  CHECK(parse_cents("1234,56") == 123456);
  CHECK(parse_cents("1234.56") == 123456);
  CHECK(parse_cents("1 234,56") == 123456);
  CHECK(parse_cents("1\xC2\xA0"
                    "234,56") == 123456);
  CHECK(parse_cents("1\xE2\x80\xAF"
                    "234,56") == 123456);
  CHECK(parse_cents("1\xA0"
                    "234,56") == 123456);
  CHECK(parse_cents("12 345 678,90") == 1234567890);
  CHECK(parse_cents("12") == 1200);
  CHECK(parse_cents("12,5") == 1250);
  CHECK(parse_cents(",50") == 50);
  CHECK(parse_cents("0,00") == 0);
  CHECK(parse_cents("0000001234,56") == 123456);
  CHECK(parse_cents("  12,50  ") == 1250);
}

TEST_CASE("money: the sign stands before or after, once") {
  CHECK(parse_cents("+3,00") == 300);
  CHECK(parse_cents("-12,5") == -1250);
  CHECK(parse_cents("- 12,5") == -1250);
  CHECK(parse_cents("12,50-") == -1250);
  CHECK(parse_cents("12,50 -") == -1250);
  CHECK(parse_cents("12-") == -1200);
  CHECK(parse_cents("12,50+") == 1250);
  CHECK(parse_cents("-0,00") == 0);
  for (const char* text : {"-12-", "--12", "+-12", "-12+", "1-2", "-", "+", "12--"}) {
    INFO(text);
    CHECK_FALSE(parse_cents(text));
  }
}

TEST_CASE("money: decimals past the cents must be zeros") {
  CHECK(parse_cents("12,5000") == 1250);
  CHECK(parse_cents("12,340") == 1234);
  CHECK_FALSE(parse_cents("12,345"));
  CHECK_FALSE(parse_cents("12,3401"));
}

TEST_CASE("money: what is not an amount is refused") {
  for (const char* text : {"",         " ",      ",",        ".",        "12,",      "abc",    "12a", "a12",
                           "12 34,56", "1 2345", "1234 567", "1,234.56", "1.234,56", "12,3,4", "12€", "€12",
                           "1e3",      "0x10",   "12,5 0",   "12 ,50",   "12, 50",   "1  234"}) {
    INFO(text);
    CHECK_FALSE(parse_cents(text));
  }
}

TEST_CASE("money: what does not fit is refused, not wrapped") {
  CHECK(parse_cents("92233720368547758,07") == INT64_MAX);
  CHECK(parse_cents("-92233720368547758,07") == -INT64_MAX);
  CHECK_FALSE(parse_cents("92233720368547758,08"));
  CHECK_FALSE(parse_cents("92233720368547759"));
  CHECK_FALSE(parse_cents("999999999999999999999999"));
  CHECK(parse_cents("000000000000000000000000000012,00") == 1200);
}

TEST_CASE("money: amounts are printed with a point and two decimals") {
  CHECK(money_text(123456) == "1234.56");
  CHECK(money_text(5) == "0.05");
  CHECK(money_text(-5) == "-0.05");
  CHECK(money_text(-1250) == "-12.50");
  CHECK(money_text(0) == "0.00");
  CHECK(money_text(INT64_MAX) == "92233720368547758.07");
  CHECK(money_text(INT64_MIN) == "-92233720368547758.08");
}

TEST_CASE("money: what is printed is read back, with point or comma") {
  CHECK(rc::check("round trip", [](std::int64_t cents) {
    RC_PRE(cents != INT64_MIN);
    std::string text = money_text(cents);
    RC_ASSERT(parse_cents(text) == cents);
    std::replace(text.begin(), text.end(), '.', ',');
    RC_ASSERT(parse_cents(text) == cents);
  }));
  CHECK(rc::check("no text crashes", [](const std::string& text) { static_cast<void>(parse_cents(text)); }));
}
