#include "server/database.h"

#include <charconv>

#include "host/digest.h"
#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/version.h"
#include "server/audit_log.h"
#include "server/feed.h"
#include "server/rows.h"
#include "sync/mutation.h"

namespace relance::server {
namespace {

Row initial_row(const schema::Table& t, const Id& id, Ms now, const Id& staff, const Id& device) {
  Row row(t.columns.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = schema::initial_value(t.columns[i]);
  row[0] = id;
  row[1] = now;
  row[2] = staff;
  row[3] = device;
  return row;
}

void set(const schema::Table& t, Row& row, std::string_view column, Value value) {
  row[schema::column(t, column)] = std::move(value);
}

void check_values(sql::Connection& db, std::vector<std::string>& wrong) {
  const int version = schema_of(db);
  for (const schema::Table& t : schema::business_tables()) {
    if (t.since > version) continue;
    std::string names;
    std::vector<const schema::Column*> columns;
    for (const schema::Column& c : t.columns) {
      if (c.since > version) continue;
      names += (columns.empty() ? "" : ", ") + std::string(c.name);
      columns.push_back(&c);
    }
    std::int64_t damaged = 0;
    std::string_view where;
    sql::Query rows(db, "SELECT " + names + " FROM " + std::string(t.name));
    while (rows.next())
      for (std::size_t i = 0; i < columns.size(); ++i)
        if (!schema::why_not(*columns[i], read_value(rows, static_cast<int>(i), columns[i]->type)).empty()) {
          ++damaged;
          where = columns[i]->name;
        }
    if (damaged > 0)
      wrong.push_back(std::to_string(damaged) + " values of " + std::string(t.name) +
                      " do not fit their column (" + std::string(where) + ")");
  }
}

// What each agent's feed should name, from the assignments, against what it names.
void check_feeds(sql::Connection& db, std::vector<std::string>& wrong) {
  const int version = schema_of(db);
  std::vector<Id> agents;
  // Also feeds of people who never held a case: they must be empty, and the common one must name every common row.
  sql::Query staff(db, "SELECT staff_id FROM assignment UNION SELECT feed_id FROM feed_entry ORDER BY 1");
  while (staff.next()) agents.push_back(staff.id(0));
  if (agents.empty() || agents.front() != kCommonFeed) agents.push_back(kCommonFeed);
  for (const Id& agent : agents) {
    std::map<std::pair<int, Id>, bool> held;
    for (const schema::Table& t : schema::business_tables()) {
      if (agent != kCommonFeed || t.way != schema::Way::common || t.since > version) continue;
      sql::Query rows(db, "SELECT id FROM " + std::string(t.name));
      while (rows.next()) held[{t.number, rows.id(0)}] = false;
    }
    sql::Query cases(db, "SELECT DISTINCT case_id FROM assignment WHERE staff_id = ?1 AND valid_to IS NULL",
                     agent);
    while (cases.next()) {
      for (const RowName& row : rows_of_case(db, cases.id(0), version))
        held[{row.table->number, row.id}] = false;
      if (const auto debtor = sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", cases.id(0)))
        for (const RowName& row : rows_of_debtor(db, *debtor, version))
          held[{row.table->number, row.id}] = false;
    }
    std::int64_t foreign = 0;
    sql::Query entries(db, "SELECT table_no, row_id FROM feed_entry WHERE feed_id = ?1 AND gone = 0", agent);
    while (entries.next()) {
      const auto found = held.find({static_cast<int>(entries.integer(0)), entries.id(1)});
      if (found == held.end())
        ++foreign;
      else
        found->second = true;
    }
    std::int64_t missing = 0;
    for (const auto& [row, named] : held) missing += named ? 0 : 1;
    if (foreign > 0 || missing > 0)
      wrong.push_back((agent == kCommonFeed ? "the common feed" : "the feed of agent " + agent.text()) +
                      " names " + std::to_string(foreign) + " rows too many and lacks " +
                      std::to_string(missing));
  }
}

}  // namespace

void create_office(sql::Connection& db, const Clock& clock, Random& random, std::string_view organisation) {
  const Ms now = clock.now();
  const Id staff = random.row_id(now);
  const Id device = random.uuid();
  sql::Transaction transaction(db, sql::Access::write);
  for (const std::string& statement : schema::create_statements(schema::Side::server, db.dialect()))
    db.execute(statement);
  sql::set_meta(db, "schema", std::to_string(schema::kVersion));
  sql::set_meta(db, "epoch", random.uuid().text());
  sql::set_meta(db, "organisation", organisation);
  sql::set_meta(db, "created_at", std::to_string(now));
  sql::set_meta(db, "office_device", device.text());
  sql::set_meta(db, "system_staff", staff.text());

  const schema::Table& staff_table = schema::table("staff");
  Row system = initial_row(staff_table, staff, now, staff, device);
  set(staff_table, system, "name", std::string(kSystemStaff));
  set(staff_table, system, "role", std::string("office"));
  insert_row(db, staff_table, system);
  const schema::Table& device_table = schema::table("device");
  Row own = initial_row(device_table, device, now, staff, device);
  set(device_table, own, "staff_id", staff);
  set(device_table, own, "name", std::string("office"));
  set(device_table, own, "enrolled_at", now);
  insert_row(db, device_table, own);
  sql::run(db,
           "INSERT INTO device_state (device_id, last_n, acked_n, durable_n, agent_cursor, common_cursor, "
           "whole_cursor,"
           " lease_until, last_sync_at, pending, lost_below, orders_due) VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, "
           "0, 0, 0)",
           device);
  FeedMarks marks;
  marks.changed(kCommonFeed, staff_table.number, staff, std::nullopt);
  static_cast<void>(marks.flush(db));
  transaction.commit();
}

int schema_of(sql::Connection& db) {
  const auto text = sql::get_meta(db, "schema");
  if (!text)
    throw Failure(Code::corrupt,
                  "The database says nothing of its schema version; restore the newest backup.");
  int version = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), version);
  if (error != std::errc{} || end != text->data() + text->size())
    throw Failure(Code::corrupt, "The database's schema version is no number; restore the newest backup.");
  if (version < 1)
    throw Failure(Code::corrupt,
                  "There is no such schema version as the database's; restore the newest backup.");
  return version;
}

void require_schema(sql::Connection& db) {
  const int version = schema_of(db);
  if (version < schema::kVersion)
    throw Failure(Code::upgrade_required, "The database is of schema version " + std::to_string(version) +
                                              ", this program of " + std::to_string(schema::kVersion) +
                                              ": run `relance-server upgrade` (it makes a backup first).");
  if (version > schema::kVersion)
    throw Failure(Code::upgrade_required, "The database is of schema version " + std::to_string(version) +
                                              ", newer than this program's " +
                                              std::to_string(schema::kVersion) +
                                              ": install the newer relance-server.");
}

void upgrade_schema(sql::Connection& db) {
  RELANCE_ASSERT(db.in_transaction());
  for (const std::string& statement :
       schema::upgrade_statements(schema::Side::server, db.dialect(), schema_of(db), schema::kVersion))
    db.execute(statement);
  sql::set_meta(db, "schema", std::to_string(schema::kVersion));
}

Id system_staff(sql::Connection& db) {
  const auto text = sql::get_meta(db, "system_staff");
  const auto id = text ? Id::parse(*text) : std::nullopt;
  if (!id)
    throw Failure(Code::corrupt, "The database does not name its system account; restore the newest backup.");
  return *id;
}

std::vector<std::string> verify_office(sql::Connection& db) {
  std::vector<std::string> wrong;
  if (const std::string file = sql::check_sqlite(db, true); !file.empty()) {
    wrong.push_back(file);
    return wrong;  // what stands in a damaged file proves nothing
  }
  sql::Transaction snapshot(db, sql::Access::read);
  check_values(db, wrong);
  check_feeds(db, wrong);
  check_audit(db, wrong);
  return wrong;
}

}  // namespace relance::server
