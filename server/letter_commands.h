// The commands of letters and of their templates.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// letter preview, issue, show, file, sent, track; letters, letters due; template list, show, test, publish.
void add_letter_commands(CLI::App& app, CommandContext& context);
void add_template_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
