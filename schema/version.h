// The schema's version. A file of its own: what does not ask for it compiles alike for every version.
#pragma once

namespace relance::schema {

/// The version of the programs that are shipped. Raised when a table or column is added.
inline constexpr int kShippedVersion = 2;

/// The version of this build. RELANCE_NEXT_SCHEMA makes one that is never shipped, so that tests meet an older and a
/// newer side whatever the version of the day; what it adds stands in schema/tables.h.
#ifdef RELANCE_NEXT_SCHEMA
inline constexpr int kVersion = kShippedVersion + 1;
#else
inline constexpr int kVersion = kShippedVersion;
#endif

/// The oldest schema whose devices are served: all so far, as each version has only added columns and tables that an
/// older device may leave out.
inline constexpr int kOldestServed = 1;

}  // namespace relance::schema
