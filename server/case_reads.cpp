#include "server/case_reads.h"

#include "host/local_day.h"
#include "rules/civil_date.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

constexpr std::string_view kRule = "RC8";
constexpr std::int64_t kMonthsWithoutRule = 12;
constexpr Ms kDayMs = 24LL * 3600 * 1000;

Ms begin_of(CivilDate day) { return days_between({.year = 1970, .month = 1, .day = 1}, day) * kDayMs; }

void insert_read(sql::Connection& db, const Id& device, const Id& staff, const sync::CaseRead& read) {
  sql::run(db,
           "INSERT INTO case_read (device_id, n, staff_id, case_id, happened_at, action) VALUES (?1, ?2, ?3, "
           "?4, ?5, "
           "?6) ON CONFLICT (device_id, n) DO NOTHING",
           device, read.n, staff, read.case_id, read.at, read.action);
}

}  // namespace

void note_read(Ledger& ledger, const Author& author, std::string_view action,
               const std::optional<Id>& case_id) {
  sql::Connection& db = ledger.db();
  const Id device = ledger.office_device();
  const Ms now = ledger.now();
  if (sql::number(db,
                  "SELECT 1 FROM case_read WHERE staff_id = ?1 AND happened_at > ?2 AND happened_at <= ?3 AND"
                  " device_id = ?4 AND action = ?5 AND case_id IS NOT DISTINCT FROM ?6",
                  author.staff_id, now - sync::kReadAgainMs, now, device, action, case_id))
    return;
  const std::int64_t n =
      sql::number(db, "SELECT max(n) FROM case_read WHERE device_id = ?1", device).value_or(0) + 1;
  insert_read(db, device, author.staff_id,
              {.n = n, .case_id = case_id, .at = now, .action = std::string(action)});
}

std::int64_t take_reads(Ledger& ledger, const Device& device, const std::vector<sync::CaseRead>& reads) {
  sql::Connection& db = ledger.db();
  std::int64_t through = 0;
  for (sync::CaseRead read : reads) {
    through = std::max(through, read.n);
    if (read.case_id && !row_exists(db, schema::table("case_file"), *read.case_id)) continue;
    read.at = std::min(std::max(read.at, device.enrolled_at), ledger.now() + sync::kClockAheadMs);
    insert_read(db, device.id, device.staff_id, read);
  }
  return through;
}

std::vector<ReadLine> list_reads(sql::Connection& db, const ReadFilter& filter) {
  std::string where = " WHERE 1";
  if (filter.case_id) where += " AND (r.case_id = ?1 OR r.case_id IS NULL)";
  if (!filter.user.empty()) where += " AND s.name = ?2";
  sql::Query q(
      db,
      "SELECT r.happened_at, coalesce(s.name, ''), coalesce(d.name, ''), r.action, coalesce(c.number, ''),"
      " r.device_id, ?1 IS NULL, ?2 IS NULL FROM case_read r LEFT JOIN staff s ON s.id = r.staff_id"
      " LEFT JOIN device d ON d.id = r.device_id LEFT JOIN case_file c ON c.id = r.case_id" +
          where + " ORDER BY r.happened_at DESC, r.device_id, r.n DESC",
      filter.case_id, filter.user);
  std::vector<ReadLine> out;
  while (q.next()) {
    const std::string day = local_day(q.integer(0));
    if ((!filter.from_on.empty() && day < filter.from_on) || (!filter.to_on.empty() && day > filter.to_on))
      continue;
    out.push_back({.at = q.integer(0),
                   .user = q.text(1),
                   .device = q.text(2),
                   .action = q.text(3),
                   .case_number = q.text(4),
                   .device_id = q.id(5)});
  }
  return out;
}

std::int64_t months_of_access(sql::Connection& db, std::string_view day) {
  return sql::number(db,
                     "SELECT months FROM retention_rule WHERE code = ?1 AND valid_from <= ?2 ORDER BY "
                     "valid_from DESC "
                     "LIMIT 1",
                     kRule, day)
      .value_or(kMonthsWithoutRule);
}

std::int64_t purge_reads(Ledger& ledger, std::string_view day) {
  const auto today = parse_civil_date(day);
  RELANCE_ASSERT(today.has_value());
  const Ms before = begin_of(add_months(*today, -months_of_access(ledger.db(), day)));
  return sql::run(ledger.db(), "DELETE FROM case_read WHERE happened_at < ?1", before);
}

}  // namespace relance::server
