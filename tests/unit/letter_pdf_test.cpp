// Letters on paper: the words, the sheets, the same bytes, and how many a second.
#include "server/letter_pdf.h"

#include <chrono>

#include "server/default_letters.h"
#include "tests/support/pdf_text.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

struct Made {
  LetterFacts facts;
  LetterText text;
};

Made made(LetterKind kind, int items = 3) {
  Made out;
  out.facts = specimen_letter(kind, Capacity::agency, server::default_letters().back().body);
  out.facts.number = "L-2026-000042";
  while (out.facts.items.size() < static_cast<std::size_t>(items))
    out.facts.items.push_back(out.facts.items.front());
  for (const auto& one : server::default_letters())
    if (one.kind == kind && one.title != server::kLawTextTitle)
      out.text = fill_letter(one.title, one.body, out.facts).text;
  return out;
}

}  // namespace

TEST_CASE("a letter on paper says what its text says, accents right, on numbered sheets", "[pdf][letter]") {
  const Made letter = made(LetterKind::agency_notice, 60);
  std::size_t sheets = 0;
  const std::string words = flowing(pdf_text(server::letter_pdf(letter.facts, letter.text), &sheets));
  CHECK(sheets == 3);
  CHECK(words.find("Lyon, le 15 janvier 2026") != std::string::npos);
  CHECK(words.find("Débiteur Modèle 3 quai du Modèle 13000 Marseille") != std::string::npos);
  CHECK(words.find("Objet : Votre dette envers Créancier Modèle") != std::string::npos);
  CHECK(words.find("Total dû 1 052,34 €") != std::string::npos);
  CHECK(
      words.find("laisser tout ou partie des frais ainsi exposés à la charge du débiteur de mauvaise foi.") !=
      std::string::npos);
  CHECK(words.find("1/3") != std::string::npos);
  CHECK(words.find("3/3") != std::string::npos);
  CHECK(words.find("L-2026-000042, dossier D-000000") != std::string::npos);
}

TEST_CASE("R18: the same letter and day give the same bytes", "[R18][pdf][letter]") {
  const Made letter = made(LetterKind::formal_notice);
  CHECK(server::letter_pdf(letter.facts, letter.text) == server::letter_pdf(letter.facts, letter.text));
}

TEST_CASE("letters a second", "[.letters-per-second]") {
  const Made letter = made(LetterKind::reminder_2, 8);
  std::size_t bytes = 0;
  int count = 0;
  const auto begin = std::chrono::steady_clock::now();
  std::chrono::duration<double> spent{};
  while (spent.count() < 3) {
    bytes = server::letter_pdf(letter.facts, letter.text).size();
    ++count;
    spent = std::chrono::steady_clock::now() - begin;
  }
  WARN(count / spent.count() << " letters a second of " << bytes << " bytes");
}
