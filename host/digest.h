// SHA-256 and its relatives, and bytes as hex. Bucket hashes of `verify` and the hash of every mutation come
// through here, hundreds of thousands a second: contexts are kept, nothing is looked up per hash.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX, so that no user of a hash includes OpenSSL

namespace relance {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256(std::string_view data);

/// A hash over parts. After finish() it starts anew: one object serves many hashes.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept = default;
  Sha256& operator=(Sha256&&) noexcept = default;
  ~Sha256() = default;

  void update(std::string_view data);
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view data);

/// Lower-case hex, two characters a byte.
[[nodiscard]] std::string hex(std::string_view bytes);
/// Reads hex of either case; an odd length or any other character is nothing.
[[nodiscard]] std::optional<std::string> unhex(std::string_view text);

/// The bytes of a digest (or any byte array) as a view.
template <std::size_t N>
[[nodiscard]] std::string_view bytes_of(const std::array<std::uint8_t, N>& raw) {
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

}  // namespace relance
