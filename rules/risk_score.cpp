// The points of version 1. See risk_score.h.
#include "rules/risk_score.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

struct Step {
  std::int64_t from;
  std::int64_t points;
};

// Highest step that the input reaches. REQUIRES: ascending.
template <std::size_t N>
std::int64_t points_of(std::int64_t input, const std::array<Step, N>& steps) {
  std::int64_t out = 0;
  for (const Step& step : steps)
    if (input >= step.from) out = step.points;
  return out;
}

constexpr std::array kLateness{Step{1, 5},   Step{31, 12},  Step{61, 20},
                               Step{91, 28}, Step{181, 35}, Step{366, 40}};
constexpr std::array kAmount{Step{100'000, 3}, Step{500'000, 6}, Step{2'000'000, 10}};  // cents
constexpr std::array kSilence{Step{15, 3}, Step{31, 6}, Step{91, 10}};                  // days
constexpr std::int64_t kNeverAnswered = 10, kPerBrokenPromise = 10, kBrokenMax = 30, kInsolvency = 60,
                       kPointsMax = 100;
constexpr std::int64_t kLikelyBp = 9'500, kBpPerPoint = 90, kWholeBp = 10'000;

}  // namespace

std::string_view name_of(RiskFactor factor) {
  switch (factor) {
    case RiskFactor::lateness: return "lateness";
    case RiskFactor::amount: return "amount";
    case RiskFactor::broken_promises: return "broken_promises";
    case RiskFactor::insolvency: return "insolvency";
    case RiskFactor::silence: return "silence";
  }
  return "";
}

RiskScore risk_score(const RiskInputs& inputs) {
  RiskScore out;
  out.parts = {
      {RiskFactor::lateness, points_of(inputs.days_past_due, kLateness)},
      {RiskFactor::amount, points_of(inputs.asked_cents, kAmount)},
      {RiskFactor::broken_promises,
       std::min(std::clamp<std::int64_t>(inputs.promises_broken, 0, kBrokenMax) * kPerBrokenPromise,
                kBrokenMax)},
      {RiskFactor::insolvency, inputs.has_insolvency ? kInsolvency : 0},
      {RiskFactor::silence,
       inputs.days_since_answer ? points_of(*inputs.days_since_answer, kSilence) : kNeverAnswered},
  };
  for (const RiskPoints& part : out.parts) out.points += part.points;
  out.points = std::min(out.points, kPointsMax);
  return out;
}

std::int64_t probability_bp(const RiskScore& score) { return kLikelyBp - score.points * kBpPerPoint; }

// Whole and rest apart: the product of the two would leave int64 for the largest amounts.
std::int64_t expected_cents(std::int64_t asked_cents, std::int64_t probability) {
  if (asked_cents <= 0 || probability <= 0) return 0;
  return asked_cents / kWholeBp * probability + asked_cents % kWholeBp * probability / kWholeBp;
}

}  // namespace relance
