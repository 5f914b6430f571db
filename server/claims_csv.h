// Reads a list of open items as Sage, Excel or another program exports it: CSV in whatever form, by a mapping of its
// columns. Strict on content: one line that cannot be read refuses the file, because half a list asks for wrong sums.
//
// Bytes in, values out: no file, no database, no clock.
#pragma once

#include <string_view>

#include "server/claim_lines.h"
#include "server/csv_mapping.h"

namespace relance::server {

/// Longest record, with the lines that a quoted cell may span. A quote that never closes cannot fill the memory.
inline constexpr std::size_t kCsvRecordBytesMax = 64 * 1024;
inline constexpr std::size_t kCsvColumnsMax = 256;

/// REQUIRES: why_not(mapping) is empty.
[[nodiscard]] ClaimFile read_claims_csv(std::string_view bytes, const CsvMapping& mapping);

}  // namespace relance::server
