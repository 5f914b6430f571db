// What a body may do to the server before anybody knows whose it is: bombs, and guesses of enrolment codes.
#include "server/api.h"

#include <zstd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <future>
#include <iostream>
#include <latch>

#include "host/compress.h"
#include "host/digest.h"
#include "server/enrolment.h"
#include "sync/json.h"
#include "sync/limits.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;

namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kJsonValuesMax = 8'000'000;  // docs/protocol.md, "Versions, limits, refusals"

struct ApiDesk : World {
  Id paul = office.add_staff("paul", "agent");
  Id device = office.add_device(paul);
  CertificateWithKey ca = make_ca("Test office", clock.now());
  server::DirectCommitter committer{office.ledger()};
  server::DirectReader reader{office.db()};
  server::Api api{office.service(), committer, reader, {ca.certificate_pem, ca.key_pem.copy()}, clock};
  std::string csr = make_key_and_request().csr_pem;

  HttpRequest request(std::string_view path, std::string body, bool is_stranger) {
    HttpRequest out{.method = "POST", .path = std::string(path), .body = std::move(body)};
    out.peer.has_certificate = !is_stranger;
    if (!is_stranger) out.peer.uri_san = "urn:relance:device:" + device.text();
    return out;
  }
  HttpAnswer zipped(std::string_view path, std::string body, bool is_stranger) {
    HttpRequest out = request(path, std::move(body), is_stranger);
    out.content_encoding = "zstd";
    return api.handle(out);
  }
  HttpAnswer enrol(std::string_view secret) {
    const boost::json::object body{{"secret", hex(secret)}, {"csr", csr}, {"name", "x"}};
    return api.handle(request("/v1/enrol", boost::json::serialize(body), true));
  }
  server::InviteSecret invite() {
    server::InviteSecret out{};
    committer.commit([&](server::Ledger& ledger) {
      out = server::make_invite(ledger, {.staff_id = office.system(), .role = schema::office}, paul);
    });
    return out;
  }
};

/// `size` blanks in a frame that does not say how many they are.
std::string silent_frame(std::size_t size, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  if (window_log > 0) ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  const std::string block(kMiB, ' ');
  std::string out(size / 100 + kMiB, '\0');
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  for (std::size_t done = 0; done < size; done += block.size()) {
    ZSTD_inBuffer from{block.data(), std::min(block.size(), size - done), 0};
    const bool is_last = done + block.size() >= size;
    ZSTD_compressStream2(context, &to, &from, is_last ? ZSTD_e_end : ZSTD_e_continue);
  }
  ZSTD_freeCCtx(context);
  out.resize(to.pos);
  return out;
}

}  // namespace

TEST_CASE("a body that expands without end is refused at its limit, a stranger's long before", "[hostile]") {
  ApiDesk w;
  struct Bomb {
    std::string name, body;
    int of_device, of_stranger;
  };
  const std::string small = silent_frame(32 * 1024);
  const std::string frame = compress(std::string(100, ' '));
  std::string claims_a_petabyte = compress(std::string(70'000, ' '));
  claims_a_petabyte[4] = static_cast<char>(claims_a_petabyte[4] | 0xC0);  // eight bytes of size follow
  const Bomb bombs[] = {
      {"fits", small, 400, 403},  // blanks are no request: read, and refused as what they say
      {"over a stranger's limit", silent_frame(65 * 1024), 400, 413},
      {"ordinary", silent_frame(3 * kMiB), 400, 413},
      {"large", silent_frame(63 * kMiB), 400, 413},
      {"over every limit", silent_frame(65 * kMiB), 413, 413},
      {"over every limit, and says so", compress(std::string(65 * kMiB, ' ')), 413, 413},
      {"endless", silent_frame(300 * kMiB), 413, 413},
      {"a window of 128 MiB", silent_frame(65 * kMiB, 27), 400, 400},
      {"two frames", frame + frame, 400, 400},
      {"a frame and a byte", frame + "x", 400, 400},
      {"cut short", silent_frame(3 * kMiB).substr(0, 100), 400, 413},
      {"in itself", compress(silent_frame(3 * kMiB)), 400, 403},
      {"a false size", claims_a_petabyte, 400, 400},
      {"nothing", "", 400, 400},
      {"no frame", "hello", 400, 400},
  };
  for (const Bomb& bomb : bombs) {
    CAPTURE(bomb.name);
    CHECK(w.zipped("/v1/sync", bomb.body, false).status == bomb.of_device);
    CHECK(w.zipped("/v1/enrol", bomb.body, true).status == bomb.of_stranger);
  }
}

namespace {

// Says that it has been reached, and waits: a request in the middle of being served.
class HeldReader final : public server::Readers {
 public:
  explicit HeldReader(sql::Connection& db) : db_(db) {}
  void read(const std::function<void(sql::Connection&)>& work) override {
    if (reached.try_wait()) return work(db_);
    reached.count_down();
    go_on.wait();
    work(db_);
  }
  std::latch reached{1}, go_on{1};

 private:
  sql::Connection& db_;
};

}  // namespace

TEST_CASE(
    "a device has one request in hand, and of large bodies there is one in memory; others go on beside it",
    "[hostile]") {
  ApiDesk w;
  const Id second_device = w.office.add_device(w.office.add_staff("lea", "agent"));
  HeldReader held(w.office.db());
  server::SyncService service(w.committer, held, w.clock);
  server::Api api(service, w.committer, held, {w.ca.certificate_pem, w.ca.key_pem.copy()}, w.clock);
  const std::string head = "{\"protocol\":1,\"schema\":1,\"epoch\":\"" + w.office.ledger().epoch().text() +
                           "\",\"cursor\":{\"agent\":0,\"common\":0}";
  const auto asked = [&](const Id& device, std::size_t size) {
    HttpRequest out = w.request("/v1/sync", compress(head + std::string(size, ' ') + "}"), false);
    out.peer.uri_san = "urn:relance:device:" + device.text();
    out.content_encoding = "zstd";
    return api.handle(out);
  };
  auto first = std::async(std::launch::async, [&] { return asked(w.device, 5 * kMiB).status; });
  held.reached.wait();
  CHECK(asked(w.device, 5 * kMiB).status == 409);
  CHECK(asked(w.device, 10).status == 409);
  const HttpAnswer large = asked(second_device, 5 * kMiB);
  CHECK(large.status == 503);
  CHECK(large.retry_after_s > 0);
  held.go_on.count_down();
  CHECK(first.get() == 200);
  CHECK(asked(second_device, 10).status == 200);
  CHECK(asked(second_device, 5 * kMiB).status == 200);  // and it is free again
  CHECK(asked(w.device, 5 * kMiB).status == 200);
}

TEST_CASE("a body of more values than any honest one is not taken apart", "[hostile]") {
  std::string text = "[0";
  while (text.size() < 2 * (kJsonValuesMax - 1)) text += ",0";  // and the array itself
  CHECK(sync::parse_json(text + "]").has_value());
  CHECK_FALSE(sync::parse_json(text + ",0]").has_value());
}

TEST_CASE("an enrolment code that is wrong, over, or used by another key is refused to the byte alike",
          "[hostile]") {
  ApiDesk w;
  const HttpAnswer wrong = w.enrol(std::string(16, 'x'));
  CHECK(wrong.status == 403);
  CHECK(w.enrol("short").body == wrong.body);
  CHECK(w.enrol("").body == wrong.body);

  const auto used = w.invite();
  CHECK(w.enrol(bytes_of(used)).status == 200);
  CHECK(w.enrol(bytes_of(used)).status == 200);  // the same key: a lost answer is answered again
  w.csr = make_key_and_request().csr_pem;
  CHECK(w.enrol(bytes_of(used)).body == wrong.body);

  const auto over = w.invite();
  w.clock.advance(16 * 60 * 1000);
  CHECK(w.enrol(bytes_of(over)).body == wrong.body);

  const auto of_gone = w.invite();
  REQUIRE(w.office.edit(w.office.system(), {update_op("staff", w.paul, {{"state", std::string("left")}})})
              .status == sync::Status::applied);
  CHECK(w.enrol(bytes_of(of_gone)).body == wrong.body);
}

TEST_CASE("guesses of enrolment codes find none, write nothing, and lock nobody out", "[hostile]") {
  // RELANCE_GUESSES: the long form's number.
  const char* asked = std::getenv("RELANCE_GUESSES");
  const std::int64_t guesses = asked == nullptr ? 20'000 : std::atoll(asked);
  ApiDesk w;
  const auto invited = w.invite();
  const std::string wrong = w.enrol(std::string(16, 'x')).body;
  const auto changes = [&] { return w.office.count("SELECT total_changes()"); };
  const std::int64_t before = changes();
  std::int64_t found = 0, told_more = 0;
  HttpRequest request = w.request("/v1/enrol", "", true);
  for (std::int64_t i = 0; i < guesses; ++i) {
    server::InviteSecret guess{};
    w.random.fill(guess);
    if (i % 2 == 0) {  // one bit beside the right one
      guess = invited;
      const auto bit = static_cast<unsigned>(i / 2 % 128);
      guess[bit / 8] = static_cast<std::uint8_t>(guess[bit / 8] ^ (1U << (bit % 8)));
    }
    request.body = "{\"secret\":\"" + hex(bytes_of(guess)) + "\"}";
    const HttpAnswer answer = w.api.handle(request);
    found += answer.status != 403;
    told_more += answer.body != wrong;
  }
  CHECK(found == 0);
  CHECK(told_more == 0);
  CHECK(changes() == before);
  CHECK(w.enrol(bytes_of(invited)).status == 200);
  std::cout << "evidence: {\"figure\":\"enrolment code guesses without success\",\"value\":" << guesses
            << ",\"unit\":\"guesses\",\"goal\":1000000,\"found\":" << found << "}\n";
}
