#include "server/stored_claims.h"

#include "host/case_query.h"
#include "host/unbooked_money.h"
#include "server/stored_ledger.h"

namespace relance::server {
namespace {

constexpr std::string_view kCases =
    "SELECT c.id, c.debtor_id, coalesce(c.ledger_ref, ''), c.stage, coalesce(c.closed_reason, ''),"
    " coalesce(d.siren, ''), coalesce(d.siret, '')"
    " FROM case_file c JOIN debtor d ON d.id = c.debtor_id WHERE c.creditor_id = ?1 ORDER BY c.id";
constexpr std::string_view kPieces =
    "SELECT e.source_key, e.case_id, e.amount_cents FROM case_file c JOIN entry e ON e.case_id = c.id"
    " WHERE c.creditor_id = ?1 AND e.source_key IS NOT NULL";
constexpr std::string_view kEntriesElsewhere =
    "SELECT e.piece_ref, e.amount_cents, coalesce(b.format, '') FROM case_file c JOIN entry e ON e.case_id = "
    "c.id"
    " LEFT JOIN import_batch b ON b.id = e.batch_id"
    " WHERE c.creditor_id = ?1 AND e.piece_ref IS NOT NULL AND e.kind IN ('invoice', 'credit_note')"
    " AND b.withdrawn_at IS NULL";
constexpr std::string_view kClaimsElsewhere =
    "SELECT k.piece_ref, k.gross_cents FROM case_file c JOIN claim k ON k.case_id = c.id"
    " WHERE c.creditor_id = ?1 AND k.piece_ref IS NOT NULL AND k.entry_id IS NULL AND k.state <> 'withdrawn'";

std::string piece_and_amount(const std::string& piece_ref, std::int64_t amount_cents) {
  return std::to_string(amount_cents) + " " + piece_ref;
}

}  // namespace

StoredClaims::StoredClaims(sql::Connection& db, const Id& creditor, std::string_view source) {
  load_cases(db, creditor);
  load_pieces(db, creditor);
  load_elsewhere(db, creditor, source);
}

void StoredClaims::load_cases(sql::Connection& db, const Id& creditor) {
  sql::Query q(db, kCases, creditor);
  while (q.next()) {
    const StoredDebtorCase one{.id = q.id(0),
                               .debtor_id = q.id(1),
                               .stage = {.stage = q.text(3), .closed_reason = q.text(4)},
                               .siren = q.text(5),
                               .siret = q.text(6)};
    cases_.emplace(one.id, one);
    if (const std::string ref = q.text(2); !ref.empty()) by_ref_.try_emplace(ref, one.id);
    if (!one.siren.empty()) by_siren_.try_emplace(one.siren, one.id);
  }
}

void StoredClaims::load_pieces(sql::Connection& db, const Id& creditor) {
  sql::Query q(db, kPieces, creditor);
  while (q.next()) {
    const std::string key = q.text(0);
    if (key.size() <= kLineKeyBytes) continue;
    const char letter = key[kLineKeyBytes];
    const std::string subject = key.substr(0, kLineKeyBytes);
    if (letter == kTakenIn) {
      ++taken_in_[subject];
      pieces_.emplace(key, StoredPiece{.case_id = q.id(1), .amount_cents = q.integer(2)});
    } else if (letter == kTakenBack) {
      ++taken_back_[subject];
    }
  }
}

void StoredClaims::load_elsewhere(sql::Connection& db, const Id& creditor, std::string_view source) {
  sql::Query entries(db, kEntriesElsewhere, creditor);
  while (entries.next())
    if (source_of_format(entries.view(2)) != source)
      elsewhere_.insert(piece_and_amount(entries.text(0), entries.integer(1)));
  sql::Query claims(db, kClaimsElsewhere, creditor);
  while (claims.next()) elsewhere_.insert(piece_and_amount(claims.text(0), claims.integer(1)));
}

const StoredPiece* StoredClaims::piece(const std::string& subject) const {
  const auto in = taken_in_.find(subject);
  if (in == taken_in_.end()) return nullptr;
  const auto back = taken_back_.find(subject);
  if (back != taken_back_.end() && back->second >= in->second) return nullptr;
  const auto found = pieces_.find(subject + kTakenIn + std::to_string(in->second));
  return found == pieces_.end() ? nullptr : &found->second;
}

std::string StoredClaims::next_key(const std::string& subject) const {
  const auto in = taken_in_.find(subject);
  return subject + kTakenIn + std::to_string(in == taken_in_.end() ? 1 : in->second + 1);
}

bool StoredClaims::is_elsewhere(const std::string& piece_ref, std::int64_t amount_cents) const {
  return !piece_ref.empty() && elsewhere_.contains(piece_and_amount(piece_ref, amount_cents));
}

const StoredDebtorCase* StoredClaims::by_ledger_ref(const std::string& ref) const {
  const auto found = by_ref_.find(ref);
  return found == by_ref_.end() ? nullptr : by_id(found->second);
}

const StoredDebtorCase* StoredClaims::by_siren(const std::string& siren) const {
  const auto found = by_siren_.find(siren);
  return found == by_siren_.end() ? nullptr : by_id(found->second);
}

const StoredDebtorCase* StoredClaims::by_id(const Id& case_id) const {
  const auto found = cases_.find(case_id);
  return found == cases_.end() ? nullptr : &found->second;
}

std::string_view source_of_format(std::string_view format) {
  if (format == "cii" || format == "ubl") return "invoice";
  return format;
}

CaseStanding standing_of_case(sql::Connection& db, const Id& case_id) {
  CaseStanding out;
  for (const CaseFacts& facts : case_facts(db, case_id)) {
    out.account.balance_cents = facts.balance_cents;
    out.account.credit_cents = credit_for_claims(facts);
    for (const CaseFacts::Claim& claim : facts.claims) out.account.claimed_cents += claim.open_cents;
  }
  out.received_cents = sql::number(db,
                                   "SELECT CAST(sum(u.cents) AS BIGINT) FROM " + std::string(kUnbookedMoney) +
                                       " u WHERE u.case_id = ?1 AND u.cents > 0",
                                   case_id)
                           .value_or(0);
  return out;
}

bool has_entries_of_ledger(sql::Connection& db, const Id& creditor, bool of_ledger) {
  const std::string text =
      "SELECT 1 FROM case_file c JOIN entry e ON e.case_id = c.id JOIN import_batch b ON b.id = e.batch_id"
      " WHERE c.creditor_id = ?1 AND b.withdrawn_at IS NULL AND b.format IN " +
      std::string(of_ledger ? "('fec')" : "('ximport', 'csv', 'cii', 'ubl')") + " LIMIT 1";
  return sql::number(db, text, creditor).has_value();
}

}  // namespace relance::server
