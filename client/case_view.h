// One case with everything on it: for a screen in sections, for scripts as one object. Tables that bear a case_id or
// a debtor_id show up by themselves; a new one needs nothing here.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "client/worklist.h"

namespace relance::client {

/// A member each of the worklist's line, then `rows`: for every table of the replica its rows on this case.
[[nodiscard]] boost::json::object case_json(sql::Connection& db, Lang lang, const CaseLine& line);

/// The members that a case has in `cases --json` too.
[[nodiscard]] boost::json::object line_json(Lang lang, const CaseLine& line);

/// Sections for a screen. `figures`: what the case amounts to, with its account; stands first, and in the place of
/// the entries.
[[nodiscard]] std::string case_text(sql::Connection& db, Lang lang, const CaseLine& line,
                                    std::string_view figures = {});

}  // namespace relance::client
