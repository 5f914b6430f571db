#include "server/batch_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/csv.h"
#include "rules/money.h"
#include "schema/instant.h"
#include "server/import_batches.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::object batch_json(const BatchFacts& batch) {
  return {{"id", batch.id.text()},
          {"creditor", batch.creditor},
          {"format", batch.format},
          {"by", batch.author},
          {"at", instant_text(batch.happened_at)},
          {"lines_read", batch.lines_read},
          {"lines_kept", batch.lines_kept},
          {"entries", batch.entries},
          {"claims", batch.claims},
          {"cases", batch.cases},
          {"amount_cents", batch.cents},
          {"withdrawn_at",
           batch.withdrawn_at ? json::value(instant_text(*batch.withdrawn_at)) : json::value(nullptr)}};
}

std::string list_csv(const std::vector<BatchFacts>& batches) {
  CsvWriter csv;
  for (const char* title :
       {"id", "creditor", "format", "by", "at", "entries", "claims", "cases", "amount", "withdrawn_at"})
    csv.text(title);
  csv.end_row();
  for (const BatchFacts& batch : batches) {
    csv.text(batch.id.text()).text(batch.creditor).text(batch.format).text(batch.author);
    csv.text(instant_text(batch.happened_at)).number(batch.entries).number(batch.claims).number(batch.cases);
    csv.cents(batch.cents).text(batch.withdrawn_at ? instant_text(*batch.withdrawn_at) : "").end_row();
  }
  return csv.content();
}

void add_imports(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("imports", "Imports, newest first, with what each made");
  struct Options {
    std::string creditor;
    bool csv = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--creditor", options->creditor, "Only this creditor's");
  command->add_flag("--csv", options->csv, "As CSV");
  command->footer("Example:\n  relance-server imports --creditor 'Meunier SA'");
  command->callback([&context, options] {
    const std::vector<BatchFacts> batches = list_batches(context.reading(), options->creditor);
    if (context.json) {
      json::array all;
      for (const BatchFacts& batch : batches) all.push_back(batch_json(batch));
      return print_json(json::object{{"imports", std::move(all)}});
    }
    if (options->csv) return print(list_csv(batches));
    if (batches.empty()) return print("Nothing was imported.\n");
    using enum TextTable::Align;
    TextTable table({{"id"},
                     {"at"},
                     {"creditor"},
                     {"format"},
                     {"entries", right},
                     {"claims", right},
                     {"cases", right},
                     {"amount", right},
                     {"by"},
                     {"state"}});
    for (const BatchFacts& b : batches)
      table.add({b.id.text(), instant_text(b.happened_at).substr(0, 16), b.creditor, b.format,
                 std::to_string(b.entries), std::to_string(b.claims), std::to_string(b.cases),
                 money_text(b.cents), b.author, b.withdrawn_at ? "withdrawn" : ""});
    print(table.text());
  });
}

std::string rows_csv(const std::vector<BatchRow>& rows) {
  CsvWriter csv;
  for (const char* title : {"case", "debtor", "kind", "piece", "booked_on", "due_on", "amount", "claim"})
    csv.text(title);
  csv.end_row();
  for (const BatchRow& row : rows)
    csv.text(row.case_number)
        .text(row.debtor)
        .text(row.kind)
        .text(row.piece_ref)
        .text(row.booked_on)
        .text(row.due_on)
        .cents(row.amount_cents)
        .text(row.claim_state)
        .end_row();
  return csv.content();
}

json::object rows_json(const BatchFacts& batch, const std::vector<BatchRow>& rows) {
  json::object out = batch_json(batch);
  json::array all;
  for (const BatchRow& row : rows)
    all.push_back(json::object{{"case", row.case_number},
                               {"debtor", row.debtor},
                               {"kind", row.kind},
                               {"piece_ref", row.piece_ref},
                               {"booked_on", row.booked_on},
                               {"due_on", row.due_on},
                               {"amount_cents", row.amount_cents},
                               {"claim_state", row.claim_state}});
  out["rows"] = std::move(all);
  return out;
}

void add_show(CLI::App& import, CommandContext& context) {
  auto* command = import.add_subcommand("show", "What one import made, entry by entry");
  struct Options {
    std::string id;
    bool csv = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "Its id, or the last six characters of it or more")->required();
  command->add_flag("--csv", options->csv, "As CSV");
  command->footer("Example:\n  relance-server import show 3f9a41");
  command->callback([&context, options] {
    const BatchFacts batch = one_batch(context.reading(), options->id);
    const std::vector<BatchRow> rows = rows_of_batch(context.reading(), batch.id);
    if (context.json) return print_json(rows_json(batch, rows));
    if (options->csv) return print(rows_csv(rows));
    using enum TextTable::Align;
    TextTable table(
        {{"case"}, {"debtor"}, {"kind"}, {"piece"}, {"booked"}, {"due"}, {"amount", right}, {"claim"}});
    for (const BatchRow& row : rows)
      table.add({row.case_number, row.debtor, row.kind, row.piece_ref, row.booked_on, row.due_on,
                 money_text(row.amount_cents), row.claim_state});
    print(table.text());
    if (batch.withdrawn_at) say("This import was taken back on " + instant_text(*batch.withdrawn_at) + ".");
  });
}

void add_withdraw(CLI::App& import, CommandContext& context) {
  auto* command = import.add_subcommand(
      "withdraw", "Take an import back: its entries are reversed, its claims withdrawn");
  struct Options {
    std::string id, as;
    bool dry_run = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id, "Its id, or the last six characters of it or more")->required();
  command->add_option("--as", options->as, "In whose name (role office)")->required();
  command->add_flag("--dry-run", options->dry_run, "Say what would be done and change nothing");
  command->footer(
      "Refused once payments, letters, plans or court steps rest on it. The file can be imported again "
      "afterwards.\n"
      "Example:\n  relance-server import withdraw 3f9a41 --as marie --dry-run");
  command->callback([&context, options] {
    const Author author = context.author(options->as);
    WithdrawalReport r;
    {
      Ledger::Work work(context.ledger());
      r = withdraw_batch(context.ledger(), author, options->id);
      if (!options->dry_run) work.commit();
    }
    if (context.json)
      return print_json(json::object{{"id", r.batch.text()},
                                     {"entries_reversed", r.entries_reversed},
                                     {"claims_withdrawn", r.claims_withdrawn},
                                     {"cases_closed", r.cases_closed},
                                     {"cases_reopened", r.cases_reopened},
                                     {"amount_cents", r.cents},
                                     {"dry_run", options->dry_run}});
    print((options->dry_run ? "Dry run: nothing is changed.\n" : "") + std::to_string(r.entries_reversed) +
          " entries reversed (" + money_text(r.cents) + "), " + std::to_string(r.claims_withdrawn) +
          " claims withdrawn, " + std::to_string(r.cases_closed) + " cases closed, " +
          std::to_string(r.cases_reopened) + " opened again.\n");
  });
}

}  // namespace

void add_batch_commands(CLI::App& app, CLI::App& import, CommandContext& context) {
  add_imports(app, context);
  add_show(import, context);
  add_withdraw(import, context);
  add_intake_command(app, context);
}

}  // namespace relance::server
