// Keys, certificates and ciphers: OpenSSL behind owning handles, its errors turned into Failures. Only the edges
// (server/pki, server/https_edge, client/https_transport, client/keys) need more than the PEM text functions here.
// OpenSSL's types are only named, so including this costs no caller OpenSSL's headers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/digest.h"
#include "host/secret.h"
#include "schema/value.h"

struct bio_st;
struct evp_pkey_st;
struct x509_st;
struct X509_req_st;

namespace relance {

struct FreeOpenssl {
  void operator()(bio_st* handle) const;
  void operator()(evp_pkey_st* handle) const;
  void operator()(x509_st* handle) const;
  void operator()(X509_req_st* handle) const;
};
using BioPtr = std::unique_ptr<bio_st, FreeOpenssl>;
using KeyPtr = std::unique_ptr<evp_pkey_st, FreeOpenssl>;
using CertPtr = std::unique_ptr<x509_st, FreeOpenssl>;
using CsrPtr = std::unique_ptr<X509_req_st, FreeOpenssl>;

// ---- keys and requests ----

[[nodiscard]] KeyPtr make_p256_key();
/// Unencrypted PKCS#8: the caller writes it 0600 or seals it.
[[nodiscard]] Secret key_pem(const evp_pkey_st& key);
/// Failure(bad_file) if it is no private key. Never asks for a passphrase.
[[nodiscard]] KeyPtr key_from_pem(std::string_view pem);

/// A new P-256 key and the request for its certificate, as text.
struct KeyAndRequest {
  Secret key_pem;
  std::string csr_pem;
};
/// The subject carries no name on purpose: the server writes subject and SAN from its own record.
[[nodiscard]] KeyAndRequest make_key_and_request();
[[nodiscard]] std::string make_csr(evp_pkey_st& key);
/// Failure(bad_request) if it is none.
[[nodiscard]] CsrPtr csr_from_pem(std::string_view pem);
/// The request's public key, DER: two requests of one key are one machine asking again. Failure(bad_request) if none.
[[nodiscard]] std::string public_key_of_request(std::string_view csr_pem);

// ---- signatures of the audit log ----

[[nodiscard]] KeyPtr make_ed25519_key();
/// 32 raw bytes. Failure(bad_file) if the key is of another kind.
[[nodiscard]] std::string ed25519_public(const evp_pkey_st& key);
/// 64 bytes, the same ones for the same text.
[[nodiscard]] std::string sign_ed25519(evp_pkey_st& key, std::string_view text);
/// False also for a key or signature that is none.
[[nodiscard]] bool verify_ed25519(std::string_view public_key32, std::string_view text,
                                  std::string_view signature);

// ---- certificates ----

/// What a client requires of a server's certificate besides the CA's signature. Not the host's name: the CA serves
/// one office and signs no other server, while an office's address changes with every new router.
inline constexpr std::string_view kServerUri = "urn:relance:server";
/// Followed by the device's id as text.
inline constexpr std::string_view kDeviceUriPrefix = "urn:relance:device:";
/// The certificate that devices seal to what only the office may read.
inline constexpr std::string_view kSealingUri = "urn:relance:sealing";
/// Followed by a device's id: who bears it may deliver what that device sealed, and nothing else.
inline constexpr std::string_view kDeliveryUriPrefix = "urn:relance:delivery:";

struct CertificateFacts {
  std::string uri_san;     // the first URI, empty if there is none
  std::string serial_hex;  // lower case, as the device row keeps it
  Ms not_before = 0;
  Ms not_after = 0;
  std::string subject_cn;
};

/// Failure(bad_file) if it is no certificate.
[[nodiscard]] CertPtr certificate_from_pem(std::string_view pem);
[[nodiscard]] std::vector<CertPtr> certificates_from_pem(std::string_view pem);
[[nodiscard]] std::string certificate_pem(const x509_st& certificate);
[[nodiscard]] CertificateFacts facts_of_certificate(const x509_st& certificate);
[[nodiscard]] CertificateFacts facts_of_certificate(std::string_view pem);
/// Failure(bad_file) if one of them is not what it should be.
[[nodiscard]] bool is_key_of(std::string_view key_pem, std::string_view certificate_pem);
/// SHA-256 over the DER form.
[[nodiscard]] Digest fingerprint(const x509_st& certificate);
[[nodiscard]] Digest fingerprint(std::string_view pem);

// ---- ciphers and derivation ----

/// AES-256-GCM under a 32-byte key with a fresh random nonce: nonce (12) | ciphertext | tag (16).
/// `context` is authenticated with it: sealed under one purpose, it does not open under another.
[[nodiscard]] std::string seal(std::string_view key32, std::string_view plain, std::string_view context);
/// Nothing if key, context or bytes are not those of the sealing.
[[nodiscard]] std::optional<Secret> open_sealed(std::string_view key32, std::string_view sealed,
                                                std::string_view context);

/// AES-256-CBC without padding, the cipher of SQLCipher's pages; nothing authenticates it here.
/// REQUIRES: 32 bytes of key, 16 of iv, whole blocks.
[[nodiscard]] std::string aes256_cbc_plain(std::string_view key32, std::string_view iv,
                                           std::string_view cipher);

/// ECDSA over SHA-256 of `text`, DER. Errors: Failure{bad_file} if the PEM is no private key.
[[nodiscard]] std::string sign_text(const Secret& key_pem, std::string_view text);
/// False also where `public_key` (DER, SubjectPublicKeyInfo) is none.
[[nodiscard]] bool is_signed(std::string_view public_key, std::string_view text, std::string_view signature);
/// The certificate's public key, DER. Failure(bad_file) if it is no certificate.
[[nodiscard]] std::string public_key_of_certificate(std::string_view certificate_pem);

[[nodiscard]] Secret hkdf_sha256(std::string_view key, std::string_view salt, std::string_view purpose,
                                 std::size_t size);

/// What a guess at the passphrase costs: 128 * n * r bytes of memory (128 MiB) and about half a second.
struct ScryptCost {
  std::uint64_t n = std::uint64_t{1} << 17;
  std::uint64_t r = 8;
  std::uint64_t p = 1;
};
/// 32 bytes. Gives its working memory back to the system: the client then lives in 64 MiB.
[[nodiscard]] Secret scrypt(std::string_view passphrase, std::string_view salt, const ScryptCost& cost);

[[nodiscard]] std::string random_bytes(std::size_t size);

/// Throws Failure(internal) "OpenSSL could not <what>: <its reason>" if not `worked`, and empties OpenSSL's
/// thread-local error queue either way, so that no later call reads an old error.
void require_openssl(bool worked, std::string_view what);

}  // namespace relance
