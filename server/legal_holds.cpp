#include "server/legal_holds.h"

#include "host/failure.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/protection.h"

namespace relance::server {
namespace {

constexpr std::string_view kTable = "legal_hold";

const schema::Table& holds_table() {
  static const schema::Table& t = schema::table(kTable);
  return t;
}

Row standing_hold(sql::Connection& db, const Id& id) {
  auto row = load_row(db, holds_table(), id);
  if (!row)
    throw Failure(Code::not_found,
                  "There is no legal hold of that id; `relance-server hold list --all` lists them.");
  if (!is_null(value_of(holds_table(), *row, "lifted_on")))
    throw Failure(Code::refused, "This hold has been lifted already.");
  return std::move(*row);
}

void put(OpDraft& draft, const Row& row, std::string_view column, Value after) {
  draft.set(column, std::move(after), value_of(holds_table(), row, column));
}

sync::Op mark_case(sql::Connection& db, const Id& case_id, bool is_marked) {
  const schema::Table& t = schema::table("case_file");
  const auto row = load_row(db, t, case_id);
  RELANCE_ASSERT(row.has_value());
  OpDraft draft(sync::OpKind::update, "case_file", case_id);
  draft.set("legal_hold", Value{std::int64_t{is_marked ? 1 : 0}}, value_of(t, *row, "legal_hold"));
  return draft.take();
}

void apply(Ledger& ledger, const Author& author, std::string intent, std::vector<sync::Op> ops) {
  EditBatch edits(ledger, author, std::move(intent));
  for (sync::Op& op : ops) edits.add(std::move(op));
  edits.flush();
}

}  // namespace

std::vector<HoldLine> legal_holds(sql::Connection& db, CivilDate today, bool only_standing) {
  std::vector<HoldLine> out;
  sql::Query q(
      db,
      "SELECT h.id, h.case_id, coalesce(c.number, ''), h.reason, h.authority, h.valid_from, h.review_on,"
      " coalesce(h.reviewed_on, ''), coalesce(s.name, ''), coalesce(h.lift_asked_on, ''),"
      " coalesce(h.lift_reason, ''), coalesce(h.lifted_on, '') FROM legal_hold h"
      " LEFT JOIN case_file c ON c.id = h.case_id LEFT JOIN staff s ON s.id = h.lift_asked_by"
      " ORDER BY h.review_on, h.id");
  while (q.next()) {
    HoldLine one{.id = q.id(0),
                 .case_id = q.id(1),
                 .number = q.text(2),
                 .reason = q.text(3),
                 .authority = q.text(4),
                 .valid_from = q.text(5),
                 .review_on = q.text(6),
                 .reviewed_on = q.text(7),
                 .lift_asked_by = q.text(8),
                 .lift_asked_on = q.text(9),
                 .lift_reason = q.text(10),
                 .lifted_on = q.text(11)};
    one.is_review_over = one.lifted_on.empty() && one.review_on < iso_text(today);
    if (one.lifted_on.empty() || !only_standing) out.push_back(std::move(one));
  }
  return out;
}

Id add_hold(Ledger& ledger, const Author& author, const HoldMade& made) {
  if (made.review_on <= made.valid_from)
    throw Failure(Code::usage, "A hold is looked at again after its first day: give a later --review.");
  OpDraft draft(sync::OpKind::insert, kTable, ledger.random().row_id(ledger.now()));
  draft.set("case_id", Value{made.case_id}).set("reason", made.reason).set("authority", made.authority);
  draft.set("valid_from", iso_text(made.valid_from)).set("review_on", iso_text(made.review_on));
  sync::Op hold = draft.take();
  const Id id = hold.row;
  apply(ledger, author, "hold.add", {std::move(hold), mark_case(ledger.db(), made.case_id, true)});
  return id;
}

void review_hold(Ledger& ledger, const Author& author, const Id& hold, CivilDate today, CivilDate next) {
  const Row row = standing_hold(ledger.db(), hold);
  if (next <= today) throw Failure(Code::usage, "The next review has to be a day to come.");
  OpDraft draft(sync::OpKind::update, kTable, hold);
  put(draft, row, "reviewed_on", iso_text(today));
  put(draft, row, "review_on", iso_text(next));
  apply(ledger, author, "hold.review", {draft.take()});
}

Lifting lift_hold(Ledger& ledger, const Author& author, const Id& hold, const std::string& reason,
                  CivilDate today) {
  const Row row = standing_hold(ledger.db(), hold);
  OpDraft draft(sync::OpKind::update, kTable, hold);
  const auto asked_by = id_of(holds_table(), row, "lift_asked_by");
  if (!asked_by || *asked_by == author.staff_id) {
    if (reason.empty()) throw Failure(Code::usage, "Who asks that a hold be lifted says why: give --reason.");
    put(draft, row, "lift_asked_by", author.staff_id);
    put(draft, row, "lift_asked_on", iso_text(today));
    put(draft, row, "lift_reason", reason);
    apply(ledger, author, "hold.ask", {draft.take()});
    return Lifting::asked;
  }
  put(draft, row, "lifted_on", iso_text(today));
  std::vector<sync::Op> ops{draft.take()};
  const Id case_id = *id_of(holds_table(), row, "case_id");
  const auto others = sql::number(
      ledger.db(), "SELECT count(*) FROM legal_hold WHERE case_id = ?1 AND id <> ?2 AND lifted_on IS NULL",
      case_id, hold);
  // The mark goes after the hold, in one mutation: the ledger lets go of no case on which one stands.
  if (others.value_or(0) == 0) ops.push_back(mark_case(ledger.db(), case_id, false));
  apply(ledger, author, "hold.lift", std::move(ops));
  return Lifting::lifted;
}

}  // namespace relance::server
