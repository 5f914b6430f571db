// The edge over real TLS sockets: honest devices are served whatever the others do.
#include "server/https_edge.h"

#include <boost/json.hpp>
#include <future>
#include <latch>
#include <thread>

#include "tests/support/test_edge.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace std::chrono_literals;

TEST_CASE("A device is served many times over one connection, and known by its certificate", "[https_edge]") {
  const Edge edge;
  RawTls device = edge.device();
  REQUIRE(device.is_connected());
  for (int i = 0; i < 20; ++i) {
    const auto answer = device.ask(post("/v1/sync?x=1", std::string(1000, 'b'),
                                        "Content-Type: application/json\r\nContent-Encoding: zstd\r\n"));
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body ==
          "POST /v1/sync 1000 application/json|zstd|urn:relance:device:0f8b1c9e-4b8e-4d55-9c11-0a1b2c3d4e5f");
  }
  CHECK(edge.edge.counters().accepted == 1);
  CHECK(edge.edge.counters().requests == 20);
  CHECK(becomes_true(
      [&] { return edge.edge.counters().memory_bytes < 200; }));  // a parked connection holds nothing
}

TEST_CASE("Pipelined requests are answered in order", "[https_edge]") {
  const Edge edge;
  RawTls device = edge.device();
  std::string all;
  for (int i = 0; i < 7; ++i)
    all += post("/n/" + std::to_string(i), std::string(static_cast<std::size_t>(i) * 3000, 'b'));
  REQUIRE(device.send(all));
  for (int i = 0; i < 7; ++i) {
    const auto answer = device.receive();
    REQUIRE(answer);
    CHECK_THAT(answer->body,
               Catch::StartsWith("POST /n/" + std::to_string(i) + " " + std::to_string(i * 3000)));
  }
}

TEST_CASE("Large bodies travel both ways unchanged", "[https_edge]") {
  const Edge edge(small_options(),
                  [](const HttpRequest& request) { return HttpAnswer{.body = request.body}; });
  std::string body(5'000'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + i / 65536);
  RawTls device = edge.device();
  for (int i = 0; i < 2; ++i) {
    const auto answer = device.ask(post("/", body));
    REQUIRE(answer);
    CHECK(answer->body == body);
  }
}

TEST_CASE("The handler's answer keeps its status, type, encoding and Retry-After", "[https_edge]") {
  const Edge edge(small_options(), [](const HttpRequest&) {
    HttpAnswer answer = problem_answer(Failure(Code::busy, "Another sync of this device is running."));
    answer.content_encoding = "zstd";
    answer.retry_after_s = 7;
    answer.close = true;
    return answer;
  });
  RawTls device = edge.device();
  const auto answer = device.ask(get("/"));
  REQUIRE(answer);
  CHECK(answer->status == 409);
  for (const char* field : {"Content-Type: application/problem+json\r\n", "Content-Encoding: zstd\r\n",
                            "Retry-After: 7\r\n", "Connection: close\r\n", "Cache-Control: no-store\r\n"})
    CHECK_THAT(answer->head, Catch::Contains(field));
  CHECK(boost::json::parse(answer->body).at("code") == "busy");
  CHECK(device.is_ended());
}

TEST_CASE("httplib compresses nothing, whatever the client offers", "[https_edge]") {
  const Edge edge(small_options(), [](const HttpRequest&) {
    return HttpAnswer{.content_type = "application/json", .body = std::string(100'000, 'a')};
  });
  RawTls device = edge.device();
  const auto answer =
      device.ask("GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\nRange: bytes=0-9\r\n\r\n");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.size() == 100'000);
  CHECK_THAT(answer->head, !Catch::Contains("Content-Encoding"));
}

TEST_CASE("An exception of the handler is a 500 without its text, and the connection lives on",
          "[https_edge]") {
  const Edge edge(small_options(), [](const HttpRequest& request) -> HttpAnswer {
    if (request.path == "/bad") throw std::runtime_error("SELECT secret FROM debtor");
    return {.body = "fine"};
  });
  RawTls device = edge.device();
  const auto bad = device.ask(get("/bad"));
  REQUIRE(bad);
  CHECK(bad->status == 500);
  CHECK(boost::json::parse(bad->body).at("code") == "internal");
  CHECK_THAT(bad->head + bad->body, !Catch::Contains("SELECT"));
  const auto good = device.ask(get("/good"));
  REQUIRE(good);
  CHECK(good->body == "fine");
}

TEST_CASE("Hostile heads are refused as problem+json and end the connection", "[https_edge]") {
  const Edge edge;
  struct Shape {
    std::string bytes;
    int status;
  };
  const Shape shapes[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a'), 431},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 411},
      {"GET / HTTP/1.1\r\nHost: x\r\nX: %0d%0aSet-Cookie: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", 400},
      {"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"GET http://elsewhere/ HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", 413},
  };
  for (const Shape& shape : shapes) {
    RawTls device = edge.device();
    const auto answer = device.ask(shape.bytes);
    INFO(shape.bytes.substr(0, 80));
    REQUIRE(answer);
    CHECK(answer->status == shape.status);
    CHECK_THAT(answer->head, Catch::Contains("Content-Type: application/problem+json") &&
                                 Catch::Contains("Connection: close"));
    CHECK(boost::json::parse(answer->body).at("status") == shape.status);
    CHECK(device.is_ended());
  }
  CHECK(edge.edge.counters().requests == 0);
}

TEST_CASE("Bytes after a refused request are not a request", "[https_edge]") {
  const Edge edge;
  RawTls device = edge.device();
  REQUIRE(device.send(
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      get("/smuggled")));
  CHECK(device.receive()->status == 400);
  CHECK(device.is_ended());
  CHECK(edge.edge.counters().requests == 0);
}

TEST_CASE("A stranger may send little, a device much", "[https_edge]") {
  const Edge edge;
  const std::string body(100'000, 'b');
  RawTls stranger = edge.stranger();
  CHECK(stranger.ask(post("/v1/enrol", body))->status == 413);
  RawTls again = edge.stranger();
  CHECK_THAT(again.ask(post("/v1/enrol", "{}"))->body, Catch::Contains("stranger"));
  RawTls device = edge.device();
  CHECK(device.ask(post("/v1/sync", body))->status == 200);
}

TEST_CASE("Expired leaves are let through marked; foreign, future and server certificates are not",
          "[https_edge]") {
  const Edge edge;
  const auto answer_to = [&](const RawTls::Options& options) {
    RawTls device(edge.port(), office().ca.certificate_pem, options);
    return device.is_connected() ? device.ask(get("/")) : std::nullopt;
  };
  const Ms now = office().now;
  CHECK_THAT(answer_to(office().device())->body, !Catch::Contains("expired"));
  const test::TlsOffice old_office(now - 200 * kDayMs);
  RawTls::Options expired = office().device(now - 200 * kDayMs);
  REQUIRE(answer_to(expired));
  CHECK_THAT(answer_to(expired)->body, Catch::Contains("urn:relance:device:") && Catch::Contains("expired"));
  CHECK_FALSE(answer_to(office().device(now + 10 * kDayMs)));
  CHECK_FALSE(answer_to(old_office.device(now)));                 // another CA
  CHECK_FALSE(answer_to(old_office.device(now - 200 * kDayMs)));  // another CA, and expired
  CHECK_FALSE(answer_to({office().server.certificate_pem, std::string(office().server.key_pem.view())}));
  CHECK(becomes_true([&] { return edge.edge.counters().failed_handshakes == 4; }));
}

TEST_CASE("A refused certificate is said by an alert that arrives", "[https_edge]") {
  const Edge edge;
  const test::TlsOffice foreign(office().now);
  RawTls device(edge.port(), office().ca.certificate_pem, foreign.device());
  CHECK_FALSE(device.ask(get("/")));
  CHECK(device.reason() == SSL_R_TLSV1_ALERT_UNKNOWN_CA);
}

TEST_CASE("TLS 1.2 and plain HTTP are refused", "[https_edge]") {
  const Edge edge;
  RawTls::Options options = office().device();
  options.version_max = TLS1_2_VERSION;
  CHECK_FALSE(RawTls(edge.port(), office().ca.certificate_pem, options).is_connected());
  const int fd = test::connect_tcp(edge.port());
  const std::string request = get("/");
  REQUIRE(::send(fd, request.data(), request.size(), 0) > 0);
  char part[1000];
  ssize_t n = 0;
  std::string got;
  while ((n = ::recv(fd, part, sizeof part, 0)) > 0) got.append(part, static_cast<std::size_t>(n));
  ::close(fd);
  CHECK_THAT(got, !Catch::Contains("HTTP/1.1 200"));
}

TEST_CASE("No session is resumed", "[https_edge]") {
  const Edge edge;
  RawTls device = edge.device();
  REQUIRE(device.ask(get("/")));
  CHECK(SSL_SESSION_is_resumable(SSL_get0_session(device.ssl())) == 0);
}

TEST_CASE("Slow heads, slow bodies and silent connections keep nobody from being served", "[https_edge]") {
  EdgeOptions options = small_options();
  options.request_time = 600ms;
  options.handshake_time = 600ms;
  const Edge edge(options);
  std::vector<std::unique_ptr<RawTls>> slow;
  std::vector<int> silent;
  for (int i = 0; i < 10; ++i) {
    slow.push_back(std::make_unique<RawTls>(edge.port(), office().ca.certificate_pem, office().device()));
    REQUIRE(slow.back()->send(i % 2 == 0 ? "GET / HT"
                                         : "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"));
    silent.push_back(test::connect_tcp(edge.port()));
  }
  RawTls honest = edge.device();
  for (int i = 0; i < 50; ++i) REQUIRE(honest.ask(get("/"))->status == 200);
  std::thread dripping([&] {  // a byte now and then does not extend the deadline
    for (int i = 0; i < 20; ++i) {
      slow[0]->send("X");
      std::this_thread::sleep_for(30ms);
    }
  });
  for (std::size_t i = 1; i < slow.size(); ++i) CHECK(slow[i]->receive()->status == 408);
  dripping.join();
  CHECK(slow[0]->receive()->status == 408);
  slow.clear();
  char byte = 0;
  for (const int fd : silent) {
    CHECK(::recv(fd, &byte, 1, 0) == 0);
    ::close(fd);
  }
  CHECK(honest.ask(get("/"))->status == 200);
  CHECK(edge.edge.counters().timed_out == 20);
}

TEST_CASE("An idle connection is closed after its time", "[https_edge]") {
  EdgeOptions options = small_options();
  options.idle_time = 1s;
  options.stranger_idle_time = 100ms;
  const Edge edge(options);
  RawTls device = edge.device();
  RawTls stranger = edge.stranger();
  REQUIRE(device.ask(get("/")));
  REQUIRE(stranger.ask(get("/")));
  CHECK(stranger.is_ended());
  CHECK(device.ask(get("/")));
  CHECK(device.is_ended());
}

TEST_CASE("Slow readers of big answers hold no worker, and are cut at the write deadline", "[https_edge]") {
  EdgeOptions options = small_options();
  options.workers = 1;
  options.write_time = 1'500ms;
  const Edge edge(options, [](const HttpRequest& request) {
    return HttpAnswer{.body = std::string(request.path == "/big" ? 8'000'000 : 2, 'x')};
  });
  RawTls::Options slow_options = office().device();
  slow_options.receive_buffer = 4096;
  std::vector<std::unique_ptr<RawTls>> slow;
  for (int i = 0; i < 4; ++i) {
    slow.push_back(std::make_unique<RawTls>(edge.port(), office().ca.certificate_pem, slow_options));
    REQUIRE(slow.back()->send(get("/big")));
  }
  REQUIRE(becomes_true([&] { return edge.edge.counters().requests == 4; }));
  RawTls honest = edge.device();
  for (int i = 0; i < 20; ++i) REQUIRE(honest.ask(get("/"))->body == "xx");
  CHECK(edge.edge.counters().memory_bytes > 4 * 7'000'000);
  CHECK(becomes_true([&] { return edge.edge.counters().timed_out == 4; }));
  CHECK(becomes_true([&] { return edge.edge.counters().memory_bytes < 1000; }));
}

TEST_CASE("Over the memory budget a request gets 503 with Retry-After, and later ones are served",
          "[https_edge]") {
  EdgeOptions options = small_options();
  options.memory_bytes_max = 3'000'000;
  const Edge edge(options);
  std::vector<std::unique_ptr<RawTls>> holding;
  for (int i = 0; i < 2; ++i) {
    holding.push_back(std::make_unique<RawTls>(edge.port(), office().ca.certificate_pem, office().device()));
    REQUIRE(holding.back()->send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1400000\r\n\r\n" +
                                 std::string(1'300'000, 'x')));
  }
  REQUIRE(becomes_true([&] { return edge.edge.counters().bytes_in > 2'600'000; }));
  RawTls device = edge.device();
  const auto refused = device.ask(post("/", std::string(1'000'000, 'x')));
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK_THAT(refused->head, Catch::Contains("Retry-After: ") && Catch::Contains("Connection: close"));
  CHECK(boost::json::parse(refused->body).at("code") == "overload");
  holding.clear();
  CHECK(becomes_true([&] { return edge.edge.counters().memory_bytes < 100'000; }));
  RawTls later = edge.device();
  CHECK(later.ask(post("/", std::string(1'000'000, 'x')))->status == 200);
}

TEST_CASE("An answer over the memory budget becomes a 503", "[https_edge]") {
  EdgeOptions options = small_options();
  options.memory_bytes_max = 1'000'000;
  const Edge edge(options,
                  [](const HttpRequest&) { return HttpAnswer{.body = std::string(2'000'000, 'x')}; });
  RawTls device = edge.device();
  CHECK(device.ask(get("/"))->status == 503);
}

TEST_CASE("Strangers of one address are limited, devices are not", "[https_edge]") {
  EdgeOptions options = small_options();
  options.strangers_per_address_max = 3;
  const Edge edge(options);
  std::vector<std::unique_ptr<RawTls>> devices;
  for (int i = 0; i < 10; ++i) {
    devices.push_back(std::make_unique<RawTls>(edge.port(), office().ca.certificate_pem, office().device()));
    REQUIRE(devices.back()->ask(get("/")));
  }
  std::vector<std::unique_ptr<RawTls>> strangers;
  for (int i = 0; i < 3; ++i) {
    strangers.push_back(std::make_unique<RawTls>(edge.port(), office().ca.certificate_pem));
    REQUIRE(strangers.back()->ask(get("/")));
  }
  CHECK_FALSE(edge.stranger().is_connected());
  strangers.pop_back();
  CHECK(becomes_true([&] { return edge.stranger().is_connected(); }));
  CHECK(edge.edge.counters().turned_away >= 1);
}

TEST_CASE("Connections are limited in all", "[https_edge]") {
  EdgeOptions options = small_options();
  options.connections_max = 2;
  const Edge edge(options);
  RawTls first = edge.device();
  RawTls second = edge.device();
  REQUIRE(first.ask(get("/")));
  REQUIRE(second.ask(get("/")));
  CHECK_FALSE(edge.device().is_connected());
  CHECK(first.ask(get("/")));
}

TEST_CASE("A new certificate is used from the next connection on, open ones stay", "[https_edge]") {
  Edge edge;
  RawTls before = edge.device();
  REQUIRE(before.ask(get("/")));
  const CertificateWithKey fresh = issue_server_certificate(office().ca, {}, office().now);
  edge.edge.reload_certificate(edge_certificate(fresh));
  RawTls after = edge.device();
  REQUIRE(after.ask(get("/")));
  CHECK(fingerprint(*CertPtr(SSL_get1_peer_certificate(after.ssl()))) == fingerprint(fresh.certificate_pem));
  CHECK(before.ask(get("/"))->status == 200);
  CHECK_THROWS_AS(edge.edge.reload_certificate(
                      {fresh.certificate_pem, office().ca.key_pem.copy(), office().ca.certificate_pem}),
                  Failure);
  CHECK(edge.device().is_connected());
}

TEST_CASE("The CA comes with the server's certificate, for enrolling clients to compare", "[https_edge]") {
  const Edge edge;
  RawTls stranger = edge.stranger();
  const STACK_OF(X509)* chain = SSL_get_peer_cert_chain(stranger.ssl());
  REQUIRE(sk_X509_num(chain) == 2);
  CHECK(fingerprint(*sk_X509_value(chain, 1)) == fingerprint(office().ca.certificate_pem));
}

TEST_CASE("Draining finishes what is in hand, closes the idle at once and accepts nobody", "[https_edge]") {
  std::latch started(1), may_end(1);
  Edge edge(small_options(), [&](const HttpRequest& request) {
    if (request.path == "/slow") {
      started.count_down();
      may_end.wait();
    }
    return HttpAnswer{.body = "done"};
  });
  RawTls idle = edge.device();
  REQUIRE(idle.ask(get("/")));
  RawTls busy = edge.device();
  REQUIRE(busy.send(get("/slow")));
  started.wait();
  std::thread draining([&] { edge.edge.drain(10s); });
  CHECK(idle.is_ended());
  CHECK(becomes_true([&] { return test::connect_tcp(edge.port()) < 0; }));
  may_end.count_down();
  CHECK(busy.receive()->body == "done");
  draining.join();
  CHECK(busy.is_ended());
  CHECK(edge.edge.counters().open == 0);
}

TEST_CASE("Draining ends at its deadline although a handler still runs", "[https_edge]") {
  std::latch started(1), may_end(1);
  Edge edge(small_options(), [&](const HttpRequest&) {
    started.count_down();
    may_end.wait();
    return HttpAnswer{.body = "late"};
  });
  RawTls busy = edge.device();
  REQUIRE(busy.send(get("/")));
  started.wait();
  edge.edge.drain(50ms);
  CHECK(edge.edge.counters().open == 1);
  may_end.count_down();
}

TEST_CASE("Clients that vanish at any moment leave nothing behind", "[https_edge]") {
  const Edge edge(small_options(),
                  [](const HttpRequest&) { return HttpAnswer{.body = std::string(300'000, 'x')}; });
  for (int i = 0; i < 30; ++i) {
    RawTls device = edge.device();
    if (i % 3 == 1) device.send(get("/"));
    if (i % 3 == 2) device.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123");
  }
  CHECK(becomes_true([&] { return edge.edge.counters().open == 0; }));
  CHECK(edge.edge.counters().memory_bytes == 0);
  CHECK(edge.device().ask(get("/"))->status == 200);
}

TEST_CASE("An address that is none, foreign or taken is said", "[https_edge]") {
  const Edge edge;
  const auto code_at = [](const std::string& listen) {
    try {
      const Edge second(EdgeOptions{.listen = listen, .workers = 1});
    } catch (const Failure& failure) {
      return failure.code();
    }
    return Code::internal;
  };
  CHECK(code_at("127.0.0.1:" + std::to_string(edge.port())) == Code::busy);
  CHECK(code_at("192.0.2.1:0") == Code::usage);
  CHECK(code_at("nonsense") == Code::usage);
  CHECK(Edge(EdgeOptions{.listen = "[::1]:0", .workers = 1}).port() > 0);
}

TEST_CASE("Many clients at once are all served", "[https_edge]") {
  const Edge edge;
  std::vector<std::thread> clients;
  std::atomic<int> served{0};
  for (int i = 0; i < 16; ++i)
    clients.emplace_back([&] {
      RawTls device = edge.device();
      for (int k = 0; k < 25; ++k) {
        const auto answer = device.ask(post("/", std::string(static_cast<std::size_t>(k) * 2000, 'x')));
        if (answer && answer->status == 200) ++served;
      }
    });
  for (std::thread& client : clients) client.join();
  CHECK(served == 400);
}
