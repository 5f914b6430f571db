// The two fonts that the office prints in, carried in the program itself (server/fonts): a letter looks the same on
// every machine, also on one that has no fonts at all.
#pragma once

#include <string_view>

namespace relance::server {

/// The bytes of the TrueType files: Latin letters only, see server/fonts/README.md.
[[nodiscard]] std::string_view plain_font();
[[nodiscard]] std::string_view bold_font();

}  // namespace relance::server
