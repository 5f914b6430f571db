// Accounts as of any day: what is open, and that it always sums to the ledger.
#include "rules/open_items.h"

#include <rapidcheck.h>

#include <numeric>

#include "tests/test.hpp"

using namespace relance;

namespace {

const std::vector<std::int64_t> kEdges{30, 60, 90, 120};

CivilDate any_day() { return add_days({2026, 1, 1}, *rc::gen::inRange<std::int64_t>(0, 400)); }

AccountItem any_item() {
  AccountItem item{.on = any_day(), .cents = *rc::gen::inRange<std::int64_t>(-100'000, 100'001)};
  item.due_on = add_days(item.on, *rc::gen::inRange<std::int64_t>(0, 90));
  item.group = *rc::gen::inRange<std::int64_t>(0, 4);
  item.is_credit_note = *rc::gen::arbitrary<bool>();
  item.is_disputed = *rc::gen::arbitrary<bool>();
  return item;
}

std::vector<AccountMatch> any_matches(std::size_t items) {
  if (items == 0) return {};
  const auto place = [&] { return *rc::gen::inRange<std::size_t>(0, items); };
  std::vector<AccountMatch> out(*rc::gen::inRange<std::size_t>(0, 6));
  for (AccountMatch& match : out) match = {place(), place(), *rc::gen::inRange<std::int64_t>(1, 100'000)};
  return out;
}

}  // namespace

TEST_CASE("R06: buckets less what is unallocated are the ledger balance, for any account and any day",
          "[R06]") {
  CHECK(rc::check("sum of buckets - unallocated = ledger balance", [] {
    std::vector<AccountItem> items(*rc::gen::inRange<std::size_t>(0, 12));
    for (AccountItem& item : items) item = any_item();
    const auto matches = any_matches(items.size());
    const CivilDate day = any_day();
    std::int64_t ledger = 0;
    for (const AccountItem& item : items) ledger += item.on <= day ? item.cents : 0;
    const AgedBalance aged = aged_account(items, matches, day, kEdges);
    RC_ASSERT(aged.balance_cents() == ledger);
    RC_ASSERT(aged.not_due_cents >= 0);
    RC_ASSERT(aged.credits.cash_cents >= 0);
    RC_ASSERT(aged.disputed_cents <=
              std::accumulate(aged.overdue_cents.begin(), aged.overdue_cents.end(), aged.not_due_cents));
  }));
}

TEST_CASE("R06: an account is what it was on the day, although it was settled since", "[R06]") {
  // Two invoices, settled by one letter with a payment of February and one of March.
  const std::vector<AccountItem> items{
      {.on = {2026, 1, 10}, .due_on = {2026, 2, 9}, .cents = 10'000, .group = 1},
      {.on = {2026, 1, 20}, .due_on = {2026, 2, 19}, .cents = 5'000, .group = 1, .is_disputed = true},
      {.on = {2026, 2, 12}, .due_on = {2026, 2, 12}, .cents = -4'000, .group = 1},
      {.on = {2026, 3, 5}, .due_on = {2026, 3, 5}, .cents = -11'000, .group = 1}};
  CHECK(aged_account(items, {}, {2026, 2, 1}, kEdges).not_due_cents == 15'000);
  const AgedBalance february = aged_account(items, {}, {2026, 2, 28}, kEdges);
  CHECK(february.overdue_cents == std::vector<std::int64_t>{11'000, 0, 0, 0, 0});
  CHECK(february.disputed_cents == 5'000);
  CHECK(february.credits.cash_cents == 0);
  CHECK(aged_account(items, {}, {2026, 3, 5}, kEdges).balance_cents() == 0);
}

TEST_CASE("R38: a credit note that nobody allocated stands in its own column, as cash does", "[R38][R06]") {
  const std::vector<AccountItem> items{
      {.on = {2026, 1, 10}, .due_on = {2026, 2, 9}, .cents = 10'000},
      {.on = {2026, 1, 12}, .due_on = {2026, 1, 12}, .cents = -3'000, .is_credit_note = true},
      {.on = {2026, 2, 20}, .due_on = {2026, 2, 20}, .cents = -2'000}};
  AgedBalance aged = aged_account(items, {}, {2026, 3, 1}, kEdges);
  CHECK(aged.credits.credit_notes_cents == 3'000);
  CHECK(aged.credits.cash_cents == 2'000);
  CHECK(aged.balance_cents() == 5'000);
  const std::vector<AccountMatch> matches{{.credit = 2, .debit = 0, .cents = 1'500}};
  aged = aged_account(items, matches, {2026, 3, 1}, kEdges);
  CHECK(aged.credits.cash_cents == 500);
  CHECK(aged.overdue_cents.front() == 8'500);
}
