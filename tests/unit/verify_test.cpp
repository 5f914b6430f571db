// Bucket hashes: order does not matter, one difference shows in its bucket and in no other, and the forms read back.
#include "sync/verify.h"
#include "schema/version.h"

#include <rapidcheck.h>

#include <algorithm>

#include "host/digest.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::sync;

namespace {

using Content = std::vector<std::pair<Id, std::string>>;

rc::Gen<Content> any_content() {
  return rc::gen::container<Content>(
      rc::gen::pair(rc::gen::map(rc::gen::arbitrary<std::array<std::uint8_t, 16>>(),
                                 [](const std::array<std::uint8_t, 16>& b) { return Id{b}; }),
                    rc::gen::arbitrary<std::string>()));
}

Buckets of(const Content& rows) {
  Buckets out;
  for (const auto& [id, content] : rows) out.add(id, bytes_of(sha256(std::string(id.view()) + content)));
  return out;
}

}  // namespace

TEST_CASE("the same rows agree in any order, and one that differs shows in its bucket only") {
  CHECK(rc::check("buckets", [] {
    Content rows = *any_content();
    const Buckets all = of(rows);
    Content turned = rows;
    std::reverse(turned.begin(), turned.end());
    RC_ASSERT(all.differing(of(turned)).empty());
    if (rows.empty()) return;
    const std::size_t which = *rc::gen::inRange<std::size_t>(0, rows.size());
    const std::vector<int> expected{bucket_of(rows[which].first)};
    Content changed = rows;
    changed[which].second += "x";
    RC_ASSERT(all.differing(of(changed)) == expected);
    changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(which));
    RC_ASSERT(all.differing(of(changed)) == expected);
    RC_ASSERT(of(changed).differing(all) == expected);
  }));
}

TEST_CASE("a bucket is the last byte of the id, and a hash too short to be one harms nothing") {
  Id id;
  id.bytes[0] = 1;
  id.bytes[15] = 250;
  CHECK(bucket_of(id) == 250);
  Buckets a;
  a.add(id, "abc");
  CHECK(a.differing(Buckets{}) == std::vector<int>{250});
}

TEST_CASE("a verify request and its answer read back, and what is none is refused") {
  const Content rows{{Id{{1}}, "a"}, {Id{{2, 3}}, "b"}};
  const std::string body = encode_verify_request(Id{{9}}, schema::kVersion, {5, 6}, of(rows));
  const auto request = decode_verify_request(body);
  REQUIRE(request.has_value());
  CHECK(request->epoch == Id{{9}});
  CHECK(request->cursor == Cursor{5, 6});
  CHECK(request->buckets.differing(of(rows)).empty());
  for (const std::string& bad : {std::string(), std::string("{}"), std::string("[]"),
                                 body.substr(0, body.size() - 1), body.substr(0, body.rfind(',')) + "]}"})
    CHECK_FALSE(decode_verify_request(bad).has_value());
  std::string other_version = body;
  const std::string this_version = "\"schema\":" + std::to_string(schema::kVersion);
  other_version.replace(other_version.find(this_version), this_version.size(), "\"schema\":9");
  CHECK_FALSE(decode_verify_request(other_version).has_value());
  const auto answer = decode_verify_answer(encode_verify_answer({3, 250}, ""));
  REQUIRE(answer.has_value());
  CHECK(answer->differing == std::vector<int>{3, 250});
  CHECK(answer->rows.empty());
  CHECK_FALSE(decode_verify_answer("{}").has_value());
  CHECK_FALSE(decode_verify_answer("{\"differing\":1,\"rows\":[]}").has_value());
  for (const char* not_buckets : {"-1", "256", "4294967299", "7,3", "3,3", "\"3\""})
    CHECK_FALSE(
        decode_verify_answer(std::string("{\"differing\":[") + not_buckets + "],\"rows\":[]}").has_value());
}

TEST_CASE("a verify request or answer without one of its parts, or with one of another kind, is none") {
  const std::string body = encode_verify_request(Id{{9}}, schema::kVersion, {5, 6}, Buckets{});
  REQUIRE(decode_verify_request(body).has_value());
  for (const char* part : {"epoch", "schema", "cursor", "buckets"}) {
    INFO(part);
    std::string without = body;
    without.replace(without.find("\"" + std::string(part) + "\""), 2, "\"x");
    CHECK_FALSE(decode_verify_request(without).has_value());
  }
  std::string none = body;
  none.replace(none.rfind("\"0"), 2, "\"z");
  CHECK_FALSE(decode_verify_request(none).has_value());
  std::string oldest = body;
  const std::string version = "\"schema\":" + std::to_string(schema::kVersion);
  oldest.replace(oldest.find(version), version.size(), "\"schema\":0");
  CHECK_FALSE(decode_verify_request(oldest).has_value());
  for (const char* answer :
       {"", "[]", "7", "{\"differing\":[]}", "{\"rows\":[]}", "{\"differing\":[],\"rows\":7}"})
    CHECK_FALSE(decode_verify_answer(answer).has_value());
  CHECK(decode_verify_answer("{\"differing\":[],\"rows\":[]}").has_value());
}
