// Changes to a JSON text that keep it JSON: libFuzzer alone breaks a bracket in nearly every step, and a parser's first
// refusal is not where the defects are. Included by the targets that read JSON; half of their inputs come this way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relance::fuzz {

/// One to four changes, chosen by `seed`; nothing (an empty text) where `text` is no JSON or would pass `size_max`.
[[nodiscard]] std::string mutated_json(std::string_view text, std::uint64_t seed, std::size_t size_max);

/// Two texts of one kind, a part of the second put into the first; empty as above.
[[nodiscard]] std::string crossed_json(std::string_view text, std::string_view other, std::uint64_t seed,
                                       std::size_t size_max);

}  // namespace relance::fuzz

#ifdef RELANCE_LIBFUZZER
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t size_max,
                                               unsigned seed) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string out = seed % 4 == 0 ? std::string() : relance::fuzz::mutated_json(text, seed, size_max);
  if (out.empty()) return LLVMFuzzerMutate(data, size, size_max);
  return out.copy(reinterpret_cast<char*>(data), size_max);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size,
                                                 std::uint8_t* data, std::size_t size_max, unsigned seed) {
  const std::string out =
      relance::fuzz::crossed_json({reinterpret_cast<const char*>(one), one_size},
                                  {reinterpret_cast<const char*>(other), other_size}, seed, size_max);
  return out.copy(reinterpret_cast<char*>(data), size_max);
}
#endif
