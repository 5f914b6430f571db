// The chain of the audit log: how an entry is linked to the one before, what it commits to, and whether it still holds.
// The format is described in docs/protocol.md ("The audit log"), for a verifier that shares no code with this.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/clock.h"
#include "host/digest.h"
#include "host/sql.h"
#include "server/rows.h"
#include "sync/audit.h"
#include "sync/mutation.h"

namespace relance::server {

struct AuditEntry {
  std::int64_t seq = 0;
  Ms happened_at = 0;
  Id staff_id;
  Id device_id;
  std::string action;
  std::string object_hash;  // 32 bytes: the commitment; before schema version 2 a plain hash
};

/// The newest entry; seq 0 and no hash where there is none.
struct AuditTail {
  std::int64_t seq = 0;
  std::string hash;
};
[[nodiscard]] AuditTail audit_tail(sql::Connection& db);
[[nodiscard]] std::optional<std::string> hash_at(sql::Connection& db, std::int64_t seq);

/// Hash of an entry: SHA-256 over the hash before and the entry in canonical form.
[[nodiscard]] std::string link_of(std::string_view before, const AuditEntry& entry);

/// SHA-256 over salt and object.
[[nodiscard]] std::string commitment(std::string_view salt, std::string_view object);

/// Makes the salt of entry `seq` and keeps it: one random share for each of `scopes`, one where there is none.
/// `detail` stands beside where it is short. REQUIRES: a write transaction is open.
[[nodiscard]] std::string keep_salt(sql::Connection& db, Random& random, std::int64_t seq,
                                    std::vector<Scope> scopes, std::string_view detail);
/// Nothing once a share is gone.
[[nodiscard]] std::optional<std::string> salt_of(sql::Connection& db, std::int64_t seq);

/// What an entry commits to of one mutation: number, outcome, and, where it was taken in, the hash of its content.
[[nodiscard]] std::string audit_line(const sync::Outcome& outcome, const Digest& content);
[[nodiscard]] std::string audit_line(const sync::Outcome& outcome);

/// The chain as its contents give it, not as it says of itself.
struct ChainCheck {
  std::int64_t entries = 0;
  std::string hash;  // recomputed, after the last of them
  std::optional<std::int64_t>
      broken_at;  // the first entry that is not the next one or does not bear its hash
};
/// Recomputes from after `from` up to entry `through`.
[[nodiscard]] ChainCheck recompute_chain(sql::Connection& db, const AuditTail& from, std::int64_t through);

/// The epochs that the chain names, in order; empty before the first restore.
[[nodiscard]] std::vector<sync::EpochSpan> epochs_of_chain(sql::Connection& db);

/// What is wrong with the log by itself: its chain, the commitments that can still be opened, the heads that are kept.
/// Signatures are server/audit_heads.h's. Also of a database of an older schema.
void check_audit(sql::Connection& db, std::vector<std::string>& wrong);

}  // namespace relance::server
