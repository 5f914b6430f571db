// The agent's cases in the order in which to work them: days past due, then balance, then number; each rank with its
// reason. Reads the replica; the arithmetic of claims and credits is rules/receivables.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "host/texts.h"
#include "rules/civil_date.h"
#include "schema/value.h"

namespace relance::client {

/// One open claim, with the part of it that no credit covers.
struct ClaimLine {
  Id id;
  std::string due_on;  // empty: none
  std::int64_t gross_cents = 0;
  std::int64_t open_cents = 0;
};

/// What a case's account says.
struct CaseMoney {
  std::int64_t balance_cents = 0;      // all entries, less what was received and is no entry
  std::int64_t asked_cents = 0;        // of the open claims, after the credits
  std::int64_t credit_left_cents = 0;  // credits that no claim took up
  std::vector<ClaimLine> claims;       // the open ones
};

struct CaseLine {
  Id id, debtor_id;
  std::string number, creditor, debtor, stage, holder, next_action_on;
  CaseMoney money;
  std::string due_on;                        // of the oldest claim still asked for; empty: none
  std::optional<std::int64_t> days_past_due;  // negative: not due yet; nothing without a due date
  std::int64_t pending = 0;                  // edits on it that are not sent
  std::string searched;                      // folded: number, names, creditor, pieces

  [[nodiscard]] bool is_closed() const { return stage == "closed"; }
};

/// All cases of the replica, or one; unranked.
[[nodiscard]] std::vector<CaseLine> load_cases(sql::Connection& db, CivilDate today, const std::optional<Id>& only = {});

/// Oldest due first, then the largest balance, then the number; closed cases and those without a claim at the end.
void rank(std::vector<CaseLine>& cases);

/// Does every word of `search` occur in it? Case and accents do not matter.
[[nodiscard]] bool matches(const CaseLine& line, std::string_view search);

/// "45 days past due".
[[nodiscard]] std::string reason_of(Lang lang, const CaseLine& line);

/// The case of that number or id, if it is here.
[[nodiscard]] std::optional<Id> find_case(sql::Connection& db, std::string_view number_or_id);

/// How people call a debtor.
[[nodiscard]] std::string debtor_name(const std::string& legal, const std::string& trade, const std::string& first);

/// Edits that wait, by the case they are about.
[[nodiscard]] std::map<Id, std::int64_t> pending_by_case(sql::Connection& db);

}  // namespace relance::client
