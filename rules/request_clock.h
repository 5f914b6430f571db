// The clock of a person's request (GDPR art. 12(3)): one month from its receipt, two more where the person was told why
// within the first. Months and days come from dated rules.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

/// The last day for the answer: the same day of a later month, or that month's last day. `more_months` counts from the
/// receipt too, so that a clamped day does not stick. A day that nobody works on is not moved: earlier is always right.
[[nodiscard]] inline CivilDate answer_due_on(CivilDate received_on, std::int64_t months,
                                             std::int64_t more_months = 0) {
  return add_months(received_on, months + more_months);
}

enum class RequestClock : std::uint8_t { running, near, over };

/// `warn_days`: how long before its day a request is near.
[[nodiscard]] inline RequestClock request_clock(CivilDate due_on, CivilDate today, std::int64_t warn_days) {
  const std::int64_t left = days_between(today, due_on);
  if (left < 0) return RequestClock::over;
  return left <= warn_days ? RequestClock::near : RequestClock::running;
}

[[nodiscard]] constexpr std::string_view name_of(RequestClock clock) {
  return clock == RequestClock::over ? "over" : clock == RequestClock::near ? "near" : "running";
}

}  // namespace relance
