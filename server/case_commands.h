// The office's commands on cases: see them, give them out, change what is on them, settle conflicts, ask freely.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// cases, case, sql, and all below.
void add_case_commands(CLI::App& app, CommandContext& context);

void add_assign_commands(CLI::App& app, CommandContext& context);    // assign, unassign
void add_edit_commands(CLI::App& app, CommandContext& context);      // edit, add
void add_conflict_commands(CLI::App& app, CommandContext& context);  // conflicts, conflict resolve

/// The id of what a person named: a case by number, a creditor or member of staff by name, anything by its id.
/// Failure{not_found, usage}.
[[nodiscard]] Id row_named(sql::Connection& db, const schema::Table& table, const std::string& name);

/// column=value … as an update of that row; `before` is left to whoever applies it. Failure{usage, not_found}.
[[nodiscard]] sync::Op typed_update(sql::Connection& db, const schema::Table& table, const std::string& row,
                                    const std::vector<std::string>& columns);

}  // namespace relance::server
