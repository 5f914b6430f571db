// What an agent hands over on the spot for a payment that he was told of: a slip that says of itself that it is
// provisional. The numbered receipt (quittance, CPCE R124-6) comes from the office alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rules/civil_date.h"
#include "rules/letter_text.h"

namespace relance {

struct SlipFacts {
  std::string sender, creditor, debtor, case_number, agent;
  LetterPayment payment;
  std::string payment_ref;  // its id: by it the office finds it
  CivilDate made_on;
  std::optional<StatutoryLetter> statutory;
};

/// Plain text in French, lines of at most 78 columns.
[[nodiscard]] std::string provisional_slip(const SlipFacts& facts);

}  // namespace relance
