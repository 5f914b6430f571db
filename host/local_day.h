// The day on which the trade is: that of Paris, for the office and for every agent, whatever zone their machines are
// set to, so that a worklist, a promise and a letter of one instant bear one date.
#pragma once

#include <string>

#include "schema/value.h"

namespace relance {

/// "2026-11-21" in Paris; for an instant beyond the calendar its first or last day.
[[nodiscard]] std::string local_day(Ms at);

}  // namespace relance
