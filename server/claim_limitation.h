// Until when each open claim can be claimed in court, from rows: for the court file and the compliance list. The rule
// itself is rules/limitation.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "rules/limitation.h"

namespace relance::server {

struct ClaimLimitation {
  Id claim_id;
  Id case_id;
  std::string case_number, piece_ref;
  std::optional<CivilDate> last_day;  // nothing: the clock stands still
  /// Nobody has said whether the debtor is a consumer: `last_day` is a consumer's, this one that of trade.
  bool may_be_consumer = false;
  std::optional<CivilDate> last_day_in_trade;
  std::string rule;  // code of the dated rule that gave the period
};

/// Open claims with a date, of one case or of all that are not closed. Acts that the office has not verified lengthen
/// nothing; of an unknown debtor the shorter period counts. Failure{not_found} where a dated rule is missing.
[[nodiscard]] std::vector<ClaimLimitation> claim_limitations(sql::Connection& db,
                                                             const std::optional<Id>& case_id = std::nullopt);

}  // namespace relance::server
