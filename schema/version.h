// The schema's version. A file of its own: what does not ask for it compiles alike for every version.
#pragma once

namespace relance::schema {

/// Raised when a table or column is added. The server serves this one and the one before.
/// RELANCE_NEXT_SCHEMA makes a version that is never shipped, so that tests meet an older and a newer side from the
/// first day; what it adds stands in schema/tables.h.
#ifdef RELANCE_NEXT_SCHEMA
inline constexpr int kVersion = 2;
#else
inline constexpr int kVersion = 1;
#endif
inline constexpr int kOldestServed = kVersion > 1 ? kVersion - 1 : 1;

}  // namespace relance::schema
