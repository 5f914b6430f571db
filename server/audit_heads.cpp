#include "server/audit_heads.h"

#include <algorithm>

#include "host/failure.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

constexpr std::string_view kKeyMeta = "audit_key";
constexpr std::int64_t kFindingsOfDeviceMax = 100;  // the rest says nothing new
constexpr Ms kRecomputedForMs = 60LL * 60 * 1000;   // a device asks once a day; all of them at nine o'clock

Id epoch_of(sql::Connection& db) {
  const auto id = Id::parse(sql::get_meta(db, "epoch").value_or(""));
  if (!id) throw Failure(Code::corrupt, "The database has no epoch; restore the newest backup.");
  return *id;
}

std::vector<std::string> replaced_keys(sql::Connection& db) {
  std::vector<std::string> out;
  sql::Query q(db, "SELECT action FROM audit_entry WHERE action >= 'audit.key ' AND action < 'audit.key!'");
  while (q.next())
    if (const auto key = sync::replaced_key(q.view(0))) out.push_back(unhex(*key).value_or(""));
  return out;
}

sync::AuditHead head_from(const sql::Query& q) {
  return {.epoch = q.id(0),
          .seq = q.integer(1),
          .hash = q.text(2),
          .signed_at = q.integer(3),
          .signature = q.text(4)};
}

}  // namespace

AuditSigner::AuditSigner(std::string_view key_pem)
    : key_(key_from_pem(key_pem)), public_key_(ed25519_public(*key_)) {}

bool AuditSigner::has_signed(const sync::AuditHead& head) const {
  return verify_ed25519(public_key_, sync::signed_text(head), head.signature);
}

std::optional<sync::AuditHead> AuditSigner::head_of(sql::Connection& db, Ms now) {
  const AuditTail tail = audit_tail(db);
  if (tail.seq == 0) return std::nullopt;
  const Id epoch = epoch_of(db);
  const std::lock_guard lock(mutex_);
  if (last_.epoch != epoch || last_.seq != tail.seq || last_.hash != tail.hash) {
    last_ = {.epoch = epoch, .seq = tail.seq, .hash = tail.hash, .signed_at = now, .signature = {}};
    last_.signature = sign_ed25519(*key_, sync::signed_text(last_));
  }
  return last_;
}

std::optional<sync::AuditWord> AuditSigner::word_for(sql::Connection& db, const sync::AuditDemand& demand,
                                                     Ms now) {
  const auto head = head_of(db, now);
  if (!head) return std::nullopt;
  sync::AuditWord out{
      .head = *head, .key = public_key_, .places = {}, .epochs = {}, .whole = demand.whole, .heard = 0};
  out.places = places_of(db, demand, now);
  const bool is_old = std::any_of(demand.heads.begin(), demand.heads.end(),
                                  [&](const sync::AuditHead& asked) { return asked.epoch != head->epoch; });
  if (is_old) out.epochs = epochs_of_chain(db);
  return out;
}

// What the entries say of themselves is enough against a chain that was made anew; where the whole is demanded, what
// they hold is hashed again, against entries that were altered where they stand.
std::vector<sync::HeadPlace> AuditSigner::places_of(sql::Connection& db, const sync::AuditDemand& demand,
                                                    Ms now) {
  std::vector<sync::HeadPlace> out;
  for (const sync::AuditHead& asked : demand.heads) out.push_back({asked, hash_at(db, asked.seq)});
  if (!demand.whole) return out;
  const std::lock_guard lock(mutex_);
  const bool is_fresh = now >= recomputed_at_ && now - recomputed_at_ < kRecomputedForMs &&
                        hash_at(db, recomputed_.seq) == recomputed_.hash;
  if (!is_fresh) {
    recomputed_ = {};
    recomputed_at_ = now;
  }
  std::vector<sync::HeadPlace*> in_order;
  for (sync::HeadPlace& place : out)
    if (place.there && place.asked.seq > recomputed_.seq) in_order.push_back(&place);
  std::sort(in_order.begin(), in_order.end(),
            [](const auto* a, const auto* b) { return a->asked.seq < b->asked.seq; });
  AuditTail reached = recomputed_;
  bool is_whole = true;
  for (sync::HeadPlace* place : in_order) {
    const ChainCheck part = recompute_chain(db, reached, place->asked.seq);
    is_whole = is_whole && !part.broken_at;
    reached = {place->asked.seq, part.hash};
    // Past an entry that is not what it says of itself, nothing proves that this is the log that was signed.
    place->there = is_whole ? std::optional(part.hash) : std::nullopt;
    if (is_whole) recomputed_ = reached;
  }
  return out;
}

void AuditSigner::keep_when_due(Ledger& ledger) {
  const Ms now = ledger.now();
  const std::int64_t seq = audit_tail(ledger.db()).seq;
  {
    const std::lock_guard lock(mutex_);
    const bool is_due = kept_seq_ == 0 || seq - kept_seq_ >= kHeadEvery || seq < kept_seq_ ||
                        now - kept_at_ >= kHeadEveryMs || now < kept_at_;
    if (!is_due) return;
    kept_seq_ = seq;
    kept_at_ = now;
  }
  sql::Query last(
      ledger.db(),
      "SELECT seq, signed_at FROM audit_head WHERE device_id = ?1 AND epoch = ?2 ORDER BY seq DESC LIMIT 1",
      ledger.office_device(), ledger.epoch());
  if (last.next() && seq - last.integer(0) < kHeadEvery && now - last.integer(1) < kHeadEveryMs) {
    const std::lock_guard lock(mutex_);
    kept_seq_ = last.integer(0);
    kept_at_ = last.integer(1);
    return;
  }
  static_cast<void>(keep_now(ledger));
}

std::optional<sync::AuditHead> AuditSigner::keep_now(Ledger& ledger) {
  const auto head = head_of(ledger.db(), ledger.now());
  if (head) keep(ledger, *head);
  return head;
}

void AuditSigner::keep(Ledger& ledger, const sync::AuditHead& head) const {
  if (!sql::get_meta(ledger.db(), kKeyMeta)) sql::set_meta(ledger.db(), kKeyMeta, hex(public_key_));
  sql::run(ledger.db(),
           "INSERT INTO audit_head (device_id, epoch, seq, hash, signed_at, signature, state)"
           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'held') ON CONFLICT (device_id, epoch, seq, hash) DO NOTHING",
           ledger.office_device(), head.epoch, head.seq, Bytes{head.hash}, head.signed_at,
           Bytes{head.signature});
}

std::vector<sync::AuditHead> kept_heads(sql::Connection& db) {
  std::vector<sync::AuditHead> out;
  const auto office = Id::parse(sql::get_meta(db, "office_device").value_or(""));
  if (!office) return out;
  sql::Query q(
      db,
      "SELECT epoch, seq, hash, signed_at, signature FROM audit_head WHERE device_id = ?1 ORDER BY seq, "
      "signed_at",
      *office);
  while (q.next()) out.push_back(head_from(q));
  return out;
}

std::int64_t take_findings(Ledger& ledger, const Id& device, const std::vector<sync::AuditFinding>& found) {
  sql::Connection& db = ledger.db();
  Ms through = 0;
  for (const sync::AuditFinding& one : found) {
    through = std::max(through, one.found_at);
    const std::int64_t kept =
        sql::number(db, "SELECT count(*) FROM audit_head WHERE device_id = ?1", device).value_or(0);
    if (kept >= kFindingsOfDeviceMax) continue;
    sql::run(db,
             "INSERT INTO audit_head (device_id, epoch, seq, hash, signed_at, signature, state, answered, "
             "found_at, "
             "told_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
             " ON CONFLICT (device_id, epoch, seq, hash) DO NOTHING",
             device, one.head.epoch, one.head.seq, Bytes{one.head.hash}, one.head.signed_at,
             Bytes{one.head.signature}, one.state,
             one.answered ? std::optional<Bytes>(Bytes{*one.answered}) : std::nullopt, one.found_at,
             ledger.now());
  }
  return through;
}

std::vector<DeviceFinding> open_findings(sql::Connection& db) {
  std::vector<DeviceFinding> out;
  sql::Query q(
      db,
      "SELECT h.epoch, h.seq, h.hash, h.signed_at, h.signature, h.state, h.answered, h.found_at, h.device_id,"
      " coalesce((SELECT s.name FROM device d JOIN staff s ON s.id = d.staff_id WHERE d.id = h.device_id), "
      "'')"
      " FROM audit_head h WHERE h.state NOT IN ('held', 'settled') ORDER BY h.told_at, h.seq");
  while (q.next())
    out.push_back({.device = q.id(8),
                   .owner = q.text(9),
                   .finding = {.head = head_from(q),
                               .state = q.text(5),
                               .answered = q.is_null(6) ? std::nullopt : std::optional(q.text(6)),
                               .found_at = q.integer(7)}});
  return out;
}

std::int64_t settle_findings(Ledger& ledger, const Author& author, const Id& device) {
  const std::int64_t settled = sql::run(
      ledger.db(),
      "UPDATE audit_head SET state = 'settled' WHERE device_id = ?1 AND state NOT IN ('held', 'settled')",
      device);
  if (settled > 0) {
    Author office = author;
    office.device_id = ledger.office_device();
    ledger.audit(office, "audit.settle", device.text());
  }
  return settled;
}

void take_other_key(Ledger& ledger, const Author& author, const AuditSigner& signer) {
  const auto old = unhex(sql::get_meta(ledger.db(), kKeyMeta).value_or(""));
  sql::set_meta(ledger.db(), kKeyMeta, hex(signer.public_key()));
  if (!old || old->empty() || *old == signer.public_key()) return;
  Author office = author;
  office.device_id = ledger.office_device();
  ledger.audit(office, sync::rekey_action(*old, signer.public_key()), "");
}

sync::HeadFate fate_in(sql::Connection& db, const sync::AuditHead& head) {
  return sync::fate_of(head, hash_at(db, head.seq), epoch_of(db), epochs_of_chain(db));
}

void check_heads(sql::Connection& db, std::string_view public_key,
                 const std::optional<sync::AuditHead>& outside, std::vector<std::string>& wrong) {
  std::vector<sync::AuditHead> heads = kept_heads(db);
  if (outside) heads.push_back(*outside);
  const Id now = epoch_of(db);
  const auto epochs = epochs_of_chain(db);
  std::vector<std::string> keys = replaced_keys(db);
  keys.emplace_back(public_key);
  for (const sync::AuditHead& head : heads) {
    const std::string text = sync::signed_text(head);
    const bool is_signed = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
      return verify_ed25519(key, text, head.signature);
    });
    if (!is_signed) {
      wrong.push_back(
          "the head of the audit log at entry " + std::to_string(head.seq) +
          " bears no signature of this office's audit key; if that key was lost, `relance-server audit "
          "rekey` says so in the log");
      return;
    }
    if (sync::fate_of(head, hash_at(db, head.seq), now, epochs) == sync::HeadFate::rewritten) {
      wrong.push_back("the audit chain is not the one that was signed at entry " + std::to_string(head.seq));
      return;
    }
  }
}

}  // namespace relance::server
