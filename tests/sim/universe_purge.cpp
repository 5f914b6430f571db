// Erasing: cases that are ordered gone, everything that would bring them back, and the search for what is left of them
// in every byte of every file. The ledger of erasures is a real file in a folder of its own, as it stands outside the
// database: a crash of the office spares it, and no return to a backup takes it back.
#include <unistd.h>

#include <algorithm>

#include "host/dated_rules.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/sqlite.h"
#include "rules/civil_date.h"
#include "server/backup.h"
#include "server/database.h"
#include "server/erased_ids.h"
#include "sync/codec.h"
#include "tests/sim/marks.h"
#include "tests/sim/universe.h"
#include "tests/support/needle_hunt.h"
#include "tests/support/ops.h"

namespace relance::sim {
namespace {

using schema::Merge;
using schema::Table;
using schema::Type;
using test::insert_op;
using test::update_op;

constexpr std::string_view kOffice = "/office";
constexpr std::string_view kPurgeRules[] = {"purge_alone_max_cases", "purge_brake_percent"};

bool is_fixed_id(const Table& t, std::string_view name) {
  const auto at = schema::find_column(t, name);
  return at && t.columns[*at].merge == Merge::fixed;
}

std::optional<Id> id_in(const Table& t, const Row& row, std::string_view name) {
  const auto at = schema::find_column(t, name);
  const Id* id = at ? std::get_if<Id>(&row[*at]) : nullptr;
  return id == nullptr ? std::nullopt : std::optional(*id);
}

// Whose text it is: the case's, or the debtor's alone. Nobody's where a row may be given to another case later.
std::optional<Id> about(const sync::Op& op, sql::Connection& db) {
  const Table& t = *op.table;
  if (t.way == schema::Way::root || t.way == schema::Way::debtor) return op.row;
  for (const std::string_view name : {"case_id", "debtor_id"}) {
    if (!schema::find_column(t, name)) continue;
    if (!is_fixed_id(t, name)) return std::nullopt;
    if (op.kind == sync::OpKind::insert) {
      const sync::Change* change = op.find(name);
      const Id* id = change == nullptr ? nullptr : std::get_if<Id>(&change->after);
      if (id != nullptr) return *id;
    } else if (const auto id = sql::id(db,
                                       "SELECT " + std::string(name) + " FROM " + std::string(t.name) +
                                           " WHERE id = ?1 AND " + std::string(name) + " IS NOT NULL",
                                       op.row)) {
      return id;
    }
  }
  return std::nullopt;
}

bool is_unique(const Table& t, std::string_view column) {
  return std::any_of(t.indexes.begin(), t.indexes.end(),
                     [&](const schema::Index& index) { return index.unique && index.columns == column; });
}

std::filesystem::path fresh_folder() {
  static int count = 0;
  const std::filesystem::path memory =
      "/dev/shm";  // in memory where there is such a place: nobody cuts our power
  const std::filesystem::path base =
      std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  const auto folder = base / ("relance-sim-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

// ---- what is written about whom ----------------------------------------------------------------------------------

// Every text about a case or a debtor bears his mark, wherever an edit may have taken it from.
void Universe::weave(std::vector<sync::Op>& ops, sql::Connection& db) const {
  for (sync::Op& op : ops) {
    const auto whose = about(op, db);
    if (!whose) continue;
    for (sync::Change& change : op.changes) {
      const schema::Column& c = op.table->columns[change.column];
      const auto limit = static_cast<std::size_t>(c.text_max);
      if (auto* bytes = std::get_if<Bytes>(&change.after);
          bytes != nullptr && bytes->data.size() >= kMarkBytes) {
        bytes->data.replace(0, kMarkBytes, mark_of(*whose));
        continue;
      }
      auto* text = std::get_if<std::string>(&change.after);
      if (text == nullptr || is_unique(*op.table, c.name)) continue;
      if (c.type == Type::text) {
        std::string woven = marked(*text, *whose);
        *text = woven.size() <= limit ? woven : unmarked(*text);
      } else if (c.type == Type::set) {
        const std::string plain = *text;
        std::vector<std::string> members{mark_of(*whose)};
        for (std::size_t from = 0; from < plain.size();) {
          const std::size_t blank = std::min(plain.find(' ', from), plain.size());
          if (const std::string member = unmarked(plain.substr(from, blank - from)); !member.empty())
            members.push_back(member);
          from = blank + 1;
        }
        std::sort(members.begin(), members.end());
        members.erase(std::unique(members.begin(), members.end()), members.end());
        std::string woven;
        for (const std::string& member : members) woven += (woven.empty() ? "" : " ") + member;
        if (woven.size() <= limit) *text = woven;
      }
    }
  }
}

void Universe::note_hanging(const sync::Op& op) {
  if (op.kind != sync::OpKind::insert) return;
  for (const sync::Change& change : op.changes)
    if (const Id* id = std::get_if<Id>(&change.after)) hangs_on_[op.row].insert(*id);
}

void Universe::note_names(LocalEdit& edit, const std::vector<sync::Op>& ops) {
  for (const sync::Op& op : ops) {
    note_hanging(op);
    edit.names.insert(op.row);
    for (const sync::Change& change : op.changes)
      for (const Value* value : {&change.before, &change.after})
        if (const Id* id = std::get_if<Id>(value)) edit.names.insert(*id);
  }
}

bool Universe::hangs_on_erased(const Id& row) const {
  const auto found = hangs_on_.find(row);
  if (found == hangs_on_.end()) return false;
  const auto is_gone = [&](const Id& id) { return gone_rows_.contains(id); };
  return std::any_of(found->second.begin(), found->second.end(), [&](const Id& id) {
    if (is_gone(id)) return true;
    // On a case that a device kept alone, and whose debtor went.
    const auto above = hangs_on_.find(id);
    return above != hangs_on_.end() && std::any_of(above->second.begin(), above->second.end(), is_gone);
  });
}

bool Universe::is_about_erased(const LocalEdit& edit) const {
  return std::any_of(edit.names.begin(), edit.names.end(),
                     [&](const Id& id) { return gone_rows_.contains(id) || hangs_on_erased(id); });
}

// After a return to a backup neither the office nor a device that has dropped the row can tell that it hung on an
// erased case (docs/decisions/016): what is written about it is an edit of an unknown row.
void Universe::note_unknowable(const sync::Mutation& mutation) {
  if (restores_ == 0 || !mutation.voided.empty() || oracle_.touches_erased(mutation)) return;
  for (const sync::Op& op : mutation.ops) {
    const auto hangs = hangs_on_.find(op.row);
    if (hangs == hangs_on_.end()) continue;
    for (const Id& id : hangs->second)
      if (gone_rows_.contains(id) && unknowable_.insert(id).second)
        ++tally_["erased cases told of by a row of a lost past"];
  }
}

void Universe::count_try(const std::string& what) {
  ++tally_["resurrection tries"];
  ++tally_["tries to bring back: " + what];
}

// ---- purges ----------------------------------------------------------------------------------------------------

server::ErasureSite Universe::site() {
  if (ledger_folder_.empty()) ledger_folder_ = fresh_folder();
  return {ledger_folder_ / "erasure.ledger", std::nullopt};
}

std::optional<Id> Universe::waiting_purge() {
  return sql::id(
      *office_.db,
      "SELECT id FROM purge_run WHERE state IN ('approved', 'running', 'scanning') ORDER BY planned_at, "
      "id LIMIT 1");
}

bool Universe::ensure_purge_rules() {
  for (const std::string_view code : kPurgeRules) {
    if (find_dated_amount(*office_.db, code, iso_text(civil_date_of(clock_.now(), 0)))) continue;
    if (!office_ops(system_, schema::office,
                    {insert_op("dated_rule", random_.row_id(clock_.now()),
                               {{"code", std::string(code)},
                                {"valid_from", std::string("1990-01-01")},
                                {"amount", std::int64_t{5}},
                                {"legal_basis", std::string("sim")}})}))
      return false;
  }
  return true;
}

void Universe::purge(test::SeededRandom& chance) {
  if (const auto waiting = waiting_purge(); waiting && chance.below(3) > 0) return carry_out(*waiting);
  std::vector<Id> candidates;
  for (const Id& one : cases_)
    if (oracle_.state().rows.contains(one) && !tangled_.contains(one)) candidates.push_back(one);
  if (candidates.empty() || !ensure_purge_rules()) return;
  std::vector<Id> wished{any(candidates, chance)};
  if (const Id another = any(candidates, chance); chance.below(4) == 0 && another != wished.front())
    wished.push_back(another);
  const Table& t = schema::table("case_file");
  for (const Id& one : wished) {
    if (!oracle_.state().rows.contains(one)) return;
    const Row& row = oracle_.state().rows.at(one).row;
    const Value closed = std::string("closed"), wrong = std::string("wrong_person");
    if (row[schema::column(t, "stage")] == closed && row[schema::column(t, "closed_reason")] == wrong)
      continue;
    if (!office_ops(system_, schema::office,
                    {update_op("case_file", one, {{"stage", closed}, {"closed_reason", wrong}})}))
      return;
  }
  Id run;
  const auto commit = [&](const std::function<void(server::Ledger&)>& job) {
    const Number before = audit_head();
    const bool answered = guard_office([&] { office_.committer->commit(job); });
    if (audit_head() > before) oracle_.count_commit();
    return answered;
  };
  const bool planned = commit([&](server::Ledger& ledger) {
    run = server::plan_purge(ledger, {.staff_id = boss_, .role = schema::office},
                             {.origin = server::PurgeOrigin::request, .ground = "art. 17", .cases = wished},
                             civil_date_of(clock_.now(), 0))
              .run.id;
  });
  if (!planned) return;
  const bool approved = commit([&](server::Ledger& ledger) {
    server::approve_purge(ledger, {.staff_id = officer_, .role = schema::dpo},
                          server::purge_run(ledger.db(), run), true);
  });
  if (!approved) return;
  tell("  a purge of " + std::to_string(wished.size()) + " is approved");
  if (chance.below(5) == 0)
    office_ops(clerk_, schema::clerk,
               {update_op("case_file", any(wished, chance), {{"legal_hold", std::int64_t{1}}})});
  if (chance.below(5) == 0) return;  // another action, or the end, goes on with it
  carry_out(run);
}

void Universe::carry_out(const Id& run) {
  std::set<Id> held;
  const Table& t = schema::table("case_file");
  {
    sql::Query q(*office_.db, "SELECT case_id FROM purge_item WHERE run_id = ?1 AND state = 'planned'", run);
    while (q.next()) {
      const auto found = oracle_.state().rows.find(q.id(0));
      if (found != oracle_.state().rows.end() &&
          found->second.row[schema::column(t, "legal_hold")] == Value{std::int64_t{1}})
        held.insert(q.id(0));
    }
  }
  const bool answered = guard_office([&] {
    server::run_purge(site(), *office_.ledger, {.staff_id = boss_, .role = schema::office}, run,
                      [](std::int64_t, std::int64_t) {});
  });
  learn_erasures(false);
  tell(answered ? "  the purge is done" : "  the purge is cut short");
  if (!answered) {
    ++tally_["purges cut short"];
    return;
  }
  const server::PurgeRun done = server::purge_run(*office_.db, run);
  if (done.state != "done" || done.residue != 0)
    fail("a purge ended " + done.state + ", and " + std::to_string(done.residue) + " values were found");
  if (done.erased > 0) ++tally_["purges"];
  for (const Id& one : held) {
    if (!server::row_exists(*office_.db, t, one)) fail("a held case was erased");
    ++tally_["held cases kept"];
  }
}

void Universe::finish_purges() {
  while (const auto waiting = waiting_purge()) carry_out(*waiting);
}

// ---- the ledger file ---------------------------------------------------------------------------------------------

// What `relance-server serve` does before it answers anybody.
void Universe::replay_erasures() {
  if (ledger_folder_.empty()) return;
  // It may be cut short too.
  if (!quiet_ && chaos_.below(4) == 0)
    disk_.fail_at(std::string(kOffice), disk_.operations(std::string(kOffice)) + 1 + chaos_.below(40),
                  test::Disk::Fault::death);
  const bool ended =
      guard_office([&] { static_cast<void>(server::replay_erasures(site(), *office_.ledger)); });
  if (ended) disk_.heal(std::string(kOffice));
}

// The power may have gone before the last lines were on the disk: then nothing of what they name had been erased.
void Universe::tear_ledger() {
  if (ledger_folder_.empty() || chaos_.below(2) == 0) return;
  const server::ErasureLedger file(site().ledger);
  const auto reached = static_cast<std::size_t>(server::erasure_head(*office_.db).n);
  if (file.lines().size() <= reached || lines_seen_ > reached) return;
  std::string text = read_file(file.file(), std::size_t{1} << 20);
  std::size_t at = 0;
  for (std::size_t line = 0; line < reached; ++line) at = text.find('\n', at) + 1;
  text.resize(at + chaos_.below(text.size() - at));
  write_file_durably(file.file(), text, 0600);
  ++tally_["lines of the erasure ledger torn"];
}

// The file says what has been erased, also after a crash: the model follows it line by line, with rules of its own.
void Universe::learn_erasures(bool is_put_back) {
  if (ledger_folder_.empty()) return;
  const server::ErasureLedger file(site().ledger);
  const auto& lines = file.lines();
  const Table& t = schema::table("case_file");
  bool learns = false;
  while (oracle_.state().erasures < lines.size()) {
    const std::size_t at = oracle_.state().erasures;
    const sync::ErasureOrder& order = lines[at].order;
    const auto kept = oracle_.state().rows.find(order.case_id);
    const bool is_new = at >= lines_seen_, is_there = kept != oracle_.state().rows.end();
    if (is_new && is_there) {
      const Row& row = kept->second.row;
      if (row[schema::column(t, "legal_hold")] == Value{std::int64_t{1}}) fail("a held case was erased");
      if (row[schema::column(t, "stage")] != Value{std::string("closed")}) fail("an open case was erased");
      const auto debtor = id_in(t, row, "debtor_id");
      const bool goes = debtor && !oracle_.has_another_case(*debtor, order.case_id);
      if (goes != order.debtor_id.has_value() || (goes && *debtor != *order.debtor_id))
        fail(goes ? "a debtor whose last case went stays" : "a debtor with another case went");
    }
    const bool was_there = oracle_.erase(order.case_id, order.debtor_id);
    gone_rows_.insert(oracle_.state().erased.begin(), oracle_.state().erased.end());
    learns = true;
    if (was_there && is_new) ++tally_["cases erased"];
    if (was_there && is_put_back) count_try("a return to a backup");
    tell("  a case is erased");
    std::erase(cases_, order.case_id);
    if (is_new && std::find(gone_.begin(), gone_.end(), order.case_id) == gone_.end())
      gone_.push_back(order.case_id);
    if (order.debtor_id) gone_debtors_.insert(*order.debtor_id);
  }
  lines_seen_ = std::max(lines_seen_, lines.size());
  if (learns) oracle_.count_commit();
}

// ---- bringing back -----------------------------------------------------------------------------------------------

void Universe::resurrect(test::SeededRandom& chance) {
  if (gone_.empty()) return;
  for (std::size_t i = 0; i < 3; ++i) {
    const Id one = any(gone_, chance);
    switch (chance.below(3)) {
      case 0: import_again(chance); break;
      case 1:
        office_ops(clerk_, schema::clerk,
                   {insert_op("task", random_.row_id(clock_.now()),
                              {{"case_id", one}, {"title", marked("rappeler", one)}})});
        break;
      default:
        office_ops(clerk_, schema::clerk,
                   {insert_op("assignment", random_.row_id(clock_.now()),
                              {{"case_id", one}, {"staff_id", any(agents_, chance)}})});
    }
  }
}

// What every import asks before it makes a case of an account: once for one that was erased, once for one that was not.
void Universe::import_again(test::SeededRandom& chance) {
  const auto& accounts = oracle_.state().accounts;
  if (accounts.empty()) return;
  auto erased = accounts.begin();
  std::advance(erased, static_cast<std::ptrdiff_t>(chance.below(accounts.size())));
  if (!server::is_erased_account(*office_.db, erased->first, erased->second))
    fail("the account of an erased case can be imported again");
  count_try("an import");
  if (cases_.empty()) return;
  const auto living = oracle_.state().rows.find(any(cases_, chance));
  if (living == oracle_.state().rows.end()) return;
  const Table& t = schema::table("case_file");
  const Row& row = living->second.row;
  const auto creditor = id_in(t, row, "creditor_id");
  const auto* account = std::get_if<std::string>(&row[schema::column(t, "ledger_ref")]);
  if (creditor && account != nullptr && !accounts.contains({*creditor, *account}) &&
      server::is_erased_account(*office_.db, *creditor, *account))
    fail("the account of a living case counts as erased");
}

// ---- what must hold at the end -----------------------------------------------------------------------------------

// A device that synced has answered every order: nobody waits for a receipt of its.
void Universe::check_receipts(Machine& m) {
  const std::string who = "machine " + std::to_string(m.index) + ": ";
  if (const auto due = sql::number(
          *office_.db, "SELECT count(*) FROM erasure_receipt WHERE device_id = ?1 AND state = 'due'",
          m.device);
      due != 0)
    fail(who + std::to_string(*due) + " orders to erase are not answered after the last quiet sync");
  if (sql::number(*m.db, "SELECT count(*) FROM erasure WHERE step <> 'done'") != 0)
    fail(who + "an order to erase was not carried out");
  for (const Id& one : gone_)
    if (m.replica->row(schema::table("case_file"), one)) fail(who + "it shows an erased case");
}

void Universe::hunt_in(const std::string& folder, sql::Connection& office, const std::string& who,
                       sql::Connection* keyed) {
  test::NeedleHunt needles;
  for (const Id& one : gone_)
    if (!unknowable_.contains(one)) needles.look_for(mark_of(one), "an erased case");
  for (const Id& one : gone_debtors_)
    if (!unknowable_.contains(one) && !server::row_exists(office, schema::table("debtor"), one))
      needles.look_for(mark_of(one), "an erased debtor");
  std::vector<std::string> found;
  for (const std::string& name : disk_.files(folder))
    needles.search(disk_.read(folder + "/" + name), name, found);
  if (keyed != nullptr)
    static_cast<void>(sql::for_each_page(
        *keyed, std::nullopt, [&](std::string_view page) { needles.search(page, "decrypted page", found); }));
  if (!found.empty()) fail(who + "after erasure there is still " + found.front());
}

void Universe::hunt() {
  if (gone_.empty()) return;
  for (auto& m : machines_) {
    if (restores_ == 0) break;
    for (const auto& [n, edit] : m->edits)
      for (const Id& row : edit.names) {
        const auto hangs = hangs_on_.find(row);
        if (hangs == hangs_on_.end() || oracle_.state().erased.contains(row)) continue;
        unknowable_.insert(hangs->second.begin(), hangs->second.end());
      }
  }
  for (const Id& one : gone_)
    ++tally_[unknowable_.contains(one) ? "erased cases not searched for" : "erased cases searched for"];
  hunt_in(std::string(kOffice), *office_.db, "the office: ", nullptr);
  for (auto& m : machines_)
    if (!m->is_copied)
      hunt_in(m->folder, *office_.db, "machine " + std::to_string(m->index) + ": ",
              plan_.knobs.keyed ? m->db.get() : nullptr);
  // Each is put back, rewritten and searched: of many, every other one.
  for (std::size_t at = chaos_.below(2); at < backups_.size(); at += 2) {
    const Backup& backup = backups_[at];
    const std::string folder = "/tried";
    disk_.restore(folder, backup.disk);
    test::SeededRandom own(plan_.seed);  // the programs' own chance stays as it was
    const auto db =
        sql::open_sqlite(folder + "/relance.db", {.enforce_references = true, .vfs = disk_.name()});
    server::Ledger ledger(*db, clock_, own);
    server::enter_new_epoch(ledger, "sim");
    const std::int64_t again = server::replay_erasures(site(), ledger);
    for (std::int64_t i = 0; i < again; ++i) count_try("a return to a backup");
    // A purge that the backup cut short is gone on with.
    std::vector<Id> waiting;
    {
      sql::Query q(*db, "SELECT id FROM purge_run WHERE state IN ('running', 'scanning')");
      while (q.next()) waiting.push_back(q.id(0));
    }
    for (const Id& run : waiting)
      server::run_purge(site(), ledger, {.staff_id = boss_, .role = schema::office}, run,
                        [](std::int64_t, std::int64_t) {});
    for (const Id& one : gone_)
      if (server::row_exists(*db, schema::table("case_file"), one))
        fail("a backup that was put back shows an erased case");
    hunt_in(folder, *db, "a backup that was put back: ", nullptr);
    ++tally_["backups searched"];
  }
}

}  // namespace relance::sim
