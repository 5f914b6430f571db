// Reads the export of Sage 50 (formerly Ciel), XIMPORT.TXT: lines of 142 characters, a booking each. It carries the due
// date, which a FEC does not. Keeps the lines of customers' accounts (41x) only; every other line is checked, counted
// and forgotten. The layout is second-hand (from an exporter of another program): what does not fit it is refused with
// its line, never guessed.
//
// Bytes in, values out: no file, no database, no clock.
#pragma once

#include <string_view>

#include "server/claim_lines.h"

namespace relance {

/// Characters of a line: piece 5, journal 2, date 8, due date 8, reference 12, account 11, label 25, amount 13, side 1,
/// analytic account 18, name of the account 34, mark of the form 5 ("O2003").
inline constexpr std::size_t kXimportLineCharacters = 142;

/// The whole export. `accept_unbalanced`: debits and credits may differ (a part of a ledger).
[[nodiscard]] ClaimFile read_ximport(std::string_view bytes, bool accept_unbalanced);

}  // namespace relance
