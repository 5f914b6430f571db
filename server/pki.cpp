// X.509 by OpenSSL, in one place.
#include "server/pki.h"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "host/failure.h"
#include "host/openssl.h"

namespace relance {
namespace {

constexpr std::size_t kSerialBytes = 16;    // 127 random bits: no two alike, none to guess
constexpr std::size_t kCommonNameMax = 64;  // X.520's bound
constexpr std::size_t kDnsNameMax = 253;

struct Profile {
  std::string common_name;
  std::string basic_constraints;
  std::string key_usage;
  std::string extended_key_usage;  // empty: none
  std::string names;               // the SAN in OpenSSL's notation, empty: none
  Ms not_before = 0;
  Ms not_after = 0;
};

// The CA's certificate and key, read once for a signature. A certificate that signs itself has no issuer.
struct Issuer {
  CertPtr certificate;
  KeyPtr key;
};

Issuer issuer_of(const CertificateWithKey& ca) {
  return {certificate_from_pem(ca.certificate_pem), key_from_pem(ca.key_pem.view())};
}

const EVP_MD* digest_for(const EVP_PKEY& key) {
  return EVP_PKEY_get_id(&key) == EVP_PKEY_ED25519 ? nullptr : EVP_sha256();
}

void set_serial(X509& certificate) {
  std::string bytes = random_bytes(kSerialBytes);
  bytes[0] = static_cast<char>((bytes[0] & 0x7f) | 0x40);  // positive, and always the same length
  BIGNUM* number = BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), kSerialBytes, nullptr);
  const bool worked = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(&certificate)) != nullptr;
  BN_free(number);
  require_openssl(worked, "number a certificate");
}

void set_dates(X509& certificate, Ms not_before, Ms not_after) {
  require_openssl(ASN1_TIME_set(X509_getm_notBefore(&certificate), not_before / 1000) != nullptr &&
                      ASN1_TIME_set(X509_getm_notAfter(&certificate), not_after / 1000) != nullptr,
                  "date a certificate");
}

void add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  if (value.empty()) return;
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  X509V3_set_ctx_nodb(&context);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  const bool worked = extension && X509_add_ext(&certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  require_openssl(worked, "extend a certificate");
}

// `issuer` null: self-signed.
CertPtr issue(const Profile& profile, EVP_PKEY& subject_key, const Issuer* issuer, EVP_PKEY& signing_key) {
  CertPtr certificate(X509_new());
  require_openssl(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1,
                  "make a certificate");
  X509& out = *certificate;
  X509& signer = issuer ? *issuer->certificate : out;
  set_serial(out);
  set_dates(out, profile.not_before, profile.not_after);
  const auto* name = reinterpret_cast<const unsigned char*>(profile.common_name.data());
  require_openssl(X509_NAME_add_entry_by_txt(X509_get_subject_name(&out), "CN", MBSTRING_UTF8, name,
                                             static_cast<int>(profile.common_name.size()), -1, 0) == 1 &&
                      X509_set_issuer_name(&out, X509_get_subject_name(&signer)) == 1 &&
                      X509_set_pubkey(&out, &subject_key) == 1,
                  "name a certificate");
  add_extension(out, signer, NID_basic_constraints, profile.basic_constraints);
  add_extension(out, signer, NID_key_usage, profile.key_usage);
  add_extension(out, signer, NID_subject_key_identifier, "hash");
  if (issuer) add_extension(out, signer, NID_authority_key_identifier, "keyid:always");
  add_extension(out, signer, NID_ext_key_usage, profile.extended_key_usage);
  add_extension(out, signer, NID_subject_alt_name, profile.names);
  require_openssl(X509_sign(&out, &signing_key, digest_for(signing_key)) > 0, "sign a certificate");
  return certificate;
}

// The notation splits at commas, so only what a name may hold passes.
std::string san_of(const std::string& name) {
  std::array<unsigned char, 16> parsed{};
  if (::inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 ||
      ::inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1)
    return "IP:" + name;
  const bool is_dns = !name.empty() && name.size() <= kDnsNameMax && name.front() != '-' &&
                      name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
                        return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
                      });
  if (!is_dns)
    throw Failure(Code::usage,
                  "'" + name.substr(0, 100) +
                      "' is neither a host name nor an IP address; write it as in --host office.example.");
  return "DNS:" + name;
}

std::string server_names(std::vector<std::string> names) {
  for (const char* always : {"localhost", "127.0.0.1", "::1"})
    if (std::find(names.begin(), names.end(), always) == names.end()) names.emplace_back(always);
  std::string out = "URI:" + std::string(kServerUri);
  for (const std::string& name : names) out += "," + san_of(name);
  return out;
}

// A leaf never outlives its CA: a chain that breaks in the middle of a leaf's life is a puzzle for everyone.
Ms leaf_end(const Issuer& issuer, Ms now) {
  return std::min(now + kLeafLifeMs, facts_of_certificate(*issuer.certificate).not_after);
}

void check_key_kind(const EVP_PKEY& key) {
  if (EVP_PKEY_get_id(&key) == EVP_PKEY_ED25519) return;
  char group[32] = "";
  std::size_t size = 0;
  if (EVP_PKEY_get_id(&key) == EVP_PKEY_EC &&
      EVP_PKEY_get_group_name(&key, group, sizeof group, &size) == 1 &&
      std::string_view(group, size) == "prime256v1")
    return;
  ERR_clear_error();
  throw Failure(Code::bad_request,
                "The certificate request has a key of another kind than P-256 or Ed25519.");
}

std::string cut_to_common_name(std::string_view text) {
  std::size_t characters = 0;
  std::size_t end = 0;
  while (end < text.size() && (characters < kCommonNameMax || (text[end] & 0xc0) == 0x80)) {
    if ((text[end] & 0xc0) != 0x80) ++characters;
    ++end;
  }
  return std::string(text.substr(0, end));
}

}  // namespace

CertificateWithKey make_ca(std::string_view organisation, Ms now) {
  const KeyPtr key = make_p256_key();
  const Profile profile{.common_name = organisation.empty() ? "relance" : cut_to_common_name(organisation),
                        .basic_constraints = "critical,CA:TRUE,pathlen:0",
                        .key_usage = "critical,keyCertSign,cRLSign",
                        .not_before = now - kBackdatingMs,
                        .not_after = now + kCaLifeMs};
  return {certificate_pem(*issue(profile, *key, nullptr, *key)), key_pem(*key)};
}

CertificateWithKey issue_server_certificate(const CertificateWithKey& ca,
                                            const std::vector<std::string>& names, Ms now) {
  const Issuer issuer = issuer_of(ca);
  const KeyPtr key = make_p256_key();
  const Profile profile{.common_name = "relance-server",
                        .basic_constraints = "critical,CA:FALSE",
                        .key_usage = "critical,digitalSignature",
                        .extended_key_usage = "serverAuth",
                        .names = server_names(names),
                        .not_before = now - kBackdatingMs,
                        .not_after = leaf_end(issuer, now)};
  return {certificate_pem(*issue(profile, *key, &issuer, *issuer.key)), key_pem(*key)};
}

namespace {

// The key of a request whose sender proves that he has it.
EVP_PKEY& proven_key(X509_REQ& request) {
  EVP_PKEY* key = X509_REQ_get0_pubkey(&request);
  if (key) check_key_kind(*key);
  const bool proved = key && X509_REQ_verify(&request, key) == 1;
  ERR_clear_error();
  if (!proved) throw Failure(Code::bad_request, "The certificate request is not signed with its own key.");
  return *key;
}

std::string sign_client_request(const Issuer& issuer, std::string_view csr_pem, const Id& device,
                                std::string_view uri_prefix, Ms not_before, Ms not_after) {
  const CsrPtr request = csr_from_pem(csr_pem);
  const Profile profile{.common_name = device.text(),
                        .basic_constraints = "critical,CA:FALSE",
                        .key_usage = "critical,digitalSignature",
                        .extended_key_usage = "clientAuth",
                        .names = "URI:" + std::string(uri_prefix) + device.text(),
                        .not_before = not_before,
                        .not_after = not_after};
  return certificate_pem(*issue(profile, proven_key(*request), &issuer, *issuer.key));
}

std::optional<Id> id_after(std::string_view prefix, std::string_view uri_san) {
  if (!uri_san.starts_with(prefix)) return std::nullopt;
  return Id::parse(uri_san.substr(prefix.size()));
}

}  // namespace

std::string sign_device_request(const CertificateWithKey& ca, std::string_view csr_pem, const Id& device,
                                Ms now) {
  const Issuer issuer = issuer_of(ca);
  return sign_client_request(issuer, csr_pem, device, kDeviceUriPrefix, now - kBackdatingMs,
                             leaf_end(issuer, now));
}

std::string sign_delivery_request(const CertificateWithKey& ca, std::string_view csr_pem, const Id& device,
                                  Ms now) {
  const Issuer issuer = issuer_of(ca);
  return sign_client_request(issuer, csr_pem, device, kDeliveryUriPrefix, now - kBackdatingMs,
                             facts_of_certificate(*issuer.certificate).not_after);
}

std::optional<Id> device_of_uri(std::string_view uri_san) { return id_after(kDeviceUriPrefix, uri_san); }
std::optional<Id> device_of_delivery_uri(std::string_view uri_san) {
  return id_after(kDeliveryUriPrefix, uri_san);
}

CertificateWithKey issue_sealing_certificate(const CertificateWithKey& ca, Ms now) {
  const Issuer issuer = issuer_of(ca);
  const KeyPtr key = make_p256_key();
  const Profile profile{.common_name = "relance sealing",
                        .basic_constraints = "critical,CA:FALSE",
                        .key_usage = "critical,keyAgreement",
                        .extended_key_usage = {},
                        .names = "URI:" + std::string(kSealingUri),
                        .not_before = now - kBackdatingMs,
                        .not_after = facts_of_certificate(*issuer.certificate).not_after};
  return {certificate_pem(*issue(profile, *key, &issuer, *issuer.key)), key_pem(*key)};
}

CertificateWithKey make_backup_pair(std::string_view organisation, Ms now) {
  const KeyPtr key = make_p256_key();
  const Profile profile{.common_name = cut_to_common_name("relance backups, " + std::string(organisation)),
                        .basic_constraints = "critical,CA:FALSE",
                        .key_usage = "critical,keyAgreement",
                        .extended_key_usage = {},
                        .names = {},
                        .not_before = now - kBackdatingMs,
                        .not_after = now + kCaLifeMs};
  return {certificate_pem(*issue(profile, *key, nullptr, *key)), key_pem(*key)};
}

}  // namespace relance
