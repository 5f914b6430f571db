// Wrapping and deriving. The envelope is authenticated with its own parameters: nobody can weaken them unseen.
#include "client/keys.h"

#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "host/digest.h"
#include "host/failure.h"
#include "host/files.h"

namespace relance {
namespace {

constexpr std::size_t kEnvelopeBytesMax = 64 * 1024;
constexpr std::size_t kSaltBytes = 16;
constexpr std::uint64_t kScryptNMax = std::uint64_t{1}
                                      << 20;  // 1 GiB: a damaged file must not take the machine down

constexpr std::string_view kReplicaPurpose = "relance replica 1";
constexpr std::string_view kDeviceKeyPurpose = "relance device key 1";

// Those of 12 characters and more that lead the lists of leaked passwords, with the local ones. Compared without case.
constexpr std::string_view kCommonPassphrases[] = {
    "123456789012",   "1234567890123",        "12345678901234", "123456123456",
    "123123123123",   "111111111111",         "000000000000",   "aaaaaaaaaaaa",
    "azertyuiopqs",   "azertyuiop12",         "azertyuiop123",  "azertyuiopqsdfghjklm",
    "qwertyuiop12",   "qwertyuiop123",        "qwertyuiopas",   "1qaz2wsx3edc",
    "password1234",   "passwordpassword",     "motdepasse12",   "motdepasse123",
    "motdepasse1234", "motdepassemotdepasse", "mot de passe",   "administrator",
    "administrateur", "bienvenue123",         "recouvrement",   "recouvrement1",
    "relancerelance", "iloveyou1234",         "jetaimejetaime", "correct horse battery staple",
    "passphrase12",   "unknownunknown",
};

// What is authenticated along with the key.
std::string context_of(const WrappedKey& envelope) {
  return "relance envelope 1 scrypt " + std::to_string(envelope.cost.n) + " " +
         std::to_string(envelope.cost.r) + " " + std::to_string(envelope.cost.p) + " " + hex(envelope.salt);
}

[[noreturn]] void damaged(const std::filesystem::path& path) {
  throw Failure(Code::corrupt,
                "The key file '" + path.string() +
                    "' is damaged; restore it from a copy of this directory, or enrol this device anew.");
}

std::string wrap(std::string_view passphrase, const Secret& data_key, const ScryptCost& cost) {
  RELANCE_ASSERT(data_key.size() == kDataKeyBytes);
  WrappedKey envelope{.cost = cost, .salt = random_bytes(kSaltBytes)};
  const Secret key = scrypt(passphrase, envelope.salt, cost);
  envelope.sealed = seal(key.view(), data_key.view(), context_of(envelope));
  const boost::json::object out{{"format", 1},
                                {"kdf", "scrypt"},
                                {"n", cost.n},
                                {"r", cost.r},
                                {"p", cost.p},
                                {"salt", hex(envelope.salt)},
                                {"sealed", hex(envelope.sealed)}};  // nonce | wrapped key | tag
  return boost::json::serialize(out) + "\n";
}

std::string without_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

Secret device_key_wrapper(const Secret& data_key) {
  return hkdf_sha256(data_key.view(), {}, kDeviceKeyPurpose, kDataKeyBytes);
}

}  // namespace

std::optional<WrappedKey> WrappedKey::parse(std::string_view text) {
  try {
    const boost::json::object file =
        boost::json::parse(boost::json::string_view(text.data(), text.size())).as_object();
    const auto number = [&](const char* name) { return file.at(name).to_number<std::uint64_t>(); };
    const auto bytes = [&](const char* name) {
      return unhex(std::string_view(file.at(name).as_string())).value();
    };
    WrappedKey out{.cost = {.n = number("n"), .r = number("r"), .p = number("p")},
                   .salt = bytes("salt"),
                   .sealed = bytes("sealed")};
    const ScryptCost& cost = out.cost;
    const bool is_usable = number("format") == 1 && file.at("kdf") == "scrypt" && cost.n >= 2 &&
                           cost.n <= kScryptNMax && (cost.n & (cost.n - 1)) == 0 && cost.r >= 1 &&
                           cost.r <= 8 && cost.p >= 1 && cost.p <= 4;
    if (is_usable) return out;
  } catch (const std::exception&) {  // not JSON, a member missing or of another kind, not hex
  }
  return std::nullopt;
}

void check_passphrase(std::string_view passphrase) {
  const auto characters = static_cast<std::size_t>(
      std::count_if(passphrase.begin(), passphrase.end(), [](char c) { return (c & 0xc0) != 0x80; }));
  if (characters < kPassphraseCharactersMin)
    throw Failure(Code::refused, "The passphrase is too short: choose at least " +
                                     std::to_string(kPassphraseCharactersMin) +
                                     " characters, for example four words.");
  std::string folded = without_case(passphrase);
  const bool is_common = std::find(std::begin(kCommonPassphrases), std::end(kCommonPassphrases), folded) !=
                             std::end(kCommonPassphrases) ||
                         folded.find_first_not_of(folded.front()) == std::string::npos;
  wipe(folded);
  if (is_common)
    throw Failure(Code::refused,
                  "This passphrase is one of the first that anybody tries: choose another, for example four "
                  "words of your own.");
}

Secret make_data_key() { return Secret::take(random_bytes(kDataKeyBytes)); }

Secret replica_key(const Secret& data_key) {
  return hkdf_sha256(data_key.view(), {}, kReplicaPurpose, kDataKeyBytes);
}

std::string seal_device_key(const Secret& data_key, const Secret& key_pem) {
  return seal(device_key_wrapper(data_key).view(), key_pem.view(), kDeviceKeyPurpose);
}

Secret open_device_key(const Secret& data_key, std::string_view sealed) {
  std::optional<Secret> key = open_sealed(device_key_wrapper(data_key).view(), sealed, kDeviceKeyPurpose);
  if (!key)
    throw Failure(
        Code::wrong_key,
        "This device's TLS key does not open with its data key; ask the office for a new enrolment code.");
  return std::move(*key);
}

void KeyEnvelope::create(const std::filesystem::path& path, std::string_view passphrase,
                         const Secret& data_key, const ScryptCost& cost) {
  check_passphrase(passphrase);
  if (std::filesystem::exists(path))
    throw Failure(Code::exists, "There is a key already at '" + path.string() +
                                    "'; it may be the only one to a replica, so nothing was changed.");
  write_file_durably(path, wrap(passphrase, data_key, cost), 0600);
}

Secret KeyEnvelope::open(const std::filesystem::path& path, std::string_view passphrase) {
  const auto envelope = WrappedKey::parse(read_file(path, kEnvelopeBytesMax));
  if (!envelope) damaged(path);
  const Secret key = scrypt(passphrase, envelope->salt, envelope->cost);
  std::optional<Secret> data_key = open_sealed(key.view(), envelope->sealed, context_of(*envelope));
  // A wrong key and a damaged sealing look alike; the first is far more likely, and the second is said as well.
  if (!data_key)
    throw Failure(Code::locked,
                  "The passphrase is not right; try again. If you are sure of it, the key file '" +
                      path.string() + "' is damaged.");
  if (data_key->size() != kDataKeyBytes) damaged(path);
  return std::move(*data_key);
}

void KeyEnvelope::rewrap(const std::filesystem::path& path, std::string_view old_passphrase,
                         std::string_view new_passphrase, const ScryptCost& cost) {
  check_passphrase(new_passphrase);
  const Secret data_key = open(path, old_passphrase);
  write_file_durably(path, wrap(new_passphrase, data_key, cost), 0600);
}

void KeyEnvelope::replace(const std::filesystem::path& path, std::string_view new_passphrase,
                          const Secret& data_key, const ScryptCost& cost) {
  check_passphrase(new_passphrase);
  write_file_durably(path, wrap(new_passphrase, data_key, cost), 0600);
}

void KeyEnvelope::destroy(const std::filesystem::path& path) { destroy_file(path); }

}  // namespace relance
