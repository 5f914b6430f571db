// The office's list of exceptions: what law or policy asks for and the rows do not show. Each rule has a name, its
// legal basis and the days on which it holds; whoever adds a part of the trade adds a line to the table in
// compliance.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/sql.h"
#include "rules/civil_date.h"

namespace relance::server {

struct ComplianceFinding {
  std::string rule;         // name of the rule
  std::string legal_basis;  // article, or policy
  std::string case_number;  // empty: of the office itself
  std::string detail;       // what is wrong, without words of agents or names of debtors
  std::optional<CivilDate> due_on;
};

/// What one rule looks for. Fills in case, detail and day; the rest is the rule's own.
struct ComplianceRule {
  std::string_view name;
  std::string_view legal_basis;
  std::string_view valid_from;  // ISO date of the text; the rule is asked from that day on
  std::string_view asks;        // one sentence for the list of rules
  void (*find)(sql::Connection& db, CivilDate today, std::vector<ComplianceFinding>& out);
};

[[nodiscard]] std::span<const ComplianceRule> compliance_rules();

/// Everything that the rules in force find on the day, the earliest due first, then by rule and case. A rule whose
/// dated figure is missing finds that. REQUIRES: a transaction is open.
[[nodiscard]] std::vector<ComplianceFinding> compliance_findings(sql::Connection& db, CivilDate today);

}  // namespace relance::server
