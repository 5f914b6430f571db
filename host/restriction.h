// Restricted cases (GDPR art. 18), out of sight: for both programs, one place. What is read on the connection
// afterwards under the name of a table is what of it may be worked on; the rows themselves stay.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "host/sql.h"

namespace relance {

/// Puts temporary views before the tables of cases, which leave out restricted cases and debtors of whom every case
/// here is. Nothing is done where no case is restricted. The number of restricted cases. REQUIRES: the connection only
/// reads, and no transaction is open.
std::int64_t hide_restricted(sql::Connection& db);

/// How many cases are, hidden or not.
[[nodiscard]] std::int64_t count_restricted(sql::Connection& db);
/// Is the case restricted? By its number or id, also after hide_restricted.
[[nodiscard]] bool is_restricted(sql::Connection& db, std::string_view number_or_id);
/// Is what belongs to this case, or else to this debtor, restricted here? A debtor's own rows are when each of his
/// cases in this database is. REQUIRES: nothing is hidden on the connection.
[[nodiscard]] bool is_restricted(sql::Connection& db, const std::optional<Id>& case_id,
                                 const std::optional<Id>& debtor_id);

/// Does the query name the tables behind the views?
[[nodiscard]] bool reaches_behind(std::string_view query);

}  // namespace relance
