// See siren.h.
#include "rules/siren.h"

#include <algorithm>

namespace relance {
namespace {

constexpr std::size_t kSirenDigits = 9;
constexpr std::size_t kSiretDigits = 14;
constexpr std::size_t kVatKeyCharacters = 2;
constexpr std::string_view kLaPoste = "356000000";

bool are_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int luhn_sum(std::string_view digits) {
  int sum = 0;
  bool is_doubled = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, is_doubled = !is_doubled) {
    const int twice = (*it - '0') * (is_doubled ? 2 : 1);
    sum += twice > 9 ? twice - 9 : twice;
  }
  return sum;
}

int plain_sum(std::string_view digits) {
  int sum = 0;
  for (const char digit : digits) sum += digit - '0';
  return sum;
}

/// What people put between digits is left out: blanks (no-break ones too), points, hyphens.
std::string without_separators(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text.substr(at).starts_with("\xC2\xA0"))
      ++at;
    else if (text.substr(at).starts_with("\xE2\x80\xAF"))
      at += 2;
    else if (text[at] != ' ' && text[at] != '.' && text[at] != '-')
      out += text[at];
  }
  return out;
}

}  // namespace

bool is_siren(std::string_view digits) {
  return digits.size() == kSirenDigits && are_digits(digits) && luhn_sum(digits) % 10 == 0 &&
         plain_sum(digits) > 0;
}

bool is_siret(std::string_view digits) {
  if (digits.size() != kSiretDigits || !are_digits(digits) || !is_siren(digits.substr(0, kSirenDigits)))
    return false;
  if (luhn_sum(digits) % 10 == 0) return true;
  return digits.starts_with(kLaPoste) && plain_sum(digits) % 5 == 0;
}

std::optional<std::string> register_digits(std::string_view text) {
  std::string digits = without_separators(text);
  if (digits.empty() || !are_digits(digits)) return std::nullopt;
  return digits;
}

std::optional<std::string> siren_of_vat_number(std::string_view text) {
  const std::string whole = without_separators(text);
  if (whole.size() != 2 + kVatKeyCharacters + kSirenDigits) return std::nullopt;
  if (!whole.starts_with("FR") && !whole.starts_with("fr")) return std::nullopt;
  std::string siren = whole.substr(2 + kVatKeyCharacters);
  if (!is_siren(siren)) return std::nullopt;
  return siren;
}

}  // namespace relance
