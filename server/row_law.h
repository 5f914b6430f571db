// What law wants of a row whoever writes it and by whichever way: the ledger asks it of every edit.
#pragma once

#include <optional>
#include <string_view>

#include "host/sql.h"
#include "schema/types.h"
#include "schema/value.h"

namespace relance::server {

inline constexpr std::string_view kResultMissing = "result_missing";
inline constexpr std::string_view kNoTitle = "no_title";

/// The fixed indemnity of C. com. D441-5 as it is booked: the one charge that needs no title.
inline constexpr std::string_view kIndemnityLabel = "Indemnité forfaitaire pour frais de recouvrement";

/// The code of what a row breaks that it did not break before (nothing: a new row); empty: nothing.
/// - result_missing: a task that is a deadline in law is closed or taken back without what came of it (R45).
/// - no_title: a charge on a case without an enforceable title that the office has seen and that was not undone: costs
///   of collection stay with the creditor (CPCE L111-8 al. 2, R37).
[[nodiscard]] std::string_view law_broken(sql::Connection& db, const schema::Table& table,
                                          const std::optional<Row>& before, const Row& after);

}  // namespace relance::server
