// Reads and prints amounts. See money.h for the accepted forms.
#include "rules/money.h"

namespace relance {
namespace {

/// How many bytes at the start of `text` are one blank of any kind that separates digits; 0 if none.
std::size_t blank_size(std::string_view text) {
  if (text.empty()) return 0;
  if (text[0] == ' ' || text[0] == '\t' || text[0] == '\xA0') return 1;
  if (text.starts_with("\xC2\xA0")) return 2;                                          // U+00A0
  if (text.starts_with("\xE2\x80\xAF") || text.starts_with("\xE2\x80\x89")) return 3;  // U+202F, U+2009
  return 0;
}

void skip_blanks(std::string_view& text) {
  while (const std::size_t size = blank_size(text)) text.remove_prefix(size);
}

bool starts_with_digit(std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; }

/// Takes a sign from the front: -1, +1, or 0 where there is none.
int take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '-' && text[0] != '+')) return 0;
  const int sign = text[0] == '-' ? -1 : 1;
  text.remove_prefix(1);
  return sign;
}

/// Appends one decimal digit; false if the number would not fit.
bool push_digit(std::int64_t& number, char digit) {
  return !__builtin_mul_overflow(number, std::int64_t{10}, &number) &&
         !__builtin_add_overflow(number, std::int64_t{digit - '0'}, &number);
}

/// Takes the whole euros, grouped or not. A blank inside must be followed by exactly three digits, so that
/// two amounts in one field are not read as one. Leaves `count` = number of digits.
bool take_whole(std::string_view& text, std::int64_t& number, std::size_t& count) {
  std::size_t in_group = 0;
  bool is_grouped = false;
  while (true) {
    if (starts_with_digit(text)) {
      if (!push_digit(number, text[0])) return false;
      text.remove_prefix(1);
      ++in_group;
      ++count;
      continue;
    }
    const std::size_t blank = blank_size(text);
    if (blank == 0 || count == 0 || !starts_with_digit(text.substr(blank))) break;
    if (is_grouped ? in_group != 3 : in_group > 3) return false;
    is_grouped = true;
    in_group = 0;
    text.remove_prefix(blank);
  }
  return !is_grouped || in_group == 3;
}

/// Takes the decimals after the separator: at least one digit, and only zeros past the cents.
bool take_decimals(std::string_view& text, std::int64_t& number) {
  std::size_t count = 0;
  for (; starts_with_digit(text); text.remove_prefix(1), ++count) {
    if (count >= 2 ? text[0] != '0' : !push_digit(number, text[0])) return false;
  }
  if (count == 1) return push_digit(number, '0');
  return count > 1;
}

}  // namespace

std::optional<std::int64_t> parse_cents(std::string_view text) {
  skip_blanks(text);
  const int leading = take_sign(text);
  skip_blanks(text);
  std::int64_t number = 0;
  std::size_t count = 0;
  if (!take_whole(text, number, count)) return std::nullopt;
  if (!text.empty() && (text[0] == ',' || text[0] == '.')) {
    text.remove_prefix(1);
    if (!take_decimals(text, number)) return std::nullopt;
  } else {
    if (count == 0 || !push_digit(number, '0') || !push_digit(number, '0')) return std::nullopt;
  }
  skip_blanks(text);
  const int trailing = take_sign(text);
  if (leading != 0 && trailing != 0) return std::nullopt;
  skip_blanks(text);
  if (!text.empty()) return std::nullopt;
  return leading < 0 || trailing < 0 ? -number : number;
}

std::string money_text(std::int64_t cents) {
  // the magnitude as unsigned: the lowest int64 has no positive twin
  const auto bits = static_cast<std::uint64_t>(cents);
  const std::uint64_t magnitude = cents < 0 ? std::uint64_t{0} - bits : bits;
  const std::string fraction = std::to_string(magnitude % 100);
  std::string out = cents < 0 ? "-" : "";
  out += std::to_string(magnitude / 100);
  out += fraction.size() == 1 ? ".0" : ".";
  out += fraction;
  return out;
}

}  // namespace relance
