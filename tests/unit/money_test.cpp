// Money on the real write path: bank files taken in, lines matched by a person, payments that bounce, receipts without
// a gap, remittances; and a balance that counts each payment once, the same on a device and at the office.
#include <rapidcheck.h>

#include <fstream>
#include <sstream>

#include "host/case_position.h"
#include "host/case_query.h"
#include "host/failure.h"
#include "host/received_money.h"
#include "rules/aged_balance.h"
#include "rules/receivables.h"
#include "server/bank_import.h"
#include "server/bank_matching.h"
#include "server/case_view.h"
#include "server/fec_import.h"
#include "server/ledger_booking.h"
#include "server/money_status.h"
#include "server/payments.h"
#include "server/receipts.h"
#include "server/reference_data.h"
#include "server/remittance.h"
#include "server/report_facts.h"
#include "server/row_law.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

constexpr const char* kToday = "2026-11-21";

std::string sample(const std::string& name) {
  std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/bank/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct MoneyWorld : World {
  explicit MoneyWorld(std::uint64_t seed = 1) : World(seed) {
    committer.commit([&](Ledger& ledger) { static_cast<void>(add_reference_rows(ledger, system)); });
  }

  DirectCommitter committer{office.ledger()};
  Author system{.staff_id = office.system(), .role = schema::office};

  Id insert(const char* table, std::initializer_list<std::pair<std::string_view, Value>> values) {
    const Id id = random.row_id(clock.now());
    REQUIRE(office.edit(office.system(), {insert_op(table, id, values)}).status == sync::Status::applied);
    return id;
  }
  Id claim(const Id& case_id, std::int64_t cents, const std::string& due_on, const std::string& piece) {
    return insert("claim",
                  {{"case_id", case_id}, {"gross_cents", cents}, {"due_on", due_on}, {"piece_ref", piece}});
  }
  BankImportReport import(const std::string& bytes, BankImportOptions options = {}) {
    options.author = system;
    return import_bank(committer, {.file = read_bank_file(bytes), .hash = sha256(bytes)}, options);
  }
  PaymentMade receive(const Receipt& receipt) {
    PaymentMade made;
    committer.commit([&](Ledger& ledger) { made = receive_payment(ledger, system, receipt, kToday); });
    return made;
  }
  PaymentReturned give_back(const Id& payment, const std::string& on = "2026-11-20") {
    PaymentReturned out;
    committer.commit([&](Ledger& ledger) { out = return_payment(ledger, system, payment, on, "B1"); });
    return out;
  }
  MatchedLine match(const Id& line, const LineMatch& how) {
    MatchedLine out;
    committer.commit([&](Ledger& ledger) { out = match_line(ledger, system, line, how, kToday); });
    return out;
  }
  CaseLine one(const Id& case_id) { return one_case(office.db(), case_id.text(), kToday); }
  std::int64_t balance(const Id& case_id) { return one(case_id).facts.balance_cents; }
  Id line(std::int64_t cents, const std::string& label, const std::string& payer = "",
          const std::string& ref = "") {
    static int count = 0;
    return insert("bank_line",
                  {{"reference", ref.empty() ? "REF~" + std::to_string(1'000'000 + ++count) : ref},
                   {"booked_on", std::string("2026-11-10")},
                   {"amount_cents", cents},
                   {"label", label},
                   {"payer", payer.empty() ? Value{Null{}} : Value{payer}}});
  }
};

std::int64_t balance_of(sql::Connection& db, const Id& case_id) {
  const sql::Transaction snapshot(db, sql::Access::read);
  return case_facts(db, case_id).at(0).balance_cents;
}

}  // namespace

// ---- bank files ---------------------------------------------------------------------------------------------------

TEST_CASE("R33: importing the same bank file twice adds nothing", "[R33]") {
  MoneyWorld w;
  for (const char* name : {"cfonb120_pennylane_example.txt", "cfonb240_silarhi_complex.txt",
                           "camt053.v2.multi.statement.xml", "camt053.v4.xml", "camt054.v2.xml"}) {
    INFO(name);
    const BankImportReport first = w.import(sample(name), {.with_debits = true});
    CHECK(first.lines_new == first.lines_read);
    const std::int64_t lines = w.office.count("SELECT count(*) FROM bank_line");
    const std::int64_t edits = w.office.count("SELECT count(*) FROM mutation_log");
    const std::int64_t batches = w.office.count("SELECT count(*) FROM import_batch");
    const BankImportReport second = w.import(sample(name), {.with_debits = true});
    CHECK(second.lines_new == 0);
    CHECK(second.lines_known == first.lines_read);
    CHECK(w.office.count("SELECT count(*) FROM bank_line") == lines);
    CHECK(w.office.count("SELECT count(*) FROM mutation_log") == edits);
    CHECK(w.office.count("SELECT count(*) FROM import_batch") == batches);
  }
  CHECK(w.office.count("SELECT count(*) FROM bank_line") == 13);
  CHECK(w.office.count("SELECT count(*) FROM bank_line WHERE state = 'open'") == 13);
}

TEST_CASE("R33: what was paid out concerns no debtor and is forgotten; a dry run stores nothing", "[R33]") {
  MoneyWorld w;
  const std::string bytes = sample("cfonb120_pennylane_example.txt");
  const BankImportReport dry = preview_bank(w.office.db(), {.file = read_bank_file(bytes)}, {});
  CHECK(dry.lines_new == 1);
  CHECK(w.office.count("SELECT count(*) FROM bank_line") == 0);
  const BankImportReport report = w.import(bytes);
  CHECK(report.lines_read == 6);
  CHECK(report.lines_kept == 1);
  CHECK(report.lines_other == 5);
  CHECK(report.received_cents == 9749);
  CHECK(w.office.count("SELECT amount_cents FROM bank_line") == 9749);
}

TEST_CASE("R33: a malformed bank file stores nothing", "[R33]") {
  MoneyWorld w;
  for (const char* name :
       {"cfonb120_bad_end_of_statement_without_beginning.txt", "cfonb120_bad_invalid_date.txt",
        "cfonb120_bad_new_statement_without_previous_ended.txt", "cfonb120_bad_operation_already_defined.txt",
        "cfonb120_bad_operation_detail_without_operation.txt", "camt053.v2.wrong.xml"}) {
    INFO(name);
    try {
      static_cast<void>(w.import(sample(name), {.with_debits = true}));
      FAIL("was taken in");
    } catch (const Failure& failure) {
      CHECK(failure.code() == Code::bad_file);
      CHECK(failure.message().find("line ") != std::string::npos);
    }
  }
  CHECK(w.office.count("SELECT count(*) FROM bank_line") == 0);
  CHECK(w.office.count("SELECT count(*) FROM import_batch") == 0);
}

TEST_CASE("R34: a line is proposed with its reasons, and a person's word makes it a payment", "[R34]") {
  MoneyWorld w;
  const auto first = w.add_case(), second = w.add_case();
  const Id old = w.claim(first.case_id, 10'000, "2026-01-31", "FA-2026-0001");
  const Id young = w.claim(first.case_id, 35'000, "2026-03-31", "FA-2026-0002");
  w.claim(second.case_id, 35'000, "2026-03-31", "FA-2026-0003");
  const Id line = w.line(35'000, "VIR SEPA FACTURE FA 2026 0002");
  const auto lines = bank_lines(w.office.db(), true, kToday);
  REQUIRE(lines.size() == 1);
  REQUIRE(lines[0].proposals.size() == 2);
  CHECK(lines[0].proposals[0].case_id == first.case_id);
  CHECK(lines[0].proposals[0].reasons == std::vector<std::string_view>{"piece", "pieces_amount"});
  CHECK(bank_line_named(w.office.db(), lines[0].reference) == line);
  CHECK(bank_line_named(w.office.db(), lines[0].key()) == line);

  const MatchedLine done = w.match(line, {.case_id = first.case_id});
  REQUIRE(done.made);
  REQUIRE(done.made->parts.size() == 1);  // the piece that the debtor named, though another is older
  CHECK(done.made->parts[0].piece == "FA-2026-0002");
  const CaseLine after = w.one(first.case_id);
  CHECK(after.facts.balance_cents == 10'000);
  CHECK(after.asked_cents == 10'000);
  CHECK(after.due_on == "2026-01-31");
  CHECK(w.office.value("bank_line", line, "state") == Value{std::string("matched")});
  CHECK(w.office.value("bank_line", line, "payment_id") == Value{done.made->payment});
  CHECK_THROWS_AS(w.match(line, {.case_id = first.case_id}), Failure);  // somebody has said already
  CHECK(w.balance(first.case_id) == 10'000);
  static_cast<void>(old);
  static_cast<void>(young);
}

TEST_CASE("R34: a payment of 100 on a principal of 90 and interest of 20 leaves 10", "[R34]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.claim(c.case_id, 9'000, "2026-01-31", "F1");
  const PaymentMade made = w.receive(
      {.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-11-10", .interest_cents = 2'000});
  REQUIRE(made.parts.size() == 2);
  CHECK(made.parts[0].part == Part::interest);
  CHECK(made.parts[0].cents == 2'000);
  CHECK(made.parts[1].cents == 8'000);
  const CaseLine after = w.one(c.case_id);
  CHECK(after.facts.balance_cents == 1'000);
  CHECK(after.asked_cents == 1'000);
}

TEST_CASE("R34: who takes money in is told the interest that nobody has booked", "[R34]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.office.edit(w.office.system(), {update_op("debtor", c.debtor, {{"b2c", std::string("no")}})});
  w.claim(c.case_id, 365'000, "2026-05-31", "F1");
  const auto before = unbooked_interest(w.office.db(), c.case_id, "2026-06-10");
  CHECK(before > 600);
  w.receive({.case_id = c.case_id, .amount_cents = 600, .paid_on = "2026-06-10", .interest_cents = 600});
  CHECK(unbooked_interest(w.office.db(), c.case_id, "2026-06-10") == before - 600);
}

TEST_CASE("R36: the fixed indemnity is paid after interest and before principal, by traders only", "[R36]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.claim(c.case_id, 9'000, "2026-01-31", "F1");
  Receipt receipt{.case_id = c.case_id,
                  .amount_cents = 10'000,
                  .paid_on = "2026-11-10",
                  .interest_cents = 2'000,
                  .indemnity_cents = 4'000};
  CHECK_THROWS_AS(w.receive(receipt), Failure);  // nobody has said what the debtor is
  CHECK(w.office.count("SELECT count(*) FROM entry") == 0);
  w.office.edit(w.office.system(), {update_op("debtor", c.debtor, {{"b2c", std::string("no")}})});
  receipt.indemnity_cents = 8'000;  // of one invoice
  CHECK_THROWS_AS(w.receive(receipt), Failure);
  receipt.indemnity_cents = 4'000;
  const PaymentMade made = w.receive(receipt);
  REQUIRE(made.parts.size() == 3);
  CHECK(made.parts[1].part == Part::charges);
  CHECK(made.parts[1].cents == 4'000);
  CHECK(made.parts[2].cents == 4'000);
  CHECK(w.balance(c.case_id) == 5'000);
  CHECK(w.one(c.case_id).asked_cents == 5'000);
}

TEST_CASE("R36: the fixed indemnity is booked once an invoice, however many payments it takes", "[R36]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.office.edit(w.office.system(), {update_op("debtor", c.debtor, {{"b2c", std::string("no")}})});
  w.claim(c.case_id, 90'000, "2026-01-31", "F1");
  const Receipt part{
      .case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-11-10", .indemnity_cents = 4'000};
  const PaymentMade first = w.receive(part);
  CHECK_THROWS_AS(w.receive(part), Failure);
  w.give_back(first.payment);  // what was booked with a payment stays booked when it comes back
  CHECK_THROWS_AS(w.receive(part), Failure);
  w.claim(c.case_id, 5'000, "2026-02-28", "F2");
  CHECK_NOTHROW(w.receive(part));  // of the second invoice
  CHECK_THROWS_AS(w.receive(part), Failure);
  CHECK(w.balance(c.case_id) == 95'000 + 2 * 4'000 - 10'000);
  w.insert("entry", {{"case_id", c.case_id},
                     {"kind", std::string("charge")},
                     {"account", std::string("411")},
                     {"label", std::string("Indemnité forfaitaire pour frais de recouvrement")},
                     {"booked_on", std::string("2026-11-12")},
                     {"amount_cents", std::int64_t{-4'000}}});  // a person reversed one
  CHECK_NOTHROW(w.receive(part));
  CHECK_THROWS_AS(w.receive(part), Failure);
}

// ---- declared, received, returned ---------------------------------------------------------------------------------

TEST_CASE("R33: a declared payment moves nothing; received it moves the balance, once, for agent and office",
          "[R33]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.claim(c.case_id, 25'000, "2026-01-31", "F-2026-1");
  w.claim(c.case_id, 25'000, "2026-03-31", "F-2026-2");
  const Id paul = w.office.add_staff("paul", "agent");
  w.office.assign(c.case_id, paul);
  const auto device = w.add_device(paul);
  device->sync();
  const Id declared = w.random.row_id(w.clock.now());
  device->edit({insert_op("payment", declared,
                          {{"case_id", c.case_id},
                           {"amount_cents", std::int64_t{20'000}},
                           {"debtor_says", std::string("je paie la f2026 2")},
                           {"paid_on", std::string("2026-11-09")}})});
  device->sync();
  CHECK(w.balance(c.case_id) == 50'000);
  CHECK(balance_of(device->db(), c.case_id) == 50'000);
  CHECK(device
            ->try_edit({insert_op("payment", w.random.row_id(w.clock.now()),
                                  {{"case_id", c.case_id},
                                   {"amount_cents", std::int64_t{1}},
                                   {"state", std::string("received")}})})
            .has_value());

  const MatchedLine done = w.match(w.line(20'000, "CHEQUE"), {.case_id = c.case_id});
  REQUIRE(done.made);
  CHECK(done.made->parts.at(0).piece == "F-2026-2");  // what he said at his declaration
  CHECK(done.made->declared == declared);
  CHECK(w.office.value("payment", done.made->payment, "amends_id") == Value{declared});
  CHECK(w.office.value("payment", declared, "state") == Value{std::string("declared")});  // never an edit
  device->sync();
  CHECK(w.balance(c.case_id) == 30'000);
  CHECK(balance_of(device->db(), c.case_id) == 30'000);

  // the bank takes it back: a new row beside the old ones
  const Id line = w.line(-20'000, "CHEQUE IMPAYE");
  const MatchedLine back = w.match(line, {.case_id = c.case_id});
  REQUIRE(back.returned);
  CHECK(back.returned->reopened_cents == 20'000);
  CHECK(w.office.value("payment", back.returned->payment, "amount_cents") == Value{std::int64_t{-20'000}});
  CHECK(w.office.value("payment", done.made->payment, "state") == Value{std::string("received")});
  CHECK(w.office.value("bank_line", line, "state") == Value{std::string("returned")});
  device->sync();
  CHECK(w.balance(c.case_id) == 50'000);
  CHECK(balance_of(device->db(), c.case_id) == 50'000);
  CHECK_THROWS_AS(w.give_back(done.made->payment), Failure);  // it came back already
  CHECK(device->differing_buckets() == 0);
}

TEST_CASE("R39: a rejected direct debit reopens the invoice at its original due date", "[R39]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.claim(c.case_id, 10'000, "2026-01-31", "F1");
  w.claim(c.case_id, 10'000, "2026-06-30", "F2");
  const PaymentMade made = w.receive(
      {.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-11-02", .means = "direct_debit"});
  CHECK(w.one(c.case_id).due_on == "2026-06-30");
  CHECK(w.one(c.case_id).asked_cents == 10'000);
  w.give_back(made.payment);
  const CaseLine after = w.one(c.case_id);
  CHECK(after.due_on == "2026-01-31");
  CHECK(after.asked_cents == 20'000);
  CHECK(w.office.count("SELECT count(*) FROM allocation WHERE undone = 0") == 0);
  // a return that was typed by hand reopens it too
  const PaymentMade typed =
      w.receive({.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-11-12"});
  CHECK(w.one(c.case_id).due_on == "2026-06-30");
  w.insert("payment", {{"case_id", c.case_id},
                       {"amount_cents", std::int64_t{10'000}},
                       {"state", std::string("bounced")},
                       {"amends_id", typed.payment}});
  CHECK(w.one(c.case_id).due_on == "2026-01-31");
  CHECK(w.one(c.case_id).asked_cents == 20'000);
  // represented, it pays again
  w.receive({.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-11-20", .means = "direct_debit"});
  CHECK(w.one(c.case_id).due_on == "2026-06-30");
}

TEST_CASE("R39: a bill of exchange is received when it falls due, not when it is handed over", "[R39]") {
  MoneyWorld w;
  const auto c = w.add_case();
  w.claim(c.case_id, 10'000, "2026-01-31", "F1");
  const Receipt bill{
      .case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-12-31", .means = "bill_of_exchange"};
  CHECK_THROWS_AS(w.receive(bill), Failure);
  CHECK(w.balance(c.case_id) == 10'000);
  CHECK(w.office.count("SELECT count(*) FROM payment") == 0);
}

// ---- beside the ledger --------------------------------------------------------------------------------------------

namespace {

struct Booked {
  std::string journal, on, piece, letter;
  std::int64_t cents = 0;
};

std::string fec_of(const std::vector<Booked>& lines) {
  std::string out =
      "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\tPiec"
      "eRef\t"
      "PieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\n";
  const auto euros = [](std::int64_t cents) {
    return std::to_string(cents / 100) + "," + (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100);
  };
  int number = 0;
  const auto put = [&](const Booked& b, const std::string& account, const std::string& aux,
                       std::int64_t cents, const std::string& letter) {
    out += b.journal + "\tJournal\t" + std::to_string(number) + "\t" + b.on + "\t" + account + "\tCompte\t" +
           aux + "\t" + aux + "\t" + b.piece + "\t" + b.on + "\tLibelle\t" +
           euros(std::max<std::int64_t>(cents, 0)) + "\t" + euros(std::max<std::int64_t>(-cents, 0)) + "\t" +
           letter + "\t\t20261231\t\t\n";
  };
  for (const Booked& b : lines) {
    ++number;
    put(b, "411000", "C1", b.cents, b.letter);
    put(b, "512000", "", -b.cents, "");
  }
  ++number;
  put({.journal = "OD", .on = "20261231", .piece = "X", .letter = {}}, "606000", "", 100, "");
  put({.journal = "OD", .on = "20261231", .piece = "X", .letter = {}}, "512000", "", -100, "");
  return out;
}

FecImportReport import_ledger(MoneyWorld& w, const std::vector<Booked>& lines) {
  FecImportOptions options{.creditor = "Meunier SA"};
  options.author = w.system;
  options.today = kToday;
  const std::string bytes = fec_of(lines);
  return import_fec(w.committer, {.file = read_fec(bytes), .hash = sha256(bytes)}, options);
}

}  // namespace

TEST_CASE("R33: money that bank and ledger both tell of moves the balance once, whoever came first",
          "[R33]") {
  MoneyWorld w;
  const std::vector<Booked> invoices{{"VE", "20260110", "F1", "", 10'000},
                                     {"VE", "20260210", "F2", "", 30'000}};
  import_ledger(w, invoices);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  CHECK(w.balance(case_id) == 40'000);
  // the bank first
  const PaymentMade made =
      w.receive({.case_id = case_id,
                 .amount_cents = 30'000,
                 .paid_on = "2026-11-10",
                 .chosen = {*sql::id(w.office.db(), "SELECT id FROM claim WHERE piece_ref = 'F2'")}});
  CHECK(!made.is_in_ledger);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(w.one(case_id).due_on == "2026-02-09");  // F1 with its 30 days
  std::vector<Booked> later = invoices;
  later.push_back({"BQ", "20261112", "RB1", "", -30'000});
  CHECK(import_ledger(w, later).payments_booked == 1);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(w.one(case_id).asked_cents == 10'000);
  CHECK(w.one(case_id).due_on == "2026-02-09");  // still set against F2, by the debtor's choice
  const std::int64_t edits = w.office.count("SELECT count(*) FROM mutation_log");
  CHECK(import_ledger(w, later).changes_nothing);
  CHECK(w.office.count("SELECT count(*) FROM mutation_log") == edits);
  // the accountant letters it with F1: the ledger's word stands above ours
  std::vector<Booked> lettered{{"VE", "20260110", "F1", "", 10'000},
                               {"VE", "20260210", "F2", "AA", 30'000},
                               {"BQ", "20261112", "RB1", "AA", -30'000}};
  import_ledger(w, lettered);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(w.one(case_id).asked_cents == 10'000);
  // the ledger first: the bank's line is known to be in it
  lettered.push_back({"BQ", "20261115", "RB2", "", -4'000});
  import_ledger(w, lettered);
  CHECK(w.balance(case_id) == 6'000);
  const PaymentMade second = w.receive({.case_id = case_id, .amount_cents = 4'000, .paid_on = "2026-11-14"});
  CHECK(second.is_in_ledger);
  CHECK(w.balance(case_id) == 6'000);
  CHECK(w.one(case_id).asked_cents == 6'000);
}

TEST_CASE("R33: a ledger line that vanishes gives its payment back, and the one that replaces it takes it",
          "[R33]") {
  MoneyWorld w;
  const std::vector<Booked> invoices{{"VE", "20260110", "F1", "", 10'000},
                                     {"VE", "20260210", "F2", "", 30'000}};
  std::vector<Booked> draft = invoices, final_one = invoices;
  draft.push_back({"BQ", "20261112", "RB1", "", -30'000});
  import_ledger(w, draft);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  w.receive({.case_id = case_id, .amount_cents = 30'000, .paid_on = "2026-11-10"});
  CHECK(w.balance(case_id) == 10'000);
  const FecImportReport gone = import_ledger(w, invoices);  // reversed in the ledger, received all the same
  CHECK(gone.payments_unbooked == 1);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(unbooked_payments(w.office.db()).size() == 1);
  final_one.push_back({"BQ", "20261113", "RB1-BIS", "", -30'000});
  CHECK(import_ledger(w, final_one).payments_booked == 1);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(unbooked_payments(w.office.db()).empty());
}

TEST_CASE("R24: a payment that vanished from the ledger was not received, for agent and office",
          "[R24][R33]") {
  MoneyWorld w;
  const std::vector<Booked> invoices{{"VE", "20260110", "F1", "", 10'000},
                                     {"VE", "20260210", "F2", "", 30'000}};
  std::vector<Booked> paid = invoices;
  paid.push_back({"BQ", "20261125", "RB1", "", -10'000});
  import_ledger(w, paid);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const Id paul = w.office.add_staff("paul", "agent");
  w.office.assign(case_id, paul);
  const auto device = w.add_device(paul);
  const auto received = [&](sql::Connection& db) {
    std::int64_t sum = 0;
    for (const ReceivedOn& money : received_money(db, case_id)) sum += money.cents;
    return sum;
  };
  const auto reported = [&](auto what) {
    const sql::Transaction snapshot(w.office.db(), sql::Access::read);
    const CivilDate day{2026, 12, 31};
    std::int64_t sum = 0;
    for (const Movement& one : what(w.office.db(), reported_cases(w.office.db(), {}, day), day))
      sum += one.cents;
    return sum;
  };
  const auto money = [&](sql::Connection& db, const std::vector<ReportedCase>& cases, CivilDate day) {
    return server::received_money(db, cases, day);
  };
  const std::vector<Booked> one_invoice{invoices[0]};
  for (const auto& [ledger, cents, sold] : {std::tuple(paid, 10'000, 40'000),
                                            {invoices, 0, 40'000},
                                            {paid, 10'000, 40'000},
                                            {invoices, 0, 40'000},
                                            {one_invoice, 0, 10'000}}) {
    import_ledger(w, ledger);
    device->sync();
    CHECK(received(w.office.db()) == cents);
    CHECK(received(device->db()) == cents);
    CHECK(reported(money) == cents);
    CHECK(reported(sales) == sold);
    CHECK(balance_of(device->db(), case_id) == w.balance(case_id));
    CHECK(w.balance(case_id) == sold - cents);
  }
  // what an earlier program wrote is mended by the next import, once
  const Id old =
      *sql::id(w.office.db(),
               "SELECT id FROM entry WHERE label = 'Ligne disparue du grand livre' AND amount_cents = "
               "10000 ORDER BY id LIMIT 1");
  w.office.edit(w.office.system(), {update_op("entry", old, {{"kind", std::string("adjustment")}})});
  CHECK(received(w.office.db()) == 10'000);
  import_ledger(w, one_invoice);
  CHECK(received(w.office.db()) == 0);
  CHECK(import_ledger(w, one_invoice).changes_nothing);
}

TEST_CASE("R33: a line that is replaced within one ledger keeps its payment counted once", "[R33]") {
  MoneyWorld w;
  const std::vector<Booked> invoices{{"VE", "20260110", "F1", "", 10'000},
                                     {"VE", "20260210", "F2", "", 30'000}};
  std::vector<Booked> draft = invoices, final_one = invoices;
  draft.push_back({"BQ", "20261112", "RB1", "", -30'000});
  final_one.push_back({"BQ", "20261113", "RB1-BIS", "", -30'000});
  import_ledger(w, draft);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  CHECK(w.receive({.case_id = case_id, .amount_cents = 30'000, .paid_on = "2026-11-10"}).is_in_ledger);
  const FecImportReport report = import_ledger(w, final_one);
  CHECK(report.payments_unbooked == 1);
  CHECK(report.payments_booked == 1);
  CHECK(w.balance(case_id) == 10'000);
  CHECK(w.one(case_id).asked_cents == 10'000);
  CHECK(unbooked_payments(w.office.db()).empty());
  CHECK(import_ledger(w, final_one).changes_nothing);
}

TEST_CASE("R33: a received payment that replaces one takes over its entry of the ledger", "[R33]") {
  for (const std::int64_t corrected : {30'000, 28'000, 34'000}) {
    INFO(corrected);
    MoneyWorld w;
    const std::vector<Booked> lines{{"VE", "20260110", "F1", "", 10'000},
                                    {"VE", "20260210", "F2", "", 30'000},
                                    {"BQ", "20261112", "RB1", "", -30'000}};
    import_ledger(w, lines);
    const Id case_id = *find_case(w.office.db(), "D-000001");
    const PaymentMade made = w.receive({.case_id = case_id, .amount_cents = 30'000, .paid_on = "2026-11-10"});
    CHECK(made.is_in_ledger);
    Id latest = made.payment;
    for (const std::int64_t cents :
         {std::int64_t{1}, corrected})  // corrected twice: the first time wrongly too
      latest = w.insert("payment", {{"case_id", case_id},
                                    {"amount_cents", cents},
                                    {"state", std::string("received")},
                                    {"paid_on", std::string("2026-09-11")},  // which no window reaches
                                    {"amends_id", latest}});
    CHECK(import_ledger(w, lines).payments_booked == 1);
    // the entry is the same money; only what goes beyond it counts by itself
    CHECK(w.balance(case_id) == 10'000 - std::max<std::int64_t>(corrected - 30'000, 0));
    CHECK(sql::id(w.office.db(),
                  "SELECT payment_id FROM allocation WHERE entry_id IS NOT NULL AND undone = 0") == latest);
    CHECK(import_ledger(w, lines).changes_nothing);
  }
}

TEST_CASE("R33: a payment that the ledger shows, and that bounced, is owed again before the ledger says so",
          "[R33]") {
  MoneyWorld w;
  std::vector<Booked> lines{{"VE", "20260110", "F1", "", 10'000},
                            {"VE", "20260210", "F2", "", 30'000},
                            {"BQ", "20261112", "RB1", "", -10'000}};
  import_ledger(w, lines);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const PaymentMade made = w.receive({.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-11-10"});
  CHECK(made.is_in_ledger);
  CHECK(w.balance(case_id) == 30'000);
  w.give_back(made.payment, "2026-11-18");
  CHECK(w.balance(case_id) == 40'000);
  CHECK(w.one(case_id).asked_cents == 40'000);
  lines.push_back({"BQ", "20261119", "RB1-REJ", "", 10'000});
  CHECK(import_ledger(w, lines).payments_booked == 1);
  CHECK(w.balance(case_id) == 40'000);
}

TEST_CASE(
    "R39: a payment that comes back opens what the ledger had settled with it, until the ledger shows that",
    "[R39][R33]") {
  MoneyWorld w;
  const std::vector<Booked> open{{"VE", "20260110", "F1", "", 30'000}};
  std::vector<Booked> settled{{"VE", "20260110", "F1", "AA", 30'000},
                              {"BQ", "20260301", "RB0", "AA", -20'000},
                              {"BQ", "20261112", "RB1", "AA", -10'000}};
  import_ledger(w, open);
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const Id paul = w.office.add_staff("paul", "agent");
  w.office.assign(case_id, paul);
  const auto device = w.add_device(paul);
  const auto made = w.receive({.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-11-10"});
  import_ledger(w, settled);
  CHECK(w.one(case_id).facts.stage == "closed");
  CHECK(w.office.count("SELECT count(*) FROM claim WHERE state = 'settled'") == 1);

  const PaymentReturned back = w.give_back(made.payment, "2026-11-18");
  CHECK(back.is_case_open_again);
  const auto is_owed_again = [&](std::int64_t claims) {
    device->sync();
    CHECK(w.one(case_id).facts.stage == "amicable");
    CHECK(w.balance(case_id) == 10'000);
    CHECK(balance_of(device->db(), case_id) == 10'000);
    CHECK(w.one(case_id).asked_cents == 10'000);  // the other payment in the letter stands
    CHECK(w.office.count("SELECT count(*) FROM claim WHERE state = 'open'") == claims);
    CHECK(device->differing_buckets() == 0);
  };
  is_owed_again(1);
  CHECK(w.one(case_id).due_on == "2026-02-09");
  // a ledger that does not know of it settles nothing by that payment
  CHECK(import_ledger(w, settled).changes_nothing);
  is_owed_again(1);
  // the accountant books the return: the ledger's word stands again, and the same money is owed
  settled.push_back({"BQ", "20261119", "RB1-REJ", "", 10'000});
  const FecImportReport shown = import_ledger(w, settled);
  CHECK(shown.payments_booked == 1);
  CHECK(shown.claims_settled == 1);
  CHECK(shown.cases_closed == 0);
  is_owed_again(1);
  CHECK(w.office.count("SELECT count(*) FROM claim WHERE state = 'open' AND kind = 'other'") == 1);
  CHECK(import_ledger(w, settled).changes_nothing);
}

TEST_CASE("R39: a payment that came back before the ledger showed it settles nothing in it", "[R39][R33]") {
  MoneyWorld w;
  import_ledger(w, {{"VE", "20260110", "F1", "", 10'000}});
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const auto made = w.receive({.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-11-10"});
  w.give_back(made.payment, "2026-11-18");
  for (const std::string letter : {"AA", ""}) {
    const std::vector<Booked> lines{{"VE", "20260110", "F1", letter, 10'000},
                                    {"BQ", "20261112", "RB1", letter, -10'000}};
    import_ledger(w, lines);
    CHECK(w.one(case_id).facts.stage == "amicable");
    CHECK(w.balance(case_id) == 10'000);
    CHECK(w.one(case_id).asked_cents == 10'000);
    CHECK(import_ledger(w, lines).changes_nothing);
  }
}

TEST_CASE(
    "R39: a case that an import closed is open again when its money comes back, not one that a person closed",
    "[R39]") {
  for (const bool by_person : {false, true})
    for (const bool typed : {false, true}) {
      MoneyWorld w;
      import_ledger(w, {{"VE", "20260110", "F1", "", 10'000}});
      const Id case_id = *find_case(w.office.db(), "D-000001");
      const auto made = w.receive({.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-11-10"});
      import_ledger(w, {{"VE", "20260110", "F1", "", 10'000}, {"BQ", "20261112", "RB1", "", -10'000}});
      CHECK(w.one(case_id).facts.stage == "closed");
      if (by_person)
        w.office.edit(w.office.system(),
                      {update_op("case_file", case_id, {{"closed_reason", std::string("irrecoverable")}})});
      if (typed) {
        const Id back = w.insert("payment", {{"case_id", case_id},
                                             {"amount_cents", std::int64_t{-10'000}},
                                             {"paid_on", std::string("2026-11-18")},
                                             {"state", std::string("bounced")},
                                             {"amends_id", made.payment}});
        w.committer.commit([&](Ledger& ledger) {
          CHECK(follow_payment(ledger, w.system, back).is_case_open_again == !by_person);
        });
      } else {
        CHECK(w.give_back(made.payment, "2026-11-18").is_case_open_again == !by_person);
      }
      CHECK(w.one(case_id).facts.stage == (by_person ? "closed" : "amicable"));
      CHECK(w.balance(case_id) == 10'000);
      CHECK(w.office.count("SELECT count(*) FROM letter WHERE kind = 'receipt' AND state = 'superseded'") ==
            1);
    }
}

TEST_CASE("R33: a received payment that a person replaces takes over its entry at once", "[R33]") {
  MoneyWorld w;
  import_ledger(w, {{"VE", "20260110", "F1", "", 30'000}, {"BQ", "20261112", "RB1", "", -10'000}});
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const auto made = w.receive({.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-11-10"});
  const Id latest = w.insert("payment", {{"case_id", case_id},
                                         {"amount_cents", std::int64_t{10'000}},
                                         {"paid_on", std::string("2026-11-11")},
                                         {"state", std::string("received")},
                                         {"amends_id", made.payment}});
  w.committer.commit([&](Ledger& ledger) { follow_payment(ledger, w.system, latest); });
  CHECK(w.balance(case_id) == 20'000);
  CHECK(unbooked_payments(w.office.db()).empty());
}

TEST_CASE("R33: a payment that the ledger books in two lines counts once, as a person joins them", "[R33]") {
  MoneyWorld w;
  import_ledger(w, {{"VE", "20260110", "F1", "", 10'000},
                    {"VE", "20260210", "F2", "", 30'000},
                    {"BQ", "20261112", "RB1", "", -10'000},
                    {"BQ", "20261112", "RB2", "", -20'000}});
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const PaymentMade made = w.receive({.case_id = case_id, .amount_cents = 30'000, .paid_on = "2026-11-10"});
  CHECK(!made.is_in_ledger);
  CHECK(w.balance(case_id) == -20'000);  // too little is asked until somebody says so, never too much
  for (const auto& [piece, left] : {std::pair{"RB1", -10'000}, {"RB2", 10'000}}) {
    const Id entry = *sql::id(w.office.db(), "SELECT id FROM entry WHERE piece_ref = ?1", piece);
    const std::int64_t cents = -std::get<std::int64_t>(w.office.value("entry", entry, "amount_cents"));
    REQUIRE(w.office
                .edit(w.office.system(),
                      {booking_op(w.random.row_id(w.clock.now()), case_id, made.payment, entry, cents)})
                .status == sync::Status::applied);
    CHECK(w.balance(case_id) == left);
    const auto account = account_lines(w.office.db(), case_id, "2026-12-31");
    CHECK(account.back().balance_cents == left);
  }
  CHECK(w.one(case_id).asked_cents == 10'000);
  CHECK(unbooked_payments(w.office.db()).empty());
}

TEST_CASE("R33: the balance is the same on a device and at the office, whatever was done with money",
          "[R33]") {
  CHECK(rc::check("client and server agree", [] {
    MoneyWorld w(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
    const auto c = w.add_case();
    const Id paul = w.office.add_staff("paul", "agent");
    w.office.assign(c.case_id, paul);
    const auto device = w.add_device(paul);
    std::int64_t owed = 0;
    const auto count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      const auto cents = *rc::gen::inRange<std::int64_t>(1, 50'000);
      w.claim(c.case_id, cents, "2026-0" + std::to_string(i + 1) + "-28", "F" + std::to_string(i));
      owed += cents;
    }
    std::vector<Id> received;
    const auto steps = *rc::gen::inRange(0, 6);
    for (int i = 0; i < steps; ++i) {
      const bool is_return = !received.empty() && *rc::gen::inRange(0, 3) == 0;
      if (is_return) {
        const PaymentReturned back = w.give_back(received.back());
        owed += back.amount_cents;
        received.pop_back();
      } else {
        const auto cents = *rc::gen::inRange<std::int64_t>(1, 30'000);
        const auto interest = *rc::gen::element<std::int64_t>(0, 0, 500);
        received.push_back(w.receive({.case_id = c.case_id,
                                      .amount_cents = cents,
                                      .paid_on = "2026-11-0" + std::to_string(i + 1),
                                      .interest_cents = interest})
                               .payment);
        owed += interest - cents;
      }
    }
    device->sync();
    const CaseLine line = w.one(c.case_id);
    RC_ASSERT(line.facts.balance_cents == owed);
    RC_ASSERT(balance_of(device->db(), c.case_id) == owed);
    RC_ASSERT(device->differing_buckets() == 0U);
  }));
}

// ---- receipts, charges, credit notes ------------------------------------------------------------------------------

TEST_CASE("R40: receipts are numbered without a gap after three offline agents have synced", "[R40]") {
  MoneyWorld w;
  std::vector<std::unique_ptr<TestDevice>> devices;
  std::vector<Id> cases;
  for (const char* name : {"paul", "lea", "jean"}) {
    const Id agent = w.office.add_staff(name, "agent");
    cases.push_back(w.add_case().case_id);
    w.claim(cases.back(), 100'000, "2026-01-31", "F1");
    w.office.assign(cases.back(), agent);
    devices.push_back(w.add_device(agent));
    devices.back()->sync();
  }
  for (int round = 0; round < 2; ++round)  // offline, all at once
    for (std::size_t i = 0; i < devices.size(); ++i)
      devices[i]->edit({insert_op("payment", w.random.row_id(w.clock.now()),
                                  {{"case_id", cases[i]}, {"amount_cents", std::int64_t{1'000 + round}}})});
  // an agent gives no number
  CHECK(devices[0]
            ->try_edit({insert_op("letter", w.random.row_id(w.clock.now()),
                                  {{"case_id", cases[0]},
                                   {"kind", std::string("receipt")},
                                   {"number", std::string("R-2026-000001")}})})
            .has_value());
  for (auto& device : devices) device->sync();
  for (int round = 0; round < 2; ++round)
    for (const Id& case_id : cases) {
      w.receive({.case_id = case_id, .amount_cents = 1'000 + round, .paid_on = "2026-11-10"});
      // a commit that fails gives its number back
      CHECK_THROWS_AS(w.committer.commit([&](Ledger& ledger) {
        static_cast<void>(receive_payment(
            ledger, w.system, {.case_id = case_id, .amount_cents = 1, .paid_on = "2026-11-10"}, kToday));
        throw Failure(Code::io, "cut");
      }),
                      Failure);
    }
  for (auto& device : devices) device->sync();
  sql::Query q(w.office.db(),
               "SELECT l.number, p.state FROM letter l JOIN payment p ON p.id = l.subject_id"
               " WHERE l.kind = 'receipt' ORDER BY l.number");
  int n = 0;
  while (q.next()) {
    CHECK(q.text(0) == "R-2026-00000" + std::to_string(++n));
    CHECK(q.text(1) == "received");
  }
  CHECK(n == 6);
  CHECK(devices[0]->count("SELECT count(*) FROM letter WHERE kind = 'receipt'") == 2);
  // what was entered by hand gets its own, once
  w.insert("payment", {{"case_id", cases[0]},
                       {"amount_cents", std::int64_t{5}},
                       {"paid_on", std::string("2026-11-11")},
                       {"state", std::string("received")}});
  for (const std::int64_t given : {1, 0})
    w.committer.commit(
        [&](Ledger& ledger) { CHECK(give_missing_receipts(ledger, w.system, kToday) == given); });
  CHECK(w.office.count("SELECT count(*) FROM letter WHERE number = 'R-2026-000007'") == 1);
}

TEST_CASE("R37: a cost of collection is refused on a case without an enforceable title", "[R37]") {
  MoneyWorld w;
  const auto c = w.add_case();
  const auto charge = [&](const char* kind, std::string_view label = "Frais de dossier") {
    return w.office
        .edit(w.office.system(), {insert_op("entry", w.random.row_id(w.clock.now()),
                                            {{"case_id", c.case_id},
                                             {"kind", std::string(kind)},
                                             {"label", std::string(label)},
                                             {"amount_cents", std::int64_t{4'000}}})})
        .reason;
  };
  CHECK(charge("charge") == "no_title");
  CHECK(charge("interest").empty());
  CHECK(charge("charge", server::kIndemnityLabel).empty());
  const Id title = w.insert(
      "limitation_event",
      {{"case_id", c.case_id}, {"act", std::string("title")}, {"happened_on", std::string("2026-05-01")}});
  CHECK(charge("charge") == "no_title");  // nobody has seen it
  w.office.edit(w.office.system(), {update_op("limitation_event", title, {{"verified", std::int64_t{1}}})});
  CHECK(charge("charge").empty());
}

TEST_CASE("R38: a credit note that nobody has matched stands in a column of its own", "[R38]") {
  MoneyWorld w;
  import_ledger(w, {{"VE", "20260110", "F1", "", 10'000},
                    {"VE", "20260215", "F2", "", 10'000},
                    {"VE", "20260210", "A1", "", -2'000},
                    {"BQ", "20260310", "RB1", "", -500}});
  const Id case_id = *find_case(w.office.db(), "D-000001");
  const sql::Transaction snapshot(w.office.db(), sql::Access::read);
  const CaseFacts facts = case_facts(w.office.db(), case_id).at(0);
  UnmatchedCredits credits;
  for (const CaseFacts::Credit& one : facts.credits)
    (one.is_note ? credits.credit_notes_cents : credits.cash_cents) += one.cents;
  CHECK(credits.credit_notes_cents == 2'000);
  CHECK(credits.cash_cents == 500);
  std::vector<AgedItem> items;
  for (const CaseFacts::Claim& claim : facts.claims)
    items.push_back({.due_on = *parse_civil_date(claim.due_on), .open_cents = claim.open_cents});
  const std::int64_t edges[] = {30, 60, 90, 120};
  const AgedBalance aged = aged_balance(items, credits, *parse_civil_date(kToday), edges);
  CHECK(aged.credits.credit_notes_cents == 2'000);
  CHECK(aged.balance_cents() == facts.balance_cents);
}

// ---- remittance ---------------------------------------------------------------------------------------------------

namespace {

Id agency_mandate(MoneyWorld& w) {
  const Id mandate = w.insert("mandate", {{"creditor_id", w.creditor},
                                          {"capacity", std::string("agency")},
                                          {"valid_from", std::string("2025-01-01")},
                                          {"power_to_receive", std::int64_t{1}}});
  for (const auto& [up_to, points] : std::vector<std::pair<Value, std::int64_t>>{
           {std::int64_t{100'000}, 1500}, {std::int64_t{500'000}, 1000}, {Null{}, 500}})
    w.insert("fee_bracket", {{"mandate_id", mandate},
                             {"up_to_cents", up_to},
                             {"basis_points", points},
                             {"valid_from", std::string("2025-01-01")}});
  return mandate;
}

}  // namespace

TEST_CASE("R41: money received 2 January and not remitted is called to mind from 26 January", "[R41]") {
  MoneyWorld w;
  agency_mandate(w);
  const auto c = w.add_case();
  w.claim(c.case_id, 100'000, "2025-06-30", "F1");
  w.receive({.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-01-02"});
  CHECK(late_receipts(w.office.db(), "2026-01-25").empty());
  const auto alert = late_receipts(w.office.db(), "2026-01-26");
  REQUIRE(alert.size() == 1);
  CHECK(money_status(w.office.db(), "2026-01-25").to_remit == 0);
  CHECK(money_status(w.office.db(), "2026-01-26").to_remit == 1);
  CHECK(alert[0].due_on == "2026-02-02");
  CHECK(!alert[0].is_late);
  CHECK(late_receipts(w.office.db(), "2026-02-03").at(0).is_late);
  // a statement alone is no payment to the creditor
  std::string number;
  w.committer.commit([&](Ledger& ledger) {
    number = make_remittance(ledger, w.system, "Meunier SA", "2026-01-31", "2026-01-31").number;
  });
  CHECK(number == "V-2026-0001");
  CHECK(late_receipts(w.office.db(), "2026-02-03").size() == 1);
  w.committer.commit([&](Ledger& ledger) { pay_remittance(ledger, w.system, number, "2026-02-01"); });
  CHECK(late_receipts(w.office.db(), "2026-02-03").empty());
}

TEST_CASE("R42: the fee of a remittance matches a table of three brackets, and no debtor pays it", "[R42]") {
  MoneyWorld w;
  agency_mandate(w);
  const auto c = w.add_case(), other = w.add_case();
  w.claim(c.case_id, 2'000'000, "2025-06-30", "F1");
  w.claim(other.case_id, 300'000, "2025-06-30", "F2");
  w.receive({.case_id = c.case_id, .amount_cents = 1'000'000, .paid_on = "2026-01-02"});
  const PaymentMade small =
      w.receive({.case_id = other.case_id, .amount_cents = 80'000, .paid_on = "2026-01-05"});
  w.receive(
      {.case_id = other.case_id, .amount_cents = 1'000, .paid_on = "2026-02-05"});  // of the next statement
  const std::int64_t entries = w.office.count("SELECT count(*) FROM entry");
  RemittanceMade made;
  w.committer.commit([&](Ledger& ledger) {
    made = make_remittance(ledger, w.system, "Meunier SA", "2026-01-31", "2026-02-01");
  });
  REQUIRE(made.plan.lines.size() == 2);
  CHECK(made.plan.lines[0].fee_cents == 80'000);  // 15 % of 1,000, 10 % of 4,000, 5 % of 5,000
  CHECK(made.plan.lines[1].fee_cents == 12'000);  // 15 % of 800
  CHECK(made.plan.received_cents == 1'080'000);
  CHECK(made.plan.due_cents() == 988'000);
  CHECK(w.office.value("remittance", made.id, "fee_cents") == Value{std::int64_t{92'000}});
  CHECK(w.office.count("SELECT count(*) FROM entry") == entries);
  CHECK(w.balance(c.case_id) == 1'000'000);
  CHECK(w.balance(other.case_id) == 219'000);
  CHECK_THROWS_AS(w.committer.commit([&](Ledger& ledger) {
    static_cast<void>(make_remittance(ledger, w.system, "Meunier SA", "2026-01-31", "2026-02-01"));
  }),
                  Failure);  // each receipt once
  // what came back since is taken off the next, with its fee
  w.give_back(small.payment, "2026-02-10");
  const RemittancePlan next = plan_remittance(w.office.db(), "Meunier SA", "2026-02-28");
  REQUIRE(next.lines.size() == 2);
  CHECK(next.received_cents == 1'000 - 80'000);
  CHECK(next.fee_cents == 150 - 12'000);
}

TEST_CASE("R41: a correction of money that was remitted is remitted as the difference", "[R41][R42]") {
  MoneyWorld w;
  agency_mandate(w);
  const auto c = w.add_case();
  w.claim(c.case_id, 2'000'000, "2025-06-30", "F1");
  const PaymentMade made =
      w.receive({.case_id = c.case_id, .amount_cents = 300'000, .paid_on = "2026-01-02"});
  w.committer.commit([&](Ledger& ledger) {
    const auto number = make_remittance(ledger, w.system, "Meunier SA", "2026-01-31", "2026-02-01").number;
    pay_remittance(ledger, w.system, number, "2026-02-01");
  });
  Id latest = made.payment;
  for (const std::int64_t cents : {30'000, 280'000})
    latest = w.insert("payment", {{"case_id", c.case_id},
                                  {"amount_cents", cents},
                                  {"state", std::string("received")},
                                  {"paid_on", std::string("2026-01-03")},
                                  {"amends_id", latest}});
  CHECK(late_receipts(w.office.db(), "2026-02-03").empty());  // he has more than came
  const RemittancePlan next = plan_remittance(w.office.db(), "Meunier SA", "2026-02-28");
  REQUIRE(next.lines.size() == 1);
  CHECK(next.received_cents == -20'000);
  CHECK(next.fee_cents == -2'000);  // 10 % of what lies above 1,000
  w.committer.commit([&](Ledger& ledger) {
    static_cast<void>(make_remittance(ledger, w.system, "Meunier SA", "2026-02-28", "2026-03-01"));
  });
  CHECK(plan_remittance(w.office.db(), "Meunier SA", "2026-03-31").lines.empty());
}

TEST_CASE("R41: what came before the agency's mandate is the creditor's already and is not remitted",
          "[R41]") {
  MoneyWorld w;
  w.insert("mandate", {{"creditor_id", w.creditor},
                       {"capacity", std::string("agency")},
                       {"valid_from", std::string("2026-01-15")}});
  const auto c = w.add_case();
  w.receive({.case_id = c.case_id, .amount_cents = 10'000, .paid_on = "2026-01-14"});
  CHECK(plan_remittance(w.office.db(), "Meunier SA", "2026-01-31").lines.empty());
  w.receive({.case_id = c.case_id, .amount_cents = 20'000, .paid_on = "2026-01-15"});
  CHECK(plan_remittance(w.office.db(), "Meunier SA", "2026-01-31").received_cents == 20'000);
}

TEST_CASE("R41: in the creditor's own name there is nothing to remit", "[R41]") {
  MoneyWorld w;
  w.insert("mandate", {{"creditor_id", w.creditor}, {"capacity", std::string("own_name")}});
  CHECK_THROWS_AS(plan_remittance(w.office.db(), "Meunier SA", "2026-01-31"), Failure);
  CHECK_THROWS_AS(plan_remittance(w.office.db(), "Nobody", "2026-01-31"), Failure);
  CHECK_THROWS_AS(plan_remittance(w.office.db(), "Meunier SA", "soon"), Failure);
}
