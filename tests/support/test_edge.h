// The edge in this process, with an office of its own behind it, for tests that speak to it over real TLS.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "host/clock.h"
#include "server/https_edge.h"
#include "tests/support/raw_tls.h"

namespace relance::test {

inline const TlsOffice& office() {
  static const TlsOffice made(SystemClock().now());
  return made;
}

inline EdgeCertificate edge_certificate(const CertificateWithKey& server) {
  return {server.certificate_pem, server.key_pem.copy(), office().ca.certificate_pem};
}

// Says back who asked what.
inline HttpAnswer echo(const HttpRequest& request) {
  return {.content_type = "text/plain",
          .body = request.method + " " + request.path + " " + std::to_string(request.body.size()) + " " +
                  request.content_type + "|" + request.content_encoding + "|" + request.peer.uri_san +
                  (request.peer.has_certificate ? "" : " stranger") +
                  (request.peer.expired ? " expired" : "")};
}

inline EdgeOptions small_options() { return {.listen = "127.0.0.1:0", .workers = 2}; }

struct Edge {
  HttpsEdge edge;
  explicit Edge(EdgeOptions options = small_options(), Handler handler = echo)
      : edge(std::move(options), edge_certificate(office().server), std::move(handler)) {}
  [[nodiscard]] int port() const { return edge.port(); }
  [[nodiscard]] RawTls device() const {
    return RawTls(port(), office().ca.certificate_pem, office().device());
  }
  [[nodiscard]] RawTls stranger() const { return RawTls(port(), office().ca.certificate_pem); }
};

inline std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}
inline std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

template <typename Condition>
bool becomes_true(Condition condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

}  // namespace relance::test
