// The agent's keys at rest. The passphrase (scrypt, half a second and 128 MiB a guess) unwraps one random data key;
// what opens the replica and the TLS key is derived from it. So a new passphrase re-wraps 32 bytes and re-encrypts
// nothing, and destroying one small file makes the whole replica unreadable.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "host/openssl.h"
#include "host/secret.h"

namespace relance {

inline constexpr std::size_t kDataKeyBytes = 32;
inline constexpr std::size_t kPassphraseCharactersMin = 12;

/// Failure(refused) with one sentence if the passphrase is under 12 characters or one of those tried first.
void check_passphrase(std::string_view passphrase);

[[nodiscard]] Secret make_data_key();

/// The raw 32-byte key of the replica's database.
[[nodiscard]] Secret replica_key(const Secret& data_key);

/// The device's TLS key (PEM) under the data key, and back: Failure(wrong_key) if it is not of this data key or
/// damaged.
[[nodiscard]] std::string seal_device_key(const Secret& data_key, const Secret& key_pem);
[[nodiscard]] Secret open_device_key(const Secret& data_key, std::string_view sealed);

/// What the key file says: the derivation's parameters, and what they unwrap.
struct WrappedKey {
  ScryptCost cost;
  std::string salt;
  std::string sealed;

  /// Nothing where it is damaged, or asks for more memory than any file of ours.
  [[nodiscard]] static std::optional<WrappedKey> parse(std::string_view text);
};

/// The file that holds the data key, wrapped: JSON with the derivation's parameters, salt and sealed key; 0600.
class KeyEnvelope {
 public:
  /// Checks the passphrase first. Failure(exists) if there is an envelope already: it may be the only key to a
  /// replica.
  static void create(const std::filesystem::path& path, std::string_view passphrase, const Secret& data_key,
                     const ScryptCost& cost = {});
  /// The data key. Failure(locked) for a wrong passphrase, (not_found) where there is none, (corrupt) for a damaged
  /// file.
  [[nodiscard]] static Secret open(const std::filesystem::path& path, std::string_view passphrase);
  /// Under a new passphrase, durably and at once: after a power cut one of the two opens it.
  static void rewrap(const std::filesystem::path& path, std::string_view old_passphrase,
                     std::string_view new_passphrase, const ScryptCost& cost = {});
  /// The same for a data key that came from the office, whose passphrase nobody knows any more.
  static void replace(const std::filesystem::path& path, std::string_view new_passphrase,
                      const Secret& data_key, const ScryptCost& cost = {});
  /// After this nothing opens the replica any more.
  static void destroy(const std::filesystem::path& path);
};

}  // namespace relance
