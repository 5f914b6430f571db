// Wiping that the compiler may not optimise away.
#include "host/secret.h"

#include <openssl/crypto.h>

namespace relance {

void wipe(std::string& bytes) {
  bytes.resize(bytes.capacity());  // a longer secret may have stood here before; never reallocates
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

Secret Secret::take(std::string&& bytes) {
  Secret out{std::string_view(bytes)};
  relance::wipe(bytes);
  return out;
}

// A moved std::string leaves a short content behind in the old object: swapping and wiping does not.
Secret::Secret(Secret&& other) noexcept {
  bytes_.swap(other.bytes_);
  other.wipe();
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    bytes_.swap(other.bytes_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() { relance::wipe(bytes_); }

}  // namespace relance
