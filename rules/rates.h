// Rates in law and in contracts, as dated rows: what a half-year's decree or a creditor's terms say, never a
// constant of the program. Where no row says what held on a day, nothing is computed for that day.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

/// Which rate a row states.
enum class RateKind : std::uint8_t {
  legal_individual,  // legal interest where the *creditor* is a natural person outside a trade (CMF L313-2)
  legal_other,       // legal interest for every other creditor, also against a consumer
  trade_default,     // between traders, terms silent: refinancing rate and ten points (C. com. L441-10 II)
  contract,          // what the creditor's terms say
};

/// The stable word: "legal_individual", "legal_other", "trade_default", "contract".
[[nodiscard]] std::string_view name_of(RateKind kind);

/// One row: so many basis points a year, from `from` up to `until`, which is outside.
struct RateRow {
  RateKind kind = RateKind::legal_other;
  CivilDate from;
  CivilDate until;
  std::int64_t basis_points = 0;  // 0 to kBasisPointsMax
};

inline constexpr std::int64_t kBasisPointsMax =
    10'000;  // 100 % a year; a row above it is refused where it is entered

/// The row of a kind that holds on a day: of several the one that begins last (a correction), of those the last
/// one given. Null where none does.
[[nodiscard]] const RateRow* rate_on(std::span<const RateRow> rows, RateKind kind, CivilDate day);

}  // namespace relance
