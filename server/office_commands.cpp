#include "server/office_commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>

#include "host/endpoint.h"
#include "host/local_day.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "schema/register.h"
#include "server/audit_commands.h"
#include "server/audit_export.h"
#include "server/concerns.h"
#include "server/database.h"
#include "server/doctor.h"
#include "server/enrolment.h"
#include "server/invitation.h"
#include "server/money_status.h"
#include "server/reference_data.h"
#include "server/rights_commands.h"
#include "server/serve.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr Ms kCaWarningMs = 365LL * 24 * 3600 * 1000;

void add_init(CLI::App& app, CommandContext& context) {
  auto* init =
      app.add_subcommand("init", "Make a new office in the data directory: database, CA, server certificate");
  struct Options {
    std::string name = "Office";
    std::vector<std::string> hosts;
  };
  auto options = std::make_shared<Options>();
  init->add_option("--name", options->name, "Name of the organisation, shown to agents");
  init->add_option("--host", options->hosts,
                   "Name or address under which devices reach the server (may be repeated; the first goes "
                   "into enrolment codes)");
  init->footer(
      "Example:\n  relance-server --data /srv/relance init --name 'Cabinet Martin' --host "
      "relance.example.net");
  init->callback([&context, options] {
    Office::init(context.directory(), options->name, options->hosts, context.clock, context.random,
                 context.allow_plaintext,
                 [](Ledger& ledger, const Author& author) { add_reference_rows(ledger, author); });
    if (context.json)
      return print_json(json::object{{"directory", context.directory().string()}, {"name", options->name}});
    print("The office \"" + printable(options->name) + "\" is made in " + context.directory().string() +
          ".\n"
          "Keep a copy of server.key, ca.key, seal.key and audit.key in a safe place, or make a key for "
          "backups that hold "
          "them:\n  relance-server backup-key init FILE.pem\n"
          "Next: relance-server user add NAME --role agent, then relance-server serve\n");
  });
}

void add_serve(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "serve", "Run the server until SIGTERM; prints `ready https://HOST:PORT` once it answers");
  auto listen = std::make_shared<std::string>();
  command->add_option("--listen", *listen,
                      "Address to listen on, e.g. 0.0.0.0:8443 or [::]:8443; port 0 picks one");
  command->footer(
      "Examples:\n  relance-server serve\n  relance-server --data /srv/relance serve --listen 0.0.0.0:8443");
  command->callback([&context, listen] { context.exit_code = serve(context, *listen); });
}

void add_user(CLI::App& app, CommandContext& context) {
  auto* user = app.add_subcommand("user", "People of the office: add, list, leave");
  user->require_subcommand(1);
  auto* add = user->add_subcommand("add", "Add a member of staff");
  struct Options {
    std::string name, role;
  };
  auto options = std::make_shared<Options>();
  add->add_option("name", options->name, "The name by which commands call the person")->required();
  add->add_option("--role", options->role, "What the person may do")
      ->required()
      ->check(CLI::IsMember({"agent", "clerk", "office", "dpo"}));
  add->footer("Example:\n  relance-server user add paul --role agent");
  add->callback([&context, options] {
    const schema::Table& t = schema::table("staff");
    const Id id = context.random.row_id(context.clock.now());
    sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = id};
    op.changes.push_back({schema::column(t, "name"), Null{}, options->name});
    op.changes.push_back({schema::column(t, "role"), Null{}, options->role});
    if (sql::id(context.reading(), "SELECT id FROM staff WHERE name = ?1", options->name))
      throw Failure(Code::exists, "There is a user of that name already; choose another name.");
    const Author author = context.author("");
    sync::Outcome outcome;
    context.commit([&](Ledger& ledger) { outcome = ledger.apply_office(author, "staff.add", {op}); });
    if (context.told_refusal(outcome)) return;
    if (context.json)
      return print_json(json::object{{"id", id.text()}, {"name", options->name}, {"role", options->role}});
    print(id.text() + "\n");
    if (options->role == "agent") say("Next: relance-server invite " + printable(options->name));
  });

  auto* list = user->add_subcommand("list", "Who there is");
  list->callback([&context] {
    sql::Query q(context.reading(),
                 "SELECT s.id, s.name, s.role, s.state, (SELECT count(*) FROM assignment a WHERE a.staff_id "
                 "= s.id AND a.valid_to IS NULL),"
                 " (SELECT count(*) FROM device d WHERE d.staff_id = s.id AND d.state = 'active') FROM staff "
                 "s WHERE s.name <> ?1 ORDER BY s.role, s.name",
                 kSystemStaff);
    json::array users;
    TextTable table({{"name"},
                     {"role"},
                     {"state"},
                     {"cases", TextTable::Align::right},
                     {"devices", TextTable::Align::right}});
    while (q.next()) {
      users.push_back(json::object{{"id", q.id(0).text()},
                                   {"name", q.text(1)},
                                   {"role", q.text(2)},
                                   {"state", q.text(3)},
                                   {"cases", q.integer(4)},
                                   {"devices", q.integer(5)}});
      table.add(
          {q.text(1), q.text(2), q.text(3), std::to_string(q.integer(4)), std::to_string(q.integer(5))});
    }
    if (context.json) return print_json(json::object{{"users", users}});
    print(table.empty()
              ? "There is nobody yet; add the first with `relance-server user add NAME --role agent`.\n"
              : table.text());
  });

  auto* leave =
      user->add_subcommand("leave", "A member of staff has left: the devices are served nothing more");
  auto name = std::make_shared<std::string>();
  leave->add_option("name", *name)->required();
  leave->callback([&context, name] {
    const Author who = context.author(*name);
    const schema::Table& t = schema::table("staff");
    sync::Op op{.kind = sync::OpKind::update, .table = &t, .row = who.staff_id};
    op.changes.push_back({schema::column(t, "state"), std::string("active"), std::string("left")});
    const Author author = context.author("");
    sync::Outcome outcome;
    context.commit([&](Ledger& ledger) { outcome = ledger.apply_office(author, "staff.leave", {op}); });
    if (!context.told_refusal(outcome))
      print("The devices of " + printable(*name) +
            " are served nothing more; hand the cases over with `relance-server assign`.\n");
  });
}

void add_invite(CLI::App& app, CommandContext& context) {
  auto* command =
      app.add_subcommand("invite", "A one-time enrolment code for one device of a user (15 minutes)");
  struct Options {
    std::string user, at;
  };
  auto options = std::make_shared<Options>();
  command->add_option("user", options->user)->required();
  command->add_option("--at", options->at,
                      "Address that the code carries, HOST:PORT; else where `serve` last announced itself, "
                      "under the first --host of init");
  command->footer("Example:\n  relance-server invite paul");
  command->callback([&context, options] {
    const Author staff = context.author(options->user);
    const Endpoint at = code_address(context.office(), options->at);
    InviteSecret secret{};
    const Author author = context.author("");
    context.commit([&](Ledger& ledger) { secret = make_invite(ledger, author, staff.staff_id); });
    const std::string text = code_text(context.office(), at, secret);
    if (context.json)
      return print_json(json::object{
          {"code", text}, {"user", options->user}, {"host", at.host}, {"port", at.port}, {"minutes", 15}});
    say("Good for 15 minutes and one device. On the agent's machine: relance enrol CODE");
    print(text + "\n");
  });
}

void tell_concerns(CommandContext& context) {
  const sql::Transaction snapshot(context.reading(), sql::Access::read);
  const auto concerns = concerns_of(context.office(), context.reading(), context.clock.now());
  context.exit_code = concerns.empty() ? 0 : 1;
  if (context.json) {
    json::array list;
    for (const Concern& one : concerns)
      list.push_back(json::object{{"check", one.check}, {"sentence", one.sentence}});
    return print_json(json::object{{"ok", concerns.empty()}, {"concerns", std::move(list)}});
  }
  for (const Concern& one : concerns) print(one.sentence + "\n");
  if (concerns.empty()) print("Nothing needs a person.\n");
}

json::value meta_instant(sql::Connection& db, std::string_view name) {
  const auto text = sql::get_meta(db, name);
  return text ? json::value(instant_text(std::stoll(*text))) : json::value(nullptr);
}

void print_backup_lines(CommandContext& context) {
  sql::Connection& db = context.reading();
  const json::value last = meta_instant(db, "last_backup_at"), tested = meta_instant(db, "backup_tested_at");
  print(last.is_null() ? std::string("There is no backup yet: relance-server backup FILE\n")
                       : "Last backup: " + std::string(last.as_string()) + "\n");
  if (!last.is_null())
    print(tested.is_null()
              ? std::string("No backup was ever restored in a test: relance-server restore FILE --test\n")
              : "Last backup that was restored in a test: of " +
                    std::string(meta_instant(db, "tested_backup_of").as_string()) + ", tested on " +
                    std::string(tested.as_string()) + "\n");
  if (!std::filesystem::exists(context.office().file("backup.crt")))
    print("Backups open with this machine's own key: relance-server backup-key init FILE.pem\n");
}

void add_status(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("status", "Counts, what waits for a person, and each device's lag");
  auto is_check = std::make_shared<bool>(false);
  command->add_flag("--check", *is_check,
                    "Only what needs a person, one sentence each; exit code 1 when there is any");
  command->footer(
      "Examples:\n  relance-server status\n  relance-server status --check || mail -s relance olga < "
      "/dev/null");
  command->callback([&context, is_check] {
    sql::Connection& db = context.reading();
    if (*is_check) return tell_concerns(context);
    const auto count = [&](const char* text) { return sql::number(db, text).value_or(0); };
    const std::int64_t cases = count("SELECT count(*) FROM case_file WHERE stage <> 'closed'");
    const std::int64_t unassigned = count(
        "SELECT count(*) FROM case_file c WHERE c.stage <> 'closed' AND NOT EXISTS (SELECT 1 FROM assignment "
        "a WHERE a.case_id = c.id AND a.valid_to IS NULL)");
    const std::int64_t conflicts = count("SELECT count(*) FROM conflict WHERE state = 'open'");
    const std::int64_t quarantined = count("SELECT count(*) FROM quarantine WHERE state = 'kept'");
    const std::int64_t lost = count("SELECT count(*) FROM device_state WHERE lost_below > 0");
    const Ms now = context.clock.now();
    const auto facts = facts_of_certificate(context.office().ca().certificate_pem);
    const bool running = !context.office().serve_lock().has_value();
    const MoneyStatus money = money_status(db, local_day(now));
    const auto alarms = rights_alarms(db, today_of(context));
    json::array devices;
    TextTable table({{"device"},
                     {"user"},
                     {"state"},
                     {"last sync"},
                     {"behind", TextTable::Align::right},
                     {"kept back", TextTable::Align::right}});
    sql::Query q(db,
                 "SELECT d.id, s.name, d.state, t.last_sync_at, t.agent_cursor, t.pending, d.staff_id FROM "
                 "device d JOIN device_state t ON t.device_id = d.id"
                 " JOIN staff s ON s.id = d.staff_id WHERE s.name <> ?1 ORDER BY s.name, d.id",
                 kSystemStaff);
    while (q.next()) {
      const std::int64_t behind =
          sql::number(db, "SELECT count(*) FROM feed_entry WHERE feed_id = ?1 AND seq > ?2", q.id(6),
                      q.integer(4))
              .value_or(0);
      devices.push_back(json::object{
          {"id", q.id(0).text()},
          {"user", q.text(1)},
          {"state", q.text(2)},
          {"last_sync", q.integer(3) == 0 ? json::value(nullptr) : json::value(instant_text(q.integer(3)))},
          {"behind", behind},
          {"pending", q.integer(5)}});
      table.add({q.id(0).text(), q.text(1), q.text(2),
                 q.integer(3) == 0 ? "never" : instant_text(q.integer(3)), std::to_string(behind),
                 std::to_string(q.integer(5))});
    }
    if (context.json)
      return print_json(
          json::object{{"running", running},
                       {"address", context.office().announced()},
                       {"cases", cases},
                       {"unassigned", unassigned},
                       {"conflicts", conflicts},
                       {"quarantined", quarantined},
                       {"bank_lines_open", money.open_lines},
                       {"payments_without_receipt", money.without_receipt},
                       {"receipts_to_remit", money.to_remit},
                       {"rights", alarms_json(alarms)},
                       {"last_backup", meta_instant(db, "last_backup_at")},
                       {"backup_tested", meta_instant(db, "backup_tested_at")},
                       {"tested_backup_of", meta_instant(db, "tested_backup_of")},
                       {"backup_key", std::filesystem::exists(context.office().file("backup.crt"))},
                       {"ca_until", instant_text(facts.not_after)},
                       {"audit_findings", open_findings(db).size()},
                       {"devices", devices}});
    print(running ? "The server is running at " + context.office().announced() + ".\n"
                  : std::string("The server is not running.\n"));
    print("Open cases: " + std::to_string(cases) + ", without a holder: " + std::to_string(unassigned) +
          "\n");
    print(status_text(money));
    for (const RightsAlarm& alarm : alarms) print(alarm.sentence + "\n");
    if (conflicts > 0)
      print("Conflicts that wait for a person: " + std::to_string(conflicts) +
            " (relance-server conflicts)\n");
    if (quarantined > 0)
      print("Edits in quarantine: " + std::to_string(quarantined) + " (relance-server quarantine)\n");
    if (lost > 0)
      print("Devices that no longer had edits this server lacks after its restore: " + std::to_string(lost) +
            " (relance-server devices)\n");
    print(audit_status(db));
    print_backup_lines(context);
    if (facts.not_after - now < kCaWarningMs)
      print("The CA ends on " + instant_text(facts.not_after) +
            ": plan the enrolment of every device under a new one.\n");
    if (!table.empty()) print("\n" + table.text());
  });
}

void add_verify(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("verify", "Integrity of the database, the feeds and the audit chain");
  command->callback([&context] {
    auto wrong = verify_office(context.reading());
    if (wrong.empty()) {
      const AuditSigner signer(context.office().audit_key().view());
      check_heads(context.reading(), signer.public_key(), outside_head(context.office()), wrong);
    }
    if (context.json) {
      json::array list;
      for (const std::string& one : wrong) list.push_back(json::value(one));
      print_json(json::object{{"ok", wrong.empty()}, {"wrong", list}});
    } else if (wrong.empty()) {
      print("All is well: file, references, values, feeds, audit chain and its signatures agree.\n");
    } else {
      for (const std::string& one : wrong) print("Wrong: " + one + ".\n");
      say("Stop the server, keep a copy of the data directory, and restore the newest backup.");
    }
    context.exit_code = wrong.empty() ? 0 : 1;
  });
}

void add_config(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("config", "Settings and generated pages");
  struct Options {
    bool example = false, data_register = false;
  };
  auto options = std::make_shared<Options>();
  command->add_flag("--example", options->example, "Print relance.toml with every setting");
  command->add_flag("--data-register", options->data_register,
                    "Print the data register (docs/data-register.md)");
  command->callback([&context, options] {
    if (options->data_register) return print(schema::data_register());
    if (options->example) return print(example_config());
    const OfficeConfig& c = context.office().config();
    print_json(json::object{{"listen", c.listen},
                            {"workers", c.workers},
                            {"memory_mib", c.memory_mib},
                            {"connections", c.connections},
                            {"cache_mib", c.cache_mib}});
  });
}

void add_doctor(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand(
      "doctor", "Checks clock, certificate, disk, engine, key and reachability, one line each");
  command->callback([&context] {
    const std::vector<Finding> findings = examine_office(context);
    json::array list;
    bool well = true;
    for (const Finding& f : findings) {
      well = well && f.ok;
      list.push_back(
          json::object{{"check", f.check}, {"ok", f.ok}, {"detail", f.detail}, {"remedy", f.remedy}});
      if (!context.json)
        print(std::string(f.ok ? "ok    " : "wrong ") + f.check + ": " + f.detail +
              (f.remedy.empty() ? "" : " -> " + f.remedy) + "\n");
    }
    if (context.json) print_json(json::object{{"ok", well}, {"checks", list}});
    context.exit_code = well ? 0 : 1;
  });
}

}  // namespace

void add_office_commands(CLI::App& app, CommandContext& context) {
  add_init(app, context);
  add_serve(app, context);
  add_user(app, context);
  add_invite(app, context);
  add_status(app, context);
  add_verify(app, context);
  add_config(app, context);
  add_doctor(app, context);
}

}  // namespace relance::server
