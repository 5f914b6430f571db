// Letters as the office prints them, beside a sheet that only carries their two fonts, and the goal of 200 a second.
#include "server/default_letters.h"
#include "server/letter_pdf.h"
#include "server/pdf_paper.h"
#include "tests/bench/figures.h"

namespace relance::bench {
namespace {

constexpr int kLetters = 200;
constexpr double kMsMax = 1000.0 / 200;

double each_ms(const std::function<void()>& work) {
  std::vector<double> samples;
  for (int round = 0; round < 3; ++round)
    samples.push_back(timed_ms([&] {
                        for (int i = 0; i < kLetters; ++i) work();
                      }) /
                      kLetters);
  return median(samples);
}

}  // namespace

void measure_letters(Report& report) {
  LetterFacts facts = specimen_letter(LetterKind::reminder_2, Capacity::agency, "");
  while (facts.items.size() < 8) facts.items.push_back(facts.items.front());
  LetterText text;
  for (const server::DefaultLetter& one : server::default_letters())
    if (one.kind == LetterKind::reminder_2) text = fill_letter(one.title, one.body, facts).text;
  const double letter = each_ms([&] { static_cast<void>(server::letter_pdf(facts, text)); });
  const double fonts = each_ms([&] {
    server::PdfPaper paper("floor", facts.issued_on);
    paper.new_sheet();
    paper.text(50, 50, {10}, "a");
    paper.text(50, 70, {10, server::Weight::bold}, "b");
    static_cast<void>(paper.bytes());
  });
  report.limit("a letter of 8 items as PDF", "ms", letter, kMsMax);
  report.compare("the same, beside a sheet with its two fonts", "ms", letter, fonts, 3.0);
}

}  // namespace relance::bench
