#include "tests/sim/run.h"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace relance::sim {
namespace {

constexpr std::chrono::seconds kShrinkMax{40};  // then what is left is short enough, or has to do

// The promise without its figures: a shorter history breaks it with other numbers.
std::string promise(std::string text) {
  std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
  return text.substr(0, 60);
}

}  // namespace

Ran run(const Plan& plan, bool tells) {
  Ran out;
  try {
    Universe universe(plan, tells);
    try {
      for (const Action& action : plan.actions) {
        universe.perform(action);
        ++out.actions;
      }
      universe.end();
    } catch (const std::exception& broken) {
      out.violation = broken.what();
    }
    out.trace = universe.trace();
    out.tally = universe.tally();
  } catch (const std::exception& broken) {
    out.violation = std::string("before the first action: ") + broken.what();
  }
  return out;
}

Plan with_only(const Plan& plan, const std::vector<std::size_t>& positions) {
  Plan out{.seed = plan.seed, .knobs = plan.knobs, .actions = {}};
  for (const std::size_t at : positions)
    if (at < plan.actions.size()) out.actions.push_back(plan.actions[at]);
  return out;
}

std::vector<std::size_t> shrink(const Plan& plan, const std::string& violation) {
  const auto until = std::chrono::steady_clock::now() + kShrinkMax;
  const std::string broken = promise(violation);
  std::vector<std::size_t> kept(plan.actions.size());
  std::iota(kept.begin(), kept.end(), std::size_t{0});
  const auto still_breaks = [&](const std::vector<std::size_t>& positions) {
    const auto ran = run(with_only(plan, positions));
    return ran.violation && promise(*ran.violation) == broken;
  };
  for (std::size_t chunk = std::max<std::size_t>(kept.size() / 2, 1); chunk > 0; chunk /= 2) {
    for (std::size_t from = 0; from < kept.size();) {
      if (std::chrono::steady_clock::now() > until) return kept;
      std::vector<std::size_t> fewer(kept.begin(), kept.begin() + static_cast<std::ptrdiff_t>(from));
      fewer.insert(fewer.end(),
                   kept.begin() + static_cast<std::ptrdiff_t>(std::min(from + chunk, kept.size())),
                   kept.end());
      if (still_breaks(fewer))
        kept = std::move(fewer);
      else
        from += chunk;
    }
  }
  return kept;
}

}  // namespace relance::sim
