// Claims taken in through the real write path: every form of file, twice the same, withdrawn and again, refused with
// nothing stored.
#include "server/claims_import.h"

#include <rapidcheck.h>
#include <functional>

#include "host/failure.h"
#include "host/files.h"
#include "server/claims_csv.h"
#include "server/database.h"
#include "server/einvoice_reader.h"
#include "server/fec_import.h"
#include "server/import_batches.h"
#include "server/import_mappings.h"
#include "server/payments.h"
#include "server/reference_data.h"
#include "server/stored_claims.h"
#include "server/ximport_reader.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using namespace relance::server;

namespace {

constexpr const char* kCreditor = "Chauffage Legrand";

std::string data(const std::string& name) {
  return read_file(std::string(RELANCE_SOURCE_DIR) + "/tests/data/" + name, 2 << 20);
}

struct Form {
  std::string name;  // below tests/data
  std::function<ClaimFile(const std::string&)> read;
  bool is_evidence = false;
};

ClaimFile read_sage(const std::string& bytes) {
  return read_claims_csv(bytes, mapping_of_json(data("claims/impayes_sage.mapping.json")));
}
ClaimFile read_plain(const std::string& bytes) { return read_claims_csv(bytes, plain_mapping()); }

const std::vector<Form>& forms() {
  static const std::vector<Form> all{
      {"claims/XIMPORT.TXT", [](const std::string& bytes) { return read_ximport(bytes, false); }},
      {"claims/impayes_sage.csv", read_sage},
      {"claims/open_items.csv", read_plain},
      {"einvoice/factur-x-minimum.xml", read_einvoice, true},
      {"einvoice/factur-x-basicwl.xml", read_einvoice, true},
      {"einvoice/factur-x-en16931.xml", read_einvoice, true},
      {"einvoice/facturx_invoice_EN16931.pdf", read_einvoice, true},
      {"einvoice/ubl-21-en16931.xml", read_einvoice, true},
      {"einvoice/en16931_CII_example1.xml", read_einvoice, true},
  };
  return all;
}

struct ClaimsWorld : World {
  ClaimsImportOptions options{.creditor = kCreditor};
  DirectCommitter committer{office.ledger()};

  ClaimsWorld() {
    options.author = {.staff_id = office.system(), .role = schema::office};
    options.today = "2026-11-21";
  }
  static ClaimsSource source(const Form& form, const std::string& bytes) {
    ClaimsSource out{
        .file = form.read(bytes), .hash = sha256(bytes), .name = form.name.substr(form.name.find('/') + 1)};
    if (form.is_evidence) {
      out.evidence = bytes;
      out.media_type = bytes.starts_with("%PDF") ? "application/pdf" : "application/xml";
    }
    return out;
  }
  ClaimsImportReport import(const Form& form) {
    return import_claims(committer, source(form, data(form.name)), options);
  }
  ClaimsImportReport import_csv(const std::string& bytes) {
    return import_claims(committer, source({"x/liste.csv", read_plain}, bytes), options);
  }
  WithdrawalReport withdraw(const Id& batch) {
    WithdrawalReport report;
    committer.commit([&](Ledger& ledger) { report = withdraw_batch(ledger, options.author, batch.text()); });
    return report;
  }
  std::int64_t total() { return office.count("SELECT coalesce(sum(amount_cents), 0) FROM entry"); }
  std::int64_t open_claims() {
    return office.count("SELECT coalesce(sum(gross_cents), 0) FROM claim WHERE state = 'open'");
  }
  std::int64_t rows() {
    return office.count(
        "SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM claim) + (SELECT count(*) FROM debtor) +"
        " (SELECT count(*) FROM case_file) + (SELECT count(*) FROM contact_point) + (SELECT count(*) FROM "
        "document) +"
        " (SELECT count(*) FROM import_batch) + (SELECT count(*) FROM stored_file) + (SELECT count(*) FROM "
        "creditor) +"
        " (SELECT count(*) FROM history)");
  }
  std::string stage(const std::string& ref) {
    return sql::text(
               office.db(),
               "SELECT stage || ' ' || coalesce(closed_reason, '') FROM case_file WHERE ledger_ref = ?1", ref)
        .value_or("?");
  }
  std::string text(const std::string& query) { return sql::text(office.db(), query).value_or("?"); }
};

Code code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    INFO(failure.message());
    CHECK(failure.message().find("Nothing was") != std::string::npos);
    return failure.code();
  }
  FAIL("it was not refused");
  return Code::internal;
}

std::string csv_of(const std::string& lines) {
  return "debtor_ref;debtor_name;piece;issued_on;due_on;amount\n" + lines;
}

// A customer's payment of Dupont, as Sage 50 exports it, with the bank's line that balances it.
std::string ximport_payment(const std::string& euros, const std::string& on) {
  const auto padded = [](const std::string& text, std::size_t width) {
    return text + std::string(width - text.size(), ' ');
  };
  const auto line = [&](const std::string& account, const std::string& side) {
    return padded("1", 5) + "BQ" + on + padded("", 8) + padded("VIR", 12) + padded(account, 11) +
           padded("Virement", 25) + std::string(13 - euros.size(), ' ') + euros + side + padded("", 18) +
           padded("Dupont", 34) + "O2003\r\n";
  };
  return line("411DUPONT", "C") + line("512000", "D");
}

}  // namespace

TEST_CASE("R60: importing each sample twice equals once", "[R60]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    ClaimsWorld w;
    const ClaimsImportReport first = w.import(form);
    CHECK(first.entries_added > 0);
    CHECK(first.batch.has_value());
    const std::int64_t rows = w.rows(), total = w.total();
    const ClaimsImportReport again = w.import(form);
    CHECK(again.changes_nothing);
    CHECK(again.entries_known == first.entries_added);
    CHECK_FALSE(again.batch.has_value());
    CHECK(w.rows() == rows);
    CHECK(w.total() == total);
    CHECK(verify_office(w.office.db()).empty());
  }
}

TEST_CASE(
    "R60: importing twice equals once for any list, also when the second one has its lines in another order",
    "[R60]") {
  CHECK(rc::check("twice equals once", [] {
    const auto count = *rc::gen::inRange(1, 12);
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) {
      const auto debtor = std::to_string(*rc::gen::inRange(1, 4));
      const auto cents = *rc::gen::inRange(-5000, 20000);
      if (cents == 0) continue;
      lines.push_back("C" + debtor + ";Client " + debtor + ";F" + std::to_string(i) + ";01/02/2026;;" +
                      std::to_string(cents) + "\n");
    }
    RC_PRE(!lines.empty());
    std::string forward, backward;
    for (const std::string& line : lines) {
      forward += line;
      backward = line + backward;
    }
    ClaimsWorld w;
    const ClaimsImportReport first = w.import_csv(csv_of(forward));
    const std::int64_t rows = w.rows();
    const ClaimsImportReport again = w.import_csv(csv_of(backward));
    RC_ASSERT(first.entries_added == static_cast<std::int64_t>(lines.size()));
    RC_ASSERT(again.changes_nothing && w.rows() == rows);
    RC_ASSERT(w.total() == first.added_cents);
  }));
}

TEST_CASE("R60: a dry run says what an import would do, and stores nothing", "[R60]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    ClaimsWorld w;
    const std::int64_t rows = w.rows();
    const ClaimsImportReport told = preview_claims(w.office.db(), w.random, w.clock.now(),
                                                   ClaimsWorld::source(form, data(form.name)), w.options);
    CHECK(told.dry_run);
    CHECK(w.rows() == rows);
    const ClaimsImportReport done = w.import(form);
    CHECK(told.entries_added == done.entries_added);
    CHECK(told.claims_added == done.claims_added);
    CHECK(told.cases_opened == done.cases_opened);
    CHECK(told.contacts_added == done.contacts_added);
    CHECK(told.added_cents == done.added_cents);
  }
}

TEST_CASE("R60: an XIMPORT makes debtors, cases, entries and claims with their due dates", "[R60]") {
  ClaimsWorld w;
  w.options.terms_days = 45;
  const ClaimsImportReport report = w.import(forms()[0]);
  CHECK(report.debtors_added == 4);
  CHECK(report.cases_opened == 3);
  CHECK(report.entries_added == 9);
  CHECK(report.claims_added == 6);
  CHECK(report.added_cents == 120000 + 30050 + 9600 - 20000 - 6000 + 6000 - 5000 + 40000 + 9600);
  CHECK(w.total() == report.added_cents);
  CHECK(w.stage("411DUPONT") == "amicable ");
  CHECK(w.stage("411ZOE") == "closed settled");
  CHECK(w.text("SELECT due_on || due_origin FROM claim WHERE piece_ref = 'F26-0001'") == "2026-02-04stated");
  CHECK(w.text("SELECT due_on || due_origin FROM claim WHERE piece_ref = 'F26-0003'") == "2026-04-15terms");
  CHECK(w.text("SELECT kind FROM claim WHERE piece_ref = 'LCR 1'") == "bill");
  CHECK(w.text("SELECT kind FROM entry WHERE piece_ref = 'CHQ 44'") == "payment");
  CHECK(w.office.count("SELECT count(*) FROM entry WHERE account NOT LIKE '41%'") == 0);
}

TEST_CASE("R60: a due date that is neither stated nor agreed is assumed, and said to be", "[R60]") {
  ClaimsWorld w;
  const ClaimsImportReport report = w.import(forms()[3]);
  CHECK(report.due_assumed == 1);
  CHECK(w.text("SELECT due_on || due_origin FROM claim") == "2026-03-02assumed");
  ClaimsWorld agreed;
  agreed.options.terms_days = 60;
  CHECK(agreed.import(forms()[3]).due_assumed == 0);
  CHECK(agreed.text("SELECT due_on || due_origin FROM claim") == "2026-04-01terms");
}

TEST_CASE("R60: an invoice is kept as evidence on the case", "[R60][R04]") {
  ClaimsWorld w;
  w.import(forms()[7]);
  CHECK(w.office.count("SELECT evidence_ok FROM claim") == 1);
  CHECK(w.text("SELECT name FROM document WHERE kind = 'evidence'") == "Facture F124212");
  CHECK(w.office.count("SELECT count(*) FROM document d JOIN stored_file s ON s.case_id = d.case_id WHERE "
                       "lower(hex(s.hash)) = d.file_hash AND length(s.content) = d.size_bytes") == 1);
  CHECK(w.text("SELECT siren || siret FROM debtor") == "78787878478787878400018");
  CHECK(w.text("SELECT value || source FROM contact_point WHERE type = 'mobile'") ==
        "+33742124212ubl-21-en16931.xml");
  CHECK(w.text("SELECT siren FROM creditor WHERE name = 'Chauffage Legrand'") == "999999998");
}

TEST_CASE("R60: the same invoice in another form adds nothing but what it tells of the debtor", "[R60]") {
  ClaimsWorld w;
  w.import(forms()[3]);
  const ClaimsImportReport pdf = w.import(forms()[6]);
  CHECK(pdf.entries_added == 0);
  CHECK(pdf.entries_known == 1);
  CHECK(pdf.contacts_added == 3);
  CHECK(w.office.count("SELECT count(*) FROM claim") == 1);
  CHECK(w.office.count("SELECT count(*) FROM debtor") == 1);
}

TEST_CASE("R60: an invoice of another seller is not this creditor's", "[R60]") {
  ClaimsWorld w;
  w.import(forms()[7]);
  const std::int64_t rows = w.rows();
  CHECK(code_of([&] { w.import(forms()[3]); }) == Code::refused);
  CHECK(w.rows() == rows);
}

TEST_CASE("R60: two files that name one company by its SIREN have one case", "[R60]") {
  ClaimsWorld w;
  w.import_csv(
      "debtor_ref;debtor_name;siren;piece;issued_on;amount\nC9;Jolie;787 878 784;F1;01/02/2026;10\n"
      "C10;Jolie bis;787878784;F2;01/02/2026;10\n");
  CHECK(w.office.count("SELECT count(*) FROM case_file") == 1);
  const ClaimsImportReport invoice = w.import(forms()[7]);
  CHECK(invoice.debtors_known == 1);
  CHECK(w.office.count("SELECT count(*) FROM case_file") == 1);
}

TEST_CASE("R60: a piece that another kind of file brought is not asked twice", "[R60]") {
  ClaimsWorld w;
  w.import(forms()[7]);
  const ClaimsImportReport csv = w.import_csv(csv_of("C1;Ma jolie boutique;F124212;17/06/2026;;208,03\n"));
  CHECK(csv.entries_elsewhere == 1);
  CHECK(csv.changes_nothing);
  CHECK(w.office.count("SELECT count(*) FROM claim") == 1);
}

TEST_CASE("R60: a piece with another amount is told by its line and left as it is", "[R60]") {
  ClaimsWorld w;
  w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\nC1;A;F2;01/02/2026;;50\n"));
  const ClaimsImportReport again = w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\nC1;A;F2;01/02/2026;;20\n"));
  CHECK(again.changed_lines == std::vector<std::uint64_t>{3});
  CHECK(w.total() == 15000);
}

TEST_CASE("R60: an account settled by later credits closes, new claims open it again", "[R60]") {
  ClaimsWorld w;
  w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n"));
  CHECK(w.import_csv(csv_of("C1;A;AV1;01/03/2026;;-100\n")).cases_closed == 1);
  CHECK(w.stage("C1") == "closed settled");
  CHECK(w.import_csv(csv_of("C1;A;F9;01/12/2026;01/01/2027;70\n")).cases_reopened == 1);
  CHECK(w.stage("C1") == "pre_due ");
}

TEST_CASE("R60: a ledger and other files do not mix on one creditor", "[R60]") {
  ClaimsWorld w;
  const std::string fec = data("fec/0000000001FEC20220831.txt");
  const FecImportOptions options{.creditor = kCreditor, .author = w.options.author, .today = "2026-11-21"};
  const auto import_ledger = [&] {
    return import_fec(w.committer, FecSource{.file = read_fec(fec), .hash = sha256(fec)}, options);
  };
  const ClaimsImportReport csv = w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n"));
  CHECK(code_of([&] { import_ledger(); }) == Code::refused);
  w.withdraw(*csv.batch);
  CHECK(import_ledger().entries_added == 538);
  CHECK(code_of([&] { w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n")); }) == Code::refused);
}

TEST_CASE("R60: a file with a wrong line is refused whole", "[R60]") {
  ClaimsWorld w;
  const std::int64_t rows = w.rows();
  CHECK(code_of([&] { w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\nC1;A;F2;hier;;50\n")); }) ==
        Code::bad_file);
  w.options.creditor.clear();
  CHECK_THROWS_AS(w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n")), Failure);
  CHECK(w.rows() == rows);
}

TEST_CASE("R60: a batch lists what it made, is taken back by new entries, and can be imported again",
          "[R60]") {
  for (const Form& form : forms()) {
    INFO(form.name);
    ClaimsWorld w;
    const ClaimsImportReport first = w.import(form);
    const BatchFacts batch = one_batch(w.office.db(), first.batch->text());
    CHECK(batch.entries == first.entries_added);
    CHECK(batch.claims == first.claims_added);
    CHECK(batch.cents == first.added_cents);
    CHECK(rows_of_batch(w.office.db(), batch.id).size() == static_cast<std::size_t>(first.entries_added));
    const std::int64_t open = w.open_claims();

    const std::int64_t entries = w.office.count("SELECT count(*) FROM entry");
    const WithdrawalReport back = w.withdraw(batch.id);
    CHECK(back.entries_reversed == first.entries_added);
    CHECK(back.claims_withdrawn == first.claims_added);
    CHECK(w.office.count("SELECT count(*) FROM entry") == 2 * entries);  // nothing is deleted
    CHECK(w.total() == 0);
    CHECK(w.open_claims() == 0);
    CHECK(w.office.count("SELECT count(*) FROM case_file WHERE stage <> 'closed'") == 0);
    CHECK(w.office.count("SELECT count(*) FROM case_file WHERE closed_reason = 'import_withdrawn'") ==
          first.cases_opened);
    CHECK(one_batch(w.office.db(), batch.id.text()).withdrawn_at.has_value());
    CHECK(code_of([&] { w.withdraw(batch.id); }) == Code::refused);

    const ClaimsImportReport again = w.import(form);
    CHECK(again.entries_added == first.entries_added);
    CHECK(again.debtors_added == 0);
    CHECK(w.total() == first.added_cents);
    CHECK(w.open_claims() == open);
    CHECK(w.import(form).changes_nothing);
    w.withdraw(*again.batch);
    CHECK(w.total() == 0);
    CHECK(verify_office(w.office.db()).empty());
  }
}

TEST_CASE("R60: of two who withdraw one import at once, the second is told that it was done", "[R60]") {
  ClaimsWorld w;
  const Id batch = *w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n")).batch;
  const auto seen_by_both = one_batch(w.office.db(), batch.text());
  CHECK(!seen_by_both.withdrawn_at);
  w.withdraw(batch);
  const std::int64_t rows = w.rows();
  CHECK(code_of([&] { w.withdraw(seen_by_both.id); }) == Code::refused);
  CHECK(w.rows() == rows);
  CHECK(w.total() == 0);
}

TEST_CASE("R60: a batch that closed a case by a credit note opens it again when it goes", "[R60]") {
  ClaimsWorld w;
  w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n"));
  const ClaimsImportReport note = w.import_csv(csv_of("C1;A;AV1;01/03/2026;;-100\n"));
  CHECK(w.withdraw(*note.batch).cases_reopened == 1);
  CHECK(w.stage("C1") == "amicable ");
  CHECK(w.total() == 10000);
}

TEST_CASE("R60: a batch on which payments or letters rest is not taken back", "[R60]") {
  for (const std::string what : {"payment", "letter"}) {
    INFO(what);
    ClaimsWorld w;
    const ClaimsImportReport report = w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n"));
    const Id case_id = *sql::id(w.office.db(), "SELECT id FROM case_file WHERE ledger_ref = 'C1'");
    w.clock.advance(1000);
    const Id row = w.random.row_id(w.clock.now());
    const sync::Op op = what == "payment" ? insert_op("payment", row,
                                                      {{"case_id", case_id},
                                                       {"amount_cents", std::int64_t{4000}},
                                                       {"paid_on", std::string("2026-11-20")},
                                                       {"state", std::string("received")}})
                                          : insert_op("letter", row,
                                                      {{"case_id", case_id},
                                                       {"kind", std::string("reminder_1")},
                                                       {"state", std::string("issued")},
                                                       {"number", std::string("L-1")}});
    REQUIRE(w.office.edit(w.office.system(), {op}).status == sync::Status::applied);
    const std::int64_t rows = w.rows();
    CHECK(code_of([&] { w.withdraw(*report.batch); }) == Code::refused);
    CHECK(w.rows() == rows);
    CHECK(w.open_claims() == 10000);
    const std::vector<Obstacle> obstacles =
        obstacles_of(w.office.db(), one_batch(w.office.db(), report.batch->text()));
    REQUIRE(obstacles.size() == 1);
    CHECK(obstacles[0].code == what + "s");
  }
}

TEST_CASE(
    "R60: money that the office received counts once when an XIMPORT shows it, and by itself when that goes",
    "[R60]") {
  ClaimsWorld w;
  w.import_csv(csv_of("411DUPONT;Dupont;F0;01/02/2026;;10\n"));
  const Id case_id = *sql::id(w.office.db(), "SELECT id FROM case_file WHERE ledger_ref = '411DUPONT'");
  REQUIRE(w.office
              .edit(w.office.system(), {insert_op("payment", w.random.row_id(w.clock.now()),
                                                  {{"case_id", case_id},
                                                   {"amount_cents", std::int64_t{20000}},
                                                   {"paid_on", std::string("2026-02-08")},
                                                   {"state", std::string("received")}})})
              .status == sync::Status::applied);
  w.clock.advance(1000);
  const auto balance = [&] { return standing_of_case(w.office.db(), case_id).account.balance_cents; };
  CHECK(balance() == 1000 - 20000);
  const ClaimsImportReport report = w.import(forms()[0]);
  CHECK(balance() == 1000 + 120000 + 30050 - 20000 - 5000);
  CHECK(w.stage("411DUPONT") == "amicable ");
  CHECK(w.import(forms()[0]).changes_nothing);
  w.withdraw(*report.batch);
  CHECK(balance() == 1000 - 20000);
  w.import(forms()[0]);
  CHECK(balance() == 1000 + 120000 + 30050 - 20000 - 5000);
}

TEST_CASE("R60: a payment in the file that the bank brought before closes no case that is owed",
          "[R60][R33]") {
  ClaimsWorld w;
  w.committer.commit(
      [&](Ledger& ledger) { static_cast<void>(add_reference_rows(ledger, w.options.author)); });
  w.import_csv(csv_of("411DUPONT;Dupont;F0;01/02/2026;;100\n411DUPONT;Dupont;F1;01/03/2026;;50\n"));
  const Id case_id = *sql::id(w.office.db(), "SELECT id FROM case_file WHERE ledger_ref = '411DUPONT'");
  w.committer.commit([&](Ledger& ledger) {
    const Receipt receipt{.case_id = case_id, .amount_cents = 10'000, .paid_on = "2026-03-10"};
    CHECK(receive_payment(ledger, w.options.author, receipt, w.options.today).left_cents == 0);
  });
  const std::string file = ximport_payment("100,00", "20260311");
  const ClaimsSource source{.file = read_ximport(file, false), .hash = sha256(file), .name = "XIMPORT.TXT"};
  CHECK(preview_claims(w.office.db(), w.random, w.clock.now(), source, w.options).cases_closed == 0);
  const ClaimsImportReport report = import_claims(w.committer, source, w.options);
  CHECK(report.entries_added == 1);
  CHECK(report.cases_closed == 0);
  CHECK(w.stage("411DUPONT") == "amicable ");
  CHECK(standing_of_case(w.office.db(), case_id).account.balance_cents == 5'000);
  // what the bank has not brought closes it
  const std::string rest = ximport_payment("50,00", "20260401");
  CHECK(import_claims(w.committer, {.file = read_ximport(rest, false), .hash = sha256(rest), .name = "X"},
                      w.options)
            .cases_closed == 1);
  CHECK(w.stage("411DUPONT") == "closed settled");
}

TEST_CASE("R60: an import of a ledger is taken back too, newest first, and comes again whole", "[R60]") {
  ClaimsWorld w;
  const std::string fec = data("fec/0000000001FEC20220831.txt");
  const FecImportOptions options{.creditor = kCreditor, .author = w.options.author, .today = "2026-11-21"};
  const auto import_ledger = [&] {
    return import_fec(w.committer, FecSource{.file = read_fec(fec), .hash = sha256(fec)}, options);
  };
  const FecImportReport first = import_ledger();
  const std::int64_t total = w.total(), open = w.open_claims();
  const auto stages = [&] {
    return w.office.count("SELECT count(*) FROM case_file WHERE stage <> 'closed'");
  };
  const std::int64_t open_cases = stages();
  for (int round = 0; round < 2; ++round) {
    INFO(round);
    const std::vector<BatchFacts> batches = list_batches(w.office.db(), kCreditor);
    w.withdraw(batches.front().id);
    CHECK(w.total() == 0);
    CHECK(w.open_claims() == 0);
    CHECK(stages() == 0);
    w.clock.advance(1000);
    const FecImportReport again = import_ledger();
    CHECK(again.entries_known == first.entries_added);
    CHECK(again.ledger_balance_cents == first.ledger_balance_cents);
    CHECK(w.total() == total);
    CHECK(w.open_claims() == open);
    CHECK(stages() == open_cases);
    CHECK(import_ledger().changes_nothing);
    CHECK(verify_office(w.office.db()).empty());
  }
}

TEST_CASE("R60: an import of an agent is refused, and so is a withdrawal", "[R60]") {
  ClaimsWorld w;
  const ClaimsImportReport report = w.import_csv(csv_of("C1;A;F1;01/02/2026;;100\n"));
  w.options.author = {.staff_id = w.office.add_staff("paul", "agent"), .role = schema::agent};
  const std::int64_t rows = w.rows();
  CHECK(code_of([&] { w.import_csv(csv_of("C2;B;F2;01/02/2026;;100\n")); }) == Code::refused);
  CHECK(code_of([&] { w.withdraw(*report.batch); }) == Code::refused);
  CHECK(w.rows() == rows);
}

TEST_CASE("R60: a mapping is kept for a creditor under a name", "[R60]") {
  ClaimsWorld w;
  const CsvMapping mapping = mapping_of_json(data("claims/impayes_sage.mapping.json"));
  const auto save = [&](const CsvMapping& kept) {
    w.committer.commit(
        [&](Ledger& ledger) { save_mapping(ledger, w.options.author, "Meunier SA", "sage", kept); });
  };
  CHECK(mapping_json(mapping_for(w.office.db(), "Meunier SA", "")) == mapping_json(plain_mapping()));
  save(mapping);
  save(mapping);
  CHECK(w.office.count("SELECT count(*) FROM import_mapping") == 1);
  CHECK(mapping_json(mapping_for(w.office.db(), "Meunier SA", "sage")) == mapping_json(mapping));
  CHECK(mapping_json(mapping_for(w.office.db(), "Meunier SA", "")) == mapping_json(mapping));  // the only one
  CsvMapping changed = mapping;
  changed.separator = ';';
  save(changed);
  CHECK(mapping_for(w.office.db(), "Meunier SA", "sage").separator == ';');
  CHECK_THROWS_AS(mapping_for(w.office.db(), "Meunier SA", "ciel"), Failure);
  CHECK_THROWS_AS(save(CsvMapping{}), Failure);
}
