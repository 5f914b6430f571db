// A passphrase that is forgotten loses nothing: each device hands its data key over, sealed to the office, and the
// office gives it back against a one-time code. Why it is safe to: docs/decisions/018-keys.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/enrolment.h"
#include "server/intake.h"

namespace relance::server {

/// Keeps what a device sealed. REQUIRES: a Work is open.
void keep_sealed_key(Ledger& ledger, const Device& device, std::string_view sealed);

/// Its replica is destroyed: no copy of the key outlives it here. REQUIRES: a Work is open.
void forget_sealed_key(Ledger& ledger, const Id& device);

/// A code for the device's replica: fifteen minutes, once, void after five wrong ones; an earlier one is void at once.
/// REQUIRES: a Work is open. Errors: Failure{refused} for a device that is not in order, {not_found} where it never
/// handed its key over.
[[nodiscard]] InviteSecret make_recovery(Ledger& ledger, const Author& by, const Id& device);

/// Is there a code for this device that may still be redeemed? For guesses: they cost no write lock.
[[nodiscard]] bool is_recoverable(sql::Connection& db, const Id& device, Ms now);

/// Redeems a code: the device's data key, sealed to the requester's key. Nothing when it is refused, which counts and
/// is to be committed too. REQUIRES: a Work is open. Errors: Failure{bad_request} for a request that proves no key,
/// {corrupt} for a sealed key that this office cannot open.
[[nodiscard]] std::optional<std::string> redeem_recovery(Ledger& ledger, const Secret& sealing_key,
                                                         const Id& device, std::string_view secret,
                                                         std::string_view csr_pem);

}  // namespace relance::server
