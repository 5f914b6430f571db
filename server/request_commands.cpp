// request and rectify: what persons ask for, by when it is answered, and whether a correction has reached the replicas.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/local_day.h"
#include "host/value_text.h"
#include "schema/instant.h"
#include "server/case_commands.h"
#include "server/rights_commands.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct Options {
  std::string id, person, kind, on, reason, text, channel, as, table, row, ground, request;
  std::vector<std::string> columns;
  bool all = false, refuse = false, do_not_contact = false;
};

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

Id request_typed(const std::string& text) {
  if (const auto id = Id::parse(text)) return *id;
  throw Failure(Code::usage, "A request is named by its id, as `relance-server request list` shows it.");
}

json::object request_json(const RequestLine& one) {
  return {{"id", one.id.text()},
          {"kind", one.kind},
          {"state", one.state},
          {"case", or_null(one.number)},
          {"debtor_id", one.debtor_id.text()},
          {"debtor", one.debtor},
          {"received_on", one.received_on},
          {"due_on", one.due_on},
          {"days_left", one.days_left},
          {"clock", one.is_open ? json::value(name_of(one.clock)) : json::value(nullptr)},
          {"extended_on", or_null(one.extended_on)},
          {"extension_reason", or_null(one.extension_reason)},
          {"channel", or_null(one.channel)},
          {"detail", or_null(one.detail)},
          {"grounds", or_null(one.grounds)},
          {"answered_on", or_null(one.answered_on)},
          {"answer", or_null(one.answer)}};
}

std::string clock_text(const RequestLine& one) {
  if (!one.is_open) return one.state + " " + one.answered_on;
  if (one.days_left < 0) return std::to_string(-one.days_left) + " days over";
  return std::to_string(one.days_left) + " days left";
}

void list_requests(CommandContext& context, bool all) {
  sql::Connection& db = context.reading();
  const sql::Transaction snapshot(db, sql::Access::read);
  const auto lines = person_requests(db, today_of(context), !all);
  const auto waiting = untaken_requests(db);
  json::array taken, untaken;
  TextTable table({{"id"},
                   {"right"},
                   {"case"},
                   {"person", TextTable::Align::left, 32},
                   {"received"},
                   {"due"},
                   {"clock"},
                   {"state"}});
  for (const RequestLine& one : lines) {
    taken.push_back(request_json(one));
    table.add({one.id.text(), one.kind, one.number, one.debtor, one.received_on, one.due_on, clock_text(one),
               one.state});
  }
  TextTable messages({{"message"}, {"right"}, {"case"}, {"person", TextTable::Align::left, 32}, {"raised"}});
  for (const UntakenRequest& one : waiting) {
    untaken.push_back(json::object{{"escalation", one.escalation_id.text()},
                                   {"kind", or_null(one.kind)},
                                   {"case", one.number},
                                   {"debtor", one.debtor},
                                   {"raised_on", or_null(one.raised_on)}});
    messages.add({one.escalation_id.text(), one.kind, one.number, one.debtor, one.raised_on});
  }
  if (context.json)
    return print_json(json::object{{"requests", std::move(taken)}, {"untaken", std::move(untaken)}});
  print(table.empty() ? "No request waits for an answer.\n" : table.text());
  if (!messages.empty())
    print("\nMessages of agents that are no request yet (relance-server request take MESSAGE --as …):\n" +
          messages.text());
}

void show_request(CommandContext& context, const Id& id) {
  sql::Connection& db = context.reading();
  const sql::Transaction snapshot(db, sql::Access::read);
  const RequestLine one = one_request(db, id, today_of(context));
  const auto corrections = corrections_of(db, id);
  json::array rows;
  std::string text;
  for (const CorrectedRow& row : corrections) {
    rows.push_back(json::object{{"table", row.table->name},
                                {"id", row.row.text()},
                                {"unit", row.unit},
                                {"before", or_null(row.before)},
                                {"after", or_null(row.after)},
                                {"at", instant_text(row.happened_at)},
                                {"author", row.author},
                                {"devices", reach_json(row.devices)}});
    text += "\nCorrected: " + std::string(row.table->name) + " " + row.row.text() + ", " + row.before +
            " -> " + row.after + ", " + instant_text(row.happened_at) + ", " + row.author + "\n" +
            reach_text(row.devices);
  }
  if (context.json) {
    json::object out = request_json(one);
    out["corrections"] = std::move(rows);
    return print_json(std::move(out));
  }
  const auto line = [](std::string_view name, const std::string& value) {
    if (!value.empty()) print(std::string(name) + ": " + printable(value) + "\n");
  };
  line("Request", one.id.text());
  line("Right", one.kind);
  line("Person", one.debtor + " (debtor " + one.debtor_id.text() + ")");
  line("Case", one.number);
  line("Received", one.received_on);
  line("Due", one.due_on + ", " + clock_text(one));
  line("Extended", one.extended_on.empty() ? "" : one.extended_on + ": " + one.extension_reason);
  line("Asked", one.detail);
  line("Grounds", one.grounds);
  line("Answer", one.answer);
  print(text);
}

void tell_id(const CommandContext& context, const Id& id) {
  if (context.json) return print_json(json::object{{"id", id.text()}});
  print(id.text() + "\n");
}

void add_taking(CLI::App& request, CommandContext& context) {
  auto take = std::make_shared<Options>();
  auto* command = request.add_subcommand("take", "Make a request of an agent's message; prints its id");
  command->add_option("message", take->id, "Id of the message, as `request list` shows it")->required();
  command->add_option("--kind", take->kind, "Which right, where the message names none")
      ->check(CLI::IsMember({"access", "rectify", "erase", "restrict", "object"}));
  command->add_option("--as", take->as, "In whose name")->required();
  command->footer("Example:\n  relance-server request take ID --as olga");
  command->callback([&context, take] {
    const Author author = context.author(take->as);
    const auto message = Id::parse(take->id);
    if (!message) throw Failure(Code::usage, "A message is named by its id.");
    Id id;
    context.commit([&](Ledger& ledger) { id = take_request(ledger, author, *message, take->kind); });
    tell_id(context, id);
  });

  auto add = std::make_shared<Options>();
  command = request.add_subcommand("add", "Note a request that reached the office itself; prints its id");
  command->add_option("person", add->person, "A case by its number, or a debtor by id")->required();
  command->add_option("kind", add->kind, "access, rectify, erase, restrict or object")
      ->required()
      ->check(CLI::IsMember({"access", "rectify", "erase", "restrict", "object"}));
  command->add_option("--on", add->on, "Day on which it was received (else today)");
  command->add_option("--channel", add->channel, "call, letter, email, sms or visit")
      ->check(CLI::IsMember({"call", "letter", "email", "sms", "visit"}));
  command->add_option("--text", add->text, "What is asked, in the person's words");
  command->add_option("--as", add->as, "In whose name")->required();
  command->footer(
      "Example:\n  relance-server request add D-000017 access --on 2026-11-20 --channel letter --as olga");
  command->callback([&context, add] {
    const Author author = context.author(add->as);
    const PersonNamed person = person_named(context.reading(), add->person);
    Id id;
    context.commit([&](Ledger& ledger) {
      id = add_request(ledger, author,
                       {.kind = add->kind,
                        .debtor_id = person.debtor_id,
                        .case_id = person.case_id,
                        .received_on = day_or_today(context, add->on),
                        .channel = add->channel,
                        .detail = add->text});
    });
    tell_id(context, id);
  });
}

void add_answering(CLI::App& request, CommandContext& context) {
  auto extend = std::make_shared<Options>();
  auto* command = request.add_subcommand("extend", "Two months more, once: the person was told why");
  command->add_option("id", extend->id, "The request")->required();
  command->add_option("--reason", extend->reason, "The reason that the person was told")->required();
  command->add_option("--told-on", extend->on, "Day on which the person was told (else today)");
  command->add_option("--as", extend->as, "In whose name (office or dpo)")->required();
  command->callback([&context, extend] {
    const Author author = context.author(extend->as);
    const Id id = request_typed(extend->id);
    context.commit([&](Ledger& ledger) {
      extend_request(ledger, author, id, day_or_today(context, extend->on), extend->reason);
    });
    tell_id(context, id);
  });

  auto weigh = std::make_shared<Options>();
  command = request.add_subcommand("weigh", "What was weighed; an objection needs it before its answer");
  command->add_option("id", weigh->id, "The request")->required();
  command->add_option("--text", weigh->text, "Our legitimate grounds against the person's interests")
      ->required();
  command->add_option("--as", weigh->as, "In whose name (office or dpo)")->required();
  command->callback([&context, weigh] {
    const Author author = context.author(weigh->as);
    const Id id = request_typed(weigh->id);
    context.commit([&](Ledger& ledger) { weigh_request(ledger, author, id, weigh->text); });
    tell_id(context, id);
  });

  auto answer = std::make_shared<Options>();
  command = request.add_subcommand("answer", "What the person was told, granted or refused");
  command->add_option("id", answer->id, "The request")->required();
  command
      ->add_option("--text", answer->text, "The answer; of a refusal its reasons and the right to complain")
      ->required();
  command->add_flag("--refused", answer->refuse, "It was not granted (GDPR art. 12(4))");
  command->add_option("--on", answer->on, "Day of the answer (else today)");
  command->add_flag("--do-not-contact", answer->do_not_contact, "Nobody contacts the debtor any more");
  command->add_option("--as", answer->as, "In whose name (office or dpo)")->required();
  command->footer(
      "Examples:\n  relance-server request answer ID --text 'Copie remise par courrier' --as olga\n"
      "  relance-server request answer ID --text 'Plus de contact' --do-not-contact --as olga");
  command->callback([&context, answer] {
    const Author author = context.author(answer->as);
    const Id id = request_typed(answer->id);
    context.commit([&](Ledger& ledger) {
      answer_request(ledger, author, id,
                     {.is_refused = answer->refuse,
                      .text = answer->text,
                      .on = day_or_today(context, answer->on),
                      .do_not_contact = answer->do_not_contact});
    });
    tell_id(context, id);
  });
}

void add_rectify(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("rectify", "Correct data of a person (GDPR art. 16); prints the request's id");
  command->add_option("table", options->table, "Its table")->required();
  command->add_option("row", options->row, "Its id; a case also by number")->required();
  command->add_option("columns", options->columns, "column=value …")->required();
  command->add_option("--ground", options->ground, "On what ground: kept with the request")->required();
  command->add_option("--request", options->request, "The request it answers; else one is made for it");
  command->add_option("--as", options->as, "In whose name")->required();
  command->footer(
      "Example:\n  relance-server rectify debtor ID legal_name='Durand SARL' --ground 'Kbis du 3 novembre' "
      "--as olga\n"
      "  relance-server request show ID     # which devices have it");
  command->callback([&context, options] {
    const Author author = context.author(options->as);
    const schema::Table& t = named_table(options->table);
    sync::Op op = typed_update(context.reading(), t, options->row, options->columns);
    const auto request =
        options->request.empty() ? std::nullopt : std::optional(request_typed(options->request));
    Id id;
    context.commit([&](Ledger& ledger) {
      id = rectify(ledger, author,
                   {.table = &t, .row = op.row, .changes = std::move(op.changes), .ground = options->ground},
                   request, today_of(context));
    });
    tell_id(context, id);
  });
}

}  // namespace

json::array reach_json(const std::vector<Reach>& devices) {
  json::array out;
  for (const Reach& one : devices)
    out.push_back(
        json::object{{"device", one.device.text()},
                     {"user", one.user},
                     {"machine", one.machine},
                     {"state", one.state},
                     {"last_sync", one.last_sync_at == 0 ? json::value(nullptr)
                                                         : json::value(instant_text(one.last_sync_at))},
                     {"pending", one.pending},
                     {"reached", one.has_reached}});
  return out;
}

std::string reach_text(const std::vector<Reach>& devices) {
  if (devices.empty()) return "No device holds it.\n";
  TextTable table({{"device"}, {"user"}, {"machine"}, {"state"}, {"last sync"}, {"has it"}});
  for (const Reach& one : devices)
    table.add({one.device.text(), one.user, one.machine, one.state,
               one.last_sync_at == 0 ? "never" : instant_text(one.last_sync_at),
               one.has_reached ? "yes" : "not yet"});
  return table.text();
}

json::array alarms_json(const std::vector<RightsAlarm>& alarms) {
  json::array out;
  for (const RightsAlarm& one : alarms)
    out.push_back(json::object{{"code", one.code}, {"sentence", one.sentence}, {"over", one.is_over}});
  return out;
}

CivilDate today_of(const CommandContext& context) {
  return parse_civil_date(local_day(context.clock.now())).value_or(CivilDate{});
}

CivilDate day_or_today(const CommandContext& context, const std::string& typed) {
  return typed.empty() ? today_of(context) : parse_civil_date(typed_day(typed)).value_or(CivilDate{});
}

void add_request_commands(CLI::App& app, CommandContext& context) {
  auto* request = app.add_subcommand("request", "Requests of persons about their data, each with its clock");
  request->require_subcommand(1);
  auto options = std::make_shared<Options>();
  auto* list = request->add_subcommand("list", "Those that wait for an answer, by their day");
  list->add_flag("--all", options->all, "The answered ones too");
  list->callback([&context, options] { list_requests(context, options->all); });
  auto* show = request->add_subcommand("show", "One request, and which devices a correction has reached");
  show->add_option("id", options->id, "The request")->required();
  show->callback([&context, options] { show_request(context, request_typed(options->id)); });
  add_taking(*request, context);
  add_answering(*request, context);
  request->footer(
      "Examples:\n  relance-server request list\n  relance-server request show ID\n"
      "  relance-server request extend ID --reason 'Pièces à réunir' --as olga");
  add_rectify(app, context);
}

void add_rights_commands(CLI::App& app, CommandContext& context) {
  add_request_commands(app, context);
  add_restriction_commands(app, context);
  add_hold_commands(app, context);
  add_access_command(app, context);
  add_register_command(app, context);
}

}  // namespace relance::server
