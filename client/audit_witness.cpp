#include "client/audit_witness.h"

#include <algorithm>
#include <charconv>

#include "host/digest.h"
#include "host/openssl.h"
#include "sync/limits.h"

namespace relance::client {
namespace {

constexpr std::string_view kKey = "audit_key";            // the office's, as this device first saw it
constexpr std::string_view kWholeAt = "audit_whole_at";   // when the whole chain was last recomputed for it
constexpr std::string_view kAskedEpoch = "audit_asked";   // epoch in which all heads were last asked for
constexpr std::string_view kAskedAt = "audit_asked_at";   // when the office last showed what it was asked for
constexpr std::string_view kSilences = "audit_silences";  // answers in a row that did not speak of it
constexpr Ms kSilencesMax = 3;
constexpr Ms kAnchorEveryMs = 24LL * 3600 * 1000;  // between heads that are kept besides the newest

Ms number_of(sql::Connection& db, std::string_view name) {
  const std::string text = sql::get_meta(db, name).value_or("");
  Ms n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

bool is_due(sql::Connection& db, std::string_view name, Ms every, Ms now) {
  const Ms last = number_of(db, name);
  return now - last >= every || now < last;
}

sync::AuditHead head_from(const sql::Query& q) {
  return {.epoch = q.id(0),
          .seq = q.integer(1),
          .hash = q.text(2),
          .signed_at = q.integer(3),
          .signature = q.text(4)};
}

/// Oldest first.
std::vector<sync::AuditHead> held_heads(sql::Connection& db) {
  std::vector<sync::AuditHead> out;
  sql::Query q(db,
               "SELECT epoch, seq, hash, signed_at, signature FROM audit_head WHERE state = 'held' ORDER BY "
               "signed_at, "
               "seq");
  while (q.next()) out.push_back(head_from(q));
  return out;
}

void set_state(sql::Connection& db, const sync::AuditHead& head, std::string_view state,
               const std::optional<std::string>& answered, Ms now) {
  sql::run(db,
           "UPDATE audit_head SET state = ?4, answered = ?5, found_at = ?6 WHERE epoch = ?1 AND seq = ?2 AND "
           "hash = ?3"
           " AND state = 'held'",
           head.epoch, head.seq, Bytes{head.hash}, state,
           answered ? std::optional<Bytes>(Bytes{*answered}) : std::nullopt, now);
}

/// False where it is here already.
bool insert_head(sql::Connection& db, const Id& device, const sync::AuditHead& head, std::string_view state,
                 const std::optional<Ms>& found_at) {
  return sql::run(db,
                  "INSERT INTO audit_head (device_id, epoch, seq, hash, signed_at, signature, state, "
                  "found_at) VALUES (?1, ?2, "
                  "?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (device_id, epoch, seq, hash) DO NOTHING",
                  device, head.epoch, head.seq, Bytes{head.hash}, head.signed_at, Bytes{head.signature},
                  state, found_at) > 0;
}

void remove_head(sql::Connection& db, const sync::AuditHead& head) {
  sql::run(db, "DELETE FROM audit_head WHERE epoch = ?1 AND seq = ?2 AND hash = ?3 AND state = 'held'",
           head.epoch, head.seq, Bytes{head.hash});
}

bool is_same(const sync::AuditHead& a, const sync::AuditHead& b) {
  return a.epoch == b.epoch && a.seq == b.seq && a.hash == b.hash;
}

bool is_confirmed(const sync::AuditWord& word, const sync::AuditHead& head) {
  return std::any_of(word.places.begin(), word.places.end(), [&](const sync::HeadPlace& place) {
    return is_same(place.asked, head) && place.there == head.hash;
  });
}

// The places that the answer speaks of, against the heads that are held here: an answer may come late, and speak of
// heads that are not held any more.
void judge_places(sql::Connection& db, const sync::AnswerHead& answer) {
  const sync::AuditWord& word = *answer.audit;
  for (const sync::HeadPlace& place : word.places) {
    const sync::HeadFate fate = sync::fate_of(place.asked, place.there, word.head.epoch, word.epochs);
    if (fate != sync::HeadFate::held) set_state(db, place.asked, name_of(fate), place.there, answer.now);
  }
}

// A head is taken only where the office has shown in the same answer that it continues the newest one held here, or
// that it does not: then it is a new beginning. Between two anchors it replaces that one.
void keep_newest(sql::Connection& db, const Id& device, const sync::AuditWord& word, Ms now) {
  const std::vector<sync::AuditHead> held = held_heads(db);
  for (const sync::AuditHead& one : held) {
    if (one.epoch != word.head.epoch || one.seq < word.head.seq) continue;
    // Two heads of one place, both signed.
    if (one.seq == word.head.seq && one.hash != word.head.hash)
      set_state(db, one, name_of(sync::HeadFate::rewritten), word.head.hash, now);
    else
      return;  // known, or older than what is known: an answer that came late
  }
  const bool is_continued = !held.empty() && is_confirmed(word, held.back());
  const bool is_begun =
      held.empty() || std::any_of(word.places.begin(), word.places.end(),
                                  [](const auto& place) { return place.there != place.asked.hash; });
  if (!is_continued && !is_begun) return;
  static_cast<void>(insert_head(db, device, word.head, "held", std::nullopt));
  if (is_continued && held.size() >= 2 &&
      held.back().signed_at - held[held.size() - 2].signed_at < kAnchorEveryMs)
    remove_head(db, held.back());
}

// Anchors thin out: the one goes whose neighbours are the closest together. First and newest stay.
void thin_out(sql::Connection& db) {
  std::vector<sync::AuditHead> held = held_heads(db);
  while (held.size() > sync::kAuditHeadsMax) {
    std::size_t least = 1;
    for (std::size_t i = 1; i + 1 < held.size(); ++i)
      if (held[i + 1].signed_at - held[i - 1].signed_at <
          held[least + 1].signed_at - held[least - 1].signed_at)
        least = i;
    remove_head(db, held[least]);
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(least));
  }
}

// By its first word the office is known from then on. Another key is told once, and is the known one thereafter.
bool is_of_known_key(sql::Connection& db, const Id& device, const sync::AuditWord& word, Ms now) {
  const std::string key = hex(word.key);
  const auto known = sql::get_meta(db, kKey);
  const bool is_signed = verify_ed25519(word.key, sync::signed_text(word.head), word.head.signature);
  if (is_signed && (!known || known->empty() || *known == key)) {
    if (!known || known->empty()) sql::set_meta(db, kKey, key);
    return true;
  }
  const std::int64_t told =
      sql::number(db, "SELECT count(*) FROM audit_head WHERE state = 'other_key'").value_or(0);
  if (told >= static_cast<std::int64_t>(sync::kAuditFindingsMax)) return false;
  const bool is_kept = insert_head(db, device, word.head, "other_key", now);
  if (is_signed && is_kept) sql::set_meta(db, kKey, key);
  return false;
}

// An answer that offers a token carries something, and then the audit log's head too. An office that was put back to a
// program of before may leave it out once or twice while it finds out; one that hides its log leaves it out for good.
void note_silence(sql::Connection& db, const sync::AnswerHead& answer) {
  const std::vector<sync::AuditHead> held = held_heads(db);
  if (!answer.resume || held.empty()) return;
  const Ms silences = number_of(db, kSilences) + 1;
  sql::set_meta(db, kSilences, std::to_string(silences));
  if (silences == kSilencesMax) set_state(db, held.back(), "unanswered", std::nullopt, answer.now);
}

void add_findings(sql::Connection& db, sync::AuditDemand& demand) {
  sql::Query q(db,
               "SELECT epoch, seq, hash, signed_at, signature, state, answered, found_at FROM audit_head"
               " WHERE state <> 'held' AND told_at IS NULL ORDER BY found_at, seq LIMIT ?1",
               static_cast<std::int64_t>(sync::kAuditFindingsMax));
  while (q.next())
    demand.findings.push_back({.head = head_from(q),
                               .state = q.text(5),
                               .answered = q.is_null(6) ? std::nullopt : std::optional(q.text(6)),
                               .found_at = q.integer(7)});
}

void add_reads(sql::Connection& db, std::vector<sync::CaseRead>& reads) {
  sql::Query q(
      db, "SELECT n, case_id, happened_at, action FROM case_read WHERE told_at IS NULL ORDER BY n LIMIT ?1",
      static_cast<std::int64_t>(sync::kReadsMax));
  while (q.next())
    reads.push_back({.n = q.integer(0), .case_id = q.maybe_id(1), .at = q.integer(2), .action = q.text(3)});
}

}  // namespace

void add_witness(sql::Connection& db, sync::Request& request, bool pushes, Ms now) {
  add_findings(db, request.audit);
  add_reads(db, request.reads);
  const std::vector<sync::AuditHead> held = held_heads(db);
  if (held.empty()) return;
  request.audit.whole = is_due(db, kWholeAt, sync::kAuditWholeMs, now);
  // After a restore every head is asked for once: those from before the backup must still be there.
  const bool asks_all = request.audit.whole || sql::get_meta(db, kAskedEpoch) != request.epoch.text();
  const bool asks = asks_all || pushes || request.bootstrap || !request.reads.empty() ||
                    !request.audit.findings.empty() || is_due(db, kAskedAt, sync::kContactRenewMs, now);
  if (!asks) return;
  for (std::size_t i = asks_all ? 0 : held.size() - 1; i < held.size(); ++i)
    request.audit.heads.push_back(held[i]);
}

bool witness_learns(sql::Connection& db, const sync::AnswerHead& answer) {
  if (answer.reads_through > 0 &&
      sql::number(db, "SELECT 1 FROM case_read WHERE told_at IS NULL AND n <= ?1", answer.reads_through))
    return true;
  if (!answer.audit) return false;
  const sync::AuditWord& word = *answer.audit;
  if (word.heard > 0 || word.whole || !sql::get_meta(db, kKey)) return true;
  return std::any_of(word.places.begin(), word.places.end(),
                     [](const sync::HeadPlace& place) { return place.there != place.asked.hash; });
}

void take_witness(sql::Connection& db, const sync::AnswerHead& answer, const Id& device) {
  if (answer.reads_through > 0)
    sql::run(db, "UPDATE case_read SET told_at = ?2 WHERE told_at IS NULL AND n <= ?1", answer.reads_through,
             answer.now);
  if (!answer.audit) return note_silence(db, answer);
  const sync::AuditWord& word = *answer.audit;
  if (number_of(db, kSilences) > 0) sql::set_meta(db, kSilences, "0");
  if (word.heard > 0)
    sql::run(
        db, "UPDATE audit_head SET told_at = ?2 WHERE state <> 'held' AND told_at IS NULL AND found_at <= ?1",
        word.heard, answer.now);
  judge_places(db, answer);
  if (word.whole) sql::set_meta(db, kWholeAt, std::to_string(answer.now));
  if (!word.places.empty()) {
    sql::set_meta(db, kAskedEpoch, answer.epoch.text());
    sql::set_meta(db, kAskedAt, std::to_string(answer.now));
  }
  if (!is_of_known_key(db, device, word, answer.now)) return;
  keep_newest(db, device, word, answer.now);
  thin_out(db);
}

bool is_new_read(sql::Connection& db, std::string_view action, const std::optional<Id>& case_id, Ms now) {
  return !sql::number(db,
                      "SELECT 1 FROM case_read WHERE case_id IS NOT DISTINCT FROM ?1 AND happened_at > ?2 "
                      "AND happened_at <= ?3 AND "
                      "action = ?4",
                      case_id, now - sync::kReadAgainMs, now, action);
}

void note_read(sql::Connection& db, const Id& device, const Id& staff, std::string_view action,
               const std::optional<Id>& case_id, Ms now) {
  if (!is_new_read(db, action, case_id, now)) return;
  const Ms n = number_of(db, "last_read") + 1;
  sql::set_meta(db, "last_read", std::to_string(n));
  sql::run(db,
           "INSERT INTO case_read (device_id, n, staff_id, case_id, happened_at, action) VALUES (?1, ?2, ?3, "
           "?4, ?5, ?6)",
           device, n, staff, case_id, now, action);
  sql::run(db, "DELETE FROM case_read WHERE n <= ?1 OR (told_at IS NOT NULL AND happened_at <= ?2)",
           n - static_cast<Ms>(sync::kReadsKept), now - sync::kReadAgainMs);
}

WitnessFacts witness_facts(sql::Connection& db) {
  WitnessFacts out;
  if (const auto held = held_heads(db); !held.empty()) out.newest = held.back();
  sql::Query q(db,
               "SELECT epoch, seq, hash, signed_at, signature, state, answered, found_at FROM audit_head"
               " WHERE state <> 'held' ORDER BY found_at, seq");
  while (q.next()) {
    const std::string state = q.text(5);
    if (state == "lost") {
      ++out.lost;
      continue;
    }
    ++(state == "other_key" ? out.other_key : state == "unanswered" ? out.unanswered : out.rewritten);
    if (!out.first)
      out.first = sync::AuditFinding{.head = head_from(q),
                                     .state = state,
                                     .answered = q.is_null(6) ? std::nullopt : std::optional(q.text(6)),
                                     .found_at = q.integer(7)};
  }
  return out;
}

}  // namespace relance::client
