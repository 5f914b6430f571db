// Proposals before the office: what each asks, what has changed since, and its decision with all that follows from it.
#pragma once

#include <string>
#include <vector>

#include "rules/decision.h"
#include "server/ledger.h"

namespace relance::server {

/// A proposal and what the decider has to see beside it.
struct ProposalEntry {
  Id id, case_id, author_id;
  std::optional<Id> plan_id;
  std::string number, debtor, creditor, author, kind, grounds, until_on, made_on;
  ProposalFacts facts;
  bool is_within_authority = false;  // of its author
  std::string verdict;               // empty: open
};

/// Open ones, or all; oldest first. `day`: ISO date. REQUIRES: no transaction is open.
[[nodiscard]] std::vector<ProposalEntry> proposals(sql::Connection& db, std::string_view day, bool only_open);

/// One of them as it is now; nothing when there is none. REQUIRES: a transaction is open: who decides on it reads it in
/// the one that writes the decision, so that nothing moves between looking and writing.
[[nodiscard]] std::optional<ProposalEntry> find_proposal(sql::Connection& db, const Id& id,
                                                         std::string_view day);

/// Writes the decision and what follows from an approval: a plan becomes active and replaces the one before, a
/// moratorium begins, a case goes to court or is closed. All in the Work that is open.
/// REQUIRES: fault_of(entry.facts, asked) is none. Failure(refused) when a rule of the ledger forbids it.
void decide(Ledger& ledger, const Author& author, const ProposalEntry& entry, const DecisionAsked& asked,
            const std::string& comment, std::string_view day);

}  // namespace relance::server
