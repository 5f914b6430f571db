// What a ledger says that customers owe, on made lines, on random ledgers and on the two real files.
#include "rules/receivables.h"

#include <rapidcheck.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "server/fec_reader.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

LedgerLine line(std::int64_t cents, const std::string& letter = "", const std::string& debtor = "C1",
                const std::string& account = "411000") {
  return {.journal = cents > 0 ? "VE" : "BQ",
          .account = account,
          .account_label = "Clients",
          .aux_account = debtor,
          .aux_label = "Client " + debtor,
          .piece_ref = "P" + std::to_string(cents),
          .label = "Libelle",
          .letter = letter,
          .booked_on = "2024-01-15",
          .piece_on = "2024-01-10",
          .amount_cents = cents};
}

LedgerLine dated(LedgerLine base, const std::string& piece_on) {
  base.piece_on = piece_on;
  return base;
}

std::vector<LedgerLine> ledger_of(const std::string& name) {
  std::ifstream in(std::string(RELANCE_SOURCE_DIR) + "/tests/data/fec/" + name, std::ios::binary);
  REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  const FecFile file = read_fec(out.str());
  REQUIRE(fec_refusal(file, false).empty());
  return ledger_lines(file);
}

/// A small ledger with equal lines, letters that settle and letters that do not.
std::vector<LedgerLine> any_ledger() {
  std::vector<LedgerLine> lines;
  const auto size = *rc::gen::inRange<std::size_t>(0, 30);
  for (std::size_t i = 0; i < size; ++i) {
    const auto cents = *rc::gen::element<std::int64_t>(-500, -200, -100, 0, 100, 200, 300);
    LedgerLine made = line(cents, *rc::gen::element<std::string>("", "A", "B", "a"),
                           *rc::gen::element<std::string>("", "C1", "C2"),
                           *rc::gen::element<std::string>("411000", "413000", "416100", "418100", "419100"));
    made.piece_on = *rc::gen::element<std::string>("", "2024-01-10", "2024-03-01");
    lines.push_back(made);
  }
  return lines;
}

struct Figures {
  std::size_t debtors, with_case, claims, credits;
  std::int64_t balance_cents, claimed_cents, credit_cents;
};

Figures figures_of(const Receivables& view) {
  Figures out{.debtors = view.debtors.size(), .balance_cents = view.balance_cents};
  for (const DebtorAccount& debtor : view.debtors) {
    out.with_case += debtor.opens_case;
    out.claims += debtor.claims.size();
    out.credits += debtor.credits.size();
    out.claimed_cents += debtor.claimed_cents;
    out.credit_cents += debtor.credit_cents;
  }
  return out;
}

}  // namespace

TEST_CASE("receivables: the 18-column file, to the cent") {
  const auto lines = ledger_of("0000000001FEC20220831.txt");
  const Receivables view = receivables_of(lines, 30);
  const Figures figures = figures_of(view);
  CHECK(figures.balance_cents == 5251724);
  CHECK(figures.debtors == 17);
  CHECK(figures.with_case == 5);
  CHECK(figures.claims == 38);
  CHECK(figures.credits == 11);
  CHECK(figures.claimed_cents - figures.credit_cents == figures.balance_cents);
}

TEST_CASE("receivables: the 22-column file, to the cent") {
  const auto lines = ledger_of("000000000FEC20231231.txt");
  const Figures figures = figures_of(receivables_of(lines, 30));
  CHECK(figures.balance_cents == 2777170);
  CHECK(figures.debtors == 4);
  CHECK(figures.with_case == 3);
  CHECK(figures.claims == 20);
  CHECK(figures.credits == 133);
  CHECK(figures.claimed_cents - figures.credit_cents == figures.balance_cents);
}

TEST_CASE("receivables: the debtor is the customer's account, or the general one") {
  const std::vector<LedgerLine> lines = {line(100, "", "C1"), line(100, "", ""),
                                         line(100, "", "", "411DUPONT")};
  const Receivables view = receivables_of(lines, 30);
  REQUIRE(view.debtors.size() == 3);
  CHECK(view.debtors[0].key == "411000");
  CHECK(view.debtors[0].name == "Clients");
  CHECK(view.debtors[1].key == "411DUPONT");
  CHECK(view.debtors[2].key == "C1");
  CHECK(view.debtors[2].name == "Client C1");
}

TEST_CASE("receivables: the debtor's name is the one of the latest line") {
  std::vector<LedgerLine> lines = {line(100), line(200), line(300), line(400)};
  lines[1].aux_label = "New name";
  lines[1].booked_on = "2024-06-01";
  lines[3].aux_label = "";
  lines[3].booked_on = "2024-07-01";
  CHECK(receivables_of(lines, 30).debtors[0].name == "New name");
}

TEST_CASE("receivables: a letter settles only where it sums to zero") {
  const std::vector<LedgerLine> lines = {line(100, "A"), line(-100, "A"), line(300, "B"), line(-200, "B"),
                                         line(50)};
  CHECK(settled_lines(lines) == std::vector<bool>{true, true, false, false, false});
  const DebtorAccount debtor = receivables_of(lines, 30).debtors.at(0);
  CHECK(debtor.entries.size() == 5);
  CHECK(debtor.claims.size() == 2);
  CHECK(debtor.credits.size() == 1);
  CHECK(debtor.claimed_cents == 350);
  CHECK(debtor.credit_cents == 200);
  CHECK(debtor.balance_cents == 150);
}

TEST_CASE("receivables: letters belong to one debtor, and small ones are other letters") {
  CHECK(settled_lines(std::vector{line(100, "A", "C1"), line(-100, "A", "C2")}) ==
        std::vector<bool>{false, false});
  CHECK(settled_lines(std::vector{line(100, "A"), line(-100, "a")}) == std::vector<bool>{false, false});
  CHECK(settled_lines(std::vector{line(100, "A", "C1", "411000"), line(-100, "A", "C1", "413000")}) ==
        std::vector<bool>{true, true});
  CHECK(settled_lines(std::vector{line(100), line(-100)}) == std::vector<bool>{false, false});
}

TEST_CASE("receivables: open debits of 411, 413 and 416 are claims; 418, 419 and 410 are entries only") {
  std::vector<LedgerLine> lines;
  for (const char* account : {"410000", "411000", "413000", "416000", "417000", "418100", "419100"}) {
    lines.push_back(line(100, "", "C1", account));
    lines.push_back(line(-10, "", "C1", account));
  }
  const DebtorAccount debtor = receivables_of(lines, 30).debtors.at(0);
  CHECK(debtor.entries.size() == 14);
  CHECK(debtor.claims.size() == 3);
  CHECK(debtor.credits.size() == 3);
  CHECK(debtor.balance_cents == 7 * 90);
  CHECK(debtor.entries[0].kind == EntryKind::adjustment);
  CHECK(debtor.entries[13].kind == EntryKind::adjustment);
}

TEST_CASE("receivables: a zero line is an entry and neither claim nor credit") {
  const DebtorAccount debtor = receivables_of(std::vector{line(0)}, 30).debtors.at(0);
  CHECK(debtor.entries.size() == 1);
  CHECK(debtor.claims.empty());
  CHECK(debtor.credits.empty());
  CHECK_FALSE(debtor.opens_case);
}

TEST_CASE("receivables: a case opens where debits exceed credits") {
  const auto opens = [](const std::vector<LedgerLine>& lines) {
    return receivables_of(lines, 30).debtors.at(0).opens_case;
  };
  CHECK(opens({line(100)}));
  CHECK(opens({line(100), line(-99)}));
  CHECK_FALSE(opens({line(100), line(-100)}));
  CHECK_FALSE(opens({line(100), line(-101)}));
  CHECK_FALSE(opens({line(100, "A"), line(-100, "A")}));
  CHECK(opens({line(100, "A"), line(-60, "A")}));
  // nothing can be asked on 418, and nobody is chased who has more standing in 419 than he owes
  CHECK_FALSE(opens({line(100, "", "C1", "418100")}));
  CHECK_FALSE(opens({line(100), line(-100), line(50, "", "C1", "418100")}));
  CHECK_FALSE(opens({line(100), line(-150, "", "C1", "419100")}));
  CHECK(opens({line(100), line(-50, "", "C1", "419100")}));
}

TEST_CASE(
    "receivables: a claim is due its piece date plus terms, or its booking date where that is missing") {
  const DebtorAccount debtor =
      receivables_of(
          std::vector{dated(line(100), "2024-01-31"), dated(line(200), ""), dated(line(300), "2023-12-01")},
          30)
          .debtors.at(0);
  REQUIRE(debtor.claims.size() == 3);
  CHECK(debtor.claims[0].issued_on == "2023-12-01");  // oldest due first
  CHECK(debtor.claims[0].due_on == "2023-12-31");
  CHECK(debtor.claims[1].issued_on == "2024-01-15");
  CHECK(debtor.claims[1].due_on == "2024-02-14");
  CHECK(debtor.claims[2].due_on == "2024-03-01");
  CHECK(debtor.entries[debtor.claims[2].entry].amount_cents == 100);
  CHECK(receivables_of(std::vector{line(100)}, 0).debtors[0].claims[0].due_on == "2024-01-10");
}

TEST_CASE("receivables: a credit in a journal of sales is a credit note, elsewhere a payment") {
  std::vector<LedgerLine> lines = {line(100), line(200), line(-30), line(-40),
                                   line(-50), line(60),  line(-70)};
  lines[2].journal = "VE";
  lines[5].journal = "BQ";  // a bounced payment
  lines[6].is_opening = true;
  lines[6].journal = "VE";
  const DebtorAccount debtor = receivables_of(lines, 30).debtors.at(0);
  const std::vector<EntryKind> expected = {EntryKind::invoice, EntryKind::invoice, EntryKind::credit_note,
                                           EntryKind::payment, EntryKind::payment, EntryKind::returned,
                                           EntryKind::payment};
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(debtor.entries[i].kind == expected[i]);
}

TEST_CASE("receivables: the opening journal of a real file is known by its name") {
  const auto lines = ledger_of("0000000001FEC20220831.txt");
  CHECK(std::count_if(lines.begin(), lines.end(), [](const LedgerLine& l) { return l.is_opening; }) == 7);
}

TEST_CASE("receivables: a real journal of bank with bounced payments is no journal of sales") {
  const auto lines = ledger_of("0000000001FEC20220831.txt");
  std::map<EntryKind, int> kinds;
  for (const DebtorAccount& debtor : receivables_of(lines, 30).debtors) {
    for (const LedgerEntry& entry : debtor.entries) ++kinds[entry.kind];
  }
  CHECK(kinds[EntryKind::invoice] == 391 + 7);
  CHECK(kinds[EntryKind::returned] == 2);
  CHECK(kinds[EntryKind::credit_note] == 8);
  CHECK(kinds[EntryKind::payment] == 87 + 42 + 1);
}

TEST_CASE("receivables: a line's key is its content, without what a later export may change") {
  const LedgerLine base = line(100);
  const std::string key = line_keys(std::vector{base}).at(0);
  LedgerLine same = base;
  same.letter = "AB";
  same.aux_label = "Renamed";
  same.account_label = "Renamed";
  same.is_opening = true;
  CHECK(line_keys(std::vector{line(7), same}).at(1) == key);
  const std::vector<void (*)(LedgerLine&)> changes = {
      [](LedgerLine& l) { l.journal += "x"; },     [](LedgerLine& l) { l.account += "1"; },
      [](LedgerLine& l) { l.aux_account += "x"; }, [](LedgerLine& l) { l.piece_ref += "x"; },
      [](LedgerLine& l) { l.label += "x"; },       [](LedgerLine& l) { l.booked_on = "2024-01-16"; },
      [](LedgerLine& l) { l.piece_on = ""; },      [](LedgerLine& l) { l.amount_cents = -100; }};
  for (const auto change : changes) {
    LedgerLine other = base;
    change(other);
    CHECK(line_keys(std::vector{other}).at(0) != key);
  }
}

TEST_CASE("receivables: a border between fields cannot be imitated") {
  LedgerLine a = line(100), b = line(100);
  a.journal = "VE10:2024-01-15";
  a.booked_on = "";
  b.journal = "VE";
  CHECK(line_keys(std::vector{a}).at(0) != line_keys(std::vector{b}).at(0));
}

TEST_CASE("receivables: equal lines are counted, the settled one first") {
  const std::vector<LedgerLine> open = {line(100), line(100), line(-100)};
  std::vector<LedgerLine> later = open;
  later[1].letter = later[2].letter = "A";
  const auto keys = line_keys(open);
  const auto later_keys = line_keys(later);
  CHECK(keys[0] != keys[1]);
  CHECK(std::set(keys.begin(), keys.end()) == std::set(later_keys.begin(), later_keys.end()));
  CHECK(later_keys[1] == keys[0]);  // the settled of the two takes the first name, wherever it stands
  std::swap(later[0], later[1]);
  CHECK(line_keys(later).at(0) == keys[0]);
}

TEST_CASE("receivables: keys are unique and keep over a later export of a real file") {
  const auto lines =
      ledger_of(GENERATE(as<std::string>(), "0000000001FEC20220831.txt", "000000000FEC20231231.txt"));
  const auto keys = line_keys(lines);
  CHECK(std::set(keys.begin(), keys.end()).size() == lines.size());
  const std::size_t half = lines.size() / 2;
  std::vector<LedgerLine> earlier(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(half));
  for (LedgerLine& early : earlier) early.letter.clear();
  const auto earlier_keys = line_keys(earlier);
  const std::set all(keys.begin(), keys.end());
  CHECK(std::all_of(earlier_keys.begin(), earlier_keys.end(),
                    [&](const auto& key) { return all.count(key) == 1; }));
}

TEST_CASE("receivables: hold for every ledger") {
  CHECK(rc::check("the ledger balance is the sum over debtors, and each account adds up", [] {
    const auto lines = any_ledger();
    const Receivables view = receivables_of(lines, 30);
    std::int64_t all = 0, debtors = 0;
    std::size_t entries = 0;
    for (const LedgerLine& l : lines) all += l.amount_cents;
    for (const DebtorAccount& debtor : view.debtors) {
      debtors += debtor.balance_cents;
      entries += debtor.entries.size();
      std::int64_t open = 0;
      for (const LedgerEntry& entry : debtor.entries) {
        if (!entry.is_settled && entry.kind != EntryKind::adjustment) open += entry.amount_cents;
      }
      RC_ASSERT(debtor.claimed_cents - debtor.credit_cents == open);
    }
    RC_ASSERT(view.balance_cents == all);
    RC_ASSERT(debtors == all);
    RC_ASSERT(entries == lines.size());
  }));
  CHECK(rc::check("what is settled sums to zero, and what is open is not a whole letter", [] {
    const auto lines = any_ledger();
    const auto settled = settled_lines(lines);
    std::map<std::string, std::int64_t> sums;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RC_ASSERT(!settled[i] || !lines[i].letter.empty());
      if (!lines[i].letter.empty())
        sums[debtor_key(lines[i]) + "/" + lines[i].letter] += lines[i].amount_cents;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!lines[i].letter.empty())
        RC_ASSERT(settled[i] == (sums[debtor_key(lines[i]) + "/" + lines[i].letter] == 0));
    }
  }));
  CHECK(rc::check("keys are unique; their set and what each settles do not depend on order", [] {
    auto lines = any_ledger();
    const auto states = [](const std::vector<LedgerLine>& ledger) {
      const auto keys = line_keys(ledger);
      const auto settled = settled_lines(ledger);
      std::map<std::string, bool> out;
      for (std::size_t i = 0; i < keys.size(); ++i) RC_ASSERT(out.emplace(keys[i], settled[i]).second);
      return out;
    };
    const auto before = states(lines);
    for (std::size_t i = lines.size(); i > 1; --i)
      std::swap(lines[i - 1], lines[*rc::gen::inRange<std::size_t>(0, i)]);
    RC_ASSERT(states(lines) == before);
  }));
  CHECK(rc::check("a later export holds every key of an earlier one", [] {
    auto lines = any_ledger();
    const auto keys = line_keys(lines);
    for (const LedgerLine& added : any_ledger()) lines.push_back(added);
    for (LedgerLine& l : lines) l.letter = *rc::gen::element<std::string>("", "A", "Z");
    const auto later = line_keys(lines);
    const std::set all(later.begin(), later.end());
    for (const std::string& key : keys) RC_ASSERT(all.count(key) == 1);
  }));
}

TEST_CASE("receivables: credits are set against the oldest due first") {
  const std::vector<ClaimDue> claims = {{"2024-03-01", 300}, {"2024-01-01", 100}, {"2024-02-01", 200}};
  CHECK(what_is_asked(claims, 0).open_cents == std::vector<std::int64_t>{300, 100, 200});
  const Asked partly = what_is_asked(claims, 150);
  CHECK(partly.open_cents == std::vector<std::int64_t>{300, 0, 150});
  CHECK(partly.asked_cents == 450);
  CHECK(partly.credit_left_cents == 0);
  const Asked covered = what_is_asked(claims, 1000);
  CHECK(covered.open_cents == std::vector<std::int64_t>{0, 0, 0});
  CHECK(covered.credit_left_cents == 400);
  const std::vector<ClaimDue> tied = {{"2024-01-01", 100}, {"2024-01-01", 100}};
  CHECK(what_is_asked(tied, 100).open_cents == std::vector<std::int64_t>{0, 100});
  CHECK(what_is_asked({}, 5).credit_left_cents == 5);
}

TEST_CASE("receivables: no cent is lost between claims and credits") {
  CHECK(rc::check("asked - left = claims - credits", [] {
    std::vector<ClaimDue> claims;
    std::int64_t total = 0;
    const auto size = *rc::gen::inRange<std::size_t>(0, 20);
    for (std::size_t i = 0; i < size; ++i) {
      claims.push_back({*rc::gen::element("2024-01-01", "2024-02-01", "2024-03-01"),
                        *rc::gen::inRange<std::int64_t>(0, 1000)});
      total += claims.back().open_cents;
    }
    const auto credit = *rc::gen::inRange<std::int64_t>(0, 10000);
    const Asked asked = what_is_asked(claims, credit);
    RC_ASSERT(asked.asked_cents - asked.credit_left_cents == total - credit);
    RC_ASSERT(asked.asked_cents == 0 || asked.credit_left_cents == 0);
    RC_ASSERT(std::accumulate(asked.open_cents.begin(), asked.open_cents.end(), std::int64_t{0}) ==
              asked.asked_cents);
    for (std::size_t i = 0; i < size; ++i) {
      RC_ASSERT(asked.open_cents[i] >= 0 && asked.open_cents[i] <= claims[i].open_cents);
      for (std::size_t j = 0; j < size; ++j) {  // nothing younger is covered while older is open
        if (claims[i].due_on < claims[j].due_on && asked.open_cents[i] > 0)
          RC_ASSERT(asked.open_cents[j] == claims[j].open_cents);
      }
    }
  }));
}
