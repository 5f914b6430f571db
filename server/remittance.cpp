#include "server/remittance.h"

#include <algorithm>

#include "host/dated_rules.h"
#include "host/failure.h"
#include "rules/remittance.h"
#include "server/edit_batch.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

constexpr std::size_t kDigits = 4;

// Received money that counts, and what came back of it; its fee is that of the day on which it had come.
constexpr std::string_view kReceipts =
    "SELECT p.id, c.number, coalesce(d.legal_name, d.trade_name, ''), coalesce(p.paid_on, ''), "
    "p.amount_cents, p.state,"
    " coalesce(r.paid_on, p.paid_on, '')"
    " FROM payment p JOIN case_file c ON c.id = p.case_id JOIN debtor d ON d.id = c.debtor_id"
    " LEFT JOIN payment r ON r.id = p.amends_id AND p.state = 'bounced'"
    " WHERE c.creditor_id = ?1 AND p.paid_on <= ?2 AND p.remittance_id IS NULL"
    " AND p.state IN ('received', 'bounced')"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state = 'received')"
    " ORDER BY p.paid_on, p.id";
constexpr std::string_view kMandate =
    "SELECT id FROM mandate WHERE creditor_id = ?1 AND capacity = 'agency'"
    " AND coalesce(valid_from, '') <= ?2 AND coalesce(valid_to, '9999-12-31') >= ?2 ORDER BY valid_from "
    "DESC, id";
constexpr std::string_view kBrackets =
    "SELECT up_to_cents, basis_points FROM fee_bracket WHERE mandate_id = ?1 AND valid_from ="
    " (SELECT max(valid_from) FROM fee_bracket WHERE mandate_id = ?1 AND valid_from <= ?2)";
// What came back before it was paid on need not be paid on.
constexpr std::string_view kNotPaidOn =
    "SELECT p.id, k.id, k.name, c.number, p.paid_on, p.amount_cents FROM payment p"
    " JOIN case_file c ON c.id = p.case_id JOIN creditor k ON k.id = c.creditor_id"
    " LEFT JOIN remittance m ON m.id = p.remittance_id"
    " WHERE p.state = 'received' AND p.paid_on IS NOT NULL AND m.paid_on IS NULL"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')";

// Of received money only, and of one creditor: what went to another must come back from him.
constexpr std::string_view kReplaced =
    "SELECT r.id, r.amount_cents, coalesce(r.paid_on, ''), r.remittance_id IS NOT NULL, m.paid_on IS NOT NULL"
    " FROM payment p JOIN payment r ON r.id = p.amends_id"
    " JOIN case_file pc ON pc.id = p.case_id JOIN case_file rc ON rc.id = r.case_id"
    " LEFT JOIN remittance m ON m.id = r.remittance_id"
    " WHERE p.id = ?1 AND p.state = 'received' AND r.state = 'received' AND pc.creditor_id = rc.creditor_id";

std::optional<Id> agency_mandate(sql::Connection& db, const Id& creditor, const std::string& day) {
  return sql::id(db, kMandate, creditor, day);
}

std::vector<FeeBracket> brackets_on(sql::Connection& db, const Id& mandate, const std::string& day) {
  std::vector<FeeBracket> out;
  sql::Query q(db, kBrackets, mandate, day);
  while (q.next())
    out.push_back({.up_to_cents = q.is_null(0) ? std::nullopt : std::optional(q.integer(0)),
                   .basis_points = q.integer(1)});
  return out;
}

/// What a remittance held already of the payment whose place this one takes.
struct RemittedBefore {
  std::int64_t cents = 0;
  std::string received_on;
};

RemittedBefore remitted_before(sql::Connection& db, Id payment, bool only_paid) {
  for (;;) {
    sql::Query q(db, kReplaced, payment);
    if (!q.next()) return {};
    if (q.integer(only_paid ? 4 : 3) != 0) return {.cents = q.integer(1), .received_on = q.text(2)};
    payment = q.id(0);
  }
}

void require_day(const std::string& day) {
  if (!parse_civil_date(day)) throw Failure(Code::usage, "A day is written 2026-11-21.");
}

RemittanceTerms terms_of(sql::Connection& db, const Id& mandate, const std::string& paid_on) {
  return {.days = sql::number(db, "SELECT remittance_days FROM mandate WHERE id = ?1", mandate),
          .months = dated_amount(db, "remittance_months", paid_on),
          .warn_days = dated_amount(db, "remittance_warn_days", paid_on)};
}

std::string next_number(sql::Connection& db, const std::string& year) {
  const std::string counter = "remittance_counter_" + year;
  std::int64_t last = std::stoll(sql::get_meta(db, counter).value_or("0"));
  for (;;) {
    std::string digits = std::to_string(++last);
    if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
    const std::string number = "V-" + year + "-" + digits;
    if (sql::id(db, "SELECT id FROM remittance WHERE number = ?1", number)) continue;
    sql::set_meta(db, counter, std::to_string(last));
    return number;
  }
}

}  // namespace

RemittancePlan plan_remittance(sql::Connection& db, const std::string& creditor,
                               const std::string& until_on) {
  require_day(until_on);
  const auto id = sql::id(db, "SELECT id FROM creditor WHERE name = ?1", creditor);
  if (!id)
    throw Failure(Code::not_found, "There is no creditor of that name; names are given as they are written.");
  if (!agency_mandate(db, *id, until_on))
    throw Failure(
        Code::refused,
        "No mandate as an agency is in force for this creditor on that day: in his own name, money is his "
        "when it comes. `relance-server add mandate` makes one.");
  RemittancePlan plan{.creditor_id = *id, .creditor = creditor, .until_on = until_on, .lines = {}};
  std::vector<std::string> days;  // whose fee holds for each line
  {
    sql::Query q(db, kReceipts, *id, until_on);
    while (q.next()) {
      const std::int64_t amount = std::abs(q.integer(4));
      plan.lines.push_back({.payment = q.id(0),
                            .case_number = q.text(1),
                            .debtor = q.text(2),
                            .paid_on = q.text(3),
                            .received_cents = q.view(5) == "bounced" ? -amount : amount});
      days.push_back(q.text(6));
    }
  }
  // What came on a day without an agency's mandate came for the creditor's own people: he has it already.
  std::vector<RemittanceLine> for_him;
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    RemittanceLine& line = plan.lines[i];
    const auto mandate = agency_mandate(db, *id, days[i]);
    if (!mandate) continue;
    line.fee_cents = fee_cents(line.received_cents, brackets_on(db, *mandate, days[i]));
    const RemittedBefore before = remitted_before(db, line.payment, false);
    if (before.cents != 0) {
      const auto mandate_then = agency_mandate(db, *id, before.received_on);
      line.received_cents -= before.cents;
      if (mandate_then)
        line.fee_cents -= fee_cents(before.cents, brackets_on(db, *mandate_then, before.received_on));
    }
    plan.received_cents += line.received_cents;
    plan.fee_cents += line.fee_cents;
    for_him.push_back(std::move(line));
  }
  plan.lines = std::move(for_him);
  return plan;
}

RemittanceMade make_remittance(Ledger& ledger, const Author& author, const std::string& creditor,
                               const std::string& until_on, const std::string& today) {
  RemittanceMade made;
  made.plan = plan_remittance(ledger.db(), creditor, until_on);
  if (made.plan.lines.empty())
    throw Failure(Code::refused,
                  "Nothing was received for this creditor up to that day that is not remitted yet.");
  RowIds ids(ledger.random(), ledger.now());
  made.id = ids.next();
  made.number = next_number(ledger.db(), today.substr(0, 4));
  EditBatch edits(ledger, author, "remittance.make");
  edits.add(OpDraft(sync::OpKind::insert, "remittance", made.id)
                .set("creditor_id", made.plan.creditor_id)
                .set("number", made.number)
                .set("until_on", until_on)
                .set("received_cents", made.plan.received_cents)
                .set("fee_cents", made.plan.fee_cents)
                .take());
  for (const RemittanceLine& line : made.plan.lines)
    edits.add(OpDraft(sync::OpKind::update, "payment", line.payment).set("remittance_id", made.id).take());
  edits.flush();
  return made;
}

void pay_remittance(Ledger& ledger, const Author& author, const std::string& number,
                    const std::string& paid_on) {
  require_day(paid_on);
  const auto id = sql::id(ledger.db(), "SELECT id FROM remittance WHERE number = ?1", number);
  if (!id)
    throw Failure(Code::not_found,
                  "There is no such remittance; `relance-server remittance list` shows them.");
  if (sql::number(ledger.db(), "SELECT 1 FROM remittance WHERE id = ?1 AND paid_on IS NOT NULL", *id))
    throw Failure(Code::refused, "This remittance has been paid already. Nothing was stored.");
  EditBatch edits(ledger, author, "remittance.pay");
  edits.add(OpDraft(sync::OpKind::update, "remittance", *id).set("paid_on", paid_on).take());
  edits.flush();
}

std::vector<LateReceipt> late_receipts(sql::Connection& db, const std::string& today) {
  const auto day = parse_civil_date(today);
  RELANCE_ASSERT(day.has_value());
  struct Open {
    LateReceipt receipt;
    Id creditor;
  };
  std::vector<Open> all;
  {
    sql::Query q(db, kNotPaidOn);
    while (q.next())
      all.push_back({.receipt = {.payment = q.id(0),
                                 .creditor = q.text(2),
                                 .case_number = q.text(3),
                                 .paid_on = q.text(4),
                                 .due_on = {},
                                 .cents = q.integer(5)},
                     .creditor = q.id(1)});
  }
  std::vector<LateReceipt> out;
  for (Open& one : all) {
    const auto received = parse_civil_date(one.receipt.paid_on);
    const auto mandate = agency_mandate(db, one.creditor, one.receipt.paid_on);
    if (!received || !mandate) continue;
    const RemittanceDue due = remittance_due(*received, terms_of(db, *mandate, one.receipt.paid_on));
    if (*day < due.warn_from) continue;
    one.receipt.cents -= remitted_before(db, one.receipt.payment, true).cents;
    if (one.receipt.cents <= 0) continue;  // a correction of what he has already
    one.receipt.due_on = iso_text(due.due_on);
    one.receipt.is_late = *day > due.due_on;
    out.push_back(std::move(one.receipt));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const LateReceipt& a, const LateReceipt& b) { return a.due_on < b.due_on; });
  return out;
}

}  // namespace relance::server
