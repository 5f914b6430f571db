// The intake check over stored cases.
#include "server/intake_view.h"

#include "host/failure.h"
#include "server/claims_csv.h"
#include "server/claims_import.h"
#include "server/import_batches.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

constexpr CivilDate kToday{.year = 2026, .month = 11, .day = 21};

struct IntakeWorld : World {
  Id batch;

  IntakeWorld() {
    for (const auto& [code, months] : {std::pair{"limitation_trade_months", 60},
                                       {"limitation_consumer_months", 24},
                                       {"limitation_civil_months", 60},
                                       {"limitation_title_months", 120},
                                       {"limitation_longest_months", 240},
                                       {"limitation_conciliation_months", 6}})
      if (!sql::id(office.db(), "SELECT id FROM dated_rule WHERE code = ?1", code))
        REQUIRE(office
                    .edit(office.system(), {insert_op("dated_rule", random.row_id(clock.now()),
                                                      {{"code", std::string(code)},
                                                       {"valid_from", std::string("2008-06-19")},
                                                       {"amount", std::int64_t{months}}})})
                    .status == sync::Status::applied);
    DirectCommitter committer(office.ledger());
    const std::string bytes =
        "debtor_ref;debtor_name;siren;address;city;piece;issued_on;due_on;amount\n"
        "OLD;Atelier du Lac;;1 rue A;Lyon;F1;21/10/2020;20/11/2020;100\n"
        "NEW;Garage du Pont;552032534;;;F2;01/10/2026;31/10/2026;100\n"
        "NOBODY;Inconnu;;;;F3;01/10/2026;31/10/2026;100\n"
        "OLD;Atelier du Lac;;1 rue A;Lyon;F4;01/10/2026;31/10/2026;100\n";
    ClaimsImportOptions options{.creditor = "Meunier SA", .today = "2026-11-21"};
    options.author = {.staff_id = office.system(), .role = schema::office};
    batch =
        *import_claims(
             committer,
             {.file = read_claims_csv(bytes, plain_mapping()), .hash = sha256(bytes), .name = "liste.csv"},
             options)
             .batch;
    set_all("claim", "evidence_ok", std::int64_t{1});
    set_all("debtor", "b2c", std::string("no"));
  }

  void set_all(const char* table, const char* column, const Value& value) {
    std::vector<Id> ids;
    {
      sql::Query q(office.db(), std::string("SELECT id FROM ") + table);
      while (q.next()) ids.push_back(q.id(0));
    }
    for (const Id& id : ids)
      REQUIRE(office.edit(office.system(), {update_op(table, id, {{column, value}})}).status ==
              sync::Status::applied);
  }
  Id id_of(const std::string& query) { return *sql::id(office.db(), query); }
  std::vector<IntakeLine> lines(const IntakeFilter& filter = {}) {
    sql::Transaction snapshot(office.db(), sql::Access::read);
    return intake_lines(office.db(), filter, kToday);
  }
  IntakeLine line(const std::string& debtor) {
    for (IntakeLine& one : lines())
      if (one.debtor == debtor) return one;
    FAIL("no case of " + debtor);
    return {};
  }
};

}  // namespace

TEST_CASE("R04: a claim of six years ago, between companies and without interruption: refuse, time-barred",
          "[R04]") {
  IntakeWorld w;
  const Id recent = w.id_of("SELECT id FROM claim WHERE piece_ref = 'F4'");
  w.office.edit(w.office.system(), {update_op("claim", recent, {{"state", std::string("withdrawn")}})});
  const IntakeLine line = w.line("Atelier du Lac");
  CHECK_FALSE(line.finding.accepts);
  CHECK(line.finding.reasons == std::vector{IntakeReason::time_barred});
  CHECK(proposal_text(line) == "refuse: time-barred");
  REQUIRE(line.claims.size() == 1);
  CHECK(line.claims[0].last_day == "2025-11-20");
}

TEST_CASE("R04: an interruption counts once the office has verified it", "[R04]") {
  IntakeWorld w;
  const Id case_id = w.id_of("SELECT case_id FROM claim WHERE piece_ref = 'F1'");
  const Id event = w.random.row_id(w.clock.now());
  REQUIRE(w.office
              .edit(w.office.system(), {insert_op("limitation_event", event,
                                                  {{"case_id", case_id},
                                                   {"act", std::string("acknowledgement")},
                                                   {"happened_on", std::string("2023-05-02")}})})
              .status == sync::Status::applied);
  CHECK(proposal_text(w.line("Atelier du Lac")) == "accept in part: time-barred");
  w.office.edit(w.office.system(), {update_op("limitation_event", event, {{"verified", std::int64_t{1}}})});
  const IntakeLine line = w.line("Atelier du Lac");
  CHECK(proposal_text(line) == "accept");
  CHECK(line.claims[0].last_day == "2028-05-02");
}

TEST_CASE("R04: the check by case: accepted, insolvent, not identified, without evidence, disputed",
          "[R04]") {
  IntakeWorld w;
  CHECK(proposal_text(w.line("Garage du Pont")) == "accept");
  CHECK(proposal_text(w.line("Inconnu")) == "refuse: the debtor is not identified");
  const Id debtor = w.id_of("SELECT id FROM debtor WHERE legal_name = 'Garage du Pont'");
  const Id event = w.random.row_id(w.clock.now());
  REQUIRE(
      w.office
          .edit(w.office.system(), {insert_op("insolvency_event", event,
                                              {{"debtor_id", debtor}, {"kind", std::string("liquidation")}})})
          .status == sync::Status::applied);
  CHECK(proposal_text(w.line("Garage du Pont")) == "refuse: insolvency proceedings are open");
  w.office.edit(w.office.system(), {update_op("insolvency_event", event, {{"cancelled", std::int64_t{1}}})});
  CHECK(proposal_text(w.line("Garage du Pont")) == "accept");
  const Id claim = w.id_of("SELECT id FROM claim WHERE piece_ref = 'F2'");
  w.office.edit(w.office.system(), {update_op("claim", claim, {{"evidence_ok", std::int64_t{0}}})});
  CHECK(proposal_text(w.line("Garage du Pont")) == "refuse: no evidence");
  const Id case_id = w.id_of("SELECT case_id FROM claim WHERE piece_ref = 'F2'");
  REQUIRE(w.office
              .edit(w.office.system(), {insert_op("dispute", w.random.row_id(w.clock.now()),
                                                  {{"case_id", case_id},
                                                   {"claim_id", claim},
                                                   {"reason", std::string("price")},
                                                   {"state", std::string("open")}})})
              .status == sync::Status::applied);
  CHECK(proposal_text(w.line("Garage du Pont")) == "refuse: the amount is not certain, no evidence");
}

TEST_CASE("R04: a debtor who may be a consumer has the consumer's period asked for", "[R04]") {
  IntakeWorld w;
  const Id claim = w.id_of("SELECT id FROM claim WHERE piece_ref = 'F2'");
  w.office.edit(w.office.system(), {update_op("claim", claim, {{"due_on", std::string("2023-10-31")}})});
  CHECK(proposal_text(w.line("Garage du Pont")) == "accept");
  w.set_all("debtor", "b2c", std::string("unknown"));
  CHECK(proposal_text(w.line("Garage du Pont")) == "refuse: time-barred if the debtor is a consumer");
  w.set_all("debtor", "b2c", std::string("yes"));
  CHECK(proposal_text(w.line("Garage du Pont")) == "refuse: time-barred");
}

TEST_CASE("R04: the list is of one creditor or of one import", "[R04]") {
  IntakeWorld w;
  CHECK(w.lines().size() == 3);
  CHECK(w.lines({.creditor = "Meunier SA"}).size() == 3);
  CHECK(w.lines({.batch = w.batch.text()}).size() == 3);
  CHECK_THROWS_AS(w.lines({.creditor = "Personne"}), Failure);
  CHECK_THROWS_AS(w.lines({.batch = "0123456789"}), Failure);
}
