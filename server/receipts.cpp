#include "server/receipts.h"

#include "server/edit_batch.h"
#include "server/letter_numbers.h"
#include "server/op_draft.h"
#include "server/row_ids.h"

namespace relance::server {
namespace {

// One that another received payment replaces needs none of its own, and one that came back proves nothing.
constexpr std::string_view kWithout =
    "SELECT p.id, p.case_id, c.number, coalesce(p.paid_on, ''), p.amount_cents"
    " FROM payment p JOIN case_file c ON c.id = p.case_id WHERE p.state = 'received'"
    " AND p.id NOT IN (SELECT subject_id FROM letter WHERE kind = 'receipt' AND subject_id IS NOT NULL)"
    " AND p.id NOT IN (SELECT amends_id FROM payment WHERE amends_id IS NOT NULL AND state <> 'declared')"
    " ORDER BY p.paid_on, p.id";

}  // namespace

std::vector<Unreceipted> payments_without_receipt(sql::Connection& db) {
  std::vector<Unreceipted> out;
  sql::Query q(db, kWithout);
  while (q.next())
    out.push_back({.payment = q.id(0),
                   .case_id = q.id(1),
                   .case_number = q.text(2),
                   .paid_on = q.text(3),
                   .amount_cents = q.integer(4)});
  return out;
}

std::int64_t give_missing_receipts(Ledger& ledger, const Author& author, const std::string& today) {
  const std::vector<Unreceipted> missing = payments_without_receipt(ledger.db());
  LetterNumbers numbers(ledger.db(), LetterNumbers::Series::receipt, today);
  RowIds ids(ledger.random(), ledger.now());
  EditBatch edits(ledger, author, "receipt.give");
  for (const Unreceipted& one : missing)
    edits.add(receipt_op(ids.next(), one.case_id, one.payment, numbers.next()));
  edits.flush();
  if (!missing.empty()) numbers.save();
  return static_cast<std::int64_t>(missing.size());
}

sync::Op receipt_op(const Id& letter, const Id& case_id, const Id& payment, const std::string& number) {
  return OpDraft(sync::OpKind::insert, "letter", letter)
      .set("case_id", case_id)
      .set("kind", "receipt")
      .set("subject_id", payment)
      .set("number", number)
      .take();
}

}  // namespace relance::server
