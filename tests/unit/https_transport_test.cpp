// The agent's transport against a real edge, and against everything else that may answer in its place.
#include "client/https_transport.h"

#include <sys/socket.h>

#include <thread>

#include "host/compress.h"
#include "host/failure.h"
#include "schema/instant.h"
#include "server/https_edge.h"
#include "tests/support/raw_tls.h"
#include "tests/test.hpp"

using namespace relance;
using namespace std::chrono_literals;

namespace {

class FixedClock final : public Clock {
 public:
  explicit FixedClock(Ms at) : at_(at) {}
  [[nodiscard]] Ms now() const override { return at_; }

 private:
  Ms at_;
};

const test::TlsOffice& office() {
  static const test::TlsOffice made(SystemClock().now());
  return made;
}

HttpAnswer serve(const HttpRequest& request) {
  if (request.path == "/v1/time")
    return {.content_type = "application/json",
            .body = R"({"now":")" + instant_text(SystemClock().now()) + R"("})"};
  if (request.path == "/html")
    return {.content_type = "text/html; charset=utf-8", .body = "<html>log in</html>"};
  if (request.path == "/moved") return {.status = 302, .body = "elsewhere"};
  if (request.path == "/busy")
    return {.status = 503, .content_type = "application/problem+json", .body = "{}", .retry_after_s = 9};
  if (request.path == "/zstd")
    return {.content_type = "application/json",
            .content_encoding = "zstd",
            .body = compress(std::string(3'000'000, 'r'))};
  if (request.path == "/bomb")
    return {.content_encoding = "zstd", .body = compress(std::string(kAnswerBytesMax + 1, 'r'))};
  if (request.path == "/brotli") return {.content_encoding = "br", .body = "x"};
  if (request.path == "/close") return {.body = "bye", .close = true};
  if (request.path == "/who")
    return {.body = request.peer.uri_san + (request.peer.has_certificate ? "" : "stranger")};
  return {.content_type = "application/json",
          .body = request.content_encoding + " " + std::to_string(request.body.size())};
}

struct Edge {
  HttpsEdge edge;
  explicit Edge(const std::string& listen = "127.0.0.1:0", const test::TlsOffice& of = office())
      : edge({.listen = listen, .workers = 2},
             {of.server.certificate_pem, of.server.key_pem.copy(), of.ca.certificate_pem}, serve) {}
  [[nodiscard]] Endpoint endpoint(std::string host = "127.0.0.1") const {
    return {std::move(host), edge.port()};
  }
};

TransportOptions device_options(const test::TlsOffice& of = office()) {
  const test::RawTls::Options device = of.device();
  TransportOptions out;
  out.ca_pem = of.ca.certificate_pem;
  out.certificate_pem = device.certificate_pem;
  out.key_pem = Secret(device.key_pem);
  out.proxies = {};
  out.connect_time = 5s;
  return out;
}

std::array<std::uint8_t, 20> fingerprint_of(const test::TlsOffice& of) {
  const Digest digest = fingerprint(of.ca.certificate_pem);
  std::array<std::uint8_t, 20> out{};
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}

struct Said {
  Code code = Code::internal;
  std::string sentence;
};

template <typename Work>
Said failure_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return {failure.code(), failure.message()};
  }
  return {Code::internal, "nothing failed"};
}

Said failure_at(const Endpoint& endpoint, TransportOptions options) {
  return failure_of([&] { (void)HttpsTransport(endpoint, std::move(options)).get("/who"); });
}

// A plain TCP server: hands each connection to `serve_one`.
class PlainServer {
 public:
  explicit PlainServer(std::function<void(int)> serve_one) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_, 16);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve_one = std::move(serve_one)] {
      for (int fd = -1; (fd = ::accept(listener_, nullptr, nullptr)) >= 0;) {
        serve_one(fd);
        ::close(fd);
      }
    });
  }
  ~PlainServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] Endpoint endpoint() const { return {"127.0.0.1", port_}; }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

std::string read_some(int fd) {
  char part[4096];
  const ssize_t n = ::recv(fd, part, sizeof part, 0);
  return n > 0 ? std::string(part, static_cast<std::size_t>(n)) : std::string();
}

std::function<void(int)> says(std::string bytes) {
  return [bytes = std::move(bytes)](int fd) {
    (void)read_some(fd);
    ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    while (!read_some(fd).empty()) {
    }
  };
}

// Copies bytes both ways until both sides are done: the good half of a proxy.
void relay(int near, int far) {
  std::thread back([&] {
    for (std::string part; !(part = read_some(far)).empty();)
      ::send(near, part.data(), part.size(), MSG_NOSIGNAL);
    ::shutdown(near, SHUT_WR);
  });
  for (std::string part; !(part = read_some(near)).empty();)
    ::send(far, part.data(), part.size(), MSG_NOSIGNAL);
  ::shutdown(far, SHUT_WR);
  back.join();
}

}  // namespace

TEST_CASE("Many exchanges go over one connection", "[https_transport]") {
  const Edge edge;
  HttpsTransport transport(edge.endpoint(), device_options());
  for (int i = 0; i < 10; ++i) {
    const Answer answer = transport.post("/v1/sync", "{}");
    CHECK(answer.status == 200);
    CHECK(answer.body == " 2");
  }
  CHECK(transport.get("/who").body == "urn:relance:device:0f8b1c9e-4b8e-4d55-9c11-0a1b2c3d4e5f");
  CHECK(transport.counters().connections == 1);
  CHECK(transport.counters().requests == 11);
  CHECK(edge.edge.counters().accepted == 1);
}

TEST_CASE("Large bodies are compressed both ways and counted as on the wire", "[https_transport]") {
  const Edge edge;
  HttpsTransport transport(edge.endpoint(), device_options());
  CHECK_THAT(transport.post("/v1/sync", std::string(500'000, 'm')).body, Catch::StartsWith("zstd "));
  CHECK(transport.counters().bytes_out < 1000);
  CHECK(transport.post("/v1/sync", std::string(1024, 'm')).body == " 1024");
  const std::uint64_t before = transport.counters().bytes_in;
  CHECK(transport.get("/zstd").body == std::string(3'000'000, 'r'));
  CHECK(transport.counters().bytes_in - before < 2000);
}

TEST_CASE("The server's refusals are answers, with their Retry-After", "[https_transport]") {
  const Edge edge;
  HttpsTransport transport(edge.endpoint(), device_options());
  const Answer answer = transport.get("/busy");
  CHECK(answer.status == 503);
  CHECK(answer.retry_after_s == 9);
  CHECK(answer.content_type == "application/problem+json");
}

TEST_CASE("A connection that the server closed meanwhile is replaced without a word", "[https_transport]") {
  auto edge = std::make_unique<Edge>();
  const Endpoint endpoint = edge->endpoint();
  HttpsTransport transport(endpoint, device_options());
  CHECK(transport.get("/close").body == "bye");
  CHECK(transport.get("/who").status == 200);
  edge.reset();
  edge = std::make_unique<Edge>(endpoint.text());
  CHECK(transport.get("/who").status == 200);
  CHECK(transport.counters().connections == 3);
}

TEST_CASE("IPv6 and names lead to the server", "[https_transport]") {
  const Edge six("[::1]:0");
  CHECK(HttpsTransport(six.endpoint("::1"), device_options()).get("/who").status == 200);
  const Edge four;
  CHECK(HttpsTransport(four.endpoint("localhost"), device_options()).get("/who").status == 200);
}

TEST_CASE("Nobody there, no such name and silence are told apart", "[https_transport]") {
  int port = 0;
  {
    const PlainServer gone([](int) {});
    port = gone.endpoint().port;
  }
  const Said refused = failure_at({"127.0.0.1", port}, device_options());
  CHECK(refused.code == Code::unreachable);
  CHECK_THAT(refused.sentence, Catch::Contains("refused"));
  const Said unknown = failure_at({"no-such-host.invalid", 8443}, device_options());
  CHECK(unknown.code == Code::unreachable);
  CHECK_THAT(unknown.sentence, Catch::Contains("name"));
  const PlainServer silent([](int fd) {
    while (!read_some(fd).empty()) {
    }
  });
  TransportOptions options = device_options();
  options.connect_time = 200ms;
  const Said timeout = failure_at(silent.endpoint(), std::move(options));
  CHECK(timeout.code == Code::unreachable);
  CHECK_THAT(timeout.sentence, Catch::Contains("stopped answering"));
}

TEST_CASE("A server of another office is not spoken to", "[https_transport]") {
  const test::TlsOffice foreign(office().now);
  const Edge edge("127.0.0.1:0", foreign);
  const Said said = failure_at(edge.endpoint(), device_options());
  CHECK(said.code == Code::certificate);
  CHECK_THAT(said.sentence, Catch::Contains("nothing was sent"));
  CHECK(edge.edge.counters().bytes_in == 0);
  CHECK(edge.edge.counters().requests == 0);
}

TEST_CASE("A refused certificate of ours is said as that", "[https_transport]") {
  const Edge edge;
  const test::TlsOffice foreign(office().now);
  TransportOptions options = device_options(foreign);
  options.ca_pem = office().ca.certificate_pem;
  const Said said = failure_at(edge.endpoint(), std::move(options));
  CHECK(said.code == Code::certificate);
  CHECK_THAT(said.sentence, Catch::Contains("refused this device's certificate"));
}

TEST_CASE("A device of the office cannot play the server", "[https_transport]") {
  const test::RawTls::Options device = office().device();
  const HttpsEdge edge({.listen = "127.0.0.1:0", .workers = 1},
                       {device.certificate_pem, Secret(device.key_pem), office().ca.certificate_pem}, serve);
  CHECK(failure_at({"127.0.0.1", edge.port()}, device_options()).code == Code::certificate);
}

TEST_CASE("A wrong clock is recognised, and both times are said", "[https_transport]") {
  const Edge edge;
  for (const Ms wrong : {office().now - 5 * kDayMs, office().now + 200 * kDayMs}) {
    const FixedClock clock(wrong);
    TransportOptions options = device_options();
    options.clock = &clock;
    const Said said = failure_at(edge.endpoint(), std::move(options));
    CHECK(said.code == Code::wrong_clock);
    CHECK_THAT(said.sentence, Catch::Contains(instant_text(wrong)) &&
                                  Catch::Contains(instant_text(office().now).substr(0, 10)));
    const Said enrolling = failure_of([&] {
      TransportOptions none;
      none.proxies = {};
      none.clock = &clock;
      (void)HttpsTransport::for_enrolment(edge.endpoint(), fingerprint_of(office()), std::move(none))
          .post("/v1/enrol", "{}");
    });
    CHECK(enrolling.code == Code::wrong_clock);
  }
}

TEST_CASE("A server certificate that ran out is not blamed on the clock", "[https_transport]") {
  const Ms old = office().now - 100 * kDayMs;
  test::TlsOffice late(old);
  const Edge edge("127.0.0.1:0", late);
  TransportOptions options;
  options.ca_pem = late.ca.certificate_pem;
  options.proxies = {};
  const Said said = failure_at(edge.endpoint(), std::move(options));
  CHECK(said.code == Code::certificate);
  CHECK_THAT(said.sentence, Catch::Contains("both clocks agree"));
}

TEST_CASE("A foreign server with a wrong date is a foreign server", "[https_transport]") {
  const test::TlsOffice foreign(office().now - 100 * kDayMs);
  const Edge edge("127.0.0.1:0", foreign);
  CHECK(failure_at(edge.endpoint(), device_options()).code == Code::certificate);
  CHECK(edge.edge.counters().requests == 0);
}

TEST_CASE("Login pages, redirects and plain HTTP are called what they are", "[https_transport]") {
  const Edge edge;
  HttpsTransport transport(edge.endpoint(), device_options());
  CHECK(failure_of([&] { (void)transport.get("/html"); }).code == Code::login_page);
  CHECK(failure_of([&] { (void)transport.get("/moved"); }).code == Code::login_page);
  const PlainServer plain(says("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n<html>"));
  const Said said = failure_at(plain.endpoint(), device_options());
  CHECK(said.code == Code::login_page);
  CHECK_THAT(said.sentence, Catch::Contains("plain HTTP"));
  const PlainServer ssh(says("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(failure_at(ssh.endpoint(), device_options()).code == Code::login_page);
  const PlainServer closing([](int) {});
  CHECK(failure_at(closing.endpoint(), device_options()).code == Code::unreachable);
}

TEST_CASE("Answers that are not the protocol's are refused, bounded", "[https_transport]") {
  const Edge edge;
  HttpsTransport transport(edge.endpoint(), device_options());
  CHECK(failure_of([&] { (void)transport.get("/bomb"); }).code == Code::protocol);
  CHECK(failure_of([&] { (void)transport.get("/brotli"); }).code == Code::protocol);
  CHECK(transport.get("/who").status == 200);
}

TEST_CASE("An enrolling client trusts the CA of its code and no other", "[https_transport]") {
  const Edge edge;
  TransportOptions options;
  options.proxies = {};
  HttpsTransport right =
      HttpsTransport::for_enrolment(edge.endpoint(), fingerprint_of(office()), std::move(options));
  CHECK(right.ca_pem().empty());
  CHECK(right.get("/who").body == "stranger");
  CHECK(fingerprint(right.ca_pem()) == fingerprint(office().ca.certificate_pem));
  const std::uint64_t before = edge.edge.counters().requests;
  TransportOptions none;
  none.proxies = {};
  HttpsTransport wrong = HttpsTransport::for_enrolment(
      edge.endpoint(), fingerprint_of(test::TlsOffice(office().now)), std::move(none));
  const Said said = failure_of([&] { (void)wrong.post("/v1/enrol", "{}"); });
  CHECK(said.code == Code::certificate);
  CHECK_THAT(said.sentence, Catch::Contains("this code"));
  CHECK(edge.edge.counters().requests == before);
}

TEST_CASE("A proxy is asked to connect, with its password", "[https_transport]") {
  const Edge edge;
  std::string asked;
  const PlainServer proxy([&](int fd) {
    asked = read_some(fd);
    const std::string_view yes = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";
    ::send(fd, yes.data(), yes.size(), MSG_NOSIGNAL);
    const int far = test::connect_tcp(edge.edge.port());
    relay(fd, far);
    ::close(far);
  });
  {
    TransportOptions options = device_options();
    options.proxies = {"http://agent:p%40ss@" + proxy.endpoint().text() + "/", "elsewhere.example"};
    HttpsTransport transport(edge.endpoint(), std::move(options));
    CHECK(transport.get("/who").status == 200);
    CHECK(transport.post("/v1/sync", std::string(100'000, 'x')).status == 200);
  }
  CHECK_THAT(asked, Catch::StartsWith("CONNECT " + edge.endpoint().text() + " HTTP/1.1\r\n"));
  CHECK_THAT(asked, Catch::Contains("Proxy-Authorization: Basic YWdlbnQ6cEBzcw==\r\n"));
}

TEST_CASE("A proxy that will not is quoted", "[https_transport]") {
  const auto through = [](const std::string& answer) {
    const PlainServer proxy(says(answer));
    TransportOptions options = device_options();
    options.proxies = {"http://" + proxy.endpoint().text(), ""};
    return failure_at({"office.example", 8443}, std::move(options));
  };
  CHECK(through("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").code == Code::login_page);
  CHECK(through("HTTP/1.1 302 Found\r\nLocation: http://login/\r\n\r\n").code == Code::login_page);
  CHECK(through("HTTP/1.1 403 Forbidden\r\n\r\n<html>").code == Code::login_page);
  CHECK(through("HTTP/1.1 502 Bad Gateway\r\n\r\n").code == Code::unreachable);
  CHECK(through("nonsense").code == Code::login_page);
}

TEST_CASE("NO_PROXY and the proxy's address are read as other programs read them", "[https_transport]") {
  const Endpoint target{"sync.office.example", 8443};
  const auto proxied = [&](std::string no_proxy) {
    return ProxySettings{"http://proxy:8080", std::move(no_proxy)}.proxy_for(target).has_value();
  };
  CHECK(proxied(""));
  CHECK(proxied("other.example, ffice.example"));
  for (const char* no_proxy : {"*", "sync.office.example", "office.example", ".office.example",
                               "*.office.example", "x, office.example", "sync.office.example:8443"})
    CHECK_FALSE(proxied(no_proxy));
  CHECK(ProxySettings{"proxy", ""}.proxy_for(target)->endpoint == Endpoint{"proxy", 3128});
  CHECK(ProxySettings{"http://[::1]:8080/", ""}.proxy_for(target)->endpoint == Endpoint{"::1", 8080});
  CHECK_FALSE(ProxySettings{}.proxy_for(target));
  for (const char* bad : {"socks5://proxy:1080", "https://proxy:443", "http://user:secret@"}) {
    const Said said = failure_of([&] { (void)ProxySettings{bad, ""}.proxy_for(target); });
    CHECK(said.code == Code::usage);
    CHECK_THAT(said.sentence, !Catch::Contains("secret"));
  }
}
