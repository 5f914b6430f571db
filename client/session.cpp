#include "client/session.h"

#include <algorithm>

#include "host/digest.h"
#include "host/failure.h"
#include "sync/limits.h"
#include "sync/planted.h"

namespace relance::client {
namespace {

constexpr int kChallengesMax = 3;  // more, and something between us and the server repeats old requests
constexpr int kRestartsMax = 3;
constexpr Ms kBackoffFirstMs = 1'000;
constexpr Ms kBackoffMaxMs = 5 * 60 * 1000;

Code code_from(std::string_view name) {
  for (const CodeFacts& facts : all_codes())
    if (facts.name == name) return facts.code;
  return Code::protocol;
}

}  // namespace

Failure failure_of(const WireAnswer& answer) {
  const Code code = code_from(sync::problem_code(answer.body));
  return {code, answer.status == 0 ? "The server gave no answer." : std::string(facts_of(code).sentence)};
}

std::optional<WireRequest> Session::next() {
  switch (phase_) {
    case Phase::sync: {
      const Replica::Outgoing out = replica_.next_request(nonce_);
      token_sent_ = out.resume;
      rest_ = out.rest;
      // An edit goes with every request until its outcome is applied; a person counts it once.
      sent_.insert(out.sent.begin(), out.sent.end());
      report_.sent = static_cast<std::int64_t>(sent_.size());
      return WireRequest{"/v1/sync", out.body};
    }
    case Phase::ask_device: return WireRequest{"/v1/device", {}};
    case Phase::rescue: return WireRequest{"/v1/rescue", replica_.rescue_body()};
    case Phase::done: return std::nullopt;
  }
  return std::nullopt;
}

void Session::take(const WireAnswer& answer) {
  ++report_.requests;
  switch (phase_) {
    case Phase::sync: return take_sync(answer);
    case Phase::ask_device: return take_device(answer);
    case Phase::rescue: return take_rescue(answer);
    case Phase::done: return;
  }
}

void Session::take_sync(const WireAnswer& answer) {
  if (answer.status != 200) return take_problem(answer);
  const auto decoded = sync::Answer::decode(answer.body);
  if (!decoded)
    throw Failure(Code::protocol, "The server's answer is not one of this protocol; nothing was changed.");
  nonce_.reset();
  report_.taken.add(replica_.take(*decoded, answer.body, answer.round_trip_ms));
  // Before anything of the answer is looked at by a person.
  report_.erasures += replica_.finish_erasures();
  report_.remaining = decoded->head.remaining;
  if (decoded->head.remaining > 0 || rest_ > 0 || replica_.wants_more()) {
    // A server that neither takes our edits nor says why would have us ask for ever.
    const bool moved = decoded->carries() || decoded->head.remaining > 0;
    restarts_ = moved ? 0 : restarts_ + 1;
    if (restarts_ > kRestartsMax)
      throw Failure(Code::protocol, "The server does not take in the edits of this device; tell the office.");
    return;
  }
  phase_ = Phase::done;
}

void Session::take_problem(const WireAnswer& answer) {
  const std::string name = sync::problem_code(answer.body);
  const Code code = code_from(name);
  const auto parsed = sync::parse_json(answer.body);
  const auto* body = parsed ? parsed->if_object() : nullptr;
  // Whoever is not served any more erases all the same.
  if (body != nullptr) replica_.take_orders(sync::read_orders(*body));
  report_.erasures += replica_.finish_erasures();
  switch (code) {
    case Code::epoch:
      report_.restored = true;
      if (++restarts_ > kRestartsMax) break;
      phase_ = Phase::ask_device;
      return;
    case Code::resume_unknown:
      if (++challenges_ > kChallengesMax || body == nullptr) break;
      // Still the machine that stores this token? Then say so. Otherwise our own later request was faster: ask again.
      nonce_ = replica_.resume_token() == token_sent_ ? sync::id_member(*body, "nonce") : std::nullopt;
      return;
    case Code::bootstrap_required:
      if (++restarts_ > kRestartsMax) break;
      replica_.start_bootstrap();
      return;
    case Code::suspended:
      replica_.set_standing(Standing::suspended);
      report_.suspended = true;
      phase_ = Phase::rescue;
      return;
    case Code::unauthorised:
      // Our certificate was good enough to be answered, but a server restored from before our enrolment does not
      // know us: it enters us as rescued, and the office confirms.
      replica_.set_standing(Standing::suspended);
      report_.suspended = true;
      report_.restored = true;
      phase_ = Phase::rescue;
      return;
    case Code::wiped:
      replica_.set_standing(
          Standing::wiped);  // nothing is read from here on, also if the handing over is cut
      report_.wipe = true;
      phase_ = Phase::rescue;
      return;
    case Code::upgrade_required:
      // Ours is the newer one: it has upgraded the replica, and waits with it for the office.
      if (const auto theirs = body == nullptr ? std::nullopt : sync::integer_member(*body, "schema");
          theirs && *theirs < replica_.version())
        throw Failure(
            code,
            "The office's server is older than this program; your edits are kept here and sent once "
            "it has been upgraded.");
      break;
    default: break;
  }
  throw failure_of(answer);
}

void Session::take_device(const WireAnswer& answer) {
  const auto parsed = sync::parse_json(answer.body);
  const auto* body = parsed ? parsed->if_object() : nullptr;
  const auto epoch = body == nullptr ? std::nullopt : sync::id_member(*body, "epoch");
  const auto last_n = body == nullptr ? std::nullopt : sync::integer_member(*body, "last_n");
  if (answer.status != 200 || !epoch || !last_n) return take_problem(answer);
  const auto hash = unhex(sync::text_member(*body, "last_hash").value_or(""));
  replica_.enter_epoch(*epoch, *last_n, hash.value_or(""));
  phase_ = Phase::sync;
}

void Session::take_rescue(const WireAnswer& answer) {
  if (answer.status != 200)
    throw Failure(
        Code::unreachable,
        "The office did not take in the unsent edits of this device; they stay here. Try again later.");
  replica_.mark_quarantined();
  // Told to wipe: the edits are safe at the office first; the caller destroys key and files, then says so.
  phase_ = Phase::done;
}

SyncReport run_session(Session& session, Transport& transport,
                       const std::function<void(const SyncReport&)>& progress) {
  while (const auto request = session.next()) {
    session.take(transport.exchange(*request));
    progress(session.report());
  }
  return session.report();
}

Ms backoff_ms(int attempt, Random& random) {
  const Ms bound = std::min<Ms>(kBackoffFirstMs << std::min(attempt, 20), kBackoffMaxMs);
  return static_cast<Ms>(random.number() % static_cast<std::uint64_t>(bound)) + 1;
}

}  // namespace relance::client
