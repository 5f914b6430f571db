#include "sync/planted.h"

#ifdef RELANCE_PLANTED

#include <optional>

namespace relance::sync {
namespace {

std::optional<Defect> switched_on;  // one thread: the simulator's

}  // namespace

void plant(Defect defect) { switched_on = defect; }
void plant_nothing() { switched_on.reset(); }
bool planted(Defect defect) { return switched_on == defect; }

}  // namespace relance::sync

#endif
