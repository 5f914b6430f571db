// Addresses as people write them.
#include "host/endpoint.h"

#include "host/failure.h"
#include "tests/test.hpp"

using namespace relance;

TEST_CASE("Names, IPv4 and IPv6 addresses are read and printed alike", "[endpoint]") {
  for (const char* text : {"office.example:8443", "192.0.2.7:1", "[::1]:65535", "[fe80::1%eth0]:8443"})
    CHECK(Endpoint::parse(text).text() == text);
  CHECK(Endpoint::parse("[::1]:8443") == Endpoint{"::1", 8443});
}

TEST_CASE("A missing port is an error unless there is a usual one", "[endpoint]") {
  CHECK(Endpoint::parse("office.example", 3128) == Endpoint{"office.example", 3128});
  CHECK(Endpoint::parse("[::1]", 3128) == Endpoint{"::1", 3128});
  CHECK_THROWS_AS(Endpoint::parse("office.example"), Failure);
}

TEST_CASE("Port 0 is for listening only", "[endpoint]") {
  CHECK(Endpoint::parse("127.0.0.1:0", 0, true).port == 0);
  CHECK_THROWS_AS(Endpoint::parse("127.0.0.1:0"), Failure);
}

TEST_CASE("What is not an address is refused", "[endpoint]") {
  for (const char* text : {"", ":", ":8443", "host:", "host:x", "host:65536", "host:-1", "host:80x", "[::1",
                           "[::1]8443", "[]:1", "[3%d9]:89", "[office.example]:8443", "::1:8443", "ho st:1",
                           "user@host:1", "https://host:1", "host:1/path"})
    CHECK_THROWS_AS(Endpoint::parse(text), Failure);
}
