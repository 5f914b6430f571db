// The lists. See work_lists.h.
#include "host/work_lists.h"

#include "host/local_day.h"

namespace relance {
namespace {

constexpr std::string_view kTasks =
    "SELECT t.id, t.case_id, coalesce(c.number, ''), coalesce(d.legal_name, d.trade_name, ''), t.kind,"
    " coalesce(t.title, ''), coalesce(t.due_on, ''), coalesce(s.name, ''), t.legal"
    " FROM task t LEFT JOIN case_file c ON c.id = t.case_id LEFT JOIN debtor d ON d.id = c.debtor_id"
    " LEFT JOIN staff s ON s.id = t.assignee_id"
    " WHERE t.state = 'todo' AND t.withdrawn = 0 AND (?1 = '' OR (t.due_on IS NOT NULL AND t.due_on <= ?1))"
    " AND (?2 IS NULL OR t.assignee_id IS NULL OR t.assignee_id = ?2)"
    " ORDER BY t.due_on IS NULL, t.due_on, t.legal DESC, c.number, t.id";
constexpr std::string_view kEscalations =
    "SELECT e.id, e.case_id, coalesce(c.number, ''), coalesce(k.name, ''), e.kind, e.to_role, e.message,"
    " e.raised_on, e.created_at, coalesce(s.name, ''), e.state, coalesce(e.answer, ''), "
    "coalesce(e.answered_on, '')"
    " FROM escalation e LEFT JOIN case_file c ON c.id = e.case_id LEFT JOIN creditor k ON k.id = "
    "c.creditor_id"
    " LEFT JOIN staff s ON s.id = e.created_by"
    " WHERE (?1 = '' OR e.to_role = ?1) AND (?2 = 0 OR e.state <> 'answered') ORDER BY e.created_at, e.id";
constexpr std::string_view kProposals =
    "SELECT p.id, p.case_id, coalesce(c.number, ''), coalesce(d.legal_name, d.trade_name, ''), p.kind,"
    " p.amount_cents, coalesce(p.until_on, ''), p.balance_cents, coalesce(p.grounds, ''), p.created_at,"
    " coalesce(v.verdict, ''), coalesce(v.comment, '')"
    " FROM proposal p LEFT JOIN case_file c ON c.id = p.case_id LEFT JOIN debtor d ON d.id = c.debtor_id"
    " LEFT JOIN decision v ON v.proposal_id = p.id"
    " WHERE p.created_by = ?1 ORDER BY p.created_at DESC, p.id DESC, v.created_at DESC";

// The outcomes in which the debtor, or who answers for him, was reached.
constexpr std::string_view kReached =
    "SELECT count(*) FROM contact_event e WHERE EXISTS (SELECT 1 FROM assignment a WHERE a.case_id = "
    "e.case_id"
    "  AND a.staff_id = ?1 AND a.valid_to IS NULL)"
    " AND e.created_by = ?1 AND e.outcome IN ('reached', 'promise', 'dispute', 'refusal', 'insolvent')"
    " AND coalesce(e.happened_at, e.created_at) >= ?2 AND coalesce(e.happened_at, e.created_at) < ?3"
    " AND e.id NOT IN (SELECT amends_id FROM contact_event WHERE amends_id IS NOT NULL)";
constexpr std::string_view kPromised =
    "SELECT count(*) FROM promise p WHERE EXISTS (SELECT 1 FROM assignment a WHERE a.case_id = p.case_id"
    "  AND a.staff_id = ?1 AND a.valid_to IS NULL) AND p.created_by = ?1 AND p.created_at >= ?2 AND "
    "p.created_at < ?3";
// Payments that the office received, less those that bounced (as host/received_money.cpp counts them).
constexpr std::string_view kReceived =
    "SELECT coalesce(sum(CASE p.state WHEN 'bounced' THEN 0 - abs(p.amount_cents) ELSE p.amount_cents END), "
    "0)"
    " FROM payment p WHERE EXISTS (SELECT 1 FROM assignment a WHERE a.case_id = p.case_id AND a.staff_id = ?1"
    "  AND a.valid_to IS NULL) AND p.state IN ('received', 'bounced') AND p.paid_on >= ?2 AND p.paid_on <= ?3"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received')";

std::optional<std::int64_t> maybe_number(const sql::Query& q, int column) {
  if (q.is_null(column)) return std::nullopt;
  return q.integer(column);
}

}  // namespace

std::vector<TaskRow> tasks_to_do(sql::Connection& db, const std::string& until,
                                 const std::optional<Id>& staff) {
  std::vector<TaskRow> out;
  sql::Query q(db, kTasks, until, staff);
  while (q.next())
    out.push_back({.id = q.id(0),
                   .case_id = q.id(1),
                   .number = q.text(2),
                   .debtor = q.text(3),
                   .kind = q.text(4),
                   .title = q.text(5),
                   .due_on = q.text(6),
                   .assignee = q.text(7),
                   .is_legal = q.integer(8) != 0});
  return out;
}

std::vector<EscalationRow> escalations(sql::Connection& db, const std::string& to_role, bool only_open) {
  std::vector<EscalationRow> out;
  sql::Query q(db, kEscalations, to_role, only_open ? 1 : 0);
  while (q.next())
    out.push_back({.id = q.id(0),
                   .case_id = q.id(1),
                   .number = q.text(2),
                   .creditor = q.text(3),
                   .kind = q.text(4),
                   .to_role = q.text(5),
                   .message = q.text(6),
                   .raised_on = q.is_null(7) ? local_day(q.integer(8)) : q.text(7),
                   .author = q.text(9),
                   .state = q.text(10),
                   .answer = q.text(11),
                   .answered_on = q.text(12)});
  return out;
}

std::vector<ProposalRow> proposals_of(sql::Connection& db, const Id& staff) {
  std::vector<ProposalRow> out;
  sql::Query q(db, kProposals, staff);
  while (q.next()) {
    const Id id = q.id(0);
    if (!out.empty() && out.back().id == id) continue;  // of several decisions the last one
    out.push_back({.id = id,
                   .case_id = q.id(1),
                   .number = q.text(2),
                   .debtor = q.text(3),
                   .kind = q.text(4),
                   .until_on = q.text(6),
                   .grounds = q.text(8),
                   .made_on = local_day(q.integer(9)),
                   .amount_cents = maybe_number(q, 5),
                   .seen_cents = maybe_number(q, 7),
                   .verdict = q.text(10),
                   .comment = q.text(11)});
  }
  return out;
}

Progress progress_of(sql::Connection& db, const Id& staff, const Month& month) {
  Progress out{.contacts = sql::number(db, kReached, staff, month.from, month.until).value_or(0),
               .promises = sql::number(db, kPromised, staff, month.from, month.until).value_or(0),
               .cash_cents = sql::number(db, kReceived, staff, month.first_on, month.last_on).value_or(0)};
  sql::Query q(db,
               "SELECT contacts, promises, cash_cents FROM target WHERE staff_id = ?1 AND month_on = ?2"
               " ORDER BY created_at DESC, id DESC LIMIT 1",
               staff, month.first_on);
  if (q.next()) out.target = Progress::Target{q.integer(0), q.integer(1), q.integer(2)};
  return out;
}

}  // namespace relance
