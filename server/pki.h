// The office's own certificate authority: makes itself at `init`, issues the server's certificate, and signs what
// devices ask for at enrolment and renewal. Text in, text out: the caller keeps the keys, in files 0600.
//
// Time is handed in, so that tests can make expired and future certificates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/openssl.h"
#include "host/secret.h"
#include "schema/value.h"

namespace relance {

inline constexpr Ms kDayMs = 86'400'000;
inline constexpr Ms kCaLifeMs = 3652 * kDayMs;  // ten years; `status` warns a year before
inline constexpr Ms kLeafLifeMs = 90 * kDayMs;  // renewed at two thirds: a device may be away for 30 days
inline constexpr Ms kBackdatingMs =
    60 * 60'000;  // a laptop's clock an hour slow still accepts a fresh certificate

struct CertificateWithKey {
  std::string certificate_pem;
  Secret key_pem;  // PKCS#8, unencrypted
};

/// A self-signed P-256 authority, pathlen 0, named after the organisation (cut to the 64 characters of a CN).
[[nodiscard]] CertificateWithKey make_ca(std::string_view organisation, Ms now);

/// A fresh key and certificate for the server. `names` are DNS names or IP addresses from `--host`; localhost,
/// 127.0.0.1 and ::1 are always added. Failure(usage) for a name that is neither.
[[nodiscard]] CertificateWithKey issue_server_certificate(const CertificateWithKey& ca,
                                                          const std::vector<std::string>& names, Ms now);

/// Signs a device's request. Only the public key is taken from it; subject and SAN are the server's own record.
/// Failure(bad_request) if the requester does not prove that it has the key, or the key is neither P-256 nor Ed25519.
/// Returns the certificate's PEM; its number is facts_of_certificate(pem).serial_hex.
[[nodiscard]] std::string sign_device_request(const CertificateWithKey& ca, std::string_view csr_pem,
                                              const Id& device, Ms now);

/// The device that a URI SAN names, nothing if it is no device's.
[[nodiscard]] std::optional<Id> device_of_uri(std::string_view uri_san);

/// A fresh key and certificate that devices seal to, for as long as the CA lives: what was sealed a year ago must open.
[[nodiscard]] CertificateWithKey issue_sealing_certificate(const CertificateWithKey& ca, Ms now);

/// Signs the request of a key that may deliver what `device` sealed and nothing else. It lives as long as the CA: its
/// key is not secret where it is needed, and what it delivers may have waited for years.
[[nodiscard]] std::string sign_delivery_request(const CertificateWithKey& ca, std::string_view csr_pem,
                                                const Id& device, Ms now);
/// The device whose sealed edits a URI SAN may deliver.
[[nodiscard]] std::optional<Id> device_of_delivery_uri(std::string_view uri_san);

/// The offline pair that backups are encrypted to: signed by nobody but itself, since nobody is there to ask.
[[nodiscard]] CertificateWithKey make_backup_pair(std::string_view organisation, Ms now);

}  // namespace relance
