// Text from other programs, which may be in UTF-8 or in one of the two single-byte sets of Western Europe
// that French accounting and banking programs still write. Everything inside relance is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace relance {

enum class Encoding {
  ascii,  // no byte over 0x7F was seen
  utf8,
  latin9,  // ISO 8859-15, what the law names
  cp1252,  // Windows; differs from latin9 in 0x80-0x9F and in eight letters
};

/// "ASCII", "UTF-8", "ISO 8859-15", "Windows-1252".
[[nodiscard]] std::string_view encoding_name(Encoding encoding);

[[nodiscard]] bool is_ascii(std::string_view bytes);

/// Whether the bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing cut.
[[nodiscard]] bool is_utf8(std::string_view bytes);

/// Whether a byte of 0x80-0x9F occurs: letters in Windows-1252, never text in ISO 8859-15.
[[nodiscard]] bool has_windows_bytes(std::string_view bytes);

/// Reads single-byte text (`set` is latin9 or cp1252). The five bytes that Windows-1252 does not
/// define become U+FFFD.
[[nodiscard]] std::string utf8_of(std::string_view bytes, Encoding set);

}  // namespace relance
