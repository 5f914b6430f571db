// The FEC reader on two real files, on every variant of form made from them, and on damage.
#include "server/fec_reader.h"

#include <rapidcheck.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "rules/money.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr const char* kFile18 = "0000000001FEC20220831.txt";
constexpr const char* kFile22 = "000000000FEC20231231.txt";
constexpr std::string_view kBom = "\xEF\xBB\xBF";

std::string bytes_of(const std::string& name) {
  std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

using Table = std::vector<std::vector<std::string>>;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (true) {
    const std::size_t end = text.find(separator);
    out.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// The cells of a file with tabs and LF.
Table table_of(const std::string& name) {
  std::string bytes = bytes_of(name);
  if (bytes.starts_with(kBom)) bytes.erase(0, kBom.size());
  Table table;
  for (const std::string& line : split(bytes, '\n')) {
    if (!line.empty()) table.push_back(split(line, '\t'));
  }
  return table;
}

std::string joined(const Table& table, char separator = '\t', std::string_view line_end = "\n") {
  std::string out;
  for (const auto& line : table) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (i != 0) out += separator;
      out += line[i];
    }
    out += line_end;
  }
  return out;
}

/// In a single-byte set: Latin-1, and the euro where that set has it. The files hold nothing else (checked).
std::string single_byte(std::string_view utf8, char euro = '\xA4') {
  std::string out;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    if (byte < 0x80) {
      out += utf8[i];
    } else if (utf8.substr(i, 3) == "\xE2\x82\xAC") {
      out += euro;
      i += 2;
    } else {
      REQUIRE((byte == 0xC2 || byte == 0xC3));
      out += static_cast<char>(((byte & 3) << 6) | (utf8[++i] & 0x3F));
    }
  }
  return out;
}

std::size_t column(const Table& table, const std::string& name) {
  const auto& header = table.front();
  const auto found = std::find(header.begin(), header.end(), name);
  REQUIRE(found != header.end());
  return static_cast<std::size_t>(found - header.begin());
}

std::vector<std::string> lines_of(const FecFile& file) {
  std::vector<std::string> out;
  for (const FecLine& line : file.receivables) {
    std::string text = std::to_string(line.line);
    for (const std::string& field :
         {line.journal, line.journal_label, line.number, line.account, line.account_label, line.aux_account,
          line.aux_label, line.piece_ref, line.label, line.letter, line.booked_on, line.piece_on,
          line.lettered_on, std::to_string(line.debit_cents), std::to_string(line.credit_cents)})
      text += "\x1F" + field;
    out.push_back(text);
  }
  return out;
}

/// A variant of form says the same: no line, sum or word differs.
void check_same(const FecFile& file, const FecFile& original) {
  CHECK(fec_refusal(file, false).empty());
  CHECK(file.lines_read == original.lines_read);
  CHECK(file.lines_kept == original.lines_kept);
  CHECK(file.lines_other == original.lines_other);
  CHECK(file.total_debit_cents == original.total_debit_cents);
  CHECK(file.total_credit_cents == original.total_credit_cents);
  CHECK(file.balanced);
  CHECK(lines_of(file) == lines_of(original));
}

const std::string kHeader =
    "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\tPieceR"
    "ef\t"
    "PieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\n";

/// A line of the small files below.
std::string line(const std::string& number, const std::string& account, const std::string& debit,
                 const std::string& credit, const std::string& label = "Facture") {
  return "VE\tVentes\t" + number + "\t20240115\t" + account + "\tClients\tC1\tDurand\tF1\t20240110\t" +
         label + "\t" + debit + "\t" + credit + "\t\t\t20240131\t\t\n";
}

std::string sale(const std::string& number, const std::string& amount) {
  return line(number, "411000", amount, "0,00") + line(number, "707000", "0,00", amount);
}

std::vector<std::string> refusal_of(const std::string& bytes) { return fec_refusal(read_fec(bytes), false); }

}  // namespace

TEST_CASE("fec: the 18-column file gives its documented figures") {
  const FecFile file = read_fec(bytes_of(kFile18));
  CHECK(fec_refusal(file, false).empty());
  CHECK(file.lines_read == 5422);
  CHECK(file.lines_kept == 538);
  CHECK(file.lines_other == 4884);
  CHECK(file.lines_damaged == 0);
  CHECK(file.total_debit_cents == 1018621981);
  CHECK(file.total_credit_cents == 1018621981);
  CHECK(file.balanced);
  CHECK(file.first_unbalanced_line == 0);
  CHECK(file.has_bom);
  CHECK(file.encoding == Encoding::utf8);
  CHECK(file.separator == '\t');
  CHECK(file.columns == 18);
  CHECK(file.first_booked_on == "2021-09-01");
  CHECK(file.last_booked_on == "2022-08-31");
  std::set<std::string> customers;
  for (const FecLine& kept : file.receivables) customers.insert(kept.aux_account);
  CHECK(customers.size() == 17);
  CHECK(std::count_if(file.receivables.begin(), file.receivables.end(),
                      [](const FecLine& kept) { return !kept.letter.empty(); }) == 528);
}

TEST_CASE("fec: the 22-column file without numbers gives its documented figures") {
  const FecFile file = read_fec(bytes_of(kFile22));
  CHECK(fec_refusal(file, false).empty());
  CHECK(file.lines_read == 2102);
  CHECK(file.lines_kept == 153);
  CHECK(file.total_debit_cents == 126535082);
  CHECK(file.total_credit_cents == 126535082);
  CHECK(file.balanced);
  CHECK_FALSE(file.has_bom);
  CHECK(file.columns == 22);
}

TEST_CASE("fec: padding is cut, dates are ISO, amounts are cents") {
  const FecFile file = read_fec(bytes_of(kFile18));
  const FecLine& first = file.receivables.front();
  CHECK(first.journal == "ANO");
  CHECK(first.journal_label == "A nouveaux");
  CHECK(first.account == "411000");
  CHECK(first.aux_account == "C00001");
  CHECK(first.aux_label == "CLIENT 00001");
  CHECK(first.piece_ref == "RAN");
  CHECK(first.booked_on == "2021-09-01");
  CHECK(first.piece_on == "2021-09-01");
  CHECK(first.lettered_on.empty());
  CHECK(first.debit_cents == 3471);
  CHECK(first.credit_cents == 0);
  CHECK(std::any_of(file.receivables.begin(), file.receivables.end(),
                    [](const FecLine& kept) { return kept.journal == "OD"; }));  // "OD " in the file
}

TEST_CASE("fec: every variant of form says the same as the original") {
  const std::string name = GENERATE(as<std::string>(), kFile18, kFile22);
  CAPTURE(name);
  const FecFile original = read_fec(bytes_of(name));
  const Table table = table_of(name);

  SECTION("with and without BOM") {
    check_same(read_fec(joined(table)), original);
    check_same(read_fec(std::string(kBom) + joined(table)), original);
  }
  SECTION("pipes") {
    const FecFile file = read_fec(joined(table, '|'));
    check_same(file, original);
    CHECK(file.separator == '|');
  }
  SECTION("CRLF") { check_same(read_fec(joined(table, '\t', "\r\n")), original); }
  SECTION("lone CR") { check_same(read_fec(joined(table, '\t', "\r")), original); }
  SECTION("mixed line ends") {
    std::string mixed;
    for (std::size_t i = 0; i < table.size(); ++i)
      mixed += joined({table[i]}, '\t', i % 3 == 0 ? "\r\n" : i % 3 == 1 ? "\n" : "\r");
    check_same(read_fec(mixed), original);
  }
  SECTION("no end at the last line, and blank lines or a DOS end mark after it") {
    std::string bytes = joined(table);
    bytes.pop_back();
    check_same(read_fec(bytes), original);
    check_same(read_fec(bytes + "\n\n  \r\n\t\t\t\n\x1A"), original);
  }
  SECTION("ISO 8859-15") {
    const FecFile file = read_fec(single_byte(joined(table)));
    check_same(file, original);
    CHECK(file.encoding == Encoding::latin9);
    check_same(read_fec(single_byte(joined(table), '\x80')), original);  // Windows-1252
  }
  SECTION("trailing separators, in the header or not") {
    Table wide = table;
    for (std::size_t i = 1; i < wide.size(); ++i) wide[i].insert(wide[i].end(), i % 3, "");
    check_same(read_fec(joined(wide)), original);
    wide[0].insert(wide[0].end(), 2, "");
    check_same(read_fec(joined(wide, '|')), original);
  }
  SECTION("trailing tabs stripped by an editor") {
    Table narrow = table;
    for (auto& cells : narrow) {
      while (cells.back().empty()) cells.pop_back();
    }
    check_same(read_fec(joined(narrow)), original);
  }
  SECTION("blank-padded fields") {
    Table padded = table;
    for (auto& cells : padded) {
      for (std::size_t i = 0; i < cells.size(); ++i)
        cells[i] = i % 2 == 0 ? cells[i] + "   " : "  " + cells[i];
    }
    check_same(read_fec(joined(padded)), original);
  }
  SECTION("quoted fields, some with the separator inside") {
    Table quoted = table;
    for (auto& cells : quoted) {
      for (auto& cell : cells) cell = '"' + cell + '"';
    }
    check_same(read_fec(joined(quoted)), original);
    Table inside = table;
    const std::size_t label = column(table, "CompteLib");
    for (std::size_t i = 1; i < inside.size(); ++i) {
      if (!inside[i][column(table, "CompteNum")].starts_with("41")) inside[i][label] = "\"a\tb \"\"c\"\"\"";
    }
    check_same(read_fec(joined(inside)), original);
  }
  SECTION("header in other case, columns in another order") {
    Table turned = table;
    for (auto& cells : turned) std::reverse(cells.begin(), cells.end());
    for (auto& title : turned[0]) {
      for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    check_same(read_fec(joined(turned)), original);
  }
  SECTION("the accented Crédit of the law's own table, in either encoding") {
    Table accented = table;
    accented[0][column(table, "Credit")] =
        "Cr\xC3\xA9"
        "dit";
    accented[0][column(table, "Debit")] =
        "D\xC3\xA9"
        "bit";
    check_same(read_fec(joined(accented)), original);
    check_same(read_fec(single_byte(joined(accented))), original);
  }
  SECTION("decimal points") {
    Table points = table;
    for (const char* title : {"Debit", "Credit"}) {
      for (auto& cells : points) {
        auto& cell = cells[column(table, title)];
        std::replace(cell.begin(), cell.end(), ',', '.');
      }
    }
    check_same(read_fec(joined(points)), original);
  }
  SECTION("Montant and Sens, in each of its spellings") {
    const auto [debit_side, credit_side] =
        GENERATE(std::pair("D", "C"), std::pair("+1", "-1"), std::pair("DEBIT", "CREDIT"),
                 std::pair("d", "c"), std::pair("1", "-1"));
    Table sided = table;
    const std::size_t debit = column(table, "Debit"), credit = column(table, "Credit");
    for (std::size_t i = 1; i < sided.size(); ++i) {
      const bool is_credit = parse_cents(sided[i][debit]) == 0 && parse_cents(sided[i][credit]) != 0;
      REQUIRE((is_credit || parse_cents(sided[i][credit]) == 0));
      sided[i][debit] = sided[i][is_credit ? credit : debit];
      sided[i][credit] = is_credit ? credit_side : debit_side;
    }
    sided[0][debit] = "Montant";
    sided[0][credit] = "Sens";
    check_same(read_fec(joined(sided)), original);
  }
  SECTION("21 columns: without the client's id") {
    Table fewer = table;
    for (auto& cells : fewer) {
      for (const std::size_t size = 21; cells.size() < size;)
        cells.emplace_back(cells.size() == 18 ? "X" : "");
      cells.resize(21);
    }
    const char* names[] = {"DateRglt", "ModeRglt", "NatOp"};
    std::copy(std::begin(names), std::end(names), fewer[0].begin() + 18);
    check_same(read_fec(joined(fewer)), original);
  }
  SECTION("chunks of any size") {
    const std::string bytes = joined(table, '\t', "\r\n");
    for (const std::size_t size : {1U, 2U, 3U, 127U, 4096U}) {
      FecReader reader;
      for (std::size_t at = 0; at < bytes.size(); at += size)
        reader.feed(std::string_view(bytes).substr(at, size));
      check_same(reader.finish(), original);
    }
  }
}

TEST_CASE("fec: payroll and suppliers are counted, never kept") {
  const FecFile file =
      read_fec(kHeader + sale("1", "10,00") + line("2", "421000", "5,00", "0,00", "Paie de X") +
               line("2", "401000", "0,00", "5,00"));
  CHECK(file.lines_read == 4);
  CHECK(file.lines_kept == 1);
  CHECK(file.lines_other == 3);
  REQUIRE(file.receivables.size() == 1);
  CHECK(file.receivables[0].account == "411000");
}

TEST_CASE("fec: a damaged line is named with its line, its column and the fault, never its content") {
  const auto damaged = [](const std::string& from, const std::string& to) {
    std::string second = line("2", "411000", "7,00", "0,00");
    const std::size_t at = second.find(from);
    REQUIRE(at != std::string::npos);
    second.replace(at, from.size(), to);
    return refusal_of(kHeader + sale("1", "10,00") + second + line("2", "707000", "0,00", "7,00"));
  };
  using Sentences = std::vector<std::string>;
  CHECK(damaged("7,00", "sept") == Sentences{"line 4, Debit: is not an amount"});
  CHECK(damaged("7,00", "7,001") == Sentences{"line 4, Debit: is not an amount"});
  CHECK(damaged("\t0,00", "\tx") == Sentences{"line 4, Credit: is not an amount"});
  CHECK(damaged("7,00\t0,00", "\t") == Sentences{"line 4, Debit: is empty, and so is Credit"});
  CHECK(damaged("20240115", "20240230") == Sentences{"line 4, EcritureDate: is not a date (YYYYMMDD)"});
  CHECK(damaged("20240115", "02024011") == Sentences{"line 4, EcritureDate: is not a date (YYYYMMDD)"});
  CHECK(damaged("20240115", "") == Sentences{"line 4, EcritureDate: is empty"});
  CHECK(damaged("20240115", "19000101").empty());  // a date as good as another where one is required
  CHECK(damaged("20240110", "10/01/2024") == Sentences{"line 4, PieceDate: is not a date (YYYYMMDD)"});
  CHECK(damaged("20240131", "Durand") == Sentences{"line 4, ValidDate: is not a date (YYYYMMDD)"});
  CHECK(damaged("\t\t\t20240131", "\t\tDurand\t20240131") ==
        Sentences{"line 4, DateLet: is not a date (YYYYMMDD)"});
  CHECK(damaged("20240131\t", "20240131\tDurand") == Sentences{"line 4, Montantdevise: is not an amount"});
  CHECK(damaged("411000", "Clients") == Sentences{"line 4, CompteNum: is not an account number"});
  CHECK(damaged("Facture", "Fac\tture") == Sentences{"line 4, Debit: is not an amount"});
  CHECK(damaged("20240131\t\t", "20240131\t\tEUR\tEUR") ==
        Sentences{"line 4 has 19 columns where the header has 18"});
  CHECK(damaged("Facture\t7,00\t0,00\t\t\t20240131\t\t", "Fact") ==
        Sentences{"line 4 has 11 columns where the header has 18"});
  CHECK(damaged("7,00", "92233720368547758,07") == Sentences{"line 4, Debit: makes the total too large"});
}

TEST_CASE("fec: Sens that is neither side is damage") {
  std::string header = kHeader;
  header.replace(header.find("Debit\tCredit"), 12, "Montant\tSens");
  CHECK(refusal_of(header + line("1", "411000", "7,00", "D") + line("1", "707000", "7,00", "-1")).empty());
  CHECK(refusal_of(header + line("1", "411000", "7,00", "X")) ==
        std::vector<std::string>{"line 2, Sens: is neither D nor C, +1 nor -1"});
  CHECK(refusal_of(header + line("1", "411000", "", "D")) ==
        std::vector<std::string>{"line 2, Montant: is empty"});
}

TEST_CASE("fec: line numbers count as an editor does, blank lines and CRLF included") {
  const std::string bad = line("1", "411000", "x", "0,00");
  CHECK(read_fec(kHeader + "\n\r\n" + bad).problems.at(0).line == 4);
  std::string crlf = kHeader + bad;
  for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2)
    crlf.replace(at, 1, "\r\n");
  CHECK(read_fec(crlf).problems.at(0).line == 2);
}

TEST_CASE("fec: 20 problems are kept, all are counted") {
  std::string bytes = kHeader;
  for (int i = 0; i < 50; ++i) bytes += line("1", "607000", "x", "0,00");
  const FecFile file = read_fec(bytes);
  CHECK(file.problems.size() == 20);
  CHECK(file.problem_count == 50);
  CHECK(file.lines_damaged == 50);
  CHECK(file.lines_read == 50);
  CHECK(fec_refusal(file, true).back() == "and 30 more");
}

TEST_CASE("fec: a missing column is named, and so is one that is there twice") {
  for (const char* name : {"JournalCode", "EcritureNum", "EcritureDate", "CompteNum", "CompAuxNum",
                           "PieceDate", "Debit", "Credit", "EcritureLet"}) {
    std::string header = kHeader;
    header.replace(header.find(name), std::string_view(name).size(), "Autre");
    CHECK(refusal_of(header + sale("1", "1,00")) ==
          std::vector<std::string>{"line 1, " + std::string(name) +
                                   ": is missing: the header must name this column"});
  }
  std::string header = kHeader;
  header.replace(header.find("PieceRef"), 8, "Debit");
  CHECK(refusal_of(header).size() == 2);
  header = kHeader;
  header.replace(header.find("Debit"), 5, "Montant");
  header.replace(header.find("Credit"), 6, "X");
  CHECK(refusal_of(header) ==
        std::vector<std::string>{"line 1, Sens: is missing: the header must name this column"});
  for (const char* name : {"JournalLib", "ValidDate", "Montantdevise", "Idevise", "DateLet"}) {
    std::string without = kHeader;
    without.replace(without.find(name), std::string_view(name).size(), "Autre");
    CHECK(refusal_of(without + sale("1", "1,00")).empty());
  }
}

TEST_CASE("fec: what is no FEC is refused with what it looks like") {
  CHECK(refusal_of("") == std::vector<std::string>{"the file is empty"});
  CHECK(refusal_of("\n\n \n") == std::vector<std::string>{"the file is empty"});
  CHECK(refusal_of("hello\nworld\n").at(0).find("line 1 is not the header of a FEC") == 0);
  CHECK(refusal_of(sale("1", "1,00")).at(0).find("line 1 is not the header of a FEC") == 0);
  CHECK(refusal_of("<?xml version=\"1.0\"?>\n").at(0).find("XML form") != std::string::npos);
  CHECK(refusal_of(std::string("\xFF\xFEJ\0o\0u\0", 8)).at(0).find("UTF-16") != std::string::npos);
  std::string semicolons = kHeader;
  std::replace(semicolons.begin(), semicolons.end(), '\t', ';');
  CHECK(refusal_of(semicolons).at(0).find("';'") != std::string::npos);
  CHECK(refusal_of("PK\x03\x04zip").at(0).find("spreadsheet") != std::string::npos);
}

TEST_CASE("fec: a file without line ends does not fill the memory") {
  FecReader reader;
  reader.feed(kHeader);
  for (int i = 0; i < 1000; ++i) reader.feed(std::string(1000, 'x'));
  reader.feed("\n" + sale("1", "1,00"));
  const FecFile file = reader.finish();
  CHECK(fec_refusal(file, false) == std::vector<std::string>{"line 2 is longer than 65536 bytes"});
  CHECK(file.lines_read == 3);
  CHECK(file.lines_kept == 1);
  CHECK_FALSE(refusal_of(std::string(100'000, 'x')).empty());
  CHECK_FALSE(refusal_of(kHeader + std::string(70'000, 'x') + "\n").empty());
}

TEST_CASE("fec: an unbalanced file is refused with both totals and the écriture, unless accepted") {
  const std::string bytes = kHeader + sale("1", "10,00") + line("2", "411000", "7,00", "0,00") +
                            line("2", "707000", "0,00", "6,00") + sale("3", "5,00");
  const FecFile file = read_fec(bytes);
  CHECK_FALSE(file.balanced);
  CHECK(file.problem_count == 0);
  CHECK(file.first_unbalanced_line == 4);
  CHECK(fec_refusal(file, false) ==
        std::vector<std::string>{
            "the ledger does not balance: debit 22.00, credit 21.00; look at line 4 and after"});
  CHECK(fec_refusal(file, true).empty());
}

TEST_CASE("fec: accepting an imbalance does not accept damage") {
  CHECK_FALSE(fec_refusal(read_fec(kHeader + line("1", "411000", "x", "0,00")), true).empty());
}

TEST_CASE("fec: two écritures that cancel out are seen by their numbers") {
  std::string bytes = kHeader;
  for (int i = 10; i < 20; ++i) bytes += sale(std::to_string(i), "1,00");
  bytes += line("1", "411000", "7,00", "0,00") + line("1", "707000", "0,00", "6,00");
  bytes += line("2", "411000", "6,00", "0,00") + line("2", "707000", "0,00", "7,00");
  const FecFile file = read_fec(bytes);
  CHECK(file.total_debit_cents == file.total_credit_cents);
  CHECK_FALSE(file.balanced);
  CHECK(file.first_unbalanced_line == 22);
}

TEST_CASE("fec: numbers that count lines are no écritures") {
  CHECK(
      read_fec(kHeader + line("1", "411000", "7,00", "0,00") + line("2", "707000", "0,00", "7,00")).balanced);
  const FecFile file =
      read_fec(kHeader + line("1", "411000", "7,00", "0,00") + line("2", "707000", "0,00", "7,00") +
               line("3", "411000", "8,00", "0,00") + line("4", "707000", "0,00", "7,00"));
  CHECK_FALSE(file.balanced);
  CHECK(file.first_unbalanced_line == 4);
}

TEST_CASE("fec: one écriture may span journals") {
  std::string other_journal = line("1", "707000", "0,00", "7,00");
  other_journal.replace(0, 2, "OD");
  std::string bytes = kHeader + line("1", "411000", "7,00", "0,00") + other_journal;
  for (int i = 2; i < 10; ++i) bytes += sale(std::to_string(i), "1,00") + sale(std::to_string(i), "1,00");
  CHECK(read_fec(bytes).balanced);
}

TEST_CASE("fec: without numbers, the imbalance is placed by the running total") {
  Table table = table_of(kFile22);
  const std::size_t debit = column(table, "Debit");
  const std::size_t at = 1001;
  table[at][debit] = "999999,99";
  const FecFile file = read_fec(joined(table));
  CHECK_FALSE(file.balanced);
  CHECK(file.first_unbalanced_line <= at + 1);
  CHECK(file.first_unbalanced_line + 30 > at + 1);
}

TEST_CASE("fec: a line cut at the end of the file is damage or an imbalance") {
  std::string bytes = bytes_of(kFile18);
  for (const std::size_t cut : {10U, 40U, 70U, 100U, 5000U}) {
    CHECK_FALSE(refusal_of(bytes.substr(0, bytes.size() - cut)).empty());
  }
}

TEST_CASE("fec: negative debits keep their sign") {
  const FecFile file =
      read_fec(kHeader + line("1", "411000", "-7,00", "0,00") + line("1", "707000", "0,00", "7,00-"));
  CHECK(fec_refusal(file, false).empty());
  REQUIRE(file.receivables.size() == 1);
  CHECK(file.receivables[0].debit_cents == -700);
  CHECK(ledger_lines(file)[0].amount_cents == -700);
}

TEST_CASE("fec: an empty amount beside a full one is zero, thousands may be split") {
  const FecFile file = read_fec(kHeader + line("1", "411000", "1 234,50", "") +
                                line("1", "707000", "",
                                     "1\xC2\xA0"
                                     "234,50"));
  CHECK(fec_refusal(file, false).empty());
  CHECK(file.total_debit_cents == 123450);
}

TEST_CASE("fec: the zero days of other programs are no piece date") {
  std::string first = line("1", "411000", "7,00", "0,00");
  first.replace(first.find("20240110"), 8,
                GENERATE(as<std::string>(), "19000101", "00000000", "18991230", "        "));
  const FecFile file = read_fec(kHeader + first + line("1", "707000", "0,00", "7,00"));
  CHECK(fec_refusal(file, false).empty());
  CHECK(file.receivables.at(0).piece_on.empty());
}

TEST_CASE("fec: one line in another encoding changes no other line") {
  const std::string utf8 = kHeader + line("1", "411000", "7,00", "", "\xC3\xA9t\xC3\xA9") +
                           line("1", "411000", "", "7,00", "\xC3\xA9t\xC3\xA9");
  const FecFile mixed = read_fec(utf8 + line("2", "411000", "0", "", "\xE9t\xE9"));
  CHECK(mixed.encoding == Encoding::utf8);
  for (const FecLine& kept : mixed.receivables) CHECK(kept.label == "été");
  const FecFile windows = read_fec(kHeader + line("1", "411000", "0", "", "l\x92\xE9t\xE9 \x80"));
  CHECK(windows.encoding == Encoding::cp1252);
  CHECK(windows.receivables.at(0).label == "l’été €");
  CHECK(read_fec(kHeader + line("1", "411000", "0", "", "\xA4")).receivables.at(0).label == "€");
}

TEST_CASE("fec: a quote in a label is a plain character, control characters become blanks") {
  const auto label = [](const std::string& text) {
    return read_fec(kHeader + line("1", "411000", "0", "", text)).receivables.at(0).label;
  };
  CHECK(label("bague 1/2\" inox") == "bague 1/2\" inox");
  CHECK(label("\"ouvert") == "\"ouvert");
  CHECK(label("\"a\" et \"b\"") == "\"a\" et \"b\"");
  CHECK(label("\"SARL \"\"Le Coin\"\"\"") == "SARL \"Le Coin\"");
  CHECK(label("a\x1B[31mb\x1F") == "a [31mb ");
}

TEST_CASE("fec: any bytes are read without harm") {
  const std::string alphabet = "0123456789,.-+DC\"\t|\r\n \x1A\xC3\xA9\x80";
  CHECK(rc::check("no crash, counts add up", [&] {
    std::string bytes = kHeader;
    const auto body = *rc::gen::container<std::string>(rc::gen::elementOf(alphabet));
    bytes += *rc::gen::element(std::string(), sale("1", "10,00")) + body;
    const FecFile file = read_fec(bytes);
    RC_ASSERT(file.lines_read == file.lines_kept + file.lines_other + file.lines_damaged);
    RC_ASSERT(file.lines_kept == file.receivables.size());
    static_cast<void>(read_fec(body));
  }));
  CHECK(rc::check("one byte changed", [&] {
    static const std::string good = kHeader + sale("1", "10,00") + sale("2", "20,00");
    std::string bytes = good;
    bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
    const FecFile file = read_fec(bytes);
    for (const std::string& sentence : fec_refusal(file, false))
      RC_ASSERT(sentence.find("Durand") == std::string::npos);
  }));
}
