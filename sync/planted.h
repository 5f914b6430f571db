// Defects that are built into the code on purpose, each switched on by name, so that the simulator can show that it
// would catch them (tests/sim/zoo.cpp). They exist only where RELANCE_PLANTED is defined, which is the simulator's
// own build; in the programs that are shipped, `planted` is a constant false and nothing of a defect is compiled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relance::sync {

enum class Defect : std::uint8_t {
#define RELANCE_DEFECT(name, what) name,
#include "sync/planted_defects.inc"
#undef RELANCE_DEFECT
};

#ifdef RELANCE_PLANTED

/// Which one is switched on; none at the start.
void plant(Defect defect);
void plant_nothing();
[[nodiscard]] bool planted(Defect defect);

struct PlantedDefect {
  Defect defect;
  std::string_view name;
  std::string_view what;  // in a sentence: what a careless hand might have written
};
inline constexpr std::array kPlantedDefects{
#define RELANCE_DEFECT(name, what) PlantedDefect{Defect::name, #name, what},
#include "sync/planted_defects.inc"
#undef RELANCE_DEFECT
};

#else

// consteval: without optimisation a constexpr call would stay in the program, and a branch that nobody can take.
[[nodiscard]] consteval bool planted(Defect) { return false; }

#endif

}  // namespace relance::sync
