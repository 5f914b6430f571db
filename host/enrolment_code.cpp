// Bytes to base32 and back, with a checksum.
#include "host/enrolment_code.h"

#include <algorithm>

#include "host/digest.h"
#include "host/endpoint.h"
#include "host/failure.h"

namespace relance {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";  // no i, l, o, u
constexpr char kVersion = 1;
constexpr std::size_t kChecksumBytes = 3;  // one typing error in 16 million passes
constexpr std::size_t kFixedBytes = 1 + 16 + 20 + 2;
constexpr std::size_t kGroup = 5;
constexpr std::size_t kTextMax = 2000;  // the longest host name makes about 570 characters

[[noreturn]] void refuse(const std::string& why) { throw Failure(Code::code_refused, why); }

std::string checksum(std::string_view bytes) {
  return std::string(bytes_of(sha256(bytes)).substr(0, kChecksumBytes));
}

std::string to_base32(std::string_view bytes) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  const auto put = [&](unsigned value) {
    if (out.size() % (kGroup + 1) == kGroup) out.push_back('-');
    out.push_back(kAlphabet[value & 31]);
  };
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) put(bits >> (held - 5));
  }
  if (held > 0) put(bits << (5 - held));
  return out;
}

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (c == 'o') c = '0';
  if (c == 'i' || c == 'l') c = '1';
  const std::size_t place = kAlphabet.find(c);
  return place == std::string_view::npos ? -1 : static_cast<int>(place);
}

// Mail programs turn dashes into typographic ones and spaces into unbreakable ones.
std::string without_separators(std::string_view text) {
  constexpr std::string_view kSeparators[] = {"-",
                                              " ",
                                              "\t",
                                              "\r",
                                              "\n",
                                              "\xe2\x80\x90",
                                              "\xe2\x80\x91",
                                              "\xe2\x80\x92",
                                              "\xe2\x80\x93",
                                              "\xe2\x80\x94",
                                              "\xe2\x88\x92",
                                              "\xc2\xa0",
                                              "\xc2\xad"};
  std::string out;
  while (!text.empty()) {
    const auto* separator = std::find_if(std::begin(kSeparators), std::end(kSeparators),
                                         [&](std::string_view one) { return text.starts_with(one); });
    if (separator == std::end(kSeparators)) out.push_back(text.front());
    text.remove_prefix(separator == std::end(kSeparators) ? 1 : separator->size());
  }
  return out;
}

std::string from_base32(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int held = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = value_of(text[i]);
    if (value < 0)
      refuse("The enrolment code has a character that no code has, in group " +
             std::to_string(i / kGroup + 1) + "; type it again as the office gave it.");
    bits = (bits << 5) | static_cast<unsigned>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<char>(bits >> held));
    }
  }
  return out;
}

}  // namespace

std::string EnrolmentCode::encode() const {
  RELANCE_ASSERT(!host.empty() && port > 0 && port <= 65535);
  std::string bytes(1, kVersion);
  bytes += bytes_of(secret);
  bytes += bytes_of(ca_fingerprint);
  bytes.push_back(static_cast<char>(port >> 8));
  bytes.push_back(static_cast<char>(port & 255));
  bytes += host;
  return to_base32(bytes + checksum(bytes));
}

EnrolmentCode EnrolmentCode::decode(std::string_view text) {
  if (text.size() > kTextMax)
    refuse("This is far too long for an enrolment code; type the code as the office gave it.");
  const std::string bytes = from_base32(without_separators(text));
  if (bytes.size() <= kFixedBytes + kChecksumBytes)
    refuse("The enrolment code is not complete; type all of it, as the office gave it.");
  const std::string_view body = std::string_view(bytes).substr(0, bytes.size() - kChecksumBytes);
  if (checksum(body) != std::string_view(bytes).substr(body.size()))
    refuse(
        "The enrolment code has a typing error or a part is missing; compare it with what the office gave "
        "and type it again.");
  if (body[0] != kVersion)
    refuse("The enrolment code is of another version of relance; update this program.");
  EnrolmentCode out;
  std::copy_n(body.begin() + 1, out.secret.size(), out.secret.begin());
  std::copy_n(body.begin() + 17, out.ca_fingerprint.size(), out.ca_fingerprint.begin());
  out.port = static_cast<unsigned char>(body[37]) * 256 + static_cast<unsigned char>(body[38]);
  out.host = body.substr(kFixedBytes);
  try {
    if (Endpoint::parse(Endpoint{out.host, out.port}.text()).host != out.host) refuse("");
  } catch (const Failure&) {
    refuse("The enrolment code names no usable address; ask the office for a new one.");
  }
  return out;
}

}  // namespace relance
