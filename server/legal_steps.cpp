// Steps, their tasks and the calendar. See legal_steps.h.
#include "server/legal_steps.h"

#include <algorithm>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/failure.h"
#include "rules/court_deadlines.h"
#include "rules/money.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

constexpr std::string_view kIntent = "court.step";

// What a step asks for, in the agents' language: it stands in their lists.
std::string_view must_of(std::string_view kind) {
  if (kind == "payment_order") return "Faire signifier l'ordonnance d'injonction de payer";
  if (kind == "service") return "Fin du délai d'opposition";
  if (kind == "small_claim") return "Issue de la procédure simplifiée, aucun paiement avant";
  if (kind == "hearing") return "Audience";
  if (kind == "judgment") return "Fin de vie du titre exécutoire";
  return "Procédure";
}

// Which step is answered by one of this kind.
std::string_view answered_by(std::string_view kind) {
  if (kind == "payment_order") return "payment_order_request";
  if (kind == "service") return "payment_order";
  if (kind == "opposition") return "service";
  if (kind == "judgment") return "hearing";
  return "";
}

CivilDate required_day(const std::optional<CivilDate>& day, std::string_view option) {
  if (day) return *day;
  throw Failure(Code::usage, "This step needs its day: " + std::string(option) + ". Nothing was stored.");
}

void require_small(sql::Connection& db, const Id& case_id, const StepFacts& facts, CivilDate on) {
  std::int64_t principal = 0;
  for (const CaseFacts& one : case_facts(db, case_id)) principal = one.balance_cents;
  const std::int64_t limit = dated_amount(db, "small_claim_cents", iso_text(on));
  if (is_small_claim(principal, facts.interest_cents, limit)) return;
  throw Failure(Code::refused,
                "Principal " + money_text(principal) + " and interest " + money_text(facts.interest_cents) +
                    " must be above nothing and within " + money_text(limit) +
                    " together for the simplified procedure (CPCE R125-1). Nothing was stored.");
}

std::optional<CivilDate> deadline_of(sql::Connection& db, const Id& case_id, const StepFacts& facts) {
  const auto months = [&](std::string_view code, CivilDate on) {
    return dated_amount(db, code, iso_text(on));
  };
  if (facts.kind == "payment_order") {
    const CivilDate on = required_day(facts.on, "--on");
    return service_deadline(on, months("service_payment_order_months", on));
  }
  if (facts.kind == "service") {
    const CivilDate on = required_day(facts.on, "--on");
    return opposition_deadline(on, months("opposition_months", on));
  }
  if (facts.kind == "small_claim") {
    const CivilDate on = required_day(facts.on, "--on");
    require_small(db, case_id, facts, on);
    return add_months(on, months("small_claim_months", on));
  }
  if (facts.kind == "judgment") {
    const CivilDate on = required_day(facts.on, "--on");
    return title_last_day(on, months("limitation_title_months", on));
  }
  if (facts.kind == "hearing") static_cast<void>(required_day(facts.planned_on, "--planned"));
  return std::nullopt;
}

Value old_text(sql::Connection& db, std::string_view table, std::string_view column, const Id& row) {
  const auto text =
      sql::text(db, "SELECT " + std::string(column) + " FROM " + std::string(table) + " WHERE id = ?1", row);
  return text ? Value{*text} : Value{Null{}};
}

sync::Op step_op(const Id& id, const Id& case_id, const StepFacts& facts,
                 const std::optional<CivilDate>& deadline) {
  OpDraft draft(sync::OpKind::insert, "legal_step", id);
  draft.set("case_id", case_id)
      .set("kind", facts.kind)
      .set("court", facts.court)
      .set("counsel", facts.counsel);
  if (facts.on) draft.set("done_on", iso_text(*facts.on));
  if (facts.planned_on) draft.set("planned_on", iso_text(*facts.planned_on));
  if (deadline) draft.set("deadline_on", iso_text(*deadline));
  return draft.take();
}

// The task of a step bears the step's words and day.
void close_task(sql::Connection& db, EditBatch& edits, const Id& step, const std::string& result) {
  sql::Query q(db,
               "SELECT t.id, t.state, s.kind, t.title FROM legal_step s JOIN task t ON t.case_id = s.case_id"
               " WHERE s.id = ?1 AND t.legal = 1 AND t.state = 'todo' AND t.withdrawn = 0"
               " AND (t.due_on = s.deadline_on OR t.due_on = s.planned_on) ORDER BY t.id",
               step);
  while (q.next()) {
    if (q.text(3) != must_of(q.view(2))) continue;
    edits.add(OpDraft(sync::OpKind::update, "task", q.id(0))
                  .set("state", Value{std::string("done")}, Value{q.text(1)})
                  .set("result", Value{result}, Value{Null{}})
                  .take());
    return;
  }
}

void close(sql::Connection& db, EditBatch& edits, const Id& step, const std::string& result) {
  close_task(db, edits, step, result);
  edits.add(OpDraft(sync::OpKind::update, "legal_step", step)
                .set("result", Value{result}, old_text(db, "legal_step", "result", step))
                .take());
}

// A payment order is answered by its service, the service by an opposition, and so on.
void close_answered(sql::Connection& db, EditBatch& edits, const Id& case_id, const StepFacts& facts) {
  const std::string_view kind = answered_by(facts.kind);
  if (kind.empty() || !facts.on) return;
  const auto step = sql::id(db,
                            "SELECT id FROM legal_step WHERE case_id = ?1 AND kind = ?2 AND result IS NULL"
                            " ORDER BY coalesce(done_on, planned_on), id LIMIT 1",
                            case_id, kind);
  if (step) close(db, edits, *step, facts.kind + " " + iso_text(*facts.on));
}

sync::Op task_op(const Id& id, const Id& case_id, std::string_view must, CivilDate due_on) {
  return OpDraft(sync::OpKind::insert, "task", id)
      .set("case_id", case_id)
      .set("kind", "other")
      .set("title", must)
      .set("due_on", iso_text(due_on))
      .set("legal", std::int64_t{1})
      .take();
}

// ---- the calendar ------------------------------------------------------------------------------------------------

constexpr std::string_view kSteps =
    "SELECT coalesce(s.deadline_on, s.planned_on), s.kind, c.number, coalesce(d.legal_name, d.trade_name, "
    "''),"
    " coalesce(s.court, ''), coalesce(s.counsel, ''), s.id FROM legal_step s"
    " JOIN case_file c ON c.id = s.case_id JOIN debtor d ON d.id = c.debtor_id"
    " WHERE s.result IS NULL AND coalesce(s.deadline_on, s.planned_on) <= ?1";
// A proof of claim is the debtor's, once, whatever the number of his cases.
constexpr std::string_view kProofs =
    "SELECT e.declare_by_on, 'proof_of_claim', coalesce((SELECT min(c.number) FROM case_file c"
    " WHERE c.debtor_id = e.debtor_id), ''), coalesce(d.legal_name, d.trade_name, ''), coalesce(e.court, ''),"
    " coalesce(e.officer, ''), e.id FROM insolvency_event e JOIN debtor d ON d.id = e.debtor_id"
    " WHERE e.cancelled = 0 AND e.declared_on IS NULL AND e.declare_by_on <= ?1";
// Legal tasks that neither a step nor an event has made.
constexpr std::string_view kTasks =
    "SELECT t.due_on, 'task', c.number, coalesce(d.legal_name, d.trade_name, ''), coalesce(t.title, ''), '',"
    " t.id FROM task t JOIN case_file c ON c.id = t.case_id JOIN debtor d ON d.id = c.debtor_id"
    " WHERE t.legal = 1 AND t.state = 'todo' AND t.withdrawn = 0 AND t.due_on <= ?1"
    " AND NOT EXISTS (SELECT 1 FROM legal_step s WHERE s.case_id = t.case_id"
    "  AND (s.deadline_on = t.due_on OR s.planned_on = t.due_on))"
    " AND NOT EXISTS (SELECT 1 FROM insolvency_event e WHERE e.debtor_id = c.debtor_id"
    "  AND e.declare_by_on = t.due_on)";

}  // namespace

StepMade add_step(Ledger& ledger, const Author& author, const Id& case_id, const StepFacts& facts) {
  sql::Connection& db = ledger.db();
  RowIds ids(ledger.random(), ledger.now());
  EditBatch edits(ledger, author, std::string(kIntent));
  StepMade made{.step = ids.next(), .deadline = deadline_of(db, case_id, facts)};
  edits.add(step_op(made.step, case_id, facts, made.deadline));
  // The life of a title is no task for ten years: `check` tells when it ends.
  const std::optional<CivilDate> due = facts.kind == "judgment" ? std::nullopt
                                       : made.deadline          ? made.deadline
                                                                : facts.planned_on;
  if (due) edits.add(task_op(ids.next(), case_id, must_of(facts.kind), *due));
  if (made.deadline || due) made.must = must_of(facts.kind);
  close_answered(db, edits, case_id, facts);
  if (facts.kind == "judgment")
    edits.add(OpDraft(sync::OpKind::insert, "limitation_event", ids.next())
                  .set("case_id", case_id)
                  .set("act", "title")
                  .set("happened_on", iso_text(*facts.on))
                  .take());  // unverified: it lengthens nothing before the office has seen the title
  edits.flush();
  return made;
}

void close_step(Ledger& ledger, const Author& author, const Id& step, const std::string& result) {
  if (!may_close_task(true, result))
    throw Failure(Code::usage, "A deadline in law is closed only with what came of it: --result.");
  EditBatch edits(ledger, author, "court.result");
  close(ledger.db(), edits, step, result);
  edits.flush();
}

std::vector<Deadline> court_calendar(sql::Connection& db, CivilDate until) {
  std::vector<Deadline> out;
  for (const std::string_view text : {kSteps, kProofs, kTasks}) {
    sql::Query q(db, text, iso_text(until));
    while (q.next()) {
      const auto on = parse_civil_date(q.view(0));
      if (!on) continue;
      Deadline one{.on = *on,
                   .what = q.text(1),
                   .case_number = q.text(2),
                   .debtor = q.text(3),
                   .court = q.text(4),
                   .counsel = q.text(5),
                   .row = q.id(6)};
      one.must = one.what == "proof_of_claim" ? "Déclaration de créance" : std::string(must_of(one.what));
      if (one.what == "task") std::swap(one.must, one.court);
      if (one.what == "task") one.court.clear();
      out.push_back(std::move(one));
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const Deadline& a, const Deadline& b) {
    return std::tie(a.on, a.case_number, a.what) < std::tie(b.on, b.case_number, b.what);
  });
  return out;
}

}  // namespace relance::server
