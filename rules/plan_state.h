// What became of an active payment plan: computed from money received against its instalments.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rules/instalments.h"
#include "rules/promise_state.h"

namespace relance {

enum class PlanState : std::uint8_t { active, kept, broken };

/// "active", "kept", "broken": words of payment_plan.state.
[[nodiscard]] std::string_view name_of(PlanState state);

struct PlanJudged {
  PlanState state = PlanState::active;
  std::int64_t received_cents = 0;  // since the plan began
  /// The instalment that is to be paid next; of a broken plan the one that was missed. Nothing when all are paid.
  std::optional<std::int64_t> position;
};

/// Money since `begun_on` pays the instalments in their order. Broken when one is not whole at the end of its day and
/// of `grace_days` working days after it; kept when all are paid.
[[nodiscard]] PlanJudged judge_plan(std::span<const Instalment> instalments, CivilDate begun_on,
                                    std::span<const MoneyReceived> received, CivilDate today,
                                    std::int64_t grace_days);

}  // namespace relance
