// Name resolution, connect and CONNECT, each with its own sentence when it fails.
#include "client/dial.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "host/digest.h"
#include "host/failure.h"

namespace relance {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr int kProxyPort = 3128;
constexpr std::size_t kProxyHeadBytesMax = 16 * 1024;  // a login page's head; its body is of no interest

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;

[[noreturn]] void unreachable(const Endpoint& at, const std::string& why) {
  throw Failure(Code::unreachable, "Cannot reach " + at.text() + ": " + why);
}

Addresses resolve(const Endpoint& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found);
  if (error == EAI_AGAIN)
    unreachable(
        at,
        "the name could not be looked up just now; this computer is probably not connected to a network.");
  if (error != 0) unreachable(at, "the name is not known; check the address and the network connection.");
  return Addresses(found);
}

std::string reason_of(int error) {
  switch (error) {
    case ECONNREFUSED:
      return "the connection was refused; the server is not running there, or its port is another.";
    case ETIMEDOUT: return "nobody answered in time; the server is off, or a firewall is in between.";
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN: return "there is no network that leads there; check the network connection.";
    case ECONNRESET: return "the connection was cut while it was made; try again later.";
    default:
      return std::string("the system says '") + std::strerror(error) + "'; check the network connection.";
  }
}

// Zero, or the error number of the attempt.
int connect_one(const addrinfo& place, SteadyTime deadline, Descriptor& out) {
  Descriptor socket(::socket(place.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return errno;
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // 44 ms an exchange without
  if (::connect(socket.get(), place.ai_addr, place.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) return errno;
    if (!wait_for(socket.get(), POLLOUT, deadline)) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return error;
  }
  out = std::move(socket);
  return 0;
}

Descriptor connect_any(const Endpoint& at, SteadyTime deadline) {
  const Addresses places = resolve(at);
  Descriptor socket;
  int error = ETIMEDOUT;
  for (const addrinfo* place = places.get(); place; place = place->ai_next) {
    // One address of several (IPv6 that leads nowhere) must not eat all the time.
    const auto now = std::chrono::steady_clock::now();
    const SteadyTime share = place->ai_next ? now + (deadline - now) / 2 : deadline;
    error = connect_one(*place, share, socket);
    if (error == 0) return socket;
  }
  unreachable(at, reason_of(error));
}

// ---- the proxy ----

std::string base64(std::string_view bytes) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = (bits << 8) | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      out.push_back(i + k <= bytes.size() ? kAlphabet[(bits >> (18 - 6 * k)) & 63] : '=');
  }
  return out;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' ? unhex(text.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      out += *byte;
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

bool matches(std::string_view entry, const Endpoint& target) {
  if (entry == "*") return true;
  while (entry.starts_with('.') || entry.starts_with('*')) entry.remove_prefix(1);
  if (entry == target.host || entry == target.text() || entry == "[" + target.host + "]") return true;
  return !entry.empty() && target.host.size() > entry.size() && target.host.ends_with(entry) &&
         target.host[target.host.size() - entry.size() - 1] == '.';
}

void send_all(int fd, std::string_view bytes, const Endpoint& at, SteadyTime deadline) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLOUT, deadline)) unreachable(at, reason_of(ETIMEDOUT));
    } else if (errno != EINTR) {
      unreachable(at, reason_of(errno));
    }
  }
}

// The proxy's head, byte for byte no further than its end: what follows belongs to TLS.
std::string receive_head(int fd, const Endpoint& at, SteadyTime deadline) {
  std::string head;
  while (!head.ends_with("\r\n\r\n") && head.size() < kProxyHeadBytesMax) {
    char byte = 0;
    const ssize_t n = ::recv(fd, &byte, 1, 0);
    if (n == 1) {
      head.push_back(byte);
    } else if (n == 0) {
      break;
    } else if (errno == EAGAIN) {
      if (!wait_for(fd, POLLIN, deadline))
        unreachable(at, "the proxy does not answer; ask the office's network people.");
    } else if (errno != EINTR) {
      unreachable(at, "the proxy cut the connection; ask the office's network people.");
    }
  }
  return head;
}

void judge_connect(const std::string& head, const Endpoint& proxy, const Endpoint& target) {
  const bool is_http = head.size() > 12 && head.starts_with("HTTP/1.") && head[8] == ' ';
  const std::string status = is_http ? head.substr(9, 3) : "";
  if (is_http && status[0] == '2') return;
  if (status == "407")
    throw Failure(
        Code::login_page,
        "The proxy " + proxy.text() +
            " asks for a name and password; put them into HTTPS_PROXY as http://NAME:PASSWORD@HOST:PORT.");
  if (status == "502" || status == "503" || status == "504" || status == "500")
    unreachable(target, "the proxy " + proxy.text() + " could not reach it (" + status + ").");
  if (is_http)
    throw Failure(Code::login_page, "The proxy " + proxy.text() + " answered with a page of its own (" +
                                        status +
                                        ") instead of connecting; open a browser and log in, or ask for " +
                                        target.text() + " to be allowed.");
  throw Failure(Code::login_page,
                "What answers at " + proxy.text() + " is no HTTP proxy; check HTTPS_PROXY.");
}

void connect_through(int fd, const Proxy& proxy, const Endpoint& target, SteadyTime deadline) {
  std::string request = "CONNECT " + target.text() + " HTTP/1.1\r\nHost: " + target.text() + "\r\n";
  if (!proxy.authorization.empty()) request += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  send_all(fd, request + "\r\n", proxy.endpoint, deadline);
  judge_connect(receive_head(fd, proxy.endpoint, deadline), proxy.endpoint, target);
}

std::string environment(const char* lower, const char* upper) {
  const char* value = std::getenv(lower);
  if (!value || *value == '\0') value = std::getenv(upper);
  return value ? value : "";
}

}  // namespace

ProxySettings ProxySettings::from_environment() {
  return {environment("https_proxy", "HTTPS_PROXY"), environment("no_proxy", "NO_PROXY")};
}

std::optional<Proxy> ProxySettings::proxy_for(const Endpoint& target) const {
  if (https_proxy.empty()) return std::nullopt;
  for (std::size_t start = 0; start < no_proxy.size();) {
    const std::size_t end = std::min(no_proxy.find_first_of(", \t", start), no_proxy.size());
    if (matches(std::string_view(no_proxy).substr(start, end - start), target)) return std::nullopt;
    start = end + 1;
  }
  std::string_view rest = https_proxy;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  if (rest.find("://") != std::string_view::npos)
    throw Failure(Code::usage,
                  "HTTPS_PROXY names a kind of proxy that relance does not speak; write http://HOST:PORT.");
  while (rest.ends_with('/')) rest.remove_suffix(1);
  Proxy proxy;
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    proxy.authorization = "Basic " + base64(percent_decoded(rest.substr(0, at)));
    rest.remove_prefix(at + 1);
  }
  try {
    proxy.endpoint = Endpoint::parse(rest, kProxyPort);
  } catch (const Failure&) {  // without the value: it may hold a password
    throw Failure(Code::usage, "HTTPS_PROXY is not the address of a proxy; write http://HOST:PORT.");
  }
  return proxy;
}

Descriptor dial(const Endpoint& target, const ProxySettings& proxies, std::chrono::milliseconds patience) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + patience;
  const std::optional<Proxy> proxy = proxies.proxy_for(target);
  Descriptor socket = connect_any(proxy ? proxy->endpoint : target, deadline);
  if (proxy) connect_through(socket.get(), *proxy, target, deadline);
  return socket;
}

bool wait_for(int fd, short events, SteadyTime deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd one{fd, events, 0};
    const int ready = ::poll(&one, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000)));
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;  // the call that follows says what is wrong
  }
}

}  // namespace relance
