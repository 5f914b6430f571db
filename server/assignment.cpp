#include "server/assignment.h"

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

struct Holding {
  Id assignment, staff;
  Value reason;  // as the row holds it
};

std::vector<Holding> holdings_of(sql::Connection& db, const Id& case_id) {
  std::vector<Holding> out;
  sql::Query q(
      db, "SELECT id, staff_id, reason FROM assignment WHERE case_id = ?1 AND valid_to IS NULL ORDER BY id",
      case_id);
  while (q.next()) out.push_back({q.id(0), q.id(1), q.value(2)});
  return out;
}

sync::Op ending(const Holding& holding, const std::string& today, std::string_view reason) {
  return OpDraft(sync::OpKind::update, "assignment", holding.assignment)
      .set("valid_to", today)
      .set("reason", Value{std::string(reason)}, holding.reason)
      .take();
}

void require_agent(sql::Connection& db, const Id& staff) {
  const std::string role =
      sql::text(db, "SELECT role FROM staff WHERE id = ?1 AND state = 'active'", staff).value_or("");
  if (role != "agent")
    throw Failure(Code::refused,
                  "Only agents who work here hold cases; this user is none. Nothing was changed.");
}

std::vector<SilentDevice> silent_devices(sql::Connection& db, const std::set<Id>& losers, Ms now) {
  std::vector<SilentDevice> out;
  for (const Id& staff : losers) {
    sql::Query q(
        db,
        "SELECT d.id, s.name, coalesce(d.name, ''), t.last_sync_at FROM device d"
        " JOIN staff s ON s.id = d.staff_id JOIN device_state t ON t.device_id = d.id"
        " WHERE d.staff_id = ?1 AND d.state NOT IN ('lost', 'wiped') AND t.last_sync_at < ?2 ORDER BY d.id",
        staff, now - kLatelyMs);
    while (q.next())
      out.push_back({.id = q.id(0), .owner = q.text(1), .name = q.text(2), .last_sync_at = q.integer(3)});
  }
  return out;
}

}  // namespace

AssignReport assign_cases(Ledger& ledger, const Author& author, const Id& staff, const std::vector<Id>& cases,
                          bool also, const std::string& today, const std::string& stand_in_until) {
  sql::Connection& db = ledger.db();
  require_agent(db, staff);
  AssignReport report;
  std::set<Id> losers;
  EditBatch batch(ledger, author, "case.assign");
  RowIds ids(ledger.random(), ledger.now());
  for (const Id& case_id : cases) {
    bool is_held = false;
    for (const Holding& holding : holdings_of(db, case_id)) {
      is_held |= holding.staff == staff;
      if (also || !stand_in_until.empty() || holding.staff == staff) continue;
      batch.add(ending(holding, today, "reassigned"));
      losers.insert(holding.staff);
      ++report.taken;
    }
    ++(is_held ? report.kept : report.assigned);
    if (is_held) continue;
    OpDraft holding(sync::OpKind::insert, "assignment", ids.next());
    holding.set("case_id", case_id).set("staff_id", staff).set("valid_from", today);
    if (!stand_in_until.empty()) holding.set("until_on", stand_in_until).set("reason", "stand_in");
    batch.add(holding.take());
  }
  batch.flush();
  report.silent = silent_devices(db, losers, ledger.now());
  return report;
}

std::int64_t end_stand_ins(Ledger& ledger, const Author& author, const std::string& today) {
  std::vector<Holding> over;
  {
    sql::Query q(ledger.db(),
                 "SELECT id, staff_id, reason FROM assignment WHERE valid_to IS NULL AND until_on IS NOT "
                 "NULL AND until_on < ?1"
                 " ORDER BY id",
                 today);
    while (q.next()) over.push_back({q.id(0), q.id(1), q.value(2)});
  }
  EditBatch batch(ledger, author, "case.end_stand_in");
  for (const Holding& holding : over) batch.add(ending(holding, today, "stand_in_over"));
  batch.flush();
  return static_cast<std::int64_t>(over.size());
}

AssignReport unassign_cases(Ledger& ledger, const Author& author, const std::optional<Id>& staff,
                            const std::vector<Id>& cases, const std::string& today) {
  AssignReport report;
  std::set<Id> losers;
  EditBatch batch(ledger, author, "case.unassign");
  for (const Id& case_id : cases)
    for (const Holding& holding : holdings_of(ledger.db(), case_id)) {
      if (staff && holding.staff != *staff) continue;
      batch.add(ending(holding, today, "unassigned"));
      losers.insert(holding.staff);
      ++report.taken;
    }
  batch.flush();
  report.silent = silent_devices(ledger.db(), losers, ledger.now());
  return report;
}

std::vector<Id> cases_held_by(sql::Connection& db, const Id& staff) {
  std::vector<Id> out;
  sql::Query q(
      db, "SELECT DISTINCT case_id FROM assignment WHERE staff_id = ?1 AND valid_to IS NULL ORDER BY case_id",
      staff);
  while (q.next()) out.push_back(q.id(0));
  return out;
}

}  // namespace relance::server
