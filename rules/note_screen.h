// Words that do not belong into a note about a debtor: health, belief, union, politics, crime, private life, insults,
// and full bank numbers (GDPR art. 9 and 10; the CNIL's sanction of 2011 was for such comments). It warns as the note
// is typed; whoever keeps it says so. Pure: word lists and check digits, no dictionary of a machine.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relance {

enum class NoteFlag : std::uint8_t {
  health,
  religion,
  trade_union,
  opinion,
  crime,
  private_life,
  insult,
  bank_number
};

/// "health", "religion", "trade_union", "opinion", "crime", "private_life", "insult", "bank_number".
[[nodiscard]] std::string_view name_of(NoteFlag flag);

struct NoteFinding {
  NoteFlag flag = NoteFlag::health;
  std::string word;  // as it stands in the folded text; of a bank number only its last two characters
};

/// What a person should think about before keeping the note, in the order of the text; a word once.
/// `folded`: the note in lower case without accents (host/value_text.h, folded()).
[[nodiscard]] std::vector<NoteFinding> screen_note(std::string_view folded);

/// Check digits of an IBAN (ISO 13616, mod 97), blanks left out; either case.
[[nodiscard]] bool is_iban(std::string_view text);
/// A payment card's number by its first digits, length and check digit (Luhn). A SIRET is none, though it passes Luhn.
[[nodiscard]] bool is_card_number(std::string_view digits);

/// Characters of a UTF-8 text, as the limit of a note counts them.
[[nodiscard]] std::int64_t character_count(std::string_view utf8);

}  // namespace relance
