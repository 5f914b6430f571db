// The gazette's notices and what follows from them: on the open rules, on invented notices, on real rows.
#include "server/insolvency.h"

#include <fstream>
#include <sstream>

#include "host/dunning_query.h"
#include "host/failure.h"
#include "rules/dunning.h"
#include "rules/insolvency.h"
#include "tests/support/case_rows.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

std::string data_file(const std::string& name) {
  std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/registry/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

struct GazetteWorld : CaseRows {
  GazetteWorld() {
    rule("proof_of_claim_months", 2);
    rule("proof_of_claim_abroad_months", 4);
  }
  Id add_company(const std::string& siren) {
    const Id case_id = add_case_of(creditor, "Company " + siren, "2025-12-01");
    add_invoice(case_id, 10'000, "2025-10-01", "2025-10-31");
    change("debtor", debtor_of(case_id), {{"siren", siren}});
    return case_id;
  }
  Id debtor_of(const Id& case_id) {
    return *sql::id(office.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
  }
  BodaccReport import(const std::string& text) {
    BodaccReport report;
    committer.commit([&](Ledger& ledger) { report = take_bodacc(ledger, system, read_bodacc(text)); });
    return report;
  }
  bool is_stopped(const Id& case_id) {
    const DunningFacts facts = dunning_facts(dunning_rows(office.db(), case_id));
    return !dunning_stops(facts, {.promise_grace_days = 3, .small_claim_months = 1}, {2026, 2, 3}).empty();
  }
  std::string event(const std::string& ref, const std::string& column) {
    return sql::text(office.db(), "SELECT " + column + " FROM insolvency_event WHERE notice_ref = ?1", ref)
        .value_or("");
  }
};

std::string quoted_part(const std::string& line) {
  const std::size_t first = line.find('"');
  return line.substr(first + 1, line.rfind('"') - first - 1);
}

}  // namespace

TEST_CASE(
    "R50: published on 15 January 2026, to be declared by 15 March, a Sunday; the next working day is shown",
    "[R50]") {
  const ProofDeadline deadline = proof_deadline({2026, 1, 15}, 2);
  CHECK(deadline.in_law == CivilDate{2026, 3, 15});
  CHECK(weekday(deadline.in_law) == 7);
  CHECK(deadline.next_working == CivilDate{2026, 3, 16});
  CHECK(proof_deadline({2026, 1, 15}, 4).in_law == CivilDate{2026, 5, 15});
  CHECK(proof_deadline({2025, 12, 31}, 2).in_law == CivilDate{2026, 2, 28});
}

TEST_CASE("R50: natures of judgments mean what the open rules of the register say", "[R50]") {
  std::istringstream rules(data_file("bodacc_procedure_collective_rules.yml"));
  std::string line, nature, complement;
  int seen = 0;
  while (std::getline(rules, line)) {
    if (line.find("- nature:") != std::string::npos) {
      nature = plain_words(quoted_part(line));
      complement.clear();
    } else if (line.find("complement_contains:") != std::string::npos) {
      complement = plain_words(quoted_part(line));
    } else if (line.find("statut:") != std::string::npos) {
      ++seen;
      const std::string meaning(name_of(meaning_of(nature, complement)));
      INFO(nature << " / " << complement << " -> " << meaning);
      if (line.find("liquidation_judiciaire") != std::string::npos)
        CHECK(meaning == "liquidation");
      else if (line.find("redressement_judiciaire") != std::string::npos)
        CHECK(meaning == "reorganisation");
      else if (line.find("sauvegarde") != std::string::npos)
        CHECK(meaning == "safeguard");
      else
        CHECK((meaning == "none" || meaning == "ended" || meaning == "other"));
    }
  }
  CHECK(seen > 45);
}

TEST_CASE("the gazette's four spellings of a day, and texts that went through a wrong character set") {
  for (const char* text :
       {"2026-01-15", "20260115", "15/01/2026", "15 janvier 2026", "2026-01-15T00:00:00+01:00"})
    CHECK(parse_gazette_day(text) == CivilDate{2026, 1, 15});
  CHECK(parse_gazette_day("1er f\xC3\xA9vrier 2026") == CivilDate{2026, 2, 1});
  CHECK(parse_gazette_day("3 ao\xC3\xBBt 2026") == CivilDate{2026, 8, 3});
  for (const char* text : {"", "30/02/2026", "soon", "15 brumaire 2026", "2026"})
    CHECK_FALSE(parse_gazette_day(text));
  CHECK(repaired_text("proc\xC3\x83\xC2\xA9"
                      "dure") ==
        "proc\xC3\xA9"
        "dure");
  CHECK(repaired_text("proc\xC3\xA9"
                      "dure") ==
        "proc\xC3\xA9"
        "dure");
  CHECK(meaning_of(plain_words("Jugement de cl\xEF\xBF\xBDture pour insuffisance d'actif"), "") ==
        JudgmentMeaning::ended);
}

TEST_CASE(
    "R50: a notice stops dunning at once, its cancellation undoes the alert, and the same file twice is one",
    "[R50]") {
  GazetteWorld w;
  const Id bakery = w.add_company("552032534");
  const Id garage = w.add_company("880878145");
  const Id closed = w.add_company("843701079");
  const std::string file = data_file("bodacc_collective_invented.json");
  CHECK_FALSE(w.is_stopped(bakery));

  const BodaccReport first = w.import(file);
  CHECK(first.records == 7);
  CHECK(first.notices == 6);
  CHECK(first.events_added == 3);  // bakery, garage, the garage's correction
  CHECK(first.events_cancelled == 1);
  CHECK(first.events_replaced == 1);
  CHECK(first.companies_unknown == 1);
  REQUIRE(first.to_look_at.size() == 1);  // proceedings that ended: a person says what is left
  CHECK(w.event("A20260010-101", "cancelled") == "1");
  CHECK(w.event("A20260010-101", "officer").starts_with("liquidateur Me"));
  CHECK_FALSE(w.is_stopped(bakery));
  CHECK(w.office.count("SELECT count(*) FROM task WHERE title LIKE '%A20260010-101' AND withdrawn = 0") == 0);

  CHECK(w.is_stopped(garage));
  CHECK(w.event("A20260021-202", "kind") == "reorganisation");
  CHECK(w.event("A20260021-202", "judged_on") == "2026-01-01");
  CHECK(w.event("A20260021-202", "declare_by_on") ==
        "2026-03-15");  // of the first notice: a correction gives no time
  CHECK(w.event("A20260010-102", "court") == "Greffe du Tribunal de Commerce de Saint-\xC3\x89tienne");
  CHECK_FALSE(w.is_stopped(closed));

  const BodaccReport again = w.import(file);
  CHECK(again.events_added == 0);
  CHECK(again.events_cancelled == 0);
  CHECK(again.events_replaced == 0);
  CHECK(w.office.count("SELECT count(*) FROM insolvency_event") == 3);
  CHECK(w.office.count("SELECT count(*) FROM task WHERE legal = 1 AND withdrawn = 0 AND state = 'todo'") ==
        1);
}

TEST_CASE("R50: a declared claim closes its legal task with its outcome", "[R50][R45]") {
  GazetteWorld w;
  const Id one = w.add_company("552032534");
  std::optional<Id> event;
  w.committer.commit([&](Ledger& ledger) {
    InsolvencyWriter writer(ledger, w.system);
    event = writer.add(w.debtor_of(one), {.kind = "liquidation",
                                          .published_on = CivilDate{2026, 1, 15},
                                          .notice_ref = "A1",
                                          .declare_by = CivilDate{2026, 3, 15}});
    writer.flush();
    CHECK_FALSE(writer.add(w.debtor_of(one), {.kind = "liquidation", .notice_ref = "A1"}));
    writer.declare(*event, {2026, 2, 20});
  });
  CHECK(w.event("A1", "declared_on") == "2026-02-20");
  CHECK(w.office.count(
            "SELECT count(*) FROM task WHERE legal = 1 AND state = 'done' AND result IS NOT NULL") == 1);
  CHECK(w.is_stopped(one));  // declared is not over
}

TEST_CASE("R09: an event that the office records is in the agent's replica after the next sync", "[R09]") {
  GazetteWorld w;
  const Id paul = w.office.add_staff("paul", "agent");
  const Id one = w.add_company("552032534");
  w.hold(one, paul, "2026-01-01");
  const auto device = w.add_device(paul);
  device->sync();
  CHECK(device->count("SELECT count(*) FROM insolvency_event") == 0);
  w.import(data_file("bodacc_collective_invented.json"));
  device->sync();
  CHECK(device->count("SELECT count(*) FROM insolvency_event WHERE cancelled = 1") == 1);
  w.add("insolvency_event", {{"debtor_id", w.debtor_of(one)},
                             {"kind", "other"},
                             {"notice_ref", "PRIV-1"},
                             {"published_on", "2026-02-01"}});
  device->sync();
  const DunningFacts facts = dunning_facts(dunning_rows(device->db(), one));
  CHECK_FALSE(dunning_stops(facts, {.promise_grace_days = 3, .small_claim_months = 1}, {2026, 2, 3}).empty());
}

TEST_CASE("files that are no BODACC are refused, and one without collective notices does nothing") {
  CHECK_THROWS_AS(read_bodacc("{}"), Failure);
  CHECK_THROWS_AS(read_bodacc("no json"), Failure);
  const BodaccFile file = read_bodacc(data_file("bodacc_880878145.json"));
  CHECK(file.records == 3);
  CHECK(file.notices.empty());
  const BodaccFile bad =
      read_bodacc(R"([{"id":"A1","familleavis":"collective","registre":"552032534","dateparution":"soon"}])");
  REQUIRE(bad.problems.size() == 1);
  CHECK_THAT(bad.problems.front(), Catch::Contains("record 1"));
}
