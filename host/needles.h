// Byte strings that must be found nowhere any more: the ids and values of what was erased. All of them are looked for
// at once, in one pass over the bytes, however many they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace relance {

class Needles {
 public:
  /// Shorter ones say nothing: eight bytes are found by chance in no file of ours.
  static constexpr std::size_t kBytesMin = 8;
  /// Of a longer one its beginning: what a page holds of a long value may go on in another page.
  static constexpr std::size_t kBytesMax = 48;

  /// False where it is too short, or known.
  bool add(std::string_view bytes);

  [[nodiscard]] std::size_t size() const { return all_.size(); }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  [[nodiscard]] const std::string& operator[](std::size_t index) const { return all_[index]; }

  /// Calls `found` with the index of a needle for each place where it stands. REQUIRES: settle() after the last add().
  void search(std::string_view bytes, const std::function<void(std::size_t)>& found) const;

  /// Makes the tables that search() needs.
  void settle();

 private:
  // Each needle is recognised by eight of its bytes: those that fewest other needles share, so that a thousand invoices
  // of one wording are not a thousand comparisons at every "Facture ".
  struct Anchor {
    std::uint64_t word = 0;
    std::uint32_t needle = 0;
    std::uint32_t offset = 0;
  };

  std::vector<std::string> all_;
  std::vector<std::uint32_t> known_;  // open addressing over all_, for add()
  std::vector<Anchor> anchors_;       // sorted by word
  std::vector<std::uint64_t> maybe_;  // a bit for each hash of a word: most bytes end here
  unsigned shift_ = 0;
};

}  // namespace relance
