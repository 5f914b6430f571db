// devices, device suspend|resume|wipe|lost, and what lies in quarantine.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/files.h"
#include "server/database.h"
#include "server/exposure.h"
#include "server/intake.h"
#include "server/invitation.h"
#include "server/office_commands.h"
#include "server/recovery.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr mode_t kDraftMode = 0600;  // it names debtors

Id device_named(CommandContext& context, const std::string& text) {
  const auto id = Id::parse(text);
  if (!id || !find_device(context.reading(), *id))
    throw Failure(Code::not_found, "There is no device of that id; `relance-server devices` lists them.");
  return *id;
}

void set_state(CommandContext& context, const Id& device, const std::string& state) {
  const schema::Table& t = schema::table("device");
  const Author author = context.author("");
  sync::Outcome outcome;
  context.commit([&](Ledger& ledger) {
    const auto row = load_row(ledger.db(), t, device);
    // Its replica is gone: nothing is left to trust or to tell, and its last edits wait in quarantine.
    if (value_of(t, *row, "state") == Value{std::string("wiped")} && state != "lost")
      throw Failure(
          Code::refused,
          "This device's replica is destroyed, and it has said so; invite its user again for a new one.");
    sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = device};
    op.changes.push_back({schema::column(t, "state"), value_of(t, *row, "state"), state});
    outcome = ledger.apply_office(author, "device." + state, {op});
    // Back in order, the device sends everything it keeps itself: the kept copies would be a second time.
    if (state == "active")
      sql::run(ledger.db(), "DELETE FROM quarantine WHERE device_id = ?1 AND state = 'kept'", device);
  });
  static_cast<void>(context.told_refusal(outcome));
}

// Prints whose data was on the device (GDPR art. 33), and writes the draft of the notice where a file is named.
void print_exposure(CommandContext& context, const Id& device, const std::string& draft) {
  sql::Connection& db = context.reading();
  const sql::Transaction snapshot(db, sql::Access::read);
  const Exposure exposure = exposure_of(db, device);
  if (!draft.empty()) {
    const auto sections = breach_notice(db, exposure);
    const auto day = civil_date_of(exposure.lost_at.value_or(exposure.last_sync_at), 0);
    const std::string title(kBreachTitle);
    write_file_durably(
        draft, draft.ends_with(".pdf") ? sections_pdf(title, sections, day) : sections_text(title, sections),
        kDraftMode);
  }
  if (context.json) return print_json(exposure_json(exposure));
  print(exposure_text(exposure));
  if (const auto due = notice_due_at(exposure)) {
    const Ms left = *due - context.clock.now();
    say(left > 0 ? std::to_string(left / 3'600'000) + " hours are left of the 72."
                 : std::string("The 72 hours are over: the notice has to say why it is late (art. 33(1))."));
  }
}

void add_recover(CLI::App& device, CommandContext& context) {
  auto* command = device.add_subcommand(
      "recover",
      "The passphrase is forgotten: a one-time code that opens the device's replica under a new one");
  struct Options {
    std::string id, at;
  };
  auto options = std::make_shared<Options>();
  command->add_option("id", options->id)->required();
  command->add_option("--at", options->at, "Address that the code carries, HOST:PORT; else as for `invite`");
  command->footer(
      "Make sure that it is the agent who asks: who has the laptop and this code reads what is on it.\n"
      "Example:\n  relance-server device recover 3f9a41c2-7d0e-4b6a-9d1f-0a2b3c4d5e6f");
  command->callback([&context, options] {
    const Id found = device_named(context, options->id);
    const Endpoint at = code_address(context.office(), options->at);
    InviteSecret secret{};
    const Author author = context.author("");
    context.commit([&](Ledger& ledger) { secret = make_recovery(ledger, author, found); });
    const std::string text = code_text(context.office(), at, secret);
    if (context.json)
      return print_json(json::object{
          {"code", text}, {"device", found.text()}, {"host", at.host}, {"port", at.port}, {"minutes", 15}});
    say("Good for 15 minutes and once. On the agent's machine: relance recover CODE");
    print(text + "\n");
  });
}

void add_quarantine(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("quarantine", "Edits of devices that are not trusted now: list, apply, dismiss");
  auto* apply = command->add_subcommand("apply", "Apply the kept edits of a device, in their order");
  auto* dismiss = command->add_subcommand("dismiss", "Give the kept edits of a device up");
  auto id = std::make_shared<std::string>();
  for (auto* sub : {apply, dismiss}) sub->add_option("device", *id)->required();
  command->callback([&context, apply, dismiss] {
    if (apply->parsed() || dismiss->parsed()) return;
    sql::Query q(context.reading(),
                 "SELECT q.device_id, s.name, q.n, q.received_at, q.body FROM quarantine q JOIN device d ON "
                 "d.id = q.device_id JOIN staff s ON s.id = d.staff_id"
                 " WHERE q.state = 'kept' ORDER BY q.device_id, q.n");
    json::array list;
    TextTable table({{"device"},
                     {"user"},
                     {"n", TextTable::Align::right},
                     {"received"},
                     {"edit", TextTable::Align::left, 80}});
    while (q.next()) {
      list.push_back(json::object{{"device", q.id(0).text()},
                                  {"user", q.text(1)},
                                  {"n", q.integer(2)},
                                  {"received_at", instant_text(q.integer(3))},
                                  {"edit", json::parse(q.text(4))}});
      table.add(
          {q.id(0).text(), q.text(1), std::to_string(q.integer(2)), instant_text(q.integer(3)), q.text(4)});
    }
    if (context.json) return print_json(json::object{{"quarantine", list}});
    print(table.empty() ? "The quarantine is empty.\n"
                        : table.text() +
                              "Apply or dismiss a device's edits with `relance-server quarantine "
                              "apply|dismiss DEVICE`.\n");
  });
  apply->callback([&context, id] {
    const Id device = device_named(context, *id);
    std::vector<sync::Outcome> outcomes;
    context.commit([&](Ledger& ledger) {
      outcomes = Intake(ledger).apply_quarantined(*find_device(ledger.db(), device));
    });
    json::array list;
    for (const auto& one : outcomes)
      list.push_back(
          json::object{{"n", one.n}, {"status", std::string(name_of(one.status))}, {"reason", one.reason}});
    if (context.json) return print_json(json::object{{"outcomes", list}});
    for (const auto& one : outcomes)
      print("Edit " + std::to_string(one.n) + ": " + std::string(name_of(one.status)) +
            (one.reason.empty() ? "" : " (" + std::string(reason_sentence(one.reason)) + ")") + "\n");
  });
  dismiss->callback([&context, id] {
    const Id device = device_named(context, *id);
    const Author author = context.author("");
    std::int64_t count = 0;
    context.commit([&](Ledger& ledger) {
      count = sql::run(ledger.db(),
                       "UPDATE quarantine SET state = 'dismissed' WHERE device_id = ?1 AND state = 'kept'",
                       device);
      Author by = author;
      by.device_id = ledger.office_device();
      ledger.audit(by, "quarantine.dismiss", device.text());
    });
    if (context.json) return print_json(json::object{{"dismissed", count}});
    print(std::to_string(count) + " edits dismissed.\n");
  });
}

}  // namespace

void add_device_commands(CLI::App& app, CommandContext& context) {
  auto* devices = app.add_subcommand("devices", "Every device, its owner and state");
  devices->callback([&context] {
    sql::Query q(
        context.reading(),
        "SELECT d.id, s.name, d.name, d.state, d.enrolled_at, t.last_sync_at, t.lease_until, t.lost_below "
        "FROM device d JOIN staff s ON s.id = d.staff_id"
        " JOIN device_state t ON t.device_id = d.id WHERE s.name <> ?1 ORDER BY s.name, d.enrolled_at",
        kSystemStaff);
    json::array list;
    TextTable table({{"id"}, {"user"}, {"machine"}, {"state"}, {"enrolled"}, {"last sync"}});
    while (q.next()) {
      const json::value last =
          q.integer(5) == 0 ? json::value(nullptr) : json::value(instant_text(q.integer(5)));
      list.push_back(json::object{{"id", q.id(0).text()},
                                  {"user", q.text(1)},
                                  {"name", q.text(2)},
                                  {"state", q.text(3)},
                                  {"enrolled_at", instant_text(q.integer(4))},
                                  {"last_sync", last},
                                  {"lease_until", instant_text(q.integer(6))},
                                  {"lost_below", q.integer(7)}});
      table.add({q.id(0).text(), q.text(1), q.text(2), q.text(3), instant_text(q.integer(4)),
                 q.integer(5) == 0 ? "never" : instant_text(q.integer(5))});
    }
    if (context.json) return print_json(json::object{{"devices", list}});
    print(table.empty() ? "No device is enrolled yet; invite one with `relance-server invite USER`.\n"
                        : table.text());
  });

  auto* device = app.add_subcommand("device", "Suspend, resume, wipe, recover or report a device as lost");
  device->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, const char* state, const char* done) {
    auto* command = device->add_subcommand(name, help);
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id)->required();
    const bool is_lost = std::string_view(name) == "lost";
    auto draft = std::make_shared<std::string>();
    if (is_lost) {
      command->add_option(
          "--draft", *draft,
          "Write the draft of the notice to the authority (GDPR art. 33), in French: .pdf or text");
      command->footer("Example:\n  relance-server device lost ID --draft notification.pdf");
    }
    command->callback([&context, id, draft, state = std::string(state), done = std::string(done), is_lost] {
      const Id found = device_named(context, *id);
      // Said once: the 72 hours run from then, and asking again gives the same answer.
      if (!is_lost || find_device(context.reading(), found)->state != state) set_state(context, found, state);
      if (context.exit_code != 0) return;
      if (is_lost) return print_exposure(context, found, *draft);
      if (context.json) return print_json(json::object{{"device", found.text()}, {"state", state}});
      print(done + "\n");
    });
  };
  add("suspend", "Its edits go to quarantine and nothing is served to it", "suspended",
      "Suspended: its next sync hands its edits over into quarantine.");
  add("resume", "Trust it again: it sends everything it keeps", "active",
      "Trusted again: its next sync sends everything it keeps.");
  add("wipe", "At its next contact it hands over what is unsent and destroys its replica", "wipe_ordered",
      "Ordered: at its next contact it hands over what is unsent and destroys its replica.");
  add("lost", "Wipe it if it ever returns, and print whose data was on it", "lost", "");
  add_recover(*device, context);
  add_quarantine(app, context);
}

}  // namespace relance::server
