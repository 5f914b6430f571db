// proposals and decide: the clerk's inbox, "in law and in expediency".
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_proposal_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
