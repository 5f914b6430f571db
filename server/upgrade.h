// The office's database brought to this program's schema: after a verified backup, in one commit.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/clock.h"
#include "server/office.h"

namespace relance::server {

struct UpgradeReport {
  int from = 0;
  std::vector<std::string> statements;  // what is done, or would be
  std::filesystem::path kept;           // the backup made before; empty when nothing was changed
};

/// REQUIRES: no server runs (the caller holds the serve lock). Failure{bad_file} when the database does not verify,
/// Failure{upgrade_required} when it is newer than this program: then nothing was changed.
enum class UpgradeMode { dry_run, change };
[[nodiscard]] UpgradeReport upgrade_office(const Office& office, const Clock& clock, Random& random,
                                           UpgradeMode mode);

}  // namespace relance::server
