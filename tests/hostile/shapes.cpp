#include "tests/hostile/shapes.h"

#include <string_view>

namespace relance::hostile {
namespace {

using namespace std::string_literals;

constexpr std::string_view kHost = "Host: x\r\n";

std::string quoted(std::string_view bytes) {
  std::string out;
  for (const char c : bytes.substr(0, 70)) {
    const bool is_plain = c >= 0x20 && c < 0x7f;
    out += is_plain    ? std::string(1, c)
           : c == '\r' ? "\\r"
           : c == '\n' ? "\\n"
                       : "\\" + std::to_string(c & 0xff);
  }
  return out;
}

struct Table {
  std::vector<Shape> shapes;

  void add(std::string_view group, const std::string& bytes, bool is_refused) {
    shapes.push_back({std::string(group) + ": " + quoted(bytes), bytes, is_refused});
  }
  void lines(std::string_view group, std::initializer_list<std::string> request_lines,
             bool is_refused = true) {
    for (const std::string& line : request_lines)
      add(group, line + "\r\n" + std::string(kHost) + "\r\n", is_refused);
  }
  /// Fields of a POST, and what follows the head.
  void posts(std::string_view group, std::initializer_list<std::pair<std::string, std::string>> requests,
             bool is_refused = true) {
    for (const auto& [fields, body] : requests) {
      const std::string bytes = "POST /v1/time HTTP/1.1\r\n" + std::string(kHost) + fields + "\r\n" + body;
      shapes.push_back({std::string(group) + ": " + quoted(fields), bytes, is_refused});
    }
  }
  void gets(std::string_view group, std::initializer_list<std::string> fields, bool is_refused = true) {
    for (const std::string& one : fields) {
      const std::string bytes = "GET /v1/time HTTP/1.1\r\n" + std::string(kHost) + one + "\r\n";
      shapes.push_back({std::string(group) + ": " + quoted(one), bytes, is_refused});
    }
  }
};

void add_lengths(Table& t) {
  t.posts("length", {{"Content-Length: +5\r\n", "hello"},
                     {"Content-Length: -5\r\n", "hello"},
                     {"Content-Length: -0\r\n", ""},
                     {"Content-Length: 0x5\r\n", "hello"},
                     {"Content-Length: 5 5\r\n", "hello"},
                     {"Content-Length: 5,5\r\n", "hello"},
                     {"Content-Length: 5, 5\r\n", "hello"},
                     {"Content-Length: 5;5\r\n", "hello"},
                     {"Content-Length: 5.0\r\n", "hello"},
                     {"Content-Length: 5e0\r\n", "hello"},
                     {"Content-Length: 1_0\r\n", "hello"},
                     {"Content-Length: five\r\n", "hello"},
                     {"Content-Length: \"5\"\r\n", "hello"},
                     {"Content-Length:\r\n", ""},
                     {"Content-Length: \r\n", ""},
                     {"Content-Length: \v5\r\n", "hello"},
                     {"Content-Length: \f5\r\n", "hello"},
                     {"Content-Length: 5\v\r\n", "hello"},
                     {"Content-Length: \xc2\xa0"
                      "5\r\n",
                      "hello"},
                     {"Content-Length: \xd9\xa5\r\n", "hello"},
                     {"Content-Length: 18446744073709551616\r\n", ""},
                     {"Content-Length: 18446744073709551621\r\n", "hello"},
                     {"Content-Length: 9223372036854775808\r\n", ""},
                     {"Content-Length: 4294967301\r\n", "hello"},
                     {"Content-Length: 99999999999999999999999999\r\n", ""},
                     {"Content-Length: 8388609\r\n", ""},
                     {"Content-Length: 5\r\nContent-Length: 5\r\n", "hello"},
                     {"Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"},
                     {"Content-Length: 0\r\nContent-Length: 5\r\n", "hello"},
                     {"Content-Length: 5\r\ncontent-length: 0\r\n", "hello"},
                     {"Content-Length: 5\r\nCONTENT-LENGTH: 5\r\n", "hello"},
                     {"Content-Length : 5\r\n", "hello"},
                     {"Content-Length\t: 5\r\n", "hello"},
                     {" Content-Length: 5\r\n", "hello"},
                     {"Content-Length: 5\r\n 0\r\n", "hello"},
                     {"Content-Length: \r\n 5\r\n", "hello"},
                     {"Content-Length: 5\rX: y\r\n", "hello"},
                     {"Content-Length: 5\nX: y\r\n", "hello"},
                     {"Content-Length: 5\0\r\n"s, "hello"},
                     {"Content\0-Length: 5\r\n"s, "hello"}});
}

void add_encodings(Table& t) {
  t.posts("transfer", {{"Transfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"},
                       {"Transfer-Encoding: identity\r\n", ""},
                       {"Transfer-Encoding: gzip\r\n", ""},
                       {"Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunkedx\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding:chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: \tchunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding : chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding\t: chunked\r\n", "0\r\n\r\n"},
                       {" Transfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                       {"X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                       {"transfer-encoding: CHUNKED\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: \r\n chunked\r\n", "0\r\n\r\n"},
                       {"Transfer-Encoding: chunked\0\r\n"s, "0\r\n\r\n"},
                       {"Transfer-Encoding: \x0b"
                        "chunked\r\n",
                        "0\r\n\r\n"},
                       {"Transfer-Encoding:\r\n", ""}});
  // Both lengths at once: every order, and bodies that each side would end at another place.
  t.posts("both", {{"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                   {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"},
                   {"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"},
                   {"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nG"},
                   {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "5c\r\nhello\r\n0\r\n\r\n"},
                   {"Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello"},
                   {"Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n", "hello"},
                   {"Content-Length: 5\r\ntRANSFER-eNCODING: chunked\r\n", "0\r\n\r\n"},
                   {"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n", "0\r\n\r\n"},
                   {"Content-Length: 5\r\nTransfer_Encoding: chunked\r\nTransfer-Encoding:\r\n", "hello"}});
}

void add_chunks(Table& t) {
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::string many(12'000, 'e');
  t.posts("chunk", {{chunked, "-5\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "+5\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "0x5\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "5 \r\nhello\r\n0\r\n\r\n"},
                    {chunked, "ffffffffffffffff\r\nhello"},
                    {chunked, "10000000000000005\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "80000000\r\nhello"},
                    {chunked, "\r\n\r\n"},
                    {chunked, "5\nhello\n0\n\n"},
                    {chunked, "5\r\nhelloXX0\r\n\r\n"},
                    {chunked, "5;" + many + "\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "5;a=\"\r\nhello\r\n0\r\n\r\n"},
                    {chunked, "5;\nhello\r\n0\r\n\r\n"},
                    {chunked, "0\r\nX: " + many + "\r\n\r\n"},
                    {chunked, "0\r\nContent-Length: 5\r\n\r\n"},
                    {chunked + "Trailer: X\r\n", "0\r\nX: y\r\n\r\n"},
                    {chunked, "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n"}});
}

void add_request_lines(Table& t) {
  t.lines("line", {"GET http://x/v1/time HTTP/1.1",
                   "GET https://x/v1/time HTTP/1.1",
                   "GET //x/v1/time\t HTTP/1.1",
                   "GET x HTTP/1.1",
                   "GET * HTTP/1.1",
                   "GET ?/v1/time HTTP/1.1",
                   "OPTIONS * HTTP/1.1",
                   "CONNECT x:443 HTTP/1.1",
                   "TRACE /v1/time HTTP/1.1",
                   "HEAD /v1/time HTTP/1.1",
                   "PUT /v1/time HTTP/1.1",
                   "DELETE /v1/time HTTP/1.1",
                   "PATCH /v1/time HTTP/1.1",
                   "PRI * HTTP/2.0",
                   "get /v1/time HTTP/1.1",
                   "Get /v1/time HTTP/1.1",
                   " GET /v1/time HTTP/1.1",
                   "GET  /v1/time HTTP/1.1",
                   "GET /v1/time  HTTP/1.1",
                   "GET\t/v1/time HTTP/1.1",
                   "GET /v1/time\tHTTP/1.1",
                   "GET /v1/time HTTP/1.1 ",
                   "GET /v1/time HTTP/1.1 x",
                   "GET /v1/ti me HTTP/1.1",
                   "GET /v1/time",
                   "GET",
                   "GET /v1/time HTTP/1.0",
                   "GET /v1/time HTTP/0.9",
                   "GET /v1/time HTTP/1.2",
                   "GET /v1/time HTTP/2.0",
                   "GET /v1/time HTTP/1.10",
                   "GET /v1/time HTTP/01.1",
                   "GET /v1/time HTTP/1,1",
                   "GET /v1/time HTTP/1.1\rX",
                   "GET /v1/time http/1.1",
                   "GET /v1/time HTTPS/1.1",
                   "GET /v1/time ICAP/1.1",
                   "GET /v1/time\0 HTTP/1.1"s,
                   "GET /v1/%00time HTTP/1.1",
                   "GET /v1/time%0d%0aX:y HTTP/1.1",
                   "GET /v1/time%0D%0AX:y HTTP/1.1",
                   "GET /v1/time%0a HTTP/1.1",
                   "GET /v1/time%7f HTTP/1.1",
                   "GET /v1/t\xc3\xa9 HTTP/1.1",
                   "GET /v1/time\x7f HTTP/1.1",
                   "GET /" + std::string(3000, 'a') + " HTTP/1.1",
                   "GET /" + std::string(20'000, 'a') + " HTTP/1.1",
                   std::string(20'000, 'G') + " / HTTP/1.1",
                   "G@T /v1/time HTTP/1.1",
                   "GET: /v1/time HTTP/1.1"});
  t.lines("lawful line",
          {"GET /v1/time?a=b HTTP/1.1", "GET /v1/time#x HTTP/1.1", "GET //v1/time HTTP/1.1",
           "GET /v1/../v1/time HTTP/1.1", "GET /v1/./time HTTP/1.1", "GET /%76%31/time HTTP/1.1",
           "GET /v1%2ftime HTTP/1.1", "GET /v1/time%20 HTTP/1.1", "GET /v1/time;x=y HTTP/1.1",
           "GET /v1/%zz HTTP/1.1", "GET /v1/% HTTP/1.1", "GET /v1/time?%41=%42%4 HTTP/1.1"},
          false);
}

void add_heads(Table& t) {
  for (const std::string& bytes : {"GET /v1/time HTTP/1.1\nHost: x\n\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\n\n"s,
                                   "GET /v1/time HTTP/1.1\nHost: x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\r\nX: y\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\r\n\n"s,
                                   "\r\nGET /v1/time HTTP/1.1\r\nHost: x\r\n\r\n"s,
                                   "\nGET /v1/time HTTP/1.1\r\nHost: x\r\n\r\n"s,
                                   "\0GET /v1/time HTTP/1.1\r\nHost: x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nX: y\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost : x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\n Host: x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\r\nHost: x\r\n\r\n"s,
                                   "GET /v1/time HTTP/1.1\r\nHost: x\r\r\n\r\r\n\r\n"s,
                                   "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s,
                                   "\x80\x2e\x01\x00\x02\r\n\r\n"s,
                                   "SSH-2.0-OpenSSH_9.2\r\n\r\n"s,
                                   "{\"protocol\":1}\r\n\r\n"s,
                                   "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n\r\n"s})
    t.add("head", bytes, true);
  t.gets("field", {"X\r\n",
                   ": y\r\n",
                   "X y: z\r\n",
                   "X(: y\r\n",
                   "X\"y: z\r\n",
                   "X{: y\r\n",
                   "X@: y\r\n",
                   "X\0: y\r\n"s,
                   "X: \0y\r\n"s,
                   "X: a\x01"
                   "b\r\n",
                   "X: a\x08"
                   "b\r\n",
                   "X: a\x1b[31m\r\n",
                   "X: a\x7f\r\n",
                   "X: a\rb\r\n",
                   "X: y\r\n folded\r\n",
                   "X: y\r\n\tfolded\r\n",
                   "X:\r\n \r\n",
                   " X: y\r\n",
                   "\tX: y\r\n",
                   "X\xc3\xa9: y\r\n",
                   "X: %0d%0aContent-Length: 5\r\n",
                   "X: %0aY: z\r\n",
                   "X: %00\r\n",
                   "X: %1b\r\n",
                   "Expect: 100-continue\r\n",
                   "Expect: x\r\n",
                   "Cookie: " + std::string(17'000, 'c') + "\r\n",
                   std::string(17'000, 'X') + ": y\r\n"});
  std::string many, long_lines;
  for (int i = 0; i < 70; ++i) many += "X-" + std::to_string(i) + ": y\r\n";
  for (int i = 0; i < 9; ++i) long_lines += "X-" + std::to_string(i) + ": " + std::string(2000, 'y') + "\r\n";
  t.gets("field", {many, long_lines});
  // What a proxy might believe, and this server never asks: each is one request of its certificate's owner.
  t.gets("shadow",
         {"REMOTE_ADDR: 127.0.0.1\r\nREMOTE_PORT: 1\r\n",
          "LOCAL_ADDR: 127.0.0.1\r\n",
          "X-Forwarded-For: 127.0.0.1\r\n",
          "Forwarded: for=127.0.0.1\r\n",
          "X-Real-IP: 127.0.0.1\r\n",
          "X-Original-URL: /metrics\r\n",
          "X-Rewrite-URL: /metrics\r\n",
          "X-HTTP-Method-Override: POST\r\n",
          "X-Client-Cert: x\r\n",
          "SSL_CLIENT_S_DN: CN=x\r\n",
          "Range: bytes=0-0,1-1\r\n",
          "Accept-Encoding: gzip, br\r\n",
          "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n",
          "Upgrade: websocket\r\n",
          "Connection: keep-alive, x\r\n",
          "Transfer_Encoding: chunked\r\n",
          "Content_Length: 5\r\n",
          "Content-Length: 0\r\n",
          "Content-Encoding: gzip\r\n",
          "X: \xc3\xa9\r\n",
          "X: a\tb\r\n",
          "X:y\r\n",
          "X:\r\n"},
         false);
  t.posts("lawful body",
          {{"Content-Length: 5\r\n", "hello"},
           {"Content-Length: 005\r\n", "hello"},
           {"Content-Length: 5 \r\n", "hello"},
           {"Content-Length:\t5\t\r\n", "hello"},
           {"content-length:5\r\n", "hello"},
           {"Content-Length: 0\r\n", ""},
           {"Content-Length: 24\r\n", "GET /smuggled HTTP/1.1\r\n"},
           {"Content-Length: 5\r\nContent-Type: multipart/form-data; boundary=x\r\n", "--x\r\n"},
           {"Content-Length: 5\r\nContent-Type: application/x-www-form-urlencoded\r\n", "a=b&c"},
           {"Content-Length: 5\r\nContent-Encoding: gzip\r\n", "hello"},
           {"Content-Length: 5\r\nContent-Encoding: br\r\n", "hello"},
           {"", ""}},
          false);
}

}  // namespace

std::string follow_up() { return "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::vector<Shape> shapes() {
  Table t;
  add_lengths(t);
  add_encodings(t);
  add_chunks(t);
  add_request_lines(t);
  add_heads(t);
  return t.shapes;
}

}  // namespace relance::hostile
