#include "host/needles.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "host/failure.h"

namespace relance {
namespace {

constexpr std::uint32_t kFree = 0xffffffffU;
constexpr std::uint64_t kSpread = 0x9E3779B97F4A7C15ULL;  // Fibonacci hashing: 2^64 over the golden ratio
constexpr std::size_t kWord = 8;

std::uint64_t word_at(const char* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, kWord);
  return word;
}

}  // namespace

bool Needles::add(std::string_view bytes) {
  if (bytes.size() < kBytesMin) return false;
  bytes = bytes.substr(0, kBytesMax);
  if (known_.size() < 2 * (all_.size() + 1)) {
    known_.assign(std::max<std::size_t>(64, 4 * (all_.size() + 1)), kFree);
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      std::size_t at = std::hash<std::string_view>{}(all_[i]) % known_.size();
      while (known_[at] != kFree) at = (at + 1) % known_.size();
      known_[at] = i;
    }
  }
  std::size_t at = std::hash<std::string_view>{}(bytes) % known_.size();
  for (; known_[at] != kFree; at = (at + 1) % known_.size())
    if (all_[known_[at]] == bytes) return false;
  known_[at] = static_cast<std::uint32_t>(all_.size());
  all_.emplace_back(bytes);
  return true;
}

void Needles::settle() {
  constexpr unsigned kCountBits = 20;
  std::vector<std::uint32_t> counts(std::size_t{1} << kCountBits);
  const auto count_of = [&](std::uint64_t word) -> std::uint32_t& {
    return counts[(word * kSpread) >> (64 - kCountBits)];
  };
  for (const std::string& needle : all_)
    for (std::size_t i = 0; i + kWord <= needle.size(); ++i) ++count_of(word_at(needle.data() + i));
  anchors_.clear();
  anchors_.reserve(all_.size());
  for (std::uint32_t n = 0; n < all_.size(); ++n) {
    const std::string& needle = all_[n];
    std::size_t best = 0;
    for (std::size_t i = 1; i + kWord <= needle.size(); ++i)
      if (count_of(word_at(needle.data() + i)) < count_of(word_at(needle.data() + best))) best = i;
    anchors_.push_back({word_at(needle.data() + best), n, static_cast<std::uint32_t>(best)});
  }
  std::sort(anchors_.begin(), anchors_.end(),
            [](const Anchor& a, const Anchor& b) { return a.word < b.word; });
  const unsigned bits =
      std::clamp(static_cast<unsigned>(std::bit_width(all_.size() * 16)), 12U, 28U);  // at most 32 MiB
  shift_ = 64 - bits;
  maybe_.assign((std::size_t{1} << bits) / 64, 0);
  for (const Anchor& anchor : anchors_) {
    const std::uint64_t place = (anchor.word * kSpread) >> shift_;
    maybe_[place / 64] |= std::uint64_t{1} << (place % 64);
  }
}

void Needles::search(std::string_view bytes, const std::function<void(std::size_t)>& found) const {
  RELANCE_ASSERT(anchors_.size() == all_.size());
  if (all_.empty() || bytes.size() < kWord) return;
  const std::size_t end = bytes.size() - kWord + 1;
  for (std::size_t i = 0; i < end; ++i) {
    const std::uint64_t word = word_at(bytes.data() + i);
    const std::uint64_t place = (word * kSpread) >> shift_;
    if ((maybe_[place / 64] >> (place % 64) & 1U) == 0) continue;
    auto anchor = std::lower_bound(anchors_.begin(), anchors_.end(), word,
                                   [](const Anchor& a, std::uint64_t w) { return a.word < w; });
    for (; anchor != anchors_.end() && anchor->word == word; ++anchor) {
      const std::string& needle = all_[anchor->needle];
      if (anchor->offset > i || i - anchor->offset + needle.size() > bytes.size()) continue;
      if (std::memcmp(bytes.data() + i - anchor->offset, needle.data(), needle.size()) == 0)
        found(anchor->needle);
    }
  }
}

}  // namespace relance
