// Which letters there are, and in whose name they are written. The words are those of the schema.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace relance {

enum class LetterKind : std::uint8_t {
  pre_due,     // before the due date, as a service: never a word of penalties
  reminder_1,  // the levels of dunning
  reminder_2,
  reminder_3,
  agency_notice,    // the first letter of an agency (CPCE R124-4)
  formal_notice,    // mise en demeure (C. civ. 1344); never moves limitation
  plan_agreement,   // what was agreed, to be signed
  receipt,          // of any payment (CPCE R124-6)
  refusal,          // a proposal is not accepted
  creditor_notice,  // to the creditor: a payment, a proposal (CPCE R124-5)
  answer,           // to a letter of the debtor
  other,
};

/// Whether the creditor's own people write, or an agency for it (CPCE R124-1 and following bind the agency).
enum class Capacity : std::uint8_t { own_name, agency };

/// "pre_due", "reminder_1" ... and back; nothing for another word.
[[nodiscard]] std::string_view name_of(LetterKind kind);
[[nodiscard]] std::optional<LetterKind> parse_letter_kind(std::string_view word);

/// Whether it asks for payment: dunning, which promises, disputes, moratoria and insolvency stop.
[[nodiscard]] bool asks_for_payment(LetterKind kind);

/// The level that it raises a case to once it is sent: 1 to 3 for reminders, 4 for the formal notice; 0: none.
[[nodiscard]] int level_of(LetterKind kind);

}  // namespace relance
