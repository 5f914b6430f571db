// Sheets of A4 that text, lines and figures are put on: the one place that knows libharu. The same calls and the same
// day give the same bytes, whatever the hour and the machine.
//
// Lengths are points (1/72 inch) from the sheet's upper left corner; a text stands on its `y`. Texts are UTF-8; what is
// written are the Latin letters of Europe, all others as a question mark.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"

namespace relance::server {

enum class Weight { plain, bold };

/// How a text is set: size in points, and weight.
struct Face {
  double size = 10;
  Weight weight = Weight::plain;
};

/// How wide a text is, in points. Line ends and tabs count as blanks.
[[nodiscard]] double text_width(Face type, std::string_view text);
/// The text in lines that fit `width`: broken at blanks, at its own line ends, and within a word that fits no line.
[[nodiscard]] std::vector<std::string> wrapped(Face type, std::string_view text, double width);
/// Whether every character of the text can be printed.
[[nodiscard]] bool is_printable_text(std::string_view text);

class PdfPaper {
 public:
  enum class Turned { upright, sideways };
  /// `made_on`: the file's date; midnight of it. No sheet yet.
  PdfPaper(std::string_view title, CivilDate made_on, Turned turned = Turned::upright);
  PdfPaper(const PdfPaper&) = delete;
  PdfPaper& operator=(const PdfPaper&) = delete;
  ~PdfPaper();

  [[nodiscard]] double width() const;
  [[nodiscard]] double height() const;

  void new_sheet();
  /// Puts what follows on a sheet that is there: 0 is the first.
  void turn_to(std::size_t sheet);
  [[nodiscard]] std::size_t sheets() const;

  // REQUIRES: there is a sheet.
  void text(double x, double y, Face type, std::string_view text);
  void text_to(double right, double y, Face type, std::string_view text);
  void line(double x1, double y1, double x2, double y2, double thickness = 0.5);
  /// A light grey ground, for the head of a table.
  void shade(double x, double y, double width, double height);

  /// The finished file; nothing may be put on it afterwards. Failure{internal} where libharu made none.
  [[nodiscard]] std::string bytes();

 private:
  struct Sheets;
  std::unique_ptr<Sheets> sheets_;
};

}  // namespace relance::server
