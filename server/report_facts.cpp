// Rows as of a day. See report_facts.h.
#include "server/report_facts.h"

#include <algorithm>
#include <unordered_map>

#include "host/failure.h"
#include "host/local_day.h"
#include "host/received_money.h"

namespace relance::server {
namespace {

constexpr CivilDate kNoDay{1, 1, 1};  // of what bears no date: it was always there

using Places = std::unordered_map<Id, std::size_t>;

CivilDate day_of(std::string_view iso, CivilDate otherwise = kNoDay) {
  return parse_civil_date(iso).value_or(otherwise);
}

// Of an instant, on this machine's calendar. Instants come in runs of one import: the last answer is kept.
CivilDate day_of(Ms at) {
  thread_local Ms last_at = -1;
  thread_local CivilDate last;
  if (at != last_at) {
    last = day_of(local_day(at));
    last_at = at;
  }
  return last;
}

void require_name(sql::Connection& db, std::string_view query, const std::string& name,
                  std::string_view what) {
  if (name.empty() || sql::id(db, query, name)) return;
  throw Failure(Code::not_found,
                "There is no " + std::string(what) + " of that name; names are given as they are written.");
}

Places places_of(const std::vector<ReportedCase>& cases) {
  Places out;
  out.reserve(cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) out.emplace(cases[i].id, i);
  return out;
}

// ---- holders -----------------------------------------------------------------------------------------------------

struct Holding {
  CivilDate from, until;
  std::string agent;
};

// Who held each case, and when.
class Holders {
 public:
  explicit Holders(sql::Connection& db) {
    sql::Query q(db,
                 "SELECT a.case_id, coalesce(a.valid_from, ''), coalesce(a.valid_to, ''), s.name"
                 " FROM assignment a JOIN staff s ON s.id = a.staff_id");
    while (q.next())
      spells_[q.id(0)].push_back({day_of(q.view(1)), day_of(q.view(2), {9999, 12, 31}), q.text(3)});
  }

  /// Of several the one who took it last, then by name: the same one in every report.
  [[nodiscard]] std::string on(const Id& case_id, CivilDate day) const {
    const auto found = spells_.find(case_id);
    if (found == spells_.end()) return {};
    const Holding* best = nullptr;
    for (const Holding& one : found->second) {
      if (day < one.from || day > one.until) continue;
      if (best == nullptr || one.from > best->from || (one.from == best->from && one.agent < best->agent))
        best = &one;
    }
    return best == nullptr ? std::string() : best->agent;
  }

 private:
  std::unordered_map<Id, std::vector<Holding>> spells_;
};

// ---- accounts ----------------------------------------------------------------------------------------------------

constexpr std::string_view kCases =
    "SELECT c.id, c.number, coalesce(k.name, ''), coalesce(d.legal_name, d.trade_name, ''),"
    " coalesce(c.ledger_ref, ''), c.stage, coalesce(c.opened_on, ''), c.created_at FROM case_file c"
    " JOIN creditor k ON k.id = c.creditor_id JOIN debtor d ON d.id = c.debtor_id"
    " WHERE ?1 = '' OR k.name = ?1 ORDER BY c.number";
constexpr std::string_view kDisputes =
    "SELECT case_id, claim_id FROM dispute WHERE coalesce(opened_on, '0001-01-01') <= ?1"
    " AND (state = 'open' OR closed_on > ?1)";
constexpr std::string_view kClaims =
    "SELECT case_id, id, entry_id, coalesce(due_on, ''), gross_cents, state, coalesce(issued_on, ''), "
    "created_at"
    " FROM claim WHERE state <> 'withdrawn' OR entry_id IS NOT NULL";
constexpr std::string_view kEntries =
    "SELECT case_id, id, kind, coalesce(booked_on, ''), coalesce(piece_on, ''), amount_cents, settled, letter"
    " FROM entry WHERE booked_on <= ?1 OR booked_on IS NULL";
// As host/case_query.cpp counts money, but by the day: a received payment that amends another takes its place, one
// that bounced stands beside it and takes its money back.
constexpr std::string_view kPayments =
    "SELECT p.case_id, p.id, coalesce(p.paid_on, ''), p.amount_cents, p.created_at, p.state, p.amends_id"
    " FROM payment p WHERE p.state IN ('received', 'bounced') AND (p.paid_on IS NULL OR p.paid_on <= ?1)"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received'"
    "  AND (paid_on IS NULL OR paid_on <= ?1))";
// The entry by which the creditor's ledger shows a payment.
constexpr std::string_view kBookings =
    "SELECT a.payment_id, a.entry_id, a.amount_cents FROM allocation a JOIN entry e ON e.id = a.entry_id"
    " WHERE a.undone = 0 AND a.payment_id IS NOT NULL AND (e.booked_on IS NULL OR e.booked_on <= ?1)";
constexpr std::string_view kAllocations =
    "SELECT case_id, payment_id, entry_id, claim_id, part, amount_cents FROM allocation"
    " WHERE undone = 0 AND (payment_id IS NULL OR entry_id IS NULL)";

struct PaymentRow {
  Id case_id, id;
  CivilDate on;
  std::int64_t cents = 0;  // what the ledger does not show of it; below zero: it bounced
  std::optional<Id> bounced, entry;
};

std::vector<PaymentRow> payments_by(sql::Connection& db, CivilDate day) {
  const std::string iso = iso_text(day);
  std::unordered_map<Id, std::pair<Id, std::int64_t>> booked;
  sql::Query bookings(db, kBookings, iso);
  while (bookings.next()) {
    auto& one = booked[bookings.id(0)];
    one.first = bookings.id(1);
    one.second += bookings.integer(2);
  }
  std::vector<PaymentRow> out;
  sql::Query q(db, kPayments, iso);
  while (q.next()) {
    PaymentRow row{.case_id = q.id(0), .id = q.id(1), .on = day_of(q.view(2))};
    if (row.on == kNoDay) row.on = day_of(q.integer(4));
    if (row.on > day) continue;
    const bool is_bounced = q.view(5) == "bounced";
    std::int64_t cents = q.integer(3) < 0 ? -q.integer(3) : q.integer(3);
    if (const auto found = booked.find(row.id); found != booked.end()) {
      row.entry = found->second.first;
      cents = std::max<std::int64_t>(cents - found->second.second, 0);
    }
    row.cents = is_bounced ? -cents : cents;
    if (is_bounced) row.bounced = q.maybe_id(6);
    out.push_back(std::move(row));
  }
  return out;
}

class Accounts {
 public:
  Accounts(sql::Connection& db, const ReportScope& scope, CivilDate day)
      : db_(db), scope_(scope), day_(day), iso_(iso_text(day)) {}

  std::vector<ReportedCase> load() {
    load_cases();
    places_ = places_of(cases_);
    has_matches_ = sql::number(db_, "SELECT 1 FROM allocation WHERE undone = 0 LIMIT 1").has_value();
    load_disputes();
    load_claims();
    load_entries();
    load_payments();
    if (has_matches_) load_matches();
    return std::move(cases_);
  }

 private:
  struct Item {
    std::size_t place = 0, item = 0;
  };
  struct ClaimOfEntry {
    Id claim;
    CivilDate due_on;
    bool is_disputed = false;
  };

  ReportedCase* of(const sql::Query& q, int column = 0) {
    const auto found = places_.find(q.id(column));
    return found == places_.end() ? nullptr : &cases_[found->second];
  }

  void load_cases() {
    const Holders holders(db_);
    sql::Query q(db_, kCases, scope_.creditor);
    while (q.next()) {
      std::string agent = holders.on(q.id(0), day_);
      if (!scope_.agent.empty() && agent != scope_.agent) continue;
      const CivilDate opened = q.is_null(6) || q.view(6).empty() ? day_of(q.integer(7)) : day_of(q.view(6));
      cases_.push_back({.id = q.id(0),
                        .number = q.text(1),
                        .creditor = q.text(2),
                        .debtor = q.text(3),
                        .ledger_ref = q.text(4),
                        .stage = q.text(5),
                        .agent = std::move(agent),
                        .opened_on = opened});
    }
  }

  void load_disputes() {
    sql::Query q(db_, kDisputes, iso_);
    while (q.next()) {
      if (const auto claim = q.maybe_id(1))
        disputed_.emplace(*claim, true);
      else
        disputed_.emplace(q.id(0), true);
    }
  }

  [[nodiscard]] bool is_disputed(const Id& case_id, const Id& claim) const {
    return !disputed_.empty() && (disputed_.contains(claim) || disputed_.contains(case_id));
  }

  void load_claims() {
    sql::Query q(db_, kClaims);
    while (q.next()) {
      ReportedCase* one = of(q);
      if (one == nullptr) continue;
      const bool is_withdrawn = q.view(5) == "withdrawn";
      if (!is_withdrawn) one->entrusted_cents += q.integer(4);
      const CivilDate due = day_of(q.view(3));
      if (const auto entry = q.maybe_id(2)) {
        of_entry_.emplace(*entry, ClaimOfEntry{q.id(1), due, is_disputed(one->id, q.id(1))});
        continue;
      }
      const CivilDate issued = q.view(6).empty() ? day_of(q.integer(7)) : day_of(q.view(6));
      add_claim(*one, q.id(1), q.view(5) == "settled" ? std::nullopt : std::optional(q.integer(4)), issued,
                due == kNoDay ? issued : due);
    }
  }

  // A claim that no entry stands behind. One that somebody closed without money has nothing open at any day; what
  // was matched with it is added by the matches.
  void add_claim(ReportedCase& one, const Id& claim, std::optional<std::int64_t> gross, CivilDate on,
                 CivilDate due) {
    if (on > day_ || (!gross && !has_matches_)) return;
    if (has_matches_) items_of_claims_.emplace(claim, item_at(one));
    if (!gross) is_settled_.emplace(claim, true);
    one.items.push_back(
        {.on = on, .due_on = due, .cents = gross.value_or(0), .is_disputed = is_disputed(one.id, claim)});
  }

  void load_entries() {
    sql::Query q(db_, kEntries, iso_);
    while (q.next()) {
      ReportedCase* one = of(q);
      if (one == nullptr) continue;
      AccountItem item{.on = day_of(q.view(3)), .cents = q.integer(5)};
      item.due_on = day_of(q.view(4), item.on);
      if (q.integer(6) != 0) item.group = group_of(q.view(7));
      item.is_credit_note = q.view(2) == "credit_note";
      if (item.cents > 0) take_claim(*one, q.id(1), item);
      if (has_matches_) {
        if (item.cents < 0) items_of_credits_.emplace(q.id(1), item_at(*one));
        if (item.cents > 0 && q.view(2) == "interest") interest_[one->id].push_back(one->items.size());
        if (item.cents > 0 && q.view(2) == "charge") charges_[one->id].push_back(one->items.size());
      }
      one->items.push_back(item);
    }
  }

  void take_claim(ReportedCase& one, const Id& entry, AccountItem& item) {
    const auto claim = of_entry_.find(entry);
    if (claim == of_entry_.end()) {
      item.is_disputed = is_disputed(one.id, one.id);
      return;
    }
    if (claim->second.due_on != kNoDay) item.due_on = claim->second.due_on;
    item.is_disputed = claim->second.is_disputed;
    if (has_matches_) items_of_claims_.emplace(claim->second.claim, item_at(one));
  }

  void load_payments() {
    std::vector<std::pair<Item, Id>> bounced;
    std::unordered_map<Id, Item> items;
    for (const PaymentRow& row : payments_by(db_, day_)) {
      const auto found = places_.find(row.case_id);
      if (found == places_.end()) continue;
      ReportedCase& one = cases_[found->second];
      const Item item = item_at(one);
      const auto entry = row.entry ? items_of_credits_.find(*row.entry) : items_of_credits_.end();
      if (has_matches_)
        items_of_credits_.emplace(row.id, entry == items_of_credits_.end() ? item : entry->second);
      items.emplace(row.id, item);
      if (row.bounced) bounced.emplace_back(item, *row.bounced);
      one.items.push_back({.on = row.on, .due_on = row.on, .cents = -row.cents});
    }
    // What came back meets what had come: both are gone, and what was paid is open as before.
    for (const auto& [debit, payment] : bounced)
      if (const auto credit = items.find(payment);
          credit != items.end() && credit->second.place == debit.place) {
        ReportedCase& one = cases_[debit.place];
        one.matches.push_back({credit->second.item, debit.item, one.items[debit.item].cents});
      }
  }

  void load_matches() {
    sql::Query q(db_, kAllocations);
    while (q.next()) {
      ReportedCase* one = of(q);
      if (one == nullptr) continue;
      const auto credit = items_of_credits_.find(q.maybe_id(1) ? q.id(1) : q.maybe_id(2).value_or(Id{}));
      if (credit == items_of_credits_.end() || q.integer(5) <= 0) continue;
      if (q.view(4) == "principal")
        match_claim(*one, credit->second.item, q.maybe_id(3), q.integer(5));
      else
        match_accessory(*one, credit->second.item, q.view(4) == "interest" ? interest_ : charges_,
                        q.integer(5));
    }
  }

  void match_claim(ReportedCase& one, std::size_t credit, const std::optional<Id>& claim,
                   std::int64_t cents) {
    const auto debit = claim ? items_of_claims_.find(*claim) : items_of_claims_.end();
    if (debit == items_of_claims_.end()) return;
    if (is_settled_.contains(*claim)) one.items[debit->second.item].cents += cents;
    one.matches.push_back({credit, debit->second.item, cents});
  }

  // What was paid as interest or charges pays no principal: it meets the line by which it was booked, or, where
  // nothing was booked, stands as its own debit of that day.
  void match_accessory(ReportedCase& one, std::size_t credit,
                       const std::unordered_map<Id, std::vector<std::size_t>>& booked, std::int64_t cents) {
    if (const auto lines = booked.find(one.id); lines != booked.end()) {
      for (const std::size_t debit : lines->second) one.matches.push_back({credit, debit, cents});
      return;
    }
    const CivilDate on = one.items[credit].on;
    one.matches.push_back({credit, one.items.size(), cents});
    one.items.push_back({.on = on, .due_on = on, .cents = cents});
  }

  // One number a letter, over all cases: groups are taken within one case.
  std::int64_t group_of(std::string_view letter) {
    return groups_.try_emplace(std::string(letter), static_cast<std::int64_t>(groups_.size()) + 1)
        .first->second;
  }

  Item item_at(const ReportedCase& one) const {
    return {static_cast<std::size_t>(&one - cases_.data()), one.items.size()};
  }

  sql::Connection& db_;
  const ReportScope& scope_;
  CivilDate day_;
  std::string iso_;
  std::vector<ReportedCase> cases_;
  Places places_;
  bool has_matches_ = false;
  std::unordered_map<Id, bool> disputed_, is_settled_;
  std::unordered_map<Id, ClaimOfEntry> of_entry_;
  std::unordered_map<Id, Item> items_of_claims_, items_of_credits_;
  std::unordered_map<Id, std::vector<std::size_t>> interest_, charges_;  // by case
  std::unordered_map<std::string, std::int64_t> groups_;
};

constexpr std::string_view kLedgerPayments =
    "SELECT e.case_id, e.booked_on, 0 - e.amount_cents FROM entry e WHERE e.kind = 'payment'"
    " AND e.booked_on IS NOT NULL AND e.booked_on <= ?1";
constexpr std::string_view kSales =
    "SELECT case_id, booked_on, amount_cents, upper(coalesce(journal, '')) FROM entry"
    " WHERE (kind = 'invoice' OR kind = 'credit_note') AND booked_on <= ?1";
constexpr std::string_view kSalesWithoutEntry =
    "SELECT case_id, coalesce(issued_on, ''), gross_cents, created_at FROM claim"
    " WHERE entry_id IS NULL AND state <> 'withdrawn'";

// Codes of the journal by which a new year restates what the old one left (server/fec_reader.cpp knows them too).
bool restates(std::string_view journal) { return journal == "AN" || journal == "ANO" || journal == "RAN"; }

}  // namespace

std::vector<ReportedCase> reported_cases(sql::Connection& db, const ReportScope& scope, CivilDate day) {
  require_name(db, "SELECT id FROM creditor WHERE name = ?1", scope.creditor, "creditor");
  require_name(db, "SELECT id FROM staff WHERE name = ?1", scope.agent, "user");
  return Accounts(db, scope, day).load();
}

std::vector<Movement> received_money(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                     CivilDate day) {
  const Places places = places_of(cases);
  const Holders holders(db);
  std::vector<Movement> out;
  const auto take = [&](const Id& case_id, CivilDate on, std::int64_t cents) {
    const auto found = places.find(case_id);
    if (found == places.end() || on > day || on < cases[found->second].opened_on) return;
    out.push_back({found->second, on, cents, holders.on(case_id, on)});
  };
  for (const PaymentRow& row : payments_by(db, day)) take(row.case_id, row.on, row.cents);
  sql::Query entries(db, kLedgerPayments, iso_text(day));
  while (entries.next()) take(entries.id(0), day_of(entries.view(1)), entries.integer(2));
  return out;
}

std::vector<Movement> sales(sql::Connection& db, const std::vector<ReportedCase>& cases, CivilDate day) {
  const Places places = places_of(cases);
  std::vector<Movement> out;
  const auto take = [&](const Id& case_id, CivilDate on, std::int64_t cents) {
    const auto found = places.find(case_id);
    if (found != places.end() && on <= day) out.push_back({found->second, on, cents, {}});
  };
  sql::Query entries(db, kSales, iso_text(day));
  while (entries.next())
    if (!restates(entries.view(3))) take(entries.id(0), day_of(entries.view(1)), entries.integer(2));
  sql::Query claims(db, kSalesWithoutEntry);
  while (claims.next())
    take(claims.id(0), claims.view(1).empty() ? day_of(claims.integer(3)) : day_of(claims.view(1)),
         claims.integer(2));
  return out;
}

std::vector<ReportedPromise> reported_promises(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                               CivilDate day, std::int64_t grace_days) {
  const Places places = places_of(cases);
  std::unordered_map<std::size_t, std::vector<MoneyReceived>> money;
  for (const auto& [case_id, ones] : received_money_of(db)) {
    const auto found = places.find(case_id);
    if (found == places.end()) continue;
    for (const ReceivedOn& one : ones)
      if (one.known_on <= iso_text(day)) money[found->second].push_back({day_of(one.day), one.cents});
  }
  std::vector<ReportedPromise> out;
  sql::Query q(db,
               "SELECT p.case_id, s.name, p.created_at, p.due_on, p.amount_cents, p.state, n.at"
               " FROM promise p JOIN staff s ON s.id = p.created_by LEFT JOIN (SELECT amends_id,"
               "  min(created_at) AS at FROM promise WHERE amends_id IS NOT NULL GROUP BY amends_id) n"
               " ON n.amends_id = p.id");
  while (q.next()) {
    const auto found = places.find(q.id(0));
    const CivilDate made = day_of(q.integer(2));
    if (found == places.end() || made > day || q.integer(4) <= 0) continue;
    ReportedPromise one{.place = found->second,
                        .agent = q.text(1),
                        .made_on = made,
                        .due_on = day_of(q.view(3)),
                        .cents = q.integer(4)};
    const PromiseMade promise{made, one.due_on, one.cents};
    one.is_superseded = q.view(5) == "superseded" ||
                        (!q.is_null(6) && day_of(q.integer(6)) <= day &&
                         is_superseded(promise, money[one.place], day_of(q.integer(6)), grace_days));
    one.state = judge_promise(promise, money[one.place], day, grace_days).state;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<ReportedContact> reported_contacts(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                               CivilDate day) {
  const Places places = places_of(cases);
  std::vector<ReportedContact> out;
  sql::Query q(db,
               "SELECT c.case_id, s.name, coalesce(c.happened_at, c.created_at), c.channel, c.direction,"
               " c.outcome, coalesce(c.reason, '')"
               " FROM contact_event c JOIN staff s ON s.id = c.created_by"
               " WHERE c.id NOT IN (SELECT amends_id FROM contact_event WHERE amends_id IS NOT NULL)");
  while (q.next()) {
    const auto found = places.find(q.id(0));
    const CivilDate on = day_of(q.integer(2));
    if (found == places.end() || on > day) continue;
    out.push_back({found->second, q.text(1), on, q.text(3), q.text(4), q.text(5), q.text(6)});
  }
  return out;
}

std::vector<Waiting> waiting_work(sql::Connection& db, const std::vector<ReportedCase>& cases,
                                  CivilDate day) {
  const Places places = places_of(cases);
  std::vector<Waiting> out;
  sql::Query proposals(
      db,
      "SELECT p.case_id, s.name, p.created_at, d.at"
      " FROM proposal p JOIN staff s ON s.id = p.created_by LEFT JOIN (SELECT proposal_id,"
      "  min(created_at) AS at FROM decision GROUP BY proposal_id) d ON d.proposal_id = p.id");
  while (proposals.next()) {
    const auto found = places.find(proposals.id(0));
    if (found == places.end() || day_of(proposals.integer(2)) > day) continue;
    if (!proposals.is_null(3) && day_of(proposals.integer(3)) <= day) continue;
    out.push_back({found->second, proposals.text(1), true});
  }
  // Who was to do it, else who holds the case. Whether it was done is known of today alone.
  sql::Query tasks(db,
                   "SELECT t.case_id, coalesce(s.name, ''), t.created_at FROM task t"
                   " LEFT JOIN staff s ON s.id = t.assignee_id"
                   " WHERE t.state = 'todo' AND t.withdrawn = 0 AND t.due_on < ?1",
                   iso_text(day));
  while (tasks.next()) {
    const auto found = places.find(tasks.id(0));
    if (found == places.end() || day_of(tasks.integer(2)) > day) continue;
    const std::string doer = tasks.text(1);
    out.push_back({found->second, doer.empty() ? cases[found->second].agent : doer, false});
  }
  return out;
}

}  // namespace relance::server
