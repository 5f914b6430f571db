// Money that has really come in on a case, by day, counted once: what the office received, and what only the creditor's
// ledger shows. One SQL for both programs (docs/decisions/012).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "host/sql.h"

namespace relance {

struct ReceivedOn {
  /// ISO; empty where nobody knows it. Of what came back the day on which it had come: it pays nothing from then on.
  std::string day;
  std::int64_t cents = 0;  // below zero: it bounced, or was taken back
  std::string known_on;    // the day on which it came, or went back
};

/// In order of days. What a debtor declares is not in it.
[[nodiscard]] std::vector<ReceivedOn> received_money(sql::Connection& db, const Id& case_id);

enum class MoneyOf : std::uint8_t { all, promised };  // cases; those with a promise or a plan

/// Of every case that has any, or of the one named: for lists.
[[nodiscard]] std::unordered_map<Id, std::vector<ReceivedOn>> received_money_of(
    sql::Connection& db, const std::optional<Id>& only = std::nullopt, MoneyOf cases = MoneyOf::all);

}  // namespace relance
