#include "host/received_money.h"

namespace relance {

std::vector<ReceivedOn> received_money(sql::Connection& db, const Id& case_id) {
  // A received payment that amends another takes its place; one that bounced stands beside it. An allocation that names
  // a payment and an entry says that the ledger shows the same money.
  sql::Query q(
      db,
      "SELECT coalesce(paid_on, ''), CASE state WHEN 'bounced' THEN 0 - abs(amount_cents) ELSE amount_cents "
      "END"
      " FROM payment WHERE case_id = ?1 AND state IN ('received', 'bounced')"
      " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received')"
      " UNION ALL"
      " SELECT coalesce(booked_on, ''), 0 - amount_cents FROM entry e WHERE case_id = ?1 AND kind = 'payment'"
      " AND NOT EXISTS (SELECT 1 FROM allocation a WHERE a.entry_id = e.id AND a.payment_id IS NOT NULL"
      "  AND a.undone = 0)"
      " ORDER BY 1",
      case_id);
  std::vector<ReceivedOn> out;
  while (q.next()) out.push_back({.day = q.text(0), .cents = q.integer(1)});
  return out;
}

}  // namespace relance
