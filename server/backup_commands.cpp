// backup, restore and upgrade.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/sqlite.h"
#include "schema/version.h"
#include "server/backup.h"
#include "server/database.h"
#include "server/office_commands.h"
#include "server/upgrade.h"

namespace relance::server {
namespace {

namespace json = boost::json;

void run_restore(CommandContext& context, const std::string& file) {
  // A new machine has the keys that were kept elsewhere, and no database yet.
  const auto lock = context.office(Office::Database::may_be_missing).serve_lock();
  if (!lock) throw Failure(Code::busy, "The server is running: stop it before a restore.");
  const RestoreReport report = restore_backup(context.office(), file, context.clock, context.random);
  if (!report.kept_is_whole)
    say("The replaced database could not be written out whole: it is kept as it is, with its WAL beside it, "
        "and may not "
        "outlive a power cut.");
  json::array devices;
  for (const auto& one : report.devices)
    devices.push_back(json::object{
        {"id", one.device.text()}, {"user", one.owner}, {"last_sync", instant_text(one.last_sync_at)}});
  if (context.json)
    return print_json(json::object{{"taken_at", instant_text(report.taken_at)},
                                   {"kept", report.kept.string()},
                                   {"kept_is_whole", report.kept_is_whole},
                                   {"devices_missed", devices}});
  print("Restored. The newest commit in it is of " + instant_text(report.taken_at) +
        "; what the office itself did since is not in it.\n");
  if (!report.kept.empty())
    print("The replaced database is kept as " + report.kept.string() +
          "; delete it when nobody needs it any more.\n");
  if (report.devices.empty()) return;
  print(
      "These devices have spoken to the server since; their edits come back when they sync (each keeps seven "
      "days at least):\n");
  for (const auto& one : report.devices)
    print("  " + one.device.text() + "  " + printable(one.owner) + "  last sync " +
          instant_text(one.last_sync_at) + "\n");
}

void run_upgrade(CommandContext& context, bool is_dry) {
  const auto run = [&](UpgradeMode mode) {
    return upgrade_office(context.office(), context.clock, context.random, mode);
  };
  UpgradeReport report = run(UpgradeMode::dry_run);
  if (!is_dry && report.from < schema::kVersion) {
    const auto lock = context.office().serve_lock();
    if (!lock) throw Failure(Code::busy, "The server is running: stop it before an upgrade.");
    report = run(UpgradeMode::change);
  }
  const bool is_changed = !report.kept.empty();
  if (context.json) {
    json::array statements;
    for (const std::string& one : report.statements) statements.emplace_back(one);
    return print_json(json::object{{"from", report.from},
                                   {"schema", schema::kVersion},
                                   {"changed", is_changed},
                                   {"kept", report.kept.string()},
                                   {"statements", std::move(statements)}});
  }
  const std::string to = std::to_string(schema::kVersion);
  if (report.from == schema::kVersion)
    return print("The database is of schema version " + to + " already; nothing was changed.\n");
  const std::string way = "from schema version " + std::to_string(report.from) + " to " + to;
  if (is_dry) {
    print("It would be upgraded " + way + ":\n");
    for (const std::string& one : report.statements) print("  " + one + "\n");
    return;
  }
  print("Upgraded " + way +
        ". Devices upgrade when a newer `relance` first opens their replica; until then they are "
        "served as before.\n");
  print("The database as it was is kept as " + report.kept.string() +
        ", verified; delete it when nobody needs it any more.\n");
}

}  // namespace

void add_backup_commands(CLI::App& app, CommandContext& context) {
  auto* backup =
      app.add_subcommand("backup", "An online, consistent copy, read back and verified before it counts");
  auto file = std::make_shared<std::string>();
  backup->add_option("file", *file)->required();
  backup->footer(
      "Example:\n  relance-server backup /mnt/backup/relance-$(date +%F).db\nThe copy is encrypted with "
      "server.key: keep that key elsewhere.");
  backup->callback([&context, file] {
    const BackupReport report = make_backup(context.office(), context.ledger(), *file);
    if (context.json)
      return print_json(json::object{{"file", *file}, {"bytes", report.bytes}, {"cases", report.cases}});
    print("Backup of " + std::to_string(report.cases) + " cases in " + *file + " (" +
          std::to_string(report.bytes >> 10) + " KiB), read back and verified.\n");
  });

  auto* restore =
      app.add_subcommand("restore", "Put a backup in the office's place (the server must be stopped)");
  auto from = std::make_shared<std::string>();
  restore->add_option("file", *from)->required();
  restore->callback([&context, from] { run_restore(context, *from); });

  auto* upgrade =
      app.add_subcommand("upgrade", "Bring the database to this program's schema, after a verified backup");
  auto dry = std::make_shared<bool>(false);
  upgrade->add_flag("--dry-run", *dry, "Say what would be done");
  upgrade->callback([&context, dry] { run_upgrade(context, *dry); });
}

}  // namespace relance::server
