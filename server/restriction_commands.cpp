// restrict, unrestrict, restricted: processing is limited to keeping (GDPR art. 18).
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "schema/tables.h"
#include "server/case_commands.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/rights_commands.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct Options {
  std::string number, ground, request, told_on, as;
  bool is_end = false;
};

void set_restricted(Ledger& ledger, const Author& author, const Id& case_id, bool is_restricted) {
  const schema::Table& t = schema::table("case_file");
  const auto row = load_row(ledger.db(), t, case_id);
  if (!row) throw Failure(Code::not_found, "There is no such case.");
  OpDraft draft(sync::OpKind::update, "case_file", case_id);
  draft.set("restricted", Value{std::int64_t{is_restricted ? 1 : 0}}, value_of(t, *row, "restricted"));
  EditBatch edits(ledger, author, is_restricted ? "case.restrict" : "case.unrestrict");
  edits.add(draft.take());
  edits.flush();
}

// The request that the command names. What ends a restriction belongs to the request that began it.
std::optional<Id> request_named(sql::Connection& db, const Id& case_id, const Options& options) {
  if (options.request.empty() && !options.is_end) return std::nullopt;
  if (options.request.empty())
    return sql::id(db,
                   "SELECT id FROM person_request WHERE case_id = ?1 AND kind = 'restrict'"
                   " ORDER BY received_on DESC, id DESC LIMIT 1",
                   case_id);
  if (const auto id = Id::parse(options.request)) return id;
  throw Failure(Code::usage, "A request is named by its id, as `relance-server request list` shows it.");
}

// The ground stands in the request that asked for it; without one, in one that is made: nobody restricts without saying
// why, and the person's month runs.
Id note_ground(Ledger& ledger, const Author& author, const Id& case_id, const Options& options,
               CivilDate today) {
  const auto id = request_named(ledger.db(), case_id, options);
  const PersonNamed person = person_named(ledger.db(), case_id.text());
  if (!id)
    return add_request(ledger, author,
                       {.kind = "restrict",
                        .debtor_id = person.debtor_id,
                        .case_id = case_id,
                        .received_on = today,
                        .grounds = options.ground});
  const RequestLine line = one_request(ledger.db(), *id, today);
  if (line.debtor_id != person.debtor_id)
    throw Failure(Code::refused, "This request is of another person than the case.");
  OpDraft draft(sync::OpKind::update, "person_request", *id);
  const Value before = line.grounds.empty() ? Value{Null{}} : Value{line.grounds};
  draft.set("grounds", Value{line.grounds.empty() ? options.ground : line.grounds + "\n" + options.ground},
            before);
  EditBatch edits(ledger, author, "person.grounds");
  edits.add(draft.take());
  edits.flush();
  return *id;
}

void tell(const CommandContext& context, sql::Connection& db, const Id& case_id, const Id& request,
          bool is_restricted) {
  const auto devices = reach_of(db, schema::table("case_file"), case_id);
  if (context.json)
    return print_json(json::object{
        {"restricted", is_restricted}, {"request", request.text()}, {"devices", reach_json(devices)}});
  print(std::string(is_restricted ? "Restricted: the case is kept, and nothing is done on it."
                                  : "The restriction is lifted.") +
        " Request " + request.text() + ".\nDevices that hold it, and whether they know:\n" +
        reach_text(devices));
}

void change(CommandContext& context, const Options& options, bool is_restricted) {
  const Author author = context.author(options.as);
  const Id case_id = row_named(context.reading(), schema::table("case_file"), options.number);
  Id request;
  context.commit([&](Ledger& ledger) {
    Options noted = options;
    noted.is_end = !is_restricted;
    if (!is_restricted)
      noted.ground = "Levée, personne informée le " + options.told_on + " : " + options.ground;
    request = note_ground(ledger, author, case_id, noted, today_of(context));
    set_restricted(ledger, author, case_id, is_restricted);
  });
  tell(context, context.reading(), case_id, request, is_restricted);
}

void list(CommandContext& context) {
  json::array out;
  TextTable table({{"case"},
                   {"debtor", TextTable::Align::left, 32},
                   {"creditor", TextTable::Align::left, 32},
                   {"stage"}});
  sql::Query q(
      context.reading(),
      "SELECT c.number, coalesce(d.legal_name, d.trade_name, ''), k.name, c.stage FROM case_file c"
      " JOIN debtor d ON d.id = c.debtor_id JOIN creditor k ON k.id = c.creditor_id WHERE c.restricted <> 0"
      " ORDER BY c.number");
  while (q.next()) {
    out.push_back(json::object{
        {"number", q.text(0)}, {"debtor", q.text(1)}, {"creditor", q.text(2)}, {"stage", q.text(3)}});
    table.add({q.text(0), q.text(1), q.text(2), q.text(3)});
  }
  if (context.json) return print_json(json::object{{"cases", std::move(out)}});
  print(table.empty() ? "No case is restricted.\n" : table.text());
}

}  // namespace

void add_restriction_commands(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("restrict", "Keep a case and do nothing on it (GDPR art. 18)");
  command->add_option("case", options->number, "Its number")->required();
  command->add_option("--ground", options->ground, "Art. 18(1): accuracy contested, objection weighed ...")
      ->required();
  command->add_option("--request", options->request, "The request that asks for it; else one is made");
  command->add_option("--as", options->as, "In whose name (office, clerk or dpo)")->required();
  command->footer(
      "Example:\n  relance-server restrict D-000017 --ground 'Exactitude contestée, art. 18(1)(a)' --as "
      "nadia");
  command->callback([&context, options] { change(context, *options, true); });

  auto lifted = std::make_shared<Options>();
  command =
      app.add_subcommand("unrestrict", "Lift the restriction, once the person has been told (art. 18(3))");
  command->add_option("case", lifted->number, "Its number")->required();
  command->add_option("--ground", lifted->ground, "Why it ends")->required();
  command->add_option("--told-on", lifted->told_on, "Day on which the person was told that it ends")
      ->required();
  command->add_option("--request", lifted->request, "The request that asked for it; else the last one");
  command->add_option("--as", lifted->as, "In whose name (office or dpo)")->required();
  command->footer(
      "Example:\n  relance-server unrestrict D-000017 --ground 'Montant vérifié' --told-on 2026-11-20 --as "
      "olga");
  command->callback([&context, lifted] {
    lifted->told_on = iso_text(day_or_today(context, lifted->told_on));
    change(context, *lifted, false);
  });

  app.add_subcommand("restricted", "Cases that are restricted: lists of work leave them out")
      ->callback([&context] { list(context); });
}

}  // namespace relance::server
