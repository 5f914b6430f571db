// What moves the limitation clocks of claims, read for case, list and court file alike; rules/limitation.h says until
// when each can be claimed.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "host/sql.h"
#include "rules/limitation.h"

namespace relance {

/// Of a row of `claim`, as SQL: the day from which its clock runs, which somebody named, else due, else issued.
inline constexpr std::string_view kClockFromOn = "coalesce(limitation_start_on, due_on, issued_on)";

/// Acts of every case that has any, or of the one named, in order of days: those that the office has verified (others
/// lengthen nothing). `until`: acts of a later day do not count.
[[nodiscard]] std::unordered_map<Id, std::vector<ActOnClaims>> limitation_acts_of(
    sql::Connection& db, const std::optional<Id>& only = std::nullopt,
    std::optional<CivilDate> until = std::nullopt);

}  // namespace relance
