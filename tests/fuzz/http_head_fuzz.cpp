// The head of an HTTP request as it comes off a connection: in parts of any size. What passes must have one reading
// only, whatever parser stands behind (server/http_head.h).
#include "server/http_head.h"

#include <string>

#include "tests/fuzz/fuzz.h"

namespace relance::fuzz {
namespace {

// The edge's own bounds are larger; these are reached by inputs that a fuzzer makes.
constexpr std::size_t kHeadBytes = 2048;
constexpr std::size_t kHeadLines = 16;

struct Scanned {
  std::optional<std::size_t> size;
  int refusal = 0;
  friend bool operator==(const Scanned&, const Scanned&) = default;
};

Scanned scan_in_parts(std::string_view bytes, std::size_t part) {
  HeadScanner scanner(kHeadBytes, kHeadLines);
  std::optional<HttpRefusal> refusal;
  for (std::size_t end = std::min(part, bytes.size());; end = std::min(end + part, bytes.size())) {
    const auto size = scanner.scan(bytes.substr(0, end), refusal);
    RELANCE_ASSERT(!size || !refusal);
    if (refusal) return {std::nullopt, refusal->status};
    if (size || end == bytes.size()) return {size, 0};
  }
}

std::size_t count_ignoring_case(std::string_view text, std::string_view lower) {
  std::string folded(text);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  std::size_t count = 0;
  for (std::size_t at = folded.find(lower); at != std::string::npos; at = folded.find(lower, at + 1)) ++count;
  return count;
}

void check_passed(std::string_view before, const std::string& after, const HeadFacts& facts) {
  RELANCE_ASSERT(after.size() == before.size() && after.ends_with("\r\n\r\n"));
  RELANCE_ASSERT(after.starts_with("GET /") || after.starts_with("POST /"));
  RELANCE_ASSERT(after.find('\0') == std::string::npos);
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (after[i] == '\n') RELANCE_ASSERT(i > 0 && after[i - 1] == '\r');
    if (after[i] == '\r') RELANCE_ASSERT(after[i + 1] == '\n');
    if (after[i] != before[i]) RELANCE_ASSERT(after[i] == '~');
  }
  RELANCE_ASSERT(count_ignoring_case(after, "\ncontent-length:") <= 1);
  RELANCE_ASSERT(count_ignoring_case(after, "\nhost:") == 1);
  for (const char* never :
       {"\ntransfer-encoding:", "\nrange:", "\naccept-encoding:", "\nexpect:", "%0d", "%0a", "%00"})
    RELANCE_ASSERT(count_ignoring_case(after, never) == 0);
  if (facts.content_length > 0) RELANCE_ASSERT(count_ignoring_case(after, "\ncontent-length:") == 1);
  std::string again = after;
  const HeadFacts same = check_head(again);
  RELANCE_ASSERT(!same.refusal && again == after && same.content_length == facts.content_length);
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(http_head, bytes) {
  using namespace relance;
  const fuzz::Scanned whole = fuzz::scan_in_parts(bytes, bytes.size() + 1);
  // The reading must not depend on how the network cut it.
  for (const std::size_t part : {std::size_t{1}, std::size_t{7}, bytes.size() / 2 + 1})
    RELANCE_ASSERT(fuzz::scan_in_parts(bytes, part) == whole);
  if (!whole.size) return;
  RELANCE_ASSERT(*whole.size <= fuzz::kHeadBytes && *whole.size <= bytes.size());
  std::string head(bytes.substr(0, *whole.size));
  const HeadFacts facts = check_head(head);
  if (facts.refusal)
    RELANCE_ASSERT(facts.refusal->status >= 400 && !reason_phrase(facts.refusal->status).empty());
  else
    fuzz::check_passed(bytes.substr(0, *whole.size), head, facts);
}
