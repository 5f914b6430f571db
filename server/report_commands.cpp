// `report`: figures of a day or of a time, on screen, as CSV, JSON or a page.
#include "server/report_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/dated_rules.h"
#include "host/files.h"
#include "host/local_day.h"
#include "server/compliance.h"
#include "server/reports.h"

namespace relance::server {
namespace {

constexpr mode_t kReportMode = 0600;  // names and what they owe

struct Options {
  std::string creditor, agent, as_of, from, to, by = "case", table, out;
  std::vector<std::int64_t> edges{30, 60, 90, 120};
  bool csv = false, comma = false;
};

using Make = Report (*)(sql::Connection&, const ReportAsk&);

// What a kind of report looks back on when nobody says from when.
enum class Span : std::uint8_t { none, month, year };

CivilDate typed_day(const std::string& text, std::string_view option) {
  const auto day = parse_civil_date(text);
  if (!day)
    throw Failure(Code::usage, std::string(option) + " takes a day such as 2026-11-21, not `" + text + "`.");
  return *day;
}

ReportBy by_of(const std::string& word) {
  if (word == "creditor") return ReportBy::creditor;
  return word == "agent" ? ReportBy::agent : ReportBy::case_file;
}

ReportAsk ask_of(const CommandContext& context, const Options& options, Span span) {
  const CivilDate today = typed_day(local_day(context.clock.now()), "today");
  ReportAsk ask{.scope = {.creditor = options.creditor, .agent = options.agent}, .edges = options.edges};
  ask.as_of = options.as_of.empty() ? (options.to.empty() ? today : typed_day(options.to, "--to"))
                                    : typed_day(options.as_of, "--as-of");
  ask.to = options.to.empty() ? ask.as_of : typed_day(options.to, "--to");
  const CivilDate usual =
      span == Span::year ? add_days(add_months(ask.to, -12), 1) : CivilDate{ask.to.year, ask.to.month, 1};
  ask.from = options.from.empty() ? usual : typed_day(options.from, "--from");
  ask.by = by_of(options.by);
  if (ask.from > ask.to || ask.to > ask.as_of)
    throw Failure(Code::usage, "The days must come in order: --from, --to, --as-of.");
  if (!std::is_sorted(ask.edges.begin(), ask.edges.end()) || ask.edges.empty() || ask.edges.front() < 1)
    throw Failure(Code::usage, "--edges takes days in ascending order, for example 30,60,90,120.");
  return ask;
}

const ReportTable& named_report_table(const Report& report, const std::string& name) {
  std::string all;
  for (const ReportTable& table : report.tables) {
    if (name.empty() || table.name == name) return table;
    all += (all.empty() ? "" : ", ") + table.name;
  }
  throw Failure(Code::usage, "This report has no table `" + name + "`; it has " + all + ".");
}

void show(const CommandContext& context, const Options& options, const Report& report, CivilDate as_of) {
  const CsvStyle style = options.comma ? CsvStyle::plain : CsvStyle::french;
  const auto csv = [&] { return report_csv(named_report_table(report, options.table), style); };
  if (!options.out.empty()) {
    const bool is_pdf = options.out.ends_with(".pdf");
    if (!is_pdf && !options.out.ends_with(".csv"))
      throw Failure(Code::usage, "--out takes a name that ends in .pdf or .csv, so that its form is plain.");
    const ReportTable& table = named_report_table(report, options.table);
    return write_file_durably(options.out, is_pdf ? report_pdf(report, table, as_of) : csv(), kReportMode);
  }
  if (context.json) return print_json(report_json(report));
  print(options.csv ? csv() : report_text(report));
}

struct KindOfReport {
  const char* name;
  const char* help;
  const char* footer;
  Make make;
  Span span;
  bool needs_grace, needs_creditor;
  bool is_of_work;  // names cases or people to work on, or leaves the house: restricted cases are left out
};

void add_options(CLI::App& command, Options& options, const KindOfReport& kind) {
  auto* creditor = command.add_option("--creditor", options.creditor, "Only this creditor's cases");
  if (kind.needs_creditor) creditor->required();
  command.add_option("--agent", options.agent, "Only this user's");
  command.add_option("--as-of", options.as_of, "What was known on that day (else today)");
  if (kind.span != Span::none) {
    command.add_option("--from", options.from, "First day of what happened");
    command.add_option("--to", options.to, "Last day of it (else --as-of)");
  }
  command.add_option("--by", options.by, "What a row stands for")
      ->check(CLI::IsMember({"case", "creditor", "agent"}));
  command.add_option("--edges", options.edges, "Last day of each bucket past due")->delimiter(',');
  command.add_flag("--csv", options.csv, "For a spreadsheet: `;` and decimal commas");
  command.add_flag("--comma", options.comma, "With --csv: `,` and decimal points");
  command.add_option("--table", options.table,
                     "With --csv or --out: which table, where a report has several");
  command.add_option("--out", options.out, "Write it to this file: .pdf or .csv");
  command.footer(std::string("Example:\n  relance-server report ") + kind.footer);
}

void add_report(CLI::App& report, CommandContext& context, const KindOfReport& kind) {
  auto* command = report.add_subcommand(kind.name, kind.help);
  auto options = std::make_shared<Options>();
  add_options(*command, *options, kind);
  command->callback([&context, options, kind] {
    ReportAsk ask = ask_of(context, *options, kind.span);
    sql::Connection& db = kind.is_of_work ? context.reading_for_work() : context.reading();
    sql::Transaction snapshot(db, sql::Access::read);
    if (kind.needs_grace) ask.grace_days = dated_amount(db, "promise_grace_days", iso_text(ask.to));
    show(context, *options, kind.make(db, ask), ask.as_of);
    context.note_read("report", std::nullopt);
  });
}

// ---- check -------------------------------------------------------------------------------------------------------

ReportTable rules_table() {
  ReportTable out{.name = "rules",
                  .title = "Rules",
                  .columns = {{"rule", "rule"},
                              {"legal_basis", "basis"},
                              {"valid_from", "from"},
                              {"asks", "asks", ReportColumn::Kind::text, 90}}};
  for (const ComplianceRule& rule : compliance_rules())
    out.rows.push_back({std::string(rule.name), std::string(rule.legal_basis), std::string(rule.valid_from),
                        std::string(rule.asks)});
  return out;
}

ReportTable findings_table(sql::Connection& db, CivilDate day, const std::string& only) {
  ReportTable out{.name = "findings",
                  .title = "Exceptions",
                  .columns = {{"rule", "rule"},
                              {"legal_basis", "basis"},
                              {"number", "case"},
                              {"due_on", "day"},
                              {"detail", "what is wrong", ReportColumn::Kind::text, 90}}};
  for (const ComplianceFinding& one : compliance_findings(db, day))
    if (only.empty() || one.rule == only)
      out.rows.push_back({one.rule, one.legal_basis, one.case_number,
                          one.due_on ? iso_text(*one.due_on) : std::string(), one.detail});
  return out;
}

void add_check(CLI::App& app, CommandContext& context) {
  struct CheckOptions {
    std::string rule, as_of;
    bool csv = false, rules = false;
  };
  auto options = std::make_shared<CheckOptions>();
  auto* command = app.add_subcommand("check", "What law or policy asks for and the rows do not show");
  command->add_option("--rule", options->rule, "Only this rule");
  command->add_option("--as-of", options->as_of, "On that day (else today)");
  command->add_flag("--rules", options->rules, "The rules themselves, with their legal basis");
  command->add_flag("--csv", options->csv, "For a spreadsheet");
  command->footer("Examples:\n  relance-server check\n  relance-server check --rule limitation_near --csv");
  command->callback([&context, options] {
    sql::Connection& db = context.reading();
    sql::Transaction snapshot(db, sql::Access::read);
    const std::string today = local_day(context.clock.now());
    const CivilDate day = typed_day(options->as_of.empty() ? today : options->as_of, "--as-of");
    const Report report{.name = "check",
                        .title = "Compliance on " + iso_text(day),
                        .tables = {options->rules ? rules_table() : findings_table(db, day, options->rule)}};
    if (context.json) return print_json(report_json(report));
    print(options->csv ? report_csv(report.tables.front(), CsvStyle::french) : report_text(report));
  });
}

}  // namespace

void add_report_commands(CLI::App& app, CommandContext& context) {
  auto* report = app.add_subcommand("report", "Figures as of a day: screen, CSV, JSON, PDF");
  report->require_subcommand(1);
  const KindOfReport kinds[] = {
      {"aged", "Balances by days past due", "aged --creditor 'Meunier SA' --as-of 2026-10-31 --csv",
       aged_report, Span::none, false, false, true},
      {"dso", "Days sales outstanding", "dso --to 2026-03-31 --from 2026-01-01", dso_report, Span::year,
       false, false, false},
      {"cei", "Collection effectiveness", "cei --from 2026-10-01 --to 2026-10-31", cei_report, Span::month,
       false, false, false},
      {"promises", "Promises kept and broken", "promises --agent paul --from 2026-11-01", promise_report,
       Span::month, true, false, true},
      {"activity", "What agents did, by creditor", "activity --from 2026-11-16 --to 2026-11-20 --csv",
       activity_report, Span::month, true, false, true},
      {"creditor", "What a creditor is told: figures and codes, no notes",
       "creditor --creditor 'Meunier SA' --csv --table receipts", creditor_report, Span::month, false, true,
       true},
      {"recovery", "Received of what was entrusted, by month", "recovery --by agent", recovery_report,
       Span::none, false, false, true},
  };
  for (const KindOfReport& kind : kinds) add_report(*report, context, kind);
  add_check(app, context);
}

}  // namespace relance::server
