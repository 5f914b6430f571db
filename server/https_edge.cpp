// The epoll loop and its workers. What a worker may touch is the Exchange of a connection in state `working`;
// everything else belongs to the loop's thread.
#include "server/https_edge.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "host/clock.h"
#include "host/openssl.h"
#include "server/http_head.h"
#include "server/listener.h"
#include "server/parked_server.h"

namespace relance {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;

constexpr int kAcceptsPerTurn = 64;               // a storm of newcomers must not starve the others
constexpr std::size_t kTurnBytes = 256 * 1024;    // nor one fast link: then it is the next one's turn
constexpr std::size_t kScratchBytes = 16 * 1024;  // one TLS record
constexpr std::size_t kFirstBodyBytes =
    64 * 1024;  // a body's buffer grows with what came, not with what was announced
constexpr milliseconds kLingerTime{2'000};  // for the other side to read a refusal before the socket is gone
constexpr long kPeerChainBytesMax = 16 * 1024;

constexpr HttpRefusal kBodyTooLarge{413, "too_large", "The request's body is over the limit."};
constexpr HttpRefusal kTooSlow{408, "bad_request", "The request did not arrive in time."};
constexpr HttpRefusal kOverload{503, "overload", "The server has too much to do now; try again later."};

struct FreeSsl {
  void operator()(SSL* handle) const { SSL_free(handle); }
  void operator()(SSL_CTX* handle) const { SSL_CTX_free(handle); }
};
using SslPtr = std::unique_ptr<SSL, FreeSsl>;

// ---- TLS ----

// A leaf past its end may still ask for its renewal. Every other fault, and an expired CA, ends the handshake.
int allow_expired_leaf(int is_good, X509_STORE_CTX* context) {
  if (is_good == 1) return 1;
  if (X509_STORE_CTX_get_error(context) != X509_V_ERR_CERT_HAS_EXPIRED ||
      X509_STORE_CTX_get_error_depth(context) != 0)
    return 0;
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

std::shared_ptr<SSL_CTX> make_tls(const EdgeCertificate& certificate) {
  const CertPtr own = certificate_from_pem(certificate.certificate_pem);
  const KeyPtr key = key_from_pem(certificate.key_pem.view());
  const CertPtr ca = certificate_from_pem(certificate.ca_pem);
  std::shared_ptr<SSL_CTX> tls(SSL_CTX_new(TLS_server_method()), FreeSsl{});
  require_openssl(tls && SSL_CTX_set_min_proto_version(tls.get(), TLS1_3_VERSION) == 1, "set up TLS 1.3");
  if (SSL_CTX_use_certificate(tls.get(), own.get()) != 1 ||
      SSL_CTX_use_PrivateKey(tls.get(), key.get()) != 1) {
    ERR_clear_error();
    throw Failure(
        Code::certificate,
        "The server's certificate and key do not belong together; restore both or issue them anew.");
  }
  require_openssl(SSL_CTX_add1_chain_cert(tls.get(), ca.get()) == 1 &&
                      SSL_CTX_add_client_CA(tls.get(), ca.get()) == 1 &&
                      X509_STORE_add_cert(SSL_CTX_get_cert_store(tls.get()), ca.get()) == 1,
                  "trust the office's CA");
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_PEER, allow_expired_leaf);
  SSL_CTX_set_verify_depth(tls.get(), 1);
  SSL_CTX_set_max_cert_list(tls.get(), kPeerChainBytesMax);
  // A resumed session would not verify the certificate again.
  SSL_CTX_set_options(tls.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(tls.get(), 0);
  SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_OFF);
  // Buffers are freed while a connection is parked: 5,000 of them fit in 128 MiB.
  SSL_CTX_set_mode(tls.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(tls.get(), 1);  // a record in one read(), not two
  return tls;
}

// ---- the process ----

void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // what cannot be raised ends as connections turned away
}

// Threads made while this lives take no signals: SIGPIPE of a write to a closed link stays pending and harmless,
// SIGTERM goes to whoever waits for it.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// ---- connections ----

enum class State : std::size_t {
  handshaking,
  reading,          // part of a request is here
  parked,           // nothing is: an idle device
  parked_stranger,  // the same without a certificate
  working,          // its exchange is a worker's
  writing,
  lingering,  // the last answer is out; reading what still comes, so that the answer is not reset away
};
constexpr std::size_t kStates = 7;

enum class Step { again, wait, gone };

struct Connection {
  Connection(int socket, const EdgeOptions& options)
      : fd(socket), scanner(options.head_bytes_max, options.head_lines_max) {}

  Descriptor fd;
  SslPtr ssl;
  State state = State::handshaking;
  SteadyTime deadline;
  std::list<Connection>::iterator self;

  HeadScanner scanner;
  bool has_head = false;
  std::uint64_t body_length = 0;
  std::string received;  // not yet part of a head or body: the head so far, or the next pipelined request
  Exchange exchange;
  std::size_t sent = 0;

  Ms not_after = 0;
  std::size_t counted_bytes = 0;
  bool is_stranger = true;  // counted for its address
  bool is_queued_again = false;
};

void free_buffer(std::string& buffer) { std::string().swap(buffer); }

std::string refusal_on_the_wire(const HttpRefusal& refusal) {
  const HttpAnswer answer = problem_answer(refusal.status, refusal.code, refusal.title);
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " +
                    std::string(reason_phrase(answer.status)) + "\r\nContent-Type: " + answer.content_type +
                    "\r\nContent-Length: " + std::to_string(answer.body.size()) +
                    "\r\nCache-Control: no-store\r\nConnection: close\r\n";
  if (answer.status == 405) out += "Allow: GET, POST\r\n";
  if (answer.status == 503) out += "Retry-After: " + std::to_string(kOverloadRetrySeconds) + "\r\n";
  return out + "\r\n" + answer.body;
}

struct AtomicCounters {
  std::atomic<std::uint64_t> accepted{0}, turned_away{0}, failed_handshakes{0}, requests{0}, refused{0},
      overloaded{0}, timed_out{0}, bytes_in{0}, bytes_out{0}, open{0}, memory_bytes{0};
};

void add(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) {
  counter.fetch_add(n, std::memory_order_relaxed);
}

}  // namespace

// ---- the loop ----

class HttpsEdge::Loop {
 public:
  Loop(EdgeOptions options, const EdgeCertificate& certificate, Handler handler);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  [[nodiscard]] int port() const { return port_; }
  void reload(const EdgeCertificate& certificate);
  void drain(milliseconds patience);
  [[nodiscard]] EdgeCounters counters() const;

 private:
  // the loop's thread
  void run();
  void watch(int fd, std::uint32_t events, void* mark) const;
  [[nodiscard]] int wait_time() const;
  void take_events(int count);
  void accept_some();
  [[nodiscard]] int accept_one(sockaddr_storage& address);
  void welcome(Descriptor socket, const sockaddr_storage& address);
  void take_completed();
  void take_postponed();
  void close_overdue();
  void begin_drain();
  [[nodiscard]] bool is_drained() const;

  void pump(Connection& c);
  [[nodiscard]] Step step(Connection& c);
  [[nodiscard]] Step step_handshake(Connection& c);
  [[nodiscard]] Step step_read(Connection& c);
  [[nodiscard]] Step step_write(Connection& c);
  [[nodiscard]] Step step_linger(Connection& c);
  [[nodiscard]] Step waiting_or_gone(Connection& c, int result);
  [[nodiscard]] Step pause_turn(Connection& c);

  void learn_peer(Connection& c);
  void take_bytes(Connection& c, std::string_view bytes);
  void advance(Connection& c);
  void begin_body(Connection& c);
  void grow_body(Connection& c, std::size_t more);
  void hand_to_worker(Connection& c);
  void refuse(Connection& c, const HttpRefusal& refusal);
  void begin_next(Connection& c);
  void park(Connection& c);
  void begin_linger(Connection& c);
  void enter(Connection& c, State state);
  void count_memory(Connection& c);
  void forget_stranger(Connection& c);
  void close(Connection& c);

  void end_workers();

  // the workers' threads
  void work();
  void wake() const;

  const EdgeOptions options_;
  const Handler handler_;
  Descriptor listener_, epoll_, wakeup_;
  Descriptor spare_;  // given up for a moment to accept and close when no descriptor is left
  int port_ = 0;

  std::array<std::list<Connection>, kStates> connections_;  // each in the order of its deadlines
  std::array<milliseconds, kStates> time_limits_;
  std::unordered_map<std::string, std::size_t> strangers_;  // by address
  std::vector<Connection*> postponed_;                      // their turn was over before their bytes were
  std::array<epoll_event, 256> events_{};
  std::array<char, kScratchBytes> scratch_{};
  SteadyTime now_;
  std::size_t turn_bytes_ = 0;
  std::size_t memory_bytes_ = 0;
  std::size_t open_ = 0;
  bool is_draining_ = false;
  SteadyTime drain_deadline_;
  AtomicCounters counters_;

  mutable std::mutex mutex_;  // for all below
  std::condition_variable queued_;
  std::shared_ptr<SSL_CTX> tls_;
  std::deque<Connection*> queue_;
  std::vector<Connection*> completed_;
  std::optional<milliseconds> drain_asked_;
  bool is_stopping_ = false;

  std::vector<std::thread> workers_;
  std::thread thread_;
};

HttpsEdge::Loop::Loop(EdgeOptions options, const EdgeCertificate& certificate, Handler handler)
    : options_(std::move(options)), handler_(std::move(handler)), tls_(make_tls(certificate)) {
  raise_file_limit();
  listener_ = listen_at(options_.listen);
  port_ = port_of(listener_);
  epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  wakeup_ = Descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (epoll_.get() < 0 || wakeup_.get() < 0)
    throw Failure(Code::io,
                  "The system gives no more open files to the server; raise its limit (LimitNOFILE).");
  time_limits_ = {
      options_.handshake_time, options_.request_time, options_.idle_time, options_.stranger_idle_time,
      milliseconds::max(),     options_.write_time,   kLingerTime};
  watch(listener_.get(), EPOLLIN, &listener_);
  watch(wakeup_.get(), EPOLLIN, &wakeup_);
  const SignalsBlocked blocked;
  try {
    for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {
    end_workers();  // those that came: a thread that nobody joins would end the process without a word
    throw Failure(Code::io,
                  "The system gives no more threads to the server; raise its limit (TasksMax, LimitNPROC) or "
                  "lower `workers` in relance.toml.");
  }
}

HttpsEdge::Loop::~Loop() {
  drain(milliseconds(0));
  end_workers();
}

void HttpsEdge::Loop::end_workers() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    queue_.clear();
  }
  queued_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void HttpsEdge::Loop::reload(const EdgeCertificate& certificate) {
  std::shared_ptr<SSL_CTX> fresh = make_tls(certificate);
  const std::lock_guard lock(mutex_);
  tls_.swap(fresh);
}

void HttpsEdge::Loop::drain(milliseconds patience) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    drain_asked_ = patience;
  }
  wake();
  thread_.join();
}

EdgeCounters HttpsEdge::Loop::counters() const {
  return {.accepted = counters_.accepted,
          .turned_away = counters_.turned_away,
          .failed_handshakes = counters_.failed_handshakes,
          .requests = counters_.requests,
          .refused = counters_.refused,
          .overloaded = counters_.overloaded,
          .timed_out = counters_.timed_out,
          .bytes_in = counters_.bytes_in,
          .bytes_out = counters_.bytes_out,
          .open = counters_.open,
          .memory_bytes = counters_.memory_bytes};
}

void HttpsEdge::Loop::run() {
  while (!is_drained()) {
    const int count =
        ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), wait_time());
    now_ = std::chrono::steady_clock::now();
    // Only a connection's own event may free it in here; all that can free others comes after.
    take_events(count);
    take_completed();
    take_postponed();
    close_overdue();
  }
}

void HttpsEdge::Loop::watch(int fd, std::uint32_t events, void* mark) const {
  epoll_event event{};
  event.events = events;
  event.data.ptr = mark;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

// Until the first deadline: an idle server with 5,000 parked devices wakes for nobody.
int HttpsEdge::Loop::wait_time() const {
  if (!postponed_.empty()) return 0;
  SteadyTime first = is_draining_ ? drain_deadline_ : SteadyTime::max();
  for (const auto& list : connections_)
    if (!list.empty()) first = std::min(first, list.front().deadline);
  if (first == SteadyTime::max()) return -1;
  const auto left = std::chrono::ceil<milliseconds>(first - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void HttpsEdge::Loop::take_events(int count) {
  for (int i = 0; i < count; ++i) {
    void* const mark = events_[static_cast<std::size_t>(i)].data.ptr;
    if (mark == &listener_) {
      accept_some();
    } else if (mark == &wakeup_) {
      std::uint64_t ignored = 0;
      while (::read(wakeup_.get(), &ignored, sizeof ignored) < 0 && errno == EINTR) {
      }
    } else {
      pump(*static_cast<Connection*>(mark));
    }
  }
}

void HttpsEdge::Loop::accept_some() {
  for (int i = 0; i < kAcceptsPerTurn && listener_.get() >= 0; ++i) {
    sockaddr_storage address{};
    Descriptor socket(accept_one(address));
    if (socket.get() < 0) return;
    add(counters_.accepted);
    welcome(std::move(socket), address);
  }
}

int HttpsEdge::Loop::accept_one(sockaddr_storage& address) {
  socklen_t size = sizeof address;
  const auto accept = [&] {
    return ::accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
  };
  int fd = accept();
  if (fd >= 0 || (errno != EMFILE && errno != ENFILE)) return fd;
  // Left in the queue it would wake the loop for ever: it is taken with the spare descriptor, and closed.
  spare_.reset();
  fd = accept();
  if (fd >= 0) ::close(fd);
  spare_ = Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  add(counters_.turned_away);
  return -1;
}

void HttpsEdge::Loop::welcome(Descriptor socket, const sockaddr_storage& address) {
  std::string text = address_text(address);
  const auto known = strangers_.find(text);
  const std::size_t strangers = known == strangers_.end() ? 0 : known->second;
  if (open_ >= options_.connections_max || strangers >= options_.strangers_per_address_max) {
    add(counters_.turned_away);
    return;
  }
  std::shared_ptr<SSL_CTX> tls;
  {
    const std::lock_guard lock(mutex_);
    tls =
        tls_;  // a reload takes effect here: the loop makes the SSL itself, so no client-hello callback is needed
  }
  SslPtr ssl(SSL_new(tls.get()));
  if (!ssl || SSL_set_fd(ssl.get(), socket.get()) != 1) return;
  SSL_set_accept_state(ssl.get());
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // 44 ms an exchange without

  auto& list = connections_[static_cast<std::size_t>(State::handshaking)];
  Connection& c = list.emplace_back(-1, options_);
  c.fd = std::move(socket);
  c.self = std::prev(list.end());
  c.ssl = std::move(ssl);
  c.exchange.request.peer.address = std::move(text);
  ++strangers_[c.exchange.request.peer.address];
  counters_.open = ++open_;
  enter(c, State::handshaking);
  // Edge-triggered and for good: no epoll_ctl per request. Each step reads or writes until it would have to wait.
  watch(c.fd.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &c);
}

void HttpsEdge::Loop::take_completed() {
  std::vector<Connection*> completed;
  {
    const std::lock_guard lock(mutex_);
    completed.swap(completed_);
    if (drain_asked_ && !is_draining_) drain_deadline_ = now_ + *drain_asked_;
  }
  if (drain_deadline_ != SteadyTime() && !is_draining_) begin_drain();
  for (Connection* c : completed) {
    enter(*c, State::writing);
    count_memory(*c);
    if (memory_bytes_ > options_.memory_bytes_max) {
      refuse(*c, kOverload);  // sync is safe to repeat: the work is done, only its answer is asked for again
    }
    pump(*c);
  }
}

void HttpsEdge::Loop::take_postponed() {
  std::vector<Connection*> postponed;
  postponed.swap(postponed_);
  for (Connection*& c : postponed) c->is_queued_again = false;
  for (Connection* c : postponed) pump(*c);  // frees at most itself
}

void HttpsEdge::Loop::close_overdue() {
  for (auto& list : connections_) {
    while (!list.empty() && list.front().deadline <= now_) {
      Connection& c = list.front();
      add(counters_.timed_out);
      if (c.state == State::reading) {
        refuse(c, kTooSlow);
        pump(c);
      } else {
        close(c);
      }
    }
  }
}

void HttpsEdge::Loop::begin_drain() {
  is_draining_ = true;
  listener_.reset();
  for (const State state :
       {State::handshaking, State::reading, State::parked, State::parked_stranger, State::lingering})
    for (auto& list = connections_[static_cast<std::size_t>(state)]; !list.empty();) close(list.front());
}

bool HttpsEdge::Loop::is_drained() const { return is_draining_ && (open_ == 0 || now_ >= drain_deadline_); }

// ---- one connection ----

void HttpsEdge::Loop::pump(Connection& c) {
  turn_bytes_ = 0;
  while (step(c) == Step::again) {
  }
}

Step HttpsEdge::Loop::step(Connection& c) {
  if (turn_bytes_ > kTurnBytes) return pause_turn(c);
  switch (c.state) {
    case State::handshaking: return step_handshake(c);
    case State::reading:
    case State::parked:
    case State::parked_stranger: return step_read(c);
    case State::working: return Step::wait;
    case State::writing: return step_write(c);
    case State::lingering: return step_linger(c);
  }
  return Step::wait;
}

Step HttpsEdge::Loop::pause_turn(Connection& c) {
  if (!std::exchange(c.is_queued_again, true)) postponed_.push_back(&c);
  return Step::wait;
}

// After an SSL call that did not go through: it waits for the socket, or the connection is over.
Step HttpsEdge::Loop::waiting_or_gone(Connection& c, int result) {
  const int error = SSL_get_error(c.ssl.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Step::wait;
  close(c);
  return Step::gone;
}

Step HttpsEdge::Loop::step_handshake(Connection& c) {
  const int result = SSL_accept(c.ssl.get());
  if (result == 1) {
    learn_peer(c);
    park(c);
    return Step::again;  // its first request may have come along
  }
  const int error = SSL_get_error(c.ssl.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Step::wait;
  add(counters_.failed_handshakes);
  if (error != SSL_ERROR_SSL) {
    close(c);
    return Step::gone;
  }
  // The alert that says why is on its way: closing with unread bytes would reset it away, and the client could not
  // tell its user that the certificate was refused.
  ::shutdown(c.fd.get(), SHUT_WR);
  enter(c, State::lingering);
  return Step::again;
}

void HttpsEdge::Loop::learn_peer(Connection& c) {
  X509* certificate = SSL_get0_peer_certificate(c.ssl.get());
  if (!certificate) return;
  CertificateFacts facts = facts_of_certificate(*certificate);
  Peer& peer = c.exchange.request.peer;
  peer.has_certificate = true;
  peer.uri_san = std::move(facts.uri_san);
  peer.serial_hex = std::move(facts.serial_hex);
  c.not_after = facts.not_after;
  forget_stranger(c);
}

Step HttpsEdge::Loop::step_read(Connection& c) {
  std::size_t n = 0;
  const int result = SSL_read_ex(c.ssl.get(), scratch_.data(), scratch_.size(), &n);
  if (result != 1) return waiting_or_gone(c, result);
  turn_bytes_ += n;
  add(counters_.bytes_in, n);
  if (c.state != State::reading) enter(c, State::reading);  // the total deadline starts with the first byte
  take_bytes(c, {scratch_.data(), n});
  return Step::again;
}

void HttpsEdge::Loop::take_bytes(Connection& c, std::string_view bytes) {
  if (c.has_head) {
    std::string& body = c.exchange.request.body;
    const std::size_t n = std::min(bytes.size(), static_cast<std::size_t>(c.body_length) - body.size());
    grow_body(c, n);
    body.append(bytes.substr(0, n));
    bytes.remove_prefix(n);
  }
  c.received.append(bytes);
  advance(c);
}

// As far as what has been received allows: from head to body to a worker.
void HttpsEdge::Loop::advance(Connection& c) {
  if (!c.has_head) {
    std::optional<HttpRefusal> refusal;
    const std::optional<std::size_t> head_length = c.scanner.scan(c.received, refusal);
    if (refusal) return refuse(c, *refusal);
    if (!head_length) return count_memory(c);
    c.exchange.head.assign(c.received, 0, *head_length);
    c.received.erase(0, *head_length);
    const HeadFacts facts = check_head(c.exchange.head);
    if (facts.refusal) return refuse(c, *facts.refusal);
    Peer& peer = c.exchange.request.peer;
    peer.expired =
        peer.has_certificate && SystemClock().now() > c.not_after;  // a link may outlive its certificate
    const bool is_stranger = !peer.has_certificate || peer.expired;
    if (facts.content_length > (is_stranger ? options_.stranger_body_bytes_max : options_.body_bytes_max))
      return refuse(c, kBodyTooLarge);
    c.has_head = true;
    c.body_length = facts.content_length;
    begin_body(c);
  }
  count_memory(c);
  if (memory_bytes_ > options_.memory_bytes_max) return refuse(c, kOverload);
  if (c.exchange.request.body.size() == c.body_length) hand_to_worker(c);
}

void HttpsEdge::Loop::begin_body(Connection& c) {
  const std::size_t n = std::min(c.received.size(), static_cast<std::size_t>(c.body_length));
  grow_body(c, n);
  c.exchange.request.body.append(c.received, 0, n);
  c.received.erase(0, n);
  if (c.received.empty()) free_buffer(c.received);
}

void HttpsEdge::Loop::grow_body(Connection& c, std::size_t more) {
  std::string& body = c.exchange.request.body;
  const std::size_t needed = body.size() + more;
  if (needed <= body.capacity()) return;
  // A fresh string takes exactly what is asked for; reserve() on a grown one would double past the body's length.
  std::string grown;
  grown.reserve(std::min(static_cast<std::size_t>(c.body_length),
                         std::max({needed, body.capacity() * 2, kFirstBodyBytes})));
  grown.append(body);
  body.swap(grown);
}

void HttpsEdge::Loop::hand_to_worker(Connection& c) {
  {
    const std::lock_guard lock(mutex_);
    if (queue_.size() < options_.queued_requests_max) {
      enter(c, State::working);
      queue_.push_back(&c);
    }
  }
  if (c.state != State::working) return refuse(c, kOverload);
  add(counters_.requests);
  queued_.notify_one();
}

void HttpsEdge::Loop::refuse(Connection& c, const HttpRefusal& refusal) {
  add(refusal.status == 503 ? counters_.overloaded : counters_.refused);
  free_buffer(c.received);
  free_buffer(c.exchange.request.body);
  c.exchange.answer = refusal_on_the_wire(refusal);
  c.exchange.answer.shrink_to_fit();
  c.exchange.close = true;
  c.sent = 0;
  count_memory(c);
  enter(c, State::writing);
}

Step HttpsEdge::Loop::step_write(Connection& c) {
  const std::string& answer = c.exchange.answer;
  while (c.sent < answer.size()) {
    if (turn_bytes_ > kTurnBytes) return Step::again;  // and there it pauses
    std::size_t n = 0;
    const int result = SSL_write_ex(c.ssl.get(), answer.data() + c.sent, answer.size() - c.sent, &n);
    if (result != 1) return waiting_or_gone(c, result);
    c.sent += n;
    turn_bytes_ += n;
    add(counters_.bytes_out, n);
  }
  if (is_draining_) {
    close(c);
    return Step::gone;
  }
  if (c.exchange.close || answer.empty()) {
    begin_linger(c);
  } else {
    begin_next(c);
  }
  return Step::again;
}

void HttpsEdge::Loop::begin_next(Connection& c) {
  free_buffer(c.exchange.head);
  free_buffer(c.exchange.answer);
  free_buffer(c.exchange.request.body);
  c.sent = 0;
  c.has_head = false;
  c.body_length = 0;
  c.scanner = HeadScanner(options_.head_bytes_max, options_.head_lines_max);
  count_memory(c);
  if (c.received.empty()) return park(c);
  enter(c, State::reading);
  advance(c);
}

void HttpsEdge::Loop::park(Connection& c) {
  enter(c, c.exchange.request.peer.has_certificate ? State::parked : State::parked_stranger);
}

void HttpsEdge::Loop::begin_linger(Connection& c) {
  free_buffer(c.exchange.answer);
  free_buffer(c.exchange.request.body);
  count_memory(c);
  SSL_shutdown(c.ssl.get());
  ERR_clear_error();
  ::shutdown(c.fd.get(), SHUT_WR);
  enter(c, State::lingering);
}

Step HttpsEdge::Loop::step_linger(Connection& c) {
  const ssize_t n = ::recv(c.fd.get(), scratch_.data(), scratch_.size(), 0);
  if (n > 0) {
    turn_bytes_ += static_cast<std::size_t>(n);
    return Step::again;
  }
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Step::wait;
  close(c);
  return Step::gone;
}

void HttpsEdge::Loop::enter(Connection& c, State state) {
  auto& from = connections_[static_cast<std::size_t>(c.state)];
  auto& to = connections_[static_cast<std::size_t>(state)];
  const milliseconds limit = time_limits_[static_cast<std::size_t>(state)];
  c.deadline = limit == milliseconds::max() ? SteadyTime::max() : now_ + limit;
  c.state = state;
  to.splice(to.end(), from, c.self);
}

void HttpsEdge::Loop::count_memory(Connection& c) {
  const std::size_t held = c.received.capacity() + c.exchange.head.capacity() +
                           c.exchange.request.body.capacity() + c.exchange.answer.capacity();
  memory_bytes_ += held - c.counted_bytes;
  c.counted_bytes = held;
  counters_.memory_bytes.store(memory_bytes_, std::memory_order_relaxed);
}

void HttpsEdge::Loop::forget_stranger(Connection& c) {
  if (!std::exchange(c.is_stranger, false)) return;
  const auto place = strangers_.find(c.exchange.request.peer.address);
  if (place != strangers_.end() && --place->second == 0) strangers_.erase(place);
}

void HttpsEdge::Loop::close(Connection& c) {
  RELANCE_ASSERT(c.state != State::working);
  if (c.is_queued_again) std::erase(postponed_, &c);
  forget_stranger(c);
  if (c.state != State::handshaking && c.state != State::lingering) {
    SSL_shutdown(c.ssl.get());
    ERR_clear_error();
  }
  memory_bytes_ -= c.counted_bytes;
  counters_.memory_bytes.store(memory_bytes_, std::memory_order_relaxed);
  counters_.open = --open_;
  connections_[static_cast<std::size_t>(c.state)].erase(c.self);
}

// ---- workers ----

void HttpsEdge::Loop::work() {
  ParkedServer server(handler_, std::chrono::duration_cast<std::chrono::seconds>(options_.idle_time));
  for (;;) {
    Connection* c = nullptr;
    {
      std::unique_lock lock(mutex_);
      queued_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
      if (is_stopping_) return;
      c = queue_.front();
      queue_.pop_front();
    }
    server.answer(c->exchange);
    bool is_first = false;
    {
      const std::lock_guard lock(mutex_);
      is_first = completed_.empty();
      completed_.push_back(c);
    }
    if (is_first) wake();
  }
}

void HttpsEdge::Loop::wake() const {
  const std::uint64_t one = 1;
  while (::write(wakeup_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
}

// ---- the public face ----

HttpsEdge::HttpsEdge(EdgeOptions options, const EdgeCertificate& certificate, Handler handler)
    : loop_(std::make_unique<Loop>(std::move(options), certificate, std::move(handler))) {}

HttpsEdge::~HttpsEdge() = default;

int HttpsEdge::port() const { return loop_->port(); }

void HttpsEdge::reload_certificate(const EdgeCertificate& certificate) { loop_->reload(certificate); }

void HttpsEdge::drain(std::chrono::milliseconds patience) { loop_->drain(patience); }

EdgeCounters HttpsEdge::counters() const { return loop_->counters(); }

}  // namespace relance
