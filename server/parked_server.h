// Whole requests through cpp-httplib, in memory: it reads a request and writes an answer, and never sees a socket.
// Its own loop is not used: eight idle or slow connections stop it with eight threads, and its limits do not hold.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "server/http.h"

namespace relance {

// One request and its answer, handed to a worker as a whole and back.
struct Exchange {
  std::string head;
  HttpRequest request;
  std::string answer;  // as it goes on the wire
  bool close = false;
};

/// One for each worker: httplib's hooks do not say whose request they see.
class ParkedServer {
 public:
  /// `idle_time` is what answers announce as Keep-Alive. `handler` must outlive this.
  ParkedServer(const Handler& handler, std::chrono::seconds idle_time);
  ~ParkedServer();
  ParkedServer(const ParkedServer&) = delete;
  ParkedServer& operator=(const ParkedServer&) = delete;

  /// REQUIRES: check_head passed the head, and the body is whole in `exchange.request`.
  /// Leaves the answer in `exchange.answer`, and whether the connection ends in `exchange.close`.
  void answer(Exchange& exchange);

 private:
  class Httplib;
  std::unique_ptr<Httplib> httplib_;
};

}  // namespace relance
