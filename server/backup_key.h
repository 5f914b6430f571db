// The offline key of backups: a private half that is carried away, under a passphrase, and a public half that stays in
// the data directory (backup.crt). From then on this machine can make backups and open none.
#pragma once

#include <filesystem>
#include <string>

#include "host/clock.h"
#include "host/secret.h"
#include "server/office.h"

namespace relance::server {

/// Makes the pair: the private half in `file` (0600), then the public one in the office. Failure{exists} where there is
/// one and it is not to be replaced, {refused} for a file in the data directory or a passphrase that is too short.
/// Returns the certificate's fingerprint, hex.
std::string make_backup_key(const Office& office, const std::filesystem::path& file,
                            std::string_view passphrase, std::string_view organisation, bool replaces,
                            const Clock& clock);

/// The private half, opened.
[[nodiscard]] Secret open_backup_key(const std::filesystem::path& file, std::string_view passphrase);

}  // namespace relance::server
