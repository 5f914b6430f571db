// Retention from rows: the dated rules of the office, and what happened to its cases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/retention.h"
#include "server/ledger.h"

namespace relance::server {

/// Adds the default rules (domain RC1 to RC10) whose code no row has yet; how many. REQUIRES: a Work is open.
std::int64_t add_retention_rules(Ledger& ledger, const Author& author);

/// Every row, also those that a later one has replaced.
[[nodiscard]] std::vector<RetentionRule> load_retention_rules(sql::Connection& db);

/// Tables with personal data that no rule in force ever ends: with one of them nobody is served (GDPR art. 5(1)(e)).
[[nodiscard]] std::vector<std::string> tables_without_end(std::span<const RetentionRule> in_force);
/// Failure{refused} naming them and the remedy.
void require_every_end(sql::Connection& db, CivilDate today);

struct CaseRetention {
  Id case_id;
  std::string number;
  CaseEvents events;
  CaseBars bars;
};

/// Closed cases, or one case whatever its stage.
[[nodiscard]] std::vector<CaseRetention> load_case_retention(sql::Connection& db,
                                                             const std::optional<Id>& only = std::nullopt);

}  // namespace relance::server
