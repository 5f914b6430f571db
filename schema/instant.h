// Instants as text: "2026-11-21T09:14:07.120Z", the one form that commands and the protocol use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/value.h"

namespace relance {

/// The years 0001 to 9999, which four digits can say. A row holds no other instant (schema::why_not).
inline constexpr Ms kInstantMin = -62'135'596'800'000;
inline constexpr Ms kInstantMax = 253'402'300'799'999;

/// What lies outside (only in a file that somebody has damaged) reads as the bound it passed.
[[nodiscard]] std::string instant_text(Ms at);
/// Reads the form above (milliseconds optional); anything else is nothing.
[[nodiscard]] std::optional<Ms> parse_instant(std::string_view text);

}  // namespace relance
