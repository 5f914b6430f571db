// The civil date that this machine's time zone shows: "today" of worklists and due dates.
#pragma once

#include <string>

#include "schema/value.h"

namespace relance {

/// "2026-11-21" where this process runs (TZ, else the system's zone).
[[nodiscard]] std::string local_day(Ms at);

}  // namespace relance
