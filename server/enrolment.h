// How a device comes into the office: an invitation with a one-time secret, then a certificate for the key that the
// device made and keeps.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "server/ledger.h"
#include "server/pki.h"

namespace relance::server {

using InviteSecret = std::array<std::uint8_t, 16>;

/// REQUIRES: a Work is open. The secret itself is not kept, only its hash.
[[nodiscard]] InviteSecret make_invite(Ledger& ledger, const Author& by, const Id& staff_id);

/// Makes the device known. `state`: active at enrolment; rescued for one that this database has never heard of
/// although its certificate is ours (it enrolled after the backup that was restored).
void enter_device(Ledger& ledger, const Id& device, const Id& staff_id, std::string_view machine_name,
                  std::string_view state);

/// Keeps the public key of a certificate that the device was given: receipts that it signs are checked by it.
/// REQUIRES: a Work is open.
void keep_device_key(Ledger& ledger, const Id& device, std::string_view certificate_pem);

/// Is there an invitation of this secret that may still be redeemed? For guesses: they cost no write lock.
[[nodiscard]] bool is_invited(sql::Connection& db, std::string_view secret, Ms now);

struct Enrolled {
  Id device_id, staff_id;
  std::string role, user, certificate_pem;
};

/// Redeems an invitation. A second request with the same key within the code's life is a lost answer: it is
/// answered again. REQUIRES: a Work is open. Errors: Failure{code_refused, bad_request}.
[[nodiscard]] Enrolled enrol_device(Ledger& ledger, const CertificateWithKey& ca, std::string_view secret,
                                    std::string_view csr_pem, std::string_view machine_name);

}  // namespace relance::server
