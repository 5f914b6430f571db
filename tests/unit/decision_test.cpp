// Proposals before the office: four eyes, two ticks, a balance that moved, and what follows from an approval.
#include "rules/decision.h"

#include "server/proposals.h"
#include "server/reference_data.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

using Fault = DecisionFault;

DecisionAsked approval() { return {.approves = true, .law_ok = true, .expediency_ok = true}; }

struct Inbox : World {
  CaseIds one = add_case();
  Id paul = office.add_staff("paul", "agent");
  Id nadia = office.add_staff("nadia", "clerk");

  Inbox() {
    server::Ledger::Work work(office.ledger());
    server::add_reference_rows(office.ledger(), {.staff_id = office.system(), .role = schema::office});
    work.commit();
    office.assign(one.case_id, paul);
    put(office.system(), "entry",
        {{"case_id", one.case_id},
         {"kind", std::string("invoice")},
         {"account", std::string("411000")},
         {"booked_on", std::string("2026-01-10")},
         {"amount_cents", std::int64_t{100'000}}});
  }
  Id put(const Id& staff, std::string_view table,
         std::initializer_list<std::pair<std::string_view, Value>> values) {
    const Id id = random.row_id(clock.now());
    clock.advance(1'000);
    REQUIRE(office.edit(staff, {insert_op(table, id, values)}).status == sync::Status::applied);
    return id;
  }
  Id plan(std::int64_t version) {
    return put(paul, "payment_plan",
               {{"case_id", one.case_id}, {"version", version}, {"total_cents", std::int64_t{100'000}}});
  }
  Id propose(const Id& about) {
    return put(paul, "proposal",
               {{"case_id", one.case_id},
                {"kind", std::string("plan")},
                {"plan_id", about},
                {"balance_cents", std::int64_t{100'000}}});
  }
  server::ProposalEntry entry(const Id& id) {
    for (auto& one_entry : server::proposals(office.db(), "2026-11-21", false))
      if (one_entry.id == id) return one_entry;
    FAIL("no such proposal");
    return {};
  }
  void decide(const Id& id, const DecisionAsked& asked, const std::string& comment = "") {
    const auto about = entry(id);
    server::Ledger::Work work(office.ledger());
    server::decide(office.ledger(), {.staff_id = nadia, .role = schema::clerk}, about, asked, comment,
                   "2026-11-21");
    work.commit();
  }
};

}  // namespace

TEST_CASE("R31: an approval needs another pair of eyes and both ticks, a refusal its reason", "[R31]") {
  ProposalFacts facts{.kind = ProposalKind::plan, .balance_then_cents = 100, .balance_now_cents = 100};
  CHECK(fault_of(facts, approval()) == Fault::none);
  CHECK(fault_of(facts, {.approves = true, .law_ok = true}) == Fault::ticks_missing);
  CHECK(fault_of(facts, {.approves = true, .expediency_ok = true}) == Fault::ticks_missing);
  CHECK(fault_of(facts, {.approves = false}) == Fault::comment_missing);
  CHECK(fault_of(facts, {.approves = false, .has_comment = true}) == Fault::none);
  facts.is_by_decider = true;
  CHECK(fault_of(facts, approval()) == Fault::own_proposal);
  facts.is_decided = true;
  CHECK(fault_of(facts, approval()) == Fault::decided_already);
}

TEST_CASE("R31: 400 arrive after a proposal on 1,000: the clerk is told that the balance is now 600",
          "[R31]") {
  Inbox w;
  const Id proposal = w.propose(w.plan(1));
  w.put(w.office.system(), "payment",
        {{"case_id", w.one.case_id},
         {"amount_cents", std::int64_t{40'000}},
         {"state", std::string("received")},
         {"paid_on", std::string("2026-11-20")}});
  const auto entry = w.entry(proposal);
  CHECK(entry.facts.balance_then_cents == 100'000);
  CHECK(entry.facts.balance_now_cents == 60'000);
  DecisionAsked asked = approval();
  CHECK(fault_of(entry.facts, asked) == Fault::balance_moved);
  asked.balance_seen_cents = 100'000;
  CHECK(fault_of(entry.facts, asked) == Fault::balance_moved);
  asked.balance_seen_cents = 60'000;
  CHECK(fault_of(entry.facts, asked) == Fault::none);
}

TEST_CASE("R27: re-plans stay as proposals until one decision; at most one plan is active", "[R27]") {
  Inbox w;
  const Id first = w.plan(1), second = w.plan(2);
  const Id one = w.propose(first), two = w.propose(second);
  CHECK(server::proposals(w.office.db(), "2026-11-21", true).size() == 2);
  w.decide(one, approval());
  CHECK(w.office.value("payment_plan", first, "state") == Value{std::string("active")});
  w.decide(two, approval());
  CHECK(w.office.value("payment_plan", first, "state") == Value{std::string("cancelled")});
  CHECK(w.office.value("payment_plan", second, "state") == Value{std::string("active")});
  CHECK(server::proposals(w.office.db(), "2026-11-21", true).empty());
  CHECK(w.entry(two).facts.is_decided);
}

TEST_CASE("R31: whoever decides reads the proposal in the commit that decides it", "[R31]") {
  Inbox w;
  const Id proposal = w.propose(w.plan(1));
  w.decide(proposal, approval());
  server::Ledger::Work work(w.office.ledger());
  const auto again = server::find_proposal(w.office.db(), proposal, "2026-11-21");
  REQUIRE(again.has_value());
  CHECK(fault_of(again->facts, approval()) == Fault::decided_already);
  CHECK_FALSE(server::find_proposal(w.office.db(), w.random.row_id(0), "2026-11-21").has_value());
}

TEST_CASE("R25: a refused plan is cancelled, and its author reads why on the replica", "[R25][R31]") {
  Inbox w;
  const Id plan = w.plan(1), proposal = w.propose(plan);
  w.decide(proposal, {.approves = false, .has_comment = true}, "Acompte trop faible");
  TestDevice device(w.dir.path() / "paul.db", w.office, w.paul, w.clock, w.random);
  device.sync();
  CHECK(device.value("payment_plan", plan, "state") == Value{std::string("cancelled")});
  CHECK(device.count(
            "SELECT count(*) FROM decision WHERE verdict = 'refused' AND comment = 'Acompte trop faible'") ==
        1);
}

TEST_CASE("R26: an approved moratorium begins as a row of its own", "[R26]") {
  Inbox w;
  const Id proposal = w.put(w.paul, "proposal",
                            {{"case_id", w.one.case_id},
                             {"kind", std::string("moratorium")},
                             {"until_on", std::string("2027-01-31")}});
  w.decide(proposal, approval());
  CHECK(w.office.count(
            "SELECT count(*) FROM moratorium WHERE valid_from = '2026-11-21' AND valid_to = '2027-01-31'") ==
        1);
}

TEST_CASE("R50: no plan is approved while proceedings are open", "[R50]") {
  for (const char* kind : {"safeguard", "reorganisation", "liquidation", "other"}) {
    CAPTURE(kind);
    Inbox w;
    const Id proposal = w.propose(w.plan(1));
    w.put(w.office.system(), "insolvency_event", {{"debtor_id", w.one.debtor}, {"kind", std::string(kind)}});
    CHECK(fault_of(w.entry(proposal).facts, approval()) == Fault::insolvency);
    CHECK(fault_of(w.entry(proposal).facts, {.approves = false, .has_comment = true}) == Fault::none);
  }
}

TEST_CASE("R51: no plan is approved on an admissible over-indebtedness file", "[R51]") {
  Inbox w;
  const Id proposal = w.propose(w.plan(1));
  w.put(w.office.system(), "insolvency_event",
        {{"debtor_id", w.one.debtor}, {"kind", std::string("over_indebtedness")}});
  CHECK(fault_of(w.entry(proposal).facts, approval()) == Fault::over_indebtedness);
  CHECK(fault_of(w.entry(proposal).facts, {.approves = false, .has_comment = true}) == Fault::none);
}

TEST_CASE(
    "R32: a discount above the mandate wants the creditor's consent, and lapses when the rest does not come",
    "[R32]") {
  ProposalFacts facts{.kind = ProposalKind::discount,
                      .amount_cents = 20'000,
                      .asked_cents = 100'000,
                      .mandate_discount_bp = 1'000};
  DecisionAsked asked = approval();
  CHECK(fault_of(facts, asked) == Fault::above_mandate);
  asked.creditor_consents = true;
  CHECK(fault_of(facts, asked) == Fault::none);
  facts.amount_cents = 10'000;
  CHECK(fault_of(facts, approval()) == Fault::none);
  CHECK(settlement_of(80'000, 79'999, "2026-12-15", "2026-12-15") == SettlementState::pending);
  CHECK(settlement_of(80'000, 79'999, "2026-12-15", "2026-12-16") == SettlementState::lapsed);
  CHECK(settlement_of(80'000, 80'000, "2026-12-15", "2026-12-16") == SettlementState::granted);
}

TEST_CASE("R25: a plan is within its author's authority by amount and by months", "[R25]") {
  const Authority authority{.plan_cents = 100'000, .plan_months = 3, .discount_bp = 500};
  CHECK(is_within(authority, {.kind = ProposalKind::plan, .amount_cents = 100'000, .months = 3}));
  CHECK_FALSE(is_within(authority, {.kind = ProposalKind::plan, .amount_cents = 100'001, .months = 3}));
  CHECK_FALSE(is_within(authority, {.kind = ProposalKind::plan, .amount_cents = 100'000, .months = 4}));
  CHECK(is_within(authority, {.kind = ProposalKind::discount, .amount_cents = 500, .asked_cents = 10'000}));
  CHECK_FALSE(
      is_within(authority, {.kind = ProposalKind::discount, .amount_cents = 501, .asked_cents = 10'000}));
  CHECK_FALSE(is_within(authority, {.kind = ProposalKind::close}));
}
