// What follows from the passing of days and from money: promises kept or broken, plans missed, discounts that became
// the debtor's. Run once a day; running it again changes nothing.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/ledger.h"

namespace relance::server {

struct DailyReport {
  std::int64_t promises_kept = 0, promises_partly = 0, promises_broken = 0, promises_superseded = 0;
  std::int64_t plans_kept = 0, plans_broken = 0, plans_reopened = 0;
  std::int64_t discounts_granted = 0, discounts_lapsed = 0, discounts_taken_back = 0;
};

/// In the Work that is open. `day`: ISO date of the office.
/// Failure(not_found) names a dated rule that is missing.
[[nodiscard]] DailyReport run_daily(Ledger& ledger, const Author& author, std::string_view day);

}  // namespace relance::server
