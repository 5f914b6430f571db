// A session is told everything that a server, an old one, a restored one or a stranger between may answer: it goes on
// where that helps, gives up where it would ask for ever, and changes nothing that it should not.
#include "client/session.h"

#include <algorithm>
#include <set>

#include "host/failure.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using client::Session;
using client::WireAnswer;
using client::WireRequest;

namespace {

WireAnswer problem(int status, const std::string& code, const std::string& more = "") {
  return {.status = status, .body = "{\"code\":\"" + code + "\"" + more + "}"};
}

/// One agent whose device has synced and has an edit to send.
struct OneDevice : World {
  Id paul = office.add_staff("paul", "agent");
  CaseIds held = add_case();
  std::unique_ptr<TestDevice> a;
  std::int64_t n = 0;
  OneDevice() {
    office.assign(held.case_id, paul);
    a = add_device(paul);
    a->sync();
    n = add_task();
  }
  std::int64_t add_task() {
    return a->edit({insert_op("task", random.row_id(clock.now()),
                              {{"case_id", held.case_id}, {"title", std::string("rappeler")}})});
  }
  /// Answers the session's next request with `answer`; the code it gave up with, if it did.
  static std::optional<Code> say(Session& session, const WireAnswer& answer) {
    REQUIRE(session.next().has_value());
    try {
      session.take(answer);
    } catch (const Failure& failure) {
      CHECK_FALSE(failure.message().empty());
      return failure.code();
    }
    return std::nullopt;
  }
  static std::string path(Session& session) {
    const auto request = session.next();
    return request ? request->path : "";
  }
  void finish(Session& session) {
    while (const auto request = session.next()) session.take(a->deliver(*request));
  }
};

}  // namespace

TEST_CASE("what cannot be helped by asking again at once ends the session with the server's own code") {
  OneDevice w;
  for (const auto& [answer, code] : std::vector<std::pair<WireAnswer, Code>>{
           {problem(503, "overload"), Code::overload},
           {problem(409, "busy"), Code::busy},
           {problem(400, "bad_request"), Code::bad_request},
           {problem(413, "too_large"), Code::too_large},
           {problem(500, "internal"), Code::internal},
           {problem(418, "a_code_of_later_years"), Code::protocol},
           {{.status = 502, .body = "<html>Bad gateway</html>"}, Code::protocol},
           {{.status = 0, .body = ""}, Code::protocol},
           {{.status = 200, .body = "<html>Welcome to the hotel</html>"}, Code::protocol},
           {{.status = 200, .body = "{}"}, Code::protocol}}) {
    INFO(answer.status << " " << answer.body);
    Session session(w.a->replica());
    CHECK(OneDevice::say(session, answer) == code);
    CHECK(w.a->status_of(w.n) == "pending");
    CHECK(w.a->replica().standing() == client::Standing::ready);
    CHECK(w.a->replica().wants_more());  // the edit still waits
  }
  CHECK(w.a->sync().taken.applied == 1);
}

TEST_CASE("no answer at all is said as such, any other in the sentence of its code") {
  CHECK(client::failure_of({.status = 0, .body = ""}).message() == "The server gave no answer.");
  const Failure busy = client::failure_of(problem(503, "overload"));
  CHECK(busy.code() == Code::overload);
  CHECK(busy.message() == facts_of(Code::overload).sentence);
}

TEST_CASE("an office that always is of another epoch is asked three times and no more") {
  OneDevice w;
  Session session(w.a->replica());
  const std::string device = R"({"epoch":")" + w.random.uuid().text() + R"(","last_n":0,"last_hash":""})";
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(OneDevice::say(session, problem(409, "epoch")).has_value());
    CHECK(OneDevice::path(session) == "/v1/device");
    CHECK_FALSE(OneDevice::say(session, {.status = 200, .body = device}).has_value());
    CHECK(OneDevice::path(session) == "/v1/sync");
  }
  CHECK(OneDevice::say(session, problem(409, "epoch")) == Code::epoch);
  CHECK(session.report().restored);
  CHECK(w.a->status_of(w.n) == "pending");
}

TEST_CASE("an office that always asks to read anew is asked three times and no more") {
  OneDevice w;
  Session session(w.a->replica());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(OneDevice::say(session, problem(409, "bootstrap_required")));
  CHECK(OneDevice::say(session, problem(409, "bootstrap_required")) == Code::bootstrap_required);
  CHECK(w.a->has("case_file", w.held.case_id));  // nothing is taken away before something else has come
  CHECK(w.a->sync().taken.applied == 1);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE(
    "a challenge is answered with its nonce while the token is still the one that was sent, three times") {
  OneDevice w;
  Session session(w.a->replica());
  for (int i = 0; i < 3; ++i) {
    const std::string nonce = w.random.uuid().text();
    CHECK_FALSE(OneDevice::say(session, problem(409, "resume_unknown", R"(,"nonce":")" + nonce + "\"")));
    CHECK(session.next()->body.find(R"("nonce":")" + nonce) != std::string::npos);
  }
  CHECK(OneDevice::say(session, problem(409, "resume_unknown", R"(,"nonce":"x")")) == Code::resume_unknown);
}

TEST_CASE(
    "a challenge of a token that has moved on since is not answered: the request is asked again as it is") {
  OneDevice w;
  Session late(w.a->replica());
  const auto overtaken = late.next();
  REQUIRE(overtaken.has_value());
  const auto token = w.a->replica().resume_token();
  w.a->sync();
  REQUIRE(w.a->replica().resume_token() != token);
  late.take(problem(409, "resume_unknown", R"(,"nonce":")" + w.random.uuid().text() + "\""));
  CHECK(late.next()->body.find("nonce") == std::string::npos);
  w.finish(late);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("a challenge that is no object has nothing to be answered with") {
  OneDevice w;
  // The code stands in no object, so it is none: what is not understood ends the session.
  Session session(w.a->replica());
  CHECK(OneDevice::say(session, {.status = 409, .body = R"(["resume_unknown"])"}) == Code::protocol);
  // An answer without a nonce is one to ask again without.
  Session other(w.a->replica());
  CHECK_FALSE(OneDevice::say(other, problem(409, "resume_unknown")));
  CHECK(other.next()->body.find("nonce") == std::string::npos);
}

TEST_CASE("an office of an older version is waited for; one that is newer says so by its code") {
  OneDevice w;
  const std::string ours = std::to_string(w.a->replica().version());
  const std::string older = std::to_string(w.a->replica().version() - 1);
  const auto words_for = [&](const std::string& more) -> std::string {
    Session session(w.a->replica());
    REQUIRE(session.next().has_value());
    try {
      session.take(problem(426, "upgrade_required", more));
    } catch (const Failure& failure) {
      CHECK(failure.code() == Code::upgrade_required);
      return failure.message();
    }
    return "";
  };
  const std::string general{facts_of(Code::upgrade_required).sentence};
  CHECK(words_for(",\"schema\":" + older).find("older than this program") != std::string::npos);
  CHECK(words_for(",\"schema\":" + ours) == general);
  CHECK(words_for(",\"schema\":99") == general);
  CHECK(words_for("") == general);
  CHECK(w.a->status_of(w.n) == "pending");
}

TEST_CASE("asked where it stands, an office that answers something else is taken at its word") {
  const std::string epoch = Id{{7}}.text();
  for (const std::string& damaged :
       {std::string("[]"), std::string("no json"), std::string("{}"), std::string(R"({"last_n":1})"),
        R"({"epoch":")" + epoch + "\"}", R"({"epoch":")" + epoch + R"(","last_n":"1"})"}) {
    INFO(damaged);
    OneDevice w;
    const Id before = w.a->replica().identity().epoch;
    Session session(w.a->replica());
    CHECK_FALSE(OneDevice::say(session, problem(409, "epoch")));
    CHECK(OneDevice::say(session, {.status = 200, .body = damaged}) == Code::protocol);
    CHECK(w.a->replica().identity().epoch == before);
    CHECK(w.a->sync().taken.applied == 1);  // nothing was changed by it
  }
  OneDevice w;
  Session session(w.a->replica());
  CHECK_FALSE(OneDevice::say(session, problem(409, "epoch")));
  CHECK(OneDevice::say(session, problem(503, "overload")) == Code::overload);
  Session suspended(w.a->replica());
  CHECK_FALSE(OneDevice::say(suspended, problem(409, "epoch")));
  CHECK_FALSE(OneDevice::say(suspended, problem(403, "suspended")));
  CHECK(OneDevice::path(suspended) == "/v1/rescue");
}

TEST_CASE("the last hash that a restored office names is compared, and one that is no hash is none") {
  for (const std::string& hash : {std::string(), std::string("zz"), std::string(64, 'a')}) {
    INFO(hash);
    OneDevice w;
    w.a->sync();
    Session session(w.a->replica());
    CHECK_FALSE(OneDevice::say(session, problem(409, "epoch")));
    const std::string device = R"({"epoch":")" + w.office.ledger().epoch().text() + R"(","last_n":)" +
                               std::to_string(w.n) + R"(,"last_hash":")" + hash + "\"}";
    CHECK_FALSE(OneDevice::say(session, {.status = 200, .body = device}));
    const bool says_two = session.next()->body.find("\"two_machines\":1") != std::string::npos;
    CHECK(says_two == (hash.size() == 64));  // another content under our number: another machine wrote it
  }
}

TEST_CASE("what is handed over and not taken in stays, and is handed over again") {
  OneDevice w;
  for (const auto& [answer, standing] : std::vector<std::pair<WireAnswer, client::Standing>>{
           {problem(403, "suspended"), client::Standing::suspended},
           {problem(401, "unauthorised"), client::Standing::suspended},
           {problem(403, "wiped", ",\"wipe\":true"), client::Standing::wiped}}) {
    INFO(answer.body);
    Session session(w.a->replica());
    CHECK_FALSE(OneDevice::say(session, answer));
    CHECK(w.a->replica().standing() == standing);
    CHECK(OneDevice::path(session) == "/v1/rescue");
    CHECK(OneDevice::say(session, problem(503, "overload")) == Code::unreachable);
    CHECK(w.a->status_of(w.n) == "pending");
    CHECK(w.a->count("SELECT count(*) FROM meta WHERE name = 'quarantined'") == 0);
    CHECK(session.report().wipe == (standing == client::Standing::wiped));
  }
  Session session(w.a->replica());
  CHECK_FALSE(OneDevice::say(session, problem(403, "suspended")));
  CHECK_FALSE(OneDevice::say(session, {.status = 200, .body = "{}"}));
  CHECK_FALSE(session.next().has_value());
  CHECK(w.a->count("SELECT content FROM meta WHERE name = 'quarantined'") == 1);
}

TEST_CASE("after its end a session asks nothing and takes nothing in") {
  OneDevice w;
  Session session(w.a->replica());
  w.finish(session);
  const auto asked = session.report().requests;
  session.take(problem(403, "wiped"));
  CHECK_FALSE(session.next().has_value());
  CHECK(session.report().requests == asked + 1);
  CHECK_FALSE(session.report().wipe);
  CHECK(w.a->replica().standing() == client::Standing::ready);
}

TEST_CASE("a server that neither takes the edits nor says why is not asked for ever") {
  OneDevice w;
  const auto epoch = w.office.ledger().epoch();
  const std::string nothing = sync::encode_answer(
      {.epoch = epoch, .now = w.clock.now(), .lease_until = w.clock.now() + 1000, .cursor = {}}, "", "", "");
  Session session(w.a->replica());
  for (int i = 0; i < 3; ++i) CHECK_FALSE(OneDevice::say(session, {.status = 200, .body = nothing}));
  CHECK(OneDevice::say(session, {.status = 200, .body = nothing}) == Code::protocol);
  CHECK(w.a->status_of(w.n) == "pending");
}

TEST_CASE("run to its end, a session tells of its progress after every answer") {
  OneDevice w;
  struct Line : client::Transport {
    explicit Line(TestDevice& d) : device(d) {}
    WireAnswer exchange(const WireRequest& request) override { return device.deliver(request); }
    TestDevice& device;
  } line(*w.a);
  w.office.set_page_bytes(1);  // an entry a page
  for (int i = 0; i < 4; ++i) {
    const auto more = w.add_case();
    w.office.assign(more.case_id, w.paul);
  }
  Session session(w.a->replica());
  std::vector<std::int64_t> remaining;
  const auto report = client::run_session(session, line, [&](const client::SyncReport& so_far) {
    remaining.push_back(so_far.remaining);
    CHECK(so_far.requests == static_cast<std::int64_t>(remaining.size()));
  });
  CHECK(report.sent == 1);
  CHECK(report.taken.came.size() == 4);
  CHECK(remaining.size() > 4);
  CHECK(remaining.back() == 0);
  CHECK(std::is_sorted(remaining.rbegin(), remaining.rend()));
}

TEST_CASE("tries wait longer and longer, up to five minutes, and no two laptops the same") {
  SeededRandom random(3);
  for (int attempt = 0; attempt < 70; ++attempt) {
    const Ms bound = attempt > 8 ? 300'000 : std::min<Ms>(1000LL << attempt, 300'000);
    Ms longest = 0;
    std::set<Ms> seen;
    for (int i = 0; i < 200; ++i) {
      const Ms wait = client::backoff_ms(attempt, random);
      CHECK((wait >= 1 && wait <= bound));
      longest = std::max(longest, wait);
      seen.insert(wait);
    }
    CHECK(longest > bound / 2);
    CHECK(seen.size() > 50);
  }
}
