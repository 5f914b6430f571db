// Where two schema versions meet: a device of the version before at an office of this one, an upgrade in the middle of
// everything, and merge units of which one side does not know a column. Built at the schema's next version.
#include <set>

#include "host/failure.h"
#include "host/sqlite.h"
#include "schema/ddl.h"
#include "schema/version.h"
#include "server/database.h"
#include "tests/support/edits.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

static_assert(schema::kVersion == schema::kShippedVersion + 1,
              "these stories are about the version that schema/tables.h keeps for tests");

namespace {

constexpr int kOld = schema::kVersion - 1;

Value word(const char* text) { return std::string(text); }

/// Paul's laptop is of the old version, Lea's of the new one; they hold one case together.
struct OldAndNew : World {
  Id paul = office.add_staff("paul", "agent");
  Id lea = office.add_staff("lea", "agent");
  Id clerk = office.add_staff("nadia", "clerk");
  CaseIds shared = add_case();
  Id address;
  std::unique_ptr<TestDevice> old_one, new_one;

  OldAndNew() {
    office.assign(shared.case_id, paul);
    office.assign(shared.case_id, lea);
    address = random.row_id(clock.now());
    by_clerk(insert_op("contact_point", address,
                       {{"debtor_id", shared.debtor},
                        {"type", word("post")},
                        {"value", word("3 rue des Lilas")},
                        {"city", word("Lyon")}}));
    old_one = add_device(paul, kOld);
    new_one = add_device(lea);
    old_one->sync();
    new_one->sync();
  }
  void by_clerk(sync::Op op) {
    clock.advance(1'000);
    REQUIRE(office.edit(clerk, {std::move(op)}).status == sync::Status::applied);
  }
  void set_country(const char* country) {
    by_clerk(update_op("contact_point", address, {{"country", word(country)}}));
  }
  sync::Op move_to(const char* city) { return update_op("contact_point", address, {{"city", word(city)}}); }
  sync::Op call(const char* note) {
    return insert_op("contact_event", random.row_id(clock.now()),
                     {{"case_id", shared.case_id}, {"outcome", word("reached")}, {"note", word(note)}});
  }
  Value held(const char* column) { return office.value("contact_point", address, column); }
  /// Both agree with the office, after they have heard of everything.
  void check_agreement() {
    for (int round = 0; round < 2; ++round)
      for (TestDevice* each : {old_one.get(), new_one.get()}) each->sync();
    for (TestDevice* each : {old_one.get(), new_one.get()}) {
      CHECK(each->replica().facts().pending == 0);
      CHECK(each->differing_buckets() == 0);
    }
    CHECK(server::verify_office(office.db()).empty());
  }
};

std::set<std::string> shape_of(sql::Connection& db) {
  std::set<std::string> out;
  sql::Query q(db,
               "SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk FROM "
               "sqlite_master t, "
               "pragma_table_info(t.name) c WHERE t.type = 'table'"
               " UNION SELECT name || ' ' || coalesce(sql, '') FROM sqlite_master WHERE type = 'index'"
               " UNION SELECT t.name || '.' || k.\"from\" || ' -> ' || k.\"table\" FROM sqlite_master t, "
               "pragma_foreign_key_list(t.name) k WHERE t.type = 'table'");
  while (q.next()) out.insert(q.text(0));
  return out;
}

}  // namespace

TEST_CASE("an upgraded database has every table, column, index and reference of a new one") {
  TempDir dir;
  for (const schema::Side side : {schema::Side::server, schema::Side::client}) {
    const std::string name = side == schema::Side::server ? "office" : "replica";
    const auto fresh = sql::open_sqlite(dir.path() / name, {.mode = sql::SqliteOptions::Mode::create});
    for (const auto& one : schema::create_statements(side, fresh->dialect())) fresh->execute(one);
    const auto old =
        sql::open_sqlite(dir.path() / (name + "-old"), {.mode = sql::SqliteOptions::Mode::create});
    for (const auto& one : schema::create_statements(side, old->dialect(), kOld)) old->execute(one);
    CHECK(shape_of(*old) != shape_of(*fresh));
    for (const auto& one : schema::upgrade_statements(side, old->dialect(), kOld, schema::kVersion))
      old->execute(one);
    CHECK(shape_of(*old) == shape_of(*fresh));
  }
  CHECK(schema::upgrade_statements(schema::Side::server, schema::Dialect::sqlite, kOld, kOld + 1).size() ==
        3);
  CHECK(schema::upgrade_statements(schema::Side::server, schema::Dialect::postgres, kOld, kOld).empty());
}

TEST_CASE("an older device is sent its own columns, and agrees with the office over them") {
  OldAndNew w;
  w.set_country("BE");
  w.by_clerk(update_op("case_file", w.shared.case_id, {{"next_step", word("huissier")}}));
  std::string answers;
  w.old_one->on_exchange = [&](const auto&, const client::WireAnswer& answer) { answers += answer.body; };
  const auto report = w.old_one->sync();
  CHECK(report.taken.received == 2);  // rows of which a column changed that it does not have
  CHECK_THAT(answers,
             Catch::Contains("contact_point") && !Catch::Contains("country") && !Catch::Contains("huissier"));
  w.new_one->sync();
  CHECK(w.new_one->value("contact_point", w.address, "country") == word("BE"));
  w.check_agreement();
}

TEST_CASE("an older device's insert takes the initial value of a column that it does not have") {
  OldAndNew w;
  w.old_one->edit({w.call("ancien"), insert_op("contact_point", w.random.row_id(w.clock.now()),
                                               {{"debtor_id", w.shared.debtor}, {"type", word("post")}})});
  w.old_one->sync();
  CHECK(w.old_one->status_of(1) == "applied");
  CHECK(w.office.count("SELECT count(*) FROM contact_event WHERE callback_wanted = 0") == 1);
  CHECK(w.office.count("SELECT count(*) FROM contact_point WHERE country = 'FR'") == 2);
  w.check_agreement();
}

TEST_CASE("an older device cannot write a column that it does not have") {
  OldAndNew w;
  const auto refused =
      w.old_one->try_edit({update_op("case_file", w.shared.case_id, {{"next_step", word("x")}})});
  REQUIRE(refused.has_value());
  CHECK(refused->code == "not_permitted");
  CHECK(refused->where == "case_file.next_step");
}

TEST_CASE("an older device's edit of a unit leaves the column alone that it does not have") {
  OldAndNew w;
  SECTION("when nobody else has changed the unit") {
    w.set_country("BE");
    w.old_one->edit({w.move_to("Liège")});
    w.old_one->sync();
    CHECK(w.old_one->status_of(1) == "applied");
  }
  SECTION("when the new column was changed after it looked: for it, nothing has changed") {
    w.old_one->edit({w.move_to("Liège")});
    w.set_country("BE");
    w.old_one->sync();
    CHECK(w.old_one->status_of(1) == "applied");
  }
  SECTION("when its edit meets another and is the later one") {
    w.set_country("BE");
    w.by_clerk(w.move_to("Namur"));
    w.clock.advance(5'000);
    w.old_one->edit({w.move_to("Liège")});
    w.old_one->sync();
    CHECK(w.old_one->status_of(1) == "merged");
  }
  CHECK(w.held("country") == word("BE"));
  CHECK(w.held("city") == word("Liège"));
  w.check_agreement();
}

TEST_CASE("a newer device's edit of the new column meets an older one's of the unit by the unit's policy") {
  OldAndNew w;
  w.new_one->edit({update_op("contact_point", w.address, {{"country", word("BE")}})});
  w.clock.advance(5'000);
  w.old_one->edit({w.move_to("Liège")});
  SECTION("the older device first") {
    w.old_one->sync();
    w.new_one->sync();
    // Policy latest, and the unit moves whole: the earlier edit, made over another address, loses.
    CHECK(w.new_one->status_of(1) == "merged");
    CHECK(w.held("country") == word("FR"));
  }
  SECTION("the newer device first: the older one's columns were not touched") {
    w.new_one->sync();
    w.old_one->sync();
    CHECK(w.old_one->status_of(1) == "applied");
    CHECK(w.held("country") == word("BE"));
  }
  CHECK(w.held("city") == word("Liège"));
  w.check_agreement();
}

TEST_CASE("a conflict over a unit that has gained a column can be resolved by devices of both versions") {
  OldAndNew w;
  w.set_country("BE");
  w.new_one->sync();
  w.old_one->sync();
  // Paul edits, and does not know that the case has left him: a late edit, kept for those who hold it.
  const auto pauls_other = w.add_device(w.paul, kOld);
  pauls_other->sync();
  const Id third = w.office.add_staff("zoe", "agent");
  w.office.assign(w.shared.case_id, third);
  const auto old_holder = w.add_device(third, kOld);
  pauls_other->edit({w.move_to("Liège")});
  w.office.unassign(w.shared.case_id, w.paul);
  pauls_other->sync();
  CHECK(pauls_other->reason_of(1) == "late_update");
  const auto conflict = sql::id(w.office.db(), "SELECT id FROM conflict WHERE state = 'open'");
  REQUIRE(conflict.has_value());
  const auto resolve = [&](TestDevice& device, bool names_country) {
    device.sync();
    sync::Op choice =
        update_op("contact_point", w.address,
                  {{"value", word("3 rue des Lilas")}, {"postcode", Null{}}, {"city", word("Liège")}});
    if (names_country)
      choice.changes.push_back(
          {schema::column(schema::table("contact_point"), "country"), Null{}, word("BE")});
    const auto n = device.edit(
        {update_op("conflict", *conflict, {{"state", word("closed")}, {"resolution", word("proposed")}}),
         choice},
        "conflict.resolve");
    device.sync();
    return device.status_of(n);
  };
  SECTION("of the older one") { CHECK(resolve(*old_holder, false) == "applied"); }
  SECTION("of the newer one") { CHECK(resolve(*w.new_one, true) == "applied"); }
  CHECK(w.office.count("SELECT count(*) FROM conflict WHERE state = 'open'") == 0);
  CHECK(w.held("city") == word("Liège"));
  CHECK(w.held("country") == word("BE"));
  old_holder->sync();
  CHECK(old_holder->differing_buckets() == 0);
}

TEST_CASE("a device that upgrades reads the new columns, also of rows that the office thinks it knows") {
  OldAndNew w;
  w.set_country("BE");
  w.old_one->sync();
  w.old_one->edit({w.move_to("Liège")});
  w.old_one->sync();  // applied exactly as sent: the row's origin is this device
  w.old_one->edit({w.call("confirmé")});
  w.old_one->sync();
  w.old_one->upgrade();
  CHECK(w.old_one->replica().standing() == client::Standing::ready);  // it is read meanwhile
  CHECK(w.old_one->value("contact_point", w.address, "city") == word("Liège"));
  CHECK(w.old_one->value("contact_point", w.address, "country") == word("FR"));  // nobody has said yet
  CHECK(w.old_one->differing_buckets() == 0);  // of what it was told, all is here
  w.old_one->sync();
  CHECK(w.old_one->value("contact_point", w.address, "country") == word("BE"));
  w.old_one->edit({update_op("case_file", w.shared.case_id, {{"next_step", word("visite")}})});
  w.old_one->sync();
  CHECK(w.office.value("case_file", w.shared.case_id, "next_step") == word("visite"));
  w.check_agreement();
}

TEST_CASE("between its upgrade and the next sync an edit speaks only of what the device was told") {
  OldAndNew w;
  w.set_country("BE");
  w.old_one->upgrade();
  w.clock.advance(5'000);
  SECTION("a unit with a column that was never read") {
    w.old_one->edit({w.move_to("Liège")});
    w.old_one->sync();
    CHECK(w.held("country") == word("BE"));
  }
  SECTION("a form that repeats what it shows") {
    w.old_one->edit(
        {update_op("contact_point", w.address, {{"city", word("Liège")}, {"country", word("FR")}})});
    w.old_one->sync();
    CHECK(w.held("country") == word("BE"));
  }
  SECTION("the column itself, when the agent wrote it: the later edit stands") {
    w.old_one->edit(
        {update_op("contact_point", w.address, {{"city", word("Liège")}, {"country", word("LU")}})});
    w.old_one->sync();
    CHECK(w.held("country") == word("LU"));
  }
  CHECK(w.held("city") == word("Liège"));
  w.check_agreement();
  // Told by now: the unit travels whole again.
  w.clock.advance(5'000);
  w.old_one->edit({w.move_to("Huy")});
  CHECK_THAT(sql::text(w.old_one->db(), "SELECT ops FROM outbox ORDER BY n DESC LIMIT 1").value_or(""),
             Catch::Contains("country"));
}

TEST_CASE("an outbox survives an upgrade in the middle of everything, and every edit meets its fate") {
  OldAndNew w;
  w.old_one->edit({w.call("réponse perdue")});
  w.old_one->edit({w.move_to("Liège")});
  w.old_one->sync_and_lose_answer();
  w.old_one->edit({update_op("case_file", w.shared.case_id, {{"priority", std::int64_t{2}}})});
  w.old_one->edit({w.call("jamais parti")});
  for (int i = 0; i < 12; ++i) w.by_clerk(w.call("du bureau"));
  w.set_country("BE");
  w.office.set_page_bytes(600);
  client::Session staging(w.old_one->replica());
  staging.take(w.old_one->deliver(*staging.next()));
  REQUIRE(w.old_one->count("SELECT count(*) FROM staged_page") == 1);
  const auto before = sql::text(w.old_one->db(), "SELECT group_concat(n || ops || hex(hash)) FROM outbox");

  w.old_one->upgrade();
  CHECK(sql::text(w.old_one->db(), "SELECT group_concat(n || ops || hex(hash)) FROM outbox") == before);
  CHECK(w.old_one->count("SELECT count(*) FROM contact_event") == 2);  // as shown before: nothing staged
  CHECK(w.old_one->value("case_file", w.shared.case_id, "priority") == Value{std::int64_t{2}});
  w.old_one->edit({update_op("case_file", w.shared.case_id, {{"next_step", word("visite")}})});
  w.old_one->sync();
  for (std::int64_t n = 1; n <= 5; ++n) {
    INFO("edit " << n);
    CHECK((w.old_one->status_of(n) == "applied" || w.old_one->status_of(n) == "merged"));
  }
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 14);
  CHECK(w.old_one->count("SELECT count(*) FROM contact_event") == 14);
  CHECK(w.held("country") == word("BE"));
  CHECK(w.held("city") == word("Liège"));
  CHECK(w.office.value("case_file", w.shared.case_id, "next_step") == word("visite"));
  w.check_agreement();
}

TEST_CASE("an upgrade in the middle of a first reading begins it again") {
  OldAndNew w;
  w.office.set_page_bytes(300);
  const auto late = w.add_device(w.paul, kOld);
  client::Session first(late->replica());
  for (int page = 0; page < 3; ++page) first.take(late->deliver(*first.next()));
  REQUIRE(late->replica().standing() == client::Standing::bootstrapping);
  late->upgrade();
  CHECK(late->replica().standing() == client::Standing::bootstrapping);
  late->sync();
  CHECK(late->replica().standing() == client::Standing::ready);
  CHECK(late->value("contact_point", w.address, "country") == word("FR"));
  CHECK(late->differing_buckets() == 0);
}

TEST_CASE("rows under an edit survive the upgrade: what is taken back shows the confirmed row again") {
  OldAndNew w;
  w.set_country("BE");
  w.old_one->edit({w.move_to("Liège")});
  w.old_one->upgrade();
  CHECK(w.old_one->value("contact_point", w.address, "city") == word("Liège"));
  CHECK_FALSE(w.old_one->replica().undo(1).has_value());
  CHECK(w.old_one->value("contact_point", w.address, "city") == word("Lyon"));
  CHECK(w.old_one->value("contact_point", w.address, "country") == word("FR"));
  w.check_agreement();
}

TEST_CASE("a kept row that cannot be read stops the upgrade, and everything stays as it was") {
  OldAndNew w;
  w.old_one->edit({w.move_to("Liège")});
  w.old_one->db().execute(
      GENERATE("UPDATE shadow SET content = CAST('n' AS BLOB)", "UPDATE shadow SET table_no = 999"));
  std::optional<Code> code;
  try {
    client::Replica::upgrade(w.old_one->db());
  } catch (const Failure& failure) {
    code = failure.code();
  }
  CHECK(code == Code::corrupt);
  CHECK(client::Replica::is_older(w.old_one->db()));
  CHECK(w.old_one->count("SELECT count(*) FROM pragma_table_info('contact_point') WHERE name = 'country'") ==
        0);
  CHECK(w.old_one->value("contact_point", w.address, "city") == word("Liège"));
  CHECK(w.old_one->replica().facts().pending == 1);
}

TEST_CASE("a program that still has the replica open when a newer one upgrades it changes nothing any more") {
  OldAndNew w;
  client::Replica& still_open = w.old_one->replica();
  client::Session session(still_open);
  w.old_one->edit({w.call("avant")});
  const auto request = session.next();
  const auto answer = w.old_one->deliver(*request);
  REQUIRE(client::Replica::upgrade(w.old_one->db()));
  CHECK_FALSE(client::Replica::upgrade(w.old_one->db()));
  const auto code_of = [](const auto& act) {
    try {
      act();
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Code::usage;
  };
  CHECK(code_of([&] { session.take(answer); }) == Code::upgrade_required);
  CHECK(code_of([&] { static_cast<void>(still_open.edit("x", {w.call("après")})); }) ==
        Code::upgrade_required);
  CHECK(code_of([&] { static_cast<void>(still_open.undo(1)); }) == Code::upgrade_required);
  CHECK(w.old_one->count("SELECT count(*) FROM outbox WHERE status = 'pending'") == 1);
  w.old_one->upgrade();  // opened by the newer program
  w.old_one->sync();
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 1);
  w.check_agreement();
}

TEST_CASE("a replica that is newer than the program is not opened") {
  OldAndNew w;
  sql::set_meta(w.new_one->db(), "schema", std::to_string(schema::kVersion + 1));
  CHECK_THROWS_AS(client::Replica(w.new_one->db(), w.clock, w.random), Failure);
}

TEST_CASE(
    "a device of a version that the office does not know yet is told so, and nothing of its request is "
    "taken") {
  OldAndNew w;
  w.new_one->edit({w.call("d'une version à venir")});
  client::Session session(w.new_one->replica());
  std::string body = session.next()->body;
  const std::string own = "\"schema\":" + std::to_string(schema::kVersion);
  body.replace(body.find(own), own.size(), "\"schema\":" + std::to_string(schema::kVersion + 1));
  const auto answer = w.new_one->deliver({"/v1/sync", body});
  CHECK(answer.status == 426);
  CHECK_THAT(answer.body, Catch::Contains(own));
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 0);
  CHECK_THROWS_AS(session.take(answer), Failure);
  CHECK(w.new_one->replica().facts().pending == 1);
}

TEST_CASE(
    "a device two versions behind hands over its outbox and is told to upgrade; then it hears the outcomes") {
  OldAndNew w;
  w.office.serve_from(schema::kVersion);        // as if the old one were two versions behind
  CHECK_THROWS_AS(w.old_one->sync(), Failure);  // with nothing to hand over: told at once
  w.old_one->edit({w.call("à remettre")});
  w.old_one->edit({w.move_to("Liège")});
  for (int attempt = 0; attempt < 2; ++attempt) {
    try {
      w.old_one->sync();
      FAIL("it was served");
    } catch (const Failure& failure) {
      CHECK(failure.code() == Code::upgrade_required);
    }
    CHECK(w.office.count("SELECT count(*) FROM contact_event") == 1);
    CHECK(w.held("city") == word("Liège"));
    CHECK(w.old_one->replica().facts().pending == 2);
  }
  w.old_one->upgrade();
  w.old_one->sync();
  CHECK(w.old_one->status_of(1) == "merged");
  CHECK(w.old_one->status_of(2) == "merged");
  w.check_agreement();
}

TEST_CASE(
    "whatever is edited on devices of both versions, and whenever they upgrade, they end in agreement") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    World w(seed);
    const Id paul = w.office.add_staff("paul", "agent"), lea = w.office.add_staff("lea", "agent"),
             clerk = w.office.add_staff("nadia", "clerk");
    std::vector<World::CaseIds> cases;
    for (int i = 0; i < 3; ++i) {
      cases.push_back(w.add_case());
      w.office.assign(cases.back().case_id, paul);
      if (i > 0) w.office.assign(cases.back().case_id, lea);
    }
    w.office.set_page_bytes(3'000);
    std::vector<std::unique_ptr<TestDevice>> devices;
    devices.push_back(w.add_device(paul, kOld));
    devices.push_back(w.add_device(paul, kOld));
    devices.push_back(w.add_device(lea, kOld));
    devices.push_back(w.add_device(lea));
    for (const auto& each : devices) each->sync();
    Edits at_office(w.office.db(), schema::Side::server, schema::clerk, w.random, w.clock);
    std::vector<std::int64_t> made(devices.size(), 0);
    for (int step = 0; step < 60; ++step) {
      w.clock.advance(static_cast<Ms>(w.random.below(90'000)));
      const std::size_t at = w.random.below(devices.size());
      TestDevice& device = *devices[at];
      switch (w.random.below(8)) {
        case 0:
          if (auto ops = at_office.some(); !ops.empty())
            static_cast<void>(w.office.edit(clerk, std::move(ops)));
          break;
        case 1: device.sync(); break;
        case 2: device.sync_and_lose_answer(); break;
        case 3: {
          client::Session one(device.replica());
          one.take(device.deliver(*one.next()));
          break;
        }
        case 4:
          if (step > 20 && w.random.below(3) == 0) device.upgrade();
          break;
        default: {
          Edits edits(device.db(), schema::Side::client, schema::agent, w.random, w.clock);
          auto ops = w.random.below(6) == 0 ? edits.resolution() : edits.some();
          if (!ops.empty() && !device.try_edit(std::move(ops))) ++made[at];
        }
      }
    }
    for (int round = 0; round < 3; ++round)
      for (const auto& each : devices) each->sync();
    for (std::size_t i = 0; i < devices.size(); ++i) {
      TestDevice& each = *devices[i];
      INFO("device " << i << " of version " << each.replica().version());
      CHECK(each.replica().facts().pending == 0);
      CHECK(each.differing_buckets() == 0);
      CHECK(each.count("SELECT count(*) FROM outbox WHERE status = 'pending'") == 0);
      CHECK(each.count("SELECT count(*) FROM outbox") == made[i]);
      if (each.replica().version() == schema::kVersion) continue;
      each.upgrade();
      each.sync();
      CHECK(each.differing_buckets() == 0);
    }
    CHECK(server::verify_office(w.office.db()).empty());
  }
}
