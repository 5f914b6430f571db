// A database file from somebody who knows its form. Its bytes are changed, moved and cut; or its tables are declared
// without types and rules, and its rows hold anything. The input says only what is changed: a whole file would be half
// a megabyte, and a fuzzer would never come past its first page.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/sqlite.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/chance.h"
#include "tests/support/disk.h"
#include "tests/support/rehearsal.h"

namespace relance::fuzz {

class HostileDatabase {
 public:
  using Use = std::function<void(sql::Connection&)>;

  /// `make` creates the tables and what no row of a business table says; one row of each of those is added here.
  HostileDatabase(schema::Side side, const Use& make);

  /// Calls `read` with the database as `bytes` change it. Anything but a Failure is a finding.
  void read(std::string_view bytes, sql::SqliteOptions options, const Use& read);

 private:
  void read_file(Input input, sql::SqliteOptions options, const Use& read);
  void read_rows(Input input, const Use& read);

  schema::Side side_;
  test::Disk disk_{1};
  std::string image_;
  std::unique_ptr<sql::Connection> loose_;  // the same rows in tables without types
};

}  // namespace relance::fuzz
