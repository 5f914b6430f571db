// The figures of a case (host/case_position.h) as a person reads them and as a script does, in both programs alike.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "host/case_position.h"
#include "host/texts.h"

namespace relance {

/// All of it for one case on one day, from one moment of the database.
struct CaseFigures {
  std::optional<CasePosition> position;
  std::string
      why_not;  // where there is none: the sentence that says which dated rule the office has to enter
  std::vector<AccountLine> account;
};

/// REQUIRES: the case exists; no transaction is open.
[[nodiscard]] CaseFigures case_figures(sql::Connection& db, const Id& case_id, std::string_view iso_day);

[[nodiscard]] std::string figures_text(Lang lang, const CaseFigures& figures);
/// Adds `position` (null where there is none, with `position_missing` saying why) and `account`.
void add_figures(boost::json::object& out, const CaseFigures& figures);

/// What is asked and why, a line a claim, the aged balance, and what must be said on the call; ends with a line end.
[[nodiscard]] std::string position_text(Lang lang, const CasePosition& position);
/// The account with its running balance; empty for an account without lines.
[[nodiscard]] std::string account_text(Lang lang, const std::vector<AccountLine>& lines);

/// Money as integer cents, days as ISO text; null where nothing is known.
[[nodiscard]] boost::json::object position_json(const CasePosition& position);
[[nodiscard]] boost::json::array account_json(const std::vector<AccountLine>& lines);

}  // namespace relance
