// bodacc and insolvency: what the gazette says of debtors, and what was done about it.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/files.h"
#include "host/local_day.h"
#include "rules/insolvency.h"
#include "server/case_commands.h"
#include "server/insolvency.h"
#include "server/legal_commands.h"
#include "server/report_table.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using Kind = ReportColumn::Kind;

constexpr std::size_t kBodaccBytesMax = 256U << 20U;  // a day's file has a few megabytes

struct Options {
  std::string file, as, case_number, event, kind, judged_on, published_on, ref, court, officer, on, until;
  bool dry_run = false, abroad = false, csv = false, all = false;
};

json::object report_json(const BodaccReport& r, bool dry_run) {
  json::array look;
  for (const std::string& one : r.to_look_at) look.emplace_back(one);
  return {{"records", r.records},
          {"notices", r.notices},
          {"events_added", r.events_added},
          {"events_known", r.events_known},
          {"events_cancelled", r.events_cancelled},
          {"events_replaced", r.events_replaced},
          {"companies_unknown", r.companies_unknown},
          {"notices_without_effect", r.notices_without_effect},
          {"to_look_at", std::move(look)},
          {"dry_run", dry_run}};
}

std::string report_text(const BodaccReport& r, bool dry_run) {
  const auto n = [](std::int64_t count) { return std::to_string(count); };
  std::string out = dry_run ? "Dry run: nothing is stored.\n" : "";
  out += "Records  " + n(r.records) + " read, " + n(r.notices) + " of collective proceedings\n";
  out += "Events   " + n(r.events_added) + " new, " + n(r.events_known) + " known, " + n(r.events_cancelled) +
         " cancelled, " + n(r.events_replaced) + " corrected\n";
  out += "Others   " + n(r.companies_unknown) + " companies that are no debtors of ours, " +
         n(r.notices_without_effect) + " notices without effect\n";
  for (const std::string& one : r.to_look_at) out += "Look at  " + printable(one) + "\n";
  return out;
}

void import_bodacc(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const BodaccFile file = read_bodacc(read_file(options.file, kBodaccBytesMax));
  BodaccReport report;
  {
    Ledger::Work work(context.ledger());  // of a dry run it is rolled back
    report = take_bodacc(context.ledger(), author, file);
    if (!options.dry_run) work.commit();
  }
  if (context.json) return print_json(report_json(report, options.dry_run));
  print(report_text(report, options.dry_run));
}

std::optional<CivilDate> optional_day(const std::string& typed, std::string_view option) {
  if (typed.empty()) return std::nullopt;
  return parse_civil_date(typed_iso_day(typed, option));
}

void add_event(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id case_id = typed_case(context.reading(), options.case_number);
  InsolvencyFacts facts{.kind = options.kind,
                        .judged_on = optional_day(options.judged_on, "--judged-on"),
                        .published_on = optional_day(options.published_on, "--published-on"),
                        .notice_ref = options.ref,
                        .court = options.court,
                        .officer = options.officer};
  std::optional<Id> event;
  context.commit([&](Ledger& ledger) {
    const auto debtor = sql::id(ledger.db(), "SELECT debtor_id FROM case_file WHERE id = ?1", case_id);
    // A commission's file has no proof of claim: creditors are asked by the commission (C. conso R723-3).
    const bool is_commission = facts.kind == "over_indebtedness" || facts.kind == "personal_recovery";
    if (facts.published_on && !is_commission)
      facts.declare_by =
          proof_deadline(*facts.published_on, proof_months(ledger.db(), *facts.published_on, options.abroad))
              .in_law;
    InsolvencyWriter writer(ledger, author);
    event = writer.add(*debtor, facts);
    writer.flush();
  });
  if (!event) throw Failure(Code::exists, "The debtor has an event of that notice already.");
  if (context.json) return print_json(json::object{{"id", event->text()}});
  print(event->text() + "\n");
}

Id typed_event(sql::Connection& db, const std::string& typed) {
  if (const auto id = Id::parse(typed))
    if (sql::id(db, "SELECT id FROM insolvency_event WHERE id = ?1", *id)) return *id;
  throw Failure(Code::not_found, "There is no insolvency event of that id; `insolvency list` shows them.");
}

void declare_event(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id event = typed_event(context.reading(), options.event);
  const std::string today = local_day(context.clock.now());
  const std::string on = options.on.empty() ? today : typed_iso_day(options.on, "--on");
  context.commit(
      [&](Ledger& ledger) { InsolvencyWriter(ledger, author).declare(event, *parse_civil_date(on)); });
  if (context.json) return print_json(json::object{{"id", event.text()}, {"declared_on", on}});
  print("Declared on " + on + ".\n");
}

void cancel_event(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id event = typed_event(context.reading(), options.event);
  bool done = false;
  context.commit([&](Ledger& ledger) { done = InsolvencyWriter(ledger, author).cancel(event); });
  if (context.json) return print_json(json::object{{"id", event.text()}, {"cancelled", true}});
  print(done ? "Cancelled: nothing follows from it any more.\n" : "It was cancelled before.\n");
}

// ---- the list ----------------------------------------------------------------------------------------------------

constexpr std::string_view kEvents =
    "SELECT e.id, coalesce(d.legal_name, d.trade_name, ''), e.kind, coalesce(e.judged_on, ''),"
    " coalesce(e.published_on, ''), coalesce(e.notice_ref, ''), coalesce(e.court, ''),"
    " coalesce(e.officer, ''), coalesce(e.declare_by_on, ''), coalesce(e.declared_on, ''), e.cancelled, d.id"
    " FROM insolvency_event e JOIN debtor d ON d.id = e.debtor_id"
    " WHERE (?1 = 1 OR e.cancelled = 0) AND (?2 = '' OR e.declare_by_on <= ?2)"
    " ORDER BY coalesce(e.declare_by_on, '9999'), e.published_on, e.id";

// Claims that arose before the judgment are declared; later ones are paid when due (C. com. L622-17).
std::int64_t claims_cents(sql::Connection& db, const Id& debtor, const std::string& judged_on, bool before) {
  const std::string_view compare = before ? "<= ?2" : "> ?2";
  return sql::number(
             db,
             "SELECT CAST(sum(k.gross_cents) AS BIGINT) FROM claim k JOIN case_file c ON c.id = k.case_id"
             " WHERE c.debtor_id = ?1 AND k.state = 'open' AND coalesce(k.issued_on, k.due_on, '') " +
                 std::string(compare),
             debtor, judged_on.empty() ? std::string("9999-12-31") : judged_on)
      .value_or(0);
}

Report list_events(sql::Connection& db, const Options& options) {
  ReportTable table{.name = "events",
                    .title = "Insolvency",
                    .columns = {{"id", "id", Kind::text, 36},
                                {"debtor", "debtor"},
                                {"kind", "kind"},
                                {"judged_on", "judged on"},
                                {"published_on", "published on"},
                                {"notice_ref", "notice"},
                                {"court", "court"},
                                {"officer", "officer"},
                                {"declare_by_on", "declare by"},
                                {"next_working_on", "next working day"},
                                {"declared_on", "declared on"},
                                {"cancelled", "cancelled", Kind::count},
                                {"before_cents", "before judgment", Kind::cents},
                                {"after_cents", "after", Kind::cents}}};
  const std::string until = options.until.empty() ? "" : typed_iso_day(options.until, "--until");
  sql::Query q(db, kEvents, std::int64_t{options.all}, until);
  while (q.next()) {
    ReportRow row{q.id(0).text()};
    for (int c = 1; c <= 8; ++c) row.emplace_back(q.text(c));
    const auto by = parse_civil_date(q.view(8));
    row.emplace_back(by ? iso_text(working_day_from(*by)) : std::string());
    row.emplace_back(q.text(9));
    row.emplace_back(q.integer(10));
    row.emplace_back(claims_cents(db, q.id(11), q.text(3), true));
    row.emplace_back(claims_cents(db, q.id(11), q.text(3), false));
    table.rows.push_back(std::move(row));
  }
  return {.name = "insolvency", .title = "Insolvency events", .tables = {std::move(table)}};
}

void add_event_commands(CLI::App& app, CommandContext& context) {
  auto* insolvency = app.add_subcommand("insolvency", "Insolvency and over-indebtedness of debtors");
  insolvency->require_subcommand(1);
  auto options = std::make_shared<Options>();

  auto* add = insolvency->add_subcommand("add", "Record an event by hand; prints its id");
  add->add_option("case", options->case_number, "A case of the debtor")->required();
  add->add_option("--kind", options->kind, "Which proceedings")
      ->required()
      ->check(CLI::IsMember(
          {"safeguard", "reorganisation", "liquidation", "over_indebtedness", "personal_recovery", "other"}));
  add->add_option("--judged-on", options->judged_on, "Day of the judgment or of admissibility");
  add->add_option("--published-on", options->published_on, "Day of publication: the period runs from it");
  add->add_option("--ref", options->ref, "Number of the notice or of the commission's file");
  add->add_option("--court", options->court, "Court or commission");
  add->add_option("--officer", options->officer, "Representative of the creditors, or liquidator");
  add->add_flag("--abroad", options->abroad,
                "The creditor is outside metropolitan France: the longer period");
  add->add_option("--as", options->as, "In whose name")->required();
  add->footer(
      "Example:\n  relance-server insolvency add D-000017 --kind liquidation --published-on 2026-01-15 --as "
      "nadia");
  add->callback([&context, options] { add_event(context, *options); });

  auto* declare = insolvency->add_subcommand("declare", "The claim was declared");
  declare->add_option("event", options->event, "Its id")->required();
  declare->add_option("--on", options->on, "When (else today)");
  declare->add_option("--as", options->as, "In whose name")->required();
  declare->footer("Example:\n  relance-server insolvency declare ID --on 2026-02-20 --as nadia");
  declare->callback([&context, options] { declare_event(context, *options); });

  auto* cancel = insolvency->add_subcommand("cancel", "Nothing follows from the event any more");
  cancel->add_option("event", options->event, "Its id")->required();
  cancel->add_option("--as", options->as, "In whose name")->required();
  cancel->footer("Example:\n  relance-server insolvency cancel ID --as nadia");
  cancel->callback([&context, options] { cancel_event(context, *options); });

  auto* list = insolvency->add_subcommand("list", "Events with the last day for each proof of claim");
  list->add_option("--until", options->until, "Only those to be declared by that day");
  list->add_flag("--all", options->all, "Those that were cancelled too");
  list->add_flag("--csv", options->csv, "For a spreadsheet");
  list->footer("Example:\n  relance-server insolvency list --until 2026-12-31 --csv");
  list->callback([&context, options] {
    sql::Connection& db = context.reading();
    sql::Transaction snapshot(db, sql::Access::read);
    const Report report = list_events(db, *options);
    if (context.json) return print_json(report_json(report));
    print(options->csv ? report_csv(report.tables.front(), CsvStyle::french) : report_text(report));
  });
}

}  // namespace

std::string typed_iso_day(const std::string& text, std::string_view option) {
  const auto day = parse_civil_date(text);
  if (!day)
    throw Failure(Code::usage, std::string(option) + " takes a day such as 2026-11-21, not `" + text + "`.");
  return iso_text(*day);
}

Id typed_case(sql::Connection& db, const std::string& number_or_id) {
  if (const auto id = find_case(db, number_or_id)) return *id;
  throw Failure(Code::not_found, "There is no case of that number or id; `relance-server cases` lists them.");
}

void add_insolvency_commands(CLI::App& app, CommandContext& context) {
  auto* bodacc = app.add_subcommand("bodacc", "The gazette of companies (BODACC)");
  bodacc->require_subcommand(1);
  auto* import = bodacc->add_subcommand("import", "Notices of collective proceedings about our debtors");
  auto options = std::make_shared<Options>();
  import->add_option("file", options->file, "JSON of the BODACC, as its open data give it")->required();
  import->add_flag("--dry-run", options->dry_run, "Say what would be done and store nothing");
  import->add_option("--as", options->as, "In whose name");
  import->footer(
      "Debtors are found by their SIREN. The same file again changes nothing; a cancellation undoes its "
      "notice.\n"
      "Example:\n  relance-server bodacc import bodacc-2026-11-20.json --dry-run");
  import->callback([&context, options] { import_bodacc(context, *options);
});
add_event_commands(app, context);
}  // namespace relance::server

}  // namespace relance::server
