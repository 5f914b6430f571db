#include "server/purge_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/files.h"
#include "host/local_day.h"
#include "server/case_view.h"
#include "server/purge_view.h"

namespace relance::server {
namespace {

namespace json = boost::json;

CivilDate today_of(const CommandContext& context) {
  return parse_civil_date(local_day(context.clock.now())).value_or(CivilDate{});
}

Id case_of_number(sql::Connection& db, const std::string& number) {
  const auto id = sql::id(db, "SELECT id FROM case_file WHERE number = ?1", number);
  if (!id)
    throw Failure(Code::not_found, "There is no case " + number + "; `relance-server cases` lists them.");
  return *id;
}

// By the whole id or its end, as it is printed; without one, the newest that is not dropped.
Id run_of(sql::Connection& db, const std::string& text) {
  std::optional<Id> found;
  for (const PurgeRun& run : purge_runs(db)) {
    if (text.empty() ? run.state == "dropped" : !run.id.text().ends_with(text)) continue;
    if (found && !text.empty())
      throw Failure(Code::usage, "More than one purge ends in " + text + "; give more of its id.");
    found = run.id;
    if (text.empty()) break;
  }
  if (found) return *found;
  throw Failure(Code::not_found, text.empty() ? "Nothing has been planned yet: `relance-server purge plan`."
                                              : "There is no purge " + text +
                                                    "; `relance-server purge status --all` lists them.");
}

// ---- retention ---------------------------------------------------------------------------------------------------

void print_rules(const CommandContext& context, const std::vector<RetentionRule>& rules) {
  json::array list;
  TextTable table({{"rule"},
                   {"covers"},
                   {"from"},
                   {"months", TextTable::Align::right},
                   {"keeps"},
                   {"in force from"},
                   {"basis"}});
  for (const RetentionRule& rule : rules) {
    list.push_back(json::object{{"code", rule.code},
                                {"covers", rule.covers},
                                {"event", name_of(rule.event)},
                                {"months", rule.months ? json::value(*rule.months) : json::value(nullptr)},
                                {"keep", rule.keeps_vouchers ? "vouchers" : "nothing"},
                                {"valid_from", iso_text(rule.valid_from)},
                                {"legal_basis", rule.legal_basis}});
    table.add({rule.code, rule.covers, std::string(name_of(rule.event)),
               rule.months ? std::to_string(*rule.months) : "never",
               rule.keeps_vouchers ? "vouchers" : "nothing", iso_text(rule.valid_from), rule.legal_basis});
  }
  if (context.json) return print_json(json::object{{"rules", std::move(list)}});
  print(table.text());
}

void add_retention_list(CLI::App& retention, CommandContext& context) {
  auto* command =
      retention.add_subcommand("list", "The rules in force today (--all: also former and coming ones)");
  auto all = std::make_shared<bool>(false);
  command->add_flag("--all", *all, "Every row, not only those in force");
  command->callback([&context, all] {
    std::vector<RetentionRule> rules = load_retention_rules(context.reading());
    print_rules(context, *all ? rules : rules_in_force(rules, today_of(context)));
  });
}

void add_retention_set(CLI::App& retention, CommandContext& context) {
  auto* command = retention.add_subcommand(
      "set", "A new period for a rule, from a day on; what held before stays on record");
  struct Options {
    std::string code, event, covers = "case_file", from, keep = "vouchers", basis, as;
    std::int64_t months = -1;
  };
  auto o = std::make_shared<Options>();
  command->add_option("code", o->code, "RC1 ... or one of your own")->required();
  command
      ->add_option("--event", o->event,
                   "From what the time runs: closed, paid, mandate_end, time_barred, title, "
                   "wrong_person, year_end or written")
      ->required();
  command->add_option("--months", o->months, "How long; without it the rule ends nothing");
  command->add_option("--covers", o->covers, "case_file, accounting, access, journal or erased_id")
      ->capture_default_str();
  command->add_option("--keep", o->keep, "vouchers (accounting) or nothing")->capture_default_str();
  command->add_option("--basis", o->basis, "Article, or `policy`")->required();
  command->add_option("--from", o->from, "First day (ISO), else today");
  command->add_option("--as", o->as, "In whose name (role office or dpo)")->required();
  command->footer(
      "Example:\n  relance-server retention set RC3 --event mandate_end --months 6 --basis 'RGPD art. "
      "28(3)(g)' --as marie");
  command->callback([&context, o] {
    const Author author = context.author(o->as);
    const auto event = parse_retention_event(o->event);
    if (!event) throw Failure(Code::usage, "There is no event `" + printable(o->event) + "` (see --help).");
    const std::string from = o->from.empty() ? iso_text(today_of(context)) : o->from;
    if (!parse_civil_date(from))
      throw Failure(Code::usage, "`" + printable(from) + "` is no day; write 2026-11-21.");
    sync::Outcome outcome;
    context.commit([&](Ledger& ledger) {
      sync::Op op{.kind = sync::OpKind::insert,
                  .table = &schema::table("retention_rule"),
                  .row = ledger.random().row_id(ledger.now())};
      const auto give = [&](std::string_view column, Value value) {
        op.changes.push_back({schema::column(*op.table, column), Null{}, std::move(value)});
      };
      give("code", o->code);
      give("valid_from", from);
      give("covers", o->covers);
      give("event", o->event);
      if (o->months >= 0) give("months", o->months);
      give("keep", o->keep);
      give("legal_basis", o->basis);
      outcome = ledger.apply_office(author, "retention.set", {op});
      if (outcome.status != sync::Status::applied) return;
      // Whatever the row says, some rule has to end everything that is personal.
      require_every_end(ledger.db(), std::max(today_of(context), *parse_civil_date(from)));
    });
    if (context.told_refusal(outcome)) return;
    print_rules(context, rules_in_force(load_retention_rules(context.reading()),
                                        std::max(today_of(context), *parse_civil_date(from))));
  });
}

void add_retention_explain(CLI::App& retention, CommandContext& context) {
  auto* command = retention.add_subcommand(
      "explain", "Which rule applies to a case, from when it may go, and what bars that");
  auto number = std::make_shared<std::string>();
  auto on = std::make_shared<std::string>();
  command->add_option("number", *number, "The case's number")->required();
  command->add_option("--on", *on, "As of this day (ISO), else today");
  command->footer("Example:\n  relance-server retention explain D-000012");
  command->callback([&context, number, on] {
    const auto day = on->empty() ? std::optional(today_of(context)) : parse_civil_date(*on);
    if (!day) throw Failure(Code::usage, "`" + printable(*on) + "` is no day; write 2026-11-21.");
    sql::Connection& db = context.reading();
    const auto facts = load_case_retention(db, case_of_number(db, *number));
    const auto rules = rules_in_force(load_retention_rules(db), *day);
    const RetentionVerdict verdict = retention_of(rules, facts.front().events, facts.front().bars);
    const bool has_rule = verdict.rule != nullptr;
    if (context.json)
      return print_json(json::object{
          {"number", *number},
          {"rule", has_rule ? json::value(verdict.rule->code) : json::value(nullptr)},
          {"event", has_rule ? json::value(name_of(verdict.rule->event)) : json::value(nullptr)},
          {"event_on", has_rule ? json::value(iso_text(verdict.event_on)) : json::value(nullptr)},
          {"months", has_rule ? json::value(*verdict.rule->months) : json::value(nullptr)},
          {"due_on", has_rule ? json::value(iso_text(verdict.due_on)) : json::value(nullptr)},
          {"keep", has_rule && verdict.rule->keeps_vouchers ? "vouchers" : "nothing"},
          {"legal_basis", has_rule ? json::value(verdict.rule->legal_basis) : json::value(nullptr)},
          {"blocked_by", verdict.bar ? json::value(name_of(*verdict.bar)) : json::value(nullptr)},
          {"may_go", verdict.is_due(*day) && !verdict.bar}});
    std::string out = "Case " + *number + ": ";
    if (!has_rule) {
      out += "no time runs yet; " +
             std::string(verdict.bar ? sentence_of(*verdict.bar) : "nothing has ended it") + ".\n";
    } else {
      out += "rule " + verdict.rule->code + " (" + verdict.rule->legal_basis +
             "): " + std::string(name_of(verdict.rule->event)) + " on " + iso_text(verdict.event_on) + ", " +
             std::to_string(*verdict.rule->months) + " months; it may go from " + iso_text(verdict.due_on) +
             (verdict.rule->keeps_vouchers ? ", and accounting keeps its vouchers" : "") + ".\n";
      if (verdict.bar) out += "It stays for now: " + std::string(sentence_of(*verdict.bar)) + ".\n";
    }
    print(out);
  });
}

// ---- purge -------------------------------------------------------------------------------------------------------

struct PlanOptions {
  std::string origin = "retention", ground, creditor, as;
  std::vector<std::string> numbers;
  bool dry_run = false;
};

std::vector<Id> cases_asked_for(sql::Connection& db, const PlanOptions& o) {
  std::vector<Id> out;
  for (const std::string& number : o.numbers) out.push_back(case_of_number(db, number));
  if (o.creditor.empty()) return out;
  sql::Query q(db,
               "SELECT c.id FROM case_file c JOIN creditor k ON k.id = c.creditor_id WHERE k.name = ?1 ORDER "
               "BY c.number",
               o.creditor);
  while (q.next()) out.push_back(q.id(0));
  return out;
}

void print_plan(const CommandContext& context, const PurgePlan& plan, bool is_dry) {
  if (context.json) {
    json::array items, added, removed;
    for (const PurgeItem& item : plan.items) items.push_back(item_json(item));
    for (const std::string& number : plan.added) added.emplace_back(number);
    for (const std::string& number : plan.removed) removed.emplace_back(number);
    return print_json(json::object{{"dry_run", is_dry},
                                   {"purge", purge_json(plan.run)},
                                   {"items", std::move(items)},
                                   {"added", std::move(added)},
                                   {"removed", std::move(removed)}});
  }
  std::string out = items_text(plan.items);
  out += std::to_string(plan.run.planned) + " cases of " + std::to_string(plan.run.cases_in_all) +
         " would go (" + std::to_string(plan.run.rows) + " rows; accounting keeps " +
         std::to_string(plan.run.vouchers) + " vouchers), " + std::to_string(plan.run.blocked) +
         " are due and stay for now.\n";
  if (!plan.added.empty() || !plan.removed.empty())
    out += "Against the plan before: " + std::to_string(plan.added.size()) + " more, " +
           std::to_string(plan.removed.size()) + " less.\n";
  out += is_dry ? "Dry run: nothing is stored.\n"
                : "Purge " + plan.run.id.text() + " is planned: `relance-server purge approve` comes next.\n";
  print(out);
}

void add_plan(CLI::App& purge, CommandContext& context) {
  auto* command =
      purge.add_subcommand("plan", "What the rules let go today, and what stands in the way of the rest");
  auto o = std::make_shared<PlanOptions>();
  command
      ->add_option(
          "--origin", o->origin,
          "retention (the rules), or an order from outside: request (GDPR art. 17), mandate_end, court")
      ->capture_default_str();
  command->add_option("--case", o->numbers, "Cases of such an order");
  command->add_option("--creditor", o->creditor, "All cases of a creditor (origin mandate_end)");
  command->add_option("--ground", o->ground, "What such an order rests on, in a few words without names");
  command->add_option("--as", o->as, "In whose name")->required();
  command->add_flag("--dry-run", o->dry_run, "Show it and store nothing");
  command->footer(
      "Examples:\n"
      "  relance-server purge plan --as marie --dry-run\n"
      "  relance-server purge plan --origin request --case D-000012 --ground 'art. 17, letter of 3 Nov.' "
      "--as marie");
  command->callback([&context, o] {
    const Author author = context.author(o->as);
    const auto origin = parse_purge_origin(o->origin);
    if (!origin)
      throw Failure(Code::usage, "There is no origin `" + printable(o->origin) + "` (see --help).");
    PurgeWish wish{.origin = *origin, .ground = o->ground, .cases = cases_asked_for(context.reading(), *o)};
    const bool is_order = *origin != PurgeOrigin::retention;
    if (is_order && (wish.cases.empty() || wish.ground.empty()))
      throw Failure(
          Code::usage,
          "An order from outside names its cases (--case or --creditor) and its ground (--ground).");
    if (!is_order && !wish.cases.empty())
      throw Failure(
          Code::usage,
          "The rules choose the cases themselves; --case and --creditor belong to an order (--origin).");
    PurgePlan plan;
    {
      Ledger::Work work(context.ledger());
      plan = plan_purge(context.ledger(), author, wish, today_of(context));
      if (!o->dry_run) work.commit();
    }
    print_plan(context, plan, o->dry_run);
  });
}

void print_standing(CommandContext& context, const Id& id) {
  sql::Connection& db = context.reading();
  const PurgeRun run = purge_run(db, id);
  const std::vector<PurgeDevice> devices = purge_devices(db, id);
  if (context.json) {
    json::array list;
    for (const PurgeDevice& device : devices) list.push_back(device_json(device, context.clock.now()));
    return print_json(json::object{
        {"purge", purge_json(run)}, {"standing", standing_of(run, devices)}, {"devices", std::move(list)}});
  }
  print("Purge " + run.id.text() + ": " + standing_of(run, devices) + "\n" + std::to_string(run.erased) +
        " cases erased, " + std::to_string(run.planned) + " to go, " + std::to_string(run.blocked) +
        " stay; " + std::to_string(run.vouchers) + " vouchers kept.\n" + devices_text(devices));
}

void add_approve(CLI::App& purge, CommandContext& context) {
  auto* command = purge.add_subcommand("approve", "Let a planned purge run");
  auto id = std::make_shared<std::string>();
  auto as = std::make_shared<std::string>();
  auto releases = std::make_shared<bool>(false);
  command->add_option("id", *id, "Its id or the end of it; else the newest");
  command
      ->add_option("--as", *as, "In whose name (role office or dpo); above the threshold not who planned it")
      ->required();
  command->add_flag("--release-brake", *releases, "Let it erase more than the brake allows");
  command->footer("Example:\n  relance-server purge approve --as paul");
  command->callback([&context, id, as, releases] {
    const Author author = context.author(*as);
    const Id run = run_of(context.reading(), *id);
    context.commit(
        [&](Ledger& ledger) { approve_purge(ledger, author, purge_run(ledger.db(), run), *releases); });
    print_standing(context, run);
  });
}

void add_run(CLI::App& purge, CommandContext& context) {
  auto* command = purge.add_subcommand(
      "run", "Erase, rewrite the database, and search it for what went; may be interrupted");
  auto id = std::make_shared<std::string>();
  auto as = std::make_shared<std::string>();
  command->add_option("id", *id, "Its id or the end of it; else the newest");
  command->add_option("--as", *as, "In whose name")->required();
  command->footer(
      "Needs twice the database's size of free disk. Runs beside the server; devices wait while the database "
      "is "
      "rewritten, so run it at night. Started again, it goes on where it was.\n"
      "Example:\n  relance-server purge run --as marie");
  command->callback([&context, id, as] {
    const Author author = context.author(*as);
    const Id run = run_of(context.reading(), *id);
    std::int64_t copies = 0;
    {
      ProgressBar bar("Erasing");
      copies = run_purge(erasure_site(context.office()), context.ledger(), author, run,
                         [&](std::int64_t done, std::int64_t total) { bar.show(done, total); });
    }
    context.commit([&](Ledger& ledger) { static_cast<void>(purge_records(ledger, today_of(context))); });
    if (copies > 0)
      say("Removed with it: " + std::to_string(copies) +
          " copies of the whole database that an upgrade or a restore had kept beside it.");
    print_standing(context, run);
    if (purge_run(context.reading(), run).state != "done") context.exit_code = 1;
  });
}

void add_status(CLI::App& purge, CommandContext& context) {
  auto* command = purge.add_subcommand("status", "Where a purge stands, and which devices have answered");
  auto id = std::make_shared<std::string>();
  auto all = std::make_shared<bool>(false);
  command->add_option("id", *id, "Its id or the end of it; else the newest");
  command->add_flag("--all", *all, "Every purge, a line each");
  command->callback([&context, id, all] {
    if (!*all) return print_standing(context, run_of(context.reading(), *id));
    json::array list;
    TextTable table({{"purge"},
                     {"planned"},
                     {"state"},
                     {"origin"},
                     {"erased", TextTable::Align::right},
                     {"stay", TextTable::Align::right}});
    for (const PurgeRun& run : purge_runs(context.reading())) {
      list.push_back(purge_json(run));
      table.add({run.id.text(), iso_text(civil_date_of(run.planned_at, 0)), run.state, run.origin,
                 std::to_string(run.erased), std::to_string(run.blocked)});
    }
    if (context.json) return print_json(json::object{{"purges", std::move(list)}});
    print(table.empty() ? "Nothing has been planned yet.\n" : table.text());
  });
}

void add_certificate(CLI::App& purge, CommandContext& context) {
  auto* command = purge.add_subcommand(
      "certificate", "What was erased, by which rule, what is kept, which devices answered: PDF and JSON");
  auto id = std::make_shared<std::string>();
  auto pdf = std::make_shared<std::string>();
  command->add_option("id", *id, "Its id or the end of it; else the newest");
  command->add_option("--pdf", *pdf, "Write it to this file");
  command->footer("Example:\n  relance-server purge certificate --pdf effacement.pdf");
  command->callback([&context, id, pdf] {
    const PurgeCertificate certificate = certificate_of(context.reading(), run_of(context.reading(), *id));
    if (!pdf->empty()) write_file_durably(*pdf, certificate_pdf(certificate), 0600);
    if (context.json || pdf->empty()) return print_json(certificate_json(certificate, context.clock.now()));
    print("Written to " + *pdf + ". " + standing_of(certificate.run, certificate.devices) + "\n");
  });
}

}  // namespace

void add_purge_commands(CLI::App& app, CommandContext& context) {
  auto* retention = app.add_subcommand("retention", "How long data is kept, from which event, and why");
  retention->require_subcommand(1);
  add_retention_list(*retention, context);
  add_retention_set(*retention, context);
  add_retention_explain(*retention, context);
  auto* purge = app.add_subcommand(
      "purge", "Erase what has to go, here and on every device that held it, and prove it");
  purge->require_subcommand(1);
  add_plan(*purge, context);
  add_approve(*purge, context);
  add_run(*purge, context);
  add_status(*purge, context);
  add_certificate(*purge, context);
}

}  // namespace relance::server
