// The list of exceptions: each rule finds what it names, and an office in order has none.
#include "server/compliance.h"

#include <algorithm>
#include <set>

#include "tests/support/case_rows.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

constexpr CivilDate kToday{2026, 11, 18};

struct CheckWorld : CaseRows {
  CheckWorld() {
    for (const auto& [code, amount] :
         {std::pair("limitation_trade_months", 60), std::pair("limitation_civil_months", 60),
          std::pair("limitation_consumer_months", 24), std::pair("limitation_title_months", 120),
          std::pair("limitation_longest_months", 240), std::pair("limitation_conciliation_months", 6),
          std::pair("limitation_warn_days", 30), std::pair("remittance_months", 1),
          std::pair("remittance_warn_days", 7), std::pair("escalation_due_working_days", 2),
          std::pair("small_claim_months", 1), std::pair("hearing_warn_days", 30),
          std::pair("indemnity_cents", 4000)})
      rule(code, amount);
    one = add_case_of(creditor, "PRIVATE-DEBTOR", "2026-01-01");
    debtor = *sql::id(office.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", one);
    change("debtor", debtor, {{"kind", "company"}, {"b2c", "no"}});
  }
  Id add_agency() {
    const Id mandate = add("mandate", {{"creditor_id", creditor},
                                       {"capacity", "agency"},
                                       {"signed_on", "2025-12-01"},
                                       {"valid_from", "2025-12-01"},
                                       {"power_to_receive", std::int64_t{1}}});
    change("case_file", one, {{"mandate_id", mandate}});
    return mandate;
  }
  std::vector<ComplianceFinding> findings(CivilDate day = kToday) {
    sql::Transaction snapshot(office.db(), sql::Access::read);
    auto all = compliance_findings(office.db(), day);
    std::erase_if(all, [](const ComplianceFinding& found) {
      return found.rule == "rates_end";
    });  // of the defaults' own days
    return all;
  }
  std::set<std::string> rules(CivilDate day = kToday) {
    std::set<std::string> out;
    for (const ComplianceFinding& found : findings(day)) out.insert(found.rule);
    return out;
  }
  Id one, debtor;
};

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("R58: an office in order has no exceptions; every rule has a name, a basis and its first day",
          "[R58]") {
  CheckWorld w;
  w.add_invoice(w.one, 10'000, "2026-06-01", "2026-07-01");
  CHECK(w.rules().empty());
  Names names;
  for (const ComplianceRule& rule : compliance_rules()) {
    CHECK(names.insert(std::string(rule.name)).second);
    CHECK_FALSE(rule.legal_basis.empty());
    CHECK_FALSE(rule.asks.empty());
    CHECK(parse_civil_date(rule.valid_from));
  }
}

TEST_CASE("R58: each finding names its rule and its basis, and no debtor", "[R58]") {
  CheckWorld w;
  const Id claim = w.add_invoice(w.one, 10'000, "2021-11-01", "2021-12-01");
  CHECK(w.rules() == Names{"limitation_near"});
  CHECK(w.rules({2026, 10, 1}).empty());
  CHECK(w.rules({2027, 1, 1}) == Names{"time_barred"});
  w.add("limitation_event",
        {{"case_id", w.one}, {"claim_id", claim}, {"act", "acknowledgement"}, {"happened_on", "2026-01-10"}});
  CHECK(w.rules() == Names{"limitation_near"});  // nobody has seen its proof
  w.add("limitation_event", {{"case_id", w.one},
                             {"act", "acknowledgement"},
                             {"happened_on", "2026-01-10"},
                             {"verified", std::int64_t{1}}});
  CHECK(w.rules().empty());
  // A title that was undone after the charge.
  const Id title = w.add(
      "limitation_event",
      {{"case_id", w.one}, {"act", "title"}, {"happened_on", "2026-02-10"}, {"verified", std::int64_t{1}}});
  w.add("entry", {{"case_id", w.one}, {"kind", "charge"}, {"amount_cents", std::int64_t{4'001}}});
  w.change("limitation_event", title, {{"undone", std::int64_t{1}}});
  const auto found = w.findings();
  REQUIRE(found.size() == 1);
  CHECK(found.front().rule == "costs_without_title");
  CHECK(found.front().legal_basis == "CPCE L111-8");
  CHECK(found.front().case_number == "T-1");
  CHECK_THAT(found.front().detail, !Catch::Contains("PRIVATE"));
}

TEST_CASE("R58: an agency's mandate, letter, receipt and remittance", "[R58][R41]") {
  CheckWorld w;
  const Id mandate = w.add_agency();
  CHECK(w.rules() == Names{"sender_incomplete"});
  w.add(
      "sender",
      {{"name", "Cabinet"}, {"insurance_ref", "P1"}, {"account_ref", "FR…"}, {"declared_on", "2020-01-01"}});
  CHECK(w.rules().empty());
  w.change("mandate", mandate, {{"valid_to", "2026-10-31"}});
  CHECK(w.rules() == Names{"mandate_missing"});
  w.change("mandate", mandate, {{"valid_to", Null{}}});
  w.add("contact_event", {{"case_id", w.one}, {"happened_at", w.clock.now()}, {"outcome", "reached"}});
  CHECK(w.rules() == Names{"agency_letter_missing"});
  w.add("letter", {{"case_id", w.one},
                   {"kind", "agency_notice"},
                   {"state", "sent"},
                   {"file_hash", std::string(64, 'a')}});
  CHECK(w.rules() == Names{"letter_not_recalled"});
  w.change("case_file", w.one, {{"mandate_id", Null{}}});
  CHECK(w.rules() == Names{"mandate_missing"});
}

TEST_CASE("R41: received on 2 January, to be remitted by 2 February, told from 26 January on", "[R41][R58]") {
  CheckWorld w;
  w.add_agency();
  const Id payment = w.add_received(w.one, 5'000, "2026-01-02");
  const auto is_told = [&](CivilDate day) { return w.rules(day).contains("remittance_late"); };
  CHECK_FALSE(is_told({2026, 1, 25}));
  CHECK(is_told({2026, 1, 26}));
  CHECK(w.rules().contains("receipt_missing"));
  w.add("letter", {{"case_id", w.one},
                   {"kind", "receipt"},
                   {"subject_id", payment},
                   {"number", "Q-1"},
                   {"state", "issued"},
                   {"file_hash", std::string(64, 'a')}});
  CHECK_FALSE(w.rules().contains("receipt_missing"));
}

TEST_CASE("R58: proofs of claim, services, letters and plans in proceedings, unread escalations",
          "[R58][R50][R51]") {
  CheckWorld w;
  const Id event = w.add("insolvency_event", {{"debtor_id", w.debtor},
                                              {"kind", "liquidation"},
                                              {"published_on", "2026-10-01"},
                                              {"declare_by_on", "2026-12-01"}});
  CHECK(w.rules() == Names{"proof_of_claim_due"});
  w.change("insolvency_event", event, {{"declared_on", "2026-11-10"}});
  CHECK(w.rules().empty());
  w.add("letter", {{"case_id", w.one},
                   {"kind", "reminder_1"},
                   {"state", "sent"},
                   {"issued_on", "2026-10-20"},
                   {"number", "L-1"},
                   {"file_hash", std::string(64, 'a')}});
  CHECK(w.rules() == Names{"letter_in_insolvency"});
  const Id plan = w.add("payment_plan", {{"case_id", w.one}, {"total_cents", std::int64_t{100}}});
  CHECK(w.rules() == Names{"letter_in_insolvency", "plan_in_insolvency"});
  w.change("payment_plan", plan, {{"state", "cancelled"}});
  w.change("insolvency_event", event, {{"cancelled", std::int64_t{1}}});
  w.add("insolvency_event",
        {{"debtor_id", w.debtor}, {"kind", "over_indebtedness"}, {"judged_on", "2026-11-01"}});
  w.add("payment_plan", {{"case_id", w.one}, {"total_cents", std::int64_t{100}}});
  CHECK(w.rules() == Names{"plan_in_over_indebtedness"});
  w.add("legal_step", {{"case_id", w.one},
                       {"kind", "payment_order"},
                       {"done_on", "2026-09-01"},
                       {"deadline_on", "2026-12-01"}});
  w.add("escalation", {{"case_id", w.one}, {"message", "x"}, {"raised_on", "2026-11-13"}});
  CHECK(w.rules() == Names{"plan_in_over_indebtedness", "service_due", "escalation_unread"});
  CHECK_FALSE(
      w.rules({2026, 11, 17}).contains("escalation_unread"));  // two working days from Friday: Tuesday
}

TEST_CASE("R48: a payment inside the small-claims month is flagged", "[R48][R58]") {
  CheckWorld w;
  const Id step = w.add("legal_step", {{"case_id", w.one},
                                       {"kind", "small_claim"},
                                       {"done_on", "2026-11-02"},
                                       {"deadline_on", "2026-12-02"}});
  CHECK(w.rules() == Names{"small_claim_open"});
  w.add_received(w.one, 5'000, "2026-11-10");
  CHECK(w.rules() == Names{"small_claim_open", "payment_in_small_claim"});
  w.change("legal_step", step, {{"result", "accord"}});
  CHECK(w.rules().empty());
}
