// SHA-256, HMAC and hex against published vectors (FIPS 180-4, RFC 4231).
#include "host/digest.h"

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("SHA-256 gives the published digests", "[digest]") {
  CHECK(hex(bytes_of(sha256(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(bytes_of(sha256("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(bytes_of(sha256(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("A hash over parts equals the hash of the whole, and the object starts anew", "[digest]") {
  Sha256 hash;
  for (int round = 0; round < 3; ++round) {
    hash.update("a");
    hash.update("");
    hash.update("bc");
    CHECK(hash.finish() == sha256("abc"));
  }
  CHECK(hash.finish() == sha256(""));
}

TEST_CASE("HMAC-SHA-256 gives the published codes", "[digest]") {
  CHECK(hex(bytes_of(hmac_sha256("Jefe", "what do ya want for nothing?"))) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(bytes_of(hmac_sha256(std::string(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First"))) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("Hex reads back what it wrote, and refuses what is not hex", "[digest]") {
  const std::string raw("\x00\x7f\xff\x10", 4);
  CHECK(hex(raw) == "007fff10");
  CHECK(unhex("007FfF10") == raw);
  CHECK(unhex("") == std::string());
  CHECK_FALSE(unhex("0"));
  CHECK_FALSE(unhex("0g"));
  CHECK_FALSE(unhex("é"));
}
