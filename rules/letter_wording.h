// Words that a letter of amicable collection may not use: those that make it look like a paper of a court or a bailiff
// (C. pénal 433-13), threats of what cannot be done (C. conso L121-6), and in a service reminder any word of penalties.
// Looked for when a template is published and once more when a letter is issued, whose passage is somebody's own words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/letter_text.h"

namespace relance {

struct WordingFault {
  std::string word;        // as it is listed, without accents
  std::string_view place;  // "subject", "heading" or "text"
  std::string_view basis;  // the article, or R16 for a service reminder
  friend bool operator==(const WordingFault&, const WordingFault&) = default;
};

/// Faults in the order of the text, each word once a place. `quoted`: what may say anything, because it is a text
/// of law or a name ("SCI du Tribunal").
[[nodiscard]] std::vector<WordingFault> wording_faults(LetterKind kind, const LetterText& text,
                                                       std::span<const std::string> quoted);

}  // namespace relance
