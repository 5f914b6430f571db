// Whether the office may decide a proposal as it is about to: four eyes, both ticks, a reason for a refusal, and a
// balance that is still the one its author saw.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace relance {

enum class ProposalKind : std::uint8_t { plan, discount, moratorium, hold, escalate, legal, close, identity };

/// The stable word of proposal.kind; nothing for another word.
[[nodiscard]] std::optional<ProposalKind> parse_proposal_kind(std::string_view word);

/// How far somebody may go alone. 0: not at all.
struct Authority {
  std::int64_t plan_cents = 0;
  std::int64_t plan_months = 0;
  std::int64_t discount_bp = 0;  // of what is asked
};

/// A proposal as its decision meets it. Amounts in cents.
struct ProposalFacts {
  ProposalKind kind = ProposalKind::plan;
  std::int64_t amount_cents = 0;                   // of the plan; given up by a discount
  std::int64_t months = 0;                         // from today to the last instalment, begun months counted
  std::optional<std::int64_t> balance_then_cents;  // what its author saw
  std::int64_t balance_now_cents = 0;
  std::int64_t asked_cents = 0;
  std::optional<std::int64_t> mandate_discount_bp;  // the creditor's limit, where there is one
  bool is_decided = false;
  bool is_by_decider = false;
  bool is_over_indebted = false;  // an admissible file: no prior debt may be paid (C. conso. L722-5)
  bool is_insolvent = false;      // open proceedings decide for all creditors (C. com. L622-7, L622-21)
};

struct DecisionAsked {
  bool approves = false;
  bool law_ok = false, expediency_ok = false;
  bool has_comment = false;
  bool creditor_consents = false;
  std::optional<std::int64_t> balance_seen_cents;  // that the decider says to have looked at
};

enum class DecisionFault : std::uint8_t {
  none,
  decided_already,
  own_proposal,     // four eyes
  ticks_missing,    // an approval stands in law and is expedient, or it is none
  comment_missing,  // a refusal says why
  balance_moved,    // since the proposal; the decider has to name what it is now
  above_mandate,    // the creditor has to consent
  over_indebtedness,
  insolvency,
};

/// "decided_already", "own_proposal" ...: stable codes.
[[nodiscard]] std::string_view name_of(DecisionFault fault);

[[nodiscard]] DecisionFault fault_of(const ProposalFacts& proposal, const DecisionAsked& asked);

/// Would its author have been free to agree it alone? Only plans and discounts ever are.
[[nodiscard]] bool is_within(const Authority& authority, const ProposalFacts& proposal);

/// What becomes of a discount: it is the debtor's once the rest has come in by its day; after that day the whole is
/// owed again.
enum class SettlementState : std::uint8_t { pending, granted, lapsed };
[[nodiscard]] std::string_view name_of(SettlementState state);

/// `rest_cents`: what had to be paid for the discount to hold; `received_cents`: from the decision to the last day
/// inclusive. Days as ISO texts.
[[nodiscard]] SettlementState settlement_of(std::int64_t rest_cents, std::int64_t received_cents,
                                            std::string_view until_on, std::string_view today);

}  // namespace relance
