#include "rules/decision.h"

#include <array>
#include <utility>

namespace relance {
namespace {

constexpr std::array<std::pair<std::string_view, ProposalKind>, 8> kKinds{{
    {"plan", ProposalKind::plan},
    {"discount", ProposalKind::discount},
    {"moratorium", ProposalKind::moratorium},
    {"hold", ProposalKind::hold},
    {"escalate", ProposalKind::escalate},
    {"legal", ProposalKind::legal},
    {"close", ProposalKind::close},
    {"identity", ProposalKind::identity},
}};

// Is the discount more than so many basis points of what is asked? No product leaves 64 bits: amounts stay under 10^13.
bool exceeds(std::int64_t discount_cents, std::int64_t asked_cents, std::int64_t limit_bp) {
  constexpr std::int64_t kWhole = 10'000;
  return discount_cents * kWhole > asked_cents * limit_bp;
}

}  // namespace

std::optional<ProposalKind> parse_proposal_kind(std::string_view word) {
  for (const auto& [name, kind] : kKinds)
    if (name == word) return kind;
  return std::nullopt;
}

std::string_view name_of(DecisionFault fault) {
  switch (fault) {
    case DecisionFault::none: return "none";
    case DecisionFault::decided_already: return "decided_already";
    case DecisionFault::own_proposal: return "own_proposal";
    case DecisionFault::ticks_missing: return "ticks_missing";
    case DecisionFault::comment_missing: return "comment_missing";
    case DecisionFault::balance_moved: return "balance_moved";
    case DecisionFault::above_mandate: return "above_mandate";
    case DecisionFault::over_indebtedness: return "over_indebtedness";
    case DecisionFault::insolvency: return "insolvency";
  }
  return "";
}

DecisionFault fault_of(const ProposalFacts& proposal, const DecisionAsked& asked) {
  if (proposal.is_decided) return DecisionFault::decided_already;
  if (proposal.is_by_decider) return DecisionFault::own_proposal;
  if (!asked.approves) return asked.has_comment ? DecisionFault::none : DecisionFault::comment_missing;
  if (proposal.kind == ProposalKind::plan && proposal.is_over_indebted)
    return DecisionFault::over_indebtedness;
  if (proposal.kind == ProposalKind::plan && proposal.is_insolvent) return DecisionFault::insolvency;
  if (!asked.law_ok || !asked.expediency_ok) return DecisionFault::ticks_missing;
  if (proposal.balance_then_cents && *proposal.balance_then_cents != proposal.balance_now_cents &&
      asked.balance_seen_cents != proposal.balance_now_cents)
    return DecisionFault::balance_moved;
  if (proposal.kind == ProposalKind::discount && proposal.mandate_discount_bp && !asked.creditor_consents &&
      exceeds(proposal.amount_cents, proposal.asked_cents, *proposal.mandate_discount_bp))
    return DecisionFault::above_mandate;
  return DecisionFault::none;
}

bool is_within(const Authority& authority, const ProposalFacts& proposal) {
  if (proposal.kind == ProposalKind::plan)
    return proposal.amount_cents <= authority.plan_cents && proposal.months <= authority.plan_months;
  if (proposal.kind == ProposalKind::discount)
    return authority.discount_bp > 0 &&
           !exceeds(proposal.amount_cents, proposal.asked_cents, authority.discount_bp);
  return false;
}

std::string_view name_of(SettlementState state) {
  switch (state) {
    case SettlementState::pending: return "pending";
    case SettlementState::granted: return "granted";
    case SettlementState::lapsed: return "lapsed";
  }
  return "";
}

SettlementState settlement_of(std::int64_t rest_cents, std::int64_t received_cents, std::string_view until_on,
                              std::string_view today) {
  if (received_cents >= rest_cents) return SettlementState::granted;
  return today > until_on ? SettlementState::lapsed : SettlementState::pending;
}

}  // namespace relance
