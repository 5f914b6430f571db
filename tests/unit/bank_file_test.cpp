// Statements of account of four formats: what is read of the public samples to the cent, what is refused with line and
// reason, and that a movement has the same name in every file that tells of it.
#include "server/bank_file.h"

#include <rapidcheck.h>

#include <fstream>
#include <set>
#include <sstream>

#include "tests/fuzz/fuzz.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::server;

namespace {

std::string sample(const std::string& name) {
  std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/bank/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

BankFile good(const std::string& name) {
  BankFile file = read_bank_file(sample(name));
  for (const BankProblem& problem : file.problems) UNSCOPED_INFO(problem_sentence(problem));
  CHECK(file.problem_count == 0);
  return file;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

/// A record of 120 columns; `parts`: texts by their first column.
std::string made(const std::string& code, const std::vector<std::pair<std::size_t, std::string>>& parts) {
  std::string out(120, ' ');
  const auto put = [&](std::size_t column, const std::string& text) {
    out.replace(column - 1, text.size(), text);
  };
  put(1, code + "15589");
  put(12, "00000EUR2");
  put(22, "98765432100");
  put(35, "160519");
  for (const auto& [column, text] : parts) put(column, text);
  return out + "\n";
}

std::string first_problem(std::string_view bytes) {
  const BankFile file = read_bank_file(bytes);
  REQUIRE(file.problem_count > 0);
  CHECK(file.lines.empty());
  return problem_sentence(file.problems.front());
}

}  // namespace

TEST_CASE("bank file: a CFONB 120 statement with blank lines and details reads to the cent") {
  const BankFile file = good("cfonb120_pennylane_example.txt");
  CHECK(file.format == BankFormat::cfonb120);
  CHECK(file.statements == 2);
  REQUIRE(file.lines.size() == 6);
  const BankLine& first = file.lines.front();
  CHECK(first.line == 3);
  CHECK(first.amount_cents == -3221);
  CHECK(first.booked_on == "2019-05-16");
  CHECK(first.value_on == "2019-05-16");
  CHECK(first.currency == "EUR");
  CHECK(first.account == "…2100");
  CHECK(first.payer == "INTERNET SFR");
  CHECK(first.end_to_end == "OTHER REFERENCE");
  CHECK(first.label ==
        "PRLV SEPA TEST CABINET MENSUEAUHTR13133 MENSUEAUHTR13DUP REFERENCE OTHER REFERENCE PURPOSE");
  CHECK(first.return_code.empty());
  CHECK(file.lines[3].amount_cents == 9749);  // its statement adds up with it
  CHECK(file.first_on == "2019-05-15");
  CHECK(file.last_on == "2019-05-17");
  CHECK(good("cfonb120_silarhi_simple.txt").lines.empty());
}

TEST_CASE("bank file: CFONB 240 lists of transfers, their totals compared") {
  const BankFile file = good("cfonb240_silarhi_complex.txt");
  CHECK(file.format == BankFormat::cfonb240);
  REQUIRE(file.lines.size() == 3);
  CHECK(file.lines[0].amount_cents == 171200);
  CHECK(file.lines[1].amount_cents == 287280);
  CHECK(file.lines[2].amount_cents == 11760);
  CHECK(file.lines[0].booked_on == "2020-12-21");
  CHECK(file.lines[0].payer == "OFFICE NATL DU AAAAAAAA");
  CHECK(file.lines[2].label == "F2012017");
  CHECK(file.notices.size() == 2);
}

TEST_CASE("bank file: CAMT.053 of versions 2 and 4, and CAMT.054") {
  const BankFile two = good("camt053.v2.multi.statement.xml");
  CHECK(two.format == BankFormat::camt053);
  CHECK(two.statements == 2);
  REQUIRE(two.lines.size() == 2);
  CHECK(two.lines[0].amount_cents == 885);
  CHECK(two.lines[1].amount_cents == -700);
  CHECK(two.lines[1].payer == "Company Name 2");
  CHECK(two.lines[1].end_to_end == "000000002");
  CHECK(two.lines[1].label == "Transaction Description 2 000000002");
  CHECK(two.lines[0].value_on == "2015-01-02");
  for (const char* name : {"camt053.v2.minimal.xml", "camt053.v2.with-party-ids.xml", "camt053.v4.xml"}) {
    const BankFile file = good(name);
    REQUIRE(file.lines.size() == 1);
    CHECK(file.lines[0].amount_cents == 885);
    CHECK(file.lines[0].currency == "EUR");
    CHECK(file.lines[0].payer == "NAME NAME");
    CHECK(file.lines[0].end_to_end == "4654654654654654");
    CHECK(file.lines[0].booked_on == "2014-12-31");
    CHECK(file.lines[0].account == "…6890");
  }
  CHECK(good("camt053.v4.xml").lines[0].reference.starts_with("AAAASESS-FP-CN_98765/01~"));
  const BankFile notice = good("camt054.v2.xml");
  CHECK(notice.format == BankFormat::camt054);
  REQUIRE(notice.lines.size() == 1);
  CHECK(notice.lines[0].amount_cents == -20000000);
  CHECK(notice.lines[0].currency == "SEK");
  CHECK(notice.lines[0].booked_on == "2007-10-18");  // of the message: the entry has none
}

TEST_CASE("R33: a placeholder in the reference's place names no line: the day tells two receipts apart",
          "[R33]") {
  const std::string text = sample("camt053.v4.xml");
  const auto reference_of = [&](const char* bank_ref, const char* day) {
    std::string made = replaced(text, "AAAASESS-FP-CN_98765/01", bank_ref);
    const std::size_t booked = made.find("<BookgDt>"), from = made.find("-", booked) - 4;
    made.replace(from, 10, day);
    return read_bank_file(made).lines.at(0).reference;
  };
  CHECK(reference_of("NONREF", "2026-01-05") != reference_of("NONREF", "2026-01-06"));
  CHECK(reference_of("REF-1", "2026-01-05") == reference_of("REF-1", "2026-01-06"));
}

TEST_CASE("bank file: CAMT.053 of version 8, with its states and parties, and prefixed names") {
  std::string text = sample("camt053.v2.minimal.xml");
  text = replaced(text, "camt.053.001.02", "camt.053.001.08");
  text = replaced(text, "<Sts>BOOK</Sts>", "<Sts><Cd>BOOK</Cd></Sts>");
  text = replaced(text, "<Nm>NAME NAME</Nm>", "<Pty><Nm>NAME NAME</Nm></Pty>");
  const BankFile file = read_bank_file(text);
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].payer == "NAME NAME");
  CHECK(file.lines[0].reference == good("camt053.v2.minimal.xml").lines[0].reference);
  std::string prefixed;
  for (std::size_t i = 0; i < text.size(); ++i) {
    prefixed += text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '?';
    if (text[i] == '<' && next != '?' && next != '/') prefixed += "n:";
    if (text[i] == '/' && i > 0 && text[i - 1] == '<') prefixed += "n:";
  }
  CHECK(read_bank_file(replaced(prefixed, "xmlns=", "xmlns:n=")).lines.size() == 1);
  const BankFile pending = read_bank_file(replaced(text, "<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>"));
  CHECK(pending.lines.empty());
  CHECK(pending.pending == 1);
}

TEST_CASE("R33: malformed bank files are refused with line and reason", "[R33]") {
  const std::pair<const char*, const char*> cases[] = {
      {"cfonb120_bad_end_of_statement_without_beginning.txt",
       "line 9: a statement ends (07) that no record 01 has opened"},
      {"cfonb120_bad_invalid_date.txt", "line 1: the date of the balance is not a day"},
      {"cfonb120_bad_new_statement_without_previous_ended.txt",
       "line 6: a statement begins before the one of line 1 is closed by a record 07"},
      {"cfonb120_bad_operation_already_defined.txt",
       "line 1: a movement (04) stands before the record 01 that opens its statement"},
      {"cfonb120_bad_operation_detail_without_operation.txt",
       "line 3: a detail (05) stands before the movement (04) that it belongs to"},
      {"camt053.v2.wrong.xml", "line 3: the message holds no statement"},
  };
  for (const auto& [name, sentence] : cases) {
    INFO(name);
    const BankFile file = read_bank_file(sample(name));
    REQUIRE(file.problem_count > 0);
    CHECK(file.lines.empty());
    bool is_told = false;
    for (const BankProblem& problem : file.problems)
      is_told = is_told || problem_sentence(problem) == sentence;
    UNSCOPED_INFO(problem_sentence(file.problems.front()));
    CHECK(is_told);
  }
}

TEST_CASE("bank file: a statement whose movements do not lead to its balance is refused") {
  const std::string damaged = replaced(sample("cfonb120_pennylane_example.txt"), "0000107}", "0000106}");
  CHECK(first_problem(damaged).find("do not lead from the opening balance") != std::string::npos);
  const std::string cut = sample("cfonb120_pennylane_example.txt").substr(0, 1500);
  CHECK(read_bank_file(cut).problem_count > 0);
}

TEST_CASE("bank file: what is none of the four, empty or too large is refused") {
  CHECK(first_problem("").find("none of CFONB") != std::string::npos);
  CHECK(first_problem("JournalCode\tJournalLib").find("none of CFONB") != std::string::npos);
  CHECK(first_problem("<html><body/></html>").find("no CAMT") != std::string::npos);
  CHECK(first_problem("<a>").find("line 1: the XML is damaged") != std::string::npos);
  CHECK(first_problem(std::string(kBankFileBytesMax + 1, ' ')).find("MiB") != std::string::npos);
  const std::string next = replaced(sample("camt053.v2.minimal.xml"), "camt.053.001.02", "camt.053.001.99");
  CHECK(first_problem(next).find("versions 2 to 8") != std::string::npos);
}

TEST_CASE("bank file: XML with a DOCTYPE or entities is not read") {
  const std::string attack =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\n"
      "<Document "
      "xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>&b;</BkToCstmrStmt></"
      "Document>";
  CHECK(first_problem(attack) == "line 2: a statement has no DOCTYPE: the file is not read");
  std::string deep = "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\">";
  for (int i = 0; i < 200'000; ++i) deep += "<a>";
  CHECK(read_bank_file(deep).problem_count > 0);
}

TEST_CASE("bank file: movements have names of their own, the same at every reading", "[R33]") {
  std::set<std::string> names;
  std::size_t lines = 0;
  for (const char* name : {"cfonb120_pennylane_example.txt", "cfonb240_silarhi_complex.txt",
                           "camt053.v2.multi.statement.xml", "camt053.v4.xml", "camt054.v2.xml"}) {
    const BankFile once = good(name), twice = good(name);
    for (std::size_t i = 0; i < once.lines.size(); ++i) {
      CHECK(once.lines[i].reference == twice.lines[i].reference);
      CHECK(once.lines[i].reference.size() <= 80);
      names.insert(once.lines[i].reference);
      ++lines;
    }
  }
  CHECK(names.size() == lines);
  // line ends and blank lines are form
  std::string dense;
  for (std::istringstream in(sample("cfonb120_pennylane_example.txt")); std::getline(in, dense, '\0');) {
  }
  std::string windows;
  for (const char c : dense) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const BankFile other = read_bank_file(windows), same = good("cfonb120_pennylane_example.txt");
  REQUIRE(other.lines.size() == same.lines.size());
  for (std::size_t i = 0; i < same.lines.size(); ++i)
    CHECK(other.lines[i].reference == same.lines[i].reference);
}

TEST_CASE("bank file: two movements alike in all are two") {
  const std::string record = made("04", {{43, "160519"}, {49, "VIR SEPA"}, {91, "0000000000107}"}});
  const BankFile file = read_bank_file(made("01", {{91, "0000000000000}"}}) + record + record +
                                       made("07", {{91, "0000000000214}"}}));
  for (const BankProblem& problem : file.problems) UNSCOPED_INFO(problem_sentence(problem));
  REQUIRE(file.lines.size() == 2);
  CHECK(file.lines[0].reference != file.lines[1].reference);
}

TEST_CASE("R39: a returned direct debit keeps the bank's code", "[R39]") {
  const std::string head = made("01", {{91, "0000000000000}"}}), end = made("07", {{91, "0000000000107}"}});
  const std::string record =
      made("04", {{33, "B3"}, {41, "04"}, {43, "160519"}, {49, "REJET PRLV SEPA"}, {91, "0000000000107}"}});
  const std::string detail = made("05", {{46, "RETAM04PROVISION INSUFFISANTE"}});
  const BankFile file = read_bank_file(head + record + end);
  for (const BankProblem& problem : file.problems) UNSCOPED_INFO(problem_sentence(problem));
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].amount_cents == -1070);
  CHECK(file.lines[0].return_code == "04");
  CHECK(read_bank_file(head + record + detail + end).lines.at(0).return_code == "AM04");
  std::string camt = sample("camt053.v2.multi.statement.xml");
  camt = replaced(camt, "<EndToEndId>000000002</EndToEndId>\n                        </Refs>",
                  "<EndToEndId>000000002</EndToEndId>\n                        </Refs>\n"
                  "<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>");
  CHECK(read_bank_file(camt).lines.at(1).return_code == "MD06");
  std::string unpaid = sample("camt054.v2.xml");
  CHECK(read_bank_file(unpaid).lines.at(0).return_code.empty());
  unpaid = replaced(unpaid, "<SubFmlyCd>DMCT</SubFmlyCd>", "<SubFmlyCd>UPCQ</SubFmlyCd>");
  CHECK(read_bank_file(unpaid).lines.at(0).return_code == "UPCQ");
  CHECK(read_bank_file(replaced(unpaid, "DBIT", "CRDT")).lines.at(0).return_code.empty());
}

TEST_CASE("bank file: an entry of several transactions is split where they add up to it") {
  const std::string part =
      "<TxDtls><Refs><EndToEndId>E</EndToEndId></Refs><AmtDtls><TxAmt><Amt "
      "Ccy=\"EUR\">AMOUNT</Amt></TxAmt></AmtDtls>"
      "<RltdPties><Dbtr><Nm>PAYER</Nm></Dbtr></RltdPties></TxDtls>";
  const auto with = [&](const std::string& first, const std::string& second) {
    std::string details =
        "<NtryDtls>" + replaced(part, "AMOUNT", first) + replaced(part, "AMOUNT", second) + "</NtryDtls>";
    std::string text = sample("camt053.v2.minimal.xml");
    const std::size_t from = text.find("<NtryDtls>"), to = text.find("</NtryDtls>");
    REQUIRE(to != std::string::npos);
    return read_bank_file(text.replace(from, to - from + 11, details));
  };
  const BankFile split = with("5.00", "3.85");
  REQUIRE(split.lines.size() == 2);
  CHECK(split.lines[0].amount_cents == 500);
  CHECK(split.lines[1].amount_cents == 385);
  CHECK(split.lines[0].reference != split.lines[1].reference);
  CHECK(split.lines[0].payer == "PAYER");
  const BankFile whole = with("5.00", "3.84");
  REQUIRE(whole.lines.size() == 1);
  CHECK(whole.lines[0].amount_cents == 885);
}

TEST_CASE("bank file: a damaged file is refused or read, never half of it", "[R33]") {
  const fuzz::Target* target = nullptr;
  for (const fuzz::Target& one : fuzz::targets())
    if (one.name == "bank_file") target = &one;
  REQUIRE(target != nullptr);
  std::vector<std::string> samples;
  for (const char* name : {"cfonb120_pennylane_example.txt", "cfonb240_silarhi_complex.txt",
                           "camt053.v2.multi.statement.xml", "camt053.v4.xml", "camt054.v2.xml"})
    samples.push_back(sample(name));
  CHECK(rc::check("some bytes changed", [&] {
    std::string bytes = *rc::gen::elementOf(samples);
    const auto changes = *rc::gen::inRange(1, 6);
    for (int i = 0; i < changes; ++i)
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    target->run(bytes);
    target->run(std::string_view(bytes).substr(0, *rc::gen::inRange<std::size_t>(0, bytes.size())));
  }));
}
