// RFC 9112's grammar, read strictly: what two parsers could read differently is refused.
#include "server/http_head.h"

#include <algorithm>
#include <utility>

namespace relance {
namespace {

constexpr std::size_t kTargetBytesMax = 2048;  // our longest path is under 100
constexpr std::size_t kLengthDigitsMax = 15;   // a petabyte; more digits are an attack on a parser's integers
constexpr std::string_view kLineEnd = "\r\n";

constexpr HttpRefusal kMalformed{};
constexpr HttpRefusal kHeadTooLarge{431, "too_large", "The request's head is over the limit."};
constexpr HttpRefusal kMethod{405, "bad_request", "This server knows the methods GET and POST only."};
constexpr HttpRefusal kVersion{505, "bad_request", "This server speaks HTTP/1.1 only."};
constexpr HttpRefusal kLengthRequired{411, "bad_request", "The request must say its Content-Length."};
constexpr HttpRefusal kExpectation{417, "bad_request", "This server answers no Expect header."};
constexpr HttpRefusal kTargetTooLong{414, "too_large", "The request's target is over the limit."};

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// httplib percent-decodes header values and paths: %0d%0a there is a line end in disguise.
bool hides_control(std::string_view text) {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 >= text.size()) return false;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high >= 0 && low >= 0 && is_control(static_cast<unsigned char>(high * 16 + low))) return true;
  }
  return false;
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
         });
}

std::optional<HttpRefusal> check_request_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos) return kMalformed;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (method.empty() || !std::all_of(method.begin(), method.end(), is_token_character)) return kMalformed;
  if (!version.starts_with("HTTP/")) return kMalformed;
  if (version != "HTTP/1.1") return kVersion;
  if (method != "GET" && method != "POST") return kMethod;
  if (target.size() > kTargetBytesMax) return kTargetTooLong;
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f; };
  if (target.empty() || target.front() != '/' || !std::all_of(target.begin(), target.end(), is_plain) ||
      hides_control(target))
    return kMalformed;
  return std::nullopt;
}

struct Seen {
  bool content_length = false;
  bool transfer_encoding = false;
  bool host = false;
  bool expect = false;
};

bool read_length(std::string_view value, std::uint64_t& out) {
  if (value.empty() || value.size() > kLengthDigitsMax) return false;
  out = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return true;
}

std::string_view trimmed(std::string_view value) {
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
  return value;
}

// `line` lies inside the head, at `start`, so that a header can be made unreadable where it stands.
bool check_field(std::string& head, std::size_t start, std::string_view line, Seen& seen,
                 std::uint64_t& length) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 1);
  if (!std::all_of(name.begin(), name.end(), is_token_character))
    return false;  // folded lines begin with a blank
  for (const char c : value)
    if (is_control(static_cast<unsigned char>(c)) && c != '\t') return false;
  if (hides_control(line)) return false;
  if (equals_ignoring_case(name, "content-length")) {
    if (std::exchange(seen.content_length, true)) return false;
    return read_length(trimmed(value), length);
  }
  if (equals_ignoring_case(name, "host")) return !std::exchange(seen.host, true);
  if (equals_ignoring_case(name, "transfer-encoding")) seen.transfer_encoding = true;
  if (equals_ignoring_case(name, "expect")) seen.expect = true;
  if (equals_ignoring_case(name, "range") || equals_ignoring_case(name, "accept-encoding")) head[start] = '~';
  return true;
}

}  // namespace

std::optional<std::size_t> HeadScanner::scan(std::string_view bytes, std::optional<HttpRefusal>& refusal) {
  for (;;) {
    const std::size_t newline = bytes.find('\n', scanned_);
    if (newline == std::string_view::npos) {
      scanned_ = bytes.size();
      if (bytes.size() > bytes_max_) refusal = kHeadTooLarge;
      return std::nullopt;
    }
    scanned_ = newline + 1;
    const bool is_bare = newline == 0 || bytes[newline - 1] != '\r';
    const bool is_empty = !is_bare && newline - 1 == line_start_;
    // Length first: what lies beyond it must not decide, as it may not have come yet.
    if (scanned_ <= bytes_max_ && (is_bare || (is_empty && lines_ == 0))) {
      refusal = kMalformed;
      return std::nullopt;
    }
    if (scanned_ > bytes_max_ || (!is_empty && ++lines_ > lines_max_ + 1)) {  // + 1: the request line
      refusal = kHeadTooLarge;
      return std::nullopt;
    }
    if (is_empty) return scanned_;
    line_start_ = scanned_;
  }
}

HeadFacts check_head(std::string& head) {
  HeadFacts facts;
  Seen seen;
  std::size_t start = 0;
  for (bool is_first = true;; is_first = false) {
    const std::size_t end = head.find(kLineEnd, start);
    if (end == start || end == std::string::npos) break;
    const std::string_view line = std::string_view(head).substr(start, end - start);
    if (is_first) {
      facts.refusal = check_request_line(line);
    } else if (!check_field(head, start, line, seen, facts.content_length)) {
      facts.refusal = kMalformed;
    }
    if (facts.refusal) return facts;
    start = end + kLineEnd.size();
  }
  if (!seen.host || (seen.transfer_encoding && seen.content_length))
    facts.refusal = kMalformed;
  else if (seen.transfer_encoding)
    facts.refusal = kLengthRequired;
  else if (seen.expect)
    facts.refusal = kExpectation;
  return facts;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 417: return "Expectation Failed";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    default: return status < 300 ? "OK" : status < 500 ? "Refused" : "Failed";
  }
}

}  // namespace relance
