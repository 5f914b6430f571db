// rate, rule and sender: law, policy and the house's own particulars, as the office reads and enters them.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_law_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
