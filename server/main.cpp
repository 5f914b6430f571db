// relance-server: the office's program.
#include <CLI/CLI.hpp>

#include "host/private_memory.h"
#include "host/sqlite.h"
#include "host/terminal.h"
#include "server/audit_commands.h"
#include "server/bank_commands.h"
#include "server/case_commands.h"
#include "server/daily_command.h"
#include "server/import_commands.h"
#include "server/law_commands.h"
#include "server/legal_commands.h"
#include "server/letter_commands.h"
#include "server/office_commands.h"
#include "server/proposal_commands.h"
#include "server/purge_commands.h"
#include "server/report_commands.h"
#include "server/rights_commands.h"
#include "server/work_commands.h"

namespace {

using namespace relance;  // NOLINT(google-build-using-namespace): the program's own

// Parses and does it: CLI11 runs a command's callback while it parses.
int run(CLI::App& app, server::CommandContext& context, ErrorReport& report, int argc, char** argv) {
  try {
    app.parse(argc, argv);
    return context.exit_code;
  } catch (const CLI::Success& success) {
    return app.exit(success);  // --help, --version
  } catch (const CLI::ParseError& error) {
    report.use_json(context.json);
    // CLI11 says "a subcommand is required" of a misspelt one too.
    const auto left = app.remaining(true);
    const bool misspelt = app.get_subcommands().empty() && !left.empty();
    throw Failure(Code::usage, misspelt ? "There is no command `" + printable(left.front()) +
                                              "`; relance-server --help lists those there are."
                                        : std::string(error.what()) + " (see --help)");
  } catch (...) {
    report.use_json(context.json);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
#ifndef RELANCE_SANITIZED
  keep_memory_private();  // the database's key, the CA's, and people
#endif
  server::CommandContext context;
  CLI::App app{
      "relance-server: the office's authority over all cases.\nKeeps the ledger, gives each agent his cases, "
      "merges what they did offline."};
  app.name("relance-server");
  app.set_version_flag(
      "--version", std::string("relance-server ") + RELANCE_VERSION + " (" + sql::engine_description() + ")");
  app.require_subcommand(1);
  app.fallthrough();  // options may stand before or after the command
  app.add_option("--data", context.data, "Data directory (else RELANCE_DATA, else the current directory)");
  app.add_flag("--json", context.json, "One JSON document on stdout");
  app.add_flag("--allow-plaintext", context.allow_plaintext,
               "Accept a database engine or file without encryption");
  app.footer(
      "A first office:\n"
      "  relance-server --data office init --name 'Cabinet Martin'\n"
      "  relance-server --data office serve &\n"
      "  relance-server --data office user add paul --role agent\n"
      "  relance-server --data office import fec FEC.txt --creditor 'Meunier SA'\n"
      "  relance-server --data office assign --to paul --all\n"
      "  relance-server --data office invite paul\n"
      "Whoever may read the data directory may act as anyone in it: --as is trust, not proof.");
  server::add_office_commands(app, context);
  server::add_device_commands(app, context);
  server::add_backup_commands(app, context);
  server::add_import_commands(app, context);
  server::add_case_commands(app, context);
  server::add_law_commands(app, context);
  server::add_proposal_commands(app, context);
  server::add_daily_command(app, context);
  server::add_letter_commands(app, context);
  server::add_report_commands(app, context);
  server::add_insolvency_commands(app, context);
  server::add_court_commands(app, context);
  server::add_work_commands(app, context);
  server::add_money_commands(app, context);
  server::add_purge_commands(app, context);
  server::add_rights_commands(app, context);
  server::add_audit_commands(app, context);

  ErrorReport report("relance-server");
  return run_reported(report, [&] { return run(app, context, report, argc, argv); });
}
