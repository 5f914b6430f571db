// What one request does to the server: resume tokens, the order of mutations, two machines with one identity, and the
// bounds of what a device may say about itself (docs/protocol.md, "Copies", "Outcomes" and "Time").
#include "server/intake.h"

#include "sync/limits.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using server::Intake;
using sync::Status;

namespace {

constexpr Ms kDayMs = 24LL * 3'600'000;

struct Counter : World {
  Id paul = office.add_staff("paul", "agent"), clerk = office.add_staff("nadia", "clerk");
  CaseIds own = add_case();
  Id device = office.add_device(paul);
  std::optional<Id> token;  // what the device would send next
  Counter() { office.assign(own.case_id, paul); }

  sync::Request request(std::vector<sync::Mutation> mutations = {}) {
    return {
        .protocol = 1,
        .schema = 1,
        .epoch = office.ledger().epoch(),
        .resume = token,
        .cursor = {server::feed_head(office.db(), paul), server::feed_head(office.db(), server::kCommonFeed)},
        .mutations = std::move(mutations)};
  }
  sync::Mutation mutation(std::int64_t n, const char* title = "x") {
    return {.n = n,
            .at = clock.now(),
            .seen = {office.ledger().epoch(), 0},
            .intent = "test",
            .ops = {insert_op("task", random.row_id(clock.now()),
                              {{"case_id", own.case_id}, {"title", std::string(title)}})}};
  }
  std::variant<Intake::Taken, Intake::Refused> take(const sync::Request& r) {
    server::Ledger::Work work(office.ledger());
    auto result = Intake(office.ledger()).take(*server::find_device(office.db(), device), r);
    work.commit();
    return result;
  }
  Intake::Taken taken(const sync::Request& r) {
    auto result = take(r);
    REQUIRE(std::holds_alternative<Intake::Taken>(result));
    return std::get<Intake::Taken>(result);
  }
  Intake::Refused refused(const sync::Request& r) {
    auto result = take(r);
    REQUIRE(std::holds_alternative<Intake::Refused>(result));
    return std::get<Intake::Refused>(result);
  }
  server::DeviceState state() { return *server::load_state(office.db(), device); }
  std::string standing() { return std::get<std::string>(office.value("device", device, "state")); }
  std::int64_t offers() { return office.count("SELECT count(*) FROM resume_offer"); }
};

}  // namespace

TEST_CASE("an answer that carries something offers a token, and the first use of it voids the other offers") {
  Counter c;
  const auto first = c.taken(c.request({c.mutation(1)}));
  REQUIRE(first.offered.has_value());
  const auto lost =
      c.taken(c.request({c.mutation(2)}));  // that answer was lost: the used one (none yet) comes again
  REQUIRE(lost.offered.has_value());
  CHECK(lost.offered != first.offered);
  CHECK(c.offers() == 2);
  c.token = first.offered;  // either of them will do
  const auto next = c.taken(c.request());
  CHECK(c.state().used_token == first.offered);
  CHECK_FALSE(next.offered.has_value());  // nothing to keep: nothing offered
  CHECK(c.offers() == 0);
  c.token = lost.offered;
  CHECK(c.refused(c.request()).code == Code::resume_unknown);
}

TEST_CASE(
    "an idle request changes nothing, and only the first use of a token or a new quarter of an hour "
    "commits") {
  Counter c;
  c.token = *c.taken(c.request({c.mutation(1)})).offered;
  CHECK(server::changes_anything(c.state(), c.request(), c.clock.now()));
  c.taken(c.request());
  CHECK_FALSE(server::changes_anything(c.state(), c.request(), c.clock.now()));
  CHECK(server::changes_anything(c.state(), c.request(), c.clock.now() + sync::kContactRenewMs));
  CHECK(server::changes_anything(c.state(), c.request(),
                                 c.clock.now() - 1));  // the server's clock was set back
  sync::Request more = c.request();
  more.acked = 1;
  CHECK(server::changes_anything(c.state(), more, c.clock.now()));
  more.acked = 99;
  c.taken(more);
  CHECK(c.state().acked_n == 1);
  CHECK_FALSE(server::changes_anything(c.state(), more, c.clock.now()));  // min(acked, its last n)
}

TEST_CASE("sixteen offers are kept, then the last is offered again") {
  Counter c;
  std::optional<Id> last;
  for (int i = 0; i < sync::kResumeOffersMax; ++i) last = c.taken(c.request({c.mutation(i + 1)})).offered;
  CHECK(c.offers() == sync::kResumeOffersMax);
  for (int i = 0; i < 5; ++i) CHECK(c.taken(c.request({c.mutation(17 + i)})).offered == last);
  CHECK(c.offers() == sync::kResumeOffersMax);
  c.token = last;
  c.taken(c.request());
  CHECK(c.state().used_token == last);
}

TEST_CASE(
    "an unknown token is challenged and nothing changes; who answers the challenge with it is a second "
    "machine") {
  Counter c;
  const auto mine = c.taken(c.request({c.mutation(1)})).offered;
  c.token = mine;
  c.taken(c.request());
  const auto current = c.taken(c.request({c.mutation(2)})).offered;
  c.token = current;
  c.taken(c.request());

  sync::Request old = c.request({c.mutation(3)});
  old.resume = mine;
  const auto challenge = c.refused(old);
  CHECK(challenge.code == Code::resume_unknown);
  REQUIRE(challenge.nonce.has_value());
  CHECK(c.state().last_n == 2);
  CHECK(c.office.count("SELECT count(*) FROM task") == 2);
  SECTION("a late duplicate has nobody to answer: the device goes on") {
    CHECK(c.taken(c.request({c.mutation(3)})).outcomes.at(0).status == Status::applied);
    CHECK(c.standing() == "active");
  }
  SECTION("a nonce of another challenge is challenged again") {
    old.nonce = c.random.uuid();
    const auto again = c.refused(old);
    CHECK(again.code == Code::resume_unknown);
    CHECK(again.nonce != challenge.nonce);
    CHECK(c.standing() == "active");
  }
  SECTION("the nonce with the same token: two machines, frozen, edits kept") {
    old.nonce = challenge.nonce;
    CHECK(c.refused(old).code == Code::suspended);
    CHECK(c.standing() == "frozen");
    CHECK(c.office.count("SELECT count(*) FROM quarantine WHERE n = 3 AND state = 'kept'") == 1);
    CHECK(c.office.count("SELECT count(*) FROM task") == 2);
  }
  SECTION("the nonce with the current token is no second machine") {
    sync::Request honest = c.request();
    honest.nonce = challenge.nonce;
    c.taken(honest);
    CHECK(c.standing() == "active");
  }
  SECTION("no token at all, after one was used, is unknown too") {
    sync::Request none = c.request();
    none.resume.reset();
    CHECK(c.refused(none).code == Code::resume_unknown);
  }
}

TEST_CASE("a device that finds another answering to its name is frozen with what it sends") {
  Counter c;
  sync::Request r = c.request({c.mutation(1)});
  r.two_machines = true;
  CHECK(c.refused(r).code == Code::suspended);
  CHECK(c.standing() == "frozen");
  CHECK(c.office.count("SELECT count(*) FROM quarantine") == 1);
  CHECK(c.office.count("SELECT count(*) FROM task") == 0);
}

TEST_CASE("a mutation's second arrival gets the outcome of the first, and only its number once acked") {
  Counter c;
  const auto m = c.mutation(1);
  CHECK(c.taken(c.request({m})).outcomes.at(0).status == Status::applied);
  const auto again = c.taken(c.request({m})).outcomes;
  REQUIRE(again.size() == 1);
  CHECK(again[0].status == Status::merged);  // its values may be old by now
  sync::Request acked = c.request({m});
  acked.acked = 1;
  c.taken(acked);
  CHECK(c.taken(acked).outcomes.at(0).status == Status::duplicate);
  CHECK(c.office.count("SELECT count(*) FROM task") == 1);
  CHECK(c.office.count("SELECT count(*) FROM history WHERE table_no = 19") == 1);

  // A refusal keeps its reason, a conflict its ids.
  auto bad = c.mutation(2);
  bad.ops[0].changes[1].after = std::string(999, 'x');
  for (int i = 0; i < 2; ++i) {
    const auto outcome = c.taken(c.request({bad})).outcomes.at(0);
    CHECK(outcome.status == Status::refused);
    CHECK(outcome.reason == "bad_value");
  }
}

TEST_CASE("a gap is an answer: what is before it is taken in, what is after it is not") {
  Counter c;
  const auto result = c.taken(c.request({c.mutation(1), c.mutation(3), c.mutation(4)}));
  CHECK(result.outcomes.size() == 1);
  CHECK(result.expected == 2);
  CHECK(c.state().last_n == 1);
  CHECK(c.office.count("SELECT count(*) FROM task") == 1);
  CHECK(c.taken(c.request({c.mutation(2), c.mutation(3)})).outcomes.size() == 2);
  for (const std::int64_t n : {std::int64_t{0}, std::int64_t{-5}, INT64_MIN}) {
    CHECK(c.taken(c.request({c.mutation(n)})).outcomes.at(0).status ==
          Status::duplicate);  // numbers begin at 1
  }
  CHECK(c.taken(c.request({c.mutation(INT64_MAX)})).expected == 4);
  CHECK(c.office.count("SELECT count(*) FROM task") == 3);
}

TEST_CASE("the same number with other content means two machines: both are frozen and everything is kept") {
  Counter c;
  c.taken(c.request({c.mutation(1, "one")}));
  CHECK(c.refused(c.request({c.mutation(1, "other"), c.mutation(2, "next")})).code == Code::suspended);
  CHECK(c.standing() == "frozen");
  CHECK(c.office.count("SELECT count(*) FROM task") == 1);
  CHECK(c.office.count("SELECT count(*) FROM quarantine") == 2);
  CHECK(c.office.count("SELECT count(*) FROM mutation_log WHERE intent = 'device.freeze'") == 1);
}

TEST_CASE("the hash of the last number is kept, also when everything is acked and safe in a backup") {
  Counter c;
  c.taken(c.request({c.mutation(1), c.mutation(2), c.mutation(3, "last")}));
  sql::run(c.office.db(), "UPDATE device_state SET durable_n = 3 WHERE device_id = ?1", c.device);
  sync::Request r = c.request();
  r.acked = 3;
  c.clock.advance(sync::kContactRenewMs);
  c.taken(r);
  CHECK(sql::number(c.office.db(), "SELECT count(*) FROM mutation_log WHERE device_id = ?1", c.device) == 1);
  CHECK(c.taken(c.request({c.mutation(1)})).outcomes.at(0).status == Status::duplicate);
  CHECK(c.refused(c.request({c.mutation(3, "other")})).code == Code::suspended);
}

TEST_CASE(
    "an edit's time is bounded by enrolment and by now, both are recorded, and a bounded edit is merged") {
  Counter c;
  const Ms enrolled = server::find_device(c.office.db(), c.device)->enrolled_at;
  const auto bounded = [&](std::int64_t n, Ms at) {
    auto m = c.mutation(n);
    m.at = at;
    const auto outcome = c.taken(c.request({m})).outcomes.at(0);
    sql::Query q(c.office.db(),
                 "SELECT claimed_at, happened_at FROM mutation_log WHERE device_id = ?1 AND n = ?2", c.device,
                 n);
    REQUIRE(q.next());
    CHECK(q.integer(0) == at);
    CHECK(c.office.value("task", m.ops[0].row, "created_at") == Value{q.integer(1)});
    return std::pair{outcome.status, q.integer(1)};
  };
  const Ms now = c.clock.now();
  CHECK(bounded(1, now) == std::pair{Status::applied, now});
  CHECK(bounded(2, now + sync::kClockAheadMs) == std::pair{Status::applied, now + sync::kClockAheadMs});
  CHECK(bounded(3, now + sync::kClockAheadMs + 1) == std::pair{Status::merged, now + sync::kClockAheadMs});
  CHECK(bounded(4, now + 1000 * kDayMs) == std::pair{Status::merged, now + sync::kClockAheadMs});
  CHECK(bounded(5, 0) == std::pair{Status::merged, enrolled});
  CHECK(bounded(6, enrolled) == std::pair{Status::applied, enrolled});
  // Where the server's own clock was set back behind the enrolment, the bounds cross: now wins, nothing breaks.
  c.clock.advance(-10 * kDayMs);
  const Ms past = c.clock.now() + sync::kClockAheadMs;
  CHECK(bounded(7, now) == std::pair{Status::merged, past});
}

TEST_CASE("a mutation voided before a restore takes its number and is never executed") {
  Counter c;
  const auto m = c.mutation(1);
  const Bytes hash{std::string(bytes_of(sha256(sync::canonical_bytes(m))))};
  sync::Mutation voided{.n = 1, .voided = "refused", .voided_hash = hash};
  CHECK(c.taken(c.request({voided})).outcomes.at(0).status == Status::refused);
  CHECK(c.taken(c.request({voided})).outcomes.at(0).status == Status::refused);
  CHECK(c.taken(c.request({m})).outcomes.at(0).status == Status::refused);  // its late twin
  CHECK(c.state().last_n == 1);
  CHECK(c.office.count("SELECT count(*) FROM task") == 0);
  sync::Mutation erased{.n = 2, .voided = "erased", .voided_hash = hash};
  CHECK(c.taken(c.request({erased})).outcomes.at(0).status == Status::erased);
  sync::Mutation short_hash{.n = 3, .voided = "refused", .voided_hash = {"ab"}};
  c.taken(c.request({short_hash}));
  c.taken(c.request({short_hash}));  // the same again is the same, however its hash is written
  CHECK(c.standing() == "active");
}

TEST_CASE("a request that ends in a freeze has its first edits taken once, whoever lets the rest in later") {
  Counter c;
  const auto first = c.mutation(1), other = c.mutation(1, "autre");
  CHECK(c.refused(c.request({first, other})).code == Code::suspended);
  CHECK(c.state().last_n == 1);
  server::Ledger::Work work(c.office.ledger());
  CHECK(Intake(c.office.ledger()).apply_quarantined(*server::find_device(c.office.db(), c.device)).empty());
  work.commit();
  CHECK(c.office.count("SELECT count(*) FROM task") == 1);
  CHECK(c.office.count("SELECT count(*) FROM quarantine WHERE state = 'kept'") == 1);  // the other machine's
}

TEST_CASE("mutations that neither side has any more are named and not waited for") {
  Counter c;
  sync::Request r = c.request({c.mutation(98)});
  r.oldest_kept = 97;
  CHECK(c.taken(r).expected == 97);
  r.mutations = {c.mutation(97), c.mutation(98)};
  CHECK(c.taken(r).outcomes.size() == 2);
  CHECK(c.state().last_n == 98);
  CHECK(sql::number(c.office.db(), "SELECT lost_below FROM device_state WHERE device_id = ?1", c.device) ==
        97);
}

TEST_CASE("what a device keeps before a gap is taken as it comes, and the gap after it is named") {
  Counter c;
  sync::Request r = c.request({c.mutation(2), c.mutation(9)});
  r.oldest_kept = 9;
  r.pending = 1;  // more to come: what lies before the gap may be among it
  SECTION("in one request") {
    CHECK(c.taken(r).outcomes.size() == 2);
    CHECK(c.state().last_n == 9);
  }
  SECTION("in two") {
    r.mutations.pop_back();
    CHECK(c.taken(r).outcomes.at(0).status == Status::applied);
    CHECK(c.state().last_n == 2);  // 3 to 8 may still come
    r.mutations = {c.mutation(9)};
    CHECK(c.taken(r).outcomes.at(0).status == Status::applied);
  }
  SECTION("with nothing after it") {
    r.mutations.pop_back();
    r.pending = 0;
    c.taken(r);
    CHECK(c.state().last_n == 8);
  }
  CHECK(sql::number(c.office.db(), "SELECT lost_below FROM device_state WHERE device_id = ?1", c.device) ==
        9);
}

TEST_CASE("drops are forgotten once every living device of the agent has passed them") {
  Counter c;
  const Id second = c.office.add_device(c.paul);
  c.taken(c.request({c.mutation(1)}));
  sql::run(c.office.db(), "UPDATE device_state SET lease_until = ?2, agent_cursor = 1 WHERE device_id = ?1",
           second, c.clock.now() + kDayMs);
  c.office.unassign(c.own.case_id, c.paul);
  // A debtor's drop stays as long as there is a case: it alone tells what was late.
  const auto drops = [&] {
    return c.office.count("SELECT count(*) FROM feed_entry WHERE gone = 1 AND table_no <> 5");
  };
  const auto sync_later = [&](Ms by) {
    c.clock.advance(by);
    c.taken(c.request());
  };
  sync_later(sync::kContactRenewMs);
  CHECK(drops() > 0);  // the second device has not seen them
  sync_later(kDayMs + sync::kGraceMs);
  CHECK(drops() == 0);  // lease and grace are over: it has destroyed its key
  CHECK(server::pruned_below(c.office.db(), c.paul) > 0);
}

TEST_CASE("who has left the office is served nothing, whatever his device's state") {
  Counter c;
  CHECK(server::find_device(c.office.db(), c.device)->is_active());
  c.office.edit(c.office.system(), {update_op("staff", c.paul, {{"state", std::string("left")}})});
  CHECK_FALSE(server::find_device(c.office.db(), c.device)->is_active());
  CHECK_FALSE(server::find_device(c.office.db(), c.random.uuid()).has_value());
}

TEST_CASE(
    "quarantined edits are kept once, as sent, and applied in the order of their numbers when the office "
    "says so") {
  Counter c;
  const server::Device device = *server::find_device(c.office.db(), c.device);
  const auto one = c.mutation(1, "one"), two = c.mutation(2, "two");
  for (int i = 0; i < 2; ++i) {
    server::Ledger::Work work(c.office.ledger());
    for (const auto& outcome : Intake(c.office.ledger()).quarantine(device, {two, one}))
      CHECK(outcome.status == Status::quarantined);
    work.commit();
  }
  CHECK(c.office.count("SELECT count(*) FROM quarantine") == 2);
  CHECK(c.office.count("SELECT count(*) FROM task") == 0);
  server::Ledger::Work work(c.office.ledger());
  const auto outcomes = Intake(c.office.ledger()).apply_quarantined(device);
  work.commit();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].n == 1);
  CHECK(outcomes[1].status == Status::applied);
  CHECK(c.state().last_n == 2);
  CHECK(c.office.value("task", two.ops[0].row, "title") == Value{std::string("two")});
  CHECK(c.taken(c.request({one, two})).outcomes.size() == 2);  // the device's own repetition: recognised
  CHECK(c.office.count("SELECT count(*) FROM task") == 2);
  CHECK(c.standing() == "active");
}
