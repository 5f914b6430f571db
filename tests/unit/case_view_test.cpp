// The office's view of its cases, who holds them, and the conflicts it settles: on the real ledgers and on made rows.
#include "server/case_view.h"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "host/failure.h"
#include "server/assignment.h"
#include "server/case_numbers.h"
#include "server/conflict_view.h"
#include "server/fec_import.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

constexpr const char* kToday = "2026-11-21";

struct CaseWorld : World {
  DirectCommitter committer{office.ledger()};
  Author system{.staff_id = office.system(), .role = schema::office};

  void import(const std::string& name, const std::string& creditor_name) {
    std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + name, std::ios::binary);
    REQUIRE(in);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    FecImportOptions options{.creditor = creditor_name};
    options.author = system;
    options.today = kToday;
    static_cast<void>(import_fec(committer, {.file = read_fec(bytes.str())}, options));
  }
  void import_both() {
    import("0000000001FEC20220831.txt", "Ferme du Pont");
    import("000000000FEC20231231.txt", "Négoce & Cie");
  }
  Id claim(const Id& case_id, std::int64_t cents, const std::string& due_on,
           const std::string& piece = "F1") {
    const Id id = random.row_id(clock.now());
    office.edit(
        office.system(),
        {insert_op(
            "claim", id,
            {{"case_id", case_id}, {"gross_cents", cents}, {"due_on", due_on}, {"piece_ref", piece}})});
    return id;
  }
  Id entry(const Id& case_id, std::int64_t cents, const std::string& piece,
           const std::string& account = "411000") {
    const Id id = random.row_id(clock.now());
    office.edit(office.system(), {insert_op("entry", id,
                                            {{"case_id", case_id},
                                             {"kind", std::string(cents > 0 ? "invoice" : "payment")},
                                             {"amount_cents", cents},
                                             {"piece_ref", piece},
                                             {"account", account}})});
    return id;
  }
  Id payment(const Id& case_id, std::int64_t cents, const std::string& state, Value bank_ref = Null{},
             Value amends = Null{}) {
    const Id id = random.row_id(clock.now());
    REQUIRE(office
                .edit(office.system(), {insert_op("payment", id,
                                                  {{"case_id", case_id},
                                                   {"amount_cents", cents},
                                                   {"state", state},
                                                   {"bank_ref", bank_ref},
                                                   {"amends_id", amends}})})
                .status == sync::Status::applied);
    return id;
  }
  CaseLine one(const Id& case_id) { return one_case(office.db(), case_id.text(), kToday); }
  std::vector<std::string> numbers(const CaseFilter& filter = {}) {
    std::vector<std::string> out;
    for (const CaseLine& line : list_cases(office.db(), filter, kToday)) out.push_back(line.facts.number);
    return out;
  }
  std::vector<Id> ids(const CaseFilter& filter) {
    std::vector<Id> out;
    for (const CaseLine& line : list_cases(office.db(), filter, kToday)) out.push_back(line.facts.id);
    return out;
  }
  AssignReport assign(const Id& staff, const std::vector<Id>& which, bool also = false) {
    AssignReport report;
    committer.commit(
        [&](Ledger& ledger) { report = assign_cases(ledger, system, staff, which, also, kToday); });
    return report;
  }
};

using Numbers = std::vector<std::string>;

}  // namespace

TEST_CASE("cases: the real ledgers list what is open or not level, in the order of the work") {
  CaseWorld w;
  w.import_both();
  const auto lines = list_cases(w.office.db(), {}, kToday);
  REQUIRE(lines.size() == 9);  // 5 and 3 that owe, one in credit; 12 level ones are not shown
  std::int64_t balance = 0;
  for (const CaseLine& line : lines) {
    balance += line.facts.balance_cents;
    CHECK(line.asked_cents - line.credit_left_cents == line.facts.balance_cents);
  }
  CHECK(balance == 5251724 + 2777170);
  CHECK(lines.front().facts.number == "D-000006");
  CHECK(lines.front().reason == RankReason::past_due);
  CHECK(lines.back().facts.balance_cents == -7913);
  CHECK(lines.back().reason == RankReason::closed);
  for (std::size_t i = 1; i + 1 < lines.size(); ++i)
    CHECK(lines[i - 1].expected_cents >= lines[i].expected_cents);
}

TEST_CASE("cases: filters by creditor, holder and words, without accents or case") {
  CaseWorld w;
  w.import_both();
  CHECK(w.numbers({.creditor = "Négoce & Cie"}).size() == 3);
  CHECK(w.numbers({.search = "NEGOCE cie"}).size() == 3);
  CHECK(w.numbers({.search = "client 00017"}) == Numbers{"D-000017"});
  CHECK(w.numbers({.search = "D-000006"}) == Numbers{"D-000006"});
  CHECK(w.numbers({.search = "06/2023"}).size() >= 1);
  CHECK(w.numbers({.search = "absent"}).empty());
  CHECK(w.numbers({.only_open = true}).size() == 8);
  const Id lea = w.office.add_staff("lea", "agent");
  w.assign(lea, {*find_case(w.office.db(), "D-000006")});
  CHECK(w.numbers({.holder = "lea"}) == Numbers{"D-000006"});
  CHECK_THROWS_AS(w.numbers({.creditor = "negoce"}), Failure);
  CHECK_THROWS_AS(w.numbers({.holder = "nobody"}), Failure);
}

TEST_CASE(
    "a case's balance follows from entries, received money and claims without an entry, never from what "
    "agents declare") {
  CaseWorld w;
  const auto c = w.add_case();
  CHECK(w.one(c.case_id).facts.balance_cents == 0);
  w.entry(c.case_id, 10000, "F1");
  const Id shown = w.entry(c.case_id, -3000, "R1");
  CHECK(w.one(c.case_id).facts.balance_cents == 7000);
  w.payment(c.case_id, 500, "declared");
  CHECK(w.one(c.case_id).facts.balance_cents == 7000);
  const Id received = w.payment(c.case_id, 1000, "received");
  CHECK(w.one(c.case_id).facts.balance_cents == 6000);
  w.payment(c.case_id, 400, "received", Null{}, received);  // corrects it
  CHECK(w.one(c.case_id).facts.balance_cents == 6600);
  const Id known = w.payment(c.case_id, 3000, "received");
  CHECK(w.one(c.case_id).facts.balance_cents == 3600);
  const Id joined = w.random.row_id(w.clock.now());  // the ledger's entry is this payment
  w.office.edit(w.office.system(), {insert_op("allocation", joined,
                                              {{"case_id", c.case_id},
                                               {"payment_id", known},
                                               {"entry_id", shown},
                                               {"amount_cents", std::int64_t{3000}}})});
  CHECK(w.one(c.case_id).facts.balance_cents == 6600);
  w.claim(c.case_id, 50, "2026-01-01");
  CHECK(w.one(c.case_id).facts.balance_cents == 6650);
}

TEST_CASE("a case's claims: credits are set against the oldest; its days count from the oldest still asked") {
  CaseWorld w;
  const auto c = w.add_case();
  const Id old = w.claim(c.case_id, 1000, "2026-01-01");
  const Id young = w.claim(c.case_id, 2000, "2026-11-01");
  w.entry(c.case_id, -1500, "R1");
  w.entry(c.case_id, -9000, "A1", "419100");  // an advance belongs to its own order
  const CaseLine line = w.one(c.case_id);
  CHECK(line.due_on == "2026-11-01");
  CHECK(line.days_past_due == 20);
  CHECK(line.asked_cents == 1500);
  const auto json = case_json(w.office.db(), line);
  for (const auto& claim : json.at("rows").at("claim").as_array())
    CHECK(claim.at("open_cents").as_int64() ==
          (claim.at("id").as_string() == std::string_view(old.text()) ? 0 : 1500));
  CHECK(json.at("days_past_due").as_int64() == 20);
  static_cast<void>(young);
}

TEST_CASE("one case shows every row on it, of every table that has rows of a case") {
  CaseWorld w;
  const auto c = w.add_case();
  const Id paul = w.office.add_staff("paul", "agent");
  w.assign(paul, {c.case_id});
  w.claim(c.case_id, 1000, "2026-01-01");
  const std::vector<sync::Op> ops{
      insert_op(
          "contact_point", w.random.row_id(w.clock.now()),
          {{"debtor_id", c.debtor}, {"type", std::string("phone")}, {"value", std::string("+33100000000")}}),
      insert_op("contact_event", w.random.row_id(w.clock.now()),
                {{"case_id", c.case_id},
                 {"outcome", std::string("reached")},
                 {"note", std::string("rappelle \x1b[31m lundi")}})};
  REQUIRE(w.office.edit(paul, ops).status == sync::Status::applied);
  const CaseLine line = w.one(c.case_id);
  const auto json = case_json(w.office.db(), line);
  for (const schema::Table& t : schema::business_tables())
    CHECK(json.at("rows").as_object().contains(t.name) ==
          (t.way != schema::Way::common && t.way != schema::Way::office));
  for (const char* table : {"debtor", "case_file", "assignment", "claim", "contact_point", "contact_event"})
    CHECK(json.at("rows").at(table).as_array().size() == 1);
  CHECK(json.at("holder") == "paul");
  const std::string text = case_text(w.office.db(), line);
  CHECK(text.find("+33100000000") != std::string::npos);
  CHECK(text.find("lundi") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("held by paul") != std::string::npos);
  CHECK_THROWS_AS(one_case(w.office.db(), "D-404", kToday), Failure);
}

TEST_CASE("assign hands over, joins with also, and names the devices that have not synced lately") {
  CaseWorld w;
  w.import_both();
  const Id paul = w.office.add_staff("paul", "agent"), lea = w.office.add_staff("lea", "agent");
  const auto device = w.add_device(paul);
  device->sync();
  const std::vector<Id> all = w.ids({.only_open = true});
  CHECK(w.assign(paul, all).assigned == 8);
  CHECK(w.assign(paul, all).kept == 8);
  device->sync();
  CHECK(device->count("SELECT count(*) FROM case_file") == 8);

  const AssignReport joined = w.assign(lea, {all[0]}, true);
  CHECK(joined.assigned == 1);
  CHECK(joined.taken == 0);
  CHECK(w.one(all[0]).holder() == "lea, paul");

  const AssignReport over = w.assign(lea, {all[0], all[1]});
  CHECK(over.assigned == 1);
  CHECK(over.kept == 1);
  CHECK(over.taken == 2);
  CHECK(over.silent.empty());  // it synced a moment ago
  w.clock.advance(kLatelyMs + 60'000);
  const AssignReport late = w.assign(lea, {all[2]});
  REQUIRE(late.silent.size() == 1);
  CHECK(late.silent[0].id == device->id());
  CHECK(late.silent[0].owner == "paul");
  device->sync();
  CHECK(device->count("SELECT count(*) FROM case_file") == 5);
  CHECK(device->differing_buckets() == 0);

  AssignReport back;
  w.committer.commit([&](Ledger& ledger) {
    back = unassign_cases(ledger, w.system, paul, cases_held_by(ledger.db(), paul), kToday);
  });
  CHECK(back.taken == 5);
  CHECK(cases_held_by(w.office.db(), paul).empty());
  CHECK(cases_held_by(w.office.db(), lea).size() == 3);
}

TEST_CASE("only agents hold cases; a forbidden hand-over changes nothing") {
  CaseWorld w;
  const auto c = w.add_case();
  const Id nadia = w.office.add_staff("nadia", "clerk"), paul = w.office.add_staff("paul", "agent");
  CHECK_THROWS_AS(w.assign(nadia, {c.case_id}), Failure);
  w.system = {.staff_id = paul, .role = schema::agent};  // an agent gives himself a case
  CHECK_THROWS_AS(w.assign(paul, {c.case_id}), Failure);
  CHECK(w.office.count("SELECT count(*) FROM assignment") == 0);
}

TEST_CASE("more cases than one edit holds are handed over in one commit") {
  CaseWorld w;
  const Id paul = w.office.add_staff("paul", "agent"), lea = w.office.add_staff("lea", "agent");
  std::vector<Id> cases;
  for (int i = 0; i < 600; ++i) cases.push_back(w.add_case().case_id);
  CHECK(w.assign(paul, cases).assigned == 600);
  CHECK(w.assign(lea, cases).taken == 600);  // 1,200 operations
  CHECK(w.office.count("SELECT count(*) FROM mutation_log WHERE intent = 'case.assign'") == 3);
  CHECK(cases_held_by(w.office.db(), lea).size() == 600);
}

TEST_CASE("case numbers pass over those given by hand") {
  CaseWorld w;
  const Id debtor = w.office.add_debtor("X");
  w.office.add_case(w.creditor, debtor, "D-000002");
  Numbers given;
  w.committer.commit([&](Ledger& ledger) {
    CaseNumbers numbers(ledger.db());
    given = {numbers.next(), numbers.next()};
    numbers.save();
  });
  CHECK(given == Numbers{"D-000001", "D-000003"});
  CHECK(CaseNumbers(w.office.db()).next() == "D-000004");
}

namespace {

struct ConflictWorld : CaseWorld {
  Id paul = office.add_staff("paul", "agent"), lea = office.add_staff("lea", "agent"),
     nadia = office.add_staff("nadia", "clerk");
  CaseIds c = add_case();
  std::unique_ptr<TestDevice> a, b;
  ConflictWorld() {
    assign(paul, {c.case_id});
    assign(lea, {c.case_id}, true);
    a = add_device(paul);
    b = add_device(lea);
    a->sync();
    b->sync();
    a->edit({update_op("debtor", c.debtor, {{"legal_name", std::string("Paul SARL")}})});
    clock.advance(60'000);
    b->edit({update_op("debtor", c.debtor, {{"legal_name", std::string("Lea SA")}})});
    a->sync();
    b->sync();
  }
  sync::Status resolve(const std::vector<std::string>& take) {
    const auto conflicts = open_conflicts(office.db());
    REQUIRE(conflicts.size() == 1);
    return office.edit(nadia, resolution_ops(conflicts[0], choose(conflicts[0], take)), "conflict.resolve")
        .status;
  }
  std::string name() { return std::get<std::string>(office.value("debtor", c.debtor, "legal_name")); }
};

}  // namespace

TEST_CASE("conflicts: one entry a row and unit, the current value first, all with author and time") {
  ConflictWorld w;
  const auto conflicts = open_conflicts(w.office.db());
  REQUIRE(conflicts.size() == 1);
  const ConflictEntry& one = conflicts[0];
  CHECK(one.unit->name == "legal_name");
  CHECK_FALSE(one.is_late);
  REQUIRE(one.sides.size() == 2);
  CHECK(one.sides[0].is_current);
  CHECK(one.sides[0].author == "paul");
  CHECK(one.sides[0].values == std::vector<Value>{std::string("Paul SARL")});
  CHECK(one.sides[1].author == "lea");
  CHECK(one.sides[1].edited_at == one.sides[0].edited_at + 60'000);
  const auto json = conflict_json(one);
  CHECK(json.at("sides").at(0).at("content").at("legal_name") == "Paul SARL");
  CHECK(json.at("kind") == "concurrent");
  const std::string text = conflict_text(one);
  CHECK(text.find("by lea") != std::string::npos);
  CHECK(text.find("held now") == std::string::npos);
}

TEST_CASE("conflict resolve: current, proposed, a side by its id, another value") {
  ConflictWorld w;
  SECTION("current") {
    CHECK(w.resolve({"current"}) == sync::Status::applied);
    CHECK(w.name() == "Paul SARL");
  }
  SECTION("proposed") {
    CHECK(w.resolve({"proposed"}) == sync::Status::applied);
    CHECK(w.name() == "Lea SA");
  }
  SECTION("a side") {
    CHECK(w.resolve({open_conflicts(w.office.db())[0].sides[1].id.text()}) == sync::Status::applied);
    CHECK(w.name() == "Lea SA");
  }
  SECTION("another value") {
    CHECK(w.resolve({"legal_name=Paul et Lea"}) == sync::Status::applied);
    CHECK(w.name() == "Paul et Lea");
    CHECK(w.office.count("SELECT count(*) FROM conflict WHERE resolution = 'other'") == 1);
  }
  CHECK(open_conflicts(w.office.db()).empty());
  w.a->sync();
  w.b->sync();
  CHECK(w.a->value("debtor", w.c.debtor, "legal_name") == w.b->value("debtor", w.c.debtor, "legal_name"));
  CHECK(w.a->differing_buckets() == 0);
  CHECK(w.b->differing_buckets() == 0);
}

TEST_CASE("conflict resolve: what is no choice is said, and of several proposals one is named") {
  ConflictWorld w;
  const Id third = w.office.add_staff("max", "agent");
  w.assign(third, {w.c.case_id}, true);
  const ConflictEntry one = open_conflicts(w.office.db())[0];
  CHECK_THROWS_AS(choose(one, {"perhaps"}), Failure);
  CHECK_THROWS_AS(choose(one, {"trade_name=X"}), Failure);
  CHECK_THROWS_AS(choose(one, {"current", "proposed"}), Failure);
  auto d = w.add_device(third);
  d->sync();
  d->edit({update_op("debtor", w.c.debtor, {{"legal_name", std::string("Max SAS")}})});
  w.office.edit(w.office.system(),
                {update_op("debtor", w.c.debtor, {{"legal_name", std::string("Bureau")}})});
  d->sync();
  const auto conflicts = open_conflicts(w.office.db());
  REQUIRE(conflicts.size() == 1);  // the third value joined the first two
  CHECK(conflicts[0].sides.size() == 3);
  CHECK_THROWS_AS(choose(conflicts[0], {"proposed"}), Failure);
  CHECK(conflict_text(conflicts[0]).find("held now: legal_name = Bureau") != std::string::npos);
  CHECK(w.resolve({"current"}) == sync::Status::applied);
  CHECK(w.name() == "Bureau");
}

TEST_CASE("conflicts: late work of someone who had lost the case is marked") {
  ConflictWorld w;
  w.resolve({"current"});
  w.b->sync();
  w.b->edit({update_op("case_file", w.c.case_id, {{"priority", std::int64_t{7}}})});
  w.assign(w.paul, {w.c.case_id});
  w.b->sync();
  const auto conflicts = open_conflicts(w.office.db());
  REQUIRE(conflicts.size() == 1);
  CHECK(conflicts[0].is_late);
  CHECK(conflict_text(conflicts[0]).find("late") != std::string::npos);
  CHECK(w.resolve({"proposed"}) == sync::Status::applied);
  CHECK(w.office.value("case_file", w.c.case_id, "priority") == Value{std::int64_t{7}});
}
