// Commands that take claims in from other files than an accounting ledger: `import ximport`, `import csv`,
// `import invoice`, `import mapping`.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// `import`: the subcommand under which they stand.
void add_claims_commands(CLI::App& import, CommandContext& context);

}  // namespace relance::server
