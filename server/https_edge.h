// The server's door: TLS 1.3 with optional client certificates, whole requests in, whole answers out.
//
// One epoll thread owns every socket and does accept, handshake, reading and writing, never waiting for any of them.
// A worker is handed a whole request in memory and leaves an answer in memory: a slow or silent link costs a few
// kilobytes and never a thread. Everything that a stranger can make grow has a limit in EdgeOptions.
//
// Threads: the loop and `workers`; the Handler runs on the workers, several at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "host/secret.h"
#include "server/http.h"

namespace relance {

struct EdgeCertificate {
  std::string certificate_pem;  // the server's own
  Secret key_pem;
  std::string
      ca_pem;  // sent along, so that an enrolling client can compare it with its code; devices must chain to it
};

struct EdgeOptions {
  std::string listen = "127.0.0.1:8443";  // or "[::1]:8443"; port 0 picks one
  int workers = 16;  // they wait for the writer's commit: more workers, more devices in one group commit

  std::size_t head_bytes_max = 16 * 1024;            // over it 431
  std::size_t head_lines_max = 64;                   // over it 431
  std::size_t body_bytes_max = 8 * 1024 * 1024;      // over it 413
  std::size_t stranger_body_bytes_max = 64 * 1024;   // without a certificate: an enrolment is under 2 KiB
  std::size_t memory_bytes_max = 256 * 1024 * 1024;  // requests and answers held, in all; over it 503
  std::size_t queued_requests_max = 1024;            // waiting for a worker; over it 503
  std::size_t connections_max = 20'000;              // over it: closed at once
  std::size_t strangers_per_address_max = 256;       // without a certificate (yet); over it: closed at once

  std::chrono::milliseconds handshake_time{10'000};
  std::chrono::milliseconds request_time{
      30'000};  // from the first byte to the last, never extended; then 408
  std::chrono::milliseconds idle_time{600'000};
  std::chrono::milliseconds stranger_idle_time{30'000};
  std::chrono::milliseconds write_time{120'000};  // for a whole answer, to its last byte
};

/// What happened so far; nothing about anybody.
struct EdgeCounters {
  std::uint64_t accepted = 0;
  std::uint64_t turned_away = 0;  // over a limit on connections
  std::uint64_t failed_handshakes = 0;
  std::uint64_t requests = 0;  // handed to the handler
  std::uint64_t refused = 0;   // answered by the edge itself: malformed, too large, too slow
  std::uint64_t overloaded = 0;
  std::uint64_t timed_out = 0;  // closed at a deadline
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t open = 0;          // connections now
  std::uint64_t memory_bytes = 0;  // held for requests and answers now
};

class HttpsEdge {
 public:
  /// Listens and serves from here on. Failure(usage) for an address that is none, (busy) for one that is taken,
  /// (bad_file) or (certificate) for a certificate and key that do not fit each other.
  /// Raises this process's soft limit of open files to its hard one: 1,024 would end the office at 1,000 agents.
  HttpsEdge(EdgeOptions options, const EdgeCertificate& certificate, Handler handler);
  /// Drains without patience, then waits for handlers that still run.
  ~HttpsEdge();
  HttpsEdge(const HttpsEdge&) = delete;
  HttpsEdge& operator=(const HttpsEdge&) = delete;

  [[nodiscard]] int port() const;
  /// For connections from now on; those that are open keep what they were made with.
  void reload_certificate(const EdgeCertificate& certificate);
  /// Stops accepting, closes idle connections at once, finishes what workers have in hand, and returns: at the
  /// latest after `patience`.
  void drain(std::chrono::milliseconds patience);
  [[nodiscard]] EdgeCounters counters() const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace relance
