// Interest by days and dated rates. See interest.h.
#include "rules/interest.h"

#include <algorithm>

namespace relance {
namespace {

// principal * basis_points * days / of, exactly: the principal is split so that no product leaves 64 bits.
Interest simple_interest(std::int64_t principal_cents, std::int64_t basis_points, std::int64_t days,
                         std::int64_t of) {
  const std::int64_t yearly = basis_points * days;  // 10,000 * 3,652,059 at most
  const std::int64_t of_rest = principal_cents % of * yearly;
  return {.cents = principal_cents / of * yearly + of_rest / of, .parts = of_rest % of, .of = of};
}

// The first day after `day` on which another row could hold.
CivilDate next_change(std::span<const RateRow> rows, RateKind kind, CivilDate day, CivilDate until) {
  for (const RateRow& row : rows) {
    if (row.kind != kind) continue;
    if (row.from > day) until = std::min(until, row.from);
    if (row.until > day) until = std::min(until, row.until);
  }
  return until;
}

}  // namespace

Interest Interest::operator+(const Interest& other) const {
  const std::int64_t sum = parts + other.parts;
  return {.cents = cents + other.cents + sum / of, .parts = sum % of, .of = of};
}

std::int64_t Interest::rounded() const { return cents + (2 * parts >= of ? 1 : 0); }

InterestAnswer interest_between(std::int64_t principal_cents, CivilDate from, CivilDate until,
                                const InterestTerms& terms, std::span<const RateRow> rows) {
  InterestAnswer out;
  out.interest.of = 10'000 * static_cast<std::int64_t>(terms.year_days);
  for (CivilDate day = from; day < until;) {
    const RateRow* rate = rate_on(rows, terms.kind, day);
    const RateRow* legal =
        terms.at_least_three_times_legal ? rate_on(rows, RateKind::legal_other, day) : nullptr;
    if (rate == nullptr || (terms.at_least_three_times_legal && legal == nullptr)) {
      out.unknown_from = day;
      return out;
    }
    std::int64_t basis_points = rate->basis_points;
    CivilDate end = next_change(rows, terms.kind, day, until);
    if (legal != nullptr) {
      basis_points = std::max(basis_points, 3 * legal->basis_points);
      end = next_change(rows, RateKind::legal_other, day, end);
    }
    out.interest = out.interest +
                   simple_interest(principal_cents, basis_points, days_between(day, end), out.interest.of);
    day = end;
  }
  return out;
}

std::optional<CivilDate> interest_from(DebtorNature nature, CivilDate due_on,
                                       std::optional<CivilDate> formal_notice_on) {
  const CivilDate after_due = add_days(due_on, 1);
  switch (nature) {
    case DebtorNature::unknown: return std::nullopt;
    case DebtorNature::trader: return after_due;
    case DebtorNature::consumer:
      if (!formal_notice_on) return std::nullopt;
      return std::max(after_due, *formal_notice_on);
  }
  return std::nullopt;
}

std::int64_t indemnity_cents(DebtorNature nature, std::span<const LateClaim> claims, CivilDate today,
                             std::int64_t each_cents, bool is_insolvent) {
  if (nature != DebtorNature::trader || is_insolvent) return 0;
  const auto late = std::count_if(claims.begin(), claims.end(), [&](const LateClaim& claim) {
    return !claim.is_waived && claim.paid_on.value_or(today) > claim.due_on;
  });
  return static_cast<std::int64_t>(late) * each_cents;
}

}  // namespace relance
