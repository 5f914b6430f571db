// A letter on paper: address in the window of a French DL envelope, subject, text, tables that go on over the sheets,
// and on every sheet who writes and "1/2". The same letter and day give the same bytes.
#pragma once

#include <string>

#include "rules/letter_text.h"

namespace relance::server {

/// REQUIRES: `text` was filled from `facts`. The window shows the addressee and nothing else.
[[nodiscard]] std::string letter_pdf(const LetterFacts& facts, const LetterText& text);

}  // namespace relance::server
