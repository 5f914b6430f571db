// Identities: their text, their bytes, and that ids made later sort later.
#include "schema/value.h"

#include <rapidcheck.h>

#include "tests/test.hpp"

using namespace relance;

TEST_CASE("an id's text reads back, in either case, and nothing else is an id") {
  CHECK(rc::check("round trip", [](const std::array<std::uint8_t, 16>& bytes) {
    const Id id{bytes};
    RC_ASSERT(Id::parse(id.text()) == id);
    RC_ASSERT(id.text().size() == 36U);
    RC_ASSERT(Id::from_bytes(id.view()) == id);
    std::string upper = id.text();
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'f' ? c - 32 : c);
    RC_ASSERT(Id::parse(upper) == id);
  }));
  const std::string good = "0190163d-8694-739b-aea5-966c26f8ad91";
  REQUIRE(Id::parse(good).has_value());
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const char c : {'g', ' ', '\0', 'G', '/', ':', '@', '`'}) {
      std::string bad = good;
      bad[i] = c;
      CHECK_FALSE(Id::parse(bad).has_value());
    }
  for (const std::string& bad :
       {std::string(), good + "0", good.substr(1), "{" + good.substr(1, 34) + "}", std::string(36, '-')})
    CHECK_FALSE(Id::parse(bad).has_value());
  CHECK_FALSE(Id::from_bytes("short").has_value());
  CHECK_FALSE(Id::from_bytes(std::string(17, 'x')).has_value());
  CHECK(Id{}.is_null());
  CHECK_FALSE(Id::parse(good)->is_null());
}

TEST_CASE("a row id is a UUID version 7 that keeps its moment and sorts by it") {
  CHECK(rc::check("order", [] {
    const Ms a = *rc::gen::inRange<Ms>(0, 1LL << 47), b = *rc::gen::inRange<Ms>(0, 1LL << 47);
    const auto random = *rc::gen::arbitrary<std::array<std::uint8_t, 10>>();
    const Id one = make_row_id(a, random), other = make_row_id(b, {});
    RC_ASSERT((one.bytes[6] >> 4) == 7);
    RC_ASSERT((one.bytes[8] >> 6) == 2);
    if (a < b) RC_ASSERT(one < other);
    Ms kept = 0;
    for (int i = 0; i < 6; ++i) kept = (kept << 8) | one.bytes[static_cast<std::size_t>(i)];
    RC_ASSERT(kept == a);
  }));
}

TEST_CASE("values of different kinds are never equal, whatever they hold") {
  const Value values[] = {
      Null{}, std::int64_t{0}, std::string(), std::string("0"), Id{}, Bytes{}, Bytes{std::string(16, '\0')}};
  for (const Value& a : values)
    for (const Value& b : values) CHECK((a == b) == (&a == &b));
}
