// What must hold when the faults are over. Every check compares the office or a replica with the oracle.
#include <algorithm>

#include "server/database.h"
#include "sync/codec.h"
#include "tests/sim/universe.h"

namespace relance::sim {
namespace {

using schema::Table;

std::string show(const Value& value) {
  std::string out;
  sync::append_json(out, value);
  return out;
}

bool was_accepted(const std::string& status) {
  return status == "applied" || status == "merged" || status == "conflict";
}

bool is_conflict_table(const Table& t) { return t.name == "conflict" || t.name == "conflict_side"; }

}  // namespace

std::string Universe::rows_digest(sql::Connection& db) {
  std::string all;
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t)) continue;
    sql::Query q(db, "SELECT * FROM " + std::string(t.name) + " ORDER BY id");
    while (q.next())
      for (int c = 0; c < q.column_count(); ++c) sync::append_canonical(all, q.value(c));
  }
  return hex(bytes_of(sha256(all)));
}

// Rows whose only copy may be the row itself: all but those that an edit of this machine made.
std::set<std::pair<int, Id>> Universe::confirmed_rows(Machine& m) {
  std::set<std::pair<int, Id>> out;
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t)) continue;
    sql::Query q(*m.db, "SELECT id FROM " + std::string(t.name));
    while (q.next()) out.insert({t.number, q.id(0)});
  }
  // What an edit made is in the outbox, whatever becomes of the row.
  sql::Query q(*m.db, "SELECT ops FROM outbox");
  while (q.next())
    if (const auto ops = sync::decode_ops(q.view(0)))
      for (const sync::Op& op : *ops)
        if (op.kind == sync::OpKind::insert) out.erase({op.table->number, op.row});
  return out;
}

void Universe::check_office() {
  sql::Connection& db = *office_.db;
  for (const std::string& wrong : server::verify_office(db)) fail("the office does not verify: " + wrong);
  const Oracle::State& state = oracle_.state();
  std::size_t found = 0;
  for (const Table& t : schema::business_tables()) {
    if (t.name == "device" || is_conflict_table(t)) continue;
    sql::Query ids(db, "SELECT id FROM " + std::string(t.name));
    while (ids.next()) {
      const auto kept = state.rows.find(ids.id(0));
      if (kept == state.rows.end()) fail("a row of " + std::string(t.name) + " is there that nobody made");
      ++found;
      const auto row = server::load_row(db, t, ids.id(0));
      for (std::size_t i = 0; i < row->size(); ++i)
        if ((*row)[i] != kept->second.row[i] && t.columns[i].name != "drop_seq")
          fail(std::string(t.name) + "." + std::string(t.columns[i].name) + " is " + show((*row)[i]) +
               " and should be " + show(kept->second.row[i]));
    }
  }
  std::size_t expected = 0;
  for (const auto& [id, kept] : state.rows) expected += kept.table->name == "device" ? 0 : 1;
  if (found != expected) fail(std::to_string(expected - found) + " rows are missing at the office");

  for (const Oracle::Conflict& one : state.conflicts) {
    sql::Query q(db, "SELECT state, resolution, kind, unit, row_id FROM conflict WHERE id = ?1", one.id);
    if (!q.next()) fail("a conflict is gone");
    if (q.text(0) != one.state || (one.state == "closed" && q.value(1) != one.resolution) ||
        q.text(2) != one.kind || q.text(3) != one.unit || q.id(4) != one.row)
      fail("a conflict on " + std::string(one.table->name) + "." + one.unit + " is " + q.text(0) +
           " and should be " + one.state);
    std::vector<Oracle::Side> sides, should = one.sides;
    sql::Query s(
        db, "SELECT side, content, author_id, author_device_id FROM conflict_side WHERE conflict_id = ?1",
        one.id);
    while (s.next()) sides.push_back({s.text(0), s.text(1), s.id(2), s.id(3)});
    std::sort(sides.begin(), sides.end());
    std::sort(should.begin(), should.end());
    if (sides != should)
      fail("a conflict on " + std::string(one.table->name) + "." + one.unit + " has lost a side");
  }
  if (sql::number(db, "SELECT count(*) FROM conflict") != static_cast<Number>(state.conflicts.size()))
    fail("there are conflicts that nothing explains");

  std::multiset<Oracle::Trace> history;
  sql::Query h(db, "SELECT row_id, device_id, n, unit, verdict, after FROM history WHERE table_no <> 2");
  while (h.next())
    history.insert({h.id(0), h.id(1), h.integer(2), h.text(3), h.text(4), h.is_null(5) ? "" : h.text(5)});
  if (history != state.history) {
    for (const Oracle::Trace& one : state.history)
      if (!history.contains(one))
        fail("history lacks " + one.verdict + " of " + one.unit + " by edit " + std::to_string(one.n) + ": " +
             one.after);
    fail("history has lines that nothing explains");
  }
}

void Universe::check_replica(Machine& m) {
  const std::string who = "machine " + std::to_string(m.index) + ": ";
  const auto none = [&](std::string_view what, std::string_view text) {
    if (const auto n = sql::number(*m.db, text).value_or(0); n != 0)
      fail(who + std::to_string(n) + " " + std::string(what) + " after the last quiet sync");
  };
  none("unsettled edits", "SELECT count(*) FROM outbox WHERE status = 'pending' OR resend = 1");
  none("shadows", "SELECT count(*) FROM shadow");
  none("staged pages", "SELECT count(*) FROM staged_page");
  if (m.replica->standing() != client::Standing::ready)
    fail(who + "it is not ready after the last quiet sync");
  std::set<std::pair<int, Id>> orphans;
  {
    sql::Query q(*m.db, "SELECT table_no, row_id FROM orphan");
    while (q.next()) orphans.insert({static_cast<int>(q.integer(0)), q.id(1)});
  }
  std::map<Id, bool> sees;  // by case or debtor: asked once
  const auto is_his = [&](const Table& t, const Row& row) {
    if (t.way == schema::Way::common) return true;
    const Place place = place_of(t, row);
    bool his = false;
    for (const auto& [id, is_case] : {std::pair(place.case_id, true), std::pair(place.debtor_id, false)}) {
      if (!id) continue;
      auto known = sees.find(*id);
      if (known == sees.end())
        known = sees.emplace(*id, is_case ? oracle_.holds(m.staff, *id) : oracle_.holds_debtor(m.staff, *id))
                    .first;
      his |= known->second;
    }
    return his;
  };
  for (const Table& t : schema::business_tables()) {
    if (!schema::is_served(t)) continue;
    std::set<Id> expected;
    sql::Query theirs(*office_.db, "SELECT id FROM " + std::string(t.name));
    while (theirs.next()) {
      const Id id = theirs.id(0);
      const auto row = server::load_row(*office_.db, t, id);
      if (!is_his(t, *row)) continue;
      expected.insert(id);
      const auto mine = m.replica->row(t, id);
      if (!mine) fail(who + "a row of " + std::string(t.name) + " is missing");
      for (std::size_t i = 0; i < row->size(); ++i)
        if (schema::is_served(t.columns[i], m.version) && (*mine)[i] != (*row)[i])
          fail(who + std::string(t.name) + "." + std::string(t.columns[i].name) + " is " + show((*mine)[i]) +
               ", at the office " + show((*row)[i]));
    }
    sql::Query q(*m.db, "SELECT id FROM " + std::string(t.name));
    while (q.next())
      if (!expected.contains(q.id(0)) && !orphans.contains({t.number, q.id(0)}))
        fail(who + "it holds a row of " + std::string(t.name) + " that is not its agent's");
  }
}

// Every edit has one fate, and both sides say the same of it.
void Universe::check_fates(Machine& m) {
  const std::string who = "machine " + std::to_string(m.index) + ": edit ";
  const Oracle::State& state = oracle_.state();
  const auto device = state.devices.find(m.device);
  if (device == state.devices.end()) fail(who + "of a device that the office does not know");
  const auto lost_below =
      sql::number(*office_.db, "SELECT lost_below FROM device_state WHERE device_id = ?1", m.device);
  if (lost_below != device->second.lost_below) fail(who + "what is lost is not named");
  if (device->second.lost_below > 0 && !old_restore_) fail(who + "lost, and no old backup was restored");
  const auto server_now = server::load_state(*office_.db, m.device);
  for (const auto& [n, edit] : m.edits) {
    const std::string name = who + std::to_string(n);
    const auto fate = state.fates.find({m.device, n});
    if (fate == state.fates.end()) {
      if (n < device->second.lost_below) continue;
      fail(name + " has vanished");
    }
    const std::string should{name_of(fate->second.verdict.status)};
    sql::Query log(*office_.db, "SELECT status, reason FROM mutation_log WHERE device_id = ?1 AND n = ?2",
                   m.device, n);
    if (!log.next()) {
      if (n > server_now->acked_n || n > server_now->durable_n) fail(name + " is in no log of the office");
    } else if (!agrees(fate->second.verdict,
                       {sync::parse_status(log.view(0)).value_or(sync::Status::duplicate),
                        log.is_null(1) ? "" : log.text(1)})) {
      fail(name + " is " + log.text(0) + " at the office and should be " + should);
    }
    sql::Query q(*m.db, "SELECT status, reason, length(ops) FROM outbox WHERE n = ?1", n);
    if (!q.next()) continue;  // forgotten by the rule: check_kept
    const std::string here = q.text(0);
    const bool agrees =
        here == should || (here == "merged" && should == "applied") ||
        ((here == "discarded" || here == "resent") && (should == "refused" || should == "erased")) ||
        // the order to erase came after its fate; its number alone is left here
        (here == "erased" && is_about_erased(edit)) ||
        // what it was before a restore stands on the device, where the office has it again
        (restores_ > 0 && was_accepted(here) && was_accepted(should)) ||
        // its author decided on a refusal of another past
        (restores_ > 0 && (here == "discarded" || here == "resent") && was_accepted(should));
    if (!agrees) fail(name + " is " + here + " on the device and " + should + " at the office");
    if (here == "refused" && q.is_null(1)) fail(name + " is refused and nobody says why");
    if (here == "refused" && q.integer(2) <= 2) fail(name + " is refused and its content is gone");
  }
}

// A copied device is noticed, frozen, and every edit of both machines is kept for a person.
void Universe::check_copies() {
  std::map<Id, std::vector<Machine*>> copies;
  for (auto& m : machines_)
    if (m->is_copied) copies[m->device].push_back(m.get());
  for (auto& [device, machines] : copies) {
    const auto state = [&] {
      return sql::text(*office_.db, "SELECT state FROM device WHERE id = ?1", device).value_or("");
    };
    // Some copies write, some only read: both are noticed.
    const bool writes = plan_.seed % 2 == 0;
    for (int round = 0; round < 2; ++round)
      for (Machine* m : machines) {
        test::SeededRandom chance(static_cast<std::uint64_t>(round) + 11 * m->index);
        for (int tries = 0; writes && tries < 6 && state() == "active"; ++tries) {
          const std::size_t edits = m->edits.size();
          edit(*m, chance, false);
          if (m->edits.size() > edits) break;
        }
        // Something to carry, whatever the agent holds: a name that everyone follows changes.
        sync::Op op{.kind = sync::OpKind::update, .table = &schema::table("creditor"), .row = creditor_};
        op.changes.push_back(
            {schema::column(*op.table, "contact"), Null{}, "c" + std::to_string(chance.next())});
        office_ops(system_, schema::office, {op});
        sync(*m, nullptr);
      }
    if (state() != "frozen") fail("a copied device is not noticed at the second contact of both");
    ++tally_["copies noticed"];
    for (Machine* m : machines) {
      sync(*m, nullptr);  // hears that it is frozen, and hands over what is unsent
      sql::Query q(*m->db, "SELECT n, hash, status FROM outbox ORDER BY n");
      while (q.next()) {
        if (q.view(2) == "discarded" || q.view(2) == "resent") continue;  // its author has decided
        const auto fate = oracle_.state().fates.find({device, q.integer(0)});
        if (fate != oracle_.state().fates.end() && bytes_of(fate->second.hash) == q.view(1)) continue;
        if (q.integer(0) < oracle_.state().devices[device].lost_below) continue;
        if (q.view(2) == "erased") continue;  // nothing of it is left to keep
        if (const auto known = m->edits.find(q.integer(0));
            known != m->edits.end() && is_about_erased(known->second))
          continue;
        if (!sql::number(*office_.db, "SELECT 1 FROM quarantine WHERE device_id = ?1 AND hash = ?2", device,
                         Bytes{q.text(1)}))
          fail("machine " + std::to_string(m->index) + ": edit " + std::to_string(q.integer(0)) + " (" +
               q.text(2) + ") of a frozen device is not kept for a person");
      }
    }
  }
}

void Universe::check_money() {
  const Oracle::State& state = oracle_.state();
  const auto sum = sql::number(*office_.db, "SELECT COALESCE(sum(amount_cents), 0) FROM payment");
  const auto count = sql::number(*office_.db, "SELECT count(*) FROM payment");
  if (sum != state.received_cents || count != state.received)
    fail("payments add up to " + std::to_string(*sum) + " cents and should to " +
         std::to_string(state.received_cents));
}

}  // namespace relance::sim
