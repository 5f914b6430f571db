// One kept-alive, mutually authenticated connection to the office's server, and a plain word for what went wrong.
// Never sends a byte of a request to a peer whose certificate does not chain to the office's CA.
//
// Written on OpenSSL instead of httplib's client: that one says "SSL error" for a foreign CA, a wrong clock, a login
// page and a refused certificate alike, and an agent in the field must do something else for each.
//
// Threads: none of its own; one transport belongs to one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "client/dial.h"
#include "host/clock.h"
#include "host/endpoint.h"
#include "host/secret.h"

namespace relance {

inline constexpr std::size_t kAnswerBytesMax =
    64 * 1024 * 1024;  // expanded; over it the answer is not the protocol's
inline constexpr std::size_t kCompressedFromBytes = 1024;  // smaller bodies travel as they are

struct TransportOptions {
  std::string ca_pem;
  std::string certificate_pem;  // empty: without a certificate, as at enrolment
  Secret key_pem;
  ProxySettings proxies = ProxySettings::from_environment();
  const Clock* clock = nullptr;                      // null: the system's; certificates are judged by it
  std::chrono::milliseconds connect_time{15'000};    // name, connection, proxy
  std::chrono::milliseconds stall_time{60'000};      // without a byte in either direction: given up
  std::chrono::milliseconds exchange_time{600'000};  // a whole request and its answer
};

struct Answer {
  int status = 0;
  std::string content_type;
  std::string body;  // expanded
  int retry_after_s = 0;
};

struct TransportCounters {
  std::uint64_t requests = 0;
  std::uint64_t connections = 0;
  std::uint64_t bytes_out = 0;  // bodies as they were on the wire
  std::uint64_t bytes_in = 0;
};

class HttpsTransport {
 public:
  HttpsTransport(Endpoint endpoint, TransportOptions options);
  /// Trusts the CA whose fingerprint the enrolment code carries (the server sends it along); `options.ca_pem` and the
  /// certificate are ignored.
  [[nodiscard]] static HttpsTransport for_enrolment(Endpoint endpoint,
                                                    const std::array<std::uint8_t, 20>& ca_fingerprint,
                                                    TransportOptions options = {});
  HttpsTransport(HttpsTransport&&) noexcept;
  HttpsTransport& operator=(HttpsTransport&&) noexcept;
  ~HttpsTransport();

  /// One exchange; connects where needed. Any status of the server's own is an Answer. Everything else is a Failure:
  /// unreachable, certificate, login_page, wrong_clock (with both times), protocol.
  /// A kept connection that turns out dead before an answer began is replaced once, and the request sent again: every
  /// request of the protocol may be repeated.
  [[nodiscard]] Answer post(std::string_view path, std::string_view json_body);
  [[nodiscard]] Answer get(std::string_view path);

  /// The office's CA: the given one, or after the first exchange of an enrolment the one that was learned.
  [[nodiscard]] const std::string& ca_pem() const;
  [[nodiscard]] const TransportCounters& counters() const;
  [[nodiscard]] const Endpoint& endpoint() const;
  /// Closes the connection; the next exchange opens another.
  void close();

 private:
  class Session;
  explicit HttpsTransport(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

}  // namespace relance
