// Kept, partly kept or broken. See promise_state.h.
#include "rules/promise_state.h"

#include "rules/working_days.h"

namespace relance {

std::string_view name_of(PromiseState state) {
  switch (state) {
    case PromiseState::open: return "open";
    case PromiseState::kept: return "kept";
    case PromiseState::partly: return "partly";
    case PromiseState::broken: return "broken";
  }
  return "";
}

PromiseJudged judge_promise(const PromiseMade& promise, std::span<const MoneyReceived> received,
                            CivilDate today, std::int64_t grace_days) {
  PromiseJudged out{.last_day = add_working_days(promise.due_on, grace_days)};
  for (const MoneyReceived& one : received)
    if (one.on >= promise.made_on && one.on <= out.last_day && one.on <= today)
      out.received_cents += one.cents;
  if (out.received_cents >= promise.amount_cents)
    out.state = PromiseState::kept;
  else if (today > out.last_day)
    out.state = out.received_cents > 0 ? PromiseState::partly : PromiseState::broken;
  return out;
}

bool is_superseded(const PromiseMade& promise, std::span<const MoneyReceived> received, CivilDate replaced_on,
                   std::int64_t grace_days) {
  return judge_promise(promise, received, replaced_on, grace_days).state == PromiseState::open;
}

}  // namespace relance
