#include "tests/support/authorisation.h"

#include <algorithm>

#include "schema/tables.h"
#include "server/feed.h"
#include "tests/test.hpp"

namespace relance::test {
namespace {

using schema::Column;
using schema::Table;
using schema::Type;
using schema::Way;

bool names(schema::Writers allowed, schema::Writers role) {
  return (static_cast<unsigned>(allowed) & static_cast<unsigned>(role)) != 0;
}

bool is_stamp(const Column& c) {
  return std::any_of(schema::kStamp.begin(), schema::kStamp.end(),
                     [&](const Column& stamp) { return stamp.name == c.name; });
}

bool is_reached_by_debtor(const Table& t) {
  return t.name == "debtor" || t.name == "contact_point" || t.name == "enquiry" ||
         t.name == "insolvency_event";
}

bool may_write_all(const Ask& ask, schema::Writers role) {
  return std::all_of(ask.columns.begin(), ask.columns.end(), [&](const Column* c) {
    const bool is_fixed = ask.kind == sync::OpKind::update && c->merge == schema::Merge::fixed;
    return !is_stamp(*c) && !is_fixed && names(c->writers, role);
  });
}

Fate fate_of_insert(const Ask& ask, const Person& who, Aim parent) {
  const Table& t = *ask.table;
  if (!names(t.inserters, who.role) || !may_write_all(ask, who.role)) return Fate::not_permitted;
  if (t.way != Way::by_case) return Fate::let;  // the office's own rows: nothing they hang on
  if (parent == Aim::absent) return Fate::unknown_row;
  switch (who.relation) {
    case Relation::office:
    case Relation::holder: return Fate::let;
    case Relation::sibling: return is_reached_by_debtor(t) ? Fate::let : Fate::unknown_row;
    case Relation::former: return Fate::not_holder;  // he had the case: its existence is no news to him
    case Relation::former_late: return Fate::late_insert;
    case Relation::stranger: return Fate::unknown_row;
  }
  return Fate::unknown_row;
}

Fate fate_of_update(const Ask& ask, const Person& who, Aim aim) {
  const Table& t = *ask.table;
  const bool is_agent = who.relation != Relation::office;
  if (t.way == Way::office && is_agent) return Fate::not_permitted;  // whatever the id: no agent ever sees it
  if (aim == Aim::absent) return Fate::unknown_row;
  if (is_agent && t.way != Way::common) {
    // Whose it is comes before what may be written, or `not_permitted` would say that it exists.
    if (who.relation == Relation::stranger) return Fate::unknown_row;
    if (who.relation == Relation::sibling && !is_reached_by_debtor(t)) return Fate::unknown_row;
    if (who.relation == Relation::former) return aim == Aim::later ? Fate::unknown_row : Fate::not_holder;
  }
  if (!may_write_all(ask, who.role)) return Fate::not_permitted;
  const bool is_late = who.relation == Relation::former_late && t.way != Way::common;
  return is_late ? Fate::late_update : Fate::let;
}

std::string blotted(std::string body) {
  constexpr std::string_view kToken = "\"resume\":\"";
  const std::size_t at = body.find(kToken);
  if (at != std::string::npos) body.replace(at + kToken.size(), 36, 36, 'x');
  return body;
}

sync::Op set(sync::Op op, const Column& c, Value before, Value after) {
  op.changes.push_back({schema::column(*op.table, c.name), std::move(before), std::move(after)});
  return op;
}

}  // namespace

std::string_view name_of(Fate fate) {
  constexpr std::array<std::string_view, 6> kNames{"let",           "late",       "late_update",
                                                   "not_permitted", "not_holder", "unknown_row"};
  return kNames[static_cast<std::size_t>(fate)];
}

std::string_view name_of(Aim aim) {
  constexpr std::array<std::string_view, 3> kNames{"row", "later row", "absent row"};
  return kNames[static_cast<std::size_t>(aim)];
}

Fate fate_of(const Ask& ask, const Person& person, Aim aim) {
  return ask.kind == sync::OpKind::insert ? fate_of_insert(ask, person, aim)
                                          : fate_of_update(ask, person, aim);
}

std::vector<Ask> all_asks() {
  std::vector<Ask> out;
  for (const Table& t : schema::business_tables()) {
    std::vector<const Column*> required;
    for (const Column& c : t.columns)
      if (c.required && c.initial.empty() && !is_stamp(c)) required.push_back(&c);
    out.push_back({&t, sync::OpKind::insert, "", required});
    for (const schema::Unit& unit : schema::units(t)) {
      Ask update{&t, sync::OpKind::update, unit.name, {}};
      Ask insert{&t, sync::OpKind::insert, unit.name, required};
      for (const std::size_t i : unit.columns) {
        update.columns.push_back(&t.columns[i]);
        if (std::find(required.begin(), required.end(), &t.columns[i]) == required.end())
          insert.columns.push_back(&t.columns[i]);
      }
      out.push_back(update);
      if (insert.columns.size() > required.size()) out.push_back(insert);
    }
  }
  return out;
}

// ---- the world -------------------------------------------------------------------------------------------------

AuthorisationWorld::AuthorisationWorld() {
  a = add_case();
  b = add_case();
  other_of_debtor = {office.add_case(creditor, a.debtor, "C-" + std::to_string(++cases)), a.debtor};
  add_person("paul", "agent", Relation::holder);
  add_person("lea", "agent", Relation::sibling);
  add_person("ines", "agent", Relation::former);
  add_person("jean", "agent", Relation::former_late);
  add_person("omar", "agent", Relation::stranger);
  add_person("nadia", "clerk", Relation::office);
  add_person("olga", "office", Relation::office);
  add_person("david", "dpo", Relation::office);
  for (const char* name : {"paul", "ines", "jean"}) office.assign(a.case_id, staff_of(name));
  office.assign(other_of_debtor.case_id, staff_of("lea"));
  office.assign(b.case_id, staff_of("omar"));
  // A title that the office has seen: costs may be charged, and what an edit meets is its author's rights alone.
  for (const CaseIds& of : {a, b})
    office.edit(office.system(), {insert_op("limitation_event", random.row_id(clock.now()),
                                            {{"case_id", of.case_id},
                                             {"act", std::string("title")},
                                             {"happened_on", std::string("2026-11-01")},
                                             {"verified", std::int64_t{1}}})});
  make_rows(rows, a, people[0]);
  make_rows(foreign, b, people[4]);
  for (const char* name : {"ines", "jean"}) office.unassign(a.case_id, staff_of(name));
  make_rows(later, a, people[0]);
}

void AuthorisationWorld::add_person(const std::string& name, std::string_view role, Relation relation) {
  Person person{.name = name, .role = *server::role_of(role), .relation = relation};
  person.staff = office.add_staff(name, role);
  person.device = office.add_device(person.staff);
  people.push_back(person);
}

const Id& AuthorisationWorld::staff_of(std::string_view name) const {
  return std::find_if(people.begin(), people.end(), [&](const Person& p) { return p.name == name; })->staff;
}

// A row of every table, by the real write path: in every holder's feed.
void AuthorisationWorld::make_rows(std::map<std::string, Id>& into, const CaseIds& of, const Person& holder) {
  into["case_file"] = of.case_id;
  into["debtor"] = of.debtor;
  into["assignment"] = *sql::id(office.db(), "SELECT id FROM assignment WHERE case_id = ?1 AND staff_id = ?2",
                                of.case_id, holder.staff);
  for (const Table& t : schema::business_tables()) {
    if (!names(t.inserters, schema::office) || into.contains(std::string(t.name))) continue;
    sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = random.row_id(clock.now())};
    for (const Column& c : t.columns) {
      const bool is_text = c.type == Type::text && names(c.writers, schema::office);
      const bool is_second_person = c.name == "lift_asked_by";  // who asked is another than who lifts
      if (is_stamp(c) || !(is_text || is_second_person || (c.required && c.initial.empty()))) continue;
      op = set(std::move(op), c, Null{}, fitting(c, into, of));
    }
    INFO(t.name);
    REQUIRE(office.edit(staff_of("olga"), {op}).status == sync::Status::applied);
    into[std::string(t.name)] = op.row;
  }
  make_conflict(into, holder);
}

// Two edits of a plan's terms that met.
void AuthorisationWorld::make_conflict(std::map<std::string, Id>& into, const Person& holder) {
  const Table& plan = schema::table("payment_plan");
  const Id id = into.at("payment_plan");
  const Value before = office.value("payment_plan", id, "total_cents");
  for (std::int64_t n = 1; n <= 2; ++n) {
    const sync::Op op = set({.kind = sync::OpKind::update, .table = &plan, .row = id, .changes = {}},
                            plan.columns[schema::column(plan, "total_cents")], before, 1000 + n);
    server::Ledger::Work work(office.ledger());
    static_cast<void>(
        office.ledger().apply({.staff_id = holder.staff, .role = schema::agent, .device_id = holder.device},
                              {.n = 1000 + ++salt_,
                               .at = clock.now(),
                               .seen = {office.ledger().epoch(), 0},
                               .intent = "t",
                               .ops = {op}},
                              clock.now()));
    work.commit();
  }
  into["conflict"] = *sql::id(office.db(), "SELECT id FROM conflict WHERE row_id = ?1", id);
  into["conflict_side"] =
      *sql::id(office.db(), "SELECT id FROM conflict_side WHERE conflict_id = ?1", into.at("conflict"));
}

Value AuthorisationWorld::fitting(const Column& c, const std::map<std::string, Id>& among,
                                  const CaseIds& of) {
  const auto salt = static_cast<std::size_t>(++salt_);
  switch (c.type) {
    case Type::id: {
      if (c.name == "case_id") return of.case_id;
      if (c.references == "debtor") return of.debtor;
      if (c.references == "staff") return people[0].staff;
      const auto found = among.find(std::string(c.references));
      return found == among.end() ? Value{Null{}} : Value{found->second};
    }
    case Type::text:
      return (std::string(kMarker) + std::to_string(salt)).substr(0, static_cast<std::size_t>(c.text_max));
    case Type::word: return std::string(c.words[salt % c.words.size()]);
    case Type::set: return std::string(kMarker) + std::to_string(salt);
    case Type::flag: return std::int64_t{1};
    case Type::integer:
    case Type::cents: return static_cast<std::int64_t>(salt);
    case Type::date: return "2027-01-" + std::to_string(10 + salt % 20);
    case Type::instant: return clock.now() - static_cast<Ms>(salt);
    case Type::bytes:
      return Bytes{std::string(32, static_cast<char>('a' + salt % 26)) + std::to_string(salt)};
  }
  return Null{};
}

Value AuthorisationWorld::other_than(const Column& c, const Value& now) {
  if (c.name == "debtor_id") return b.debtor;
  for (int tries = 0; tries < 10; ++tries)
    if (Value v = fitting(c, rows, a); v != now) return v;
  return now;
}

// ---- asking ----------------------------------------------------------------------------------------------------

std::vector<sync::Op> AuthorisationWorld::ops_for(const Ask& ask, Aim aim) {
  const std::string name(ask.table->name);
  sync::Op op{.kind = ask.kind, .table = ask.table, .row = random.row_id(clock.now())};
  if (ask.kind == sync::OpKind::insert) {
    const bool hangs_on_nothing = aim == Aim::absent && ask.table->way == Way::by_case;
    const CaseIds of = hangs_on_nothing ? CaseIds{random.row_id(0), random.row_id(0)} : a;
    for (const Column* c : ask.columns) op = set(std::move(op), *c, Null{}, fitting(*c, rows, of));
    return {op};
  }
  const Id known = (aim == Aim::later ? later : rows).at(name);
  if (aim != Aim::absent) op.row = known;
  if (name == "conflict" && (ask.unit == "state" || ask.unit == "resolution"))
    return closing(ask, known, aim == Aim::absent);
  const auto row = office.row(name, known);
  for (const Column* c : ask.columns) {
    const Value& now = (*row)[schema::column(*ask.table, c->name)];
    op = set(std::move(op), *c, now, other_than(*c, now));
  }
  return {op};
}

// A conflict is closed together with the choice for its row.
std::vector<sync::Op> AuthorisationWorld::closing(const Ask& ask, const Id& conflict, bool is_absent) {
  const Table& t = *ask.table;
  const Table& plan = schema::table("payment_plan");
  const Id target = std::get<Id>(office.value("conflict", conflict, "row_id"));
  sync::Op close{.kind = sync::OpKind::update, .table = &t, .row = is_absent ? random.row_id(0) : conflict};
  close = set(std::move(close), t.columns[schema::column(t, "state")], std::string("open"),
              std::string("closed"));
  if (ask.unit == "resolution")
    close = set(std::move(close), t.columns[schema::column(t, "resolution")], Null{}, std::string("other"));
  sync::Op choice{.kind = sync::OpKind::update, .table = &plan, .row = is_absent ? random.row_id(0) : target};
  const auto row = office.row("payment_plan", target);
  for (const std::size_t i : schema::find_unit(plan, "terms")->columns)
    choice = set(std::move(choice), plan.columns[i], (*row)[i], (*row)[i]);
  return {close, choice};
}

sync::Request AuthorisationWorld::request_head(const Person& person) {
  const std::int64_t head = server::feed_head(rehearsal, person.staff);
  return {.protocol = sync::kProtocol,
          .schema = schema::kVersion,
          .epoch = office.ledger().epoch(),
          .cursor = {head, server::feed_head(rehearsal, server::kCommonFeed)}};
}

AuthorisationWorld::Told AuthorisationWorld::tell(const Person& person, const std::vector<sync::Op>& ops) {
  const sync::Request head = request_head(person);
  // The one who could not know was shown a state before the drop; everybody else the newest.
  const std::int64_t seen = person.relation == Relation::former_late ? 0 : head.cursor.agent;
  const sync::Mutation m{.n = 1, .at = clock.now(), .seen = {head.epoch, seen}, .intent = "test", .ops = {}};
  std::string mutations;
  sync::append_mutation(mutations, m, sync::encode_ops(ops));
  return tell(person, sync::encode_request(head, mutations));
}

AuthorisationWorld::Told AuthorisationWorld::tell(const Person& person, const std::string& request) {
  const server::ServiceAnswer answer = service.sync(person.device, request);
  Told told{.status = answer.status, .outcome = {}, .body = blotted(answer.body)};
  if (answer.status != 200) return told;
  auto decoded = sync::Answer::decode(answer.body);
  REQUIRE(decoded);
  if (!decoded->head.outcomes.empty()) told.outcome = decoded->head.outcomes.front();
  return told;
}

std::string AuthorisationWorld::bootstrap_request() {
  sync::Request head = request_head(people[0]);
  head.cursor = {};
  head.bootstrap = 0;
  return sync::encode_request(head, "");
}

}  // namespace relance::test
