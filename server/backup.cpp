#include "server/backup.h"

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/version.h"
#include "server/database.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

Ms newest_commit(sql::Connection& db) {
  return sql::number(db, "SELECT max(happened_at) FROM audit_entry").value_or(0);
}

void require_whole(sql::Connection& db, const std::filesystem::path& file) {
  if (schema_of(db) > schema::kVersion) require_schema(db);  // says what to do
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

}  // namespace

BackupReport make_backup(const Office& office, Ledger& ledger, const std::filesystem::path& file) {
  sql::copy_sqlite(ledger.db(), file, office.key());
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  BackupReport report;
  BackupReach reach;
  {
    const auto copy = office.open_copy(file);
    try {
      require_whole(*copy, file);
    } catch (const Failure&) {
      std::filesystem::remove(file);
      throw;
    }
    report.cases = sql::number(*copy, "SELECT count(*) FROM case_file").value_or(0);
    reach = reach_of(*copy);
    sql::checkpoint_sqlite(*copy);
  }
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
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
  if (sync::planted(sync::Defect::origin_survives_restore)) return;
  sql::run(db, "UPDATE feed_entry SET origin = NULL WHERE origin IS NOT NULL");
}

void enter_new_epoch(Ledger& ledger, std::string_view backup_name) {
  Ledger::Work work(ledger);
  upgrade_schema(ledger.db());  // of a backup that was made before an upgrade
  begin_epoch(ledger.db(), ledger.random());
  ledger.audit(
      {.staff_id = system_staff(ledger.db()), .role = schema::office, .device_id = ledger.office_device()},
      "restore", backup_name);
  work.commit();
}

RestoreReport restore_backup(const Office& office, const std::filesystem::path& file, const Clock& clock,
                             Random& random) {
  if (!std::filesystem::exists(file))
    throw Failure(Code::not_found, "There is no backup at " + file.string() + ".");
  RestoreReport report;
  const std::filesystem::path making = office.file("relance.db.restored");
  const auto clean = [](const std::filesystem::path& path) {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
  };
  clean(making);
  std::filesystem::copy_file(file, making);
  try {
    const auto db = office.open_copy(making);
    require_whole(*db, file);
    report.taken_at = newest_commit(*db);
    Ledger ledger(*db, clock, random);
    enter_new_epoch(ledger, file.filename().string());
    RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
  } catch (...) {
    clean(making);
    throw;
  }
  report.devices = devices_after(office, report.taken_at);
  report.kept = office.file("relance.db.before-restore-" + std::to_string(clock.now()));
  // A WAL belongs to its database: both go aside, or the restored one would be played someone else's pages.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    const std::filesystem::path old = office.file("relance.db").string() + suffix;
    if (std::filesystem::exists(old)) std::filesystem::rename(old, report.kept.string() + suffix);
  }
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(making.string() + suffix);
  std::filesystem::rename(making, office.file("relance.db"));
  sync_directory(std::filesystem::absolute(office.file("relance.db")).parent_path());
  return report;
}

}  // namespace relance::server
