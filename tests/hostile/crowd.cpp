#include "tests/hostile/crowd.h"

#include <poll.h>

#include <chrono>

namespace relance::hostile {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kAddresses = 16;  // the server lets 256 strangers in from each
constexpr std::chrono::seconds kDripEvery{3};
constexpr int kLookEveryMs = 200;

// The beginning of a ClientHello that announces 512 bytes and sends eleven of them.
constexpr std::string_view kHalfHello("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

std::string_view name_of(Stalled kind) {
  constexpr std::array<std::string_view, kStalledKinds> kNames{"silent",    "cut hello", "shaken hands",
                                                               "slow head", "slow body", "deaf"};
  return kNames[static_cast<std::size_t>(kind)];
}

struct Crowd::Link {
  std::size_t number = 0;
  Stalled kind = Stalled::silent;
  int fd = -1;                        // of the kinds that never come as far as TLS
  std::unique_ptr<test::RawTls> tls;  // of the others
  Steady::time_point drips_at;

  [[nodiscard]] int descriptor() const { return tls ? tls->fd() : fd; }
  void close() {
    tls.reset();
    if (fd >= 0) ::close(fd);
    fd = -1;
  }
};

Crowd::Crowd(Target target, std::size_t count) : target_(std::move(target)) {
  for (std::size_t i = 0; i < count; ++i) {
    links_.push_back(std::make_unique<Link>());
    links_.back()->number = i / kStalledKinds;
    links_.back()->kind = static_cast<Stalled>(i % kStalledKinds);
  }
  for (std::size_t i = 0; i < kThreads; ++i)
    threads_.emplace_back([this, i, count] { stall(count * i / kThreads, count * (i + 1) / kThreads); });
  while (tried_ < count) std::this_thread::sleep_for(std::chrono::milliseconds(20));
}

Crowd::~Crowd() {
  is_over_ = true;
  for (std::thread& thread : threads_) thread.join();
  for (const auto& link : links_) link->close();
}

Crowd::Counts Crowd::counts() const {
  return {.opened = opened_, .closed = closed_, .failed = failed_, .standing = standing_};
}

void Crowd::stall(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < last && !is_over_; ++i) {
    open(*links_[i]);
    ++tried_;
  }
  while (!is_over_) {
    std::vector<pollfd> polled;
    for (std::size_t i = first; i < last; ++i) polled.push_back({links_[i]->descriptor(), POLLRDHUP, 0});
    ::poll(polled.data(), polled.size(), kLookEveryMs);
    const auto now = Steady::now();
    bool is_any = false;
    for (std::size_t i = first; i < last && !is_over_; ++i) {
      Link& link = *links_[i];
      if (link.descriptor() < 0 || polled[i - first].revents != 0) {
        closed_ += link.descriptor() >= 0;
        standing_ -= link.descriptor() >= 0;
        link.close();
        open(link);
        is_any = true;
      } else if (now >= link.drips_at) {
        drip(link);
      }
    }
    // poll() returns at once while one is closed; a crowd that span would measure itself.
    if (is_any) std::this_thread::sleep_for(std::chrono::milliseconds(kLookEveryMs / 4));
  }
}

void Crowd::open(Link& link) {
  const std::string source =
      "127.0.1." +
      std::to_string(1 + (link.number * kStalledKinds + static_cast<std::size_t>(link.kind)) % kAddresses);
  ++opened_;
  link.drips_at = Steady::now() + kDripEvery;
  if (link.kind == Stalled::silent || link.kind == Stalled::cut_hello) {
    link.fd = test::connect_tcp(target_.port, 0, source);
    if (link.fd < 0) {
      ++failed_;
      return;
    }
    if (link.kind == Stalled::cut_hello) ::send(link.fd, kHalfHello.data(), kHalfHello.size(), MSG_NOSIGNAL);
    ++standing_;
    return;
  }
  const bool is_stranger = link.kind == Stalled::shaken_hands && link.number % 2 == 0;
  test::RawTls::Options options = is_stranger ? test::RawTls::Options() : target_.papers;
  options.source = source;
  if (link.kind == Stalled::deaf) options.receive_buffer = 4096;
  link.tls = std::make_unique<test::RawTls>(target_.port, target_.ca_pem, options);
  if (!link.tls->is_connected()) {
    ++failed_;
    link.close();
    return;
  }
  ++standing_;
  switch (link.kind) {
    case Stalled::slow_head: link.tls->send("GET /v1/time HTTP/1.1\r\nX: "); break;
    case Stalled::slow_body:
      link.tls->send("POST /v1/sync HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
      break;
    case Stalled::deaf:
      link.tls->send(repeated("GET /v1/device HTTP/1.1\r\nHost: x\r\n\r\n", 60));
      if (link.number % 2 == 0) ::shutdown(link.fd >= 0 ? link.fd : link.tls->fd(), SHUT_WR);
      break;
    default: break;
  }
}

void Crowd::drip(Link& link) {
  link.drips_at += kDripEvery;
  if (link.kind == Stalled::slow_head || link.kind == Stalled::slow_body) link.tls->send("x");
}

}  // namespace relance::hostile
