#include "server/paper_sections.h"

#include <algorithm>

#include "server/pdf_paper.h"

namespace relance::server {
namespace {

constexpr double kMargin = 56.7;  // 20 mm
constexpr double kFoot = 34;
constexpr double kLine = 12;
constexpr double kGap = 7;
constexpr double kNameShare = 0.32;  // of the width, for the names of facts
constexpr Face kTitle{15, Weight::bold};
constexpr Face kHeading{11, Weight::bold};
constexpr Face kBody{9};
constexpr Face kName{9, Weight::bold};

class SectionPrinter {
 public:
  SectionPrinter(const std::string& title, CivilDate made_on) : paper_(title, made_on) {
    begin_sheet();
    for (const std::string& line : wrapped(kTitle, title, width()))
      put(kTitle, kMargin, line, kTitle.size + 4);
    y_ += kGap;
  }

  void print(const PaperSection& section) {
    y_ += kGap;
    need(3 * kLine);
    for (const std::string& line : wrapped(kHeading, section.heading, width()))
      put(kHeading, kMargin, line, kLine + 2);
    for (const std::string& paragraph : section.paragraphs) {
      y_ += kGap / 2;
      for (const std::string& line : wrapped(kBody, paragraph, width())) put(kBody, kMargin, line, kLine);
    }
    y_ += kGap / 2;
    for (const auto& [name, value] : section.facts) print_fact(name, value);
  }

  std::string bytes() {
    for (std::size_t i = 0; i < paper_.sheets(); ++i) {
      paper_.turn_to(i);
      paper_.text_to(paper_.width() - kMargin, paper_.height() - kFoot / 2, kBody,
                     std::to_string(i + 1) + "/" + std::to_string(paper_.sheets()));
    }
    return paper_.bytes();
  }

 private:
  [[nodiscard]] double width() const { return paper_.width() - 2 * kMargin; }

  void begin_sheet() {
    paper_.new_sheet();
    y_ = kMargin;
  }
  void need(double height) {
    if (y_ + height > paper_.height() - kFoot) begin_sheet();
  }
  void put(Face face, double x, const std::string& line, double height) {
    need(height);
    y_ += height;
    paper_.text(x, y_, face, line);
  }

  void print_fact(const std::string& name, const std::string& value) {
    const auto names = wrapped(kName, name, width() * kNameShare - kGap);
    const auto values = wrapped(kBody, value, width() * (1 - kNameShare));
    for (std::size_t i = 0; i < std::max(names.size(), values.size()); ++i) {
      need(kLine);
      y_ += kLine;
      if (i < names.size()) paper_.text(kMargin, y_, kName, names[i]);
      if (i < values.size()) paper_.text(kMargin + width() * kNameShare, y_, kBody, values[i]);
    }
  }

  PdfPaper paper_;
  double y_ = 0;
};

}  // namespace

std::string sections_text(const std::string& title, const std::vector<PaperSection>& sections) {
  std::string out = title + "\n";
  for (const PaperSection& section : sections) {
    out += "\n" + section.heading + "\n";
    for (const std::string& paragraph : section.paragraphs) out += "\n" + paragraph + "\n";
    if (!section.facts.empty() && !section.paragraphs.empty()) out += "\n";
    for (const auto& [name, value] : section.facts) out += "  " + name + ": " + value + "\n";
  }
  return out;
}

std::string sections_pdf(const std::string& title, const std::vector<PaperSection>& sections,
                         CivilDate made_on) {
  SectionPrinter printer(title, made_on);
  for (const PaperSection& section : sections) printer.print(section);
  return printer.bytes();
}

}  // namespace relance::server
