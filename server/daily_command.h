// daily: promises, plans and discounts, judged by the money that has come in.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_daily_command(CLI::App& app, CommandContext& context);

}  // namespace relance::server
