// Why a case stands where it stands in the list of work, in a person's words: one wording for both programs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/texts.h"

namespace relance {

/// What rules/worklist.h says of a case.
struct RankWords {
  std::string_view reason;  // code
  std::int64_t days = 0;    // from today; negative: over
  std::int64_t expected_cents = 0;
};

/// "call back today", "45 days past due, 812.00 expected"; the code itself where there are no words for it.
[[nodiscard]] std::string rank_words(Lang lang, const RankWords& rank);

}  // namespace relance
