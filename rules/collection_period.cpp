// Days sales outstanding, and how well was collected. See collection_period.h.
#include "rules/collection_period.h"

namespace relance {
namespace {

// number / of, half up. REQUIRES: of > 0.
std::int64_t rounded(std::int64_t number, std::int64_t of) {
  const std::int64_t floor = number / of - (number % of < 0 ? 1 : 0);
  return floor + (2 * (number - floor * of) >= of ? 1 : 0);
}

}  // namespace

std::optional<std::int64_t> simple_dso_tenths(std::int64_t receivable_cents, std::int64_t sales_cents,
                                              std::int64_t days) {
  if (sales_cents <= 0) return std::nullopt;
  return rounded(10 * days * receivable_cents, sales_cents);
}

std::optional<std::int64_t> count_back_dso_tenths(std::int64_t receivable_cents,
                                                  std::span<const MonthOfSales> newest_first) {
  std::int64_t whole_days = 0;
  std::int64_t left = receivable_cents;
  if (left <= 0) return 0;
  for (const MonthOfSales& month : newest_first) {
    if (month.sales_cents >= left)
      return 10 * whole_days + rounded(10 * month.days * left, month.sales_cents);
    whole_days += month.days;
    left -= month.sales_cents;
  }
  return std::nullopt;
}

std::optional<std::int64_t> collection_effectiveness_tenths(std::int64_t opening_cents,
                                                            std::int64_t sales_cents,
                                                            std::int64_t closing_cents,
                                                            std::int64_t closing_not_due_cents) {
  const std::int64_t fell_due = opening_cents + sales_cents - closing_not_due_cents;
  if (fell_due <= 0) return std::nullopt;
  return rounded(1'000 * (opening_cents + sales_cents - closing_cents), fell_due);
}

}  // namespace relance
