// Ledgers taken in through the real write path: figures to the cent, twice the same, later exports, years that
// follow each other, refusals that leave nothing behind.
#include "server/fec_import.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "host/failure.h"
#include "host/sqlite.h"
#include "server/database.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::test;
using server::FecImportOptions;
using server::FecImportReport;
using server::FecSource;

namespace {

constexpr const char* kFile18 = "0000000001FEC20220831.txt";
constexpr const char* kFile22 = "000000000FEC20231231.txt";
constexpr const char* kCreditor = "Ferme du Pont";
constexpr const char* kHeader =
    "JournalCode\tJournalLib\tEcritureNum\tEcritureDate\tCompteNum\tCompteLib\tCompAuxNum\tCompAuxLib\tPieceR"
    "ef\t"
    "PieceDate\tEcritureLib\tDebit\tCredit\tEcritureLet\tDateLet\tValidDate\tMontantdevise\tIdevise\n";

std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string real(const std::string& name) {
  return bytes_of_file(std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + name);
}

/// A line of a made ledger: 41x on one side, 70x or 51x on the other, so that the file balances.
struct Made {
  std::string journal = "VE", on = "20220110", debtor = "C1", piece = "F1", letter;
  std::int64_t cents = 0;  // debit positive
  std::string account = "411000";
};

std::string euros(std::int64_t cents) {
  return std::to_string(cents / 100) + "," + (cents % 100 < 10 ? "0" : "") + std::to_string(cents % 100);
}

std::string ledger_of(const std::vector<Made>& lines, const std::string& last_day = "20221231") {
  std::string out = kHeader;
  int number = 0;
  const auto put = [&](const Made& m, const std::string& account, const std::string& aux, std::int64_t cents,
                       const std::string& letter) {
    out += m.journal + "\t" + (m.journal == "AN" ? "A nouveaux" : "Journal") + "\t" + std::to_string(number) +
           "\t" + m.on + "\t" + account + "\tCompte\t" + aux + "\t" + (aux.empty() ? "" : "Client " + aux) +
           "\t" + m.piece + "\t" + m.on + "\tLibelle\t" + euros(std::max<std::int64_t>(cents, 0)) + "\t" +
           euros(std::max<std::int64_t>(-cents, 0)) + "\t" + letter + "\t\t20230101\t\t\n";
  };
  for (const Made& m : lines) {
    ++number;
    put(m, m.account, m.debtor, m.cents, m.letter);
    put(m, "512000", "", -m.cents, "");
  }
  // the year's last day belongs to every export of the whole year
  ++number;
  put({.on = last_day, .piece = "X"}, "606000", "", 100, "");
  put({.on = last_day, .piece = "X"}, "512000", "", -100, "");
  return out;
}

struct ImportWorld : World {
  FecImportOptions options{.creditor = kCreditor};
  server::DirectCommitter committer{office.ledger()};

  ImportWorld() {
    options.author = {.staff_id = office.system(), .role = schema::office};
    options.today = "2026-11-21";
  }
  static FecSource source(const std::string& bytes) {
    return {.file = read_fec(bytes), .hash = sha256(bytes)};
  }
  FecImportReport import(const std::string& bytes) {
    return server::import_fec(committer, source(bytes), options);
  }
  FecImportReport preview(const std::string& bytes) {
    return server::preview_fec(office.db(), random, clock.now(), source(bytes), options);
  }
  std::int64_t total() { return office.count("SELECT coalesce(sum(amount_cents), 0) FROM entry"); }
  std::int64_t open_claims() {
    return office.count("SELECT coalesce(sum(gross_cents), 0) FROM claim WHERE state = 'open'");
  }
  std::int64_t changes() { return office.count("SELECT total_changes()"); }
  std::string stage(const std::string& ref) {
    return sql::text(
               office.db(),
               "SELECT stage || ' ' || coalesce(closed_reason, '') FROM case_file WHERE ledger_ref = ?1", ref)
        .value_or("?");
  }
  Id case_of(const std::string& ref) {
    return *sql::id(office.db(), "SELECT id FROM case_file WHERE ledger_ref = ?1", ref);
  }
  /// What is stored, without ids and times: two databases that say the same give the same text.
  std::string content() {
    std::string out;
    for (const char* text :
         {"SELECT c.number, c.ledger_ref, c.stage, c.closed_reason, d.legal_name, d.kind FROM case_file c "
          "JOIN debtor d ON d.id = c.debtor_id ORDER BY 2",
          "SELECT c.ledger_ref, e.kind, e.account, e.journal, e.piece_ref, e.label, e.booked_on, e.piece_on, "
          "e.amount_cents, e.letter, e.settled"
          " FROM entry e JOIN case_file c ON c.id = e.case_id ORDER BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
          "SELECT c.ledger_ref, k.piece_ref, k.kind, k.issued_on, k.due_on, k.gross_cents, k.state"
          " FROM claim k JOIN case_file c ON c.id = k.case_id ORDER BY 1, 2, 3, 4, 5, 6, 7"}) {
      sql::Query q(office.db(), text);
      while (q.next()) {
        for (int i = 0; i < q.column_count(); ++i)
          out += (q.is_null(i)                                       ? "-"
                  : std::holds_alternative<std::int64_t>(q.value(i)) ? std::to_string(q.integer(i))
                                                                     : q.text(i)) +
                 "|";
        out += "\n";
      }
    }
    return out;
  }
};

Code code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Failure& failure) {
    INFO(failure.message());
    CHECK(failure.message().find("Nothing was stored") != std::string::npos);
    return failure.code();
  }
  FAIL("it was not refused");
  return Code::internal;
}

std::string replaced(std::string text, const std::string& what, const std::string& by,
                     std::size_t times = 1) {
  std::size_t at = 0;
  for (; times > 0 && (at = text.find(what, at)) != std::string::npos; --times, at += by.size())
    text.replace(at, what.size(), by);
  REQUIRE(times == 0);
  return text;
}

}  // namespace

TEST_CASE("import: the 18-column file, to the cent") {
  ImportWorld w;
  const FecImportReport r = w.import(real(kFile18));
  CHECK(r.lines_read == 5422);
  CHECK(r.lines_kept == 538);
  CHECK(r.lines_other == 4884);
  CHECK(r.debtors_added == 17);
  CHECK(r.cases_opened == 5);
  CHECK(r.entries_added == 538);
  CHECK(r.claims_added == 38);
  CHECK(r.ledger_balance_cents == 5251724);
  CHECK(r.cases_balance_cents == 5251724);
  CHECK(w.total() == 5251724);
  CHECK(w.office.count("SELECT count(*) FROM case_file WHERE stage <> 'closed'") == 5);
  CHECK(w.office.count(
            "SELECT count(*) FROM case_file WHERE stage = 'closed' AND closed_reason = 'settled'") == 11);
  CHECK(w.stage("C00017") == "closed credit_balance");
  CHECK(w.office.count("SELECT count(*) FROM debtor WHERE kind = 'unknown'") == 17);
  CHECK(w.office.count("SELECT count(*) FROM import_batch") == 1);
  CHECK(w.open_claims() - r.open_credits_cents == 5251724);
  CHECK(sql::text(w.office.db(), "SELECT number FROM case_file ORDER BY number LIMIT 1") == "D-000001");
  CHECK(server::verify_office(w.office.db()).empty());
}

TEST_CASE("import: the 22-column file, to the cent") {
  ImportWorld w;
  const FecImportReport r = w.import(real(kFile22));
  CHECK(r.debtors_added == 4);
  CHECK(r.cases_opened == 3);
  CHECK(r.claims_added == 20);
  CHECK(r.cases_balance_cents == 2777170);
  CHECK(w.total() == 2777170);
}

TEST_CASE("import: two creditors, two sets of cases, one count of numbers") {
  ImportWorld w;
  w.import(real(kFile18));
  w.options.creditor = "Negoce SA";
  w.import(real(kFile22));
  CHECK(w.office.count("SELECT count(*) FROM case_file") == 21);
  CHECK(w.office.count("SELECT count(DISTINCT number) FROM case_file") == 21);
  CHECK(w.total() == 5251724 + 2777170);
}

TEST_CASE("import: the same file twice changes nothing") {
  ImportWorld w;
  w.import(real(kFile18));
  const std::int64_t before = w.changes();
  const FecImportReport r = w.import(real(kFile18));
  CHECK(r.changes_nothing);
  CHECK(r.entries_known == 538);
  CHECK(r.entries_added == 0);
  CHECK(r.debtors_known == 17);
  CHECK(r.cases_balance_cents == 5251724);
  CHECK(w.changes() == before);
}

TEST_CASE("import: every variant of form gives the same database") {
  ImportWorld original;
  original.import(real(kFile18));
  const std::string expected = original.content();
  std::string pipes = real(kFile18);
  std::replace(pipes.begin(), pipes.end(), '\t', '|');
  std::string crlf;
  for (const char c : real(kFile18)) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  const std::string no_bom = real(kFile18).substr(3);
  for (const std::string& variant : {pipes, crlf, no_bom}) {
    ImportWorld w;
    w.import(variant);
    CHECK(w.content() == expected);
    original.import(variant);
  }
  CHECK(original.content() == expected);
}

TEST_CASE("import: a dry run says the same and writes nothing") {
  ImportWorld w;
  const std::int64_t before = w.changes();
  const FecImportReport dry = w.preview(real(kFile18));
  CHECK(w.changes() == before);
  CHECK(dry.dry_run);
  const FecImportReport wet = w.import(real(kFile18));
  CHECK(dry.debtors_added == wet.debtors_added);
  CHECK(dry.entries_added == wet.entries_added);
  CHECK(dry.claims_added == wet.claims_added);
  CHECK(dry.cases_opened == wet.cases_opened);
  CHECK(dry.cases_balance_cents == wet.cases_balance_cents);
  CHECK(dry.open_credits_cents == wet.open_credits_cents);
}

TEST_CASE("import: a later export adds what is new and settles what was lettered since") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000},
                      {.piece = "F2", .cents = 5000},
                      {.debtor = "C2", .piece = "F3", .cents = 700}}));
  CHECK(w.open_claims() == 15700);
  const std::string later = ledger_of(
      {{.piece = "F1", .letter = "A", .cents = 10000},
       {.piece = "F2", .cents = 5000},
       {.debtor = "C2", .piece = "F3", .letter = "B", .cents = 700},
       {.journal = "BQ", .on = "20220301", .piece = "R1", .letter = "A", .cents = -10000},
       {.journal = "BQ", .on = "20220301", .debtor = "C2", .piece = "R2", .letter = "B", .cents = -700},
       {.debtor = "C3", .piece = "F4", .cents = 42}});
  const FecImportReport r = w.import(later);
  CHECK(r.entries_added == 3);
  CHECK(r.entries_known == 3);
  CHECK(r.entries_settled == 2);
  CHECK(r.claims_settled == 2);
  CHECK(r.claims_added == 1);
  CHECK(r.cases_closed == 1);
  CHECK(r.cases_opened == 1);
  CHECK(r.cases_balance_cents == 5042);
  CHECK(w.open_claims() == 5042);
  CHECK(w.stage("C2") == "closed settled");
  CHECK(w.stage("C1") == "amicable ");
  const std::int64_t before = w.changes();
  CHECK(w.import(later).changes_nothing);
  CHECK(w.changes() == before);

  // Unlettered again: what was settled is asked for again, and the case comes back.
  const FecImportReport undone = w.import(replaced(later, "\tB\t", "\t\t", 2));
  CHECK(undone.entries_reopened == 2);
  CHECK(undone.claims_reopened == 1);
  CHECK(undone.cases_reopened == 0);  // its payment still stands against it
  CHECK(w.stage("C2") == "closed settled");
}

TEST_CASE("import: new debits bring a closed case back, also one that a person closed; old ones do not") {
  ImportWorld w;
  const std::vector<Made> first{{.piece = "F1", .cents = 10000},
                                {.debtor = "C2", .piece = "F2", .cents = 300}};
  w.import(ledger_of(first));
  for (const char* ref : {"C1", "C2"})
    w.office.edit(
        w.office.system(),
        {update_op("case_file", w.case_of(ref),
                   {{"stage", std::string("closed")}, {"closed_reason", std::string("written_off")}})});
  CHECK(w.import(ledger_of(first)).changes_nothing);
  std::vector<Made> more = first;
  more.push_back({.piece = "F9", .cents = 55});
  const FecImportReport r = w.import(ledger_of(more));
  CHECK(r.cases_reopened == 1);
  CHECK(w.stage("C1") == "amicable ");
  CHECK(w.stage("C2") == "closed written_off");
}

TEST_CASE("import: a case in court is closed by people alone, a withdrawn claim stays withdrawn") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F2", .cents = 100}}));
  w.office.edit(w.office.system(),
                {update_op("case_file", w.case_of("C1"), {{"stage", std::string("litigation")}})});
  const Id claim = *sql::id(w.office.db(), "SELECT id FROM claim WHERE piece_ref = 'F2'");
  w.office.edit(w.office.system(), {update_op("claim", claim, {{"state", std::string("withdrawn")}})});
  w.import(ledger_of({{.piece = "F1", .letter = "A", .cents = 10000},
                      {.piece = "F2", .cents = 100},
                      {.journal = "BQ", .piece = "R", .letter = "A", .cents = -10000}}));
  CHECK(w.stage("C1") == "litigation ");
  CHECK(w.office.value("claim", claim, "state") == Value{std::string("withdrawn")});
}

TEST_CASE("import: nothing past due yet opens before due") {
  ImportWorld w;
  w.options.today = "2022-01-20";
  w.import(ledger_of({{.piece = "F1", .cents = 10000}}));
  CHECK(w.stage("C1") == "pre_due ");
  CHECK(sql::text(w.office.db(), "SELECT due_on FROM claim") == "2022-02-09");
}

TEST_CASE("import: the creditor's terms hold until the command says otherwise") {
  ImportWorld w;
  w.options.terms_days = 45;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}}));
  w.options.terms_days.reset();
  w.import(ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F2", .cents = 100}}));
  CHECK(w.office.count("SELECT count(*) FROM claim WHERE due_on = '2022-02-24'") == 2);
  CHECK(w.office.count("SELECT terms_days FROM creditor WHERE name = 'Ferme du Pont'") == 45);
}

TEST_CASE("import: lines that vanished are reversed, and come back") {
  ImportWorld w;
  const std::string full = ledger_of(
      {{.piece = "F1", .cents = 10000}, {.piece = "F2", .cents = 5000}, {.piece = "F3", .cents = 1}});
  const std::string less = ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F3", .cents = 1}});
  w.import(full);
  const FecImportReport gone = w.import(less);
  CHECK(gone.entries_vanished == 1);
  CHECK(gone.vanished_cents == 5000);
  CHECK(gone.claims_settled == 1);
  CHECK(gone.ledger_balance_cents == 10001);
  CHECK(w.total() == 10001);
  CHECK(w.open_claims() == 10001);
  CHECK(w.import(less).changes_nothing);
  const FecImportReport back = w.import(full);
  CHECK(back.claims_reopened == 1);
  CHECK(w.total() == 15001);
  CHECK(w.open_claims() == 15001);
  CHECK(w.import(full).changes_nothing);
  w.import(less);
  CHECK(w.total() == 10001);
  CHECK(server::verify_office(w.office.db()).empty());
}

TEST_CASE("import: a debtor whose lines all vanished is level and closed") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000},
                      {.debtor = "C2", .piece = "F2", .cents = 5000},
                      {.piece = "F5", .cents = 2}}));
  const FecImportReport r =
      w.import(ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F5", .cents = 2}}));
  CHECK(r.cases_closed == 1);
  CHECK(w.stage("C2") == "closed settled");
  CHECK(w.total() == 10002);
}

TEST_CASE("import: another company's ledger under this creditor's name is refused, unless it is accepted") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F2", .cents = 5000}}));
  const std::string other = ledger_of({{.debtor = "Z1", .piece = "A1", .cents = 10}});
  const std::int64_t before = w.changes();
  CHECK(code_of([&] { w.import(other); }) == Code::refused);
  CHECK(code_of([&] { w.preview(other); }) == Code::refused);
  CHECK(w.changes() == before);
  w.options.accept_difference = true;
  CHECK(w.import(other).entries_vanished == 2);
  CHECK(w.total() == 10);
}

TEST_CASE("import: the next year's opening lines are the same money; what pays them is set against it") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000},
                      {.piece = "F2", .letter = "A", .cents = 500},
                      {.journal = "BQ", .piece = "R", .letter = "A", .cents = -500}}));
  const FecImportReport r =
      w.import(ledger_of({{.journal = "AN", .on = "20230101", .piece = "RAN", .letter = "A", .cents = 10000},
                          {.journal = "BQ", .on = "20230210", .piece = "R2", .letter = "A", .cents = -10000},
                          {.on = "20230301", .piece = "F7", .cents = 800},
                          {.journal = "AN", .on = "20230101", .debtor = "C9", .piece = "RAN", .cents = 60}},
                         "20231231"));
  CHECK(r.openings_skipped == 1);
  CHECK(r.entries_added == 3);  // the opening line of C9 is of a debtor never seen: it is kept
  CHECK(r.ledger_balance_cents == 860);
  CHECK(w.total() == 860);
  CHECK(r.open_credits_cents == 10000);
  CHECK(w.open_claims() == 10860);
  CHECK(w.stage("C1") == "amicable ");

  SECTION("the year before exported again may add and settle") {
    const FecImportReport old =
        w.import(ledger_of({{.piece = "F1", .letter = "B", .cents = 10000},
                            {.piece = "F2", .letter = "A", .cents = 500},
                            {.journal = "BQ", .piece = "R", .letter = "A", .cents = -500},
                            {.piece = "F8", .letter = "B", .cents = 1},
                            {.journal = "OD", .piece = "F8", .letter = "B", .cents = -10001}}));
    CHECK(old.entries_added == 2);
    CHECK(old.entries_settled == 1);
    CHECK(old.ledger_balance_cents == 0);
    CHECK(w.open_claims() == 860);
  }
  SECTION("it may not take away what later exports know") {
    const std::int64_t before = w.changes();
    CHECK(code_of([&] {
            w.import(ledger_of({{.piece = "F1", .cents = 10000}, {.piece = "F2", .cents = 500}}));
          }) == Code::refused);
    CHECK(w.changes() == before);
  }
}

TEST_CASE(
    "import: opening lines that do not follow from what is stored are refused, or booked as a difference") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}}));
  const std::string next = ledger_of({{.journal = "AN", .on = "20230101", .piece = "RAN", .cents = 7000},
                                      {.on = "20230301", .piece = "F7", .cents = 800}},
                                     "20231231");
  const std::int64_t before = w.changes();
  try {
    w.import(next);
    FAIL("it was not refused");
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::refused);
    CHECK(failure.message().find("-30.00") != std::string::npos);
  }
  CHECK(w.changes() == before);
  w.options.accept_difference = true;
  const FecImportReport r = w.import(next);
  CHECK(r.differences == 1);
  CHECK(r.difference_cents == -3000);
  CHECK(r.open_credits_cents == 3000);
  CHECK(w.total() == 7800);
  CHECK(w.import(next).changes_nothing);
}

TEST_CASE("import: a later ledger without opening lines carries the earlier balances on") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}}));
  const FecImportReport r =
      w.import(ledger_of({{.on = "20230301", .piece = "F7", .cents = 800}}, "20230331"));
  CHECK(r.carried_cents == 10000);
  CHECK(r.ledger_balance_cents == 10800);
  CHECK(w.total() == 10800);
  // Booked at last, they change nothing.
  const FecImportReport booked =
      w.import(ledger_of({{.on = "20230301", .piece = "F7", .cents = 800},
                          {.journal = "AN", .on = "20230101", .piece = "RAN", .cents = 10000}},
                         "20230331"));
  CHECK(booked.changes_nothing);
  CHECK(booked.openings_skipped == 1);
  CHECK(booked.ledger_balance_cents == 10800);
}

TEST_CASE("import: years in the wrong order are refused") {
  ImportWorld w;
  w.import(ledger_of({{.journal = "AN", .on = "20230101", .piece = "RAN", .cents = 10000}}, "20231231"));
  CHECK(code_of([&] { w.import(ledger_of({{.piece = "F1", .cents = 10000}})); }) == Code::refused);
  CHECK(w.total() == 10000);
}

TEST_CASE("import: an unbalanced file is refused, and taken in when that is said") {
  ImportWorld w;
  const std::string unbalanced =
      replaced(ledger_of({{.piece = "F1", .cents = 10000}}), "\t100,00\t", "\t100,01\t");
  CHECK(code_of([&] { w.import(unbalanced); }) == Code::bad_file);
  CHECK(w.office.count("SELECT count(*) FROM case_file") == 0);
  w.options.accept_unbalanced = true;
  CHECK(w.import(unbalanced).cases_balance_cents == 10001);
}

TEST_CASE("import: a damaged file stores nothing at all") {
  ImportWorld w;
  const std::int64_t before = w.changes();
  const std::string damaged = replaced(real(kFile18), "6135,88", "61x35,88");
  w.options.accept_unbalanced = true;
  try {
    w.import(damaged);
    FAIL("it was not refused");
  } catch (const Failure& failure) {
    CHECK(failure.code() == Code::bad_file);
    CHECK(failure.message().find("line ") != std::string::npos);
    CHECK(failure.message().find("61x35") == std::string::npos);
  }
  CHECK(w.changes() == before);
  CHECK(w.office.count("SELECT count(*) FROM creditor WHERE name = 'Ferme du Pont'") == 0);
}

TEST_CASE("import: a clerk may not, and nothing is half done") {
  ImportWorld w;
  w.options.author = {.staff_id = w.office.add_staff("nadia", "clerk"), .role = schema::clerk};
  CHECK(code_of([&] { w.import(real(kFile18)); }) == Code::refused);
  CHECK(w.office.count("SELECT count(*) FROM entry") == 0);
  CHECK(w.office.count("SELECT count(*) FROM import_batch") == 0);
  CHECK_FALSE(sql::get_meta(w.office.db(), "case_counter").has_value());
}

TEST_CASE(
    "import: a holder's replica gets the new entries of a later export, and nothing when there are none") {
  ImportWorld w;
  w.import(ledger_of({{.piece = "F1", .cents = 10000}}));
  const Id paul = w.office.add_staff("paul", "agent");
  w.office.assign(w.case_of("C1"), paul);
  const auto device = w.add_device(paul);
  device->sync();
  CHECK(device->count("SELECT count(*) FROM entry") == 1);
  const std::string later = ledger_of({{.piece = "F1", .letter = "A", .cents = 10000},
                                       {.journal = "BQ", .piece = "R", .letter = "A", .cents = -10000},
                                       {.piece = "F2", .cents = 5}});
  w.import(later);
  device->sync();
  CHECK(device->count("SELECT count(*) FROM entry") == 3);
  CHECK(device->count("SELECT count(*) FROM claim WHERE state = 'open'") == 1);
  CHECK(device->differing_buckets() == 0);
  w.import(later);
  CHECK(device->sync().taken.received == 0);
}

TEST_CASE("import: more lines than one edit holds become several, in one commit") {
  ImportWorld w;
  std::vector<Made> lines;
  for (int i = 0; i < 1500; ++i)
    lines.push_back(
        {.debtor = "C" + std::to_string(i % 7), .piece = "F" + std::to_string(i), .cents = 100 + i});
  const FecImportReport r = w.import(ledger_of(lines));
  CHECK(r.entries_added == 1500);
  CHECK(w.office.count("SELECT count(*) FROM mutation_log WHERE intent = 'import.fec'") ==
        5);  // creditor, then 3,014 operations
  CHECK(server::verify_office(w.office.db()).empty());
}

TEST_CASE("import: long texts are cut whole, long accounts stay apart") {
  ImportWorld w;
  const std::string account(100, 'K');
  std::string text = ledger_of({{.debtor = account + "1", .piece = "F1", .cents = 100},
                                {.debtor = account + "2", .piece = "F2", .cents = 200}});
  std::string accents;
  for (int i = 0; i < 200; ++i) accents += "\xC3\xA9";
  text = replaced(text, "\tLibelle\t", "\tx" + accents + "\t");
  CHECK(w.import(text).debtors_added == 2);
  CHECK(w.office.count("SELECT length(CAST(label AS BLOB)) FROM entry WHERE piece_ref = 'F1'") == 199);
  CHECK(w.import(text).changes_nothing);
}

TEST_CASE("import: payroll and suppliers never reach the disk") {
  ImportWorld w;
  w.import(real(kFile18));
  std::set<std::string> kept, forbidden;
  std::istringstream in(real(kFile18));
  std::string line;
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, '\t');) {
      cell.erase(cell.find_last_not_of(" \r") + 1);
      cells.push_back(cell);
    }
    if (cells.size() < 13) continue;
    const bool is_ours = cells[4].starts_with("41");
    const bool is_private = cells[4].starts_with("40") || cells[4].starts_with("42") ||
                            cells[4].starts_with("43") || cells[4].starts_with("64");
    for (const std::size_t at : {5U, 7U, 10U})
      if (cells[at].size() >= 8 && (is_ours || is_private)) (is_ours ? kept : forbidden).insert(cells[at]);
  }
  for (const std::string& text : kept) forbidden.erase(text);
  for (auto it = forbidden.begin(); it != forbidden.end();) {  // what a kept text contains is no proof
    const bool is_part = std::any_of(kept.begin(), kept.end(),
                                     [&](const std::string& k) { return k.find(*it) != std::string::npos; });
    it = is_part ? forbidden.erase(it) : std::next(it);
  }
  REQUIRE(forbidden.size() > 20);
  std::string disk;
  for (const auto& file : std::filesystem::directory_iterator(w.dir.path()))
    disk += bytes_of_file(file.path());
  REQUIRE(disk.find("CLIENT 00001") != std::string::npos);
  std::size_t found = 0;
  for (const std::string& text : forbidden) found += disk.find(text) != std::string::npos;
  CHECK(found == 0);
}

TEST_CASE("import: a file is read in chunks, with progress, and missing ones are named") {
  ImportWorld w;
  std::int64_t done = 0, total = 0;
  const FecSource read = server::read_fec_source(
      std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + kFile18, [&](std::int64_t d, std::int64_t t) {
        done = d;
        total = t;
      });
  CHECK(done == total);
  CHECK(total == static_cast<std::int64_t>(real(kFile18).size()));
  CHECK(read.hash == sha256(real(kFile18)));
  CHECK(read.file.lines_kept == 538);
  CHECK_THROWS_AS(server::read_fec_source(w.dir.path() / "none.txt", nullptr), Failure);
  CHECK_THROWS_AS(server::read_fec_source(w.dir.path(), nullptr), Failure);
}
