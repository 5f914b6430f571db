#include "server/office_work.h"

#include "host/failure.h"
#include "rules/local_time.h"
#include "rules/working_days.h"
#include "server/op_draft.h"
#include "server/rows.h"

namespace relance::server {
namespace {

// The row as it is now: what who answers has seen.
Row row_now(sql::Connection& db, std::string_view table, const Id& id) {
  if (auto row = load_row(db, schema::table(table), id)) return std::move(*row);
  throw Failure(Code::not_found, "There is no " + std::string(table) + " of that id.");
}

// Sets a column of a row that is there, over what it holds.
void put(OpDraft& draft, std::string_view table, const Row& row, std::string_view column, Value after) {
  draft.set(column, std::move(after), row[schema::column(schema::table(table), column)]);
}

}  // namespace

std::vector<EscalationLine> escalation_lines(sql::Connection& db, const std::string& to_role, bool only_open,
                                             std::int64_t due_working_days, const std::string& today) {
  std::vector<EscalationLine> out;
  for (EscalationRow& row : escalations(db, to_role, only_open)) {
    EscalationLine line;
    const auto raised = parse_civil_date(row.raised_on), now = parse_civil_date(today);
    if (raised && row.kind == "escalation") line.due_on = add_working_days(*raised, due_working_days);
    line.is_overdue = line.due_on && now && row.state == "raised" && *now > *line.due_on;
    line.row = std::move(row);
    out.push_back(std::move(line));
  }
  return out;
}

sync::Outcome acknowledge(Ledger& ledger, const Author& author, const Id& escalation) {
  const Row row = row_now(ledger.db(), "escalation", escalation);
  OpDraft draft(sync::OpKind::update, "escalation", escalation);
  put(draft, "escalation", row, "state", std::string("acknowledged"));
  return ledger.apply_office(author, "escalation.acknowledge", {draft.take()});
}

sync::Outcome answer(Ledger& ledger, const Author& author, const Id& escalation, const std::string& text,
                     const std::string& today) {
  const Row row = row_now(ledger.db(), "escalation", escalation);
  OpDraft draft(sync::OpKind::update, "escalation", escalation);
  put(draft, "escalation", row, "state", std::string("answered"));
  put(draft, "escalation", row, "answer", text);
  put(draft, "escalation", row, "answered_on", today);
  return ledger.apply_office(author, "escalation.answer", {draft.take()});
}

sync::Outcome set_target(Ledger& ledger, const Author& author, const Id& staff, const std::string& month_on,
                         const TargetFigures& figures) {
  const auto there =
      sql::id(ledger.db(), "SELECT id FROM target WHERE staff_id = ?1 AND month_on = ?2 ORDER BY id DESC",
              staff, month_on);
  const std::pair<std::string_view, const std::optional<std::int64_t>*> columns[] = {
      {"contacts", &figures.contacts}, {"promises", &figures.promises}, {"cash_cents", &figures.cash_cents}};
  if (there) {
    const Row row = row_now(ledger.db(), "target", *there);
    OpDraft draft(sync::OpKind::update, "target", *there);
    for (const auto& [column, value] : columns)
      if (*value) put(draft, "target", row, column, **value);
    return ledger.apply_office(author, "target.set", {draft.take()});
  }
  OpDraft draft(sync::OpKind::insert, "target", ledger.random().row_id(ledger.now()));
  draft.set("staff_id", staff).set("month_on", month_on);
  for (const auto& [column, value] : columns)
    if (*value) draft.set(column, **value);
  return ledger.apply_office(author, "target.set", {draft.take()});
}

Month month_named(const std::string& text) {
  const auto first = parse_civil_date(text + "-01");
  if (!first || text.size() != 7) throw Failure(Code::usage, "A month is written 2026-12.");
  const CivilDate next = add_months(*first, 1);
  return {.first_on = iso_text(*first),
          .last_on = iso_text(add_days(next, -1)),
          .from = paris_midnight(*first),
          .until = paris_midnight(next)};
}

}  // namespace relance::server
