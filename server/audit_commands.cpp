#include "server/audit_commands.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fstream>

#include "host/csv.h"
#include "host/value_text.h"
#include "server/audit_export.h"
#include "server/case_commands.h"
#include "server/case_reads.h"

namespace relance::server {
namespace {

namespace json = boost::json;

AuditSigner signer_of(CommandContext& context) { return AuditSigner(context.office().audit_key().view()); }

void tell_wrong(const std::vector<std::string>& wrong) {
  for (const std::string& one : wrong) say("Wrong: " + one + ".");
}

json::array texts(const std::vector<std::string>& all) {
  json::array out;
  for (const std::string& one : all) out.emplace_back(one);
  return out;
}

// ---- list ----------------------------------------------------------------------------------------------------------

struct EntryLine {
  std::int64_t seq = 0;
  Ms at = 0;
  std::string user, device, action, detail;
};

// Of a case: the entries whose salt names it, or its debtor. Once it is erased there are none any more.
std::vector<EntryLine> entries_of(sql::Connection& db, const std::optional<Id>& case_id,
                                  const std::string& user, std::int64_t limit) {
  const auto debtor =
      case_id ? sql::id(db, "SELECT debtor_id FROM case_file WHERE id = ?1", *case_id) : std::nullopt;
  std::string where = " WHERE 1";
  if (case_id) where += " AND e.seq IN (SELECT seq FROM audit_salt WHERE case_id = ?1 OR debtor_id = ?2)";
  if (!user.empty()) where += " AND s.name = ?3";
  sql::Query q(db,
               "SELECT e.seq, e.happened_at, coalesce(s.name, ''), coalesce(d.name, ''), e.action,"
               " coalesce((SELECT a.detail FROM audit_salt a WHERE a.seq = e.seq AND a.position = 0), ''),"
               " ?1 IS NULL, ?2 IS NULL, ?3 IS NULL FROM audit_entry e LEFT JOIN staff s ON s.id = e.staff_id"
               " LEFT JOIN device d ON d.id = e.device_id" +
                   where + " ORDER BY e.seq DESC LIMIT ?4",
               case_id, debtor, user, limit);
  std::vector<EntryLine> out;
  while (q.next())
    out.push_back({.seq = q.integer(0),
                   .at = q.integer(1),
                   .user = q.text(2),
                   .device = q.text(3),
                   .action = q.text(4),
                   .detail = q.text(5)});
  return out;
}

struct Options {
  std::string file, case_number, user, from, to, as, device;
  std::int64_t limit = 50;
  bool csv = false;
};

std::optional<Id> case_named(CommandContext& context, const std::string& number) {
  if (number.empty()) return std::nullopt;
  return row_named(context.reading(), schema::table("case_file"), number);
}

void run_list(CommandContext& context, const Options& options) {
  const auto lines =
      entries_of(context.reading(), case_named(context, options.case_number), options.user, options.limit);
  if (context.json) {
    json::array all;
    for (const EntryLine& line : lines)
      all.push_back(json::object{{"seq", line.seq},
                                 {"at", instant_text(line.at)},
                                 {"user", line.user},
                                 {"device", line.device},
                                 {"action", line.action},
                                 {"detail", line.detail}});
    return print_json(json::object{{"entries", std::move(all)}});
  }
  if (options.csv) {
    CsvWriter csv;
    for (const char* title : {"seq", "at", "user", "device", "action", "detail"}) csv.text(title);
    csv.end_row();
    for (const EntryLine& line : lines)
      csv.number(line.seq)
          .text(instant_text(line.at))
          .text(line.user)
          .text(line.device)
          .text(line.action)
          .text(line.detail)
          .end_row();
    return print(csv.content());
  }
  TextTable table({{"entry", TextTable::Align::right}, {"when"}, {"user"}, {"device"}, {"action"}, {"of"}});
  for (const EntryLine& line : lines)
    table.add({std::to_string(line.seq), instant_text(line.at), printable(line.user), printable(line.device),
               printable(line.action), printable(line.detail)});
  print(lines.empty() ? "The log has no such entry.\n" : table.text());
}

void add_list(CLI::App& audit, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* list = audit.add_subcommand("list", "Who did what, newest first");
  list->add_option("--case", options->case_number, "Only what concerns this case: number or id");
  list->add_option("--user", options->user, "Only what this user did");
  list->add_option("--limit", options->limit, "At most so many")->check(CLI::PositiveNumber);
  list->add_flag("--csv", options->csv, "As CSV for a spreadsheet");
  list->footer(
      "Examples:\n  relance-server audit list --limit 20\n  relance-server audit list --case D-000017 --csv");
  list->callback([&context, options] { run_list(context, *options); });
}

// ---- signatures ----------------------------------------------------------------------------------------------------

void run_export(CommandContext& context, const std::string& file) {
  AuditSigner signer = signer_of(context);
  if (std::filesystem::exists(file))
    throw Failure(Code::exists, "The file " + file + " exists already; name another.");
  std::ofstream out(file, std::ios::binary);
  const ExportReport report = export_audit(context.reading(), signer, outside_head(context.office()),
                                           context.clock.now(), [&](std::string_view part) { out << part; });
  out.close();
  if (!out) throw Failure(Code::io, "The file " + file + " could not be written whole; is the disk full?");
  context.exit_code = report.wrong.empty() ? 0 : 1;
  if (context.json)
    return print_json(json::object{{"file", file},
                                   {"entries", report.entries},
                                   {"key", hex(signer.public_key())},
                                   {"signed", report.wrong.empty()},
                                   {"wrong", texts(report.wrong)}});
  tell_wrong(report.wrong);
  print(std::to_string(report.entries) + " entries in " + file + ".\nAudit key " + hex(signer.public_key()) +
        "\nCheck it elsewhere: relance-audit-verify " + file + " --key " + hex(signer.public_key()) + "\n");
}

void run_sign(CommandContext& context) {
  const SignReport report = sign_audit(context.office(), context.ledger());
  context.exit_code = report.wrong.empty() ? 0 : 1;
  if (context.json)
    return print_json(json::object{{"seq", report.head ? report.head->seq : 0},
                                   {"hash", report.head ? hex(report.head->hash) : ""},
                                   {"wrong", texts(report.wrong)}});
  tell_wrong(report.wrong);
  if (report.head)
    print("Signed at entry " + std::to_string(report.head->seq) + ", " + hex(report.head->hash) + ".\n");
}

void run_rekey(CommandContext& context, const std::string& as) {
  const Author author = context.author(as);
  AuditSigner signer = signer_of(context);
  context.commit([&](Ledger& ledger) { take_other_key(ledger, author, signer); });
  run_sign(context);
}

void add_signing(CLI::App& audit, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* out = audit.add_subcommand("export",
                                   "The whole log for another's eyes: ids, codes, times, hashes, signatures");
  out->add_option("file", options->file, "Where to write it")->required();
  out->footer("Example:\n  relance-server audit export audit.jsonl && relance-audit-verify audit.jsonl");
  out->callback([&context, options] { run_export(context, options->file); });
  auto* sign =
      audit.add_subcommand("sign", "Sign how far the log goes, in the database and beside it (audit.head)");
  sign->footer("Example:\n  relance-server audit sign");
  sign->callback([&context] { run_sign(context); });
  auto* rekey = audit.add_subcommand(
      "rekey", "Go on under the audit.key that is there now: the old one was lost, or is in wrong hands");
  rekey->add_option("--as", options->as, "In whose name")->required();
  rekey->footer(
      "Remove audit.key first where a new one is to be made. The log names both keys, devices say once that "
      "they were "
      "shown another.\nExample:\n  relance-server audit rekey --as olga");
  rekey->callback([&context, options] { run_rekey(context, options->as); });
}

// ---- what devices found -----------------------------------------------------------------------------------

std::string_view sentence_of(std::string_view state) {
  if (state == "rewritten")
    return "the log that it was shown does not have this entry any more, or has another";
  if (state == "unanswered") return "the office does not show its log any more";
  if (state == "other_key") return "it was shown a log signed by another key";
  return "a restore took it";
}

void run_findings(CommandContext& context) {
  const auto found = open_findings(context.reading());
  const AuditSigner signer = signer_of(context);
  context.exit_code = 0;
  if (context.json) {
    json::array all;
    for (const DeviceFinding& one : found)
      all.push_back(json::object{{"device", one.device.text()},
                                 {"user", one.owner},
                                 {"state", one.finding.state},
                                 {"epoch", one.finding.head.epoch.text()},
                                 {"seq", one.finding.head.seq},
                                 {"hash", hex(one.finding.head.hash)},
                                 {"signed_at", instant_text(one.finding.head.signed_at)},
                                 {"signed_by_us", signer.has_signed(one.finding.head)},
                                 {"answered", hex(one.finding.answered.value_or(""))},
                                 {"found_at", instant_text(one.finding.found_at)}});
    return print_json(json::object{{"findings", std::move(all)}});
  }
  if (found.empty()) return print("No device holds anything against the audit log.\n");
  for (const DeviceFinding& one : found)
    print(one.device.text() + "  " + printable(one.owner) + "  entry " +
          std::to_string(one.finding.head.seq) + " signed " + instant_text(one.finding.head.signed_at) +
          ": " + std::string(sentence_of(one.finding.state)) +
          (signer.has_signed(one.finding.head) ? "" : " (not signed by the present key)") + "\n");
  print("Look into it (docs/operations.md), then: relance-server audit settle DEVICE --as NAME\n");
}

void add_findings(CLI::App& audit, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* findings =
      audit.add_subcommand("findings", "Heads that devices were given and the log does not have any more");
  findings->footer("Example:\n  relance-server audit findings --json");
  findings->callback([&context] { run_findings(context); });
  auto* settle = audit.add_subcommand("settle", "A person has looked into what a device found");
  settle->add_option("device", options->device, "Its id")->required();
  settle->add_option("--as", options->as, "Who did")->required();
  settle->footer("Example:\n  relance-server audit settle 0d5c… --as olga");
  settle->callback([&context, options] {
    const Author author = context.author(options->as);
    const Id device = row_named(context.reading(), schema::table("device"), options->device);
    std::int64_t settled = 0;
    context.commit([&](Ledger& ledger) { settled = settle_findings(ledger, author, device); });
    if (context.json) return print_json(json::object{{"settled", settled}});
    print(std::to_string(settled) + " findings settled.\n");
  });
}

// ---- reads ------------------------------------------------------------------------------------------------

void run_reads(CommandContext& context, const Options& options) {
  ReadFilter filter{
      .case_id = case_named(context, options.case_number), .user = options.user, .from_on = {}, .to_on = {}};
  if (!filter.case_id && filter.user.empty())
    throw Failure(Code::usage, "Name a case (--case NO) or a user (--user NAME).");
  if (!options.from.empty()) filter.from_on = typed_day(options.from);
  if (!options.to.empty()) filter.to_on = typed_day(options.to);
  const auto lines = list_reads(context.reading(), filter);
  if (context.json) {
    json::array all;
    for (const ReadLine& line : lines)
      all.push_back(json::object{
          {"at", instant_text(line.at)},
          {"user", line.user},
          {"device", line.device},
          {"device_id", line.device_id.text()},
          {"case", line.case_number.empty() ? json::value(nullptr) : json::value(line.case_number)},
          {"action", line.action}});
    return print_json(json::object{{"reads", std::move(all)}});
  }
  if (options.csv) {
    CsvWriter csv;
    for (const char* title : {"at", "user", "device", "case", "action"}) csv.text(title);
    csv.end_row();
    for (const ReadLine& line : lines)
      csv.text(instant_text(line.at))
          .text(line.user)
          .text(line.device)
          .text(line.case_number)
          .text(line.action)
          .end_row();
    return print(csv.content());
  }
  if (lines.empty()) return print("Nobody has, as far as devices have told.\n");
  TextTable table({{"when"}, {"user"}, {"device"}, {"case"}, {"by"}});
  for (const ReadLine& line : lines)
    table.add({instant_text(line.at), printable(line.user), printable(line.device),
               line.case_number.empty() ? "(all)" : printable(line.case_number), printable(line.action)});
  print(table.text());
}

void add_reads(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<Options>();
  auto* reads = app.add_subcommand("reads", "Who read a person's file, when, on which device");
  reads->add_option("--case", options->case_number,
                    "Readings of this case, and those that could show every one");
  reads->add_option("--user", options->user, "Readings by this user");
  reads->add_option("--from", options->from, "From this day on");
  reads->add_option("--to", options->to, "Up to this day");
  reads->add_flag("--csv", options->csv, "As CSV for a spreadsheet");
  reads->footer(
      "Examples:\n  relance-server reads --case D-000017\n  relance-server reads --user paul --from "
      "2026-11-01 --csv\n"
      "The same case by the same command within an hour is one reading. Devices tell theirs when they sync.");
  reads->callback([&context, options] { run_reads(context, *options); });
}

}  // namespace

std::string audit_status(sql::Connection& db) {
  std::int64_t rewritten = 0, other_key = 0, lost = 0;
  for (const DeviceFinding& one : open_findings(db))
    ++(one.finding.state == "lost" ? lost : one.finding.state == "other_key" ? other_key : rewritten);
  std::string out;
  if (rewritten > 0)
    out += "THE AUDIT LOG IS NOT THE ONE THAT WAS SIGNED, as devices that hold its signatures say: " +
           std::to_string(rewritten) + " (relance-server audit findings)\n";
  if (other_key > 0)
    out += "Devices were shown an audit log signed by another key: " + std::to_string(other_key) +
           " (relance-server audit findings)\n";
  if (lost > 0)
    out += "Heads of the audit log that a restore took, as devices say: " + std::to_string(lost) +
           " (relance-server audit findings)\n";
  return out;
}

void add_audit_commands(CLI::App& app, CommandContext& context) {
  auto* audit =
      app.add_subcommand("audit", "The log of who did what: list, export, sign, findings of devices");
  audit->require_subcommand(1);
  add_list(*audit, context);
  add_signing(*audit, context);
  add_findings(*audit, context);
  add_reads(app, context);
}

}  // namespace relance::server
