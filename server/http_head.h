// The head of a request, judged before httplib sees it: httplib 0.11.4 accepts lines without end, Content-Length
// together with Transfer-Encoding, control characters smuggled in by percent-encoding, and parses Range headers.
// What passes here has one reading only. Pure: no sockets, so it is fuzzed as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relance {

/// Why a request was turned away at the door; `code` and `title` go out as problem+json.
struct HttpRefusal {
  int status = 400;
  std::string_view code = "bad_request";
  std::string_view title = "The request is not one that this server reads.";
};

/// Finds the empty line that ends the head, over bytes that come in parts. Each byte is looked at once.
class HeadScanner {
 public:
  HeadScanner(std::size_t bytes_max, std::size_t lines_max) : bytes_max_(bytes_max), lines_max_(lines_max) {}

  /// `bytes`: everything received of this request so far. Returns the head's length once it is whole.
  /// Sets `refusal` as soon as it can never become a good head.
  [[nodiscard]] std::optional<std::size_t> scan(std::string_view bytes, std::optional<HttpRefusal>& refusal);

 private:
  std::size_t bytes_max_;
  std::size_t lines_max_;
  std::size_t scanned_ = 0;
  std::size_t line_start_ = 0;
  std::size_t lines_ = 0;
};

struct HeadFacts {
  std::uint64_t content_length = 0;
  std::optional<HttpRefusal> refusal;
};

/// Checks a whole head (to its empty line, inclusive). Range and Accept-Encoding are made unreadable in place:
/// httplib would answer the one with parts and the other with four seconds of brotli.
[[nodiscard]] HeadFacts check_head(std::string& head);

/// "Not Found" for 404; the class's name where this server has no own.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace relance
