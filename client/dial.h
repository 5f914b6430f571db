// Gets a connected socket to the server: names, addresses, proxies. What stands in the way is said as it is:
// name not known, refused, silent, a proxy's login page.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "host/descriptor.h"
#include "host/endpoint.h"

namespace relance {

struct Proxy {
  Endpoint endpoint;
  std::string authorization;  // the value of Proxy-Authorization; empty: none
};

/// As in the environment of other programs: HTTPS_PROXY=http://[USER:PASSWORD@]HOST[:PORT] (port 3128 where absent),
/// NO_PROXY=name,.suffix,address,* . The lower-case forms win.
struct ProxySettings {
  std::string https_proxy;
  std::string no_proxy;

  [[nodiscard]] static ProxySettings from_environment();
  /// Failure(usage) if the setting is none or of a kind that relance does not speak (SOCKS, TLS to the proxy).
  [[nodiscard]] std::optional<Proxy> proxy_for(const Endpoint& target) const;
};

/// A connected, non-blocking socket without Nagle's delay, through the proxy's CONNECT where there is one.
/// Failure(unreachable) with the reason; Failure(login_page) if a proxy or a filter answers with a page of its own.
[[nodiscard]] Descriptor dial(const Endpoint& target, const ProxySettings& proxies,
                              std::chrono::milliseconds patience);

/// Waits until the socket can be read (`POLLIN`) or written (`POLLOUT`). False at the deadline.
[[nodiscard]] bool wait_for(int fd, short events, std::chrono::steady_clock::time_point deadline);

}  // namespace relance
