// An agent at his own terminal: the program's commands on a real home with a real encrypted replica; only the line
// to the office is a function call.
#include <unistd.h>
#include <boost/json.hpp>
#include <cstdio>

#include "client/commands.h"
#include "client/keys.h"
#include "client/worklist.h"
#include "sync/json.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::client;

namespace {

client::CasesOptions searching(const std::string& words) {
  client::CasesOptions options;
  options.query.search = words;
  return options;
}

// What a command prints on stdout, while it lives.
class Captured {
 public:
  Captured() : file_(std::tmpfile()), kept_(::dup(STDOUT_FILENO)) {
    std::fflush(stdout);
    ::dup2(::fileno(file_), STDOUT_FILENO);
  }
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() {
    put_back();
    std::fclose(file_);
    ::close(kept_);
  }
  std::string text() {
    put_back();
    std::rewind(file_);
    std::string out;
    char part[4096];
    while (const std::size_t n = std::fread(part, 1, sizeof part, file_)) out.append(part, n);
    return out;
  }

 private:
  void put_back() const {
    std::fflush(stdout);
    ::dup2(kept_, STDOUT_FILENO);
  }
  std::FILE* file_;
  int kept_;
};

// Paul, two cases, and his home, synced.
struct Agent {
  Agent() : home(world.dir.path() / "paul", true), key(make_data_key()) {
    paul = world.office.add_staff("paul", "agent");
    claire = world.office.add_staff("claire", "agent");
    clerk = world.office.add_staff("odile", "clerk");
    first = world.add_case();
    second = world.add_case();
    for (const auto& one : {first, second}) world.office.assign(one.case_id, paul);
    device = world.office.add_device(paul);
    make_private_directory(home.path());
    const auto db = home.open_replica(key, Home::Use::create);
    // The commands read the machine's clock; the office's is set to it.
    world.clock.set(SystemClock().now());
    Replica::create(*db,
                    {.device_id = device,
                     .staff_id = paul,
                     .role = schema::agent,
                     .epoch = world.office.ledger().epoch()},
                    world.clock.now());
    write_file_durably(home.file("server"), "127.0.0.1:1", 0600);
    home.keep_certificate("of no use here");
    sync();
  }

  SyncReport sync() {
    const auto db = home.open_replica(key, Home::Use::write);
    SystemRandom random;
    Replica replica(*db, world.clock, random);
    Session session(replica);
    while (const auto request = session.next()) {
      server::ServiceAnswer answer;
      if (request->path == "/v1/sync")
        answer = world.office.service().sync(device, request->body);
      else if (request->path == "/v1/device")
        answer = world.office.service().device(device);
      else
        answer = world.office.service().rescue(device, request->body);
      session.take({.status = answer.status, .body = answer.body, .retry_after_s = answer.retry_after_s});
    }
    return session.report();
  }

  template <class Command>
  int run(std::string& out, bool json, Command command) const {
    ErrorReport telling("relance");
    telling.use_json(json);
    Desk at(Lang::en, {.home = home.path().string(), .json = json, .allow_plaintext = true}, {}, telling);
    at.set_data_key(key.copy());
    Captured captured;
    const int code = command(at);
    out = captured.text();
    return code;
  }

  template <class Command>
  boost::json::object json(Command command) const {
    std::string out;
    CHECK(run(out, true, command) == 0);
    const auto parsed = sync::parse_json(out.substr(0, out.find_last_not_of('\n') + 1));
    REQUIRE(parsed.has_value());  // exactly one document
    return parsed->as_object();
  }

  template <class Command>
  Code failure_of(Command command) const {
    std::string out;
    try {
      static_cast<void>(run(out, false, command));
    } catch (const Failure& failure) {
      return failure.code();
    }
    FAIL("no failure");
    return Code::internal;
  }

  World world;
  ErrorReport report{"relance"};
  Home home;
  Secret key;
  Id paul, claire, clerk, device;
  World::CaseIds first, second;
};

}  // namespace

TEST_CASE("an added row prints its id alone, waits in the outbox, and is applied by the office") {
  Agent a;
  std::string id;
  CHECK(a.run(id, false, [](Desk& d) {
    return run_add(d, "contact_event", {"case_id=C-1", "outcome=reached", "note=à rappeler"});
  }) == 0);
  REQUIRE(id.size() == 37);
  REQUIRE(Id::parse(id.substr(0, 36)).has_value());
  auto outbox = a.json([](Desk& d) { return run_outbox(d); });
  CHECK(outbox["outbox"].as_array().at(0).as_object()["status"] == "pending");
  CHECK(a.json(run_status)["pending"] == 1);
  CHECK(a.sync().taken.applied == 1);
  CHECK(a.json([](Desk& d) { return run_outbox(d); })["outbox"].as_array().at(0).as_object()["status"] ==
        "applied");
  CHECK(std::get<std::string>(a.world.office.value("contact_event", *Id::parse(id.substr(0, 36)), "note")) ==
        "à rappeler");
}

TEST_CASE("an unsent edit marks its case in the list") {
  Agent a;
  std::string out;
  CHECK(a.run(out, false,
              [](Desk& d) { return run_edit(d, "case_file", "C-2", {"next_action_on=2026-12-24"}); }) == 0);
  CHECK(a.run(out, false,
              [&](Desk& d) { return run_edit(d, "debtor", a.second.debtor.text(), {"language=fr"}); }) == 0);
  const auto cases = a.json([](Desk& d) { return run_cases(d, searching("C-2")); }).at("cases").as_array();
  REQUIRE(cases.size() == 1);
  CHECK(cases.at(0).at("pending") == 2);
  CHECK(cases.at(0).at("next_action_on") == "2026-12-24");
  CHECK(cases.at(0).at("holder") == "paul");
}

TEST_CASE("what a rule forbids is refused by its code, and nothing is queued") {
  Agent a;
  std::string out;
  const auto siren = [&](Desk& d) {
    return run_edit(d, "debtor", a.first.debtor.text(), {"siren=123456789"});
  };
  CHECK(a.run(out, true, siren) == 3);
  CHECK(out.find("\"not_permitted\"") != std::string::npos);
  CHECK(a.run(out, false, [](Desk& d) {
    return run_add(d, "promise", {"case_id=C-1", "amount_cents=100"});
  }) == 3);
  CHECK(a.failure_of([](Desk& d) {
    return run_add(d, "promise", {"case_id=C-77", "amount_cents=100"});
  }) == Code::not_found);
  CHECK(a.failure_of([](Desk& d) { return run_add(d, "promesse", {"x=1"}); }) == Code::usage);
  CHECK(a.failure_of([](Desk& d) { return run_add(d, "promise", {"montant=1"}); }) == Code::usage);
  CHECK(a.failure_of([](Desk& d) { return run_query(d, "DELETE FROM debtor"); }) == Code::usage);
  CHECK(a.json(run_status)["pending"] == 0);
}

TEST_CASE("an edit that was never sent can be changed and taken back; one that was sent cannot") {
  Agent a;
  std::string out;
  CHECK(a.run(out, false, [](Desk& d) { return run_add(d, "task", {"case_id=C-1", "title=appeler"}); }) == 0);
  CHECK(a.run(out, false, [](Desk& d) {
    return run_amend(d, 1, {"title=écrire", "due_on=2026-12-01"});
  }) == 0);
  const auto tasks = a.json([](Desk& d) { return run_query(d, "SELECT title, due_on FROM task"); });
  CHECK(tasks.at("rows").as_array().at(0).as_array().at(0) == "écrire");
  CHECK(a.run(out, false, [](Desk& d) { return run_undo(d, 1); }) == 0);
  CHECK(a.json([](Desk& d) { return run_query(d, "SELECT title FROM task"); }).at("rows").as_array().empty());
  CHECK(a.run(out, false, [](Desk& d) { return run_add(d, "task", {"case_id=C-1", "title=appeler"}); }) == 0);
  a.sync();
  CHECK(a.failure_of([](Desk& d) { return run_undo(d, 1); }) == Code::not_found);
  CHECK(a.failure_of([](Desk& d) { return run_amend(d, 1, {"title=x"}); }) == Code::not_found);
}

TEST_CASE("an agent settles a conflict on his own screen, by side or by value") {
  Agent a;
  std::string out;
  const auto name = [&](const std::string& value) {
    return
        [&, value](Desk& d) { return run_edit(d, "debtor", a.first.debtor.text(), {"legal_name=" + value}); };
  };
  CHECK(a.run(out, false, name("Paul et fils")) == 0);
  a.world.office.edit(a.clerk,
                      {update_op("debtor", a.first.debtor, {{"legal_name", std::string("Paul SARL")}})});
  CHECK(a.sync().taken.conflicts == 1);
  auto conflicts = a.json([](Desk& d) { return run_conflicts(d); })["conflicts"].as_array();
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts.at(0).at("case") == "C-1");
  CHECK(conflicts.at(0).at("sides").as_array().size() == 2);
  const std::string id{conflicts.at(0).at("id").as_string()};
  CHECK(a.failure_of([&](Desk& d) { return run_resolve(d, id, {"language=fr"}); }) == Code::usage);
  CHECK(a.failure_of([&](Desk& d) { return run_resolve(d, id, {"theirs"}); }) == Code::usage);
  CHECK(a.run(out, false, [&](Desk& d) { return run_resolve(d, id, {"proposed"}); }) == 0);
  CHECK(a.sync().taken.conflicts == 0);
  CHECK(std::get<std::string>(a.world.office.value("debtor", a.first.debtor, "legal_name")) ==
        "Paul et fils");
  CHECK(std::get<std::string>(a.world.office.value("conflict", *Id::parse(id), "state")) == "closed");
  CHECK(a.json([](Desk& d) { return run_conflicts(d); })["conflicts"].as_array().empty());
}

TEST_CASE("a refused edit is listed with what builds on it, and can be given up") {
  Agent a;
  std::string plan, out;
  CHECK(a.run(plan, false, [](Desk& d) {
    return run_add(d, "payment_plan", {"case_id=C-1", "total_cents=1000"});
  }) == 0);
  plan.pop_back();
  CHECK(a.run(out, false, [&](Desk& d) {
    return run_add(
        d, "instalment",
        {"case_id=C-1", "plan_id=" + plan, "position=1", "due_on=2026-12-01", "amount_cents=1000"});
  }) == 0);
  {
    // The office's verdict, as an answer would lay it: a plan that it cannot take, and so what hangs on it.
    const auto db = a.home.open_replica(a.key, Home::Use::write);
    sql::run(*db, "UPDATE outbox SET status = 'refused', reason = 'bad_value', sent_at = 1 WHERE n = 1");
    sql::run(*db,
             "UPDATE outbox SET status = 'refused', reason = 'depends_on_refused', sent_at = 1 WHERE n = 2");
  }
  const auto refused = a.json([](Desk& d) { return run_refused(d); })["refused"].as_array();
  REQUIRE(refused.size() == 2);
  CHECK(refused.at(0).at("depends_on").is_null());
  CHECK(refused.at(1).at("depends_on") == 1);
  CHECK(a.run(out, false, [](Desk& d) { return run_discard(d, 2); }) == 0);
  CHECK(a.json([](Desk& d) { return run_refused(d); })["refused"].as_array().size() == 1);
  CHECK(a.failure_of([](Desk& d) { return run_discard(d, 2); }) == Code::not_found);
}

TEST_CASE("a case shows everything on it, a table that nobody wrote a screen for too") {
  Agent a;
  std::string out;
  CHECK(a.run(out, false, [](Desk& d) {
    return run_add(d, "promise", {"case_id=C-1", "amount_cents=25000", "due_on=2026-12-05"});
  }) == 0);
  const auto one = a.json([](Desk& d) { return run_case(d, "C-1", ""); });
  CHECK(one.at("number") == "C-1");
  const auto& rows = one.at("rows").as_object();
  for (const schema::Table& table : schema::business_tables()) {
    const bool is_on_case = schema::is_served(table) && table.way != schema::Way::common;
    INFO(table.name);
    CHECK(rows.contains(table.name) == is_on_case);
  }
  CHECK(rows.at("promise").as_array().at(0).at("amount_cents") == 25000);
  CHECK(a.run(out, false, [](Desk& d) { return run_case(d, "C-1", ""); }) == 0);
  CHECK(out.find("250.00") != std::string::npos);
}

TEST_CASE("a replica whose lease is over shows nothing but its status") {
  Agent a;
  const auto end_lease = [&](Ms ago) {
    const auto db = a.home.open_replica(a.key, Home::Use::write);
    sql::set_meta(*db, "lease_until", std::to_string(SystemClock().now() - ago));
  };
  end_lease(1'000);
  CHECK(a.json(run_status)["state"] == "locked");
  CHECK(a.failure_of([](Desk& d) { return run_cases(d, {}); }) == Code::locked);
  CHECK(a.failure_of([](Desk& d) { return run_query(d, "SELECT 1"); }) == Code::locked);
  a.sync();
  CHECK(a.json(run_status)["state"] == "ready");
}

TEST_CASE("past the grace period the key goes, but never with unsent work") {
  Agent a;
  std::string out;
  CHECK(a.run(out, false, [](Desk& d) { return run_add(d, "task", {"case_id=C-1", "title=appeler"}); }) == 0);
  const auto expire = [&] {
    const auto db = a.home.open_replica(a.key, Home::Use::write);
    sql::set_meta(*db, "lease_until", "1");
  };
  expire();
  CHECK(a.failure_of([](Desk& d) { return run_cases(d, {}); }) == Code::locked);
  CHECK(a.home.is_enrolled());
  CHECK(a.sync().taken.applied == 1);  // handed over; the office lets it go on
  expire();
  CHECK(a.failure_of([](Desk& d) { return run_cases(d, {}); }) == Code::wiped);
  CHECK_FALSE(a.home.is_enrolled());
  CHECK(a.json(run_status)["state"] == "wiped");
}

TEST_CASE("a wipe order closes the replica even when the handing over is cut") {
  Agent a;
  std::string out;
  CHECK(a.run(out, false, [](Desk& d) { return run_add(d, "task", {"case_id=C-1", "title=appeler"}); }) == 0);
  const auto db = a.home.open_replica(a.key, Home::Use::write);
  SystemRandom random;
  Replica replica(*db, a.world.clock, random);
  Session session(replica);
  static_cast<void>(session.next());
  session.take({.status = 403, .body = R"({"code":"wiped","status":403,"title":"x"})"});
  REQUIRE(session.next().has_value());  // the handing over, which never gets through
  CHECK(a.failure_of([](Desk& d) { return run_cases(d, {}); }) == Code::wiped);
  CHECK(replica.facts().pending == 1);
}

TEST_CASE("search finds by name and piece, whatever the case and the accents") {
  Agent a;
  a.world.office.edit(
      a.clerk, {update_op("debtor", a.second.debtor, {{"legal_name", std::string("Boulangerie Éloïse")}})});
  a.sync();
  const auto found = [&](const std::string& words) {
    return a.json([&](Desk& d) { return run_cases(d, searching(words)); }).at("cases").as_array().size();
  };
  CHECK(found("eloise") == 1);
  CHECK(found("BOULANGERIE meunier") == 1);  // the debtor and the creditor
  CHECK(found("eloise nobody") == 0);
  CHECK(found("") == 2);
}
