// Feeds: which rows an agent's devices have to hear of. The feed holds numbers, never values (docs/protocol.md,
// "Feed"): one entry a row, stamped with the feed's own counter when the row last changed or left.
//
// Two halves: FeedMarks collects what one commit changes and numbers it just before the commit; FeedPage reads
// what a device has not seen, from one snapshot.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "schema/lookup.h"
#include "sync/codec.h"

namespace relance::server {

/// The feed that everyone follows: staff, creditors, mandates.
inline constexpr Id kCommonFeed{};

class FeedMarks {
 public:
  /// The row changed. `origin`: the device that knows its whole content, where its edit was applied exactly
  /// as sent; `seen_cursor`: that device's cursor in this feed; `inserted`: the row was made by it.
  struct Known {
    Id device;
    std::int64_t seen_cursor = 0;
    bool inserted = false;
  };
  void changed(const Id& feed, int table_no, const Id& row, const std::optional<Known>& known);
  /// The follower lost the row.
  void gone(const Id& feed, int table_no, const Id& row);

  /// A place to come back to when a mutation is refused after some of its marks.
  [[nodiscard]] std::size_t place() const { return log_.size(); }
  void back_to(std::size_t place) { log_.resize(place); }
  /// Does the follower lose the row in this very commit?
  [[nodiscard]] bool leaves(const Id& feed, int table_no, const Id& row) const;
  /// Does the row change for the follower in it?
  [[nodiscard]] bool changes(const Id& feed, int table_no, const Id& row) const;
  /// Nobody is said to know the rows marked since `place`: their mutation was not applied exactly as sent.
  void forget_known(std::size_t place);

  /// Numbers everything, feed by feed in ascending order, and writes the entries. Returns the drops of cases,
  /// with their numbers: the ledger keeps them with the assignment.
  struct CaseDrop {
    Id feed;
    Id case_id;
    std::int64_t seq = 0;
  };
  [[nodiscard]] std::vector<CaseDrop> flush(sql::Connection& db);

 private:
  struct Mark {
    Id feed;
    int table_no = 0;
    Id row;
    bool gone = false;
    std::optional<Known> known;
  };
  std::vector<Mark> log_;
};

/// The feed's last number.
[[nodiscard]] std::int64_t feed_head(sql::Connection& db, const Id& feed);
[[nodiscard]] std::int64_t pruned_below(sql::Connection& db, const Id& feed);
/// Forgets drops that every device of the feed has passed.
void prune_feed(sql::Connection& db, const Id& feed, std::int64_t passed);

/// What a device has not seen, as the arrays of an answer.
struct FeedPage {
  std::string rows;
  std::string confirmed;
  std::string drops;
  sync::Cursor cursor;
  std::int64_t remaining = 0;
  std::size_t row_count = 0;
  [[nodiscard]] bool empty() const { return rows.empty() && confirmed.empty() && drops.empty(); }
};

struct PageRequest {
  Id staff_id;
  Id device_id;
  sync::Cursor after;
  int schema = 0;  // of the device: it is sent the columns of this version
  bool may_confirm = false;
  std::size_t bytes_max = 0;
};

/// REQUIRES: a transaction is open, so that heads, entries and rows agree.
[[nodiscard]] FeedPage read_page(sql::Connection& db, const PageRequest& request);

/// Appends one row as a JSON array of its served columns; false when the row does not exist.
/// Used by pages and by verify.
class RowJson {
 public:
  RowJson(sql::Connection& db, const schema::Table& table, int schema_version);
  bool append(std::string& out, const Id& row);
  /// {"table":"…","columns":[…],"values":[
  [[nodiscard]] const std::string& opening() const { return opening_; }

 private:
  bool find(const Id& row);

  sql::Connection& db_;
  std::string text_;
  std::string opening_;
  std::vector<schema::Type> types_;
  std::unique_ptr<sql::Query> query_;
  bool is_at_row_ = false;  // the query stands on a row: the next one is a step away
};

}  // namespace relance::server
