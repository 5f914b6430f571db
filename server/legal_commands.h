// Commands about the law on a case: insolvency, courts, the file for the lawyer, third persons.
#pragma once

#include "server/command_context.h"

namespace CLI {
class App;
}

namespace relance::server {

/// `bodacc import`, `insolvency add|declare|cancel|list`.
void add_insolvency_commands(CLI::App& app, CommandContext& context);
/// `court step|list|file|export`, `document add|file`, `party add|list`.
void add_court_commands(CLI::App& app, CommandContext& context);

/// A day as typed for an option. Failure{usage}.
[[nodiscard]] std::string typed_iso_day(const std::string& text, std::string_view option);
/// The case of that number or id. Failure{not_found}.
[[nodiscard]] Id typed_case(sql::Connection& db, const std::string& number_or_id);

}  // namespace relance::server
