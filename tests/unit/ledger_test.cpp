// The one write path: who may write what (every table, column and role of the declaration), what is left behind by
// a refusal, history, conflicts, references, late work, and cases that change their debtor.
#include "server/ledger.h"

#include <algorithm>
#include <map>

#include "host/failure.h"
#include "schema/tables.h"
#include "server/database.h"
#include "sync/limits.h"
#include "tests/support/edits.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using schema::Column;
using schema::Table;
using sync::Status;

namespace {

/// An agent who holds a case, another who does not, and the office; edits go straight to the ledger.
struct Desk : World {
  Id paul = office.add_staff("paul", "agent"), lea = office.add_staff("lea", "agent");
  Id clerk = office.add_staff("nadia", "clerk"), boss = office.add_staff("olga", "office"),
     dpo = office.add_staff("david", "dpo");
  CaseIds own = add_case(), other = add_case();
  Id device = office.add_device(paul), lea_device = office.add_device(lea);
  std::int64_t n = 0;
  Desk() {
    office.assign(own.case_id, paul);
    office.assign(other.case_id, lea);
  }
  [[nodiscard]] std::int64_t head(const Id& staff) { return server::feed_head(office.db(), staff); }
  [[nodiscard]] server::Author agent(std::int64_t cursor) const {
    return {.staff_id = paul, .role = schema::agent, .device_id = device, .feed_cursor = cursor};
  }
  server::Author by(const Id& staff, schema::Writers role) {
    return {.staff_id = staff, .role = role, .device_id = device, .feed_cursor = head(paul)};
  }

  sync::Mutation mutation(std::vector<sync::Op> ops, std::optional<std::int64_t> seen = {}) {
    return {.n = ++n,
            .at = clock.now(),
            .seen = {office.ledger().epoch(), seen.value_or(head(paul))},
            .intent = "test",
            .ops = std::move(ops)};
  }
  sync::Outcome apply(const server::Author& author, const sync::Mutation& m) {
    server::Ledger::Work work(office.ledger());
    const sync::Outcome outcome = office.ledger().apply(author, m, m.at);
    work.commit();
    return outcome;
  }
  sync::Outcome apply(std::vector<sync::Op> ops) {
    return apply(agent(head(paul)), mutation(std::move(ops)));
  }
};

sync::Op task(World& w, const Id& case_id, const char* title = "rappeler") {
  return insert_op("task", w.random.row_id(w.clock.now()),
                   {{"case_id", case_id}, {"title", std::string(title)}});
}

sync::Op with_before(sync::Op op, std::initializer_list<Value> before) {
  auto at = before.begin();
  for (sync::Change& change : op.changes) change.before = *at++;
  return op;
}

Value text(const char* t) { return std::string(t); }

/// A row of every table on the agent's case, made by the office: what updates aim at.
std::map<std::string, Id> a_row_of_each(Desk& w) {
  std::map<std::string, Id> rows;
  Edits values(w.office.db(), schema::Side::server, schema::office, w.random, w.clock);
  values.naughty = 0;
  for (const Table& t : schema::business_tables()) {
    if (t.name == "case_file" || t.name == "debtor" || t.name == "staff" || t.name == "creditor" ||
        t.name == "device" || t.name == "assignment")
      continue;
    const Id id = w.random.row_id(w.clock.now());
    std::string names, places;
    Row row(t.columns.size());
    for (std::size_t i = 0; i < t.columns.size(); ++i) {
      const Column& c = t.columns[i];
      if (i == 0)
        row[i] = id;
      else if (c.name == "created_by")
        row[i] = w.office.system();
      else if (c.name == "device_id")
        row[i] = w.device;
      else if (c.name == "case_id")
        row[i] = w.own.case_id;
      else if (c.name == "debtor_id")
        row[i] = c.required ? Value{w.own.debtor} : Value{Null{}};
      else if (c.type == schema::Type::id && c.references == "import_batch")
        row[i] = Null{};
      else if (!c.references.empty() && rows.contains(std::string(c.references)))
        row[i] = rows.at(std::string(c.references));
      else if (c.required)
        row[i] = c.initial.empty() ? values.value(c, w.own.case_id) : schema::initial_value(c);
    }
    if (t.name == "conflict" || t.name == "conflict_side")
      row[schema::column(t, t.name == "conflict" ? "row_id" : "conflict_id")] =
          t.name == "conflict" ? w.own.case_id : rows.at("conflict");
    server::insert_row(w.office.db(), t, row);
    rows[std::string(t.name)] = id;
  }
  rows["case_file"] = w.own.case_id;
  rows["debtor"] = w.own.debtor;
  rows["staff"] = w.lea;
  rows["creditor"] = w.creditor;
  rows["device"] = w.lea_device;
  rows["assignment"] = *sql::id(w.office.db(), "SELECT id FROM assignment WHERE staff_id = ?1", w.paul);
  return rows;
}

}  // namespace

TEST_CASE("every column is written by those whom the schema names, and by nobody else") {
  Desk w;
  const auto rows = a_row_of_each(w);
  const std::vector<std::pair<Id, schema::Writers>> people{
      {w.paul, schema::agent}, {w.clerk, schema::clerk}, {w.boss, schema::office}, {w.dpo, schema::dpo}};
  Edits values(w.office.db(), schema::Side::server, schema::office, w.random, w.clock);
  values.naughty = 0;
  int refused = 0, let = 0;
  for (const Table& t : schema::business_tables())
    for (std::size_t i = 0; i < t.columns.size(); ++i)
      for (const auto& [staff, role] : people) {
        const Column& c = t.columns[i];
        INFO(t.name << "." << c.name << " by " << schema::name_of(role));
        const Id id = rows.at(std::string(t.name));
        const auto before = w.office.row(t.name, id);
        REQUIRE(before.has_value());
        Value value =
            schema::why_not(c, (*before)[i]).empty() ? (*before)[i] : values.value(c, w.own.case_id);
        for (int tries = 0; tries < 20 && (value == (*before)[i] || !schema::why_not(c, value).empty());
             ++tries)
          value = values.value(c, w.own.case_id);
        sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = id};
        op.changes.push_back({i, (*before)[i], value});
        const bool permitted = i >= schema::kStampColumns && c.merge != schema::Merge::fixed &&
                               schema::may_write(role, c.writers) &&
                               !(t.way == schema::Way::office && role == schema::agent);
        // Rights first, one Work that is never committed: nothing one role does is seen by the next.
        server::Ledger::Work work(w.office.ledger());
        const sync::Outcome outcome =
            w.office.ledger().apply(w.by(staff, role), w.mutation({op}), w.clock.now());
        if (permitted) {
          ++let;
          CHECK(outcome.reason != "not_permitted");
          continue;
        }
        ++refused;
        CHECK(outcome.status == Status::refused);
        CHECK(outcome.reason == "not_permitted");
        CHECK(w.office.row(t.name, id) == before);
        CHECK(w.office.ledger().feed_place() == 0);
        CHECK(sql::number(w.office.db(), "SELECT count(*) FROM history WHERE device_id = ?1", w.device) == 0);
      }
  CHECK(refused > 400);
  CHECK(let > 50);
}

TEST_CASE("a table is inserted into by those whom the schema names, and a given column only by its writers") {
  Desk w;
  const auto rows = a_row_of_each(w);
  const std::vector<std::pair<Id, schema::Writers>> people{
      {w.paul, schema::agent}, {w.clerk, schema::clerk}, {w.boss, schema::office}, {w.dpo, schema::dpo}};
  Edits values(w.office.db(), schema::Side::server, schema::office, w.random, w.clock);
  values.naughty = 0;
  for (const Table& t : schema::business_tables()) {
    if (t.name == "conflict_side") continue;
    for (const auto& [staff, role] : people)
      for (std::size_t extra = 0; extra < t.columns.size(); ++extra) {
        // The required columns, and one more that may not be the author's.
        sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = w.random.row_id(w.clock.now())};
        bool may =
            schema::may_write(role, t.inserters) && !(t.way == schema::Way::office && role == schema::agent);
        for (std::size_t i = 0; i < t.columns.size(); ++i) {
          const Column& c = t.columns[i];
          const bool needed = i >= schema::kStampColumns && c.required && c.initial.empty();
          if (!needed && i != extra) continue;
          Value value = c.name == "case_id"     ? Value{w.own.case_id}
                        : c.name == "debtor_id" ? Value{w.own.debtor}
                                                : Value{};
          if (is_null(value) && rows.contains(std::string(c.references)))
            value = rows.at(std::string(c.references));
          for (int tries = 0; tries < 20 && is_null(value); ++tries)
            value = c.name == "name" || c.name == "number" ? Value{op.row.text().substr(19)}
                                                           : values.value(c, w.own.case_id);
          op.changes.push_back({i, Null{}, value});
          may = may && i >= schema::kStampColumns && schema::may_write(role, c.writers);
        }
        INFO(t.name << " with " << t.columns[extra].name << " by " << schema::name_of(role));
        server::Ledger::Work work(w.office.ledger());
        const sync::Outcome outcome =
            w.office.ledger().apply(w.by(staff, role), w.mutation({op}), w.clock.now());
        if (may) {
          CHECK(outcome.reason != "not_permitted");
        } else {
          CHECK(outcome.status == Status::refused);
          CHECK(outcome.reason == "not_permitted");
          CHECK_FALSE(w.office.row(t.name, op.row).has_value());
          CHECK(w.office.ledger().feed_place() == 0);
        }
      }
  }
}

TEST_CASE("a refused edit leaves nothing behind but the names of rows that never came to be") {
  Desk w;
  const auto before = w.head(w.paul);
  const sync::Op good = task(w, w.own.case_id);
  sync::Op bad = update_op("case_file", w.own.case_id, {{"number", std::string("X")}});
  const auto outcome = w.apply(
      {good,
       with_before(update_op("case_file", w.own.case_id, {{"priority", std::int64_t{9}}}), {std::int64_t{0}}),
       bad});
  CHECK(outcome.status == Status::refused);
  CHECK(outcome.reason == "not_permitted");
  CHECK_FALSE(w.office.row("task", good.row).has_value());
  CHECK(w.office.value("case_file", w.own.case_id, "priority") == Value{std::int64_t{0}});
  CHECK(w.head(w.paul) == before);
  CHECK(w.office.count("SELECT count(*) FROM history WHERE table_no = 19") == 0);
  CHECK(w.office.count("SELECT count(*) FROM refused_row") == 1);
  // What builds on it says so; the same row with a right edit is welcome later.
  const auto child =
      w.apply({with_before(update_op("task", good.row, {{"title", std::string("x")}}), {Null{}})});
  CHECK(child.reason == "depends_on_refused");
  CHECK(w.apply({good}).status == Status::applied);
}

TEST_CASE("values that do not fit, edits without operations and edits that are too large are refused alone") {
  Desk w;
  CHECK(w.apply({}).reason == "bad_value");
  sync::Mutation damaged = w.mutation({task(w, w.own.case_id)});
  damaged.damage = "ops";
  CHECK(w.apply(w.agent(0), damaged).reason == "bad_value");
  CHECK(w.apply({with_before(update_op("case_file", w.own.case_id, {{"stage", std::string("nowhere")}}),
                             {text("amicable")})})
            .reason == "bad_value");
  CHECK(
      w.apply({with_before(update_op("case_file", w.own.case_id, {{"priority", Null{}}}), {std::int64_t{0}})})
          .reason == "bad_value");
  CHECK(w.apply({with_before(update_op("case_file", w.own.case_id, {{"priority", std::string("5")}}),
                             {std::int64_t{0}})})
            .reason == "bad_value");
  CHECK(w.apply({insert_op("task", w.random.row_id(0),
                           {{"case_id", w.own.case_id}, {"title", std::string(201, 'x')}})})
            .reason == "bad_value");
  CHECK(w.apply({insert_op("task", w.random.row_id(0), {{"title", std::string("no case")}})}).reason ==
        "bad_value");
  std::vector<sync::Op> many;
  for (std::size_t i = 0; i <= sync::kEditOpsMax; ++i) many.push_back(task(w, w.own.case_id));
  CHECK(w.apply(many).reason == "too_large");
  CHECK(w.office.count("SELECT count(*) FROM task") == 0);
  many.pop_back();
  CHECK(w.apply(many).status == Status::applied);
}

TEST_CASE("one poisoned mutation is refused and those around it in the same commit go on") {
  Desk w;
  server::Ledger::Work work(w.office.ledger());
  const auto author = w.agent(w.head(w.paul));
  const sync::Op before = task(w, w.own.case_id), after = task(w, w.own.case_id);
  CHECK(w.office.ledger().apply(author, w.mutation({before}), w.clock.now()).status == Status::applied);
  // A second case of a taken number: the database itself says no.
  server::Author boss = w.by(w.boss, schema::office);
  const auto poisoned =
      w.office.ledger().apply(boss,
                              w.mutation({task(w, w.own.case_id), insert_op("case_file", w.random.row_id(0),
                                                                            {{"number", std::string("C-1")},
                                                                             {"creditor_id", w.creditor},
                                                                             {"debtor_id", w.own.debtor}})}),
                              w.clock.now());
  CHECK(poisoned.status == Status::refused);
  CHECK(poisoned.reason == "contradicts");
  CHECK(w.office.ledger().apply(author, w.mutation({after}), w.clock.now()).status == Status::applied);
  work.commit();
  CHECK(w.office.count("SELECT count(*) FROM task") == 2);
  CHECK(server::verify_office(w.office.db()).empty());
}

TEST_CASE("history says what every edit did to every unit, with the values before and after") {
  Desk w;
  const auto line = [&](std::string_view unit) {
    sql::Query q(w.office.db(),
                 "SELECT verdict, before, after FROM history WHERE row_id = ?1 AND unit = ?2 ORDER BY "
                 "happened_at DESC, n DESC LIMIT 1",
                 w.own.case_id, unit);
    REQUIRE(q.next());
    return q.text(0) + " " + q.text(1) + " " + q.text(2);
  };
  w.apply({with_before(
      update_op("case_file", w.own.case_id, {{"priority", std::int64_t{1}}, {"tags", std::string("a")}}),
      {std::int64_t{0}, Null{}})});
  CHECK(line("priority") == "taken {\"priority\":0} {\"priority\":1}");
  CHECK(line("tags") == "taken {\"tags\":null} {\"tags\":\"a\"}");
  w.clock.advance(-10'000);  // an earlier edit that arrives later
  w.apply({with_before(
      update_op("case_file", w.own.case_id, {{"priority", std::int64_t{2}}, {"tags", std::string("b")}}),
      {std::int64_t{0}, Null{}})});
  sql::Query lost(
      w.office.db(),
      "SELECT before, after FROM history WHERE row_id = ?1 AND unit = 'priority' AND verdict = 'lost'",
      w.own.case_id);
  REQUIRE(lost.next());
  CHECK(lost.text(0) == "{\"priority\":1}");
  CHECK(lost.text(1) == "{\"priority\":2}");
  CHECK(w.office.value("case_file", w.own.case_id, "priority") == Value{std::int64_t{1}});
  CHECK(w.office.value("case_file", w.own.case_id, "tags") == text("a b"));
}

TEST_CASE("of equal times the larger device wins, in whatever order three edits arrive") {
  // The stamp of the value that stands is read from history: it must be the winner's, not another's of that moment.
  const auto end_of = [](std::vector<int> order) {
    Desk w;
    std::vector<Id> devices{w.office.add_device(w.paul), w.office.add_device(w.paul),
                            w.office.add_device(w.paul)};
    std::sort(devices.begin(), devices.end());
    const std::int64_t ns[] = {9, 1, 5};
    for (const int i : order) {
      server::Author author = w.agent(w.head(w.paul));
      author.device_id = devices[static_cast<std::size_t>(i)];
      sync::Mutation m = w.mutation({with_before(
          update_op("case_file", w.own.case_id, {{"priority", std::int64_t{10} + i}}), {std::int64_t{0}})});
      m.n = ns[i];
      w.apply(author, m);
    }
    return std::get<std::int64_t>(w.office.value("case_file", w.own.case_id, "priority"));
  };
  std::vector<int> order{0, 1, 2};
  do {
    CAPTURE(order);
    CHECK(end_of(order) == 12);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_CASE("a row may only point to rows that exist, and to rows of its own case") {
  Desk w;
  const Id foreign = w.random.row_id(0);
  REQUIRE(w.office
              .edit(w.clerk, {insert_op("payment_plan", foreign,
                                        {{"case_id", w.other.case_id}, {"total_cents", std::int64_t{1}}})})
              .status == Status::applied);
  const auto instalment = [&](const Id& plan) {
    return insert_op("instalment", w.random.row_id(0),
                     {{"case_id", w.own.case_id},
                      {"plan_id", plan},
                      {"position", std::int64_t{1}},
                      {"due_on", std::string("2026-12-01")},
                      {"amount_cents", std::int64_t{1}}});
  };
  CHECK(w.apply({instalment(foreign)}).reason == "unknown_row");  // forbidden looks like absent
  CHECK(w.apply({instalment(w.random.row_id(0))}).reason == "unknown_row");
  CHECK(w.apply({task(w, w.random.row_id(0))}).reason == "unknown_row");
  CHECK(w.apply({task(w, w.other.case_id)}).reason == "unknown_row");
  CHECK(w.apply({with_before(update_op("task", w.random.row_id(0), {{"title", text("x")}}), {Null{}})})
            .reason == "unknown_row");
  const sync::Op t = task(w, w.own.case_id);
  REQUIRE(w.apply({t}).status == Status::applied);
  CHECK(w.apply({t}).reason == "id_taken");
  CHECK(w.apply({with_before(update_op("task", t.row, {{"assignee_id", w.random.row_id(0)}}), {Null{}})})
            .reason == "unknown_row");
  CHECK(w.apply({with_before(update_op("task", t.row, {{"assignee_id", w.lea}}), {Null{}})}).status ==
        Status::applied);
}

TEST_CASE("a mutation on a held and a lost case is split, and what took effect is not called refused") {
  Desk w;
  const auto second = w.add_case();
  w.office.assign(second.case_id, w.paul);
  const auto seen = w.head(w.paul);
  w.office.unassign(second.case_id, w.paul);
  const auto outcome =
      w.apply(w.agent(seen),
              w.mutation({with_before(update_op("case_file", w.own.case_id, {{"priority", std::int64_t{4}}}),
                                      {std::int64_t{0}}),
                          with_before(update_op("case_file", second.case_id, {{"priority", std::int64_t{4}}}),
                                      {std::int64_t{0}})},
                         seen));
  CHECK(outcome.status == Status::merged);
  CHECK(outcome.reason == "late");
  CHECK(outcome.conflicts.empty());  // the author reads nothing of the case in it
  CHECK(w.office.value("case_file", w.own.case_id, "priority") == Value{std::int64_t{4}});
  CHECK(w.office.value("case_file", second.case_id, "priority") == Value{std::int64_t{0}});
  CHECK(w.office.count("SELECT count(*) FROM conflict WHERE kind = 'late'") == 1);
  CHECK(w.office.count("SELECT count(*) FROM feed_entry WHERE origin IS NOT NULL") == 0);
}

TEST_CASE("late is what its author could not know; what he knew is refused") {
  Desk w;
  const auto seen = w.head(w.paul);
  w.office.unassign(w.own.case_id, w.paul);
  const auto dropped =
      sql::number(w.office.db(), "SELECT drop_seq FROM assignment WHERE staff_id = ?1", w.paul);
  REQUIRE(dropped.has_value());
  CHECK(*dropped > seen);
  CHECK(w.apply(w.agent(seen), w.mutation({task(w, w.own.case_id)}, *dropped - 1)).reason == "late");
  CHECK(w.apply(w.agent(seen), w.mutation({task(w, w.own.case_id)}, *dropped)).reason == "not_holder");
  // A floor: no honest edit has seen less than the device's last whole request.
  server::Author floored = w.agent(seen);
  floored.seen_floor = *dropped;
  CHECK(w.apply(floored, w.mutation({task(w, w.own.case_id)}, 0)).reason == "not_holder");
  sync::Mutation old_epoch = w.mutation({task(w, w.own.case_id)}, *dropped);
  old_epoch.seen.epoch = w.random.uuid();
  CHECK(w.apply(floored, old_epoch).reason == "late");
  CHECK(w.apply(w.agent(seen), w.mutation({task(w, w.other.case_id)}, 0)).reason ==
        "unknown_row");  // never his
}

TEST_CASE("given back on the same row and taken again, a case has the number of its last drop") {
  Desk w;
  const Id assignment = *sql::id(w.office.db(), "SELECT id FROM assignment WHERE staff_id = ?1", w.paul);
  w.office.unassign(w.own.case_id, w.paul);
  REQUIRE(w.office.edit(w.clerk, {update_op("assignment", assignment, {{"valid_to", Null{}}})}).status ==
          Status::applied);
  const auto seen = w.head(w.paul);
  w.office.unassign(w.own.case_id, w.paul);
  CHECK(w.apply(w.agent(seen), w.mutation({task(w, w.own.case_id)}, seen)).reason == "late");
}

TEST_CASE("who holds a case is asked anew once a mutation has changed it") {
  Desk w;
  const auto third = w.add_case();
  const sync::Op before = task(w, third.case_id), after = task(w, third.case_id),
                 last = task(w, third.case_id);
  const Id assignment = w.random.row_id(w.clock.now());
  REQUIRE(w.office
              .edit(w.clerk,
                    {before,
                     insert_op("assignment", assignment, {{"case_id", third.case_id}, {"staff_id", w.paul}}),
                     after})
              .status == Status::applied);
  const auto has = [&](const sync::Op& op) {
    return sql::number(w.office.db(), "SELECT gone FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2",
                       w.paul, op.row);
  };
  CHECK(has(before) == 0);
  CHECK(has(after) == 0);
  REQUIRE(w.office
              .edit(w.clerk,
                    {update_op("task", after.row, {{"title", std::string("write")}}),
                     update_op("assignment", assignment, {{"valid_to", std::string("2026-11-30")}}), last})
              .status == Status::applied);
  CHECK(has(after) == 1);
  CHECK(!has(last));
}

TEST_CASE("an assignment that was over before it was written makes nobody late") {
  Desk w;
  w.office.edit(w.clerk, {insert_op("assignment", w.random.row_id(0),
                                    {{"case_id", w.other.case_id},
                                     {"staff_id", w.paul},
                                     {"valid_from", std::string("2026-01-01")},
                                     {"valid_to", std::string("2026-02-01")}})});
  CHECK(w.apply({task(w, w.other.case_id)}).reason == "unknown_row");
}

TEST_CASE("a case that changes its debtor takes the new one's rows along and leaves the old one's") {
  Desk w;
  const Id phone = w.random.row_id(0), foreign_phone = w.random.row_id(0);
  w.office.edit(w.clerk, {insert_op("contact_point", phone,
                                    {{"debtor_id", w.own.debtor}, {"type", std::string("phone")}})});
  w.office.edit(w.clerk, {insert_op("contact_point", foreign_phone,
                                    {{"debtor_id", w.other.debtor}, {"type", std::string("phone")}})});
  const auto names = [&](const Id& row) {
    return sql::number(w.office.db(), "SELECT gone FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2",
                       w.paul, row)
        .value_or(-1);
  };
  const auto seen = w.head(w.paul);
  REQUIRE(w.office.edit(w.boss, {update_op("case_file", w.own.case_id, {{"debtor_id", w.other.debtor}})})
              .status == Status::applied);
  CHECK(names(phone) == 1);
  CHECK(names(w.own.debtor) == 1);
  CHECK(names(foreign_phone) == 0);
  CHECK(names(w.other.debtor) == 0);
  CHECK(server::verify_office(w.office.db()).empty());
  // The debtor left him unknowing: his work on it is late, not a stranger's.
  const auto outcome = w.apply(
      w.agent(seen),
      w.mutation({with_before(update_op("debtor", w.own.debtor, {{"trade_name", text("T")}}), {Null{}})},
                 seen));
  CHECK(outcome.reason == "late_update");
}

TEST_CASE(
    "closing a conflict that is closed already changes nothing, and says so where the choice is another") {
  Desk w;
  const auto name = [&](const char* from, const char* to) {
    return with_before(update_op("debtor", w.own.debtor, {{"legal_name", text(to)}}),
                       {Value{std::string(from)}});
  };
  w.apply({name("Client 1", "A")});
  w.apply({name("Client 1", "B")});
  const Id conflict = *sql::id(w.office.db(), "SELECT id FROM conflict");
  const auto close = [&](const char* how) {
    return with_before(
        update_op("conflict", conflict, {{"state", text("closed")}, {"resolution", text(how)}}),
        {text("open"), Null{}});
  };
  CHECK(w.apply({close("proposed")}).reason == "bad_value");  // a choice travels with it
  CHECK(
      w.apply({with_before(update_op("conflict", conflict, {{"resolution", text("x")}}), {Null{}})}).reason ==
      "not_permitted");
  CHECK(w.apply({close("current"), name("A", "A")}).status == Status::applied);
  CHECK(w.office.value("conflict", conflict, "resolved_by") == Value{w.paul});
  CHECK(w.apply({close("proposed"), name("A", "B")}).reason == "conflict_closed");
  // The same value again is well, but not exact: how it was closed stays.
  CHECK(w.apply({close("proposed"), name("A", "A")}).status == Status::merged);
  CHECK(w.office.value("conflict", conflict, "resolution") == text("current"));
}

TEST_CASE("a disk that fails is not one mutation's matter") {
  Desk w;
  CHECK_THROWS_AS(
      [&] {
        server::Ledger::Work work(w.office.ledger());
        w.office.db().execute("PRAGMA max_page_count = 1");
        std::vector<sync::Op> many;
        for (int i = 0; i < 900; ++i)
          many.push_back(insert_op(
              "contact_event", w.random.row_id(0),
              {{"case_id", w.own.case_id}, {"outcome", text("reached")}, {"note", std::string(2000, 'x')}}));
        static_cast<void>(w.office.ledger().apply(w.agent(0), w.mutation(many), w.clock.now()));
        work.commit();
      }(),
      Failure);
  w.office.db().execute("PRAGMA max_page_count = 1000000");
  CHECK(w.office.count("SELECT count(*) FROM contact_event") == 0);
  CHECK(w.apply({task(w, w.own.case_id)}).status == Status::applied);  // and the ledger goes on
}

TEST_CASE("who may not write a value does not choose between two of them, and half a choice is none") {
  Desk w;
  const auto siren = [&](const char* from, const char* to) {
    return with_before(update_op("debtor", w.own.debtor, {{"siren", text(to)}}), {Value{std::string(from)}});
  };
  REQUIRE(
      w.office.edit(w.clerk, {update_op("debtor", w.own.debtor, {{"siren", text("732829320")}})}).status ==
      Status::applied);
  REQUIRE(w.apply(w.by(w.boss, schema::office), w.mutation({siren("", "552100554")})).status ==
          Status::conflict);
  const Id conflict = *sql::id(w.office.db(), "SELECT id FROM conflict");
  const auto close =
      with_before(update_op("conflict", conflict, {{"state", text("closed")}}), {text("open")});
  const sync::Op other = with_before(update_op("debtor", w.own.debtor, {{"language", text("en")}}), {Null{}});
  CHECK(w.apply({close, siren("732829320", "552100554")}).reason == "not_permitted");
  CHECK(w.office.value("conflict", conflict, "state") == text("open"));
  // The office may; but the update has to speak of the unit in question.
  const auto boss = w.by(w.boss, schema::office);
  CHECK(w.apply(boss, w.mutation({close, other})).reason == "bad_value");
  CHECK(w.apply(boss, w.mutation({close, task(w, w.own.case_id)})).reason == "bad_value");
  CHECK(w.office.value("debtor", w.own.debtor, "language") == Value{Null{}});
  CHECK(w.apply(boss, w.mutation({close, siren("732829320", "552100554")})).status == Status::applied);
  CHECK(w.office.value("debtor", w.own.debtor, "siren") == text("552100554"));
  CHECK(w.office.value("conflict", conflict, "state") == text("closed"));
  CHECK(w.office.value("conflict", conflict, "resolution") == text("other"));  // it was not said
  CHECK(server::verify_office(w.office.db()).empty());
}

TEST_CASE("a conflict whose row or unit this program does not find is not closed by it") {
  Desk w;
  const auto name = [&](const char* from, const char* to) {
    return with_before(update_op("debtor", w.own.debtor, {{"legal_name", text(to)}}),
                       {Value{std::string(from)}});
  };
  w.apply({name("Client 1", "A")});
  w.apply({name("Client 1", "B")});
  const Id conflict = *sql::id(w.office.db(), "SELECT id FROM conflict");
  const auto close =
      with_before(update_op("conflict", conflict, {{"state", text("closed")}}), {text("open")});
  const auto boss = w.by(w.boss, schema::office);
  for (const char* broken :
       {"UPDATE conflict SET table_name = 'of_later'", "UPDATE conflict SET unit = 'of_later'",
        "UPDATE conflict SET unit = 'legal_name', row_id = CAST('0123456789abcdef' AS BLOB)"}) {
    INFO(broken);
    w.office.db().execute("UPDATE conflict SET table_name = 'debtor'");
    w.office.db().execute(broken);
    CHECK(w.apply(boss, w.mutation({close, name("A", "B")})).reason == "unknown_row");
    CHECK(w.office.value("conflict", conflict, "state") == text("open"));
  }
}

TEST_CASE("an office without its epoch or its own device is damaged, and says what to do") {
  Desk w;
  const auto code_of = [](const auto& act) -> std::optional<Code> {
    try {
      act();
    } catch (const Failure& failure) {
      CHECK(failure.message().find("backup") != std::string::npos);
      return failure.code();
    }
    return std::nullopt;
  };
  for (const char* damaged :
       {"UPDATE meta SET content = 'no id' WHERE name = 'epoch'", "DELETE FROM meta WHERE name = 'epoch'"}) {
    w.office.db().execute(damaged);
    CHECK(code_of([&] { static_cast<void>(w.office.ledger().epoch()); }) == Code::corrupt);
  }
  for (const char* damaged : {"UPDATE meta SET content = 'no id' WHERE name = 'office_device'",
                              "DELETE FROM meta WHERE name = 'office_device'"}) {
    w.office.db().execute(damaged);
    CHECK(code_of([&] { w.office.edit(w.boss, {task(w, w.own.case_id)}); }) == Code::corrupt);
  }
  CHECK(w.office.count("SELECT count(*) FROM task") == 0);
}

TEST_CASE("a role is one of four words") {
  CHECK(server::role_of("agent") == schema::agent);
  CHECK(server::role_of("clerk") == schema::clerk);
  CHECK(server::role_of("office") == schema::office);
  CHECK(server::role_of("dpo") == schema::dpo);
  for (const char* none : {"", "server", "Agent", "nobody"}) CHECK_FALSE(server::role_of(none).has_value());
}
