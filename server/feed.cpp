#include "server/feed.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "host/failure.h"
#include "sync/planted.h"

namespace relance::server {
namespace {

constexpr int kDebtorTable = 5;
constexpr int kCaseFileTable = 7;

using Key = std::tuple<Id, int, Id>;  // feed, table, row: ascending feeds are the lock order

struct Entry {
  bool gone = false;
  bool several_authors = false;
  std::optional<FeedMarks::Known> known;
};

// A device need not be told what it wrote itself: the row was inserted by it, or it had seen the entry before,
// or the entry before was its own too. Anything else, and its copy may lack a column.
std::optional<Id> origin_of(sql::Connection& db, const Key& key, const Entry& entry) {
  if (entry.gone || entry.several_authors || !entry.known) return std::nullopt;
  const FeedMarks::Known& known = *entry.known;
  if (known.inserted || sync::planted(sync::Defect::origin_unproven)) return known.device;
  sql::Query q(
      db, "SELECT seq, gone, origin FROM feed_entry WHERE feed_id = ?1 AND table_no = ?2 AND row_id = ?3",
      std::get<0>(key), std::get<1>(key), std::get<2>(key));
  if (!q.next() || q.integer(1) != 0) return std::nullopt;
  const bool seen = q.integer(0) <= known.seen_cursor || q.maybe_id(2) == known.device;
  return seen ? std::optional<Id>(known.device) : std::nullopt;
}

}  // namespace

void FeedMarks::changed(const Id& feed, int table_no, const Id& row, const std::optional<Known>& known) {
  log_.push_back({feed, table_no, row, false, known});
}

void FeedMarks::gone(const Id& feed, int table_no, const Id& row) {
  log_.push_back({feed, table_no, row, true, std::nullopt});
}

bool FeedMarks::leaves(const Id& feed, int table_no, const Id& row) const {
  const auto last = std::find_if(log_.rbegin(), log_.rend(), [&](const Mark& m) {
    return m.feed == feed && m.table_no == table_no && m.row == row;
  });
  return last != log_.rend() && last->gone;
}

bool FeedMarks::changes(const Id& feed, int table_no, const Id& row) const {
  return std::any_of(log_.begin(), log_.end(), [&](const Mark& m) {
    return m.feed == feed && m.table_no == table_no && m.row == row && !m.gone;
  });
}

void FeedMarks::forget_known(std::size_t place) {
  for (std::size_t i = place; i < log_.size(); ++i) log_[i].known.reset();
}

std::vector<FeedMarks::CaseDrop> FeedMarks::flush(sql::Connection& db) {
  std::map<Key, Entry> entries;
  for (const Mark& mark : log_) {
    const auto [at, is_new] =
        entries.try_emplace(Key{mark.feed, mark.table_no, mark.row}, Entry{mark.gone, false, mark.known});
    if (is_new) continue;
    Entry& entry = at->second;
    const bool inserted = entry.known && entry.known->inserted;
    entry.gone = mark.gone;
    entry.several_authors |= !mark.known || !entry.known || mark.known->device != entry.known->device;
    entry.known = mark.known;
    if (entry.known && inserted) entry.known->inserted = true;
  }
  log_.clear();

  std::vector<CaseDrop> drops;
  auto at = entries.begin();
  while (at != entries.end()) {
    const Id feed = std::get<0>(at->first);
    const auto end =
        std::find_if(at, entries.end(), [&](const auto& e) { return std::get<0>(e.first) != feed; });
    const std::int64_t count = std::distance(at, end);
    // One statement reserves the numbers and locks the feed's row until the commit.
    const auto head =
        sql::number(db,
                    "INSERT INTO feed (id, head, pruned_below) VALUES (?1, ?2, 0)"
                    " ON CONFLICT (id) DO UPDATE SET head = feed.head + excluded.head RETURNING head",
                    feed, count);
    RELANCE_ASSERT(head.has_value());
    std::int64_t seq = *head - count;
    for (; at != end; ++at) {
      const auto& [key, entry] = *at;
      const std::optional<Id> origin = origin_of(db, key, entry);
      seq = sync::planted(sync::Defect::one_number_a_commit) ? *head : seq + 1;
      sql::run(db,
               "INSERT INTO feed_entry (feed_id, table_no, row_id, seq, gone, origin) VALUES (?1, ?2, ?3, "
               "?4, ?5, ?6)"
               " ON CONFLICT (feed_id, table_no, row_id) DO UPDATE"
               " SET seq = excluded.seq, gone = excluded.gone, origin = excluded.origin",
               feed, std::get<1>(key), std::get<2>(key), seq, entry.gone ? 1 : 0, origin);
      if (entry.gone && std::get<1>(key) == kCaseFileTable) drops.push_back({feed, std::get<2>(key), seq});
    }
  }
  return drops;
}

std::int64_t feed_head(sql::Connection& db, const Id& feed) {
  return sql::number(db, "SELECT head FROM feed WHERE id = ?1", feed).value_or(0);
}

std::int64_t pruned_below(sql::Connection& db, const Id& feed) {
  return sql::number(db, "SELECT pruned_below FROM feed WHERE id = ?1", feed).value_or(0);
}

void prune_feed(sql::Connection& db, const Id& feed, std::int64_t passed) {
  // A debtor's drop stays: it alone tells, as long as there is a case, what was late (Ledger::standing_of); a case's
  // is kept with its assignment.
  const std::int64_t pruned =
      sql::run(db, "DELETE FROM feed_entry WHERE feed_id = ?1 AND seq <= ?2 AND gone = 1 AND table_no <> ?3",
               feed, passed, kDebtorTable);
  if (pruned > 0)
    sql::run(db, "UPDATE feed SET pruned_below = ?2 WHERE id = ?1 AND pruned_below < ?2", feed, passed);
}

RowJson::RowJson(sql::Connection& db, const schema::Table& table, int schema_version) : db_(db) {
  std::string names, columns;
  for (const schema::Column& column : table.columns) {
    if (!column.served || column.since > schema_version) continue;
    names += (types_.empty() ? "" : ", ") + std::string(column.name);
    columns += (types_.empty() ? "\"" : ",\"") + std::string(column.name) + "\"";
    types_.push_back(column.type);
  }
  text_ = "SELECT " + names + " FROM " + std::string(table.name) + " WHERE id >= ?1 ORDER BY id";
  opening_ = "{\"table\":\"" + std::string(table.name) + "\",\"columns\":[" + columns + "],\"values\":[";
}

// Rows that were written together lie beside each other, and their feed entries come in the same order: a step to
// the next row costs a fifth of a search from the root, and one that was in vain little more than nothing.
bool RowJson::find(const Id& row) {
  if (query_ == nullptr) query_ = std::make_unique<sql::Query>(db_, text_);
  sql::Statement& s = query_->statement();
  if (is_at_row_ && s.step() && s.view(0) == row.view()) return true;
  s.reset();
  s.bind_bytes(1, row.view(), false);
  is_at_row_ = s.step();
  return is_at_row_ && s.view(0) == row.view();
}

bool RowJson::append(std::string& out, const Id& row) {
  if (!find(row)) return false;
  const sql::Statement& s = query_->statement();
  out += '[';
  for (std::size_t i = 0; i < types_.size(); ++i) {
    if (i > 0) out += ',';
    const int c = static_cast<int>(i);
    if (s.is_null(c)) {
      out += "null";
      continue;
    }
    switch (types_[i]) {
      case schema::Type::id: sync::append_json(out, *Id::from_bytes(s.view(c))); break;
      case schema::Type::bytes: sync::append_json(out, Value{Bytes{std::string(s.view(c))}}); break;
      case schema::Type::integer:
      case schema::Type::flag:
      case schema::Type::cents:
      case schema::Type::instant: sync::append_json(out, s.integer(c)); break;
      default: sync::append_json(out, s.view(c)); break;
    }
  }
  out += ']';
  return true;
}

namespace {

// One page under construction: rows by table, so that each table's header is written once.
class PageBuilder {
 public:
  PageBuilder(sql::Connection& db, const PageRequest& request) : db_(db), request_(request) {}

  /// Reads one feed past `after`; returns the new cursor. Stops when the page is full.
  std::int64_t read(const Id& feed, std::int64_t after) {
    sql::Query q(db_,
                 "SELECT table_no, row_id, seq, gone, origin FROM feed_entry WHERE feed_id = ?1 AND seq > ?2 "
                 "ORDER BY seq",
                 feed, after);
    std::int64_t cursor = after;
    while (!full() && q.next()) {
      cursor = q.integer(2);
      take(static_cast<int>(q.integer(0)), q.id(1), q.integer(3) != 0, q.maybe_id(4));
    }
    return cursor;
  }

  [[nodiscard]] bool full() const { return bytes_ >= request_.bytes_max; }

  void finish(FeedPage& page) {
    for (const auto& [number, table] : tables_) {
      if (!table.rows.empty()) {
        page.rows += (page.rows.empty() ? "" : ",") + table.json->opening();
        page.rows += table.rows;
        page.rows += "]}";
      }
      const std::string name{schema::find_table(number)->name};
      if (!table.confirmed.empty())
        page.confirmed += (page.confirmed.empty() ? "[\"" : ",[\"") + name + "\",[" + table.confirmed + "]]";
      if (!table.drops.empty())
        page.drops += (page.drops.empty() ? "[\"" : ",[\"") + name + "\",[" + table.drops + "]]";
    }
    page.row_count = row_count_;
  }

 private:
  struct TablePart {
    std::unique_ptr<RowJson> json;
    std::string rows, confirmed, drops;
  };

  void take(int table_no, const Id& row, bool gone, const std::optional<Id>& origin) {
    const schema::Table* table = schema::find_table(table_no);
    if (table == nullptr || table->since > request_.schema) return;
    TablePart& part = tables_[table_no];
    if (part.json == nullptr) part.json = std::make_unique<RowJson>(db_, *table, request_.schema);
    if (gone) return append_name(part.drops, row);
    if (request_.may_confirm && origin == request_.device_id) return append_name(part.confirmed, row);
    const std::size_t before = part.rows.size();
    if (before > 0) part.rows += ',';
    if (!part.json->append(part.rows, row))
      part.rows.resize(before);
    else
      ++row_count_;
    bytes_ += part.rows.size() - before;
  }

  void append_name(std::string& out, const Id& row) {
    if (!out.empty()) out += ',';
    sync::append_json(out, row);
    bytes_ += 39;
  }

  sql::Connection& db_;
  const PageRequest& request_;
  std::map<int, TablePart> tables_;
  std::size_t bytes_ = 0;
  std::size_t row_count_ = 0;
};

std::int64_t left_in(sql::Connection& db, const Id& feed, std::int64_t after) {
  return sql::number(db, "SELECT count(*) FROM feed_entry WHERE feed_id = ?1 AND seq > ?2", feed, after)
      .value_or(0);
}

}  // namespace

FeedPage read_page(sql::Connection& db, const PageRequest& request) {
  FeedPage page;
  PageBuilder builder(db, request);
  // Reference rows first: a screen that shows a case wants its creditor's name.
  page.cursor.common = builder.read(kCommonFeed, request.after.common);
  page.cursor.agent =
      builder.full() ? request.after.agent : builder.read(request.staff_id, request.after.agent);
  builder.finish(page);
  if (builder.full())
    page.remaining =
        left_in(db, kCommonFeed, page.cursor.common) + left_in(db, request.staff_id, page.cursor.agent);
  // Nothing left below the heads: the cursor reaches them, also over numbers that entries have moved on from.
  if (page.remaining == 0 || sync::planted(sync::Defect::cursor_ahead))
    page.cursor = {feed_head(db, request.staff_id), feed_head(db, kCommonFeed)};
  return page;
}

}  // namespace relance::server
