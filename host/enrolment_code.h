// The one word that brings a device into the office: where the server is, which CA is the office's, and a secret
// that may be used once. Read over the phone or pasted; a typing error is noticed here, before anything is sent.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace relance {

/// Text form: Crockford's base32 in lower case, a dash after every fifth character. Bytes:
/// version (1) | secret (16) | ca_fingerprint (20) | port (2, big-endian) | host | checksum (3, of SHA-256).
struct EnrolmentCode {
  std::string host;
  int port = 0;
  std::array<std::uint8_t, 20>
      ca_fingerprint{};  // the first 20 bytes of SHA-256 over the CA certificate's DER
  std::array<std::uint8_t, 16> secret{};

  friend bool operator==(const EnrolmentCode&, const EnrolmentCode&) = default;

  [[nodiscard]] std::string encode() const;

  /// Tolerates case, dashes, spaces and line breaks anywhere, O for 0, I and L for 1.
  /// Failure(code_refused) with one sentence if it is not a whole, correctly typed code.
  [[nodiscard]] static EnrolmentCode decode(std::string_view text);
};

}  // namespace relance
