// In which order cases are worked, and why: the same list from the same rows on the office's machine and on an
// agent's, so that the two can talk about "the third one". Until the collection work is built the order is days
// past due, then balance. Pure: who calls says what day it is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rules/receivables.h"

namespace relance {

/// One case as the ranking sees it.
struct CaseRank {
  std::string_view number;
  std::int64_t balance_cents = 0;
  std::string_view due_on;  // ISO date of the oldest claim on which something is asked; empty: none
  bool is_closed = false;
};

/// Why a case stands where it stands. The code is stable; the numbers beside it are in RankedCase.
enum class RankReason : std::uint8_t {
  past_due,      // `days_past_due` days since the oldest claim fell due
  due_later,     // nothing is past due; the oldest falls due in -`days_past_due` days
  undated,       // something is owed, no claim says since when
  nothing_owed,  // level, or in credit
  closed,        // nobody works on it, whatever its balance
};

/// "past_due", "due_later", "undated", "nothing_owed", "closed".
[[nodiscard]] std::string_view name_of(RankReason reason);

struct RankedCase {
  std::size_t place = 0;  // index into the cases given
  RankReason reason = RankReason::nothing_owed;
  std::int64_t days_past_due = 0;  // negative: days to come; 0 where no claim is asked
};

/// Most urgent first: days past due, then balance, then number. Cases without an asked claim come after all
/// that have one, those that owe something first; closed cases come last.
/// REQUIRES: `today` is an ISO date.
[[nodiscard]] std::vector<RankedCase> worklist(std::span<const CaseRank> cases, std::string_view today);

/// The due date of the oldest claim on which something is asked; empty where nothing is, or no date is known.
/// `asked`: what what_is_asked made of the same claims.
[[nodiscard]] std::string_view oldest_asked(std::span<const ClaimDue> claims, const Asked& asked);

}  // namespace relance
