// One seed from its first action to its last check, and the shortest list of its actions that still fails.
#pragma once

#include <optional>
#include <string>

#include "tests/sim/plan.h"
#include "tests/sim/universe.h"

namespace relance::sim {

struct Ran {
  std::optional<std::string> violation;
  std::uint64_t trace = 0;
  std::size_t actions = 0;  // performed before the end or the violation
  Tally tally;
};

[[nodiscard]] Ran run(const Plan& plan, bool tells = false);

/// Leaves out actions while what is left still breaks the same promise. `only`: the positions that remain.
[[nodiscard]] std::vector<std::size_t> shrink(const Plan& plan, const std::string& violation);

/// The plan with these actions alone.
[[nodiscard]] Plan with_only(const Plan& plan, const std::vector<std::size_t>& positions);

}  // namespace relance::sim
