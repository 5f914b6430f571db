#include "server/intake.h"

#include <algorithm>
#include <set>

#include "host/dated_rules.h"
#include "host/local_day.h"
#include "server/audit_heads.h"
#include "server/audit_log.h"
#include "server/case_reads.h"
#include "server/erased_ids.h"
#include "server/erasure.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

sync::Outcome logged_outcome(const sql::Query& q, std::int64_t n, bool acked) {
  const auto status = sync::parse_status(q.view(1));
  sync::Outcome outcome{.n = n, .status = status.value_or(sync::Status::refused)};
  if (!q.is_null(2)) outcome.reason = q.text(2);
  std::string_view ids = q.is_null(3) ? std::string_view{} : q.view(3);
  while (ids.size() >= 36) {
    if (const auto id = Id::parse(ids.substr(0, 36))) outcome.conflicts.push_back(*id);
    ids.remove_prefix(std::min<std::size_t>(37, ids.size()));
  }
  // Its values may be old by now: the device takes the server's row.
  if (outcome.status == sync::Status::applied) outcome.status = sync::Status::merged;
  // A restore may have told the device otherwise since: only what was taken in is not told in full again.
  const bool taken_in = outcome.status == sync::Status::merged || outcome.status == sync::Status::conflict;
  if (acked && taken_in) outcome = {.n = n, .status = sync::Status::duplicate};
  return outcome;
}

}  // namespace

std::optional<Device> find_device(sql::Connection& db, const Id& id) {
  sql::Query q(db,
               "SELECT d.staff_id, s.role, d.state, d.enrolled_at, s.state FROM device d JOIN staff s ON "
               "s.id = d.staff_id WHERE d.id = ?1",
               id);
  if (!q.next()) return std::nullopt;
  const auto role = role_of(q.view(1));
  if (!role) return std::nullopt;
  Device device{
      .id = id, .staff_id = q.id(0), .role = *role, .state = q.text(2), .enrolled_at = q.integer(3)};
  if (q.view(4) == "left" && device.state == "active")
    device.state = "suspended";  // who has left is served nothing
  return device;
}

std::optional<DeviceState> load_state(sql::Connection& db, const Id& device) {
  sql::Query q(db,
               "SELECT last_n, acked_n, durable_n, agent_cursor, common_cursor, whole_cursor, used_token, "
               "challenge_token,"
               " challenge_nonce, lease_until, last_sync_at, pending, orders_due FROM device_state WHERE "
               "device_id = ?1",
               device);
  if (!q.next()) return std::nullopt;
  return DeviceState{.last_n = q.integer(0),
                     .acked_n = q.integer(1),
                     .durable_n = q.integer(2),
                     .agent_cursor = q.integer(3),
                     .common_cursor = q.integer(4),
                     .whole_cursor = q.integer(5),
                     .used_token = q.maybe_id(6),
                     .challenge_token = q.maybe_id(7),
                     .challenge_nonce = q.maybe_id(8),
                     .lease_until = q.integer(9),
                     .last_sync_at = q.integer(10),
                     .pending = q.integer(11),
                     .orders_due = q.integer(12)};
}

bool changes_anything(const DeviceState& state, const sync::Request& r, Ms now) {
  const bool cursor_moved = r.cursor.agent != state.agent_cursor || r.cursor.common != state.common_cursor;
  const bool whole_moved = r.whole && r.cursor.agent != state.whole_cursor;
  return !r.mutations.empty() || !r.receipts.empty() || state.orders_due > 0 ||
         std::min(r.acked, state.last_n) > state.acked_n || r.resume != state.used_token || r.nonce ||
         cursor_moved || whole_moved || r.two_machines || r.pending != state.pending ||
         r.oldest_kept > state.last_n + 1 || now - state.last_sync_at >= sync::kContactRenewMs ||
         now < state.last_sync_at || !r.reads.empty() || !r.audit.findings.empty();
}

std::variant<Intake::Taken, Intake::Refused> Intake::take(const Device& device, const sync::Request& r) {
  auto state = load_state(ledger_.db(), device.id);
  if (!state) return Refused{Code::unauthorised, std::nullopt};
  const TokenCheck token = check_token(device, r, *state);
  if (token == TokenCheck::challenged) return Refused{Code::resume_unknown, state->challenge_nonce};
  if (token == TokenCheck::two_machines || r.two_machines) {
    freeze(device);
    static_cast<void>(quarantine(device, r.mutations));
    return Refused{Code::suspended, std::nullopt};
  }
  Taken taken;
  for (const sync::ErasureReceipt& receipt : r.receipts)
    static_cast<void>(take_receipt(ledger_, device.id, receipt));
  const Author author{.staff_id = device.staff_id,
                      .role = device.role,
                      .device_id = device.id,
                      .feed_cursor = r.cursor.agent,
                      .seen_floor = state->whole_cursor};
  std::string written;
  for (const sync::Mutation& mutation : r.mutations) {
    name_loss(device, *state, std::min(mutation.n, r.oldest_kept));
    if (mutation.n > state->last_n + 1) {
      taken.expected = state->last_n + 1;  // a gap is an answer too
      break;
    }
    const std::size_t lines = written.size();
    const auto outcome = take_mutation(author, device, *state, mutation, written);
    if (!outcome) {
      keep_last_n(device, *state);  // what came before it in this request was taken
      freeze(device);
      static_cast<void>(quarantine(device, r.mutations));
      return Refused{Code::suspended, std::nullopt};
    }
    if (written.size() == lines)
      written += audit_line(*outcome);  // heard before: its content is committed to
    taken.outcomes.push_back(*outcome);
  }
  if (r.pending == 0 && !taken.expected) name_loss(device, *state, r.oldest_kept);
  note_contact(device, r, *state);
  taken.reads_through = take_reads(ledger_, device, r.reads);
  taken.findings_heard = take_findings(ledger_, device.id, r.audit.findings);
  if (!written.empty()) ledger_.audit(author, "sync", written, Ledger::Detail::none);
  const bool carries = state->orders_due > 0 || !taken.outcomes.empty() ||
                       feed_head(ledger_.db(), device.staff_id) > r.cursor.agent ||
                       feed_head(ledger_.db(), kCommonFeed) > r.cursor.common;
  if (carries) taken.offered = offer_token(device.id);
  return taken;
}

Intake::TokenCheck Intake::check_token(const Device& device, const sync::Request& r, DeviceState& state) {
  sql::Connection& db = ledger_.db();
  if (r.resume == state.used_token || sync::planted(sync::Defect::tokens_unchecked)) return TokenCheck::fine;
  if (r.resume && sql::number(db, "SELECT 1 FROM resume_offer WHERE device_id = ?1 AND token = ?2", device.id,
                              *r.resume)) {
    if (!sync::planted(sync::Defect::offers_kept))
      sql::run(db, "DELETE FROM resume_offer WHERE device_id = ?1", device.id);
    sql::run(db,
             "UPDATE device_state SET used_token = ?2, challenge_token = NULL, challenge_nonce = NULL WHERE "
             "device_id = ?1",
             device.id, *r.resume);
    state.used_token = r.resume;
    return TokenCheck::fine;
  }
  if (sync::planted(sync::Defect::freeze_at_once)) return TokenCheck::two_machines;
  // A late duplicate has nobody to answer the challenge; a machine that still stores this token does answer,
  // and then two machines share one identity.
  if (r.nonce && r.nonce == state.challenge_nonce && r.resume == state.challenge_token)
    return TokenCheck::two_machines;
  state.challenge_nonce = ledger_.random().uuid();
  sql::run(db, "UPDATE device_state SET challenge_token = ?2, challenge_nonce = ?3 WHERE device_id = ?1",
           device.id, r.resume, *state.challenge_nonce);
  return TokenCheck::challenged;
}

Id Intake::offer_token(const Id& device) {
  sql::Connection& db = ledger_.db();
  const std::int64_t count =
      sql::number(db, "SELECT count(*) FROM resume_offer WHERE device_id = ?1", device).value_or(0);
  if (count >= sync::kResumeOffersMax) {
    const auto last = sql::id(
        db, "SELECT token FROM resume_offer WHERE device_id = ?1 ORDER BY position DESC LIMIT 1", device);
    RELANCE_ASSERT(last.has_value());
    return *last;
  }
  const Id token = ledger_.random().uuid();
  sql::run(db, "INSERT INTO resume_offer (device_id, position, token) VALUES (?1, ?2, ?3)", device, count + 1,
           token);
  return token;
}

std::optional<sync::Outcome> Intake::take_mutation(const Author& author, const Device& device,
                                                   DeviceState& state, const sync::Mutation& m,
                                                   std::string& written) {
  Digest hash{};
  if (m.voided.empty()) hash = sha256(sync::canonical_bytes(m));
  // A damaged hash is taken at the right length, so that its repetition is the same again and no second machine.
  else
    std::copy_n(m.voided_hash.data.begin(), std::min(m.voided_hash.data.size(), hash.size()), hash.begin());
  if (m.n <= state.last_n && !sync::planted(sync::Defect::apply_again)) {
    sql::Query q(ledger_.db(),
                 "SELECT hash, status, reason, conflicts FROM mutation_log WHERE device_id = ?1 AND n = ?2",
                 device.id, m.n);
    if (!q.next()) return sync::Outcome{.n = m.n, .status = sync::Status::duplicate};
    if (q.view(0) != bytes_of(hash)) return std::nullopt;
    if (sync::planted(sync::Defect::forget_outcomes))
      return sync::Outcome{.n = m.n, .status = sync::Status::duplicate};
    return logged_outcome(q, m.n, m.n <= state.acked_n);
  }
  // Not std::clamp: where the server's own clock was set back, the bounds stand in the wrong order.
  const Ms bounded = sync::planted(sync::Defect::time_unbounded)
                         ? m.at
                         : std::min(std::max(m.at, device.enrolled_at), ledger_.now() + sync::kClockAheadMs);
  sync::Outcome outcome;
  if (m.voided.empty()) {
    outcome = ledger_.apply(author, m, bounded);
  } else {
    // Refused or erased before a restore: recorded, so that its number is taken, and never executed.
    outcome = {.n = m.n, .status = sync::Status::erased};
    if (m.voided != "erased")
      outcome = {
          .n = m.n, .status = sync::Status::refused, .reason = std::string(sync::reason::refused_before)};
  }
  if (!sync::planted(sync::Defect::apply_again) || m.n > state.last_n)
    ledger_.log_mutation(author, m, hash, outcome, bounded);
  written += audit_line(outcome, hash);
  state.last_n = std::max(state.last_n, m.n);
  return outcome;
}

void Intake::name_loss(const Device& device, DeviceState& state, std::int64_t below) {
  if (below <= state.last_n + 1) return;
  if (!sync::planted(sync::Defect::loss_unnamed))
    sql::run(ledger_.db(), "UPDATE device_state SET lost_below = ?2 WHERE device_id = ?1", device.id, below);
  state.last_n = below - 1;
}

void Intake::keep_last_n(const Device& device, const DeviceState& state) {
  sql::run(ledger_.db(), "UPDATE device_state SET last_n = ?2 WHERE device_id = ?1", device.id, state.last_n);
}

void Intake::note_contact(const Device& device, const sync::Request& r, DeviceState& state) {
  sql::Connection& db = ledger_.db();
  const Ms now = ledger_.now();
  state.acked_n = std::max(state.acked_n, std::min(r.acked, state.last_n));
  if (r.whole) state.whole_cursor = r.cursor.agent;
  note_drops(db, device.staff_id, device.id, state.agent_cursor, r.cursor.agent, now);
  const bool renews = now - state.last_sync_at >= sync::kContactRenewMs || now < state.last_sync_at;
  if (renews) {
    state.last_sync_at = now;
    state.lease_until = now + dated_span(db, "lease_days", local_day(now), sync::kLeaseMs);
    // Codes of mutations that are applied there and safe in a backup here are not needed again. Refusals stay: what
    // a device still has and the log has not any more was taken in, and it can be told so after a restore.
    sql::run(db,
             "DELETE FROM mutation_log WHERE device_id = ?1 AND n <= ?2 AND n <= ?3 AND n < ?4 AND status IN "
             "('applied', 'merged', 'conflict')",
             device.id, state.acked_n, state.durable_n, state.last_n);
  }
  sql::run(db,
           "UPDATE device_state SET last_n = ?2, acked_n = ?3, agent_cursor = ?4, common_cursor = ?5, "
           "whole_cursor = ?6,"
           " lease_until = ?7, last_sync_at = ?8, pending = ?9 WHERE device_id = ?1",
           device.id, state.last_n, state.acked_n, r.cursor.agent, r.cursor.common, state.whole_cursor,
           state.lease_until, state.last_sync_at, r.pending);
  if (sync::planted(sync::Defect::prune_unseen))
    return prune_feed(db, device.staff_id, feed_head(db, device.staff_id) - 1);
  if (!renews) return;
  // Drops that every living device of this agent has passed can be forgotten.
  const auto passed =
      sql::number(db,
                  "SELECT min(t.agent_cursor) FROM device d JOIN device_state t ON t.device_id = d.id"
                  " WHERE d.staff_id = ?1 AND d.state = 'active' AND t.lease_until + ?2 > ?3",
                  device.staff_id, dated_span(db, "grace_days", local_day(now), sync::kGraceMs), now);
  if (passed) prune_feed(db, device.staff_id, *passed);
}

std::vector<sync::Outcome> Intake::quarantine(const Device& device,
                                              const std::vector<sync::Mutation>& mutations) {
  std::vector<sync::Outcome> out;
  std::set<Id> hanging;
  for (const sync::Mutation& m : mutations) {
    // What this version cannot read, a later one may: it is kept to the letter, and under a hash of its own.
    const bool is_readable = m.damage.empty();
    std::string body;
    sync::append_mutation(body, m);
    const Digest hash = sha256(is_readable ? sync::canonical_bytes(m) : body);
    out.push_back({.n = m.n, .status = sync::Status::quarantined});
    // What is about an erased row is destroyed unread.
    if (is_readable && ErasedIds(ledger_.db()).touched_by(m, &hanging)) continue;
    // A device that hands over all it keeps hands over what was taken in long ago, too.
    if (sql::number(ledger_.db(), "SELECT 1 FROM mutation_log WHERE device_id = ?1 AND n = ?2 AND hash = ?3",
                    device.id, m.n, Bytes{std::string(bytes_of(hash))}))
      continue;
    if (!sync::planted(sync::Defect::quarantine_drops))
      sql::run(
          ledger_.db(),
          "INSERT INTO quarantine (device_id, n, hash, received_at, body, state) VALUES (?1, ?2, ?3, ?4, "
          "?5, 'kept')"
          " ON CONFLICT (device_id, n, hash) DO NOTHING",
          device.id, m.n, Bytes{std::string(bytes_of(hash))}, ledger_.now(), Bytes{body});
  }
  return out;
}

std::vector<sync::Outcome> Intake::apply_quarantined(const Device& device) {
  sql::Connection& db = ledger_.db();
  auto state = load_state(db, device.id);
  RELANCE_ASSERT(state.has_value());
  std::vector<std::pair<sync::Mutation, std::string>> kept;
  {
    sql::Query q(
        db,
        "SELECT body, hash FROM quarantine WHERE device_id = ?1 AND state = 'kept' ORDER BY n, received_at",
        device.id);
    while (q.next()) {
      const auto parsed = sync::parse_json(q.view(0));
      if (parsed && parsed->is_object())
        kept.emplace_back(sync::decode_mutation(parsed->get_object()), q.text(1));
    }
  }
  const Author author{.staff_id = device.staff_id,
                      .role = device.role,
                      .device_id = device.id,
                      .feed_cursor = 0,
                      .seen_floor = state->whole_cursor};
  std::vector<sync::Outcome> out;
  std::string written = device.id.text() + "\n";
  for (const auto& [mutation, hash] : kept) {
    // What lies between has never come here: the numbers go on from this one.
    state->last_n = std::max(state->last_n, mutation.n - 1);
    const auto outcome = take_mutation(author, device, *state, mutation, written);
    if (!outcome) continue;  // the same number with other content: of the other machine; it stays kept
    sql::run(db, "UPDATE quarantine SET state = 'applied' WHERE device_id = ?1 AND n = ?2 AND hash = ?3",
             device.id, mutation.n, Bytes{hash});
    out.push_back(*outcome);
  }
  keep_last_n(device, *state);
  ledger_.audit(author, "quarantine.apply", written, Ledger::Detail::none);
  return out;
}

void Intake::freeze(const Device& device) {
  const schema::Table& t = schema::table("device");
  const Author system{.staff_id = *sql::id(ledger_.db(), "SELECT staff_id FROM device WHERE id = ?1",
                                           ledger_.office_device()),
                      .role = schema::office};
  sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = device.id};
  op.changes.push_back({schema::column(t, "state"), device.state, std::string("frozen")});
  static_cast<void>(ledger_.apply_office(system, "device.freeze", {op}));
}

}  // namespace relance::server
