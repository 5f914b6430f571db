#include "server/backup_key.h"

#include <algorithm>

#include "host/digest.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/openssl.h"
#include "host/sealing.h"

namespace relance::server {
namespace {

constexpr std::size_t kKeyFileMax = 64 * 1024;
constexpr std::size_t kPassphraseCharactersMin = 12;

bool lies_in(const std::filesystem::path& file, const std::filesystem::path& directory) {
  const auto inner = std::filesystem::weakly_canonical(std::filesystem::absolute(file));
  const auto outer = std::filesystem::weakly_canonical(std::filesystem::absolute(directory));
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void require_long(std::string_view passphrase) {
  const auto characters =
      std::count_if(passphrase.begin(), passphrase.end(), [](char c) { return (c & 0xc0) != 0x80; });
  if (static_cast<std::size_t>(characters) < kPassphraseCharactersMin)
    throw Failure(Code::refused,
                  "The passphrase is too short: choose at least 12 characters, for example four words.");
}

}  // namespace

std::string make_backup_key(const Office& office, const std::filesystem::path& file,
                            std::string_view passphrase, std::string_view organisation, bool replaces,
                            const Clock& clock) {
  if (!replaces && std::filesystem::exists(office.file("backup.crt")))
    throw Failure(Code::exists,
                  "Backups are sealed to a key already; --replace makes another one for those from now on "
                  "(keep the old "
                  "one for the old backups).");
  if (std::filesystem::exists(file))
    throw Failure(Code::exists, "The file " + file.string() + " exists already; name another.");
  if (lies_in(file, std::filesystem::absolute(office.file("")).parent_path()))
    throw Failure(
        Code::refused,
        "The private key must not lie in the data directory: who gets at a backup and this directory would "
        "open it. Name a file on a medium that you take away.");
  require_long(passphrase);
  const CertificateWithKey pair = make_backup_pair(organisation, clock.now());
  // The private half first: no backup may ever be made to a key that nobody has.
  write_file_durably(file, key_under_passphrase(pair.key_pem, passphrase) + pair.certificate_pem, 0600);
  write_file_durably(office.file("backup.crt"), pair.certificate_pem, 0644);
  return hex(bytes_of(fingerprint(pair.certificate_pem)));
}

Secret open_backup_key(const std::filesystem::path& file, std::string_view passphrase) {
  return key_from_passphrase(read_file(file, kKeyFileMax), passphrase);
}

}  // namespace relance::server
