// Commands on money: import bank, bank (list, match, ignore, unbooked, book), payment, receipts, remittance.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// bank, payment, receipts and remittance.
void add_money_commands(CLI::App& app, CommandContext& context);
/// Below `import`.
void add_bank_import(CLI::App& import, CommandContext& context);

void add_remittance_commands(CLI::App& app, CommandContext& context);

}  // namespace relance::server
