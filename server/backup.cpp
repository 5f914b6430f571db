#include "server/backup.h"

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/version.h"
#include "server/audit_export.h"
#include "server/database.h"
#include "server/purge.h"
#include "sync/audit.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

Ms newest_commit(sql::Connection& db) {
  return sql::number(db, "SELECT max(happened_at) FROM audit_entry").value_or(0);
}

void require_whole(sql::Connection& db, const std::filesystem::path& file) {
  try {
    if (schema_of(db) > schema::kVersion) require_schema(db);  // says what to do
  } catch (const Failure& failure) {
    if (failure.code() != Code::internal) throw;  // a database of another kind knows none of our tables
    throw Failure(Code::bad_file,
                  "The file " + file.string() + " is no office's backup; nothing was changed.");
  }
  const auto wrong = verify_office(db);
  if (!wrong.empty())
    throw Failure(Code::bad_file, "The backup " + file.string() + " does not verify (" + wrong.front() +
                                      "); nothing was changed.");
}

// Which devices have spoken to the database that is about to be replaced, and not to the backup since.
std::vector<RestoreReport::MissedDevice> devices_after(const Office& office, Ms taken_at) {
  std::vector<RestoreReport::MissedDevice> out;
  try {
    const auto db = office.connect(Office::Use::read);
    sql::Query q(*db,
                 "SELECT d.id, s.name, t.last_sync_at FROM device d JOIN device_state t ON t.device_id = "
                 "d.id JOIN staff s ON s.id = d.staff_id"
                 " WHERE t.last_sync_at > ?1 ORDER BY t.last_sync_at DESC",
                 taken_at);
    while (q.next()) out.push_back({q.id(0), q.text(1), q.integer(2)});
  } catch (const Failure&) {
    // The replaced database may be beyond reading: that is why one restores.
  }
  return out;
}

void remove_database(const std::filesystem::path& path) {
  for (const char* suffix : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
}

// What is in the WAL goes into the file, so that the file alone is the database. One beyond reading keeps both: false.
bool fold_in_wal(const Office& office) {
  try {
    const auto db = office.open_copy(office.file("relance.db"));  // of whatever schema version
    if (!sql::checkpoint_sqlite(*db))
      throw Failure(Code::busy,
                    "Another command is reading the office; wait until it is done and try again.");
  } catch (const Failure& failure) {
    if (failure.code() == Code::busy) throw;
    return false;
  }
  return true;
}

std::filesystem::path ledger_beside(const std::filesystem::path& backup) {
  return backup.string() + ".erasures";
}

// The office's own list and the backup's tell of one past: the longer one counts, and none may be another's.
void take_longer_ledger(const Office& office, const std::filesystem::path& backup) {
  const ErasureLedger own(office.erasure_ledger());
  const ErasureLedger theirs(ledger_beside(backup));
  if (own.continues(theirs)) return;
  if (!theirs.continues(own))
    throw Failure(Code::bad_file, "The list of erasures beside the backup, " + theirs.file().string() +
                                      ", does not agree with the office's own; nothing was changed.");
  write_file_durably(office.erasure_ledger(), read_file(theirs.file(), kErasureLedgerBytesMax), 0600);
}

// A restore that was cut after keeping and before replacing has left a second name of the office's own file.
void forget_cut_restore(const std::filesystem::path& present) {
  for (const auto& entry : std::filesystem::directory_iterator(present.parent_path()))
    if (entry.path() != present &&
        entry.path().filename().string().starts_with("relance.db.before-restore-") &&
        std::filesystem::equivalent(entry.path(), present))
      std::filesystem::remove(entry.path());
}

// The present database gets a second name before the other one takes its place in one step: at no moment is there no
// office. A WAL belongs to its database: it goes aside, or the restored one would be played someone else's pages.
void replace_database(const Office& office, const std::filesystem::path& by,
                      const std::filesystem::path& kept) {
  const std::filesystem::path present = std::filesystem::absolute(office.file("relance.db"));
  if (std::filesystem::exists(present)) {
    forget_cut_restore(present);
    std::error_code no_links;
    std::filesystem::create_hard_link(present, kept, no_links);
    if (no_links) std::filesystem::copy_file(present, kept);
    for (const char* suffix : {"-wal", "-shm"})
      if (std::filesystem::exists(present.string() + suffix))
        std::filesystem::rename(present.string() + suffix, kept.string() + suffix);
    sync_directory(present.parent_path());
  }
  std::filesystem::rename(by, present);
  sync_directory(present.parent_path());
}

}  // namespace

// The copy is made under a name of its own: what bears a backup's name is one, however the making of it ended.
BackupReport make_backup(const Office& office, Ledger& ledger, const std::filesystem::path& file) {
  const auto lock = LockFile::try_lock(office.file("backup.lock"));
  if (!lock) throw Failure(Code::busy, "Another backup of this office is being made; wait until it is done.");
  if (std::filesystem::exists(file))
    throw Failure(Code::exists, "The file " + file.string() + " exists already; name another.");
  const std::filesystem::path making = file.string() + ".unfinished";
  remove_database(making);
  static_cast<void>(
      sign_audit(office, ledger));  // a copy tells how far its log went; what is wrong, `verify` says
  BackupReport report;
  BackupReach reach;
  try {
    sql::copy_sqlite(ledger.db(), making, office.key());
    std::filesystem::permissions(making,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    const auto copy = office.open_copy(making);
    require_whole(*copy, file);
    report.cases = sql::number(*copy, "SELECT count(*) FROM case_file").value_or(0);
    reach = reach_of(*copy);
    sql::checkpoint_sqlite(*copy);
  } catch (...) {
    remove_database(making);
    throw;
  }
  // The list of what was erased goes with each backup: it may have to outlive this machine.
  if (std::filesystem::exists(office.erasure_ledger()))
    write_file_durably(ledger_beside(file), read_file(office.erasure_ledger(), kErasureLedgerBytesMax), 0600);
  std::filesystem::rename(making, file);
  sync_directory(std::filesystem::absolute(file).parent_path());
  report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
  count_backup(ledger, reach, file.filename().string());
  return report;
}

BackupReach reach_of(sql::Connection& copy) {
  BackupReach reach;
  sql::Query q(copy, "SELECT device_id, last_n FROM device_state");
  while (q.next()) reach.emplace_back(q.id(0), q.integer(1));
  return reach;
}

void count_backup(Ledger& ledger, const BackupReach& reach, std::string_view name) {
  Ledger::Work work(ledger);
  for (const auto& [device, last_n] : reach)
    sql::run(ledger.db(), "UPDATE device_state SET durable_n = ?2 WHERE device_id = ?1 AND durable_n < ?2",
             device, last_n);
  sql::set_meta(ledger.db(), "last_backup_at", std::to_string(ledger.now()));
  ledger.audit(
      {.staff_id = system_staff(ledger.db()), .role = schema::office, .device_id = ledger.office_device()},
      "backup", name);
  work.commit();
}

void begin_epoch(sql::Connection& db, Random& random) {
  sql::set_meta(db, "epoch", random.uuid().text());
  sql::run(db, "UPDATE device_state SET agent_cursor = 0, common_cursor = 0, whole_cursor = 0");
  if (!sync::planted(sync::Defect::tokens_survive_restore)) {
    sql::run(db, "UPDATE device_state SET used_token = NULL, challenge_token = NULL, challenge_nonce = NULL");
    sql::run(db, "DELETE FROM resume_offer");
  }
  sql::run(db, "UPDATE feed_entry SET origin = NULL WHERE origin IS NOT NULL");
}

void enter_new_epoch(Ledger& ledger, std::string_view backup_name) {
  Ledger::Work work(ledger);
  upgrade_schema(ledger.db());  // of a backup that was made before an upgrade
  const Id before = ledger.epoch();
  begin_epoch(ledger.db(), ledger.random());
  ledger.audit(
      {.staff_id = system_staff(ledger.db()), .role = schema::office, .device_id = ledger.office_device()},
      sync::restore_action(before, ledger.epoch()), backup_name);
  work.commit();
}

RestoreReport restore_backup(const Office& office, const std::filesystem::path& file, const Clock& clock,
                             Random& random) {
  if (!std::filesystem::exists(file))
    throw Failure(Code::not_found, "There is no backup at " + file.string() + ".");
  RestoreReport report;
  const std::filesystem::path making = office.file("relance.db.restored");
  remove_database(making);
  try {
    std::filesystem::copy_file(file, making);
    const auto db = office.open_copy(making);
    require_whole(*db, file);
    report.taken_at = newest_commit(*db);
    Ledger ledger(*db, clock, random);
    enter_new_epoch(ledger, file.filename().string());
    take_longer_ledger(office, file);
    report.erased_again = replay_erasures(erasure_site(office), ledger);
    RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
  } catch (...) {
    remove_database(making);
    throw;
  }
  // Before anything is read from it: whoever reads it after a death writes its WAL anew, and could not say that it
  // failed.
  if (std::filesystem::exists(office.file("relance.db"))) report.kept_is_whole = fold_in_wal(office);
  report.devices = devices_after(office, report.taken_at);
  const std::filesystem::path kept = office.file("relance.db.before-restore-" + std::to_string(clock.now()));
  replace_database(office, making, kept);
  if (std::filesystem::exists(kept)) report.kept = kept;
  // The first head of the new epoch: whoever held one of what is lost is shown where the log goes on.
  const auto db = office.connect(Office::Use::write);
  Ledger ledger(*db, clock, random);
  static_cast<void>(sign_audit(office, ledger));
  return report;
}

}  // namespace relance::server
