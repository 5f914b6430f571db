// What a PDF of ours says, read back: each text as it was put on the sheets, in that order, one a line. So tests check
// letters and reports by their words, accents included, without another program.
#pragma once

#include <string>
#include <string_view>

namespace relance::test {

/// UTF-8. `sheets`: how many there are. Throws where the bytes are no PDF.
[[nodiscard]] std::string pdf_text(std::string_view pdf, std::size_t* sheets = nullptr);

/// The same with every run of blanks and line ends as one blank: a sentence is found whatever the line it broke in.
[[nodiscard]] std::string flowing(std::string_view text);

}  // namespace relance::test
