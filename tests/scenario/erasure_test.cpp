// Stories of erasing: what is ordered gone is found nowhere, on no side, in no disguise, and does not come back.
#include "host/failure.h"
#include "host/files.h"
#include "host/sqlite.h"
#include "server/bank_import.h"
#include "server/purge.h"
#include "server/reference_data.h"
#include "tests/support/needle_hunt.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

constexpr Ms kDay = 24LL * 3600 * 1000;

/// An office with rules, an agent with two cases and one device; the first case is full of needles.
struct Purged : World {
  Id marie = office.add_staff("marie", "office");
  Id diane = office.add_staff("diane", "dpo");
  Id paul = office.add_staff("paul", "agent");
  CaseIds going, staying;
  NeedleHunt hunt;
  int tables = 0;
  std::unique_ptr<TestDevice> a;
  server::ErasureSite site{dir.path() / "erasure.ledger", std::nullopt};

  explicit Purged(std::uint64_t seed = 1) : World(seed) {
    commit([&](server::Ledger& ledger) { server::add_reference_rows(ledger, system()); });
    going = add_case();
    staying = add_case();
    tables = fill_with_needles(office.db(), hunt, random, going.case_id, going.debtor, paul,
                               office.ledger().office_device());
    office.assign(going.case_id, paul);
    office.assign(staying.case_id, paul);
    a = add_device(paul);
    a->sync();
  }
  [[nodiscard]] server::Author system() const {
    return {.staff_id = office.system(), .role = schema::office};
  }
  [[nodiscard]] server::Author by(const Id& staff, schema::Writers role) const {
    return {.staff_id = staff, .role = role};
  }
  template <class Job>
  void commit(const Job& job) {
    server::Ledger::Work work(office.ledger());
    job(office.ledger());
    work.commit();
  }
  void close(const Id& case_id, const std::string& reason) {
    office.edit(office.system(), {update_op("case_file", case_id,
                                            {{"stage", std::string("closed")}, {"closed_reason", reason}})});
  }
  /// Plans an order from outside for the case, lets another approve it, and carries it out.
  server::PurgeRun purge(const Id& case_id) {
    Id run;
    commit([&](server::Ledger& ledger) {
      run = server::plan_purge(
                ledger, by(marie, schema::office),
                {.origin = server::PurgeOrigin::request, .ground = "art. 17", .cases = {case_id}},
                civil_date_of(clock.now(), 0))
                .run.id;
      server::approve_purge(ledger, by(diane, schema::dpo), server::purge_run(office.db(), run), true);
    });
    server::run_purge(site, office.ledger(), by(marie, schema::office), run,
                      [](std::int64_t, std::int64_t) {});
    return server::purge_run(office.db(), run);
  }
};

}  // namespace

TEST_CASE("what is erased is found nowhere: on the server, on the device, in twelve disguises") {
  Purged w;
  REQUIRE(w.tables > 25);
  REQUIRE(w.hunt.size() > 60);
  REQUIRE_FALSE(w.hunt.found_below(w.dir.path()).empty());
  // Work on both sides: an edit that was taken in, a conflict, one that was never sent.
  const Id task = w.random.row_id(w.clock.now());
  w.a->edit({insert_op(
      "task", task,
      {{"case_id", w.going.case_id}, {"title", w.hunt.make("task", schema::table("task").columns[5])}})});
  w.a->sync();
  w.office.edit(w.office.system(),
                {update_op("debtor", w.going.debtor,
                           {{"legal_name", w.hunt.make("debtor", schema::table("debtor").columns[6])}})});
  w.a->edit({update_op("debtor", w.going.debtor,
                       {{"legal_name", w.hunt.make("debtor", schema::table("debtor").columns[6])}})});
  w.a->sync();
  REQUIRE(w.office.count("SELECT count(*) FROM conflict") > 0);
  const auto unsent =
      w.a->edit({insert_op("contact_event", w.random.row_id(w.clock.now()),
                           {{"case_id", w.going.case_id},
                            {"outcome", std::string("reached")},
                            {"note", w.hunt.make("contact_event", schema::table("task").columns[5])}})});
  w.close(w.going.case_id, "wrong_person");
  const server::PurgeRun run = w.purge(w.going.case_id);
  CHECK(run.state == "done");
  CHECK(run.residue == 0);
  CHECK(run.erased == 1);
  CHECK(run.needles > 60);
  CHECK(server::purge_devices(w.office.db(), run.id).front().due == 1);

  w.a->sync();
  CHECK_FALSE(w.a->has("case_file", w.going.case_id));
  CHECK_FALSE(w.a->has("debtor", w.going.debtor));
  CHECK(w.a->has("case_file", w.staying.case_id));
  CHECK(w.a->status_of(unsent) == "erased");
  CHECK(server::purge_devices(w.office.db(), run.id).front().done == 1);
  CHECK(w.office.count("SELECT count(*) FROM holding WHERE case_id NOT IN (SELECT id FROM case_file)") == 0);
  CHECK(w.a->differing_buckets() == 0);
  CHECK(sql::check_sqlite(w.office.db(), true).empty());
  CHECK(sql::checkpoint_sqlite(w.office.db()));
  CHECK(sql::checkpoint_sqlite(w.a->db()));
  CHECK(w.hunt.found_below(w.dir.path()) == std::vector<std::string>{});
  w.a->sync();
  CHECK(w.a->count("SELECT count(*) FROM erasure WHERE told_at IS NOT NULL") == 1);
}

TEST_CASE("a replica that has not carried out an order is behind, and not wrong") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  w.a->sync();
  static_cast<void>(w.purge(w.going.case_id));
  const auto answer = w.office.service().verify(w.a->id(), w.a->replica().verify_body());
  CHECK(answer.status != 200);
  CHECK_THAT(answer.body, Catch::Contains("sync first"));
  w.a->sync();
  w.a->sync();  // the receipt
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("an edit about an erased case is destroyed unread, however late it comes") {
  Purged w;
  const auto second = w.add_device(w.paul);
  second->sync();
  const std::string words = w.hunt.make("task", schema::table("task").columns[5]);
  const auto n = second->edit(
      {insert_op("task", w.random.row_id(w.clock.now()), {{"case_id", w.going.case_id}, {"title", words}})});
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.clock.advance(10 * kDay);
  second->sync();
  CHECK(second->status_of(n) == "erased");
  CHECK(w.office.count("SELECT count(*) FROM task") == 0);
  CHECK(w.office.count("SELECT count(*) FROM refused_row") == 0);
}

TEST_CASE("a held case is never erased, also when the hold comes after the plan") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  Id run;
  w.commit([&](server::Ledger& ledger) {
    run = server::plan_purge(
              ledger, w.by(w.marie, schema::office),
              {.origin = server::PurgeOrigin::court, .ground = "order", .cases = {w.going.case_id}},
              civil_date_of(w.clock.now(), 0))
              .run.id;
    server::approve_purge(ledger, w.by(w.diane, schema::dpo), server::purge_run(w.office.db(), run), true);
  });
  w.office.edit(w.office.system(),
                {update_op("case_file", w.going.case_id, {{"legal_hold", std::int64_t{1}}})});
  server::run_purge(w.site, w.office.ledger(), w.by(w.marie, schema::office), run,
                    [](std::int64_t, std::int64_t) {});
  const server::PurgeRun after = server::purge_run(w.office.db(), run);
  CHECK(after.erased == 0);
  CHECK(after.blocked == 1);
  CHECK(w.office.row("case_file", w.going.case_id).has_value());
  CHECK_FALSE(std::filesystem::exists(w.site.ledger));
}

TEST_CASE("who planned an order from outside may not approve it, and the brake needs a person") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  server::PurgeRun run;
  w.commit([&](server::Ledger& ledger) {
    run = server::plan_purge(
              ledger, w.by(w.marie, schema::office),
              {.origin = server::PurgeOrigin::request, .ground = "art. 17", .cases = {w.going.case_id}},
              civil_date_of(w.clock.now(), 0))
              .run;
  });
  const auto approve = [&](const Id& who, schema::Writers role, bool releases) {
    w.commit([&](server::Ledger& ledger) { server::approve_purge(ledger, w.by(who, role), run, releases); });
  };
  CHECK_THROWS_AS(approve(w.marie, schema::office, false), Failure);
  CHECK_THROWS_AS(approve(w.paul, schema::agent, false), Failure);
  approve(w.diane, schema::dpo, false);
  // One of two cases is more than five per cent.
  CHECK_THROWS_AS(server::run_purge(w.site, w.office.ledger(), w.by(w.marie, schema::office), run.id,
                                    [](std::int64_t, std::int64_t) {}),
                  Failure);
  CHECK(w.office.row("case_file", w.going.case_id).has_value());
}

TEST_CASE("a backup from before an erasure erases again before anyone is served") {
  Purged w;
  const auto before = w.dir.path() / "before.db";
  w.office.backup(before);
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.a->sync();
  w.office.go_back(before);
  REQUIRE(w.office.row("case_file", w.going.case_id).has_value());
  CHECK(server::replay_erasures(w.site, w.office.ledger()) == 1);
  CHECK_FALSE(w.office.row("case_file", w.going.case_id).has_value());
  CHECK(server::replay_erasures(w.site, w.office.ledger()) == 0);
  w.a->sync();
  CHECK_FALSE(w.a->has("case_file", w.going.case_id));
  CHECK(w.a->count("SELECT count(*) FROM orphan") == 0);
  CHECK(w.office.count("SELECT count(*) FROM erasure_receipt WHERE state = 'due'") == 0);
  CHECK(sql::checkpoint_sqlite(w.office.db()));
  CHECK(sql::checkpoint_sqlite(w.a->db()));
  std::filesystem::remove(before);  // it holds him still: a plain copy, which an office's backup is not
  for (const auto& entry : std::filesystem::directory_iterator(w.dir.path()))
    if (entry.path().filename().string().starts_with("office.db")) std::filesystem::remove(entry.path());
  CHECK(w.hunt.found_below(w.dir.path()) == std::vector<std::string>{});
}

TEST_CASE(
    "in a backup from before a case was given another debtor, the former one leaves who held him for it") {
  Purged w;
  const auto before = w.dir.path() / "before.db";
  w.office.backup(before);
  const Id other = w.office.add_debtor("Autre");
  w.office.edit(w.office.system(), {update_op("case_file", w.going.case_id, {{"debtor_id", other}})});
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.office.go_back(before);
  CHECK(server::replay_erasures(w.site, w.office.ledger()) == 1);
  w.a->sync();
  w.a->sync();
  CHECK_FALSE(w.a->has("debtor", w.going.debtor));
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("a database that has erased more than its ledger says serves nobody; a broken ledger is named") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  const std::string whole = read_file(w.site.ledger, 1 << 20);
  std::filesystem::remove(w.site.ledger);
  CHECK_THROWS_AS(server::replay_erasures(w.site, w.office.ledger()), Failure);
  std::string changed = whole;
  changed[changed.find("\"rule\":\"") + 8] = 'X';
  write_file_durably(w.site.ledger, changed, 0600);
  CHECK_THROWS_AS(server::ErasureLedger(w.site.ledger), Failure);
  // A line that a power cut left half does not count.
  write_file_durably(w.site.ledger, whole + "{\"n\":2,", 0600);
  CHECK(server::ErasureLedger(w.site.ledger).lines().size() == 1);
  CHECK(server::replay_erasures(w.site, w.office.ledger()) == 0);
}

TEST_CASE("an order reaches a suspended device too, and its receipt with what it hands over") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  const server::PurgeRun run = w.purge(w.going.case_id);
  w.office.edit(w.office.system(), {update_op("device", w.a->id(), {{"state", std::string("suspended")}})});
  w.a->sync();
  CHECK_FALSE(w.a->has("case_file", w.going.case_id));
  CHECK(server::purge_devices(w.office.db(), run.id).front().done == 1);
}

TEST_CASE("a debtor with another case stays, and leaves the agent who held him for the erased one only") {
  Purged w;
  const Id other = w.office.add_case(w.creditor, w.going.debtor, "D-900");
  const Id lea = w.office.add_staff("lea", "agent");
  w.office.assign(other, lea);
  const auto b = w.add_device(lea);
  b->sync();
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.a->sync();
  b->sync();
  CHECK_FALSE(w.a->has("debtor", w.going.debtor));
  CHECK(b->has("debtor", w.going.debtor));
  CHECK(w.a->differing_buckets() == 0);
  CHECK(b->differing_buckets() == 0);
}

TEST_CASE("staged pages hold what was ordered gone: their reading begins again without it") {
  Purged w;
  w.office.set_page_bytes(600);
  for (int i = 0; i < 30; ++i)
    w.office.edit(w.office.system(),
                  {insert_op("task", w.random.row_id(w.clock.now()),
                             {{"case_id", i % 2 == 0 ? w.going.case_id : w.staying.case_id},
                              {"title", w.hunt.make("task", schema::table("task").columns[5])}})});
  client::Session cut(w.a->replica());
  cut.take(w.a->deliver(*cut.next()));  // one page of several
  REQUIRE(w.a->count("SELECT count(*) FROM staged_page") == 1);
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.a->sync();
  CHECK(w.a->count("SELECT count(*) FROM task") == 15);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("whole databases that were kept beside the office's go with a purge, and are counted") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  for (const char* name : {"relance.db.before-restore-7", "relance.db.before-restore-7-wal",
                           "relance.db.before-upgrade-9", "relance.db.mine"})
    write_file_durably(w.dir.path() / name, "a database of before", 0600);
  Id run;
  w.commit([&](server::Ledger& ledger) {
    run = server::plan_purge(
              ledger, w.by(w.marie, schema::office),
              {.origin = server::PurgeOrigin::request, .ground = "art. 17", .cases = {w.going.case_id}},
              civil_date_of(w.clock.now(), 0))
              .run.id;
    server::approve_purge(ledger, w.by(w.diane, schema::dpo), server::purge_run(w.office.db(), run), true);
  });
  CHECK(server::run_purge(w.site, w.office.ledger(), w.by(w.marie, schema::office), run,
                          [](std::int64_t, std::int64_t) {}) == 2);
  CHECK_FALSE(std::filesystem::exists(w.dir.path() / "relance.db.before-restore-7"));
  CHECK_FALSE(std::filesystem::exists(w.dir.path() / "relance.db.before-restore-7-wal"));
  CHECK_FALSE(std::filesystem::exists(w.dir.path() / "relance.db.before-upgrade-9"));
  CHECK(std::filesystem::exists(w.dir.path() / "relance.db.mine"));  // nobody's affair
}

TEST_CASE("a bank's file that names an erased person again brings no line of his") {
  Purged w;
  server::BankSource source;
  source.file.lines.push_back({.account = "FR76",
                               .reference = "REF-1",
                               .booked_on = "2026-11-02",
                               .amount_cents = 12'000,
                               .currency = "EUR",
                               .payer = "MARTIN"});
  source.file.lines.push_back({.account = "FR76",
                               .reference = "REF-2",
                               .booked_on = "2026-11-02",
                               .amount_cents = 3'000,
                               .currency = "EUR",
                               .payer = "DURAND"});
  server::DirectCommitter committer(w.office.ledger());
  REQUIRE(server::import_bank(committer, source, {.author = w.system()}).lines_new == 2);
  const Id line = *sql::id(w.office.db(), "SELECT id FROM bank_line WHERE reference = 'REF-1'");
  w.office.edit(w.office.system(), {update_op("bank_line", line, {{"case_id", w.going.case_id}})});
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  REQUIRE(w.office.count("SELECT count(*) FROM bank_line") == 1);
  const auto again = server::import_bank(committer, source, {.author = w.system()});
  CHECK(again.lines_erased == 1);
  CHECK(again.lines_known == 1);
  CHECK(again.lines_new == 0);
  CHECK(w.office.count("SELECT count(*) FROM bank_line") == 1);
}

namespace {

/// What agents and office do with the case before it goes: each seed another history, on two laptops of two agents.
void live_through(Purged& w, std::uint64_t seed) {
  test::SeededRandom chance(seed * 7919);
  const Id lea = w.office.add_staff("lea", "agent");
  const auto b = w.add_device(lea);
  const auto note = [&] { return w.hunt.make("contact_event", schema::table("task").columns[5]); };
  const auto call = [&](TestDevice& device) {
    if (!device.has("case_file", w.going.case_id)) return;
    static_cast<void>(device.edit(
        {insert_op("contact_event", w.random.row_id(w.clock.now()),
                   {{"case_id", w.going.case_id}, {"outcome", std::string("reached")}, {"note", note()}})}));
  };
  const auto rename = [&] {
    return std::vector<sync::Op>{
        update_op("debtor", w.going.debtor,
                  {{"legal_name", w.hunt.make("debtor", schema::table("debtor").columns[6])}})};
  };
  for (int i = 0; i < 14; ++i) {
    w.clock.advance(static_cast<Ms>(chance.below(kDay)));
    switch (chance.below(8)) {
      case 0: call(*w.a); break;
      case 1: call(*b); break;
      case 2: w.a->sync(); break;
      case 3: b->sync(); break;
      case 4: w.office.edit(w.office.system(), rename()); break;
      case 5:
        if (w.a->has("debtor", w.going.debtor)) static_cast<void>(w.a->edit(rename()));
        break;
      case 6: w.office.assign(w.going.case_id, lea); break;
      default:
        if (w.office.count(
                "SELECT count(*) FROM assignment a JOIN staff s ON s.id = a.staff_id WHERE a.valid_to IS "
                "NULL AND s.name = 'paul'") == 2)
          w.office.unassign(w.going.case_id, w.paul);
        break;
    }
  }
  w.close(w.going.case_id, "wrong_person");
  if (chance.below(2) == 0) call(*w.a);  // unsent when it goes
  const server::PurgeRun run = w.purge(w.going.case_id);
  CHECK(run.state == "done");
  if (chance.below(2) == 0) w.clock.advance(20 * kDay);
  for (TestDevice* device : {w.a.get(), b.get()}) {
    device->sync();
    CHECK_FALSE(device->has("case_file", w.going.case_id));
    CHECK(device->differing_buckets() == 0);
    CHECK(sql::checkpoint_sqlite(device->db()));
  }
  for (const server::PurgeDevice& device : server::purge_devices(w.office.db(), run.id))
    CHECK(device.due == 0);
}

}  // namespace

TEST_CASE("fifty purges, each after a history of its own, leave nothing in any file") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    INFO("seed " << seed);
    Purged w(seed);
    live_through(w, seed);
    CHECK(sql::checkpoint_sqlite(w.office.db()));
    CHECK(w.hunt.found_below(w.dir.path()) == std::vector<std::string>{});
  }
}

TEST_CASE("a row of another case that points to an erased one is found, and the purge is not called done") {
  Purged w;
  const Id first = w.random.row_id(w.clock.now()), second = w.random.row_id(w.clock.now() + 1);
  const auto contact = [&](const Id& id, const Id& case_id) {
    w.office.edit(
        w.office.system(),
        {insert_op("contact_event", id, {{"case_id", case_id}, {"outcome", std::string("reached")}})});
  };
  contact(first, w.going.case_id);
  contact(second, w.staying.case_id);
  sql::run(w.office.db(), "UPDATE contact_event SET amends_id = ?1 WHERE id = ?2", first, second);
  w.close(w.going.case_id, "wrong_person");
  CHECK_THROWS_WITH(w.purge(w.going.case_id),
                    Catch::Contains("a row of contact_event points to a row of contact_event"));
  const server::PurgeRun run = server::purge_runs(w.office.db()).front();
  CHECK(run.state == "scanning");
  CHECK(run.erased == 1);
  CHECK(w.office.count("SELECT count(*) FROM case_file") == 1);
  CHECK(sql::number(w.office.db(), "PRAGMA foreign_keys") == 1);

  sql::run(w.office.db(), "UPDATE contact_event SET amends_id = NULL WHERE id = ?1", second);
  static_cast<void>(server::run_purge(w.site, w.office.ledger(), w.by(w.marie, schema::office), run.id,
                                      [](std::int64_t, std::int64_t) {}));
  CHECK(server::purge_run(w.office.db(), run.id).state == "done");
}

TEST_CASE("after a restore an order reaches devices whose case the office does not know it ever sent") {
  Purged w;
  const auto third = w.add_case();
  const auto before = w.dir.path() / "before.db";
  w.office.backup(before);
  w.office.assign(third.case_id, w.paul);
  w.a->sync();
  const auto late = w.add_device(w.paul);  // the restored office has never heard of it
  late->sync();
  REQUIRE(w.a->has("case_file", third.case_id));
  w.office.go_back(before);
  w.close(third.case_id, "wrong_person");
  const server::PurgeRun run = w.purge(third.case_id);
  w.a->sync();
  CHECK_FALSE(w.a->has("case_file", third.case_id));
  CHECK_FALSE(w.a->has("debtor", third.debtor));
  late->sync();  // enters itself, and is told with its refusal
  late->sync();
  CHECK_FALSE(late->has("case_file", third.case_id));
  for (const server::PurgeDevice& one : server::purge_devices(w.office.db(), run.id)) CHECK(one.due == 0);
}

TEST_CASE("what is written about a row that hangs on an erased case is destroyed like the row") {
  Purged w;
  const auto second = w.add_device(w.paul);
  second->sync();
  const Id task = w.random.row_id(w.clock.now());
  second->edit({insert_op("task", task, {{"case_id", w.going.case_id}, {"title", std::string("appeler")}})});
  second->edit({update_op("task", task, {{"title", std::string("rappeler Jeanne Martin")}})});
  w.close(w.going.case_id, "wrong_person");
  SECTION("it comes after the erasure") {
    static_cast<void>(w.purge(w.going.case_id));
    second->sync();
    CHECK(w.office.count("SELECT count(*) FROM mutation_log WHERE status = 'erased'") == 2);
  }
  SECTION("it waits in quarantine") {
    w.office.edit(w.office.system(),
                  {update_op("device", second->id(), {{"state", std::string("suspended")}})});
    second->sync();
    REQUIRE(w.office.count("SELECT count(*) FROM quarantine") == 2);
    static_cast<void>(w.purge(w.going.case_id));
    CHECK(w.office.count("SELECT count(*) FROM quarantine") == 0);
    second->sync();
    CHECK(w.office.count("SELECT count(*) FROM quarantine") == 0);
  }
}

TEST_CASE("an edit that was refused is erased for good, and spares a row of its id on another case") {
  Purged w;
  const Id task = w.random.row_id(w.clock.now());
  w.office.edit(w.office.system(),
                {insert_op("task", task, {{"case_id", w.staying.case_id}, {"title", std::string("b")}})});
  const auto refused =
      w.a->edit({insert_op("task", task, {{"case_id", w.going.case_id}, {"title", std::string("a")}})});
  const auto next = w.a->edit({update_op("task", task, {{"title", std::string("c")}})});
  w.a->sync();
  REQUIRE(w.a->status_of(refused) == "refused");
  const auto before = w.dir.path() / "before.db";
  w.office.backup(before);
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.a->sync();
  CHECK(w.a->status_of(refused) == "erased");
  CHECK(w.a->status_of(next) != "erased");
  CHECK(w.a->has("task", task));
  w.office.go_back(before);
  static_cast<void>(server::replay_erasures(w.site, w.office.ledger()));
  w.a->sync();
  CHECK(w.a->status_of(refused) == "erased");  // not refused, with nothing in it
}

TEST_CASE("what is written about a refused row of an erased case goes from the device too") {
  Purged w;
  const Id task = w.random.row_id(w.clock.now());
  w.office.edit(w.office.system(),
                {insert_op("task", task, {{"case_id", w.staying.case_id}, {"title", std::string("b")}})});
  w.office.unassign(w.staying.case_id, w.paul);
  w.a->edit({insert_op("task", task, {{"case_id", w.going.case_id}, {"title", std::string("a")}})});
  const auto about = w.a->edit(
      {update_op("task", task, {{"title", w.hunt.make("task", schema::table("task").columns[5])}})});
  w.a->sync();
  REQUIRE(w.a->status_of(about) == "refused");
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.a->sync();
  CHECK(w.a->status_of(about) == "erased");
}

TEST_CASE("whatever is wrong with an edit about an erased case, it is destroyed and not refused") {
  Purged w;
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  const auto told = w.office.edit(w.office.system(), {insert_op("task", w.random.row_id(w.clock.now()),
                                                                {{"case_id", w.going.case_id},
                                                                 {"title", std::string("x")},
                                                                 {"state", std::string("no such word")}})});
  CHECK(told.status == sync::Status::erased);
}

TEST_CASE("what the office keeps for itself about a case goes with its history, or points nowhere") {
  Purged w;
  const Id payment = w.random.row_id(w.clock.now()), line = w.random.row_id(w.clock.now());
  const Id request = w.random.row_id(w.clock.now());
  const auto edit = [&](const sync::Op& op) {
    const sync::Outcome outcome = w.office.edit(w.office.system(), {op});
    INFO(op.table->name << ": " << outcome.reason);
    REQUIRE(outcome.status == sync::Status::applied);
  };
  edit(insert_op("payment", payment,
                 {{"case_id", w.going.case_id},
                  {"amount_cents", std::int64_t{100}},
                  {"paid_on", std::string("2026-11-20")}}));
  edit(insert_op("bank_line", line,
                 {{"account", std::string("FR76")},
                  {"reference", std::string("REF-9")},
                  {"booked_on", std::string("2026-11-20")},
                  {"amount_cents", std::int64_t{100}},
                  {"payment_id", payment}}));
  edit(insert_op("person_request", request,
                 {{"debtor_id", w.going.debtor},
                  {"kind", std::string("erase")},
                  {"received_on", std::string("2026-11-20")},
                  {"due_on", std::string("2026-12-20")}}));
  edit(update_op("person_request", request,
                 {{"answer", w.hunt.make("person_request", schema::table("task").columns[5])}}));
  w.close(w.going.case_id, "wrong_person");
  CHECK(w.purge(w.going.case_id).state == "done");
  CHECK(w.office.value("bank_line", line, "payment_id") == Value{Null{}});
  CHECK(sql::number(w.office.db(), "SELECT count(*) FROM history WHERE row_id = ?1", request) == 0);
}

TEST_CASE("a replay that was cut before the file was written anew is gone on with by the next") {
  Purged w;
  const auto before = w.dir.path() / "before.db";
  w.office.backup(before);
  w.close(w.going.case_id, "wrong_person");
  static_cast<void>(w.purge(w.going.case_id));
  w.office.go_back(before);
  std::filesystem::path restored;
  for (const auto& entry : std::filesystem::directory_iterator(w.dir.path()))
    if (entry.path().string().ends_with("-restored")) restored = entry.path();
  {
    const auto reader = sql::open_sqlite(restored, {});
    const sql::Transaction reading(*reader, sql::Access::read);
    REQUIRE(sql::number(*reader, "SELECT count(*) FROM case_file") == 2);
    CHECK_THROWS_AS(server::replay_erasures(w.site, w.office.ledger()), Failure);
  }
  REQUIRE_FALSE(w.office.row("case_file", w.going.case_id).has_value());
  static_cast<void>(server::replay_erasures(w.site, w.office.ledger()));
  std::vector<std::string> found;
  for (const std::string suffix : {"", "-wal"})
    if (std::filesystem::exists(restored.string() + suffix))
      w.hunt.search(read_file(restored.string() + suffix, std::size_t{1} << 28), suffix, found);
  CHECK(found == std::vector<std::string>{});
}
