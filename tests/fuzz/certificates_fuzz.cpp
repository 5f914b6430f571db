// What carries a key: certificate requests of enrolment and renewal, certificates, private keys. The first byte says
// which; the rest is DER (the target puts it into PEM: base64 would keep a fuzzer busy) or the PEM text itself.
#include <openssl/evp.h>

#include <string>

#include "host/openssl.h"
#include "server/pki.h"
#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

constexpr Ms kNow = 1'795'000'000'000;

std::string in_pem(std::string_view der, const std::string& label) {
  std::string body(4 * ((der.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(body.data()),
                      reinterpret_cast<const unsigned char*>(der.data()), static_cast<int>(der.size()));
  body.resize(static_cast<std::size_t>(size));
  std::string out = "-----BEGIN " + label + "-----\n";
  for (std::size_t at = 0; at < body.size(); at += 64) out += body.substr(at, 64) + "\n";
  return out + "-----END " + label + "-----\n";
}

void check_request(const std::string& pem) {
  static const CertificateWithKey ca = make_ca("Test", kNow);
  static const Id device = *Id::parse("0190163d-8694-739b-aea5-966c26f8ad91");
  std::string key, certificate;
  const auto no_key = failure_of([&] { key = public_key_of_request(pem); });
  const auto refused = failure_of([&] { certificate = sign_device_request(ca, pem, device, kNow); });
  if (no_key || refused) {
    RELANCE_ASSERT(!no_key || refused);  // what has no key is not signed either
    RELANCE_ASSERT(!no_key || *no_key == Code::bad_request);
    RELANCE_ASSERT(refused && *refused == Code::bad_request);
    return;
  }
  // Whatever the request asked for, the certificate says what the server wrote.
  const CertificateFacts facts = facts_of_certificate(certificate);
  RELANCE_ASSERT(device_of_uri(facts.uri_san) == device && facts.subject_cn == device.text());
  RELANCE_ASSERT(facts.not_after <= kNow + kLeafLifeMs && !key.empty());
}

void check_certificate(const std::string& pem) {
  CertificateFacts facts;
  const auto failed = failure_of([&] { facts = facts_of_certificate(pem); });
  if (failed) {
    RELANCE_ASSERT(*failed == Code::bad_file);
    return;
  }
  if (const auto device = device_of_uri(facts.uri_san))
    RELANCE_ASSERT(facts.uri_san.size() == kDeviceUriPrefix.size() + 36);
  const CertPtr read = certificate_from_pem(pem);
  RELANCE_ASSERT(fingerprint(*read) == fingerprint(certificate_pem(*read)));
  RELANCE_ASSERT(certificates_from_pem(certificate_pem(*read) + pem).size() >= 2);
}

void check_key(const std::string& pem) {
  KeyPtr key;
  const auto failed = failure_of([&] { key = key_from_pem(pem); });
  RELANCE_ASSERT(failed ? *failed == Code::bad_file : key != nullptr);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(certificates, bytes) {
  using namespace relance;
  fuzz::Input input(bytes);
  switch (input.byte()) {
    case 'r': return fuzz::check_request(fuzz::in_pem(input.rest(), "CERTIFICATE REQUEST"));
    case 'R': return fuzz::check_request(std::string(input.rest()));
    case 'c': return fuzz::check_certificate(fuzz::in_pem(input.rest(), "CERTIFICATE"));
    case 'C': return fuzz::check_certificate(std::string(input.rest()));
    case 'k': return fuzz::check_key(fuzz::in_pem(input.rest(), "PRIVATE KEY"));
    default: return fuzz::check_key(std::string(input.rest()));
  }
}
