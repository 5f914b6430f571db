// The interest that the claims of a case have borne by a day, from its rows: rates, formal notices, titles. One reading
// for what a case shows and for what a letter asks, so that both name the same sum.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "host/sql.h"
#include "rules/late_interest.h"

namespace relance {

struct ClaimInterest {
  std::optional<CivilDate> from;  // the first day that bears interest; nothing: none runs
  std::int64_t cents = 0;
  std::optional<CivilDate> unknown_from;  // the first day for which no row states the rate
};

class LateInterest {
 public:
  /// Rows of a later day do not count. `nature`: of the case's debtor.
  /// REQUIRES: a transaction is open. Failure(not_found) names a dated rule that is missing.
  LateInterest(sql::Connection& db, const Id& case_id, DebtorNature nature, std::string_view iso_day);

  /// Of one claim of the case on what is open of it.
  [[nodiscard]] ClaimInterest of(const Id& claim, CivilDate due_on, std::int64_t open_cents) const;

 private:
  void read_rates(sql::Connection& db);
  void read_notices(sql::Connection& db);
  void read_claims(sql::Connection& db);
  void read_titles(sql::Connection& db);
  [[nodiscard]] std::optional<TitleTerms> title_over(const Id& claim) const;

  Id case_id_;
  DebtorNature nature_;
  std::string iso_;
  CivilDate until_;  // outside
  InterestTerms terms_;
  std::vector<RateRow> rates_;
  std::vector<FormalNotice> notices_;
  std::map<Id, NoticedClaim> claims_;
  std::vector<std::pair<std::optional<Id>, TitleTerms>> titles_;  // nothing: over all claims; the first first
};

}  // namespace relance
