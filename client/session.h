// One sync as a value: it says what to send, is told what came back, and says when it is done. No sockets and no
// clock of its own; client/runner drives it over HTTPS, tests over a function call, the simulator over a bad network.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "client/replica.h"
#include "host/failure.h"

namespace relance::client {

struct WireRequest {
  std::string path;
  std::string body;  // empty: a GET
};

struct WireAnswer {
  int status = 0;
  std::string body;
  int retry_after_s = 0;
  Ms round_trip_ms = 0;
};

/// What one sync did, for the person and for `sync --json`.
struct SyncReport {
  std::int64_t sent = 0;
  std::int64_t requests = 0;
  TakenIn taken;
  bool restored = false;       // the server had been restored from a backup
  bool wipe = false;           // the office has ordered this replica destroyed; unsent edits were handed over
  bool suspended = false;      // unsent edits were handed over into quarantine
  std::int64_t erasures = 0;   // cases erased on the office's order
  std::int64_t remaining = 0;  // rows still to come, for the progress bar
};

class Session {
 public:
  explicit Session(Replica& replica) : replica_(replica) {}

  /// The next request; nothing when the sync is over.
  [[nodiscard]] std::optional<WireRequest> next();

  /// What came back. Errors: Failure with what the server said, when asking again at once would not help
  /// (overload, upgrade_required, unauthorised, protocol). What was durable before stays.
  void take(const WireAnswer& answer);

  [[nodiscard]] const SyncReport& report() const { return report_; }

 private:
  enum class Phase { sync, ask_device, rescue, done };

  void take_sync(const WireAnswer& answer);
  void take_problem(const WireAnswer& answer);
  void take_device(const WireAnswer& answer);
  void take_rescue(const WireAnswer& answer);

  Replica& replica_;
  SyncReport report_;
  Phase phase_ = Phase::sync;
  std::optional<Id> nonce_;
  std::optional<Id> token_sent_;
  std::set<std::int64_t> sent_;
  std::int64_t rest_ = 0;
  int challenges_ = 0;
  int restarts_ = 0;
};

/// What an answer that is no success says, with its code's own sentence.
[[nodiscard]] Failure failure_of(const WireAnswer& answer);

/// The other side of a session.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Errors: Failure{unreachable, certificate, login_page, wrong_clock}.
  [[nodiscard]] virtual WireAnswer exchange(const WireRequest& request) = 0;
};

/// Runs a session to its end. `progress` hears the report after every answer.
SyncReport run_session(Session& session, Transport& transport,
                       const std::function<void(const SyncReport&)>& progress);

/// Milliseconds to wait before try number `attempt` (0, 1, 2 …): doubles from one second to five minutes, with
/// full jitter, so that an office's laptops do not come back in the same second.
[[nodiscard]] Ms backoff_ms(int attempt, Random& random);

}  // namespace relance::client
