// Steps before courts, the calendar, and the file for the lawyer: on real rows and real archives.
#include "server/court_file.h"

#include <algorithm>

#include "host/digest.h"
#include "host/dunning_query.h"
#include "host/failure.h"
#include "host/files.h"
#include "rules/dunning.h"
#include "server/legal_steps.h"
#include "server/parties.h"
#include "server/stored_files.h"
#include "tests/support/case_rows.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

struct CourtWorld : CaseRows {
  CourtWorld() {
    for (const auto& [code, amount] :
         {std::pair("opposition_months", 1), std::pair("small_claim_cents", 500'000),
          std::pair("small_claim_months", 1), std::pair("limitation_title_months", 120),
          std::pair("limitation_trade_months", 60), std::pair("limitation_civil_months", 60),
          std::pair("limitation_consumer_months", 24), std::pair("limitation_longest_months", 240),
          std::pair("limitation_conciliation_months", 6)})
      rule(code, amount);
    if (office.count("SELECT count(*) FROM dated_rule WHERE code = 'service_payment_order_months'") == 0) {
      rule("service_payment_order_months", 6);
      add("dated_rule", {{"code", "service_payment_order_months"},
                         {"valid_from", "2026-09-01"},
                         {"amount", std::int64_t{3}}});
    }
    one = add_case_of(creditor, "Durand", "2026-01-01");
    add_invoice(one, 120'000, "2026-01-10", "2026-02-09");
  }
  StepMade step(const std::string& kind, std::optional<CivilDate> on, std::optional<CivilDate> planned = {}) {
    StepMade made;
    committer.commit([&](Ledger& ledger) {
      made =
          add_step(ledger, system, one, {.kind = kind, .on = on, .planned_on = planned, .court = "TC Lyon"});
    });
    return made;
  }
  Id document(const std::string& name, const std::string& kind, const std::string& bytes) {
    std::string hash;
    committer.commit([&](Ledger& ledger) { hash = store_file(ledger, one, bytes); });
    return add("document", {{"case_id", one},
                            {"kind", kind},
                            {"name", name},
                            {"file_hash", hash},
                            {"received_on", "2026-03-01"}});
  }
  std::string hash(bool with_notes = false) {
    sql::Transaction snapshot(office.db(), sql::Access::read);
    return hex(bytes_of(sha256(bundle_zip(court_bundle(office.db(), one, with_notes)))));
  }
  bool has_need(const std::string& code) {
    sql::Transaction snapshot(office.db(), sql::Access::read);
    for (const FileNeed& need : court_file_needs(office.db(), one, {2026, 11, 18}))
      if (need.code == code) return !need.is_there;
    FAIL("no need " << code);
    return false;
  }
  Id one;
};

}  // namespace

TEST_CASE(
    "R47: the service of a payment order is due by the rule of the order's day, and its service closes it",
    "[R47][R45]") {
  CourtWorld w;
  CHECK(w.step("payment_order", CivilDate{2026, 8, 31}).deadline == CivilDate{2027, 2, 28});
  const StepMade later = w.step("payment_order", CivilDate{2026, 9, 1});
  CHECK(later.deadline == CivilDate{2026, 12, 1});
  CHECK(w.office.count("SELECT count(*) FROM task WHERE legal = 1 AND state = 'todo'") == 2);
  CHECK_THROWS_AS(w.step("payment_order", std::nullopt), Failure);
  const StepMade service = w.step("service", CivilDate{2026, 10, 15});
  CHECK(service.deadline == CivilDate{2026, 11, 15});
  CHECK(w.office.count(
            "SELECT count(*) FROM legal_step WHERE kind = 'payment_order' AND result IS NOT NULL") == 1);
  CHECK(w.office.count(
            "SELECT count(*) FROM task WHERE legal = 1 AND state = 'done' AND result IS NOT NULL") == 1);
}

TEST_CASE("R45: a hearing tomorrow is first in the list, and no deadline closes without its outcome",
          "[R45]") {
  CourtWorld w;
  w.step("payment_order", CivilDate{2026, 9, 1});  // by 1 December
  const StepMade hearing = w.step("hearing", std::nullopt, CivilDate{2026, 11, 19});
  auto list = court_calendar(w.office.db(), {2026, 12, 31});
  REQUIRE(list.size() == 2);
  CHECK(list.front().what == "hearing");
  CHECK(list.front().on == CivilDate{2026, 11, 19});
  w.committer.commit([&](Ledger& ledger) {
    CHECK_THROWS_AS(close_step(ledger, w.system, hearing.step, ""), Failure);
    close_step(ledger, w.system, hearing.step, "Renvoyée au 15 janvier");
  });
  list = court_calendar(w.office.db(), {2026, 12, 31});
  REQUIRE(list.size() == 1);
  CHECK(list.front().what == "payment_order");
  CHECK(w.office.count("SELECT count(*) FROM task WHERE legal = 1 AND state = 'done'") == 1);
}

TEST_CASE("R48: a small claim is within the limit with its interest, and stops dunning until its outcome",
          "[R48]") {
  CourtWorld w;
  w.committer.commit([&](Ledger& ledger) {
    CHECK_THROWS_AS(
        add_step(ledger, w.system, w.one,
                 {.kind = "small_claim", .on = CivilDate{2026, 11, 2}, .interest_cents = 380'001}),
        Failure);
  });
  const StepMade made = w.step("small_claim", CivilDate{2026, 11, 2});
  CHECK(made.deadline == CivilDate{2026, 12, 2});
  const auto stops = [&](CivilDate day) {
    return dunning_stops(dunning_facts(dunning_rows(w.office.db(), w.one)), {3, 1}, day);
  };
  REQUIRE(stops({2026, 11, 18}).size() == 1);
  CHECK(stops({2026, 11, 18}).front().reason == DunningReason::small_claim);
  w.committer.commit([&](Ledger& ledger) { close_step(ledger, w.system, made.step, "Refus du débiteur"); });
  CHECK(stops({2026, 11, 18}).empty());
}

TEST_CASE("R46: the bundle of a case is the same bytes until something changes, and has no agent's words",
          "[R46]") {
  CourtWorld w;
  const Id paul = w.office.add_staff("paul", "agent");
  w.hold(w.one, paul, "2026-01-01");
  w.add(
      "contact_event",
      {{"case_id", w.one}, {"happened_at", w.clock.now()}, {"outcome", "reached"}, {"note", "PRIVATE-NOTE"}},
      &paul);
  w.document("Facture F1 été", "evidence", "%PDF-1.7 invoice");
  w.add(
      "document",
      {{"case_id", w.one}, {"kind", "agreement"}, {"name", "Contrat"}, {"file_hash", std::string(64, 'a')}});
  std::string sent;
  w.committer.commit([&](Ledger& ledger) { sent = store_file(ledger, w.one, "%PDF-1.7 letter"); });
  w.add("letter", {{"case_id", w.one},
                   {"kind", "formal_notice"},
                   {"state", "sent"},
                   {"number", "L-7"},
                   {"issued_on", "2026-04-01"},
                   {"registered_no", "1A-42"},
                   {"file_hash", sent}});
  const std::string first = w.hash();
  w.clock.advance(86'400'000);
  CHECK(w.hash() == first);
  CHECK(w.hash(true) != first);

  sql::Transaction snapshot(w.office.db(), sql::Access::read);
  const Bundle bundle = court_bundle(w.office.db(), w.one, false);
  snapshot.commit();
  std::string all;
  for (const BundlePiece& piece : bundle.pieces) all += piece.name + "\n" + piece.content + "\n";
  CHECK_THAT(all, !Catch::Contains("PRIVATE-NOTE"));
  CHECK_THAT(all, Catch::Contains("04-facture-f1-ete.pdf") && Catch::Contains("05-formal-notice-l-7.pdf"));
  CHECK_THAT(all, Catch::Contains("letter formal_notice;L-7;1A-42"));  // the history says what proves it
  CHECK_THAT(bundle.pieces.front().content, Catch::Contains("Contrat: fichier absent"));
  CHECK(bundle.pieces[1].content.starts_with("%PDF-"));
  CHECK(bundle.missing == std::vector<std::string>{"Contrat"});
  CHECK_THAT(bundle.pieces[3].content, Catch::Contains("principal;1200,00;0,00;1200,00"));

  const auto zip = w.dir.path() / "case.zip";
  write_bundle(bundle, zip);
  const std::string bytes = read_file(zip, 1 << 20);
  CHECK(bytes.starts_with("PK"));
  CHECK(hex(bytes_of(sha256(bytes))) == first);
  write_bundle(bundle, w.dir.path() / "folder");
  CHECK(read_file(w.dir.path() / "folder" / "04-facture-f1-ete.pdf", 100) == "%PDF-1.7 invoice");
  CHECK_THROWS_AS(write_bundle(bundle, w.dir.path() / "folder"), Failure);

  w.add_received(w.one, 20'000, "2026-11-10");
  CHECK(w.hash() != first);
}

TEST_CASE("R46: the file says what is missing and how to mend it", "[R46]") {
  CourtWorld w;
  for (const char* code : {"evidence", "formal_notice", "proof_of_delivery", "identity", "address"})
    CHECK(w.has_need(code));
  CHECK_FALSE(w.has_need("ledger"));
  CHECK_FALSE(w.has_need("limitation"));
  w.document("Facture", "evidence", "%PDF-");
  w.document("Accusé de réception", "proof_of_delivery", "%PDF-ar");
  w.add("letter", {{"case_id", w.one}, {"kind", "formal_notice"}, {"state", "sent"}, {"number", "L-1"}});
  const Id debtor = *sql::id(w.office.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", w.one);
  w.change("debtor", debtor, {{"kind", "company"}, {"b2c", "no"}, {"siren", "552032534"}});
  w.add("contact_point",
        {{"debtor_id", debtor}, {"type", "post"}, {"value", "1 rue X"}, {"source", "creditor"}});
  for (const char* code : {"evidence", "formal_notice", "proof_of_delivery", "identity", "address"})
    CHECK_FALSE(w.has_need(code));
  w.add("insolvency_event", {{"debtor_id", debtor}, {"kind", "liquidation"}});
  CHECK(w.has_need("no_insolvency"));
}

TEST_CASE("documents are stored once under their hash, and come back as they went in") {
  CourtWorld w;
  const std::string bytes("\x89PNG\0data", 9);
  w.document("A", "evidence", bytes);
  w.document("B", "evidence", bytes);
  CHECK(w.office.count("SELECT count(*) FROM stored_file") == 1);
  CHECK(stored_file(w.office.db(), w.one, hex(bytes_of(sha256(bytes)))) == bytes);
  CHECK_FALSE(stored_file(w.office.db(), w.one, "zz"));
  CHECK(media_type_of("x.bin", bytes) == "image/png");
  CHECK(media_type_of("X.TXT", "hello") == "text/plain");
}

TEST_CASE(
    "R61: third persons are typed links with their days; R52: a guardian replaces the debtor as contact",
    "[R61][R52]") {
  CourtWorld w;
  const Id debtor = *sql::id(w.office.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", w.one);
  w.committer.commit([&](Ledger& ledger) {
    add_party(ledger, w.system, w.one, {"lawyer", "Me Inventé", "", "2026-01-01", "2026-05-01"});
    CHECK(w.office.value("debtor", debtor, "status") == Value{std::string("unknown")});
    add_party(ledger, w.system, w.one, {"guardian", "UDAF inventée", "+33400000000", "2026-05-01", ""});
  });
  CHECK(w.office.value("debtor", debtor, "status") == Value{std::string("protected")});
  CHECK(w.office.count("SELECT count(*) FROM party_role WHERE role = 'guardian' AND valid_to IS NULL") == 1);
  sql::Transaction snapshot(w.office.db(), sql::Access::read);
  const Bundle bundle = court_bundle(w.office.db(), w.one, false);
  CHECK_THAT(bundle.pieces.front().content, Catch::Contains("UDAF inventée (guardian)"));
  CHECK_THAT(bundle.pieces.front().content, !Catch::Contains("Me Inventé"));
}
