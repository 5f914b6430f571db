#include "server/imported_case.h"

#include "server/op_draft.h"

namespace relance::server {
namespace {

constexpr std::string_view kSettled = "settled";
constexpr std::string_view kCreditBalance = "credit_balance";
constexpr std::string_view kNothingDue = "nothing_due";  // a debit that no invoice stands behind (418 ...)

bool is_early(std::string_view stage) {
  return stage == "pre_due" || stage == "amicable" || stage == "formal_notice";
}

}  // namespace

std::string_view AccountStanding::closed_reason() const {
  if (balance_cents < 0 || credit_cents > claimed_cents) return kCreditBalance;
  return balance_cents == 0 ? kSettled : kNothingDue;
}

bool is_import_reason(std::string_view reason) {
  return reason == kSettled || reason == kCreditBalance || reason == kNothingDue ||
         reason == kImportWithdrawn;
}

CaseStage stage_after(const CaseStage& now, const AccountStanding& standing, std::string_view opening,
                      std::string_view reason, bool has_new_claims) {
  const bool is_imports = is_import_reason(now.closed_reason);
  if (standing.is_owed() && now.is_closed() && (is_imports || has_new_claims))
    return {.stage = std::string(opening), .closed_reason = {}};
  if (!standing.is_owed() && (is_early(now.stage) || (now.is_closed() && is_imports)))
    return {.stage = "closed", .closed_reason = std::string(reason)};
  return now;
}

std::optional<sync::Op> stage_op(const Id& case_id, const CaseStage& now, const CaseStage& to) {
  OpDraft draft(sync::OpKind::update, "case_file", case_id);
  if (to.stage != now.stage) draft.set("stage", Value{to.stage}, Value{now.stage});
  if (to.closed_reason != now.closed_reason)
    draft.set("closed_reason", Value{to.closed_reason}, Value{now.closed_reason});
  if (draft.is_empty()) return std::nullopt;
  return draft.take();
}

std::optional<CaseStage> stage_of(sql::Connection& db, const Id& case_id) {
  sql::Query q(db, "SELECT stage, coalesce(closed_reason, '') FROM case_file WHERE id = ?1", case_id);
  if (!q.next()) return std::nullopt;
  return CaseStage{.stage = q.text(0), .closed_reason = q.text(1)};
}

sync::Op debtor_op(const FoundDebtor& found) {
  return OpDraft(sync::OpKind::insert, "debtor", found.debtor_id)
      .set("legal_name", found.name)
      .set("siren", found.siren)
      .set("siret", found.siret)
      .set("kind", "unknown")
      .take();
}

sync::Op case_op(const FoundDebtor& found, const AccountStanding& standing, std::string_view opening) {
  const bool is_owed = standing.is_owed();
  return OpDraft(sync::OpKind::insert, "case_file", found.case_id)
      .set("number", found.case_number)
      .set("creditor_id", found.creditor_id)
      .set("debtor_id", found.debtor_id)
      .set("ledger_ref", found.ledger_ref)
      .set("opened_on", found.today)
      .set("stage", is_owed ? opening : std::string_view("closed"))
      .set("closed_reason", is_owed ? std::string_view() : standing.closed_reason())
      .take();
}

}  // namespace relance::server
