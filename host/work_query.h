// What decides where a case stands in the list of work: tasks, agreements, deadlines, contacts. One SQL for the
// office's database and for a replica, a few queries whatever the number of cases; rules/case_work.h says what follows.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/dunning_query.h"
#include "host/limitation_query.h"
#include "host/sql.h"

namespace relance {

/// Days are ISO texts, empty where there is none.
struct WorkRows {
  DunningRows dunning;
  std::string debtor_kind, b2c;  // words of the debtor

  std::vector<ActOnClaims> limitation_acts;

  struct Task {
    std::string kind, due_on;
    bool is_legal = false;
  };
  std::vector<Task> tasks;  // to do
  std::string next_action_on;

  struct Instalment {
    std::string due_on;
    std::int64_t cents = 0;
  };
  std::vector<Instalment> instalments;  // of the active plan, by day
  std::string plan_since;               // the day it was made

  std::vector<std::string>
      legal_days;  // hearings, deadlines and proofs of claim still to come or without a result

  Ms contacted_at = 0;  // last contact or courtesy letter that we began; 0: never
  Ms answered_at = 0;   // last time somebody answered
};

/// Of these cases, which are every case or the one named. REQUIRES: a transaction is open, the one in which `facts`
/// were read.
[[nodiscard]] std::unordered_map<Id, WorkRows> work_rows(sql::Connection& db,
                                                         const std::vector<CaseFacts>& facts,
                                                         const std::optional<Id>& only = std::nullopt);

/// Cases that `search` finds: each of its words occurs in number, names, creditor, ledger account or pieces; case and
/// accents do not matter. Digits also find a telephone number, however written, and a SIREN or SIRET.
[[nodiscard]] std::vector<Id> find_cases(sql::Connection& db, std::string_view search);

}  // namespace relance
