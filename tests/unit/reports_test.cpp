// Reports on real rows: the figures that the trade's worked examples give, and totals that agree with each other.
#include "server/reports.h"

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "host/failure.h"
#include "rules/collection_period.h"
#include "rules/recovery.h"
#include "server/fec_import.h"
#include "tests/support/case_rows.h"
#include "tests/support/pdf_text.h"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

struct ReportWorld : CaseRows {
  Id paul = office.add_staff("paul", "agent");
  Id lea = office.add_staff("lea", "agent");
  ReportAsk ask{.as_of = {2026, 11, 18},
                .from = {2026, 11, 1},
                .to = {2026, 11, 18},
                .edges = {30, 60, 90, 120},
                .grace_days = 3};

  template <class Make>
  Report make(Make make_report) {
    sql::Transaction snapshot(office.db(), sql::Access::read);
    return make_report(office.db(), ask);
  }
  void import(const std::string& name, const std::string& creditor_name) {
    std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + name, std::ios::binary);
    REQUIRE(in);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    FecImportOptions options{.creditor = creditor_name};
    options.author = system;
    options.today = "2026-11-18";
    static_cast<void>(import_fec(committer, {.file = read_fec(bytes.str())}, options));
  }
  void contact(const Id& case_id, const Id& staff, const std::string& outcome) {
    add("contact_event",
        {{"case_id", case_id}, {"happened_at", clock.now()}, {"outcome", outcome}, {"note", "PRIVATE-NOTE"}},
        &staff);
  }
};

std::int64_t number(const Report& report, std::size_t row, std::string_view column, std::size_t table = 0) {
  const ReportTable& from = report.tables.at(table);
  const ReportRow& cells = row < from.rows.size() ? from.rows[row] : from.totals;
  for (std::size_t i = 0; i < from.columns.size(); ++i)
    if (from.columns[i].name == column) return std::get<std::int64_t>(cells[i]);
  FAIL("no column " << column);
  return 0;
}
constexpr std::size_t kTotal = 1'000'000;

std::int64_t sum(const Report& report, std::string_view column) {
  std::int64_t out = 0;
  for (std::size_t i = 0; i < report.tables.front().rows.size(); ++i) out += number(report, i, column);
  return out;
}

}  // namespace

TEST_CASE(
    "R06: on the real ledgers every case's buckets less its credits are its ledger balance, on two days",
    "[R06]") {
  ReportWorld w;
  w.import("0000000001FEC20220831.txt", "Ferme du Pont");
  w.import("000000000FEC20231231.txt", "Négoce");
  for (const char* day : {"2022-03-31", "2023-06-30", "2026-11-18"}) {
    w.ask.as_of = *parse_civil_date(day);
    const Report report = w.make(aged_report);
    std::int64_t shown = 0;
    for (std::size_t i = 0; i < report.tables[0].rows.size(); ++i) {
      const auto& row = report.tables[0].rows[i];
      const std::int64_t ledger =
          sql::number(w.office.db(),
                      "SELECT sum(e.amount_cents) FROM entry e JOIN case_file c ON c.id = e.case_id"
                      " WHERE c.number = ?1 AND e.booked_on <= ?2",
                      std::get<std::string>(row[0]), day)
              .value_or(0);
      std::int64_t cells = 0;  // not due, five buckets, credit notes, cash
      for (std::size_t c = 4; c < 12; ++c) cells += std::get<std::int64_t>(row[c]);
      CHECK(cells == ledger);
      CHECK(number(report, i, "balance_cents") == ledger);
      shown += ledger;
    }
    CHECK(shown ==
          sql::number(w.office.db(), "SELECT sum(amount_cents) FROM entry WHERE booked_on <= ?1", day));
    CHECK(number(report, kTotal, "balance_cents") == shown);
  }
}

TEST_CASE("R06: disputed items stay in the balance and are flagged; a report of a past day does not change",
          "[R06]") {
  ReportWorld w;
  const Id one = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  w.add_invoice(one, 30'000, "2026-08-01", "2026-08-31");
  const Id contested = w.add_invoice(one, 20'000, "2026-09-01", "2026-10-01");
  w.add("dispute",
        {{"case_id", one}, {"claim_id", contested}, {"reason", "goods"}, {"opened_on", "2026-10-05"}});
  w.ask.as_of = {2026, 10, 31};
  const auto before = report_csv(w.make(aged_report).tables[0], CsvStyle::french);
  w.add_received(one, 30'000, "2026-11-10");
  CHECK(report_csv(w.make(aged_report).tables[0], CsvStyle::french) == before);
  w.ask.as_of = {2026, 11, 18};
  const Report report = w.make(aged_report);
  CHECK(number(report, 0, "balance_cents") == 20'000);
  CHECK(number(report, 0, "cash_cents") == -30'000);  // received, matched by nobody: its own column
  CHECK(number(report, 0, "disputed_cents") == 20'000);
  CHECK(number(report, 0, "days_31_60_cents") == 20'000);
  CHECK(number(report, 0, "days_61_90_cents") == 30'000);
}

TEST_CASE("R06: what a person matched leaves the buckets, and what was paid as interest pays no principal",
          "[R06][R34]") {
  ReportWorld w;
  const Id one = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  const Id claim = w.add_invoice(one, 9'000, "2026-08-01", "2026-08-31");
  const Id payment = w.add_received(one, 10'000, "2026-11-10");
  w.add("allocation", {{"case_id", one},
                       {"payment_id", payment},
                       {"part", "interest"},
                       {"amount_cents", std::int64_t{2'000}}});
  w.add("allocation", {{"case_id", one},
                       {"payment_id", payment},
                       {"claim_id", claim},
                       {"amount_cents", std::int64_t{8'000}}});
  const Report report = w.make(aged_report);
  CHECK(number(report, 0, "days_61_90_cents") == 1'000);
  CHECK(number(report, 0, "cash_cents") == 0);
  CHECK(number(report, 0, "balance_cents") == 1'000);
}

TEST_CASE("R33: a payment that bounced leaves the buckets as they were before it came", "[R33][R06]") {
  ReportWorld w;
  const Id one = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  w.add_invoice(one, 9'000, "2026-08-01", "2026-08-31");
  const Id payment = w.add_received(one, 9'000, "2026-11-02");
  w.add("payment", {{"case_id", one},
                    {"amount_cents", std::int64_t{9'000}},
                    {"paid_on", "2026-11-10"},
                    {"state", "bounced"},
                    {"amends_id", payment}});
  const Report report = w.make(aged_report);
  CHECK(number(report, 0, "days_61_90_cents") == 9'000);
  CHECK(number(report, 0, "cash_cents") == 0);
  CHECK(number(report, 0, "balance_cents") == 9'000);
  w.ask.as_of = {2026, 11, 5};
  CHECK(number(w.make(aged_report), 0, "balance_cents") == 0);
}

TEST_CASE("R07: count-back of the worked example is 81.5 days; without sales a figure is n/a", "[R07]") {
  ReportWorld w;
  const Id one = w.add_case_of(w.creditor, "Durand", "2026-01-01");
  w.add_invoice(one, 11'000, "2026-01-15", "2026-02-14");
  w.add_invoice(one, 10'000, "2026-02-15", "2026-03-17");
  w.add_invoice(one, 12'000, "2026-03-15", "2026-04-14");
  w.add_received(one, 3'000, "2026-03-20");
  w.ask.from = {2026, 1, 1};
  w.ask.to = w.ask.as_of = {2026, 3, 31};
  const Report report = w.make(dso_report);
  CHECK(number(report, 0, "count_back_tenths") == 815);
  CHECK(number(report, 0, "simple_tenths") == 818);         // 300 / 330 * 90 days
  CHECK(number(report, 0, "best_possible_tenths") == 327);  // 120 / 330 * 90
  CHECK(number(report, 0, "delinquent_tenths") == 491);
  CHECK_THAT(report_text(report), Catch::Contains("81.5"));
  // (opening 0 + sales 330 - closing 300) / (0 + 330 - not due 120)
  CHECK(number(w.make(cei_report), 0, "cei_tenths") == 143);
  w.ask.from = {2025, 1, 1};
  w.ask.to = w.ask.as_of = {2025, 1, 31};
  CHECK_THAT(report_text(w.make(dso_report)), Catch::Contains("n/a"));
  CHECK_THAT(report_csv(w.make(dso_report).tables[0], CsvStyle::plain), Catch::Contains("n/a"));
}

TEST_CASE("promises are judged on the day, from money received", "[report]") {
  ReportWorld w;
  const Id one = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  w.add_invoice(one, 90'000, "2026-08-01", "2026-08-31");
  w.hold(one, w.paul, "2026-09-01");
  w.hold(one, w.lea, "2026-09-01");
  w.clock.set(1'793'700'000'000);  // 3 November
  w.add("promise", {{"case_id", one}, {"amount_cents", std::int64_t{50'000}}, {"due_on", "2026-11-10"}},
        &w.paul);
  w.add("promise", {{"case_id", one}, {"amount_cents", std::int64_t{40'001}}, {"due_on", "2026-11-12"}},
        &w.lea);
  w.add_received(one, 50'000, "2026-11-12");
  const Report report = w.make(promise_report);
  CHECK(number(report, kTotal, "kept") == 2);
  w.ask.as_of = w.ask.to = {2026, 11, 11};
  CHECK(number(w.make(promise_report), kTotal, "kept") == 0);
}

TEST_CASE("R54: the activity report's totals are the log's, on screen and in CSV", "[R54]") {
  ReportWorld w;
  const Id other = w.office.add_creditor("Autre SARL");
  const Id first = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  const Id second = w.add_case_of(other, "Martin", "2026-09-01");
  w.hold(first, w.paul, "2026-09-01");
  w.hold(second, w.lea, "2026-09-01");
  for (const char* outcome : {"no_answer", "reached", "promise", "third_party"})
    w.contact(first, w.paul, outcome);
  w.contact(second, w.lea, "refusal");
  w.add("promise", {{"case_id", first}, {"amount_cents", std::int64_t{5'000}}, {"due_on", "2026-11-30"}},
        &w.paul);
  w.add("proposal", {{"case_id", first}, {"kind", "discount"}, {"amount_cents", std::int64_t{100}}}, &w.paul);
  w.add("task", {{"case_id", second}, {"due_on", "2026-11-02"}}, &w.lea);
  w.add_invoice(first, 9'000, "2026-08-01", "2026-08-31");
  w.add_received(first, 4'000, "2026-11-10");
  w.add_received(first, 700, "2026-10-10");  // before the time asked for
  const Report report = w.make(activity_report);
  CHECK(number(report, kTotal, "contacts") == w.office.count("SELECT count(*) FROM contact_event"));
  CHECK(sum(report, "contacts") == 5);
  CHECK(number(report, kTotal, "right_party") == 3);
  CHECK(number(report, kTotal, "right_party_tenths") == 600);
  CHECK(number(report, kTotal, "promised_cents") == 5'000);
  CHECK(number(report, kTotal, "cash_cents") == 4'000);
  CHECK(sum(report, "cash_cents") == 4'000);
  CHECK(number(report, kTotal, "pending_approvals") == 1);
  CHECK(number(report, kTotal, "overdue_tasks") == 1);
  const std::string csv = report_csv(report.tables[0], CsvStyle::plain);
  CHECK_THAT(csv, Catch::Contains("total,,5,5,3,60.0,1,50.00"));
  CHECK_THAT(csv, !Catch::Contains("PRIVATE-NOTE"));
  const std::string page = pdf_text(report_pdf(report, report.tables[0], w.ask.as_of));
  CHECK_THAT(page, Catch::Contains("50.00") && Catch::Contains("60.0") && Catch::Contains("40.00"));
  CHECK(report_pdf(report, report.tables[0], w.ask.as_of) ==
        report_pdf(report, report.tables[0], w.ask.as_of));
  w.ask.scope.agent = "lea";
  CHECK(number(w.make(activity_report), kTotal, "contacts") == 1);
}

TEST_CASE("R57: a creditor's report has no row of another creditor and no word of a call", "[R57]") {
  ReportWorld w;
  const Id other = w.office.add_creditor("Autre SARL");
  const Id mine = w.add_case_of(w.creditor, "Durand", "2026-09-01");
  const Id foreign = w.add_case_of(other, "FOREIGN-DEBTOR", "2026-09-01");
  for (const Id& id : {mine, foreign}) {
    w.hold(id, w.paul, "2026-09-01");
    w.add_invoice(id, 10'000, "2026-08-01", "2026-08-31");
    w.add_received(id, 2'500, "2026-11-10");
    w.contact(id, w.paul, "reached");
  }
  w.add("remittance", {{"creditor_id", other},
                       {"number", "R-FOREIGN"},
                       {"until_on", "2026-11-15"},
                       {"received_cents", std::int64_t{2'500}}});
  w.add("remittance", {{"creditor_id", w.creditor},
                       {"number", "R-1"},
                       {"until_on", "2026-11-15"},
                       {"received_cents", std::int64_t{2'500}}});
  w.ask.scope.creditor = "Meunier SA";
  const Report report = w.make(creditor_report);
  const std::string all = boost::json::serialize(report_json(report)) + report_text(report);
  CHECK_THAT(all, Catch::Contains("Durand") && Catch::Contains("R-1") && Catch::Contains("reached"));
  CHECK_THAT(all,
             !Catch::Contains("FOREIGN") && !Catch::Contains("Autre") && !Catch::Contains("PRIVATE-NOTE"));
  CHECK(number(report, kTotal, "received_cents") == 2'500);
  w.ask.scope.creditor = "Nobody SA";
  CHECK_THROWS_AS(w.make(creditor_report), Failure);
}

TEST_CASE("R43: recovery by agent, by creditor and over all is one sum over one denominator", "[R43]") {
  ReportWorld w;
  const Id other = w.office.add_creditor("Autre SARL");
  const Id a = w.add_case_of(w.creditor, "A", "2026-08-10");
  const Id b = w.add_case_of(other, "B", "2026-08-20");
  const Id c = w.add_case_of(other, "C", "2026-09-05");
  w.hold(a, w.paul, "2026-08-10");
  w.hold(b, w.paul, "2026-08-20");
  w.hold(c, w.lea, "2026-09-05");
  w.hold(c, w.paul, "2026-09-05");  // two holders: one of them counts
  for (const Id& id : {a, b, c}) w.add_invoice(id, 10'000, "2026-07-01", "2026-07-31");
  const Id withdrawn = w.add_invoice(c, 99'000, "2026-07-01", "2026-07-31");
  w.change("claim", withdrawn, {{"state", "withdrawn"}});
  w.add_received(a, 4'000, "2026-10-01");
  w.add_received(c, 3'500, "2026-10-01");
  w.add_received(c, 1'000, "2026-09-01");  // before it was entrusted
  w.ask.by = ReportBy::agent;
  const Report agents = w.make(recovery_report);
  w.ask.by = ReportBy::creditor;
  const Report creditors = w.make(recovery_report);
  w.ask.by = ReportBy::case_file;
  const Report all = w.make(recovery_report);
  for (const char* column : {"cases", "entrusted_cents", "received_cents"}) {
    CHECK(sum(agents, column) == sum(creditors, column));
    CHECK(sum(agents, column) == sum(all, column));
    CHECK(sum(all, column) == number(all, kTotal, column));
  }
  CHECK(number(all, kTotal, "rate_tenths") == 250);
  CHECK(number(all, 0, "rate_tenths") == 200);  // August: 4,000 of 20,000
  CHECK(share_tenths(1, 0) == std::nullopt);
}
