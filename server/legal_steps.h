// Steps before courts: what each sets going, and the calendar of what must be done by when. A step with a deadline
// makes a legal task on the case; the step that answers it, or its outcome, closes both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/civil_date.h"
#include "server/ledger.h"

namespace relance::server {

struct StepFacts {
  std::string kind;                     // word of legal_step.kind
  std::optional<CivilDate> on;          // done, or the order was made
  std::optional<CivilDate> planned_on;  // of a hearing, or what is planned
  std::string court, counsel;
  std::int64_t interest_cents = 0;  // asked beside the principal, of a small claim
};

struct StepMade {
  Id step;
  std::optional<CivilDate> deadline;
  std::string must;  // what is due by then; empty: nothing
};

/// Records a step with the deadline that its day sets. REQUIRES: a Work is open. Failure{usage} for a step without
/// its day, Failure{refused} for a small claim above the limit.
[[nodiscard]] StepMade add_step(Ledger& ledger, const Author& author, const Id& case_id,
                                const StepFacts& facts);

/// Writes what came of a step and closes its task. REQUIRES: a Work is open; a result.
void close_step(Ledger& ledger, const Author& author, const Id& step, const std::string& result);

/// One thing that is due: of a step, a proof of claim, a legal task of another kind.
struct Deadline {
  CivilDate on;
  std::string what;  // the step's kind, proof_of_claim or task
  std::string must;  // in a few words
  std::string case_number, debtor, court, counsel;
  Id row;  // the step, event or task
};

/// What is not done yet and due by `until`, the earliest first: a hearing tomorrow stands above all that is later.
[[nodiscard]] std::vector<Deadline> court_calendar(sql::Connection& db, CivilDate until);

}  // namespace relance::server
