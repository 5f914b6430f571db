// What became of a promise to pay: computed from money received, never from what was said about it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

struct PromiseMade {
  CivilDate made_on;
  CivilDate due_on;
  std::int64_t amount_cents = 0;  // > 0
};

struct MoneyReceived {
  CivilDate on;
  std::int64_t cents = 0;  // negative: it bounced
};

enum class PromiseState : std::uint8_t { open, kept, partly, broken };

/// "open", "kept", "partly", "broken": words of promise.state, which also has "superseded", a person's word.
[[nodiscard]] std::string_view name_of(PromiseState state);

struct PromiseJudged {
  PromiseState state = PromiseState::open;
  std::int64_t received_cents = 0;  // from the day it was made to its last day
  CivilDate last_day;               // the due date and its grace
};

/// Kept as soon as the amount has come in by the last day, which is the due date and `grace_days` working days; before
/// the end of that day open; after it partly kept or broken. What came in before it was made does not count, nor what
/// came after the last day.
[[nodiscard]] PromiseJudged judge_promise(const PromiseMade& promise, std::span<const MoneyReceived> received,
                                          CivilDate today, std::int64_t grace_days);

/// Whether another promise, made on `replaced_on`, takes this one's place: only while it could still be kept. One that
/// had been kept or had failed by then stays what it was, however late somebody looks.
[[nodiscard]] bool is_superseded(const PromiseMade& promise, std::span<const MoneyReceived> received,
                                 CivilDate replaced_on, std::int64_t grace_days);

}  // namespace relance
