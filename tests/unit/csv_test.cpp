// What a spreadsheet gets: cells that stay cells.
#include "host/csv.h"

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("cells are quoted where they must be and lines end as RFC 4180 says") {
  CsvWriter csv;
  csv.text("plain").text("a;b").text("say \"no\"").text("two\nlines").empty().text("été").end_row();
  CHECK(csv.content() == "plain;\"a;b\";\"say \"\"no\"\"\";\"two\nlines\";;été\r\n");
}

TEST_CASE("a name cannot become a formula, and our own numbers stay numbers") {
  CsvWriter csv;
  csv.text("=HYPERLINK(\"x\")").text("+33 6").text("-1").text("@SUM").text("\tx").text("\rx").end_row();
  CHECK(csv.content() == "\"'=HYPERLINK(\"\"x\"\")\";'+33 6;'-1;'@SUM;\"'\tx\";\"'\rx\"\r\n");
  CHECK(
      begins_formula("\xEF\xBC\x9D"
                     "1"));
  CHECK_FALSE(begins_formula("a=1"));
  CsvWriter figures;
  figures.cents(-5).number(-12).tenths(815).tenths(-3).end_row();
  CHECK(figures.content() == "-0,05;-12;81,5;-0,3\r\n");
}

TEST_CASE("the plain style is for scripts, the mark for a spreadsheet") {
  CsvWriter csv(CsvStyle::plain, true);
  csv.text("a").cents(123456).text("b,c").end_row();
  CHECK(csv.content() ==
        "\xEF\xBB\xBF"
        "a,1234.56,\"b,c\"\r\n");
}
