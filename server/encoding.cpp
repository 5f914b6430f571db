// Recognises UTF-8 and converts single-byte text to it.
#include "server/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace relance {
namespace {

constexpr char16_t kUnknown = 0xFFFD;

// Windows-1252, 0x80 to 0x9F.
constexpr std::array<char16_t, 32> kWindows = {
    0x20AC, kUnknown, 0x201A,   0x0192, 0x201E,   0x2026,   0x2020, 0x2021,   0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152,   kUnknown, 0x017D, kUnknown, kUnknown, 0x2018, 0x2019,   0x201C, 0x201D, 0x2022,
    0x2013, 0x2014,   0x02DC,   0x2122, 0x0161,   0x203A,   0x0153, kUnknown, 0x017E, 0x0178};

/// The eight places where ISO 8859-15 is not ISO 8859-1.
char16_t latin9_point(unsigned char byte) {
  switch (byte) {
    case 0xA4: return 0x20AC;
    case 0xA6: return 0x0160;
    case 0xA8: return 0x0161;
    case 0xB4: return 0x017D;
    case 0xB8: return 0x017E;
    case 0xBC: return 0x0152;
    case 0xBD: return 0x0153;
    case 0xBE: return 0x0178;
    default: return byte;
  }
}

char16_t point_of(unsigned char byte, Encoding set) {
  if (set == Encoding::latin9) return latin9_point(byte);
  if (byte >= 0x80 && byte <= 0x9F) return kWindows[byte - 0x80];
  return byte;
}

/// Appends a point of the basic plane.
void append_utf8(std::string& out, char16_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

/// The size of the UTF-8 sequence at `at` (which is not ASCII), or 0 if it is not one.
std::size_t sequence_size(std::string_view bytes, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[at + i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead >= 0xC2 && lead <= 0xDF   ? 2
                           : (lead & 0xF0) == 0xE0        ? 3
                           : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                          : 0;
  if (size == 0 || bytes.size() - at < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const bool is_overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool is_surrogate = lead == 0xED && byte(1) > 0x9F;
  const bool is_past_end = lead == 0xF4 && byte(1) > 0x8F;
  return is_overlong || is_surrogate || is_past_end ? 0 : size;
}

}  // namespace

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::ascii: return "ASCII";
    case Encoding::utf8: return "UTF-8";
    case Encoding::latin9: return "ISO 8859-15";
    case Encoding::cp1252: return "Windows-1252";
  }
  return "";
}

bool is_ascii(std::string_view bytes) {
  // eight bytes at a time: this runs over every line of a 100 MB file
  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) return false;
  }
  return std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const bool is_plain = static_cast<unsigned char>(bytes[at]) < 0x80;
    const std::size_t size = is_plain ? 1 : sequence_size(bytes, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

bool has_windows_bytes(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 && byte <= 0x9F;
  });
}

std::string utf8_of(std::string_view bytes, Encoding set) {
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 4);
  for (const char c : bytes) append_utf8(out, point_of(static_cast<unsigned char>(c), set));
  return out;
}

}  // namespace relance
