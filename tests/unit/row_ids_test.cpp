// Ids of one moment: in order, well-formed, not repeated.
#include "server/row_ids.h"

#include <set>

#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

TEST_CASE("row ids of one moment ascend and are UUIDs of version 7") {
  SeededRandom random(1);
  server::RowIds ids(random, 1'795'000'000'000);
  Id last;
  std::set<std::uint8_t> last_bytes;
  for (int i = 0; i < 20'000; ++i) {  // past the first carry into each byte of the counter
    const Id id = ids.next();
    REQUIRE(last < id);
    REQUIRE((id.bytes[6] >> 4) == 7);
    REQUIRE((id.bytes[8] >> 6) == 2);
    REQUIRE(Id::parse(id.text()) == id);
    last_bytes.insert(id.bytes[15]);
    last = id;
  }
  CHECK(last_bytes.size() == 256);  // verify's buckets are by the last byte
}

TEST_CASE("two writers of one moment do not meet") {
  SeededRandom one(1), two(2);
  server::RowIds first(one, 1'795'000'000'000), second(two, 1'795'000'000'000);
  std::set<Id> all;
  for (int i = 0; i < 1000; ++i) {
    all.insert(first.next());
    all.insert(second.next());
  }
  CHECK(all.size() == 2000);
}
