// The limitation clock of a claim: until when it can still be claimed in court, and why. Moved only by what interrupts
// or suspends it in law, never by a call, a reminder, a registered letter or a formal notice: there is no event for
// these. Pure; the periods are dated rows, handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "schema/value.h"

namespace relance {

/// What can happen to the clock. Articles of the Code civil.
enum class LimitationAct : std::uint8_t {
  none,             // nothing has happened: the period itself
  acknowledgement,  // 2240: part payment, signed plan, written request for time
  court_claim,      // 2241, 2242: also a summary one; it lasts to the end of the proceedings
  enforcement,      // 2244: a protective measure or an act of enforcement
  title,            // CPCE L111-4: an enforceable title begins its own period
  conciliation,  // 2238: agreed mediation or conciliation, small-claims procedure; some months are left after it
  impossibility,  // 2233, 2234: a term not yet reached, an obstacle in law
};

/// "none", "acknowledgement", "court_claim", "enforcement", "title", "conciliation", "impossibility".
[[nodiscard]] std::string_view name_of(LimitationAct act);

struct LimitationEvent {
  LimitationAct act = LimitationAct::acknowledgement;
  CivilDate on;
  std::optional<CivilDate> until = {};  // last day of what lasts; without one it still lasts
  bool is_undone = false;               // 2243: the claim was withdrawn, rejected or lapsed
};

/// The code of the dated rule whose period binds a claim: its own, where somebody has named one; else the usual one of
/// its debtor (words of debtor.kind and debtor.b2c). Of one who may be a consumer it is the shorter one until a person
/// has said what he is, so that no claim is lost by waiting.
[[nodiscard]] std::string_view limitation_rule_of(std::string_view kind, std::string_view b2c,
                                                  std::string_view own_rule);

/// "acknowledgement" … of limitation_event.act; nothing for another word.
[[nodiscard]] std::optional<LimitationAct> parse_limitation_act(std::string_view word);

/// The periods that bind one claim, out of the rows in force. Law, so none has a value here. REQUIRES: all above 0.
struct LimitationPeriods {
  std::int64_t claim_months = 0;         // C. com. L110-4, C. civ. 2224; of a consumer C. conso L218-2
  std::int64_t title_months = 0;         // CPCE L111-4
  std::int64_t longest_months = 0;       // C. civ. 2232: from the birth of the right; not for a title
  std::int64_t conciliation_months = 0;  // C. civ. 2238: left at least when a conciliation has ended
};

enum class LimitationReason : std::uint8_t { start, interrupted, titled, suspended, longest };

/// "start", "interrupted", "titled", "suspended", "longest": what set the last day.
[[nodiscard]] std::string_view name_of(LimitationReason reason);

struct Limitation {
  /// The last day on which it can be claimed: acquired when it is over (C. civ. 2229). Nothing while something that
  /// stops the clock still lasts.
  std::optional<CivilDate> last_day;
  LimitationReason reason = LimitationReason::start;
  LimitationAct act = LimitationAct::none;  // of the event that set it
};

/// A count of days or months as a list can use it: a damaged row must not send it through the whole calendar.
inline constexpr std::int64_t kPeriodMax = 36'600;

/// `start_on`: the due date, or an earlier day where somebody has said so. Events in any order; one that comes after
/// the last day revives nothing.
[[nodiscard]] Limitation limitation_of(CivilDate start_on, const LimitationPeriods& periods,
                                       std::span<const LimitationEvent> events);

/// An act as it is written down: about one claim, or (nothing) about all claims of its case.
struct ActOnClaims {
  std::optional<Id> claim_id;
  LimitationEvent event;
};

/// The clock of one claim, by the rules in force when it began. `rule`: as limitation_rule_of says it; `amount`: (code,
/// ISO day) -> optional amount. Nothing where no day is known from which it runs, or a row is missing or senseless.
template <class Amount>
[[nodiscard]] std::optional<Limitation> limitation_of_claim(const Id& claim,
                                                            std::optional<CivilDate> start_on,
                                                            std::string_view rule,
                                                            std::span<const ActOnClaims> acts,
                                                            const Amount& amount) {
  if (!start_on) return std::nullopt;
  const std::string from = iso_text(*start_on);
  const std::optional<std::int64_t> months = amount(rule, from),
                                    title = amount("limitation_title_months", from),
                                    longest = amount("limitation_longest_months", from),
                                    conciliation = amount("limitation_conciliation_months", from);
  for (const auto& period : {months, title, longest, conciliation})
    if (!period || *period <= 0 || *period > kPeriodMax) return std::nullopt;
  std::vector<LimitationEvent> own;
  for (const ActOnClaims& act : acts)
    if (!act.claim_id || *act.claim_id == claim) own.push_back(act.event);
  return limitation_of(*start_on, {*months, *title, *longest, *conciliation}, own);
}

}  // namespace relance
