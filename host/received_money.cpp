#include "host/received_money.h"

#include <algorithm>

#include "host/narrowed.h"
#include "schema/amounts.h"

namespace relance {
namespace {

// A received payment that amends another takes its place; one that bounced stands beside it, and counts on the day of
// the payment that it takes back. An allocation that names a payment and an entry says that the ledger shows the same
// money. `@` narrows to one case, or is nothing; `#` to those
// that wait for money.
constexpr std::string_view kReceived =
    "SELECT case_id, coalesce(CASE state WHEN 'bounced' THEN"
    "  (SELECT r.paid_on FROM payment r WHERE r.id = payment.amends_id) END, paid_on, ''),"
    " CASE state WHEN 'bounced' THEN 0 - abs(amount_cents) ELSE amount_cents END, coalesce(paid_on, '')"
    " FROM payment WHERE state IN ('received', 'bounced')@#"
    " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received'@)"
    " UNION ALL"
    " SELECT case_id, coalesce(booked_on, ''), 0 - amount_cents, coalesce(booked_on, '') FROM entry"
    " WHERE kind = 'payment'@#"
    " AND id NOT IN (SELECT entry_id FROM allocation WHERE entry_id IS NOT NULL AND payment_id IS NOT NULL"
    "  AND undone = 0@)"
    " ORDER BY 2";

constexpr std::string_view kPromised =
    " AND case_id IN (SELECT case_id FROM promise UNION SELECT case_id FROM payment_plan WHERE state = "
    "'active')";

std::string text_for(bool to_one, MoneyOf cases) {
  std::string out;
  for (const char c : narrowed(kReceived, to_one))
    if (c != '#')
      out += c;
    else if (cases == MoneyOf::promised)
      out += kPromised;
  return out;
}

}  // namespace

std::unordered_map<Id, std::vector<ReceivedOn>> received_money_of(sql::Connection& db,
                                                                  const std::optional<Id>& only,
                                                                  MoneyOf cases) {
  std::unordered_map<Id, std::vector<ReceivedOn>> out;
  const auto read = [&](sql::Query& q) {
    while (q.next())
      out[q.id(0)].push_back({.day = q.text(1),
                              .cents = std::clamp(q.integer(2), -schema::kCentsMax, schema::kCentsMax),
                              .known_on = q.text(3)});
  };
  if (only) {
    sql::Query q(db, text_for(true, cases), *only);
    read(q);
  } else {
    sql::Query q(db, text_for(false, cases));
    read(q);
  }
  return out;
}

std::vector<ReceivedOn> received_money(sql::Connection& db, const Id& case_id) {
  return std::move(received_money_of(db, case_id)[case_id]);
}

}  // namespace relance
