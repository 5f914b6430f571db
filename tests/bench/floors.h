// What the same work costs at least: single-threaded programs without sync, rights, merging, network or
// threads, over the same engine, tables, indexes, key and durability. Written as lean as is reasonable; each is
// what an impatient programmer would write who has only this one thing to do.
#pragma once

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/sql.h"
#include "schema/lookup.h"

namespace relance::bench {

/// Bootstrap: select + serialise + zstd at one end, expand + parse + one-transaction insert at the other.
[[nodiscard]] std::string serve_everything(sql::Connection& office, const Id& staff_id);
void insert_everything(sql::Connection& replica, std::string_view compressed);

/// Pull: select + serialise by id, then parse + apply in one durable commit.
struct NamedRows {
  const schema::Table* table = nullptr;
  std::vector<Id> ids;
};
[[nodiscard]] std::string serve_rows(sql::Connection& office, const std::vector<NamedRows>& rows);
void apply_rows(sql::Connection& replica, std::string_view json);

/// Push: parse + the same rows (business, history, feed, outcome) in one durable commit. Merges nothing,
/// checks nothing
/// but what the tables' own constraints do.
class PushFloor {
 public:
  explicit PushFloor(sql::Connection& office) : office_(office) {}
  struct Push {
    Id device_id, staff_id;
    std::string_view body;  // a request of the protocol
  };
  /// All of them in one commit.
  void take(const std::vector<Push>& pushes);

 private:
  struct Written;

  void take_one(const Push& push);
  void write_insert(const Push& push, const boost::json::object& columns, Written& written);
  void write_update(const boost::json::object& columns, Written& written);
  void note(const Push& push, std::int64_t n, std::int64_t seq, std::string_view intent,
            const Written& written);
  /// Kept for the table, column or text that it belongs to: nothing is looked up by its words.
  sql::Statement& statement(const void* key, std::string_view text);

  sql::Connection& office_;
  std::map<const void*, std::unique_ptr<sql::Statement>> statements_;
};

/// Import of a ledger: read every line, insert the customers' ones with their debtors, cases, claims and history.
struct FloorRows {
  std::int64_t entries = 0, claims = 0, debtors = 0;
};
FloorRows insert_ledger(sql::Connection& db, const std::filesystem::path& file);

}  // namespace relance::bench
