#include "server/upgrade.h"

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/version.h"
#include "server/database.h"
#include "server/ledger.h"
#include "server/reference_data.h"

namespace relance::server {
namespace {

// A copy of its own: commands at the office may commit until the write lock is taken, and the file that is upgraded in
// place is never the only one.
void keep_verified_copy(const Office& office, sql::Connection& db, const std::filesystem::path& kept) {
  const std::filesystem::path file = kept.string() + ".new";  // a cut leaves nothing that looks like a backup
  sql::copy_sqlite(db, file, office.key());
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::vector<std::string> wrong;
  {
    const auto copy = office.open_copy(file);
    wrong = verify_office(*copy);
    sql::checkpoint_sqlite(*copy);
  }
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(file.string() + suffix);
  if (!wrong.empty()) {
    std::filesystem::remove(file);
    throw Failure(Code::bad_file, "The database does not verify (" + wrong.front() +
                                      "); nothing was changed. `relance-server verify` says more.");
  }
  std::filesystem::rename(file, kept);
  sync_directory(std::filesystem::absolute(kept).parent_path());
}

}  // namespace

UpgradeReport upgrade_office(const Office& office, const Clock& clock, Random& random, UpgradeMode mode) {
  const auto db = office.open_copy(office.file("relance.db"));
  UpgradeReport report{.from = schema_of(*db), .statements = {}, .kept = {}};
  if (report.from > schema::kVersion) require_schema(*db);  // says what to do
  report.statements =
      schema::upgrade_statements(schema::Side::server, db->dialect(), report.from, schema::kVersion);
  if (report.from == schema::kVersion || mode == UpgradeMode::dry_run) return report;
  report.kept = office.file(std::string(kKeptCopyPrefix) + "upgrade-" + std::to_string(clock.now()));
  keep_verified_copy(office, *db, report.kept);
  Ledger ledger(*db, clock, random);
  Ledger::Work work(ledger);
  upgrade_schema(*db);
  ledger.audit({.staff_id = system_staff(*db), .role = schema::office, .device_id = ledger.office_device()},
               "upgrade", std::to_string(report.from));
  add_reference_rows(ledger, {.staff_id = system_staff(*db), .role = schema::office});
  work.commit();
  return report;
}

}  // namespace relance::server
