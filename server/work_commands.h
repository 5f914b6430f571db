// The office's side of the agents' work: what waits for somebody, what agents tell, what they should reach.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// tasks, escalations, escalation ack|answer, target set|list.
void add_work_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
