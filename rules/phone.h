// Telephone numbers as people and programs write them, to the one form that is stored (E.164, "+33123456789"), so that
// the same number from two files is one contact point.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relance {

/// The number in E.164 form; nothing when it is none.
///
/// Understood: ten digits of the French plan ("01 23 45 67 89", "01.23.45.67.89"), nine of them where a spreadsheet ate
/// the zero, those of the overseas departments and collectivities under their own country codes ("0590 12 34 56" is
/// +590590123456), "+33 (0)1 ...", "0033 1 ...", and foreign numbers with their country code.
[[nodiscard]] std::optional<std::string> e164(std::string_view text);

/// Whether a French number in E.164 form is a mobile one, overseas too; foreign numbers do not tell.
[[nodiscard]] bool is_mobile(std::string_view e164_number);

}  // namespace relance
