// Compressed bodies: whatever a frame announces, no more comes out than the limit, and what is packed unpacks.
#include "host/compress.h"

#include <string>

#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

// Small, so that a bomb of a few hundred bytes passes it.
constexpr std::size_t kLimit = 256 * 1024;

void check_expand(std::string_view bytes) {
  std::string out;
  const auto failed = failure_of([&] { out = expand(bytes, kLimit); });
  if (failed) {
    RELANCE_ASSERT(*failed == Code::too_large || *failed == Code::bad_request);
    return;
  }
  RELANCE_ASSERT(out.size() <= kLimit && expand(bytes, kLimit) == out);
  RELANCE_ASSERT(failure_of([&] { static_cast<void>(expand(bytes, out.size())); }) == std::nullopt);
  if (!out.empty())
    RELANCE_ASSERT(failure_of([&] { static_cast<void>(expand(bytes, out.size() - 1)); }) == Code::too_large);
  // One frame, whole: with a byte more or less it is another body.
  RELANCE_ASSERT(failure_of([&] { static_cast<void>(expand(std::string(bytes) + "x", kLimit)); }) ==
                 Code::bad_request);
  RELANCE_ASSERT(failure_of([&] { static_cast<void>(expand(bytes.substr(0, bytes.size() - 1), kLimit)); }) ==
                 Code::bad_request);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(compressed, bytes) {
  using namespace relance;
  fuzz::check_expand(bytes);
  if (bytes.size() <= 4096 && !bytes.empty() && bytes.front() % 4 == 0)
    RELANCE_ASSERT(expand(compress(bytes), bytes.size()) == bytes);
}
