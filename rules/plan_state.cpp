#include "rules/plan_state.h"

#include "rules/working_days.h"

namespace relance {

std::string_view name_of(PlanState state) {
  switch (state) {
    case PlanState::active: return "active";
    case PlanState::kept: return "kept";
    case PlanState::broken: return "broken";
  }
  return "";
}

PlanJudged judge_plan(std::span<const Instalment> instalments, CivilDate begun_on,
                      std::span<const MoneyReceived> received, CivilDate today, std::int64_t grace_days) {
  PlanJudged out;
  const auto received_by = [&](CivilDate last) {
    std::int64_t sum = 0;
    for (const MoneyReceived& money : received)
      if (money.on >= begun_on && money.on <= last) sum += money.cents;
    return sum;
  };
  out.received_cents = received_by(today);
  std::int64_t due = 0;
  for (const Instalment& one : instalments) {
    due += one.amount_cents;
    const CivilDate last = add_working_days(one.due_on, grace_days);
    const bool is_over = last < today;
    if (is_over && received_by(last) < due) {
      out.state = PlanState::broken;
      out.position = one.position;
      return out;
    }
    if (!out.position && out.received_cents < due) out.position = one.position;
  }
  if (!out.position) out.state = PlanState::kept;
  return out;
}

}  // namespace relance
