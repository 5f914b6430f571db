// What the office sees of its cases: the ranked list, and one case with everything on it. Reads only; balances and
// ranks follow from the rows (host/case_query.h, rules/worklist.h) and are stored nowhere.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/case_query.h"
#include "rules/case_work.h"
#include "schema/types.h"

namespace relance::server {

/// A case with what follows from its rows.
struct CaseLine : WorkedCase<CaseFacts> {};

struct CaseFilter {
  std::string creditor;  // exact name; empty: all
  std::string holder;    // name of a member of staff; empty: all
  std::string search;    // host/work_query.h, find_cases
  bool only_open = false;
  std::string postcode;  // what the postcode of the debtor's address begins with; empty: any
  std::optional<std::int64_t> min_cents = {}, max_cents = {};  // of what is asked
  std::optional<bool> is_held = {};                            // by somebody
};

/// Cases that are not closed or not level, most urgent first. `today`: ISO date.
/// Failure{not_found} for a creditor or holder that does not exist.
[[nodiscard]] std::vector<CaseLine> list_cases(sql::Connection& db, const CaseFilter& filter,
                                               const std::string& today);

/// One case, by number or id. Failure{not_found}.
[[nodiscard]] CaseLine one_case(sql::Connection& db, std::string_view number_or_id, const std::string& today);

/// "call back today" …: the office's language is English until its screens come.
[[nodiscard]] std::string reason_text(const CaseLine& line);

/// Points, their parts and the version of the rules: never a decision (GDPR art. 22).
[[nodiscard]] boost::json::object risk_json(const RiskScore& risk);
[[nodiscard]] boost::json::object line_json(const CaseLine& line);
/// The line's members, then `rows`: for every table with rows of a case, those of this one.
[[nodiscard]] boost::json::object case_json(sql::Connection& db, const CaseLine& line);
[[nodiscard]] std::string list_text(const std::vector<CaseLine>& lines);
/// The same for a spreadsheet.
[[nodiscard]] std::string list_csv(const std::vector<CaseLine>& lines);
/// `figures`: what the case amounts to, with its account; stands first, and in the entries' place.
[[nodiscard]] std::string case_text(sql::Connection& db, const CaseLine& line, std::string_view figures = {});

/// A value for scripts: money in cents, instants as ISO text, ids as UUID text.
[[nodiscard]] boost::json::value json_of(const schema::Column& column, const Value& value);

}  // namespace relance::server
