// outbox and refused: what waits, what became of the rest, and what an agent can still do about it.
#include <algorithm>

#include "client/commands.h"
#include "client/listing.h"
#include "host/value_text.h"
#include "schema/lookup.h"

namespace relance::client {
namespace {

using sync::Op;
using sync::OpKind;

constexpr std::int64_t kRecent = 50;  // edits with an outcome that `outbox` still lists

constexpr std::size_t kIdCharacters = 36;  // ids as text, one blank between

// A late update is with the new holder and stands in no list of its author's (docs/protocol.md, "Outcomes").
constexpr std::string_view kListed =
    "(status = 'pending' OR resend = 1 OR n > (SELECT max(n) FROM outbox) - ?1)"
    " AND NOT (status = 'refused' AND coalesce(reason, '') = 'late_update')";

struct KeptEdit {
  std::int64_t n = 0;
  std::string status, intent, reason, conflicts;
  Ms happened_at = 0, sent_at = 0;
  std::vector<Op> ops;
};

std::vector<KeptEdit> edits_where(sql::Connection& db, std::string_view where, std::int64_t argument) {
  std::vector<KeptEdit> out;
  sql::Query q(
      db,
      "SELECT n, CASE WHEN resend = 1 THEN 'pending' ELSE status END, intent, reason, conflicts, happened_at,"
      " sent_at, ops FROM outbox WHERE " +
          std::string(where) + " ORDER BY n",
      argument);
  while (q.next()) {
    KeptEdit edit{.n = q.integer(0),
                  .status = q.text(1),
                  .intent = q.text(2),
                  .reason = q.text(3),
                  .conflicts = q.text(4),
                  .happened_at = q.integer(5),
                  .sent_at = q.is_null(6) ? 0 : q.integer(6)};
    if (auto ops = sync::decode_ops(q.view(7))) edit.ops = std::move(*ops);
    if (edit.status == "pending" && edit.sent_at > 0) edit.status = "sent";
    out.push_back(std::move(edit));
  }
  return out;
}

// A suspended device's edits are with the office, which has not decided yet.
void mark_quarantined(const OpenReplica& open, std::vector<KeptEdit>& edits) {
  const Standing standing = open.replica.standing();
  if (standing != Standing::suspended && standing != Standing::wiped) return;
  for (KeptEdit& edit : edits)
    if (edit.status == "sent" || edit.status == "pending") edit.status = "quarantined";
}

// "contact +", "debtor: language": tables and columns, never a value.
std::string what_of(Lang lang, const KeptEdit& edit) {
  std::string out;
  for (const Op& op : edit.ops) {
    out += (out.empty() ? "" : ", ") + table_label(lang, op.table->name);
    if (op.kind == OpKind::insert) {
      out += " +";
      continue;
    }
    std::string columns;
    for (const sync::Change& change : op.changes)
      if (change.before != change.after)
        columns +=
            (columns.empty() ? ": " : ", ") + column_label(lang, op.table->columns[change.column].name);
    out += columns;
  }
  return out;
}

boost::json::object op_json(const Op& op) {
  boost::json::object columns;
  for (const sync::Change& change : op.changes)
    columns[op.table->columns[change.column].name] = json_of(op.table->columns[change.column], change.after);
  return {{"kind", op.kind == OpKind::insert ? "insert" : "update"},
          {"table", op.table->name},
          {"id", op.row.text()},
          {"columns", columns}};
}

boost::json::object edit_json(Lang lang, const KeptEdit& edit) {
  boost::json::array ops, conflicts;
  for (const Op& op : edit.ops) ops.push_back(op_json(op));
  for (std::size_t at = 0; at < edit.conflicts.size(); at += kIdCharacters + 1)
    conflicts.push_back(boost::json::value(edit.conflicts.substr(at, kIdCharacters)));
  return {{"n", edit.n},
          {"status", edit.status},
          {"intent", edit.intent},
          {"at", json_instant(edit.happened_at)},
          {"sent_at", json_instant(edit.sent_at)},
          {"reason", json_or_null(edit.reason)},
          {"reason_text", json_or_null(edit.reason.empty() ? "" : reason_text(lang, edit.reason))},
          {"conflicts", std::move(conflicts)},
          {"ops", std::move(ops)}};
}

// Does `later` need a row that `earlier` would have made?
bool builds_on(const KeptEdit& later, const KeptEdit& earlier) {
  const auto needs = [&](const Op& made) {
    return std::any_of(later.ops.begin(), later.ops.end(), [&](const Op& op) {
      return op.row == made.row ||
             std::any_of(op.changes.begin(), op.changes.end(),
                         [&](const sync::Change& c) { return c.after == Value{made.row}; });
    });
  };
  return std::any_of(earlier.ops.begin(), earlier.ops.end(),
                     [&](const Op& op) { return op.kind == OpKind::insert && needs(op); });
}

// Refused edits with those that build on them right behind them.
struct Refused {
  KeptEdit edit;
  std::int64_t depends_on = 0;
};

std::vector<Refused> refused_edits(sql::Connection& db) {
  std::vector<KeptEdit> left =
      edits_where(db, "status = 'refused' AND coalesce(reason, '') <> 'late_update' AND ?1 = 0", 0);
  std::vector<Refused> out;
  while (!left.empty()) {
    out.push_back({std::move(left.front())});
    left.erase(left.begin());
    const std::size_t first = out.size() - 1;
    for (std::size_t i = 0; i < left.size();) {
      const auto base = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                                     [&](const Refused& one) { return builds_on(left[i], one.edit); });
      if (base == out.end()) {
        ++i;
        continue;
      }
      const std::int64_t n = base->edit.n;
      out.push_back({std::move(left[i]), n});
      left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  return out;
}

Listing edit_list(const Desk& desk) {
  return Listing({{desk.words(Text::col_n), true},
                  {desk.words(Text::col_when)},
                  {desk.words(Text::col_what), false, 50},
                  {desk.words(Text::col_status)},
                  {desk.words(Text::col_why), false, 80}});
}

std::vector<std::string> edit_cells(const Desk& desk, const KeptEdit& edit, const std::string& why) {
  return {std::to_string(edit.n), desk.local_time(edit.happened_at), what_of(desk.lang(), edit),
          fate_text(desk.lang(), edit.status), why};
}

// What stands in the way of undo, amend, resend and discard, in words.
int refuse_change(Desk& desk, const EditRefusal& refusal, std::int64_t n) {
  if (refusal.code == "not_found") {
    throw desk.failure(Code::not_found,
                       refusal.where == "refused" ? Text::no_such_refused : Text::no_such_edit, {n});
  }
  if (refusal.code == "refused" && refusal.where.starts_with("outbox "))
    return desk.refuse("built_on", desk.words(Text::built_on, {n, refusal.where.substr(7)}));
  return desk.refuse(refusal);
}

int tell_change(Desk& desk, std::int64_t n, const std::string& sentence, boost::json::object more = {}) {
  more["n"] = n;
  if (desk.json()) print_json(std::move(more));
  desk.tell(sentence);
  return 0;
}

// The edit's operations with the columns that were typed: each goes into the first operation that has it already,
// else into the first whose table knows it.
std::vector<Op> amended_ops(Desk& desk, sql::Connection& db, const KeptEdit& edit, const Words& columns) {
  std::vector<Op> ops = edit.ops;
  if (columns.empty()) throw desk.failure(Code::usage, Text::nothing_changed);
  for (const std::string& typed : columns) {
    const std::string name = typed.substr(0, typed.find('='));
    const auto has = [&](const Op& op) { return op.find(name) != nullptr; };
    const auto knows = [&](const Op& op) { return schema::find_column(*op.table, name).has_value(); };
    auto op = std::find_if(ops.begin(), ops.end(), has);
    if (op == ops.end()) op = std::find_if(ops.begin(), ops.end(), knows);
    if (op == ops.end()) throw desk.failure(Code::usage, Text::amend_no_column, {edit.n, name});
    for (sync::Change& change : typed_changes(desk, db, *op->table, {typed})) {
      const auto old = std::find_if(op->changes.begin(), op->changes.end(),
                                    [&](const sync::Change& c) { return c.column == change.column; });
      if (old == op->changes.end())
        op->changes.push_back(std::move(change));
      else
        old->after = std::move(change.after);
    }
  }
  return ops;
}

}  // namespace

int run_outbox(Desk& desk, bool csv) {
  OpenReplica open = desk.open(Home::Use::read, Desk::Shown::suspended_too);
  std::vector<KeptEdit> edits = edits_where(*open.db, kListed, kRecent);
  mark_quarantined(open, edits);
  if (desk.json()) {
    boost::json::array all;
    for (const KeptEdit& edit : edits) all.push_back(edit_json(desk.lang(), edit));
    print_json(boost::json::object{{"outbox", std::move(all)}});
    return 0;
  }
  Listing table = edit_list(desk);
  for (const KeptEdit& edit : edits)
    table.add(edit_cells(desk, edit, edit.reason.empty() ? "" : reason_text(desk.lang(), edit.reason)));
  print(table.empty() && !csv ? desk.words(Text::outbox_empty) + "\n" : table.text(csv));
  return 0;
}

int run_undo(Desk& desk, std::int64_t n) {
  OpenReplica open = desk.open(Home::Use::write);
  if (const auto refusal = open.replica.undo(n)) return refuse_change(desk, *refusal, n);
  return tell_change(desk, n, desk.words(Text::undone, {n}));
}

int run_amend(Desk& desk, std::int64_t n, const Words& columns) {
  OpenReplica open = desk.open(Home::Use::write);
  const auto found = edits_where(*open.db, "n = ?1 AND status = 'pending' AND sent_at IS NULL", n);
  if (found.empty()) throw desk.failure(Code::not_found, Text::no_such_edit, {n});
  if (const auto refusal = open.replica.amend(n, amended_ops(desk, *open.db, found.front(), columns))) {
    return refuse_change(desk, *refusal, n);
  }
  return tell_change(desk, n, desk.words(Text::amended, {n}));
}

int run_refused(Desk& desk, bool csv) {
  OpenReplica open = desk.open(Home::Use::read);
  const std::vector<Refused> refused = refused_edits(*open.db);
  if (desk.json()) {
    boost::json::array all;
    for (const Refused& one : refused) {
      boost::json::object edit = edit_json(desk.lang(), one.edit);
      edit["depends_on"] =
          one.depends_on == 0 ? boost::json::value(nullptr) : boost::json::value(one.depends_on);
      all.push_back(std::move(edit));
    }
    print_json(boost::json::object{{"refused", std::move(all)}});
    return 0;
  }
  Listing table = edit_list(desk);
  for (const Refused& one : refused) {
    std::string why = reason_text(desk.lang(), one.edit.reason);
    if (one.depends_on > 0) why += ", " + desk.words(Text::depends_on, {one.depends_on});
    table.add(edit_cells(desk, one.edit, why));
  }
  print(table.empty() && !csv ? desk.words(Text::refused_none) + "\n" : table.text(csv));
  return 0;
}

int run_resend(Desk& desk, std::int64_t n, const Words& columns) {
  OpenReplica open = desk.open(Home::Use::write);
  const auto found = edits_where(*open.db, "n = ?1 AND status = 'refused'", n);
  if (found.empty()) throw desk.failure(Code::not_found, Text::no_such_refused, {n});
  const auto ops = columns.empty() ? std::vector<Op>{} : amended_ops(desk, *open.db, found.front(), columns);
  const auto result = open.replica.resend(n, ops);
  if (const auto* refusal = std::get_if<EditRefusal>(&result)) return refuse_change(desk, *refusal, n);
  const std::int64_t next = std::get<std::int64_t>(result);
  std::string dependents;
  for (const Refused& one : refused_edits(*open.db))
    if (builds_on(one.edit, found.front()))
      dependents += (dependents.empty() ? "" : ", ") + std::to_string(one.edit.n);
  if (!dependents.empty()) say(desk.words(Text::depends_hint, {dependents}));
  return tell_change(desk, n, desk.words(Text::resent, {n, next}), {{"resent_as", next}});
}

int run_discard(Desk& desk, std::int64_t n) {
  OpenReplica open = desk.open(Home::Use::write);
  if (const auto refusal = open.replica.discard(n)) return refuse_change(desk, *refusal, n);
  return tell_change(desk, n, desk.words(Text::discarded, {n}));
}

}  // namespace relance::client
