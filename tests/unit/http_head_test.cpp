// What a head may be, and every shape that two parsers could read differently.
#include "server/http_head.h"

#include "tests/test.hpp"

using namespace relance;

namespace {

int status_of(std::string head) {
  const HeadFacts facts = check_head(head);
  return facts.refusal ? facts.refusal->status : 200;
}

int status_of_fields(const std::string& fields) {
  return status_of("POST /v1/sync HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
}
int status_of_line(const std::string& line) { return status_of(line + "\r\nHost: x\r\n\r\n"); }

int status_of_scan(std::string_view bytes) {
  HeadScanner scanner(1024, 8);
  std::optional<HttpRefusal> refusal;
  const auto end = scanner.scan(bytes, refusal);
  return refusal ? refusal->status : end ? 200 : 0;
}

}  // namespace

TEST_CASE("A head is found wherever the network cuts it", "[http_head]") {
  const std::string bytes = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nnext";
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    HeadScanner scanner(1024, 8);
    std::optional<HttpRefusal> refusal;
    const auto early = scanner.scan(std::string_view(bytes).substr(0, cut), refusal);
    CHECK(early.has_value() == (cut >= bytes.size() - 4));
    if (!early) CHECK(scanner.scan(bytes, refusal) == bytes.size() - 4);
    CHECK_FALSE(refusal);
  }
}

TEST_CASE("A head over its limits is refused while it comes", "[http_head]") {
  CHECK(status_of_scan("GET /" + std::string(1024, 'x')) == 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 8; ++i) many += "a: b\r\n";
  CHECK(status_of_scan(many + "\r\n") == 200);
  CHECK(status_of_scan(many + "a: b\r\n") == 431);
}

TEST_CASE("Bare line feeds and empty request lines are refused at once", "[http_head]") {
  CHECK(status_of_scan("GET / HTTP/1.1\n") == 400);
  CHECK(status_of_scan("GET / HTTP/1.1\r\nHost: x\n") == 400);
  CHECK(status_of_scan("\n") == 400);
  CHECK(status_of_scan("\r\n") == 400);
}

TEST_CASE("Request lines have one form", "[http_head]") {
  CHECK(status_of_line("GET /healthz?x=1 HTTP/1.1") == 200);
  CHECK(status_of_line("POST /v1/caf%C3%A9 HTTP/1.1") == 200);
  for (const char* method : {"PUT", "DELETE", "HEAD", "OPTIONS", "CONNECT", "get", "PRI"})
    CHECK(status_of_line(std::string(method) + " / HTTP/1.1") == 405);
  for (const char* version : {"HTTP/1.0", "HTTP/2.0", "HTTP/1.11", "HTTP/1.1 "})
    CHECK(status_of_line(std::string("GET / ") + version) == 505);
  for (const char* line :
       {"", "GET", "GET /", "GET  / HTTP/1.1", "GET / FTP/1.1", "G(T / HTTP/1.1", "GET http://x/ HTTP/1.1",
        "GET * HTTP/1.1", "GET x HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\xc3\xa9 HTTP/1.1",
        "GET /%00 HTTP/1.1", "GET /%0d%0aX:y HTTP/1.1", "GET /%7F HTTP/1.1"})
    CHECK(status_of_line(line) >= 400);
  CHECK(status_of_line("GET /" + std::string(3000, 'x') + " HTTP/1.1") == 414);
}

TEST_CASE("A body's length is said once, in digits, and no other way", "[http_head]") {
  std::string head = "POST / HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: \t 1234 \r\n\r\n";
  CHECK(check_head(head).content_length == 1234);
  for (const char* fields :
       {"Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: 1\r\ncontent-length: 2\r\n",
        "Content-Length: 1, 1\r\n", "Content-Length: +1\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n", "Content-Length: 1 1\r\n", "Content-Length:\r\n",
        "Content-Length: 99999999999999999999\r\n", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n"})
    CHECK(status_of_fields(fields) == 400);
  CHECK(status_of_fields("Transfer-Encoding: chunked\r\n") == 411);
  CHECK(status_of_fields("tRANSFER-eNCODING: identity\r\n") == 411);
}

TEST_CASE("Fields with blanks before the colon, folds or control characters are refused", "[http_head]") {
  for (const char* fields :
       {"Content-Length : 1\r\n", " folded: x\r\n", "A: b\r\n\tc\r\n", ": x\r\n", "no colon\r\n",
        "A: \x01\r\n", "A: \x7f\r\n", "A: b\rc\r\n", "A: %0d%0aSet-Cookie: x\r\n", "A: %00\r\n", "A: %1F\r\n",
        "A(: x\r\n", "A%00: x\r\n"})
    CHECK(status_of_fields(fields) == 400);
  CHECK(status_of_fields(std::string("A: x\0y\r\n", 8)) == 400);
  CHECK(status_of_fields("A: b\tc % %4 %zz %20 \xc3\xa9\r\n") == 200);
}

TEST_CASE("One Host is required; Expect is not answered", "[http_head]") {
  CHECK(status_of("GET / HTTP/1.1\r\n\r\n") == 400);
  CHECK(status_of_fields("host: y\r\n") == 400);
  CHECK(status_of_fields("Expect: 100-continue\r\n") == 417);
}

TEST_CASE("httplib never sees Range or Accept-Encoding", "[http_head]") {
  std::string head =
      "GET / HTTP/1.1\r\nHost: x\r\nRANGE: bytes=0-1\r\naccept-encoding: br\r\nAccept: y\r\n\r\n";
  CHECK_FALSE(check_head(head).refusal);
  CHECK(head == "GET / HTTP/1.1\r\nHost: x\r\n~ANGE: bytes=0-1\r\n~ccept-encoding: br\r\nAccept: y\r\n\r\n");
}
