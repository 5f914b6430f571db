// Months, limits and switches. See court_deadlines.h.
#include "rules/court_deadlines.h"

#include <algorithm>

namespace relance {

CivilDate service_deadline(CivilDate order_on, std::int64_t months) { return add_months(order_on, months); }

CivilDate opposition_deadline(CivilDate served_on, std::int64_t months) {
  return add_months(served_on, months);
}

bool is_small_claim(std::int64_t principal_cents, std::int64_t interest_cents, std::int64_t limit_cents) {
  return principal_cents > 0 && principal_cents <= limit_cents && interest_cents >= 0 &&
         interest_cents <= limit_cents - principal_cents;
}

bool is_payment_barred(CivilDate begun_on, std::optional<CivilDate> outcome_on, std::int64_t months,
                       CivilDate day) {
  if (day < begun_on) return false;
  const CivilDate last = add_months(begun_on, months);
  return day <= (outcome_on ? std::min(*outcome_on, last) : last);
}

CivilDate title_last_day(CivilDate title_on, std::int64_t months) { return add_months(title_on, months); }

std::vector<RateRow> rates_after_title(std::span<const RateRow> rows, RateKind kind, const TitleRate& title) {
  const CivilDate raised_from = add_months(title.enforceable_on, title.after_months);
  std::vector<RateRow> out;
  for (const RateRow& row : rows) {
    if (row.kind != kind) continue;
    RateRow before = row, after = row;
    before.until = std::min(row.until, raised_from);
    after.from = std::max(row.from, raised_from);
    after.basis_points = row.basis_points + title.extra_bp;
    if (before.from < before.until) out.push_back(before);
    if (after.from < after.until) out.push_back(after);
  }
  return out;
}

std::optional<std::int64_t> reminder_reached(CivilDate deadline, CivilDate today) {
  const std::int64_t left = days_between(today, deadline);
  if (left <= 0) return 0;
  std::optional<std::int64_t> out;
  for (const std::int64_t days : kReminderDays)
    if (left <= days) out = days;
  return out;
}

bool lacks_result(bool is_legal, std::string_view state, bool is_withdrawn, std::string_view result) {
  return (state != "todo" || is_withdrawn) && !may_close_task(is_legal, result);
}

bool may_close_task(bool is_legal, std::string_view result) { return !is_legal || !result.empty(); }

}  // namespace relance
