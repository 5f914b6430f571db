// What the office sees of its cases: the ranked list, and one case with everything on it. Reads only; balances and
// ranks follow from the rows (host/case_query.h, rules/worklist.h) and are stored nowhere.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/case_query.h"
#include "rules/worklist.h"
#include "schema/types.h"

namespace relance::server {

/// A case with what is asked in it once open credits are set against its oldest claims.
struct CaseLine {
  CaseFacts facts;
  std::vector<std::int64_t> open_cents;  // of each of facts.claims, after credits
  std::int64_t asked_cents = 0;
  std::int64_t credit_left_cents = 0;
  std::string due_on;  // of the oldest claim still asked; empty: none
  RankReason reason = RankReason::nothing_owed;
  std::int64_t days_past_due = 0;

  [[nodiscard]] std::string holder() const;  // names, ", " between
};

struct CaseFilter {
  std::string creditor;  // exact name; empty: all
  std::string holder;    // name of a member of staff; empty: all
  std::string
      search;  // words that all occur in number, names, account or pieces; case and accents do not matter
  bool only_open = false;
};

/// Cases that are not closed or not level, most urgent first. `today`: ISO date.
/// Failure{not_found} for a creditor or holder that does not exist.
[[nodiscard]] std::vector<CaseLine> list_cases(sql::Connection& db, const CaseFilter& filter,
                                               std::string_view today);

/// One case, by number or id. Failure{not_found}.
[[nodiscard]] CaseLine one_case(sql::Connection& db, std::string_view number_or_id, std::string_view today);

/// "45 days past due": the office's language is English until its screens come.
[[nodiscard]] std::string reason_text(const CaseLine& line);

[[nodiscard]] boost::json::object line_json(const CaseLine& line);
/// The line's members, then `rows`: for every table with rows of a case, those of this one.
[[nodiscard]] boost::json::object case_json(sql::Connection& db, const CaseLine& line);
[[nodiscard]] std::string list_text(const std::vector<CaseLine>& lines);
/// `figures`: what the case amounts to, with its account; stands first, and in the entries' place.
[[nodiscard]] std::string case_text(sql::Connection& db, const CaseLine& line, std::string_view figures = {});

/// A value for scripts: money in cents, instants as ISO text, ids as UUID text.
[[nodiscard]] boost::json::value json_of(const schema::Column& column, const Value& value);

}  // namespace relance::server
