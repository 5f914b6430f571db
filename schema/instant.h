// Instants as text: "2026-11-21T09:14:07.120Z", the one form that commands and the protocol use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "schema/value.h"

namespace relance {

[[nodiscard]] std::string instant_text(Ms at);
/// Reads the form above (milliseconds optional); anything else is nothing.
[[nodiscard]] std::optional<Ms> parse_instant(std::string_view text);

}  // namespace relance
