#include "server/bank_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>

#include "host/csv.h"
#include "host/local_day.h"
#include "host/value_text.h"
#include "rules/money.h"
#include "server/bank_import.h"
#include "server/bank_matching.h"
#include "server/case_commands.h"
#include "server/edit_batch.h"
#include "server/ledger_booking.h"
#include "server/receipts.h"
#include "server/refused_file.h"
#include "server/rows.h"

namespace relance::server {
namespace {

namespace json = boost::json;

// ---- import bank -----------------------------------------------------------------------------------------------

struct ImportCommand {
  std::string file, as;
  BankImportOptions options;
};

json::object report_json(const BankImportReport& r) {
  json::array notices;
  for (const std::string& notice : r.notices) notices.emplace_back(notice);
  return {{"format", name_of(r.format)},
          {"statements", r.statements},
          {"lines_read", r.lines_read},
          {"lines_kept", r.lines_kept},
          {"lines_other", r.lines_other},
          {"lines_pending", r.lines_pending},
          {"lines_new", r.lines_new},
          {"lines_known", r.lines_known},
          {"lines_erased", r.lines_erased},
          {"refused", json::array{}},
          {"received_cents", r.received_cents},
          {"returned_cents", r.returned_cents},
          {"first_on", r.first_on},
          {"last_on", r.last_on},
          {"notices", notices},
          {"dry_run", r.dry_run}};
}

std::string report_text(const BankImportReport& r) {
  const auto n = [](std::int64_t count) { return std::to_string(count); };
  std::string out = r.dry_run ? "Dry run: nothing is stored.\n" : "";
  if (r.lines_new == 0)
    out += "Nothing new: every line of this file is stored already, or concerns no debtor.\n";
  out += "File       " + std::string(name_of(r.format)) + ", " + std::to_string(r.statements) + " statements";
  if (!r.first_on.empty()) out += ", " + r.first_on + " to " + r.last_on;
  out += "\nLines      " + n(r.lines_read) + " read: " + n(r.lines_kept) + " receipts and returns, " +
         n(r.lines_other) + " paid out and forgotten";
  if (r.lines_pending > 0) out += ", " + n(r.lines_pending) + " not booked yet";
  out += "\nNew        " + n(r.lines_new) + ", known " + n(r.lines_known) + "\nReceived   " +
         money_text(r.received_cents) + " new, returned " + money_text(r.returned_cents) + "\n";
  if (r.lines_erased > 0) out += "Passed by  " + n(r.lines_erased) + ": of persons who were erased here\n";
  for (const std::string& notice : r.notices) out += "Notice     " + notice + "\n";
  return out;
}

void run_import(CommandContext& context, ImportCommand& command) {
  static_cast<void>(context.office());  // a wrong data directory is said before a large file is read
  const BankSource source = read_bank_source(command.file);
  command.options.author = context.author(command.as);
  try {
    DirectCommitter committer(context.ledger());
    const BankImportReport report = command.options.dry_run
                                        ? preview_bank(context.reading(), source, command.options)
                                        : import_bank(committer, source, command.options);
    if (context.json)
      print_json(report_json(report));
    else
      print(report_text(report));
  } catch (const Failure& failure) {
    if (failure.code() != Code::bad_file) throw;
    context.exit_code = tell_refused(context, failure, refused_file(source.file));
  }
}

// ---- bank ------------------------------------------------------------------------------------------------------

json::object line_json(const BankLineRow& line) {
  json::array proposals;
  for (const LineProposal& one : line.proposals) {
    json::array reasons;
    for (const std::string_view reason : one.reasons) reasons.emplace_back(reason);
    proposals.push_back(json::object{{"case_id", one.case_id.text()},
                                     {"case", one.number},
                                     {"debtor", one.debtor},
                                     {"score", one.score},
                                     {"reasons", reasons}});
  }
  return {{"id", line.id.text()},        {"key", line.key()},
          {"reference", line.reference}, {"booked_on", line.booked_on},
          {"value_on", line.value_on},   {"amount_cents", line.amount_cents},
          {"currency", line.currency},   {"label", line.label},
          {"payer", line.payer},         {"return_code", line.return_code},
          {"state", line.state},         {"case", line.case_number},
          {"proposals", proposals}};
}

std::string proposal_text(const BankLineRow& line) {
  if (line.state != "open") return line.state + (line.case_number.empty() ? "" : " " + line.case_number);
  std::string out;
  for (const LineProposal& one : line.proposals) {
    out += (out.empty() ? "" : "; ") + one.number + " (";
    for (std::size_t i = 0; i < one.reasons.size(); ++i)
      out += (i == 0 ? "" : ", ") + std::string(one.reasons[i]);
    out += ")";
  }
  return out.empty() ? "no proposal" : out;
}

std::string lines_csv(const std::vector<BankLineRow>& lines) {
  CsvWriter csv;
  for (const char* title : {"key", "booked_on", "amount", "currency", "payer", "label", "return_code",
                            "state", "case", "proposals"})
    csv.text(title);
  csv.end_row();
  for (const BankLineRow& line : lines) {
    csv.text(line.key()).text(line.booked_on).cents(line.amount_cents).text(line.currency).text(line.payer);
    csv.text(line.label).text(line.return_code).text(line.state).text(line.case_number);
    csv.text(line.state == "open" ? proposal_text(line) : "").end_row();
  }
  return csv.content();
}

struct ListFlags {
  bool open = false, all = false, csv = false;
};

void list_lines(CommandContext& context, const ListFlags& flags) {
  const bool all = flags.all && !flags.open;
  const std::vector<BankLineRow> lines = bank_lines(context.reading(), !all, local_day(context.clock.now()));
  if (flags.csv) return print(lines_csv(lines));
  if (context.json) {
    json::array out;
    for (const BankLineRow& line : lines) out.push_back(line_json(line));
    return print_json(json::object{{"lines", out}});
  }
  if (lines.empty()) return print(all ? "There are no lines.\n" : "No line is open.\n");
  TextTable table({{"key"},
                   {"booked"},
                   {"amount", TextTable::Align::right},
                   {"payer", TextTable::Align::left, 24},
                   {"label", TextTable::Align::left, 32},
                   {"case", TextTable::Align::left, 60}});
  for (const BankLineRow& line : lines)
    table.add({line.key(), line.booked_on, cents_text(line.amount_cents), line.payer, line.label,
               proposal_text(line)});
  print(table.text());
}

struct MatchCommand {
  std::string line, case_number, as, interest, indemnity, payment;
  std::vector<std::string> pieces;
};

std::int64_t typed_money(const std::string& text, std::string_view what) {
  if (text.empty()) return 0;
  const auto cents = parse_cents(text);
  if (!cents || *cents < 0)
    throw Failure(Code::usage, std::string(what) + " is an amount in euros, written 1234.56 or 1234,56.");
  return *cents;
}

std::optional<Id> typed_id(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto id = Id::parse(text);
  if (!id) throw Failure(Code::usage, "A payment is named by its id, as `relance-server case` shows it.");
  return id;
}

json::object made_json(const PaymentMade& made) {
  json::array parts;
  for (const AllocatedPart& part : made.parts)
    parts.push_back(
        json::object{{"part", name_of(part.part)}, {"piece", part.piece}, {"amount_cents", part.cents}});
  return {{"payment_id", made.payment.text()},
          {"declared_id", made.declared ? json::value(made.declared->text()) : json::value(nullptr)},
          {"receipt", made.receipt_number},
          {"allocations", parts},
          {"left_cents", made.left_cents},
          {"in_ledger", made.is_in_ledger}};
}

std::string made_text(const PaymentMade& made) {
  std::string out = "Received, receipt " + made.receipt_number + "\n";
  for (const AllocatedPart& part : made.parts)
    out += "  " + cents_text(part.cents) + " on " + std::string(name_of(part.part)) +
           (part.piece.empty() ? "" : " of " + printable(part.piece)) + "\n";
  if (made.left_cents > 0) out += "  " + cents_text(made.left_cents) + " left to the debtor's credit\n";
  if (made.is_in_ledger) out += "  the ledger shows it already: it counts once\n";
  return out;
}

void tell_made(const CommandContext& context, const PaymentMade& made) {
  if (context.json)
    print_json(made_json(made));
  else
    print(made_text(made));
}

// Before it is stored: afterwards the claims bear less interest.
void hint_interest(CommandContext& context, const Id& case_id, const std::string& given) {
  if (!given.empty()) return;
  const std::string today = local_day(context.clock.now());
  try {
    const std::int64_t cents = unbooked_interest(context.reading(), case_id, today);
    if (cents > 0)
      say("Late interest to " + today + " is " + cents_text(cents) +
          " and is not booked: --interest claims it, and the payment goes to it first.");
  } catch (const Failure& failure) {  // a rule is missing: no reason to turn money away
    say(failure.message());
  }
}

void run_match(CommandContext& context, const MatchCommand& command) {
  sql::Connection& db = context.reading();
  const Id line = bank_line_named(db, command.line);
  const LineMatch match{.case_id = row_named(db, schema::table("case_file"), command.case_number),
                        .pieces = command.pieces,
                        .interest_cents = typed_money(command.interest, "--interest"),
                        .indemnity_cents = typed_money(command.indemnity, "--indemnity"),
                        .payment = typed_id(command.payment)};
  const Author author = context.author(command.as);
  hint_interest(context, match.case_id, command.interest);
  MatchedLine done;
  context.commit([&](Ledger& ledger) {
    done = match_line(ledger, author, line, match, local_day(context.clock.now()));
  });
  if (done.made) return tell_made(context, *done.made);
  if (context.json)
    return print_json(json::object{{"payment_id", done.returned->payment.text()},
                                   {"returned_cents", done.returned->amount_cents},
                                   {"reopened_cents", done.returned->reopened_cents},
                                   {"case_reopened", done.returned->is_case_open_again}});
  print(
      "Returned: " + cents_text(done.returned->amount_cents) + " is owed again, due as before." +
      (done.returned->is_case_open_again ? " The case, which an import had closed, is open again.\n" : "\n"));
}

void run_ignore(CommandContext& context, const std::string& name, const std::string& as) {
  const Id line = bank_line_named(context.reading(), name);
  const Author author = context.author(as);
  context.commit([&](Ledger& ledger) { ignore_line(ledger, author, line); });
  if (context.json) return print_json(json::object{{"id", line.text()}, {"state", "ignored"}});
  print(line.text() + "\n");
}

void list_unbooked(CommandContext& context) {
  const auto payments = unbooked_payments(context.reading());
  if (context.json) {
    json::array out;
    for (const UnbookedPayment& one : payments)
      out.push_back(json::object{{"payment_id", one.id.text()},
                                 {"case", one.case_number},
                                 {"state", one.state},
                                 {"paid_on", one.paid_on},
                                 {"amount_cents", one.cents}});
    return print_json(json::object{{"payments", out}});
  }
  if (payments.empty()) return print("The ledgers show every payment.\n");
  TextTable table({{"payment"}, {"case"}, {"state"}, {"paid"}, {"amount", TextTable::Align::right}});
  for (const UnbookedPayment& one : payments)
    table.add({one.id.text(), one.case_number, one.state, one.paid_on, cents_text(one.cents)});
  print(table.text());
}

// A person says which entry a payment is, where amounts or days do not.
void run_book(CommandContext& context, const std::string& payment_name, const std::string& entry_name,
              const std::string& as) {
  const auto payment = Id::parse(payment_name), entry = Id::parse(entry_name);
  if (!payment || !entry) throw Failure(Code::usage, "Payment and entry are named by their ids.");
  const Author author = context.author(as);
  std::int64_t cents = 0;
  context.commit([&](Ledger& ledger) {
    sql::Connection& db = ledger.db();
    const auto row = load_row(db, schema::table("entry"), *entry);
    const auto owner = sql::id(db, "SELECT case_id FROM payment WHERE id = ?1", *payment);
    if (!row || !owner || id_of(schema::table("entry"), *row, "case_id") != owner)
      throw Failure(Code::refused, "There is no such payment and entry on one case. Nothing was stored.");
    for (const UnbookedPayment& one : unbooked_payments(db, std::nullopt, *owner))
      if (one.id == *payment) cents = one.cents;
    const std::int64_t amount = number_of(schema::table("entry"), *row, "amount_cents");
    const std::int64_t taken =
        sql::number(db,
                    "SELECT coalesce(CAST(sum(amount_cents) AS BIGINT), 0) FROM allocation"
                    " WHERE entry_id = ?1 AND payment_id IS NOT NULL AND undone = 0",
                    *entry)
            .value_or(0);
    // What other payments have of the entry is theirs.
    const std::int64_t left = std::max<std::int64_t>(std::abs(amount) - std::abs(taken), 0);
    const std::int64_t shown = amount < 0 ? -left : left;
    if (left == 0) cents = 0;
    if (cents == 0 || (cents > 0) == (shown > 0))
      throw Failure(Code::refused,
                    "The ledger shows the whole payment already, or the entry is of the other sign. Nothing "
                    "was stored.");
    cents = std::min(std::abs(cents), std::abs(shown));
    RowIds ids(ledger.random(), ledger.now());
    EditBatch edits(ledger, author, "bank.book");
    edits.add(booking_op(ids.next(), *owner, *payment, *entry, cents));
    edits.flush();
  });
  if (context.json) return print_json(json::object{{"payment_id", payment->text()}, {"amount_cents", cents}});
  print("The entry stands for " + cents_text(cents) + " of the payment: it counts once.\n");
}

// ---- payment: what did not come over the bank's file ---------------------------------------------------------------

struct PaymentCommand {
  std::string case_number, amount, on, means = "cheque", as, interest, indemnity, declared;
};

void run_payment(CommandContext& context, const PaymentCommand& command) {
  const std::string today = local_day(context.clock.now());
  Receipt receipt{.case_id = row_named(context.reading(), schema::table("case_file"), command.case_number),
                  .amount_cents = typed_money(command.amount, "AMOUNT"),
                  .paid_on = command.on.empty() ? today : command.on,
                  .means = command.means,
                  .declared = typed_id(command.declared),
                  .interest_cents = typed_money(command.interest, "--interest"),
                  .indemnity_cents = typed_money(command.indemnity, "--indemnity")};
  const Author author = context.author(command.as);
  hint_interest(context, receipt.case_id, command.interest);
  PaymentMade made;
  context.commit([&](Ledger& ledger) { made = receive_payment(ledger, author, receipt, today); });
  tell_made(context, made);
}

void add_payment_command(CLI::App& app, CommandContext& context) {
  auto* payment = app.add_subcommand(
      "payment",
      "Money that was received otherwise than over a bank's file: with receipt, set against what is owed");
  auto command = std::make_shared<PaymentCommand>();
  payment->add_option("case", command->case_number, "The case, by its number")->required();
  payment->add_option("amount", command->amount, "Euros, as 250 or 1234.56")->required();
  payment->add_option("--on", command->on, "The day on which it came (else today)");
  payment->add_option("--means", command->means,
                      "cheque, cash, card, transfer, direct_debit or bill_of_exchange");
  payment->add_option("--interest", command->interest, "Late interest that is booked with it, in euros");
  payment->add_option("--indemnity", command->indemnity,
                      "The fixed indemnity that is booked with it, in euros: of traders, once an invoice");
  payment->add_option("--declared", command->declared, "Id of the declared payment that it is");
  payment->add_option("--as", command->as, "In whose name (role office)")->required();
  payment->footer(
      "Example:\n  relance-server payment D-000017 250 --on 2026-11-20 --means cheque --as nadia");
  payment->callback([&context, command] { run_payment(context, *command); });
}

void run_receipts(CommandContext& context, const std::string& as) {
  if (!as.empty()) {
    const Author author = context.author(as);
    std::int64_t given = 0;
    context.commit([&](Ledger& ledger) {
      given = give_missing_receipts(ledger, author, local_day(context.clock.now()));
    });
    if (context.json) return print_json(json::object{{"given", given}});
    return print(std::to_string(given) + " receipts numbered\n");
  }
  const auto missing = payments_without_receipt(context.reading());
  json::array out;
  TextTable table({{"payment"}, {"case"}, {"paid"}, {"amount", TextTable::Align::right}});
  for (const Unreceipted& one : missing) {
    out.push_back(json::object{{"payment_id", one.payment.text()},
                               {"case", one.case_number},
                               {"paid_on", one.paid_on},
                               {"amount_cents", one.amount_cents}});
    table.add({one.payment.text(), one.case_number, one.paid_on, cents_text(one.amount_cents)});
  }
  if (context.json) return print_json(json::object{{"missing", out}});
  print(missing.empty() ? "Every received payment has its receipt.\n" : table.text());
}

void add_receipts_command(CLI::App& app, CommandContext& context) {
  auto* receipts = app.add_subcommand("receipts", "Received payments that have no receipt yet");
  auto as = std::make_shared<std::string>();
  auto* give = receipts->add_subcommand("give", "Number a receipt for each of them");
  give->add_option("--as", *as, "In whose name (role office)")->required();
  receipts->require_subcommand(0, 1);
  receipts->footer(
      "What comes over `bank match` and `payment` has its receipt at once.\n"
      "Examples:\n  relance-server receipts\n  relance-server receipts give --as nadia");
  give->footer("Example:\n  relance-server receipts give --as nadia");
  receipts->callback([&context, as] { run_receipts(context, *as); });
}

void add_match(CLI::App& bank, CommandContext& context) {
  auto* match = bank.add_subcommand(
      "match", "Say which case a line is for: it becomes a payment, or the return of one");
  auto command = std::make_shared<MatchCommand>();
  match->add_option("line", command->line, "The line, by its key, reference or id")->required();
  match->add_option("case", command->case_number, "The case, by its number")->required();
  match->add_option("--piece", command->pieces,
                    "Pieces that the debtor pays by it (else those that the bank's text names)");
  match->add_option("--interest", command->interest, "Late interest that is booked with it, in euros");
  match->add_option("--indemnity", command->indemnity,
                    "The fixed indemnity that is booked with it, in euros: of traders, once an invoice");
  match->add_option("--payment", command->payment,
                    "Id of the declared payment that it is, or of the one that came back");
  match->add_option("--as", command->as, "In whose name (role office)")->required();
  match->footer(
      "Examples:\n"
      "  relance-server bank match 3fa9c2d1 D-000017 --as nadia\n"
      "  relance-server bank match 3fa9c2d1 D-000017 --piece FA2026-0012 --interest 26.12 --as nadia");
  match->callback([&context, command] { run_match(context, *command); });
}

void add_rest(CLI::App& bank, CommandContext& context) {
  auto* ignore = bank.add_subcommand("ignore", "Say that a line concerns no case");
  auto ignored = std::make_shared<std::pair<std::string, std::string>>();
  ignore->add_option("line", ignored->first, "The line, by its key, reference or id")->required();
  ignore->add_option("--as", ignored->second, "In whose name")->required();
  ignore->footer("Example:\n  relance-server bank ignore 3fa9c2d1 --as nadia");
  ignore->callback([&context, ignored] { run_ignore(context, ignored->first, ignored->second); });

  auto* unbooked = bank.add_subcommand("unbooked", "Payments that no ledger shows yet: they count beside it");
  unbooked->footer("Example:\n  relance-server bank unbooked --json");
  unbooked->callback([&context] { list_unbooked(context); });

  auto* book =
      bank.add_subcommand("book", "Say which entry of the ledger a payment is, so that it counts once");
  auto booked = std::make_shared<std::array<std::string, 3>>();
  book->add_option("payment", (*booked)[0], "Id of the payment")->required();
  book->add_option("entry", (*booked)[1], "Id of the entry")->required();
  book->add_option("--as", (*booked)[2], "In whose name")->required();
  book->footer("Example:\n  relance-server bank book PAYMENT-ID ENTRY-ID --as nadia");
  book->callback([&context, booked] { run_book(context, (*booked)[0], (*booked)[1], (*booked)[2]); });
}

}  // namespace

void add_bank_import(CLI::App& import, CommandContext& context) {
  auto* bank =
      import.add_subcommand("bank",
                            "Receipts and returns from a bank's file (CFONB 120, CFONB 240, CAMT.053, "
                            "CAMT.054; the content tells which)");
  auto command = std::make_shared<ImportCommand>();
  bank->add_option("file", command->file, "The file, as the bank sent it")->required();
  bank->add_option("--creditor", command->options.creditor, "Whose account it is, by exact name");
  bank->add_flag("--with-debits", command->options.with_debits, "Keep what was paid out too");
  bank->add_flag("--dry-run", command->options.dry_run, "Say what would be done and store nothing");
  bank->add_option("--as", command->as, "In whose name (role office)");
  bank->footer(
      "The same file again adds nothing: a movement is known by its reference, in whatever file.\n"
      "Take one kind of file for an account: two kinds name a movement differently.\n"
      "Examples:\n"
      "  relance-server import bank releve.txt --dry-run\n"
      "  relance-server import bank camt053.xml --creditor 'Meunier SA'");
  bank->callback([&context, command] { run_import(context, *command); });
}

void add_money_commands(CLI::App& app, CommandContext& context) {
  auto* bank = app.add_subcommand(
      "bank", "Lines of the bank that wait for a person, with the cases they are probably for");
  bank->require_subcommand(0, 1);
  auto flags = std::make_shared<ListFlags>();
  bank->add_flag("--open", flags->open, "Only open lines (so it is without a flag)");
  bank->add_flag("--all", flags->all, "Also those of which somebody has said what they are");
  bank->add_flag("--csv", flags->csv, "As CSV");
  bank->footer("Examples:\n  relance-server bank\n  relance-server bank --all --json");
  bank->callback([&context, bank, flags] {
    if (bank->get_subcommands().empty()) list_lines(context, *flags);
  });
  add_match(*bank, context);
  add_rest(*bank, context);
  add_payment_command(app, context);
  add_receipts_command(app, context);
  add_remittance_commands(app, context);
}

}  // namespace relance::server
