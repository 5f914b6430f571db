// See phone.h. The plan is ARCEP's; country codes are those of ITU E.164.
#include "rules/phone.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

constexpr std::size_t kDigitsMin = 7;  // after the "+", of any country
constexpr std::size_t kDigitsMax = 15;
constexpr std::size_t kNationalDigits = 9;  // without the leading zero
constexpr std::size_t kSaintPierreDigits = 6;

/// Numbers dialled at home as 0 and these, which have a country code of their own.
struct Overseas {
  std::string_view begins;
  std::string_view country;
  bool is_mobile;
};
constexpr std::array<Overseas, 14> kOverseas{{
    {"590", "590", false},  // Guadeloupe, Saint-Martin, Saint-Barthelemy
    {"690", "590", true},
    {"691", "590", true},
    {"594", "594", false},  // Guyane
    {"694", "594", true},
    {"596", "596", false},  // Martinique
    {"696", "596", true},
    {"697", "596", true},
    {"262", "262", false},  // La Reunion
    {"263", "262", false},
    {"269", "262", false},  // Mayotte
    {"639", "262", true},
    {"692", "262", true},  // La Reunion
    {"693", "262", true},
}};
constexpr std::string_view kSaintPierre = "508";  // Saint-Pierre-et-Miquelon: 0508 and six digits

const Overseas* overseas_of(std::string_view national) {
  const auto* found = std::find_if(kOverseas.begin(), kOverseas.end(),
                                   [&](const Overseas& o) { return national.starts_with(o.begins); });
  return found == kOverseas.end() ? nullptr : found;
}

/// Digits, and a "+" in front where one was there; nothing when anything but separators is among them.
std::optional<std::string> bare(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (text.substr(at).starts_with("\xC2\xA0")) {
      ++at;
    } else if (text.substr(at).starts_with("\xE2\x80\xAF")) {
      at += 2;
    } else if (text.substr(at).starts_with("(0)")) {
      at += 2;  // "+33 (0)1": dialled at home only
    } else if ((c >= '0' && c <= '9') || (c == '+' && out.empty())) {
      out += c;
    } else if (std::string_view(" .-/()").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return out;
}

/// `national`: nine digits of the plan, without the zero.
std::optional<std::string> of_plan(std::string_view national) {
  if (national.size() != kNationalDigits || national.front() == '0') return std::nullopt;
  if (national.starts_with(kSaintPierre)) return "+508" + std::string(national.substr(kSaintPierre.size()));
  const Overseas* overseas = overseas_of(national);
  return "+" + std::string(overseas != nullptr ? overseas->country : "33") + std::string(national);
}

/// `digits`: with the country code, without the "+".
std::optional<std::string> of_country(std::string_view digits) {
  if (digits.size() < kDigitsMin || digits.size() > kDigitsMax || digits.front() == '0') return std::nullopt;
  if (digits.starts_with("33")) {
    std::string_view national = digits.substr(2);
    if (national.starts_with('0')) national.remove_prefix(1);  // "+33 01 ...", a common slip
    return of_plan(national);
  }
  for (const Overseas& overseas : kOverseas) {
    if (!digits.starts_with(overseas.country)) continue;
    std::string_view national = digits.substr(overseas.country.size());
    if (national.starts_with('0')) national.remove_prefix(1);
    if (national.size() != kNationalDigits) return std::nullopt;
    return "+" + std::string(overseas.country) + std::string(national);
  }
  if (digits.starts_with(kSaintPierre) && digits.size() != kSaintPierre.size() + kSaintPierreDigits)
    return std::nullopt;
  return "+" + std::string(digits);
}

}  // namespace

std::optional<std::string> e164(std::string_view text) {
  const std::optional<std::string> number = bare(text);
  if (!number || number->empty()) return std::nullopt;
  const std::string_view digits = *number;
  if (digits.front() == '+') return of_country(digits.substr(1));
  if (digits.starts_with("00")) return of_country(digits.substr(2));
  return of_plan(digits.front() == '0' ? digits.substr(1) : digits);
}

bool is_mobile(std::string_view e164_number) {
  if (e164_number.starts_with("+336") || e164_number.starts_with("+337")) return true;
  return std::any_of(kOverseas.begin(), kOverseas.end(), [&](const Overseas& o) {
    return o.is_mobile && e164_number.starts_with("+" + std::string(o.country) + std::string(o.begins));
  });
}

}  // namespace relance
