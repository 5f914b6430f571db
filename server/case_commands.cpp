#include "server/case_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "host/position_view.h"
#include "host/value_text.h"
#include "server/case_view.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct ListOptions {
  CaseFilter filter;
  std::size_t limit = 0;
  bool csv = false;
};

void show_cases(CommandContext& context, const ListOptions& options) {
  std::vector<CaseLine> lines =
      list_cases(context.reading_for_work(), options.filter, local_day(context.clock.now()));
  const std::size_t found = lines.size();
  if (options.limit > 0 && found > options.limit) lines.resize(options.limit);
  if (context.json) {
    json::array all;
    for (const CaseLine& line : lines) all.push_back(line_json(line));
    return print_json(json::object{{"cases", std::move(all)}});
  }
  if (options.csv) return print(list_csv(lines));
  if (lines.empty()) return print("No case is like that.\n");
  print(list_text(lines));
  if (lines.size() < found)
    say(std::to_string(lines.size()) + " of " + std::to_string(found) + " cases shown.");
}

void add_cases(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("cases", "Cases that are open or not level, most urgent first");
  auto options = std::make_shared<ListOptions>();
  command->add_option("--creditor", options->filter.creditor, "Only this creditor's");
  command->add_option("--holder", options->filter.holder, "Only those that this user holds");
  command->add_option("--search", options->filter.search,
                      "Words in number, names, account or invoice numbers; case and accents do not matter");
  command->add_option("--limit", options->limit, "At most so many");
  command->add_flag("--csv", options->csv, "As CSV for a spreadsheet");
  command->footer(
      "Examples:\n  relance-server cases --creditor 'Meunier SA' --limit 20\n  relance-server cases --search "
      "'boulangerie dupont' --json");
  command->callback([&context, options] {
    show_cases(context, *options);
    context.note_read("cases", std::nullopt);
  });
}

void add_case(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("case", "One case with everything on it");
  auto number = std::make_shared<std::string>();
  command->add_option("number", *number, "Its number, or its id")->required();
  auto as_of = std::make_shared<std::string>();
  command->add_option("--as-of", *as_of, "Figures and account as of this day (else today)");
  command->footer(
      "Examples:\n  relance-server case D-000017\n  relance-server case D-000017 --as-of 2026-06-30 --json");
  auto as = std::make_shared<std::string>();
  command->add_option("--as", *as, "Who reads, for the access log");
  command->callback([&context, number, as_of, as] {
    static_cast<void>(context.author(*as));  // a name that nobody bears is told before anything is shown
    const std::string today = local_day(context.clock.now());
    const CaseLine line = one_case(context.reading(), *number, today);
    const CaseFigures figures =
        case_figures(context.reading(), line.facts.id, as_of->empty() ? today : typed_day(*as_of));
    if (context.json) {
      boost::json::object out = case_json(context.reading(), line);
      add_figures(out, figures);
      print_json(out);
    } else {
      print(case_text(context.reading(), line, figures_text(Lang::en, figures)));
    }
    context.note_read("case", line.facts.id, *as);
  });
}

void add_sql(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("sql", "One read-only query of the office's database");
  auto text = std::make_shared<std::string>();
  command->add_option("query", *text, "SELECT …")->required();
  command->footer(
      "Example:\n  relance-server sql \"SELECT stage, count(*) FROM case_file GROUP BY stage\" --json");
  command->callback([&context, text] {
    const QueryResult result = run_query(context.reading(), *text);
    if (context.json) {
      print(query_json(result) + "\n");
      return context.note_read("sql", std::nullopt);
    }
    std::vector<TextTable::Column> titles;
    for (const std::string& name : result.columns) titles.push_back({name});
    TextTable table(std::move(titles));
    for (const Row& row : result.rows) {
      std::vector<std::string> cells;
      for (const Value& value : row) cells.push_back(cell_text(value));
      table.add(std::move(cells));
    }
    print(table.text());
    context.note_read("sql", std::nullopt);
  });
}

}  // namespace

void add_case_commands(CLI::App& app, CommandContext& context) {
  add_cases(app, context);
  add_case(app, context);
  add_assign_commands(app, context);
  add_edit_commands(app, context);
  add_conflict_commands(app, context);
  add_sql(app, context);
}

}  // namespace relance::server
