// The kept mappings of a creditor's CSV files (table import_mapping), and the commands that save, list and show them.
#pragma once

#include <string>
#include <vector>

#include "server/command_context.h"
#include "server/csv_mapping.h"

namespace CLI {
class App;
}

namespace relance::server {

/// By name; without one the creditor's only mapping, else the plain one (titles are the names of the fields).
/// Errors: Failure{not_found} for a name that the creditor has not, Failure{usage} where several could be meant.
[[nodiscard]] CsvMapping mapping_for(sql::Connection& db, const std::string& creditor,
                                     const std::string& name);

/// Saves or replaces. REQUIRES: a Work is open. Errors: Failure{not_found} for the creditor, Failure{usage} for a
/// mapping that cannot be used, Failure{refused} when the author may not.
void save_mapping(Ledger& ledger, const Author& author, const std::string& creditor, const std::string& name,
                  const CsvMapping& mapping);

/// `import mapping save|list|show`.
void add_mapping_commands(CLI::App& import, CommandContext& context);

}  // namespace relance::server
