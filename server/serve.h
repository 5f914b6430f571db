// The running server: edge, workers, writer, readers, and a graceful end.
#pragma once

#include <string>

#include "server/command_context.h"

namespace relance::server {

/// Serves until SIGTERM or SIGINT; then finishes what is in hand and returns 0.
/// Prints `ready https://HOST:PORT` on stdout once it answers.
int serve(CommandContext& context, const std::string& listen);

}  // namespace relance::server
