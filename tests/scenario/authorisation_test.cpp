// The authorisation matrix, generated from the declaration: every table, operation and column group, asked by everyone
// in every relation to the row, from a device in every state; and every route of the API. What is not listed is
// refused, what is forbidden looks like absent, and a refusal changes nothing.
#include <algorithm>
#include <iostream>

#include "schema/tables.h"
#include "server/api.h"
#include "server/pki.h"
#include "sync/verify.h"
#include "tests/support/authorisation.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using sync::Status;

namespace {

constexpr int kCasesMin = 1'000;
constexpr int kRouteCasesMin = 500;

std::string fate_told(const AuthorisationWorld::Told& told) {
  if (told.status != 200) return "HTTP " + std::to_string(told.status);
  if (told.outcome.status == Status::applied) return "let";
  return told.outcome.reason.empty() ? std::string(name_of(told.outcome.status)) : told.outcome.reason;
}

void print_evidence(std::string_view figure, int goal, int cases, const std::string& more = {}) {
  std::cout << "evidence: {\"figure\":\"" << figure << "\",\"value\":" << cases
            << ",\"unit\":\"cases\",\"goal\":" << goal << more << "}\n";
}

bool is_refusal(Fate fate) {
  return fate == Fate::not_permitted || fate == Fate::not_holder || fate == Fate::unknown_row;
}

bool gives_away(const AuthorisationWorld::Told& told, const std::vector<sync::Op>& ops) {
  if (told.body.find(AuthorisationWorld::kMarker) != std::string::npos) return true;
  for (const sync::Op& op : ops)
    if (told.body.find(op.row.text()) != std::string::npos) return true;
  return false;
}

/// How a device may stand, and what the server tells it instead of an answer; "" is an answer.
struct DeviceState {
  std::string_view name;
  std::string_view sql;  // brings ?1, the device, into the state
  int status;
  std::string_view code;
};
constexpr DeviceState kDeviceStates[] = {
    {"active", "SELECT ?1", 200, ""},
    {"suspended", "UPDATE device SET state = 'suspended' WHERE id = ?1", 403, "suspended"},
    {"frozen", "UPDATE device SET state = 'frozen' WHERE id = ?1", 403, "suspended"},
    {"rescued", "UPDATE device SET state = 'rescued' WHERE id = ?1", 403, "suspended"},
    {"wipe_ordered", "UPDATE device SET state = 'wipe_ordered' WHERE id = ?1", 403, "wiped"},
    {"lost", "UPDATE device SET state = 'lost' WHERE id = ?1", 403, "wiped"},
    {"wiped", "UPDATE device SET state = 'wiped' WHERE id = ?1", 403, "wiped"},
    {"its user left",
     "UPDATE staff SET state = 'left' WHERE id = (SELECT staff_id FROM device WHERE id = ?1)", 403,
     "suspended"},
    {"unknown", "", 401, "unauthorised"},
};

/// The person as the server meets him in this state.
Person in_state(AuthorisationWorld& w, Person person, const DeviceState& state) {
  if (state.sql.empty())
    person.device = w.random.uuid();
  else
    sql::Query(w.rehearsal, state.sql, person.device).next();
  return person;
}

bool is_written(AuthorisationWorld& w, const std::vector<sync::Op>& ops) {
  for (const sync::Op& op : ops) {
    const auto row = w.office.row(op.table->name, op.row);
    if (!row) return false;
    for (const sync::Change& change : op.changes)
      if ((*row)[change.column] != change.after) return false;
  }
  return true;
}

}  // namespace

TEST_CASE(
    "everyone may write what the declaration lists and nothing else, and what is not his looks absent") {
  AuthorisationWorld w;
  const std::string before = w.digest();
  int cases = 0, refused = 0, let = 0, twins = 0;
  for (const Ask& ask : all_asks())
    for (const Person& person : w.people) {
      std::string absent_body;
      for (const Aim aim : {Aim::absent, Aim::row, Aim::later}) {
        const bool is_insert = ask.kind == sync::OpKind::insert;
        const std::string table(ask.table->name);
        const bool has_later = !is_insert && w.later.at(table) != w.rows.at(table);
        if (aim == Aim::later && (person.relation != Relation::former || !has_later)) continue;
        CAPTURE(table, is_insert, ask.unit, person.name, name_of(aim));
        const Fate fate = fate_of(ask, person, aim);
        const Rehearsal::Case one(w.rehearsal);
        const auto ops = w.ops_for(ask, aim);
        const auto told = w.tell(person, ops);
        ++cases;
        CHECK(fate_told(told) == name_of(fate));
        if (aim == Aim::absent) absent_body = told.body;
        if (fate == Fate::let) {
          ++let;
          CHECK(is_written(w, ops));
        }
        if (!is_refusal(fate)) continue;
        ++refused;
        CHECK(w.digest() == before);
        CHECK_FALSE(gives_away(told, ops));
        if (fate != Fate::unknown_row && fate != Fate::not_permitted) continue;
        // To the byte: a row that is not his, and one that nobody ever made.
        if (fate_of(ask, person, Aim::absent) == fate) {
          ++twins;
          CHECK(told.body == absent_body);
        }
      }
    }
  print_evidence("authorisation: edits judged", kCasesMin, cases,
                 ",\"let\":" + std::to_string(let) + ",\"refused\":" + std::to_string(refused) +
                     ",\"like_absent_to_the_byte\":" + std::to_string(twins));
  CHECK(cases >= kCasesMin);
  CHECK(let > 200);
}

TEST_CASE("a device that is not active is told so and nothing else, whatever it asks and whoever it is") {
  AuthorisationWorld w;
  int cases = 0;
  std::vector<Ask> asks;
  for (const Ask& ask : all_asks()) {  // one insert and one update of each table
    const bool is_there = std::any_of(asks.begin(), asks.end(), [&](const Ask& one) {
      return one.table == ask.table && one.kind == ask.kind;
    });
    if (!is_there) asks.push_back(ask);
  }
  for (const DeviceState& state : kDeviceStates)
    for (const Person& person : w.people) {
      const bool is_typical = person.name == "paul" || person.name == "omar" || person.name == "olga";
      if (state.status == 200 || !is_typical) continue;  // the relation is not even looked at
      std::string first;
      for (const Ask& ask : asks)
        for (const Aim aim : {Aim::absent, Aim::row}) {
          CAPTURE(state.name, person.name, ask.table->name, name_of(aim));
          const Rehearsal::Case one(w.rehearsal);
          const Person asking = in_state(w, person, state);
          const auto ops = w.ops_for(ask, aim);
          const bool is_sampled = cases++ % 16 == 0;  // the fingerprint costs more than the request
          const std::string before = is_sampled ? w.digest() : "";
          const auto told = w.tell(asking, ops);
          CHECK(told.status == state.status);
          CHECK(sync::problem_code(told.body) == state.code);
          CHECK_FALSE(gives_away(told, ops));
          if (first.empty()) first = told.body;
          CHECK(told.body == first);
          if (is_sampled) CHECK(w.digest() == before);
        }
    }
  print_evidence("authorisation: edits of devices that are not active judged", kCasesMin, cases);
  CHECK(cases >= kCasesMin);
}

TEST_CASE(
    "a row may point to nothing that its author may not see, and hears no more than if it did not exist") {
  AuthorisationWorld w;
  const std::string before = w.digest();
  int cases = 0;
  for (const Ask& ask : all_asks())
    for (std::size_t i = schema::kStampColumns; i < ask.table->columns.size(); ++i) {
      const schema::Column& c = ask.table->columns[i];
      const schema::Table* parent = c.references.empty() ? nullptr : schema::find_table(c.references);
      const bool is_given = std::find(ask.columns.begin(), ask.columns.end(), &c) != ask.columns.end();
      if (!is_given || parent == nullptr || parent->way != schema::Way::by_case || c.name == "case_id" ||
          ask.table->way == schema::Way::office)  // the office sees every row
        continue;
      for (const Person& person : w.people) {
        CAPTURE(ask.table->name, ask.unit, c.name, person.name);
        if (fate_of(ask, person, Aim::row) != Fate::let) continue;
        std::string bodies[2];
        for (const bool is_foreign : {true, false}) {
          const Rehearsal::Case one(w.rehearsal);
          auto ops = w.ops_for(ask, Aim::row);
          for (sync::Change& change : ops.front().changes)
            if (change.column == i)
              change.after = is_foreign ? w.foreign.at(std::string(parent->name)) : w.random.row_id(0);
          const auto told = w.tell(person, ops);
          ++cases;
          CHECK(told.outcome.status == Status::refused);
          CHECK(w.digest() == before);
          bodies[is_foreign ? 0 : 1] = told.body;
        }
        if (person.relation != Relation::office) CHECK(bodies[0] == bodies[1]);
      }
    }
  CHECK(cases > 30);
}

TEST_CASE("a sync from the start and a verify hand out the rows of held cases and no others") {
  AuthorisationWorld w;
  for (const Person& person : w.people) {
    CAPTURE(person.name);
    const Rehearsal::Case one(w.rehearsal);
    const auto told = w.tell(person, w.bootstrap_request());
    REQUIRE(told.status == 200);
    const sync::Request head = w.request_head(person);
    const auto verified = w.service.verify(
        person.device,
        sync::encode_verify_request(head.epoch, schema::kVersion, head.cursor, sync::Buckets{}));
    REQUIRE(verified.status == 200);
    const auto holds = [&](const Id& row) {
      const bool in_sync =
          told.body.substr(0, told.body.find("\"drops\":")).find(row.text()) != std::string::npos;
      CHECK(in_sync == (verified.body.find(row.text()) != std::string::npos));
      return in_sync;
    };
    for (const auto& [table, row] : w.rows) {
      CAPTURE(table);
      const schema::Way way = schema::table(table).way;
      const bool by_debtor =
          table == "debtor" || table == "contact_point" || table == "enquiry" || table == "insolvency_event";
      const bool is_his =
          person.relation == Relation::holder || (person.relation == Relation::sibling && by_debtor);
      if (table == "staff" || table == "device") continue;  // ids that other rows bear as well
      CHECK(holds(row) == (way == schema::Way::common || (way != schema::Way::office && is_his)));
      if (way == schema::Way::common || way == schema::Way::office) continue;
      CHECK(holds(w.foreign.at(table)) == (person.relation == Relation::stranger));
      // Of what was made after they left not even the drops know.
      if (w.later.at(table) == row) continue;
      CHECK(holds(w.later.at(table)) == is_his);
      CHECK((told.body.find(w.later.at(table).text()) != std::string::npos) == is_his);
    }
  }
}

// ---- routes ----------------------------------------------------------------------------------------------------

namespace {

/// Who asks: no certificate, one that names no device, or a device's.
enum class Caller { stranger, other_certificate, expired, device };

struct Route {
  std::string_view path;
  std::string_view method;
  bool is_open = false;  // to anyone
};
constexpr Route kRoutes[] = {
    {"/healthz", "GET", true},
    {"/v1/time", "GET", true},
    {"/metrics", "GET", true},
    {"/v1/enrol", "POST", true},
    {"/v1/renew", "POST"},
    {"/v1/sync", "POST"},
    {"/v1/device", "GET"},
    {"/v1/verify", "POST"},
    {"/v1/file", "POST"},
    {"/v1/rescue", "POST"},
    {"/v1/wiped", "POST"},
    {"/v1/quarantine", ""},
    {"/v1", ""},
    {"/", ""},
    {"/v1/sync/", ""},
    {"/V1/sync", ""},
    {"//v1/sync", ""},
    {"/v1/../metrics", ""},
    {"/v1/admin", ""},
};

struct Told {
  int status;
  std::string_view code;  // "" for an answer
};

/// docs/protocol.md, "Endpoints".
Told told_of(const Route& route, std::string_view method, Caller caller, const DeviceState& state) {
  if (route.method.empty()) return {404, "not_found"};
  if (route.is_open) {
    if (method != route.method) return {405, "bad_request"};
    return route.path == "/v1/enrol" ? Told{403, "code_refused"} : Told{200, ""};
  }
  if (caller == Caller::stranger || caller == Caller::other_certificate) return {401, "unauthorised"};
  if (caller == Caller::expired && route.path != "/v1/renew") return {401, "unauthorised"};
  if (method != route.method) return {405, "bad_request"};
  const bool is_told_to_wipe = state.code == "wiped";
  if (state.status == 401) return {401, "unauthorised"};
  if (route.path == "/v1/device") return {200, ""};
  if (route.path == "/v1/renew") return is_told_to_wipe ? Told{403, "wiped"} : Told{200, ""};
  if (route.path == "/v1/file")
    return state.status == 200 ? Told{404, "not_found"} : Told{state.status, state.code};
  if (route.path == "/v1/rescue") return state.status == 200 ? Told{422, "refused"} : Told{200, ""};
  if (route.path == "/v1/wiped") return is_told_to_wipe ? Told{200, ""} : Told{422, "refused"};
  return {state.status, state.code};
}

struct ApiWorld : AuthorisationWorld {
  CertificateWithKey ca = make_ca("Test office", clock.now());
  server::Api api{service, committer, reader, {ca.certificate_pem, ca.key_pem.copy()}, clock};
  std::string csr = make_key_and_request().csr_pem;

  HttpRequest request(const Route& route, std::string_view method, Caller caller, const Person& person) {
    HttpRequest out{.method = std::string(method), .path = std::string(route.path)};
    out.peer.address = "127.0.0.1";
    out.peer.has_certificate = caller != Caller::stranger;
    out.peer.expired = caller == Caller::expired;
    if (caller == Caller::device || caller == Caller::expired)
      out.peer.uri_san = "urn:relance:device:" + person.device.text();
    if (caller == Caller::other_certificate) out.peer.uri_san = "urn:relance:server:" + person.device.text();
    out.body = body(route, person);
    return out;
  }
  std::string body(const Route& route, const Person& person) {
    sync::Request head = request_head(person);
    if (route.path == "/v1/verify")
      return sync::encode_verify_request(head.epoch, schema::kVersion, head.cursor, sync::Buckets{});
    if (route.path == "/v1/rescue") return "{\"mutations\":[]}";
    if (route.path == "/v1/file") return "{\"hash\":\"" + std::string(64, 'a') + "\"}";
    if (route.path == "/v1/wiped") return "{}";
    if (route.path != "/v1/renew" && route.path != "/v1/enrol") return sync::encode_request(head, "");
    std::string out = "{\"secret\":\"" + std::string(32, 'a') + "\",\"csr\":";
    sync::append_json(out, std::string_view(csr));
    return out + "}";
  }
};

}  // namespace

TEST_CASE("every route is open to those whom the protocol lists, and to nobody else") {
  ApiWorld w;
  int cases = 0;
  for (const Route& route : kRoutes)
    for (const std::string_view method : {"GET", "POST"})
      for (const Caller caller :
           {Caller::stranger, Caller::other_certificate, Caller::expired, Caller::device})
        for (const DeviceState& state : kDeviceStates) {
          const bool is_named = caller == Caller::device || caller == Caller::expired;
          if (!is_named && state.status != 200) continue;
          CAPTURE(route.path, method, static_cast<int>(caller), state.name);
          const Rehearsal::Case one(w.rehearsal);
          const Person person = in_state(w, w.people.front(), state);
          const std::string before = w.digest();
          const HttpAnswer answer = w.api.handle(w.request(route, method, caller, person));
          const Told told = told_of(route, method, caller, state);
          ++cases;
          CHECK(answer.status == told.status);
          if (answer.status != 200) {
            CHECK(sync::problem_code(answer.body) == told.code);
            CHECK(answer.content_type == "application/problem+json");
          }
          // Only the change that a route is for.
          if (answer.status != 200 || route.path != "/v1/wiped") CHECK(w.digest() == before);
          CHECK(answer.body.find(AuthorisationWorld::kMarker) == std::string::npos);
        }
  print_evidence("authorisation: requests to routes judged", kRouteCasesMin, cases);
  CHECK(cases > kRouteCasesMin);
}

TEST_CASE("from another machine the metrics look like an address that does not exist") {
  ApiWorld w;
  HttpRequest request = w.request(kRoutes[2], "GET", Caller::stranger, w.people.front());
  CHECK(w.api.handle(request).status == 200);
  for (const char* address :
       {"192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "", "1127.0.0.1", "localhost"}) {
    request.peer.address = address;
    request.path = "/metrics";
    const HttpAnswer hidden = w.api.handle(request);
    request.path = "/metrix";
    const HttpAnswer absent = w.api.handle(request);
    CHECK(hidden.status == 404);
    CHECK(hidden.body == absent.body);
  }
}

TEST_CASE("a device asks about itself: another's certificate opens nothing of its numbers") {
  ApiWorld w;
  const Person& paul = w.people[0];
  const Person& omar = w.people[4];
  const Rehearsal::Case one(w.rehearsal);
  REQUIRE(w.tell(paul, w.ops_for(all_asks()[1], Aim::absent)).status == 200);
  const auto state_of = [&](const Person& person) {
    return w.api.handle(w.request({"/v1/device", "GET"}, "GET", Caller::device, person)).body;
  };
  CHECK_THAT(state_of(paul), Catch::Contains("\"last_n\":1"));
  CHECK_THAT(state_of(omar), Catch::Contains("\"last_n\":0"));
}
