// Strangers, dishonest devices and repeated requests against the real server's process.
#include <algorithm>
#include <future>
#include <iostream>

#include "host/compress.h"
#include "sync/limits.h"
#include "tests/hostile/besieged_office.h"
#include "tests/hostile/shapes.h"
#include "tests/hostile/siege.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::hostile;
using test::RawTls;

namespace {

constexpr std::size_t kCrowd = 200;
constexpr std::size_t kJsonValuesMax = 8'000'000;  // docs/protocol.md, "Versions, limits, refusals"
constexpr int kSiegeSeconds = 8;
constexpr double kHonestP99Ms = 1'000;
constexpr std::int64_t kServerRssKibMax = 256 * 1024;
constexpr std::int64_t kBombRssKibMax = 768 * 1024;  // one body of 64 MiB at a time, and its values

std::string post(std::string_view path, std::string_view body, std::string_view fields = {}) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}
std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

struct Besieged {
  test::TempDir dir;
  BesiegedOffice office{dir.path()};
  Papers paul = office.enrol("paul"), lea = office.enrol("lea");
  HonestAgent honest{office, paul, dir.path() / "paul.db"};
  Besieged() { REQUIRE(honest.work(false).requests > 0); }

  void check_honest() {
    const std::int64_t before = office.count("SELECT count(*) FROM contact_event");
    CHECK(honest.work(true).taken.applied == 1);
    CHECK(office.count("SELECT count(*) FROM contact_event") == before + 1);
    CHECK(office.count("SELECT count(*) FROM device WHERE state = 'frozen'") == 0);
  }
};

}  // namespace

TEST_CASE("beside a crowd of stalled connections an honest agent is served at once, and never refused") {
  const test::TempDir dir;
  REQUIRE(raise_file_limit(kCrowd));
  const SiegeReport report =
      besiege({.directory = dir.path(), .connections = kCrowd, .seconds = kSiegeSeconds});
  INFO(report.first_refusal);
  CHECK(report.refusals == 0);
  CHECK(report.syncs > 10);
  CHECK(report.p99_ms < kHonestP99Ms);
  CHECK(report.standing_min > kCrowd / 2);
  CHECK(report.rss_max_kib < kServerRssKibMax);
  CHECK(report.frozen == 0);
  CHECK(report.is_all_there);
}

TEST_CASE("no shape of a request is read as two by the real server") {
  Besieged w;
  w.check_honest();
  const std::string before = w.office.digest();
  for (const Shape& shape : shapes()) {
    CAPTURE(shape.name);
    RawTls device = w.office.connect(w.lea);
    const auto first = device.ask(shape.bytes + follow_up());
    REQUIRE(first);
    if (shape.is_refused) {
      CHECK(first->status >= 400);
      CHECK(device.is_ended());
    } else {
      const auto second = device.receive();
      REQUIRE(second);
      CHECK(second->status == 404);  // no such address: it was the second request and not a part of the first
    }
  }
  CHECK(w.office.digest() == before);
  w.check_honest();
}

TEST_CASE("every certificate but an active device's own opens nothing") {
  Besieged w;
  const std::string before = w.office.digest();
  const std::string body = "{\"protocol\":1,\"schema\":1,\"epoch\":\"" + w.office.epoch().text() +
                           "\",\"cursor\":{\"agent\":0,\"common\":0},\"bootstrap\":0}";
  const auto status_of = [&](const RawTls::Options& options, const std::string& request) {
    RawTls peer(w.office.port(), w.office.ca_pem(), options);
    const auto answer = peer.is_connected() ? peer.ask(request) : std::nullopt;
    if (answer) CHECK(answer->body.find("Garage Meunier") == std::string::npos);
    return answer ? answer->status : 0;
  };
  const Ms now = w.office.now();
  const test::TlsOffice foreign(now);
  const Papers expired = w.office.papers_for(w.paul.device_id, now - 200 * kDayMs);
  const Papers future = w.office.papers_for(w.paul.device_id, now + 10 * kDayMs);
  const Papers unknown = w.office.papers_for(SystemRandom().uuid(), now);
  const EdgeCertificate own = server::Office(w.office.program().data(), false).certificate(SystemClock());
  CHECK(status_of({}, post("/v1/sync", body)) == 401);
  CHECK(status_of(foreign.device(), post("/v1/sync", body)) == 0);
  CHECK(status_of({foreign.ca.certificate_pem, std::string(foreign.ca.key_pem.view())},
                  post("/v1/sync", body)) == 0);
  CHECK(status_of({own.certificate_pem, std::string(own.key_pem.view())}, post("/v1/sync", body)) == 0);
  CHECK(status_of(future.tls(), post("/v1/sync", body)) == 0);
  CHECK(status_of(expired.tls(), post("/v1/sync", body)) == 401);
  CHECK(status_of(unknown.tls(), post("/v1/sync", body)) == 401);
  for (const char* state : {"suspended", "frozen", "rescued", "lost", "wipe_ordered", "wiped"}) {
    CAPTURE(state);
    RawTls open = w.office.connect(w.lea);  // a connection that was there before counts as little
    REQUIRE(open.ask(get("/v1/device"))->status == 200);
    w.office.set_state(w.lea.device_id, state);
    CHECK(open.ask(post("/v1/sync", body))->status == 403);
    CHECK(open.ask(post("/v1/verify", body))->status >= 400);
    CHECK(status_of(w.lea.tls(), post("/v1/sync", body)) == 403);
    w.office.set_state(w.lea.device_id, "active");
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION}) {
    RawTls::Options old = w.lea.tls();
    old.version_max = version;
    old.ciphers = "ALL:@SECLEVEL=0";
    CHECK(status_of(old, get("/v1/time")) == 0);
  }
  CHECK(w.office.digest() == before);
  w.check_honest();
}

TEST_CASE("requests that come again, in whatever order and by whomever, change nothing and freeze nobody") {
  Besieged w;
  std::vector<HonestAgent::Exchange> dialogue;
  w.honest.recording = &dialogue;
  for (int i = 0; i < 12; ++i) static_cast<void>(w.honest.work(i % 3 == 0));
  w.honest.recording = nullptr;
  REQUIRE(dialogue.size() >= 12);
  const std::string before = w.office.digest();

  std::vector<std::size_t> order(dialogue.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  test::SeededRandom chance(1);
  int replayed = 0, served = 0;
  for (int round = 0; round < 6; ++round) {
    if (round == 3) std::reverse(order.begin(), order.end());
    for (std::size_t i = order.size(); round > 3 && i > 1; --i)
      std::swap(order[i - 1], order[chance.below(i)]);
    RawTls thief = w.office.connect(w.paul);
    RawTls other = w.office.connect(w.lea);
    for (const std::size_t at : order) {
      const HonestAgent::Exchange& one = dialogue[at];
      const std::string request =
          one.request.body.empty() ? get(one.request.path) : post(one.request.path, one.request.body);
      const auto again = thief.ask(request);
      REQUIRE(again);
      ++replayed;
      CHECK((again->status == 200 || again->status == 409));
      if (again->status == 200) {
        ++served;
        CHECK(again->body.find("\"refused\"") == std::string::npos);
      }
      CHECK(other.ask(request)->status == 409);  // another device never had this token
    }
    CHECK(w.office.digest() == before);
  }
  CHECK(served > 0);
  CHECK(w.office.count("SELECT count(*) FROM device WHERE state <> 'active'") == 0);
  CHECK(w.office.count("SELECT count(*) FROM quarantine") == 0);
  std::cout << "evidence: {\"figure\":\"requests replayed\",\"value\":" << 2 * replayed
            << ",\"unit\":\"requests\",\"goal\":0,\"served_again\":" << served << "}\n";
  w.check_honest();
}

TEST_CASE("bodies that expand a thousandfold leave the server's memory within its bound") {
  Besieged w;
  std::string json = "{\"protocol\":1,\"x\":[0";
  for (std::size_t i = 1; i < kJsonValuesMax - 10; ++i) json += ",0";
  json += "],\"y\":\"" + std::string(sync::kExpandedBytesMax - json.size() - 100, 'y') + "\"}";
  const std::string bomb = compress(json);
  std::vector<Papers> crowd;
  for (int i = 0; i < 8; ++i) crowd.push_back(w.office.enrol("lea"));
  std::vector<std::future<int>> thrown;
  std::atomic<bool> is_over{false};
  std::int64_t rss = 0;
  auto watch = std::async(std::launch::async, [&] {
    while (!is_over) {
      rss = std::max(rss, w.office.server_rss_kib());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  for (std::size_t i = 0; i < 24; ++i)
    thrown.push_back(std::async(std::launch::async, [&, i] {
      RawTls device = w.office.connect(crowd[i % crowd.size()]);
      const auto answer = device.ask(post("/v1/verify", bomb, "Content-Encoding: zstd\r\n"));
      return answer ? answer->status : 0;
    }));
  int taken = 0;
  for (auto& one : thrown) {
    const int status = one.get();
    CHECK((status == 400 || status == 409 || status == 503));
    taken += status == 400;
  }
  CHECK(taken > 0);
  is_over = true;
  watch.get();
  std::cout << "evidence: {\"figure\":\"server memory under decompression bombs\",\"value\":" << rss / 1024
            << ",\"unit\":\"MiB\",\"goal\":" << kBombRssKibMax / 1024 << "}\n";
  CHECK(rss < kBombRssKibMax);
  w.check_honest();
}
