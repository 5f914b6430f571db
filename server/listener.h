// A listening socket and the addresses of those who come.
#pragma once

#include <sys/socket.h>

#include <string>

#include "host/descriptor.h"

namespace relance {

/// Listens, non-blocking, at "127.0.0.1:8443" or "[::1]:8443"; "[::]:8443" takes IPv4 as well; port 0 picks one.
/// Failure(usage) for an address that is not one of this machine, (busy) for one that is taken.
[[nodiscard]] Descriptor listen_at(const std::string& text);

[[nodiscard]] int port_of(const Descriptor& listener);

/// The numeric address; an IPv4 address that came in over IPv6 is written as IPv4.
[[nodiscard]] std::string address_text(const sockaddr_storage& address);

}  // namespace relance
