// Which column of a creditor's CSV files is what: said once, kept under a name (table import_mapping), used at every
// import. The kept form is JSON, so that an office can read and move it.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/encoding.h"

namespace relance::server {

/// What a column can be. In the order in which help and lists show them.
enum class CsvField : std::uint8_t {
  debtor_ref,  // the debtor's account at the creditor's
  debtor_name,
  siren,
  siret,
  address,
  postcode,
  city,
  email,
  phone,
  piece,  // number of the invoice
  label,
  issued_on,
  due_on,
  amount,  // what is owed above zero, a credit note below
  debit,   // or, instead of `amount`, two columns
  credit,
  currency,
  account,  // general account, where the file is a ledger's: only 41x is kept
};
inline constexpr std::size_t kCsvFields = 18;

/// "debtor_ref" ...: as in commands and in the kept form.
[[nodiscard]] std::string_view name_of(CsvField field);
[[nodiscard]] std::optional<CsvField> csv_field_of(std::string_view name);

enum class CsvDates : std::uint8_t {
  any,  // 31/12/2026, 31.12.2026, 31-12-26, 2026-12-31 or 20261231: day first wherever it is not ISO
  dmy,
  iso,
};

struct CsvMapping {
  /// Title of the column in the header line, or "#3" for the third one. A field without one is not in the file.
  std::map<CsvField, std::string> columns;
  char separator = '\0';             // none: found out
  std::optional<Encoding> encoding;  // none: found out
  CsvDates dates = CsvDates::any;
  int skip_lines = 0;  // before the header (titles of reports)
  bool has_header = true;
};

/// Longest kept form.
inline constexpr std::size_t kMappingBytesMax = 8000;
inline constexpr int kSkipLinesMax = 100;
inline constexpr std::size_t kColumnTitleBytesMax = 200;

/// Where no mapping is given: the titles of the file are the names of the fields.
[[nodiscard]] CsvMapping plain_mapping();

/// What is missing or contradicts itself, as a sentence; empty: it can be used.
[[nodiscard]] std::string why_not(const CsvMapping& mapping);

[[nodiscard]] std::string mapping_json(const CsvMapping& mapping);
/// Errors: Failure{bad_file} where the text is no mapping.
[[nodiscard]] CsvMapping mapping_of_json(std::string_view text);

/// "utf8", "cp1252", "latin9", as in commands and in the kept form; Failure{usage} for another word.
[[nodiscard]] std::optional<Encoding> encoding_of(std::string_view word);
[[nodiscard]] std::string_view word_of(const std::optional<Encoding>& encoding);
[[nodiscard]] CsvDates dates_of(std::string_view word);
[[nodiscard]] std::string_view word_of(CsvDates dates);

}  // namespace relance::server
