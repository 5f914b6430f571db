// assign and unassign: who holds which case.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "rules/civil_date.h"
#include "rules/money.h"
#include "server/assignment.h"
#include "server/case_commands.h"
#include "server/case_view.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct Which {
  std::vector<std::string> numbers;
  std::string creditor, postcode, min_amount, max_amount;
  bool all = false, unheld = false;
  std::size_t limit = 0;

  [[nodiscard]] bool is_rule() const {
    return !creditor.empty() || !postcode.empty() || !min_amount.empty() || !max_amount.empty() || all ||
           unheld;
  }
};

std::optional<std::int64_t> cents_given(const std::string& option, const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto cents = parse_cents(text);
  if (!cents) throw Failure(Code::usage, option + " is an amount in euros, such as 500 or 1234.56.");
  return cents;
}

Id staff_named(CommandContext& context, const std::string& name) { return context.author(name).staff_id; }

std::vector<Id> named_cases(CommandContext& context, const std::vector<std::string>& numbers) {
  std::vector<Id> out;
  for (const std::string& number : numbers) {
    const Id id = row_named(context.reading(), schema::table("case_file"), number);
    if (std::find(out.begin(), out.end(), id) == out.end())
      out.push_back(id);  // one case named twice is one case
  }
  return out;
}

// The open cases meant, most urgent first. A closed one that is named is said; of many they are left out.
std::vector<Id> open_cases(CommandContext& context, const Which& which) {
  if (!which.numbers.empty()) {
    const std::vector<Id> out = named_cases(context, which.numbers);
    for (std::size_t i = 0; i < out.size(); ++i)
      if (sql::text(context.reading(), "SELECT stage FROM case_file WHERE id = ?1", out[i]) == "closed")
        throw Failure(Code::refused,
                      "A case that is named is closed: only open cases are held. Nothing was changed.");
    return out;
  }
  if (!which.is_rule())
    throw Failure(
        Code::usage,
        "Say which cases: --case NUMBER, a rule (--creditor, --postcode, --min-amount, --max-amount, "
        "--unheld) or --all.");
  std::vector<Id> out;
  CaseFilter filter{.creditor = which.creditor,
                    .only_open = true,
                    .postcode = which.postcode,
                    .min_cents = cents_given("--min-amount", which.min_amount),
                    .max_cents = cents_given("--max-amount", which.max_amount)};
  if (which.unheld) filter.is_held = false;
  for (const CaseLine& line : list_cases(context.reading(), filter, local_day(context.clock.now()))) {
    if (which.limit > 0 && out.size() == which.limit) break;
    out.push_back(line.facts.id);
  }
  return out;
}

void tell_silent(const std::vector<SilentDevice>& silent) {
  for (const SilentDevice& device : silent)
    say("Device " + device.id.text() + " (" + printable(device.name) + ") of " + printable(device.owner) +
        " has not synced since " +
        (device.last_sync_at == 0 ? "it was enrolled" : instant_text(device.last_sync_at)) +
        ": what was done on it meanwhile will arrive late and be marked.");
}

json::object assign_json(const AssignReport& report) {
  json::array silent;
  for (const SilentDevice& device : report.silent)
    silent.push_back(json::object{
        {"id", device.id.text()},
        {"user", device.owner},
        {"name", device.name},
        {"last_sync",
         device.last_sync_at == 0 ? json::value(nullptr) : json::value(instant_text(device.last_sync_at))}});
  return {{"assigned", report.assigned},
          {"kept", report.kept},
          {"taken", report.taken},
          {"silent_devices", std::move(silent)}};
}

void add_assign(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("assign", "Hand open cases over to an agent");
  struct Options {
    std::string to, as, until;
    Which which;
    bool also = false;
  };
  auto options = std::make_shared<Options>();
  command->add_option("--to", options->to, "The agent who holds them from now on")->required();
  auto* numbers =
      command->add_option("--case", options->which.numbers, "A case, by number (may be repeated)");
  auto* creditor =
      command->add_option("--creditor", options->which.creditor, "All open cases of this creditor");
  auto* all = command->add_flag("--all", options->which.all, "All open cases");
  auto* postcode = command->add_option("--postcode", options->which.postcode,
                                       "Open cases whose debtor's postcode begins so, for example 974");
  auto* least = command->add_option("--min-amount", options->which.min_amount,
                                    "Those of which at least so much is asked, in euros");
  auto* most = command->add_option("--max-amount", options->which.max_amount,
                                   "Those of which at most so much is asked, in euros");
  auto* unheld = command->add_flag("--unheld", options->which.unheld, "Those that nobody holds");
  auto* limit = command->add_option("--limit", options->which.limit,
                                    "Of a rule or --all, only so many: the most urgent ones");
  numbers->excludes(creditor)
      ->excludes(all)
      ->excludes(limit)
      ->excludes(postcode)
      ->excludes(least)
      ->excludes(most)
      ->excludes(unheld);
  creditor->excludes(all);
  command->add_option("--stand-in-until", options->until,
                      "Only stands in: holders keep the cases, and it ends by itself after this day");
  command->add_flag("--also", options->also, "Present holders keep them: the agent joins");
  command->add_option("--as", options->as, "In whose name (clerk or office)");
  command->footer(
      "Examples:\n"
      "  relance-server assign --to paul --creditor 'Meunier SA' --limit 200\n"
      "  relance-server assign --to lea --case D-000004 --case D-000017\n"
      "  relance-server assign --to lea --case D-000004 --also\n"
      "  relance-server assign --to max --postcode 974 --max-amount 1500 --unheld --limit 100\n"
      "  relance-server assign --to lea --creditor 'Meunier SA' --stand-in-until 2026-12-31");
  command->callback([&context, options] {
    const auto until = parse_civil_date(options->until);
    if (!options->until.empty() && !until)
      throw Failure(Code::usage, "--stand-in-until is a day, such as 2026-12-31.");
    const Id staff = staff_named(context, options->to);
    const Author author = context.author(options->as);
    const std::vector<Id> cases = open_cases(context, options->which);
    const std::string today = local_day(context.clock.now());
    const std::string last_day = until ? iso_text(*until) : "";
    if (until && last_day < today) throw Failure(Code::usage, "The last day of a stand-in cannot be over.");
    AssignReport report;
    context.commit([&](Ledger& ledger) {
      static_cast<void>(end_stand_ins(ledger, author, today));
      report = assign_cases(ledger, author, staff, cases, options->also, today, last_day);
    });
    tell_silent(report.silent);
    if (context.json) return print_json(assign_json(report));
    std::string text = printable(options->to) + " now holds " +
                       std::to_string(report.assigned + report.kept) + " of the cases named";
    if (report.kept > 0) text += " (" + std::to_string(report.kept) + " as before)";
    if (report.taken > 0) text += "; " + std::to_string(report.taken) + " were taken from present holders";
    print(text + ".\n");
  });
}

void add_unassign(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("unassign", "Take cases back: nobody, or nobody but the others, holds them");
  struct Options {
    std::vector<std::string> numbers;
    std::string from, as;
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  auto* numbers = command->add_option("--case", options->numbers, "A case, by number (may be repeated)");
  command->add_option("--from", options->from, "Only what this user holds");
  command->add_flag("--all", options->all, "Everything that --from holds")->excludes(numbers);
  command->add_option("--as", options->as, "In whose name (clerk or office)");
  command->footer(
      "Examples:\n  relance-server unassign --case D-000004\n  relance-server unassign --from paul --all");
  command->callback([&context, options] {
    if (options->numbers.empty() && (options->from.empty() || !options->all))
      throw Failure(Code::usage, "Say which cases: --case NUMBER, or --from USER --all.");
    // Someone who has left is taken from too.
    std::optional<Id> staff;
    if (!options->from.empty()) staff = row_named(context.reading(), schema::table("staff"), options->from);
    const std::vector<Id> cases = options->numbers.empty() ? cases_held_by(context.reading(), *staff)
                                                           : named_cases(context, options->numbers);
    const Author author = context.author(options->as);
    const std::string today = local_day(context.clock.now());
    AssignReport report;
    context.commit([&](Ledger& ledger) { report = unassign_cases(ledger, author, staff, cases, today); });
    tell_silent(report.silent);
    if (context.json) return print_json(assign_json(report));
    print(std::to_string(report.taken) +
          (report.taken == 1 ? " case was taken back.\n" : " cases were taken back.\n"));
  });
}

void add_end_stand_ins(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("end-stand-ins",
                                     "End stand-ins whose last day is over; `assign` and `serve` do it too");
  auto as = std::make_shared<std::string>();
  command->add_option("--as", *as, "In whose name (clerk or office)");
  command->footer("Example:\n  relance-server end-stand-ins");
  command->callback([&context, as] {
    const Author author = context.author(*as);
    std::int64_t ended = 0;
    context.commit(
        [&](Ledger& ledger) { ended = end_stand_ins(ledger, author, local_day(context.clock.now())); });
    if (context.json) return print_json(json::object{{"ended", ended}});
    print(std::to_string(ended) + (ended == 1 ? " stand-in has ended.\n" : " stand-ins have ended.\n"));
  });
}

}  // namespace

void add_assign_commands(CLI::App& app, CommandContext& context) {
  add_assign(app, context);
  add_unassign(app, context);
  add_end_stand_ins(app, context);
}

}  // namespace relance::server
