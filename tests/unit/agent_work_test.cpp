// The agent's day over real replicas and the real office: contacts, agreements, tasks, messages, the one list.
#include "client/agent_work.h"

#include <algorithm>

#include "client/listing.h"
#include "host/failure.h"
#include "host/work_lists.h"
#include "host/work_query.h"
#include "schema/amounts.h"
#include "server/assignment.h"
#include "server/case_view.h"
#include "server/office_work.h"
#include "sync/codec.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using relance::client::AgentWork;
using relance::client::Recorded;
using relance::client::Work;
using relance::client::WorkRefusal;

namespace {

const std::string kToday = "2026-11-18";  // a Wednesday, 12:06 in Paris
constexpr Ms kOneDayMs = 86'400'000;

struct Rule {
  const char* code;
  std::int64_t amount;
};
constexpr Rule kRules[] = {{"limitation_trade_months", 60},
                           {"limitation_consumer_months", 24},
                           {"limitation_title_months", 120},
                           {"limitation_longest_months", 240},
                           {"limitation_conciliation_months", 6},
                           {"limitation_warn_days", 30},
                           {"promise_grace_days", 3},
                           {"contact_warn_count", 3},
                           {"contact_block_count", 4},
                           {"contact_window_days", 7},
                           {"contact_from_minute", 480},
                           {"contact_until_minute", 1200},
                           {"contact_saturday_from_minute", 540},
                           {"contact_saturday_until_minute", 780},
                           {"clock_skew_minutes", 5},
                           {"escalation_due_working_days", 2},
                           {"pre_due_from_days", 10},
                           {"pre_due_until_days", 3},
                           {"inbound_warn_days", 3},
                           {"hearing_warn_days", 30},
                           {"note_max_characters", 500}};

struct DayWorld : World {
  Id paul = office.add_staff("paul", "agent"), lea = office.add_staff("lea", "agent"),
     nadia = office.add_staff("nadia", "clerk");
  CaseIds c = add_case();
  std::unique_ptr<TestDevice> a;

  explicit DayWorld(std::uint64_t seed = 1) : World(seed) {
    for (const Rule& rule : kRules)
      if (office.count("SELECT count(*) FROM dated_rule WHERE code = '" + std::string(rule.code) + "'") == 0)
        write("dated_rule", {{"code", std::string(rule.code)},
                             {"valid_from", std::string("2000-01-01")},
                             {"amount", rule.amount}});
    office.assign(c.case_id, paul);
    claim(c.case_id, 100'000, "2026-09-30", "F-1");
    a = add_device(paul);
    a->sync();
  }

  Id write(std::string_view table, std::initializer_list<std::pair<std::string_view, Value>> columns) {
    const Id id = random.row_id(clock.now());
    REQUIRE(office.edit(office.system(), {insert_op(table, id, columns)}).status == sync::Status::applied);
    return id;
  }
  Id claim(const Id& case_id, std::int64_t cents, const std::string& due_on, const std::string& piece) {
    return write("claim",
                 {{"case_id", case_id}, {"gross_cents", cents}, {"due_on", due_on}, {"piece_ref", piece}});
  }
  AgentWork work(TestDevice& device, const std::string& today = kToday) {
    return {device.replica(), device.db(), random, today};
  }
  AgentWork work() { return work(*a); }
  Id agency() {
    const Id mandate = write("mandate", {{"creditor_id", creditor},
                                         {"capacity", std::string("agency")},
                                         {"signed_on", std::string("2026-01-05")}});
    REQUIRE(
        office.edit(office.system(), {update_op("case_file", c.case_id, {{"mandate_id", mandate}})}).status ==
        sync::Status::applied);
    return mandate;
  }
};

Recorded done(const Work& outcome) {
  if (const auto* refusal = std::get_if<WorkRefusal>(&outcome)) FAIL(refusal->code);
  return std::get<Recorded>(outcome);
}
std::string refused(const Work& outcome) {
  const auto* refusal = std::get_if<WorkRefusal>(&outcome);
  return refusal == nullptr ? "" : refusal->code;
}
std::vector<std::string> numbers_of(const auto& lines) {
  std::vector<std::string> out;
  for (const auto& line : lines) out.push_back(line.facts.number + " " + std::string(name_of(line.reason)));
  return out;
}

}  // namespace

// ---- know and plan ------------------------------------------------------------------------------------------------

TEST_CASE("R01: two agents add different telephone numbers offline: both are there, each with its source",
          "[R01]") {
  DayWorld w;
  w.office.assign(w.c.case_id, w.lea);
  const auto b = w.add_device(w.lea);
  b->sync();
  w.a->edit({insert_op("contact_point", w.random.row_id(w.clock.now()),
                       {{"debtor_id", w.c.debtor},
                        {"type", std::string("mobile")},
                        {"value", std::string("+33612345678")},
                        {"source", std::string("appel")}})});
  b->edit({insert_op("contact_point", w.random.row_id(w.clock.now()),
                     {{"debtor_id", w.c.debtor},
                      {"type", std::string("phone")},
                      {"value", std::string("+33144556677")},
                      {"source", std::string("annuaire")}})});
  w.a->sync();
  b->sync();
  w.a->sync();
  for (TestDevice* device : {w.a.get(), b.get()})
    CHECK(sql::text(
              device->db(),
              "SELECT group_concat(source, ',') FROM (SELECT source FROM contact_point ORDER BY source)") ==
          "annuaire,appel");
  CHECK(w.office.count("SELECT count(*) FROM contact_point") == 2);
}

TEST_CASE("R01: the search finds number, name without accents, SIREN, telephone and piece", "[R01]") {
  DayWorld w;
  const Id other = w.office.add_debtor("Société Générale d'Électricité");
  const Id case_id = w.office.add_case(w.creditor, other, "D-000777");
  w.office.assign(case_id, w.paul);
  w.claim(case_id, 5'000, "2026-10-01", "FAC/2026/0042");
  REQUIRE(
      w.office.edit(w.office.system(), {update_op("debtor", other, {{"siren", std::string("552032534")}})})
          .status == sync::Status::applied);
  w.write("contact_point",
          {{"debtor_id", other}, {"type", std::string("mobile")}, {"value", std::string("+33612345678")}});
  w.a->sync();
  for (const char* search : {"D-000777", "generale electricite", "GÉNÉRALE", "552 032 534", "552032534",
                             "06 12 34 56 78", "0612345678", "+33 6 12 34 56 78", "fac/2026/0042", "0042"}) {
    CAPTURE(search);
    CHECK(find_cases(w.a->db(), search) == std::vector<Id>{case_id});
    CHECK(find_cases(w.office.db(), search) == std::vector<Id>{case_id});
    const auto found = client::list_cases(w.a->db(), {.search = search}, kToday);
    REQUIRE(found.size() == 1);
    CHECK(found[0].facts.number == "D-000777");
  }
  CHECK(find_cases(w.a->db(), "absent").empty());
}

TEST_CASE("R12: the same data and day make the same list on the agent's machine and at the office", "[R12]") {
  DayWorld w;
  std::vector<World::CaseIds> cases{w.c};
  for (int i = 0; i < 11; ++i) {
    cases.push_back(w.add_case());
    w.office.assign(cases.back().case_id, w.paul);
    w.claim(cases.back().case_id, 10'000 + i * 777,
            i % 3 == 0 ? "2026-11-24" : "2026-06-0" + std::to_string(i % 9 + 1), "P" + std::to_string(i));
  }
  const auto on = [&](std::size_t i) { return cases[i].case_id; };
  w.claim(on(2), 900, "2024-12-01",
          "alt");  // barred in 13 days: nobody has said that the debtor is a company
  w.write("promise", {{"case_id", on(3)}, {"amount_cents", 500}, {"due_on", std::string("2026-11-18")}});
  w.write("task",
          {{"case_id", on(4)}, {"kind", std::string("call_back")}, {"due_on", std::string("2026-11-17")}});
  w.write("task",
          {{"case_id", on(5)}, {"kind", std::string("letter")}, {"due_on", std::string("2026-11-20")}});
  w.write("legal_step",
          {{"case_id", on(6)}, {"kind", std::string("hearing")}, {"planned_on", std::string("2026-11-19")}});
  w.write("moratorium", {{"case_id", on(7)},
                         {"source", std::string("judge")},
                         {"valid_from", std::string("2026-11-01")},
                         {"valid_to", std::string("2027-11-01")}});
  const Id plan =
      w.write("payment_plan", {{"case_id", on(8)}, {"total_cents", 1'000}, {"state", std::string("active")}});
  w.write("instalment", {{"case_id", on(8)},
                         {"plan_id", plan},
                         {"position", 1},
                         {"due_on", std::string("2026-11-18")},
                         {"amount_cents", 1'000}});
  w.write("contact_event",
          {{"case_id", on(9)}, {"outcome", std::string("reached")}, {"happened_at", w.clock.now()}});
  w.a->sync();
  const std::string days[] = {kToday, "2026-11-26", "2026-12-20"};
  for (const std::string& day : days) {
    CAPTURE(day);
    const auto here = client::list_cases(w.a->db(), {}, day);
    const auto there = server::list_cases(w.office.db(), {}, day);
    CHECK(here.size() == 12);
    CHECK(numbers_of(here) == numbers_of(there));
    for (std::size_t i = 0; i < here.size(); ++i) {
      CHECK(client::reason_of(Lang::en, here[i]) == server::reason_text(there[i]));
      CHECK(here[i].expected_cents == there[i].expected_cents);
    }
  }
  const auto list = numbers_of(client::list_cases(w.a->db(), {}, kToday));
  CHECK(list[0] == "C-7 legal");
  CHECK(list[1] == "C-3 limitation");
  CHECK(list[2] == "C-5 call_back");
  CHECK(list[3] == "C-6 answer_due");
  CHECK(list[4] == "C-4 promise_due");
  CHECK(list.back() == "C-8 stopped");
  // A week later the promise and the instalment have failed.
  const auto later = numbers_of(client::list_cases(w.a->db(), {}, "2026-11-26"));
  CHECK(std::find(later.begin(), later.end(), "C-4 broken_promise") != later.end());
  CHECK(std::find(later.begin(), later.end(), "C-9 missed_instalment") != later.end());
}

TEST_CASE("R12: one case says of itself what the list says of it", "[R12]") {
  DayWorld w;
  w.write(
      "task",
      {{"case_id", w.c.case_id}, {"kind", std::string("call_back")}, {"due_on", std::string("2026-11-17")}});
  w.a->sync();
  const auto one = client::one_case(w.a->db(), w.c.case_id, kToday);
  CHECK(one.reason == RankReason::call_back);
  CHECK(one.days == -1);
  CHECK(client::reason_of(Lang::fr, one) == "à rappeler, 1 jour de retard");
}

TEST_CASE("the agent's list by filters: due today, promised, without contact, stage, creditor", "[R12]") {
  DayWorld w;
  const auto second = w.add_case();
  w.office.assign(second.case_id, w.paul);
  w.claim(second.case_id, 1'000, "2026-10-01", "F-2");
  w.a->sync();
  auto work = w.work();
  done(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  done(work.record_promise(second.case_id, 1'000, "2026-11-30", "", ""));
  done(work.add_task(w.c.case_id, {"follow_up", kToday}, {}));
  const auto list = [&](const client::CaseQuery& query) {
    std::vector<std::string> out;
    for (const auto& line : client::list_cases(w.a->db(), query, kToday)) out.push_back(line.facts.number);
    return out;
  };
  using Numbers = std::vector<std::string>;
  CHECK(list({.due_today = true}) == Numbers{"C-1"});
  CHECK(list({.promised = true}) == Numbers{"C-2"});
  CHECK(list({.no_contact_days = 1}) == Numbers{"C-2"});
  CHECK(list({.no_contact_days = 0}).size() == 2);
  CHECK(list({.creditor = "meunier"}).size() == 2);
  CHECK(list({.creditor = "dupont"}).empty());
  CHECK(list({.stage = "litigation"}).empty());
}

TEST_CASE("R13: the agent's own figure is the office's after a sync", "[R13]") {
  DayWorld w;
  const Id received = w.write("payment", {{"case_id", w.c.case_id},
                                          {"amount_cents", 12'300},
                                          {"paid_on", std::string("2026-11-17")},
                                          {"state", std::string("received")}});
  w.write("payment", {{"case_id", w.c.case_id},
                      {"amount_cents", 12'000},
                      {"paid_on", std::string("2026-11-17")},
                      {"state", std::string("received")},
                      {"amends_id", received}});
  server::DirectCommitter(w.office.ledger()).commit([&](server::Ledger& ledger) {
    const server::Author nadia{.staff_id = w.nadia, .role = schema::clerk};
    CHECK(server::set_target(ledger, nadia, w.paul, "2026-11-01", {.contacts = 600}).status ==
          sync::Status::applied);
    CHECK(server::set_target(ledger, nadia, w.paul, "2026-11-01", {.cash_cents = 4'000'000}).status ==
          sync::Status::applied);
  });
  w.a->sync();
  auto work = w.work();
  done(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  const Recorded reached =
      done(work.record_call({.case_id = w.c.case_id, .outcome = "reached", .right_party = true}));
  done(work.record_call({.case_id = w.c.case_id,
                         .outcome = "promise",
                         .right_party = true,
                         .promise_cents = 5'000,
                         .promise_by = "2026-11-25",
                         .amends = reached.row}));
  w.a->sync();
  const Month month = server::month_named("2026-11");
  const Progress here = progress_of(w.a->db(), w.paul, month),
                 there = progress_of(w.office.db(), w.paul, month);
  CHECK(here.contacts == 1);  // the corrected one counts once
  CHECK(here.promises == 1);
  CHECK(here.cash_cents == 12'000);
  CHECK(here.contacts == there.contacts);
  CHECK(here.promises == there.promises);
  CHECK(here.cash_cents == there.cash_cents);
  REQUIRE(here.target);
  CHECK(here.target->contacts == 600);
  CHECK(here.target->cash_cents == 4'000'000);
  CHECK(progress_of(w.a->db(), w.paul, server::month_named("2026-10")).contacts == 0);
  CHECK_THROWS_AS(server::month_named("2026-13"), Failure);
}

// ---- contact ------------------------------------------------------------------------------------------------------

TEST_CASE("R14: the fourth outbound call in seven days is blocked, whoever made the others; grounds lift it",
          "[R14]") {
  DayWorld w;
  w.office.assign(w.c.case_id, w.lea);
  const auto b = w.add_device(w.lea);
  b->sync();
  auto hers = w.work(*b);
  for (int i = 0; i < 2; ++i) done(hers.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  b->sync();
  auto work = w.work();
  CHECK(work.check_call(w.c.case_id, false, false).findings.empty());  // not heard of yet: a lower bound
  w.a->sync();
  const auto third = work.check_call(w.c.case_id, false, false);
  REQUIRE(third.findings.size() == 1);
  CHECK(third.findings[0].bar == ContactBar::often);
  CHECK(third.facts.outbound == 2);
  CHECK(third.facts.answered == 0);
  done(work.record_call({.case_id = w.c.case_id, .outcome = "voicemail"}));
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"})) ==
        "contact_needs_grounds");
  const Recorded kept = done(
      work.record_call({.case_id = w.c.case_id, .outcome = "no_answer", .why = "il a demandé ce rappel"}));
  CHECK(std::get<std::string>(w.a->value("contact_event", kept.row, "note")) ==
        "[contact.too_often: il a demandé ce rappel]");
  done(
      work.record_call({.case_id = w.c.case_id, .outcome = "reached", .right_party = true, .inbound = true}));
  w.clock.advance(8 * kOneDayMs);
  CHECK(w.work(*w.a, "2026-11-26").check_call(w.c.case_id, false, false).facts.outbound == 0);
}

TEST_CASE("R15 R19: an agency's case shows reference and date of its letter, or may not be called",
          "[R15][R19]") {
  DayWorld w;
  w.agency();
  w.a->sync();
  auto work = w.work();
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"})) == "contact_forbidden");
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer", .why = "urgent"})) ==
        "contact_forbidden");
  const auto check = work.check_call(w.c.case_id, false, false);
  CHECK(client::finding_texts(Lang::en, check)[0].starts_with("No letter sent: call not allowed."));
  w.write("letter", {{"case_id", w.c.case_id},
                     {"kind", std::string("agency_notice")},
                     {"state", std::string("sent")},
                     {"number", std::string("L-2026-0007")},
                     {"issued_on", std::string("2026-11-09")},
                     {"sent_on", std::string("2026-11-10")}});
  w.a->sync();
  const auto after = work.check_call(w.c.case_id, false, false);
  CHECK(after.findings.empty());
  REQUIRE(after.facts.letter);
  CHECK(after.facts.letter->number == "L-2026-0007");
  CHECK(after.facts.letter->sent_on == "2026-11-10");
  const Recorded call =
      done(work.record_call({.case_id = w.c.case_id, .outcome = "reached", .right_party = true}));
  CHECK(w.a->value("contact_event", call.row, "letter_recalled") == Value{std::string("L-2026-0007")});
  const Recorded silent = done(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  CHECK(is_null(w.a->value("contact_event", silent.row, "letter_recalled")));
}

TEST_CASE("R15: a mandate that has ended forbids the call, as it forbids letters", "[R15]") {
  DayWorld w;
  const Id mandate = w.agency();
  w.write("letter", {{"case_id", w.c.case_id},
                     {"kind", std::string("agency_notice")},
                     {"state", std::string("sent")},
                     {"number", std::string("L-2026-0007")},
                     {"sent_on", std::string("2026-11-10")}});
  const auto ends = [&](const std::string& last_day) {
    REQUIRE(
        w.office.edit(w.office.system(), {update_op("mandate", mandate, {{"valid_to", last_day}})}).status ==
        sync::Status::applied);
    w.a->sync();
  };
  auto work = w.work();
  ends(kToday);
  CHECK(work.check_call(w.c.case_id, false, false).findings.empty());
  ends("2026-11-17");
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer", .why = "urgent"})) ==
        "contact_forbidden");
  const auto check = work.check_call(w.c.case_id, false, false);
  CHECK(client::finding_texts(Lang::fr, check)[0].find("CPCE R124-3") != std::string::npos);
  done(
      work.record_call({.case_id = w.c.case_id, .outcome = "reached", .right_party = true, .inbound = true}));
  // A case that names no mandate is worked under the creditor's: one that has ended is none.
  REQUIRE(w.office.edit(w.office.system(), {update_op("case_file", w.c.case_id, {{"mandate_id", Null{}}})})
              .status == sync::Status::applied);
  w.a->sync();
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"})) == "contact_forbidden");
}

TEST_CASE(
    "R17: a call is one edit with its next step and promise; its time and the office's receipt are both kept",
    "[R17]") {
  DayWorld w;
  auto work = w.work();
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "reached"})) == "right_party_unknown");
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "promise", .right_party = true})) ==
        "promise_incomplete");
  const Ms called_at = w.clock.now();
  const Recorded call = done(work.record_call({.case_id = w.c.case_id,
                                               .outcome = "promise",
                                               .reason = "cash_flow",
                                               .spoke_to = "Mme Petit",
                                               .note = {"rappel si rien reçu"},
                                               .next = client::NextStep{"check_payment", "2026-11-26"},
                                               .promise_cents = 25'000,
                                               .promise_by = "2026-11-25",
                                               .means = "transfer"}));
  CHECK(w.a->count("SELECT count(*) FROM outbox") == 1);
  CHECK(w.a->count("SELECT count(*) FROM promise WHERE amount_cents = 25000 AND promised_by = 'Mme Petit'") ==
        1);
  CHECK(w.a->count("SELECT count(*) FROM task WHERE kind = 'check_payment' AND due_on = '2026-11-26'") == 1);
  w.clock.advance(3 * 3'600'000);
  w.a->sync();
  CHECK(w.a->status_of(call.n) == "applied");
  CHECK(w.office.value("contact_event", call.row, "happened_at") == Value{called_at});
  CHECK(w.office.count(
            "SELECT max(received_at - happened_at) FROM mutation_log WHERE intent = 'contact.call'") ==
        3 * 3'600'000);
}

TEST_CASE("R17: a wrong number is marked by the call that found it, never deleted", "[R17][R01]") {
  DayWorld w;
  const Id point = w.write(
      "contact_point",
      {{"debtor_id", w.c.debtor}, {"type", std::string("phone")}, {"value", std::string("+33144556677")}});
  w.a->sync();
  auto work = w.work();
  CHECK(refused(
            work.record_call({.case_id = w.c.case_id, .outcome = "wrong_number", .number = "0600000000"})) ==
        "no_such_number");
  done(work.record_call({.case_id = w.c.case_id, .outcome = "wrong_number", .number = "01 44 55 66 77"}));
  w.a->sync();
  CHECK(w.office.value("contact_point", point, "status") == Value{std::string("wrong")});
}

TEST_CASE("R52: calling the ward is blocked, the guardian may be called", "[R52]") {
  DayWorld w;
  w.write("party_role", {{"case_id", w.c.case_id},
                         {"role", std::string("guardian")},
                         {"name", std::string("UDAF du Rhône")},
                         {"contact", std::string("+33478000000")}});
  w.a->sync();
  auto work = w.work();
  CHECK(refused(work.record_call(
            {.case_id = w.c.case_id, .outcome = "reached", .right_party = true, .why = "urgent"})) ==
        "contact_forbidden");
  const Recorded call =
      done(work.record_call({.case_id = w.c.case_id, .outcome = "reached", .to_guardian = true}));
  CHECK(w.a->value("contact_event", call.row, "spoke_to") == Value{std::string("UDAF du Rhône")});
}

TEST_CASE("R53: a contact is never changed; a correction is a new one that names it and keeps its time",
          "[R53]") {
  DayWorld w;
  auto work = w.work();
  const Recorded first = done(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  CHECK(w.a->try_edit({update_op("contact_event", first.row, {{"outcome", std::string("reached")}})})
            .has_value());
  w.clock.advance(600'000);
  const Recorded second = done(work.record_call(
      {.case_id = w.c.case_id, .outcome = "reached", .right_party = true, .amends = first.row}));
  CHECK(refused(work.record_call({.case_id = w.c.case_id,
                                  .outcome = "no_answer",
                                  .amends = second.n == 0 ? first.row : w.paul})) == "no_such_contact");
  w.a->sync();
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 2);
  CHECK(w.office.value("contact_event", second.row, "amends_id") == Value{first.row});
  CHECK(w.office.value("contact_event", second.row, "happened_at") ==
        w.office.value("contact_event", first.row, "happened_at"));
  CHECK(work.check_call(w.c.case_id, false, false).facts.outbound ==
        1);  // one call, however often it is corrected
  CHECK(work.check_call(w.c.case_id, false, false).facts.answered == 1);
  sql::run(w.a->db(), "UPDATE contact_event SET outcome = 'refusal' WHERE id = ?1", second.row);
  CHECK(w.a->differing_buckets() == 1);  // a row altered behind the replica's back is found
}

TEST_CASE("R53: a correction keeps what it does not name, and asks no policy of what has happened", "[R53]") {
  DayWorld w;
  auto work = w.work();
  done(work.record_mail(w.c.case_id, "email", "2026-11-26", {"conteste la facture"}));
  const Id mail = *sql::id(w.a->db(), "SELECT id FROM contact_event");
  const Recorded corrected =
      done(work.record_call({.case_id = w.c.case_id, .reason = "dispute", .amends = mail}));
  const auto cell = [&](const Id& row, const char* column) {
    return w.a->value("contact_event", row, column);
  };
  CHECK(cell(corrected.row, "channel") == Value{std::string("email")});
  CHECK(cell(corrected.row, "direction") == Value{std::string("inbound")});
  CHECK(cell(corrected.row, "outcome") == Value{std::string("reached")});
  CHECK(cell(corrected.row, "note") == Value{std::string("conteste la facture")});
  CHECK(cell(corrected.row, "reason") == Value{std::string("dispute")});
  CHECK(cell(corrected.row, "happened_at") == cell(mail, "happened_at"));
  // Corrected once more by its first id: the newest wording is what it goes on from, and nothing counts twice.
  const Recorded again = done(work.record_call({.case_id = w.c.case_id,
                                                .outcome = "refusal",
                                                .inbound = false,
                                                .note = {"refuse de payer"},
                                                .amends = mail}));
  CHECK(cell(again.row, "amends_id") == Value{corrected.row});
  CHECK(cell(again.row, "reason") == Value{std::string("dispute")});
  CHECK(cell(again.row, "direction") == Value{std::string("outbound")});
  CHECK(cell(again.row, "note") == Value{std::string("refuse de payer")});
  // A promise that was taken in the call is not asked for again.
  const Recorded call = done(work.record_call({.case_id = w.c.case_id,
                                               .outcome = "promise",
                                               .spoke_to = "Mme Petit",
                                               .promise_cents = 5'000,
                                               .promise_by = "2026-11-25"}));
  // Meanwhile nobody may be called any more: what has happened is corrected all the same.
  w.write("insolvency_event", {{"debtor_id", w.c.debtor}, {"kind", std::string("liquidation")}});
  w.a->sync();
  CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer", .why = "urgent"})) ==
        "contact_forbidden");
  const Recorded note =
      done(work.record_call({.case_id = w.c.case_id, .note = {"a rappelé"}, .amends = call.row}));
  CHECK(cell(note.row, "outcome") == Value{std::string("promise")});
  CHECK(cell(note.row, "spoke_to") == Value{std::string("Mme Petit")});
  CHECK(w.a->count("SELECT count(*) FROM promise") == 1);
}

TEST_CASE("R23: reasons are a closed list; the report counts by code; a note is screened and limited",
          "[R23]") {
  DayWorld w;
  auto work = w.work();
  const auto call = [&](const std::string& reason, client::Note note = {}) {
    return work.record_call({.case_id = w.c.case_id,
                             .outcome = "refusal",
                             .reason = reason,
                             .right_party = true,
                             .inbound = true,
                             .note = std::move(note)});
  };
  CHECK(refused(call("no_money")) == "bad_value");
  done(call("cash_flow", {"rappellera lundi"}));
  done(call("cash_flow"));
  done(call("forgotten"));
  CHECK(w.a->count("SELECT count(*) FROM contact_event WHERE reason = 'cash_flow'") == 2);
  const Work flagged = call("hardship", {"il est très malade"});
  REQUIRE(refused(flagged) == "note_flagged");
  CHECK(std::get<WorkRefusal>(flagged).details == std::vector<std::string>{"health", "malade"});
  CHECK(client::refusal_text(Lang::fr, std::get<WorkRefusal>(flagged)).find("santé (malade)") !=
        std::string::npos);
  const Recorded kept = done(call("hardship", {"il est très malade", true}));
  REQUIRE(kept.flags.size() == 1);
  CHECK(kept.flags[0].flag == NoteFlag::health);
  CHECK(refused(call("other", {std::string(501, 'x')})) == "note_too_long");
  std::string accents;
  for (int i = 0; i < 500; ++i) accents += "é";
  done(call("other", {accents}));
}

TEST_CASE("R22: mail with its deadline becomes a task that shows three days before", "[R22]") {
  DayWorld w;
  auto work = w.work();
  done(work.record_mail(w.c.case_id, "letter", "2026-11-26", {"le conseil demande les pièces"}));
  CHECK(w.a->count("SELECT count(*) FROM contact_event WHERE direction = 'inbound' AND channel = 'letter'") ==
        1);
  CHECK(client::one_case(w.a->db(), w.c.case_id, "2026-11-22").reason == RankReason::past_due);
  CHECK(client::one_case(w.a->db(), w.c.case_id, "2026-11-23").reason == RankReason::answer_due);
}

TEST_CASE("R02: a fact without a source is refused; with one it keeps source, day and reliability", "[R02]") {
  DayWorld w;
  auto work = w.work();
  CHECK(refused(work.record_enquiry(w.c.case_id, "", kToday, "probable", {"siège transféré"})) ==
        "source_missing");
  CHECK(refused(work.record_enquiry(w.c.case_id, "  ", kToday, "probable", {"siège transféré"})) ==
        "source_missing");
  CHECK(refused(work.record_enquiry(w.c.case_id, "greffe", "", "probable", {"siège transféré"})) ==
        "source_missing");
  const Recorded fact =
      done(work.record_enquiry(w.c.case_id, "greffe de Lyon", kToday, "certain", {"siège transféré"}));
  w.a->sync();
  CHECK(w.office.value("enquiry", fact.row, "source") == Value{std::string("greffe de Lyon")});
  CHECK(w.office.value("enquiry", fact.row, "consulted_on") == Value{kToday});
  CHECK(w.office.value("enquiry", fact.row, "reliability") == Value{std::string("certain")});
  CHECK(w.a->try_edit({insert_op("enquiry", w.random.row_id(w.clock.now()),
                                 {{"debtor_id", w.c.debtor}, {"finding", std::string("x")}})})
            .has_value());
}

// ---- agreements ---------------------------------------------------------------------------------------------------

TEST_CASE("R24: a second open promise replaces the first and says so; both stay", "[R24]") {
  DayWorld w;
  auto work = w.work();
  const Recorded first = done(work.record_promise(w.c.case_id, 50'000, "2026-11-25", "cheque", "M. Roux"));
  CHECK_FALSE(first.replaces);
  const Recorded second = done(work.record_promise(w.c.case_id, 60'000, "2026-11-30", "", ""));
  CHECK(second.replaces == first.row);
  w.a->sync();
  CHECK(w.office.count("SELECT count(*) FROM promise") == 2);
  CHECK(w.office.value("promise", second.row, "amends_id") == Value{first.row});
  CHECK(refused(work.record_promise(w.c.case_id, 1, "2026-11-17", "", "")) == "day_is_past");
  CHECK(client::one_case(w.a->db(), w.c.case_id, kToday).reason ==
        RankReason::waiting);  // dunning pauses by itself
}

TEST_CASE("R24: a promise that has run out is not replaced by the next one", "[R24]") {
  DayWorld w;
  done(w.work().record_promise(w.c.case_id, 50'000, "2026-11-20", "", ""));
  w.clock.advance(6 * kOneDayMs);  // the grace ends on Wednesday the 25th
  const Recorded last_day =
      done(w.work(*w.a, "2026-11-25").record_promise(w.c.case_id, 9'000, "2026-11-30", "", ""));
  CHECK(last_day.replaces);
  DayWorld other;
  done(other.work().record_promise(other.c.case_id, 50'000, "2026-11-20", "", ""));
  other.clock.advance(8 * kOneDayMs);
  const Recorded late =
      done(other.work(*other.a, "2026-11-26").record_promise(other.c.case_id, 9'000, "2026-11-30", "", ""));
  CHECK_FALSE(late.replaces);
  CHECK(other.a->count("SELECT count(*) FROM promise WHERE amends_id IS NOT NULL") == 0);
}

TEST_CASE("R24: no promise is logged with a call for a day that is past, or by somebody who was not reached",
          "[R24][R17]") {
  DayWorld w;
  auto work = w.work();
  const auto call = [&](const char* outcome, const char* by, bool guardian) {
    return refused(work.record_call({.case_id = w.c.case_id,
                                     .outcome = outcome,
                                     .right_party = !guardian,
                                     .to_guardian = guardian,
                                     .promise_cents = 25'000,
                                     .promise_by = by}));
  };
  CHECK(call("promise", "2026-11-05", false) == "day_is_past");
  CHECK(call("no_answer", "2026-12-05", false) == "right_party_unknown");
  CHECK(call("promise", "2026-12-05", true) == "right_party_unknown");  // no guardian is known here
  CHECK(w.a->count("SELECT count(*) FROM promise") == 0);
}

TEST_CASE("R25: 1,000 in three is proposed with its parts, their sum and the balance that was seen",
          "[R25]") {
  DayWorld w;
  auto work = w.work();
  const client::PlanWish wish{
      .case_id = w.c.case_id, .count = 3, .first_on = "2026-11-30", .grounds = "trésorerie"};
  const auto draft = std::get<client::PlanDraft>(work.draft_plan(wish));
  CHECK(draft.total_cents == 100'000);
  REQUIRE(draft.instalments.size() == 3);
  CHECK(draft.instalments[0].amount_cents == 33'333);
  CHECK(draft.instalments[2].amount_cents == 33'334);
  CHECK(iso_text(draft.instalments[2].due_on) == "2027-01-30");
  CHECK_FALSE(draft.is_within_limit);
  CHECK(w.a->count("SELECT count(*) FROM payment_plan") == 0);  // only simulated
  const Recorded proposed = done(work.propose_plan(wish));
  w.a->sync();
  CHECK(w.a->status_of(proposed.n) == "applied");
  CHECK(w.office.count("SELECT sum(amount_cents) FROM instalment") == 100'000);
  CHECK(w.office.value("proposal", proposed.row, "balance_cents") == Value{std::int64_t{100'000}});
  CHECK(w.office.count("SELECT count(*) FROM payment_plan WHERE state = 'proposed' AND version = 1") == 1);
  CHECK(refused(work.propose_plan({.case_id = w.c.case_id, .count = 0, .first_on = "2026-11-30"})) ==
        "plan_impossible");
  REQUIRE(w.office
              .edit(w.office.system(), {update_op("staff", w.paul,
                                                  {{"plan_limit_cents", std::int64_t{100'000}},
                                                   {"plan_limit_months", std::int64_t{3}}})})
              .status == sync::Status::applied);
  w.a->sync();
  CHECK(std::get<client::PlanDraft>(work.draft_plan(wish)).is_within_limit);
}

TEST_CASE("R50: open proceedings refuse the plan and forbid the call; a cancelled judgment does not",
          "[R50]") {
  for (const char* kind : {"safeguard", "reorganisation", "liquidation", "other"}) {
    CAPTURE(kind);
    DayWorld w;
    const Id event = w.write("insolvency_event", {{"debtor_id", w.c.debtor}, {"kind", std::string(kind)}});
    w.a->sync();
    auto work = w.work();
    const Work plan = work.propose_plan({.case_id = w.c.case_id, .count = 3, .first_on = "2026-11-30"});
    REQUIRE(refused(plan) == "plan_refused");
    CHECK(std::get<WorkRefusal>(plan).details == std::vector<std::string>{"insolvency"});
    CHECK(refused(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer", .why = "urgent"})) ==
          "contact_forbidden");
    REQUIRE(
        w.office
            .edit(w.office.system(), {update_op("insolvency_event", event, {{"cancelled", std::int64_t{1}}})})
            .status == sync::Status::applied);
    w.a->sync();
    done(work.propose_plan({.case_id = w.c.case_id, .count = 3, .first_on = "2026-11-30"}));
    done(work.record_call({.case_id = w.c.case_id, .outcome = "no_answer"}));
  }
}

TEST_CASE("R25: a plan is of an amount that a row can hold, and its grounds are screened like any note",
          "[R25]") {
  DayWorld w;
  auto work = w.work();
  const auto propose = [&](std::int64_t cents, client::Note grounds) {
    return work.propose_plan({.case_id = w.c.case_id,
                              .total_cents = cents,
                              .count = 3,
                              .first_on = "2026-11-30",
                              .grounds = std::move(grounds)});
  };
  CHECK(refused(propose(schema::kCentsMax + 1, {})) == "amount_too_large");
  CHECK(refused(propose(9'000, {"il est malade"})) == "note_flagged");
  CHECK(done(propose(9'000, {"il est malade", true})).flags.size() == 1);
  CHECK(w.a->count("SELECT count(*) FROM proposal WHERE grounds = 'il est malade'") == 1);
}

TEST_CASE("R51: a plan on an admissible over-indebtedness file is refused with the reason", "[R51]") {
  DayWorld w;
  w.write("insolvency_event", {{"debtor_id", w.c.debtor},
                               {"kind", std::string("over_indebtedness")},
                               {"judged_on", std::string("2026-11-02")}});
  w.a->sync();
  auto work = w.work();
  const Work outcome = work.propose_plan({.case_id = w.c.case_id, .count = 3, .first_on = "2026-11-30"});
  REQUIRE(refused(outcome) == "plan_refused");
  CHECK(client::refusal_text(Lang::en, std::get<WorkRefusal>(outcome)).find("L722-5") != std::string::npos);
}

TEST_CASE("R26 R32: discounts and moratoria are proposals with the balance that their author saw",
          "[R26][R32]") {
  DayWorld w;
  auto work = w.work();
  done(work.propose_discount(w.c.case_id, 10'000, "2026-12-31", {"solde immédiat"}));
  w.clock.advance(60'000);
  done(work.propose_moratorium(w.c.case_id, "2027-01-31", {"récolte"}));
  CHECK(refused(work.propose_discount(w.c.case_id, 100'001, "2026-12-31", {"x"})) == "discount_senseless");
  REQUIRE(
      w.office
          .edit(w.office.system(), {update_op("staff", w.paul, {{"discount_limit_bp", std::int64_t{500}}})})
          .status == sync::Status::applied);
  w.a->sync();
  CHECK(refused(work.propose_discount(w.c.case_id, 10'000, "2026-12-31", {"x"})) == "discount_over_limit");
  const auto own = proposals_of(w.a->db(), w.paul);
  REQUIRE(own.size() == 2);
  CHECK(own[0].kind == "moratorium");
  CHECK(own[1].seen_cents == 100'000);
  CHECK(own[1].verdict.empty());
  w.write("decision", {{"case_id", w.c.case_id},
                       {"proposal_id", own[1].id},
                       {"verdict", std::string("refused")},
                       {"comment", std::string("trop tôt")}});
  w.a->sync();
  CHECK(proposals_of(w.a->db(), w.paul)[1].verdict == "refused");
  CHECK(proposals_of(w.a->db(), w.paul)[1].comment == "trop tôt");
}

TEST_CASE("R27: two agents' re-plans made offline are both proposals that wait for a decision", "[R27]") {
  DayWorld w;
  w.office.assign(w.c.case_id, w.lea);
  const auto b = w.add_device(w.lea);
  b->sync();
  auto mine = w.work(), hers = w.work(*b);
  done(mine.propose_plan({.case_id = w.c.case_id, .count = 3, .first_on = "2026-11-30"}));
  done(hers.propose_plan({.case_id = w.c.case_id, .count = 6, .first_on = "2026-12-15"}));
  w.a->sync();
  b->sync();
  w.a->sync();
  CHECK(w.office.count("SELECT count(*) FROM proposal WHERE kind = 'plan'") == 2);
  CHECK(w.office.count("SELECT count(*) FROM payment_plan WHERE state = 'proposed'") == 2);
  CHECK(w.office.count("SELECT count(*) FROM payment_plan WHERE state = 'active'") == 0);
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("R28: a dispute names its claim, and one of everything stops the case", "[R28]") {
  DayWorld w;
  const Id other = w.claim(w.c.case_id, 2'000, "2026-10-15", "F-2");
  w.a->sync();
  auto work = w.work();
  CHECK(refused(work.open_dispute(w.c.case_id, "F-9", "goods", {})) == "no_such_piece");
  const Recorded one = done(work.open_dispute(w.c.case_id, "F-2", "goods", {"livraison incomplète"}));
  CHECK(w.a->value("dispute", one.row, "claim_id") == Value{other});
  const auto line = client::one_case(w.a->db(), w.c.case_id, kToday);
  CHECK(line.reason == RankReason::past_due);  // the other claim is still asked
  CHECK(line.facts.balance_cents == 102'000);  // in the balance it stays
  done(work.open_dispute(w.c.case_id, "", "not_ordered", {}));
  CHECK(client::one_case(w.a->db(), w.c.case_id, kToday).reason == RankReason::waiting);
}

// ---- tasks and messages -------------------------------------------------------------------------------------------

TEST_CASE("tasks are noted, listed and closed; a deadline in law only with its result", "[R45]") {
  DayWorld w;
  auto work = w.work();
  const Recorded task =
      done(work.add_task(w.c.case_id, {"follow_up", "2026-11-20"}, {"vérifier le virement"}));
  CHECK(tasks_to_do(w.a->db(), kToday, w.paul).empty());
  CHECK(tasks_to_do(w.a->db(), "2026-11-20", w.paul).size() == 1);
  CHECK(tasks_to_do(w.a->db(), "", w.lea).empty());
  done(work.close_task(task.row, true, {"reçu"}));
  CHECK(tasks_to_do(w.a->db(), "", w.paul).empty());
  const Id legal = w.write("task", {{"case_id", w.c.case_id},
                                    {"kind", std::string("other")},
                                    {"due_on", std::string("2026-11-19")},
                                    {"legal", std::int64_t{1}}});
  w.a->sync();
  CHECK(client::one_case(w.a->db(), w.c.case_id, kToday).reason == RankReason::legal);
  CHECK(refused(work.close_task(legal, true, {})) == "result_missing");
  CHECK(refused(work.close_task(legal, false, {"sans objet"})) == "result_missing");
  done(work.close_task(legal, true, {"conclusions déposées"}));
  CHECK(refused(work.close_task(w.paul, true, {"x"})) == "no_such_task");
}

TEST_CASE(
    "R29: an escalation raised offline reaches the clerk at the first sync, once, and is red after two "
    "working days",
    "[R29]") {
  DayWorld w;
  auto work = w.work();
  const Recorded raised =
      done(work.tell_office(w.c.case_id, "escalation", "manager", "", {"inadapté à l'amiable"}));
  CHECK(escalations(w.office.db(), "", true).empty());
  w.a->sync_and_lose_answer();
  w.a->sync();
  const auto there = escalations(w.office.db(), "manager", true);
  REQUIRE(there.size() == 1);
  CHECK(there[0].id == raised.row);
  CHECK(there[0].raised_on == kToday);
  CHECK(there[0].author == "paul");
  // Wednesday, and two working days: seen by Friday, red from Saturday on.
  CHECK_FALSE(server::escalation_lines(w.office.db(), "", true, 2, "2026-11-20")[0].is_overdue);
  CHECK(server::escalation_lines(w.office.db(), "", true, 2, "2026-11-21")[0].is_overdue);
  server::DirectCommitter committer(w.office.ledger());
  const server::Author nadia{.staff_id = w.nadia, .role = schema::clerk};
  committer.commit([&](server::Ledger& ledger) {
    CHECK(server::acknowledge(ledger, nadia, raised.row).status == sync::Status::applied);
  });
  CHECK_FALSE(server::escalation_lines(w.office.db(), "", true, 2, "2026-11-30")[0].is_overdue);
  committer.commit([&](server::Ledger& ledger) {
    CHECK(server::answer(ledger, nadia, raised.row, "Passez au contentieux", "2026-11-23").status ==
          sync::Status::applied);
  });
  CHECK(escalations(w.office.db(), "manager", true).empty());
  w.a->sync();
  CHECK(w.a->value("escalation", raised.row, "answer") == Value{std::string("Passez au contentieux")});
}

TEST_CASE("R30: the digest of a service has what was written for it, and nothing of calls", "[R30]") {
  DayWorld w;
  auto work = w.work();
  done(work.record_call(
      {.case_id = w.c.case_id, .outcome = "reached", .right_party = true, .note = {"secret du téléphone"}}));
  done(work.tell_office(w.c.case_id, "notice", "sales", "", {"livraison F-1 contestée"}));
  CHECK(refused(work.tell_office(w.c.case_id, "notice", "sales", "", {"le gérant est dépressif"})) ==
        "note_flagged");
  w.a->sync();
  const auto digest = escalations(w.office.db(), "sales", true);
  REQUIRE(digest.size() == 1);
  CHECK(digest[0].message == "livraison F-1 contestée");
  for (const auto& one : digest) CHECK((one.message + one.answer).find("secret") == std::string::npos);
  CHECK_FALSE(server::escalation_lines(w.office.db(), "sales", true, 2, "2027-01-01")[0].is_overdue);
  CHECK(escalations(w.office.db(), "accounting", true).empty());
}

TEST_CASE("R55: a request taken offline on Friday is on the officer's list with Friday's date", "[R55]") {
  DayWorld w;
  const std::string friday = "2026-11-20";
  w.clock.advance(2 * kOneDayMs);
  auto work = w.work(*w.a, friday);
  done(work.tell_office(w.c.case_id, "escalation", "dpo", "", {"GDPR access"}));
  w.clock.advance(3 * kOneDayMs);  // the network is back on Monday
  w.a->sync();
  const auto list = escalations(w.office.db(), "dpo", true);
  REQUIRE(list.size() == 1);
  CHECK(list[0].raised_on == friday);
  CHECK(list[0].message == "GDPR access");
}

// ---- who holds what -----------------------------------------------------------------------------------------------

TEST_CASE(
    "R56: an agent who loses a case offline with three notes: they arrive, the case leaves, the next has all",
    "[R56]") {
  DayWorld w;
  auto work = w.work();
  for (const char* note : {"un", "deux", "trois"})
    done(work.record_call({.case_id = w.c.case_id,
                           .outcome = "reached",
                           .right_party = true,
                           .inbound = true,
                           .note = {note}}));
  server::DirectCommitter committer(w.office.ledger());
  const server::Author system{.staff_id = w.office.system(), .role = schema::office};
  committer.commit([&](server::Ledger& ledger) {
    CHECK(server::assign_cases(ledger, system, w.lea, {w.c.case_id}, false, kToday).taken == 1);
  });
  w.a->sync();
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 3);
  CHECK_FALSE(w.a->has("case_file", w.c.case_id));
  const auto b = w.add_device(w.lea);
  b->sync();
  CHECK(b->count("SELECT count(*) FROM contact_event WHERE note IN ('un', 'deux', 'trois')") == 3);
}

TEST_CASE("R56: a stand-in holds beside the holder and ends by itself after the last day", "[R56]") {
  DayWorld w;
  server::DirectCommitter committer(w.office.ledger());
  const server::Author system{.staff_id = w.office.system(), .role = schema::office};
  const auto assign = [&](const Id& staff, const std::string& until) {
    server::AssignReport report;
    committer.commit([&](server::Ledger& ledger) {
      report = server::assign_cases(ledger, system, staff, {w.c.case_id}, false, kToday, until);
    });
    return report;
  };
  const auto end = [&](const std::string& today) {
    std::int64_t ended = 0;
    committer.commit([&](server::Ledger& ledger) { ended = server::end_stand_ins(ledger, system, today); });
    return ended;
  };
  CHECK(assign(w.lea, "2026-11-27").taken == 0);
  const auto b = w.add_device(w.lea);
  b->sync();
  CHECK(b->has("case_file", w.c.case_id));
  CHECK(server::one_case(w.office.db(), "C-1", kToday).holder() == "lea, paul");
  CHECK(end("2026-11-27") == 0);
  CHECK(end("2026-11-28") == 1);
  CHECK(w.office.count(
            "SELECT count(*) FROM assignment WHERE reason = 'stand_in_over' AND valid_to = '2026-11-28'") ==
        1);
  CHECK(end("2026-11-28") == 0);
  b->sync();
  w.a->sync();
  CHECK_FALSE(b->has("case_file", w.c.case_id));
  CHECK(w.a->has("case_file", w.c.case_id));
}

TEST_CASE("R56: cases are given out by rule: postcode, amount, held by nobody", "[R56]") {
  DayWorld w;
  const auto big = w.add_case(), island = w.add_case();
  w.claim(big.case_id, 900'000, "2026-10-01", "B");
  w.claim(island.case_id, 1'000, "2026-10-01", "I");
  w.write("contact_point",
          {{"debtor_id", island.debtor}, {"type", std::string("post")}, {"postcode", std::string("97430")}});
  const auto numbers = [&](const server::CaseFilter& filter) {
    std::vector<std::string> out;
    for (const auto& line : server::list_cases(w.office.db(), filter, kToday))
      out.push_back(line.facts.number);
    return out;
  };
  using Numbers = std::vector<std::string>;
  CHECK(numbers({.postcode = "974"}) == Numbers{"C-3"});
  CHECK(numbers({.min_cents = 500'000}) == Numbers{"C-2"});
  CHECK(numbers({.max_cents = 1'000}) == Numbers{"C-3"});
  CHECK(numbers({.is_held = false}) == Numbers{"C-2", "C-3"});
  CHECK(numbers({.is_held = true}) == Numbers{"C-1"});
}

TEST_CASE("a list as CSV keeps numbers numbers and lets no cell become a formula") {
  client::Listing list({{"numéro"}, {"débiteur"}, {"solde", true}});
  list.add({"D-1", "=cmd()", "1234.50"});
  CHECK(list.text(true) == "numéro;débiteur;solde\r\nD-1;'=cmd();1234,50\r\n");
  CHECK(list.text(false).find("1234.50") != std::string::npos);
}

TEST_CASE("R28: a piece that falls due in parts is contested whole, a claim's id means that part", "[R28]") {
  DayWorld w;
  const Id second = w.claim(w.c.case_id, 50'000, "2026-10-31", "F-1");
  w.claim(w.c.case_id, 7'000, "2026-10-31", "F-2");
  w.a->sync();
  auto work = w.work();
  const Recorded whole = done(work.open_dispute(w.c.case_id, "F-1", "goods", {}));
  CHECK(whole.rows == 2);
  CHECK(w.a->count("SELECT count(DISTINCT claim_id) FROM dispute") == 2);
  CHECK(w.a->count("SELECT count(*) FROM outbox") == 1);  // one edit
  const Recorded part = done(work.open_dispute(w.c.case_id, second.text(), "price", {}));
  CHECK(part.rows == 1);
  CHECK(w.a->value("dispute", part.row, "claim_id") == Value{second});
  CHECK(refused(work.open_dispute(w.c.case_id, "F-3", "goods", {})) == "no_such_piece");
}

TEST_CASE("R18: the passage of a letter is screened before the office reads it", "[R18]") {
  DayWorld w;
  auto work = w.work();
  CHECK(refused(work.propose_letter(w.c.case_id, "reminder_1", {"Vous savoir malade nous peine."})) ==
        "note_flagged");
  CHECK(w.a->count("SELECT count(*) FROM letter") == 0);
  const Recorded kept =
      done(work.propose_letter(w.c.case_id, "reminder_1", {"Vous savoir malade nous peine.", true}));
  CHECK(kept.flags.size() == 1);
  const Recorded long_one = done(work.propose_letter(w.c.case_id, "reminder_1", {std::string(1'900, 'x')}));
  CHECK(is_null(w.a->value("letter", done(work.propose_letter(w.c.case_id, "answer", {})).row, "passage")));
  CHECK(w.a->value("letter", long_one.row, "kind") == Value{std::string("reminder_1")});
}

TEST_CASE("R45: no edit closes a deadline in law without what came of it, on the device or at the office",
          "[R45]") {
  DayWorld w;
  const Id task = w.write("task", {{"case_id", w.c.case_id},
                                   {"title", std::string("opposition")},
                                   {"due_on", std::string("2026-12-01")},
                                   {"legal", std::int64_t{1}}});
  const Id other = w.write("task", {{"case_id", w.c.case_id}, {"due_on", std::string("2026-12-01")}});
  w.a->sync();
  const auto edits = [&](const Id& row, std::initializer_list<std::pair<std::string_view, Value>> cells) {
    const auto refusal = w.a->try_edit({update_op("task", row, cells)});
    return refusal ? refusal->code : std::string();
  };
  const auto office = [&](std::initializer_list<std::pair<std::string_view, Value>> cells) {
    return w.office.edit(w.office.system(), {update_op("task", task, cells)}).reason;
  };
  const Value done_word = std::string("done"), skipped = std::string("skipped"), taken_back = std::int64_t{1};
  for (const Value& state : {done_word, skipped}) {
    CHECK(edits(task, {{"state", state}}) == "result_missing");
    CHECK(office({{"state", state}}) == "result_missing");
  }
  CHECK(edits(task, {{"withdrawn", taken_back}}) == "result_missing");
  CHECK(office({{"withdrawn", taken_back}}) == "result_missing");
  CHECK(edits(other, {{"state", done_word}}).empty());
  CHECK(edits(task, {{"due_on", std::string("2026-12-02")}}).empty());
  CHECK(edits(task, {{"state", done_word}, {"result", std::string("aucune opposition")}}).empty());
  w.a->sync();
  CHECK(w.office.value("task", task, "state") == done_word);
  CHECK(edits(task, {{"result", Null{}}}) == "result_missing");
  CHECK(office({{"result", Null{}}}) == "result_missing");
  CHECK(knows_reason("result_missing"));
  CHECK(knows_reason("no_title"));
}
