#include "server/concerns.h"

#include "host/files.h"
#include "host/local_day.h"
#include "host/openssl.h"
#include "schema/instant.h"
#include "server/database.h"
#include "server/person_requests.h"

namespace relance::server {
namespace {

constexpr Ms kDay = 24LL * 3600 * 1000;
constexpr Ms kBackupAgeMax = 2 * kDay;        // a night without one is a weekend's luck
constexpr Ms kTestAgeMax = 92 * kDay;         // a quarter
constexpr Ms kConflictAgeMax = 7 * kDay;      // until then it is in somebody's week
constexpr Ms kConfirmationAgeMax = 7 * kDay;  // of a wipe that was ordered
constexpr Ms kAuthorityWarning = 365 * kDay;  // every device enrols anew: that takes a year of calm
constexpr Ms kClockTolerance = 5 * 60 * 1000;
constexpr std::size_t kCertificateMax = 64 * 1024;

class Look {
 public:
  Look(const Office& office, sql::Connection& db, Ms now) : office_(office), db_(db), now_(now) {}

  std::vector<Concern> all() {
    backups();
    people();
    devices();
    erasures();
    audit_log();
    certificates();
    return std::move(found_);
  }

 private:
  void add(std::string check, std::string sentence) {
    found_.push_back({std::move(check), std::move(sentence)});
  }
  [[nodiscard]] Ms meta(std::string_view name) {
    const auto text = sql::get_meta(db_, name);
    return text ? std::stoll(*text) : 0;
  }
  template <class... Args>
  void count(const char* check, std::string_view text, const std::string& sentence, const Args&... args) {
    const auto n = sql::number(db_, text, args...).value_or(0);
    if (n > 0) add(check, std::to_string(n) + " " + sentence);
  }

  void backups() {
    const Ms last = meta("last_backup_at"), tested = meta("backup_tested_at");
    if (last == 0)
      add("backup", "There is no backup yet: relance-server backup FILE");
    else if (now_ - last > kBackupAgeMax)
      add("backup", "The last backup is of " + instant_text(last) + ": relance-server backup FILE");
    if (tested == 0)
      add("backup_test", "No backup was ever restored in a test: relance-server restore FILE --test");
    else if (now_ - tested > kTestAgeMax)
      add("backup_test", "The last backup that was restored in a test was on " + instant_text(tested) +
                             ": relance-server restore FILE --test");
    if (!std::filesystem::exists(office_.file("backup.crt")))
      add("backup_key", "Backups open with this machine's own key: relance-server backup-key init FILE.pem");
  }

  void people() {
    count("conflicts", "SELECT count(*) FROM conflict WHERE state = 'open' AND created_at < ?1",
          "conflicts wait for longer than a week: relance-server conflicts", now_ - kConflictAgeMax);
    const auto today = parse_civil_date(local_day(now_));
    RELANCE_ASSERT(today.has_value());
    for (const RightsAlarm& alarm : rights_alarms(db_, *today)) add(alarm.code, alarm.sentence);
    count("quarantine", "SELECT count(*) FROM quarantine WHERE state = 'kept'",
          "edits in quarantine wait for a decision: relance-server quarantine");
  }

  void devices() {
    count("devices_frozen", "SELECT count(*) FROM device WHERE state IN ('frozen', 'rescued')",
          "devices were found double or unknown after a restore, and wait for a decision: relance-server "
          "devices");
    count("devices_lost_edits", "SELECT count(*) FROM device_state WHERE lost_below > 0",
          "devices no longer had edits that this server lacks after its restore: relance-server devices");
    count("lease",
          "SELECT count(*) FROM device d JOIN device_state t ON t.device_id = d.id JOIN staff s ON s.id = "
          "d.staff_id "
          "WHERE d.state = 'active' AND s.name <> ?1 AND t.lease_until < ?2",
          "devices have had no contact for longer than their lease, and are locked: relance-server devices",
          std::string(kSystemStaff), now_);
    count("wipe",
          "SELECT count(*) FROM device d JOIN device_state t ON t.device_id = d.id WHERE d.state IN "
          "('wipe_ordered', "
          "'lost') AND t.last_sync_at < ?1",
          "devices that were ordered wiped have not confirmed it for a week: relance-server devices",
          now_ - kConfirmationAgeMax);
  }

  void erasures() {
    count(
        "erasures",
        "SELECT count(*) FROM device d JOIN device_state t ON t.device_id = d.id WHERE t.orders_due > 0 AND "
        "(d.state <> 'active' OR t.lease_until < ?1)",
        "devices have not confirmed that they erased what they were told to, and are not expected back: "
        "relance-server purge status",
        now_);
    count("erasure_residue", "SELECT count(*) FROM purge_run WHERE residue > 0 AND state <> 'done'",
          "purges have found what they had erased: relance-server purge status");
  }

  void audit_log() {
    count(
        "audit", "SELECT count(*) FROM audit_head WHERE state IN ('rewritten', 'other_key', 'unanswered')",
        "signatures of the audit log, held by devices, are not of the log that is here: relance-server audit "
        "findings");
    count("audit_lost", "SELECT count(*) FROM audit_head WHERE state = 'lost'",
          "signatures of the audit log, held by devices, are of entries that a restore took: relance-server "
          "audit "
          "findings");
  }

  void certificates() {
    const auto end_of = [&](const char* name) {
      return facts_of_certificate(read_file(office_.file(name), kCertificateMax)).not_after;
    };
    if (const Ms end = end_of("ca.crt"); end - now_ < kAuthorityWarning)
      add("ca",
          "The CA ends on " + instant_text(end) + ": plan the enrolment of every device under a new one.");
    if (std::filesystem::exists(office_.file("backup.crt")))
      if (const Ms end = end_of("backup.crt"); end - now_ < kAuthorityWarning)
        add("backup_key_age", "The key of backups is ten years old on " + instant_text(end) +
                                  ": relance-server backup-key init --replace");
    const Ms newest = sql::number(db_, "SELECT max(happened_at) FROM audit_entry").value_or(0);
    if (now_ + kClockTolerance < newest)
      add("clock", "This machine's clock is behind what it wrote itself on " + instant_text(newest) +
                       ": set it (timedatectl)");
  }

  const Office& office_;
  sql::Connection& db_;
  Ms now_;
  std::vector<Concern> found_;
};

}  // namespace

std::vector<Concern> concerns_of(const Office& office, sql::Connection& db, Ms now) {
  return Look(office, db, now).all();
}

}  // namespace relance::server
