// A text in sections, for people: as plain text or on sheets of A4. A heading, paragraphs, and facts with their names
// beside them. Answers to persons, the register of processing and breach notices are written so.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "rules/civil_date.h"

namespace relance::server {

struct PaperSection {
  std::string heading;
  std::vector<std::string> paragraphs;
  std::vector<std::pair<std::string, std::string>> facts =
      {};  // name, value; they stand under the paragraphs
};

/// The same sections, the same bytes; so also the PDF, of the same day.
[[nodiscard]] std::string sections_text(const std::string& title, const std::vector<PaperSection>& sections);
[[nodiscard]] std::string sections_pdf(const std::string& title, const std::vector<PaperSection>& sections,
                                       CivilDate made_on);

}  // namespace relance::server
