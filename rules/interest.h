// Late interest: an exact fraction until somebody prints it, so that the parts of a period add up to the whole of
// it. Pure; the rates are dated rows (rates.h), and a day without one stops the computation instead of being guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "rules/civil_date.h"
#include "rules/rates.h"

namespace relance {

/// Days in the year by which a yearly rate is divided: 365 whatever the year, or 366 where the terms say so.
enum class YearDays : std::int64_t { d365 = 365, d366 = 366 };

/// Cents and a fraction of one, exactly.
struct Interest {
  std::int64_t cents = 0;
  std::int64_t parts = 0;  // of a cent: 0 to of - 1
  std::int64_t of = 10'000 * 365;

  friend bool operator==(const Interest&, const Interest&) = default;

  /// REQUIRES: the same `of`, that is, the same YearDays.
  [[nodiscard]] Interest operator+(const Interest& other) const;
  /// The one rounding: half a cent up.
  [[nodiscard]] std::int64_t rounded() const;
};

/// By which rate a claim bears interest.
struct InterestTerms {
  RateKind kind = RateKind::trade_default;
  /// Between traders, terms may not go below three times the legal rate (C. com. L441-10 II).
  bool at_least_three_times_legal = false;
  YearDays year_days = YearDays::d365;
};

struct InterestAnswer {
  Interest interest;                      // up to `unknown_from`, where there is one
  std::optional<CivilDate> unknown_from;  // the first day for which no row states the rate
};

/// Interest on a principal for each day from `from` up to `until`, which is outside.
/// REQUIRES: 0 <= principal_cents <= kPrincipalCentsMax; rows within kBasisPointsMax.
[[nodiscard]] InterestAnswer interest_between(std::int64_t principal_cents, CivilDate from, CivilDate until,
                                              const InterestTerms& terms, std::span<const RateRow> rows);

inline constexpr std::int64_t kPrincipalCentsMax = 100'000'000'000'000;  // a billion euros: sums below fit

/// What the law makes of the debtor: nothing is computed for him before a person has said which.
enum class DebtorNature : std::uint8_t { unknown, trader, consumer };

/// The first day that bears interest: of a trader the day after the due date, without any reminder (C. com. L441-10
/// II); of a consumer the day of the formal notice (C. civ. 1231-6, 1344-1), if there has been one. Never before the
/// day after the due date.
[[nodiscard]] std::optional<CivilDate> interest_from(DebtorNature nature, CivilDate due_on,
                                                     std::optional<CivilDate> formal_notice_on);

/// One late claim as the fixed indemnity sees it.
struct LateClaim {
  CivilDate due_on;
  std::optional<CivilDate> paid_on;  // in full
  bool is_waived = false;            // by the creditor
};

/// The fixed indemnity for recovery costs: once a claim that is, or was, paid late, of traders only (C. com. D441-5).
/// `each_cents`: what the dated row says (4,000 since 2013). Not where insolvency bars the payment.
[[nodiscard]] std::int64_t indemnity_cents(DebtorNature nature, std::span<const LateClaim> claims,
                                           CivilDate today, std::int64_t each_cents, bool is_insolvent);

}  // namespace relance
