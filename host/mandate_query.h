// The creditor's agreement under which a case is worked: whether we are an agency, and whether we may act today. One
// reading for letters, calls and the case's screen, so that none of them allows what another refuses.
#pragma once

#include <string_view>

#include "host/sql.h"

namespace relance {

struct MandateStanding {
  bool is_agency = false;  // for somebody else's account: CPCE R124-1 and following bind
  /// Written and signed by the day, begun and not ended: without such an agreement an agency may do nothing (CPCE
  /// R124-3). The creditor's own people need none.
  bool is_in_force = false;
};

/// Of the agreement that the case names; where it names none, of the creditor's: one in force before others, the one
/// that began last. No agreement at all: the creditor's own people work.
[[nodiscard]] MandateStanding mandate_standing(sql::Connection& db, const Id& case_id,
                                               std::string_view iso_day);

}  // namespace relance
