// What people do: agents on their machines, a clerk, the office, an importer, and whoever copies a disk.
#include <algorithm>

#include "host/failure.h"
#include "server/database.h"
#include "sync/codec.h"
#include "sync/planted.h"
#include "tests/sim/marks.h"
#include "tests/sim/universe.h"
#include "tests/support/edits.h"
#include "tests/support/ops.h"

namespace relance::sim {

using test::insert_op;
using test::update_op;

// ---- agents --------------------------------------------------------------------------------------------------

void Universe::note_edit(Machine& m, Number n) {
  sql::Query q(*m.db, "SELECT hash, ops FROM outbox WHERE n = ?1", n);
  if (!q.next()) fail("an edit that was accepted is not in the outbox");
  LocalEdit made{m.shown_epoch, m.shown, q.text(0), false};
  if (const auto ops = sync::decode_ops(q.view(1))) note_names(made, *ops);
  m.edits[n] = std::move(made);
}

void Universe::edit(Machine& m, test::SeededRandom& chance, bool resolves) {
  if (m.replica->standing() != client::Standing::ready) return;
  test::Edits edits(*m.db, schema::Side::client, m.role, chance, m.clock);
  edits.naughty = plan_.knobs.naughty;
  std::vector<sync::Op> ops = resolves ? edits.resolution() : edits.some();
  if (ops.empty()) return;
  weave(ops, *m.db);
  std::variant<Number, client::EditRefusal> made;
  if (!guard_machine(m, [&] { made = m.replica->edit("sim", ops); })) return;
  const auto* n = std::get_if<Number>(&made);
  tell("  machine " + std::to_string(m.index) +
       (n == nullptr ? " refuses: " + std::get<client::EditRefusal>(made).code
                     : ": edit " + std::to_string(*n)));
  ++tally_[n == nullptr ? "edits refused on the device" : "edits"];
  if (n == nullptr) return;
  note_edit(m, *n);
  check_shown(m, ops, *n);
}

// Read your writes: what the agent just wrote is what he sees.
void Universe::check_shown(Machine& m, const std::vector<sync::Op>& ops, Number n) {
  for (const sync::Op& op : ops) {
    const auto row = m.replica->row(*op.table, op.row);
    if (!row) fail("edit " + std::to_string(n) + " is accepted and its row is not shown");
    std::map<std::size_t, Value> last;
    for (const sync::Op& other : ops)
      if (other.row == op.row)
        for (const sync::Change& c : other.changes) last[c.column] = c.after;
    for (const auto& [column, value] : last)
      if ((*row)[column] != value)
        fail("edit " + std::to_string(n) + " is accepted and " + std::string(op.table->columns[column].name) +
             " does not show it");
  }
}

void Universe::change_mind(Machine& m, test::SeededRandom& chance) {
  if (m.replica->standing() != client::Standing::ready) return;
  const Number last = sql::number(*m.db, "SELECT max(n) FROM outbox").value_or(0);
  if (last == 0) return;
  const Number n =
      last - static_cast<Number>(chance.below(std::min<std::size_t>(3, static_cast<std::size_t>(last))));
  const auto refused =
      sql::number(*m.db,
                  "SELECT n FROM outbox WHERE status = 'refused' AND (reason IS NULL OR reason <> "
                  "'late_update') ORDER BY n LIMIT 1");
  const int what = static_cast<int>(chance.below(2)) + (refused && chance.below(2) == 0 ? 2 : 0);
  test::Edits edits(*m.db, schema::Side::client, m.role, chance, m.clock);
  std::optional<client::EditRefusal> refusal;
  std::variant<Number, client::EditRefusal> sent;
  std::vector<sync::Op> ops;
  if (what == 1) {
    ops = edits.some();
    if (ops.empty()) return;
    weave(ops, *m.db);
  }
  m.changing = n;
  const bool ended = guard_machine(m, [&] {
    if (what == 0) refusal = m.replica->undo(n);
    if (what == 1) refusal = m.replica->amend(n, ops);
    if (what == 2) refusal = m.replica->discard(*refused);
    if (what == 3) sent = m.replica->resend(*refused, {});
  });
  m.changing.reset();
  static constexpr const char* kWords[] = {"undo", "amend", "discard", "resend"};
  tell(std::string("  ") + kWords[what] + (ended ? "" : " cut short"));
  if (!ended) return;
  if (what == 3) {
    if (const auto* again = std::get_if<Number>(&sent)) note_edit(m, *again);
    return;
  }
  if (what == 2 || refusal) return;
  ++tally_[std::string("agent: ") + kWords[what]];
  if (m.edits.contains(n) && m.edits[n].was_sent)
    fail("edit " + std::to_string(n) + " was changed after it was sent");
  if (what == 0) {
    m.edits.erase(n);
    for (Number i = n + 1; i <= last; ++i)
      if (auto moved = m.edits.extract(i); !moved.empty()) {
        moved.key() = i - 1;
        m.edits.insert(std::move(moved));
      }
  } else {
    m.edits[n].shown = m.shown;
    m.edits[n].shown_epoch = m.shown_epoch;
    note_names(m.edits[n], ops);
  }
  for (auto& [number, one] : m.edits)
    if (number >= n) one.hash = sql::text(*m.db, "SELECT hash FROM outbox WHERE n = ?1", number).value_or("");
}

void Universe::clone(test::SeededRandom& chance) {
  Machine& from = any_machine(chance);
  if (from.is_copied || from.replica->standing() != client::Standing::ready) return;
  if (sql::text(*office_.db, "SELECT state FROM device WHERE id = ?1", from.device).value_or("") != "active")
    return;
  auto made = std::make_unique<Machine>();
  Machine& twin = *made;
  twin.index = machines_.size();
  twin.folder = "/m" + std::to_string(twin.index);
  twin.clock.set(from.clock.now());
  twin.device = from.device;
  twin.version = from.version;
  twin.staff = from.staff;
  twin.role = from.role;
  twin.edits = from.edits;
  twin.shown = from.shown;
  twin.shown_epoch = from.shown_epoch;
  twin.durable = from.durable;
  twin.is_copied = from.is_copied = true;
  tell("  machine " + std::to_string(from.index) + " to machine " + std::to_string(twin.index));
  ++tally_["clones"];
  disk_.restore(twin.folder, disk_.save(from.folder));
  machines_.push_back(std::move(made));
  open_machine(twin);
}

// ---- the office ------------------------------------------------------------------------------------------------

bool Universe::office_ops(const Id& staff, schema::Writers role, std::vector<sync::Op> ops, bool modelled) {
  const Number before = audit_head();
  for (sync::Op& op : ops) {
    tell("  office: " + std::string(op.kind == sync::OpKind::insert ? "insert " : "update ") +
         std::string(op.table->name));
    if (op.kind != sync::OpKind::update) continue;
    const auto row = server::load_row(*office_.db, *op.table, op.row);
    for (sync::Change& c : op.changes)
      if (row && is_null(c.before)) c.before = (*row)[c.column];
  }
  sync::Outcome outcome;
  const bool answered = guard_office([&] {
    office_.committer->commit([&](server::Ledger& ledger) {
      outcome = ledger.apply_office({.staff_id = staff, .role = role}, "sim", ops);
    });
  });
  const bool committed = audit_head() > before;
  if (answered && !committed) fail("an edit of the office was answered and is not there");
  if (!committed) return false;
  if (modelled) {
    const Number n =
        *sql::number(*office_.db, "SELECT last_n FROM device_state WHERE device_id = ?1", office_device_);
    const sync::Mutation m{.n = n,
                           .at = clock_.now(),
                           .seen = {oracle_.state().epoch, 0},
                           .intent = "sim",
                           .ops = std::move(ops)};
    const Hand hand{staff, role, office_device_, oracle_.state().epoch, oracle_.state().commits};
    const Verdict verdict = oracle_.take(hand, m, sha256(sync::canonical_bytes(m)), m.at);
    if (answered && !agrees(verdict, {outcome.status, outcome.reason}))
      fail("an edit of the office should be " + text_of(verdict) + " and is " +
           text_of({outcome.status, outcome.reason}));
    if (verdict.status == sync::Status::erased) count_try("an edit of the office");
    for (const sync::Op& op : m.ops) note_hanging(op);
    tell("  office: " + text_of(verdict));
    ++tally_["office edits"];
  }
  oracle_.count_commit();
  name_conflicts();
  return true;
}

void Universe::office_edit(test::SeededRandom& chance, bool resolves) {
  const bool as_clerk = chance.below(100) < 60;
  test::Edits edits(*office_.db, schema::Side::server, as_clerk ? schema::clerk : schema::office, chance,
                    clock_);
  edits.naughty = plan_.knobs.naughty;
  std::vector<sync::Op> ops = resolves ? edits.resolution() : edits.some();
  weave(ops, *office_.db);
  if (!ops.empty())
    office_ops(as_clerk ? clerk_ : boss_, as_clerk ? schema::clerk : schema::office, std::move(ops));
}

// The office makes a row of the same id first: the device's insert will be refused, and what builds on it.
void Universe::take_id(Machine& m, std::string_view status, test::SeededRandom& chance) {
  const auto ops_text =
      sql::text(*m.db, "SELECT ops FROM outbox WHERE status = ?1 ORDER BY n DESC LIMIT 1", status);
  const auto ops = ops_text ? sync::decode_ops(*ops_text) : std::nullopt;
  if (!ops || ops->front().kind != sync::OpKind::insert) return;
  sync::Op rival = ops->front();
  for (sync::Change& c : rival.changes) {
    const Id* own = std::get_if<Id>(&c.after);
    if (rival.table->columns[c.column].name != "case_id" || own == nullptr || cases_.empty()) continue;
    if (waiting_purge() || std::find(gone_.begin(), gone_.end(), *own) != gone_.end()) continue;
    // No two rows have one id outside of this story: what is of one case now may be told of the other.
    tangled_.insert(*own);
    c.after = any(cases_, chance);
    tangled_.insert(std::get<Id>(c.after));
  }
  std::vector<sync::Op> rivals{rival};
  weave(rivals, *office_.db);
  office_ops(clerk_, schema::clerk, std::move(rivals));
}

void Universe::import_case(test::SeededRandom& chance) {
  if (imported_ >= 4 + static_cast<int>(gone_.size())) return;
  ++imported_;
  const Id debtor = random_.row_id(clock_.now()), one = random_.row_id(clock_.now()),
           entry = random_.row_id(clock_.now());
  std::vector<sync::Op> ops{
      insert_op("debtor", debtor, {{"legal_name", marked("Import " + std::to_string(imported_), debtor)}}),
      insert_op("case_file", one,
                {{"number", "I-" + std::to_string(imported_)},
                 {"creditor_id", creditor_},
                 {"debtor_id", debtor},
                 {"ledger_ref", marked("9" + std::to_string(imported_), one)}}),
      insert_op("entry", entry,
                {{"case_id", one},
                 {"kind", std::string("invoice")},
                 {"amount_cents", static_cast<std::int64_t>(chance.below(100'000))}}),
      insert_op("claim", random_.row_id(clock_.now()),
                {{"case_id", one},
                 {"gross_cents", static_cast<std::int64_t>(chance.below(100'000))},
                 {"entry_id", entry}}),
      insert_op("assignment", random_.row_id(clock_.now()),
                {{"case_id", one}, {"staff_id", any(agents_, chance)}})};
  if (office_ops(boss_, schema::office, std::move(ops))) cases_.push_back(one);
}

void Universe::move_case(test::SeededRandom& chance) {
  if (cases_.empty()) return;
  const Id one = any(cases_, chance);
  const Id agent = any(agents_, chance);
  sql::Connection& db = *office_.db;
  const auto open = sql::id(
      db, "SELECT id FROM assignment WHERE case_id = ?1 AND staff_id = ?2 AND valid_to IS NULL ORDER BY id",
      one, agent);
  const auto closed = sql::id(
      db,
      "SELECT id FROM assignment WHERE case_id = ?1 AND staff_id = ?2 AND valid_to IS NOT NULL ORDER BY id",
      one, agent);
  if (open && chance.below(100) >= 5)
    office_ops(clerk_, schema::clerk,
               {update_op("assignment", *open, {{"valid_to", std::string("2026-11-20")}})});
  else if (closed && chance.below(100) < 30)
    office_ops(clerk_, schema::clerk, {update_op("assignment", *closed, {{"valid_to", Null{}}})});
  else
    office_ops(
        clerk_, schema::clerk,
        {insert_op("assignment", random_.row_id(clock_.now()), {{"case_id", one}, {"staff_id", agent}})});
}

void Universe::move_debtor(test::SeededRandom& chance) {
  if (cases_.empty()) return;
  const auto debtor = oracle_.debtor_of(any(cases_, chance));
  if (!debtor) return;
  office_ops(boss_, schema::office, {update_op("case_file", any(cases_, chance), {{"debtor_id", *debtor}})});
}

void Universe::set_device_state(const Id& device, const std::string& state) {
  const auto is = sql::text(*office_.db, "SELECT state FROM device WHERE id = ?1", device);
  if (!is || *is == "frozen" || *is == state) return;
  if (!office_ops(boss_, schema::office, {update_op("device", device, {{"state", state}})}, false)) return;
  // As `device resume` does: the device sends everything it keeps itself.
  if (state == "active")
    static_cast<void>(guard_office([&] {
      sql::run(*office_.db, "DELETE FROM quarantine WHERE device_id = ?1 AND state = 'kept'", device);
    }));
}

void Universe::allow_all() {
  for (auto& m : machines_) set_device_state(m->device, "active");
}

}  // namespace relance::sim
