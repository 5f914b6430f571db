// What the law wants a letter to say, and what of it a finished text does not say. Looked for in the text itself, not
// in its template: whatever the template, an agency's first letter without one of these is a fine (CPCE R124-7).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "rules/letter_text.h"

namespace relance {

enum class LetterMention : std::uint8_t {
  sender_name,        // CPCE R124-4, 1°
  sender_address,     //   name and address of who collects
  amicable_activity,  //   that he carries on amicable collection
  creditor_name,      // R124-4, 2°
  creditor_address,
  basis,      // R124-4, 3°: what the debt is from
  principal,  //   and its parts, each for itself
  interest,
  charges,
  no_recovery_costs,  //   without the costs that L111-8 leaves to the creditor
  request_to_pay,     // R124-4, 4°
  how_to_pay,
  law_text,      // R124-4, 5°: L111-8, paragraphs 2 and 3, word for word
  data_contact,  // GDPR art. 14: whom to ask,
  data_purpose,  //   why the data are held,
  data_source,   //   where they come from,
  data_rights,   //   the rights and the CNIL
  insurance,     // R124-2: known to the office, or no letter leaves it
  client_account,
  prosecutor_notice,
  statutory_reference,  // R124-4, last paragraph: recalled at every later step
  statutory_date,
  debtor_name,
  debtor_address,
  instalments,  // of a plan: every instalment
  payment,      // of a receipt: the amount (R124-6)
};

/// "sender_name" ...: stable, for scripts.
[[nodiscard]] std::string_view name_of(LetterMention mention);
/// Where it is written that the letter must say so.
[[nodiscard]] std::string_view legal_basis_of(LetterMention mention);

/// What a letter of this kind must say, in the order of the law.
[[nodiscard]] std::vector<LetterMention> needed_mentions(LetterKind kind, Capacity capacity);

/// Those of them that the text does not say, or that the office does not know yet.
[[nodiscard]] std::vector<LetterMention> missing_mentions(const LetterFacts& facts, const LetterText& text);

}  // namespace relance
