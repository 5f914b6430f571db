// The device as a witness of the office's audit log: it keeps heads that the office has signed, asks for them again,
// and keeps what it finds. And its own note of who read which case here, until the office has it. SQL on the replica's
// engine tables; the replica calls it in its own transactions (client/replica.cpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "sync/codec.h"

namespace relance::client {

/// Whether the replica is of a version that has the tables.
[[nodiscard]] constexpr bool is_witness(int version) { return version >= 2; }

/// Adds to a request what is asked of the audit log, what was found, and readings the office has not acknowledged. A
/// request that will probably be idle asks nothing: once in a quarter of an hour, or where it `pushes` edits.
void add_witness(sql::Connection& db, sync::Request& request, bool pushes, Ms now);

/// Does the answer say something of them that has to be kept? New heads alone are no reason to commit.
[[nodiscard]] bool witness_learns(sql::Connection& db, const sync::AnswerHead& answer);

/// Keeps what the answer says. `device`: this one. REQUIRES: a write transaction is open.
void take_witness(sql::Connection& db, const sync::AnswerHead& answer, const Id& device);

/// Whether reading the case (or, without one, all of them) is a new reading: not the same within the hour.
[[nodiscard]] bool is_new_read(sql::Connection& db, std::string_view action, const std::optional<Id>& case_id,
                               Ms now);
/// Notes it. REQUIRES: a write transaction is open.
void note_read(sql::Connection& db, const Id& device, const Id& staff, std::string_view action,
               const std::optional<Id>& case_id, Ms now);

/// For `status` and `doctor`.
struct WitnessFacts {
  std::optional<sync::AuditHead> newest;    // held
  std::int64_t rewritten = 0;               // heads that the office no longer has although nothing took them
  std::int64_t other_key = 0;               // heads signed by another key than the first
  std::int64_t lost = 0;                    // heads that a restore of the office took
  std::int64_t unanswered = 0;              // the office has ceased to show its log
  std::optional<sync::AuditFinding> first;  // of those that a restore does not explain
};
[[nodiscard]] WitnessFacts witness_facts(sql::Connection& db);

}  // namespace relance::client
