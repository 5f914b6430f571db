// backup, restore and upgrade.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include "host/sqlite.h"
#include "schema/version.h"
#include "server/backup.h"
#include "server/backup_key.h"
#include "server/database.h"
#include "server/office_commands.h"
#include "server/upgrade.h"

namespace relance::server {
namespace {

namespace json = boost::json;

struct RestoreOptions {
  std::string file, key, passphrase_file;
  bool is_test = false;
};

Secret passphrase_of_key(const std::string& file) {
  if (file.empty()) return ask_passphrase("Passphrase of the backup key: ");
  std::string text = read_file(file, 4096);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return Secret::take(std::move(text));
}

OfflineKey offline_key(const RestoreOptions& options) {
  if (options.key.empty()) return std::nullopt;
  return open_backup_key(options.key, passphrase_of_key(options.passphrase_file).view());
}

json::object facts_json(const BackupFacts& facts) {
  return {{"epoch", facts.epoch},
          {"audit_seq", facts.audit_seq},
          {"taken_at", instant_text(facts.taken_at)},
          {"ledger_head", facts.ledger_head}};
}

void tell_restore(const CommandContext& context, const RestoreReport& report) {
  json::array devices;
  for (const auto& one : report.devices)
    devices.push_back(json::object{
        {"id", one.device.text()}, {"user", one.owner}, {"last_sync", instant_text(one.last_sync_at)}});
  if (context.json)
    return print_json(json::object{{"taken_at", instant_text(report.facts.taken_at)},
                                   {"backup", facts_json(report.facts)},
                                   {"kept", report.kept.string()},
                                   {"kept_is_whole", report.kept_is_whole},
                                   {"devices_missed", devices}});
  print("Restored. The newest commit in it is of " + instant_text(report.facts.taken_at) + " (entry " +
        std::to_string(report.facts.audit_seq) +
        " of the audit log); what the office itself did since is not in it.\n");
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

void run_restore(CommandContext& context, const RestoreOptions& options) {
  const OfflineKey key = offline_key(options);
  const std::filesystem::path directory = context.directory();
  make_private_directory(directory);
  const auto lock = LockFile::try_lock(directory / "serve.lock");
  if (!lock) throw Failure(Code::busy, "The server is running: stop it before a restore.");
  const std::filesystem::path making = directory / "relance.db.unpacked";
  const BackupSource source = unpack_backup(options.file, key, directory, making);
  // A new machine has by now the keys that the backup brought, or those that were kept elsewhere; and no database yet.
  const RestoreReport report =
      restore_backup(context.office(Office::Database::may_be_missing), source, context.clock, context.random);
  for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(making.string() + suffix);
  if (!report.kept_is_whole)
    say("The replaced database could not be written out whole: it is kept as it is, with its WAL beside it, "
        "and may not "
        "outlive a power cut.");
  tell_restore(context, report);
}

void run_test(CommandContext& context, const RestoreOptions& options) {
  const OfflineKey key = offline_key(options);
  const bool is_here = std::filesystem::exists(context.directory() / "relance.db");
  const Office* office = is_here ? &context.office() : nullptr;
  if (office == nullptr) make_private_directory(context.directory());
  const BackupTest test = test_backup(options.file, key, office, context.directory() / "restore-test",
                                      context.clock, context.random, context.allow_plaintext);
  if (context.json)
    return print_json(json::object{
        {"backup", facts_json(test.facts)}, {"cases", test.cases}, {"recorded", test.is_recorded}});
  print("The backup of " + instant_text(test.facts.taken_at) + " restores: " + std::to_string(test.cases) +
        " cases, verified. Nothing here was changed.\n");
  if (!test.is_recorded)
    print("This is not the office that it is of: `status` there does not know of this test.\n");
}

void add_backup_key(CLI::App& app, CommandContext& context) {
  auto* command = app.add_subcommand("backup-key", "The offline key that backups are sealed to");
  command->require_subcommand(1);
  auto* init =
      command->add_subcommand("init", "Make it: the private half goes into FILE, to be carried away");
  struct Options {
    std::string file, passphrase_file;
    bool replaces = false;
  };
  auto options = std::make_shared<Options>();
  init->add_option("file", options->file)->required();
  init->add_option("--passphrase-file", options->passphrase_file,
                   "File that holds the passphrase of the private half; else it is asked for");
  init->add_flag("--replace", options->replaces, "In the place of the present one, for backups from now on");
  init->footer(
      "Backups then hold all that an office needs, and open with this file and its passphrase only: keep it, "
      "and a "
      "second copy,\naway from this machine.\nExample:\n  relance-server backup-key init "
      "/media/key/relance-backup.pem");
  init->callback([&context, options] {
    Secret passphrase = passphrase_of_key(options->passphrase_file);
    if (options->passphrase_file.empty() && ask_passphrase("Again: ").view() != passphrase.view())
      throw Failure(Code::refused, "The two passphrases differ; nothing was changed.");
    const std::string organisation = sql::get_meta(context.reading(), "organisation").value_or("");
    const std::string fingerprint = make_backup_key(context.office(), options->file, passphrase.view(),
                                                    organisation, options->replaces, context.clock);
    const Author author = context.author("");
    context.commit([&](Ledger& ledger) {
      Author by = author;
      by.device_id = ledger.office_device();
      ledger.audit(by, "backup.key", fingerprint);
    });
    if (context.json) return print_json(json::object{{"file", options->file}, {"fingerprint", fingerprint}});
    print("Backups are sealed to this key from now on. Carry " + options->file +
          " away, and a second copy of it; then make a backup and try it:\n"
          "  relance-server backup FILE\n  relance-server restore FILE --key " +
          options->file + " --test\n");
  });
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
      "Example:\n  relance-server backup /mnt/backup/relance-$(date +%F).backup\nAfter `backup-key init` it "
      "is sealed "
      "to the offline key, with everything that a new machine needs.\nBefore, it is encrypted with "
      "server.key: keep "
      "that key, ca.key and seal.key elsewhere.");
  backup->callback([&context, file] {
    const BackupReport report = make_backup(context.office(), context.ledger(), *file);
    if (context.json)
      return print_json(json::object{{"file", *file},
                                     {"bytes", report.bytes},
                                     {"cases", report.cases},
                                     {"sealed", report.is_sealed},
                                     {"backup", facts_json(report.facts)}});
    print("Backup of " + std::to_string(report.cases) + " cases in " + *file + " (" +
          std::to_string(report.bytes >> 10) + " KiB), read back and verified.\n");
    if (!report.is_sealed)
      print(
          "It opens with this office's own server.key; `relance-server backup-key init FILE.pem` makes a key "
          "that is "
          "kept elsewhere.\n");
  });
  add_backup_key(app, context);

  auto* restore = app.add_subcommand(
      "restore", "Put a backup in the office's place (the server must be stopped), or test one");
  auto options = std::make_shared<RestoreOptions>();
  restore->add_option("file", options->file)->required();
  restore->add_option("--key", options->key,
                      "The private half of the offline key, for a backup that is sealed to it");
  restore->add_option("--passphrase-file", options->passphrase_file,
                      "File that holds the key's passphrase; else it is asked for");
  restore->add_flag(
      "--test", options->is_test,
      "Restore it beside, verify what rises, and let it go: nothing here changes, the server may run");
  restore->footer(
      "Examples:\n  relance-server --data /srv/relance restore relance-2026-11-21.backup --key "
      "/media/key/relance-backup.pem\n"
      "  relance-server restore relance-2026-11-21.backup --key /media/key/relance-backup.pem --test");
  restore->callback([&context, options] {
    if (options->is_test) return run_test(context, *options);
    run_restore(context, *options);
  });

  auto* upgrade =
      app.add_subcommand("upgrade", "Bring the database to this program's schema, after a verified backup");
  auto dry = std::make_shared<bool>(false);
  upgrade->add_flag("--dry-run", *dry, "Say what would be done");
  upgrade->callback([&context, dry] { run_upgrade(context, *dry); });
}

}  // namespace relance::server
