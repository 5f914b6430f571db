// The replica alone: who may edit it and when, what is refused on the spot, edits taken back and changed, every outcome
// that an office can give, and a file that is damaged or no longer ours.
#include "client/replica.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "host/failure.h"
#include "host/local_day.h"
#include "schema/instant.h"
#include "schema/version.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using client::Replica;
using client::Standing;

namespace {

Value word(const char* text) { return std::string(text); }

std::optional<Code> code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Failure& failure) {
    CHECK_FALSE(failure.message().empty());
    return failure.code();
  }
  return std::nullopt;
}

/// What it is refused with, "where: code"; empty when it is not.
std::string words(const std::optional<client::EditRefusal>& refusal) {
  return refusal ? refusal->where + ": " + refusal->code : "";
}
std::string words(const std::variant<std::int64_t, client::EditRefusal>& result) {
  const auto* refusal = std::get_if<client::EditRefusal>(&result);
  return refusal == nullptr ? "" : refusal->where + ": " + refusal->code;
}

/// An agent who holds a case, and his device, which has synced.
struct Laptop : World {
  Id paul = office.add_staff("paul", "agent");
  CaseIds held = add_case();
  std::unique_ptr<TestDevice> a;
  Laptop() {
    office.assign(held.case_id, paul);
    a = add_device(paul);
    a->sync();
  }
  sync::Op task(const char* title) {
    return insert_op("task", random.row_id(clock.now()), {{"case_id", held.case_id}, {"title", word(title)}});
  }
  sync::Op retitle(const Id& task_id, const char* title) {
    return update_op("task", task_id, {{"title", word(title)}});
  }
  sync::Op priority(std::int64_t is) { return update_op("case_file", held.case_id, {{"priority", is}}); }
  void set_meta(std::string_view name, std::string_view content) { sql::set_meta(a->db(), name, content); }
  [[nodiscard]] std::string meta(std::string_view name) { return sql::get_meta(a->db(), name).value_or(""); }
  /// An answer of this office that says no more than `more` (members of the object).
  std::string answer(const std::string& more) {
    const sync::Cursor at{a->count("SELECT content FROM meta WHERE name = 'cursor_agent'"),
                          a->count("SELECT content FROM meta WHERE name = 'cursor_common'")};
    std::string body = sync::encode_answer({.epoch = office.ledger().epoch(),
                                            .now = clock.now(),
                                            .lease_until = clock.now() + sync::kLeaseMs,
                                            .cursor = at},
                                           "", "", "");
    body.pop_back();
    return body + (more.empty() ? "" : ",") + more + "}";
  }
  client::TakenIn take(const std::string& more) {
    const std::string body = answer(more);
    const auto decoded = sync::Answer::decode(body);
    REQUIRE(decoded.has_value());
    return a->replica().take(*decoded, body, 0);
  }
  client::TakenIn take_outcome(std::int64_t n, const std::string& status, const std::string& more = "") {
    return take(R"("outcomes":[{"n":)" + std::to_string(n) + R"(,"status":")" + status + "\"" + more + "}]");
  }
};

}  // namespace

// ---- when it may be used ---------------------------------------------------------------------------------------

TEST_CASE("a machine's clock that is set right is noticed by an idle sync") {
  Laptop w;
  const auto idle = [&](Ms away) {
    const std::string body = w.answer("");
    auto decoded = sync::Answer::decode(body);
    REQUIRE(decoded.has_value());
    decoded->head.lease_until = w.a->count("SELECT content FROM meta WHERE name = 'lease_until'");
    decoded->head.now += away;  // the office's clock has gone on, this machine's stood still
    static_cast<void>(w.a->replica().take(*decoded, body, 0));
  };
  w.set_meta("clock_offset", std::to_string(400LL * 24 * 3600 * 1000));
  REQUIRE(w.a->replica().standing() == client::Standing::expired);
  idle(0);
  CHECK(w.a->replica().standing() == client::Standing::ready);
  idle(sync::kClockMovedMs - 1);
  CHECK(w.meta("clock_offset") == "0");  // what a slow network makes of it is not worth a commit
  idle(-sync::kClockMovedMs);
  CHECK(w.meta("clock_offset") == std::to_string(-sync::kClockMovedMs));
}

TEST_CASE("today is the day in Paris by the office's clock, whatever this machine's clock and zone say") {
  Laptop w;
  constexpr Ms kHour = 3'600'000;
  const Ms midnight = *parse_instant("2026-11-21T23:00:00Z");  // of the 22nd in Paris
  w.clock.set(midnight);
  w.set_meta("clock_offset", "0");
  CHECK(w.a->replica().today() == "2026-11-22");
  w.set_meta("clock_offset", "-1");
  CHECK(w.a->replica().today() == "2026-11-21");
  w.clock.set(midnight + 26 * kHour);  // a day fast
  w.set_meta("clock_offset", std::to_string(-24 * kHour));
  CHECK(w.a->replica().today() == "2026-11-22");
  CHECK(local_day(*parse_instant("2026-07-01T21:59:59Z")) == "2026-07-01");
  CHECK(local_day(*parse_instant("2026-07-01T22:00:00Z")) == "2026-07-02");  // in summer
  CHECK(local_day(std::numeric_limits<Ms>::max()) == "9999-12-31");
}

TEST_CASE("an answer that was slept on sets no clock, and has nothing forgotten before its seven days") {
  constexpr Ms kDay = 24LL * 3600 * 1000;
  Laptop w;
  const auto n = w.a->edit({w.task("relire")});
  w.a->sync();
  const auto hear = [&](Ms said_after, Ms heard_after, Ms round_trip) {
    const Ms told = w.clock.now();
    const std::string body = w.answer(R"("durable_through":)" + std::to_string(n));
    auto decoded = sync::Answer::decode(body);
    REQUIRE(decoded.has_value());
    decoded->head.now = told + said_after;
    decoded->head.lease_until = decoded->head.now + sync::kLeaseMs;  // something to keep: no idle sync
    w.clock.set(told + heard_after);
    static_cast<void>(w.a->replica().take(*decoded, body, round_trip));
    w.clock.set(told);
    return w.a->count("SELECT count(*) FROM outbox");
  };
  // Said on the fifth day and heard on the thirteenth: half of that pause would make it the ninth.
  CHECK(hear(5 * kDay, 13 * kDay, 8 * kDay) == 1);
  CHECK(w.meta("clock_offset") == "0");
  // The clock was set ten years on, or back, in the middle of an exchange.
  CHECK(hear(5 * kDay, 3653 * kDay, 3653 * kDay - 5 * kDay) == 1);
  CHECK(w.meta("clock_offset") == "0");
  // A slow exchange is none of that.
  CHECK(hear(6 * kDay, 6 * kDay + 300'000, 600'000) == 1);
  CHECK(w.meta("clock_offset") == "0");
  // Said after seven days it is the office's word, whenever it is heard.
  CHECK(hear(8 * kDay, 20 * kDay, 12 * kDay) == 0);
}

TEST_CASE("a replica says by a code why it may not be edited, and every way of editing asks") {
  const auto standings = std::vector<std::tuple<Standing, std::string_view, Code>>{
      {Standing::bootstrapping, "bootstrapping", Code::busy},
      {Standing::locked, "locked", Code::locked},
      {Standing::expired, "expired", Code::locked},
      {Standing::suspended, "suspended", Code::suspended},
      {Standing::wiped, "wiped", Code::wiped},
      {Standing::clock_back, "clock_back", Code::locked}};
  for (const auto& [standing, name, code] : standings) {
    INFO(name);
    Laptop w;
    const auto n = w.a->edit({w.task("avant")});
    switch (standing) {
      case Standing::bootstrapping: w.set_meta("first_bootstrap", "1"); break;
      case Standing::locked: w.clock.advance(sync::kLeaseMs + 1); break;
      case Standing::expired: w.clock.advance(sync::kLeaseMs + sync::kGraceMs + 1); break;
      case Standing::clock_back: w.clock.advance(-2 * sync::kClockBackMs); break;
      default: w.a->replica().set_standing(standing); break;
    }
    Replica& replica = w.a->replica();
    CHECK(replica.standing() == standing);
    CHECK(client::name_of(replica.standing()) == name);
    CHECK(replica.facts().standing == standing);
    CHECK(code_of([&] { static_cast<void>(replica.edit("x", {w.priority(1)})); }) == code);
    CHECK(code_of([&] { static_cast<void>(replica.undo(n)); }) == code);
    CHECK(code_of([&] { static_cast<void>(replica.amend(n, {w.priority(1)})); }) == code);
    CHECK(code_of([&] { static_cast<void>(replica.resend(n, {})); }) == code);
    CHECK(replica.facts().pending == 1);
    CHECK(w.a->status_of(n) == "pending");
  }
  Laptop w;
  CHECK(client::name_of(w.a->replica().standing()) == "ready");
  w.a->replica().set_standing(Standing::suspended);
  w.a->replica().set_standing(Standing::ready);
  CHECK(w.a->replica().standing() == Standing::ready);
}

TEST_CASE("a clock that is set back does not make a lease longer") {
  Laptop w;
  w.clock.advance(sync::kLeaseMs - 1000);
  const std::string body = w.answer("");
  w.set_meta("server_now", std::to_string(w.clock.now() + 2000));
  CHECK(w.a->replica().standing() == Standing::locked);
}

TEST_CASE(
    "a clock that is set back behind the last contact locks until the next one, and honest drift does not") {
  Laptop w;
  const Ms now = w.clock.now();
  const auto n = w.a->edit({w.task("avant")});
  for (const auto& [back, stands] : {std::pair<Ms, Standing>{0, Standing::ready},
                                     {sync::kClockBackMs, Standing::ready},
                                     {sync::kClockBackMs + 1, Standing::clock_back},
                                     {3650LL * 24 * 3600 * 1000, Standing::clock_back}}) {
    INFO(back);
    w.clock.set(now);
    w.a->sync();
    REQUIRE(w.meta("clock_offset") == "0");
    w.set_meta("server_now", std::to_string(now));
    w.clock.set(now - back);
    CHECK(w.a->replica().standing() == stands);
    const bool is_back = stands == Standing::clock_back;
    CHECK(code_of([&] { static_cast<void>(w.a->replica().edit("x", {w.priority(1)})); }) ==
          (is_back ? std::optional(Code::locked) : std::nullopt));
  }
  // Ahead it only shortens what is left.
  w.clock.set(now + 24LL * 3600 * 1000);
  CHECK(w.a->replica().standing() == Standing::ready);
  CHECK(n > 0);
}

TEST_CASE("the office's rules say how long a replica may be alone, and when it is warned") {
  constexpr Ms kDay = 24LL * 3600 * 1000;
  Laptop w;
  const auto set = [&](const char* code, std::int64_t days) {
    sql::run(w.a->db(),
             "INSERT INTO dated_rule (id, created_at, created_by, device_id, code, valid_from, amount) "
             "VALUES (?1, 0, ?1, "
             "?1, ?2, '1990-01-01', ?3)",
             w.random.uuid(), std::string(code), days);
  };
  const Ms lease = w.a->replica().facts().lease_until;
  const auto at = [&](Ms when) {
    w.clock.set(when);
    return w.a->replica().facts();
  };
  CHECK_FALSE(at(lease - 8 * kDay).lease_ends_soon);
  CHECK(at(lease - 6 * kDay).lease_ends_soon);
  CHECK(at(lease + 15 * kDay).standing == Standing::locked);
  CHECK(at(lease + 17 * kDay).standing == Standing::expired);
  set("lease_warn_days", 2);
  set("grace_days", 3);
  CHECK_FALSE(at(lease - 6 * kDay).lease_ends_soon);
  CHECK(at(lease - kDay).lease_ends_soon);
  CHECK(at(lease + 2 * kDay).standing == Standing::locked);
  CHECK(at(lease + 4 * kDay).standing == Standing::expired);
  CHECK_FALSE(at(lease + 4 * kDay).lease_ends_soon);
}

TEST_CASE("a replica without its version, its identity, or of a later program is not worked with") {
  Laptop w;
  const auto open = [&] { Replica(w.a->db(), w.clock, w.random); };
  CHECK_FALSE(code_of(open).has_value());
  w.set_meta("device_id", "no id");
  CHECK(code_of([&] { static_cast<void>(w.a->replica().identity()); }) == Code::corrupt);
  w.set_meta("device_id", w.a->id().text());
  w.set_meta("staff_id", "");
  CHECK(code_of([&] { static_cast<void>(w.a->replica().identity()); }) == Code::corrupt);
  w.set_meta("staff_id", w.paul.text());
  w.set_meta("epoch", "?");
  CHECK(code_of([&] { static_cast<void>(w.a->replica().identity()); }) == Code::corrupt);
  w.set_meta("schema", "");
  CHECK(code_of(open) == Code::corrupt);
  w.set_meta("schema", "0");
  CHECK(code_of(open) == Code::corrupt);
  w.set_meta("schema", std::to_string(schema::kVersion + 1));
  CHECK(code_of(open) == Code::upgrade_required);
}

TEST_CASE("once a later program has upgraded the file, this one writes nothing into it any more") {
  Laptop w;
  const auto n = w.a->edit({w.task("avant")});
  const std::string body = w.answer(R"("drops":[["case_file",[")" + w.held.case_id.text() + "\"]]]");
  const auto decoded = sync::Answer::decode(body);
  REQUIRE(decoded.has_value());
  const auto verify = sync::decode_verify_answer(R"({"differing":[1],"rows":[]})");
  REQUIRE(verify.has_value());
  w.set_meta("schema", std::to_string(schema::kVersion + 1));
  Replica& replica = w.a->replica();
  for (const std::function<void()>& act : std::vector<std::function<void()>>{
           [&] { static_cast<void>(replica.edit("x", {w.priority(1)})); },
           [&] { static_cast<void>(replica.undo(n)); },
           [&] { static_cast<void>(replica.take(*decoded, body, 0)); },
           [&] { static_cast<void>(replica.repair(*verify)); }, [&] { replica.start_bootstrap(); },
           [&] { replica.enter_epoch(Id{{1}}, 0, ""); }})
    CHECK(code_of(act) == Code::upgrade_required);
  w.set_meta("schema", std::to_string(schema::kVersion));
  CHECK(w.a->has("case_file", w.held.case_id));
  CHECK(w.a->status_of(n) == "pending");
  CHECK(w.a->sync().taken.applied == 1);
}

TEST_CASE("a replica of this version is not upgraded, and asking for an older one changes nothing") {
  Laptop w;
  CHECK_FALSE(Replica::is_older(w.a->db()));
  CHECK_FALSE(Replica::upgrade(w.a->db()));
  CHECK_FALSE(Replica::upgrade(w.a->db(), schema::kVersion - 1));
  CHECK(w.a->replica().version() == schema::kVersion);
  CHECK(w.a->replica().standing() == Standing::ready);
}

TEST_CASE("whatever his role, a replica says whose it is") {
  World w;
  for (const auto& [role, writers] : {std::pair{"agent", schema::agent},
                                      {"clerk", schema::clerk},
                                      {"office", schema::office},
                                      {"dpo", schema::dpo}}) {
    INFO(role);
    const Id staff = w.office.add_staff(role, role);
    const auto device = w.add_device(staff);
    CHECK(device->replica().identity().role == writers);
    CHECK(device->replica().identity().staff_id == staff);
    CHECK(device->replica().identity().device_id == device->id());
    sql::set_meta(device->db(), "role", "a role of later years");
    CHECK(device->replica().identity().role == schema::nobody);  // and so may write nothing
  }
}

// ---- what is refused on the spot -------------------------------------------------------------------------------

TEST_CASE("what the office would refuse is refused on the device, with the column and never the value") {
  Laptop w;
  const Id id = w.random.row_id(w.clock.now()), nobody = w.random.row_id(w.clock.now());
  const sync::Op there = w.task("deja la");
  w.a->edit({there});
  const std::vector<std::pair<std::string, sync::Op>> refused{
      {"case_file: not_permitted", insert_op("case_file", id, {{"number", word("C-99")}})},
      {"device: not_permitted", update_op("device", id, {{"name", word("laptop")}})},
      {"task.id: id_taken", insert_op("task", there.row, {{"case_id", w.held.case_id}})},
      {"task.created_by: not_permitted",
       insert_op("task", id, {{"case_id", w.held.case_id}, {"created_by", w.paul}})},
      {"task.legal: not_permitted",
       insert_op("task", id, {{"case_id", w.held.case_id}, {"legal", std::int64_t{1}}})},
      {"task.state: bad_value",
       insert_op("task", id, {{"case_id", w.held.case_id}, {"state", word("never")}})},
      {"task.case_id: bad_value", insert_op("task", id, {{"title", word("sans dossier")}})},
      {"task.case_id: unknown_row", insert_op("task", id, {{"case_id", nobody}})},
      {"task.assignee_id: unknown_row",
       insert_op("task", id, {{"case_id", w.held.case_id}, {"assignee_id", nobody}})},
      {"task: unknown_row", w.retitle(nobody, "x")},
      {"task.created_at: not_permitted", update_op("task", there.row, {{"created_at", std::int64_t{1}}})},
      {"task.kind: not_permitted", update_op("task", there.row, {{"kind", word("letter")}})},
      {"debtor.siren: not_permitted", update_op("debtor", w.held.debtor, {{"siren", word("732829320")}})},
      {"task.due_on: bad_value", update_op("task", there.row, {{"due_on", word("2026-02-30")}})}};
  for (const auto& [expected, op] : refused) {
    CHECK(words(w.a->try_edit({op})) == expected);
    CHECK(words(w.a->try_edit({w.priority(3), op})) == expected);  // nor does anything beside it stay
  }
  CHECK(w.a->replica().facts().pending == 1);
  CHECK(w.a->value("case_file", w.held.case_id, "priority") == Value{std::int64_t{0}});
  CHECK_FALSE(w.a->has("task", id));
  CHECK(w.a->try_edit({insert_op("task", id, {{"case_id", w.held.case_id}, {"assignee_id", w.paul}})}) ==
        std::nullopt);
}

TEST_CASE("no edit is made that could never be sent: without operations, with too many, or too long") {
  Laptop w;
  CHECK(words(w.a->try_edit({})) == "edit: bad_value");
  const std::vector<sync::Op> many(sync::kEditOpsMax + 1, w.priority(1));
  CHECK(words(w.a->try_edit(many)) == "edit: too_large");
  CHECK_FALSE(w.a->try_edit(std::vector<sync::Op>(many.begin() + 1, many.end())).has_value());
  std::vector<sync::Op> long_ones;
  const std::string most(
      static_cast<std::size_t>(
          schema::table("task").columns[schema::column(schema::table("task"), "title")].text_max),
      'x');
  for (std::size_t bytes = 0; bytes <= sync::kEditBytesMax; bytes += most.size())
    long_ones.push_back(w.task(most.c_str()));
  const bool fits = long_ones.size() <= sync::kEditOpsMax;
  CHECK(words(w.a->try_edit(long_ones)) == "edit: too_large");
  INFO(long_ones.size() << " operations; by their bytes: " << fits);
  CHECK(w.a->replica().facts().pending == 1);
}

TEST_CASE("a row that is kept only as the last copy is not edited") {
  Laptop w;
  const sync::Op task = w.task("seule copie");
  w.a->edit({task});
  w.a->sync();
  sql::run(w.a->db(), "INSERT INTO orphan (table_no, row_id) VALUES (?1, ?2)", task.table->number, task.row);
  CHECK(words(w.a->try_edit({w.retitle(task.row, "x")})) == "task: unknown_row");
  CHECK(w.a->replica().facts().orphans == 1);
}

// ---- taken back, changed, sent again ------------------------------------------------------------------------------

TEST_CASE(
    "an edit that was never sent is taken back, and those after it move up with a hash of their number") {
  Laptop w;
  const sync::Op first = w.task("un"), second = w.task("deux"), third = w.task("trois");
  const auto one = w.a->edit({first});
  const auto two = w.a->edit({second});
  const auto three = w.a->edit({third, w.retitle(third.row, "trois bis")});
  CHECK(words(w.a->replica().undo(three + 1)) == "outbox: not_found");
  CHECK(words(w.a->replica().undo(one)) == "");
  CHECK_FALSE(w.a->has("task", first.row));
  CHECK(w.a->has("task", second.row));
  CHECK(w.a->value("task", third.row, "title") == word("trois bis"));
  CHECK(w.a->count("SELECT max(n) FROM outbox") == two);
  CHECK(w.a->sync().taken.applied ==
        2);  // the office counts without a gap, and takes no second machine for it
  CHECK(words(w.a->replica().undo(two)) == "outbox: not_found");  // it may be at the office
  CHECK(w.office.row("task", third.row).has_value());
}

TEST_CASE("an edit that a later one builds on is neither taken back nor changed before that one") {
  Laptop w;
  const sync::Op task = w.task("parent");
  const auto parent = w.a->edit({task});
  const auto child = w.a->edit({w.retitle(task.row, "enfant")});
  const auto other = w.a->edit({w.priority(4)});
  CHECK(words(w.a->replica().undo(parent)) == "outbox " + std::to_string(child) + ": refused");
  CHECK(words(w.a->replica().amend(parent, {w.task("autre")})) ==
        "outbox " + std::to_string(child) + ": refused");
  // what is new must not stand on what comes later, either
  CHECK(words(w.a->replica().amend(child, {w.priority(5)})) ==
        "outbox " + std::to_string(other) + ": refused");
  CHECK(words(w.a->replica().undo(child)) == "");
  CHECK(words(w.a->replica().undo(parent)) == "");
  CHECK(w.a->value("case_file", w.held.case_id, "priority") == Value{std::int64_t{4}});
  CHECK(w.a->replica().facts().pending == 1);
}

TEST_CASE("a case that an edit hangs on is not taken back under it") {
  World w;
  const Id clerk = w.office.add_staff("nadia", "office");
  const auto held = w.add_case();
  w.office.assign(held.case_id, clerk);
  const auto a = w.add_device(clerk);
  a->sync();
  const Id plan = w.random.row_id(w.clock.now());
  const auto made = a->edit(
      {insert_op("payment_plan", plan, {{"case_id", held.case_id}, {"total_cents", std::int64_t{10'000}}})});
  const auto on_it = a->edit({insert_op("instalment", w.random.row_id(w.clock.now()),
                                        {{"case_id", held.case_id},
                                         {"plan_id", plan},
                                         {"position", std::int64_t{1}},
                                         {"due_on", word("2026-12-01")},
                                         {"amount_cents", std::int64_t{10'000}}})});
  CHECK(words(a->replica().undo(made)) == "outbox " + std::to_string(on_it) + ": refused");
}

TEST_CASE(
    "a changed edit keeps its place and its intent; what is refused of the change leaves all as it was") {
  Laptop w;
  const sync::Op first = w.task("un"), second = w.task("deux");
  const auto one = w.a->edit({first}, "task.add");
  const auto two = w.a->edit({second});
  CHECK(words(w.a->replica().amend(two + 1, {w.priority(2)})) == "outbox: not_found");
  CHECK(words(w.a->replica().amend(one, {insert_op("task", first.row, {})})) == "task.case_id: bad_value");
  CHECK(w.a->value("task", first.row, "title") == word("un"));
  CHECK(words(w.a->replica().amend(
            one, {insert_op("task", first.row, {{"case_id", w.held.case_id}, {"title", word("un bis")}})})) ==
        "");
  CHECK(w.a->value("task", first.row, "title") == word("un bis"));
  CHECK(sql::text(w.a->db(), "SELECT intent FROM outbox WHERE n = ?1", one) == "task.add");
  CHECK(w.a->sync().taken.applied == 2);
  CHECK(w.office.value("task", first.row, "title") == word("un bis"));
  CHECK(words(w.a->replica().amend(one, {w.priority(2)})) == "outbox: not_found");
}

TEST_CASE("a refused edit is sent again as it was or otherwise, or given up, and only once") {
  Laptop w;
  const sync::Op task = w.task("double");
  const auto refused = w.a->edit({task});
  const auto kept = w.a->edit({w.priority(7)});
  CHECK(words(w.a->replica().resend(refused, {})) == "refused: not_found");
  CHECK(words(w.a->replica().discard(refused)) == "refused: not_found");
  static_cast<void>(w.a->replica().next_request(std::nullopt));
  CHECK(w.take_outcome(refused, "refused", R"(,"reason":"contradicts")").refused == 1);
  CHECK(w.a->reason_of(refused) == "contradicts");
  CHECK(w.a->replica().facts().refused == 1);
  CHECK_FALSE(w.a->has("task", task.row));
  CHECK(words(w.a->replica().resend(refused, {w.retitle(task.row, "x")})) == "task: unknown_row");
  CHECK(w.a->status_of(refused) == "refused");
  const auto again = w.a->replica().resend(refused, {});
  REQUIRE(std::holds_alternative<std::int64_t>(again));
  CHECK(std::get<std::int64_t>(again) == kept + 1);
  CHECK(w.a->status_of(refused) == "resent");
  CHECK(w.a->value("task", task.row, "title") == word("double"));
  CHECK(words(w.a->replica().resend(refused, {})) == "refused: not_found");
  CHECK(words(w.a->replica().discard(refused)) == "refused: not_found");

  CHECK(w.take_outcome(kept, "refused", R"(,"reason":"not_permitted")").refused == 1);
  CHECK(words(w.a->replica().discard(kept)) == "");
  CHECK(w.a->status_of(kept) == "discarded");
  CHECK(w.a->replica().facts().refused == 0);
}

// ---- outcomes ----------------------------------------------------------------------------------------------------

TEST_CASE("each outcome is counted, shown and kept as the protocol says") {
  Laptop w;
  const sync::Op task = w.task("un");
  const auto n = w.a->edit({task});
  CHECK(w.a->has("task", task.row));
  CHECK(w.take_outcome(99, "applied").applied == 0);  // of an edit that is not ours: nothing
  const auto [status, visible] =
      GENERATE(std::pair{"applied", true}, std::pair{"merged", false}, std::pair{"conflict", false},
               std::pair{"refused", false}, std::pair{"quarantined", false}, std::pair{"erased", false});
  INFO(status);
  const std::string conflict = w.random.uuid().text();
  const bool is_conflict = std::string_view(status) == "conflict";
  const auto taken = w.take_outcome(
      n, status, is_conflict ? R"(,"conflicts":[")" + conflict + "\",\"" + conflict + "\"]" : "");
  CHECK(taken.applied + taken.merged + taken.conflicts + taken.refused + taken.quarantined + taken.erased ==
        1);
  CHECK(w.a->status_of(n) == status);
  // The office's row follows, or does not: what is confirmed here is only what was applied as sent.
  CHECK(w.a->has("task", task.row) == visible);
  CHECK(w.a->replica().facts().pending == 0);
  CHECK(w.meta("acked") == "99");
  const auto ops = sql::text(w.a->db(), "SELECT ops FROM outbox WHERE n = ?1", n);
  CHECK((ops == "[]") == (std::string_view(status) == "erased"));  // only its number remains
  CHECK(sql::text(w.a->db(), "SELECT conflicts FROM outbox WHERE n = ?1", n).value_or("") ==
        (is_conflict ? conflict + " " + conflict : ""));
  CHECK(w.take_outcome(n, "applied").applied == 0);  // a second time: its fate is known
  CHECK(w.a->status_of(n) == status);
}

TEST_CASE("a late update is in no list of the author's") {
  Laptop w;
  const auto n = w.a->edit({w.priority(2)});
  CHECK(w.take_outcome(n, "refused", R"(,"reason":"late_update")").refused == 0);
  CHECK(w.a->status_of(n) == "refused");
  CHECK(w.a->replica().facts().refused == 0);
}

TEST_CASE(
    "an edit that the office knows only the number of waits no longer, and keeps a decision that was made") {
  Laptop w;
  const auto pending = w.a->edit({w.task("un")});
  const auto given_up = w.a->edit({w.task("deux")});
  w.take_outcome(given_up, "refused", R"(,"reason":"contradicts")");
  REQUIRE(words(w.a->replica().discard(given_up)) == "");
  sql::run(w.a->db(), "UPDATE outbox SET resend = 1 WHERE n = ?1", given_up);  // a restored office is asked
  w.take_outcome(pending, "duplicate");
  w.take_outcome(given_up, "duplicate");
  CHECK(w.a->status_of(pending) == "merged");
  CHECK(w.a->status_of(given_up) == "discarded");
  CHECK(w.a->replica().facts().pending == 0);
  // and so it does when the office refuses it once more, with the reason that it had first
  sql::run(w.a->db(), "UPDATE outbox SET resend = 1, reason = 'contradicts' WHERE n = ?1", given_up);
  w.take_outcome(given_up, "refused", R"(,"reason":"refused_before")");
  CHECK(w.a->status_of(given_up) == "discarded");
  CHECK(w.a->reason_of(given_up) == "contradicts");
}

// ---- what arrives ------------------------------------------------------------------------------------------------

TEST_CASE("a row that cannot be read changes nothing, not even what came before it in the answer") {
  Laptop w;
  const auto n = w.a->edit({w.priority(2)});
  const std::string id = w.random.row_id(w.clock.now()).text();
  for (const std::string& damaged :
       {std::string("[[1]]"), std::string(R"([["not an id","x"]])"), "[[\"" + id + "\",7]]",
        std::string("[7]"), std::string("[[null,\"x\"]]")}) {
    INFO(damaged);
    CHECK(code_of([&] {
            w.take(R"("outcomes":[{"n":)" + std::to_string(n) +
                   R"(,"status":"applied"}],"rows":[{"table":"task","columns":["id","title"],"values":)" +
                   damaged + "}]");
          }) == Code::protocol);
    CHECK(w.a->status_of(n) == "pending");
    CHECK(w.a->replica().facts().pending == 1);
  }
  CHECK(w.a->sync().taken.applied == 1);
}

TEST_CASE("a row that the office thinks is known and is not here makes the device read everything anew") {
  Laptop w;
  const Id unknown = w.random.row_id(w.clock.now());
  w.take(R"("confirmed":[["case_file",[")" + w.held.case_id.text() + "\"]]]");
  CHECK_FALSE(w.a->replica().wants_more());
  w.take(R"("confirmed":[["task",[")" + unknown.text() + "\"]]]");
  CHECK(w.a->replica().wants_more());
  CHECK(w.a->replica().standing() == Standing::ready);  // what is here stays readable meanwhile
  w.a->sync();
  CHECK_FALSE(w.a->replica().wants_more());
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("what came under unsettled work is named once, by its case's number") {
  Laptop w;
  const sync::Op task = w.task("a moi");
  w.a->edit({task});
  w.a->sync();
  const bool also_debtor = GENERATE(false, true), also_case = GENERATE(false, true);
  INFO("debtor " << also_debtor << ", case " << also_case);
  client::Session session(w.a->replica());
  const auto request = session.next();
  // The request has left; both sides go on working on the same rows.
  w.a->edit({w.retitle(task.row, "b moi")});
  if (also_debtor) w.a->edit({update_op("debtor", w.held.debtor, {{"language", word("en")}})});
  if (also_case) w.a->edit({w.priority(2)});
  w.office.edit(w.office.system(),
                {update_op("task", task.row, {{"due_on", word("2026-12-24")}}),
                 update_op("debtor", w.held.debtor, {{"time_zone", word("Indian/Reunion")}}),
                 update_op("case_file", w.held.case_id, {{"next_action_on", word("2026-12-24")}})});
  session.take(w.a->deliver(*request));
  const auto& under = session.report().taken.changed_under;
  REQUIRE(under.size() == 1);
  CHECK(under.front().id == w.held.case_id);
  CHECK(under.front().number == "C-1");
  CHECK(w.a->value("task", task.row, "title") == word("b moi"));
  CHECK(w.a->value("task", task.row, "due_on") == word("2026-12-24"));
}

TEST_CASE("what two answers changed is added up, and no case is named twice") {
  const client::CaseName one{Id{{1}}, "C-1"}, two{Id{{2}}, "C-2"};
  client::TakenIn sum{.applied = 1, .received = 2, .came = {one}, .left = {}, .changed_under = {one}};
  sum.add({.applied = 1,
           .merged = 2,
           .conflicts = 3,
           .refused = 4,
           .quarantined = 5,
           .erased = 6,
           .received = 7,
           .dropped = 8,
           .came = {one, two},
           .left = {two},
           .changed_under = {one}});
  CHECK(sum.applied == 2);
  CHECK(sum.merged == 2);
  CHECK(sum.conflicts == 3);
  CHECK(sum.refused == 4);
  CHECK(sum.quarantined == 5);
  CHECK(sum.erased == 6);
  CHECK(sum.received == 9);
  CHECK(sum.dropped == 8);
  CHECK(sum.came.size() == 2);
  CHECK(sum.left.size() == 1);
  CHECK(sum.changed_under.size() == 1);
}

TEST_CASE(
    "an outbox that is too much for one request goes in several, in order, and nothing is lost between "
    "them") {
  Laptop w;
  std::vector<Id> tasks;
  for (int i = 0; i < 5; ++i) {
    const sync::Op op = w.task("beaucoup");
    tasks.push_back(op.row);
    w.a->edit({op});
  }
  const client::PushLimits limits = GENERATE(client::PushLimits{.ops = 1}, client::PushLimits{.bytes = 1});
  Replica replica(w.a->db(), w.clock, w.random, limits);
  const auto first = replica.next_request(std::nullopt);
  CHECK(first.sent == std::vector<std::int64_t>{1});
  CHECK(first.rest == 4);
  CHECK(first.body.find("\"pending\":4") != std::string::npos);  // the office knows that there is more
  CHECK(first.body.find("\"whole\"") == std::string::npos);
  client::Session session(replica);
  while (const auto request = session.next()) session.take(w.a->deliver(*request));
  CHECK(session.report().requests == 5);
  CHECK(session.report().sent == 5);
  CHECK(session.report().taken.applied == 5);
  for (const Id& task : tasks) CHECK(w.office.row("task", task).has_value());
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("what is still to be sent to an office that went back stays visible while its state is read") {
  Laptop w;
  w.office.backup(w.dir.path() / "before.db");
  std::vector<Id> tasks;
  for (int i = 0; i < 4; ++i) {
    const sync::Op op = w.task("apres la sauvegarde");
    tasks.push_back(op.row);
    w.a->edit({op});
  }
  REQUIRE(w.a->sync().taken.applied == 4);
  w.office.go_back(w.dir.path() / "before.db");
  Replica replica(w.a->db(), w.clock, w.random, {.ops = 1});
  client::Session session(replica);
  while (const auto request = session.next()) {
    session.take(w.a->deliver(*request));
    for (const Id& task : tasks) CHECK(replica.row(schema::table("task"), task).has_value());
  }
  CHECK(session.report().restored);
  CHECK(replica.facts().orphans == 0);
  CHECK(replica.facts().pending == 0);
  for (const Id& task : tasks) CHECK(w.office.row("task", task).has_value());
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE(
    "an office that knows more of this device's edits than the device itself heard them from another "
    "machine") {
  Laptop w;
  w.a->edit({w.task("un")});
  w.a->replica().enter_epoch(w.random.uuid(), 7, "");
  CHECK(w.a->replica().next_request(std::nullopt).body.find("\"two_machines\":1") != std::string::npos);
}

TEST_CASE("an edit of a replica that never noted which epoch it shows was made in the one it is of") {
  Laptop w;
  const auto n = w.a->edit({w.task("un")});
  w.set_meta("shown_epoch", "");
  const auto m = w.a->edit({w.task("deux")});
  CHECK(sql::id(w.a->db(), "SELECT seen_epoch FROM outbox WHERE n = ?1", n) ==
        sql::id(w.a->db(), "SELECT seen_epoch FROM outbox WHERE n = ?1", m));
}

// ---- a damaged file ------------------------------------------------------------------------------------------------

TEST_CASE("an edit, a kept row or a staged answer that cannot be read stops the work and changes nothing") {
  const std::string broken =
      GENERATE("UPDATE outbox SET ops = 'no json'", "UPDATE shadow SET content = CAST('n' AS BLOB)",
               "INSERT INTO staged_page (position, body) VALUES (1, CAST('x' AS BLOB))");
  INFO(broken);
  Laptop w;
  w.a->edit({w.priority(2)});
  const auto cursor = w.meta("cursor_agent");
  w.office.edit(w.office.system(),
                {update_op("case_file", w.held.case_id, {{"next_action_on", word("2026-12-24")}})});
  w.a->db().execute(broken);
  CHECK(code_of([&] { w.a->sync(); }).has_value());
  CHECK(w.meta("cursor_agent") == cursor);
  CHECK(w.a->value("case_file", w.held.case_id, "priority") == Value{std::int64_t{2}});
}

TEST_CASE("an edit that cannot be read is neither taken back nor changed, and the office refuses it alone") {
  Laptop w;
  const auto broken = w.a->edit({w.priority(2)});
  const auto whole = w.a->edit({w.task("entier")});
  sql::run(w.a->db(), "UPDATE outbox SET ops = '[[1]]' WHERE n = ?1", broken);
  CHECK(code_of([&] { static_cast<void>(w.a->replica().undo(broken)); }) == Code::corrupt);
  CHECK(code_of([&] { static_cast<void>(w.a->replica().amend(broken, {w.priority(3)})); }) == Code::corrupt);
  CHECK(w.a->status_of(broken) == "pending");
  w.a->sync();
  CHECK(w.a->status_of(broken) == "refused");
  CHECK(w.a->reason_of(broken) == "bad_value");
  CHECK(w.a->status_of(whole) == "applied");
  CHECK(w.a->differing_buckets() == 0);
}

TEST_CASE("a kept row of a table that this program does not know is passed over") {
  Laptop w;
  w.a->edit({w.priority(2)});
  w.a->db().execute(
      "INSERT INTO shadow (table_no, row_id, content) VALUES (999, CAST('0123456789abcdef' AS BLOB), NULL)");
  CHECK(w.a->sync().taken.applied == 1);
  CHECK(w.a->count("SELECT count(*) FROM shadow") == 0);
}

// ---- verify --------------------------------------------------------------------------------------------------------

TEST_CASE(
    "a repair takes the office's rows, removes what it does not know, and leaves last copies and edits "
    "alone") {
  Laptop w;
  const sync::Op wrong = w.task("juste"), surplus = w.task("en trop"), copy = w.task("derniere copie");
  w.a->edit({wrong});
  w.a->sync();
  const auto pending = w.a->edit({w.priority(9)});
  const auto none = sync::decode_verify_answer(R"({"differing":[],"rows":[]})");
  REQUIRE(none.has_value());
  CHECK(w.a->replica().repair(*none) == 0);

  sql::run(w.a->db(), "UPDATE task SET title = 'faux' WHERE id = ?1", wrong.row);
  for (const Id& id : {surplus.row, copy.row})
    sql::run(w.a->db(),
             "INSERT INTO task (id, created_at, created_by, device_id, case_id, kind, state, legal, "
             "withdrawn, late)"
             " SELECT ?1, created_at, created_by, device_id, case_id, kind, state, legal, withdrawn, late "
             "FROM task"
             " WHERE id = ?2",
             id, wrong.row);
  sql::run(w.a->db(), "INSERT INTO orphan (table_no, row_id) VALUES (?1, ?2)", copy.table->number, copy.row);
  const auto answer = w.a->deliver({"/v1/verify", w.a->replica().verify_body()});
  REQUIRE(answer.status == 200);
  const auto repair = sync::decode_verify_answer(answer.body);
  REQUIRE(repair.has_value());
  CHECK(w.a->replica().repair(*repair) == 2);
  CHECK(w.a->value("task", wrong.row, "title") == word("juste"));
  CHECK_FALSE(w.a->has("task", surplus.row));
  CHECK(w.a->has("task", copy.row));
  CHECK(w.a->value("case_file", w.held.case_id, "priority") == Value{std::int64_t{9}});
  CHECK(w.a->status_of(pending) == "pending");
  CHECK(w.a->differing_buckets() == 0);

  const auto damaged = sync::decode_verify_answer(
      R"({"differing":[1],"rows":[{"table":"task","columns":["id"],"values":[["x"]]}]})");
  REQUIRE(damaged.has_value());
  CHECK(code_of([&] { static_cast<void>(w.a->replica().repair(*damaged)); }) == Code::protocol);
}
