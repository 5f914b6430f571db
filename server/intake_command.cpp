// intake: which cases should be taken on, and why not.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/csv.h"
#include "host/local_day.h"
#include "rules/money.h"
#include "server/batch_commands.h"
#include "server/intake_view.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::array reasons_json(const std::vector<IntakeReason>& reasons) {
  json::array out;
  for (const IntakeReason reason : reasons)
    out.push_back(json::string_view(name_of(reason).data(), name_of(reason).size()));
  return out;
}

std::string codes_of(const std::vector<IntakeReason>& reasons) {
  std::string out;
  for (const IntakeReason reason : reasons) out += (out.empty() ? "" : " ") + std::string(name_of(reason));
  return out;
}

json::object line_json(const IntakeLine& line) {
  json::array claims;
  for (std::size_t i = 0; i < line.claims.size(); ++i)
    claims.push_back(json::object{{"piece_ref", line.claims[i].piece_ref},
                                  {"due_on", line.claims[i].due_on},
                                  {"gross_cents", line.claims[i].gross_cents},
                                  {"limitation_on", line.claims[i].last_day},
                                  {"proposal", line.finding.claims[i].empty() ? "accept" : "refuse"},
                                  {"reasons", reasons_json(line.finding.claims[i])}});
  return {{"number", line.number},
          {"creditor", line.creditor},
          {"debtor", line.debtor},
          {"asked_cents", line.asked_cents},
          {"proposal", line.finding.accepts ? "accept" : "refuse"},
          {"reasons", reasons_json(line.finding.reasons)},
          {"claims", std::move(claims)}};
}

std::string lines_csv(const std::vector<IntakeLine>& lines) {
  CsvWriter csv;
  for (const char* title : {"case", "creditor", "debtor", "asked", "proposal", "reasons"}) csv.text(title);
  csv.end_row();
  for (const IntakeLine& line : lines)
    csv.text(line.number)
        .text(line.creditor)
        .text(line.debtor)
        .cents(line.asked_cents)
        .text(line.finding.accepts ? "accept" : "refuse")
        .text(codes_of(line.finding.reasons))
        .end_row();
  return csv.content();
}

}  // namespace

void add_intake_command(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("intake", "Check cases before they are worked: what speaks against each");
  struct Options {
    IntakeFilter filter;
    bool csv = false;
  };
  auto options = std::make_shared<Options>();
  auto* creditor = command->add_option("--creditor", options->filter.creditor, "Only this creditor's cases");
  command->add_option("--batch", options->filter.batch, "Only those of one import, by id")
      ->excludes(creditor);
  command->add_flag("--csv", options->csv, "As CSV");
  command->footer(
      "A proposal: a person decides. Reasons: time_barred and insolvency stand; maybe_time_barred, "
      "amount_uncertain,\n"
      "debtor_unknown and no_evidence can be mended by a word or a piece of the creditor.\n"
      "Examples:\n  relance-server intake --creditor 'Meunier SA'\n  relance-server intake --batch 3f9a41 "
      "--json");
  command->callback([&context, options] {
    const auto today = parse_civil_date(local_day(context.clock.now()));
    RELANCE_ASSERT(today.has_value());
    sql::Transaction snapshot(context.reading(), sql::Access::read);
    const std::vector<IntakeLine> lines = intake_lines(context.reading(), options->filter, *today);
    if (context.json) {
      json::array all;
      for (const IntakeLine& line : lines) all.push_back(line_json(line));
      return print_json(json::object{{"cases", std::move(all)}});
    }
    if (options->csv) return print(lines_csv(lines));
    if (lines.empty()) return print("No open case is like that.\n");
    TextTable table({{"case"},
                     {"debtor"},
                     {"asked", TextTable::Align::right},
                     {"proposal", TextTable::Align::left, 100}});
    for (const IntakeLine& line : lines)
      table.add({line.number, line.debtor, money_text(line.asked_cents), proposal_text(line)});
    print(table.text());
  });
}

}  // namespace relance::server
