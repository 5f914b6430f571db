// The largest amount of money that a row may hold.
#pragma once

#include <cstdint>

namespace relance::schema {

/// A hundred billion euros. An edit over it is refused (bad_value); in a damaged file it is read as this. So no sum of
/// fewer than 900,000 amounts leaves its 64 bits.
inline constexpr std::int64_t kCentsMax = 10'000'000'000'000;

}  // namespace relance::schema
