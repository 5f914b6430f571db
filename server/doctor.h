// What may be wrong with an office's machine, each with what to do.
#pragma once

#include <string>
#include <vector>

#include "server/command_context.h"

namespace relance::server {

struct Finding {
  std::string check;
  bool ok = false;
  std::string detail;
  std::string remedy;
};

/// Never throws for what it is there to find: a missing key is a finding.
[[nodiscard]] std::vector<Finding> examine_office(CommandContext& context);

}  // namespace relance::server
