// Commands about the office itself: init, serve, people, devices, state, backups.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_office_commands(CLI::App& app, CommandContext& context);
void add_device_commands(CLI::App& app, CommandContext& context);
void add_backup_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
