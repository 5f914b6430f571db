// The audit log as both sides speak of it: heads that the office signs and devices hold, and what a head says that
// somebody still holds when the office comes back with another history (docs/protocol.md, "The audit log").
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/value.h"

namespace relance::sync {

/// "After entry `seq` the chain stood at `hash`", signed.
struct AuditHead {
  Id epoch;              // of the office when it signed
  std::int64_t seq = 0;  // from 1
  std::string hash;      // 32 bytes
  Ms signed_at = 0;
  std::string signature;  // Ed25519, 64 bytes
};

/// What the signature is over.
[[nodiscard]] std::string signed_text(const AuditHead& head);

/// An epoch began to write at entry `first`.
struct EpochSpan {
  Id epoch;
  std::int64_t first = 1;
};

/// Action of the entry that begins a restored office's log; it names both epochs in clear, since what the chain goes on
/// from has to be known for good.
[[nodiscard]] std::string restore_action(const Id& from, const Id& to);
[[nodiscard]] std::optional<std::pair<Id, Id>> epochs_of_restore(std::string_view action);

/// Action of the entry by which an office takes another audit key, both named in clear (32 bytes each).
[[nodiscard]] std::string rekey_action(std::string_view old_key, std::string_view new_key);
/// The key that was replaced, as hexadecimal text; nothing where it is no such action.
[[nodiscard]] std::optional<std::string> replaced_key(std::string_view action);

enum class HeadFate {
  held,       // the chain still has it
  lost,       // a restore went back behind it: its entries are gone, and the log says so
  rewritten,  // the same past with another content
};
[[nodiscard]] std::string_view name_of(HeadFate fate);

/// `there`: the hash that the chain has at `held.seq` now, nothing where it has no such entry. `now`: the office's
/// epoch. `epochs`: those its chain names, in order; may be empty while `held` is of `now`.
[[nodiscard]] HeadFate fate_of(const AuditHead& held, const std::optional<std::string>& there, const Id& now,
                               std::span<const EpochSpan> epochs);

/// A head that was given to a device and is not held any more: the office's own signature against the office.
struct AuditFinding {
  AuditHead head;
  std::string state;                    // lost, rewritten, other_key or unanswered
  std::optional<std::string> answered;  // what the chain has there instead
  Ms found_at = 0;
};

/// In a request: show me that your chain still has these.
struct AuditDemand {
  std::vector<AuditHead> heads;  // without signatures
  bool whole = false;            // recompute the chain from its first entry instead of looking the hashes up
  std::vector<AuditFinding> findings;
};

/// What the chain has in the place of a head that was asked about.
struct HeadPlace {
  AuditHead asked;                   // without signature
  std::optional<std::string> there;  // nothing: no such entry
};

/// In an answer that carries something.
struct AuditWord {
  AuditHead head;
  std::string key;                // Ed25519, 32 bytes
  std::vector<HeadPlace> places;  // of the demand's heads: named again, since an answer may come late
  std::vector<EpochSpan> epochs;  // where a head is of another epoch
  bool whole = false;             // `places` were recomputed
  std::int64_t heard = 0;         // findings of up to then (their found_at) are taken in
};

/// A reading of a case on a device.
struct CaseRead {
  std::int64_t n = 0;  // 1, 2, 3 … on the device
  std::optional<Id> case_id;
  Ms at = 0;
  std::string action;
};

}  // namespace relance::sync
