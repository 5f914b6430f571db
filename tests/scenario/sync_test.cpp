// Stories of two agents and an office, in one process, over the real ledger and the real replica.
#include "host/failure.h"
#include "host/sqlite.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

std::string text(const Value& value) {
  return std::holds_alternative<std::string>(value) ? std::get<std::string>(value) : "";
}

sync::Op call(World& w, const Id& case_id, const std::string& note) {
  return insert_op("contact_event", w.random.row_id(w.clock.now()),
                   {{"case_id", case_id},
                    {"happened_at", w.clock.now()},
                    {"outcome", std::string("reached")},
                    {"note", note}});
}

struct TwoAgents : World {
  Id paul = office.add_staff("paul", "agent");
  Id lea = office.add_staff("lea", "agent");
  Id clerk = office.add_staff("nadia", "clerk");
  CaseIds shared = add_case();
  CaseIds own = add_case();
  std::unique_ptr<TestDevice> a, b;
  [[nodiscard]] const Id& system_id() const { return office.system(); }
  TwoAgents() {
    office.assign(shared.case_id, paul);
    office.assign(shared.case_id, lea);
    office.assign(own.case_id, paul);
    a = add_device(paul);
    b = add_device(lea);
    a->sync();
    b->sync();
  }
};

}  // namespace

TEST_CASE("a first sync brings the agent's cases and nothing else") {
  TwoAgents w;
  CHECK(w.a->count("SELECT count(*) FROM case_file") == 2);
  CHECK(w.b->count("SELECT count(*) FROM case_file") == 1);
  CHECK(w.b->count("SELECT count(*) FROM debtor") == 1);
  CHECK(w.a->replica().standing() == client::Standing::ready);
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.b->differing_buckets() == 0);
}

TEST_CASE("work without a network is seen by the office and by the other holder after two syncs") {
  TwoAgents w;
  const sync::Op op = call(w, w.shared.case_id, "promet de payer vendredi");
  const auto n = w.a->edit({op});
  CHECK(w.a->has("contact_event", op.row));
  CHECK(w.a->status_of(n) == "pending");
  const auto report = w.a->sync();
  CHECK(report.sent == 1);
  CHECK(report.taken.applied == 1);
  CHECK(report.taken.received == 0);  // confirmed, not sent back
  CHECK(w.a->status_of(n) == "applied");
  CHECK(text(w.office.value("contact_event", op.row, "note")) == "promet de payer vendredi");
  w.b->sync();
  CHECK(w.b->has("contact_event", op.row));
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.b->differing_buckets() == 0);
}

TEST_CASE(
    "different columns of one debtor merge; the same column becomes one conflict that a clerk resolves") {
  TwoAgents w;
  w.a->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("Boulangerie Paul")}})});
  w.b->edit({update_op("debtor", w.shared.debtor, {{"language", std::string("en")}})});
  CHECK(w.a->sync().taken.applied == 1);
  CHECK(w.b->sync().taken.applied == 1);
  w.a->sync();
  CHECK(text(w.a->value("debtor", w.shared.debtor, "language")) == "en");

  w.a->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("Paul SARL")}})});
  const auto n =
      w.b->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("Paul et fils")}})});
  w.a->sync();
  CHECK(w.b->sync().taken.conflicts == 1);
  CHECK(w.b->status_of(n) == "conflict");
  CHECK(text(w.b->value("debtor", w.shared.debtor, "legal_name")) == "Paul SARL");
  CHECK(w.office.count("SELECT count(*) FROM conflict WHERE state = 'open'") == 1);
  CHECK(w.office.count("SELECT count(*) FROM conflict_side") == 2);
  CHECK(w.b->count("SELECT count(*) FROM conflict WHERE state = 'open'") == 1);

  const Id conflict = *sql::id(w.office.db(), "SELECT id FROM conflict");
  const auto outcome =
      w.office.edit(w.clerk,
                    {update_op("conflict", conflict,
                               {{"state", std::string("closed")}, {"resolution", std::string("proposed")}}),
                     update_op("debtor", w.shared.debtor, {{"legal_name", std::string("Paul et fils")}})},
                    "conflict.resolve");
  CHECK(outcome.status == sync::Status::applied);
  w.a->sync();
  w.b->sync();
  CHECK(text(w.a->value("debtor", w.shared.debtor, "legal_name")) == "Paul et fils");
  CHECK(w.a->count("SELECT count(*) FROM conflict WHERE state = 'open'") == 0);
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.b->differing_buckets() == 0);
}

TEST_CASE("a second conflicting edit of one device extends its conflict") {
  TwoAgents w;
  w.a->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("A")}})});
  w.b->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("B1")}})});
  w.b->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("B2")}})});
  w.a->sync();
  w.b->sync();
  CHECK(w.office.count("SELECT count(*) FROM conflict") == 1);
  CHECK(w.office.count(
            "SELECT count(*) FROM conflict_side WHERE side = 'proposed' AND content LIKE '%B2%'") == 1);
  CHECK(w.office.count("SELECT count(*) FROM conflict_side") == 2);
}

TEST_CASE("a conflict is resolved by the value the person saw, or stays open") {
  TwoAgents w;
  w.a->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("A")}})});
  w.b->edit({update_op("debtor", w.shared.debtor, {{"legal_name", std::string("B")}})});
  w.a->sync();
  w.b->sync();
  const Id conflict = *sql::id(w.office.db(), "SELECT id FROM conflict");
  // b resolves offline from what he sees; meanwhile the office writes something else.
  const auto n =
      w.b->edit({update_op("conflict", conflict,
                           {{"state", std::string("closed")}, {"resolution", std::string("proposed")}}),
                 update_op("debtor", w.shared.debtor, {{"legal_name", std::string("B")}})},
                "conflict.resolve");
  w.office.edit(w.clerk, {update_op("debtor", w.shared.debtor, {{"legal_name", std::string("C")}})});
  w.b->sync();
  CHECK(w.b->status_of(n) == "conflict");
  CHECK(text(w.office.value("conflict", conflict, "state")) == "open");
  CHECK(text(w.office.value("debtor", w.shared.debtor, "legal_name")) == "C");
  CHECK(text(w.b->value("conflict", conflict, "state")) == "open");
  CHECK(w.b->differing_buckets() == 0);

  // Closed by the clerk, then resolved otherwise by the agent who had not heard: refused, not dropped.
  const auto again =
      w.b->edit({update_op("conflict", conflict,
                           {{"state", std::string("closed")}, {"resolution", std::string("proposed")}}),
                 update_op("debtor", w.shared.debtor, {{"legal_name", std::string("B")}})},
                "conflict.resolve");
  CHECK(w.office
            .edit(w.clerk,
                  {update_op("conflict", conflict,
                             {{"state", std::string("closed")}, {"resolution", std::string("current")}}),
                   update_op("debtor", w.shared.debtor, {{"legal_name", std::string("C")}})})
            .status == sync::Status::applied);
  w.b->sync();
  CHECK(w.b->status_of(again) == "refused");
  CHECK(w.b->reason_of(again) == "conflict_closed");
}

TEST_CASE("a lost answer is asked for again, and nothing happens twice") {
  TwoAgents w;
  const sync::Op op = call(w, w.own.case_id, "une fois");
  const auto n = w.a->edit({op});
  w.a->sync_and_lose_answer();
  CHECK(w.a->status_of(n) == "pending");
  const auto report = w.a->sync();
  CHECK(w.a->status_of(n) == "merged");  // its first outcome, whose values may be old by now
  CHECK(report.sent == 1);
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 1);
  CHECK(w.office.count("SELECT count(*) FROM history WHERE verdict = 'inserted' AND table_no = 12") == 1);
  CHECK(w.a->differing_buckets() == 0);
  for (int i = 0; i < 40; ++i) w.a->sync_and_lose_answer();  // more than the offers that are kept
  w.a->sync();
  CHECK(w.office.count("SELECT count(*) FROM device WHERE state = 'frozen'") == 0);
}

TEST_CASE("an idle sync commits nothing on either side") {
  TwoAgents w;
  w.a->sync();
  w.a->sync();
  const auto before = w.office.count("SELECT total_changes()");
  const auto mine = w.a->count("SELECT total_changes()");
  const auto report = w.a->sync();
  CHECK(report.requests == 1);
  CHECK(w.office.count("SELECT total_changes()") == before);
  CHECK(w.a->count("SELECT total_changes()") == mine);
}

TEST_CASE("a choice that the row holds already, among more, leaves the conflict open on the device too") {
  TwoAgents w;
  const auto tags = [&](const char* words) {
    return update_op("case_file", w.own.case_id, {{"tags", std::string(words)}});
  };
  w.a->edit({tags("visite")});
  w.office.unassign(w.own.case_id, w.paul);
  w.office.assign(w.own.case_id, w.lea);
  w.a->sync();  // late: kept beside the row, for its new holder
  w.b->sync();
  const auto conflict = sql::id(w.b->db(), "SELECT id FROM conflict WHERE state = 'open'");
  REQUIRE(conflict.has_value());
  w.office.edit(w.office.system(), {tags("huissier visite")});
  const auto n =
      w.b->edit({update_op("conflict", *conflict,
                           {{"state", std::string("closed")}, {"resolution", std::string("proposed")}}),
                 tags("visite")});
  w.b->sync();
  CHECK(w.b->status_of(n) == "merged");
  CHECK(w.office.value("case_file", w.own.case_id, "tags") == Value{std::string("huissier visite")});
  CHECK(w.b->value("conflict", *conflict, "state") == Value{std::string("open")});
  CHECK(w.b->differing_buckets() == 0);
}

TEST_CASE(
    "a reassigned case leaves; late insertions are accepted and marked, late updates wait for the new "
    "holder") {
  TwoAgents w;
  const sync::Op op = call(w, w.own.case_id, "appel avant la reprise");
  const auto n = w.a->edit({op, update_op("case_file", w.own.case_id, {{"priority", std::int64_t{5}}})});
  const auto only_update =
      w.a->edit({update_op("case_file", w.own.case_id, {{"next_action_on", std::string("2026-12-01")}})});
  w.office.unassign(w.own.case_id, w.paul);
  w.office.assign(w.own.case_id, w.lea);
  const auto report = w.a->sync();
  CHECK(w.a->status_of(n) == "merged");
  CHECK(w.a->reason_of(n) == "late");
  CHECK(w.a->status_of(only_update) == "refused");
  CHECK(w.a->reason_of(only_update) == "late_update");
  CHECK(report.taken.refused == 0);  // not the author's to mend
  CHECK(w.a->replica().facts().refused == 0);
  REQUIRE(report.taken.left.size() == 1);
  CHECK(report.taken.left[0].number == "C-2");
  CHECK_FALSE(w.a->has("case_file", w.own.case_id));
  CHECK_FALSE(w.a->has("contact_event", op.row));
  w.b->sync();
  CHECK(w.b->value("contact_event", op.row, "late") == Value{std::int64_t{1}});
  CHECK(w.b->value("case_file", w.own.case_id, "priority") == Value{std::int64_t{0}});
  CHECK(w.b->count("SELECT count(*) FROM conflict WHERE kind = 'late' AND state = 'open'") == 2);
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.b->differing_buckets() == 0);

  // Later than late: he knows now that the case is not his; the replica itself refuses.
  const auto refused = w.a->replica().edit("test", {call(w, w.own.case_id, "trop tard")});
  REQUIRE(std::holds_alternative<client::EditRefusal>(refused));
  CHECK(std::get<client::EditRefusal>(refused).code == "unknown_row");
}

TEST_CASE("taken away and given back between two syncs is still held") {
  TwoAgents w;
  const sync::Op op = call(w, w.own.case_id, "rien n'a change");
  const auto n = w.a->edit({op});
  w.office.unassign(w.own.case_id, w.paul);
  w.office.assign(w.own.case_id, w.paul);
  w.a->sync();
  CHECK(w.a->status_of(n) == "applied");
  CHECK(w.a->has("contact_event", op.row));
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("a debtor with two files leaves with the last of them") {
  TwoAgents w;
  const Id second = w.office.add_case(w.creditor, w.own.debtor, "C-9");
  w.office.assign(second, w.paul);
  w.a->sync();
  w.office.unassign(second, w.paul);
  w.a->sync();
  CHECK(w.a->has("debtor", w.own.debtor));
  w.office.unassign(w.own.case_id, w.paul);
  w.a->sync();
  CHECK_FALSE(w.a->has("debtor", w.own.debtor));
}

TEST_CASE("what builds on a refused edit is refused with it, and what comes after goes on") {
  TwoAgents w;
  const Id contact = w.random.row_id(w.clock.now());
  // The clerk withdraws a right between edit and sync by making the agent a stranger to the debtor's case: here
  // an insert is made impossible by taking its id first.
  const Id plan = w.random.row_id(w.clock.now());
  const auto first = w.a->edit(
      {insert_op("payment_plan", plan, {{"case_id", w.own.case_id}, {"total_cents", std::int64_t{9000}}})});
  const auto child = w.a->edit({insert_op("instalment", w.random.row_id(w.clock.now()),
                                          {{"case_id", w.own.case_id},
                                           {"plan_id", plan},
                                           {"position", std::int64_t{1}},
                                           {"due_on", std::string("2026-12-01")},
                                           {"amount_cents", std::int64_t{9000}}})});
  const auto after = w.a->edit(
      {insert_op("task", contact, {{"case_id", w.own.case_id}, {"title", std::string("rappeler")}})});
  w.office.edit(
      w.system_id(),
      {insert_op("payment_plan", plan, {{"case_id", w.shared.case_id}, {"total_cents", std::int64_t{1}}})});
  w.a->sync();
  CHECK(w.a->status_of(first) == "refused");
  CHECK(w.a->reason_of(first) == "id_taken");
  CHECK(w.a->status_of(child) == "refused");
  CHECK(w.a->status_of(after) == "applied");
  CHECK(w.a->replica().facts().refused == 2);
  const auto again = w.a->replica().resend(
      first, {insert_op("payment_plan", w.random.row_id(w.clock.now()),
                        {{"case_id", w.own.case_id}, {"total_cents", std::int64_t{9000}}})});
  REQUIRE(std::holds_alternative<std::int64_t>(again));
  CHECK_FALSE(w.a->replica().discard(child).has_value());
  w.a->sync();
  CHECK(w.a->replica().facts().refused == 0);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("an agent writes only what is his to write, on the device already and at the office too") {
  TwoAgents w;
  const auto local =
      w.a->replica().edit("test", {update_op("debtor", w.own.debtor, {{"siren", std::string("552032534")}})});
  REQUIRE(std::holds_alternative<client::EditRefusal>(local));
  CHECK(std::get<client::EditRefusal>(local).code == "not_permitted");
  CHECK(w.a->count("SELECT count(*) FROM outbox") == 0);

  // A dishonest client sends it all the same.
  const auto send = [&](const std::string& ops) {
    const std::string token = w.a->replica().resume_token()->text();
    const std::string epoch = w.office.ledger().epoch().text();
    const std::string body = "{\"protocol\":1,\"schema\":1,\"epoch\":\"" + epoch + "\",\"resume\":\"" +
                             token +
                             "\",\"cursor\":{\"agent\":0,\"common\":0},\"acked\":0,\"mutations\":[{\"n\":1,"
                             "\"at\":\"2026-11-20T09:00:00Z\",\"seen\":[\"" +
                             epoch + "\",99],\"intent\":\"x\",\"ops\":[" + ops + "]}]}";
    return w.office.service().sync(w.a->id(), body);
  };
  const auto answer =
      send("[\"update\",\"debtor\",\"" + w.own.debtor.text() + "\",{\"siren\":[null,\"552032534\"]}]");
  CHECK(answer.status == 200);
  CHECK_THAT(answer.body, Catch::Contains("\"status\":\"refused\",\"reason\":\"not_permitted\""));
  CHECK(is_null(w.office.value("debtor", w.own.debtor, "siren")));
}

TEST_CASE("edits that were never sent can be undone and amended, newest of a row first") {
  TwoAgents w;
  const sync::Op op = call(w, w.own.case_id, "un");
  const auto n1 = w.a->edit({op});
  const auto n2 = w.a->edit({update_op("case_file", w.own.case_id, {{"priority", std::int64_t{1}}})});
  const auto n3 = w.a->edit({update_op("case_file", w.own.case_id, {{"priority", std::int64_t{2}}})});
  CHECK(w.a->replica().undo(n2).has_value());  // n3 lies over it
  CHECK_FALSE(w.a->replica().undo(n3).has_value());
  CHECK(w.a->value("case_file", w.own.case_id, "priority") == Value{std::int64_t{1}});
  CHECK_FALSE(w.a->replica().undo(n1).has_value());
  CHECK_FALSE(w.a->has("contact_event", op.row));
  CHECK_FALSE(w.a->replica()
                  .amend(n1, {update_op("case_file", w.own.case_id, {{"priority", std::int64_t{7}}})})
                  .has_value());
  const auto report = w.a->sync();
  CHECK(report.taken.applied == 1);
  CHECK(w.office.value("case_file", w.own.case_id, "priority") == Value{std::int64_t{7}});
  CHECK(w.a->replica().undo(1).has_value());  // sent: it never changes again
}

TEST_CASE("a suspended device's edits reach the quarantine and nothing is served") {
  TwoAgents w;
  w.a->edit({call(w, w.own.case_id, "avant la suspension")});
  w.office.edit(w.system_id(), {update_op("device", w.a->id(), {{"state", std::string("suspended")}})});
  const auto report = w.a->sync();
  CHECK(report.suspended);
  CHECK(report.taken.received == 0);
  CHECK(w.office.count("SELECT count(*) FROM quarantine WHERE state = 'kept'") == 1);
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 0);
  CHECK(w.a->replica().standing() == client::Standing::suspended);
  w.office.edit(w.system_id(), {update_op("device", w.a->id(), {{"state", std::string("active")}})});
  CHECK(w.a->sync().taken.applied == 1);
  CHECK(w.a->replica().standing() == client::Standing::ready);
}

TEST_CASE("two machines that share one identity are noticed and frozen, with their edits kept") {
  TwoAgents w;
  w.a->sync();
  const auto copy = w.dir.path() / "copy.db";
  sql::copy_sqlite(w.a->db(), copy, std::nullopt);
  auto copied = sql::open_sqlite(copy, {});
  client::Replica twin(*copied, w.clock, w.random);
  w.a->edit({call(w, w.own.case_id, "machine un")});
  w.a->sync();
  w.a->sync();
  REQUIRE(std::holds_alternative<std::int64_t>(twin.edit("test", {call(w, w.own.case_id, "machine deux")})));
  client::Session session(twin);
  while (const auto request = session.next()) session.take(w.a->deliver(*request));
  CHECK(session.report().suspended);
  CHECK(text(w.office.value("device", w.a->id(), "state")) == "frozen");
  CHECK(w.office.count("SELECT count(*) FROM quarantine") == 1);
}

TEST_CASE("a replica that has been without contact locks, and a sync opens it again") {
  TwoAgents w;
  w.clock.advance(31LL * 24 * 3600 * 1000);
  CHECK(w.a->replica().standing() == client::Standing::locked);
  CHECK_THROWS_AS(w.a->replica().edit("test", {call(w, w.own.case_id, "x")}), Failure);
  w.a->sync();
  CHECK(w.a->replica().standing() == client::Standing::ready);
  w.clock.advance(47LL * 24 * 3600 * 1000);
  CHECK(w.a->replica().standing() == client::Standing::expired);
}

TEST_CASE("a device whose drops are forgotten reads its cases anew and keeps its unsent work") {
  TwoAgents w;
  auto second = w.add_device(w.paul);
  second->sync();
  const sync::Op op = call(w, w.shared.case_id, "gardee");
  const auto n = second->edit({op});
  w.office.unassign(w.own.case_id, w.paul);
  server::prune_feed(w.office.db(), w.paul, server::feed_head(w.office.db(), w.paul));
  const auto report = second->sync();
  CHECK(second->status_of(n) == "applied");
  CHECK_FALSE(second->has("case_file", w.own.case_id));
  CHECK(second->has("contact_event", op.row));
  CHECK(second->differing_buckets() == 0);
  CHECK(report.taken.left.size() == 1);
}

TEST_CASE("verify finds a row that was altered on the disk and repairs it without touching the outbox") {
  TwoAgents w;
  w.a->edit({call(w, w.own.case_id, "en attente")});
  sql::run(w.a->db(), "UPDATE case_file SET number = 'X'");
  CHECK(w.a->differing_buckets() >= 1);
  const auto answer = w.a->deliver({"/v1/verify", w.a->replica().verify_body()});
  CHECK(w.a->replica().repair(*sync::decode_verify_answer(answer.body)) == 2);
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.a->count("SELECT count(*) FROM outbox WHERE status = 'pending'") == 1);
  CHECK(w.a->count("SELECT count(*) FROM contact_event") == 1);
}

TEST_CASE("a first reading that has to begin again ends, and shows nothing of its first try") {
  World w;
  const Id paul = w.office.add_staff("paul", "agent");
  const auto kept = w.add_case(), lost = w.add_case();
  w.office.assign(lost.case_id, paul);
  w.office.assign(kept.case_id, paul);
  w.office.set_page_bytes(200);  // so that it takes many pages
  const auto a = w.add_device(paul);
  client::Session first(a->replica());
  for (int page = 0; page < 6; ++page) first.take(a->deliver(*first.next()));
  REQUIRE(a->has("case_file", lost.case_id));
  REQUIRE(a->replica().standing() == client::Standing::bootstrapping);
  w.office.unassign(lost.case_id, paul);
  // The drop is forgotten before this device has heard of it: it is told to read anew.
  sql::run(w.office.db(), "DELETE FROM feed_entry WHERE gone = 1");
  sql::run(w.office.db(), "UPDATE feed SET pruned_below = head WHERE id = ?1", paul);
  a->sync();
  CHECK(a->replica().standing() == client::Standing::ready);
  CHECK(a->has("case_file", kept.case_id));
  CHECK_FALSE(a->has("case_file", lost.case_id));
  CHECK(a->differing_buckets() == 0);
}

TEST_CASE("what a newer program's edit says beyond this version is kept to the letter in quarantine") {
  World w;
  const Id paul = w.office.add_staff("paul", "agent");
  const auto held = w.add_case();
  w.office.assign(held.case_id, paul);
  const auto a = w.add_device(paul);
  a->sync();
  w.office.edit(w.office.system(), {update_op("device", a->id(), {{"state", std::string("suspended")}})});
  const auto edit_saying = [&](const std::string& word) {
    return R"({"mutations":[{"n":1,"at":"2026-11-21T09:14:07.120Z","seen":[")" + held.case_id.text() +
           R"(",1],"intent":"x","ops":[["update","case_file",")" + held.case_id.text() +
           R"(",{"of_a_later_version":[null,")" + word + R"("]}]]}]})";
  };
  for (const char* word : {"first", "second", "second"})
    REQUIRE(a->deliver({"/v1/rescue", edit_saying(word)}).status == 200);
  // Two contents under one number are two edits; the same one twice is one.
  CHECK(w.office.count("SELECT count(*) FROM quarantine") == 2);
  for (const char* word : {"first", "second"})
    CHECK(sql::number(w.office.db(),
                      "SELECT count(*) FROM quarantine WHERE instr(body, CAST(?1 AS BLOB)) > 0",
                      std::string(word)) == 1);
}
