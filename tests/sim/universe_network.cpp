// Requests and answers, and the network that loses, repeats, delays, reorders, garbles and cuts them.
#include "host/failure.h"
#include "sync/codec.h"
#include "sync/limits.h"
#include "sync/verify.h"
#include "tests/sim/universe.h"

namespace relance::sim {
namespace {

constexpr int kExchangesMax = 120;  // a session that needs more does not end

Digest hash_of(const sync::Mutation& m) {
  if (m.voided.empty()) return sha256(sync::canonical_bytes(m));
  Digest hash{};
  std::copy_n(m.voided_hash.data.begin(), std::min(m.voided_hash.data.size(), hash.size()), hash.begin());
  return hash;
}

bool is_of_disk(Code code) { return code == Code::io || code == Code::disk_full; }

}  // namespace

// ---- sessions --------------------------------------------------------------------------------------------------

void Universe::sync(Machine& m, test::SeededRandom* chance) {
  m.session.reset();
  m.asked.reset();
  m.reply.reset();
  const Knobs& k = plan_.knobs;
  const auto happens = [&](int in_a_hundred) {
    return chance != nullptr && chance->below(100) < static_cast<std::size_t>(in_a_hundred);
  };
  for (int i = 0; i < kExchangesMax; ++i) {
    if (!ask(m)) return;
    if (happens(k.lost)) {
      m.session.reset();
      m.asked.reset();
      return tell("  the request is lost");
    }
    if (happens(k.delayed)) {
      held_back_.push_back(*m.asked);
      m.session.reset();
      m.asked.reset();
      return tell("  the request is held back");
    }
    if (happens(k.repeated)) held_back_.push_back(*m.asked);
    handle(m);
    if (!m.reply) return;
    if (happens(k.answer_lost)) {
      m.session.reset();
      m.reply.reset();
      return tell("  the answer is lost");
    }
    if (happens(k.garbled)) {
      std::string& body = m.reply->answer.body;
      if (chance->below(3) == 0)
        body = "<html>Bienvenue sur le portail</html>";
      else
        body.resize(chance->below(body.size() + 1));
      m.reply->epoch = {};
      tell("  the answer is cut");
    }
    if (!hear(m)) return;
  }
  if (quiet_) fail("machine " + std::to_string(m.index) + ": a session does not end");
}

bool Universe::ask(Machine& m) {
  if (m.asked || m.reply) return false;
  if (!m.session) m.session = std::make_unique<client::Session>(*m.replica);
  std::optional<client::WireRequest> request;
  if (!guard_machine(m, [&] { request = m.session->next(); })) return false;
  if (!request) {
    m.session.reset();
    return false;
  }
  m.asked = Message{m.index, std::move(*request), m.shown_epoch, m.shown, m.clock.now()};
  sql::Query q(*m.db, "SELECT n FROM outbox WHERE sent_at IS NOT NULL");
  while (q.next())
    if (const auto found = m.edits.find(q.integer(0)); found != m.edits.end()) found->second.was_sent = true;
  if (m.asked->request.path == "/v1/sync") check_refused_are_void(m);
  return true;
}

// What an office refused is never sent to be executed: its author may have sent it under another number since. Only
// what came late for another's case is a restored office's to judge anew.
void Universe::check_refused_are_void(Machine& m) {
  const auto decoded = sync::decode_request(m.asked->request.body);
  const auto* request = std::get_if<sync::Request>(&decoded);
  if (request == nullptr) fail("a request cannot be read");
  for (const sync::Mutation& one : request->mutations)
    if (one.voided.empty() &&
        sql::number(*m.db,
                    "SELECT 1 FROM outbox WHERE n = ?1 AND status IN ('refused', 'discarded', 'resent') AND "
                    "reason IS NOT 'late_update'",
                    one.n))
      fail("machine " + std::to_string(m.index) + ": edit " + std::to_string(one.n) +
           " was refused and is sent to be executed");
}

// Whatever arrives, the agent goes on seeing what he wrote and the office has not judged yet.
void Universe::check_unsent_are_shown(Machine& m) {
  std::map<std::tuple<int, Id, std::size_t>, Value> written;
  sql::Query q(*m.db, "SELECT ops FROM outbox WHERE status = 'pending' ORDER BY n");
  while (q.next()) {
    const auto ops = sync::decode_ops(q.view(0));
    if (!ops) fail("an edit in the outbox cannot be read");
    for (const sync::Op& op : *ops) {
      if (op.kind == sync::OpKind::insert) {
        if (!m.replica->row(*op.table, op.row))
          fail("machine " + std::to_string(m.index) + " does not show a row that it made");
        // Resent after its refusal, it comes after the changes that were made to it: those hang on what was refused,
        // and will be refused too.
        std::erase_if(written, [&](const auto& one) { return std::get<1>(one.first) == op.row; });
      }
      for (const sync::Change& c : op.changes)
        if (op.kind == sync::OpKind::update && op.table->columns[c.column].merge != schema::Merge::members)
          written[{op.table->number, op.row, c.column}] = c.after;
    }
  }
  for (const auto& [where, value] : written) {
    const auto& [number, id, column] = where;
    const schema::Table& t = *schema::find_table(number);
    const auto row = m.replica->row(t, id);
    if (row && (*row)[column] != value)
      fail("machine " + std::to_string(m.index) + " does not show its own " + std::string(t.name) + "." +
           std::string(t.columns[column].name));
  }
}

void Universe::handle(Machine& m) {
  if (!m.asked) return;
  const Message message = std::move(*m.asked);
  m.asked.reset();
  m.reply = deliver(message);
  if (m.reply)
    m.reply->asked_at = message.asked_at;
  else
    m.session.reset();
}

bool Universe::hear(Machine& m) {
  if (!m.reply) return false;
  Reply reply = std::move(*m.reply);
  m.reply.reset();
  // As client::OfficeLink measures it: a machine that sleeps on an answer, or whose clock is set, waits for days.
  reply.answer.round_trip_ms = std::max<Ms>(m.clock.now() - reply.asked_at, 0);
  if (!m.session) return false;
  const auto meta = [&](std::string_view name) { return sql::get_meta(*m.db, name).value_or(""); };
  const auto decoded = reply.answer.status == 200 ? sync::Answer::decode(reply.answer.body) : std::nullopt;
  const bool is_first = meta("first_bootstrap") == "1", is_restored = meta("restored") == "1";
  const bool is_staged = decoded && decoded->head.remaining > 0 && !is_first;
  const std::string before = is_staged ? rows_digest(*m.db) : "";
  const std::set<std::pair<int, Id>> held =
      is_restored && decoded ? confirmed_rows(m) : std::set<std::pair<int, Id>>{};
  const auto outbox = outbox_of(m);
  bool goes_on = true;
  const auto orders = [&] { return sql::number(*m.db, "SELECT count(*) FROM erasure").value_or(0); };
  const Number orders_before = orders();
  const bool lives = guard_machine(m, [&] {
    try {
      m.session->take(reply.answer);
    } catch (const Failure& failure) {
      if (is_of_disk(failure.code())) throw;
      tell("  the session ends: " + std::string(facts_of(failure.code()).name));
      if (quiet_ && !m.is_copied) fail("machine " + std::to_string(m.index) + ": " + failure.message());
      goes_on = false;
    }
  });
  m.durable = std::max<Number>(m.durable, std::strtoll(meta("durable_through").c_str(), nullptr, 10));
  check_forgotten(m, outbox, decoded ? decoded->head.now : 0);
  check_left_alone(m);
  for (Number i = orders_before; i < orders(); ++i) count_try("a device that still had the case");
  // Crashed or not: is what the answer showed what the agent sees from here on?
  if (decoded && decoded->head.remaining == 0 && meta("staging").empty() && meta("bootstrap").empty() &&
      meta("cursor_agent") == std::to_string(decoded->head.cursor.agent) &&
      meta("epoch") == reply.epoch.text()) {
    m.shown = reply.shown;
    m.shown_epoch = reply.epoch;
  }
  if (lives && goes_on) check_unsent_are_shown(m);
  // An order is carried out whatever the state of the reading, also one that comes again.
  if (is_staged && decoded->head.erasures.empty() && before != rows_digest(*m.db))
    fail("machine " + std::to_string(m.index) + " shows a state that is not complete");
  // An answer of an office that has been put back since dropped what *it* had.
  if (is_restored && decoded && lives && goes_on && reply.epoch == oracle_.state().epoch) {
    const auto now = confirmed_rows(m);
    for (const auto& [number, id] : held)
      if (!now.contains({number, id}) && !gone_rows_.contains(id) && !hangs_on_erased(id) &&
          // the office draws the ids of conflicts: that they hang on an erased case, only the order knows
          (orders() == orders_before || !schema::find_table(number)->name.starts_with("conflict")) &&
          !server::row_exists(*office_.db, *schema::find_table(number), id))
        fail("machine " + std::to_string(m.index) + ": the last copy of a row of " +
             std::string(schema::find_table(number)->name) + " is gone");
  }
  if (!lives) return false;
  if (!goes_on) m.session.reset();
  return goes_on;
}

// ---- the office's side -----------------------------------------------------------------------------------------

Universe::Expected Universe::foresee(const Message& message, const sync::Request& r) {
  Expected expected;
  const Machine& m = *machines_[message.machine];
  Oracle::Device& device = oracle_.state().devices[m.device];
  const auto lose = [&](Number below) {
    if (below <= device.last_n + 1) return;
    device.lost_below = below;
    device.last_n = below - 1;
    ++tally_["losses named"];
  };
  bool has_gap = false;
  for (const sync::Mutation& one : r.mutations) {
    lose(std::min(one.n, r.oldest_kept));
    has_gap = one.n > device.last_n + 1;
    if (has_gap) break;
    note_unknowable(one);
    const Digest hash = hash_of(one);
    const auto fate = oracle_.state().fates.find({m.device, one.n});
    if (one.n <= device.last_n) {
      const bool is_known = fate != oracle_.state().fates.end();
      const bool was_refused = is_known && !fate->second.verdict.was_taken_in();
      if (!is_known || (one.n <= device.acked && !was_refused)) {
        expected.outcomes.push_back({.n = one.n, .status = sync::Status::duplicate});
      } else {
        if (fate->second.hash != hash) expected.freezes = true;
        const auto status = fate->second.verdict.status;
        expected.outcomes.push_back(
            {.n = one.n,
             .status = status == sync::Status::applied ? sync::Status::merged : status,
             .reason = fate->second.verdict.reason});
      }
      if (one.voided.empty() && oracle_.touches_erased(one)) count_try("an edit that comes again");
      if (expected.freezes) break;
      continue;
    }
    Verdict verdict;
    if (!one.voided.empty()) {
      verdict = one.voided == "erased" ? Verdict{sync::Status::erased, ""}
                                       : Verdict{sync::Status::refused, "refused_before"};
      oracle_.record(m.device, one.n, hash, verdict);
    } else {
      const auto edit = m.edits.find(one.n);
      if (edit == m.edits.end())
        fail("machine " + std::to_string(m.index) + " sent an edit that nobody made");
      const Ms at = std::min(std::max(one.at, device.enrolled_at), clock_.now() + sync::kClockAheadMs);
      verdict = oracle_.take({m.staff, m.role, m.device, edit->second.shown_epoch, edit->second.shown}, one,
                             hash, at);
    }
    if (one.voided.empty() && verdict.status == sync::Status::erased) count_try("a late edit");
    ++tally_[text_of(verdict)];
    tell("  edit " + std::to_string(one.n) + " of machine " + std::to_string(m.index) + ": " +
         text_of(verdict));
    expected.outcomes.push_back({.n = one.n, .status = verdict.status, .reason = verdict.reason});
  }
  if (r.pending == 0 && !has_gap && !expected.freezes) lose(r.oldest_kept);
  device.acked = std::max(device.acked, std::min(r.acked, device.last_n));
  if (r.whole) device.floor = message.shown_epoch == oracle_.state().epoch ? message.shown : 0;
  return expected;
}

std::optional<Universe::Reply> Universe::deliver(const Message& message) {
  Machine& m = *machines_[message.machine];
  const std::string& path = message.request.path;
  const auto state_of = [&] {
    return sql::text(*office_.db, "SELECT state FROM device WHERE id = ?1", m.device).value_or("");
  };
  const std::string state_before = state_of();
  const auto before = server::load_state(*office_.db, m.device);
  const Number audit_before = audit_head();
  server::ServiceAnswer answer;
  const bool answered = guard_office([&] {
    server::SyncService& service = *office_.service;
    if (path == "/v1/sync")
      answer = service.sync(m.device, message.request.body);
    else if (path == "/v1/device")
      answer = service.device(m.device);
    else
      answer = service.rescue(m.device, message.request.body);
  });
  const std::string state_after = state_of();
  if (state_after == "frozen" && state_before != "frozen") {
    ++tally_["devices frozen"];
    tell("  the device is frozen");
    if (!m.is_copied) fail("machine " + std::to_string(m.index) + " is frozen, and nobody copied it");
    oracle_.count_commit();
  } else if (path == "/v1/sync") {
    const auto decoded = sync::decode_request(message.request.body);
    const auto* request = std::get_if<sync::Request>(&decoded);
    if (request == nullptr) fail("a request of our own cannot be read");
    const auto after = server::load_state(*office_.db, m.device);
    const bool moved =
        before && after &&
        (before->last_n != after->last_n || before->acked_n != after->acked_n ||
         before->whole_cursor != after->whole_cursor || before->agent_cursor != after->agent_cursor);
    const bool taken = answered ? answer.status == 200 : audit_head() > audit_before || moved;
    if (taken) {
      const Expected expected = foresee(message, *request);
      if (expected.freezes) fail("the same number came with other content, and the office took it");
      if (audit_head() > audit_before) oracle_.count_commit();
      if (answered) compare_outcomes(expected, {.status = answer.status, .body = answer.body});
      name_conflicts();
    }
  } else if (path == "/v1/rescue") {
    if (state_before.empty() && !state_after.empty()) {
      oracle_.count_commit();
      oracle_.enter_device(
          m.device, *sql::number(*office_.db, "SELECT enrolled_at FROM device WHERE id = ?1", m.device));
      ++tally_["devices rescued"];
    }
    if (answered && answer.status == 200) {
      const auto body = sync::parse_json(message.request.body);
      std::set<Id> hanging;
      for (const auto& one : *sync::array_member(body->get_object(), "mutations")) {
        const sync::Mutation mutation = sync::decode_mutation(one.get_object());
        if (oracle_.touches_erased(mutation, &hanging)) {  // destroyed unread
          count_try("an edit handed over");
          continue;
        }
        note_unknowable(mutation);
        const auto hash = sha256(sync::canonical_bytes(mutation));
        if (!sql::number(*office_.db,
                         "SELECT 1 FROM quarantine WHERE device_id = ?1 AND hash = ?2 UNION SELECT 1 FROM "
                         "mutation_log WHERE device_id = ?1 AND hash = ?2",
                         m.device, Bytes{std::string(bytes_of(hash))}))
          fail("an edit that the office said to have in quarantine is not there");
        ++tally_["edits in quarantine"];
      }
    }
  }
  if (!answered) return std::nullopt;
  trace_.add(answer.status);
  ++tally_["answers " + std::to_string(answer.status)];
  return Reply{
      {.status = answer.status, .body = std::move(answer.body), .retry_after_s = answer.retry_after_s},
      oracle_.state().commits,
      oracle_.state().epoch};
}

void Universe::compare_outcomes(const Expected& expected, const client::WireAnswer& answer) {
  const auto decoded = sync::Answer::decode(answer.body);
  if (!decoded) fail("an answer of our own cannot be read");
  const auto& told = decoded->head.outcomes;
  if (told.size() != expected.outcomes.size())
    fail("the office told " + std::to_string(told.size()) + " outcomes of " +
         std::to_string(expected.outcomes.size()));
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Verdict is{told[i].status, told[i].reason},
        should{expected.outcomes[i].status, expected.outcomes[i].reason};
    if (told[i].n != expected.outcomes[i].n || !agrees(should, is))
      fail("edit " + std::to_string(told[i].n) + " should be " + text_of(should) + " and is " + text_of(is));
  }
}

// The office draws the ids of conflicts: the oracle learns them, and that there is just one for each.
void Universe::name_conflicts() {
  for (Oracle::Conflict& one : oracle_.state().conflicts) {
    if (one.id != Id{}) continue;
    sql::Query q(*office_.db,
                 "SELECT id FROM conflict WHERE row_id = ?1 AND unit = ?2 AND kind = ?3 AND state = 'open'",
                 one.row, one.unit, one.kind);
    if (!q.next())
      fail("two values of " + std::string(one.table->name) + "." + one.unit + " met, and nobody is asked");
    one.id = q.id(0);
    if (q.next()) fail("one conflict is open twice");
    ++tally_["conflicts"];
  }
}

void Universe::verify(Machine& m) {
  if (m.is_copied || m.replica->standing() != client::Standing::ready) return;
  server::ServiceAnswer answer;
  const std::string body = m.replica->verify_body();
  if (!guard_office([&] { answer = office_.service->verify(m.device, body); })) return;
  if (answer.status != 200) return;
  const auto decoded = sync::decode_verify_answer(answer.body);
  if (!decoded) fail("an answer to verify cannot be read");
  if (!decoded->differing.empty() && !sql::number(*m.db, "SELECT 1 FROM orphan"))
    fail("machine " + std::to_string(m.index) + " is at the office's position and differs in " +
         std::to_string(decoded->differing.size()) + " buckets");
  ++tally_["verified"];
}

}  // namespace relance::sim
