// What waits for a person because of money: for `status`, so that a day's beginning shows it.
#pragma once

#include <string>

#include "host/sql.h"

namespace relance::server {

struct MoneyStatus {
  std::int64_t open_lines = 0;       // of the bank, of which nobody has said what they are
  std::int64_t without_receipt = 0;  // payments received (CPCE R124-6)
  std::int64_t to_remit = 0;         // receipts that must be paid on soon, or are late
};

/// As of `today`, an ISO date.
[[nodiscard]] MoneyStatus money_status(sql::Connection& db, const std::string& today);

/// A line for each that is not nothing, with the command that shows it.
[[nodiscard]] std::string status_text(const MoneyStatus& status);

}  // namespace relance::server
