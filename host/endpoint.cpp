// HOST:PORT, read and printed.
#include "host/endpoint.h"

#include <charconv>

#include "host/failure.h"

namespace relance {
namespace {

constexpr std::size_t kHostBytesMax = 253;  // the longest name of the DNS
constexpr int kPortMax = 65535;

[[noreturn]] void refuse(std::string_view text) {
  throw Failure(Code::usage,
                "'" + std::string(text.substr(0, 300)) +
                    "' is not an address; write HOST:PORT, for example office.example:8443 or [::1]:8443.");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

bool is_address_character(char c) { return is_host_character(c) || c == ':' || c == '%'; }

}  // namespace

Endpoint Endpoint::parse(std::string_view text, int default_port, bool zero_picks) {
  const bool bracketed = !text.empty() && text.front() == '[';
  const std::size_t host_end = bracketed ? text.find(']') : text.rfind(':');
  if (bracketed && host_end == std::string_view::npos) refuse(text);
  std::string_view host = bracketed ? text.substr(1, host_end - 1) : text.substr(0, host_end);
  std::string_view rest =
      host_end == std::string_view::npos ? std::string_view() : text.substr(host_end + (bracketed ? 1 : 0));
  if (host.empty() || host.size() > kHostBytesMax) refuse(text);
  // brackets are for IPv6 alone (RFC 3986, 3.2.2): what they hold is written with them again
  if (bracketed && host.find(':') == std::string_view::npos) refuse(text);
  for (const char c : host)
    if (bracketed ? !is_address_character(c) : !is_host_character(c)) refuse(text);
  if (rest.empty()) {
    if (default_port == 0) refuse(text);
    return {std::string(host), default_port};
  }
  if (rest.front() != ':') refuse(text);
  rest.remove_prefix(1);
  int port = -1;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
  if (error != std::errc{} || end != rest.data() + rest.size() || port < (zero_picks ? 0 : 1) ||
      port > kPortMax)
    refuse(text);
  return {std::string(host), port};
}

std::string Endpoint::text() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace relance
