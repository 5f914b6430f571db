// Insolvency as the law's gazette (BODACC) announces it: what a judgment means for who collects, and until when the
// claim must be declared. Pure; periods are dated rows, handed in.
#pragma once

#include <cstdint>
#include <string_view>

#include "rules/civil_date.h"

namespace relance {

/// What a published judgment says of its debtor.
enum class JudgmentMeaning : std::uint8_t {
  none,            // a list, a deposit, an appointment: nothing changes for who collects
  safeguard,       // sauvegarde
  reorganisation,  // redressement judiciaire
  liquidation,     // liquidation judiciaire
  other,           // proceedings of another or unnamed kind were opened: dunning stops all the same
  ended,           // closed: a person says what is left of the claim
};

/// "none", "safeguard", "reorganisation", "liquidation", "other", "ended"; of an event the word of its kind.
[[nodiscard]] std::string_view name_of(JudgmentMeaning meaning);

/// `nature` and `complement` of the notice, folded to lower case without accents; letters that were damaged on the
/// way may be blanks. Order and words as in the open rules of the Annuaire des entreprises (tests/data/registry).
[[nodiscard]] JudgmentMeaning meaning_of(std::string_view nature, std::string_view complement);

/// Whether the judgment begins the period for proofs of claim: openings and extensions do; a conversion leaves the
/// period of its opening as it was.
[[nodiscard]] bool opens_period(std::string_view nature);

/// The last day for the proof of claim (C. com. R622-24): so many months after publication.
struct ProofDeadline {
  CivilDate in_law;  // to be kept
  CivilDate
      next_working;  // the same day, or the working day after it: whether the period is extended is not settled
};
[[nodiscard]] ProofDeadline proof_deadline(CivilDate published_on, std::int64_t months);

/// The day itself, or the first working day after it.
[[nodiscard]] CivilDate working_day_from(CivilDate day);

}  // namespace relance
