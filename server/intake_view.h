// The intake check over stored cases: gathers what rules/intake_check.h asks for. Reads only; a person decides.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "rules/civil_date.h"
#include "rules/intake_check.h"

namespace relance::server {

struct IntakeFilter {
  std::string creditor;  // exact name; empty: all
  std::string batch;     // id of an import (import_batches.h), or empty: only its cases
};

struct IntakeClaimLine {
  std::string piece_ref;
  std::string due_on;
  std::string last_day;  // of the limitation, ISO; empty while its clock stands still, or without any date
  std::int64_t gross_cents = 0;
};

struct IntakeLine {
  std::string number;
  std::string creditor;
  std::string debtor;
  std::int64_t asked_cents = 0;
  IntakeFinding finding;
  std::vector<IntakeClaimLine> claims;  // in the order of finding.claims
};

/// Every case that is not closed, by number. REQUIRES: a transaction is open.
/// Errors: Failure{not_found} for a creditor or import that does not exist, or a dated rule that is missing.
[[nodiscard]] std::vector<IntakeLine> intake_lines(sql::Connection& db, const IntakeFilter& filter,
                                                   CivilDate today);

/// "refuse: time-barred", "accept", "accept in part: no evidence".
[[nodiscard]] std::string proposal_text(const IntakeLine& line);

}  // namespace relance::server
