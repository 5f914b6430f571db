// The address of a server as people write it: "office.example:8443", "192.0.2.7:8443", "[::1]:8443".
#pragma once

#include <string>
#include <string_view>

namespace relance {

struct Endpoint {
  std::string host;  // a name or an address, without brackets
  int port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;

  /// Failure(usage) with one sentence if it is not HOST:PORT. `default_port` 0: the port must be there.
  /// Port 0 is read only where `zero_picks` (a listening side lets the system pick one).
  [[nodiscard]] static Endpoint parse(std::string_view text, int default_port = 0, bool zero_picks = false);
  /// With brackets around an IPv6 address.
  [[nodiscard]] std::string text() const;
};

}  // namespace relance
