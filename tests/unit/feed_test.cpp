// Feeds: counters of their own, one entry a row, and the rules of docs/protocol.md ("Feed") by which a device is not
// sent its own bytes back.
#include "server/feed.h"

#include "schema/tables.h"
#include "server/database.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using server::FeedMarks;

namespace {

const int kTask = schema::table("task").number;
const int kCase = schema::table("case_file").number;

Id id(std::uint8_t n) {
  Id out;
  out.bytes[0] = n;
  out.bytes[15] = n;
  return out;
}

const Id kFeed = id(1), kOtherFeed = id(2), kRow = id(10), kOtherRow = id(11), kD = id(20), kE = id(21);

/// An empty office's feeds, flushed one commit at a time.
struct Feeds {
  TempDir dir;
  ManualClock clock;
  SeededRandom random{1};
  TestOffice office{dir.path() / "office.db", clock, random};
  FeedMarks marks;

  std::vector<FeedMarks::CaseDrop> commit() { return marks.flush(office.db()); }
  std::int64_t seq(const Id& feed, const Id& row) {
    return sql::number(office.db(), "SELECT seq FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2", feed,
                       row)
        .value_or(-1);
  }
  std::optional<Id> origin(const Id& row) {
    return sql::id(office.db(), "SELECT origin FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2", kFeed,
                   row);
  }
  bool gone(const Id& row) {
    return sql::number(office.db(), "SELECT gone FROM feed_entry WHERE feed_id = ?1 AND row_id = ?2", kFeed,
                       row) == 1;
  }
  std::int64_t entries(const Id& feed) {
    return sql::number(office.db(), "SELECT count(*) FROM feed_entry WHERE feed_id = ?1", feed).value_or(0);
  }
};

FeedMarks::Known inserted(const Id& device) { return {device, 0, true}; }
FeedMarks::Known updated(const Id& device, std::int64_t cursor) { return {device, cursor, false}; }

}  // namespace

TEST_CASE(
    "each feed counts for itself, without gaps in one commit, and a row has one entry however often it "
    "changes") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, {});
  f.marks.changed(kFeed, kTask, kOtherRow, {});
  f.marks.changed(kOtherFeed, kTask, kRow, {});
  f.commit();
  CHECK(server::feed_head(f.office.db(), kFeed) == 2);
  CHECK(server::feed_head(f.office.db(), kOtherFeed) == 1);
  for (int i = 0; i < 100; ++i) {
    f.marks.changed(kFeed, kTask, kRow, {});
    f.marks.changed(kFeed, kTask, kRow, {});  // twice in one commit is one number
    f.commit();
  }
  CHECK(f.entries(kFeed) == 2);
  CHECK(server::feed_head(f.office.db(), kFeed) == 102);
  CHECK(f.seq(kFeed, kRow) == 102);
  CHECK(server::feed_head(f.office.db(), kOtherFeed) == 1);
  CHECK(server::feed_head(f.office.db(), id(99)) == 0);
}

TEST_CASE("a device is not told of a row that it inserted itself") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, inserted(kD));
  f.commit();
  CHECK(f.origin(kRow) == kD);
}

TEST_CASE("a row inserted and then updated by the same device in one commit is its own") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, inserted(kD));
  f.marks.changed(kFeed, kTask, kRow, updated(kD, 0));
  f.commit();
  CHECK(f.origin(kRow) == kD);
}

TEST_CASE("an update is its device's own only where that device had seen the entry before") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, {});
  f.commit();
  SECTION("at its cursor") {
    f.marks.changed(kFeed, kTask, kRow, updated(kD, 1));
    f.commit();
    CHECK(f.origin(kRow) == kD);
    // Its own again, although its cursor has not passed it.
    f.marks.changed(kFeed, kTask, kRow, updated(kD, 1));
    f.commit();
    CHECK(f.origin(kRow) == kD);
    // Another device of the agent, which has not seen D's edit: nobody's.
    f.marks.changed(kFeed, kTask, kRow, updated(kE, 2));
    f.commit();
    CHECK(f.seq(kFeed, kRow) == 4);
    CHECK_FALSE(f.origin(kRow).has_value());
  }
  SECTION("above its cursor: its copy may lack a column") {
    f.marks.changed(kFeed, kTask, kRow, updated(kD, 0));
    f.commit();
    CHECK_FALSE(f.origin(kRow).has_value());
  }
  SECTION("a row that was gone before is not known, whatever the cursor") {
    f.marks.gone(kFeed, kTask, kRow);
    f.commit();
    f.marks.changed(kFeed, kTask, kRow, updated(kD, 99));
    f.commit();
    CHECK_FALSE(f.gone(kRow));
    CHECK_FALSE(f.origin(kRow).has_value());
  }
  SECTION("a row that was never in this feed is not known") {
    f.marks.changed(kFeed, kTask, kOtherRow, updated(kD, 99));
    f.commit();
    CHECK_FALSE(f.origin(kOtherRow).has_value());
  }
}

TEST_CASE("a row that two wrote in one commit is nobody's own") {
  for (const std::optional<FeedMarks::Known>& other :
       {std::optional<FeedMarks::Known>(), std::optional(updated(kE, 1))})
    for (const bool first : {false, true}) {
      Feeds f;
      f.marks.changed(kFeed, kTask, kRow, {});
      f.commit();
      if (first) f.marks.changed(kFeed, kTask, kRow, other);
      f.marks.changed(kFeed, kTask, kRow, updated(kD, 1));
      if (!first) f.marks.changed(kFeed, kTask, kRow, other);
      f.commit();
      CHECK_FALSE(f.origin(kRow).has_value());
    }
}

TEST_CASE("a mutation that was not applied exactly as sent makes none of its rows its device's own") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kOtherRow, inserted(kD));  // of the mutation before
  const std::size_t place = f.marks.place();
  f.marks.changed(kFeed, kTask, kRow, inserted(kD));
  f.marks.forget_known(place);
  f.commit();
  CHECK_FALSE(f.origin(kRow).has_value());
  CHECK(f.origin(kOtherRow) == kD);
}

TEST_CASE("a case that leaves is numbered, and one that leaves and comes back in one commit has not left") {
  Feeds f;
  f.marks.changed(kFeed, kCase, kRow, {});
  f.commit();
  f.marks.gone(kFeed, kCase, kRow);
  f.marks.changed(kFeed, kCase, kRow, {});
  CHECK_FALSE(f.marks.leaves(kFeed, kCase, kRow));
  CHECK(f.commit().empty());
  CHECK_FALSE(f.gone(kRow));
  f.marks.gone(kFeed, kTask, kOtherRow);
  f.marks.gone(kFeed, kCase, kRow);
  CHECK(f.marks.leaves(kFeed, kCase, kRow));
  CHECK_FALSE(f.marks.leaves(kOtherFeed, kCase, kRow));
  const auto drops = f.commit();
  REQUIRE(drops.size() == 1);
  CHECK(drops[0].case_id == kRow);
  CHECK(drops[0].feed == kFeed);
  CHECK(drops[0].seq == f.seq(kFeed, kRow));
  CHECK(f.gone(kRow));
  CHECK(f.gone(kOtherRow));
}

TEST_CASE("marks of a refused mutation leave no number") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, {});
  const std::size_t place = f.marks.place();
  f.marks.changed(kFeed, kTask, kOtherRow, {});
  f.marks.gone(kOtherFeed, kTask, kRow);
  f.marks.back_to(place);
  f.commit();
  CHECK(server::feed_head(f.office.db(), kFeed) == 1);
  CHECK(f.entries(kOtherFeed) == 0);
  CHECK(server::feed_head(f.office.db(), kOtherFeed) == 0);
}

TEST_CASE("pruning forgets drops up to the cursor that all have passed, and never a row that is held") {
  Feeds f;
  f.marks.changed(kFeed, kTask, kRow, {});
  f.commit();
  f.marks.gone(kFeed, kTask, kOtherRow);
  f.commit();
  server::prune_feed(f.office.db(), kFeed, 1);
  CHECK(f.entries(kFeed) == 2);
  CHECK(server::pruned_below(f.office.db(), kFeed) == 0);  // nothing was forgotten: nobody has to read anew
  server::prune_feed(f.office.db(), kFeed, 2);
  CHECK(f.entries(kFeed) == 1);
  CHECK(server::pruned_below(f.office.db(), kFeed) == 2);
  CHECK(f.seq(kFeed, kRow) == 1);
}

TEST_CASE("a page names what is past the cursor: rows whole, own rows by name only, drops by name") {
  World w;
  const Id paul = w.office.add_staff("paul", "agent");
  const auto one = w.add_case(), other = w.add_case();
  w.office.assign(one.case_id, paul);
  w.office.assign(other.case_id, paul);
  const auto page = [&](sync::Cursor after, const Id& device, bool may_confirm,
                        std::size_t bytes = 1'000'000) {
    return server::read_page(w.office.db(), {.staff_id = paul,
                                             .device_id = device,
                                             .after = after,
                                             .schema = 1,
                                             .may_confirm = may_confirm,
                                             .bytes_max = bytes});
  };
  const server::FeedPage all = page({}, kD, false);
  CHECK(all.remaining == 0);
  CHECK(all.cursor.agent == server::feed_head(w.office.db(), paul));
  CHECK(all.cursor.common == server::feed_head(w.office.db(), server::kCommonFeed));
  CHECK(page(all.cursor, kD, false).empty());
  CHECK_THAT(all.rows, Catch::Contains(one.case_id.text()));
  CHECK_THAT(all.rows, !Catch::Contains("drop_seq"));  // columns that never leave the server

  w.office.unassign(other.case_id, paul);
  const server::FeedPage drop = page(all.cursor, kD, false);
  CHECK(drop.rows.empty());
  CHECK_THAT(drop.drops, Catch::Contains(other.case_id.text()));

  sql::run(w.office.db(), "UPDATE feed_entry SET origin = ?1 WHERE row_id = ?2", kD, one.case_id);
  CHECK_THAT(page({}, kD, true).confirmed, Catch::Contains(one.case_id.text()));
  CHECK_THAT(page({}, kD, false).rows, Catch::Contains(one.case_id.text()));
  CHECK(page({}, kD, false).confirmed.empty());
  CHECK(page({}, kE, true).confirmed.empty());

  // Page by page, everything comes once, and the last one says so.
  sync::Cursor cursor;
  std::size_t rows = 0, pages = 0;
  for (; pages < 100; ++pages) {
    const server::FeedPage part = page(cursor, kD, false, 1);
    rows += part.row_count;
    CHECK((part.cursor.agent > cursor.agent || part.cursor.common > cursor.common));
    cursor = part.cursor;
    if (part.remaining == 0) break;
  }
  CHECK(rows == page({}, kD, false).row_count);
  CHECK(pages > 3);
  CHECK(cursor == page({}, kD, false).cursor);
}

TEST_CASE(
    "an entry whose row is not there, or whose table is not ours, is passed over and does not come again") {
  World w;
  const Id paul = w.office.add_staff("paul", "agent");
  const auto held = w.add_case();
  w.office.assign(held.case_id, paul);
  const auto page = [&](sync::Cursor after) {
    return server::read_page(
        w.office.db(),
        {.staff_id = paul, .device_id = kD, .after = after, .schema = 1, .bytes_max = 1'000'000});
  };
  const server::FeedPage before = page({});
  FeedMarks marks;
  marks.changed(paul, kTask, kRow, {});
  marks.changed(paul, kCase, kRow, {});  // beside a row that is there
  marks.changed(paul, 999, kOtherRow, {});
  marks.gone(paul, 999, kRow);
  CHECK(marks.flush(w.office.db()).empty());
  const server::FeedPage after = page({});
  CHECK(after.rows == before.rows);
  CHECK(after.drops.empty());
  CHECK(after.remaining == 0);
  CHECK(after.cursor.agent == server::feed_head(w.office.db(), paul));
  CHECK(page(before.cursor).empty());
}
