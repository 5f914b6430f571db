#include "host/case_query.h"

#include <algorithm>
#include <unordered_map>

#include "schema/amounts.h"

namespace relance {
namespace {

constexpr std::string_view kCases =
    "SELECT c.id, c.number, coalesce(k.name, ''), coalesce(d.legal_name, d.trade_name, ''), c.stage,"
    " coalesce(c.next_action_on, ''), c.priority"
    " FROM case_file c"
    " LEFT JOIN creditor k ON k.id = c.creditor_id"
    " LEFT JOIN debtor d ON d.id = c.debtor_id";
constexpr std::string_view kHolders =
    "SELECT a.case_id, s.name FROM assignment a JOIN staff s ON s.id = a.staff_id WHERE a.valid_to IS NULL";
// Summed here and not by GROUP BY: the database would sort every entry first, for sums that need no order.
constexpr std::string_view kEntries = "SELECT case_id, account, settled, amount_cents FROM entry";
constexpr std::string_view kClaims =
    "SELECT case_id, id, coalesce(due_on, ''), gross_cents, entry_id IS NULL FROM claim WHERE state = 'open'";
// Received money counts until the ledger shows it (same reference and amount), and the last word on it counts:
// a row of the office that amends another takes its place. What an agent declares never moves the balance.
constexpr std::string_view kPayments =
    "SELECT case_id, amount_cents FROM payment p"
    " WHERE state = 'received'"
    " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')"
    " AND NOT EXISTS (SELECT 1 FROM entry e WHERE e.case_id = p.case_id AND e.piece_ref = p.bank_ref"
    "  AND e.amount_cents = 0 - p.amount_cents)";

std::int64_t cents(const sql::Query& q, int column) {
  return std::clamp(q.integer(column), -schema::kCentsMax, schema::kCentsMax);
}

class Gatherer {
 public:
  Gatherer(sql::Connection& db, const std::optional<Id>& only) : db_(db), only_(only) {}

  std::vector<CaseFacts> gather() {
    each(kCases, " WHERE c.id = ?1", [&](sql::Query& q) {
      place_.emplace(q.id(0), cases_.size());
      cases_.push_back({.id = q.id(0),
                        .number = q.text(1),
                        .creditor = q.text(2),
                        .debtor = q.text(3),
                        .stage = q.text(4),
                        .next_action_on = q.text(5),
                        .priority = q.integer(6)});
    });
    each(kHolders, " AND a.case_id = ?1", [&](sql::Query& q) {
      if (CaseFacts* one = of(q)) one->holders.push_back(q.text(1));
    });
    each(kEntries, " WHERE case_id = ?1", [&](sql::Query& q) {
      if (CaseFacts* one = of(q)) take_entry(*one, q);
    });
    each(kClaims, " AND case_id = ?1", [&](sql::Query& q) {
      if (CaseFacts* one = of(q)) {
        one->claims.push_back({.id = q.id(1), .due_on = q.text(2), .open_cents = cents(q, 3)});
        if (q.integer(4) != 0) one->balance_cents += cents(q, 3);
      }
    });
    each(kPayments, " AND p.case_id = ?1", [&](sql::Query& q) {
      if (CaseFacts* one = of(q)) {
        one->received_cents += cents(q, 1);
        one->balance_cents -= cents(q, 1);
      }
    });
    for (CaseFacts& one : cases_) {
      std::sort(one.holders.begin(), one.holders.end());
      one.holders.erase(std::unique(one.holders.begin(), one.holders.end()), one.holders.end());
    }
    return std::move(cases_);
  }

 private:
  template <class Take>
  void each(std::string_view text, std::string_view narrowed, Take take) {
    if (only_) {
      sql::Query q(db_, std::string(text) + std::string(narrowed), *only_);
      while (q.next()) take(q);
    } else {
      sql::Query q(db_, text);
      while (q.next()) take(q);
    }
  }

  CaseFacts* of(sql::Query& q) {
    const auto found = place_.find(q.id(0));
    return found == place_.end() ? nullptr : &cases_[found->second];
  }

  static void take_entry(CaseFacts& one, sql::Query& q) {
    const std::int64_t amount = cents(q, 3);
    one.balance_cents += amount;
    if (amount >= 0 || q.integer(2) != 0) return;
    const std::string_view account = q.view(1);
    const auto same = std::find_if(one.credits.begin(), one.credits.end(),
                                   [&](const CaseFacts::Credit& c) { return c.account == account; });
    if (same != one.credits.end())
      same->cents -= amount;
    else
      one.credits.push_back({.account = std::string(account), .cents = -amount});
  }

  sql::Connection& db_;
  const std::optional<Id>& only_;
  std::vector<CaseFacts> cases_;
  std::unordered_map<Id, std::size_t> place_;
};

}  // namespace

std::vector<CaseFacts> case_facts(sql::Connection& db, const std::optional<Id>& only) {
  return Gatherer(db, only).gather();
}

std::optional<Id> find_case(sql::Connection& db, std::string_view number_or_id) {
  if (const auto id = sql::id(db, "SELECT id FROM case_file WHERE number = ?1", number_or_id)) return id;
  if (const auto id = Id::parse(number_or_id))
    return sql::id(db, "SELECT id FROM case_file WHERE id = ?1", *id);
  return std::nullopt;
}

}  // namespace relance
