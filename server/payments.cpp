#include "server/payments.h"

#include <algorithm>

#include "host/case_position.h"
#include "host/case_query.h"
#include "host/dated_rules.h"
#include "host/failure.h"
#include "host/value_text.h"
#include "rules/civil_date.h"
#include "rules/payment_match.h"
#include "schema/amounts.h"
#include "server/edit_batch.h"
#include "server/ledger_booking.h"
#include "server/letter_numbers.h"
#include "server/op_draft.h"
#include "server/receipts.h"
#include "server/returned_money.h"
#include "server/row_law.h"

namespace relance::server {
namespace {

constexpr std::string_view kInterestLabel = "Intérêts de retard";  // agents read it on the account
constexpr std::string_view kCustomers = "411";

struct OpenDebt {
  std::vector<OpenItem> items;
  std::vector<std::optional<Id>> claims;  // of each item; none: of the whole case
  std::vector<std::string> days;          // owns what the items' dates point to
};

// What people booked of a kind, less what payments were set against it.
std::int64_t open_of_kind(sql::Connection& db, const Id& case_id, std::string_view kind, Part part) {
  const auto booked = sql::number(db,
                                  "SELECT CAST(sum(amount_cents) AS BIGINT) FROM entry"
                                  " WHERE case_id = ?1 AND kind = ?2 AND source_key IS NULL",
                                  case_id, kind);
  const auto paid =
      sql::number(db,
                  "SELECT CAST(sum(amount_cents) AS BIGINT) FROM allocation"
                  " WHERE case_id = ?1 AND part = ?2 AND entry_id IS NULL AND undone = 0"
                  " AND payment_id NOT IN"
                  " (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')",
                  case_id, name_of(part));
  return std::max<std::int64_t>(booked.value_or(0) - paid.value_or(0), 0);
}

/// The open claims whose pieces a text names.
std::vector<Id> claims_in_text(sql::Connection& db, const Id& case_id, const std::string& text) {
  PayableCase one;
  std::vector<Id> claims, out;
  sql::Query q(
      db, "SELECT id, piece_ref FROM claim WHERE case_id = ?1 AND state = 'open' AND piece_ref IS NOT NULL",
      case_id);
  while (q.next()) {
    claims.push_back(q.id(0));
    one.pieces.push_back({folded(q.view(1)), 0});
  }
  const PaymentMatcher matcher({std::move(one)});
  for (const std::size_t at : matcher.named_pieces(0, folded(text))) out.push_back(claims[at]);
  return out;
}

std::vector<Id> chosen_claims(sql::Connection& db, const Receipt& receipt,
                              const std::optional<Id>& declared) {
  if (!receipt.chosen.empty()) return receipt.chosen;
  std::string said = receipt.said;
  if (declared)
    said += " | " + sql::text(db, "SELECT debtor_says FROM payment WHERE id = ?1", *declared).value_or("");
  return claims_in_text(db, receipt.case_id, said);
}

OpenDebt open_debt(sql::Connection& db, const Receipt& receipt, const std::vector<Id>& chosen) {
  OpenDebt out;
  const auto add = [&](Part part, std::int64_t cents, const std::string& due_on,
                       const std::optional<Id>& claim) {
    if (cents <= 0) return;
    const bool is_chosen = claim && std::find(chosen.begin(), chosen.end(), *claim) != chosen.end();
    out.items.push_back({.part = part, .open_cents = cents, .is_chosen = is_chosen});
    out.claims.push_back(claim);
    out.days.push_back(due_on);
  };
  add(Part::interest, open_of_kind(db, receipt.case_id, "interest", Part::interest) + receipt.interest_cents,
      "", {});
  add(Part::charges, open_of_kind(db, receipt.case_id, "charge", Part::charges) + receipt.indemnity_cents, "",
      {});
  for (const CaseFacts& facts : case_facts(db, receipt.case_id))
    for (const CaseFacts::Claim& claim : facts.claims)
      add(Part::principal, claim.open_cents, claim.due_on, claim.id);
  for (std::size_t i = 0; i < out.items.size(); ++i) out.items[i].due_on = out.days[i];
  return out;
}

AllocationOrder order_on(sql::Connection& db, const std::string& day) {
  const auto order = parse_allocation_order(dated_amount(db, "allocation_order", day));
  if (!order)
    throw Failure(
        Code::refused,
        "The dated rule `allocation_order` must hold the digits 1, 2 and 3, each once: 123 is interest, "
        "charges, principal. Nothing was stored.");
  return *order;
}

void require_amount(std::int64_t cents) {
  if (cents <= 0 || cents > schema::kCentsMax)
    throw Failure(Code::usage, "A payment is more than nothing, and at most a hundred billion euros.");
}

void require_day(const std::string& day) {
  if (!parse_civil_date(day))
    throw Failure(Code::usage, "The day of a payment is written 2026-11-21. Nothing was stored.");
}

Id creditor_of(sql::Connection& db, const Id& case_id) {
  const auto creditor = sql::id(db, "SELECT creditor_id FROM case_file WHERE id = ?1", case_id);
  if (!creditor) throw Failure(Code::not_found, "There is no such case; `relance-server cases` lists them.");
  return *creditor;
}

/// What is booked with a payment, so that it can be paid by it.
sync::Op accessory_op(const Id& id, const Receipt& receipt, std::string_view kind, std::string_view label,
                      std::int64_t cents) {
  return OpDraft(sync::OpKind::insert, "entry", id)
      .set("case_id", receipt.case_id)
      .set("kind", kind)
      .set("account", kCustomers)
      .set("label", label)
      .set("booked_on", receipt.paid_on)
      .set("amount_cents", cents)
      .take();
}

// For how many invoices it was booked on the case, by the amount in force on each day; a booking that was reversed does
// not count.
std::int64_t indemnities_booked(sql::Connection& db, const Receipt& receipt) {
  std::int64_t out = 0;
  sql::Query q(db,
               "SELECT amount_cents, coalesce(booked_on, ?3) FROM entry"
               " WHERE case_id = ?1 AND kind = 'charge' AND label = ?2",
               receipt.case_id, kIndemnityLabel, receipt.paid_on);
  while (q.next())
    if (const std::int64_t each = dated_amount(db, "indemnity_cents", q.text(1)); each > 0)
      out += q.integer(0) / each;
  return out;
}

// Once an invoice, of traders only (C. com. L441-10 II, D441-5); costs beyond it are the creditor's without a title.
void require_indemnity(sql::Connection& db, const Receipt& receipt) {
  if (receipt.indemnity_cents == 0) return;
  const auto trader = sql::number(db,
                                  "SELECT 1 FROM case_file c JOIN debtor d ON d.id = c.debtor_id"
                                  " WHERE c.id = ?1 AND d.b2c = 'no'",
                                  receipt.case_id);
  const std::int64_t each = dated_amount(db, "indemnity_cents", receipt.paid_on);
  const auto invoices = sql::number(
      db, "SELECT count(*) FROM claim WHERE case_id = ?1 AND state <> 'withdrawn' AND indemnity_waived = 0",
      receipt.case_id);
  const bool fits = each > 0 && receipt.indemnity_cents > 0 && receipt.indemnity_cents % each == 0 &&
                    receipt.indemnity_cents / each <= invoices.value_or(0) - indemnities_booked(db, receipt);
  if (trader && fits) return;
  throw Failure(Code::refused,
                "The fixed indemnity is owed once an invoice, by debtors who are no consumers (debtor.b2c = "
                "no), however many payments it takes: C. com. D441-5. Nothing was stored.");
}

sync::Op payment_op(const Id& id, const Receipt& receipt, const std::optional<Id>& declared) {
  OpDraft draft(sync::OpKind::insert, "payment", id);
  draft.set("case_id", receipt.case_id)
      .set("amount_cents", receipt.amount_cents)
      .set("paid_on", receipt.paid_on)
      .set("means", receipt.means)
      .set("state", "received")
      .set("bank_ref", receipt.bank_ref)
      .set("payer", receipt.payer);
  if (declared) draft.set("amends_id", *declared);
  return draft.take();
}

sync::Op allocation_op(const Id& id, const Id& case_id, const Id& payment, const std::optional<Id>& claim,
                       Part part, std::int64_t cents) {
  OpDraft draft(sync::OpKind::insert, "allocation", id);
  draft.set("case_id", case_id)
      .set("payment_id", payment)
      .set("part", name_of(part))
      .set("amount_cents", cents);
  if (claim) draft.set("claim_id", *claim);
  return draft.take();
}

/// What a payment was set against: the rows, and how much each.
std::vector<std::pair<Id, std::int64_t>> allocations_of(sql::Connection& db, const Id& payment) {
  std::vector<std::pair<Id, std::int64_t>> out;
  sql::Query q(db,
               "SELECT id, amount_cents FROM allocation"
               " WHERE payment_id = ?1 AND entry_id IS NULL AND undone = 0 ORDER BY id",
               payment);
  while (q.next()) out.emplace_back(q.id(0), q.integer(1));
  return out;
}

// A receipt that was numbered and not issued yet proves nothing where its payment came back.
void supersede_receipts(sql::Connection& db, const Id& case_id, EditBatch& edits) {
  std::vector<std::pair<Id, std::string>> drafts;
  sql::Query q(db,
               "SELECT id, state FROM letter WHERE case_id = ?1 AND kind = 'receipt' AND state IN ('draft', "
               "'proposed') AND subject_id IN (SELECT amends_id FROM payment WHERE case_id = ?1 AND state = "
               "'bounced' AND amends_id IS NOT NULL) ORDER BY id",
               case_id);
  while (q.next()) drafts.emplace_back(q.id(0), q.text(1));
  for (const auto& [letter, state] : drafts)
    edits.add(OpDraft(sync::OpKind::update, "letter", letter)
                  .set("state", Value{std::string("superseded")}, Value{state})
                  .take());
  edits.flush();
}

// What a payment that came back, or one that takes another's place, changes beside itself.
bool follow(sql::Connection& db, const Id& case_id, RowIds& ids, EditBatch& edits) {
  static_cast<void>(join_with_ledger(db, creditor_of(db, case_id), case_id, ids, edits));
  supersede_receipts(db, case_id, edits);
  return open_what_came_back(db, std::nullopt, case_id, edits).cases > 0;
}

void require_declared(sql::Connection& db, const Receipt& receipt) {
  if (!receipt.declared) return;
  const auto there =
      sql::number(db, "SELECT 1 FROM payment WHERE id = ?1 AND case_id = ?2 AND state = 'declared'",
                  *receipt.declared, receipt.case_id);
  if (!there) throw Failure(Code::refused, "That is no declared payment of this case. Nothing was stored.");
}

}  // namespace

std::optional<Id> declared_payment(sql::Connection& db, const Id& case_id, std::int64_t amount_cents) {
  return sql::id(db,
                 "SELECT id FROM payment WHERE case_id = ?1 AND amount_cents = ?2 AND state = 'declared'"
                 " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL)"
                 " ORDER BY paid_on, id LIMIT 1",
                 case_id, amount_cents);
}

std::optional<Id> returnable_payment(sql::Connection& db, const Id& case_id, std::int64_t amount_cents,
                                     const std::string& until) {
  return sql::id(
      db,
      "SELECT id FROM payment WHERE case_id = ?1 AND amount_cents = ?2 AND state = 'received'"
      " AND coalesce(paid_on, '') <= ?3"
      " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')"
      " ORDER BY paid_on DESC, id DESC LIMIT 1",
      case_id, amount_cents, until);
}

std::int64_t unbooked_interest(sql::Connection& db, const Id& case_id, const std::string& day) {
  const auto booked = sql::number(db,
                                  "SELECT CAST(sum(amount_cents) AS BIGINT) FROM entry"
                                  " WHERE case_id = ?1 AND kind = 'interest' AND source_key IS NULL",
                                  case_id);
  return std::max<std::int64_t>(case_position(db, case_id, day).interest_cents - booked.value_or(0), 0);
}

PaymentMade receive_payment(Ledger& ledger, const Author& author, const Receipt& receipt,
                            const std::string& today) {
  require_amount(receipt.amount_cents);
  require_day(receipt.paid_on);
  if (receipt.paid_on > today)
    throw Failure(
        Code::refused,
        "That day is yet to come: a bill or a cheque counts when it is paid, until then it is declared. "
        "Nothing was stored.");
  sql::Connection& db = ledger.db();
  const Id creditor = creditor_of(db, receipt.case_id);
  require_declared(db, receipt);
  require_indemnity(db, receipt);
  PaymentMade made;
  made.declared =
      receipt.declared ? receipt.declared : declared_payment(db, receipt.case_id, receipt.amount_cents);
  const OpenDebt debt = open_debt(db, receipt, chosen_claims(db, receipt, made.declared));
  const Allocated shares =
      allocate(receipt.amount_cents, debt.items, order_on(db, receipt.paid_on), receipt.paid_on);
  made.left_cents = shares.left_cents;

  RowIds ids(ledger.random(), ledger.now());
  EditBatch edits(ledger, author, "payment.receive");
  if (receipt.interest_cents > 0)
    edits.add(accessory_op(ids.next(), receipt, "interest", kInterestLabel, receipt.interest_cents));
  if (receipt.indemnity_cents > 0)
    edits.add(accessory_op(ids.next(), receipt, "charge", kIndemnityLabel, receipt.indemnity_cents));
  made.payment = ids.next();
  edits.add(payment_op(made.payment, receipt, made.declared));
  for (std::size_t i = 0; i < debt.items.size(); ++i) {
    if (shares.cents[i] == 0) continue;
    const auto& claim = debt.claims[i];
    edits.add(
        allocation_op(ids.next(), receipt.case_id, made.payment, claim, debt.items[i].part, shares.cents[i]));
    const auto piece =
        claim ? sql::text(db, "SELECT piece_ref FROM claim WHERE id = ?1", *claim) : std::nullopt;
    made.parts.push_back({.part = debt.items[i].part, .piece = piece.value_or(""), .cents = shares.cents[i]});
  }
  LetterNumbers numbers(db, LetterNumbers::Series::receipt, today);
  made.receipt_number = numbers.next();
  edits.add(receipt_op(ids.next(), receipt.case_id, made.payment, made.receipt_number));
  edits.flush();
  numbers.save();
  static_cast<void>(join_with_ledger(db, creditor, receipt.case_id, ids, edits));
  made.is_in_ledger =
      sql::number(db,
                  "SELECT 1 FROM allocation WHERE payment_id = ?1 AND entry_id IS NOT NULL AND undone = 0",
                  made.payment)
          .has_value();
  return made;
}

PaymentReturned return_payment(Ledger& ledger, const Author& author, const Id& payment,
                               const std::string& returned_on, const std::string& bank_ref) {
  require_day(returned_on);
  sql::Connection& db = ledger.db();
  Id case_id;
  PaymentReturned out;
  {
    sql::Query q(
        db,
        "SELECT case_id, amount_cents FROM payment WHERE id = ?1 AND state = 'received'"
        " AND id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')",
        payment);
    if (!q.next())
      throw Failure(Code::refused,
                    "Only a payment that was received, and has not come back yet, can be returned. Nothing "
                    "was stored.");
    case_id = q.id(0);
    out.amount_cents = q.integer(1);
  }
  RowIds ids(ledger.random(), ledger.now());
  EditBatch edits(ledger, author, "payment.return");
  out.payment = ids.next();
  edits.add(OpDraft(sync::OpKind::insert, "payment", out.payment)
                .set("case_id", case_id)
                .set("amount_cents", -out.amount_cents)
                .set("paid_on", returned_on)
                .set("state", "bounced")
                .set("bank_ref", bank_ref)
                .set("amends_id", payment)
                .take());
  for (const auto& [allocation, cents] : allocations_of(db, payment)) {
    out.reopened_cents += cents;
    edits.add(OpDraft(sync::OpKind::update, "allocation", allocation)
                  .set("undone", std::int64_t{1}, std::int64_t{0})
                  .take());
  }
  edits.flush();
  out.is_case_open_again = follow(db, case_id, ids, edits);
  return out;
}

PaymentFollowed follow_payment(Ledger& ledger, const Author& author, const Id& payment) {
  sql::Connection& db = ledger.db();
  const auto case_id =
      sql::id(db, "SELECT case_id FROM payment WHERE id = ?1 AND state <> 'declared'", payment);
  if (!case_id) return {};
  RowIds ids(ledger.random(), ledger.now());
  EditBatch edits(ledger, author, "payment.follow");
  return {.is_case_open_again = follow(db, *case_id, ids, edits)};
}

}  // namespace relance::server
