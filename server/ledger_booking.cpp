#include "server/ledger_booking.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "host/unbooked_money.h"
#include "rules/ledger_booking.h"
#include "server/op_draft.h"
#include "server/stored_claims.h"
#include "server/stored_ledger.h"

namespace relance::server {
namespace {

constexpr std::string_view kJoined =
    "SELECT a.id, a.case_id, a.entry_id, a.payment_id, a.amount_cents FROM allocation a"
    " JOIN case_file c ON c.id = a.case_id"
    " WHERE a.payment_id IS NOT NULL AND a.entry_id IS NOT NULL AND a.undone = 0"
    " AND c.creditor_id = ?1 AND (?2 IS NULL OR a.case_id = ?2) ORDER BY a.id";
// The received payment that took a payment's place; of several the last.
constexpr std::string_view kSuccessor =
    "SELECT s.id FROM payment s JOIN payment p ON p.id = s.amends_id"
    " WHERE p.id = ?1 AND s.state = 'received' ORDER BY s.created_at DESC, s.id DESC LIMIT 1";
constexpr std::string_view kLeftOfPayment =
    "SELECT abs(p.amount_cents) - (SELECT coalesce(CAST(sum(b.amount_cents) AS BIGINT), 0) FROM allocation b"
    "  WHERE b.payment_id = p.id AND b.entry_id IS NOT NULL AND b.undone = 0)"
    " FROM payment p WHERE p.id = ?1 AND p.case_id = ?2 AND (SELECT o.state FROM payment o WHERE o.id = ?3)"
    "  = 'received'";
constexpr std::string_view kEntries =
    "SELECT id, kind, amount_cents, coalesce(booked_on, ''), source_key FROM entry"
    " WHERE case_id = ?1 AND source_key IS NOT NULL ORDER BY booked_on, id";

struct LedgerEntryRow {
  Id id;
  bool is_payment = false;
  std::int64_t cents = 0;
  std::string booked_on, key;
};

/// The ledger's lines on one case, and which of them have vanished from it since.
class CaseLines {
 public:
  CaseLines(sql::Connection& db, const Id& case_id) {
    sql::Query q(db, kEntries, case_id);
    while (q.next()) {
      const std::string key = q.text(4);
      const char letter = key.size() <= kLineKeyBytes ? '\0' : key[kLineKeyBytes];
      if (key.size() == kLineKeyBytes || letter == kTakenIn)
        rows_.push_back({q.id(0), q.view(1) == "payment", q.integer(2), q.text(3), key});
      else if (letter == kReversal)
        ++reversals_[key.substr(0, kLineKeyBytes)];
      else if (letter == kTakenBack)  // of a file other than a ledger's export: stored_claims.h
        ++reversals_[key.substr(0, kLineKeyBytes) + kTakenIn + key.substr(kLineKeyBytes + 1)];
    }
  }
  [[nodiscard]] const std::vector<LedgerEntryRow>& rows() const { return rows_; }
  [[nodiscard]] bool has_vanished(const LedgerEntryRow& row) const {
    const auto found = reversals_.find(row.key);
    return found != reversals_.end() && found->second % 2 == 1;  // every second one takes the reversal back
  }

 private:
  std::vector<LedgerEntryRow> rows_;
  std::unordered_map<std::string, int> reversals_;
};

class Joining {
 public:
  Joining(sql::Connection& db, RowIds& ids, EditBatch& edits) : db_(db), ids_(ids), edits_(edits) {}

  // Stored before anything is joined: a payment that loses its entry is free for the line that replaces it.
  BookingReport run(const Id& creditor, const std::optional<Id>& case_id) {
    for (const auto& [owner, bookings] : bookings_of(creditor, case_id)) {
      const CaseLines lines(db_, owner);
      for (const Booking& one : bookings) review(owner, one, lines);
    }
    edits_.flush();
    std::map<Id, std::vector<UnbookedPayment>> payments;
    for (UnbookedPayment& one : unbooked_payments(db_, creditor, case_id)) {
      const Id owner = one.case_id;
      payments[owner].push_back(std::move(one));
    }
    for (const auto& [owner, unbooked] : payments)
      join(owner, unbooked, CaseLines(db_, owner), taken_[owner]);
    edits_.flush();
    return report_;
  }

 private:
  struct Booking {
    Id allocation, entry, payment;
    std::int64_t cents = 0;
  };

  std::map<Id, std::vector<Booking>> bookings_of(const Id& creditor, const std::optional<Id>& case_id) {
    std::map<Id, std::vector<Booking>> out;
    sql::Query q(db_, kJoined, creditor, case_id);
    while (q.next()) out[q.id(1)].push_back({q.id(0), q.id(2), q.id(3), q.integer(4)});
    return out;
  }

  void review(const Id& case_id, const Booking& one, const CaseLines& lines) {
    const LedgerEntryRow* row = find(lines, one.entry);
    if (row != nullptr && lines.has_vanished(*row)) {
      ++report_.unbooked;
      return separate(one.allocation);
    }
    Id latest = one.payment;
    while (const auto next = sql::id(db_, kSuccessor, latest)) latest = *next;
    if (latest != one.payment) {
      separate(one.allocation);
      if (!hand_over(case_id, one, latest)) return;
    }
    taken_[case_id].push_back(one.entry);
  }

  // What the ledger shows is the same money, whatever was corrected of it since: the correction is joined with it, even
  // where their amounts or days differ by now.
  bool hand_over(const Id& case_id, const Booking& one, const Id& latest) {
    const std::int64_t left =
        sql::number(db_, kLeftOfPayment, latest, case_id, one.payment).value_or(0) - handed_over_[latest];
    const std::int64_t cents = std::min(one.cents, left);
    if (cents <= 0) return false;
    handed_over_[latest] += cents;
    ++report_.booked;
    edits_.add(booking_op(ids_.next(), case_id, latest, one.entry, cents));
    return true;
  }

  static const LedgerEntryRow* find(const CaseLines& lines, const Id& entry) {
    for (const LedgerEntryRow& row : lines.rows())
      if (row.id == entry) return &row;
    return nullptr;
  }

  void separate(const Id& allocation) {
    edits_.add(OpDraft(sync::OpKind::update, "allocation", allocation)
                   .set("undone", std::int64_t{1}, std::int64_t{0})
                   .take());
  }

  void join(const Id& case_id, const std::vector<UnbookedPayment>& unbooked, const CaseLines& lines,
            const std::vector<Id>& taken) {
    std::vector<BookedAmount> payments, entries;
    std::vector<const UnbookedPayment*> whose;
    for (const UnbookedPayment& one : unbooked)
      if (const auto on = parse_civil_date(one.paid_on)) {
        payments.push_back({*on, -one.cents});
        whose.push_back(&one);
      }
    std::vector<const LedgerEntryRow*> rows;
    for (const LedgerEntryRow& row : lines.rows()) {
      const bool is_free = std::find(taken.begin(), taken.end(), row.id) == taken.end();
      const auto on = parse_civil_date(row.booked_on);
      if (!row.is_payment || !is_free || !on || lines.has_vanished(row)) continue;
      entries.push_back({*on, row.cents});
      rows.push_back(&row);
    }
    for (const auto& [payment, entry] : paired_bookings(payments, entries)) {
      ++report_.booked;
      const std::int64_t cents = whose[payment]->cents;
      edits_.add(
          booking_op(ids_.next(), case_id, whose[payment]->id, rows[entry]->id, cents < 0 ? -cents : cents));
    }
  }

  sql::Connection& db_;
  RowIds& ids_;
  EditBatch& edits_;
  std::map<Id, std::vector<Id>> taken_;  // entries that are joined already, by case
  std::map<Id, std::int64_t> handed_over_;
  BookingReport report_;
};

}  // namespace

sync::Op booking_op(const Id& id, const Id& case_id, const Id& payment, const Id& entry, std::int64_t cents) {
  return OpDraft(sync::OpKind::insert, "allocation", id)
      .set("case_id", case_id)
      .set("payment_id", payment)
      .set("entry_id", entry)
      .set("amount_cents", cents)
      .take();
}

std::vector<UnbookedPayment> unbooked_payments(sql::Connection& db, const std::optional<Id>& creditor,
                                               const std::optional<Id>& case_id) {
  std::vector<UnbookedPayment> out;
  sql::Query q(db,
               "SELECT u.id, u.case_id, c.number, u.state, coalesce(u.paid_on, ''), u.cents FROM " +
                   std::string(kUnbookedMoney) +
                   " u JOIN case_file c ON c.id = u.case_id WHERE u.cents <> 0"
                   " AND (?1 IS NULL OR c.creditor_id = ?1) AND (?2 IS NULL OR u.case_id = ?2)"
                   " ORDER BY u.paid_on, u.id",
               creditor, case_id);
  while (q.next())
    out.push_back({.id = q.id(0),
                   .case_id = q.id(1),
                   .case_number = q.text(2),
                   .state = q.text(3),
                   .paid_on = q.text(4),
                   .cents = q.integer(5)});
  return out;
}

BookingReport join_with_ledger(sql::Connection& db, const Id& creditor, const std::optional<Id>& case_id,
                               RowIds& ids, EditBatch& edits) {
  return Joining(db, ids, edits).run(creditor, case_id);
}

}  // namespace relance::server
