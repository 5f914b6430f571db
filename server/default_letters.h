// The letters that an office begins with, in French: version 1 of each kind, to be replaced by the office's own
// versions (`relance-server template publish`). Data, not code: what they may say is checked like any other text.
#pragma once

#include <span>
#include <string_view>

#include "rules/letter_kind.h"
#include "sync/mutation.h"

namespace relance::server {

struct DefaultLetter {
  LetterKind kind = LetterKind::other;
  std::string_view title;  // subject line
  std::string_view body;   // rules/letter_text.h says how it is written
  std::string_view valid_from = "2020-01-01";
};

/// A template of kind `other` whose subject is this holds the text of law that an agency's first letter reproduces
/// (CPCE R124-4, 5°); a template quotes it as {text_l111_8}.
inline constexpr std::string_view kLawTextTitle = "CPCE L111-8, alinéas 2 et 3";

[[nodiscard]] std::span<const DefaultLetter> default_letters();

/// The row of such a letter, version 1, for everybody: what seeds an office.
[[nodiscard]] sync::Op default_letter_op(const DefaultLetter& letter, const Id& row);

}  // namespace relance::server
