// Opening and losing databases: crashes at any disk operation, errors, backups and returns to one.
#include "host/failure.h"
#include "host/sqlite.h"
#include "server/backup.h"
#include "server/database.h"
#include "sync/codec.h"
#include "sync/limits.h"
#include "sync/planted.h"
#include "tests/sim/universe.h"

namespace relance::sim {
namespace {

constexpr std::string_view kOffice = "/office";
const std::filesystem::path kOfficeFile = "/office/relance.db";
// Devices keep what they sent for seven days; the office's clock may be some hours off by then.
constexpr Ms kSurelyKeptMs = sync::kSentKeptMs - 12LL * 3600 * 1000;
constexpr std::size_t kBackupsMax = 6;

std::filesystem::path file_of(const std::string& folder) { return folder + "/replica.db"; }

sql::SqliteOptions replica_options(const test::Disk& disk, bool keyed) {
  sql::SqliteOptions options{.cache_kib = 1024, .vfs = disk.name()};
  if (keyed) options.key = std::string(32, 'k');
  return options;
}

// Tables are declared once a process, not once a seed: a fifth of a seed's time went into CREATE TABLE.
void create_office(test::Disk& disk) {
  static const test::Disk::Saved office = [&] {
    test::ManualClock clock;
    test::SeededRandom random(1);
    {
      const auto db = sql::open_sqlite(
          kOfficeFile,
          {.mode = sql::SqliteOptions::Mode::create, .enforce_references = true, .vfs = disk.name()});
      server::create_office(*db, clock, random, "Sim");
    }
    disk.settle(std::string(kOffice));
    return disk.save(std::string(kOffice));
  }();
  disk.restore(std::string(kOffice), office);
}

bool is_of_disk(Code code) {
  return code == Code::io || code == Code::disk_full || code == Code::corrupt || code == Code::busy;
}

}  // namespace

void Universe::open_office() {
  if (!disk_.exists(kOfficeFile)) create_office(disk_);
  office_.db =
      sql::open_sqlite(kOfficeFile, {.enforce_references = true, .cache_kib = 2048, .vfs = disk_.name()});
  if (sync::planted(sync::Defect::commit_without_fsync)) office_.db->execute("PRAGMA synchronous = OFF");
  office_.ledger = std::make_unique<server::Ledger>(*office_.db, clock_, random_);
  office_.committer = std::make_unique<server::DirectCommitter>(*office_.ledger);
  office_.reader = std::make_unique<server::DirectReader>(*office_.db);
  office_.service = std::make_unique<server::SyncService>(*office_.committer, *office_.reader, clock_,
                                                          plan_.knobs.page_bytes);
}

void Universe::open_machine(Machine& m) {
  const auto file = file_of(m.folder);
  if (!disk_.exists(file)) create_replica(m);
  m.db = sql::open_sqlite(file, replica_options(disk_, plan_.knobs.keyed));
  if (sync::planted(sync::Defect::edit_without_fsync)) m.db->execute("PRAGMA synchronous = OFF");
  m.replica = std::make_unique<client::Replica>(*m.db, m.clock, random_, plan_.knobs.push);
}

void Universe::create_replica(const Machine& m) {
  const client::Identity identity{
      .device_id = m.device, .staff_id = m.staff, .role = m.role, .epoch = oracle_.state().epoch};
  static std::map<std::pair<bool, int>, test::Disk::Saved> empty;
  auto found = empty.find({plan_.knobs.keyed, m.version});
  sql::SqliteOptions options = replica_options(disk_, plan_.knobs.keyed);
  if (found == empty.end()) {
    options.mode = sql::SqliteOptions::Mode::create;
    {
      const auto db = sql::open_sqlite(file_of(m.folder), options);
      client::Replica::create(*db, identity, m.clock.now(), m.version);
    }
    disk_.settle(m.folder);
    found = empty.emplace(std::pair(plan_.knobs.keyed, m.version), disk_.save(m.folder)).first;
  }
  disk_.restore(m.folder, found->second);
  options.mode = sql::SqliteOptions::Mode::open;
  const auto db = sql::open_sqlite(file_of(m.folder), options);
  sql::Transaction transaction(*db, sql::Access::write);
  client::Replica::set_identity(*db, identity, m.clock.now());
  transaction.commit();
}

void Universe::upgrade(Machine& m) {
  if (m.version == schema::kVersion || m.is_copied) return;
  m.session.reset();
  m.asked.reset();
  m.reply.reset();
  const bool done = guard_machine(m, [&] { static_cast<void>(client::Replica::upgrade(*m.db)); });
  m.version = std::stoi(sql::get_meta(*m.db, "schema").value_or("0"));
  if (done && m.version != schema::kVersion) fail("an upgrade that ended is not there");
  if (!done) return;
  ++tally_["devices upgraded"];
  disk_.heal(m.folder);
  close_machine(m);
  open_machine(m);
}

void Universe::close_machine(Machine& m) {
  m.session.reset();
  m.replica.reset();
  m.db.reset();
}

// The next action on this folder meets it.
void Universe::arm(const std::string& folder, test::SeededRandom& chance, bool dies) {
  using Fault = test::Disk::Fault;
  const std::uint64_t at = disk_.operations(folder) + 1 + chance.below(chance.below(4) == 0 ? 150 : 30);
  const Fault fault = !dies ? Fault::io_error : chance.below(2) == 0 ? Fault::death : Fault::short_death;
  disk_.fail_at(folder, at, fault);
  tell("  of " + folder);
}

bool Universe::guard_office(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    if (!is_of_disk(failure.code())) fail("the office failed: " + failure.message());
    if (quiet_) fail("the office's disk failed although nothing was planned: " + failure.message());
    crash_office();
    return false;
  }
  if (disk_.is_dead(std::string(kOffice))) {
    // It died after its last word was on the disk: whoever asked hears nothing.
    crash_office();
    return false;
  }
  return true;
}

bool Universe::guard_machine(Machine& m, const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    if (!is_of_disk(failure.code())) fail("machine " + std::to_string(m.index) + ": " + failure.message());
    if (quiet_) fail("a device's disk failed although nothing was planned: " + failure.message());
    crash_machine(m);
    return false;
  }
  if (disk_.is_dead(m.folder)) {
    crash_machine(m);
    return false;
  }
  return true;
}

void Universe::crash_office() {
  const auto loss = test::kEveryLoss[chaos_.below(test::kEveryLoss.size())];
  tell("  the office crashes, loss: " + std::string(word_of(loss)));
  ++tally_["crashes of the office"];
  office_ = {};
  disk_.crash(std::string(kOffice), loss, chaos_);
  disk_.heal(std::string(kOffice));
  open_office();
  tear_ledger();
  replay_erasures();
}

void Universe::crash_machine(Machine& m) {
  const auto loss = test::kEveryLoss[chaos_.below(test::kEveryLoss.size())];
  tell("  machine " + std::to_string(m.index) + " crashes, loss: " + std::string(word_of(loss)));
  ++tally_["crashes of a device"];
  close_machine(m);
  m.asked.reset();
  m.reply.reset();
  disk_.crash(m.folder, loss, chaos_);
  disk_.heal(m.folder);
  open_machine(m);
  reconcile(m);
}

// After a crash: every edit that was acknowledged is there; one under way is there whole, or is not.
void Universe::reconcile(Machine& m) {
  // Taken back or not: whoever was cut short in it does not know. What was sent is not touched by it.
  const std::map<Number, LocalEdit> before = m.edits;
  if (m.changing)
    std::erase_if(m.edits, [&](const auto& one) { return one.first >= *m.changing && !one.second.was_sent; });
  check_kept(m);
  const Number last = sql::number(*m.db, "SELECT max(n) FROM outbox").value_or(0);
  const bool is_undone = m.changing && !before.empty() && last < before.rbegin()->first;
  sql::Query q(*m.db, "SELECT n, hash, sent_at, ops FROM outbox ORDER BY n");
  while (q.next()) {
    const Number n = q.integer(0);
    if (m.edits.contains(n)) continue;
    LocalEdit found{m.shown_epoch, m.shown, q.text(1), !q.is_null(2)};
    if (const auto ops = sync::decode_ops(q.view(3))) note_names(found, *ops);
    // What its author had seen stays, if it is the same edit as before, or has moved up a number.
    const auto was = before.find(is_undone ? n + 1 : n);
    if (was != before.end() && (is_undone || was->second.hash == found.hash)) {
      found.shown = was->second.shown;
      found.shown_epoch = was->second.shown_epoch;
      found.names.insert(was->second.names.begin(), was->second.names.end());
    }
    m.edits[n] = found;
  }
}

// Whatever its user was told is kept: in the outbox, to the letter, or forgotten by the rule.
void Universe::check_kept(Machine& m) {
  std::map<Number, std::string> outbox;
  sql::Query q(*m.db, "SELECT n, hash FROM outbox");
  while (q.next()) outbox[q.integer(0)] = q.text(1);
  m.durable = std::max<Number>(
      m.durable, std::strtoll(sql::get_meta(*m.db, "durable_through").value_or("0").c_str(), nullptr, 10));
  for (const auto& [n, edit] : m.edits) {
    const auto found = outbox.find(n);
    if (found == outbox.end()) {
      if (n <= m.durable) continue;
      fail("machine " + std::to_string(m.index) + ": edit " + std::to_string(n) +
           " is gone, and no backup holds it");
    }
    if (found->second != edit.hash)
      fail("machine " + std::to_string(m.index) + ": edit " + std::to_string(n) + " is not what it was");
  }
}

// By number: is its outcome still to be told?
std::map<Number, bool> Universe::outbox_of(Machine& m) {
  std::map<Number, bool> out;
  sql::Query q(*m.db, "SELECT n, status = 'pending' OR resend = 1 FROM outbox");
  while (q.next()) out[q.integer(0)] = q.integer(1) != 0;
  return out;
}

// What an answer has taken out of the outbox, the office had told of seven days before it gave that answer.
void Universe::check_forgotten(Machine& m, const std::map<Number, bool>& before, Ms answered_at) {
  const auto now = outbox_of(m);
  for (auto& [n, edit] : m.edits) {
    const auto was = before.find(n), is = now.find(n);
    if (was == before.end()) continue;
    if (is != now.end()) {
      if (was->second && !is->second) edit.told_at = answered_at;
    } else if (answered_at - edit.told_at < kSurelyKeptMs) {
      fail("machine " + std::to_string(m.index) + ": edit " + std::to_string(n) + " is forgotten " +
           std::to_string((answered_at - edit.told_at) / 3'600'000) + " h after the office told of it");
    }
  }
}

// What a return to an old backup has left to its device alone stays there until the office has told of it again. The
// one way to lose it is an answer that was under way when the backup was put back, and is heard after that (a laptop
// that slept on it): it says truly that a backup of then holds the edit, and nobody can tell the device that another
// one stands in its place now. Heard a moment earlier it would have done the same, and that old backup is what lost
// the edit: whatever is put back later, made since by an office that lacks it, owes nothing for it.
void Universe::check_left_alone(Machine& m) {
  const auto epoch = Id::parse(sql::get_meta(*m.db, "epoch").value_or(""));
  for (auto& [n, edit] : m.edits) {
    if (!edit.left_in) continue;
    const bool has_entered_another = epoch != edit.left_in;
    sql::Query q(*m.db, "SELECT status = 'pending' OR resend = 1 FROM outbox WHERE n = ?1", n);
    if (q.next()) {
      if (has_entered_another && q.integer(0) == 0) edit.left_in.reset();
      continue;
    }
    if (has_entered_another)
      fail("machine " + std::to_string(m.index) + ": edit " + std::to_string(n) +
           ", which it alone kept after the return to an old backup, is gone before the office told of it");
    edit.was_lost = true;
    edit.left_in.reset();
    ++tally_["edits forgotten on the word of an office that was put back"];
  }
}

void Universe::backup() {
  disk_.heal(std::string(kOffice));  // a backup that fails is no backup: nothing to see
  const server::BackupReach reach = server::reach_of(*office_.db);
  backups_.push_back({disk_.save(std::string(kOffice)), oracle_.state(), clock_.now()});
  if (backups_.size() > kBackupsMax)
    backups_.erase(backups_.begin() + static_cast<std::ptrdiff_t>(chaos_.below(kBackupsMax)));
  server::count_backup(*office_.ledger, reach, "sim");
  oracle_.count_commit();
  ++tally_["backups"];
}

void Universe::restore(test::SeededRandom& chance) {
  if (!backups_.empty()) restore_to(Backup(backups_[chance.below(backups_.size())]));
}

void Universe::regret(test::SeededRandom& chance) {
  if (backups_.empty()) return;
  const Backup wrong = backups_[chance.below(backups_.size())];
  for (int i = 0; i < 2; ++i)
    for (auto& m : machines_) sync(*m, &chance);
  backup();
  const Backup right = backups_.back();
  restore_to(wrong);
  for (auto& m : machines_) {
    if (chance.below(2) == 0) take_id(*m, "applied", chance);
    sync(*m, &chance);
  }
  restore_to(right);
}

void Universe::lose_a_week(test::SeededRandom& chance) {
  backup();
  const Backup before = backups_.back();
  Machine& m = any_machine(chance);
  for (int i = 0; i < 3; ++i) {
    edit(m, chance, false);
    if (i == 0 || chance.below(4) == 0) take_id(m, "pending", chance);
  }
  for (int i = 0; i < 2; ++i) sync(m, &chance);
  backup();
  pass(8 * kDayMs);
  for (int i = 0; i < 2; ++i) sync(m, &chance);
  if (chance.below(2) == 0) edit(m, chance, false);
  restore_to(before);
}

void Universe::restore_to(const Backup& back) {
  tell("  to the backup of " + std::to_string((clock_.now() - back.taken_at) / 3'600'000) + " h ago");
  const bool is_covered = clock_.now() - back.taken_at < kSurelyKeptMs;
  old_restore_ |= !is_covered;
  ++restores_;
  ++tally_[is_covered ? "restores within seven days" : "restores of old backups"];
  // What was acknowledged since is still with whoever wrote it, unless an older backup has lost it before.
  for (auto& m : machines_) {
    const auto then = back.oracle.devices.find(m->device);
    const Number last_then = then == back.oracle.devices.end() ? 0 : then->second.last_n;
    const auto now = oracle_.state().devices.find(m->device);
    if (now == oracle_.state().devices.end() || m->is_copied) continue;
    for (auto& [n, edit] : m->edits) {
      if (n <= last_then) continue;
      const bool was_taken_in = oracle_.state().fates.contains({m->device, n});
      if (sql::number(*m->db, "SELECT 1 FROM outbox WHERE n = ?1", n)) {
        if (!is_covered && was_taken_in)
          edit.left_in = Id::parse(sql::get_meta(*m->db, "epoch").value_or(""));
      } else if (!is_covered)
        edit.was_lost = true;
      else if (!edit.was_lost && was_taken_in)
        fail("machine " + std::to_string(m->index) + ": edit " + std::to_string(n) +
             " is neither in a backup of less than seven days nor on its device");
    }
  }
  office_ = {};
  disk_.restore(std::string(kOffice), back.disk);
  open_office();
  server::enter_new_epoch(*office_.ledger, "sim");
  oracle_.go_back(back.oracle, office_.ledger->epoch());
  // As `relance-server restore` does, before anyone is served.
  if (lines_seen_ > 0) {
    static_cast<void>(server::replay_erasures(site(), *office_.ledger));
    learn_erasures(true);
  }
}

}  // namespace relance::sim
