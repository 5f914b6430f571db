// Lists of open items in CSV: forms that people's programs write, mappings, and every way in which a line can be wrong.
#include "server/claims_csv.h"

#include "host/failure.h"
#include "host/files.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::server;

namespace {

std::string data(const std::string& name) {
  return read_file(std::string(RELANCE_SOURCE_DIR) + "/tests/data/claims/" + name, 1 << 20);
}

CsvMapping sage() { return mapping_of_json(data("impayes_sage.mapping.json")); }

ClaimFile plain(const std::string& text) { return read_claims_csv(text, plain_mapping()); }

std::string problem_of(const std::string& text) {
  const ClaimFile file = plain(text);
  return file.problems.empty() ? "" : problem_sentence(file.problems.front());
}

constexpr const char* kHeader = "debtor_ref;piece;issued_on;amount\n";

}  // namespace

TEST_CASE("R60: a CSV as Sage writes it is read by its mapping", "[R60]") {
  const ClaimFile file = read_claims_csv(data("impayes_sage.csv"), sage());
  for (const FileProblem& problem : file.problems) INFO(problem_sentence(problem));
  REQUIRE(file.problem_count == 0);
  REQUIRE(file.lines.size() == 5);
  const ClaimLine& first = file.lines[0];
  CHECK(first.debtor_name == "Société Générale de l'Étang");
  CHECK(first.siren == "800000010");
  CHECK(first.address_line == "12, rue de l'Église");
  CHECK(first.phone == "+33299000001");
  CHECK(first.issued_on == "2026-01-05");
  CHECK(first.due_on == "2026-02-04");
  CHECK(first.amount_cents == 123456);
  CHECK(file.lines[1].label == "Location; suite");
  CHECK(file.lines[2].amount_cents == -3456);
  CHECK(file.lines[2].kind == ClaimKind::credit_note);
  CHECK(file.lines[3].label == "Réparation sur place");
  CHECK(file.lines[3].address_line == "3 chemin des Œillets");
  CHECK(file.lines[3].phone == "+590590123456");
  CHECK(file.lines[3].amount_cents == 8000);
  CHECK(file.lines[4].line == 9);  // a cell above it has a line end inside
  CHECK(file.lines[4].amount_cents == 200000);
  CHECK(file.notice_count == 3);  // a SIREN, an address, a number: left out, not guessed
}

TEST_CASE("R60: a CSV without a mapping has the fields' own names as titles", "[R60]") {
  const ClaimFile file = plain(data("open_items.csv"));
  REQUIRE(file.problem_count == 0);
  REQUIRE(file.lines.size() == 4);
  CHECK(file.lines[0].siren == "800001232");
  CHECK(file.lines[2].amount_cents == -12000);
  CHECK(file.lines[0].identity != file.lines[1].identity);  // one piece, two due dates
}

TEST_CASE("R60: encodings and separators are found out, or given", "[R60]") {
  for (const std::string separator : {";", ",", "\t", "|"}) {
    std::string text = "debtor_ref;debtor_name;piece;issued_on;amount\nA;Café;F1;01/02/2026;12.50\n";
    for (char& c : text)
      if (c == ';') c = separator[0];
    const ClaimFile file = plain(text);
    REQUIRE(file.lines.size() == 1);
    CHECK(file.lines[0].debtor_name == "Café");
  }
  const std::string head = "debtor_name;piece;issued_on;amount\n";
  CHECK(plain(head + "\x80uro;F1;20260201;1\n").lines.at(0).debtor_name == "€uro");  // Windows-1252
  CHECK(plain(head + "\xA4uro;F1;20260201;1\n").lines.at(0).debtor_name == "€uro");  // ISO 8859-15
  CHECK(plain("\xEF\xBB\xBF" + head + "€uro;F1;20260201;1\n").lines.at(0).debtor_name == "€uro");
  CsvMapping mapping = plain_mapping();
  mapping.encoding = Encoding::cp1252;
  CHECK(read_claims_csv(head + "\xA4uro;F1;20260201;1\n", mapping).lines.at(0).debtor_name == "¤uro");
  mapping.encoding = Encoding::utf8;
  CHECK(read_claims_csv(head + "\xA4uro;F1;20260201;1\n", mapping).problem_count == 1);
}

TEST_CASE("R60: dates as people write them", "[R60]") {
  const auto day = [](const std::string& text) {
    const ClaimFile file = plain(kHeader + std::string("A;F1;") + text + ";1\n");
    return file.lines.empty() ? "" : file.lines[0].issued_on;
  };
  for (const char* text : {"05/02/2026", "5/2/2026", "05.02.2026", "05-02-26", "2026-02-05", "20260205",
                           "05/02/2026 00:00:00", "2026-02-05T00:00:00"}) {
    INFO(text);
    CHECK(day(text) == "2026-02-05");
  }
  CHECK(day("05/02/69") == "2069-02-05");
  CHECK(day("05/02/70") == "1970-02-05");
  for (const char* text : {"31/02/2026", "2/2026", "demain", "05/02/0202", "5/2/026", "46058"}) {
    INFO(text);
    CHECK(day(text).empty());
  }
}

TEST_CASE("R60: a CSV line that is wrong is named with its line and column", "[R60]") {
  CHECK(problem_of(kHeader + std::string("A;F1;01/02/2026;1\nA;F2;01/02/2026;zwölf\n")) ==
        "line 3, amount: is not an amount");
  CHECK(problem_of(kHeader + std::string("A;;01/02/2026;1\n")) == "line 2, piece: is empty");
  CHECK(problem_of(kHeader + std::string(";F1;01/02/2026;1\n")) == "line 2, debtor_ref: is empty");
  CHECK(problem_of(kHeader + std::string("A;F1;;1\n")) == "line 2, issued_on: is empty");
  CHECK(problem_of(kHeader + std::string("A;F1;99/99/2026;1\n")) == "line 2, issued_on: is not a date");
  CHECK(problem_of("debtor_ref;piece;issued_on;amount;currency\nA;F1;01/02/2026;1;USD\n") ==
        "line 2, currency: is not EUR: cases are kept in euros");
  CHECK(problem_of("client;piece;issued_on;amount\nA;F1;01/02/2026;1\n")
            .starts_with("line 1, debtor_ref: is no column"));
  CHECK(problem_of("") == "the file holds no line of a claim");
  CHECK(problem_of(kHeader) == "the file holds no line of a claim");
  CHECK(problem_of(std::string("\xFF\xFE"
                               "d\0e\0",
                               6))
            .starts_with("the file is not text"));
  CHECK(problem_of(kHeader + std::string("A;F1;01/02/2026;1;") + std::string(70000, 'x') + "\n")
            .starts_with("line 2 is longer"));
}

TEST_CASE("R60: other accounts of a ledger's CSV are forgotten", "[R60]") {
  const ClaimFile file =
      plain("account;debtor_ref;piece;issued_on;amount\n411;A;F1;01/02/2026;1\n401;S;X;01/02/2026;9\n");
  CHECK(file.lines.size() == 1);
  CHECK(file.lines_other == 1);
}

TEST_CASE("R60: a mapping by places reads a file without a header", "[R60]") {
  CsvMapping mapping;
  mapping.columns = {{CsvField::debtor_name, "#1"},
                     {CsvField::piece, "#3"},
                     {CsvField::due_on, "#2"},
                     {CsvField::amount, "#4"}};
  mapping.has_header = false;
  REQUIRE(why_not(mapping).empty());
  const ClaimFile file = read_claims_csv("Dupont;01/02/2026;F1;10,00\n", mapping);
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].due_on == "2026-02-01");
}

TEST_CASE("R60: a mapping that cannot be used says why, one that can survives being kept", "[R60]") {
  CHECK(why_not(CsvMapping{}).find("piece") != std::string::npos);
  CsvMapping mapping = sage();
  CHECK(mapping_json(mapping_of_json(mapping_json(mapping))) == mapping_json(mapping));
  mapping.columns[CsvField::label] = "#300";
  CHECK_FALSE(why_not(mapping).empty());
  mapping.columns[CsvField::label] = "#7";
  mapping.has_header = false;
  CHECK_FALSE(why_not(mapping).empty());  // the others are titles
  for (const char* text : {"", "{}", "[1]", R"({"columns":{"colour":"x"}})", R"({"columns":{"piece":3}})"})
    CHECK_THROWS_AS(mapping_of_json(text), Failure);
}

TEST_CASE("R60: a quote that never closes is a plain character", "[R60]") {
  const ClaimFile file = plain(
      "debtor_ref;debtor_name;piece;issued_on;amount\nA;\"Le Bon Coin;F1;01/02/2026;1\n"
      "B;\"Le \"\"Petit\"\" Coin\";F2;01/02/2026;1\n");
  REQUIRE(file.lines.size() == 2);
  CHECK(file.lines[0].debtor_name == "\"Le Bon Coin");
  CHECK(file.lines[1].debtor_name == "Le \"Petit\" Coin");
}
