// What every fuzz target stands on: one function a target, run by libFuzzer over what it invents, and by the unit tests
// over the corpus in the repository. A target checks properties (round trips, limits), not only that nothing crashes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "host/failure.h"

namespace relance::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);
};

/// Those of this program: one under libFuzzer, all in the unit tests.
inline std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

struct Registration {
  Registration(std::string_view name, void (*run)(std::string_view)) { targets().push_back({name, run}); }
};

/// Takes an input apart: small numbers off its front, the rest as it is.
class Input {
 public:
  explicit Input(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }
  /// 0 once nothing is left.
  [[nodiscard]] std::size_t byte() {
    if (bytes_.empty()) return 0;
    const auto out = static_cast<unsigned char>(bytes_.front());
    bytes_.remove_prefix(1);
    return out;
  }
  [[nodiscard]] std::size_t below(std::size_t bound) { return byte() % bound; }
  [[nodiscard]] std::string_view take(std::size_t size) {
    const std::string_view out = bytes_.substr(0, size);
    bytes_.remove_prefix(out.size());
    return out;
  }
  [[nodiscard]] std::string_view rest() { return take(bytes_.size()); }

 private:
  std::string_view bytes_;
};

/// Runs `work`; the code with which it failed, or nothing. Any other exception is a finding.
template <class Work>
std::optional<Code> failure_of(Work work) {
  try {
    work();
    return std::nullopt;
  } catch (const Failure& failure) {
    return failure.code();
  }
}

}  // namespace relance::fuzz

#ifdef RELANCE_LIBFUZZER
#define RELANCE_FUZZ_ENTRY(name)                                                      \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    run_##name(std::string_view(reinterpret_cast<const char*>(data), size));          \
    return 0;                                                                         \
  }
#else
#define RELANCE_FUZZ_ENTRY(name) \
  static const relance::fuzz::Registration registration_##name(#name, run_##name);
#endif

/// Begins the body of a target: RELANCE_FUZZ_TARGET(http_head, bytes) { … }
#define RELANCE_FUZZ_TARGET(name, bytes)          \
  static void run_##name(std::string_view bytes); \
  RELANCE_FUZZ_ENTRY(name)                        \
  static void run_##name(std::string_view bytes)
