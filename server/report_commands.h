// Commands that tell: the office's reports, and the list of exceptions.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_report_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
