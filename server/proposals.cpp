#include "server/proposals.h"

#include "host/case_position.h"
#include "host/case_query.h"
#include "host/dunning_query.h"
#include "rules/civil_date.h"
#include "rules/dunning.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"

namespace relance::server {
namespace {

std::optional<std::int64_t> number_at(const sql::Query& q, int column) {
  return q.is_null(column) ? std::nullopt : std::optional<std::int64_t>(q.integer(column));
}

// Months from today to the last instalment; a month that has begun counts.
std::int64_t months_until(std::string_view day, std::string_view last_on) {
  const auto from = parse_civil_date(day), to = parse_civil_date(last_on);
  if (!from || !to || *to <= *from) return 0;
  std::int64_t months = 0;
  while (add_months(*from, months) < *to) ++months;
  return months;
}

// What the case owes and asks today, and what its mandate lets one give up.
void add_case(sql::Connection& db, ProposalEntry& entry, std::string_view day) {
  for (const CaseFacts& facts : case_facts(db, entry.case_id)) {
    entry.facts.balance_now_cents = facts.balance_cents;
    entry.number = facts.number;
    entry.debtor = facts.debtor;
    entry.creditor = facts.creditor;
  }
  entry.facts.asked_cents = case_position(db, entry.case_id, day).principal_cents;
  sql::Query q(
      db,
      "SELECT (SELECT m.discount_limit_bp FROM mandate m WHERE m.id = coalesce(c.mandate_id,"
      "  (SELECT id FROM mandate WHERE creditor_id = c.creditor_id ORDER BY valid_from DESC, id LIMIT 1)))"
      " FROM case_file c WHERE c.id = ?1",
      entry.case_id);
  if (q.next()) entry.facts.mandate_discount_bp = number_at(q, 0);
  const auto why_not = why_no_plan(dunning_facts(dunning_rows(db, entry.case_id)));
  entry.facts.is_over_indebted = why_not == DunningReason::over_indebtedness;
  entry.facts.is_insolvent = why_not == DunningReason::insolvency;
}

void add_plan(sql::Connection& db, ProposalEntry& entry, std::string_view day) {
  sql::Query q(db,
               "SELECT total_cents, (SELECT max(due_on) FROM instalment i WHERE i.plan_id = p.id)"
               " FROM payment_plan p WHERE id = ?1",
               *entry.plan_id);
  if (!q.next()) return;
  entry.facts.amount_cents = q.integer(0);
  entry.facts.months = q.is_null(1) ? 0 : months_until(day, q.view(1));
}

void set_state(EditBatch& edits, Ledger& ledger, std::string_view table, const Id& row,
               std::string_view column, std::string_view word) {
  const auto current = load_row(ledger.db(), schema::table(table), row);
  if (!current || text_of(schema::table(table), *current, column) == word) return;
  OpDraft draft(sync::OpKind::update, table, row);
  draft.set(column, Value{std::string(word)}, value_of(schema::table(table), *current, column));
  edits.add(draft.take());
}

// At most one plan of a case is active: the approved one replaces the one before.
void activate_plan(EditBatch& edits, Ledger& ledger, const ProposalEntry& entry) {
  std::vector<Id> before;
  sql::Query q(
      ledger.db(),
      "SELECT id FROM payment_plan WHERE case_id = ?1 AND id <> ?2 AND state IN ('approved', 'active')",
      entry.case_id, *entry.plan_id);
  while (q.next()) before.push_back(q.id(0));
  for (const Id& plan : before) set_state(edits, ledger, "payment_plan", plan, "state", "cancelled");
  set_state(edits, ledger, "payment_plan", *entry.plan_id, "state", "active");
}

void begin_moratorium(EditBatch& edits, Ledger& ledger, const ProposalEntry& entry, std::string_view day) {
  OpDraft draft(sync::OpKind::insert, "moratorium", ledger.random().row_id(ledger.now()));
  draft.set("case_id", Value{entry.case_id}).set("source", "agreement").set("valid_from", day);
  draft.set("valid_to", entry.until_on.empty() ? std::string(day) : entry.until_on);
  edits.add(draft.take());
}

void follow(EditBatch& edits, Ledger& ledger, const ProposalEntry& entry, std::string_view day) {
  switch (entry.facts.kind) {
    case ProposalKind::plan:
      if (entry.plan_id) activate_plan(edits, ledger, entry);
      break;
    case ProposalKind::moratorium:
    case ProposalKind::hold: begin_moratorium(edits, ledger, entry, day); break;
    case ProposalKind::legal:
      set_state(edits, ledger, "case_file", entry.case_id, "stage", "litigation");
      break;
    case ProposalKind::close:
      set_state(edits, ledger, "case_file", entry.case_id, "stage", "closed");
      set_state(edits, ledger, "case_file", entry.case_id, "closed_reason", "proposed");
      break;
    case ProposalKind::discount:  // holds only once the rest has come in: `relance-server daily` looks
    case ProposalKind::escalate:
    case ProposalKind::identity: break;  // a person acts on these
  }
}

std::vector<ProposalEntry> entries(sql::Connection& db, std::string_view day, bool only_open,
                                   const std::optional<Id>& only) {
  std::vector<ProposalEntry> out;
  sql::Query q(db,
               "SELECT p.id, p.case_id, p.created_by, p.plan_id, p.kind, coalesce(p.grounds, ''),"
               " coalesce(p.until_on, ''), p.amount_cents, p.balance_cents, s.name, s.plan_limit_cents,"
               " s.plan_limit_months, s.discount_limit_bp, coalesce(d.verdict, '')"
               " FROM proposal p JOIN staff s ON s.id = p.created_by"
               " LEFT JOIN decision d ON d.proposal_id = p.id"
               " WHERE ?1 IS NULL OR p.id = ?1 ORDER BY p.created_at, p.id",
               only);
  while (q.next()) {
    const auto kind = parse_proposal_kind(q.view(4));
    if (!kind || (only_open && !q.view(13).empty())) continue;
    ProposalEntry entry{.id = q.id(0), .case_id = q.id(1), .author_id = q.id(2)};
    if (!q.is_null(3)) entry.plan_id = q.id(3);
    entry.kind = q.text(4);
    entry.grounds = q.text(5);
    entry.until_on = q.text(6);
    entry.author = q.text(9);
    entry.verdict = q.text(13);
    entry.facts.kind = *kind;
    entry.facts.amount_cents = number_at(q, 7).value_or(0);
    entry.facts.balance_then_cents = number_at(q, 8);
    entry.facts.is_decided = !entry.verdict.empty();
    if (entry.plan_id) add_plan(db, entry, day);
    add_case(db, entry, day);
    entry.is_within_authority = is_within({q.integer(10), q.integer(11), q.integer(12)}, entry.facts);
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

std::vector<ProposalEntry> proposals(sql::Connection& db, std::string_view day, bool only_open) {
  const sql::Transaction snapshot(db, sql::Access::read);
  return entries(db, day, only_open, std::nullopt);
}

std::optional<ProposalEntry> find_proposal(sql::Connection& db, const Id& id, std::string_view day) {
  auto found = entries(db, day, false, id);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

void decide(Ledger& ledger, const Author& author, const ProposalEntry& entry, const DecisionAsked& asked,
            const std::string& comment, std::string_view day) {
  EditBatch edits(ledger, author, "proposal.decide");
  OpDraft draft(sync::OpKind::insert, "decision", ledger.random().row_id(ledger.now()));
  draft.set("case_id", Value{entry.case_id}).set("proposal_id", Value{entry.id});
  draft.set("verdict", asked.approves ? "approved" : "refused");
  draft.set("law_ok", Value{std::int64_t{asked.law_ok ? 1 : 0}});
  draft.set("expediency_ok", Value{std::int64_t{asked.expediency_ok ? 1 : 0}});
  draft.set("comment", comment);
  edits.add(draft.take());
  if (asked.approves)
    follow(edits, ledger, entry, day);
  else if (entry.plan_id)
    set_state(edits, ledger, "payment_plan", *entry.plan_id, "state", "cancelled");
  edits.flush();
}

}  // namespace relance::server
