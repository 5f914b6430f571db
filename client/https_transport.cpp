// TLS 1.3 and HTTP/1.1 on a non-blocking socket, and the reading of every way in which they fail.
#include "client/https_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "host/compress.h"
#include "host/failure.h"
#include "host/openssl.h"
#include "schema/instant.h"

namespace relance {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kHeadBytesMax = 64 * 1024;
constexpr Ms kClockToleranceMs = 2 * 60'000;  // as much as the server forgives in `at`

struct FreeSsl {
  void operator()(SSL* handle) const { SSL_free(handle); }
  void operator()(SSL_CTX* handle) const { SSL_CTX_free(handle); }
  void operator()(BIO_METHOD* handle) const { BIO_meth_free(handle); }
};

// ---- the wire under TLS ----

// A socket BIO of our own: OpenSSL's raises SIGPIPE, and the first bytes of what is no TLS are the diagnosis.
struct Wire {
  Descriptor socket;
  std::string first;  // at most 8 bytes
  bool is_ended = false;
};

Wire& wire_of(BIO* bio) { return *static_cast<Wire*>(BIO_get_data(bio)); }

int wire_read(BIO* bio, char* to, int size) {
  Wire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::recv(wire.socket.get(), to, static_cast<std::size_t>(size), 0);
  if (n > 0 && wire.first.size() < 8)
    wire.first.append(to, std::min<std::size_t>(static_cast<std::size_t>(n), 8 - wire.first.size()));
  if (n == 0) wire.is_ended = true;
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

int wire_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const ssize_t n = ::send(wire_of(bio).socket.get(), from, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

long wire_control(BIO* bio, int what, long, void*) {
  if (what == BIO_CTRL_FLUSH) return 1;
  if (what == BIO_CTRL_EOF) return wire_of(bio).is_ended ? 1 : 0;
  return 0;
}

BIO* wire_bio(Wire& wire) {
  static const std::unique_ptr<BIO_METHOD, FreeSsl> method = [] {
    std::unique_ptr<BIO_METHOD, FreeSsl> made(
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "relance socket"));
    BIO_meth_set_read(made.get(), wire_read);
    BIO_meth_set_write(made.get(), wire_write);
    BIO_meth_set_ctrl(made.get(), wire_control);
    return made;
  }();
  BIO* bio = BIO_new(method.get());
  require_openssl(bio != nullptr, "make a connection");
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

// ---- whom to trust ----

// The CA of an enrolment, known by its fingerprint until it has shown itself.
struct Pinned {
  std::array<std::uint8_t, 20> fingerprint{};
  std::string ca_pem;
};

int verify_by_fingerprint(X509_STORE_CTX* context, void* argument) noexcept {
  try {
    Pinned& pinned = *static_cast<Pinned*>(argument);
    STACK_OF(X509)* sent = X509_STORE_CTX_get0_untrusted(context);
    for (int i = 0; i < sk_X509_num(sent); ++i) {
      X509* certificate = sk_X509_value(sent, i);
      const Digest digest = fingerprint(*certificate);
      if (!std::equal(pinned.fingerprint.begin(), pinned.fingerprint.end(), digest.begin())) continue;
      STACK_OF(X509)* trusted = sk_X509_new_null();
      sk_X509_push(trusted, certificate);
      X509_STORE_CTX_set0_trusted_stack(context, trusted);
      const int is_good = X509_verify_cert(context);
      sk_X509_free(trusted);
      if (is_good == 1) pinned.ca_pem = certificate_pem(*certificate);
      return is_good;
    }
  } catch (const std::exception&) {
  }
  X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

bool is_about_dates(long verify_error) {
  return verify_error == X509_V_ERR_CERT_HAS_EXPIRED || verify_error == X509_V_ERR_CERT_NOT_YET_VALID;
}

// The alerts by which a server refuses our certificate. In TLS 1.3 they arrive after our side of the handshake is done.
const char* certificate_alert(int reason) {
  switch (reason) {
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA: return "it is not from this office";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED: return "it has expired";
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: return "it was revoked";
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return "there is none";
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR: return "it does not hold";
    default: return nullptr;
  }
}

// ---- reading an answer ----

struct AnswerHead {
  int status = 0;
  std::size_t length = 0;
  std::string content_type;
  std::string content_encoding;
  int retry_after_s = 0;
  bool close = false;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

[[noreturn]] void not_the_protocol(const std::string& what) {
  throw Failure(Code::protocol,
                "The server's answer " + what +
                    "; it is not a relance-server of this version, or something in between changes answers.");
}

void take_field(AnswerHead& head, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) not_the_protocol("has a damaged head");
  const std::string name = lower(line.substr(0, colon));
  std::string_view value = line.substr(colon + 1);
  while (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "content-length" && !read_number(value, head.length))
    not_the_protocol("has no readable length");
  if (name == "content-type") head.content_type = value;
  if (name == "content-encoding") head.content_encoding = lower(value);
  if (name == "retry-after" && !read_number(value, head.retry_after_s))
    head.retry_after_s = 0;  // a date: our own back-off
  if (name == "connection") head.close = lower(value) == "close";
  if (name == "transfer-encoding") not_the_protocol("comes in chunks");
}

AnswerHead read_head(std::string_view text) {
  AnswerHead head;
  const std::size_t first_end = text.find("\r\n");
  const std::string_view first = text.substr(0, first_end);
  if (!first.starts_with("HTTP/1.1 ") || first.size() < 12 || !read_number(first.substr(9, 3), head.status))
    not_the_protocol("is not HTTP/1.1");
  for (std::size_t start = first_end + 2; start < text.size();) {
    const std::size_t end = std::min(text.find("\r\n", start), text.size());
    if (end > start) take_field(head, text.substr(start, end - start));
    start = end + 2;
  }
  if (head.length > kAnswerBytesMax) not_the_protocol("is larger than any answer may be");
  return head;
}

std::string expanded(std::string&& body, const AnswerHead& head) {
  if (head.content_encoding.empty()) return std::move(body);
  if (head.content_encoding != "zstd") not_the_protocol("is encoded as nothing that was offered");
  try {
    return expand(body, kAnswerBytesMax);
  } catch (const Failure&) {
    not_the_protocol("cannot be expanded");
  }
}

// How a connection ended before the answer was whole: thrown within this file only, and always turned into a Failure
// by whoever knows what was being tried.
struct Broken {
  int openssl_reason = 0;
  int system_error = 0;
  bool is_timeout = false;
};

}  // namespace

// ---- one connection, kept ----

class HttpsTransport::Session {
 public:
  Session(Endpoint endpoint, TransportOptions options, std::optional<Pinned> pinned)
      : endpoint_(std::move(endpoint)),
        options_(std::move(options)),
        pinned_(std::move(pinned)),
        tls_(make_tls()) {}

  Answer exchange(std::string_view method, std::string_view path, std::string_view body);
  void close() { link_.reset(); }

  [[nodiscard]] const std::string& ca_pem() const { return pinned_ ? pinned_->ca_pem : options_.ca_pem; }
  [[nodiscard]] const TransportCounters& counters() const { return counters_; }
  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  // A connection whose server has been verified. Not movable: OpenSSL holds the address of its wire.
  struct Link {
    Wire wire;
    std::unique_ptr<SSL, FreeSsl> ssl;
    std::string received;
    bool has_answered = false;
    bool is_closing = false;
    ~Link() {
      if (ssl && SSL_is_init_finished(ssl.get())) SSL_shutdown(ssl.get());
      ERR_clear_error();
    }
  };
  enum class Dates { checked, ignored };

  [[nodiscard]] std::unique_ptr<SSL_CTX, FreeSsl> make_tls();
  [[nodiscard]] std::unique_ptr<Link> connect(Dates dates);
  void shake_hands(Link& link);
  void check_is_server(Link& link) const;
  [[noreturn]] void explain_handshake(const Link& link, const Broken& broken);
  [[noreturn]] void explain_dates();
  [[nodiscard]] std::optional<Ms> ask_time();
  [[noreturn]] void explain_break(const Broken& broken) const;

  [[nodiscard]] Answer exchange_over(Link& link, std::string_view request, SteadyTime deadline);
  void receive_until(Link& link, std::size_t size, SteadyTime deadline);
  [[nodiscard]] AnswerHead receive_head(Link& link, SteadyTime deadline);
  void send(Link& link, std::string_view bytes, SteadyTime deadline);
  template <typename Call>
  void drive(Link& link, SteadyTime deadline, Call call);
  [[nodiscard]] std::string make_request(std::string_view method, std::string_view path,
                                         std::string_view body);
  [[nodiscard]] Ms now() const { return options_.clock ? options_.clock->now() : SystemClock().now(); }

  Endpoint endpoint_;
  TransportOptions options_;
  std::optional<Pinned> pinned_;
  std::unique_ptr<SSL_CTX, FreeSsl> tls_;
  std::unique_ptr<Link> link_;
  TransportCounters counters_;
};

std::unique_ptr<SSL_CTX, FreeSsl> HttpsTransport::Session::make_tls() {
  std::unique_ptr<SSL_CTX, FreeSsl> tls(SSL_CTX_new(TLS_client_method()));
  require_openssl(tls && SSL_CTX_set_min_proto_version(tls.get(), TLS1_3_VERSION) == 1, "set up TLS 1.3");
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_OFF);
  // Without the CA that OpenSSL would add to what we send: the server has it, and would keep our copy (4 KiB of
  // each connection's 25) as long as we are connected.
  SSL_CTX_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(tls.get(), 1);
  if (pinned_) {
    SSL_CTX_set_cert_verify_callback(tls.get(), verify_by_fingerprint, &*pinned_);
    return tls;
  }
  const CertPtr ca = certificate_from_pem(options_.ca_pem);
  require_openssl(X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), ca.get()) == 1,
                  "trust the office's CA");
  if (options_.certificate_pem.empty()) return tls;
  const CertPtr own = certificate_from_pem(options_.certificate_pem);
  const KeyPtr key = key_from_pem(options_.key_pem.view());
  options_.key_pem.wipe();  // OpenSSL has it now
  if (SSL_CTX_use_certificate(tls.get(), own.get()) != 1 ||
      SSL_CTX_use_PrivateKey(tls.get(), key.get()) != 1) {
    ERR_clear_error();
    throw Failure(
        Code::certificate,
        "This device's certificate and key do not belong together; ask the office for a new enrolment code.");
  }
  return tls;
}

// Calls OpenSSL until it is done; throws Broken when the connection is.
template <typename Call>
void HttpsTransport::Session::drive(Link& link, SteadyTime deadline, Call call) {
  for (;;) {
    errno = 0;
    const int result = call();
    if (result == 1) return;
    const int system_error = errno;
    const int error = SSL_get_error(link.ssl.get(), result);
    const int reason = ERR_GET_REASON(ERR_peek_error());
    ERR_clear_error();
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
      throw Broken{.openssl_reason = error == SSL_ERROR_SSL ? reason : 0, .system_error = system_error};
    const SteadyTime until = std::min(deadline, std::chrono::steady_clock::now() + options_.stall_time);
    if (!wait_for(link.wire.socket.get(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, until))
      throw Broken{.is_timeout = true};
  }
}

std::unique_ptr<HttpsTransport::Session::Link> HttpsTransport::Session::connect(Dates dates) {
  auto link = std::make_unique<Link>();
  link->wire.socket = dial(endpoint_, options_.proxies, options_.connect_time);
  link->ssl.reset(SSL_new(tls_.get()));
  require_openssl(link->ssl != nullptr, "make a connection");
  SSL* ssl = link->ssl.get();
  BIO* bio = wire_bio(link->wire);
  SSL_set_bio(ssl, bio, bio);
  // The time is handed in: a test's clock, or this computer's. NO_CHECK_TIME works only without one.
  if (dates == Dates::checked) X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), now() / 1000);
  if (dates == Dates::ignored) X509_VERIFY_PARAM_set_flags(SSL_get0_param(ssl), X509_V_FLAG_NO_CHECK_TIME);
  if (dates == Dates::ignored) SSL_certs_clear(ssl);  // the time is asked for without saying who asks
  const bool is_name = endpoint_.host.find(':') == std::string::npos &&
                       endpoint_.host.find_first_not_of("0123456789.") != std::string::npos;
  if (is_name)  // SSL_set_tlsext_host_name, whose macro casts the old way
    SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, endpoint_.host.data());
  shake_hands(*link);
  ++counters_.connections;
  return link;
}

void HttpsTransport::Session::shake_hands(Link& link) {
  try {
    drive(link, std::chrono::steady_clock::now() + options_.connect_time,
          [&] { return SSL_connect(link.ssl.get()); });
  } catch (const Broken& broken) {
    explain_handshake(link, broken);
  }
  check_is_server(link);
}

// The CA signs devices too (for clients only, which OpenSSL has checked) and one server. Its name in the network does
// not matter: the office may move behind any address.
void HttpsTransport::Session::check_is_server(Link& link) const {
  const X509* certificate = SSL_get0_peer_certificate(link.ssl.get());
  if (!certificate || facts_of_certificate(*certificate).uri_san != kServerUri)
    throw Failure(Code::certificate,
                  "What answers at " + endpoint_.text() +
                      " has a certificate of this office, but not the server's; tell the office.");
}

void HttpsTransport::Session::explain_handshake(const Link& link, const Broken& broken) {
  const long verify_error = SSL_get_verify_result(link.ssl.get());
  if (broken.openssl_reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
    if (is_about_dates(verify_error)) explain_dates();
    throw Failure(Code::certificate, "The server at " + endpoint_.text() +
                                         " has a certificate that is not from " +
                                         (pinned_ ? "the office that gave this code" : "this office") +
                                         "; nothing was sent. Either the address leads elsewhere, or "
                                         "something in between (a filter, an antivirus) opens connections.");
  }
  if (certificate_alert(broken.openssl_reason)) explain_break(broken);
  const std::string& first = link.wire.first;
  const bool is_tls = !first.empty() && first[0] >= 20 && first[0] <= 23;
  if (!first.empty() && !is_tls)
    throw Failure(Code::login_page,
                  "What answers at " + endpoint_.text() +
                      (first.starts_with("HTTP") || first.starts_with("<") ? " speaks plain HTTP"
                                                                           : " does not speak TLS") +
                      "; it is not the office's server. On a public or hotel network, open a browser and log "
                      "in first.");
  if (is_tls && broken.openssl_reason != 0 && broken.openssl_reason != SSL_R_UNEXPECTED_EOF_WHILE_READING)
    throw Failure(
        Code::login_page,
        "What answers at " + endpoint_.text() +
            " does not speak TLS 1.3 as the office's server does; something else answers in its place.");
  explain_break(broken);
}

void HttpsTransport::Session::explain_break(const Broken& broken) const {
  if (const char* why = certificate_alert(broken.openssl_reason))
    throw Failure(Code::certificate, "The server refused this device's certificate: " + std::string(why) +
                                         "; ask the office for a new enrolment code.");
  const std::string at = "Cannot reach " + endpoint_.text() + ": ";
  if (broken.is_timeout)
    throw Failure(Code::unreachable, at + "the server stopped answering; try again later.");
  throw Failure(Code::unreachable, at + "the connection was closed before an answer; the server may be "
                                        "restarting, or the network is weak. Try again later.");
}

// A certificate fails by its dates only where the CA, the names and the purpose hold: then the clock is the suspect,
// and the server may be asked for the time. It is asked nothing else.
void HttpsTransport::Session::explain_dates() {
  const std::optional<Ms> theirs = ask_time();
  const Ms ours = now();
  if (!theirs)
    throw Failure(Code::certificate, "The server's certificate is not valid at this computer's time, " +
                                         instant_text(ours) + "; if that time is right, tell the office.");
  if (std::abs(*theirs - ours) > kClockToleranceMs)
    throw Failure(Code::wrong_clock, "This computer's clock says " + instant_text(ours) +
                                         " but the server's says " + instant_text(*theirs) +
                                         "; set this computer's clock and try again.");
  throw Failure(Code::certificate, "The server's certificate has run out although both clocks agree on " +
                                       instant_text(ours) + "; tell the office to renew it.");
}

std::optional<Ms> HttpsTransport::Session::ask_time() {
  try {
    const std::unique_ptr<Link> link = connect(Dates::ignored);
    const Answer answer = exchange_over(*link, make_request("GET", "/v1/time", {}),
                                        std::chrono::steady_clock::now() + options_.connect_time);
    if (answer.status != 200) return std::nullopt;
    const boost::json::value body = boost::json::parse(answer.body);
    return parse_instant(std::string(body.at("now").as_string()));
  } catch (const std::exception&) {
    return std::nullopt;
  } catch (const Broken&) {
    return std::nullopt;
  }
}

std::string HttpsTransport::Session::make_request(std::string_view method, std::string_view path,
                                                  std::string_view body) {
  std::string out(method);
  out += " ";
  out += path;
  out += " HTTP/1.1\r\nHost: " + endpoint_.text() + "\r\nAccept-Encoding: zstd\r\n";
  std::string packed;
  if (body.size() > kCompressedFromBytes) {
    packed = compress(body);
    body = packed;
    out += "Content-Encoding: zstd\r\n";
  }
  if (method == "POST")
    out += "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  out += "\r\n";
  out += body;
  counters_.bytes_out += body.size();
  return out;
}

Answer HttpsTransport::Session::exchange(std::string_view method, std::string_view path,
                                         std::string_view body) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + options_.exchange_time;
  const std::string request = make_request(method, path, body);
  ++counters_.requests;
  for (;;) {
    const bool is_kept = link_ != nullptr;
    if (!is_kept) link_ = connect(Dates::checked);
    std::unique_ptr<Link> link = std::move(link_);  // put back only after a whole answer
    try {
      Answer answer = exchange_over(*link, request, deadline);
      if (!link->is_closing) link_ = std::move(link);
      return answer;
    } catch (const Broken& broken) {
      // The server closed it while it was idle: nothing of the request was looked at.
      if (is_kept && !broken.is_timeout && !link->has_answered && !certificate_alert(broken.openssl_reason))
        continue;
      explain_break(broken);
    }
  }
}

Answer HttpsTransport::Session::exchange_over(Link& link, std::string_view request, SteadyTime deadline) {
  link.has_answered = false;
  send(link, request, deadline);
  const AnswerHead head = receive_head(link, deadline);
  receive_until(link, head.length, deadline);
  link.is_closing = head.close;
  Answer answer{
      .status = head.status, .content_type = head.content_type, .retry_after_s = head.retry_after_s};
  counters_.bytes_in += head.length;
  const std::string type = lower(head.content_type);
  if ((head.status >= 300 && head.status < 400) || head.status == 407 || head.status == 511 ||
      type.starts_with("text/html"))
    throw Failure(Code::login_page, "Something in front of the server at " + endpoint_.text() +
                                        " answered with a page of its own (" + std::to_string(head.status) +
                                        "); tell the office.");
  std::string body = std::move(link.received);
  link.received = body.substr(head.length);
  body.resize(head.length);
  answer.body = expanded(std::move(body), head);
  return answer;
}

void HttpsTransport::Session::send(Link& link, std::string_view bytes, SteadyTime deadline) {
  while (!bytes.empty()) {
    std::size_t n = 0;
    try {
      drive(link, deadline, [&] { return SSL_write_ex(link.ssl.get(), bytes.data(), bytes.size(), &n); });
    } catch (const Broken&) {
      receive_until(link, 1, deadline);  // the alert that says why may be waiting to be read
      return;                            // and so may an answer: too large, for example
    }
    bytes.remove_prefix(n);
  }
}

AnswerHead HttpsTransport::Session::receive_head(Link& link, SteadyTime deadline) {
  for (std::size_t looked = 0;;) {
    const std::size_t end = link.received.find("\r\n\r\n", looked);
    if (end != std::string::npos) {
      const AnswerHead head = read_head(std::string_view(link.received).substr(0, end));
      link.received.erase(0, end + 4);
      return head;
    }
    if (link.received.size() > kHeadBytesMax) not_the_protocol("has a head without end");
    looked = link.received.size() < 3 ? 0 : link.received.size() - 3;
    receive_until(link, link.received.size() + 1, deadline);
  }
}

void HttpsTransport::Session::receive_until(Link& link, std::size_t size, SteadyTime deadline) {
  char part[16384];
  link.received.reserve(size);
  while (link.received.size() < size) {
    std::size_t n = 0;
    drive(link, deadline, [&] { return SSL_read_ex(link.ssl.get(), part, sizeof part, &n); });
    link.received.append(part, n);
    link.has_answered = true;
  }
}

// ---- the public face ----

HttpsTransport::HttpsTransport(Endpoint endpoint, TransportOptions options)
    : session_(std::make_unique<Session>(std::move(endpoint), std::move(options), std::nullopt)) {}

HttpsTransport HttpsTransport::for_enrolment(Endpoint endpoint,
                                             const std::array<std::uint8_t, 20>& ca_fingerprint,
                                             TransportOptions options) {
  return HttpsTransport(std::make_unique<Session>(std::move(endpoint), std::move(options),
                                                  Pinned{.fingerprint = ca_fingerprint}));
}

HttpsTransport::HttpsTransport(std::unique_ptr<Session> session) : session_(std::move(session)) {}
HttpsTransport::HttpsTransport(HttpsTransport&&) noexcept = default;
HttpsTransport& HttpsTransport::operator=(HttpsTransport&&) noexcept = default;
HttpsTransport::~HttpsTransport() = default;

Answer HttpsTransport::post(std::string_view path, std::string_view json_body) {
  return session_->exchange("POST", path, json_body);
}
Answer HttpsTransport::get(std::string_view path) { return session_->exchange("GET", path, {}); }
const std::string& HttpsTransport::ca_pem() const { return session_->ca_pem(); }
const TransportCounters& HttpsTransport::counters() const { return session_->counters(); }
const Endpoint& HttpsTransport::endpoint() const { return session_->endpoint(); }
void HttpsTransport::close() { session_->close(); }

}  // namespace relance
