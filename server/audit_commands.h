// audit: the log of what was done, its signatures and its export. reads: who read whose file.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

void add_audit_commands(CLI::App& app, CommandContext& context);

/// Lines of `status`: what devices have found out about the log; empty when nothing.
[[nodiscard]] std::string audit_status(sql::Connection& db);

}  // namespace relance::server
