// The numbers of letters, given at issue and by the office alone: L-2026-000001 ..., and of receipts R-2026-000001 ...,
// which count without a gap (CPCE R124-6): what is rolled back gives its number back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/sql.h"

namespace relance::server {

class LetterNumbers {
 public:
  enum class Series : char { letter = 'L', receipt = 'R' };
  /// `iso_day`: of issue, or for a receipt of the payment's entry; its year is in the number.
  LetterNumbers(sql::Connection& db, Series series, std::string_view iso_day);

  /// The next number that no letter bears.
  [[nodiscard]] std::string next();
  /// Keeps the count. REQUIRES: the write transaction in which the numbers are used.
  void save();

 private:
  [[nodiscard]] std::string counter() const;

  sql::Connection& db_;
  Series series_;
  std::string year_;
  std::int64_t last_ = 0;
};

}  // namespace relance::server
