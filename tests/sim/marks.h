// Unmistakable bytes for each case and each debtor, woven into every text about them: what is looked for once they are
// erased. Made from the id, so that the same seed writes the same.
#pragma once

#include <string>
#include <string_view>

#include "host/digest.h"
#include "schema/value.h"

namespace relance::sim {

inline constexpr std::string_view kMarkBegin = "zK", kMarkEnd = "qW";
inline constexpr std::size_t kMarkDigits = 10;
inline constexpr std::size_t kMarkBytes = kMarkBegin.size() + kMarkDigits + kMarkEnd.size();

[[nodiscard]] inline std::string mark_of(const Id& id) {
  const Digest digest = sha256(id.view());
  return std::string(kMarkBegin) + hex(bytes_of(digest).substr(0, kMarkDigits / 2)) + std::string(kMarkEnd);
}

/// The text without any mark.
[[nodiscard]] inline std::string unmarked(std::string text) {
  for (std::size_t at = text.find(kMarkBegin); at != std::string::npos; at = text.find(kMarkBegin, at)) {
    if (text.substr(std::min(at + kMarkBytes - kMarkEnd.size(), text.size()), kMarkEnd.size()) == kMarkEnd)
      text.erase(at, kMarkBytes);
    else
      ++at;
  }
  return text;
}

[[nodiscard]] inline std::string marked(const std::string& text, const Id& about) {
  return unmarked(text) + mark_of(about);
}

}  // namespace relance::sim
