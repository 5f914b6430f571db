// Deadlines before courts and after them: service of a payment order, opposition, small claims, the life of a title,
// the rate after a judgment, and how long before a day somebody is reminded. Pure; every period is a dated row,
// handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/rates.h"

namespace relance {

/// The last day to have a payment order served (CPC 1411): so many months from the day it was made. `months`: the row
/// in force on that day (6; 3 for orders made from 1 September 2026, décret 2026-96).
[[nodiscard]] CivilDate service_deadline(CivilDate order_on, std::int64_t months);

/// The last day for the debtor to oppose an order served on him in person (CPC 1416).
[[nodiscard]] CivilDate opposition_deadline(CivilDate served_on, std::int64_t months);

/// Whether the simplified procedure is open: principal and interest together within the limit (CPCE R125-1).
[[nodiscard]] bool is_small_claim(std::int64_t principal_cents, std::int64_t interest_cents,
                                  std::int64_t limit_cents);

/// Whether a day lies in the time in which nothing may be paid (CPCE R125-7): from the bailiff's letter to the
/// outcome, or the end of the procedure's months where no outcome is known.
[[nodiscard]] bool is_payment_barred(CivilDate begun_on, std::optional<CivilDate> outcome_on,
                                     std::int64_t months, CivilDate day);

/// The last day on which a title can be enforced (CPCE L111-4).
[[nodiscard]] CivilDate title_last_day(CivilDate title_on, std::int64_t months);

/// From which day the legal rate is raised, and by how much (CMF L313-3).
struct TitleRate {
  CivilDate enforceable_on;
  std::int64_t after_months = 0;  // the raise holds from so many months after
  std::int64_t extra_bp = 0;
};

/// The legal rate after a judgment, as rows for rules/interest.h: the given rows of the kind, raised from the switch
/// on. REQUIRES: kind is a legal rate.
[[nodiscard]] std::vector<RateRow> rates_after_title(std::span<const RateRow> rows, RateKind kind,
                                                     const TitleRate& title);

/// Days before a deadline on which somebody is reminded, the first reminder first.
inline constexpr std::int64_t kReminderDays[] = {30, 7, 1};

/// The lead time that has been reached: 30, 7 or 1; 0 when the day has come or is past; nothing while it is far.
[[nodiscard]] std::optional<std::int64_t> reminder_reached(CivilDate deadline, CivilDate today);

/// Whether a task stands as no deadline in law may: closed or taken back, and nobody has said what came of it. `state`:
/// a word of task.state.
[[nodiscard]] bool lacks_result(bool is_legal, std::string_view state, bool is_withdrawn,
                                std::string_view result);

/// Whether a task may be closed: one that is a deadline in law only with what came of it.
[[nodiscard]] bool may_close_task(bool is_legal, std::string_view result);

}  // namespace relance
