// The office's lists and answers. See work_commands.h.
#include "server/work_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/csv.h"
#include "host/dated_rules.h"
#include "host/local_day.h"
#include "host/value_text.h"
#include "rules/money.h"
#include "server/case_commands.h"
#include "server/office_work.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

void print_csv(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  CsvWriter out;
  for (const std::string& title : titles) out.text(title);
  out.end_row();
  for (const auto& row : rows) {
    for (const std::string& cell : row) out.text(cell);
    out.end_row();
  }
  print(out.content());
}

void print_rows(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows,
                bool csv, const std::string& when_empty) {
  if (csv) return print_csv(titles, rows);
  if (rows.empty()) return print(when_empty + "\n");
  std::vector<TextTable::Column> columns;
  for (const std::string& title : titles) columns.push_back({title});
  TextTable table(std::move(columns));
  for (const auto& row : rows) table.add(row);
  print(table.text());
}

// ---- tasks --------------------------------------------------------------------------------------------------------

struct ListOptions {
  std::string user, role;
  bool overdue = false, all = false, csv = false;
};

void list_tasks(CommandContext& context, const ListOptions& options) {
  const std::string today = local_day(context.clock.now());
  std::optional<Id> staff;
  if (!options.user.empty()) staff = row_named(context.reading(), schema::table("staff"), options.user);
  const auto tasks = tasks_to_do(context.reading_for_work(), options.all ? "" : today, staff);
  json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const TaskRow& task : tasks) {
    const bool is_overdue = !task.due_on.empty() && task.due_on < today;
    if (options.overdue && !is_overdue) continue;
    rows.push_back({task.due_on, is_overdue ? "overdue" : "", task.number, task.debtor, task.kind,
                    task.is_legal ? "legal" : "", task.title, task.assignee, task.id.text()});
    all.push_back(json::object{{"id", task.id.text()},
                               {"case", or_null(task.number)},
                               {"debtor", or_null(task.debtor)},
                               {"kind", task.kind},
                               {"title", or_null(task.title)},
                               {"due_on", or_null(task.due_on)},
                               {"overdue", is_overdue},
                               {"legal", task.is_legal},
                               {"assignee", or_null(task.assignee)}});
  }
  if (context.json) return print_json(json::object{{"tasks", std::move(all)}});
  print_rows({"due", "", "case", "debtor", "kind", "", "title", "assignee", "id"}, rows, options.csv,
             "No task is like that.");
}

// ---- escalations --------------------------------------------------------------------------------------------------

void list_escalations(CommandContext& context, const ListOptions& options) {
  const std::string today = local_day(context.clock.now());
  const std::int64_t days = dated_amount(context.reading(), "escalation_due_working_days", today);
  const auto lines = escalation_lines(context.reading(), options.role, !options.all, days, today);
  json::array all;
  std::vector<std::vector<std::string>> rows;
  for (const EscalationLine& line : lines) {
    if (options.overdue && !line.is_overdue) continue;
    const EscalationRow& row = line.row;
    const std::string due = line.due_on ? iso_text(*line.due_on) : "";
    rows.push_back({row.raised_on, row.kind, row.to_role, row.number, row.creditor, row.author,
                    line.is_overdue ? "UNREAD since " + due : row.state, row.message, row.answer,
                    row.id.text()});
    all.push_back(json::object{{"id", row.id.text()},
                               {"case", or_null(row.number)},
                               {"creditor", or_null(row.creditor)},
                               {"kind", row.kind},
                               {"to", row.to_role},
                               {"message", row.message},
                               {"raised_on", row.raised_on},
                               {"author", or_null(row.author)},
                               {"state", row.state},
                               {"due_on", or_null(due)},
                               {"overdue", line.is_overdue},
                               {"answer", or_null(row.answer)},
                               {"answered_on", or_null(row.answered_on)}});
  }
  if (context.json) return print_json(json::object{{"escalations", std::move(all)}});
  print_rows({"raised", "kind", "to", "case", "creditor", "by", "state", "message", "answer", "id"}, rows,
             options.csv, "Nothing waits for an answer.");
}

struct AnswerOptions {
  std::string id, text, as;
};

void tell_outcome(CommandContext& context, const sync::Outcome& outcome, const Id& id) {
  if (context.told_refusal(outcome)) return;
  if (context.json)
    print_json(json::object{{"id", id.text()}, {"status", sync::name_of(outcome.status)}});
  else
    print(id.text() + "\n");
}

void add_escalation(CLI::App& app, CommandContext& context) {
  auto* list = app.add_subcommand("escalations", "What agents ask and tell the office, oldest first");
  auto options = std::make_shared<ListOptions>();
  list->add_option("--role", options->role, "Only to this role: manager, sales, accounting, dpo");
  list->add_flag("--overdue", options->overdue, "Only what nobody has seen in time");
  list->add_flag("--all", options->all, "Answered ones too");
  list->add_flag("--csv", options->csv, "As CSV for a spreadsheet");
  list->footer(
      "Examples:\n  relance-server escalations --role manager --overdue\n  relance-server escalations --role "
      "dpo --json");
  list->callback([&context, options] { list_escalations(context, *options); });

  auto* one = app.add_subcommand("escalation", "See to an escalation: ack, answer");
  one->require_subcommand(1);
  auto given = std::make_shared<AnswerOptions>();
  auto* ack = one->add_subcommand("ack", "Somebody has seen it");
  auto* reply = one->add_subcommand("answer", "Answer it");
  for (CLI::App* command : {ack, reply}) {
    command->add_option("id", given->id, "Its id, as `escalations` shows it")->required();
    if (command == reply) command->add_option("text", given->text, "The answer")->required();
    command->add_option("--as", given->as, "In whose name (clerk or office)")->required();
  }
  one->footer(
      "Examples:\n  relance-server escalation ack ID --as nadia\n  relance-server escalation answer ID 'Send "
      "the file to the lawyer' --as nadia");
  const auto run = [&context, given](bool answers) {
    const auto id = Id::parse(given->id);
    if (!id)
      throw Failure(Code::usage,
                    "An escalation is named by its id, as `relance-server escalations` shows it.");
    const Author author = context.author(given->as);
    sync::Outcome outcome;
    context.commit([&](Ledger& ledger) {
      outcome = answers ? answer(ledger, author, *id, given->text, local_day(context.clock.now()))
                        : acknowledge(ledger, author, *id);
    });
    tell_outcome(context, outcome, *id);
  };
  ack->callback([run] { run(false); });
  reply->callback([run] { run(true); });
}

// ---- targets ------------------------------------------------------------------------------------------------------

struct TargetOptions {
  std::string user, month, cash, as;
  std::optional<std::int64_t> contacts, promises;
  bool csv = false;
};

void change_target(CommandContext& context, const TargetOptions& options) {
  TargetFigures figures{.contacts = options.contacts, .promises = options.promises};
  if (!options.cash.empty()) {
    figures.cash_cents = parse_cents(options.cash);
    if (!figures.cash_cents)
      throw Failure(Code::usage, "--cash is an amount in euros, such as 12000 or 12000.50.");
  }
  if (!figures.contacts && !figures.promises && !figures.cash_cents)
    throw Failure(Code::usage, "Say what to reach: --contacts N, --promises N or --cash AMOUNT.");
  const Author author = context.author(options.as);
  const Id staff = row_named(context.reading(), schema::table("staff"), options.user);
  const Month month = month_named(options.month);
  sync::Outcome outcome;
  context.commit(
      [&](Ledger& ledger) { outcome = set_target(ledger, author, staff, month.first_on, figures); });
  tell_outcome(context, outcome, staff);
}

void list_targets(CommandContext& context, const TargetOptions& options) {
  const Month month =
      month_named(options.month.empty() ? local_day(context.clock.now()).substr(0, 7) : options.month);
  json::array all;
  std::vector<std::vector<std::string>> rows;
  sql::Connection& db = context.reading();
  std::vector<std::pair<Id, std::string>> agents;
  {
    sql::Query q(db, "SELECT id, name FROM staff WHERE role = 'agent' AND state = 'active' ORDER BY name");
    while (q.next()) agents.emplace_back(q.id(0), q.text(1));
  }
  for (const auto& [id, name] : agents) {
    const Progress p = progress_of(db, id, month);
    const Progress::Target target = p.target.value_or(Progress::Target{});
    rows.push_back({name, std::to_string(p.contacts), std::to_string(target.contacts),
                    std::to_string(p.promises), std::to_string(target.promises), cents_text(p.cash_cents),
                    cents_text(target.cash_cents)});
    json::object one{
        {"user", name}, {"contacts", p.contacts}, {"promises", p.promises}, {"cash_cents", p.cash_cents}};
    one["target"] = p.target ? json::value(json::object{{"contacts", target.contacts},
                                                        {"promises", target.promises},
                                                        {"cash_cents", target.cash_cents}})
                             : json::value(nullptr);
    all.push_back(std::move(one));
  }
  if (context.json)
    return print_json(json::object{{"month", month.first_on.substr(0, 7)}, {"agents", std::move(all)}});
  print_rows({"agent", "reached", "of", "promises", "of", "received", "of"}, rows, options.csv,
             "There are no agents.");
}

void add_target(CLI::App& app, CommandContext& context) {
  auto* target = app.add_subcommand("target", "What agents should reach in a month, and what they did");
  target->require_subcommand(1);
  auto* set = target->add_subcommand("set", "Set or change an agent's targets");
  auto given = std::make_shared<TargetOptions>();
  set->add_option("user", given->user, "Whose")->required();
  set->add_option("--month", given->month, "For example 2026-12")->required();
  set->add_option("--contacts", given->contacts, "People to reach");
  set->add_option("--promises", given->promises, "Promises to take");
  set->add_option("--cash", given->cash, "Money to be received, in euros");
  set->add_option("--as", given->as, "In whose name (clerk or office)")->required();
  set->callback([&context, given] { change_target(context, *given); });
  auto* list = target->add_subcommand("list", "Targets and figures of all agents");
  auto listed = std::make_shared<TargetOptions>();
  list->add_option("--month", listed->month, "For example 2026-12; else this month");
  list->add_flag("--csv", listed->csv, "As CSV for a spreadsheet");
  list->callback([&context, listed] { list_targets(context, *listed); });
  target->footer(
      "Examples:\n  relance-server target set paul --month 2026-12 --contacts 600 --promises 120 --cash "
      "40000 --as nadia\n"
      "  relance-server target list --month 2026-12 --csv");
}

}  // namespace

void add_work_commands(CLI::App& app, CommandContext& context) {
  auto* tasks = app.add_subcommand("tasks", "What is to be done on cases, earliest first");
  auto options = std::make_shared<ListOptions>();
  tasks->add_option("--user", options->user, "Only this user's, and nobody's in particular");
  tasks->add_flag("--overdue", options->overdue, "Only those whose day is over");
  tasks->add_flag("--all", options->all, "Those of later days too");
  tasks->add_flag("--csv", options->csv, "As CSV for a spreadsheet");
  tasks->footer(
      "Examples:\n  relance-server tasks --overdue\n  relance-server tasks --user paul --all --csv");
  tasks->callback([&context, options] { list_tasks(context, *options); });
  add_escalation(app, context);
  add_target(app, context);
}

}  // namespace relance::server
