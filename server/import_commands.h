// Commands that take data in from outside: import fec.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_import_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
