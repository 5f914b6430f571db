// Bytes that must not outlive their use: passphrases, keys. Wiped when the object goes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace relance {

/// Moves, never copies by accident; `copy()` says it where a second one is meant.
/// What the kernel swaps out or a core dump keeps is beyond it: the programs switch core dumps off.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view bytes) : bytes_(bytes) {}
  /// Takes the bytes over; what `bytes` held (short strings live inside the object) is wiped.
  [[nodiscard]] static Secret take(std::string&& bytes);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { wipe(); }

  [[nodiscard]] Secret copy() const { return Secret(bytes_); }
  [[nodiscard]] std::string_view view() const { return bytes_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

  void wipe();

 private:
  std::string bytes_;
};

/// Overwrites the whole buffer behind a string, not only its current length, and empties it.
void wipe(std::string& bytes);

}  // namespace relance
