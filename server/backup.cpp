#include "server/backup.h"

#include "host/digest.h"
#include "host/failure.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "schema/version.h"
#include "server/audit_export.h"
#include "server/database.h"
#include "server/purge.h"
#include "sync/audit.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

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

// A restore that was cut after keeping and before replacing has left a second name of the office's own file.
void forget_cut_restore(const std::filesystem::path& present) {
  for (const auto& entry : std::filesystem::directory_iterator(present.parent_path()))
    if (entry.path() != present &&
        entry.path().filename().string().starts_with(std::string(kKeptCopyPrefix) + "restore-") &&
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

namespace {

constexpr std::size_t kOfficeFileMax = 256UL << 20;
constexpr std::string_view kErasureLedger = "erasure.ledger";

bool is_office_file(const std::filesystem::path& path) {
  const auto kind = path.extension();
  return kind == ".key" || kind == ".crt" || kind == ".toml" || kind == ".ledger" ||
         path.filename() == "hosts" || path.filename() == "address";
}

// Every key, certificate, setting and ledger that lies in the directory, also of a kind that comes tomorrow: known by
// how it ends.
OfficeFiles office_files(const Office& office) {
  OfficeFiles out;
  for (const auto& entry : std::filesystem::directory_iterator(office.file("")))
    if (entry.is_regular_file() && is_office_file(entry.path()))
      out[entry.path().filename().string()] = Secret::take(read_file(entry.path(), kOfficeFileMax));
  // Where the service manager holds it, it lies in no directory of ours.
  if (office.key()) out["server.key"] = Secret::take(hex(*office.key()) + "\n");
  return out;
}

std::string erasure_ledger(const Office& office) {
  const auto path = office.file(kErasureLedger);
  return std::filesystem::exists(path) ? read_file(path, kOfficeFileMax) : std::string();
}

std::filesystem::path ledger_beside(const std::filesystem::path& backup) {
  return backup.string() + ".ledger";
}

void place_file(const std::filesystem::path& path, std::string_view content) {
  if (std::filesystem::exists(path)) {
    // Both are of one ledger that only ever grows: the longer one knows all that the other knows.
    if (path.filename() != kErasureLedger || !content.starts_with(read_file(path, kOfficeFileMax))) return;
  }
  const bool is_public =
      path.extension() == ".crt" || path.filename() == "hosts" || path.filename() == "address";
  write_file_durably(path, content, is_public ? 0644 : 0600);
}

void place_files(const std::filesystem::path& directory, const OfficeFiles& files) {
  const auto ca = files.find("ca.crt");
  const std::filesystem::path present = directory / "ca.crt";
  if (ca != files.end() && std::filesystem::exists(present) &&
      read_file(present, kOfficeFileMax) != ca->second.view())
    throw Failure(Code::refused, "This backup is of another office than the one in " + directory.string() +
                                     " (its authority is another); restore it into an empty directory.");
  for (const auto& [name, content] : files) {
    // A name is one of ours, or it is nothing that we wrote.
    if (std::filesystem::path(name).filename() != name || !is_office_file(name)) continue;
    place_file(directory / name, content.view());
  }
}

struct MadeCopy {
  BackupReport report;
  BackupReach reach;
};

MadeCopy make_verified_copy(const Office& office, sql::Connection& from,
                            const std::filesystem::path& copy_file, const std::optional<std::string>& key,
                            const std::filesystem::path& file, std::string_view ledger) {
  sql::copy_sqlite(from, copy_file, key);
  std::filesystem::permissions(copy_file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto copy = key ? sql::open_sqlite(copy_file, {.key = key, .enforce_references = true})
                        : office.open_copy(copy_file);
  require_whole(*copy, file);
  MadeCopy out;
  out.report.cases = sql::number(*copy, "SELECT count(*) FROM case_file").value_or(0);
  out.report.facts = facts_of_backup(*copy, ledger);
  out.reach = reach_of(*copy);
  sql::checkpoint_sqlite(*copy);
  return out;
}

}  // namespace

// The copy is made under a name of its own: what bears a backup's name is one, however the making of it ended.
BackupReport make_backup(const Office& office, Ledger& ledger, const std::filesystem::path& file) {
  const auto lock = LockFile::try_lock(office.file("backup.lock"));
  if (!lock) throw Failure(Code::busy, "Another backup of this office is being made; wait until it is done.");
  if (std::filesystem::exists(file))
    throw Failure(Code::exists, "The file " + file.string() + " exists already; name another.");
  static_cast<void>(
      sign_audit(office, ledger));  // a copy tells how far its log went; what is wrong, `verify` says
  const bool is_sealed = std::filesystem::exists(office.file("backup.crt"));
  if (is_sealed && !sql::engine_encrypts())
    throw Failure(Code::plaintext, std::string(facts_of(Code::plaintext).sentence));
  const std::filesystem::path making = file.string() + ".unfinished", copy = making.string() + "-copy";
  const auto clear = [&] {
    remove_database(making);
    remove_database(copy);
  };
  clear();
  MadeCopy made;
  try {
    const std::string erased = erasure_ledger(office);
    if (is_sealed) {
      std::string key = random_bytes(32);
      made = make_verified_copy(office, ledger.db(), copy, key, file, erased);
      const std::string recipient = read_file(office.file("backup.crt"), kOfficeFileMax);
      write_sealed_backup(making, recipient, made.report.facts, copy, key, office_files(office));
      wipe(key);
    } else {
      made = make_verified_copy(office, ledger.db(), making, office.key(), file, erased);
      if (!erased.empty()) write_file_durably(ledger_beside(file), erased, 0600);
    }
  } catch (...) {
    clear();
    throw;
  }
  remove_database(copy);
  std::filesystem::rename(making, file);
  sync_directory(std::filesystem::absolute(file).parent_path());
  made.report.is_sealed = is_sealed;
  made.report.bytes = static_cast<std::int64_t>(std::filesystem::file_size(file));
  count_backup(ledger, made.reach, file.filename().string());
  return made.report;
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
  note_put_back(ledger.db());
  ledger.audit(
      {.staff_id = system_staff(ledger.db()), .role = schema::office, .device_id = ledger.office_device()},
      sync::restore_action(before, ledger.epoch()), backup_name);
  work.commit();
}

namespace {

// The backup's database in the office's key, under the name from which it will take its place.
void copy_into_office(const Office& office, const BackupSource& source, const std::filesystem::path& making) {
  if (!source.key) {
    std::filesystem::copy_file(source.file, making);
    return;
  }
  const auto db =
      sql::open_sqlite(source.file, {.key = std::string(source.key->view()), .enforce_references = true});
  sql::copy_sqlite(*db, making, office.key());
}

}  // namespace

BackupSource unpack_backup(const std::filesystem::path& file, const OfflineKey& key,
                           const std::filesystem::path& directory, const std::filesystem::path& making) {
  if (!std::filesystem::exists(file))
    throw Failure(Code::not_found, "There is no backup at " + file.string() + ".");
  const std::string name = file.filename().string();
  remove_database(making);
  if (!is_sealed_backup(file)) {
    if (std::filesystem::exists(ledger_beside(file)))
      place_file(directory / kErasureLedger, read_file(ledger_beside(file), kOfficeFileMax));
    return {.name = name, .file = file, .key = {}};
  }
  if (!key)
    throw Failure(
        Code::usage,
        "This backup is sealed to an offline key: name the file of its private half with --key FILE.pem.");
  try {
    OpenedBackup opened = open_sealed_backup(file, *key, making);
    place_files(directory, opened.files);
    return {.name = name, .file = making, .key = std::move(opened.database_key)};
  } catch (...) {
    remove_database(making);
    throw;
  }
}

RestoreReport restore_backup(const Office& office, const BackupSource& source, const Clock& clock,
                             Random& random) {
  RestoreReport report;
  const std::filesystem::path making = office.file("relance.db.restored");
  remove_database(making);
  try {
    copy_into_office(office, source, making);
    const auto db = office.open_copy(making);
    require_whole(*db, source.file);
    report.facts = facts_of_backup(*db, {});
    Ledger ledger(*db, clock, random);
    enter_new_epoch(ledger, source.name);
    report.erased_again = replay_erasures(erasure_site(office), ledger);
    RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
  } catch (...) {
    remove_database(making);
    throw;
  }
  // Before anything is read from it: whoever reads it after a death writes its WAL anew, and could not say that it
  // failed.
  if (std::filesystem::exists(office.file("relance.db"))) report.kept_is_whole = fold_in_wal(office);
  report.devices = devices_after(office, report.facts.taken_at);
  const std::filesystem::path kept =
      office.file(std::string(kKeptCopyPrefix) + "restore-" + std::to_string(clock.now()));
  replace_database(office, making, kept);
  if (std::filesystem::exists(kept)) report.kept = kept;
  // The first head of the new epoch: whoever held one of what is lost is shown where the log goes on.
  const auto db = office.connect(Office::Use::write);
  Ledger ledger(*db, clock, random);
  static_cast<void>(sign_audit(office, ledger));
  return report;
}

namespace {

// Gone again however the test ends: it is a whole office.
struct ScratchOffice {
  explicit ScratchOffice(const std::filesystem::path& directory) : path(directory) {
    std::filesystem::remove_all(path);
    make_private_directory(path);
  }
  ScratchOffice(const ScratchOffice&) = delete;
  ScratchOffice& operator=(const ScratchOffice&) = delete;
  ~ScratchOffice() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  const std::filesystem::path path;
};

void record_test(const Office& office, const BackupFacts& facts, std::string_view name, const Clock& clock,
                 Random& random) {
  const auto db = office.connect(Office::Use::write);
  Ledger ledger(*db, clock, random);
  Ledger::Work work(ledger);
  sql::set_meta(*db, "backup_tested_at", std::to_string(ledger.now()));
  sql::set_meta(*db, "tested_backup_of", std::to_string(facts.taken_at));
  ledger.audit({.staff_id = system_staff(*db), .role = schema::office, .device_id = ledger.office_device()},
               "backup.test", name);
  work.commit();
}

bool is_of_office(const Office& office, const std::filesystem::path& directory) {
  if (!std::filesystem::exists(office.file("relance.db")) || !std::filesystem::exists(directory / "ca.crt"))
    return false;
  return read_file(office.file("ca.crt"), kOfficeFileMax) == read_file(directory / "ca.crt", kOfficeFileMax);
}

}  // namespace

BackupTest test_backup(const std::filesystem::path& file, const OfflineKey& key, const Office* office,
                       const std::filesystem::path& scratch, const Clock& clock, Random& random,
                       bool allow_plaintext) {
  const ScratchOffice machine(scratch);
  if (office != nullptr && !is_sealed_backup(file)) place_files(machine.path, office_files(*office));
  const BackupSource source = unpack_backup(file, key, machine.path, machine.path / "relance.db.unpacked");
  const Office risen(machine.path, allow_plaintext, Office::Database::may_be_missing);
  BackupTest out{.facts = restore_backup(risen, source, clock, random).facts};
  // What rises can be served: its authority signs, what devices sealed opens, and all that is in it agrees.
  static_cast<void>(risen.certificate(clock));
  const CertificateWithKey sealing = risen.sealing(clock);
  const auto db = risen.connect(Office::Use::read);
  std::vector<std::string> wrong = verify_office(*db);
  if (!is_key_of(sealing.key_pem.view(), sealing.certificate_pem))
    wrong.emplace_back("seal.key is not that of seal.crt");
  if (!wrong.empty())
    throw Failure(Code::bad_file, "What the backup " + file.string() + " restores does not verify (" +
                                      wrong.front() + "); make another one and test that.");
  out.cases = sql::number(*db, "SELECT count(*) FROM case_file").value_or(0);
  out.is_recorded = office != nullptr && is_of_office(*office, machine.path);
  if (out.is_recorded) record_test(*office, out.facts, source.name, clock, random);
  return out;
}

}  // namespace relance::server
