// Letters of a real office: what they ask, what stops them, numbers, frozen bytes, the post.
#include "server/letters.h"

#include "host/case_position.h"
#include "host/digest.h"
#include "host/failure.h"
#include "rules/limitation.h"
#include "server/letter_templates.h"
#include "server/op_draft.h"
#include "server/receipts.h"
#include "tests/support/letter_world.h"
#include "tests/support/pdf_text.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

std::string file_of(LetterWorld& w, const IssuedLetter& letter) {
  return letter_file(w.office.db(), letter.id);
}

std::string words_of(LetterWorld& w, const IssuedLetter& letter) {
  return flowing(pdf_text(file_of(w, letter)));
}

bool holds(const std::string& text, std::string_view words) { return text.find(words) != std::string::npos; }

std::string due_kind(LetterWorld& w, CivilDate on = LetterWorld::today) {
  const auto due = letters_due(w.office.db(), on, true);
  if (due.empty()) return "";
  return std::string(name_of(*due.front().due.kind)) + (due.front().why_not.empty() ? "" : " barred");
}

// What the case shows, with the rows of law that it asks for.
CasePosition position_on(LetterWorld& w, const char* day) {
  if (w.office.count("SELECT count(*) FROM dated_rule WHERE code = 'title_extra_months'") == 0)
    for (const auto& [code, amount] :
         std::map<std::string, std::int64_t>{{"limitation_trade_months", 60},
                                             {"limitation_consumer_months", 24},
                                             {"limitation_title_months", 120},
                                             {"limitation_longest_months", 240},
                                             {"limitation_conciliation_months", 6},
                                             {"title_extra_months", 2},
                                             {"title_extra_points_bp", 500}})
      w.row("dated_rule", {{"code", code}, {"valid_from", std::string("2020-01-01")}, {"amount", amount}});
  const sql::Transaction snapshot(w.office.db(), sql::Access::read);
  return case_position(w.office.db(), w.case_id, day);
}

}  // namespace

TEST_CASE("R18: a reminder lists all items of the debtor, credits set off, and is numbered",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  w.invoice(50'000, "2026-10-31", "F-2");
  w.entry(-20'000, "credit_note", "A-1");
  w.row("payment", {{"case_id", w.case_id},
                    {"amount_cents", std::int64_t{10'000}},
                    {"state", std::string("received")},
                    {"paid_on", std::string("2026-11-02")}});
  const IssuedLetter letter = w.issue(LetterKind::reminder_1);
  REQUIRE(LetterWorld::codes(letter.obstacles).empty());
  CHECK(letter.number == "L-2026-000001");
  CHECK(letter.asked_cents == 120'000);
  const std::string words = words_of(w, letter);
  CHECK(holds(words, "Boulangerie Œuvrard 3 quai des Étroits 69005 Lyon"));
  CHECK(holds(words, "F-1 01/08/2026 30/09/2026 1 000,00 € 700,00 €"));
  CHECK(holds(words, "F-2 01/08/2026 31/10/2026 500,00 € 500,00 €"));
  CHECK(holds(words, "Avoir A-1 01/09/2026 200,00 €"));
  CHECK(holds(words, "Règlement reçu 02/11/2026 100,00 €"));
  CHECK(holds(words, "nous vous demandons de régler 1 200,00 €"));
  w.sent(letter.id, LetterWorld::today);
  const IssuedLetter next = w.issue(LetterKind::reminder_2, {2026, 12, 5});
  REQUIRE(LetterWorld::codes(next.obstacles).empty());
  CHECK(next.number == "L-2026-000002");
  // 10 % a year on 700.00 from 1 October and on 500.00 from 1 November, up to and with 5 December: 12.66 + 4.79.
  const PreparedLetter seen = w.prepared(LetterKind::reminder_2, {2026, 12, 5});
  CHECK(seen.facts.interest_cents == 1266 + 479);
  CHECK(seen.facts.charges_cents == 8'000);
  CHECK(next.asked_cents == 120'000 + 1'745 + 8'000);
}

TEST_CASE("R18: a letter printed again two years later is the same bytes, whatever became of its template",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const IssuedLetter letter = w.issue(LetterKind::reminder_1);
  const std::string bytes = file_of(w, letter);
  CHECK(letter.file_hash == hex(bytes_of(sha256(bytes))));
  CHECK(w.office.value("letter", letter.id, "file_hash") == Value{letter.file_hash});
  {
    Ledger::Work work(w.office.ledger());
    const TemplateText text{.title = "Autre objet",
                            .body = "Nous vous demandons de régler {principal}, {creditor_name}."};
    CHECK(publish_template(w.office.ledger(), w.author, LetterKind::reminder_1, text, {}, {2026, 11, 22}) ==
          2);
    work.commit();
  }
  w.entry(-100'000, "payment", "P-1");  // and paid meanwhile
  w.clock.advance(2LL * 366 * 86'400'000);
  CHECK(file_of(w, letter) == bytes);
  CHECK(w.office.count("SELECT count(*) FROM stored_file") == 1);
  w.invoice(30'000, "2028-09-30", "F-9");
  CHECK(w.prepared(LetterKind::reminder_1, {2028, 11, 21}).text.subject == "Autre objet");
}

TEST_CASE("R18: a damaged stored letter is said to be damaged", "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const IssuedLetter letter = w.issue(LetterKind::reminder_1);
  w.office.db().execute("UPDATE stored_file SET content = x'00'");
  CHECK_THROWS_AS(file_of(w, letter), Failure);
}

TEST_CASE("R18: the level is raised by what was sent, and of two drafts of a level one goes out",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  CHECK(due_kind(w) == "reminder_1");
  const Id old = w.row("letter", {{"case_id", w.case_id}, {"kind", std::string("reminder_1")}});
  w.clock.advance(1000);
  const Id draft = w.row("letter", {{"case_id", w.case_id},
                                    {"kind", std::string("reminder_1")},
                                    {"passage", std::string("Merci pour votre appel.")}});
  const IssuedLetter letter = w.issue(LetterKind::reminder_1);
  CHECK(letter.id == draft);
  CHECK(holds(words_of(w, letter), "Merci pour votre appel."));
  CHECK(w.state_of(old) == "superseded");
  CHECK(due_kind(w) == "reminder_1");  // issued, not sent
  const Id late = w.row("letter", {{"case_id", w.case_id}, {"kind", std::string("reminder_1")}});
  w.sent(letter.id, LetterWorld::today);
  CHECK(w.state_of(late) == "superseded");
  CHECK(w.state_of(letter.id) == "sent");
  CHECK(due_kind(w, {2026, 12, 1}) == "reminder_2");
  // One that arrives from a laptop when the level has gone out: refused, and it never will.
  const Id later = w.row("letter", {{"case_id", w.case_id}, {"kind", std::string("reminder_1")}});
  CHECK(LetterWorld::codes(w.issue(LetterKind::reminder_1).obstacles) == "already_sent");
  CHECK(w.state_of(later) == "superseded");
  CHECK_THROWS_AS(w.sent(letter.id, LetterWorld::today), Failure);
}

TEST_CASE("R16: an invoice due in five days yields one service reminder without a penalty line",
          "[R16][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-11-26", "F-1");
  w.invoice(40'000, "2026-12-31", "F-2");
  CHECK(due_kind(w) == "pre_due");
  const IssuedLetter letter = w.issue(LetterKind::pre_due);
  REQUIRE(LetterWorld::codes(letter.obstacles).empty());
  CHECK(letter.asked_cents == 100'000);
  const std::string words = words_of(w, letter);
  CHECK(holds(words, "F-1"));
  CHECK_FALSE(holds(words, "F-2"));
  for (const char* word : {"pénalité", "intérêt", "indemnité", "retard", "40,00"})
    CHECK_FALSE(holds(words, word));
  CHECK(due_kind(w) == "");
  CHECK(due_kind(w, {2026, 11, 24}) == "");
  CHECK(due_kind(w, {2026, 12, 22}) == "reminder_1");
}

TEST_CASE("R28: a disputed invoice stays in the balance and out of the next letter", "[R28][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const Id disputed = w.invoice(50'000, "2026-08-31", "F-2");
  w.entry(-20'000, "payment", "P-1");
  w.row("dispute", {{"case_id", w.case_id}, {"claim_id", disputed}, {"reason", std::string("goods")}});
  const PreparedLetter letter = w.prepared(LetterKind::reminder_1);
  CHECK(LetterWorld::codes(letter.obstacles).empty());
  CHECK(letter.facts.balance_cents == 130'000);
  CHECK(letter.facts.disputed_cents == 50'000);
  CHECK(letter.text.asked_cents == 80'000);
  CHECK_FALSE(holds(letter.text.plain(), "F-2"));
  CHECK(holds(with_single_blanks(letter.text.plain()), "que vous contestez, pour 500,00 €"));
  w.row("dispute", {{"case_id", w.case_id}, {"reason", std::string("price")}});  // everything
  CHECK(LetterWorld::codes(w.issue(LetterKind::reminder_1).obstacles).starts_with("disputed"));
}

TEST_CASE("R18: promise, moratorium, insolvency and restriction stop letters that ask", "[R18][letters]") {
  const auto barred = [](auto stop) {
    LetterWorld w;
    w.invoice(100'000, "2026-09-30", "F-1");
    stop(w);
    CHECK(due_kind(w) == "reminder_1 barred");
    CHECK(letters_due(w.office.db(), LetterWorld::today, false).empty());
    const auto out = w.issue(LetterKind::reminder_1);
    CHECK(w.office.count("SELECT count(*) FROM letter") == 0);
    return LetterWorld::codes(out.obstacles);
  };
  CHECK(barred([](LetterWorld& w) {
          w.row("moratorium", {{"case_id", w.case_id},
                               {"source", std::string("judge")},
                               {"valid_from", std::string("2026-11-01")},
                               {"valid_to", std::string("2027-11-01")}});
        }) == "moratorium");
  CHECK(barred([](LetterWorld& w) {
          w.row("insolvency_event", {{"debtor_id", w.debtor}, {"kind", std::string("liquidation")}});
        }) == "insolvency");
  CHECK(barred([](LetterWorld& w) {
          w.change("case_file", w.case_id, {{"restricted", std::int64_t{1}}});
        }) == "restricted");
  CHECK(barred([](LetterWorld& w) {
          w.row("promise", {{"case_id", w.case_id},
                            {"amount_cents", std::int64_t{50'000}},
                            {"due_on", std::string("2026-11-25")}});
        }) == "promise");
  CHECK(barred([](LetterWorld& w) {
          w.change("debtor", w.debtor, {{"kind", std::string("unknown")}});
        }) == "unknown_debtor");
}

TEST_CASE("R19: an agency's first letter is refused for each mention that the office does not know",
          "[R19][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  w.agency();
  const Id sender = *sql::id(w.office.db(), "SELECT id FROM sender");
  for (const auto& [column, mention] :
       std::map<std::string, std::string>{{"insurance_ref", "insurance"},
                                          {"account_ref", "client_account"},
                                          {"declared_on", "prosecutor_notice"},
                                          {"pay_to", "how_to_pay"},
                                          {"city", "sender_address"},
                                          {"privacy_contact", "data_contact"}}) {
    INFO(column);
    const Value before = w.office.value("sender", sender, column);
    w.change("sender", sender, {{column, Null{}}});
    CHECK(LetterWorld::codes(w.issue(LetterKind::agency_notice).obstacles) == "missing_mention:" + mention);
    w.change("sender", sender, {{column, before}});
  }
  w.change("creditor", w.creditor, {{"address_line", Null{}}});
  CHECK(LetterWorld::codes(w.issue(LetterKind::agency_notice).obstacles) ==
        "missing_mention:creditor_address");
  w.change("creditor", w.creditor, {{"address_line", std::string("1 place Grenette")}});
  CHECK(w.office.count("SELECT count(*) FROM letter") == 0);
  const IssuedLetter letter = w.issue(LetterKind::agency_notice);
  REQUIRE(LetterWorld::codes(letter.obstacles).empty());
  CHECK(letter.number == "L-2026-000001");  // no number was lost on refusals
  CHECK(
      holds(words_of(w, letter), "peut demander au juge de l'exécution de laisser tout ou partie des frais"));
}

TEST_CASE("R15 R19: a step of an agency waits for the statutory letter, and recalls it",
          "[R15][R19][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const Id mandate = w.agency();
  CHECK(due_kind(w) == "agency_notice");
  CHECK(LetterWorld::codes(w.issue(LetterKind::reminder_1).obstacles) ==
        "no_statutory_letter missing_mention:statutory_reference:statutory_date");
  const IssuedLetter first = w.send(LetterKind::agency_notice, {2026, 11, 2});
  const IssuedLetter second = w.issue(LetterKind::reminder_1);
  REQUIRE(LetterWorld::codes(second.obstacles).empty());
  CHECK(holds(words_of(w, second), "notre lettre " + first.number + " du 2 novembre 2026"));
  // No mandate in force: nothing leaves the house (CPCE R124-3).
  w.change("mandate", mandate, {{"valid_to", std::string("2026-10-31")}});
  CHECK(LetterWorld::codes(w.issue(LetterKind::reminder_2).obstacles).starts_with("no_mandate"));
  CHECK(LetterWorld::codes(w.issue(LetterKind::answer).obstacles).starts_with("no_mandate"));
}

TEST_CASE("R18: a passage with a court's words is refused at issue", "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  w.row("letter", {{"case_id", w.case_id},
                   {"kind", std::string("reminder_1")},
                   {"passage", std::string("À défaut, commandement de payer et saisie.")}});
  CHECK(LetterWorld::codes(w.issue(LetterKind::reminder_1).obstacles) ==
        "court_wording:commandement:commandement de payer:saisie");
}

TEST_CASE("R18: a template with unknown fields, a court's words or no mention is not published",
          "[R18][letters]") {
  LetterWorld w;
  const auto faults = [&](LetterKind kind, const char* title, const char* body) {
    std::string out;
    for (const auto& one : check_template(w.office.db(), kind, {title, body}, LetterWorld::today).faults)
      out += one;
    return out;
  };
  CHECK(holds(faults(LetterKind::other, "x", "Cher {nom}"), "no field `nom`"));
  CHECK(holds(faults(LetterKind::answer, "Sommation", "x"), "`sommation` in its subject"));
  CHECK(holds(faults(LetterKind::agency_notice, "x", "Madame"), "law_text"));
  CHECK(holds(faults(LetterKind::pre_due, "x", "Des pénalités"), "`penalites`"));
  CHECK(faults(LetterKind::other, "x", "Madame, {passage}").empty());
  const auto text = parse_template("Objet\r\n\r\nPremier\r\n\r\nSecond\r\n");
  CHECK(text.title == "Objet");
  CHECK(text.body == "Premier\n\nSecond");
  CHECK_THROWS_AS(parse_template("Objet\n"), Failure);
  CHECK_THROWS_AS(parse_template("Objet\n\n\xFF"), Failure);
}

TEST_CASE("R20: a formal notice starts a consumer's interest, moves the stage and never the limitation date",
          "[R20][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-03-31", "F-1");
  w.change("debtor", w.debtor, {{"kind", std::string("individual")}, {"b2c", std::string("yes")}});
  const auto limitation = [&] {
    std::vector<LimitationEvent> events;
    sql::Query q(w.office.db(), "SELECT act, happened_on FROM limitation_event WHERE undone = 0");
    while (q.next()) events.push_back({LimitationAct::acknowledgement, *parse_civil_date(q.view(1))});
    return limitation_of(
               {2026, 3, 31},
               {.claim_months = 24, .title_months = 120, .longest_months = 240, .conciliation_months = 6},
               events)
        .last_day;
  };
  CHECK(limitation() == CivilDate{2028, 3, 31});
  w.send(LetterKind::reminder_1, {2026, 9, 1});
  w.send(LetterKind::reminder_2, {2026, 9, 15});
  w.send(LetterKind::reminder_3, {2026, 10, 1});
  CHECK(due_kind(w) == "formal_notice");
  CHECK(w.prepared(LetterKind::formal_notice, {2026, 11, 1}).facts.interest_cents == 0);
  const IssuedLetter notice = w.send(LetterKind::formal_notice, {2026, 11, 1});
  w.track(notice.id, "received", {2026, 11, 4});
  CHECK(limitation() == CivilDate{2028, 3, 31});
  CHECK(w.office.count("SELECT count(*) FROM limitation_event") == 0);
  CHECK(w.office.value("case_file", w.case_id, "stage") == Value{std::string("formal_notice")});
  CHECK(w.state_of(notice.id) == "delivered");
  // 1,000.00 at 3 % from 1 to 21 November, both counted: 1.73
  CHECK(w.prepared(LetterKind::formal_notice).facts.interest_cents == 173);
  CHECK(w.prepared(LetterKind::formal_notice).facts.charges_cents == 0);  // no 40 EUR of a consumer
}

TEST_CASE(
    "R20: an invoice that fell due after the notice, or was contested then, bears interest from its own",
    "[R20][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-03-31", "F-1");
  w.invoice(100'000, "2026-11-10", "F-2");  // not due yet when the notice goes out
  const Id claim = w.invoice(100'000, "2026-03-31", "F-3");
  const Id dispute = w.row("dispute", {{"case_id", w.case_id},
                                       {"claim_id", claim},
                                       {"reason", std::string("goods")},
                                       {"opened_on", std::string("2026-10-20")}});
  w.change("debtor", w.debtor, {{"kind", std::string("individual")}, {"b2c", std::string("yes")}});
  w.send(LetterKind::formal_notice, {2026, 11, 1});
  w.change("dispute", dispute, {{"state", std::string("closed")}, {"closed_on", std::string("2026-11-05")}});
  // 1,000.00 at 3 % from 1 to 21 November: of F-1 alone
  CHECK(w.prepared(LetterKind::formal_notice).facts.interest_cents == 173);
  const CasePosition p = position_on(w, "2026-11-21");
  CHECK(p.interest_cents == 173);
  for (const ClaimPosition& one : p.claims)
    CHECK(one.interest_from ==
          (one.piece_ref == "F-1" ? std::optional(CivilDate{2026, 11, 1}) : std::nullopt));
}

TEST_CASE(
    "R49: after a title that the office has seen, case and letter ask the legal rate, then five points more",
    "[R49][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-01-31", "F-1");
  const auto interest = [&](const char* day) { return position_on(w, day).interest_cents; };
  const std::int64_t before = interest("2026-11-21");
  const Id title = w.row(
      "limitation_event",
      {{"case_id", w.case_id}, {"act", std::string("title")}, {"happened_on", std::string("2026-06-01")}});
  CHECK(interest("2026-11-21") == before);  // nobody has seen it
  w.change("limitation_event", title, {{"verified", std::int64_t{1}}});
  CHECK(interest("2026-11-21") == 6'266);  // 120 days at 10 %, 61 at 3 %, 113 at 8 %
  CHECK(w.prepared(LetterKind::reminder_1).facts.interest_cents == interest("2026-11-21"));
  // It can be enforced from its service on: two months from there.
  w.row("legal_step",
        {{"case_id", w.case_id}, {"kind", std::string("service")}, {"done_on", std::string("2026-07-01")}});
  CHECK(interest("2026-11-21") == 5'841);  // 120 days at 10 %, 92 at 3 %, 82 at 8 %
  w.change("limitation_event", title, {{"undone", std::int64_t{1}}});
  CHECK(interest("2026-11-21") == before);
}

TEST_CASE("R21: nothing is told of a letter before its day, or of a day that is to come", "[R21][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-03-31", "F-1");
  const IssuedLetter letter = w.send(LetterKind::reminder_1, {2026, 11, 10});
  CHECK_THROWS_WITH(w.track(letter.id, "received", {2026, 11, 9}), Catch::Contains("sent on 2026-11-10"));
  {
    const server::Ledger::Work work(w.office.ledger());
    CHECK_THROWS_WITH(track_letter(w.office.ledger(), w.author, letter.id, "received", {2030, 1, 1}),
                      Catch::Contains("still to come"));
  }
  CHECK(w.state_of(letter.id) == "sent");
  w.track(letter.id, "received", {2026, 11, 10});
  CHECK(w.state_of(letter.id) == "delivered");
  const IssuedLetter next = w.issue(LetterKind::reminder_2);
  {
    const server::Ledger::Work work(w.office.ledger());
    CHECK_THROWS_WITH(mark_sent(w.office.ledger(), w.author, next.id, {2030, 1, 1}),
                      Catch::Contains("still to come"));
  }
  CHECK(w.state_of(next.id) == "issued");
}

TEST_CASE("R21: what the post says of a registered letter, and an unknown address to be found",
          "[R21][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  const IssuedLetter letter = w.issue(LetterKind::formal_notice);
  REQUIRE(LetterWorld::codes(letter.obstacles).empty());
  CHECK_THROWS_AS(w.track(letter.id, "presented", LetterWorld::today), Failure);
  w.sent(letter.id, {2026, 11, 22});
  w.track(letter.id, "presented", {2026, 11, 24});
  CHECK(w.state_of(letter.id) == "sent");
  CHECK(w.office.count("SELECT count(*) FROM task") == 0);
  w.track(letter.id, "unclaimed", {2026, 12, 10});
  CHECK(w.state_of(letter.id) == "returned");
  CHECK(w.office.count("SELECT count(*) FROM task") == 0);
  CHECK(w.office.value("letter", letter.id, "tracked_on") == Value{std::string("2026-12-10")});

  LetterWorld other;
  other.invoice(100'000, "2026-09-30", "F-1");
  const Id paul = other.office.add_staff("paul", "agent");
  other.office.assign(other.case_id, paul);
  const IssuedLetter lost = other.send(LetterKind::reminder_1, LetterWorld::today);
  other.track(lost.id, "unknown_there", {2026, 11, 25});
  other.track(lost.id, "unknown_there", {2026, 11, 25});  // said twice: one task
  CHECK(other.office.count("SELECT count(*) FROM task WHERE state = 'todo' AND title LIKE 'Adresse %'") == 1);
  CHECK(sql::id(other.office.db(), "SELECT assignee_id FROM task") == paul);
  CHECK(due_kind(other, {2026, 12, 5}) == "reminder_1");  // it told the debtor nothing
}

TEST_CASE("R40: receipts count without a gap, whatever is refused between them", "[R40][letters]") {
  LetterWorld w;
  const auto payment = [&](const std::string& state) {
    return w.row("payment", {{"case_id", w.case_id},
                             {"amount_cents", std::int64_t{12'345}},
                             {"state", state},
                             {"means", std::string("transfer")},
                             {"paid_on", std::string("2026-11-20")}});
  };
  const IssuedLetter first = w.issue(LetterKind::receipt, LetterWorld::today, payment("received"));
  REQUIRE(LetterWorld::codes(first.obstacles).empty());
  CHECK(first.number == "R-2026-000001");
  const std::string words = words_of(w, first);
  CHECK(holds(words, "Quittance R-2026-000001"));
  CHECK(holds(words,
              "avoir reçu de Boulangerie Œuvrard, le 20 novembre 2026, la somme de 123,45 € par virement"));
  CHECK_THROWS_AS(w.issue(LetterKind::receipt, LetterWorld::today, payment("declared")), Failure);
  CHECK_THROWS_AS(w.issue(LetterKind::receipt), Failure);
  const Id unlucky = payment("received");
  {
    Ledger::Work never(w.office.ledger());
    const auto lost = issue_letter(w.office.ledger(), w.author,
                                   {.case_id = w.case_id, .kind = LetterKind::receipt, .subject_id = unlucky},
                                   LetterWorld::today);
    CHECK(lost.number == "R-2026-000002");
  }  // rolled back
  CHECK(w.issue(LetterKind::receipt, LetterWorld::today, payment("received")).number == "R-2026-000002");
  CHECK(w.issue(LetterKind::receipt, {2027, 1, 2}, payment("received")).number == "R-2027-000001");
}

TEST_CASE("R40: what came back, or was replaced, has no receipt", "[R40][letters]") {
  LetterWorld w;
  const auto payment = [&](const std::string& state, const Value& amends) {
    return w.row("payment", {{"case_id", w.case_id},
                             {"amount_cents", std::int64_t{12'345}},
                             {"state", state},
                             {"paid_on", std::string("2026-11-20")},
                             {"amends_id", amends}});
  };
  const auto why_not = [&](const Id& about) {
    try {
      static_cast<void>(w.issue(LetterKind::receipt, LetterWorld::today, about));
    } catch (const Failure& failure) {
      return failure.message();
    }
    return std::string();
  };
  const Id bounced = payment("received", Null{});
  CHECK(payments_without_receipt(w.office.db()).size() == 1);
  payment("bounced", bounced);
  CHECK(payments_without_receipt(w.office.db()).empty());
  CHECK(why_not(bounced).find("came back on 2026-11-20") != std::string::npos);
  const Id replaced = payment("received", Null{});
  const Id latest = payment("received", replaced);
  CHECK(why_not(replaced).find("takes this one's place") != std::string::npos);
  CHECK(why_not(latest).empty());
  CHECK(w.office.count("SELECT count(*) FROM letter WHERE state = 'issued'") == 1);
}

TEST_CASE("R18: no row for the rate: interest is asked up to the last known day, and that is said",
          "[R18][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2029-11-30", "F-1");
  const PreparedLetter letter = w.prepared(LetterKind::reminder_1, {2030, 2, 1});
  CHECK(letter.facts.interest_until == CivilDate{2029, 12, 31});
  CHECK(letter.facts.interest_cents == 849);  // 31 days of December at 10 %
  REQUIRE(letter.warnings.size() == 1);
  CHECK(holds(letter.warnings.front(), "2030-01-01"));
}

TEST_CASE(
    "R18: an indemnity that was booked with a payment is not asked once more; costs of recovery never are",
    "[R18][R19][letters]") {
  LetterWorld w;
  w.invoice(100'000, "2026-09-30", "F-1");
  CHECK(w.prepared(LetterKind::reminder_2).facts.charges_cents == 4'000);
  // A title that the office has seen, and that is undone later: the charges are there all the same.
  const Id title = w.row("limitation_event", {{"case_id", w.case_id},
                                              {"act", std::string("title")},
                                              {"happened_on", std::string("2026-11-21")},
                                              {"verified", std::int64_t{1}}});
  const auto charge = [&](const std::string& label) {
    return w.row("entry", {{"case_id", w.case_id},
                           {"kind", std::string("charge")},
                           {"account", std::string("411000")},
                           {"label", label},
                           {"amount_cents", std::int64_t{4'000}}});
  };
  charge("Indemnité forfaitaire pour frais de recouvrement");
  CHECK(w.prepared(LetterKind::reminder_2).facts.charges_cents == 4'000);
  const Id payment = w.row("payment", {{"case_id", w.case_id},
                                       {"amount_cents", std::int64_t{4'000}},
                                       {"state", std::string("received")},
                                       {"paid_on", std::string("2026-11-10")}});
  w.row("allocation", {{"case_id", w.case_id},
                       {"payment_id", payment},
                       {"part", std::string("charges")},
                       {"amount_cents", std::int64_t{4'000}}});
  const PreparedLetter paid = w.prepared(LetterKind::reminder_2);
  CHECK(paid.facts.charges_cents == 0);
  CHECK(paid.facts.principal_cents == 100'000);
  CHECK(LetterWorld::codes(paid.obstacles).empty());
  charge("Frais de recouvrement");
  w.change("limitation_event", title, {{"undone", std::int64_t{1}}});
  CHECK(LetterWorld::codes(w.prepared(LetterKind::reminder_2).obstacles) ==
        "missing_mention:no_recovery_costs");
}
