// Stories of an office that goes back to a backup, and of the devices that know more than it.
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

constexpr Ms kDay = 24LL * 3600 * 1000;

sync::Op priority(const Id& case_id, std::int64_t is) {
  return update_op("case_file", case_id, {{"priority", is}});
}

sync::Op title(World& w, const Id& case_id, const std::string& words) {
  return insert_op("task", w.random.row_id(w.clock.now()), {{"case_id", case_id}, {"title", words}});
}

/// One agent with one case and one device that has synced, and a backup of that moment.
struct OneAgent : World {
  Id paul = office.add_staff("paul", "agent");
  CaseIds held = add_case();
  std::unique_ptr<TestDevice> a;
  std::filesystem::path before = dir.path() / "before.db";
  OneAgent() {
    office.assign(held.case_id, paul);
    a = add_device(paul);
    a->sync();
    office.backup(before);
  }
  /// An edit that the office refuses: of a case that another has by then, made with the knowledge of that.
  std::int64_t refused_edit() {
    const CaseIds lost = add_case();
    office.assign(lost.case_id, paul);
    a->sync();
    const Id task = random.row_id(clock.now());
    const auto n =
        a->edit({insert_op("task", task, {{"case_id", lost.case_id}, {"title", std::string("double")}})});
    office.edit(office.system(),
                {insert_op("task", task, {{"case_id", held.case_id}, {"title", std::string("pris")}})});
    a->sync();
    REQUIRE(a->status_of(n) == "refused");
    return n;
  }
  /// Lets the office hear that its fate is known, and a day pass.
  void make_log_forget(std::int64_t n) {
    a->edit({title(*this, held.case_id, "apres")});
    for (int i = 0; i < 2; ++i) a->sync();
    clock.advance(kDay);
    for (int i = 0; i < 2; ++i) a->sync();
    REQUIRE(sql::number(office.db(), "SELECT count(*) FROM mutation_log WHERE device_id = ?1 AND n = ?2",
                        a->id(), n) == 0);
  }
  /// An edit that is applied, forgotten by the log, and in a backup.
  std::int64_t edit_into_backup(const sync::Op& op, const std::filesystem::path& backup) {
    const auto n = a->edit({op});
    a->sync();
    office.backup(dir.path() / "first.db");
    make_log_forget(n);
    office.backup(backup);
    return n;
  }
  void set_device(const std::string& state) {
    office.edit(office.system(), {update_op("device", a->id(), {{"state", state}})});
  }
  [[nodiscard]] std::int64_t lost_below() {
    return sql::number(office.db(), "SELECT lost_below FROM device_state WHERE device_id = ?1", a->id())
        .value_or(-1);
  }
};

}  // namespace

TEST_CASE("an edit made while a restored office is read anew was made in what is shown: the epoch before") {
  OneAgent w;
  for (int i = 1; i <= 20; ++i) w.office.edit(w.office.system(), {priority(w.held.case_id, i)});
  w.a->sync();  // its cursor is far ahead of what the backup will know
  w.office.go_back(w.before);
  client::Session session(w.a->replica());
  session.take(w.a->deliver(*session.next()));  // another epoch
  session.take(w.a->deliver(*session.next()));  // where the office stands
  const sync::Op op = title(w, w.held.case_id, "vu avant");
  const auto n = w.a->edit({op});
  w.office.unassign(w.held.case_id, w.paul);
  while (const auto request = session.next()) session.take(w.a->deliver(*request));
  CHECK(w.a->status_of(n) == "merged");  // late work of somebody who could not know
  CHECK(w.office.row("task", op.row).has_value());
}

TEST_CASE("a refused edit that is kept before forgotten ones does not stop what comes after a restore") {
  OneAgent w;
  const auto refused = w.refused_edit();
  const auto forgotten = w.a->edit({title(w, w.held.case_id, "oubliee")});
  w.a->sync();
  w.office.backup(w.dir.path() / "later.db");
  w.clock.advance(8 * kDay);
  const bool more = GENERATE(true, false);  // an edit that is still kept, or nothing after the forgotten ones
  INFO("more after them: " << more);
  std::int64_t kept = 0;
  if (more) {
    kept = w.a->edit({title(w, w.held.case_id, "gardee")});
    w.a->sync();
  }
  w.a->sync();
  REQUIRE(w.a->status_of(forgotten).empty());
  REQUIRE(w.a->status_of(refused) == "refused");

  w.office.go_back(w.before);
  w.a->sync();
  CHECK(w.lost_below() == forgotten + 1);  // named, never waited for
  if (more) CHECK(w.a->status_of(kept) == "applied");
  const auto next = w.a->edit({title(w, w.held.case_id, "apres")});
  w.a->sync();
  CHECK(w.a->status_of(next) == "applied");
  w.office.backup(w.dir.path() / "after.db");
  w.office.go_back(w.dir.path() / "after.db");  // asked about again, of an office that has lost it
  w.a->sync();
  CHECK(w.a->status_of(refused) == "refused");
  CHECK(w.a->count("SELECT length(ops) FROM outbox WHERE n = " + std::to_string(refused)) > 2);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("an edit refused in another past, before a gap, is as taken in as the backup says") {
  OneAgent w;
  const sync::Op op = title(w, w.held.case_id, "deux passes");
  const auto with_it = w.dir.path() / "with_it.db";
  const auto n = w.edit_into_backup(op, with_it);
  w.office.go_back(w.before);
  w.office.edit(w.office.system(), {op});  // its id is taken there
  w.a->sync();
  REQUIRE(w.a->status_of(n) == "refused");
  const auto forgotten = w.a->edit({title(w, w.held.case_id, "oubliee")});
  w.a->sync();
  w.office.backup(w.dir.path() / "later.db");
  w.clock.advance(8 * kDay);
  for (int i = 0; i < 2; ++i) w.a->sync();
  REQUIRE(w.a->status_of(forgotten).empty());
  w.office.go_back(with_it);
  const bool is_named_first =
      GENERATE(false, true);  // the loss, and only then, after one more restore, the question
  INFO("named first: " << is_named_first);
  if (is_named_first) {
    w.a->sync_and_lose_answer();
    w.a->sync_and_lose_answer();
  }
  w.a->sync();
  CHECK(w.lost_below() == forgotten + 1);
  CHECK(w.a->status_of(n) == "merged");
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("a device that is suspended after a restore hands over all that it keeps, once") {
  OneAgent w;
  const auto refused = w.refused_edit();
  const auto sent = w.a->edit({title(w, w.held.case_id, "envoyee")});
  w.a->sync();
  REQUIRE(w.a->status_of(sent) == "applied");
  w.office.go_back(w.before);
  w.set_device("suspended");
  for (int i = 0; i < 2; ++i) CHECK(w.a->sync().suspended);
  for (const auto n : {refused, sent})
    CHECK(sql::number(w.office.db(), "SELECT count(*) FROM quarantine WHERE n = ?1", n) == 1);
}

TEST_CASE("what a suspended device hands over and the office has already is not kept twice") {
  OneAgent w;
  const auto sent = w.a->edit({title(w, w.held.case_id, "envoyee")});
  w.a->sync();
  const auto unsent = w.a->edit({title(w, w.held.case_id, "pas encore")});
  w.set_device("suspended");
  w.a->sync();
  CHECK(sql::number(w.office.db(), "SELECT count(*) FROM quarantine WHERE n = ?1", sent) == 0);
  CHECK(sql::number(w.office.db(), "SELECT count(*) FROM quarantine WHERE n = ?1", unsent) == 1);
}

TEST_CASE("a device that a restored office has never heard of hands itself over and is confirmed") {
  OneAgent w;
  const auto late = w.add_device(w.paul);  // after the backup
  late->sync();
  const sync::Op op = title(w, w.held.case_id, "inconnue");
  late->edit({op});
  late->sync();
  w.office.go_back(w.before);
  const auto report = late->sync();
  CHECK(report.suspended);
  CHECK(report.restored);
  CHECK(w.office.value("device", late->id(), "state") == Value{std::string("rescued")});
  CHECK(w.office.count("SELECT count(*) FROM quarantine") == 1);
  w.office.edit(w.office.system(), {update_op("device", late->id(), {{"state", std::string("active")}})});
  late->sync();
  CHECK(late->replica().standing() == client::Standing::ready);
  CHECK(w.office.row("task", op.row).has_value());
}

TEST_CASE("a case that left, and left the feed's memory, still takes late work for its debtor") {
  OneAgent w;
  const auto n =
      w.a->edit({update_op("debtor", w.held.debtor, {{"legal_name", std::string("Nouveau nom")}})});
  w.office.unassign(w.held.case_id, w.paul);
  const auto second = w.add_device(w.paul);
  second->sync();
  server::prune_feed(w.office.db(), w.paul, server::feed_head(w.office.db(), w.paul));
  w.a->sync();
  CHECK(w.a->reason_of(n) != "unknown_row");
  CHECK(w.a->status_of(n) != "pending");
}

TEST_CASE("an edit refused by a restored office is as applied as the backup says that comes after it") {
  OneAgent w;
  const sync::Op op = title(w, w.held.case_id, "deux passes");
  const auto n = w.a->edit({op});
  w.a->sync();
  const auto applied = w.dir.path() / "applied.db";
  w.office.backup(applied);
  const bool is_forgotten = GENERATE(false, true);  // by the office's log, once the device has heard of it
  INFO("forgotten: " << is_forgotten);
  if (is_forgotten) {
    w.make_log_forget(n);
    std::filesystem::remove(applied);
    w.office.backup(applied);
  }
  w.office.go_back(w.before);
  w.office.edit(w.office.system(), {op});  // its id is taken there
  w.a->sync();
  REQUIRE(w.a->status_of(n) == "refused");
  w.office.go_back(applied);
  w.a->sync();
  CHECK(w.a->status_of(n) == "merged");  // acknowledged there: that it was taken in is all that is told
  CHECK(w.a->reason_of(n).empty());
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("what a wrong backup confirms is kept for days from then on: the right one may not have it") {
  OneAgent w;
  const sync::Op op = title(w, w.held.case_id, "appel de mardi");
  const auto with_it = w.dir.path() / "with_it.db";
  const auto n = w.edit_into_backup(op, with_it);
  w.clock.advance(8 * kDay);
  w.office.go_back(w.before);  // worked with from here on: this is the state to come back to
  const auto without_it = w.dir.path() / "without_it.db";
  w.office.backup(without_it);
  w.office.go_back(with_it);
  for (int i = 0; i < 2; ++i) w.a->sync();
  CHECK(w.a->status_of(n) == "applied");
  w.office.go_back(without_it);
  CHECK_FALSE(w.office.row("task", op.row).has_value());
  for (int i = 0; i < 2; ++i) w.a->sync();
  CHECK(w.office.row("task", op.row).has_value());
  w.clock.advance(8 * kDay);
  w.office.backup(w.dir.path() / "later.db");
  for (int i = 0; i < 2; ++i) w.a->sync();
  CHECK(w.a->count("SELECT count(*) FROM outbox") == 0);  // and not for ever
}

TEST_CASE("a replica under a new epoch that it has not read is not compared with the office") {
  OneAgent w;
  w.office.go_back(w.before);
  client::Session session(w.a->replica());
  for (int i = 0; i < 2; ++i) session.take(w.a->deliver(*session.next()));
  CHECK(w.a->deliver({"/v1/verify", w.a->replica().verify_body()}).status == 409);
  w.a->sync();
  CHECK(w.a->differing_buckets() == 0);
}
