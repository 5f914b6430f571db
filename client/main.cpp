// The agent's program: options and commands, and the one place where a failure becomes a sentence.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <cstring>

#include "client/commands.h"
#include "host/private_memory.h"

namespace {

using namespace relance;          // NOLINT(google-build-using-namespace): the program's own
using namespace relance::client;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kCasesShown = 50;  // `cases` without --limit: a screen or two

// RELANCE_PASSPHRASE, overwritten where it stood: /proc/PID/environ shows that memory to the whole account.
Secret passphrase_from_environment() {
  char* given = std::getenv("RELANCE_PASSPHRASE");
  if (given == nullptr) return {};
  Secret out{std::string_view(given)};
  ::explicit_bzero(given, std::strlen(given));
  ::unsetenv("RELANCE_PASSPHRASE");
  return out;
}

// Needed before the command line is read: help and its errors are in the person's language, and in JSON if asked.
std::string early_option(int argc, char** argv, std::string_view name) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == name && i + 1 < argc) return argv[i + 1];
    if (word.starts_with(name) && word.size() > name.size() && word[name.size()] == '=')
      return std::string(word.substr(name.size() + 1));
  }
  return {};
}

bool has_word(int argc, char** argv, std::string_view word) {
  for (int i = 1; i < argc; ++i)
    if (argv[i] == word) return true;
  return false;
}

struct Arguments {
  std::string code, name, every = "30s", number, as_of, table, row, text, conflict, idle = "10m",
                          new_passphrase_file, kind, passage, out;
  std::vector<std::string> columns, take;
  CasesOptions cases{.limit = kCasesShown};
  std::int64_t n = 0;
  bool watch = false, csv = false, keep_note = false;
  DeclaredPayment payment;
};

// The command line as CLI11 sees it. `chosen` is what the parsed command will do.
class CommandLine {
 public:
  explicit CommandLine(Lang lang) : lang_(lang), app_(words(Text::about), "relance") {
    app_.set_help_flag("-h,--help", words(Text::opt_help));
    app_.set_version_flag("--version", "relance " RELANCE_VERSION, words(Text::opt_version));
    app_.add_option("--home", options.home, words(Text::opt_home))->type_name("DIR");
    app_.add_flag("--json", options.json, words(Text::opt_json));
    app_.add_option("--lang", lang_name_, words(Text::opt_lang))->type_name("fr|en");
    app_.add_option("--passphrase-file", options.passphrase_file, words(Text::opt_passphrase_file))
        ->type_name("FILE");
    app_.add_flag("--allow-plaintext", options.allow_plaintext, words(Text::opt_plaintext));
    app_.footer(words(Text::env_note) +
                examples({"relance enrol CODE", "relance cases --search boulangerie",
                          "relance add contact_event case_id=2026-0012 outcome=reached note=\"...\"",
                          "relance sync"}));
    app_.require_subcommand(1);
    add_daily();
    add_work_commands(
        app_, lang_,
        [this](CLI::App& parent, const std::string& name, Text text, const std::vector<std::string>& lines,
               Run run) { return add(parent, name, text, lines, std::move(run)); });
    add_edits();
    add_letters();
    add_outbox();
    add_conflicts();
    add_keys();
    translate(app_);
  }

  void parse(int argc, char** argv) { app_.parse(argc, argv); }
  [[nodiscard]] int exit(const CLI::ParseError& end) const { return app_.exit(end); }

  /// CLI11 says "a subcommand is required" of a misspelt one too.
  [[nodiscard]] std::string why_not(const CLI::ParseError& error) const {
    const auto left = app_.remaining(true);
    if (app_.get_subcommands().empty() && !left.empty())
      return phrase(lang_, Text::no_such_command, {printable(left.front())});
    std::string detail = printable(error.what());
    if (!detail.ends_with('.')) detail += '.';
    return phrase(lang_, Text::usage_error, {detail});
  }

  DeskOptions options;
  std::function<int(Desk&)> chosen;

 private:
  using Run = std::function<int(Desk&)>;

  [[nodiscard]] std::string words(Text text) const { return phrase(lang_, text); }

  [[nodiscard]] std::string examples(const std::vector<std::string>& lines) const {
    std::string out = "\n" + words(Text::examples);
    for (const std::string& line : lines) out += "\n  " + line;
    return out;
  }

  CLI::App* add(CLI::App& parent, const std::string& name, Text text, const std::vector<std::string>& lines,
                Run run) {
    CLI::App* command = parent.add_subcommand(name, words(text))->group(words(Text::label_commands));
    command->fallthrough();  // --json may stand behind the command
    command->footer(examples(lines));
    command->callback([this, command, run = std::move(run)] {
      if (command->get_subcommands().empty()) chosen = run;  // else the one below has been chosen
    });
    return command;
  }

  void number_of(CLI::App* command) {
    command->add_option("N", a_.n, words(Text::arg_n))->required()->type_name("");
  }
  CLI::Option* columns_of(CLI::App* command) {
    return command->add_option("columns", a_.columns, words(Text::arg_columns))->required()->type_name("");
  }

  void add_daily();
  void add_edits();
  void add_letters();
  void add_outbox();
  void add_conflicts();
  void add_keys();
  void translate(CLI::App& app) const;

  Lang lang_;
  std::string lang_name_;
  Arguments a_;
  CLI::App app_;
};

void CommandLine::add_daily() {
  CLI::App* enrol = add(app_, "enrol", Text::cmd_enrol,
                        {"relance enrol 04g3k-...", "relance enrol CODE --name \"PC Claire\""},
                        [this](Desk& desk) { return run_enrol(desk, a_.code, a_.name); });
  enrol->add_option("CODE", a_.code, words(Text::arg_code))->required()->type_name("");
  enrol->add_option("--name", a_.name, words(Text::arg_name))->type_name("TEXT");
  CLI::App* sync = add(app_, "sync", Text::cmd_sync, {"relance sync", "relance sync --watch"},
                       [this](Desk& desk) { return a_.watch ? run_watch(desk, a_.every) : run_sync(desk); });
  sync->add_flag("--watch", a_.watch, words(Text::arg_watch));
  sync->add_option("--every", a_.every, words(Text::arg_every))->type_name("TIME");
  add(app_, "status", Text::cmd_status, {"relance status", "relance status --json"}, run_status);
  CLI::App* cases = add(app_, "cases", Text::cmd_cases,
                        {"relance cases", "relance cases --search \"meunier 2026\" --limit 10",
                         "relance cases --due-today --csv", "relance cases --no-contact-since 30"},
                        [this](Desk& desk) { return run_cases(desk, a_.cases); });
  add_case_filters(*cases, lang_, a_.cases);
  CLI::App* one =
      add(app_, "case", Text::cmd_case, {"relance case D-000012", "relance case D-000012 --as-of 2026-06-30"},
          [this](Desk& desk) { return run_case(desk, a_.number, a_.as_of); });
  one->add_option("--as-of", a_.as_of, words(Text::as_of_arg))->type_name("DATE");
  one->add_option("NO", a_.number, words(Text::arg_number))->required()->type_name("");
}

void CommandLine::add_edits() {
  CLI::App* edit = add(
      app_, "edit", Text::cmd_edit,
      {"relance edit case_file 2026-0012 next_action_on=2026-12-01", "relance edit debtor ID language=fr"},
      [this](Desk& desk) { return run_edit(desk, a_.table, a_.row, a_.columns); });
  edit->add_option("TABLE", a_.table, words(Text::arg_table))->required()->type_name("");
  edit->add_option("ID", a_.row, words(Text::arg_id))->required()->type_name("");
  columns_of(edit);
  CLI::App* add_row = add(app_, "add", Text::cmd_add,
                          {"relance add promise case_id=2026-0012 amount_cents=25000 due_on=2026-12-05",
                           "relance add contact_event case_id=2026-0012 channel=call outcome=no_answer"},
                          [this](Desk& desk) { return run_add(desk, a_.table, a_.columns); });
  add_row->add_option("TABLE", a_.table, words(Text::arg_table))->required()->type_name("");
  columns_of(add_row);
  CLI::App* payment =
      add(app_, "payment", Text::payment_cmd,
          {"relance payment 2026-0012 250", "relance payment 2026-0012 250 --on 2026-11-20 --means cheque"},
          [this](Desk& desk) { return run_payment(desk, a_.number, a_.payment); });
  payment->add_option("NO", a_.number, words(Text::arg_number))->required()->type_name("");
  payment->add_option("AMOUNT", a_.payment.amount, words(Text::payment_amount))->required()->type_name("");
  payment->add_option("--on", a_.payment.on, words(Text::payment_on))->type_name("DATE");
  payment->add_option("--means", a_.payment.means, words(Text::payment_means))->type_name("WORD");
  payment->add_option("--says", a_.payment.says, words(Text::payment_says))->type_name("TEXT");
  CLI::App* sql = add(app_, "sql", Text::cmd_sql, {"relance sql \"SELECT number, stage FROM case_file\""},
                      [this](Desk& desk) { return client::run_query(desk, a_.text); });
  sql->add_option("SELECT", a_.text, words(Text::arg_sql))->required()->type_name("");
}

void CommandLine::add_letters() {
  CLI::App* letter = add(
      app_, "letter", Text::cmd_letter,
      {"relance letter propose 2026-0012 reminder_2", "relance letter file L-2026-000042 --out courrier.pdf"},
      [](Desk&) { return 0; });
  letter->require_subcommand(1);
  CLI::App* propose = add(
      *letter, "propose", Text::cmd_letter_propose,
      {"relance letter propose 2026-0012 reminder_2 --passage \"Suite à notre appel ...\""},
      [this](Desk& desk) { return run_letter_propose(desk, a_.number, a_.kind, a_.passage, a_.keep_note); });
  propose->add_option("NO", a_.number, words(Text::arg_number))->required()->type_name("");
  propose->add_option("KIND", a_.kind, words(Text::arg_letter_kind))->required()->type_name("");
  propose->add_option("--passage", a_.passage, words(Text::arg_passage))->type_name("TEXT");
  propose->add_flag("--keep-note", a_.keep_note, words(Text::arg_keep_note));
  CLI::App* file =
      add(*letter, "file", Text::cmd_letter_file, {"relance letter file L-2026-000042 --out courrier.pdf"},
          [this](Desk& desk) { return run_letter_file(desk, a_.number, a_.out); });
  file->add_option("NUMBER", a_.number, words(Text::arg_letter))->required()->type_name("");
  file->add_option("--out", a_.out, words(Text::arg_out))->required()->type_name("FILE");

  CLI::App* receipt = add(app_, "receipt", Text::cmd_receipt, {"relance receipt slip ID --out recu.txt"},
                          [](Desk&) { return 0; });
  receipt->require_subcommand(1);
  CLI::App* slip = add(*receipt, "slip", Text::cmd_receipt_slip, {"relance receipt slip ID --out recu.txt"},
                       [this](Desk& desk) { return run_receipt_slip(desk, a_.row, a_.out); });
  slip->add_option("PAYMENT", a_.row, words(Text::arg_payment))->required()->type_name("");
  slip->add_option("--out", a_.out, words(Text::arg_out))->required()->type_name("FILE");
}

void CommandLine::add_outbox() {
  CLI::App* outbox =
      add(app_, "outbox", Text::cmd_outbox,
          {"relance outbox", "relance outbox undo 12", "relance outbox amend 12 due_on=2026-12-08"},
          [this](Desk& desk) { return run_outbox(desk, a_.csv); });
  outbox->add_flag("--csv", a_.csv, words(Text::arg_csv));
  number_of(add(*outbox, "undo", Text::cmd_undo, {"relance outbox undo 12"},
                [this](Desk& desk) { return run_undo(desk, a_.n); }));
  CLI::App* amend = add(*outbox, "amend", Text::cmd_amend, {"relance outbox amend 12 due_on=2026-12-08"},
                        [this](Desk& desk) { return run_amend(desk, a_.n, a_.columns); });
  number_of(amend);
  columns_of(amend);

  CLI::App* refused = add(app_, "refused", Text::cmd_refused,
                          {"relance refused", "relance refused resend 12", "relance refused discard 12"},
                          [this](Desk& desk) { return run_refused(desk, a_.csv); });
  refused->add_flag("--csv", a_.csv, words(Text::arg_csv));
  number_of(add(*refused, "resend", Text::cmd_resend, {"relance refused resend 12"},
                [this](Desk& desk) { return run_resend(desk, a_.n, {}); }));
  CLI::App* change =
      add(*refused, "amend", Text::cmd_refused_amend, {"relance refused amend 12 amount_cents=20000"},
          [this](Desk& desk) { return run_resend(desk, a_.n, a_.columns); });
  number_of(change);
  columns_of(change);
  number_of(add(*refused, "discard", Text::cmd_discard, {"relance refused discard 12"},
                [this](Desk& desk) { return run_discard(desk, a_.n); }));
}

void CommandLine::add_conflicts() {
  add(app_, "conflicts", Text::cmd_conflicts, {"relance conflicts", "relance conflicts --json"},
      [this](Desk& desk) { return run_conflicts(desk, a_.csv); })
      ->add_flag("--csv", a_.csv, words(Text::arg_csv));
  CLI::App* conflict =
      add(app_, "conflict", Text::cmd_conflict, {"relance conflict resolve ID --take proposed"},
          [](Desk& desk) { return run_conflicts(desk); });
  conflict->require_subcommand(1);
  CLI::App* resolve = add(*conflict, "resolve", Text::cmd_resolve,
                          {"relance conflict resolve ID --take current",
                           "relance conflict resolve ID --take legal_name=\"Paul SARL\""},
                          [this](Desk& desk) { return run_resolve(desk, a_.conflict, a_.take); });
  resolve->add_option("ID", a_.conflict, words(Text::arg_conflict))->required()->type_name("");
  resolve->add_option("--take", a_.take, words(Text::arg_take))->required()->type_name("");
  add(app_, "verify", Text::cmd_verify, {"relance verify"}, run_verify);
}

void CommandLine::add_keys() {
  CLI::App* unlock = add(app_, "unlock", Text::cmd_unlock, {"relance unlock", "relance unlock --idle 2h"},
                         [this](Desk& desk) { return run_unlock(desk, a_.idle); });
  unlock->add_option("--idle", a_.idle, words(Text::arg_idle))->type_name("TIME");
  add(app_, "lock", Text::cmd_lock, {"relance lock"}, run_lock);
  CLI::App* change = add(app_, "passphrase", Text::cmd_passphrase, {"relance passphrase"},
                         [this](Desk& desk) { return run_passphrase(desk, a_.new_passphrase_file); });
  change->add_option("--new-passphrase-file", a_.new_passphrase_file, words(Text::arg_new_passphrase_file))
      ->type_name("FILE");
  CLI::App* recover = add(app_, "recover", Text::cmd_recover, {"relance recover 04g3k-..."},
                          [this](Desk& desk) { return run_recover(desk, a_.code, a_.new_passphrase_file); });
  recover->add_option("CODE", a_.code, words(Text::arg_recover_code))->required()->type_name("");
  recover->add_option("--new-passphrase-file", a_.new_passphrase_file, words(Text::arg_new_passphrase_file))
      ->type_name("FILE");
  add(app_, "doctor", Text::cmd_doctor, {"relance doctor", "relance doctor --json"}, run_doctor);
}

// CLI11's own words, and the help flag, in every command.
void CommandLine::translate(CLI::App& app) const {
  app.get_formatter()->column_width(34);
  for (const auto& [label, text] : {std::pair{"Usage", Text::label_usage},
                                    {"Options", Text::label_options},
                                    {"OPTIONS", Text::label_options},
                                    {"Subcommands", Text::label_commands},
                                    {"SUBCOMMAND", Text::label_commands},
                                    {"SUBCOMMANDS", Text::label_commands},
                                    {"Positionals", Text::label_arguments}})
    app.get_formatter()->label(label, words(text));
  app.get_formatter()->label("REQUIRED", "");
  app.set_help_flag("-h,--help", words(Text::opt_help));
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) translate(*command);
}

int run(int argc, char** argv, Secret passphrase, ErrorReport& report) {
  report.use_json(has_word(argc, argv, "--json"));
  const Lang lang = language_from(early_option(argc, argv, "--lang"));
  report.translate([lang](const Failure& failure) {
    return dynamic_cast<const SpokenFailure*>(&failure) != nullptr ? failure.message()
                                                                   : failure_text(lang, failure);
  });
  CommandLine line(lang);
  try {
    line.parse(argc, argv);
  } catch (const CLI::ParseError& end) {
    if (end.get_exit_code() == 0) return line.exit(end);  // --help, --version
    throw SpokenFailure(Code::usage, line.why_not(end));
  }
  Desk desk(lang, line.options, std::move(passphrase), report);
  return line.chosen(desk);
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(077);  // the database engine makes its files by it
  Secret passphrase = passphrase_from_environment();
#ifndef RELANCE_SANITIZED
  keep_memory_private();  // the leak checker looks into its own process
#endif
  ErrorReport report("relance");
  return run_reported(report, [&] { return run(argc, argv, std::move(passphrase), report); });
}
