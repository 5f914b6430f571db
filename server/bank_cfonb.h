// The French banks' own formats: records of 120 characters (statements of account) and of 240 (lists of operations).
#pragma once

#include "server/bank_file.h"

namespace relance::server {

/// Statements: 01 opens one with its balance, 04 is a movement, 05 says more of it, 07 closes with the new balance.
/// Refused where records are missing or out of order, and where the movements do not lead from balance to balance.
[[nodiscard]] BankFile read_cfonb120(std::string_view bytes);

/// Transfers received: 31 opens a list, 34 is an operation, 39 closes it with a total. The total is compared, and a
/// difference told, not refused: public examples of real lists do not add up.
[[nodiscard]] BankFile read_cfonb240(std::string_view bytes);

}  // namespace relance::server
