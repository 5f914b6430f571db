#include "tests/hostile/besieged_office.h"

#include <fstream>

#include "host/digest.h"
#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "tests/support/office_digest.h"

namespace relance::hostile {
namespace {

TransportOptions options_of(const BesiegedOffice& office, const Papers& papers) {
  TransportOptions out;
  out.ca_pem = office.ca_pem();
  out.certificate_pem = papers.certificate_pem;
  out.key_pem = Secret(papers.key_pem);
  out.proxies = {};
  return out;
}

void must(const e2e::Ran& ran) {
  if (!ran.ok()) throw e2e::StoryEnded(ran.err);
}

}  // namespace

BesiegedOffice::BesiegedOffice(const std::filesystem::path& directory)
    : directory_(directory), program_(directory / "office") {
  must(program_({"init", "--name", "Cabinet Test"}));
  for (const char* name : {"paul", "lea"}) must(program_({"user", "add", name, "--role", "agent"}));
  must(program_({"import", "fec",
                 std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/0000000001FEC20220831.txt", "--creditor",
                 "Garage Meunier"}));
  must(program_({"assign", "--to", "paul", "--all"}));
  program_.start();
  office_ = std::make_unique<server::Office>(program_.data(), false);
  ca_ = office_->ca();
  db_ = office_->connect(server::Office::Use::write);
  ledger_ = std::make_unique<server::Ledger>(*db_, clock_, random_);
}

Papers BesiegedOffice::enrol(std::string_view user) {
  const auto staff = sql::id(*db_, "SELECT id FROM staff WHERE name = ?1", user);
  RELANCE_ASSERT(staff.has_value());
  Papers out = papers_for(random_.uuid(), clock_.now());
  out.staff_id = *staff;
  server::Ledger::Work work(*ledger_);
  server::enter_device(*ledger_, out.device_id, *staff, "hostile", "active");
  work.commit();
  return out;
}

Papers BesiegedOffice::papers_for(const Id& device, Ms at) {
  const KeyAndRequest key = make_key_and_request();
  return {.device_id = device,
          .staff_id = {},
          .certificate_pem = sign_device_request(ca_, key.csr_pem, device, at),
          .key_pem = std::string(key.key_pem.view())};
}

void BesiegedOffice::set_state(const Id& device, const std::string& state) {
  sql::run(*db_, "UPDATE device SET state = ?2 WHERE id = ?1", device, state);
}

std::string BesiegedOffice::digest() { return test::office_digest(*db_); }

std::int64_t BesiegedOffice::count(std::string_view text) { return sql::number(*db_, text).value_or(-1); }

Id BesiegedOffice::epoch() { return ledger_->epoch(); }

std::int64_t BesiegedOffice::server_rss_kib() {
  std::ifstream status("/proc/" + std::to_string(program_.pid()) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6));
  return 0;
}

HonestAgent::HonestAgent(BesiegedOffice& office, Papers papers, const std::filesystem::path& replica)
    : db_(sql::open_sqlite(replica, {.mode = sql::SqliteOptions::Mode::create})),
      transport_({"127.0.0.1", office.port()}, options_of(office, papers)) {
  client::Replica::create(*db_,
                          {.device_id = papers.device_id,
                           .staff_id = papers.staff_id,
                           .role = schema::agent,
                           .epoch = office.epoch()},
                          clock_.now());
  replica_ = std::make_unique<client::Replica>(*db_, clock_, random_);
}

client::SyncReport HonestAgent::work(bool anew) {
  if (anew) transport_.close();
  if (const auto held = sql::id(*db_, "SELECT id FROM case_file ORDER BY id LIMIT 1")) {
    const schema::Table& t = schema::table("contact_event");
    sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = random_.row_id(clock_.now())};
    op.changes.push_back({schema::column(t, "case_id"), Null{}, *held});
    op.changes.push_back({schema::column(t, "outcome"), Null{}, std::string("reached")});
    op.changes.push_back({schema::column(t, "note"), Null{}, "appel " + std::to_string(++edits_)});
    const auto made = replica_->edit("contact.log", {op});
    RELANCE_ASSERT(std::holds_alternative<std::int64_t>(made));
  }
  client::Session session(*replica_);
  return client::run_session(session, *this, [](const client::SyncReport&) {});
}

client::WireAnswer HonestAgent::exchange(const client::WireRequest& request) {
  const Ms before = clock_.now();
  Answer answer =
      request.body.empty() ? transport_.get(request.path) : transport_.post(request.path, request.body);
  client::WireAnswer out{.status = answer.status,
                         .body = std::move(answer.body),
                         .retry_after_s = answer.retry_after_s,
                         .round_trip_ms = std::max<Ms>(clock_.now() - before, 0)};
  if (recording != nullptr) recording->push_back({request, out});
  return out;
}

}  // namespace relance::hostile
