#include "client/replica.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "client/audit_witness.h"
#include "host/compress.h"
#include "host/dated_rules.h"
#include "host/digest.h"
#include "host/failure.h"
#include "host/local_day.h"
#include "host/restriction.h"
#include "rules/court_deadlines.h"
#include "schema/ddl.h"
#include "schema/tables.h"
#include "schema/version.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/planted.h"

namespace relance::client {
namespace {

using schema::Column;
using schema::Table;
using schema::Way;
using sync::Op;
using sync::OpKind;
namespace reason = sync::reason;

// The replica's own SQL of each table: the served columns of its version only.
struct TableSql {
  std::vector<std::size_t> columns;
  std::string load, store, remove;
};

TableSql sql_from(const Table& t, int version) {
  TableSql out;
  std::string names, places, sets;
  for (std::size_t i = 0; i < t.columns.size(); ++i) {
    if (!schema::is_served(t.columns[i], version)) continue;
    out.columns.push_back(i);
    const std::string name{t.columns[i].name};
    names += (names.empty() ? "" : ", ") + name;
    places += (places.empty() ? "?" : ", ?") + std::to_string(out.columns.size());
    if (i > 0) sets += (sets.empty() ? "" : ", ") + name + " = excluded." + name;
  }
  const std::string table{t.name};
  out.load = "SELECT " + names + " FROM " + table + " WHERE id = ?1";
  out.store = "INSERT INTO " + table + " (" + names + ") VALUES (" + places +
              ") ON CONFLICT (id) DO UPDATE SET " + sets;
  out.remove = "DELETE FROM " + table + " WHERE id = ?1";
  return out;
}

const TableSql& sql_of(const Table& t, int version) {
  static const auto all = [] {
    std::array<std::vector<TableSql>, schema::kVersion + 1> out;
    for (int v = 1; v <= schema::kVersion; ++v) {
      std::vector<TableSql>& of_version = out[static_cast<std::size_t>(v)];
      of_version.resize(200);
      for (const Table& each : schema::business_tables())
        of_version[static_cast<std::size_t>(each.number)] = sql_from(each, v);
    }
    return out;
  }();
  return all[static_cast<std::size_t>(version)][static_cast<std::size_t>(t.number)];
}

// What a shadow holds: the columns of one version, so that a program of that version reads it too.
std::string write_shadow(const Table& t, const Row& row, int version) {
  std::string out;
  for (std::size_t i = 0; i < row.size(); ++i)
    if (t.columns[i].since <= version) sync::append_canonical(out, row[i]);
  return out;
}

std::optional<Row> read_shadow(const Table& t, std::string_view bytes, int version) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < t.columns.size(); ++i)
    if (t.columns[i].since <= version) columns.push_back(i);
  auto kept = sync::read_canonical_row(bytes, columns.size());
  if (!kept || columns.size() == t.columns.size()) return kept;
  Row row(t.columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) row[columns[i]] = std::move((*kept)[i]);
  return row;
}

int version_of(sql::Connection& db) {
  const std::string text = sql::get_meta(db, "schema").value_or("");
  int version = 0;
  std::from_chars(text.data(), text.data() + text.size(), version);
  if (version < 1)
    throw Failure(Code::corrupt, "The replica does not say of which version it is; enrol this device again.");
  if (version > schema::kVersion)
    throw Failure(Code::upgrade_required, "A newer program has upgraded this replica; use that one.");
  return version;
}

void upgrade_shadows(sql::Connection& db, int from, int to) {
  struct Shadow {
    std::int64_t table_no;
    Id row;
    std::string content;
  };
  std::vector<Shadow> upgraded;
  {
    sql::Query q(db, "SELECT table_no, row_id, content FROM shadow WHERE content IS NOT NULL");
    while (q.next()) {
      const Table* t = schema::find_table(static_cast<int>(q.integer(0)));
      auto row = t == nullptr ? std::nullopt : read_shadow(*t, q.view(2), from);
      if (!row) throw Failure(Code::corrupt, "A kept row cannot be read; run `relance verify`.");
      for (std::size_t i = 0; i < row->size(); ++i)
        if (t->columns[i].since > from) (*row)[i] = schema::initial_value(t->columns[i]);
      upgraded.push_back({q.integer(0), q.id(1), write_shadow(*t, *row, to)});
    }
  }
  for (const Shadow& one : upgraded)
    sql::run(db, "UPDATE shadow SET content = ?3 WHERE table_no = ?1 AND row_id = ?2", one.table_no, one.row,
             Bytes{one.content});
}

// From the first row on, over what is here. Where nothing whole was here yet, rows of the pages so far go: nobody has
// been shown them, and a first reading sweeps nothing at its end.
void begin_bootstrap(sql::Connection& db) {
  sql::run(db, "DELETE FROM staged_page");
  sql::set_meta(db, "bootstrap", "0");
  if (sql::get_meta(db, "first_bootstrap") == "1") {
    const int version = version_of(db);
    for (const Table& t : schema::business_tables())
      if (schema::is_served(t, version)) sql::run(db, "DELETE FROM " + std::string(t.name));
    sql::run(db, "DELETE FROM shadow");
    sql::set_meta(db, "cursor_agent", "0");
    sql::set_meta(db, "cursor_common", "0");
    return;
  }
  sql::set_meta(db, "staging", "1");
  sql::set_meta(db, "staged_agent", "0");
  sql::set_meta(db, "staged_common", "0");
}

// As if none of the pages since the last complete answer had come.
void forget_staged_pages(sql::Connection& db) {
  if (!sql::get_meta(db, "bootstrap").value_or("").empty()) return begin_bootstrap(db);
  sql::run(db, "DELETE FROM staged_page");
  sql::set_meta(db, "staging", "");
}

const char* const kStandingNames[] = {"ready",     "bootstrapping", "locked",    "expired",
                                      "suspended", "wiped",         "clock_back"};

// Rows of the outbox whose effect the server has not confirmed in this epoch.
constexpr std::string_view kUnsettled =
    "SELECT n, happened_at, ops FROM outbox WHERE status = 'pending' OR resend = 1 ORDER BY n";

std::vector<Op> ops_from(std::string_view text) {
  auto ops = sync::decode_ops(text);
  if (!ops)
    throw Failure(Code::corrupt,
                  "An edit in the outbox cannot be read; run `relance verify` and tell the office.");
  return std::move(*ops);
}

std::optional<Id> case_of(const Table& t, const Row& row) {
  if (t.way == Way::root) return std::get<Id>(row.front());
  const auto column = schema::find_column(t, "case_id");
  const Id* id = column ? std::get_if<Id>(&row[*column]) : nullptr;
  return id == nullptr ? std::nullopt : std::optional<Id>(*id);
}

// An exchange is given up after this long (TransportOptions); a clock by which one took longer has slept on the answer,
// or was set meanwhile.
constexpr Ms kRoundTripMaxMs = 10 * 60 * 1000;

// By how much the office's clock is ahead of this machine's. Such an exchange says nothing of it, and the answer's
// `now` may be days old: what was known stays.
Ms offset_by(const sync::Answer& answer, Ms round_trip_ms, Ms now, Ms known) {
  if (round_trip_ms > kRoundTripMaxMs) return known;
  return answer.head.now + round_trip_ms / 2 - now;
}

}  // namespace

std::string_view name_of(Standing standing) { return kStandingNames[static_cast<std::size_t>(standing)]; }

void TakenIn::add(const TakenIn& o) {
  applied += o.applied;
  merged += o.merged;
  conflicts += o.conflicts;
  refused += o.refused;
  quarantined += o.quarantined;
  erased += o.erased;
  received += o.received;
  dropped += o.dropped;
  const auto join = [](std::vector<CaseName>& to, const std::vector<CaseName>& from) {
    for (const CaseName& name : from)
      if (std::none_of(to.begin(), to.end(), [&](const CaseName& one) { return one.id == name.id; }))
        to.push_back(name);
  };
  join(came, o.came);
  join(left, o.left);
  join(changed_under, o.changed_under);
}

// ---- small facts ---------------------------------------------------------------------------------------------

Replica::Replica(sql::Connection& db, const Clock& clock, Random& random, PushLimits limits)
    : db_(db), clock_(clock), random_(random), limits_(limits), version_(version_of(db)) {}

std::string Replica::meta(std::string_view name) const { return sql::get_meta(db_, name).value_or(""); }

std::int64_t Replica::meta_number(std::string_view name) const {
  const std::string text = meta(name);
  std::int64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

void Replica::put(std::string_view name, std::string_view content) { sql::set_meta(db_, name, content); }
void Replica::put(std::string_view name, std::int64_t number) { put(name, std::to_string(number)); }

void Replica::create(sql::Connection& db, const Identity& identity, Ms now) {
  create(db, identity, now, schema::kVersion);
}

void Replica::create(sql::Connection& db, const Identity& identity, Ms now, int version) {
  sql::Transaction transaction(db, sql::Access::write);
  for (const std::string& statement : schema::create_statements(schema::Side::client, db.dialect(), version))
    db.execute(statement);
  sql::set_meta(db, "schema", std::to_string(version));
  set_identity(db, identity, now);
  transaction.commit();
}

void Replica::set_identity(sql::Connection& db, const Identity& identity, Ms now) {
  sql::set_meta(db, "device_id", identity.device_id.text());
  sql::set_meta(db, "staff_id", identity.staff_id.text());
  sql::set_meta(db, "role", std::string(schema::name_of(identity.role)));
  sql::set_meta(db, "epoch", identity.epoch.text());
  sql::set_meta(db, "shown_epoch", identity.epoch.text());
  sql::set_meta(db, "bootstrap", "0");        // reading anew, from the first page
  sql::set_meta(db, "first_bootstrap", "1");  // and nothing was here before
  sql::set_meta(db, "lease_until", std::to_string(now + sync::kLeaseMs));
}

bool Replica::is_older(sql::Connection& db) { return version_of(db) < schema::kVersion; }

bool Replica::upgrade(sql::Connection& db) { return upgrade(db, schema::kVersion); }

bool Replica::upgrade(sql::Connection& db, int version) {
  sql::Transaction transaction(db, sql::Access::write);
  const int from = version_of(db);  // in the transaction: another process may have been faster
  if (from >= version) return false;
  for (const std::string& statement :
       schema::upgrade_statements(schema::Side::client, db.dialect(), from, version))
    db.execute(statement);
  upgrade_shadows(db, from, version);
  // Until the server has said what stands in the new columns, edits speak of the old ones only (prepare_update).
  if (sql::get_meta(db, "read_schema").value_or("").empty())
    sql::set_meta(db, "read_schema", std::to_string(from));
  sql::set_meta(db, "schema", std::to_string(version));
  begin_bootstrap(db);
  transaction.commit();
  return true;
}

Identity Replica::identity() const {
  const auto device = Id::parse(meta("device_id")), staff = Id::parse(meta("staff_id")),
             epoch = Id::parse(meta("epoch"));
  if (!device || !staff || !epoch)
    throw Failure(Code::corrupt, "The replica does not say whose it is; enrol this device again.");
  schema::Writers role = schema::nobody;
  for (const schema::Writers one : {schema::agent, schema::clerk, schema::office, schema::dpo})
    if (schema::name_of(one) == meta("role")) role = one;
  return {.device_id = *device, .staff_id = *staff, .role = role, .epoch = *epoch};
}

Ms Replica::corrected_now() const { return clock_.now() + meta_number("clock_offset"); }

std::string Replica::today() const { return local_day(corrected_now()); }

Standing Replica::standing() const {
  const std::string kept = meta("standing");
  if (kept == "suspended") return Standing::suspended;
  if (kept == "wiped") return Standing::wiped;
  // A clock set back does not lengthen a lease: time is at least what the server last said.
  const Ms told = meta_number("server_now");
  const Ms now = std::max(corrected_now(), told);
  const Ms lease = meta_number("lease_until");
  if (now > lease)
    return now > lease + span("grace_days", now, sync::kGraceMs) ? Standing::expired : Standing::locked;
  if (corrected_now() < told - sync::kClockBackMs) return Standing::clock_back;
  return meta("first_bootstrap") == "1" ? Standing::bootstrapping : Standing::ready;
}

// The office's policy as far as this replica has read it.
Ms Replica::span(std::string_view rule, Ms now, Ms otherwise) const {
  if (schema::table("dated_rule").since > version_) return otherwise;
  return dated_span(db_, rule, local_day(now), otherwise);
}

ReplicaFacts Replica::facts() const {
  const auto count = [&](std::string_view text) { return sql::number(db_, text).value_or(0); };
  const Standing stands = standing();
  const Ms now = corrected_now();
  return {
      .standing = stands,
      .pending = count("SELECT count(*) FROM outbox WHERE status = 'pending' OR resend = 1"),
      .conflicts = count("SELECT count(*) FROM conflict WHERE state = 'open'"),
      .refused = count("SELECT count(*) FROM outbox WHERE status = 'refused' AND reason <> 'late_update'"),
      .cases = count("SELECT count(*) FROM case_file"),
      .orphans = count("SELECT count(*) FROM orphan"),
      .restricted = count_restricted(db_),
      .last_sync_at = meta_number("last_sync_at"),
      .lease_until = meta_number("lease_until"),
      .lease_ends_soon = stands == Standing::ready &&
                         now > meta_number("lease_until") - span("lease_warn_days", now, sync::kLeaseWarnMs)};
}

void Replica::set_standing(Standing standing) {
  sql::Transaction transaction(db_, sql::Access::write);
  put("standing", standing == Standing::ready ? std::string_view{} : name_of(standing));
  transaction.commit();
}

std::optional<Id> Replica::resume_token() const { return Id::parse(meta("resume")); }

sync::Seen Replica::seen() const {
  // Of the state that is shown: a new epoch is entered before its state has arrived.
  auto epoch = Id::parse(meta(sync::planted(sync::Defect::seen_too_early) ? "epoch" : "shown_epoch"));
  if (!epoch) epoch = Id::parse(meta("epoch"));  // a replica of before this was told apart
  return {epoch.value_or(Id{}), meta_number("cursor_agent")};
}

std::optional<Row> Replica::row(const Table& t, const Id& id) const {
  const TableSql& text = sql_of(t, version_);
  if (t.since > version_) return std::nullopt;
  sql::Query q(db_, text.load, id);
  if (!q.next()) return std::nullopt;
  Row row(t.columns.size());
  for (std::size_t i = 0; i < text.columns.size(); ++i) row[text.columns[i]] = q.value(static_cast<int>(i));
  return row;
}

void Replica::store_row(const Table& t, const Row& row) {
  const TableSql& text = sql_of(t, version_);
  sql::Query q(db_, text.store);
  for (std::size_t i = 0; i < text.columns.size(); ++i) q.bind(static_cast<int>(i) + 1, row[text.columns[i]]);
  q.next();
}

void Replica::remove_row(const Table& t, const Id& id) { sql::run(db_, sql_of(t, version_).remove, id); }

std::optional<CaseName> Replica::case_name(const Id& case_id) const {
  const auto number = sql::text(db_, "SELECT number FROM case_file WHERE id = ?1", case_id);
  if (!number) return std::nullopt;
  return CaseName{case_id, *number};
}

// ---- editing -------------------------------------------------------------------------------------------------

// A newer program may have upgraded the replica while this one had it open.
void Replica::require_own_version() const {
  if (meta_number("schema") == version_) return;
  throw Failure(Code::upgrade_required, "A newer program has upgraded this replica; use that one.");
}

void Replica::require_usable() const {
  require_own_version();
  switch (standing()) {
    case Standing::ready: return;
    case Standing::bootstrapping:
      throw Failure(Code::busy,
                    "This replica is still reading its cases; run `relance sync` until it is complete.");
    case Standing::locked:
    case Standing::expired:
      throw Failure(Code::locked,
                    "This replica has been without contact for too long and is locked; run `relance sync` to "
                    "unlock it.");
    case Standing::clock_back:
      throw Failure(
          Code::locked,
          "This machine's clock is behind the last contact with the office: set it right, and run `relance "
          "sync` to unlock the replica.");
    case Standing::suspended: throw Failure(Code::suspended, std::string(facts_of(Code::suspended).sentence));
    case Standing::wiped: throw Failure(Code::wiped, std::string(facts_of(Code::wiped).sentence));
  }
}

namespace {

// What law wants of a row here, as the office asks it of every edit (server/row_law.h).
bool closes_without_result(const Table& t, const std::optional<Row>& before, const Op& op) {
  if (t.name != "task") return false;
  const auto lacks = [&](bool is_after) {
    const auto cell = [&](std::string_view name) -> Value {
      const std::size_t column = schema::column(t, name);
      if (const sync::Change* change = is_after ? op.find(column) : nullptr) return change->after;
      return before ? (*before)[column] : schema::initial_value(t.columns[column]);
    };
    const auto text = [&](std::string_view name) {
      const Value value = cell(name);
      const auto* word = std::get_if<std::string>(&value);
      return word == nullptr ? std::string() : *word;
    };
    const Value set{std::int64_t{1}};
    return lacks_result(cell("legal") == set, text("state"), cell("withdrawn") == set, text("result"));
  };
  return lacks(true) && !(before && lacks(false));
}

}  // namespace

std::optional<EditRefusal> Replica::prepare_insert(Op& op) const {
  const Table& t = *op.table;
  const schema::Writers role = identity().role;
  const auto refuse = [&](std::string_view code, std::string_view column) {
    return EditRefusal{std::string(code),
                       std::string(t.name) + (column.empty() ? "" : "." + std::string(column))};
  };
  if (!schema::may_write(role, t.inserters)) return refuse(reason::not_permitted, "");
  if (row(t, op.row)) return refuse(reason::id_taken, "id");
  for (const sync::Change& change : op.changes) {
    const Column& column = t.columns[change.column];
    if (change.column < schema::kStampColumns || column.since > version_ ||
        !schema::may_write(role, column.writers))
      return refuse(reason::not_permitted, column.name);
    if (!schema::why_not(column, change.after).empty()) return refuse(reason::bad_value, column.name);
  }
  for (std::size_t i = schema::kStampColumns; i < t.columns.size(); ++i) {
    const Column& column = t.columns[i];
    if (column.since > version_) continue;
    const sync::Change* given = op.find(i);
    if (given == nullptr && column.required && column.initial.empty())
      return refuse(reason::bad_value, column.name);
    const Id* parent = given == nullptr ? nullptr : std::get_if<Id>(&given->after);
    const Table* referenced = column.references.empty() ? nullptr : schema::find_table(column.references);
    if (parent != nullptr && referenced != nullptr && schema::is_served(*referenced, version_) &&
        !row(*referenced, *parent))
      return refuse(reason::unknown_row, column.name);
  }
  if (closes_without_result(t, std::nullopt, op)) return refuse("result_missing", "result");
  return std::nullopt;
}

std::optional<EditRefusal> Replica::prepare_update(Op& op) const {
  const Table& t = *op.table;
  const schema::Writers role = identity().role;
  const auto refuse = [&](std::string_view code, std::string_view column) {
    return EditRefusal{std::string(code),
                       std::string(t.name) + (column.empty() ? "" : "." + std::string(column))};
  };
  const auto current = row(t, op.row);
  if (!current) return refuse(reason::unknown_row, "");
  if (sql::number(db_, "SELECT 1 FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, op.row))
    return refuse(reason::unknown_row, "");
  std::vector<sync::Change> whole;
  for (sync::Change& change : op.changes) {
    const Column& column = t.columns[change.column];
    if (change.column < schema::kStampColumns || column.since > version_ ||
        column.merge == schema::Merge::fixed || !schema::may_write(role, column.writers))
      return refuse(reason::not_permitted, column.name);
    if (!schema::why_not(column, change.after).empty()) return refuse(reason::bad_value, column.name);
    change.before = (*current)[change.column];
  }
  if (closes_without_result(t, current, op)) return refuse("result_missing", "result");
  // An address moves together or not at all: the unit travels whole, as far as the server has told us what is in it.
  // A column that an upgrade has just added holds nobody's word yet, and must not overwrite the server's.
  const int known = shown_version();
  for (const schema::Unit& unit : schema::units(t)) {
    const bool touched = std::any_of(unit.columns.begin(), unit.columns.end(),
                                     [&](std::size_t c) { return op.find(c) != nullptr; });
    for (const std::size_t c : unit.columns) {
      if (!touched) continue;
      const sync::Change* given = op.find(c);
      const bool says_something = given != nullptr && given->after != given->before;
      if (!says_something && t.columns[c].since > known) continue;
      whole.push_back(given != nullptr ? *given : sync::Change{c, (*current)[c], (*current)[c]});
    }
  }
  op.changes = std::move(whole);
  return std::nullopt;
}

std::optional<EditRefusal> Replica::prepare(Op& op) const {
  if (!schema::is_served(*op.table, version_))
    return EditRefusal{std::string(reason::not_permitted), std::string(op.table->name)};
  auto refusal = op.kind == OpKind::insert ? prepare_insert(op) : prepare_update(op);
  if (!refusal && is_restricted(op))
    refusal = EditRefusal{std::string(reason::restricted), std::string(op.table->name)};
  return refusal;
}

// Does the row belong to a case on which nothing is done any more (GDPR art. 18)? Whoever lifts that is at the office.
bool Replica::is_restricted(const Op& op) const {
  const Table& t = *op.table;
  if (t.way == Way::root) return relance::is_restricted(db_, op.row, std::nullopt);
  if (t.way == Way::debtor) return relance::is_restricted(db_, std::nullopt, op.row);
  if (t.way != Way::by_case) return false;
  const auto current = row(t, op.row);
  const auto named = [&](std::string_view name) -> std::optional<Id> {
    const auto column = schema::find_column(t, name);
    if (!column) return std::nullopt;
    const sync::Change* given = op.kind == OpKind::insert ? op.find(*column) : nullptr;
    const Value* value = given != nullptr ? &given->after : current ? &(*current)[*column] : nullptr;
    const Id* id = value == nullptr ? nullptr : std::get_if<Id>(value);
    return id == nullptr ? std::nullopt : std::optional<Id>(*id);
  };
  return relance::is_restricted(db_, named("case_id"), named("debtor_id"));
}

int Replica::shown_version() const {
  const std::int64_t read = meta_number("read_schema");
  return read == 0 ? version_ : static_cast<int>(read);
}

void Replica::queue(std::int64_t n, const std::string& intent, const std::vector<Op>& ops) {
  sync::Mutation m{.n = n, .at = corrected_now(), .seen = seen(), .intent = intent, .ops = ops};
  const Digest hash = sha256(sync::canonical_bytes(m));
  for (const Op& op : ops) lay(op, m.at, true);
  sql::run(db_,
           "INSERT INTO outbox (n, status, intent, happened_at, seen_epoch, seen_cursor, ops, hash, resend)"
           " VALUES (?1, 'pending', ?2, ?3, ?4, ?5, ?6, ?7, 0)",
           n, intent, m.at, m.seen.epoch, m.seen.cursor, sync::encode_ops(ops),
           Bytes{std::string(bytes_of(hash))});
}

std::optional<EditRefusal> Replica::prepare_all(std::vector<Op>& ops) {
  if (ops.empty() || ops.size() > sync::kEditOpsMax)
    return EditRefusal{std::string(ops.empty() ? reason::bad_value : reason::too_large), "edit"};
  // Later operations of one edit may build on earlier ones: they are laid one by one to look, and rolled back.
  const sql::Savepoint look(db_);
  for (Op& op : ops) {
    if (auto refusal = prepare(op)) return refusal;
    lay(op, corrected_now(), false);
  }
  if (sync::encode_ops(ops).size() > sync::kEditBytesMax)
    return EditRefusal{std::string(reason::too_large), "edit"};
  return std::nullopt;
}

std::variant<std::int64_t, EditRefusal> Replica::edit(std::string intent, std::vector<Op> ops) {
  sql::Transaction transaction(db_, sql::Access::write);
  require_usable();
  if (auto refusal = prepare_all(ops)) return *refusal;
  const std::int64_t n = meta_number("last_n") + 1;
  queue(n, intent, ops);
  put("last_n", n);
  transaction.commit();
  return n;
}

// Puts every visible row back to confirmed + unsettled edits. For undo and amend; take() does the same
// around an answer.
void Replica::rebase() {
  restore_shadows();
  lay_pending();
}

namespace {

bool touches_same_row(const std::vector<Op>& a, const std::vector<Op>& b) {
  for (const Op& x : a)
    for (const Op& y : b) {
      if (x.row == y.row) return true;
      for (const sync::Change& change : y.changes)
        if (change.after == Value{x.row}) return true;  // y hangs on a row that x made
    }
  return false;
}

}  // namespace

std::optional<EditRefusal> Replica::undo(std::int64_t n) {
  sql::Transaction transaction(db_, sql::Access::write);
  require_usable();
  const auto text =
      sql::text(db_,
                sync::planted(sync::Defect::sent_edits_change)
                    ? "SELECT ops FROM outbox WHERE n = ?1 AND status = 'pending'"
                    : "SELECT ops FROM outbox WHERE n = ?1 AND status = 'pending' AND sent_at IS NULL",
                n);
  if (!text) return EditRefusal{"not_found", "outbox"};
  const std::vector<Op> ops = ops_from(*text);
  std::vector<std::int64_t> later;
  {
    sql::Query q(db_, "SELECT n, ops FROM outbox WHERE n > ?1 ORDER BY n", n);
    while (q.next()) {
      if (touches_same_row(ops, ops_from(q.view(1))))
        return EditRefusal{"refused", "outbox " + std::to_string(q.integer(0))};
      later.push_back(q.integer(0));
    }
  }
  sql::run(db_, "DELETE FROM outbox WHERE n = ?1", n);
  // Numbers have no gaps: those after it, never sent either, move up. Their hash speaks of their number.
  for (const std::int64_t old : later) {
    sync::Mutation m{.n = old - 1};
    std::string intent, ops_text;
    {
      sql::Query q(db_, "SELECT happened_at, seen_epoch, seen_cursor, intent, ops FROM outbox WHERE n = ?1",
                   old);
      RELANCE_ASSERT(q.next());
      m.at = q.integer(0);
      m.seen = {q.id(1), q.integer(2)};
      m.intent = q.text(3);
      m.ops = ops_from(q.view(4));
    }
    if (sync::planted(sync::Defect::undo_keeps_hash)) m.n = old;
    sql::run(db_, "UPDATE outbox SET n = ?2, hash = ?3 WHERE n = ?1", old, old - 1,
             Bytes{std::string(bytes_of(sha256(sync::canonical_bytes(m))))});
  }
  put("last_n", meta_number("last_n") - 1);
  rebase();
  transaction.commit();
  return std::nullopt;
}

std::optional<EditRefusal> Replica::amend(std::int64_t n, std::vector<Op> ops) {
  sql::Transaction transaction(db_, sql::Access::write);
  require_usable();
  std::string intent;
  std::vector<Op> old;
  {
    sql::Query q(db_,
                 "SELECT intent, ops FROM outbox WHERE n = ?1 AND status = 'pending' AND sent_at IS NULL", n);
    if (!q.next()) return EditRefusal{"not_found", "outbox"};
    intent = q.text(0);
    old = ops_from(q.view(1));
  }
  {
    sql::Query q(db_, "SELECT n, ops FROM outbox WHERE n > ?1 ORDER BY n", n);
    while (q.next())
      // The new operations as well: their old values are read from what is shown, and that holds the later edit.
      if (const auto later = ops_from(q.view(1));
          touches_same_row(old, later) || touches_same_row(ops, later) || touches_same_row(later, ops))
        return EditRefusal{"refused", "outbox " + std::to_string(q.integer(0))};
  }
  sql::run(db_, "DELETE FROM outbox WHERE n = ?1", n);
  rebase();
  if (auto refusal = prepare_all(ops)) return refusal;
  queue(n, intent, ops);
  rebase();
  transaction.commit();
  return std::nullopt;
}

std::variant<std::int64_t, EditRefusal> Replica::resend(std::int64_t n, std::vector<Op> ops) {
  sql::Transaction transaction(db_, sql::Access::write);
  require_usable();
  std::string intent;
  {
    sql::Query q(db_, "SELECT intent, ops FROM outbox WHERE n = ?1 AND status = 'refused'", n);
    if (!q.next()) return EditRefusal{"not_found", "refused"};
    intent = q.text(0);
    if (ops.empty()) ops = ops_from(q.view(1));
  }
  if (auto refusal = prepare_all(ops)) return *refusal;
  const std::int64_t next = meta_number("last_n") + 1;
  if (sync::planted(sync::Defect::kept_with_a_gap))
    return sql::number(db_, "SELECT min(n) FROM outbox").value_or(next);
  queue(next, intent, ops);
  put("last_n", next);
  sql::run(db_, "UPDATE outbox SET status = 'resent' WHERE n = ?1", n);
  transaction.commit();
  return next;
}

std::optional<EditRefusal> Replica::discard(std::int64_t n) {
  sql::Transaction transaction(db_, sql::Access::write);
  if (sql::run(db_, "UPDATE outbox SET status = 'discarded' WHERE n = ?1 AND status = 'refused'", n) == 0)
    return EditRefusal{"not_found", "refused"};
  transaction.commit();
  return std::nullopt;
}

// ---- shadows and rebase ----------------------------------------------------------------------------------------

void Replica::keep_shadow(const Table& t, const Id& id, const std::optional<Row>& row) {
  if (sync::planted(sync::Defect::drop_the_shadow) && row) return;
  sql::run(db_,
           "INSERT INTO shadow (table_no, row_id, content) VALUES (?1, ?2, ?3) ON CONFLICT (table_no, "
           "row_id) DO NOTHING",
           t.number, id, row ? std::optional<Bytes>(Bytes{write_shadow(t, *row, version_)}) : std::nullopt);
}

void Replica::restore_shadows() {
  {
    sql::Query q(db_, "SELECT table_no, row_id, content FROM shadow");
    while (q.next()) {
      const Table* t = schema::find_table(static_cast<int>(q.integer(0)));
      if (t == nullptr) continue;
      if (q.is_null(2)) {
        remove_row(*t, q.id(1));
        continue;
      }
      const auto row = read_shadow(*t, q.view(2), version_);
      if (!row) throw Failure(Code::corrupt, "A kept row cannot be read; run `relance verify`.");
      store_row(*t, *row);
    }
  }
  sql::run(db_, "DELETE FROM shadow");
}

// Lays one operation over the row as it is. What a server's rule will do with it is not guessed: mine shows until
// the server has spoken; only sets are joined, so that nobody's tag blinks.
void Replica::lay(const Op& op, Ms at, bool keeps_shadow) {
  const Table& t = *op.table;
  auto current = row(t, op.row);
  if (op.kind == OpKind::insert) {
    if (current) return;
    if (keeps_shadow) keep_shadow(t, op.row, std::nullopt);
    const Identity who = identity();
    Row made(t.columns.size());
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = schema::initial_value(t.columns[i]);
    made[0] = op.row;
    made[1] = at;
    made[2] = who.staff_id;
    made[3] = who.device_id;
    for (const sync::Change& change : op.changes) made[change.column] = change.after;
    return store_row(t, made);
  }
  if (!current) return;  // the case has left: the edit still travels, the row does not come back
  if (keeps_shadow) keep_shadow(t, op.row, current);
  for (const sync::UnitEdit& unit : sync::units_of(op, *current)) {
    std::vector<Value> value = unit.mine;
    if (unit.unit->merge == schema::Merge::members && unit.current != unit.base) {
      const sync::Merged merged = sync::merge_unit(
          unit, {}, [] { return sync::EditStamp{}; }, false);
      value = merged.value.empty() ? unit.current : merged.value;
    }
    for (std::size_t i = 0; i < value.size(); ++i) (*current)[unit.columns[i]] = value[i];
  }
  store_row(t, *current);
}

void Replica::lay_pending() {
  struct Pending {
    Ms at;
    std::vector<Op> ops;
  };
  std::vector<Pending> pending;
  {
    sql::Query q(db_, kUnsettled);
    while (q.next()) pending.push_back({q.integer(1), ops_from(q.view(2))});
  }
  for (const Pending& one : pending)
    for (const Op& op : one.ops) lay(op, one.at, true);
}

// ---- what is sent ----------------------------------------------------------------------------------------------

Replica::Outgoing Replica::next_request(std::optional<Id> nonce) {
  // While pages are staged, the next one follows them.
  const bool staged = meta("staging") == "1";
  const std::string agent = staged ? "staged_agent" : "cursor_agent";
  const std::string common = staged ? "staged_common" : "cursor_common";
  Outgoing out;
  std::string mutations;
  std::vector<std::int64_t> fresh;
  {
    sql::Query q(db_,
                 "SELECT n, happened_at, seen_epoch, seen_cursor, intent, ops, sent_at, status, reason, hash "
                 "FROM outbox"
                 " WHERE status = 'pending' OR resend = 1 ORDER BY n");
    std::size_t ops = 0;
    while (q.next()) {
      if (mutations.size() > limits_.bytes || ops > limits_.ops) {
        ++out.rest;
        continue;
      }
      sync::Mutation m{
          .n = q.integer(0), .at = q.integer(1), .seen = {q.id(2), q.integer(3)}, .intent = q.text(4)};
      const std::string_view status = q.view(7);
      // A refused edit, amended and sent under another number, must not run twice on a restored server.
      const bool was_refused = (status == "refused" || status == "discarded" || status == "resent") &&
                               !sync::planted(sync::Defect::refused_run_again);
      if ((was_refused && q.view(8) != reason::late_update) || status == "erased") {
        m.voided = status == "erased" ? "erased" : "refused";
        m.voided_hash = Bytes{q.text(9)};
      }
      sync::append_mutation(mutations, m, q.view(5));
      ops += 1 + static_cast<std::size_t>(std::count(q.view(5).begin(), q.view(5).end(), '['));
      out.sent.push_back(m.n);
      if (q.is_null(6)) fresh.push_back(m.n);
    }
  }
  if (!fresh.empty()) {
    // From here on it may be at the server: it never changes again.
    sql::Transaction transaction(db_, sql::Access::write);
    for (const std::int64_t n : fresh)
      sql::run(db_, "UPDATE outbox SET sent_at = ?2 WHERE n = ?1", n, corrected_now());
    transaction.commit();
  }
  out.resume = resume_token();
  sync::Request head{.protocol = sync::kProtocol,
                     .schema = version_,
                     .epoch = identity().epoch,
                     .resume = out.resume,
                     .nonce = nonce,
                     .cursor = {meta_number(agent), meta_number(common)}};
  const std::string bootstrap = meta("bootstrap");
  if (!bootstrap.empty()) head.bootstrap = meta_number("bootstrap");
  head.acked = meta_number("acked");
  head.oldest_kept = oldest_kept();
  head.whole = out.rest == 0 && !staged;
  head.pending = out.rest;
  head.two_machines = meta("two_machines") == "1";
  head.receipts = receipts();
  receipts_sent_.clear();
  for (const sync::ErasureReceipt& receipt : head.receipts) receipts_sent_.push_back(receipt.order);
  if (is_witness(version_)) add_witness(db_, head, !mutations.empty(), corrected_now());
  out.body = sync::encode_request(head, mutations);
  return out;
}

// Refused edits are kept until their author decides, and leave gaps behind them when those after are forgotten: what
// counts is the first of the edits that are kept without a gap up to the last that was made.
std::int64_t Replica::oldest_kept() const {
  const std::int64_t next = meta_number("last_n") + 1;
  if (sync::planted(sync::Defect::kept_with_a_gap))
    return sql::number(db_, "SELECT min(n) FROM outbox").value_or(next);
  if (!sql::number(db_, "SELECT 1 FROM outbox WHERE n = ?1", next - 1)) return next;
  return sql::number(
             db_,
             "SELECT n FROM outbox o WHERE NOT EXISTS (SELECT 1 FROM outbox b WHERE b.n = o.n - 1) ORDER BY "
             "n DESC LIMIT 1")
      .value_or(next);
}

bool Replica::wants_more() const {
  if (!meta("bootstrap").empty()) return true;
  return meta("staging") == "1" ||
         sql::number(db_, "SELECT count(*) FROM outbox WHERE status = 'pending' OR resend = 1").value_or(0) >
             0 ||
         !receipts().empty();
}

std::string Replica::rescue_body() const {
  std::string mutations;
  sql::Query q(db_,
               "SELECT n, happened_at, seen_epoch, seen_cursor, intent, ops FROM outbox WHERE status NOT IN "
               "('discarded', 'resent', 'erased') ORDER BY n");
  while (q.next()) {
    const sync::Mutation m{
        .n = q.integer(0), .at = q.integer(1), .seen = {q.id(2), q.integer(3)}, .intent = q.text(4)};
    sync::append_mutation(mutations, m, q.view(5));
  }
  std::string told;
  for (const sync::ErasureReceipt& receipt : receipts()) sync::append_receipt(told, receipt);
  // A restored server may never have heard of this device: it is told whose it is.
  return "{\"staff_id\":\"" + identity().staff_id.text() + "\",\"mutations\":[" + mutations +
         "],\"receipts\":[" + told + "]}";
}

void Replica::mark_quarantined() {
  sql::Transaction transaction(db_, sql::Access::write);
  put("quarantined",
      sql::number(db_, "SELECT count(*) FROM outbox WHERE status = 'pending' OR resend = 1").value_or(0));
  transaction.commit();
}

void Replica::start_bootstrap() {
  sql::Transaction transaction(db_, sql::Access::write);
  require_own_version();
  begin_bootstrap(db_);
  transaction.commit();
}

void Replica::read_pages_again() { forget_staged_pages(db_); }

void Replica::take_orders(const std::vector<sync::ErasureOrder>& orders) {
  if (orders.empty()) return;
  sql::Transaction transaction(db_, sql::Access::write);
  static_cast<void>(obey(orders));
  transaction.commit();
}

void Replica::enter_epoch(const Id& epoch, std::int64_t server_last_n, std::string_view server_last_hash) {
  // One commit: an epoch entered without reading anew would leave the rows of the epoch before for ever.
  sql::Transaction transaction(db_, sql::Access::write);
  require_own_version();
  const std::int64_t own = meta_number("last_n");
  const auto own_hash = sql::text(db_, "SELECT hash FROM outbox WHERE n = ?1", server_last_n);
  const bool other_content = own_hash && !server_last_hash.empty() && *own_hash != server_last_hash;
  if (server_last_n > own || other_content) put("two_machines", "1");
  put("epoch", epoch.text());
  put("resume", std::string_view{});
  put("acked", std::min(meta_number("acked"), server_last_n));
  put("restored", "1");
  // Again in order: everything after what the server knows, also what is kept before a gap.
  if (!sync::planted(sync::Defect::resend_forgotten))
    sql::run(db_, "UPDATE outbox SET resend = 1 WHERE n > ?1 AND status <> 'pending'", server_last_n);
  // What it knows, it may know otherwise: of a past in which the edit met other edits. Its fate is asked for.
  if (!sync::planted(sync::Defect::past_stands))
    sql::run(db_, "UPDATE outbox SET resend = 1 WHERE n <= ?1 AND status <> 'pending'", server_last_n);
  if (sync::planted(sync::Defect::epoch_in_two_commits)) return transaction.commit(), begin_bootstrap(db_);
  begin_bootstrap(db_);
  transaction.commit();
}

// ---- what is taken in ------------------------------------------------------------------------------------------

struct Replica::Taking {
  TakenIn result;
  std::set<std::pair<int, Id>> named;  // by a bootstrap: whatever it does not name goes
  std::set<std::pair<int, Id>> under;  // rows under edits that stay unsettled
  std::set<std::pair<int, Id>> made;   // those of them that such an edit inserts
  std::int64_t last_outcome = 0;
  bool bootstrap = false;
  bool first_bootstrap = false;
  bool lacks_confirmed = false;  // the server thinks that we know a row that is not here
};

void Replica::note_contact(const sync::Answer& answer, Ms round_trip_ms) {
  put("clock_offset", offset_by(answer, round_trip_ms, clock_.now(), meta_number("clock_offset")));
  put("server_now", answer.head.now);
  put("last_sync_at", answer.head.now);
  put("lease_until", answer.head.lease_until);
  if (answer.head.resume) put("resume", answer.head.resume->text());
}

TakenIn Replica::take(const sync::Answer& answer, std::string_view body, Ms round_trip_ms) {
  const bool complete = answer.head.remaining == 0;
  const bool bootstrap = !meta("bootstrap").empty();
  const bool first = meta("first_bootstrap") == "1";
  const Ms offset = offset_by(answer, round_trip_ms, clock_.now(), meta_number("clock_offset"));
  // Nothing to keep: an idle sync commits nothing here either, beyond a lease or this machine's clock that moved.
  if (complete && !answer.carries() && !bootstrap && !answer.head.resume && receipts_sent_.empty() &&
      answer.head.lease_until == meta_number("lease_until") && meta("standing").empty() &&
      meta("staging").empty() && std::abs(offset - meta_number("clock_offset")) < sync::kClockMovedMs &&
      answer.head.cursor == sync::Cursor{meta_number("cursor_agent"), meta_number("cursor_common")} &&
      !(is_witness(version_) && witness_learns(db_, answer.head)))
    return {};

  if (sync::planted(sync::Defect::cursor_first) && complete) {
    put("cursor_agent", answer.head.cursor.agent);
    put("cursor_common", answer.head.cursor.common);
  }
  sql::Transaction transaction(db_, sql::Access::write);
  require_own_version();
  put("standing", std::string_view{});
  note_contact(answer, round_trip_ms);
  if (is_witness(version_)) take_witness(db_, answer.head, identity().device_id);
  note_receipts_told(receipts_sent_, answer.head.erasures);
  // Orders come before anything else. Where staged pages went with them, this answer's page has nothing to follow.
  if (obey(answer.head.erasures)) {
    transaction.commit();
    return {};
  }
  if (!complete && !first && !sync::planted(sync::Defect::staged_pages_shown)) {
    const std::int64_t position = sql::number(db_, "SELECT max(position) FROM staged_page").value_or(0) + 1;
    sql::run(db_, "INSERT INTO staged_page (position, body) VALUES (?1, ?2)", position,
             Bytes{compress(body)});
    put("staging", "1");
    put("staged_agent", answer.head.cursor.agent);
    put("staged_common", answer.head.cursor.common);
    if (bootstrap && answer.head.head > 0) put("bootstrap", answer.head.head);
    transaction.commit();
    return {};
  }

  Taking taking;
  taking.bootstrap = bootstrap;
  taking.first_bootstrap = first;
  restore_shadows();
  {
    sql::Query staged(db_, "SELECT body FROM staged_page ORDER BY position");
    while (staged.next()) {
      const std::string text = expand(staged.view(0), sync::kExpandedBytesMax);
      const auto page = sync::Answer::decode(text);
      if (!page) throw Failure(Code::corrupt, "A staged answer cannot be read; run `relance sync` again.");
      if (!sync::planted(sync::Defect::staged_pages_lost)) take_page(taking, *page);
    }
  }
  take_page(taking, answer);
  if (complete && bootstrap && !first) sweep(taking);
  sql::run(db_, "DELETE FROM staged_page");
  if (!sync::planted(sync::Defect::rebase_forgotten)) lay_pending();
  put("cursor_agent", answer.head.cursor.agent);
  put("cursor_common", answer.head.cursor.common);
  if (taking.last_outcome > meta_number("acked")) put("acked", taking.last_outcome);
  if (first && !complete && answer.head.head > 0) put("bootstrap", answer.head.head);
  if (complete) {
    if (bootstrap) put("read_schema", std::string_view{});
    put("staging", std::string_view{});
    put("bootstrap", std::string_view{});
    put("first_bootstrap", std::string_view{});
    put("restored", std::string_view{});
    put("shown_epoch", answer.head.epoch.text());
  }
  forget_sent(answer.head.durable_through);
  if (taking.lacks_confirmed) begin_bootstrap(db_);
  transaction.commit();
  return taking.result;
}

void Replica::take_page(Taking& taking, const sync::Answer& answer) {
  for (const sync::Outcome& outcome : answer.head.outcomes) take_outcome(taking, outcome);
  {
    sql::Query q(db_, kUnsettled);
    while (q.next())
      for (const Op& op : ops_from(q.view(2))) {
        taking.under.insert({op.table->number, op.row});
        if (op.kind == OpKind::insert) taking.made.insert({op.table->number, op.row});
      }
  }
  for (const sync::RowBlock& block : answer.rows) {
    const bool whole =
        sync::Answer::for_each_row(block, [&](const Row& row) { take_row(taking, *block.table, row); });
    if (!whole)
      throw Failure(Code::protocol,
                    "The server sent a row that this program cannot read; nothing was changed. Update the "
                    "program or tell the office.");
  }
  for (const sync::RowNames& names : answer.confirmed)
    for (const Id& id : names.ids)
      if (!row(*names.table, id)) taking.lacks_confirmed = true;
  for (const sync::RowNames& names : answer.drops)
    for (const Id& id : names.ids) take_drop(taking, *names.table, id);
}

void Replica::take_outcome(Taking& taking, const sync::Outcome& outcome) {
  std::string ops_text;
  Ms at = 0;
  {
    sql::Query q(db_,
                 "SELECT ops, happened_at FROM outbox WHERE n = ?1 AND (status = 'pending' OR resend = 1)",
                 outcome.n);
    taking.last_outcome = std::max(taking.last_outcome, outcome.n);
    if (!q.next()) return;  // its fate is known here already
    ops_text = q.text(0);
    at = q.integer(1);
  }
  std::string conflicts;
  for (const Id& id : outcome.conflicts) conflicts += (conflicts.empty() ? "" : " ") + id.text();
  // By the office's clock, as they are counted later: ours may be years off and not corrected yet.
  const Ms told_at = meta_number("server_now");
  // `duplicate` comes for what was acknowledged here and was not refused: the office forgets no refusal. The days for
  // which it is kept begin again: it was asked about because a backup was put back, perhaps the wrong one.
  if (outcome.status == sync::Status::duplicate) {
    if (sync::planted(sync::Defect::duplicate_waits)) return;
    sql::run(
        db_,
        "UPDATE outbox SET resend = 0, outcome_at = ?2, reason = NULL,"
        " status = CASE WHEN status IN ('pending', 'refused') THEN 'merged' ELSE status END WHERE n = ?1",
        outcome.n, told_at);
    return;
  }
  sql::run(
      db_,
      "UPDATE outbox SET resend = 0, outcome_at = ?2,"
      // the reason of the first refusal says more
      " reason = CASE WHEN ?4 = 'refused_before' AND reason IS NOT NULL THEN reason ELSE ?4 END,"
      " conflicts = ?5,"
      // what was erased here stays that, whatever it was in a past before
      " status = CASE WHEN status IN ('discarded', 'resent', 'erased') THEN status ELSE ?3 END WHERE n = ?1",
      outcome.n, told_at, name_of(outcome.status),
      outcome.reason.empty() ? std::optional<std::string>() : outcome.reason,
      conflicts.empty() ? std::optional<std::string>() : conflicts);
  switch (outcome.status) {
    case sync::Status::applied:
      // The server took exactly these values: they are confirmed, whether or not the row comes back.
      for (const Op& op : ops_from(ops_text)) lay(op, at, false);
      ++taking.result.applied;
      break;
    case sync::Status::merged: ++taking.result.merged; break;
    case sync::Status::conflict: ++taking.result.conflicts; break;
    case sync::Status::refused:
      if (outcome.reason != reason::late_update) ++taking.result.refused;
      break;
    case sync::Status::quarantined: ++taking.result.quarantined; break;
    case sync::Status::erased:
      sql::run(db_, "UPDATE outbox SET ops = '[]' WHERE n = ?1", outcome.n);  // only its number remains
      if (ops_text != "[]") put("must_rewrite", "1");  // what it said stands in the gaps of pages
      ++taking.result.erased;
      break;
    case sync::Status::duplicate: break;
  }
}

void Replica::take_row(Taking& taking, const Table& t, const Row& row) {
  const Id id = std::get<Id>(row.front());
  if (taking.bootstrap && !taking.first_bootstrap) taking.named.insert({t.number, id});
  if (!taking.first_bootstrap) {
    if (t.way == Way::root && !this->row(t, id)) {
      const auto* number = std::get_if<std::string>(&row[schema::column(t, "number")]);
      taking.result.came.push_back({id, number == nullptr ? "" : *number});
    }
    if (taking.under.contains({t.number, id})) {
      std::optional<Id> case_id = case_of(t, row);
      if (t.way == Way::debtor)
        case_id = sql::id(db_, "SELECT id FROM case_file WHERE debtor_id = ?1 LIMIT 1", id);
      if (const auto name = case_id ? case_name(*case_id) : std::nullopt)
        taking.result.changed_under.push_back(*name);
    }
    sql::run(db_, "DELETE FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, id);
  }
  store_row(t, row);
  ++taking.result.received;
}

void Replica::take_drop(Taking& taking, const Table& t, const Id& id) {
  if (t.way == Way::root)
    if (const auto name = case_name(id)) taking.result.left.push_back(*name);
  remove_row(t, id);
  sql::run(db_, "DELETE FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, id);
  ++taking.result.dropped;
}

// Rows that were here before a bootstrap and were not named by it go at its end. After a restore they may be the
// last copies: they are kept, read-only, and listed.
void Replica::sweep(Taking& taking) {
  const bool restored = meta("restored") == "1";
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t, version_)) continue;
    std::vector<Id> unnamed;
    {
      sql::Query q(db_, "SELECT id FROM " + std::string(t.name));
      while (q.next())
        if (const Id id = q.id(0); !taking.named.contains({t.number, id})) unnamed.push_back(id);
    }
    for (const Id& id : unnamed) {
      if (sql::number(db_, "SELECT 1 FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, id))
        continue;
      if (taking.made.contains({t.number, id})) {
        remove_row(t, id);  // laid again in a moment, by the edit that made it
      } else if (restored && !sync::planted(sync::Defect::last_copy_swept)) {
        sql::run(
            db_,
            "INSERT INTO orphan (table_no, row_id) VALUES (?1, ?2) ON CONFLICT (table_no, row_id) DO NOTHING",
            t.number, id);
      } else if (!sync::planted(sync::Defect::ghosts_stay)) {
        take_drop(taking, t, id);
      }
    }
  }
}

// The days are counted up to when the office said this, not up to when it is heard: an answer that was slept on for a
// week is of an office that may have been put back meanwhile.
void Replica::forget_sent(std::int64_t durable_through) {
  put("durable_through", durable_through);
  sql::run(db_,
           "DELETE FROM outbox WHERE n <= ?1 AND outcome_at < ?2 AND resend = 0 AND"
           " (status IN ('applied', 'merged', 'conflict', 'erased', 'discarded', 'resent') OR (status = "
           "'refused' AND reason = 'late_update'))",
           sync::planted(sync::Defect::forget_before_backup) ? meta_number("last_n") : durable_through,
           sync::planted(sync::Defect::forget_at_once) ? corrected_now()
                                                       : meta_number("server_now") - sync::kSentKeptMs);
}

// ---- verify ----------------------------------------------------------------------------------------------------

namespace {

// The confirmed row: the shadow where an edit lies over it, nothing where the server has not heard of it yet.
std::optional<Row> confirmed_row(sql::Connection& db, const Table& t, const Id& id,
                                 std::optional<Row> visible, int version) {
  sql::Query q(db, "SELECT content FROM shadow WHERE table_no = ?1 AND row_id = ?2", t.number, id);
  if (!q.next()) return visible;
  if (q.is_null(0)) return std::nullopt;
  return read_shadow(t, q.view(0), version);
}

}  // namespace

std::string Replica::verify_body() const {
  const int shown = shown_version();
  sync::Buckets buckets;
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t, shown)) continue;
    std::vector<Id> ids;
    {
      sql::Query q(db_, "SELECT id FROM " + std::string(t.name));
      while (q.next()) ids.push_back(q.id(0));
    }
    for (const Id& id : ids) {
      if (sql::number(db_, "SELECT 1 FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, id))
        continue;
      const auto confirmed = confirmed_row(db_, t, id, row(t, id), version_);
      if (!confirmed) continue;
      buckets.add(id, bytes_of(sha256(sync::canonical_bytes(t, *confirmed, shown))));
    }
  }
  // Of the state that is shown: under a new epoch that is not read yet, the same numbers mean other rows.
  return sync::encode_verify_request(seen().epoch, shown,
                                     {meta_number("cursor_agent"), meta_number("cursor_common")}, buckets);
}

std::int64_t Replica::repair(const sync::VerifyAnswer& answer) {
  if (answer.differing.empty()) return 0;
  const auto differs = [&](const Id& id) {
    return std::binary_search(answer.differing.begin(), answer.differing.end(), sync::bucket_of(id));
  };
  sql::Transaction transaction(db_, sql::Access::write);
  require_own_version();
  restore_shadows();
  std::int64_t wrong = 0;
  std::set<std::pair<int, Id>> named;
  for (const sync::RowBlock& block : answer.rows) {
    const bool whole = sync::Answer::for_each_row(block, [&](const Row& from) {
      const Id id = std::get<Id>(from.front());
      named.insert({block.table->number, id});
      if (row(*block.table, id) != from) {
        ++wrong;
        store_row(*block.table, from);
      }
    });
    if (!whole)
      throw Failure(Code::protocol,
                    "The server sent a row that this program cannot read; nothing was changed.");
  }
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t, version_)) continue;
    std::vector<Id> surplus;
    {
      sql::Query q(db_, "SELECT id FROM " + std::string(t.name));
      while (q.next())
        if (const Id id = q.id(0); differs(id) && !named.contains({t.number, id})) surplus.push_back(id);
    }
    for (const Id& id : surplus) {
      if (sql::number(db_, "SELECT 1 FROM orphan WHERE table_no = ?1 AND row_id = ?2", t.number, id))
        continue;  // the last copy
      remove_row(t, id);
      ++wrong;
    }
  }
  lay_pending();
  transaction.commit();
  return wrong;
}

}  // namespace relance::client
