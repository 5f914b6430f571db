// The only file on the server that includes cpp-httplib.
#include "server/parked_server.h"

#include <httplib.h>

#include <string_view>
#include <utility>

namespace relance {
namespace {

// httplib's view of a connection: the head to read, and a buffer to write to.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(Exchange& exchange) : left_(exchange.head), out_(exchange.answer) {}
  bool is_readable() const override { return !left_.empty(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override {
    const std::size_t n = left_.copy(to, size);
    left_.remove_prefix(n);
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, size_t size) override {
    out_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  std::string_view left_;
  std::string& out_;
};

#if defined(CPPHTTPLIB_VERSION_NUM) && CPPHTTPLIB_VERSION_NUM >= 0x001200
#error "process_request takes addresses from cpp-httplib 0.18 on: adapt ParkedServer::answer and MemoryStream"
#endif

}  // namespace

class ParkedServer::Httplib final : public httplib::Server {
 public:
  Httplib(const relance::Handler& handler, std::chrono::seconds idle_time) : handler_(handler) {
    set_keep_alive_timeout(idle_time.count());  // what the Keep-Alive header announces
    set_keep_alive_max_count(1'000'000);
    // Before routing, and before httplib would read (and inflate) a body: the loop has it already.
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer_request(request, response);
      return HandlerResponse::Handled;
    });
    // httplib's own refusals, should it ever disagree with check_head.
    set_error_handler(HandlerWithResponse([this](const httplib::Request&, httplib::Response& response) {
      if (is_answered_) return HandlerResponse::Unhandled;
      fill(problem_answer(response.status, "bad_request", "The request is not one that this server reads."),
           response);
      return HandlerResponse::Handled;
    }));
  }

  void answer(Exchange& exchange) {
    exchange_ = &exchange;
    is_answered_ = false;
    MemoryStream stream(exchange);
    bool is_closed = false;
    const bool is_good = process_request(stream, false, is_closed, nullptr);
    exchange.close = exchange.close || is_closed || !is_good;
    exchange_ = nullptr;
  }

 private:
  void answer_request(const httplib::Request& parsed, httplib::Response& response) {
    HttpRequest& request = exchange_->request;
    request.method = parsed.method;
    request.path = parsed.path;
    request.content_type = parsed.get_header_value("Content-Type");
    request.content_encoding = parsed.get_header_value("Content-Encoding");
    is_answered_ = true;
    try {
      fill(handler_(request), response);
    } catch (...) {
      fill(problem_answer(500, facts_of(Code::internal).name, facts_of(Code::internal).sentence), response);
    }
  }

  void fill(HttpAnswer&& answer, httplib::Response& response) {
    response.status = answer.status;
    response.set_header("Cache-Control", "no-store");
    if (!answer.content_type.empty()) response.set_header("Content-Type", answer.content_type);
    if (!answer.content_encoding.empty()) response.set_header("Content-Encoding", answer.content_encoding);
    if (answer.retry_after_s > 0) response.set_header("Retry-After", std::to_string(answer.retry_after_s));
    if (answer.close) response.set_header("Connection", "close");
    response.body = std::move(answer.body);
    exchange_->close = answer.close;
  }

  const relance::Handler& handler_;
  Exchange* exchange_ = nullptr;
  bool is_answered_ = false;
};

ParkedServer::ParkedServer(const Handler& handler, std::chrono::seconds idle_time)
    : httplib_(std::make_unique<Httplib>(handler, idle_time)) {}

ParkedServer::~ParkedServer() = default;

void ParkedServer::answer(Exchange& exchange) { httplib_->answer(exchange); }

}  // namespace relance
