// A crowd of connections that cost the server something and give it nothing: as many as asked for, of six kinds, from
// several addresses, each opened again as soon as the server has closed it.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/raw_tls.h"

namespace relance::hostile {

enum class Stalled : std::size_t {
  silent,        // TCP, and not a byte
  cut_hello,     // half a ClientHello
  shaken_hands,  // a whole handshake, and then nothing; every other one with a device's certificate
  slow_head,     // a byte of a head now and then
  slow_body,     // a byte of a body now and then
  deaf,          // asks much and reads nothing; every other one has closed its own half
};
inline constexpr std::size_t kStalledKinds = 6;
[[nodiscard]] std::string_view name_of(Stalled kind);

class Crowd {
 public:
  struct Target {
    int port = 0;
    std::string ca_pem;
    test::RawTls::Options papers;  // of a device, for those kinds that need one
  };
  /// Returns once `count` connections have been tried; they go on until the object goes.
  Crowd(Target target, std::size_t count);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd();

  struct Counts {
    std::uint64_t opened = 0;    // in all
    std::uint64_t closed = 0;    // by the server
    std::uint64_t failed = 0;    // that did not come as far as their kind stalls
    std::uint64_t standing = 0;  // now
  };
  [[nodiscard]] Counts counts() const;

 private:
  struct Link;
  void stall(std::size_t first, std::size_t last);
  void open(Link& link);
  void drip(Link& link);

  const Target target_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> tried_{0};
  std::atomic<std::uint64_t> opened_{0}, closed_{0}, failed_{0}, standing_{0};
  std::atomic<bool> is_over_{false};
};

}  // namespace relance::hostile
