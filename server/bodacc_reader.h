// Reads notices of collective proceedings out of JSON of the BODACC (open data of the DILA), as its different doors
// give it: a list, `results`, or `records` with `fields`. The judgment is JSON inside a string, days have four
// spellings, and some texts went through a wrong character set on their way.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"

namespace relance::server {

struct BodaccNotice {
  enum class Kind : std::uint8_t { initial, correction, cancellation };

  std::size_t place = 0;  // 1 for the first record of the file
  Kind kind = Kind::initial;
  std::string ref;       // A20260010-1234: letter, issue and number
  std::string replaces;  // the notice that a correction or cancellation is about
  std::vector<std::string> sirens;
  CivilDate published_on;
  std::optional<CivilDate> judged_on;
  std::string court;
  std::string nature;      // as published, repaired
  std::string complement;  // what else the judgment says
  std::string officer;     // who represents the creditors or liquidates, where the judgment names him
};

struct BodaccFile {
  std::vector<BodaccNotice> notices;  // of collective proceedings
  std::size_t records = 0;            // of any family
  std::vector<std::string> problems;  // a sentence each, with the record's place
};

/// What is damaged is in `problems`; a text that is no such file at all: Failure{bad_file}.
[[nodiscard]] BodaccFile read_bodacc(std::string_view json);

/// "2026-01-15", "20260115", "15/01/2026", "15 janvier 2026" ("1er"), each with or without a time behind it.
[[nodiscard]] std::optional<CivilDate> parse_gazette_day(std::string_view text);

/// Text whose UTF-8 was once taken for Windows-1252, put right; any other text as it is.
[[nodiscard]] std::string repaired_text(const std::string& text);

/// Lower case without accents, every sign a single blank: what rules/insolvency.h reads.
[[nodiscard]] std::string plain_words(const std::string& text);

}  // namespace relance::server
