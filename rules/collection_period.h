// Figures of a receivables ledger over a period: days sales outstanding (in France DMRC, délai moyen de règlement
// clients) and the collection effectiveness index. Whole numbers: tenths of a day, tenths of a per cent.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace relance {

/// Sales of one month, tax included, as the receivables are.
struct MonthOfSales {
  std::int64_t sales_cents = 0;
  std::int64_t days = 30;  // in that month
};

/// Receivables as days of the period's sales, in tenths of a day, half up. Nothing where there were no sales.
/// REQUIRES: amounts of at most kFigureCentsMax.
[[nodiscard]] std::optional<std::int64_t> simple_dso_tenths(std::int64_t receivable_cents,
                                                            std::int64_t sales_cents, std::int64_t days);

/// By exhaustion: the receivables are the newest sales, so each month that they cover counts all its days, and the last
/// one its share. `newest_first`. Nothing where the months given do not cover them: the figure would be too low.
[[nodiscard]] std::optional<std::int64_t> count_back_dso_tenths(std::int64_t receivable_cents,
                                                                std::span<const MonthOfSales> newest_first);

/// (opening + sales - closing) / (opening + sales - closing not due), in tenths of a per cent, half up: 1000 when all
/// that fell due was collected. Nothing where nothing fell due.
[[nodiscard]] std::optional<std::int64_t> collection_effectiveness_tenths(std::int64_t opening_cents,
                                                                          std::int64_t sales_cents,
                                                                          std::int64_t closing_cents,
                                                                          std::int64_t closing_not_due_cents);

inline constexpr std::int64_t kFigureCentsMax = 100'000'000'000'000;  // a billion euros: products below fit

}  // namespace relance
