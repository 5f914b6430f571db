// From rows to tables. See reports.h.
#include "server/reports.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "rules/collection_period.h"
#include "rules/recovery.h"

namespace relance::server {
namespace {

using Kind = ReportColumn::Kind;

const std::string kNobody = "(nobody)";

std::string name_or_nobody(const std::string& name) { return name.empty() ? kNobody : name; }

Value figure(const std::optional<std::int64_t>& value) { return value ? Value{*value} : Value{Null{}}; }

std::vector<std::string> scope_lines(const ReportAsk& ask) {
  std::vector<std::string> out;
  if (!ask.scope.creditor.empty()) out.push_back("Creditor: " + ask.scope.creditor);
  if (!ask.scope.agent.empty()) out.push_back("Agent: " + ask.scope.agent);
  return out;
}

std::string period_text(const ReportAsk& ask) { return iso_text(ask.from) + " to " + iso_text(ask.to); }

bool is_within(const ReportAsk& ask, CivilDate day) { return ask.from <= day && day <= ask.to; }

// ---- aged balance ------------------------------------------------------------------------------------------------

AgedBalance& operator+=(AgedBalance& sum, const AgedBalance& one) {
  sum.not_due_cents += one.not_due_cents;
  sum.overdue_cents.resize(std::max(sum.overdue_cents.size(), one.overdue_cents.size()));
  for (std::size_t i = 0; i < one.overdue_cents.size(); ++i) sum.overdue_cents[i] += one.overdue_cents[i];
  sum.disputed_cents += one.disputed_cents;
  sum.credits.credit_notes_cents += one.credits.credit_notes_cents;
  sum.credits.cash_cents += one.credits.cash_cents;
  return sum;
}

AgedBalance aged_of(const ReportedCase& one, const ReportAsk& ask) {
  return aged_account(one.items, one.matches, ask.as_of, ask.edges);
}

bool is_level(const AgedBalance& aged) {
  return aged.not_due_cents == 0 && aged.credits.cash_cents == 0 && aged.credits.credit_notes_cents == 0 &&
         std::all_of(aged.overdue_cents.begin(), aged.overdue_cents.end(),
                     [](std::int64_t cents) { return cents == 0; });
}

void add_bucket_columns(std::vector<ReportColumn>& columns, const std::vector<std::int64_t>& edges) {
  columns.push_back({"not_due_cents", "not due", Kind::cents});
  std::int64_t first = 1;
  for (const std::int64_t last : edges) {
    const std::string span = std::to_string(first) + "-" + std::to_string(last);
    columns.push_back(
        {"days_" + std::to_string(first) + "_" + std::to_string(last) + "_cents", span, Kind::cents});
    first = last + 1;
  }
  columns.push_back(
      {"days_from_" + std::to_string(first) + "_cents", "> " + std::to_string(first - 1), Kind::cents});
  columns.push_back({"credit_notes_cents", "credit notes", Kind::cents});
  columns.push_back({"cash_cents", "cash", Kind::cents});
  columns.push_back({"balance_cents", "balance", Kind::cents});
  columns.push_back({"disputed_cents", "disputed", Kind::cents});
}

// What stands against the buckets is written below zero, so that a row adds up to its balance.
void add_buckets(ReportRow& row, const AgedBalance& aged, std::size_t buckets) {
  row.emplace_back(aged.not_due_cents);
  for (std::size_t i = 0; i < buckets; ++i)
    row.emplace_back(i < aged.overdue_cents.size() ? aged.overdue_cents[i] : std::int64_t{0});
  row.emplace_back(-aged.credits.credit_notes_cents);
  row.emplace_back(-aged.credits.cash_cents);
  row.emplace_back(aged.balance_cents());
  row.emplace_back(aged.disputed_cents);
}

ReportTable aged_by_case(const std::vector<ReportedCase>& cases, const ReportAsk& ask) {
  ReportTable out{
      .name = "cases",
      .title = "By case",
      .columns = {{"number", "number"}, {"debtor", "debtor"}, {"creditor", "creditor"}, {"agent", "agent"}}};
  add_bucket_columns(out.columns, ask.edges);
  AgedBalance sum;
  for (const ReportedCase& one : cases) {
    const AgedBalance aged = aged_of(one, ask);
    if (is_level(aged)) continue;
    sum += aged;
    ReportRow& row = out.rows.emplace_back(ReportRow{one.number, one.debtor, one.creditor, one.agent});
    add_buckets(row, aged, ask.edges.size() + 1);
  }
  out.totals = {std::string("total"), std::string(), std::string(), std::string()};
  add_buckets(out.totals, sum, ask.edges.size() + 1);
  return out;
}

std::string key_of(const ReportedCase& one, ReportBy by) {
  return by == ReportBy::agent ? name_or_nobody(one.agent) : one.creditor;
}

ReportTable aged_by_name(const std::vector<ReportedCase>& cases, const ReportAsk& ask) {
  const std::string what = ask.by == ReportBy::agent ? "agent" : "creditor";
  ReportTable out{.name = what + "s", .title = "By " + what, .columns = {{what, what}}};
  add_bucket_columns(out.columns, ask.edges);
  std::map<std::string, AgedBalance> sums;
  AgedBalance sum;
  for (const ReportedCase& one : cases) {
    const AgedBalance aged = aged_of(one, ask);
    if (is_level(aged)) continue;
    sums[key_of(one, ask.by)] += aged;
    sum += aged;
  }
  for (const auto& [name, aged] : sums)
    add_buckets(out.rows.emplace_back(ReportRow{name}), aged, ask.edges.size() + 1);
  out.totals = {std::string("total")};
  add_buckets(out.totals, sum, ask.edges.size() + 1);
  return out;
}

// ---- figures of a ledger -----------------------------------------------------------------------------------------

struct Standing {
  std::int64_t balance_cents = 0;
  std::int64_t not_due_cents = 0;
};

Standing standing_of(const ReportedCase& one, CivilDate day) {
  const AgedBalance aged = aged_account(one.items, one.matches, day, {});
  return {aged.balance_cents(), aged.not_due_cents};
}

// Sales of a month, and of how many days of it: the newest month ends on the day itself.
std::vector<MonthOfSales> months_back(const std::map<CivilDate, std::int64_t>& sales_by_month,
                                      CivilDate day) {
  std::vector<MonthOfSales> out;
  if (sales_by_month.empty()) return out;
  CivilDate month{day.year, day.month, 1};
  std::int64_t days = day.day;
  while (month >= sales_by_month.begin()->first) {
    const auto found = sales_by_month.find(month);
    // A month of more credit notes than sales covers nothing; its days still pass.
    const std::int64_t cents = found == sales_by_month.end() ? 0 : std::max<std::int64_t>(found->second, 0);
    out.push_back({.sales_cents = cents, .days = days});
    const CivilDate before = add_months(month, -1);
    days = days_between(before, month);
    month = before;
  }
  return out;
}

// What a ledger sold and is owed, by creditor; "" is all of them.
struct LedgerFigures {
  Standing opening, closing;
  std::int64_t sales_cents = 0;  // from-to
  std::map<CivilDate, std::int64_t> sales_by_month;
};

std::map<std::string, LedgerFigures> ledgers_of(sql::Connection& db, const ReportAsk& ask,
                                                CivilDate closing_day) {
  std::map<std::string, LedgerFigures> out;
  const auto add_standing = [&](CivilDate day, Standing LedgerFigures::*which) {
    for (const ReportedCase& one : reported_cases(db, ask.scope, day)) {
      const Standing standing = standing_of(one, day);
      for (const std::string& name : {one.creditor, std::string()}) {
        (out[name].*which).balance_cents += standing.balance_cents;
        (out[name].*which).not_due_cents += standing.not_due_cents;
      }
    }
  };
  add_standing(add_days(ask.from, -1), &LedgerFigures::opening);
  add_standing(closing_day, &LedgerFigures::closing);
  const std::vector<ReportedCase> cases = reported_cases(db, ask.scope, closing_day);
  for (const Movement& sale : sales(db, cases, closing_day))
    for (const std::string& name : {cases[sale.place].creditor, std::string()}) {
      out[name].sales_by_month[{sale.on.year, sale.on.month, 1}] += sale.cents;
      if (is_within(ask, sale.on)) out[name].sales_cents += sale.cents;
    }
  return out;
}

// A row for each creditor, and the whole as the last one.
template <class MakeRow>
void add_ledger_rows(ReportTable& table, const std::map<std::string, LedgerFigures>& ledgers,
                     MakeRow make_row) {
  for (const auto& [name, ledger] : ledgers)
    if (!name.empty()) table.rows.push_back(make_row(name, ledger));
  const auto all = ledgers.find("");
  table.totals = make_row("total", all == ledgers.end() ? LedgerFigures{} : all->second);
}

// ---- activity ----------------------------------------------------------------------------------------------------

// The person who owes, or who speaks for him, was reached.
bool is_right_party(std::string_view outcome) {
  static constexpr std::array<std::string_view, 5> kReached{"reached", "promise", "dispute", "refusal",
                                                            "insolvent"};
  return std::find(kReached.begin(), kReached.end(), outcome) != kReached.end();
}

struct Activity {
  std::int64_t contacts = 0, calls = 0, right_party = 0;
  std::int64_t promises = 0, promised_cents = 0, kept = 0, ended = 0;
  std::int64_t cash_cents = 0, pending = 0, overdue = 0;

  Activity& operator+=(const Activity& other) {
    contacts += other.contacts, calls += other.calls, right_party += other.right_party;
    promises += other.promises, promised_cents += other.promised_cents;
    kept += other.kept, ended += other.ended;
    cash_cents += other.cash_cents, pending += other.pending, overdue += other.overdue;
    return *this;
  }

  void add_to(ReportRow& row) const {
    for (const std::int64_t count : {contacts, calls, right_party}) row.emplace_back(count);
    row.push_back(figure(share_tenths(right_party, calls)));
    for (const std::int64_t count : {promises, promised_cents, kept, ended}) row.emplace_back(count);
    row.push_back(figure(share_tenths(kept, ended)));
    for (const std::int64_t count : {cash_cents, pending, overdue}) row.emplace_back(count);
  }
};

using Activities = std::map<std::pair<std::string, std::string>, Activity>;  // by agent and creditor

void count_promises(sql::Connection& db, const std::vector<ReportedCase>& cases, const ReportAsk& ask,
                    Activities& out) {
  for (const ReportedPromise& one : reported_promises(db, cases, ask.to, ask.grace_days)) {
    Activity& sum = out[{one.agent, cases[one.place].creditor}];
    if (is_within(ask, one.made_on)) {
      ++sum.promises;
      sum.promised_cents += one.cents;
    }
    if (!is_within(ask, one.due_on) || one.is_superseded || one.state == PromiseState::open) continue;
    ++sum.ended;
    sum.kept += one.state == PromiseState::kept;
  }
}

Activities activities(sql::Connection& db, const ReportAsk& ask) {
  Activities out;
  // Agents report on what they did, also on cases that somebody else holds by now: the filter comes after.
  const std::vector<ReportedCase> cases = reported_cases(db, {.creditor = ask.scope.creditor}, ask.to);
  for (const ReportedContact& one : reported_contacts(db, cases, ask.to)) {
    if (!is_within(ask, one.on)) continue;
    Activity& sum = out[{one.agent, cases[one.place].creditor}];
    ++sum.contacts;
    if (one.channel != "call" || one.direction != "outbound") continue;
    ++sum.calls;
    sum.right_party += is_right_party(one.outcome);
  }
  count_promises(db, cases, ask, out);
  for (const Movement& one : received_money(db, cases, ask.to))
    if (is_within(ask, one.on)) out[{one.agent, cases[one.place].creditor}].cash_cents += one.cents;
  for (const Waiting& one : waiting_work(db, cases, ask.to)) {
    Activity& sum = out[{one.agent, cases[one.place].creditor}];
    ++(one.is_proposal ? sum.pending : sum.overdue);
  }
  if (!ask.scope.agent.empty())
    std::erase_if(out, [&](const auto& one) { return one.first.first != ask.scope.agent; });
  return out;
}

// ---- recovery ----------------------------------------------------------------------------------------------------

// What came in of each case.
std::vector<Recovery> recoveries(sql::Connection& db, const std::vector<ReportedCase>& cases, CivilDate day) {
  std::vector<Recovery> out;
  out.reserve(cases.size());
  for (const ReportedCase& one : cases)
    out.push_back({.cases = one.entrusted_cents > 0, .entrusted_cents = one.entrusted_cents});
  for (const Movement& money : received_money(db, cases, day))
    if (out[money.place].cases > 0) out[money.place].received_cents += money.cents;
  return out;
}

void add_recovery(ReportRow& row, const Recovery& sum) {
  for (const std::int64_t count : {sum.cases, sum.entrusted_cents, sum.received_cents})
    row.emplace_back(count);
  row.push_back(figure(sum.rate_tenths()));
}

// ---- a creditor's own report -------------------------------------------------------------------------------------

ReportTable creditor_cases(sql::Connection& db, const std::vector<ReportedCase>& cases,
                           const ReportAsk& ask) {
  ReportTable out{.name = "cases",
                  .title = "Cases",
                  .columns = {{"number", "number"},
                              {"ledger_ref", "account"},
                              {"debtor", "debtor"},
                              {"stage", "stage"},
                              {"opened_on", "entrusted on"},
                              {"last_contact_on", "last contact"},
                              {"last_outcome", "outcome"},
                              {"entrusted_cents", "entrusted", Kind::cents},
                              {"received_cents", "received", Kind::cents}}};
  add_bucket_columns(out.columns, ask.edges);
  std::map<std::size_t, ReportedContact> last;
  for (const ReportedContact& one : reported_contacts(db, cases, ask.as_of)) {
    const auto [found, is_first] = last.try_emplace(one.place, one);
    if (!is_first && one.on >= found->second.on) found->second = one;
  }
  const std::vector<Recovery> came_in = recoveries(db, cases, ask.as_of);
  AgedBalance sum;
  Recovery sum_of_all;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const ReportedCase& one = cases[i];
    const AgedBalance aged = aged_of(one, ask);
    if (one.opened_on > ask.as_of || (came_in[i].cases == 0 && is_level(aged))) continue;
    const auto contact = last.find(i);
    const bool has_contact = contact != last.end();
    ReportRow& row = out.rows.emplace_back(
        ReportRow{one.number, one.ledger_ref, one.debtor, one.stage, iso_text(one.opened_on),
                  has_contact ? iso_text(contact->second.on) : std::string(),
                  has_contact ? contact->second.outcome : std::string(), one.entrusted_cents,
                  came_in[i].received_cents});
    add_buckets(row, aged, ask.edges.size() + 1);
    sum += aged;
    sum_of_all += came_in[i];
  }
  out.totals = {std::string("total"),
                std::string(),
                std::string(),
                std::string(),
                std::string(),
                std::string(),
                std::string(),
                sum_of_all.entrusted_cents,
                sum_of_all.received_cents};
  add_buckets(out.totals, sum, ask.edges.size() + 1);
  return out;
}

ReportTable creditor_receipts(sql::Connection& db, const std::vector<ReportedCase>& cases,
                              const ReportAsk& ask) {
  ReportTable out{.name = "receipts",
                  .title = "Receipts from " + period_text(ask),
                  .columns = {{"received_on", "received on"},
                              {"number", "case"},
                              {"debtor", "debtor"},
                              {"amount_cents", "amount", Kind::cents}}};
  std::vector<Movement> money = received_money(db, cases, ask.to);
  std::erase_if(money, [&](const Movement& one) { return !is_within(ask, one.on); });
  std::stable_sort(money.begin(), money.end(), [](const Movement& a, const Movement& b) {
    return std::pair(a.on, a.place) < std::pair(b.on, b.place);
  });
  std::int64_t sum = 0;
  for (const Movement& one : money) {
    sum += one.cents;
    out.rows.push_back({iso_text(one.on), cases[one.place].number, cases[one.place].debtor, one.cents});
  }
  out.totals = {std::string("total"), std::string(), std::string(), sum};
  return out;
}

ReportTable creditor_remittances(sql::Connection& db, const ReportAsk& ask) {
  ReportTable out{.name = "remittances",
                  .title = "Remittances from " + period_text(ask),
                  .columns = {{"number", "number"},
                              {"until_on", "receipts until"},
                              {"paid_on", "transferred on"},
                              {"received_cents", "received", Kind::cents},
                              {"fee_cents", "fee", Kind::cents},
                              {"remitted_cents", "remitted", Kind::cents}}};
  std::int64_t received = 0, fee = 0;
  sql::Query q(db,
               "SELECT r.number, r.until_on, coalesce(r.paid_on, ''), r.received_cents, r.fee_cents"
               " FROM remittance r JOIN creditor k ON k.id = r.creditor_id"
               " WHERE k.name = ?1 AND r.until_on >= ?2 AND r.until_on <= ?3 ORDER BY r.until_on, r.number",
               ask.scope.creditor, iso_text(ask.from), iso_text(ask.to));
  while (q.next()) {
    received += q.integer(3);
    fee += q.integer(4);
    out.rows.push_back(
        {q.text(0), q.text(1), q.text(2), q.integer(3), q.integer(4), q.integer(3) - q.integer(4)});
  }
  out.totals = {std::string("total"), std::string(), std::string(), received, fee, received - fee};
  return out;
}

}  // namespace

Report aged_report(sql::Connection& db, const ReportAsk& ask) {
  const std::vector<ReportedCase> cases = reported_cases(db, ask.scope, ask.as_of);
  return {.name = "aged",
          .title = "Aged balance on " + iso_text(ask.as_of),
          .scope = scope_lines(ask),
          .tables = {ask.by == ReportBy::case_file ? aged_by_case(cases, ask) : aged_by_name(cases, ask)}};
}

Report dso_report(sql::Connection& db, const ReportAsk& ask) {
  ReportTable table{.name = "dso",
                    .title = "Days sales outstanding",
                    .columns = {{"creditor", "creditor"},
                                {"receivable_cents", "receivable", Kind::cents},
                                {"sales_cents", "sales", Kind::cents},
                                {"simple_tenths", "simple", Kind::tenths},
                                {"count_back_tenths", "count-back", Kind::tenths},
                                {"best_possible_tenths", "best possible", Kind::tenths},
                                {"delinquent_tenths", "delinquent", Kind::tenths}}};
  const std::int64_t days = days_between(ask.from, ask.to) + 1;
  add_ledger_rows(table, ledgers_of(db, ask, ask.to), [&](const std::string& name, const LedgerFigures& one) {
    const auto simple = simple_dso_tenths(one.closing.balance_cents, one.sales_cents, days);
    const auto best = simple_dso_tenths(one.closing.not_due_cents, one.sales_cents, days);
    const auto months = months_back(one.sales_by_month, ask.to);
    const auto late = simple && best ? std::optional(*simple - *best) : std::nullopt;
    return ReportRow{
        name,
        one.closing.balance_cents,
        one.sales_cents,
        figure(simple),
        months.empty() ? Value{Null{}} : figure(count_back_dso_tenths(one.closing.balance_cents, months)),
        figure(best),
        figure(late)};
  });
  return {.name = "dso",
          .title = "Days sales outstanding on " + iso_text(ask.to) + ", sales of " + std::to_string(days) +
                   " days",
          .scope = scope_lines(ask),
          .tables = {std::move(table)}};
}

Report cei_report(sql::Connection& db, const ReportAsk& ask) {
  ReportTable table{.name = "cei",
                    .title = "Collection effectiveness",
                    .columns = {{"creditor", "creditor"},
                                {"opening_cents", "opening", Kind::cents},
                                {"sales_cents", "sales", Kind::cents},
                                {"closing_cents", "closing", Kind::cents},
                                {"closing_not_due_cents", "of it not due", Kind::cents},
                                {"cei_tenths", "CEI %", Kind::tenths}}};
  add_ledger_rows(table, ledgers_of(db, ask, ask.to), [&](const std::string& name, const LedgerFigures& one) {
    return ReportRow{
        name,
        one.opening.balance_cents,
        one.sales_cents,
        one.closing.balance_cents,
        one.closing.not_due_cents,
        figure(collection_effectiveness_tenths(one.opening.balance_cents, one.sales_cents,
                                               one.closing.balance_cents, one.closing.not_due_cents))};
  });
  return {.name = "cei",
          .title = "Collection effectiveness from " + period_text(ask),
          .scope = scope_lines(ask),
          .tables = {std::move(table)}};
}

Report promise_report(sql::Connection& db, const ReportAsk& ask) {
  struct Sum {
    std::int64_t open = 0, kept = 0, partly = 0, broken = 0, superseded = 0, cents = 0, kept_cents = 0;
  };
  std::map<std::pair<std::string, std::string>, Sum> sums;
  Sum all;
  const std::vector<ReportedCase> cases = reported_cases(db, {.creditor = ask.scope.creditor}, ask.as_of);
  for (const ReportedPromise& one : reported_promises(db, cases, ask.as_of, ask.grace_days)) {
    if (!is_within(ask, one.due_on) || (!ask.scope.agent.empty() && one.agent != ask.scope.agent)) continue;
    for (Sum* sum : {&sums[{one.agent, cases[one.place].creditor}], &all}) {
      sum->superseded += one.is_superseded;
      if (one.is_superseded) continue;
      sum->open += one.state == PromiseState::open;
      sum->kept += one.state == PromiseState::kept;
      sum->partly += one.state == PromiseState::partly;
      sum->broken += one.state == PromiseState::broken;
      sum->cents += one.cents;
      if (one.state == PromiseState::kept) sum->kept_cents += one.cents;
    }
  }
  ReportTable table{.name = "promises",
                    .title = "Promises",
                    .columns = {{"agent", "agent"},
                                {"creditor", "creditor"},
                                {"open", "open", Kind::count},
                                {"kept", "kept", Kind::count},
                                {"partly", "partly", Kind::count},
                                {"broken", "broken", Kind::count},
                                {"superseded", "superseded", Kind::count},
                                {"promised_cents", "promised", Kind::cents},
                                {"kept_cents", "kept", Kind::cents},
                                {"kept_tenths", "kept %", Kind::tenths}}};
  const auto row_of = [](const std::string& agent, const std::string& creditor, const Sum& sum) {
    return ReportRow{agent,          creditor,
                     sum.open,       sum.kept,
                     sum.partly,     sum.broken,
                     sum.superseded, sum.cents,
                     sum.kept_cents, figure(share_tenths(sum.kept, sum.kept + sum.partly + sum.broken))};
  };
  for (const auto& [key, sum] : sums) table.rows.push_back(row_of(key.first, key.second, sum));
  table.totals = row_of("total", "", all);
  return {.name = "promises",
          .title = "Promises due from " + period_text(ask) + ", as of " + iso_text(ask.as_of),
          .scope = scope_lines(ask),
          .tables = {std::move(table)}};
}

Report activity_report(sql::Connection& db, const ReportAsk& ask) {
  ReportTable table{.name = "activity",
                    .title = "Activity",
                    .columns = {{"agent", "agent"},
                                {"creditor", "creditor"},
                                {"contacts", "contacts", Kind::count},
                                {"calls", "calls out", Kind::count},
                                {"right_party", "right party", Kind::count},
                                {"right_party_tenths", "right party %", Kind::tenths},
                                {"promises", "promises", Kind::count},
                                {"promised_cents", "promised", Kind::cents},
                                {"promises_kept", "kept", Kind::count},
                                {"promises_ended", "of due", Kind::count},
                                {"kept_tenths", "kept %", Kind::tenths},
                                {"cash_cents", "cash", Kind::cents},
                                {"pending_approvals", "to approve", Kind::count},
                                {"overdue_tasks", "tasks late", Kind::count}}};
  Activity all;
  for (const auto& [key, sum] : activities(db, ask)) {
    all += sum;
    sum.add_to(table.rows.emplace_back(ReportRow{name_or_nobody(key.first), key.second}));
  }
  table.totals = {std::string("total"), std::string()};
  all.add_to(table.totals);
  return {.name = "activity",
          .title = "Activity from " + period_text(ask),
          .scope = scope_lines(ask),
          .tables = {std::move(table)}};
}

Report creditor_report(sql::Connection& db, const ReportAsk& ask) {
  const std::vector<ReportedCase> cases = reported_cases(db, ask.scope, ask.as_of);
  return {.name = "creditor",
          .title = "Report to " + ask.scope.creditor + " on " + iso_text(ask.as_of),
          .tables = {creditor_cases(db, cases, ask), creditor_receipts(db, cases, ask),
                     creditor_remittances(db, ask)}};
}

Report recovery_report(sql::Connection& db, const ReportAsk& ask) {
  const std::vector<ReportedCase> cases = reported_cases(db, ask.scope, ask.as_of);
  const std::vector<Recovery> came_in = recoveries(db, cases, ask.as_of);
  const bool is_split = ask.by != ReportBy::case_file;
  std::map<std::pair<std::string, std::string>, Recovery> sums;  // by month and name
  Recovery all;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (came_in[i].cases == 0 || cases[i].opened_on > ask.as_of) continue;
    const std::string month = iso_text(cases[i].opened_on).substr(0, 7);
    sums[{month, is_split ? key_of(cases[i], ask.by) : std::string()}] += came_in[i];
    all += came_in[i];
  }
  ReportTable table{.name = "recovery", .title = "Recovery", .columns = {{"month", "entrusted in"}}};
  if (is_split) {
    const std::string what = ask.by == ReportBy::agent ? "agent" : "creditor";
    table.columns.push_back({what, what});
  }
  table.columns.push_back({"cases", "cases", Kind::count});
  table.columns.push_back({"entrusted_cents", "entrusted", Kind::cents});
  table.columns.push_back({"received_cents", "received", Kind::cents});
  table.columns.push_back({"rate_tenths", "rate %", Kind::tenths});
  const auto row_of = [&](const std::string& month, const std::string& name, const Recovery& sum) {
    ReportRow row{month};
    if (is_split) row.emplace_back(name);
    add_recovery(row, sum);
    return row;
  };
  for (const auto& [key, sum] : sums) table.rows.push_back(row_of(key.first, key.second, sum));
  table.totals = row_of("total", "", all);
  return {.name = "recovery",
          .title = "Recovery on " + iso_text(ask.as_of) + " by month entrusted",
          .scope = scope_lines(ask),
          .tables = {std::move(table)}};
}

}  // namespace relance::server
