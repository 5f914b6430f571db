// Letters as rules: the text from a template, what must be in it, what must not, and which one is due.
#include <algorithm>
#include <set>

#include "rules/letter_mentions.h"
#include "rules/letter_schedule.h"
#include "rules/letter_text.h"
#include "rules/letter_wording.h"
#include "server/default_letters.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

std::string_view law_text() {
  for (const auto& one : server::default_letters())
    if (one.title == server::kLawTextTitle) return one.body;
  return {};
}

const server::DefaultLetter& default_letter(LetterKind kind) {
  const auto all = server::default_letters();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.kind == kind; });
  REQUIRE(found != all.end());
  return *found;
}

LetterText filled(const server::DefaultLetter& letter, const LetterFacts& facts) {
  FilledLetter out = fill_letter(letter.title, letter.body, facts);
  REQUIRE_FALSE(out.fault);
  return out.text;
}

bool says(const LetterText& text, std::string_view words) {
  return with_single_blanks(text.plain()).find(with_single_blanks(words)) != std::string::npos;
}

std::vector<std::string> words_of(const std::vector<WordingFault>& faults) {
  std::vector<std::string> out;
  for (const auto& one : faults) out.push_back(one.word);
  return out;
}

std::vector<WordingFault> faults_in(LetterKind kind, std::string_view subject, std::string_view body) {
  return wording_faults(kind, raw_letter(subject, body), {});
}

}  // namespace

// ---- text --------------------------------------------------------------------------------------------------------

TEST_CASE("money and days stand in letters as in France", "[letter]") {
  CHECK(french_money(123'456'789) == "1\u00A0234\u00A0567,89\u00A0€");
  CHECK(french_money(-5) == "-0,05\u00A0€");
  CHECK(french_money(99'900) == "999,00\u00A0€");
  CHECK(french_money(std::numeric_limits<std::int64_t>::min()).starts_with("-92\u00A0233"));
  CHECK(french_day({2026, 5, 1}) == "1er mai 2026");
  CHECK(short_french_day({2026, 11, 21}) == "21/11/2026");
  CHECK(plain_french("Œuvre  À L’ÉTÉ") == "oeuvre a l'ete");
}

TEST_CASE("a template's conditions, headings and tables become blocks", "[letter]") {
  LetterFacts facts = specimen_letter(LetterKind::reminder_2, Capacity::own_name, law_text());
  const auto text =
      fill_letter("Dossier {case_number}",
                  "# Titre\n\n{?agency}jamais {creditor_name}\n\n{!agency}Bonjour{?sender_phone} au "
                  "{sender_phone}{/}, {{x}\n\n{items}\n\n{passage}",
                  facts);
  REQUIRE_FALSE(text.fault);
  CHECK(text.text.subject == "Dossier D-000000");
  REQUIRE(text.text.blocks.size() == 4);
  CHECK(text.text.blocks[0].kind == LetterBlock::Kind::heading);
  CHECK(text.text.blocks[1].text == "Bonjour au 04 00 00 00 00, {x}");
  CHECK(text.text.blocks[2].table.rows.at(0).at(0) == "F-0001");
  CHECK(text.text.asked_cents == 100'000);  // no {total}, no {amounts}: only the principal is asked
  facts.sender.phone.clear();
  facts.items.clear();
  facts.passage.clear();
  const auto shorter =
      fill_letter("", "{?sender_phone}au {sender_phone}\n\n{items}\n\n{passage}\n\n{total}", facts);
  REQUIRE(shorter.text.blocks.size() == 1);
  CHECK(shorter.text.asked_cents == 105'234);
}

TEST_CASE("a field that does not exist is refused by name, also behind a condition", "[letter]") {
  const auto fault = template_fault("{case_number}", "{?agency}cher {nom_du_debiteur}");
  REQUIRE(fault);
  CHECK(fault->field == "nom_du_debiteur");
  CHECK(template_fault("{case_number", "")->kind == TemplateFault::Kind::open_brace);
  CHECK(template_fault("", "{?items}")->field == "?items");
  const LetterFacts facts = specimen_letter(LetterKind::other, Capacity::own_name, law_text());
  CHECK(fill_letter("", "{oops}", facts).fault);
  const auto fields = letter_fields();
  CHECK(std::is_sorted(fields.begin(), fields.end()));
  for (const auto field : fields) CHECK_FALSE(template_fault("", "{" + std::string(field) + "}"));
}

// ---- default letters ---------------------------------------------------------------------------------------------

TEST_CASE("R18 R19: the letters that an office begins with say what they must and nothing that they may not",
          "[R18][R19][letter]") {
  std::set<LetterKind> kinds;
  for (const auto& one : server::default_letters()) {
    if (one.title == server::kLawTextTitle) continue;
    kinds.insert(one.kind);
    INFO(name_of(one.kind));
    CHECK_FALSE(template_fault(one.title, one.body));
    const std::vector<std::string> quoted{std::string(law_text())};
    CHECK(words_of(wording_faults(one.kind, raw_letter(one.title, one.body), quoted)).empty());
    for (const Capacity capacity : {Capacity::own_name, Capacity::agency}) {
      const LetterFacts facts = specimen_letter(one.kind, capacity, law_text());
      const LetterText text = filled(one, facts);
      std::vector<std::string> missing;
      for (const auto mention : missing_mentions(facts, text)) missing.emplace_back(name_of(mention));
      CHECK(missing == std::vector<std::string>{});
      CHECK(words_of(wording_faults(one.kind, text, quoted)).empty());
    }
  }
  CHECK(kinds.size() == 12);
}

// ---- R19 -----------------------------------------------------------------------------------------------------------

TEST_CASE("R19: remove any one mention of the statutory letter, and it is that one that is named",
          "[R19][letter]") {
  const server::DefaultLetter& letter = default_letter(LetterKind::agency_notice);
  const LetterFacts whole = specimen_letter(LetterKind::agency_notice, Capacity::agency, law_text());
  REQUIRE(missing_mentions(whole, filled(letter, whole)).empty());

  // By what each takes away, from the text or from what the office knows.
  struct Removal {
    LetterMention mention;
    std::string_view words;  // replaced everywhere in the finished text by "…"
    void (*forget)(LetterFacts&) = nullptr;
  };
  const std::string sender_address = whole.sender.address.text(),
                    creditor_address = whole.creditor.address.text();
  const std::string principal = french_money(whole.principal_cents),
                    interest = french_money(whole.interest_cents),
                    charges = french_money(whole.charges_cents);
  const Removal removals[] = {
      {LetterMention::sender_name, "Cabinet Spécimen"},
      {LetterMention::sender_address, sender_address},
      {LetterMention::amicable_activity, "recouvrement amiable"},
      {LetterMention::creditor_name, "Créancier Modèle"},
      {LetterMention::creditor_address, creditor_address},
      {LetterMention::basis, "F-0001"},
      {LetterMention::principal, principal},
      {LetterMention::interest, interest},
      {LetterMention::charges, charges},
      {LetterMention::no_recovery_costs, "", [](LetterFacts& f) { f.recovery_costs_cents = 1; }},
      {LetterMention::request_to_pay, "Nous vous demandons de régler"},
      {LetterMention::how_to_pay, "FR76 0000"},
      {LetterMention::law_text, "de mauvaise foi"},
      {LetterMention::data_contact, "donnees@specimen.invalid"},
      {LetterMention::data_purpose, "finalité"},
      {LetterMention::data_source, "transmises par"},
      {LetterMention::data_rights, "opposition"},
      {LetterMention::insurance, "", [](LetterFacts& f) { f.sender.insurance_ref.clear(); }},
      {LetterMention::client_account, "", [](LetterFacts& f) { f.sender.account_ref.clear(); }},
      {LetterMention::prosecutor_notice, "", [](LetterFacts& f) { f.sender.declared_on.reset(); }},
      {LetterMention::debtor_name, "", [](LetterFacts& f) { f.debtor.name.clear(); }},
      {LetterMention::debtor_address, "", [](LetterFacts& f) { f.debtor.address.city.clear(); }},
  };
  std::set<LetterMention> tried;
  for (const Removal& removal : removals) {
    INFO(name_of(removal.mention));
    tried.insert(removal.mention);
    LetterFacts facts = whole;
    LetterText text = filled(letter, facts);
    if (removal.forget != nullptr) removal.forget(facts);
    const auto cut = [&](std::string& from) {
      if (removal.words.empty()) return;
      for (std::size_t at = from.find(removal.words); at != std::string::npos;
           at = from.find(removal.words, at + 1))
        from.replace(at, removal.words.size(), "…");
    };
    cut(text.subject);
    for (LetterBlock& block : text.blocks) {
      cut(block.text);
      for (auto& row : block.table.rows)
        for (auto& cell : row) cut(cell);
      for (auto& cell : block.table.total) cut(cell);
    }
    const auto missing = missing_mentions(facts, text);
    CHECK(std::count(missing.begin(), missing.end(), removal.mention) == 1);
    // The creditor's name is part of where the data come from as well; nothing else goes with another.
    CHECK(missing.size() == (removal.mention == LetterMention::creditor_name ? 2 : 1));
  }
  const auto needed = needed_mentions(LetterKind::agency_notice, Capacity::agency);
  CHECK(tried == std::set<LetterMention>(needed.begin(), needed.end()));
}

TEST_CASE("R15: reference and date of the statutory letter are recalled by every later letter of an agency",
          "[R15][letter]") {
  for (const auto& one : server::default_letters()) {
    if (one.title == server::kLawTextTitle || one.kind == LetterKind::agency_notice ||
        one.kind == LetterKind::pre_due || one.kind == LetterKind::creditor_notice)
      continue;
    INFO(name_of(one.kind));
    LetterFacts facts = specimen_letter(one.kind, Capacity::agency, law_text());
    CHECK(says(filled(one, facts), "L-2025-000000 du 15 décembre 2025"));
    facts.statutory.reset();
    const auto missing = missing_mentions(facts, filled(one, facts));
    CHECK(std::count(missing.begin(), missing.end(), LetterMention::statutory_reference) == 1);
    CHECK(std::count(missing.begin(), missing.end(), LetterMention::statutory_date) == 1);
  }
}

TEST_CASE("R19: the law's text may be set with other blanks, and not with other words", "[R19][letter]") {
  LetterFacts facts = specimen_letter(LetterKind::agency_notice, Capacity::agency, law_text());
  std::string body(default_letter(LetterKind::agency_notice).body);
  std::string law(law_text());
  std::replace(law.begin(), law.end(), ' ', '\n');
  body.replace(body.find("{text_l111_8}"), 13, law);
  CHECK(missing_mentions(facts, fill_letter("", body, facts).text).empty());
  body.replace(body.find("créancier,\nsauf"), 10, "débiteur");
  const auto missing = missing_mentions(facts, fill_letter("", body, facts).text);
  CHECK(missing == std::vector<LetterMention>{LetterMention::law_text});
}

// ---- wording -------------------------------------------------------------------------------------------------------

TEST_CASE("R18: wording that imitates papers of a court, or threatens what cannot be done, is found",
          "[R18][letter]") {
  CHECK(words_of(faults_in(LetterKind::reminder_3, "Commandement de payer", "")) ==
        std::vector<std::string>{"commandement", "commandement de payer"});
  CHECK_FALSE(faults_in(LetterKind::other, "x", "# RÉPUBLIQUE FRANÇAISE").empty());
  CHECK_FALSE(faults_in(LetterKind::answer, "x", "Nous procéderons à la saisie de vos biens.").empty());
  CHECK(faults_in(LetterKind::formal_notice, "x", "Nous pourrons saisir le tribunal compétent.").empty());
  CHECK_FALSE(faults_in(LetterKind::reminder_2, "x", "Nous pourrons saisir le tribunal compétent.").empty());
  CHECK_FALSE(faults_in(LetterKind::formal_notice, "Tribunal de commerce", "").empty());
  CHECK_FALSE(faults_in(LetterKind::formal_notice, "x", "Nous déposerons plainte.").empty());
  CHECK(faults_in(LetterKind::reminder_1, "x", "Vos emprisonnements").empty());  // whole words only
}

TEST_CASE("R18: names and quoted law may hold any word", "[R18][letter]") {
  const LetterText text =
      raw_letter("x", "Nous écrivons à SCI du Tribunal, place de la Saisie. Le tribunal attend.");
  const std::vector<std::string> quoted{"SCI du Tribunal", "place de la Saisie"};
  CHECK(words_of(wording_faults(LetterKind::reminder_1, text, quoted)) ==
        std::vector<std::string>{"tribunal"});
}

TEST_CASE("R16: a service reminder has no word of penalties", "[R16][letter]") {
  const std::vector<std::string> found = words_of(faults_in(
      LetterKind::pre_due, "x", "Après l'échéance, des pénalités et l'indemnité de 40 € sont dues."));
  CHECK(found == std::vector<std::string>{"penalites", "indemnite"});
  CHECK(faults_in(LetterKind::reminder_1, "x", "Des pénalités sont dues.").empty());
}

// ---- which letter is due -------------------------------------------------------------------------------------------

namespace {

constexpr LetterPeriods kPeriods{.pre_due_from_days = 10, .pre_due_until_days = 3, .gap_days = 10};
constexpr CivilDate kToday{2026, 11, 21};

LetterStanding standing(std::vector<ScheduledClaim> claims) {
  LetterStanding s{.has_mandate = true, .is_debtor_known = true};
  s.claims = std::move(claims);
  return s;
}

ScheduledClaim claim(CivilDate due, std::int64_t open = 10'000) {
  return {.due_on = due, .open_cents = open};
}

WrittenLetter sent(LetterKind kind, CivilDate on) {
  return {.kind = kind, .is_sent = true, .sent_on = on, .issued_on = on};
}

}  // namespace

TEST_CASE("R16: an invoice due in five days yields one service reminder", "[R16][letter]") {
  LetterStanding s = standing({claim({2026, 11, 26})});
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::pre_due);
  s.letters = {{.kind = LetterKind::pre_due, .issued_on = {2026, 11, 20}}};
  CHECK_FALSE(letter_due(s, kToday, kPeriods).kind);
  for (const auto& [days, is_due] : {std::pair{2, false}, {3, true}, {10, true}, {11, false}})
    CHECK(letter_due(standing({claim(add_days(kToday, days))}), kToday, kPeriods).kind.has_value() == is_due);
  // What is past due comes first, and a service reminder never speaks of it.
  CHECK(letter_due(standing({claim({2026, 11, 26}), claim({2026, 11, 1})}), kToday, kPeriods).kind ==
        LetterKind::reminder_1);
}

TEST_CASE("R18: only a letter that was sent raises the level", "[R18][letter]") {
  LetterStanding s = standing({claim({2026, 9, 1})});
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::reminder_1);
  s.letters = {{.kind = LetterKind::reminder_1, .issued_on = {2026, 10, 1}}};  // printed, never posted
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::reminder_1);
  s.letters = {sent(LetterKind::reminder_1, {2026, 10, 1})};
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::reminder_2);
  CHECK(bar_of(LetterKind::reminder_1, s, kToday, kPeriods) == LetterBar::already_sent);
  s.letters.push_back(sent(LetterKind::reminder_2, {2026, 11, 15}));
  CHECK_FALSE(letter_due(s, kToday, kPeriods).kind);
  CHECK(letter_due(s, kToday, kPeriods).from == CivilDate{2026, 11, 25});
  s.letters.push_back(sent(LetterKind::reminder_3, {2026, 11, 1}));
  s.letters.erase(s.letters.begin() + 1);
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::formal_notice);
  s.letters.push_back(sent(LetterKind::formal_notice, {2026, 11, 1}));
  CHECK_FALSE(letter_due(s, kToday, kPeriods).kind);
}

TEST_CASE("R18: letters about debts that were paid do not count for new ones", "[R18][letter]") {
  LetterStanding s = standing({claim({2026, 10, 15})});
  s.letters = {sent(LetterKind::formal_notice, {2025, 3, 1})};
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::reminder_1);
}

TEST_CASE("R19: an agency's first letter comes before every other, and only under a mandate",
          "[R19][letter]") {
  LetterStanding s = standing({claim({2026, 9, 1})});
  s.capacity = Capacity::agency;
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::agency_notice);
  CHECK(bar_of(LetterKind::reminder_1, s, kToday, kPeriods) == LetterBar::no_statutory_letter);
  s.has_mandate = false;
  CHECK(bar_of(LetterKind::agency_notice, s, kToday, kPeriods) == LetterBar::no_mandate);
  CHECK(bar_of(LetterKind::receipt, s, kToday, kPeriods) == LetterBar::no_mandate);
  s.has_mandate = true;
  s.letters = {sent(LetterKind::agency_notice, {2026, 10, 1})};
  CHECK(letter_due(s, kToday, kPeriods).kind == LetterKind::reminder_1);
}

TEST_CASE("R18: what stops dunning stops every letter that asks, and no other", "[R18][R28][letter]") {
  const LetterStanding free = standing({claim({2026, 9, 1})});
  REQUIRE(bar_of(LetterKind::reminder_1, free, kToday, kPeriods) == LetterBar::none);
  const auto with = [&](auto change) {
    LetterStanding s = free;
    change(s);
    CHECK(bar_of(LetterKind::receipt, s, kToday, kPeriods) == LetterBar::none);
    return bar_of(LetterKind::reminder_1, s, kToday, kPeriods);
  };
  CHECK(with([](auto& s) { s.stops = {{.reason = DunningReason::promise}}; }) == LetterBar::dunning_stopped);
  CHECK(with([](auto& s) { s.is_deceased = true; }) == LetterBar::deceased);
  CHECK(with([](auto& s) { s.is_debtor_known = false; }) == LetterBar::unknown_debtor);
  CHECK(with([](auto& s) { s.is_identity_in_review = true; }) == LetterBar::identity_in_review);
  CHECK(with([](auto& s) { s.claims[0].is_disputed = true; }) == LetterBar::nothing_asked);
  CHECK(with([](auto& s) { s.claims[0].open_cents = 0; }) == LetterBar::nothing_asked);
  CHECK(with([](auto& s) { s.claims[0].due_on = CivilDate{2026, 12, 31}; }) == LetterBar::not_due);
}

TEST_CASE("R50: open proceedings bar the agreement of a plan too, a receipt never", "[R50][R51][letter]") {
  LetterStanding s = standing({claim({2026, 9, 1})});
  CHECK(bar_of(LetterKind::plan_agreement, s, kToday, kPeriods) == LetterBar::none);
  for (const DunningReason reason : {DunningReason::insolvency, DunningReason::over_indebtedness}) {
    s.stops = {{.reason = reason}};
    CHECK(bar_of(LetterKind::plan_agreement, s, kToday, kPeriods) == LetterBar::dunning_stopped);
    CHECK(bar_of(LetterKind::receipt, s, kToday, kPeriods) == LetterBar::none);
  }
  s.stops = {{.reason = DunningReason::plan}};
  CHECK(bar_of(LetterKind::plan_agreement, s, kToday, kPeriods) == LetterBar::none);
}
