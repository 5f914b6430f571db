// retention, purge: how long cases are kept, and what lets them go.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_purge_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
