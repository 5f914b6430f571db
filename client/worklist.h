// The agent's cases as his list and his screens show them: the figures of host/case_query, what rules/ makes of
// them, and what only a replica knows: which edits on a case are not sent yet.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/case_query.h"
#include "host/texts.h"
#include "rules/worklist.h"

namespace relance::client {

struct CaseLine {
  CaseFacts facts;
  std::vector<std::int64_t> open_cents;  // of each of facts.claims, after credits
  std::int64_t asked_cents = 0;
  std::int64_t credit_left_cents = 0;  // credits that no claim took up
  std::string due_on;                  // of the oldest claim still asked for; empty: none
  RankReason reason = RankReason::nothing_owed;
  std::int64_t days_past_due = 0;  // negative: days to come; 0 without a due date
  std::int64_t pending = 0;        // edits on it that are not sent

  [[nodiscard]] std::string holder() const;  // names, ", " between
};

/// The agent's cases that `search` finds (each of its words in number, names, creditor or pieces; case and accents do
/// not matter), most urgent first. `today`: ISO date.
[[nodiscard]] std::vector<CaseLine> list_cases(sql::Connection& db, std::string_view search,
                                               std::string_view today);

/// REQUIRES: the case is here.
[[nodiscard]] CaseLine one_case(sql::Connection& db, const Id& case_id, std::string_view today);

/// "45 days past due".
[[nodiscard]] std::string reason_of(Lang lang, const CaseLine& line);

/// Edits that wait, by the case they are about.
[[nodiscard]] std::map<Id, std::int64_t> pending_by_case(sql::Connection& db);

}  // namespace relance::client
