// What a case amounts to on a day, from real rows through the rules, and the same at the office and on a replica.
#include "host/case_position.h"

#include "host/position_view.h"
#include "server/reference_data.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

using Assignments = std::initializer_list<std::pair<std::string_view, Value>>;

Value word(std::string_view text) { return std::string(text); }

struct PositionWorld : World {
  CaseIds one = add_case();
  Id olga = office.add_staff("olga", "office");
  Id paul = office.add_staff("paul", "agent");

  PositionWorld() {
    server::Ledger::Work work(office.ledger());
    server::add_reference_rows(office.ledger(), {.staff_id = office.system(), .role = schema::office});
    work.commit();
    office.assign(one.case_id, paul);
  }
  Id put(std::string_view table, Assignments values) {
    const Id id = random.row_id(clock.now());
    clock.advance(1'000);
    REQUIRE(office.edit(olga, {insert_op(table, id, values)}).status == sync::Status::applied);
    return id;
  }
  void set(std::string_view table, const Id& id, Assignments values) {
    clock.advance(1'000);
    REQUIRE(office.edit(olga, {update_op(table, id, values)}).status == sync::Status::applied);
  }
  Id claim(std::int64_t cents, std::string_view due_on, std::string_view piece = "F1") {
    return put("claim", {{"case_id", one.case_id},
                         {"gross_cents", cents},
                         {"due_on", word(due_on)},
                         {"piece_ref", word(piece)}});
  }
  void is_consumer(std::string_view b2c) { set("debtor", one.debtor, {{"b2c", word(b2c)}}); }
  CasePosition on(std::string_view day) {
    const sql::Transaction snapshot(office.db(), sql::Access::read);
    return case_position(office.db(), one.case_id, day);
  }
};

}  // namespace

TEST_CASE("R35 R36: 1,000 due on 31 May 2025 and paid on 15 August cost a trader 26.12 and 40.00",
          "[R35][R36]") {
  PositionWorld w;
  w.is_consumer("no");
  w.claim(100'000, "2025-05-31");
  const CasePosition p = w.on("2025-08-15");
  CHECK(p.interest_cents == 2'612);
  CHECK(p.indemnity_cents == 4'000);
  CHECK(p.total_cents() == 106'612);
  CHECK(p.aged.overdue_cents == std::vector<std::int64_t>{0, 0, 100'000, 0, 0});  // 76 days
}

TEST_CASE("R05: saying that a debt is a consumer's changes interest, indemnity and limitation", "[R05]") {
  PositionWorld w;
  w.is_consumer("no");
  w.claim(100'000, "2025-05-31");
  const CasePosition trader = w.on("2025-08-15");
  w.is_consumer("yes");
  const CasePosition consumer = w.on("2025-08-15");
  CHECK(consumer.nature == DebtorNature::consumer);
  CHECK(trader.interest_cents > 0);
  CHECK(consumer.interest_cents == 0);  // no formal notice yet
  CHECK(trader.indemnity_cents == 4'000);
  CHECK(consumer.indemnity_cents == 0);
  CHECK(trader.claims[0].limitation.last_day == CivilDate{2030, 5, 31});
  CHECK(consumer.claims[0].limitation.last_day == CivilDate{2027, 5, 31});
  CHECK(w.office.count("SELECT count(*) FROM history WHERE unit = 'b2c'") == 2);  // and it is logged
}

TEST_CASE(
    "R05: before anybody has said what the debtor is, nothing is added and the shortest limitation binds",
    "[R05]") {
  PositionWorld w;
  w.claim(100'000, "2025-05-31");
  const CasePosition p = w.on("2025-08-15");
  CHECK(p.interest_cents + p.indemnity_cents == 0);
  CHECK(p.first_limitation == CivilDate{2027, 5, 31});
}

TEST_CASE("R10: a creditor's terms of this year leave last year's interest as it was", "[R10]") {
  PositionWorld w;
  w.is_consumer("no");
  w.claim(100'000, "2025-05-31");
  const std::int64_t before = w.on("2025-08-15").interest_cents;
  w.put("rate", {{"kind", word("contract")},
                 {"creditor_id", w.creditor},
                 {"valid_from", word("2025-01-01")},
                 {"valid_to", word("2025-12-31")},
                 {"basis_points", std::int64_t{1800}}});
  const std::int64_t with_terms = w.on("2025-08-15").interest_cents;
  CHECK(with_terms == 3'748);  // 1,000 x 18 % x 76 / 365
  CHECK(with_terms > before);
  w.put("rate", {{"kind", word("contract")},
                 {"creditor_id", w.creditor},
                 {"valid_from", word("2026-01-01")},
                 {"valid_to", word("2026-12-31")},
                 {"basis_points", std::int64_t{2500}}});
  CHECK(w.on("2025-08-15").interest_cents == with_terms);
}

TEST_CASE("R35: past the last known rate nothing is computed, and the day is said", "[R35]") {
  PositionWorld w;
  w.is_consumer("no");
  w.claim(100'000, "2025-05-31");
  const CasePosition known = w.on("2026-06-29"), unknown = w.on("2026-11-21");
  CHECK_FALSE(known.interest_unknown_from.has_value());
  CHECK(unknown.interest_unknown_from == CivilDate{2026, 7, 1});
  CHECK(unknown.interest_cents == w.on("2026-06-30").interest_cents);
}

TEST_CASE("R44: only what the office has verified moves the clock, and a formal notice never does",
          "[R44][R20]") {
  PositionWorld w;
  w.is_consumer("yes");
  w.claim(100'000, "2025-05-31");
  const auto last_day = [&] { return w.on("2026-11-21").claims[0].limitation.last_day; };
  w.put("letter", {{"case_id", w.one.case_id},
                   {"kind", word("formal_notice")},
                   {"state", word("sent")},
                   {"sent_on", word("2026-02-01")}});
  CHECK(last_day() == CivilDate{2027, 5, 31});
  const Id act = w.put(
      "limitation_event",
      {{"case_id", w.one.case_id}, {"act", word("acknowledgement")}, {"happened_on", word("2026-03-10")}});
  CHECK(last_day() == CivilDate{2027, 5, 31});
  w.set("limitation_event", act, {{"verified", std::int64_t{1}}});
  CHECK(last_day() == CivilDate{2028, 3, 10});
  w.set("limitation_event", act, {{"undone", std::int64_t{1}}});
  CHECK(last_day() == CivilDate{2027, 5, 31});
  CHECK(w.on("2026-11-21").interest_cents > 0);  // the notice does start a consumer's interest
}

TEST_CASE("R15: an agency's case shows the letter to recall, or that none was sent", "[R15]") {
  PositionWorld w;
  w.put("mandate", {{"creditor_id", w.creditor},
                    {"capacity", word("agency")},
                    {"signed_on", word("2025-12-15")},
                    {"valid_from", word("2026-01-01")}});
  CHECK(w.on("2025-12-31").has_mandate_in_force == false);
  CasePosition p = w.on("2026-11-21");
  CHECK(p.is_agency);
  CHECK(p.has_mandate_in_force);
  CHECK_FALSE(p.statutory_letter.has_value());
  CHECK_THAT(position_text(Lang::fr, p), Catch::Contains("pas d'appel avant elle"));
  w.put("letter", {{"case_id", w.one.case_id},
                   {"kind", word("agency_notice")},
                   {"state", word("sent")},
                   {"number", word("L-2026-000001")},
                   {"sent_on", word("2026-10-02")}});
  p = w.on("2026-11-21");
  REQUIRE(p.statutory_letter.has_value());
  CHECK_THAT(position_text(Lang::fr, p), Catch::Contains("notre lettre L-2026-000001 du 2026-10-02"));
  CHECK_FALSE(w.on("2026-10-01").statutory_letter.has_value());
}

TEST_CASE("R03: the account runs to its balance, as of any day", "[R03]") {
  PositionWorld w;
  const auto entry = [&](std::int64_t cents, std::string_view on) {
    w.put("entry", {{"case_id", w.one.case_id},
                    {"kind", word(cents > 0 ? "invoice" : "payment")},
                    {"amount_cents", cents},
                    {"account", word("411000")},
                    {"booked_on", word(on)}});
  };
  entry(50'000, "2026-01-10");
  entry(-20'000, "2026-03-01");
  entry(30'000, "2026-02-01");
  const auto lines = account_lines(w.office.db(), w.one.case_id, "2026-12-31");
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].balance_cents == 80'000);
  CHECK(lines[2].balance_cents == 60'000);
  CHECK(account_lines(w.office.db(), w.one.case_id, "2026-02-15").back().balance_cents == 80'000);
}

TEST_CASE("the figures of a case are the same at the office and on the agent's replica", "[R03][R06]") {
  PositionWorld w;
  w.is_consumer("no");
  const Id disputed = w.claim(100'000, "2025-05-31", "F1");
  w.claim(25'000, "2026-01-15", "F2");
  w.put("dispute", {{"case_id", w.one.case_id}, {"claim_id", disputed}, {"reason", word("goods")}});
  w.put("payment", {{"case_id", w.one.case_id},
                    {"amount_cents", std::int64_t{7'500}},
                    {"state", word("received")},
                    {"paid_on", word("2026-02-01")}});
  TestDevice device(w.dir.path() / "paul.db", w.office, w.paul, w.clock, w.random);
  device.sync();
  for (const char* day : {"2025-12-31", "2026-02-15", "2026-11-21"}) {
    boost::json::object here, there;
    add_figures(here, case_figures(w.office.db(), w.one.case_id, day));
    add_figures(there, case_figures(device.db(), w.one.case_id, day));
    CHECK(boost::json::serialize(here) == boost::json::serialize(there));
    CHECK(here.at("position").is_object());
  }
  const CasePosition p = w.on("2026-11-21");
  CHECK(p.aged.balance_cents() == p.principal_cents - p.aged.credits.cash_cents);
  CHECK(p.aged.disputed_cents > 0);
}
