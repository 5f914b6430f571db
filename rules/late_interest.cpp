// Notice and title. See late_interest.h.
#include "rules/late_interest.h"

#include <algorithm>

#include "rules/court_deadlines.h"
#include "rules/local_time.h"

namespace relance {
namespace {

// Whether it was in the books when the notice was issued. One that was written down before the notice was is, also
// where both tell of earlier days.
bool was_known(const NoticedClaim& claim, const FormalNotice& notice) {
  if (claim.issued_on && *claim.issued_on > notice.issued_on) return false;
  if (claim.written_at <= notice.written_at) return true;
  const auto written = local_time_of(claim.written_at, "");
  return written && written->day <= notice.issued_on;
}

bool was_contested(const NoticedClaim& claim, CivilDate day) {
  return std::any_of(claim.contests.begin(), claim.contests.end(), [&](const NoticedClaim::Contest& one) {
    return one.from <= day && (!one.until || day < *one.until);
  });
}

}  // namespace

std::optional<CivilDate> noticed_on(const NoticedClaim& claim, std::span<const FormalNotice> notices) {
  std::optional<CivilDate> first;
  for (const FormalNotice& notice : notices) {
    const bool asks = claim.due_on < notice.issued_on && was_known(claim, notice) &&
                      !was_contested(claim, notice.issued_on);
    if (asks && (!first || notice.sent_on < *first)) first = notice.sent_on;
  }
  return first;
}

std::optional<CivilDate> interest_from(DebtorNature nature, CivilDate due_on,
                                       std::optional<CivilDate> noticed_on,
                                       const std::optional<TitleTerms>& title) {
  if (nature == DebtorNature::consumer && title && (!noticed_on || title->on < *noticed_on))
    noticed_on = title->on;
  return interest_from(nature, due_on, noticed_on);
}

InterestAnswer late_interest(std::int64_t principal_cents, CivilDate from, CivilDate until,
                             const InterestTerms& terms, std::span<const RateRow> rows,
                             const std::optional<TitleTerms>& title) {
  if (!title || until <= title->on) return interest_between(principal_cents, from, until, terms, rows);
  const CivilDate change = std::max(from, title->on);
  InterestAnswer out;
  out.interest.of = 10'000 * static_cast<std::int64_t>(terms.year_days);
  if (from < change) out = interest_between(principal_cents, from, change, terms, rows);
  if (out.unknown_from) return out;
  const std::vector<RateRow> raised = rates_after_title(
      rows, title->kind, {std::max(title->on, title->enforceable_on), title->after_months, title->extra_bp});
  const InterestTerms after{.kind = title->kind, .year_days = terms.year_days};
  const InterestAnswer rest = interest_between(principal_cents, change, until, after, raised);
  return {.interest = out.interest + rest.interest, .unknown_from = rest.unknown_from};
}

}  // namespace relance
