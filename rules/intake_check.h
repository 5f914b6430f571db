// Whether a case should be taken on: what is claimed must be certain, of somebody who is known, provable, not
// time-barred, and not stopped by insolvency proceedings. A proposal with its reasons; a person decides. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"

namespace relance {

/// Why a claim should not be taken on. In the order in which they are told: what nobody can mend comes first.
enum class IntakeReason : std::uint8_t {
  time_barred,        // C. com. L110-4, C. civ. 2224, C. conso L218-2: the last day is over
  insolvency,         // C. com. L622-21, C. conso L722-2: proceedings are open
  maybe_time_barred,  // so if the debtor is a consumer, which nobody has said yet
  amount_uncertain,   // disputed, or nothing is left to ask
  debtor_unknown,     // no name, or neither a register number nor an address
  no_evidence,        // no piece proves it
};

/// "time_barred", "insolvency", "maybe_time_barred", "amount_uncertain", "debtor_unknown", "no_evidence": stable codes.
[[nodiscard]] std::string_view name_of(IntakeReason reason);

/// A reason in words: "time-barred".
[[nodiscard]] std::string_view words_of(IntakeReason reason);

/// Whether the creditor can mend it, by a piece or a word.
[[nodiscard]] bool is_curable(IntakeReason reason);

/// One open claim, as the rows tell it.
struct IntakeClaim {
  std::optional<CivilDate> last_day;              // of the limitation; nothing while its clock stands still
  std::optional<CivilDate> last_day_of_consumer;  // set only where nobody has said whether the debtor is one
  bool has_evidence = false;
  bool is_disputed = false;
};

struct IntakeCase {
  std::vector<IntakeClaim> claims;  // the open ones
  std::int64_t asked_cents = 0;     // what is left to ask once credits are set against the claims
  bool has_name = false;
  bool has_register_number = false;  // a valid SIREN
  bool has_address = false;          // a postal one that is not marked wrong
  bool has_open_insolvency = false;
};

struct IntakeFinding {
  bool accepts = false;                           // at least one claim can be taken on
  std::vector<IntakeReason> reasons;              // against any of the claims or the case; each once
  std::vector<std::vector<IntakeReason>> claims;  // against each claim, in the order given; empty: none
};

/// `today`: the day of the check. A claim is time-barred once its last day is over (C. civ. 2229).
[[nodiscard]] IntakeFinding intake_of(const IntakeCase& facts, CivilDate today);

}  // namespace relance
