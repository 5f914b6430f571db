// Requests of persons about their data (GDPR art. 15 to 22), from the agent's message to the answer, each with its
// clock; and the proof that a correction has reached the replicas. All writing is in the Work that the caller has open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/request_clock.h"
#include "server/ledger.h"

namespace relance::server {

struct RequestLine {
  Id id, debtor_id;
  std::optional<Id> case_id;
  std::string kind, state, number, debtor;  // number: of its case, or empty
  std::string received_on, due_on, extended_on, extension_reason, channel, detail, grounds, answered_on,
      answer;
  bool is_open = false;
  std::int64_t days_left = 0;  // to its day; below zero: over
  RequestClock clock = RequestClock::running;
};
/// Open ones first, by their day.
[[nodiscard]] std::vector<RequestLine> person_requests(sql::Connection& db, CivilDate today, bool only_open);
/// Failure(not_found).
[[nodiscard]] RequestLine one_request(sql::Connection& db, const Id& id, CivilDate today);

/// A message of an agent to the data protection officer that is no request yet.
struct UntakenRequest {
  Id escalation_id;
  std::string number, debtor, kind, raised_on;  // kind: empty where the message names none
};
[[nodiscard]] std::vector<UntakenRequest> untaken_requests(sql::Connection& db);

struct RequestMade {
  std::string kind;
  Id debtor_id;
  std::optional<Id> case_id = {}, escalation_id = {};
  CivilDate received_on;
  std::string channel = {}, detail = {}, grounds = {};
};
[[nodiscard]] Id add_request(Ledger& ledger, const Author& author, const RequestMade& made);
/// Makes a request of an agent's message, with the day on which the person asked; the message is acknowledged.
/// `kind`: for a message that names none. Failure{not_found, refused, usage}.
[[nodiscard]] Id take_request(Ledger& ledger, const Author& author, const Id& escalation,
                              const std::string& kind);
/// Two more months, once, and only while the first one runs: the person was told on `told_on`. Failure(refused).
void extend_request(Ledger& ledger, const Author& author, const Id& request, CivilDate told_on,
                    const std::string& reason);
/// What was weighed; of an objection it has to stand there before the answer.
void weigh_request(Ledger& ledger, const Author& author, const Id& request, const std::string& grounds);

struct RequestAnswer {
  bool is_refused = false;
  std::string text;
  CivilDate on;
  bool do_not_contact = false;  // an objection that is granted: nobody contacts the debtor any more
};
/// Failure(refused) for one that is answered, or an objection that nobody has weighed.
void answer_request(Ledger& ledger, const Author& author, const Id& request, const RequestAnswer& answer);

// ---- corrections -------------------------------------------------------------------------------------------------

struct Correction {
  const schema::Table* table = nullptr;
  Id row;
  std::vector<sync::Change> changes;  // `before` is filled in
  std::string ground;
};
/// An ordinary edit whose ground stands in a request: the given one, or one that is made for it. The request's id.
/// Failure{not_found, refused} where the row is nobody's or a rule forbids it.
[[nodiscard]] Id rectify(Ledger& ledger, const Author& author, Correction correction,
                         const std::optional<Id>& request, CivilDate today);

/// What is known of a row on a device that holds it.
struct Reach {
  Id device;
  std::string user, machine, state;
  Ms last_sync_at = 0;
  std::int64_t pending = 0;
  bool has_reached = false;  // its cursor is past the row's last change
};
/// The devices of whoever holds the row now, by user.
[[nodiscard]] std::vector<Reach> reach_of(sql::Connection& db, const schema::Table& table, const Id& row);

/// A row that was corrected for a request.
struct CorrectedRow {
  const schema::Table* table = nullptr;
  Id row;
  std::string unit, before, after;  // as history has them
  Ms happened_at = 0;
  std::string author;
  std::vector<Reach> devices;
};
[[nodiscard]] std::vector<CorrectedRow> corrections_of(sql::Connection& db, const Id& request);

/// The debtor of a case, or the debtor himself, by number or id. Failure(not_found).
struct PersonNamed {
  Id debtor_id;
  std::optional<Id> case_id;
};
[[nodiscard]] PersonNamed person_named(sql::Connection& db, const std::string& number_or_id);

// ---- alarms ------------------------------------------------------------------------------------------------------

/// What waits for a person: a code, a sentence without personal data, and whether its day is over.
struct RightsAlarm {
  std::string code;  // request_due, request_untaken, hold_review
  std::string sentence;
  bool is_over = false;
};
[[nodiscard]] std::vector<RightsAlarm> rights_alarms(sql::Connection& db, CivilDate today);

}  // namespace relance::server
