// What strangers and dishonest devices do to the edge: a table of requests that could be read in two ways, connections
// cut at every byte that means something, old and weak TLS, early data. Each is refused or closed, and the next honest
// request is served.
#include <algorithm>
#include <iostream>

#include "tests/hostile/shapes.h"
#include "tests/support/test_edge.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kShapesMin = 150;

}  // namespace

TEST_CASE("no shape of a request is read as two, and what is not lawful is refused and ends the connection",
          "[hostile]") {
  const Edge edge;
  RawTls honest = edge.device();
  const auto table = hostile::shapes();
  std::uint64_t requests = 0;
  for (const hostile::Shape& shape : table) {
    CAPTURE(shape.name);
    RawTls device = edge.device();
    const auto first = device.ask(shape.bytes + hostile::follow_up());
    REQUIRE(first);
    if (shape.is_refused) {
      CHECK(first->status >= 400);
      CHECK_THAT(first->head, Catch::Contains("Connection: close"));
      CHECK(device.is_ended());
    } else {
      CHECK(first->status == 200);
      CHECK_THAT(first->body, !Catch::Contains("/smuggled"));
      const auto second = device.receive();
      REQUIRE(second);
      CHECK_THAT(second->body, Catch::StartsWith("GET /smuggled 0 "));
      requests += 2;
    }
    CHECK(edge.edge.counters().requests == requests);
    if (shape.is_refused) continue;
    CHECK(honest.ask(get("/honest"))->status == 200);
    ++requests;
  }
  CHECK(honest.ask(get("/honest"))->status == 200);
  std::cout << "evidence: {\"figure\":\"hostile request shapes judged\",\"value\":" << table.size()
            << ",\"unit\":\"shapes\",\"goal\":" << kShapesMin << "}\n";
  CHECK(table.size() >= kShapesMin);
}

TEST_CASE("a head or a chunked body without an end is refused while it comes", "[hostile]") {
  const Edge edge;
  for (const std::string& start :
       {std::string("GET / HTTP/1.1\r\nHost: x\r\n"), std::string("GET /"),
        std::string("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")}) {
    CAPTURE(start);
    RawTls device = edge.device();
    device.send(start);
    for (int i = 0; i < 400 && device.send("X-Endless: " + std::string(1000, 'x') + "\r\n"); ++i) {
    }
    const auto answer = device.receive();
    REQUIRE(answer);
    CHECK(answer->status >= 400);
    CHECK(device.is_ended());
  }
  CHECK(edge.edge.counters().requests == 0);
  CHECK(becomes_true([&] { return edge.edge.counters().memory_bytes == 0; }));
}

TEST_CASE("TLS below 1.3, weak suites, strange certificates and early data are refused", "[hostile]") {
  const Edge edge;
  const auto is_let_in = [&](const RawTls::Options& options) {
    RawTls device(edge.port(), office().ca.certificate_pem, options);
    return device.is_connected() && device.ask(get("/")).has_value();
  };
  RawTls::Options good = office().device();
  CHECK(is_let_in(good));
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    RawTls::Options old = good;
    old.version_max = version;
    old.ciphers = "ALL:@SECLEVEL=0";
    RawTls device(edge.port(), office().ca.certificate_pem, old);
    CHECK_FALSE(device.is_connected());
    CHECK(device.reason() == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
  }
  RawTls::Options weak = good;
  weak.suites = "TLS_AES_128_CCM_8_SHA256";
  CHECK_FALSE(is_let_in(weak));
  const CertificateWithKey self_made = make_ca("Test office", office().now);  // the same name, another key
  CHECK_FALSE(is_let_in({self_made.certificate_pem, std::string(self_made.key_pem.view())}));
  // The office's own CA is no device, although it chains to itself: it may connect, and has no device's name.
  RawTls as_ca(edge.port(), office().ca.certificate_pem,
               {office().ca.certificate_pem, std::string(office().ca.key_pem.view())});
  if (as_ca.is_connected()) {
    const auto answer = as_ca.ask(get("/"));
    if (answer) CHECK_THAT(answer->body, !Catch::Contains("urn:relance:device"));
  }
  CHECK(is_let_in(good));
}

namespace {

// A key that nobody shared, so that a client may write before the handshake: what a resumed session would allow.
int invented_session(SSL* ssl, const EVP_MD*, const unsigned char** id, std::size_t* id_length,
                     SSL_SESSION** out) {
  static const unsigned char kName[] = "x";
  static const unsigned char kSuite[] = {0x13, 0x01};  // TLS_AES_128_GCM_SHA256
  const std::string key(32, 'k');
  SSL_SESSION* session = SSL_SESSION_new();
  SSL_SESSION_set1_master_key(session, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, kSuite));
  SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
  SSL_SESSION_set_max_early_data(session, 16'384);
  *id = kName;
  *id_length = 1;
  *out = session;
  return 1;
}

}  // namespace

TEST_CASE("a request sent before the handshake is over is never read", "[hostile]") {
  const Edge edge;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_psk_use_session_callback(context, invented_session);
  SSL* ssl = SSL_new(context);
  const int fd = connect_tcp(edge.port());
  SSL_set_fd(ssl, fd);
  std::size_t written = 0;
  const std::string early = get("/early");
  REQUIRE(SSL_write_early_data(ssl, early.data(), early.size(), &written) == 1);
  CHECK(SSL_connect(ssl) == 1);
  CHECK(SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_REJECTED);
  CHECK(edge.edge.counters().requests == 0);
  SSL_free(ssl);
  SSL_CTX_free(context);
  ::close(fd);
  CHECK(edge.device().ask(get("/"))->status == 200);
  CHECK(edge.edge.counters().requests == 1);
}

// ---- cuts ------------------------------------------------------------------------------------------------------

namespace {

// A client whose bytes go through this test's hands: so many of them reach the server, and then the line is cut.
class CutClient {
 public:
  explicit CutClient(const RawTls::Options& options) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_mode(context_, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_use_certificate(context_, certificate_from_pem(options.certificate_pem).get());
    SSL_CTX_use_PrivateKey(context_, key_from_pem(options.key_pem).get());
  }
  CutClient(const CutClient&) = delete;
  CutClient& operator=(const CutClient&) = delete;
  ~CutClient() { SSL_CTX_free(context_); }

  struct Line {
    std::vector<std::size_t>
        flights;  // bytes sent by the end of each flight, and then of each byte of the request
    bool is_whole = false;
  };

  /// Sends the handshake and `request`, each byte of it in a record of its own, but no more than `limit` bytes.
  Line run(int port, const std::string& request, std::size_t limit, bool with_reset) {
    Line line;
    left_ = limit;
    sent_ = 0;
    fd_ = connect_tcp(port);
    ssl_ = SSL_new(context_);
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    bool is_up = true;
    while (is_up && SSL_do_handshake(ssl_) != 1) is_up = flush(line) && fill();
    is_up = is_up && flush(line);
    for (std::size_t i = 0; is_up && i < request.size(); ++i) {
      SSL_write(ssl_, &request[i], 1);
      is_up = flush(line);
    }
    line.is_whole = is_up;
    const linger reset{1, 0};
    if (with_reset) ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    if (is_up) fill();  // the answer
    ::close(fd_);
    SSL_free(ssl_);
    return line;
  }

 private:
  bool flush(Line& line) {
    char part[16'384];
    bool is_up = true;
    for (int n = 0; is_up && (n = BIO_read(SSL_get_wbio(ssl_), part, sizeof part)) > 0;) {
      const std::size_t take = std::min(static_cast<std::size_t>(n), left_);
      is_up = ::send(fd_, part, take, MSG_NOSIGNAL) == static_cast<ssize_t>(take) &&
              take == static_cast<std::size_t>(n);
      left_ -= take;
      sent_ += take;
    }
    if (line.flights.empty() || line.flights.back() != sent_) line.flights.push_back(sent_);
    return is_up;
  }
  bool fill() {
    char part[16'384];
    const ssize_t n = ::recv(fd_, part, sizeof part, 0);
    if (n <= 0) return false;
    BIO_write(SSL_get_rbio(ssl_), part, static_cast<int>(n));
    return true;
  }

  SSL_CTX* context_;
  SSL* ssl_ = nullptr;
  int fd_ = -1;
  std::size_t left_ = 0, sent_ = 0;
};

}  // namespace

TEST_CASE("a line cut in any flight of the handshake or at any byte of a request leaves nothing behind",
          "[hostile]") {
  const Edge edge;
  RawTls honest = edge.device();
  REQUIRE(honest.ask(get("/")));
  CutClient client(office().device());
  const std::string request = post("/v1/sync", "{\"a\":1}");
  const auto whole = client.run(edge.port(), request, 1'000'000, false);
  REQUIRE(whole.is_whole);
  REQUIRE(whole.flights.size() == 2 + request.size());
  std::uint64_t requests = 2;
  CHECK(becomes_true([&] { return edge.edge.counters().requests == requests; }));

  std::vector<std::size_t> cuts;
  std::size_t start = 0;
  for (const std::size_t end : whole.flights) {
    for (const std::size_t at : {start, start + 1, start + 5, start + 6, (start + end) / 2, end - 1})
      if (at < end) cuts.push_back(at);
    start = end;
  }
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    CAPTURE(cuts[i]);
    const auto line = client.run(edge.port(), request, cuts[i], i % 2 == 1);
    // A signature is a byte or two shorter now and then: the last cuts may come too late.
    const bool may_be_whole = cuts[i] + 4 > whole.flights.back();
    if (!may_be_whole) CHECK_FALSE(line.is_whole);
    if (line.is_whole) ++requests;
    if (i % 50 != 0) continue;
    CHECK(honest.ask(get("/"))->status == 200);
    ++requests;
  }
  CHECK(becomes_true([&] { return edge.edge.counters().open == 1; }));
  CHECK(edge.edge.counters().requests == requests);
  CHECK(edge.edge.counters().memory_bytes < 1000);
  CHECK(honest.ask(get("/"))->status == 200);
}
