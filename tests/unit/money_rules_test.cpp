// What becomes of money: set against parts and pieces, proposed to a case, paired with the ledger, charged and paid on.
#include <rapidcheck.h>

#include <numeric>

#include "rules/allocation.h"
#include "rules/ledger_booking.h"
#include "rules/payment_match.h"
#include "rules/remittance.h"
#include "tests/test.hpp"

using namespace relance;

namespace {

constexpr AllocationOrder kLaw{Part::interest, Part::charges, Part::principal};
using Cents = std::vector<std::int64_t>;

CivilDate date(int year, unsigned month, unsigned day) { return {.year = year, .month = month, .day = day}; }

}  // namespace

TEST_CASE("R34: 100 on a principal of 90 and interest of 20 leaves no interest and 10 of principal",
          "[R34]") {
  const std::vector<OpenItem> items{{.part = Part::principal, .due_on = "2026-01-31", .open_cents = 9000},
                                    {.part = Part::interest, .open_cents = 2000}};
  const Allocated out = allocate(10'000, items, kLaw, "2026-11-21");
  CHECK(out.cents == Cents{8000, 2000});
  CHECK(items[0].open_cents - out.cents[0] == 1000);
  CHECK(out.left_cents == 0);
  // agreed otherwise: principal first
  const Allocated agreed = allocate(10'000, items, *parse_allocation_order(312), "2026-11-21");
  CHECK(agreed.cents == Cents{9000, 1000});
}

TEST_CASE("R34: the debtor's choice, then what is due, the oldest first, equal ones in proportion", "[R34]") {
  const std::vector<OpenItem> items{{.due_on = "2026-12-31", .open_cents = 1000},
                                    {.due_on = "2026-03-31", .open_cents = 1000},
                                    {.due_on = "2026-01-31", .open_cents = 1000},
                                    {.due_on = "2026-12-31", .open_cents = 2000},
                                    {.due_on = "", .open_cents = 500}};
  CHECK(allocate(1500, items, kLaw, "2026-11-21").cents == Cents{0, 500, 1000, 0, 0});
  CHECK(allocate(2300, items, kLaw, "2026-11-21").cents == Cents{100, 1000, 1000, 200, 0});
  CHECK(allocate(6000, items, kLaw, "2026-11-21").left_cents == 500);
  std::vector<OpenItem> chosen = items;
  chosen[0].is_chosen = true;
  CHECK(allocate(1500, chosen, kLaw, "2026-11-21").cents == Cents{1000, 0, 500, 0, 0});
  const std::vector<OpenItem> thirds{{.open_cents = 100}, {.open_cents = 100}, {.open_cents = 100}};
  CHECK(allocate(100, thirds, kLaw, "2026-11-21").cents == Cents{34, 33, 33});
}

TEST_CASE("R34: an order of the parts names each of them once", "[R34]") {
  CHECK(parse_allocation_order(123) == kLaw);
  for (const std::int64_t digits : {0, 12, 112, 124, 1234, -123, 1123})
    CHECK(!parse_allocation_order(digits));
}

TEST_CASE("R34: allocations sum to the payment with the rest, and are never negative", "[R34]") {
  CHECK(rc::check("sums to the cent", [] {
    const auto amount = *rc::gen::inRange<std::int64_t>(0, 10'000'000'000'000);
    const std::vector<std::string> days{"", "2025-01-01", "2026-01-01", "2026-11-21", "2027-01-01"};
    std::vector<OpenItem> items;
    const auto count = *rc::gen::inRange<std::size_t>(0, 12);
    std::int64_t open = 0;
    for (std::size_t i = 0; i < count; ++i) {
      items.push_back({.part = static_cast<Part>(*rc::gen::inRange(0, 3)),
                       .due_on = days[*rc::gen::inRange<std::size_t>(0, days.size())],
                       .open_cents = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 5),
                                                     rc::gen::inRange<std::int64_t>(0, 10'000'000'000'000)),
                       .is_chosen = *rc::gen::arbitrary<bool>()});
      open += items.back().open_cents;
    }
    const Allocated out =
        allocate(amount, items, *parse_allocation_order(*rc::gen::element(123, 321, 213)), "2026-11-21");
    std::int64_t sum = out.left_cents;
    for (std::size_t i = 0; i < items.size(); ++i) {
      RC_ASSERT(out.cents[i] >= 0 && out.cents[i] <= items[i].open_cents);
      sum += out.cents[i];
    }
    RC_ASSERT(sum == amount);
    RC_ASSERT(out.left_cents == std::max<std::int64_t>(0, amount - open));
  }));
}

TEST_CASE("R34: a payment is proposed to the case that its text, amount and payer name", "[R34]") {
  const PaymentMatcher matcher({{.number = "d-000001",
                                 .debtor = "boulangerie du pont sarl",
                                 .pieces = {{"fa-2026/0012", 35'000}, {"fa-2026/0013", 10'000}},
                                 .asked_cents = 45'000,
                                 .expected_cents = {}},
                                {.number = "d-000002",
                                 .debtor = "garage meunier",
                                 .pieces = {{"f12", 45'000}},
                                 .asked_cents = 45'000,
                                 .expected_cents = {}},
                                {.number = "d-000003",
                                 .debtor = "jean petit",
                                 .pieces = {{"77", 9'900}},
                                 .asked_cents = 9'900,
                                 .expected_cents = {5'000}}});
  const auto by_piece = matcher.propose(
      {.amount_cents = 35'000, .text = "vir sepa fact fa 2026 0012", .payer = "bg du pont"}, 3);
  REQUIRE(!by_piece.empty());
  CHECK(by_piece.front().place == 0);
  CHECK(by_piece.front().reasons ==
        std::vector{MatchReason::piece, MatchReason::pieces_amount, MatchReason::part_of_name});
  const auto by_number = matcher.propose({.amount_cents = 1, .text = "dossier d-000002", .payer = ""}, 3);
  REQUIRE(by_number.size() == 1);
  CHECK(by_number.front().place == 1);
  const auto by_amount = matcher.propose({.amount_cents = 45'000, .text = "virement", .payer = "x"}, 3);
  REQUIRE(by_amount.size() == 2);
  CHECK(by_amount[0].place == 0);  // ties by number
  CHECK(by_amount[0].score == by_amount[1].score);
  const auto by_declared =
      matcher.propose({.amount_cents = 5'000, .text = "cheque", .payer = "m petit jean"}, 3);
  REQUIRE(by_declared.size() == 1);
  CHECK(by_declared.front().reasons == std::vector{MatchReason::expected_amount, MatchReason::name});
  // a number inside a longer one is another number; a short one says nothing
  CHECK(matcher.propose({.amount_cents = 3, .text = "fa 2026 00124 77", .payer = ""}, 3).empty());
  CHECK(matcher.named_pieces(0, "fa2026-0013 et fa 2026/0012") == std::vector<std::size_t>{0, 1});
}

TEST_CASE("R33: the ledger's entry is the payment that the bank told of, once", "[R33]") {
  using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
  const std::vector<BookedAmount> payments{{date(2026, 1, 5), -10'000}, {date(2026, 2, 5), -10'000}};
  CHECK(paired_bookings(payments, std::vector<BookedAmount>{{date(2026, 2, 6), -10'000}}) == Pairs{{1, 0}});
  CHECK(paired_bookings(
            payments, std::vector<BookedAmount>{{date(2026, 2, 6), -10'000}, {date(2026, 1, 6), -10'000}}) ==
        Pairs{{0, 1}, {1, 0}});
  // the instalment of the month before is not this one; another amount neither
  CHECK(paired_bookings(payments,
                        std::vector<BookedAmount>{{date(2025, 12, 5), -10'000}, {date(2026, 1, 5), -9'999}})
            .empty());
  CHECK(paired_bookings(payments, std::vector<BookedAmount>{{date(2026, 1, 5), 10'000}}).empty());
}

TEST_CASE("R42: a fee of three brackets is what one computes by hand", "[R42]") {
  const std::vector<FeeBracket> brackets{{std::nullopt, 500}, {100'000, 1500}, {500'000, 1000}};
  CHECK(fee_cents(80'000, brackets) == 12'000);     // 15 % of 800
  CHECK(fee_cents(300'000, brackets) == 35'000);    // 150 + 10 % of 2,000
  CHECK(fee_cents(1'000'000, brackets) == 80'000);  // 150 + 400 + 5 % of 5,000
  CHECK(fee_cents(-300'000, brackets) == -35'000);
  CHECK(fee_cents(3, brackets) == 0);  // 0.45 of a cent
  CHECK(fee_cents(4, brackets) == 1);  // 0.6
  CHECK(fee_cents(0, brackets) == 0);
  CHECK(fee_cents(100, {}) == 0);
}

TEST_CASE("R41: received 2 January is due 2 February, and called to mind from 26 January", "[R41]") {
  const RemittanceDue law = remittance_due(date(2026, 1, 2), {.months = 1, .warn_days = 7});
  CHECK(law.due_on == date(2026, 2, 2));
  CHECK(law.warn_from == date(2026, 1, 26));
  CHECK(remittance_due(date(2026, 1, 31), {.months = 1, .warn_days = 7}).due_on == date(2026, 2, 28));
  CHECK(remittance_due(date(2026, 1, 2), {.days = 10, .months = 1, .warn_days = 7}).due_on ==
        date(2026, 1, 12));
}
