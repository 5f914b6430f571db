// What the office does with its agents' work: who has seen an escalation and by when, what an agent should reach.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/work_lists.h"
#include "rules/civil_date.h"
#include "server/ledger.h"

namespace relance::server {

/// An escalation with what follows from its dates.
struct EscalationLine {
  EscalationRow row;
  std::optional<CivilDate> due_on;  // by then somebody should have seen it; nothing for a notice
  bool is_overdue = false;          // raised, unseen, and the day is over
};

/// The oldest first. `due_working_days`: from the day it was raised (dated rule escalation_due_working_days).
[[nodiscard]] std::vector<EscalationLine> escalation_lines(sql::Connection& db, const std::string& to_role,
                                                           bool only_open, std::int64_t due_working_days,
                                                           const std::string& today);

/// Somebody has seen it, or answers it. Failure{not_found}. REQUIRES: a Work is open.
[[nodiscard]] sync::Outcome acknowledge(Ledger& ledger, const Author& author, const Id& escalation);
[[nodiscard]] sync::Outcome answer(Ledger& ledger, const Author& author, const Id& escalation,
                                   const std::string& text, const std::string& today);

/// What a member of staff should reach in a month: changes the row there is, or adds one. Absent figures stay.
/// REQUIRES: a Work is open.
struct TargetFigures {
  std::optional<std::int64_t> contacts, promises, cash_cents;
};
[[nodiscard]] sync::Outcome set_target(Ledger& ledger, const Author& author, const Id& staff,
                                       const std::string& month_on, const TargetFigures& figures);

/// "2026-12" as its days and instants in Paris. Failure{usage}.
[[nodiscard]] Month month_named(const std::string& text);

}  // namespace relance::server
