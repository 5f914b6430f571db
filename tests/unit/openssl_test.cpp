// Keys, sealing and derivation; certificates are tested with the CA that makes them (pki_test).
#include "host/openssl.h"

#include "host/failure.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

std::string bytes(std::string_view text) { return unhex(text).value(); }

}  // namespace

TEST_CASE("A key survives its PEM form", "[openssl]") {
  const KeyPtr key = make_p256_key();
  const Secret pem = key_pem(*key);
  CHECK(pem.view().starts_with("-----BEGIN PRIVATE KEY-----"));
  CHECK(key_pem(*key_from_pem(pem.view())).view() == pem.view());
}

TEST_CASE("What is no key, request or certificate is said to be none", "[openssl]") {
  CHECK_THROWS_AS(key_from_pem("hello"), Failure);
  CHECK_THROWS_AS(csr_from_pem(""), Failure);
  CHECK_THROWS_AS(certificate_from_pem(key_pem(*make_p256_key()).view()), Failure);
  CHECK_THROWS_AS(certificates_from_pem("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
                  Failure);
}

TEST_CASE("Sealed bytes open under the same key and context only", "[openssl]") {
  const std::string key = random_bytes(32), other = random_bytes(32);
  const std::string sealed = seal(key, "the data key", "envelope");
  CHECK(sealed.find("data key") == std::string::npos);
  CHECK(seal(key, "the data key", "envelope") != sealed);  // a fresh nonce each time
  REQUIRE(open_sealed(key, sealed, "envelope"));
  CHECK(open_sealed(key, sealed, "envelope")->view() == "the data key");
  CHECK(open_sealed(key, seal(key, "", ""), "")->empty());
  CHECK_FALSE(open_sealed(other, sealed, "envelope"));
  CHECK_FALSE(open_sealed(key, sealed, "device key"));
  CHECK_FALSE(open_sealed(key, "", "envelope"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    CHECK_FALSE(open_sealed(key, damaged, "envelope"));
  }
}

TEST_CASE("HKDF gives the published key (RFC 5869, case 1)", "[openssl]") {
  const Secret key = hkdf_sha256(bytes("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"),
                                 bytes("000102030405060708090a0b0c"), bytes("f0f1f2f3f4f5f6f7f8f9"), 42);
  CHECK(hex(key.view()) ==
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST_CASE("scrypt gives the published key (RFC 7914)", "[openssl]") {
  CHECK(hex(scrypt("password", "NaCl", ScryptCost{.n = 1024, .r = 8, .p = 16}).view()) ==
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  CHECK_THROWS_AS(scrypt("password", "NaCl", ScryptCost{.n = 1000, .r = 8, .p = 1}),
                  Failure);  // no power of two
}

TEST_CASE("A secret moves and leaves nothing behind", "[openssl]") {
  std::string short_one = "hunter2";
  Secret first = Secret::take(std::move(short_one));
  CHECK(first.view() == "hunter2");
  CHECK(std::string_view(short_one.data(), 7) == std::string_view("\0\0\0\0\0\0\0", 7));
  Secret second = std::move(first);
  CHECK(second.view() == "hunter2");
  CHECK(first.empty());
  CHECK(second.copy().view() == second.view());
}
