#include "tests/support/world.h"

#include <unistd.h>

#include <atomic>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/backup.h"
#include "server/database.h"
#include "tests/test.hpp"

namespace relance::test {

TempDir::TempDir() {
  static std::atomic<int> count{0};
  path_ = std::filesystem::temp_directory_path() /
          ("relance-test-" + std::to_string(getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directories(path_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

// ---- office ----------------------------------------------------------------------------------------------------

TestOffice::TestOffice(const std::filesystem::path& file, ManualClock& clock, Random& random)
    : clock_(clock), random_(random) {
  db_ = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .enforce_references = true});
  db_->execute("PRAGMA synchronous = OFF");  // these tests are not about power cuts
  server::create_office(*db_, clock, random, "Test");
  serve();
}

TestOffice::TestOffice(Existing, const std::filesystem::path& file, ManualClock& clock, Random& random)
    : clock_(clock), random_(random) {
  db_ = sql::open_sqlite(file, {.enforce_references = true});
  db_->execute("PRAGMA synchronous = OFF");
  sql::Transaction transaction(*db_, sql::Access::write);
  server::upgrade_schema(*db_);
  transaction.commit();
  serve();
}

void TestOffice::serve() {
  ledger_ = std::make_unique<server::Ledger>(*db_, clock_, random_);
  committer_ = std::make_unique<server::DirectCommitter>(*ledger_);
  reader_ = std::make_unique<server::DirectReader>(*db_);
  service_ = std::make_unique<server::SyncService>(*committer_, *reader_, clock_);
  service_->sign_with(signer_);
  system_ = server::system_staff(*db_);
}

void TestOffice::sign_with(std::shared_ptr<server::AuditSigner> signer) {
  signer_ = std::move(signer);
  service_->sign_with(signer_);
}

void TestOffice::serve_from(int oldest_version) {
  service_ =
      std::make_unique<server::SyncService>(*committer_, *reader_, clock_, sync::kPageBytes, oldest_version);
  service_->sign_with(signer_);
}

void TestOffice::backup(const std::filesystem::path& file) {
  sql::copy_sqlite(*db_, file, std::nullopt);
  try_restore(file);
  server::count_backup(*ledger_, server::reach_of(*db_), "test");
}

// Whatever a test goes back to later, each backup that it makes can be gone back to.
void TestOffice::try_restore(const std::filesystem::path& file) {
  const std::filesystem::path tried = file.string() + "-tried";
  std::filesystem::copy_file(file, tried);
  {
    const auto db = sql::open_sqlite(tried, {.enforce_references = true});
    db->execute("PRAGMA synchronous = OFF");
    SeededRandom own(1);  // the test's own chance stays as it was
    server::Ledger ledger(*db, clock_, own);
    server::enter_new_epoch(ledger, "try");
    const auto wrong = server::verify_office(*db);
    INFO((wrong.empty() ? "" : wrong.front()));
    REQUIRE(wrong.empty());
  }
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(tried.string() + suffix);
}

void TestOffice::go_back(const std::filesystem::path& file) {
  const std::filesystem::path again = file.string() + "-" + std::to_string(random_.number()) + "-restored";
  std::filesystem::copy_file(file, again);
  db_ = sql::open_sqlite(again, {.enforce_references = true});
  db_->execute("PRAGMA synchronous = OFF");
  serve();
  server::enter_new_epoch(*ledger_, "test");
}

void TestOffice::set_page_bytes(std::size_t bytes) {
  service_ = std::make_unique<server::SyncService>(*committer_, *reader_, clock_, bytes);
  service_->sign_with(signer_);
}

sync::Outcome TestOffice::edit(const Id& staff, std::vector<sync::Op> ops, std::string intent) {
  const auto role =
      server::role_of(sql::text(*db_, "SELECT role FROM staff WHERE id = ?1", staff).value_or(""));
  REQUIRE(role.has_value());
  sync::Outcome outcome;
  committer_->commit([&](server::Ledger& ledger) {
    for (sync::Op& op : ops) {
      if (op.kind != sync::OpKind::update) continue;
      const auto row = server::load_row(*db_, *op.table, op.row);
      for (sync::Change& change : op.changes)
        if (row && is_null(change.before)) change.before = (*row)[change.column];
    }
    outcome = ledger.apply_office({.staff_id = staff, .role = *role}, std::move(intent), std::move(ops));
  });
  return outcome;
}

Id TestOffice::add_staff(const std::string& name, std::string_view role) {
  const Id id = random_.row_id(clock_.now());
  REQUIRE(edit(system_, {insert_op("staff", id, {{"name", name}, {"role", std::string(role)}})}).status ==
          sync::Status::applied);
  return id;
}

Id TestOffice::add_device(const Id& staff) {
  const Id id = random_.uuid();
  REQUIRE(edit(system_, {insert_op("device", id,
                                   {{"staff_id", staff},
                                    {"name", std::string("laptop")},
                                    {"enrolled_at", clock_.now() - 1000}})})
              .status == sync::Status::applied);
  sql::run(*db_,
           "INSERT INTO device_state (device_id, last_n, acked_n, durable_n, agent_cursor, common_cursor, "
           "whole_cursor, lease_until,"
           " last_sync_at, pending, lost_below, orders_due) VALUES (?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
           id);
  return id;
}

Id TestOffice::add_creditor(const std::string& name) {
  const Id id = random_.row_id(clock_.now());
  REQUIRE(edit(system_, {insert_op("creditor", id, {{"name", name}})}).status == sync::Status::applied);
  return id;
}

Id TestOffice::add_debtor(const std::string& name) {
  const Id id = random_.row_id(clock_.now());
  REQUIRE(edit(system_, {insert_op("debtor", id, {{"legal_name", name}})}).status == sync::Status::applied);
  return id;
}

Id TestOffice::add_case(const Id& creditor, const Id& debtor, const std::string& number) {
  const Id id = random_.row_id(clock_.now());
  REQUIRE(edit(system_, {insert_op("case_file", id,
                                   {{"number", number}, {"creditor_id", creditor}, {"debtor_id", debtor}})})
              .status == sync::Status::applied);
  return id;
}

Id TestOffice::assign(const Id& case_id, const Id& staff) {
  const Id id = random_.row_id(clock_.now());
  REQUIRE(edit(system_,
               {insert_op(
                   "assignment", id,
                   {{"case_id", case_id}, {"staff_id", staff}, {"valid_from", std::string("2026-11-01")}})})
              .status == sync::Status::applied);
  return id;
}

void TestOffice::unassign(const Id& case_id, const Id& staff) {
  const auto id =
      sql::id(*db_, "SELECT id FROM assignment WHERE case_id = ?1 AND staff_id = ?2 AND valid_to IS NULL",
              case_id, staff);
  REQUIRE(id.has_value());
  REQUIRE(edit(system_, {update_op("assignment", *id, {{"valid_to", std::string("2026-11-20")}})}).status ==
          sync::Status::applied);
}

std::optional<Row> TestOffice::row(std::string_view table, const Id& id) {
  return server::load_row(*db_, schema::table(table), id);
}

Value TestOffice::value(std::string_view table, const Id& id, std::string_view column) {
  const auto found = row(table, id);
  REQUIRE(found.has_value());
  return (*found)[schema::column(schema::table(table), column)];
}

std::int64_t TestOffice::count(std::string_view sql) { return sql::number(*db_, sql).value_or(0); }

// ---- device ----------------------------------------------------------------------------------------------------

TestDevice::TestDevice(const std::filesystem::path& file, TestOffice& office, const Id& staff,
                       ManualClock& clock, Random& random, const Make& make)
    : office_(office), clock_(clock), random_(random), device_(office.add_device(staff)) {
  db_ = sql::open_sqlite(file, {.mode = sql::SqliteOptions::Mode::create, .key = make.key});
  db_->execute("PRAGMA synchronous = OFF");
  const auto role =
      server::role_of(sql::text(office.db(), "SELECT role FROM staff WHERE id = ?1", staff).value_or(""));
  const client::Identity who{
      .device_id = device_, .staff_id = staff, .role = *role, .epoch = office.ledger().epoch()};
  if (make.version)
    client::Replica::create(*db_, who, clock.now(), *make.version);
  else
    client::Replica::create(*db_, who, clock.now());
  replica_ = std::make_unique<client::Replica>(*db_, clock, random);
}

TestDevice::TestDevice(Existing, const std::filesystem::path& file, TestOffice& office, ManualClock& clock,
                       Random& random, const std::optional<std::string>& key)
    : office_(office), clock_(clock), random_(random) {
  db_ = sql::open_sqlite(file, {.key = key});
  db_->execute("PRAGMA synchronous = OFF");
  replica_ = std::make_unique<client::Replica>(*db_, clock, random);
  device_ = replica_->identity().device_id;
}

void TestDevice::upgrade() {
  client::Replica::upgrade(*db_);
  replica_ = std::make_unique<client::Replica>(*db_, clock_, random_);
}

client::WireAnswer TestDevice::deliver(const client::WireRequest& request) {
  server::ServiceAnswer answer;
  if (request.path == "/v1/sync")
    answer = office_.service().sync(device_, request.body);
  else if (request.path == "/v1/device")
    answer = office_.service().device(device_);
  else if (request.path == "/v1/rescue")
    answer = office_.service().rescue(device_, request.body);
  else if (request.path == "/v1/verify")
    answer = office_.service().verify(device_, request.body);
  else if (request.path == "/v1/file")
    answer = office_.service().file(device_, request.body);
  else
    FAIL("no such path");
  const client::WireAnswer heard{
      .status = answer.status, .body = answer.body, .retry_after_s = answer.retry_after_s};
  if (on_exchange) on_exchange(request, heard);
  return heard;
}

client::SyncReport TestDevice::sync() {
  client::Session session(*replica_);
  while (const auto request = session.next()) session.take(deliver(*request));
  return session.report();
}

void TestDevice::sync_and_lose_answer() {
  client::Session session(*replica_);
  static_cast<void>(deliver(*session.next()));
}

std::int64_t TestDevice::edit(std::vector<sync::Op> ops, std::string intent) {
  const auto result = replica_->edit(std::move(intent), std::move(ops));
  if (const auto* refusal = std::get_if<client::EditRefusal>(&result))
    FAIL(refusal->code << " " << refusal->where);
  return std::get<std::int64_t>(result);
}

std::optional<client::EditRefusal> TestDevice::try_edit(std::vector<sync::Op> ops) {
  const auto result = replica_->edit("test", std::move(ops));
  const auto* refusal = std::get_if<client::EditRefusal>(&result);
  return refusal == nullptr ? std::nullopt : std::optional<client::EditRefusal>(*refusal);
}

Value TestDevice::value(std::string_view table, const Id& id, std::string_view column) {
  const auto row = replica_->row(schema::table(table), id);
  REQUIRE(row.has_value());
  return (*row)[schema::column(schema::table(table), column)];
}

bool TestDevice::has(std::string_view table, const Id& id) {
  return replica_->row(schema::table(table), id).has_value();
}

std::string TestDevice::status_of(std::int64_t n) {
  return sql::text(*db_, "SELECT status FROM outbox WHERE n = ?1", n).value_or("");
}
std::string TestDevice::reason_of(std::int64_t n) {
  return sql::text(*db_, "SELECT reason FROM outbox WHERE n = ?1", n).value_or("");
}
std::int64_t TestDevice::count(std::string_view sql) { return sql::number(*db_, sql).value_or(0); }

std::size_t TestDevice::differing_buckets() {
  const client::WireAnswer answer = deliver({"/v1/verify", replica_->verify_body()});
  REQUIRE(answer.status == 200);
  const auto decoded = sync::decode_verify_answer(answer.body);
  REQUIRE(decoded.has_value());
  return decoded->differing.size();
}

// ---- world -----------------------------------------------------------------------------------------------------

World::CaseIds World::add_case() {
  const std::string n = std::to_string(++cases);
  const Id debtor = office.add_debtor("Client " + n);
  return {office.add_case(creditor, debtor, "C-" + n), debtor};
}

std::unique_ptr<TestDevice> World::add_device(const Id& staff, std::optional<int> version) {
  return std::make_unique<TestDevice>(dir.path() / (random.uuid().text() + ".db"), office, staff, clock,
                                      random, TestDevice::Make{.version = version});
}

}  // namespace relance::test
