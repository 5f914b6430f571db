#include "server/audit_log.h"

#include <algorithm>

#include "server/database.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kDetailBytesMax = 200;
constexpr int kSaltsSince = 2;  // schema version
constexpr std::string_view kEntryColumns =
    "SELECT seq, happened_at, staff_id, device_id, action, object_hash, entry_hash FROM audit_entry";

AuditEntry entry_from(const sql::Query& q) {
  return {.seq = q.integer(0),
          .happened_at = q.integer(1),
          .staff_id = q.id(2),
          .device_id = q.id(3),
          .action = q.text(4),
          .object_hash = q.text(5)};
}

void mix(std::string& salt, std::string_view share) {
  for (std::size_t i = 0; i < salt.size() && i < share.size(); ++i)
    salt[i] = static_cast<char>(static_cast<unsigned char>(salt[i]) ^ static_cast<unsigned char>(share[i]));
}

bool is_less(const Scope& a, const Scope& b) {
  return std::tie(a.case_id, a.debtor_id) < std::tie(b.case_id, b.debtor_id);
}

void check_details(sql::Connection& db, std::vector<std::string>& wrong) {
  sql::Query q(db,
               "SELECT s.seq, s.detail, e.object_hash FROM audit_salt s JOIN audit_entry e ON e.seq = s.seq"
               " WHERE s.position = 0 AND s.detail IS NOT NULL ORDER BY s.seq");
  while (q.next()) {
    const auto salt = salt_of(db, q.integer(0));
    if (!salt || commitment(*salt, q.view(1)) == q.view(2)) continue;
    wrong.push_back("audit entry " + std::to_string(q.integer(0)) +
                    " commits to something else than is kept of it");
    return;
  }
}

void check_kept_heads(sql::Connection& db, std::vector<std::string>& wrong) {
  const auto now = Id::parse(sql::get_meta(db, "epoch").value_or(""));
  const auto office = Id::parse(sql::get_meta(db, "office_device").value_or(""));
  if (!now || !office) return;
  const auto epochs = epochs_of_chain(db);
  sql::Query q(db, "SELECT epoch, seq, hash FROM audit_head WHERE device_id = ?1 ORDER BY seq", *office);
  while (q.next()) {
    const sync::AuditHead head{
        .epoch = q.id(0), .seq = q.integer(1), .hash = q.text(2), .signed_at = 0, .signature = {}};
    if (sync::fate_of(head, hash_at(db, head.seq), *now, epochs) == sync::HeadFate::held) continue;
    wrong.push_back("the audit chain is not the one that was signed at entry " + std::to_string(head.seq));
    return;
  }
}

}  // namespace

AuditTail audit_tail(sql::Connection& db) {
  sql::Query last(db, "SELECT seq, entry_hash FROM audit_entry ORDER BY seq DESC LIMIT 1");
  if (!last.next()) return {};
  return {last.integer(0), last.text(1)};
}

std::optional<std::string> hash_at(sql::Connection& db, std::int64_t seq) {
  return sql::text(db, "SELECT entry_hash FROM audit_entry WHERE seq = ?1", seq);
}

std::string link_of(std::string_view before, const AuditEntry& entry) {
  std::string link(before);
  for (const Value& value : {Value{entry.seq}, Value{entry.happened_at}, Value{entry.staff_id},
                             Value{entry.device_id}, Value{entry.action}, Value{Bytes{entry.object_hash}}})
    sync::append_canonical(link, value);
  return std::string(bytes_of(sha256(link)));
}

std::string commitment(std::string_view salt, std::string_view object) {
  return std::string(bytes_of(sha256(std::string(salt) + std::string(object))));
}

std::string keep_salt(sql::Connection& db, Random& random, std::int64_t seq, std::vector<Scope> scopes,
                      std::string_view detail) {
  std::sort(scopes.begin(), scopes.end(), is_less);
  scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
  if (scopes.empty()) scopes.emplace_back();
  std::string salt(kSaltBytes, '\0');
  const bool has_detail = !detail.empty() && detail.size() <= kDetailBytesMax;
  for (std::size_t i = 0; i < scopes.size(); ++i) {
    std::array<std::uint8_t, kSaltBytes> share{};
    random.fill(share);
    mix(salt, bytes_of(share));
    sql::run(db,
             "INSERT INTO audit_salt (seq, position, shares, share, case_id, debtor_id, detail)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
             seq, static_cast<std::int64_t>(i), static_cast<std::int64_t>(scopes.size()),
             Bytes{std::string(bytes_of(share))}, scopes[i].case_id, scopes[i].debtor_id,
             i == 0 && has_detail ? std::optional<std::string>(detail) : std::nullopt);
  }
  return salt;
}

std::optional<std::string> salt_of(sql::Connection& db, std::int64_t seq) {
  std::string salt(kSaltBytes, '\0');
  std::int64_t found = 0, shares = 0;
  sql::Query q(db, "SELECT share, shares FROM audit_salt WHERE seq = ?1", seq);
  for (; q.next(); ++found) {
    mix(salt, q.view(0));
    shares = q.integer(1);
  }
  if (found == 0 || found != shares) return std::nullopt;
  return salt;
}

std::string audit_line(const sync::Outcome& outcome) {
  std::string out = std::to_string(outcome.n) + " " + std::string(name_of(outcome.status));
  if (!outcome.reason.empty()) out += " " + outcome.reason;
  return out + "\n";
}

std::string audit_line(const sync::Outcome& outcome, const Digest& content) {
  std::string out = audit_line(outcome);
  // What was not taken in is nowhere, and its rows name no case that would take the salt along.
  const bool taken_in = outcome.status == sync::Status::applied || outcome.status == sync::Status::merged ||
                        outcome.status == sync::Status::conflict;
  if (taken_in) out.insert(out.size() - 1, " " + hex(bytes_of(content)));
  return out;
}

ChainCheck recompute_chain(sql::Connection& db, const AuditTail& from, std::int64_t through) {
  ChainCheck out{.entries = 0, .hash = from.hash, .broken_at = {}};
  std::int64_t expected = from.seq + 1;
  sql::Query q(db, std::string(kEntryColumns) + " WHERE seq > ?1 AND seq <= ?2 ORDER BY seq", from.seq,
               through);
  for (; q.next(); ++expected, ++out.entries) {
    out.hash = link_of(out.hash, entry_from(q));
    if (!out.broken_at && (q.integer(0) != expected || out.hash != q.view(6))) out.broken_at = expected;
  }
  return out;
}

std::vector<sync::EpochSpan> epochs_of_chain(sql::Connection& db) {
  std::vector<sync::EpochSpan> out;
  sql::Query q(
      db,
      "SELECT seq, action FROM audit_entry WHERE action >= 'restore ' AND action < 'restore!' ORDER BY seq");
  while (q.next()) {
    const auto named = sync::epochs_of_restore(q.view(1));
    if (!named) continue;
    if (out.empty()) out.push_back({named->first, 1});
    out.push_back({named->second, q.integer(0)});
  }
  return out;
}

void check_audit(sql::Connection& db, std::vector<std::string>& wrong) {
  const std::int64_t through = sql::number(db, "SELECT max(seq) FROM audit_entry").value_or(0);
  const ChainCheck chain = recompute_chain(db, {}, through);
  if (chain.broken_at) {
    wrong.push_back("the audit chain is broken at entry " + std::to_string(*chain.broken_at));
    return;
  }
  if (schema_of(db) < kSaltsSince) return;
  check_details(db, wrong);
  check_kept_heads(db, wrong);
}

}  // namespace relance::server
