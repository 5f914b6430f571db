// Sealing to somebody who is not there: what is sealed to a certificate, only its private key opens again. CMS
// (RFC 5652, RFC 5083): P-256 key agreement with SHA-256, AES-256-GCM; `openssl cms -decrypt -inkey KEY` reads it
// too, should this program be gone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "host/secret.h"

namespace relance {

/// DER. Failure(bad_file) if the text is no certificate of a key that can be sealed to.
[[nodiscard]] std::string seal_to(std::string_view certificate_pem, std::string_view plain);
/// The same to the key of a certificate request, for who has no certificate. Failure(bad_request).
[[nodiscard]] std::string seal_to_requester(std::string_view csr_pem, std::string_view plain);
/// Nothing if it was not sealed to this key, or not a bit of it may differ. `key_pem`: unencrypted.
[[nodiscard]] std::optional<Secret> open_sealed_to(const Secret& key_pem, std::string_view der);

/// Did this authority sign this certificate? When its life ended does not matter here.
[[nodiscard]] bool is_issued_by(std::string_view ca_pem, std::string_view certificate_pem);

/// A private key under a passphrase (PKCS#8, scrypt, AES-256-CBC): the form that `openssl` reads as well.
[[nodiscard]] std::string key_under_passphrase(const Secret& key_pem, std::string_view passphrase);
/// The key in the clear again. Failure(locked) for a wrong passphrase, (bad_file) for no such key.
[[nodiscard]] Secret key_from_passphrase(std::string_view pem, std::string_view passphrase);

}  // namespace relance
