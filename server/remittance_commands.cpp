// remittance plan, make, paid, list: what was received for a creditor, what is kept of it, and what is late.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/csv.h"
#include "host/local_day.h"
#include "host/value_text.h"
#include "server/bank_commands.h"
#include "server/remittance.h"

namespace relance::server {
namespace {

namespace json = boost::json;

json::object plan_json(const RemittancePlan& plan) {
  json::array lines;
  for (const RemittanceLine& line : plan.lines)
    lines.push_back(json::object{{"payment_id", line.payment.text()},
                                 {"case", line.case_number},
                                 {"debtor", line.debtor},
                                 {"paid_on", line.paid_on},
                                 {"received_cents", line.received_cents},
                                 {"fee_cents", line.fee_cents}});
  return {{"creditor", plan.creditor},
          {"until_on", plan.until_on},
          {"lines", lines},
          {"received_cents", plan.received_cents},
          {"fee_cents", plan.fee_cents},
          {"due_cents", plan.due_cents()}};
}

std::string plan_text(const RemittancePlan& plan) {
  const auto right = TextTable::Align::right;
  TextTable table(
      {{"paid"}, {"case"}, {"debtor", TextTable::Align::left, 32}, {"received", right}, {"fee", right}});
  for (const RemittanceLine& line : plan.lines)
    table.add({line.paid_on, line.case_number, line.debtor, cents_text(line.received_cents),
               cents_text(line.fee_cents)});
  return table.text() + "Received " + cents_text(plan.received_cents) + ", fee without tax " +
         cents_text(plan.fee_cents) + ", to pay on to " + printable(plan.creditor) + " " +
         cents_text(plan.due_cents()) + "\n";
}

std::string plan_csv(const RemittancePlan& plan) {
  CsvWriter csv;
  for (const char* title : {"paid_on", "case", "debtor", "received", "fee"}) csv.text(title);
  csv.end_row();
  for (const RemittanceLine& line : plan.lines)
    csv.text(line.paid_on)
        .text(line.case_number)
        .text(line.debtor)
        .cents(line.received_cents)
        .cents(line.fee_cents)
        .end_row();
  return csv.content();
}

struct Options {
  std::string creditor, until, number, on, as;
  bool csv = false;
};

std::string day_or(const std::string& given, const std::string& today) {
  return given.empty() ? today : given;
}

void run_plan(CommandContext& context, const Options& options) {
  const std::string today = local_day(context.clock.now());
  const sql::Transaction snapshot(context.reading(), sql::Access::read);
  const RemittancePlan plan =
      plan_remittance(context.reading(), options.creditor, day_or(options.until, today));
  if (options.csv) return print(plan_csv(plan));
  if (context.json) return print_json(plan_json(plan));
  print(plan.lines.empty() ? "There is nothing to remit.\n" : plan_text(plan));
}

void run_make(CommandContext& context, const Options& options) {
  const std::string today = local_day(context.clock.now());
  const Author author = context.author(options.as);
  RemittanceMade made;
  context.commit([&](Ledger& ledger) {
    made = make_remittance(ledger, author, options.creditor, day_or(options.until, today), today);
  });
  if (context.json) {
    json::object out = plan_json(made.plan);
    out["id"] = made.id.text();
    out["number"] = made.number;
    return print_json(out);
  }
  print("Remittance " + made.number + "\n" + plan_text(made.plan));
}

void run_paid(CommandContext& context, const Options& options) {
  const std::string on = day_or(options.on, local_day(context.clock.now()));
  const Author author = context.author(options.as);
  context.commit([&](Ledger& ledger) { pay_remittance(ledger, author, options.number, on); });
  if (context.json) return print_json(json::object{{"number", options.number}, {"paid_on", on}});
  print(options.number + " paid on " + on + "\n");
}

struct StoredRemittance {
  std::string number, creditor, until_on, paid_on;
  std::int64_t received_cents = 0, fee_cents = 0;
};

std::vector<StoredRemittance> stored_remittances(sql::Connection& db, const std::string& creditor) {
  std::vector<StoredRemittance> out;
  sql::Query q(db,
               "SELECT r.number, k.name, r.until_on, coalesce(r.paid_on, ''), r.received_cents, r.fee_cents"
               " FROM remittance r JOIN creditor k ON k.id = r.creditor_id WHERE ?1 = '' OR k.name = ?1"
               " ORDER BY r.number",
               creditor);
  while (q.next())
    out.push_back({.number = q.text(0),
                   .creditor = q.text(1),
                   .until_on = q.text(2),
                   .paid_on = q.text(3),
                   .received_cents = q.integer(4),
                   .fee_cents = q.integer(5)});
  return out;
}

json::object list_json(const std::vector<StoredRemittance>& stored, const std::vector<LateReceipt>& late) {
  json::array remittances, alerts;
  for (const StoredRemittance& one : stored)
    remittances.push_back(
        json::object{{"number", one.number},
                     {"creditor", one.creditor},
                     {"until_on", one.until_on},
                     {"received_cents", one.received_cents},
                     {"fee_cents", one.fee_cents},
                     {"paid_on", one.paid_on.empty() ? json::value(nullptr) : json::value(one.paid_on)}});
  for (const LateReceipt& one : late)
    alerts.push_back(json::object{{"payment_id", one.payment.text()},
                                  {"creditor", one.creditor},
                                  {"case", one.case_number},
                                  {"paid_on", one.paid_on},
                                  {"due_on", one.due_on},
                                  {"amount_cents", one.cents},
                                  {"late", one.is_late}});
  return {{"remittances", remittances}, {"alerts", alerts}};
}

std::string list_text(const std::vector<StoredRemittance>& stored, const std::vector<LateReceipt>& late) {
  const auto right = TextTable::Align::right;
  TextTable table({{"number"},
                   {"creditor", TextTable::Align::left, 32},
                   {"until"},
                   {"received", right},
                   {"fee", right},
                   {"paid"}});
  for (const StoredRemittance& one : stored)
    table.add({one.number, one.creditor, one.until_on, cents_text(one.received_cents),
               cents_text(one.fee_cents), one.paid_on});
  std::string out = stored.empty() ? "There is no remittance yet.\n" : table.text();
  if (late.empty()) return out;
  TextTable alerts({{"received"},
                    {"creditor", TextTable::Align::left, 32},
                    {"case"},
                    {"amount", right},
                    {"last day"},
                    {""}});
  for (const LateReceipt& one : late)
    alerts.add({one.paid_on, one.creditor, one.case_number, cents_text(one.cents), one.due_on,
                one.is_late ? "LATE" : "due soon"});
  return out + "\nTo be paid on (CPCE R124-6):\n" + alerts.text();
}

void run_list(CommandContext& context, const Options& options) {
  const sql::Transaction snapshot(context.reading(), sql::Access::read);
  const auto stored = stored_remittances(context.reading(), options.creditor);
  auto late = late_receipts(context.reading(), local_day(context.clock.now()));
  std::erase_if(late, [&](const LateReceipt& one) {
    return !options.creditor.empty() && one.creditor != options.creditor;
  });
  if (context.json) return print_json(list_json(stored, late));
  print(list_text(stored, late));
}

}  // namespace

void add_remittance_commands(CLI::App& app, CommandContext& context) {
  auto* remittance =
      app.add_subcommand("remittance", "What was received for a creditor and is paid on to him");
  remittance->require_subcommand(1);
  auto options = std::make_shared<Options>();

  auto* plan =
      remittance->add_subcommand("plan", "What a remittance would hold: receipts, fee, what is left");
  auto* make =
      remittance->add_subcommand("make", "Make it: a numbered statement that names each receipt once");
  for (CLI::App* command : {plan, make}) {
    command->add_option("--creditor", options->creditor, "Whose money, by exact name")->required();
    command->add_option("--until", options->until, "Receipts up to this day (else today)");
  }
  plan->add_flag("--csv", options->csv, "As CSV");
  make->add_option("--as", options->as, "In whose name (role office)")->required();
  plan->footer("Example:\n  relance-server remittance plan --creditor 'Meunier SA' --until 2026-11-30");
  make->footer(
      "Example:\n  relance-server remittance make --creditor 'Meunier SA' --until 2026-11-30 --as nadia");
  plan->callback([&context, options] { run_plan(context, *options); });
  make->callback([&context, options] { run_make(context, *options); });

  auto* paid = remittance->add_subcommand("paid", "Say that it was transferred");
  paid->add_option("number", options->number, "Its number")->required();
  paid->add_option("--on", options->on, "The day (else today)");
  paid->add_option("--as", options->as, "In whose name (role office)")->required();
  paid->footer("Example:\n  relance-server remittance paid V-2026-0001 --on 2026-12-02 --as nadia");
  paid->callback([&context, options] { run_paid(context, *options); });

  auto* list = remittance->add_subcommand("list", "Remittances made, and receipts that must be paid on soon");
  list->add_option("--creditor", options->creditor, "Only of this creditor, by exact name");
  list->footer("Example:\n  relance-server remittance list --json");
  list->callback([&context, options] { run_list(context, *options); });
}

}  // namespace relance::server
