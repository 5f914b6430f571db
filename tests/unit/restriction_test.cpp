// GDPR art. 18: a restricted case is out of sight and out of reach on every replica, kept at the office, and worked on
// by nobody; and what a legal hold keeps.
#include "host/restriction.h"

#include "client/worklist.h"
#include "host/case_query.h"
#include "host/sqlite.h"
#include "host/work_query.h"
#include "schema/lookup.h"
#include "server/legal_holds.h"
#include "server/person_requests.h"
#include "server/protection.h"
#include "tests/support/case_rows.h"

using namespace relance;
using namespace relance::test;

namespace {

constexpr CivilDate kToday{2026, 11, 21};

struct RestrictedWorld : CaseRows {
  Id paul = office.add_staff("paul", "agent"), nadia = office.add_staff("nadia", "clerk"),
     olga = office.add_staff("olga", "office"), david = office.add_staff("david", "dpo");
  CaseIds one = add_case(), two = add_case();
  std::unique_ptr<TestDevice> device;

  RestrictedWorld() {
    office.assign(one.case_id, paul);
    office.assign(two.case_id, paul);
    device = add_device(paul);
    device->sync();
  }
  server::Author author(const Id& staff, schema::Writers role) const {
    return {.staff_id = staff, .role = role};
  }
  void restrict(const Id& case_id, std::int64_t to = 1) {
    change("case_file", case_id, {{"restricted", to}});
  }
  std::vector<sync::Op> call(const Id& case_id) {
    return {
        insert_op("contact_event", random.row_id(clock.now()),
                  {{"case_id", case_id}, {"outcome", std::string("reached")}, {"note", std::string("vu")}})};
  }
  std::vector<sync::Op> priority(const Id& case_id, std::int64_t to) {
    return {update_op("case_file", case_id, {{"priority", to}})};
  }
  std::string refusal(std::vector<sync::Op> ops) {
    const auto refused = device->try_edit(std::move(ops));
    return refused ? refused->code : "";
  }
};

}  // namespace

TEST_CASE("R55: at the next contact a restricted case is hidden and read-only on the replica",
          "[R55][rights]") {
  RestrictedWorld w;
  CHECK(w.refusal(w.call(w.one.case_id)).empty());
  w.device->sync();
  w.restrict(w.one.case_id);
  CHECK(w.refusal(w.priority(w.one.case_id, 3)).empty());  // he has not heard of it
  w.device->sync();
  CHECK(w.refusal(w.call(w.one.case_id)) == "restricted");
  CHECK(w.refusal(w.priority(w.one.case_id, 4)) == "restricted");
  CHECK(w.refusal({update_op("debtor", w.one.debtor, {{"language", std::string("en")}})}) == "restricted");
  CHECK(w.refusal(w.call(w.two.case_id)).empty());
  CHECK(w.device->replica().facts().restricted == 1);

  SECTION("it is in no list, no search, and no query of the agent") {
    CHECK(client::list_cases(w.device->db(), {}, "2026-11-21").size() == 2);
    CHECK(hide_restricted(w.device->db()) == 1);
    const auto lines = client::list_cases(w.device->db(), {}, "2026-11-21");
    REQUIRE(lines.size() == 1);
    CHECK(lines.front().facts.id == w.two.case_id);
    CHECK_FALSE(find_case(w.device->db(), w.one.case_id.text()));
    CHECK(w.device->count("SELECT count(*) FROM contact_event WHERE outcome = 'reached'") ==
          1);  // the other's
    CHECK_FALSE(w.device->has("debtor", w.one.debtor));
    CHECK(is_restricted(w.device->db(), w.one.case_id.text()));
    for (const schema::Table& t : schema::business_tables())
      if (schema::is_served(t) && schema::find_column(t, "case_id"))
        CHECK(sql::number(w.device->db(),
                          "SELECT count(*) FROM " + std::string(t.name) + " WHERE case_id = ?1",
                          w.one.case_id) == 0);
  }
  SECTION("lifted, it is back with everything on it") {
    w.restrict(w.one.case_id, 0);
    w.device->sync();
    CHECK(hide_restricted(w.device->db()) == 0);
    CHECK(w.refusal(w.call(w.one.case_id)).empty());
    w.device->sync();
    CHECK(w.office.count("SELECT count(*) FROM contact_event") == 3);
    CHECK(w.device->differing_buckets() == 0);
  }
}

TEST_CASE(
    "on a connection that only reads, restricted cases are hidden and nothing can be written afterwards",
    "[rights]") {
  RestrictedWorld w;
  w.restrict(w.one.case_id);
  const auto reading =
      sql::open_sqlite(w.dir.path() / "office.db", {.mode = sql::SqliteOptions::Mode::read_only});
  CHECK(hide_restricted(*reading) == 1);
  CHECK(sql::number(*reading, "SELECT count(*) FROM case_file") == 1);
  CHECK(sql::number(*reading, "SELECT count(*) FROM main.case_file") == 2);
  CHECK_THROWS_AS(reading->execute("DELETE FROM main.case_file"), Failure);
  CHECK_THROWS_AS(reading->execute("CREATE TEMP TABLE mine (a)"), Failure);
}

TEST_CASE("a query that reaches behind the views is recognised", "[rights]") {
  CHECK(reaches_behind("SELECT * FROM main.case_file"));
  CHECK(reaches_behind("SELECT * FROM \"Main\" . case_file"));
  CHECK_FALSE(reaches_behind("SELECT domain, remains FROM case_file WHERE maintenance = 1"));
}

TEST_CASE("R55: a debtor with another case that is not restricted stays visible, and can be worked on",
          "[R55][rights]") {
  RestrictedWorld w;
  const Id other =
      w.add("case_file", {{"number", "T-9"}, {"creditor_id", w.creditor}, {"debtor_id", w.one.debtor}});
  w.office.assign(other, w.paul);
  w.restrict(w.one.case_id);
  w.device->sync();
  CHECK(w.refusal({update_op("debtor", w.one.debtor, {{"language", std::string("en")}})}).empty());
  w.device->sync();
  CHECK(w.office.value("debtor", w.one.debtor, "language") == Value{std::string("en")});
  w.restrict(other);
  w.device->sync();
  CHECK(w.refusal({update_op("debtor", w.one.debtor, {{"language", std::string("de")}})}) == "restricted");
}

TEST_CASE("R55: calls made before the agent could know are kept, his changes wait for a person",
          "[R55][rights]") {
  RestrictedWorld w;
  const auto called = w.device->edit(w.call(w.one.case_id));
  const auto changed = w.device->edit(w.priority(w.one.case_id, 7));
  w.restrict(w.one.case_id);
  w.device->sync();
  CHECK(w.device->status_of(called) == "merged");
  CHECK(w.device->reason_of(called) == "late");
  CHECK(w.device->reason_of(changed) == "late_update");
  CHECK(w.office.count("SELECT count(*) FROM contact_event WHERE late = 1") == 1);
  CHECK(w.office.count("SELECT count(*) FROM conflict WHERE kind = 'late' AND state = 'open'") == 1);
  CHECK(w.office.value("case_file", w.one.case_id, "priority") == Value{std::int64_t{0}});
}

TEST_CASE("R55: the ledger refuses an agent who knew, whatever his program lets him do", "[R55][rights]") {
  RestrictedWorld w;
  w.restrict(w.one.case_id);
  const auto told = *sql::number(
      w.office.db(), "SELECT seq FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2", w.paul, w.one.case_id);
  const auto send = [&](std::vector<sync::Op> ops, std::int64_t seen) {
    server::Ledger::Work work(w.office.ledger());
    const sync::Outcome out =
        w.office.ledger().apply({.staff_id = w.paul, .role = schema::agent, .device_id = w.device->id()},
                                {.n = 100,
                                 .at = w.clock.now(),
                                 .seen = {w.office.ledger().epoch(), seen},
                                 .intent = "t",
                                 .ops = std::move(ops)},
                                w.clock.now());
    return out.reason;
  };
  CHECK(send(w.call(w.one.case_id), told) == "restricted");
  CHECK(send(w.priority(w.one.case_id, 2), told) == "restricted");
  CHECK(send(w.call(w.one.case_id), told - 1) == "late");
  CHECK(send(w.call(w.two.case_id), told).empty());
}

TEST_CASE(
    "R55: at the office nobody agrees anything on a restricted case, its books go on, a clerk does not lift "
    "it",
    "[R55][rights]") {
  RestrictedWorld w;
  w.restrict(w.one.case_id);
  const auto insert = [&](const Id& staff, std::string_view table,
                          std::initializer_list<std::pair<std::string_view, Value>> values) {
    return w.office.edit(staff, {insert_op(table, w.random.row_id(w.clock.now()), values)}).reason;
  };
  CHECK(insert(w.nadia, "promise",
               {{"case_id", w.one.case_id},
                {"amount_cents", std::int64_t{5}},
                {"due_on", std::string("2026-12-01")}}) == "restricted");
  CHECK(insert(w.olga, "proposal", {{"case_id", w.one.case_id}, {"kind", std::string("discount")}}) ==
        "restricted");
  CHECK(insert(w.nadia, "payment", {{"case_id", w.one.case_id}, {"amount_cents", std::int64_t{5}}}).empty());
  CHECK(
      insert(w.nadia, "legal_step", {{"case_id", w.one.case_id}, {"kind", std::string("hearing")}}).empty());
  const auto lift = [&](const Id& staff) {
    return w.office.edit(staff, {update_op("case_file", w.one.case_id, {{"restricted", std::int64_t{0}}})})
        .reason;
  };
  CHECK(lift(w.nadia) == "not_permitted");
  CHECK(lift(w.david).empty());
}

// ---- holds -------------------------------------------------------------------------------------------------------

TEST_CASE("a hold marks its case, and only a second person takes the mark away", "[rights]") {
  RestrictedWorld w;
  const auto olga = w.author(w.olga, schema::office), david = w.author(w.david, schema::dpo);
  const auto in_work = [&](const auto& job) {
    server::Ledger::Work work(w.office.ledger());
    job(w.office.ledger());
    work.commit();
  };
  Id hold, second;
  const server::HoldMade made{.case_id = w.one.case_id,
                              .reason = "assignation",
                              .authority = "TJ Lyon",
                              .valid_from = kToday,
                              .review_on = {2027, 5, 1}};
  in_work([&](server::Ledger& ledger) { hold = server::add_hold(ledger, olga, made); });
  in_work([&](server::Ledger& ledger) { second = server::add_hold(ledger, david, made); });
  const auto mark = [&] {
    return std::get<std::int64_t>(w.office.value("case_file", w.one.case_id, "legal_hold"));
  };
  CHECK(mark() == 1);
  CHECK(server::is_held(w.office.db(), w.one.case_id));

  // No way around it: neither the column nor the hold can be changed by one person.
  const auto edit = [&](const Id& staff, sync::Op op) {
    return w.office.edit(staff, {std::move(op)}).reason;
  };
  CHECK(edit(w.olga, update_op("case_file", w.one.case_id, {{"legal_hold", std::int64_t{0}}})) == "held");
  CHECK(edit(w.olga, update_op("legal_hold", hold, {{"lifted_on", std::string("2026-11-21")}})) ==
        "two_persons");

  const auto lift = [&](const Id& id, const server::Author& by) {
    server::Lifting what = server::Lifting::asked;
    in_work([&](server::Ledger& ledger) { what = server::lift_hold(ledger, by, id, "désistement", kToday); });
    return what;
  };
  CHECK(lift(hold, olga) == server::Lifting::asked);
  CHECK(lift(hold, olga) == server::Lifting::asked);  // asking twice lifts nothing
  CHECK(edit(w.olga, update_op("legal_hold", hold, {{"lifted_on", std::string("2026-11-21")}})) ==
        "two_persons");
  CHECK(lift(hold, david) == server::Lifting::lifted);
  CHECK(mark() == 1);  // the second still stands
  CHECK(lift(second, david) == server::Lifting::asked);
  CHECK(lift(second, olga) == server::Lifting::lifted);
  CHECK(mark() == 0);
  CHECK(server::legal_holds(w.office.db(), kToday, true).empty());
  CHECK(server::legal_holds(w.office.db(), kToday, false).size() == 2);
}

TEST_CASE("an overdue review is an alarm, never a release", "[rights]") {
  RestrictedWorld w;
  server::Ledger::Work work(w.office.ledger());
  const Id hold = server::add_hold(w.office.ledger(), w.author(w.olga, schema::office),
                                   {.case_id = w.one.case_id,
                                    .reason = "plainte",
                                    .authority = "DPO",
                                    .valid_from = kToday,
                                    .review_on = {2026, 12, 1}});
  work.commit();
  CHECK(server::rights_alarms(w.office.db(), {2026, 12, 1}).empty());
  const auto alarms = server::rights_alarms(w.office.db(), {2026, 12, 2});
  REQUIRE(alarms.size() == 1);
  CHECK(alarms.front().code == "hold_review");
  CHECK(alarms.front().is_over);
  CHECK(w.office.value("case_file", w.one.case_id, "legal_hold") == Value{std::int64_t{1}});
  server::Ledger::Work again(w.office.ledger());
  server::review_hold(w.office.ledger(), w.author(w.david, schema::dpo), hold, {2026, 12, 2}, {2027, 6, 1});
  again.commit();
  CHECK(server::rights_alarms(w.office.db(), {2026, 12, 2}).empty());
}
