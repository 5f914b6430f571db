// The office's CA: what it signs holds under OpenSSL's own verification, and only for its purpose.
#include "server/pki.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "host/digest.h"
#include "host/failure.h"
#include "host/openssl.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr Ms kNow = 1'795'000'000'000;  // 2026-11-18

const CertificateWithKey& office() {
  static const CertificateWithKey ca = make_ca("Cabinet Dupré & Fils", kNow);
  return ca;
}

// X509_V_OK or the first error of a verification at `when`.
int verify(const std::string& ca_pem, const std::string& leaf_pem, const char* purpose, Ms when) {
  const CertPtr ca = certificate_from_pem(ca_pem), leaf = certificate_from_pem(leaf_pem);
  X509_STORE* store = X509_STORE_new();
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_add_cert(store, ca.get());
  X509_STORE_CTX_init(context, store, leaf.get(), nullptr);
  X509_STORE_CTX_set_default(context, purpose);
  X509_STORE_CTX_set_time(context, 0, when / 1000);
  X509_STORE_CTX_set_flags(context, X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context);
  const int error = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return error;
}

Id device() { return Id::parse("0f8b1c9e-4b8e-4d55-9c11-0a1b2c3d4e5f").value(); }

std::string request_of(EVP_PKEY* key) {
  const KeyPtr owned(key);
  return make_csr(*owned);
}

Code code_of_signing(const std::string& csr) {
  try {
    (void)sign_device_request(office(), csr, device(), kNow);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return Code::internal;
}

}  // namespace

TEST_CASE("The CA is named after the organisation and lasts ten years", "[pki]") {
  const CertificateFacts facts = facts_of_certificate(office().certificate_pem);
  CHECK(facts.subject_cn == "Cabinet Dupré & Fils");
  CHECK(facts.not_before == kNow - kBackdatingMs);
  CHECK(facts.not_after == kNow + kCaLifeMs);
  const std::string long_name = std::string(63, 'x') + "éééé";
  CHECK(facts_of_certificate(make_ca(long_name, kNow).certificate_pem).subject_cn ==
        std::string(63, 'x') + "é");
}

TEST_CASE("The server's certificate holds for servers, under its names and the local ones", "[pki]") {
  const CertificateWithKey server =
      issue_server_certificate(office(), {"office.example", "192.0.2.7", "2001:db8::1"}, kNow);
  CHECK(verify(office().certificate_pem, server.certificate_pem, "ssl_server", kNow) == X509_V_OK);
  CHECK(verify(office().certificate_pem, server.certificate_pem, "ssl_client", kNow) ==
        X509_V_ERR_INVALID_PURPOSE);
  const CertPtr certificate = certificate_from_pem(server.certificate_pem);
  for (const char* name : {"office.example", "localhost"})
    CHECK(X509_check_host(certificate.get(), name, 0, 0, nullptr) == 1);
  for (const char* address : {"192.0.2.7", "2001:db8::1", "127.0.0.1", "::1"})
    CHECK(X509_check_ip_asc(certificate.get(), address, 0) == 1);
  CHECK(X509_check_host(certificate.get(), "other.example", 0, 0, nullptr) == 0);
  CHECK(facts_of_certificate(server.certificate_pem).uri_san == kServerUri);
  CHECK(X509_check_private_key(certificate.get(), key_from_pem(server.key_pem.view()).get()) == 1);
}

TEST_CASE("A host name that would smuggle another name in is refused", "[pki]") {
  for (const char* name : {"", "a,DNS:b", "a b", "*.example", "-x", "http://x", "URI:x"})
    CHECK_THROWS_AS(issue_server_certificate(office(), {name}, kNow), Failure);
}

TEST_CASE("A device's certificate holds for clients and bears the server's record only", "[pki]") {
  const std::string pem = sign_device_request(office(), make_key_and_request().csr_pem, device(), kNow);
  CHECK(verify(office().certificate_pem, pem, "ssl_client", kNow) == X509_V_OK);
  CHECK(verify(office().certificate_pem, pem, "ssl_server", kNow) == X509_V_ERR_INVALID_PURPOSE);
  const CertificateFacts facts = facts_of_certificate(pem);
  CHECK(facts.uri_san == "urn:relance:device:" + device().text());
  CHECK(device_of_uri(facts.uri_san) == device());
  CHECK(facts.subject_cn == device().text());
  CHECK(facts.not_after == kNow + kLeafLifeMs);
  CHECK(facts.serial_hex.size() == 32);
  CHECK(fingerprint(pem) == fingerprint(*certificate_from_pem(pem)));
}

TEST_CASE("Certificates are refused before, after and under another CA", "[pki]") {
  const std::string pem = sign_device_request(office(), make_key_and_request().csr_pem, device(), kNow);
  CHECK(verify(office().certificate_pem, pem, "ssl_client", kNow + kLeafLifeMs + 1000) ==
        X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verify(office().certificate_pem, pem, "ssl_client", kNow - kBackdatingMs - 1000) != X509_V_OK);
  const CertificateWithKey foreign = make_ca("Cabinet Dupré & Fils", kNow);  // same name, another key
  CHECK(verify(foreign.certificate_pem, pem, "ssl_client", kNow) != X509_V_OK);
}

TEST_CASE("A leaf never outlives its CA", "[pki]") {
  const Ms late = kNow + kCaLifeMs - 10 * kDayMs;
  const std::string pem = sign_device_request(office(), make_key_and_request().csr_pem, device(), late);
  CHECK(facts_of_certificate(pem).not_after == kNow + kCaLifeMs);
}

TEST_CASE("A device cannot sign certificates of its own", "[pki]") {
  const KeyAndRequest own = make_key_and_request();
  const CertificateWithKey device_as_ca{sign_device_request(office(), own.csr_pem, device(), kNow),
                                        own.key_pem.copy()};
  const std::string forged =
      sign_device_request(device_as_ca, make_key_and_request().csr_pem, device(), kNow);
  CHECK(verify(office().certificate_pem, forged, "ssl_client", kNow) != X509_V_OK);
}

TEST_CASE("Only P-256 and Ed25519 keys are signed", "[pki]") {
  CHECK_NOTHROW(sign_device_request(office(), request_of(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")),
                                    device(), kNow));
  CHECK(code_of_signing(request_of(EVP_EC_gen("P-384"))) == Code::bad_request);
  CHECK(code_of_signing(request_of(EVP_EC_gen("secp256k1"))) == Code::bad_request);
  CHECK(code_of_signing(request_of(EVP_RSA_gen(2048))) == Code::bad_request);
}

TEST_CASE("A request with another's public key is refused", "[pki]") {
  const CsrPtr request = csr_from_pem(make_key_and_request().csr_pem);
  const KeyPtr other = make_p256_key();
  X509_REQ_set_pubkey(request.get(), other.get());
  BIO* text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509_REQ(text, request.get());
  char* start = nullptr;
  const long size = BIO_get_mem_data(text, &start);
  const std::string pem(start, static_cast<std::size_t>(size));
  BIO_free(text);
  CHECK(code_of_signing(pem) == Code::bad_request);
  CHECK(code_of_signing("not a request") == Code::bad_request);
}

TEST_CASE("Only a device's URI names a device", "[pki]") {
  CHECK_FALSE(device_of_uri(kServerUri));
  CHECK_FALSE(device_of_uri(""));
  CHECK_FALSE(device_of_uri("urn:relance:device:x"));
}
