// What a screen shows: widths, tables, failures.
#include "host/terminal.h"

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("width counts what a terminal shows, not bytes") {
  CHECK(display_width("créance") == 7);
  CHECK(display_width("cre\xCC\x81"
                      "ance") == 7);  // e + combining accent
  CHECK(display_width("漢字") == 4);
  CHECK(display_width("\xFF\xFE") == 2);  // damaged bytes stay visible
  CHECK(display_width("") == 0);
}

TEST_CASE("an imported name cannot move the cursor or change colours") {
  CHECK(printable("Dupont\x1B[2J\nSARL") == "Dupont [2J SARL");
  CHECK(printable("\xC2\x9B"
                  "31m") == " 31m");  // C1 control sequence introducer
  CHECK(printable("a\xE2\x80\xAE"
                  "b") == "a b");  // right-to-left override
  CHECK(printable("Hélène") == "Hélène");
  CHECK(printable("caf\xE9") == "caf?");
}

TEST_CASE("a long cell is cut at a letter and says so") {
  CHECK(shortened("échéancier", 6) == "échéa…");
  CHECK(shortened("échéancier", 10) == "échéancier");
  CHECK(display_width(shortened("漢字漢字", 4)) <= 4);
}

TEST_CASE("columns line up under accents, numbers to the right") {
  TextTable table({{"débiteur", TextTable::Align::left, 60}, {"solde", TextTable::Align::right, 60}});
  table.add({"Émile", "1.00"});
  table.add({"Boulangerie", "1234.56"});
  CHECK(table.text() ==
        "débiteur       solde\n"
        "Émile           1.00\n"
        "Boulangerie  1234.56\n");
}

TEST_CASE("exit codes and names come from the failure's facts") {
  const ErrorReport report("test");
  CHECK(run_reported(report, [] { return 0; }) == 0);
  CHECK(run_reported(report, []() -> int { throw Failure(Code::unreachable, "x"); }) == 4);
  CHECK(run_reported(report, []() -> int { throw Failure(Code::locked, "x"); }) == 5);
  CHECK(run_reported(report, []() -> int { throw Failure(Code::usage, "x"); }) == 2);
  CHECK(run_reported(report, []() -> int { throw std::runtime_error("secret"); }) == 1);
}

TEST_CASE("no command asks a question that nobody can see") {
  // CTest and CI give no terminal; on one this would wait for a person.
  if (is_terminal(Stream::in)) return;
  CHECK_THROWS_AS(ask_passphrase("?"), Failure);
}
