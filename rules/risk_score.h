// How doubtful it is that a case is paid, as points that a person can add up himself. It orders a list and informs
// people; nothing is decided from it (GDPR art. 22). Pure, whole numbers only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace relance {

/// Stored and shown beside every score: the same inputs under the same version give the same points.
inline constexpr int kRiskRuleVersion = 1;

struct RiskInputs {
  std::int64_t days_past_due = 0;  // of the oldest claim still asked
  std::int64_t asked_cents = 0;
  std::int64_t promises_broken = 0;               // partly kept ones too
  bool has_insolvency = false;                    // an open event of the debtor
  std::optional<std::int64_t> days_since_answer;  // since somebody answered; nothing: never
};

enum class RiskFactor : std::uint8_t { lateness, amount, broken_promises, insolvency, silence };

/// "lateness", "amount", "broken_promises", "insolvency", "silence".
[[nodiscard]] std::string_view name_of(RiskFactor factor);

struct RiskPoints {
  RiskFactor factor = RiskFactor::lateness;
  std::int64_t points = 0;
};

struct RiskScore {
  int version = kRiskRuleVersion;
  std::int64_t points = 0;  // 0 (as good as paid) to 100
  std::vector<RiskPoints>
      parts;  // all factors in their order; they add up to the points before these are cut at 100
};

[[nodiscard]] RiskScore risk_score(const RiskInputs& inputs);

/// How likely it is to be paid, in basis points: 95 % without a point, 5 % with all.
[[nodiscard]] std::int64_t probability_bp(const RiskScore& score);

/// What the case is worth today: an amount and its likelihood, rounded down.
[[nodiscard]] std::int64_t expected_cents(std::int64_t asked_cents, std::int64_t probability_bp);

}  // namespace relance
