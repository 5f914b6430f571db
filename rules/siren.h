// The numbers by which the French register knows a company: SIREN (the company), SIRET (one of its places). A number
// with a wrong check digit names nobody, or somebody else: a claim must never reach the wrong company by a slip.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relance {

/// Nine digits whose Luhn sum is a multiple of ten.
[[nodiscard]] bool is_siren(std::string_view digits);

/// Fourteen digits: a SIREN, the number of the place, and a check digit over all (Luhn). The places of La Poste
/// (SIREN 356 000 000) are too many for it: for them the digits sum to a multiple of five.
[[nodiscard]] bool is_siret(std::string_view digits);

/// The digits of a number as people write it, "552 032 534" or "552.032.534"; nothing when other characters are there.
[[nodiscard]] std::optional<std::string> register_digits(std::string_view text);

/// The SIREN inside a French VAT number, "FR 40 303 265 045"; nothing when it holds no valid one.
[[nodiscard]] std::optional<std::string> siren_of_vat_number(std::string_view text);

}  // namespace relance
