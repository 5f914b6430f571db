// The parts of a plan. See instalments.h.
#include "rules/instalments.h"

namespace relance {
namespace {

CivilDate day_of(CivilDate first_on, PlanStep step, std::int64_t steps) {
  switch (step) {
    case PlanStep::weekly: return add_days(first_on, 7 * steps);
    case PlanStep::monthly: return add_months(first_on, steps);
    case PlanStep::quarterly: return add_months(first_on, 3 * steps);
  }
  return first_on;
}

}  // namespace

std::optional<PlanStep> parse_plan_step(std::string_view word) {
  if (word == "weekly") return PlanStep::weekly;
  if (word == "monthly") return PlanStep::monthly;
  if (word == "quarterly") return PlanStep::quarterly;
  return std::nullopt;
}

std::optional<std::vector<Instalment>> instalments(std::int64_t amount_cents, std::int64_t count,
                                                   CivilDate first_on, PlanStep step) {
  if (count < 1 || count > kInstalmentsMax || amount_cents < count) return std::nullopt;
  const std::int64_t each = amount_cents / count;
  std::vector<Instalment> out;
  for (std::int64_t position = 1; position <= count; ++position)
    out.push_back({.position = position,
                   .due_on = day_of(first_on, step, position - 1),
                   .amount_cents = position < count ? each : amount_cents - each * (count - 1)});
  return out;
}

}  // namespace relance
