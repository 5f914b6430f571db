#include "server/ledger.h"

#include <algorithm>

#include "host/failure.h"
#include "schema/tables.h"
#include "server/audit_log.h"
#include "server/erased_ids.h"
#include "server/protection.h"
#include "server/row_law.h"
#include "sync/codec.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

using schema::Column;
using schema::Merge;
using schema::Table;
using schema::Way;
namespace reason = sync::reason;

constexpr std::string_view kKindConcurrent = "concurrent";
constexpr std::string_view kKindLate = "late";

const Table& conflict_table() {
  static const Table& t = schema::table("conflict");
  return t;
}

bool is_stamp(std::size_t column) { return column < schema::kStampColumns; }

void set(const Table& t, Row& row, std::string_view column, Value value) {
  row[schema::column(t, column)] = std::move(value);
}

}  // namespace

std::optional<schema::Writers> role_of(std::string_view word) {
  if (word == "agent") return schema::agent;
  if (word == "clerk") return schema::clerk;
  if (word == "office") return schema::office;
  if (word == "dpo") return schema::dpo;
  return std::nullopt;
}

std::string unit_json(const Table& t, const std::vector<std::size_t>& columns,
                      const std::vector<Value>& values) {
  std::string out = "{";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += (i == 0 ? "\"" : ",\"") + std::string(t.columns[columns[i]].name) + "\":";
    sync::append_json(out, values[i]);
  }
  return out + "}";
}

struct Ledger::Edit {
  const Author& author;
  const sync::Mutation& mutation;
  Ms happened_at;
  int position = 0;   // of the next history row
  bool exact = true;  // nothing was settled, bounded or split
  bool accepted =
      false;  // something of it took effect: an insertion, late or not, or an update of a case still held
  bool late = false;  // something of it came after its author had lost the case
  std::vector<Id> conflicts;

  // An import writes a thousand rows of one case: what is asked of the case again and again is kept from row to row.
  std::optional<Id> present_case;  // it is there: nothing deletes it within the mutation
  std::optional<std::pair<Scope, std::vector<Id>>> held;  // who holds the last scope
  bool moves_holders = false;                             // this operation may change who holds what

  [[nodiscard]] bool by_agent() const { return author.role == schema::agent; }
};

Ledger::Ledger(sql::Connection& db, const Clock& clock, Random& random)
    : db_(db), clock_(clock), random_(random) {}

Id Ledger::epoch() const {
  const auto text = sql::get_meta(db_, "epoch");
  const auto id = text ? Id::parse(*text) : std::nullopt;
  if (!id) throw Failure(Code::corrupt, "The database has no epoch; restore the newest backup.");
  return *id;
}

Id Ledger::office_device() const {
  const auto text = sql::get_meta(db_, "office_device");
  const auto id = text ? Id::parse(*text) : std::nullopt;
  if (!id)
    throw Failure(Code::corrupt,
                  "The database does not name the office's own device; restore the newest backup.");
  return *id;
}

// ---- one commit ----------------------------------------------------------------------------------------------

Ledger::Work::Work(Ledger& ledger) : ledger_(ledger) {
  RELANCE_ASSERT(!ledger_.working_);
  ledger_.db_.begin(sql::Access::write);
  ledger_.working_ = true;
}

Ledger::Work::~Work() {
  if (!open_) return;
  ledger_.marks_.back_to(0);
  ledger_.concerned_.clear();
  ledger_.working_ = false;
  ledger_.db_.rollback();
}

void Ledger::Work::commit() {
  ledger_.finish();
  ledger_.db_.commit();
  ledger_.working_ = false;
  open_ = false;
}

void Ledger::finish() {
  for (const FeedMarks::CaseDrop& drop : marks_.flush(db_))
    sql::run(db_,
             "UPDATE assignment SET drop_seq = ?3 WHERE case_id = ?2 AND staff_id = ?1 AND valid_to IS NOT "
             "NULL AND drop_seq IS NULL",
             drop.feed, drop.case_id, drop.seq);
}

// ---- one mutation --------------------------------------------------------------------------------------------

sync::Outcome Ledger::apply(const Author& author, const sync::Mutation& mutation, Ms happened_at) {
  RELANCE_ASSERT(working_);
  sync::Outcome outcome{.n = mutation.n, .status = sync::Status::refused};
  const std::size_t place = marks_.place();
  Edit edit{.author = author, .mutation = mutation, .happened_at = happened_at};
  edit.exact = happened_at == mutation.at;
  if (!mutation.damage.empty())
    outcome.reason = reason::bad_value;
  else if (mutation.ops.size() > sync::kEditOpsMax)
    outcome.reason = reason::too_large;
  else if (mutation.ops.empty())
    outcome.reason = reason::bad_value;
  if (outcome.reason.empty()) {
    // One operation alone is refused before anything of it is written. A savepoint for each would make the engine
    // walk, at its release, over every page that the commit has changed so far: 1,000 edits in one push took four
    // times as long.
    std::optional<sql::Savepoint> savepoint;
    if (mutation.ops.size() > 1 && !sync::planted(sync::Defect::apply_half)) savepoint.emplace(db_);
    try {
      for (const sync::Op& op : mutation.ops)
        if (outcome.reason = apply_op(edit, op); !outcome.reason.empty()) break;
    } catch (const Failure& failure) {
      // One poisoned mutation is refused alone. A disk that fails is everybody's matter and goes on up.
      if (failure.code() != Code::constraint) throw;
      outcome.reason = reason::contradicts;
    }
    if (outcome.reason.empty() && savepoint) savepoint->release();
  }
  if (!outcome.reason.empty()) {
    if (!sync::planted(sync::Defect::apply_half)) marks_.back_to(place);
    // Erasure always wins, whatever else is wrong with it: what is about an erased row is destroyed unread, and of its
    // new ids only hashes are kept.
    if (ErasedIds erased(db_); erased.touched_by(mutation)) {
      erased.remember_hanging(mutation, random_);
      outcome.status = sync::Status::erased;
      outcome.reason.clear();
      return outcome;
    }
    for (const sync::Op& op : mutation.ops)
      if (op.kind == sync::OpKind::insert && !sync::planted(sync::Defect::refused_rows_forgotten))
        sql::run(db_,
                 "INSERT INTO refused_row (device_id, row_id) VALUES (?1, ?2) ON CONFLICT (device_id, "
                 "row_id) DO NOTHING",
                 author.device_id, op.row);
    return outcome;
  }
  // A device told `merged` takes the office's rows, also those of operations that were exact: it must be sent them.
  if (!edit.exact || edit.late) marks_.forget_known(place);
  if (edit.late) {
    // The author must not read in a conflict's id what has become of the case.
    outcome.status = edit.accepted ? sync::Status::merged : sync::Status::refused;
    outcome.reason = edit.accepted ? reason::late : reason::late_update;
    return outcome;
  }
  outcome.conflicts = std::move(edit.conflicts);
  outcome.status = !outcome.conflicts.empty() ? sync::Status::conflict
                   : edit.exact               ? sync::Status::applied
                                              : sync::Status::merged;
  return outcome;
}

sync::Outcome Ledger::apply_office(const Author& author, std::string intent, std::vector<sync::Op> ops) {
  const Id device = office_device();
  const auto n = sql::number(
      db_, "UPDATE device_state SET last_n = last_n + 1 WHERE device_id = ?1 RETURNING last_n", device);
  RELANCE_ASSERT(n.has_value());
  const Ms at = now();
  const sync::Mutation mutation{
      .n = *n, .at = at, .seen = {epoch(), 0}, .intent = std::move(intent), .ops = std::move(ops)};
  Author office = author;
  office.device_id = device;
  const sync::Outcome outcome = apply(office, mutation, at);
  const Digest hash = sha256(sync::canonical_bytes(mutation));
  log_mutation(office, mutation, hash, outcome, at);
  audit(office, mutation.intent, audit_line(outcome, hash), Detail::none);
  return outcome;
}

void Ledger::log_mutation(const Author& author, const sync::Mutation& m, const Digest& hash,
                          const sync::Outcome& outcome, Ms happened_at) {
  std::string conflicts;
  for (const Id& id : outcome.conflicts) conflicts += (conflicts.empty() ? "" : " ") + id.text();
  sql::run(db_,
           "INSERT INTO mutation_log (device_id, n, hash, status, reason, conflicts, intent, claimed_at, "
           "happened_at, received_at)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
           author.device_id, m.n, Bytes{std::string(bytes_of(hash))}, name_of(outcome.status),
           outcome.reason.empty() ? std::optional<std::string>() : outcome.reason,
           conflicts.empty() ? std::optional<std::string>() : conflicts, m.intent.substr(0, 100), m.at,
           happened_at, now());
}

// ---- the audit log ---------------------------------------------------------------------------------------------

void Ledger::concern(const Scope& scope) {
  if (!scope.case_id && !scope.debtor_id) return;
  // Rows of one case mostly come one after the other; the rest is told apart when the entry is made.
  if (concerned_.empty() || concerned_.back() != scope) concerned_.push_back(scope);
}

void Ledger::audit(const Author& author, std::string_view action, std::string_view object, Detail detail) {
  const AuditTail tail = audit_tail(db_);
  std::vector<Scope> scopes = std::move(concerned_);
  concerned_.clear();
  const std::string salt = keep_salt(db_, random_, tail.seq + 1, std::move(scopes),
                                     detail == Detail::kept ? object : std::string_view{});
  const AuditEntry entry{.seq = tail.seq + 1,
                         .happened_at = now(),
                         .staff_id = author.staff_id,
                         .device_id = author.device_id,
                         .action = std::string(action),
                         .object_hash = commitment(salt, object)};
  sql::run(db_,
           "INSERT INTO audit_entry (seq, happened_at, staff_id, device_id, action, object_hash, entry_hash)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
           entry.seq, entry.happened_at, entry.staff_id, entry.device_id, entry.action,
           Bytes{entry.object_hash}, Bytes{link_of(tail.hash, entry)});
}

// ---- operations: an empty answer is well, anything else the reason of the refusal ------------------------------

std::string Ledger::apply_op(Edit& edit, const sync::Op& op) {
  if (op.table->way == Way::office && edit.by_agent()) return std::string(reason::not_permitted);
  const bool moves_holders = op.table->way == Way::root || op.table->name == "assignment";
  if (moves_holders || edit.moves_holders) edit.held.reset();  // before it, and after it
  edit.moves_holders = moves_holders;
  return op.kind == sync::OpKind::insert ? apply_insert(edit, op) : apply_update(edit, op);
}

std::string Ledger::apply_insert(Edit& edit, const sync::Op& op) {
  const Table& t = *op.table;
  if (!schema::may_write(edit.author.role, t.inserters)) return std::string(reason::not_permitted);
  Row row(t.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = schema::initial_value(t.columns[i]);
  row[0] = op.row;
  row[1] = edit.happened_at;
  row[2] = edit.author.staff_id;
  row[3] = edit.author.device_id;
  for (const sync::Change& change : op.changes) {
    if (is_stamp(change.column) || !schema::may_write(edit.author.role, t.columns[change.column].writers))
      return std::string(reason::not_permitted);
    row[change.column] = change.after;
  }
  for (std::size_t i = 0; i < row.size(); ++i)
    if (!schema::why_not(t.columns[i], row[i]).empty()) return std::string(reason::bad_value);

  const Scope scope = scope_of(t, row);
  const Standing standing = standing_of(edit, t, scope);
  if (t.way == Way::by_case) {
    for (const auto& [name, parent] : {std::pair{"case_file", scope.case_id}, {"debtor", scope.debtor_id}})
      if (parent && (standing == Standing::stranger ||
                     (edit.present_case != parent && !row_exists(db_, schema::table(name), *parent))))
        return why_not_his(edit, schema::table(name), *parent);
    if (scope.case_id) edit.present_case = scope.case_id;
  }
  if (standing == Standing::stranger) return std::string(reason::not_permitted);
  if (standing == Standing::restricted) return std::string(reason::restricted);
  // Only now: who may not write here learns nothing of the ids that are taken.
  if (row_exists(db_, t, op.row)) return std::string(reason::id_taken);
  std::vector<std::size_t> all(row.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  if (const std::string why = check_references(edit, t, row, all); !why.empty()) return why;
  if (const std::string_view why = law_broken(db_, t, std::nullopt, row); !why.empty())
    return std::string(why);
  if (const std::string why = why_protected(db_, edit.author, t, row); !why.empty()) return why;

  const bool late = standing == Standing::late;
  if (late) {
    edit.late = true;
    if (schema::find_column(t, "late")) set(t, row, "late", std::int64_t{1});
  }
  insert_row(db_, t, row);
  edit.accepted = true;
  remember(edit, t, op.row, "", scope, late ? "late" : "inserted", "", "");
  mark(edit, t, op.row, scope, edit.exact && !late, true);
  if (t.name == "assignment") follow_assignment(edit, {}, row);
  return {};
}

std::string Ledger::apply_update(Edit& edit, const sync::Op& op) {
  const Table& t = *op.table;
  const auto row = load_row(db_, t, op.row);
  if (!row) return why_missing(edit, op.row);
  const Scope scope = scope_of(t, *row);
  // Whose case it is comes before what may be written: to a stranger, forbidden looks like absent.
  const Standing standing = standing_of(edit, t, scope);
  if (standing == Standing::stranger) return why_not_his(edit, t, op.row);
  for (const sync::Change& change : op.changes) {
    const Column& column = t.columns[change.column];
    if (is_stamp(change.column) || column.merge == Merge::fixed ||
        !schema::may_write(edit.author.role, column.writers))
      return std::string(reason::not_permitted);
    if (!schema::why_not(column, change.after).empty()) return std::string(reason::bad_value);
  }
  if (standing == Standing::restricted) return std::string(reason::restricted);
  if (standing == Standing::late) return keep_late(edit, op, *row, scope);
  if (&t == &conflict_table()) return resolve_conflict(edit, op, *row);
  return merge_row(edit, op, *row, scope);
}

std::string Ledger::merge_row(Edit& edit, const sync::Op& op, Row row, const Scope& scope) {
  const Table& t = *op.table;
  const Row before = row;
  const sync::EditStamp mine{edit.happened_at, edit.author.device_id, edit.mutation.n};
  const std::vector<sync::UnitEdit> units = sync::units_of(op, row);
  std::vector<sync::Merged> merged;
  std::vector<std::size_t> written;
  for (const sync::UnitEdit& unit : units) {
    merged.push_back(sync::merge_unit(
        unit, mine, [&] { return stamp_of(t, before, unit.unit->name); }, edit.author.role != schema::agent));
    const std::vector<Value>& value = merged.back().value;
    for (std::size_t i = 0; i < value.size(); ++i) {
      row[unit.columns[i]] = value[i];
      written.push_back(unit.columns[i]);
    }
  }
  // Whatever can refuse the edit comes before the first line of its history.
  if (const std::string why = check_references(edit, t, row, written); !why.empty()) return why;
  if (const std::string_view why = law_broken(db_, t, before, row); !why.empty()) return std::string(why);
  if (const std::string why = why_protected(db_, edit.author, t, before, row); !why.empty()) return why;
  update_row(db_, t, row, written);
  bool exact = edit.exact;
  for (std::size_t i = 0; i < units.size(); ++i)
    exact = note_verdict(edit, op, units[i], merged[i], scope) && exact;
  edit.exact = edit.exact && exact;
  edit.accepted = true;
  mark(edit, t, op.row, scope, exact, false);
  if (t.name == "assignment") follow_assignment(edit, before, row);
  if (t.way == Way::root) follow_debtor(before, row);
  return {};
}

// What became of a unit, into history; where a person decides, into a conflict. True when it was taken as sent.
bool Ledger::note_verdict(Edit& edit, const sync::Op& op, const sync::UnitEdit& unit,
                          const sync::Merged& merged, const Scope& scope) {
  const Table& t = *op.table;
  if (merged.verdict == sync::Verdict::same) return true;
  const std::string was = unit_json(t, unit.columns, unit.current);
  const bool is_joined = merged.verdict == sync::Verdict::joined;
  const std::string other = unit_json(t, unit.columns, is_joined ? merged.value : unit.mine);
  const auto note = [&](std::string_view verdict) {
    remember(edit, t, op.row, unit.unit->name, scope, verdict, was, other);
  };
  switch (merged.verdict) {
    case sync::Verdict::same: break;
    case sync::Verdict::taken: note("taken"); break;
    case sync::Verdict::joined: note("joined"); break;
    case sync::Verdict::lost:
      if (!sync::planted(sync::Defect::history_forgets_losers)) note("lost");
      break;
    case sync::Verdict::conflict:
      note("kept");
      if (sync::planted(sync::Defect::conflict_swallowed)) break;
      open_conflict(edit, t, op.row, scope, unit, kKindConcurrent);
      break;
  }
  return merged.verdict == sync::Verdict::taken;
}

// CONFLICT: an edit of a row whose case its author had lost without knowing.
// RESOLUTION: it is kept for the new holder, who takes or dismisses it; the row keeps its value.
std::string Ledger::keep_late(Edit& edit, const sync::Op& op, const Row& row, const Scope& scope) {
  edit.late = true;
  if (op.table == &conflict_table()) return {};  // the choice of someone who no longer decides
  for (const sync::UnitEdit& unit : sync::units_of(op, row)) {
    if (unit.current == unit.mine) continue;
    remember(edit, *op.table, op.row, unit.unit->name, scope, "late",
             unit_json(*op.table, unit.columns, unit.current), unit_json(*op.table, unit.columns, unit.mine));
    open_conflict(edit, *op.table, op.row, scope, unit, kKindLate);
  }
  return {};
}

// A conflict is resolved by a mutation that closes it and carries, for the row, the values the person saw and chose.
std::string Ledger::resolve_conflict(Edit& edit, const sync::Op& conflict_op, const Row& conflict) {
  const Table& t = conflict_table();
  const Table* target = schema::find_table(text_of(t, conflict, "table_name"));
  const auto row_id = id_of(t, conflict, "row_id");
  if (target == nullptr || !row_id) return std::string(reason::unknown_row);
  // Closing is the only thing that people do to a conflict.
  const sync::Change* closing = conflict_op.find("state");
  if (closing == nullptr || closing->after != Value{std::string("closed")})
    return std::string(reason::not_permitted);
  const schema::Unit* unit = schema::find_unit(*target, text_of(t, conflict, "unit"));
  const auto row = load_row(db_, *target, *row_id);
  if (unit == nullptr || !row) return std::string(reason::unknown_row);
  for (const std::size_t column : unit->columns)
    if (!schema::may_write(edit.author.role, target->columns[column].writers))
      return std::string(reason::not_permitted);

  // The chosen value travels as the update of the row in the same mutation.
  const sync::Op* choice = nullptr;
  for (const sync::Op& op : edit.mutation.ops)
    if (op.kind == sync::OpKind::update && op.table == target && op.row == *row_id) choice = &op;
  if (choice == nullptr) return std::string(reason::bad_value);
  std::vector<std::size_t> columns;  // of the unit as the author's version has it
  std::vector<Value> chosen, seen, current;
  for (const std::size_t column : unit->columns) {
    const sync::Change* change = choice->find(column);
    // A choice may have been made before the unit gained a column, and says nothing of it then.
    if (change == nullptr && target->columns[column].since > target->since) continue;
    if (change == nullptr) return std::string(reason::bad_value);
    columns.push_back(column);
    chosen.push_back(change->after);
    seen.push_back(change->before);
    current.push_back((*row)[column]);
  }
  if (columns.empty()) return std::string(reason::bad_value);
  if (text_of(t, conflict, "state") == "closed") {
    if (current != chosen) return std::string(reason::conflict_closed);
    edit.exact = false;  // who closed it, and how, stays as it was: the author takes the office's row
    return {};
  }
  const Id conflict_id = std::get<Id>(conflict.front());
  const Scope scope = scope_of(t, conflict);
  if (current != seen && current != chosen && !sync::planted(sync::Defect::resolution_blind)) {
    // The row moved since the person looked: the conflict stays open, and the choice joins it as one more side (the
    // update that follows in this mutation meets it and adds it). Not every unit asks a person: tags that were added
    // meanwhile may hold the chosen ones already, and then the author must still hear that nothing was closed.
    edit.exact = false;
    return {};
  }
  Row closed = conflict;
  std::vector<std::size_t> written;
  const auto write = [&](std::string_view column, Value value) {
    set(t, closed, column, std::move(value));
    written.push_back(schema::column(t, column));
  };
  write("state", std::string("closed"));
  const sync::Change* resolution = conflict_op.find("resolution");
  write("resolution", resolution == nullptr ? Value{std::string("other")} : resolution->after);
  write("resolved_by", edit.author.staff_id);
  write("resolved_at", edit.happened_at);
  update_row(db_, t, closed, written);
  remember(edit, t, conflict_id, "state", scope, "taken", "", unit_json(*target, columns, chosen));
  mark(edit, t, conflict_id, scope, false, false);
  return {};
}

std::string Ledger::check_references(Edit& edit, const Table& t, const Row& row,
                                     const std::vector<std::size_t>& columns) {
  // The office's own rows hang on no case: they may point to rows of any.
  const std::size_t none = t.columns.size();
  const std::size_t own_case = t.way == Way::office ? none : schema::find_column(t, "case_id").value_or(none);
  for (const std::size_t i : columns) {
    const Column& column = t.columns[i];
    const Id* id = std::get_if<Id>(&row[i]);
    if (column.references.empty() || id == nullptr || is_stamp(i)) continue;
    if (i == own_case) continue;  // asked already, as the row's scope
    const Table* parent = schema::find_table(column.references);
    if (parent == nullptr) continue;  // an engine table: the database's own reference answers
    if (own_case != none && parent->way == Way::by_case && schema::find_column(*parent, "case_id")) {
      const auto parent_row = load_row(db_, *parent, *id);
      if (!parent_row) return why_missing(edit, *id);
      // A row of another case is nothing that this case's holder may point to, nor learn of.
      if (value_of(*parent, *parent_row, "case_id") == row[own_case]) continue;
      if (standing_of(edit, *parent, scope_of(*parent, *parent_row)) != Standing::holder)
        return why_not_his(edit, *parent, *id);
      return std::string(reason::not_permitted);
    } else if (!row_exists(db_, *parent, *id)) {
      return why_missing(edit, *id);
    }
  }
  return {};
}

std::string Ledger::why_missing(const Edit& edit, const Id& row) const {
  const auto refused = sql::number(db_, "SELECT 1 FROM refused_row WHERE device_id = ?1 AND row_id = ?2",
                                   edit.author.device_id, row);
  return std::string(refused ? reason::depends_on_refused : reason::unknown_row);
}

// Forbidden looks like absent: only an author whose feed remembers the row is told that it is another's now.
std::string Ledger::why_not_his(const Edit& edit, const Table& t, const Id& row) const {
  const auto was_his =
      sql::number(db_, "SELECT 1 FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND row_id = ?3",
                  edit.author.staff_id, t.number, row);
  return was_his ? std::string(reason::not_holder) : why_missing(edit, row);
}

// Who the author is to the row. People of the office stand above the question; common rows are everybody's to see,
// and their columns say who writes them.
Ledger::Standing Ledger::standing_of(const Edit& edit, const Table& t, const Scope& scope) {
  if (!edit.by_agent() || t.way == Way::common || sync::planted(sync::Defect::anyone_may_write))
    return Standing::holder;
  if (holds(db_, edit.author.staff_id, scope)) return holder_standing(edit, scope);
  if (sync::planted(sync::Defect::late_refused)) return Standing::stranger;
  bool held_once = false;
  const std::int64_t seen = std::max(edit.mutation.seen.cursor, edit.author.seen_floor);
  const bool other_epoch = edit.mutation.seen.epoch != epoch();
  for (const Id& case_id : cases_in(db_, scope)) {
    sql::Query q(
        db_,
        "SELECT drop_seq FROM assignment WHERE case_id = ?1 AND staff_id = ?2 AND valid_to IS NOT NULL"
        " AND (drop_seq IS NULL OR drop_seq > 0)",
        case_id, edit.author.staff_id);
    while (q.next()) {
      held_once = true;
      // A drop without a number is of this very commit: he could not know.
      if (q.is_null(0) || q.integer(0) > seen) return Standing::late;
    }
  }
  if (scope.debtor_id) {
    // A debtor also leaves without an assignment ending: when his last case here is given another debtor.
    const int debtors = schema::table("debtor").number;
    if (marks_.leaves(edit.author.staff_id, debtors, *scope.debtor_id)) return Standing::late;
    const auto left = sql::number(
        db_, "SELECT seq FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND row_id = ?3 AND gone = 1",
        edit.author.staff_id, debtors, *scope.debtor_id);
    if (left && *left > seen) return Standing::late;
    held_once = held_once || left.has_value();
  }
  return held_once && other_epoch ? Standing::late : Standing::stranger;
}

// CONFLICT: an edit of a case whose processing has been restricted (GDPR art. 18).
// RESOLUTION: who could not know reports what happened: it is kept as late work is. Who knew is refused.
Ledger::Standing Ledger::holder_standing(const Edit& edit, const Scope& scope) const {
  const std::vector<Id> cases = restricted_cases(db_, scope, edit.author.staff_id);
  if (cases.empty()) return Standing::holder;
  if (edit.mutation.seen.epoch != epoch()) return Standing::late;
  const std::int64_t seen = std::max(edit.mutation.seen.cursor, edit.author.seen_floor);
  const int case_files = schema::table("case_file").number;
  for (const Id& case_id : cases) {
    if (marks_.changes(edit.author.staff_id, case_files, case_id)) return Standing::late;
    const auto told =
        sql::number(db_, "SELECT seq FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND row_id = ?3",
                    edit.author.staff_id, case_files, case_id);
    if (!told || *told > seen) return Standing::late;
  }
  return Standing::restricted;
}

// ---- conflicts -------------------------------------------------------------------------------------------------

void Ledger::open_conflict(Edit& edit, const Table& t, const Id& row, const Scope& scope,
                           const sync::UnitEdit& unit, std::string_view kind) {
  const std::string mine = unit_json(t, unit.columns, unit.mine);
  const auto open = sql::id(db_,
                            "SELECT id FROM conflict WHERE row_id = ?1 AND unit = ?2 AND state = 'open' AND "
                            "kind = ?3 ORDER BY id LIMIT 1",
                            row, unit.unit->name, kind);
  if (open) {
    edit.conflicts.push_back(*open);
    // The same device again: its value is the newer one.
    auto own = sql::id(db_,
                       "SELECT id FROM conflict_side WHERE conflict_id = ?1 AND side = 'proposed' AND "
                       "author_device_id = ?2 AND author_id = ?3",
                       *open, edit.author.device_id, edit.author.staff_id);
    if (sync::planted(sync::Defect::conflict_overwritten))
      own = sql::id(db_, "SELECT id FROM conflict_side WHERE conflict_id = ?1 AND side = 'proposed'", *open);
    if (!own)
      return add_side(edit, *open, scope, "proposed", mine, edit.author.staff_id, edit.happened_at,
                      edit.author.device_id);
    sql::run(db_, "UPDATE conflict_side SET content = ?2, edited_at = ?3 WHERE id = ?1", *own, mine,
             edit.happened_at);
    return mark(edit, schema::table("conflict_side"), *own, scope, false, false);
  }
  const Id id = random_.row_id(now());
  Row conflict(conflict_table().columns.size());
  for (std::size_t i = 0; i < conflict.size(); ++i)
    conflict[i] = schema::initial_value(conflict_table().columns[i]);
  conflict[0] = id;
  conflict[1] = edit.happened_at;
  conflict[2] = edit.author.staff_id;
  conflict[3] = edit.author.device_id;
  if (scope.case_id) set(conflict_table(), conflict, "case_id", *scope.case_id);
  if (scope.debtor_id) set(conflict_table(), conflict, "debtor_id", *scope.debtor_id);
  set(conflict_table(), conflict, "kind", std::string(kind));
  set(conflict_table(), conflict, "table_name", std::string(t.name));
  set(conflict_table(), conflict, "row_id", row);
  set(conflict_table(), conflict, "unit", std::string(unit.unit->name));
  write_own_row(edit, conflict_table(), conflict, scope);
  edit.conflicts.push_back(id);

  const auto loaded = load_row(db_, t, row);
  RELANCE_ASSERT(loaded.has_value());
  const sync::EditStamp held = stamp_of(t, *loaded, unit.unit->name);
  const auto holder =
      sql::id(db_, "SELECT staff_id FROM history WHERE row_id = ?1 AND device_id = ?2 AND n = ?3 LIMIT 1",
              row, held.device, held.n);
  add_side(edit, id, scope, "current", unit_json(t, unit.columns, unit.current),
           holder.value_or(std::get<Id>((*loaded)[2])), held.at, held.device);
  add_side(edit, id, scope, "proposed", mine, edit.author.staff_id, edit.happened_at, edit.author.device_id);
}

void Ledger::add_side(Edit& edit, const Id& conflict, const Scope& scope, std::string_view side,
                      const std::string& content, const Id& author, Ms at, const Id& device) {
  const Table& t = schema::table("conflict_side");
  Row row(t.columns.size());
  row[0] = random_.row_id(now());
  row[1] = edit.happened_at;
  row[2] = edit.author.staff_id;
  row[3] = edit.author.device_id;
  set(t, row, "conflict_id", conflict);
  if (scope.case_id) set(t, row, "case_id", *scope.case_id);
  if (scope.debtor_id) set(t, row, "debtor_id", *scope.debtor_id);
  set(t, row, "side", std::string(side));
  set(t, row, "content", content);
  set(t, row, "author_id", author);
  set(t, row, "edited_at", at);
  set(t, row, "author_device_id", device);
  write_own_row(edit, t, row, scope);
}

void Ledger::write_own_row(Edit& edit, const Table& t, const Row& row, const Scope& scope) {
  insert_row(db_, t, row);
  mark(edit, t, std::get<Id>(row.front()), scope, false, true);
}

// ---- history ---------------------------------------------------------------------------------------------------

sync::EditStamp Ledger::stamp_of(const Table& t, const Row& row, std::string_view unit) {
  static_cast<void>(t);
  sql::Query q(db_,
               "SELECT happened_at, device_id, n FROM history WHERE row_id = ?1 AND unit = ?2 AND verdict IN "
               "('taken', 'joined')"
               " ORDER BY happened_at DESC, device_id DESC, n DESC LIMIT 1",
               std::get<Id>(row.front()), unit);
  if (q.next()) return {q.integer(0), q.id(1), q.integer(2)};
  return {std::get<std::int64_t>(row[1]), std::get<Id>(row[3]), 0};
}

void Ledger::remember(Edit& edit, const Table& t, const Id& row, std::string_view unit, const Scope& scope,
                      std::string_view verdict, const std::string& before, const std::string& after) {
  concern(scope);
  sql::run(db_,
           "INSERT INTO history (row_id, device_id, n, position, table_no, unit, case_id, debtor_id, "
           "staff_id, happened_at, verdict, before, after)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
           row, edit.author.device_id, edit.mutation.n, edit.position++, t.number, unit, scope.case_id,
           scope.debtor_id, edit.author.staff_id, edit.happened_at, verdict,
           before.empty() ? std::optional<std::string>() : before,
           after.empty() ? std::optional<std::string>() : after);
}

// ---- feeds -----------------------------------------------------------------------------------------------------

void Ledger::mark(Edit& edit, const Table& t, const Id& row, const Scope& scope, bool exact, bool inserted) {
  if (t.way == Way::office) return;
  if (t.way == Way::common) return marks_.changed(kCommonFeed, t.number, row, std::nullopt);
  if (edit.moves_holders || !edit.held || !(edit.held->first == scope))
    edit.held.emplace(scope, holders_of(db_, scope));
  for (const Id& holder : edit.held->second) {
    std::optional<FeedMarks::Known> known;
    if (exact && holder == edit.author.staff_id)
      known = FeedMarks::Known{edit.author.device_id, edit.author.feed_cursor, inserted};
    marks_.changed(holder, t.number, row, known);
  }
}

void Ledger::follow_assignment(Edit& edit, const Row& before, const Row& after) {
  static_cast<void>(edit);
  const Table& t = schema::table("assignment");
  const Id staff = *id_of(t, after, "staff_id");
  const Id case_id = *id_of(t, after, "case_id");
  const bool was_held = !before.empty() && is_null(value_of(t, before, "valid_to"));
  const bool is_held = is_null(value_of(t, after, "valid_to"));
  if (!was_held && is_held) {
    // Given back on the same row: the next drop has a number of its own.
    sql::run(db_, "UPDATE assignment SET drop_seq = NULL WHERE id = ?1", std::get<Id>(after.front()));
    enter_case(staff, case_id);
  }
  // Over before it was written: he never held it by this, so it makes nothing of his late.
  if (before.empty() && !is_held)
    sql::run(db_, "UPDATE assignment SET drop_seq = 0 WHERE id = ?1", std::get<Id>(after.front()));
  if (was_held && !is_held && !holds(db_, staff, {.case_id = case_id, .debtor_id = std::nullopt}))
    leave_case(staff, case_id);
}

void Ledger::enter_case(const Id& staff_id, const Id& case_id) {
  if (sync::planted(sync::Defect::new_case_unfed)) return;
  for (const RowName& row : rows_of_case(db_, case_id))
    marks_.changed(staff_id, row.table->number, row.id, std::nullopt);
  if (const auto debtor = sql::id(db_, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id))
    for (const RowName& row : rows_of_debtor(db_, *debtor))
      marks_.changed(staff_id, row.table->number, row.id, std::nullopt);
}

void Ledger::leave_case(const Id& staff_id, const Id& case_id) {
  if (sync::planted(sync::Defect::lose_drop)) return;
  for (const RowName& row : rows_of_case(db_, case_id)) marks_.gone(staff_id, row.table->number, row.id);
  const auto debtor = sql::id(db_, "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
  if (sync::planted(sync::Defect::debtor_stays)) return;
  // A debtor with two files leaves with the last of this agent's.
  if (!debtor || (!sync::planted(sync::Defect::debtor_leaves_early) &&
                  holds(db_, staff_id, {.case_id = std::nullopt, .debtor_id = debtor})))
    return;
  for (const RowName& row : rows_of_debtor(db_, *debtor)) marks_.gone(staff_id, row.table->number, row.id);
}

void Ledger::follow_debtor(const Row& before, const Row& after) {
  const Table& t = schema::table("case_file");
  const auto old_debtor = id_of(t, before, "debtor_id");
  const auto new_debtor = id_of(t, after, "debtor_id");
  if (!old_debtor || !new_debtor || *old_debtor == *new_debtor) return;
  for (const Id& holder :
       holders_of(db_, {.case_id = std::get<Id>(after.front()), .debtor_id = std::nullopt})) {
    for (const RowName& row : rows_of_debtor(db_, *new_debtor))
      marks_.changed(holder, row.table->number, row.id, std::nullopt);
    if (holds(db_, holder, {.case_id = std::nullopt, .debtor_id = old_debtor})) continue;
    for (const RowName& row : rows_of_debtor(db_, *old_debtor))
      marks_.gone(holder, row.table->number, row.id);
  }
}

}  // namespace relance::server
