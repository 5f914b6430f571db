// The export of Sage 50: its columns, what is kept and what is forgotten, and every way in which a line can be wrong.
#include "server/ximport_reader.h"

#include "host/files.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

std::string sample() {
  return read_file(std::string(RELANCE_SOURCE_DIR) + "/tests/data/claims/XIMPORT.TXT", 1 << 20);
}

struct Made {
  std::string piece = "1", journal = "VE", date = "20260105", due = "20260204", reference = "F1",
              account = "411DUPONT", label = "Facture", amount = "100,00", side = "D", name = "Dupont",
              mark = "O2003";
};

std::string padded(const std::string& text, std::size_t width) {
  return text + std::string(width - text.size(), ' ');
}

std::string line_of(const Made& m) {
  return padded(m.piece, 5) + padded(m.journal, 2) + padded(m.date, 8) + padded(m.due, 8) +
         padded(m.reference, 12) + padded(m.account, 11) + padded(m.label, 25) +
         std::string(13 - m.amount.size(), ' ') + m.amount + m.side + padded("", 18) + padded(m.name, 34) +
         m.mark + "\r\n";
}

/// With a line of sales that balances it.
std::string file_of(const Made& m) {
  Made sales = m;
  sales.account = "706000";
  sales.side = m.side == "D" ? "C" : "D";
  return line_of(m) + line_of(sales);
}

std::string problem_of(const std::string& bytes) {
  const ClaimFile file = read_ximport(bytes, false);
  return file.problems.empty() ? "" : problem_sentence(file.problems.front());
}

}  // namespace

TEST_CASE("R60: an XIMPORT gives customers' lines with their due dates, and forgets the others", "[R60]") {
  const ClaimFile file = read_ximport(sample(), false);
  REQUIRE(file.problem_count == 0);
  CHECK(file.format == "ximport");
  CHECK(file.lines_read == 19);
  CHECK(file.lines_other == 10);
  REQUIRE(file.lines.size() == 9);
  const ClaimLine& first = file.lines[0];
  CHECK(first.debtor_ref == "411DUPONT");
  CHECK(first.debtor_name == "Établissements Dupont");
  CHECK(first.piece_ref == "F26-0001");
  CHECK(first.label == "Facture chaudière");
  CHECK(first.issued_on == "2026-01-05");
  CHECK(first.due_on == "2026-02-04");
  CHECK(first.amount_cents == 120000);
  CHECK(first.kind == ClaimKind::invoice);
  CHECK(file.lines[2].due_on.empty());
  CHECK(file.lines[2].debtor_name == "Martin Œuvres SARL");  // 0x8C of Windows-1252
  CHECK(file.lines[3].kind == ClaimKind::payment);
  CHECK(file.lines[6].kind == ClaimKind::credit_note);
  CHECK(file.lines[6].amount_cents == -5000);
  CHECK(file.lines[7].kind == ClaimKind::bill);
}

TEST_CASE("R60: an XIMPORT line that is wrong is named with its line, and nothing else of it", "[R60]") {
  CHECK(problem_of(file_of({})).empty());
  CHECK(problem_of(file_of({.date = "20260230"})) == "line 1, date: is not a date (YYYYMMDD)");
  CHECK(problem_of(file_of({.date = ""})) == "line 1, date: is empty");
  CHECK(problem_of(file_of({.due = "04022026"})) == "line 1, due date: is not a date (YYYYMMDD)");
  CHECK(problem_of(file_of({.due = "00000000"})).empty());
  CHECK(problem_of(file_of({.amount = "1,2,3"})) == "line 1, amount: is not an amount");
  CHECK(problem_of(line_of({.side = "X"})) == "line 1, side: is neither D nor C");
  CHECK(problem_of(file_of({.account = "CLIENT"})) == "line 1, account: is no account number");
  CHECK(problem_of(file_of({.mark = "X2003"})) == "line 1, mark: is not the mark of the form (O2003)");
  CHECK(problem_of(line_of({})) == "the file debits and credits differ by 100.00");
  CHECK(read_ximport(line_of({}), true).problem_count == 0);
  CHECK(problem_of(file_of({}) + "short\r\n") == "line 3 has not the 142 characters of an XIMPORT line");
  CHECK(problem_of("JournalCode\tJournalLib\r\n" + file_of({})) ==
        "line 1 has not the 142 characters of an XIMPORT line");
  CHECK(problem_of("") == "the file holds no line of an XIMPORT");
  std::string many;
  for (int i = 0; i < 11; ++i)
    many += file_of({.reference = "F" + std::to_string(i), .amount = "9999999999,99"});
  CHECK(problem_of(many) == "line 21 has an amount that is too large to be true");
}

TEST_CASE("R60: an XIMPORT that somebody saved as UTF-8 is cut by its characters", "[R60]") {
  std::string bytes = file_of({.label = "Chaudi@re"});
  for (std::size_t at = bytes.find('@'); at != std::string::npos; at = bytes.find('@'))
    bytes.replace(at, 1, "è");
  const ClaimFile file = read_ximport(bytes, false);
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].label == "Chaudière");
  CHECK(file.lines[0].amount_cents == 10000);
}

TEST_CASE("R60: a collective account is told: all its customers would be one debtor", "[R60]") {
  const ClaimFile file = read_ximport(file_of({.account = "41100000000"}), false);
  REQUIRE(file.notices.size() == 1);
  CHECK(problem_sentence(file.notices[0]).find("collective") != std::string::npos);
}

TEST_CASE("R60: lines alike in everything are told apart, in whatever order", "[R60]") {
  const ClaimFile file = read_ximport(file_of({}) + file_of({}), false);
  REQUIRE(file.lines.size() == 2);
  CHECK(file.lines[0].identity != file.lines[1].identity);
}
