// Commands over imports that were made (`imports`, `import show`, `import withdraw`) and over the cases they opened
// (`intake`).
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// `import`: the subcommand under which `show` and `withdraw` stand.
void add_batch_commands(CLI::App& app, CLI::App& import, CommandContext& context);
void add_intake_command(CLI::App& app, CommandContext& context);

}  // namespace relance::server
