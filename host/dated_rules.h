// Law and policy as the database has them: figures and rates, each with the days on which it holds. One SQL for the
// office and for a replica; what is computed from them is decided in rules/, which this folder does not know.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"

namespace relance {

/// The figure of a code on a day: of its rows the one that began last, of those the one written last (a correction).
/// Nothing where no row holds yet.
[[nodiscard]] std::optional<std::int64_t> find_dated_amount(sql::Connection& db, std::string_view code,
                                                            std::string_view iso_day);

/// The same for who cannot go on without. Failure(not_found) says which row the office has to enter.
[[nodiscard]] std::int64_t dated_amount(sql::Connection& db, std::string_view code, std::string_view iso_day);

/// A rule in days, as milliseconds; `otherwise` where there is no such row, or none that makes sense (1 day to 10
/// years).
[[nodiscard]] Ms dated_span(sql::Connection& db, std::string_view code, std::string_view iso_day,
                            Ms otherwise);

/// All dated rules at once: a list asks for the same few of every claim.
class DatedRules {
 public:
  explicit DatedRules(sql::Connection& db);
  /// The amount in force on a day; nothing where there is no row, as in a replica that has not read them yet.
  [[nodiscard]] std::optional<std::int64_t> at(std::string_view code, std::string_view iso_day) const;

 private:
  std::map<std::string, std::map<std::string, std::int64_t>, std::less<>>
      amounts_;  // by code, then first day
};

/// A row of the table of rates; days inclusive, as the office enters them.
struct RateFacts {
  std::string kind;               // a word of rate.kind
  std::optional<Id> creditor_id;  // of a contract rate
  std::string valid_from, valid_to;
  std::int64_t basis_points = 0;
};

/// All of them, oldest first; a correction (written later, for the same days) comes after what it corrects.
[[nodiscard]] std::vector<RateFacts> all_rates(sql::Connection& db);

}  // namespace relance
