// A payment plan as its parts: simulated on an agent's machine while he is on the telephone, and made of the same
// function at the office, so that both read the same figures out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"

namespace relance {

/// The time from one instalment to the next.
enum class PlanStep : std::uint8_t { weekly, monthly, quarterly };

/// "weekly", "monthly", "quarterly"; nothing for another word.
[[nodiscard]] std::optional<PlanStep> parse_plan_step(std::string_view word);

struct Instalment {
  std::int64_t position = 1;  // 1 for the first
  CivilDate due_on;
  std::int64_t amount_cents = 0;

  friend bool operator==(const Instalment&, const Instalment&) = default;
};

inline constexpr std::int64_t kInstalmentsMax =
    120;  // ten years by the month; more is refused where it is asked for

/// `count` instalments that sum to the amount, to the cent: equal ones, and the last takes the remainder. Months are
/// counted from the first day: of 31 January come 28 February and 31 March.
/// Nothing where it cannot be: no count or one above kInstalmentsMax, or less than a cent for each.
[[nodiscard]] std::optional<std::vector<Instalment>> instalments(std::int64_t amount_cents,
                                                                 std::int64_t count, CivilDate first_on,
                                                                 PlanStep step);

}  // namespace relance
