// The numbers by which people call cases: D-000001, D-000002 … counted in the office's database.
#pragma once

#include <cstdint>
#include <string>

#include "host/sql.h"

namespace relance::server {

class CaseNumbers {
 public:
  explicit CaseNumbers(sql::Connection& db);

  /// The next number that no case bears (some may have been given by hand).
  [[nodiscard]] std::string next();
  /// Keeps the count. REQUIRES: the write transaction in which the numbers are used.
  void save();

 private:
  sql::Connection& db_;
  std::int64_t last_ = 0;
};

}  // namespace relance::server
