// What protects a case from work and from erasure: a restriction (GDPR art. 18) and a legal hold. The one place where
// the office's side knows of either; the ledger asks here before it writes, whoever the author is.
//
// A restricted case is kept, for legal claims and for its books: agents write nothing on it, and nobody agrees anything
// about it. A held case keeps its mark until every hold on it was lifted by a second person.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "server/ledger.h"

namespace relance::server {

/// Codes of refusals, beside those of sync/mutation.h.
inline constexpr std::string_view kHeld = "held";               // a hold still stands on the case
inline constexpr std::string_view kTwoPersons = "two_persons";  // who asked for it cannot also do it

/// The restricted cases by which `staff_id` holds what is in scope; empty when one of them is not restricted. A
/// debtor's own rows are restricted when each of his cases is that the agent holds.
[[nodiscard]] std::vector<Id> restricted_cases(sql::Connection& db, const Scope& scope, const Id& staff_id);

[[nodiscard]] bool is_restricted(sql::Connection& db, const Id& case_id);
/// Does a hold that nobody has lifted stand on the case?
[[nodiscard]] bool is_held(sql::Connection& db, const Id& case_id);

/// Why the row may not be inserted, as a code; empty when nothing protects its case from it.
[[nodiscard]] std::string why_protected(sql::Connection& db, const Author& author, const schema::Table& table,
                                        const Row& row);
/// Why the row may not become `after`.
[[nodiscard]] std::string why_protected(sql::Connection& db, const Author& author, const schema::Table& table,
                                        const Row& before, const Row& after);

}  // namespace relance::server
