// POSIX sockets, listening side.
#include "server/listener.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "host/endpoint.h"
#include "host/failure.h"

namespace relance {
namespace {

constexpr int kListenBacklog = 1024;  // a morning's devices come at once

Descriptor bind_to(const addrinfo& place) {
  Descriptor listener(::socket(place.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  const int off = 0;
  if (listener.get() < 0) return Descriptor();
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (place.ai_family == AF_INET6)
    ::setsockopt(listener.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);  // [::] is both
  if (::bind(listener.get(), place.ai_addr, place.ai_addrlen) != 0 ||
      ::listen(listener.get(), kListenBacklog) != 0)
    return Descriptor();
  return listener;
}

}  // namespace

Descriptor listen_at(const std::string& text) {
  const Endpoint endpoint = Endpoint::parse(text, 0, true);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found) != 0)
    throw Failure(Code::usage,
                  "Cannot listen at '" + text +
                      "': there is no such address; use one of this machine, such as 127.0.0.1:8443.");
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> places(found, &::freeaddrinfo);
  int error = 0;
  for (const addrinfo* place = found; place; place = place->ai_next) {
    Descriptor listener = bind_to(*place);
    if (listener.get() >= 0) return listener;
    error = errno;
  }
  if (error == EADDRINUSE)
    throw Failure(Code::busy, "Cannot listen at '" + text +
                                  "': another program does already; stop it or choose another port.");
  throw Failure(Code::usage, "Cannot listen at '" + text + "': " + std::strerror(error) +
                                 "; use an address of this machine and a port over 1023.");
}

int port_of(const Descriptor& listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  sockaddr_in6 v6;  // the port stands at the same place in both families
  std::memcpy(&v6, &address, sizeof v6);
  return ntohs(v6.sin6_port);
}

std::string address_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    ::inet_ntop(AF_INET, &v4.sin_addr, out.data(), out.size());
  } else {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    ::inet_ntop(AF_INET6, &v6.sin6_addr, out.data(), out.size());
  }
  constexpr std::string_view kMapped = "::ffff:";
  const std::string_view text(out.data());
  return std::string(text.starts_with(kMapped) && text.find('.') != std::string_view::npos
                         ? text.substr(kMapped.size())
                         : text);
}

}  // namespace relance
