// What a note must not name, and what it may: word lists with few false alarms, and check digits instead of any digits.
#include "rules/note_screen.h"

#include "host/value_text.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

std::vector<std::string> flags_of(std::string_view note) {
  std::vector<std::string> out;
  for (const NoteFinding& one : screen_note(folded(note))) out.emplace_back(name_of(one.flag));
  return out;
}

using Flags = std::vector<std::string>;

}  // namespace

TEST_CASE("R23 note: health, belief, union, politics, crime, private life and insults are flagged",
          "[R23][note]") {
  CHECK(flags_of("Il est malade depuis mars") == Flags{"health"});
  CHECK(flags_of("Dépressif, HOSPITALISÉ") == Flags{"health", "health"});
  CHECK(flags_of("elle est enceinte") == Flags{"health"});
  CHECK(flags_of("refuse car musulmane pratiquante") == Flags{"religion"});
  CHECK(flags_of("délégué syndical CGT") == Flags{"trade_union", "trade_union"});
  CHECK(flags_of("militant d'extrême droite") == Flags{"opinion", "opinion"});
  CHECK(flags_of("sort de prison") == Flags{"crime"});
  CHECK(flags_of("en plein divorce") == Flags{"private_life"});
  CHECK(flags_of("un vrai connard") == Flags{"insult"});
  CHECK(flags_of("quel con !") == Flags{"insult"});
  CHECK(screen_note(folded("Malade, très malade"))[0].word == "malade");
  CHECK(screen_note(folded("Malade, très malade")).size() == 1);
}

TEST_CASE("R23 note: ordinary notes of the trade pass", "[R23][note]") {
  for (const char* note : {"Rappeler lundi, le comptable est en congé",
                           "Facture 2026-117 contestée, avoir promis par le syndic",
                           "Syndicat des copropriétaires, voir M. Lepage",
                           "Attend un virement de l'assurance maladie",
                           "Hôpital Nord, service comptabilité",
                           "Dépôt de plainte annoncé pour le chèque volé",
                           "Chèque invalide, IBAN illisible",
                           "condamné à payer par jugement du 3 mars",
                           "créance détenue par la banque",
                           "Croyant que c'était réglé, il vérifie",
                           "Droguerie Martin, ouvert jusqu'à 19 h",
                           "livraison de fumier contestée",
                           "Concerne la commande du 12 octobre",
                           "ordures ménagères refacturées",
                           "M. Gay, gérant",
                           "Constat contresigné",
                           "Mme Prisonnier rappelle demain",
                           "le 12 décembre 2026 il a dit oui",
                           "de 12 à 14 heures seulement",
                           "Salle comble, pas le temps",
                           "paiement en cours de traitement"})
    CHECK_THAT(note, Catch::Matchers::Predicate<std::string>(
                         [](const std::string& text) { return flags_of(text).empty(); }, "is not flagged"));
}

TEST_CASE("R23 note: a full bank number is known by its check digits, not by its length", "[R23][note]") {
  CHECK(flags_of("IBAN FR76 3000 6000 0112 3456 7890 189 merci") == Flags{"bank_number"});
  CHECK(flags_of("fr7630006000011234567890189") == Flags{"bank_number"});
  CHECK(flags_of("BE68 5390 0754 7034") == Flags{"bank_number"});
  CHECK(flags_of("FR76 3000 6000 0112 3456 7890 188").empty());  // one digit off
  CHECK(flags_of("carte 4111 1111 1111 1111") == Flags{"bank_number"});
  CHECK(flags_of("carte 4111 1111 1111 1112").empty());
  CHECK(flags_of("SIRET 732 829 320 00074").empty());  // passes Luhn, is no card
  CHECK(flags_of("tél. 06 12 34 56 78 ou 01 44 55 66 77").empty());
  CHECK(flags_of("facture 202611180000417, 1 234,56 EUR").empty());
  CHECK(screen_note("fr7630006000011234567890189")[0].word == "…89");  // the flag does not repeat the number
  CHECK(is_iban("DE89 3704 0044 0532 0130 00"));
  CHECK_FALSE(is_iban("XX89 3704 0044 0532 0130 00"));
  CHECK(character_count("éàü") == 3);
}
