#include "host/case_query.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "host/limitation_query.h"
#include "rules/receivables.h"
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
constexpr std::string_view kEntries = "SELECT case_id, account, settled, amount_cents, kind FROM entry";
const std::string kClaims =
    "SELECT case_id, id, coalesce(due_on, ''), gross_cents, entry_id IS NULL, coalesce(" +
    std::string(kClockFromOn) + ", ''), coalesce(limitation_rule, '') FROM claim WHERE state = 'open'";
// What an agent declares never moves the balance. A received payment that amends another takes its place; one that
// bounced stands beside it and takes its money back.
constexpr std::string_view kPayments =
    "SELECT case_id, id, amount_cents, state, amends_id FROM payment p WHERE state IN ('received', 'bounced')"
    " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received')";
// With a payment and an entry: the entry is that payment in the ledger. Else a payment, or a credit entry, that is set
// against a claim, or against interest and charges of the case.
constexpr std::string_view kAllocations =
    "SELECT a.case_id, a.payment_id, a.entry_id, a.claim_id, a.amount_cents, coalesce(e.settled, 0)"
    " FROM allocation a LEFT JOIN entry e ON e.id = a.entry_id WHERE a.undone = 0";

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
        one->claims.push_back({.id = q.id(1),
                               .due_on = q.text(2),
                               .open_cents = cents(q, 3),
                               .clock_from_on = q.text(5),
                               .limitation_rule = q.text(6)});
        if (q.integer(4) != 0) one->balance_cents += cents(q, 3);
      }
    });
    gather_money();
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
    const bool is_note = q.view(4) == "credit_note";
    const auto same = std::find_if(one.credits.begin(), one.credits.end(), [&](const CaseFacts::Credit& c) {
      return c.account == account && c.is_note == is_note;
    });
    if (same != one.credits.end())
      same->cents -= amount;
    else
      one.credits.push_back({.account = std::string(account), .is_note = is_note, .cents = -amount});
  }

  // ---- received money and what it pays --------------------------------------------------------------------------

  struct Received {
    std::size_t place = 0;     // of its case
    std::int64_t cents = 0;    // below zero: it bounced
    std::int64_t booked = 0;   // of it, what entries of the ledger show
    bool is_lettered = false;  // by one that the ledger has settled: it says itself what was paid
    bool is_returned = false;  // it pays nothing any more
  };

  void gather_money() {
    std::vector<Id> returned;
    each(kPayments, " AND p.case_id = ?1", [&](sql::Query& q) {
      const auto found = place_.find(q.id(0));
      if (found == place_.end()) return;
      const std::int64_t amount = std::abs(cents(q, 2));
      const bool is_return = q.view(3) == "bounced";
      if (is_return && !q.is_null(4)) returned.push_back(q.id(4));
      received_.emplace(q.id(1), Received{.place = found->second, .cents = is_return ? -amount : amount});
    });
    for (const Id& id : returned)
      if (const auto found = received_.find(id); found != received_.end()) found->second.is_returned = true;
    std::vector<Allocation> allocations;
    each(kAllocations, " AND a.case_id = ?1", [&](sql::Query& q) {
      Allocation one{.case_id = q.id(0),
                     .payment = q.maybe_id(1),
                     .entry = q.maybe_id(2),
                     .claim = q.maybe_id(3),
                     .cents = cents(q, 4),
                     .is_settled = q.integer(5) != 0};
      if (one.payment && one.entry)
        take_booking(one);
      else
        allocations.push_back(one);
    });
    for (const auto& [id, one] : received_) {
      CaseFacts& owner = cases_[one.place];
      const std::int64_t unbooked = one.cents - (one.cents < 0 ? -one.booked : one.booked);
      owner.balance_cents -= unbooked;
      owner.received_cents += unbooked;
    }
    for (const Allocation& one : allocations) take_allocation(one);
  }

  struct Allocation {
    Id case_id;
    std::optional<Id> payment, entry, claim;
    std::int64_t cents = 0;
    bool is_settled = false;  // the entry
  };

  void take_booking(const Allocation& one) {
    const auto found = received_.find(*one.payment);
    if (found == received_.end()) return;
    found->second.booked += one.cents;
    found->second.is_lettered = found->second.is_lettered || one.is_settled;
  }

  // Of a payment or credit that counts no more, or that the ledger has settled, nothing is set against claims: the
  // ledger's word on what it paid stands above ours.
  void take_allocation(const Allocation& one) {
    const auto found = place_.find(one.case_id);
    if (found == place_.end()) return;
    if (one.payment) {
      const auto payment = received_.find(*one.payment);
      if (payment == received_.end() || payment->second.is_lettered || payment->second.is_returned) return;
    } else if (one.is_settled) {
      return;
    }
    CaseFacts& owner = cases_[found->second];
    std::int64_t taken = one.cents;
    if (one.claim) {
      const auto claim = std::find_if(owner.claims.begin(), owner.claims.end(),
                                      [&](const CaseFacts::Claim& c) { return c.id == *one.claim; });
      if (claim == owner.claims.end()) return;  // settled or withdrawn: the money is free again
      taken = std::min(taken, claim->open_cents);
      claim->open_cents -= taken;
    }
    owner.received_cents -= taken;
  }

  sql::Connection& db_;
  const std::optional<Id>& only_;
  std::vector<CaseFacts> cases_;
  std::unordered_map<Id, std::size_t> place_;
  std::unordered_map<Id, Received> received_;
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

std::int64_t credit_for_claims(const CaseFacts& facts) {
  std::int64_t credit = facts.received_cents;
  for (const CaseFacts::Credit& one : facts.credits)
    if (is_claim_account(one.account)) credit += one.cents;
  return std::max<std::int64_t>(credit, 0);
}

}  // namespace relance
