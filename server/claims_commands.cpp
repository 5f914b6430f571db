#include "server/claims_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/files.h"
#include "host/local_day.h"
#include "rules/money.h"
#include "server/claims_csv.h"
#include "server/claims_import.h"
#include "server/csv_mapping.h"
#include "server/einvoice_reader.h"
#include "server/facturx_pdf.h"
#include "server/import_mappings.h"
#include "server/refused_file.h"
#include "server/ximport_reader.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct ClaimsCommand {
  std::string file, as, mapping;
  ClaimsImportOptions options;
  std::optional<std::int64_t> terms;
  bool dry_run = false;
  bool accept_unbalanced = false;
};

// ---- reports ---------------------------------------------------------------------------------------------------

json::object report_json(const ClaimsImportReport& r) {
  json::array changed;
  for (const std::uint64_t line : r.changed_lines) changed.push_back(line);
  return {{"format", r.format},
          {"lines_read", r.lines_read},
          {"lines_kept", r.lines_kept},
          {"lines_other", r.lines_other},
          {"refused", json::array{}},
          {"debtors_added", r.debtors_added},
          {"debtors_known", r.debtors_known},
          {"debtors_erased", r.debtors_erased},
          {"contacts_added", r.contacts_added},
          {"cases_opened", r.cases_opened},
          {"cases_reopened", r.cases_reopened},
          {"cases_closed", r.cases_closed},
          {"entries_added", r.entries_added},
          {"entries_known", r.entries_known},
          {"entries_elsewhere", r.entries_elsewhere},
          {"claims_added", r.claims_added},
          {"added_cents", r.added_cents},
          {"due_assumed", r.due_assumed},
          {"changed_lines", std::move(changed)},
          {"left_out", places_json(places_of(r.notices))},
          {"left_out_count", r.notice_count},
          {"batch", r.batch ? json::value(r.batch->text()) : json::value(nullptr)},
          {"dry_run", r.dry_run}};
}

std::string report_text(const ClaimsImportReport& r) {
  const auto n = [](auto count) { return std::to_string(count); };
  std::string out = r.dry_run ? "Dry run: nothing is stored.\n" : "";
  if (r.changes_nothing) out += "Nothing new: everything in this file is stored already.\n";
  out += "Lines      " + n(r.lines_read) + " read: " + n(r.lines_kept) + " kept, " + n(r.lines_other) +
         " others forgotten\n";
  out += "Debtors    " + n(r.debtors_added) + " new, " + n(r.debtors_known) + " known, " +
         n(r.contacts_added) + " numbers and addresses new\n";
  if (r.debtors_erased > 0)
    out += "Erased     " + n(r.debtors_erased) +
           " persons were erased here and stay so: their lines are passed over\n";
  out += "Cases      " + n(r.cases_opened) + " opened, " + n(r.cases_reopened) + " reopened, " +
         n(r.cases_closed) + " closed\n";
  out += "Entries    " + n(r.entries_added) + " new, " + n(r.entries_known) + " known";
  if (r.entries_elsewhere > 0) out += ", " + n(r.entries_elsewhere) + " known from another kind of file";
  out += "\nClaims     " + n(r.claims_added) + " new";
  if (r.due_assumed > 0) out += ", " + n(r.due_assumed) + " of them with an assumed due date";
  out += "\nAmount     " + money_text(r.added_cents) + " new\n";
  if (!r.changed_lines.empty()) {
    out += "Changed    " + n(r.changed_lines.size()) +
           " pieces are stored with another amount and are left as they are:";
    for (std::size_t i = 0; i < r.changed_lines.size() && i < kFileProblemsKeptMax; ++i)
      out += (i == 0 ? " line " : ", ") + n(r.changed_lines[i]);
    out += r.changed_lines.size() > kFileProblemsKeptMax ? " ...\n" : "\n";
  }
  for (const FileProblem& notice : r.notices) out += "Left out   " + problem_sentence(notice) + "\n";
  if (r.notice_count > r.notices.size())
    out += "           and " + n(r.notice_count - r.notices.size()) + " more\n";
  if (r.batch) out += "Import     " + r.batch->text() + "\n";
  return out;
}

// ---- one command for all forms ---------------------------------------------------------------------------------

using ReadFile = std::function<ClaimFile(const std::string&)>;

void run(CommandContext& context, ClaimsCommand& command, std::size_t bytes_max, bool is_evidence,
         const ReadFile& read) {
  command.options.author =
      context.author(command.as);  // a wrong directory or name is said before the file is read
  command.options.terms_days = command.terms;
  command.options.today = local_day(context.clock.now());
  std::string bytes = read_file(command.file, bytes_max);
  ClaimsSource source;
  source.file = read(bytes);
  source.hash = sha256(bytes);
  source.name = printable(std::filesystem::path(command.file).filename().string());
  if (is_evidence) {
    source.media_type = bytes.starts_with("%PDF") ? "application/pdf" : "application/xml";
    source.evidence = std::move(bytes);
  }
  try {
    ClaimsImportReport report;
    if (command.dry_run) {
      report =
          preview_claims(context.reading(), context.random, context.clock.now(), source, command.options);
    } else {
      DirectCommitter committer(context.ledger());
      report = import_claims(committer, source, command.options);
    }
    if (context.json)
      print_json(report_json(report));
    else
      print(report_text(report));
  } catch (const Failure& failure) {
    if (failure.code() != Code::bad_file) throw;
    context.exit_code = tell_refused(context, failure, refused_file(source.file));
  }
}

CLI::App* add_form(CLI::App& import, const std::shared_ptr<ClaimsCommand>& command, const std::string& name,
                   const std::string& what) {
  auto* form = import.add_subcommand(name, what);
  form->add_option("file", command->file, "The file, as the program wrote it")->required();
  form->add_option("--creditor", command->options.creditor,
                   "Whose claims they are, by exact name; made if there is none")
      ->required();
  form->add_option(
      "--terms", command->terms,
      "Days from piece to due date where the file states none (else the creditor's, else 30, assumed)");
  form->add_flag("--dry-run", command->dry_run, "Say what would be done and store nothing");
  form->add_option("--as", command->as, "In whose name (role office)");
  return form;
}

void add_ximport(CLI::App& import, CommandContext& context) {
  auto command = std::make_shared<ClaimsCommand>();
  auto* form =
      add_form(import, command, "ximport", "Receivables (accounts 41x only) from Sage 50: XIMPORT.TXT");
  form->add_flag("--accept-unbalanced", command->accept_unbalanced,
                 "Take in a file whose debits and credits differ");
  form->footer(
      "The same file again changes nothing. `relance-server imports` lists what each import made.\n"
      "Examples:\n"
      "  relance-server import ximport XIMPORT.TXT --creditor 'Meunier SA' --dry-run\n"
      "  relance-server import ximport XIMPORT.TXT --creditor 'Meunier SA'");
  form->callback([&context, command] {
    run(context, *command, kClaimFileBytesMax, false,
        [&](const std::string& bytes) { return read_ximport(bytes, command->accept_unbalanced); });
  });
}

void add_csv(CLI::App& import, CommandContext& context) {
  auto command = std::make_shared<ClaimsCommand>();
  auto* form =
      add_form(import, command, "csv", "Open items from a CSV file, by a saved mapping of its columns");
  form->add_option(
      "--mapping", command->mapping,
      "Name of the mapping (else the creditor's only one, else the titles are the names of the fields)");
  form->footer(
      "A piece that is stored with another amount is told and left as it is.\n"
      "Examples:\n"
      "  relance-server import mapping save sage --creditor 'Meunier SA' --column piece='N° facture' ...\n"
      "  relance-server import csv impayes.csv --creditor 'Meunier SA' --mapping sage --dry-run");
  form->callback([&context, command] {
    const CsvMapping mapping = mapping_for(context.reading(), command->options.creditor, command->mapping);
    run(context, *command, kClaimFileBytesMax, false,
        [&](const std::string& bytes) { return read_claims_csv(bytes, mapping); });
  });
}

void add_invoice(CLI::App& import, CommandContext& context) {
  auto command = std::make_shared<ClaimsCommand>();
  auto* form = add_form(import, command, "invoice",
                        "One electronic invoice or credit note: CII, UBL or Factur-X (PDF)");
  form->footer(
      "The file is kept on the case: it proves the claim.\n"
      "Examples:\n"
      "  relance-server import invoice F20260023.pdf --creditor 'Meunier SA'\n"
      "  relance-server import invoice F20260023.xml --creditor 'Meunier SA' --terms 45 --dry-run");
  form->callback([&context, command] {
    run(context, *command, kInvoicePdfBytesMax, true,
        [](const std::string& bytes) { return read_einvoice(bytes); });
  });
}

}  // namespace

void add_claims_commands(CLI::App& import, CommandContext& context) {
  add_ximport(import, context);
  add_csv(import, context);
  add_invoice(import, context);
  add_mapping_commands(import, context);
}

}  // namespace relance::server
