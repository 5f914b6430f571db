#include "server/import_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "rules/money.h"
#include "server/bank_commands.h"
#include "server/batch_commands.h"
#include "server/claims_commands.h"
#include "server/fec_import.h"
#include "server/refused_file.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct FecCommand {
  std::string file, as;
  FecImportOptions options;
  std::optional<std::int64_t> terms;
  bool dry_run = false;
};

json::object report_json(const FecImportReport& r) {
  return {{"lines_read", r.lines_read},
          {"lines_kept", r.lines_kept},
          {"lines_other", r.lines_other},
          {"refused", json::array{}},
          {"debtors_added", r.debtors_added},
          {"debtors_known", r.debtors_known},
          {"debtors_erased", r.debtors_erased},
          {"cases_opened", r.cases_opened},
          {"cases_reopened", r.cases_reopened},
          {"cases_closed", r.cases_closed},
          {"entries_added", r.entries_added},
          {"entries_known", r.entries_known},
          {"entries_settled", r.entries_settled},
          {"entries_reopened", r.entries_reopened},
          {"entries_vanished", r.entries_vanished},
          {"vanished_cents", r.vanished_cents},
          {"claims_added", r.claims_added},
          {"claims_settled", r.claims_settled},
          {"claims_reopened", r.claims_reopened},
          {"openings_skipped", r.openings_skipped},
          {"differences", r.differences},
          {"difference_cents", r.difference_cents},
          {"carried_cents", r.carried_cents},
          {"ledger_balance_cents", r.ledger_balance_cents},
          {"cases_balance_cents", r.cases_balance_cents},
          {"open_credits_cents", r.open_credits_cents},
          {"payments_booked", r.payments_booked},
          {"payments_unbooked", r.payments_unbooked},
          {"dry_run", r.dry_run}};
}

std::string report_text(const FecImportReport& r) {
  const auto n = [](auto count) { return std::to_string(count); };
  std::string out = r.dry_run ? "Dry run: nothing is stored.\n" : "";
  if (r.changes_nothing) out += "Nothing new: everything in this ledger is stored already.\n";
  out += "Lines      " + n(r.lines_read) + " read: " + n(r.lines_kept) + " of customers (41x) kept, " +
         n(r.lines_other) + " others forgotten\n";
  out += "Debtors    " + n(r.debtors_added) + " new, " + n(r.debtors_known) + " known\n";
  if (r.debtors_erased > 0)
    out += "Erased     " + n(r.debtors_erased) +
           " persons were erased here and stay so: their lines are passed over\n";
  out += "Cases      " + n(r.cases_opened) + " opened, " + n(r.cases_reopened) + " reopened, " +
         n(r.cases_closed) + " closed\n";
  out += "Entries    " + n(r.entries_added) + " new, " + n(r.entries_known) + " known, " +
         n(r.entries_settled) + " settled since";
  if (r.entries_reopened > 0) out += ", " + n(r.entries_reopened) + " open again";
  out += "\nClaims     " + n(r.claims_added) + " new, " + n(r.claims_settled) + " settled";
  if (r.claims_reopened > 0) out += ", " + n(r.claims_reopened) + " open again";
  out += "\n";
  if (r.openings_skipped > 0)
    out += "Openings   " + n(r.openings_skipped) + " lines restate an earlier year and are passed over\n";
  if (r.carried_cents != 0)
    out +=
        "Carried    " + money_text(r.carried_cents) + " of earlier years, which this ledger does not state\n";
  if (r.entries_vanished > 0)
    out += "Vanished   " + n(r.entries_vanished) + " lines of " + money_text(r.vanished_cents) +
           " are not in the ledger any more: reversed\n";
  if (r.differences > 0)
    out += "Difference " + money_text(r.difference_cents) + " over " + n(r.differences) +
           " debtors, booked as accepted\n";
  if (r.payments_booked > 0)
    out += "Payments   " + n(r.payments_booked) + " received before are in the ledger now: they count once\n";
  out += "Credits    " + money_text(r.open_credits_cents) +
         " open, set against the oldest claims in what is asked\n";
  return out + "Balance    " + money_text(r.ledger_balance_cents) + " in the ledger, " +
         money_text(r.cases_balance_cents) + " over the cases\n";
}

FecImportReport take_in(CommandContext& context, FecCommand& command, FecSource source) {
  command.options.author = context.author(command.as);
  command.options.terms_days = command.terms;
  command.options.today = local_day(context.clock.now());
  if (command.dry_run)
    return preview_fec(context.reading(), context.random, context.clock.now(), std::move(source),
                       command.options);
  DirectCommitter committer(context.ledger());
  return import_fec(committer, std::move(source), command.options);
}

void run(CommandContext& context, FecCommand& command) {
  FecSource source;
  {
    static_cast<void>(context.office());  // a wrong data directory is said before a large file is read
    ProgressBar bar("Reading the ledger");
    source =
        read_fec_source(command.file, [&](std::int64_t done, std::int64_t total) { bar.show(done, total); });
  }
  const RefusedFile problems = refused_file(source.file);  // the import takes the file
  try {
    const FecImportReport report = take_in(context, command, std::move(source));
    if (context.json)
      print_json(report_json(report));
    else
      print(report_text(report));
  } catch (const Failure& failure) {
    if (failure.code() != Code::bad_file) throw;
    context.exit_code = tell_refused(context, failure, problems);
  }
}

}  // namespace

void add_import_commands(CLI::App& app, CommandContext& context) {
  auto* import =
      app.add_subcommand("import", "Take data in: accounting ledgers, lists of open items, invoices");
  import->require_subcommand(1);
  auto* fec =
      import->add_subcommand("fec", "Receivables (accounts 41x only) from a French accounting export (FEC)");
  auto command = std::make_shared<FecCommand>();
  fec->add_option("file", command->file, "The export, as the accounting program wrote it")->required();
  fec->add_option("--creditor", command->options.creditor,
                  "Whose ledger it is, by exact name; made if there is none")
      ->required();
  fec->add_option(
      "--terms", command->terms,
      "Days from invoice to due date, assumed for claims that come in now (else the creditor's, else 30)");
  fec->add_flag("--dry-run", command->dry_run, "Say what would be done and store nothing");
  fec->add_flag("--accept-unbalanced", command->options.accept_unbalanced,
                "Take in a ledger whose debits and credits differ");
  fec->add_flag("--accept-difference", command->options.accept_difference,
                "Where balances do not follow from what is stored, book the difference of each debtor");
  fec->add_option("--as", command->as, "In whose name (role office)");
  fec->footer(
      "The same file again changes nothing; a later export adds what is new and settles what was lettered "
      "since.\n"
      "Examples:\n"
      "  relance-server import fec 123456789FEC20261231.txt --creditor 'Meunier SA' --dry-run\n"
      "  relance-server import fec 123456789FEC20261231.txt --creditor 'Meunier SA' --terms 45");
  fec->callback([&context, command] { run(context, *command); });
  add_claims_commands(*import, context);
  add_batch_commands(app, *import, context);
  add_bank_import(*import, context);
}

}  // namespace relance::server
