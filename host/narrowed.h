// One SQL text for every case and for one: lists read all of them by a few queries, a screen reads its own.
#pragma once

#include <string>
#include <string_view>

namespace relance {

/// The text with each `@` replaced by the condition that narrows it to the case bound as ?1, or by nothing. Its
/// queries stand behind a WHERE, and name the case's column case_id.
[[nodiscard]] inline std::string narrowed(std::string_view text, bool to_one) {
  std::string out;
  for (const char c : text) {
    if (c != '@')
      out += c;
    else if (to_one)
      out += " AND case_id = ?1";
  }
  return out;
}

}  // namespace relance
