// relance_golden --write DIR: puts away an office, replicas in every state that matters and what is said between them
// from then on, as this version writes them. tests/data/golden/README.md says when it is run: once a version.
#define CATCH_CONFIG_RUNNER
#include <cstdio>
#include <cstring>

#include "host/digest.h"
#include "host/openssl.h"
#include "schema/version.h"
#include "server/pki.h"
#include "tests/support/golden.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

std::filesystem::path g_folder;

struct Story : World {
  Story() : World(19) {}

  Id paul = office.add_staff("paul", "agent");
  Id lea = office.add_staff("lea", "agent");
  Id nadia = office.add_staff("nadia", "clerk");
  CaseIds shared = add_case(), own = add_case(), taken = add_case(), leas = add_case();
  Id address = made("contact_point", {{"debtor_id", shared.debtor},
                                      {"type", std::string("post")},
                                      {"value", std::string("3 rue des Lilas")},
                                      {"postcode", std::string("69003")},
                                      {"city", std::string("Lyon")}});
  Id claim_of_own = made("claim", {{"case_id", own.case_id},
                                   {"piece_ref", std::string("F-2041")},
                                   {"gross_cents", std::int64_t{125'000}}});
  Golden golden;

  Id made(std::string_view table, std::initializer_list<std::pair<std::string_view, Value>> columns) {
    const Id id = random.row_id(clock.now());
    REQUIRE(office.edit(office.system(), {insert_op(table, id, columns)}).status == sync::Status::applied);
    return id;
  }
  sync::Op call(const Id& case_id, const std::string& note) {
    return insert_op("contact_event", random.row_id(clock.now()),
                     {{"case_id", case_id}, {"outcome", std::string("reached")}, {"note", note}});
  }
  void by_clerk(std::string_view table, const Id& row, std::string_view column, const char* value) {
    clock.advance(1'000);
    REQUIRE(office.edit(nadia, {update_op(table, row, {{column, std::string(value)}})}).status ==
            sync::Status::applied);
  }

  /// Edits of every fate: some settled, some sent and unheard of, some never sent.
  void work(TestDevice& a) {
    REQUIRE(a.edit({call(shared.case_id, "tient parole, rappeler le 30")}, "call.log") == 1);
    a.sync();
    REQUIRE(a.status_of(1) == "applied");
    // Another case's claim: only the office sees that.
    a.edit({insert_op(
               "dispute", random.row_id(clock.now()),
               {{"case_id", shared.case_id}, {"claim_id", claim_of_own}, {"reason", std::string("price")}})},
           "dispute.open");
    by_clerk("debtor", own.debtor, "language", "it");
    a.edit({update_op("debtor", own.debtor, {{"language", std::string("es")}})}, "debtor.edit");
    a.sync();
    REQUIRE(a.status_of(2) == "refused");
    REQUIRE(a.status_of(3) == "conflict");
    clock.advance(60'000);
    a.edit({update_op("contact_point", address, {{"city", std::string("Villeurbanne")}})}, "contact.edit");
    a.edit({call(own.case_id, "réponse perdue"),
            update_op("case_file", own.case_id, {{"tags", std::string("vip")}})},
           "call.log");
    a.sync_and_lose_answer();
    clock.advance(60'000);
    a.edit({update_op("case_file", shared.case_id, {{"next_action_on", std::string("2026-12-01")}})},
           "case.plan");
    by_clerk("debtor", shared.debtor, "language", "it");
    a.edit({update_op("debtor", shared.debtor, {{"language", std::string("ar")}})}, "debtor.edit");
    office.unassign(taken.case_id, paul);
    a.edit({call(taken.case_id, "ne savait pas")}, "call.log");
    a.edit({update_op("case_file", taken.case_id, {{"priority", std::int64_t{2}}})}, "case.plan");
    a.edit({update_op("contact_point", address, {{"city", std::string("Bron")}})}, "contact.edit");
  }

  void keep(TestDevice& device, const char* name, const std::optional<std::string>& key = {}) {
    pack(device.db(), g_folder, name, key);
    golden.replicas.push_back({.name = name, .is_keyed = key.has_value(), .fates = {}});
    sql::Query q(device.db(), "SELECT n FROM outbox WHERE status = 'pending' ORDER BY n");
    while (q.next()) golden.replicas.back().fates.push_back({.n = q.integer(0), .status = {}, .reason = {}});
  }

  void say(TestDevice& device, Golden::KeptReplica& kept) {
    device.on_exchange = [&](const client::WireRequest& request, const client::WireAnswer& answer) {
      golden.dialogue.push_back(
          {clock.now(), device.id(), request.path, request.body, answer.status, answer.body});
    };
    clock.advance(1'000);
    device.sync();
    static_cast<void>(device.deliver({"/v1/device", ""}));
    REQUIRE(device.differing_buckets() == 0);
    for (Golden::Fate& fate : kept.fates) {
      fate.status = device.status_of(fate.n);
      fate.reason = device.reason_of(fate.n);
    }
  }
};

}  // namespace

TEST_CASE("golden files", "[golden-write]") {
  Story s;
  s.golden.version = schema::kVersion;
  const CertificateWithKey ca = make_ca("Golden", s.clock.now());
  s.golden.ca_certificate = ca.certificate_pem;
  s.golden.ca_key = std::string(ca.key_pem.view());
  for (const auto& held : {s.shared, s.own, s.taken}) s.office.assign(held.case_id, s.paul);
  for (const auto& held : {s.shared, s.leas}) s.office.assign(held.case_id, s.lea);
  const auto paul = s.add_device(s.paul);
  TestDevice lea(s.dir.path() / "lea.db", s.office, s.lea, s.clock, s.random,
                 {.version = {}, .key = std::string(kGoldenKey)});
  paul->sync();
  lea.sync();
  s.work(*paul);

  // A second machine in the middle of its first reading, and one with a page that waits for the next.
  const auto second = s.add_device(s.paul);
  s.office.set_page_bytes(1'500);
  client::Session first(second->replica());
  first.take(second->deliver(*first.next()));
  REQUIRE(second->replica().standing() == client::Standing::bootstrapping);
  for (int i = 0; i < 12; ++i)
    s.made("task", {{"case_id", s.leas.case_id}, {"title", "Relance " + std::to_string(i)}});
  lea.edit({s.call(s.leas.case_id, "page en attente")}, "call.log");
  client::Session staging(lea.replica());
  staging.take(lea.deliver(*staging.next()));
  REQUIRE(lea.count("SELECT count(*) FROM staged_page") == 1);
  lea.edit({update_op("case_file", s.leas.case_id, {{"priority", std::int64_t{3}}})}, "case.plan");

  server::InviteSecret secret{};
  {
    server::Ledger::Work work(s.office.ledger());
    secret = server::make_invite(s.office.ledger(), {.staff_id = s.office.system(), .role = schema::office},
                                 s.lea);
    work.commit();
  }
  pack(s.office.db(), g_folder, kGoldenOffice);
  s.keep(*paul, "paul.db");
  s.keep(*second, "second.db");
  s.keep(lea, "lea.db", std::string(kGoldenKey));
  s.golden.now = s.clock.now();

  s.office.set_page_bytes(sync::kPageBytes);
  s.say(*paul, s.golden.replicas[0]);
  s.say(*second, s.golden.replicas[1]);
  s.say(lea, s.golden.replicas[2]);
  ApiOffice api(s.office, s.clock, s.golden);
  const std::string enrol = "{\"secret\":\"" + hex(bytes_of(secret)) + "\",\"name\":\"portable\",\"csr\":" +
                            boost::json::serialize(boost::json::value(make_key_and_request().csr_pem)) + "}";
  for (const auto& [path, body] :
       {std::pair<std::string, std::string>{"/v1/enrol", enrol}, {"/v1/time", ""}}) {
    const auto answer = api.ask(std::nullopt, path, body);
    REQUIRE(answer.status == 200);
    s.golden.dialogue.push_back({s.clock.now(), std::nullopt, path, body, answer.status, answer.body});
  }
  write_golden(g_folder, s.golden);
}

int main(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[1], "--write") != 0) {
    std::fputs("usage: relance_golden --write DIR   (tests/data/golden/README.md)\n", stderr);
    return 2;
  }
  g_folder = argv[2];
  std::error_code error;
  if (!std::filesystem::create_directories(g_folder, error)) {
    std::fputs("There is something at that path: golden files are written once and never again.\n", stderr);
    return 1;
  }
  const char* arguments[] = {argv[0], "[golden-write]"};
  return Catch::Session().run(2, arguments);
}
