// A request and its answer as handlers see them: no sockets, no TLS, no parser.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "host/failure.h"

namespace relance {

inline constexpr int kOverloadRetrySeconds = 2;  // Retry-After of a 503; devices add their own jitter

/// Who is at the other end, as TLS proved it. `has_certificate`: it chains to the office's CA; whether the device
/// is known and active is the handler's question, on every request.
struct Peer {
  std::string address;
  bool has_certificate = false;
  bool expired = false;  // past its end but otherwise good: allowed to /v1/renew only
  std::string uri_san;
  std::string serial_hex;
};

struct HttpRequest {
  std::string method;  // GET or POST
  std::string path;    // percent-decoded, without the query
  std::string content_type;
  std::string content_encoding;
  std::string body;  // as it came: the handler expands it
  Peer peer;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string content_encoding;
  std::string body;
  int retry_after_s = 0;  // 0: no Retry-After
  bool close = false;     // close the connection after this answer
};

/// Runs on worker threads. An exception becomes 500 without its text.
using Handler = std::function<HttpAnswer(const HttpRequest&)>;

/// application/problem+json (RFC 9457) as every refusal of this server. `detail` may be empty; never personal data.
[[nodiscard]] HttpAnswer problem_answer(int status, std::string_view code, std::string_view title,
                                        std::string_view detail = {});
[[nodiscard]] HttpAnswer problem_answer(const Failure& failure);

}  // namespace relance
