#include "tests/sim/plan.h"

#include <array>

#include "tests/support/chance.h"

namespace relance::sim {
namespace {

constexpr auto kKinds = static_cast<std::size_t>(Kind::count_);

struct Weight {
  std::string_view name;
  int weight;  // how often, beside the others
};

// In the order of Kind.
constexpr std::array<Weight, kKinds> kWeights{{
    {"edit", 60},        {"resolve", 10},     {"change_mind", 12},   {"sync", 26},
    {"ask", 10},         {"handle", 14},      {"hear", 14},          {"late_delivery", 8},
    {"verify", 4},       {"office_edit", 24}, {"office_resolve", 5}, {"take_id", 3},
    {"import_case", 3},  {"move_case", 14},   {"move_debtor", 3},    {"suspend", 3},
    {"allow", 4},        {"enrol", 1},        {"upgrade", 2},        {"clone", 2},
    {"minutes", 12},     {"days", 4},         {"sleep", 1},          {"device_clock", 3},
    {"office_clock", 1}, {"crash_device", 8}, {"crash_office", 5},   {"disk_error", 4},
    {"backup", 4},       {"restore", 2},      {"regret", 1},         {"lost_week", 1},
    {"purge", 2},        {"resurrect", 6},
}};

}  // namespace

std::string_view name_of(Kind kind) { return kWeights[static_cast<std::size_t>(kind)].name; }

Plan plan_of(std::uint64_t seed, int steps) {
  test::SeededRandom chance(seed * 0x9e3779b97f4a7c15ULL + 1);
  const auto below = [&](int bound) {
    return static_cast<int>(chance.below(static_cast<std::size_t>(bound)));
  };
  const auto happens = [&](int in_a_hundred) { return below(100) < in_a_hundred; };
  Plan plan{.seed = seed, .knobs = {}, .actions = {}};
  Knobs& k = plan.knobs;
  k.agents = 2 + below(happens(20) ? 5 : 2);
  k.cases = 3 + below(4);
  k.keyed = seed % 10 == 0;
  k.clones = happens(15);
  const bool purges =
      happens(30);  // each rewrites files and searches all of them: a seed with many costs twice
  if (happens(60)) k.old_devices = 20 + below(70);
  if (happens(35)) k.page_bytes = static_cast<std::size_t>(400 + below(4000));
  if (happens(30)) k.push = {.bytes = static_cast<std::size_t>(200 + below(3000)), .ops = 1'000};
  if (!happens(15)) {  // else the network is perfect, and only disks and people fail
    k.lost = below(20);
    k.answer_lost = below(20);
    k.repeated = below(20);
    k.delayed = below(15);
    k.garbled = below(8);
  }
  k.naughty = happens(50) ? 4 : below(15);

  // A swarm: each seed leaves some kinds out and loves others.
  std::array<int, kKinds> weights{};
  int total = 0;
  for (std::size_t i = 0; i < kKinds; ++i) {
    weights[i] = kWeights[i].weight * 4;
    const auto kind = static_cast<Kind>(i);
    const bool vital = kind == Kind::edit || kind == Kind::sync || kind == Kind::move_case;
    if (!vital && happens(12)) weights[i] = 0;
    if (happens(10)) weights[i] *= 3;
    if (kind == Kind::clone && !k.clones) weights[i] = 0;
    if ((kind == Kind::purge || kind == Kind::resurrect) && !purges) weights[i] = 0;
    total += weights[i];
  }
  plan.actions.reserve(static_cast<std::size_t>(steps));
  for (int s = 0; s < steps; ++s) {
    int at = below(total);
    std::size_t kind = 0;
    while (at >= weights[kind]) at -= weights[kind++];
    plan.actions.push_back({static_cast<Kind>(kind), chance.next()});
  }
  return plan;
}

}  // namespace relance::sim
