// What a file for the court still needs. See court_file.h.
#include <algorithm>

#include "server/claim_limitation.h"
#include "server/court_file.h"

namespace relance::server {
namespace {

bool is_true(sql::Connection& db, std::string_view query, const Id& case_id) {
  return sql::number(db, query, case_id).value_or(0) != 0;
}

constexpr std::string_view kUnproved =
    "SELECT count(*) FROM claim k WHERE k.case_id = ?1 AND k.state = 'open' AND k.evidence_ok = 0"
    " AND NOT EXISTS (SELECT 1 FROM document d WHERE d.case_id = k.case_id AND d.kind = 'evidence'"
    "  AND d.file_hash IS NOT NULL AND (d.claim_id IS NULL OR d.claim_id = k.id))";
constexpr std::string_view kNotice =
    "SELECT count(*) FROM letter WHERE case_id = ?1 AND kind = 'formal_notice'"
    " AND state IN ('sent', 'delivered', 'returned')";
constexpr std::string_view kDelivered =
    "SELECT (SELECT count(*) FROM letter WHERE case_id = ?1 AND kind = 'formal_notice' AND tracking <> "
    "'none')"
    " + (SELECT count(*) FROM document WHERE case_id = ?1 AND kind = 'proof_of_delivery'"
    "  AND file_hash IS NOT NULL)";
constexpr std::string_view kIdentity =
    "SELECT count(*) FROM debtor d JOIN case_file c ON c.debtor_id = d.id WHERE c.id = ?1"
    " AND d.legal_name IS NOT NULL AND d.kind <> 'unknown' AND d.b2c <> 'unknown'"
    " AND (d.siren IS NOT NULL OR d.kind = 'individual')";
constexpr std::string_view kAddress =
    "SELECT count(*) FROM contact_point p JOIN case_file c ON c.debtor_id = p.debtor_id WHERE c.id = ?1"
    " AND p.type = 'post' AND p.status IN ('unverified', 'valid')";
constexpr std::string_view kDisputed = "SELECT count(*) FROM dispute WHERE case_id = ?1 AND state = 'open'";
constexpr std::string_view kInsolvent =
    "SELECT count(*) FROM insolvency_event e JOIN case_file c ON c.debtor_id = e.debtor_id WHERE c.id = ?1"
    " AND e.cancelled = 0";

FileNeed limitation_need(sql::Connection& db, const Id& case_id, CivilDate today) {
  std::optional<CivilDate> first;
  for (const ClaimLimitation& one : claim_limitations(db, case_id))
    if (one.last_day && (!first || *one.last_day < *first)) first = one.last_day;
  if (!first) return {"limitation", true, "no clock runs"};
  const bool is_alive = *first >= today;
  return {"limitation", is_alive,
          (is_alive ? "the first claim is barred after " : "a claim is barred since ") + iso_text(*first)};
}

}  // namespace

std::vector<FileNeed> court_file_needs(sql::Connection& db, const Id& case_id, CivilDate today) {
  std::vector<FileNeed> out;
  const auto need = [&](std::string code, bool is_there, std::string_view has, std::string_view lacks) {
    out.push_back({std::move(code), is_there, std::string(is_there ? has : lacks)});
  };
  need("evidence", !is_true(db, kUnproved, case_id), "every open claim is proved",
       "an open claim has no evidence: `document add … --kind evidence`");
  need("ledger", is_true(db, "SELECT count(*) FROM entry WHERE case_id = ?1", case_id),
       "the account is there", "no entry of the creditor's ledger: import it");
  need("formal_notice", is_true(db, kNotice, case_id), "sent", "no formal notice was sent");
  need("proof_of_delivery", is_true(db, kDelivered, case_id), "the post has answered, or the proof is stored",
       "no proof: enter the tracking, or `document add … --kind proof_of_delivery`");
  need("identity", is_true(db, kIdentity, case_id), "name, kind and number are known",
       "name, kind, consumer or not, or SIREN is missing");
  need("address", is_true(db, kAddress, case_id), "an address to serve at", "no postal address that works");
  out.push_back(limitation_need(db, case_id, today));
  need("undisputed", !is_true(db, kDisputed, case_id), "nothing is disputed",
       "a dispute is open: a payment order will be opposed");
  need("no_insolvency", !is_true(db, kInsolvent, case_id), "no proceedings are known",
       "proceedings are open: declare the claim instead (C. com. L622-21)");
  return out;
}

}  // namespace relance::server
