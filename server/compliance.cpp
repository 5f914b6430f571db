// The table of rules, and what each looks for. See compliance.h.
#include "server/compliance.h"

#include <algorithm>
#include <array>
#include <map>

#include "host/dated_rules.h"
#include "host/failure.h"
#include "rules/court_deadlines.h"
#include "rules/working_days.h"
#include "server/claim_limitation.h"

namespace relance::server {
namespace {

using Findings = std::vector<ComplianceFinding>;

std::int64_t amount(sql::Connection& db, std::string_view code, CivilDate day) {
  return dated_amount(db, code, iso_text(day));
}

// Rows of (case number, ISO day or nothing, and where there is a third column what stands behind the words) become
// findings.
template <class... Args>
void each_row(sql::Connection& db, Findings& out, std::string_view detail, std::string_view query,
              const Args&... args) {
  sql::Query q(db, query, args...);
  while (q.next()) {
    ComplianceFinding& one = out.emplace_back();
    if (!q.is_null(0)) one.case_number = q.text(0);
    one.detail = detail;
    if (!q.is_null(1)) one.due_on = parse_civil_date(q.view(1));
    if (q.column_count() > 2 && !q.view(2).empty()) one.detail += ": " + q.text(2);
  }
}

// ---- the agency --------------------------------------------------------------------------------------------------

void mandate_missing(sql::Connection& db, CivilDate today, Findings& out) {
  each_row(db, out, "the agency mandate is not signed, not in force, or gives no power to receive",
           "SELECT c.number, m.valid_to FROM case_file c JOIN mandate m ON m.id = c.mandate_id WHERE c.stage "
           "<> 'closed'"
           " AND m.capacity = 'agency' AND (m.signed_on IS NULL OR m.power_to_receive = 0"
           "  OR m.valid_from > ?1 OR m.valid_to < ?1)",
           iso_text(today));
  each_row(
      db, out, "the creditor is an agency's client, and the case names no mandate",
      "SELECT c.number, NULL FROM case_file c WHERE c.stage <> 'closed' AND c.mandate_id IS NULL AND EXISTS"
      " (SELECT 1 FROM mandate m WHERE m.creditor_id = c.creditor_id AND m.capacity = 'agency')");
}

void sender_incomplete(sql::Connection& db, CivilDate, Findings& out) {
  const auto has_rows = [&](std::string_view query) { return sql::number(db, query).value_or(0) > 0; };
  if (!has_rows("SELECT count(*) FROM mandate WHERE capacity = 'agency'")) return;
  if (has_rows("SELECT count(*) FROM sender WHERE insurance_ref IS NOT NULL AND account_ref IS NOT NULL"
               " AND declared_on IS NOT NULL"))
    return;
  out.push_back(
      {.detail = "insurance, account for creditors' funds or declaration to the prosecutor is missing"});
}

void agency_letter_missing(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "the debtor was contacted before the statutory letter was sent",
           "SELECT c.number, NULL"
           " FROM case_file c JOIN mandate m ON m.id = c.mandate_id WHERE c.stage <> 'closed'"
           " AND m.capacity = 'agency'"
           " AND EXISTS (SELECT 1 FROM contact_event e WHERE e.case_id = c.id AND e.direction = 'outbound')"
           " AND NOT EXISTS (SELECT 1 FROM letter l WHERE l.case_id = c.id AND l.kind = 'agency_notice'"
           "  AND l.state IN ('sent', 'delivered', 'returned'))");
}

void letter_not_recalled(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "a contact after the statutory letter does not recall its reference",
           "SELECT c.number, NULL"
           " FROM case_file c JOIN mandate m ON m.id = c.mandate_id WHERE c.stage <> 'closed'"
           " AND m.capacity = 'agency' AND EXISTS (SELECT 1 FROM contact_event e WHERE e.case_id = c.id"
           "  AND e.direction = 'outbound' AND e.outcome IN ('reached', 'promise', 'dispute', 'refusal')"
           "  AND e.letter_recalled IS NULL)"
           " AND EXISTS (SELECT 1 FROM letter l WHERE l.case_id = c.id AND l.kind = 'agency_notice'"
           "  AND l.state IN ('sent', 'delivered', 'returned'))");
}

void letter_not_frozen(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "a letter was issued without its text being kept, so its mentions cannot be shown",
           "SELECT c.number, l.issued_on, coalesce(l.number, '') FROM letter l JOIN case_file c ON c.id = "
           "l.case_id"
           " WHERE l.state IN ('issued', 'sent', 'delivered', 'returned') AND l.file_hash IS NULL");
}

// ---- money -------------------------------------------------------------------------------------------------------

constexpr std::string_view kUnremitted =
    "SELECT c.number, p.paid_on, m.remittance_days FROM payment p JOIN case_file c ON c.id = p.case_id"
    " JOIN mandate m ON m.id = c.mandate_id WHERE m.capacity = 'agency' AND p.state = 'received'"
    " AND p.remittance_id IS NULL AND p.paid_on IS NOT NULL"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')";

void remittance_late(sql::Connection& db, CivilDate today, Findings& out) {
  const std::int64_t warn = amount(db, "remittance_warn_days", today);
  sql::Query q(db, kUnremitted);
  while (q.next()) {
    const auto paid = parse_civil_date(q.view(1));
    if (!paid) continue;
    const CivilDate due = q.is_null(2) ? add_months(*paid, amount(db, "remittance_months", *paid))
                                       : add_days(*paid, q.integer(2));
    if (add_days(due, -warn) > today) continue;
    out.push_back({.case_number = q.text(0),
                   .detail = "received on " + iso_text(*paid) + " and not remitted to the creditor",
                   .due_on = due});
  }
}

void receipt_missing(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "no receipt was issued for a payment",
           "SELECT c.number, p.paid_on FROM payment p"
           " JOIN case_file c ON c.id = p.case_id JOIN mandate m ON m.id = c.mandate_id"
           " WHERE m.capacity = 'agency' AND p.state = 'received' AND NOT EXISTS (SELECT 1 FROM letter l"
           "  WHERE l.case_id = p.case_id AND l.kind = 'receipt' AND l.subject_id = p.id AND l.number IS NOT "
           "NULL)");
}

// The fixed indemnity between traders is no cost of collection: so much for each invoice is owed by law.
void costs_without_title(sql::Connection& db, CivilDate today, Findings& out) {
  each_row(
      db, out, "charges are asked of the debtor without an enforceable title",
      "SELECT c.number, NULL FROM case_file c JOIN debtor d ON d.id = c.debtor_id WHERE c.stage <> 'closed'"
      " AND (SELECT CAST(coalesce(sum(e.amount_cents), 0) AS BIGINT) FROM entry e WHERE e.case_id = c.id"
      "   AND e.kind = 'charge')"
      "  > CASE WHEN d.b2c = 'no' THEN ?1 ELSE 0 END * (SELECT count(*) FROM claim k WHERE k.case_id = c.id"
      "   AND k.state <> 'withdrawn' AND k.indemnity_waived = 0)"
      " AND NOT EXISTS (SELECT 1 FROM limitation_event t WHERE t.case_id = c.id AND t.act = 'title'"
      "  AND t.undone = 0)",
      amount(db, "indemnity_cents", today));
}

void payment_in_small_claim(sql::Connection& db, CivilDate today, Findings& out) {
  sql::Query q(db,
               "SELECT c.number, s.done_on, p.paid_on FROM legal_step s JOIN case_file c ON c.id = s.case_id"
               " JOIN payment p ON p.case_id = c.id WHERE s.kind = 'small_claim' AND s.done_on IS NOT NULL"
               " AND p.state IN ('declared', 'received') AND p.paid_on >= s.done_on AND s.result IS NULL");
  while (q.next()) {
    const auto begun = parse_civil_date(q.view(1)), paid = parse_civil_date(q.view(2));
    if (!begun || !paid) continue;
    if (is_payment_barred(*begun, std::nullopt, amount(db, "small_claim_months", today), *paid))
      out.push_back({.case_number = q.text(0),
                     .detail = "a payment of " + iso_text(*paid) + " lies within the simplified procedure",
                     .due_on = paid});
  }
}

// ---- law on a case -----------------------------------------------------------------------------------------------

// One finding a case, of its claims that are barred within some days, with the first of these days.
void barred_within(sql::Connection& db, CivilDate from, CivilDate until, std::string_view what,
                   Findings& out) {
  std::map<std::string, std::pair<std::int64_t, ClaimLimitation>> cases;
  for (const ClaimLimitation& one : claim_limitations(db)) {
    if (!one.last_day || *one.last_day < from || *one.last_day > until) continue;
    auto& [count, first] = cases.try_emplace(one.case_number, 0, one).first->second;
    ++count;
    if (*one.last_day < *first.last_day) first = one;
  }
  for (const auto& [number, found] : cases)
    out.push_back({.case_number = number,
                   .detail = std::to_string(found.first) + (found.first == 1 ? " claim " : " claims ") +
                             std::string(what) + ", first " + found.second.piece_ref + " (" +
                             found.second.rule + ")",
                   .due_on = found.second.last_day});
}

void limitation_near(sql::Connection& db, CivilDate today, Findings& out) {
  barred_within(db, today, add_days(today, amount(db, "limitation_warn_days", today)), "barred soon", out);
}

void time_barred(sql::Connection& db, CivilDate today, Findings& out) {
  barred_within(db, {1, 1, 1}, add_days(today, -1), "time-barred and still asked for", out);
}

void proof_of_claim_due(sql::Connection& db, CivilDate today, Findings& out) {
  each_row(
      db, out, "the claim has not been declared in the proceedings",
      "SELECT (SELECT min(c.number) FROM case_file c WHERE c.debtor_id = e.debtor_id), e.declare_by_on,"
      " coalesce(e.notice_ref, '')"
      " FROM insolvency_event e WHERE e.cancelled = 0 AND e.declared_on IS NULL AND e.declare_by_on <= ?1",
      iso_text(add_days(today, amount(db, "limitation_warn_days", today))));
}

void letter_in_insolvency(sql::Connection& db, CivilDate, Findings& out) {
  each_row(
      db, out, "a letter asks for money after the judgment was published",
      "SELECT c.number, l.issued_on, coalesce(l.number, '') FROM letter l JOIN case_file c ON c.id = "
      "l.case_id"
      " JOIN insolvency_event e ON e.debtor_id = c.debtor_id WHERE e.cancelled = 0"
      " AND l.kind IN ('pre_due', 'reminder_1', 'reminder_2', 'reminder_3', 'agency_notice', 'formal_notice')"
      " AND l.issued_on > coalesce(e.published_on, e.judged_on)");
}

void plan_in_over_indebtedness(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "a plan runs or is proposed, and the debtor may not pay prior debts",
           "SELECT c.number, NULL"
           " FROM payment_plan p JOIN case_file c ON c.id = p.case_id"
           " WHERE p.state IN ('proposed', 'approved', 'active') AND EXISTS (SELECT 1 FROM insolvency_event e"
           "  WHERE e.debtor_id = c.debtor_id AND e.cancelled = 0"
           "  AND e.kind IN ('over_indebtedness', 'personal_recovery'))");
}

void plan_in_insolvency(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "a plan runs or is proposed, and proceedings decide for all creditors",
           "SELECT c.number, NULL"
           " FROM payment_plan p JOIN case_file c ON c.id = p.case_id"
           " WHERE p.state IN ('proposed', 'approved', 'active') AND EXISTS (SELECT 1 FROM insolvency_event e"
           "  WHERE e.debtor_id = c.debtor_id AND e.cancelled = 0"
           "  AND e.kind NOT IN ('over_indebtedness', 'personal_recovery'))");
}

// Steps of one kind whose deadline comes within the days of warning, or is past.
void steps_due(sql::Connection& db, CivilDate today, std::string_view kind, std::string_view detail,
               Findings& out) {
  each_row(db, out, detail,
           "SELECT c.number, coalesce(s.deadline_on, s.planned_on) FROM legal_step s"
           " JOIN case_file c ON c.id = s.case_id WHERE s.kind = ?2 AND s.result IS NULL"
           " AND coalesce(s.deadline_on, s.planned_on) <= ?1",
           iso_text(add_days(today, amount(db, "hearing_warn_days", today))), kind);
}
void service_due(sql::Connection& db, CivilDate today, Findings& out) {
  steps_due(db, today, "payment_order", "the payment order is not served: it lapses", out);
}
void small_claim_open(sql::Connection& db, CivilDate today, Findings& out) {
  steps_due(db, today, "small_claim", "the simplified procedure has no outcome yet", out);
}
void hearing_near(sql::Connection& db, CivilDate today, Findings& out) {
  steps_due(db, today, "hearing", "a hearing is near, or past without its outcome", out);
}
void title_ends(sql::Connection& db, CivilDate today, Findings& out) {
  steps_due(db, today, "judgment", "the title ends: an act of enforcement renews it", out);
}

void legal_task_late(sql::Connection& db, CivilDate today, Findings& out) {
  each_row(db, out, "a deadline in law has passed without its outcome",
           "SELECT c.number, t.due_on FROM task t"
           " JOIN case_file c ON c.id = t.case_id WHERE t.legal = 1 AND t.state = 'todo' AND t.withdrawn = 0"
           " AND t.due_on < ?1",
           iso_text(today));
}

void legal_task_without_outcome(sql::Connection& db, CivilDate, Findings& out) {
  each_row(db, out, "a deadline in law was closed without its outcome",
           "SELECT c.number, t.due_on FROM task t JOIN case_file c ON c.id = t.case_id"
           " WHERE t.legal = 1 AND t.state <> 'todo' AND t.result IS NULL");
}

// ---- the house ---------------------------------------------------------------------------------------------------

void escalation_unread(sql::Connection& db, CivilDate today, Findings& out) {
  const std::int64_t days = amount(db, "escalation_due_working_days", today);
  sql::Query q(db,
               "SELECT c.number, e.raised_on FROM escalation e JOIN case_file c ON c.id = e.case_id"
               " WHERE e.state = 'raised' AND e.kind = 'escalation' AND e.raised_on IS NOT NULL");
  while (q.next()) {
    const auto raised = parse_civil_date(q.view(1));
    if (!raised) continue;
    const CivilDate due = add_working_days(*raised, days);
    if (due >= today) continue;
    out.push_back(
        {.case_number = q.text(0), .detail = "nobody has read what an agent raised", .due_on = due});
  }
}

void rates_end(sql::Connection& db, CivilDate today, Findings& out) {
  for (const std::string_view kind : {"legal_other", "legal_individual", "trade_default"}) {
    const auto last = sql::text(db, "SELECT max(valid_to) FROM rate WHERE kind = ?1", kind).value_or("");
    if (last >= iso_text(today)) continue;
    out.push_back({.detail = "no rate of kind " + std::string(kind) + " holds today: interest stops at " +
                             (last.empty() ? "nothing" : last),
                   .due_on = parse_civil_date(last)});
  }
}

constexpr std::string_view kAlways = "1990-01-01";
constexpr std::string_view kAgency = "1997-01-01";  // décret 96-1112 of December 1996, now in the CPCE

constexpr std::array kRules{
    ComplianceRule{"mandate_missing", "CPCE R124-3", kAgency, "An agency case has a mandate in force.",
                   mandate_missing},
    ComplianceRule{"sender_incomplete", "CPCE R124-2", kAgency,
                   "An agency is insured, declared, and keeps funds apart.", sender_incomplete},
    ComplianceRule{"agency_letter_missing", "CPCE R124-4", kAgency,
                   "The statutory letter goes before any contact.", agency_letter_missing},
    ComplianceRule{"letter_not_recalled", "CPCE R124-4 al. 7", kAgency,
                   "Every later step recalls the letter's reference.", letter_not_recalled},
    ComplianceRule{"letter_not_frozen", "CPCE R124-4, R124-7", kAlways,
                   "An issued letter can be shown with its mentions.", letter_not_frozen},
    ComplianceRule{"remittance_late", "CPCE R124-6", kAgency, "Receipts are remitted in time.",
                   remittance_late},
    ComplianceRule{"receipt_missing", "CPCE R124-6", kAgency, "Every payment has its receipt.",
                   receipt_missing},
    ComplianceRule{"costs_without_title", "CPCE L111-8", kAlways, "No costs are asked without a title.",
                   costs_without_title},
    ComplianceRule{"payment_in_small_claim", "CPCE R125-7", "2016-06-01",
                   "Nothing is paid within the simplified procedure.", payment_in_small_claim},
    ComplianceRule{"limitation_near", "C. civ. 2219, 2229", kAlways, "Nothing is barred for want of an act.",
                   limitation_near},
    ComplianceRule{"time_barred", "C. civ. 2219; C. conso L121-6", kAlways,
                   "Nothing is asked that is time-barred.", time_barred},
    ComplianceRule{"proof_of_claim_due", "C. com. R622-24", kAlways, "Claims are declared in time.",
                   proof_of_claim_due},
    ComplianceRule{"letter_in_insolvency", "C. com. L622-21", kAlways,
                   "No letter asks for a prior debt in proceedings.", letter_in_insolvency},
    ComplianceRule{"plan_in_over_indebtedness", "C. conso L722-5", kAlways, "No plan on an admissible file.",
                   plan_in_over_indebtedness},
    ComplianceRule{"plan_in_insolvency", "C. com. L622-7", kAlways, "No plan in open proceedings.",
                   plan_in_insolvency},
    ComplianceRule{"service_due", "CPC 1411", kAlways, "Payment orders are served in time.", service_due},
    ComplianceRule{"small_claim_open", "CPCE R125-4", "2016-06-01",
                   "Simplified procedures have their outcome.", small_claim_open},
    ComplianceRule{"hearing_near", "policy", kAlways, "Hearings are prepared.", hearing_near},
    ComplianceRule{"title_ends", "CPCE L111-4", kAlways, "Titles are renewed before they end.", title_ends},
    ComplianceRule{"legal_task_late", "policy", kAlways, "Deadlines in law are kept.", legal_task_late},
    ComplianceRule{"legal_task_without_outcome", "policy", kAlways,
                   "A deadline in law closes with its outcome.", legal_task_without_outcome},
    ComplianceRule{"escalation_unread", "policy", kAlways, "What agents raise is read in time.",
                   escalation_unread},
    ComplianceRule{"rates_end", "CMF L313-2; C. com. L441-10", kAlways, "Rates of interest are known.",
                   rates_end},
};

void ask(sql::Connection& db, CivilDate today, const ComplianceRule& rule, Findings& out) {
  Findings found;
  try {
    rule.find(db, today, found);
  } catch (const Failure& failure) {
    // A missing figure silences no other rule, and is itself what somebody must mend.
    if (failure.code() != Code::not_found) throw;
    found = {{.detail = failure.message()}};
  }
  for (ComplianceFinding& one : found) {
    one.rule = rule.name;
    one.legal_basis = rule.legal_basis;
    out.push_back(std::move(one));
  }
}

}  // namespace

std::span<const ComplianceRule> compliance_rules() { return kRules; }

std::vector<ComplianceFinding> compliance_findings(sql::Connection& db, CivilDate today) {
  Findings out;
  for (const ComplianceRule& rule : kRules)
    if (parse_civil_date(rule.valid_from).value_or(CivilDate{}) <= today) ask(db, today, rule, out);
  const auto order = [](const ComplianceFinding& one) {
    return std::tuple(one.due_on.value_or(CivilDate{9999, 12, 31}), one.rule, one.case_number);
  };
  std::stable_sort(out.begin(), out.end(), [&](const ComplianceFinding& a, const ComplianceFinding& b) {
    return order(a) < order(b);
  });
  return out;
}

}  // namespace relance::server
