// Amounts of money as people and accounting programs write them, to and from whole cents.
// There is no floating point on the way: 0.1 + 0.2 must be 0.3 in a ledger.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relance {

/// Reads an amount in euros as written in France, and answers its cents.
///
/// Understood: "1234,56", "1234.56", "12", ",50", "+3,00", "-12,5", "12,50-"; groups of three digits split by
/// a blank (plain, no-break, narrow or thin, in UTF-8, or the single byte 0xA0 of ISO 8859-15); blanks around;
/// more than two decimals if the rest are zeros.
/// Anything else is nothing: a comma or point that groups ("1,234.56"), two signs, a currency sign, a cut
/// amount ("12,"), a fraction of a cent, and what does not fit.
[[nodiscard]] std::optional<std::int64_t> parse_cents(std::string_view text);

/// "1234.56", "-0.05": the form of the command line and of reports.
[[nodiscard]] std::string money_text(std::int64_t cents);

}  // namespace relance
