// See remittance.h.
#include "rules/remittance.h"

#include <algorithm>
#include <vector>

namespace relance {
namespace {

constexpr std::int64_t kWhole = 10'000;  // basis points

}  // namespace

std::int64_t fee_cents(std::int64_t received_cents, std::span<const FeeBracket> brackets) {
  if (received_cents < 0) return -fee_cents(-received_cents, brackets);
  std::vector<FeeBracket> ascending(brackets.begin(), brackets.end());
  std::stable_sort(ascending.begin(), ascending.end(), [](const FeeBracket& a, const FeeBracket& b) {
    if (!a.up_to_cents || !b.up_to_cents) return a.up_to_cents.has_value() && !b.up_to_cents.has_value();
    return *a.up_to_cents < *b.up_to_cents;
  });
  std::int64_t from = 0, parts = 0;
  for (const FeeBracket& bracket : ascending) {
    const std::int64_t to = std::min(bracket.up_to_cents.value_or(received_cents), received_cents);
    if (to <= from) continue;
    parts += (to - from) * bracket.basis_points;
    from = to;
  }
  return (parts + kWhole / 2) / kWhole;
}

RemittanceDue remittance_due(CivilDate received_on, const RemittanceTerms& terms) {
  const CivilDate due_on =
      terms.days ? add_days(received_on, *terms.days) : add_months(received_on, terms.months);
  return {.due_on = due_on, .warn_from = add_days(due_on, -terms.warn_days)};
}

}  // namespace relance
