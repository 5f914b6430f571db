// court, document and party: steps with their deadlines, the file for the lawyer, what proves, who else is in a case.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/digest.h"
#include "host/files.h"
#include "host/local_day.h"
#include "rules/court_deadlines.h"
#include "rules/insolvency.h"
#include "rules/money.h"
#include "server/case_commands.h"
#include "server/court_file.h"
#include "server/legal_commands.h"
#include "server/legal_steps.h"
#include "server/op_draft.h"
#include "server/parties.h"
#include "server/report_table.h"
#include "server/stored_files.h"

namespace relance::server {
namespace {

namespace json = boost::json;
using Kind = ReportColumn::Kind;

struct Options {
  std::string case_number, as, kind, on, planned_on, court, counsel, interest, result, row, until, out;
  std::string file, name, role, contact, from, to;
  bool csv = false, with_notes = false;
};

std::optional<CivilDate> optional_day(const std::string& typed, std::string_view option) {
  if (typed.empty()) return std::nullopt;
  return parse_civil_date(typed_iso_day(typed, option));
}

CivilDate today_of(const CommandContext& context) {
  return parse_civil_date(local_day(context.clock.now())).value_or(CivilDate{});
}

void show(const CommandContext& context, const Report& report, bool csv) {
  if (context.json) return print_json(report_json(report));
  print(csv ? report_csv(report.tables.front(), CsvStyle::french) : report_text(report));
}

// ---- court -------------------------------------------------------------------------------------------------------

void step(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id case_id = typed_case(context.reading(), options.case_number);
  StepFacts facts{.kind = options.kind,
                  .on = optional_day(options.on, "--on"),
                  .planned_on = optional_day(options.planned_on, "--planned"),
                  .court = options.court,
                  .counsel = options.counsel};
  if (!options.interest.empty()) {
    const auto cents = parse_cents(options.interest);
    if (!cents || *cents < 0) throw Failure(Code::usage, "--interest takes an amount such as 12,34.");
    facts.interest_cents = *cents;
  }
  StepMade made;
  context.commit([&](Ledger& ledger) { made = add_step(ledger, author, case_id, facts); });
  if (context.json)
    return print_json(json::object{
        {"id", made.step.text()},
        {"deadline_on", made.deadline ? json::value(iso_text(*made.deadline)) : json::value(nullptr)},
        {"must", made.must}});
  std::string out = made.step.text() + "\n";
  if (made.deadline)
    out += made.must + ": " + iso_text(*made.deadline) + ", next working day " +
           iso_text(working_day_from(*made.deadline)) + "\n";
  print(out);
}

void result(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const auto id = Id::parse(options.row);
  if (!id || !sql::id(context.reading(), "SELECT id FROM legal_step WHERE id = ?1", *id))
    throw Failure(Code::not_found, "There is no step of that id; `court list` shows them.");
  context.commit([&](Ledger& ledger) { close_step(ledger, author, *id, options.result); });
  if (context.json) return print_json(json::object{{"id", id->text()}});
  print("Closed with its outcome.\n");
}

std::string when_text(std::int64_t days) {
  if (days < 0) return std::to_string(-days) + " days ago";
  return days == 0 ? "today" : days == 1 ? "tomorrow" : "in " + std::to_string(days) + " days";
}

Report calendar(sql::Connection& db, CivilDate until, CivilDate today) {
  ReportTable table{.name = "deadlines",
                    .title = "Deadlines",
                    .columns = {{"on", "day"},
                                {"next_working_on", "next working day"},
                                {"when", "when"},
                                {"reminder", "reminder"},
                                {"what", "what"},
                                {"must", "to do", Kind::text, 60},
                                {"number", "case"},
                                {"debtor", "debtor"},
                                {"court", "court"},
                                {"counsel", "in charge"},
                                {"id", "id", Kind::text, 36}}};
  for (const Deadline& one : court_calendar(db, until)) {
    const auto reminder = reminder_reached(one.on, today);
    table.rows.push_back({iso_text(one.on), iso_text(working_day_from(one.on)),
                          when_text(days_between(today, one.on)),
                          reminder ? std::to_string(*reminder) : std::string(), one.what, one.must,
                          one.case_number, one.debtor, one.court, one.counsel, one.row.text()});
  }
  return {.name = "court", .title = "Deadlines until " + iso_text(until), .tables = {std::move(table)}};
}

void list(CommandContext& context, const Options& options) {
  sql::Connection& db = context.reading();
  sql::Transaction snapshot(db, sql::Access::read);
  const CivilDate today = today_of(context);
  const CivilDate until = optional_day(options.until, "--until").value_or(add_days(today, kReminderDays[0]));
  show(context, calendar(db, until, today), options.csv);
}

void file(CommandContext& context, const Options& options) {
  sql::Connection& db = context.reading();
  sql::Transaction snapshot(db, sql::Access::read);
  const Id case_id = typed_case(db, options.case_number);
  ReportTable table{
      .name = "needs",
      .title = "The file for the court",
      .columns = {{"code", "what"}, {"is_there", "there"}, {"detail", "detail", Kind::text, 90}}};
  for (const FileNeed& need : court_file_needs(db, case_id, today_of(context)))
    table.rows.push_back({need.code, std::string(need.is_there ? "yes" : "MISSING"), need.detail});
  show(context,
       {.name = "court_file", .title = "File for the court of " + options.case_number, .tables = {table}},
       options.csv);
}

void export_file(CommandContext& context, const Options& options) {
  Bundle bundle;
  Id case_id;
  {
    sql::Connection& db = context.reading();
    sql::Transaction snapshot(db, sql::Access::read);
    case_id = typed_case(db, options.case_number);
    bundle = court_bundle(db, case_id, options.with_notes);
  }
  write_bundle(bundle, options.out);
  context.note_read("court.export", case_id);
  const std::string hash = hex(bytes_of(sha256(bundle_zip(bundle))));
  if (context.json) {
    json::array pieces, missing;
    for (const BundlePiece& piece : bundle.pieces) pieces.emplace_back(piece.name);
    for (const std::string& title : bundle.missing) missing.emplace_back(title);
    return print_json(
        json::object{{"out", options.out}, {"sha256", hash}, {"pieces", pieces}, {"missing", missing}});
  }
  for (const std::string& title : bundle.missing) say("The office has no bytes of: " + printable(title));
  print(std::to_string(bundle.pieces.size()) + " files, SHA-256 " + hash + "\n");
}

void add_step_command(CLI::App& court, CommandContext& context, const std::shared_ptr<Options>& options) {
  auto* command = court.add_subcommand("step", "Record a step, and the deadline that follows");
  command->add_option("case", options->case_number, "Number or id")->required();
  command->add_option("kind", options->kind, "Which step")
      ->required()
      ->check(CLI::IsMember({"payment_order_request", "payment_order", "service", "opposition", "hearing",
                             "judgment", "small_claim", "enforcement", "other"}));
  command->add_option("--on", options->on, "Day on which it was done, or the order was made");
  command->add_option("--planned", options->planned_on, "Day of the hearing, or planned day");
  command->add_option("--court", options->court, "Before which court");
  command->add_option("--counsel", options->counsel, "Lawyer or bailiff in charge");
  command->add_option("--interest", options->interest,
                      "Of a small claim: interest asked beside the principal");
  command->add_option("--as", options->as, "In whose name")->required();
  command->footer(
      "Examples:\n"
      "  relance-server court step D-000017 payment_order --on 2026-08-31 --court 'TC Lyon' --as nadia\n"
      "  relance-server court step D-000017 hearing --planned 2026-12-15 --as nadia");
  command->callback([&context, options] { step(context, *options); });

  auto* close = court.add_subcommand("result", "What came of a step: closes its deadline");
  close->add_option("step", options->row, "Its id")->required();
  close->add_option("--result", options->result, "In a few words")->required();
  close->add_option("--as", options->as, "In whose name")->required();
  close->footer("Example:\n  relance-server court result ID --result 'Renvoyée au 15 janvier' --as nadia");
  close->callback([&context, options] { result(context, *options); });
}

void add_court(CLI::App& app, CommandContext& context) {
  auto* court = app.add_subcommand("court", "Steps before courts, their deadlines, the file for the lawyer");
  court->require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_step_command(*court, context, options);

  auto* listed = court->add_subcommand("list", "What is due, the earliest first");
  listed->add_option("--until", options->until, "Last day (else thirty days from now)");
  listed->add_flag("--csv", options->csv, "For a spreadsheet");
  listed->footer("Example:\n  relance-server court list --until 2026-12-31 --csv");
  listed->callback([&context, options] { list(context, *options); });

  auto* needed = court->add_subcommand("file", "What a case's file for the court still needs");
  needed->add_option("case", options->case_number, "Number or id")->required();
  needed->add_flag("--csv", options->csv, "For a spreadsheet");
  needed->footer("Example:\n  relance-server court file D-000017");
  needed->callback([&context, options] { file(context, *options); });

  auto* exported =
      court->add_subcommand("export", "The complete file: index, account, letters, proofs, history");
  exported->add_option("case", options->case_number, "Number or id")->required();
  exported->add_option("--out", options->out, "A .zip, or a folder that is made")->required();
  exported->add_flag("--with-notes", options->with_notes, "Agents' own words too");
  exported->footer(
      "The same case gives the same bytes as long as nothing changes on it.\n"
      "Example:\n  relance-server court export D-000017 --out D-000017.zip");
  exported->callback([&context, options] { export_file(context, *options); });
}

// ---- documents ---------------------------------------------------------------------------------------------------

void add_document(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id case_id = typed_case(context.reading(), options.case_number);
  const std::string bytes = read_file(options.file, kStoredBytesMax);
  if (bytes.empty()) throw Failure(Code::bad_file, "The file is empty. Nothing was stored.");
  const Id id = context.random.row_id(context.clock.now());
  sync::Outcome outcome;
  context.commit([&](Ledger& ledger) {
    const std::string hash = store_file(ledger, case_id, bytes);
    OpDraft draft(sync::OpKind::insert, "document", id);
    draft.set("case_id", case_id)
        .set("kind", options.kind)
        .set("name", options.name)
        .set("media_type", media_type_of(options.file, bytes))
        .set("size_bytes", static_cast<std::int64_t>(bytes.size()))
        .set("file_hash", hash)
        .set("received_on",
             options.on.empty() ? local_day(context.clock.now()) : typed_iso_day(options.on, "--on"));
    std::vector<sync::Op> ops;
    ops.push_back(draft.take());
    outcome = ledger.apply_office(author, "document.add", std::move(ops));
    // Thrown so that the bytes are not kept without their row.
    if (outcome.status == sync::Status::refused)
      throw Failure(Code::refused, std::string(reason_sentence(outcome.reason)) + " Nothing was stored.");
  });
  if (context.json) return print_json(json::object{{"id", id.text()}});
  print(id.text() + "\n");
}

void fetch_document(CommandContext& context, const Options& options) {
  sql::Connection& db = context.reading();
  const auto id = Id::parse(options.row);
  sql::Query q(db,
               "SELECT case_id, file_hash FROM document WHERE id = ?1 UNION ALL"
               " SELECT case_id, file_hash FROM letter WHERE id = ?1",
               id.value_or(Id{}));
  if (!id || !q.next()) throw Failure(Code::not_found, "There is no document or letter of that id.");
  const auto bytes = q.is_null(1) ? std::nullopt : stored_file(db, q.id(0), q.view(1));
  if (!bytes) throw Failure(Code::not_found, "The office knows of it, but has no file of it.");
  write_file_durably(options.out, *bytes, 0600);
  if (context.json) return print_json(json::object{{"out", options.out}, {"size_bytes", bytes->size()}});
  print(options.out + "\n");
}

void add_documents(CLI::App& app, CommandContext& context) {
  auto* document = app.add_subcommand("document", "Files of a case: kept at the office, once each");
  document->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* added = document->add_subcommand("add", "Store a file on a case; prints its id");
  added->add_option("case", options->case_number, "Number or id")->required();
  added->add_option("file", options->file, "The file, of at most 32 MB")->required();
  added->add_option("--kind", options->kind, "What it is")
      ->required()
      ->check(CLI::IsMember(
          {"evidence", "letter", "inbound", "proof_of_delivery", "title", "agreement", "other"}));
  added->add_option("--name", options->name, "Title in lists and in the index")->required();
  added->add_option("--on", options->on, "When it came (else today)");
  added->add_option("--as", options->as, "In whose name")->required();
  added->footer(
      "Example:\n  relance-server document add D-000017 F2026-118.pdf --kind evidence --name 'Facture "
      "F2026-118' "
      "--as nadia");
  added->callback([&context, options] { add_document(context, *options); });

  auto* fetched = document->add_subcommand("file", "Write a document's or letter's file");
  fetched->add_option("id", options->row, "Its id")->required();
  fetched->add_option("--out", options->out, "Where to")->required();
  fetched->footer("Example:\n  relance-server document file ID --out facture.pdf");
  fetched->callback([&context, options] { fetch_document(context, *options); });
}

// ---- parties -----------------------------------------------------------------------------------------------------

void add_party_to(CommandContext& context, const Options& options) {
  const Author author = context.author(options.as);
  const Id case_id = typed_case(context.reading(), options.case_number);
  const PartyFacts facts{.role = options.role,
                         .name = options.name,
                         .contact = options.contact,
                         .valid_from = options.from.empty() ? local_day(context.clock.now())
                                                            : typed_iso_day(options.from, "--from"),
                         .valid_to = options.to.empty() ? std::string() : typed_iso_day(options.to, "--to")};
  Id id;
  context.commit([&](Ledger& ledger) { id = add_party(ledger, author, case_id, facts); });
  if (context.json) return print_json(json::object{{"id", id.text()}});
  print(id.text() + "\n");
}

void list_parties(CommandContext& context, const Options& options) {
  sql::Connection& db = context.reading();
  sql::Transaction snapshot(db, sql::Access::read);
  ReportTable table{.name = "parties",
                    .title = "Third persons",
                    .columns = {{"role", "role"},
                                {"name", "name"},
                                {"contact", "contact"},
                                {"valid_from", "from"},
                                {"valid_to", "to"},
                                {"id", "id", Kind::text, 36}}};
  sql::Query q(
      db,
      "SELECT role, name, coalesce(contact, ''), coalesce(valid_from, ''), coalesce(valid_to, ''), id"
      " FROM party_role WHERE case_id = ?1 ORDER BY role, valid_from, id",
      typed_case(db, options.case_number));
  while (q.next())
    table.rows.push_back({q.text(0), q.text(1), q.text(2), q.text(3), q.text(4), q.id(5).text()});
  show(context, {.name = "parties", .title = "Third persons in " + options.case_number, .tables = {table}},
       options.csv);
}

void add_parties(CLI::App& app, CommandContext& context) {
  auto* party = app.add_subcommand("party", "Third persons in a case: guardian, lawyer, bailiff ...");
  party->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* added = party->add_subcommand("add", "Add one; prints its id. A guardian makes the debtor protected");
  added->add_option("case", options->case_number, "Number or id")->required();
  added->add_option("--role", options->role, "What the person is to the case")
      ->required()
      ->check(CLI::IsMember(
          {"guardian", "lawyer", "guarantor", "liquidator", "bailiff", "association", "other"}));
  added->add_option("--name", options->name, "Name")->required();
  added->add_option("--contact", options->contact, "Number or address");
  added->add_option("--from", options->from, "First day (else today)");
  added->add_option("--to", options->to, "Last day");
  added->add_option("--as", options->as, "In whose name")->required();
  added->footer(
      "Example:\n  relance-server party add D-000017 --role guardian --name 'UDAF du Rhône' --contact "
      "+33400000000 --as nadia");
  added->callback([&context, options] { add_party_to(context, *options); });

  auto* listed = party->add_subcommand("list", "Those of a case");
  listed->add_option("case", options->case_number, "Number or id")->required();
  listed->add_flag("--csv", options->csv, "For a spreadsheet");
  listed->footer("Example:\n  relance-server party list D-000017");
  listed->callback([&context, options] { list_parties(context, *options); });
}

}  // namespace

void add_court_commands(CLI::App& app, CommandContext& context) {
  add_court(app, context);
  add_documents(app, context);
  add_parties(app, context);
}

}  // namespace relance::server
