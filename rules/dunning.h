// Whether anything may be asked of a case today: every reason why not, so that letters, worklist and call screens
// stop for the same ones. Pure: the rows and the day are handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/promise_state.h"

namespace relance {

/// Why nothing may be asked, the weightiest first: those that law sets stand before those that were agreed.
enum class DunningReason : std::uint8_t {
  closed,             // nobody works on the case
  restricted,         // GDPR art. 18: storage and legal claims only
  insolvency,         // C. com. L622-7, L622-21: prior debts may be neither paid nor asked for
  over_indebtedness,  // C. conso L722-2, L722-5: admissible, the debtor may not pay prior debts
  do_not_contact,     // somebody said that this debtor must not be contacted
  moratorium,         // C. civ. 1343-5, a commission, or an agreement
  small_claim,        // CPCE R125-7: no payment before the bailiff has stated the outcome
  plan,               // an active plan says what is due and when
  promise,            // a promise that can still be kept
  disputed,           // every open item is contested
};

/// "closed", "restricted", "insolvency", "over_indebtedness", "do_not_contact", "moratorium", "small_claim", "plan",
/// "promise", "disputed".
[[nodiscard]] std::string_view name_of(DunningReason reason);

/// One sentence in English for the office's commands; the agent's program has texts of its own.
[[nodiscard]] std::string_view sentence_of(DunningReason reason);

struct DunningStop {
  DunningReason reason = DunningReason::closed;
  std::optional<CivilDate> until;  // last day on which it holds, where a day is known
};

/// What the rows say of one case.
struct DunningFacts {
  std::string stage;  // word of case_file.stage
  bool is_restricted = false;
  bool is_do_not_contact = false;
  std::vector<std::string> insolvency_kinds;  // words of the debtor's events that are not cancelled

  struct Spell {
    CivilDate from;
    CivilDate until;  // last day
  };
  std::vector<Spell> moratoria;
  std::vector<PromiseMade> promises;  // neither replaced nor superseded
  std::vector<MoneyReceived> received;
  bool has_active_plan = false;
  std::vector<CivilDate>
      small_claims_begun;  // the days on which the bailiff wrote, of those without an outcome

  std::int64_t claims_open = 0;
  std::int64_t claims_disputed = 0;  // of those
};

/// Periods that bind it, out of the rows in force.
struct DunningPeriods {
  std::int64_t promise_grace_days = 0;  // working days
  std::int64_t small_claim_months = 0;  // of the simplified procedure (CPCE R125-1 and following)
};

/// Every reason that holds on the day, the weightiest first, each once with its last day. Empty: it may be asked.
[[nodiscard]] std::vector<DunningStop> dunning_stops(const DunningFacts& facts, const DunningPeriods& periods,
                                                     CivilDate today);

/// Whether a plan may be proposed at all: not on an admissible over-indebtedness file (C. conso L722-5: the debtor
/// may not pay prior debts), nor in insolvency proceedings, which decide for all creditors. The reason why not.
[[nodiscard]] std::optional<DunningReason> why_no_plan(const DunningFacts& facts);

/// The facts from rows of this shape: host/dunning_query.h reads them for both programs, and this layer does not know
/// it. Days that are none are passed over.
template <class Rows>
[[nodiscard]] DunningFacts dunning_facts(const Rows& rows) {
  DunningFacts out{.stage = rows.stage,
                   .is_restricted = rows.is_restricted,
                   .is_do_not_contact = rows.is_do_not_contact,
                   .insolvency_kinds = rows.insolvency_kinds,
                   .has_active_plan = rows.has_active_plan,
                   .claims_open = rows.claims_open,
                   .claims_disputed = rows.claims_disputed};
  for (const auto& one : rows.moratoria) {
    const auto from = parse_civil_date(one.from), until = parse_civil_date(one.until);
    if (from && until) out.moratoria.push_back({*from, *until});
  }
  for (const auto& one : rows.promises) {
    const auto made = parse_civil_date(one.made_on), due = parse_civil_date(one.due_on);
    if (made && due && one.cents > 0) out.promises.push_back({*made, *due, one.cents});
  }
  for (const auto& one : rows.received)
    if (const auto on = parse_civil_date(one.on)) out.received.push_back({*on, one.cents});
  for (const std::string& one : rows.small_claims_begun)
    if (const auto on = parse_civil_date(one)) out.small_claims_begun.push_back(*on);
  return out;
}

}  // namespace relance
