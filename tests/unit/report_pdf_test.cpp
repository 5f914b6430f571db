// Tables on paper: accents, pages, totals, the same bytes for the same table.
#include "server/report_pdf.h"

#include "server/pdf_paper.h"
#include "tests/support/pdf_text.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using server::PdfTable;

namespace {

PdfTable long_table(int rows) {
  PdfTable table{.title = "Balance âgée",
                 .as_of = "Au 21/11/2026 — créancier Ferme du Pont",
                 .columns = {{.title = "Débiteur", .share = 3},
                             {.title = "Dû", .align = PdfTable::Column::Align::right}}};
  for (int i = 0; i < rows; ++i)
    table.rows.push_back({.cells = {"Société n° " + std::to_string(i), "1 234,56 €"}});
  table.rows.push_back({.cells = {"Total", "9 999,99 €"}, .is_total = true});
  return table;
}

}  // namespace

TEST_CASE("a table on paper keeps its accents, repeats its head and numbers its pages", "[pdf]") {
  std::size_t sheets = 0;
  const std::string text = pdf_text(server::table_pdf(long_table(130), {2026, 11, 21}), &sheets);
  CHECK(sheets == 3);
  CHECK(text.find("Balance âgée\n") != std::string::npos);
  CHECK(text.find("créancier Ferme du Pont\n") != std::string::npos);
  CHECK(text.find("Société n° 129\n") != std::string::npos);
  CHECK(text.find("9 999,99 €\n") != std::string::npos);
  CHECK(text.find("3/3\n") != std::string::npos);
  std::size_t heads = 0;
  for (std::size_t at = 0; (at = text.find("Débiteur\n", at)) != std::string::npos; ++at) ++heads;
  CHECK(heads == 3);
}

TEST_CASE("the same table and day give the same bytes, another day others", "[pdf]") {
  const std::string once = server::table_pdf(long_table(3), {2026, 11, 21});
  CHECK(once == server::table_pdf(long_table(3), {2026, 11, 21}));
  CHECK(once != server::table_pdf(long_table(3), {2026, 11, 22}));
}

TEST_CASE("a cell too wide goes on in the next line, also within a word", "[pdf]") {
  const auto lines = server::wrapped({10}, "deux mots et unmotquinetientpasdansunelignesietroite", 60);
  REQUIRE(lines.size() > 4);
  std::string all;
  for (const auto& line : lines) {
    CHECK(server::text_width({10}, line) <= 60);
    all += line;
  }
  CHECK(all == "deux motsetunmotquinetientpasdansunelignesietroite");
  CHECK(server::wrapped({10}, "a\n\nb", 60) == std::vector<std::string>{"a", "", "b"});
}

TEST_CASE("letters of Europe are printed, others become a question mark", "[pdf]") {
  CHECK(server::is_printable_text("Œuvre, Łódź, Gheorghiță Kılıç: 1 234,56 €"));
  CHECK_FALSE(server::is_printable_text("Москва"));
  server::PdfPaper paper("t", {2026, 11, 21});
  paper.new_sheet();
  paper.text(50, 50, {10}, "Œuvre");
  paper.text(50, 70, {10}, "aŁb");
  paper.text(50, 90, {10}, "Я");
  paper.text(50, 110, {10}, "cut \xC3");
  CHECK(pdf_text(paper.bytes()) == "Œuvre\na\n#\nb\n?\ncut ?\n");
}
