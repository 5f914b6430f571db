#include "tests/sim/universe.h"

#include <cstdio>

#include "host/failure.h"
#include "server/database.h"
#include "server/enrolment.h"
#include "server/feed.h"
#include "sync/planted.h"
#include "tests/sim/marks.h"

namespace relance::sim {
namespace {

constexpr Ms kMinuteMs = 60'000, kHourMs = 60 * kMinuteMs;
constexpr Ms kSleepMs = 400 * kDayMs;
constexpr Ms kTenYearsMs = 3653 * kDayMs;

sync::Op insertion(std::string_view table, const Id& row,
                   std::initializer_list<std::pair<std::string_view, Value>> columns) {
  sync::Op op{.kind = sync::OpKind::insert, .table = &schema::table(table), .row = row};
  for (const auto& [name, value] : columns)
    op.changes.push_back({schema::column(*op.table, name), Null{}, value});
  return op;
}

}  // namespace

void TraceHash::add(std::string_view text) {
  for (const char c : text) value_ = (value_ ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  value_ = (value_ ^ 0xffU) * 0x100000001b3ULL;
}

Universe::Universe(const Plan& plan, bool tells)
    : plan_(plan), tells_(tells), disk_(plan.seed), random_(plan.seed * 31 + 7), chaos_(plan.seed * 131 + 3) {
  found();
}

Universe::~Universe() {
  for (auto& m : machines_) close_machine(*m);
  office_ = {};
  std::error_code ignored;
  if (!ledger_folder_.empty()) std::filesystem::remove_all(ledger_folder_, ignored);
}

void Universe::tell(const std::string& what) {
  trace_.add(what);
  if (tells_) std::printf("%s\n", what.c_str());
}

void Universe::found() {
  open_office();
  const server::Ledger& ledger = *office_.ledger;
  oracle_.state().epoch = ledger.epoch();
  office_device_ = ledger.office_device();
  system_ = server::system_staff(*office_.db);
  const schema::Table& staff = schema::table("staff");
  oracle_.found_row(staff, *server::load_row(*office_.db, staff, system_));
  oracle_.enter_device(office_device_, 0);
  clerk_ = add_staff("nadia", "clerk");
  boss_ = add_staff("olga", "office");
  officer_ = add_staff("diane", "dpo");
  creditor_ = random_.row_id(clock_.now());
  office_ops(system_, schema::office,
             {insertion("creditor", creditor_, {{"name", std::string("Meunier SA")}})});
  for (int i = 0; i < plan_.knobs.agents; ++i)
    agents_.push_back(add_staff("agent" + std::to_string(i), "agent"));
  for (int i = 0; i < plan_.knobs.cases; ++i) cases_.push_back(add_case(i));
  for (const Id& one : cases_)
    office_ops(system_, schema::office,
               {insertion("assignment", random_.row_id(clock_.now()),
                          {{"case_id", one},
                           {"staff_id", any(agents_, chaos_)},
                           {"valid_from", std::string("2026-11-01")}})});
  for (const Id& agent : agents_)
    for (std::size_t i = 0; i < 1 + chaos_.below(2); ++i) add_machine(agent);
  for (auto& m : machines_) sync(*m, nullptr);
}

Id Universe::add_staff(const std::string& name, const std::string& role) {
  const Id id = random_.row_id(clock_.now());
  office_ops(system_, schema::office, {insertion("staff", id, {{"name", name}, {"role", role}})});
  return id;
}

// Every third case is another one of the debtor before: his rows follow the last of them.
Id Universe::add_case(int number) {
  const Id id = random_.row_id(clock_.now());
  std::optional<Id> debtor;
  if (number % 3 == 2) debtor = oracle_.debtor_of(cases_.back());
  if (!debtor) {
    debtor = random_.row_id(clock_.now());
    office_ops(system_, schema::office,
               {insertion("debtor", *debtor,
                          {{"legal_name", marked("Client " + std::to_string(number), *debtor)}})});
  }
  office_ops(system_, schema::office,
             {insertion("case_file", id,
                        {{"number", "C-" + std::to_string(number)},
                         {"creditor_id", creditor_},
                         {"debtor_id", *debtor},
                         {"ledger_ref", marked("411" + std::to_string(number), id)}})});
  return id;
}

Universe::Machine& Universe::add_machine(const Id& staff) {
  auto made = std::make_unique<Machine>();
  Machine& m = *made;
  m.index = machines_.size();
  m.folder = "/m" + std::to_string(m.index);
  m.clock.set(clock_.now() + static_cast<Ms>(chaos_.below(2000)) - 1000);
  m.device = random_.uuid();
  if (chaos_.below(100) < static_cast<std::size_t>(plan_.knobs.old_devices)) m.version = schema::kVersion - 1;
  m.staff = staff;
  const Number before = audit_head();
  const bool answered = guard_office([&] {
    office_.committer->commit(
        [&](server::Ledger& ledger) { server::enter_device(ledger, m.device, staff, "laptop", "active"); });
  });
  if (audit_head() > before) {
    oracle_.count_commit();
    oracle_.enter_device(m.device, clock_.now());
  } else if (answered) {
    fail("an enrolment that was answered is not there");
  }
  machines_.push_back(std::move(made));
  if (!answered) {  // the laptop asks again, with a new key: another device
    machines_.pop_back();
    return add_machine(staff);
  }
  open_machine(m);
  m.shown_epoch = oracle_.state().epoch;
  return m;
}

void Universe::pass(Ms by) {
  clock_.advance(by);
  for (auto& m : machines_) m->clock.advance(by);
}

Number Universe::audit_head() {
  return sql::number(*office_.db, "SELECT max(seq) FROM audit_entry").value_or(0);
}

void Universe::perform(const Action& action) {
  test::SeededRandom chance(action.salt);
  pass(static_cast<Ms>(chance.below(3 * kMinuteMs)));
  tell("- " + std::string(name_of(action.kind)));
  ++tally_[std::string("action ") + std::string(name_of(action.kind))];
  Machine& m = any_machine(chance);
  switch (action.kind) {
    case Kind::edit: edit(m, chance, false); break;
    case Kind::resolve: edit(m, chance, true); break;
    case Kind::change_mind: change_mind(m, chance); break;
    case Kind::sync: sync(m, &chance); break;
    case Kind::ask: ask(m); break;
    case Kind::handle:
      for (std::size_t i = 0; i < machines_.size(); ++i)
        if (Machine& one = *machines_[(m.index + i) % machines_.size()]; one.asked && !one.reply) {
          handle(one);
          break;
        }
      break;
    case Kind::hear:
      for (std::size_t i = 0; i < machines_.size(); ++i)
        if (Machine& one = *machines_[(m.index + i) % machines_.size()]; one.reply) {
          hear(one);
          break;
        }
      break;
    case Kind::late_delivery:
      if (!held_back_.empty()) {
        const std::size_t at = chance.below(held_back_.size());
        const Message late = held_back_[at];
        if (chance.below(3) > 0) held_back_.erase(held_back_.begin() + static_cast<std::ptrdiff_t>(at));
        tell("  of machine " + std::to_string(late.machine));
        static_cast<void>(deliver(late));  // nobody hears the answer
      }
      break;
    case Kind::verify: verify(m); break;
    case Kind::office_edit: office_edit(chance, false); break;
    case Kind::office_resolve: office_edit(chance, true); break;
    case Kind::take_id: take_id(m, "pending", chance); break;
    case Kind::import_case: import_case(chance); break;
    case Kind::move_case: move_case(chance); break;
    case Kind::move_debtor: move_debtor(chance); break;
    case Kind::suspend: set_device_state(m.device, "suspended"); break;
    case Kind::allow: allow_all(); break;
    case Kind::enrol:
      if (++enrolled_ <= 3) add_machine(any(agents_, chance));
      break;
    case Kind::upgrade: upgrade(m); break;
    case Kind::clone: clone(chance); break;
    case Kind::minutes: pass(static_cast<Ms>(chance.below(90)) * kMinuteMs); break;
    case Kind::days: pass(static_cast<Ms>(1 + chance.below(9)) * kDayMs); break;
    case Kind::sleep: pass(kSleepMs); break;
    case Kind::device_clock: {
      const Ms jumps[] = {kHourMs, -kHourMs, kDayMs, -kDayMs, kTenYearsMs, -kTenYearsMs};
      m.clock.advance(jumps[chance.below(6)]);
      break;
    }
    case Kind::office_clock:
      clock_.advance(-static_cast<Ms>(chance.below(static_cast<std::size_t>(kHourMs))));
      break;
    case Kind::crash_device: arm(m.folder, chance, true); break;
    case Kind::crash_office: arm("/office", chance, true); break;
    case Kind::disk_error: arm(chance.below(2) == 0 ? "/office" : m.folder, chance, false); break;
    case Kind::backup: backup(); break;
    case Kind::restore: restore(chance); break;
    case Kind::regret: regret(chance); break;
    case Kind::lost_week: lose_a_week(chance); break;
    case Kind::purge: purge(chance); break;
    case Kind::resurrect: resurrect(chance); break;
    case Kind::count_: break;
  }
}

void Universe::end() {
  quiet_ = true;
  tell("- the faults end");
  disk_.heal("/office");
  if (disk_.is_dead("/office")) crash_office();
  for (auto& m : machines_) {
    disk_.heal(m->folder);
    if (disk_.is_dead(m->folder)) crash_machine(*m);
    m->session.reset();
    m->asked.reset();
    m->reply.reset();
  }
  finish_purges();
  for (const Message& late : held_back_) static_cast<void>(deliver(late));
  // A device that a restored office does not know says so first, and is confirmed.
  for (int round = 0; round < 5; ++round) {
    if (round < 2) allow_all();
    if (round == 2) check_copies();
    tell("- quiet round " + std::to_string(round));
    for (auto& m : machines_) sync(*m, nullptr);
  }
  check_office();
  check_money();
  for (auto& m : machines_) {
    check_kept(*m);
    if (m->is_copied) continue;
    check_replica(*m);
    check_fates(*m);
    check_receipts(*m);
    if (!gone_.empty()) verify(*m);
  }
  hunt();
  trace_.add(rows_digest(*office_.db));
}

}  // namespace relance::sim
