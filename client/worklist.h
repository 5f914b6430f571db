// The agent's cases as his list and his screens show them: the figures of host/case_query, what rules/ makes of
// them, and what only a replica knows: which edits on a case are not sent yet.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/case_query.h"
#include "host/texts.h"
#include "rules/case_work.h"

namespace relance::client {

struct CaseLine : WorkedCase<CaseFacts> {
  std::int64_t pending = 0;  // edits on it that are not sent
};

/// Something that a person has to do by today, unlike money that is merely late.
[[nodiscard]] bool is_for_today(const CaseLine& line);

/// Which cases of the agent. Empty or absent: all.
struct CaseQuery {
  std::string search = {};                           // host/work_query.h, find_cases
  std::string creditor = {};                         // its name, case and accents do not matter
  std::string stage = {};                            // word of case_file.stage
  bool due_today = false;                            // is_for_today
  bool promised = false;                             // a promise is open
  std::optional<std::int64_t> no_contact_days = {};  // nobody began a contact for so many days
};

/// The agent's cases that are like this, most urgent first. `today`: ISO date.
[[nodiscard]] std::vector<CaseLine> list_cases(sql::Connection& db, const CaseQuery& query,
                                               const std::string& today);

/// REQUIRES: the case is here.
[[nodiscard]] CaseLine one_case(sql::Connection& db, const Id& case_id, const std::string& today);

/// "45 days past due".
[[nodiscard]] std::string reason_of(Lang lang, const CaseLine& line);

/// Edits that wait, by the case they are about.
[[nodiscard]] std::map<Id, std::int64_t> pending_by_case(sql::Connection& db);

}  // namespace relance::client
