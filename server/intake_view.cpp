// See intake_view.h.
#include "server/intake_view.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "host/case_query.h"
#include "host/failure.h"
#include "rules/receivables.h"
#include "rules/siren.h"
#include "server/claim_limitation.h"
#include "server/import_batches.h"

namespace relance::server {
namespace {

constexpr std::string_view kDebtor =
    "SELECT d.id, coalesce(d.legal_name, d.trade_name, ''), coalesce(d.siren, '')"
    " FROM case_file c JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1";
constexpr std::string_view kAddress =
    "SELECT 1 FROM contact_point WHERE debtor_id = ?1 AND type = 'post' AND status <> 'wrong'"
    " AND (city IS NOT NULL OR postcode IS NOT NULL) LIMIT 1";
constexpr std::string_view kInsolvency =
    "SELECT 1 FROM insolvency_event WHERE debtor_id = ?1 AND cancelled = 0 LIMIT 1";
constexpr std::string_view kClaims =
    "SELECT k.id, coalesce(k.piece_ref, ''), coalesce(k.due_on, ''), k.evidence_ok, k.gross_cents,"
    " EXISTS (SELECT 1 FROM document o WHERE o.case_id = k.case_id AND o.claim_id = k.id AND o.kind = "
    "'evidence'),"
    " EXISTS (SELECT 1 FROM dispute p WHERE p.case_id = k.case_id AND p.claim_id = k.id AND p.state = 'open')"
    " FROM claim k WHERE k.case_id = ?1 AND k.state = 'open' ORDER BY k.due_on, k.id";
constexpr std::string_view kDisputeOfCase =
    "SELECT 1 FROM dispute WHERE case_id = ?1 AND claim_id IS NULL AND state = 'open' LIMIT 1";

class Gatherer {
 public:
  Gatherer(sql::Connection& db, CivilDate today) : db_(db), today_(today) {
    for (ClaimLimitation& one : claim_limitations(db_)) limitations_.emplace(one.claim_id, std::move(one));
  }

  IntakeLine line_of(const CaseFacts& facts) {
    IntakeLine out{.number = facts.number, .creditor = facts.creditor, .debtor = facts.debtor};
    IntakeCase about;
    read_debtor(facts.id, about);
    out.asked_cents = about.asked_cents = asked(facts);
    const bool is_disputed = sql::number(db_, kDisputeOfCase, facts.id).has_value();
    sql::Query q(db_, kClaims, facts.id);
    while (q.next()) take_claim(q, is_disputed, about, out);
    out.finding = intake_of(about, today_);
    return out;
  }

 private:
  void read_debtor(const Id& case_id, IntakeCase& about) {
    sql::Query q(db_, kDebtor, case_id);
    if (!q.next()) return;
    const Id debtor = q.id(0);
    about.has_name = !q.view(1).empty();
    about.has_register_number = is_siren(q.view(2));
    about.has_address = sql::number(db_, kAddress, debtor).has_value();
    about.has_open_insolvency = sql::number(db_, kInsolvency, debtor).has_value();
  }

  static std::int64_t asked(const CaseFacts& facts) {
    std::vector<ClaimDue> claims;
    for (const CaseFacts::Claim& claim : facts.claims)
      claims.push_back({.due_on = claim.due_on, .open_cents = std::max<std::int64_t>(claim.open_cents, 0)});
    return what_is_asked(claims, credit_for_claims(facts)).asked_cents;
  }

  void take_claim(const sql::Query& q, bool is_disputed, IntakeCase& about, IntakeLine& out) {
    IntakeClaim one{.has_evidence = q.integer(3) != 0 || q.integer(5) != 0,
                    .is_disputed = is_disputed || q.integer(6) != 0};
    if (const auto found = limitations_.find(q.id(0)); found != limitations_.end()) {
      const ClaimLimitation& limitation = found->second;
      one.last_day = limitation.may_be_consumer ? limitation.last_day_in_trade : limitation.last_day;
      if (limitation.may_be_consumer) one.last_day_of_consumer = limitation.last_day;
    }
    about.claims.push_back(one);
    out.claims.push_back({.piece_ref = q.text(1),
                          .due_on = q.text(2),
                          .last_day = one.last_day ? iso_text(*one.last_day) : "",
                          .gross_cents = q.integer(4)});
  }

  sql::Connection& db_;
  CivilDate today_;
  std::unordered_map<Id, ClaimLimitation> limitations_;  // by claim
};

std::unordered_set<Id> cases_of_batch(sql::Connection& db, const std::string& batch) {
  std::unordered_set<Id> out;
  sql::Query q(db, "SELECT DISTINCT case_id FROM entry WHERE batch_id = ?1", one_batch(db, batch).id);
  while (q.next()) out.insert(q.id(0));
  return out;
}

}  // namespace

std::vector<IntakeLine> intake_lines(sql::Connection& db, const IntakeFilter& filter, CivilDate today) {
  if (!filter.creditor.empty() && !sql::id(db, "SELECT id FROM creditor WHERE name = ?1", filter.creditor))
    throw Failure(Code::not_found,
                  "There is no creditor of that name; `relance-server cases` shows their names.");
  std::unordered_set<Id> only;
  if (!filter.batch.empty()) only = cases_of_batch(db, filter.batch);
  std::vector<IntakeLine> out;
  Gatherer gatherer(db, today);
  for (const CaseFacts& facts : case_facts(db)) {
    if (facts.stage == "closed" || (!filter.creditor.empty() && facts.creditor != filter.creditor)) continue;
    if (!filter.batch.empty() && !only.contains(facts.id)) continue;
    out.push_back(gatherer.line_of(facts));
  }
  std::sort(out.begin(), out.end(),
            [](const IntakeLine& a, const IntakeLine& b) { return a.number < b.number; });
  return out;
}

std::string proposal_text(const IntakeLine& line) {
  std::string out = !line.finding.accepts          ? "refuse"
                    : line.finding.reasons.empty() ? "accept"
                                                   : "accept in part";
  for (std::size_t i = 0; i < line.finding.reasons.size(); ++i)
    out += (i == 0 ? ": " : ", ") + std::string(words_of(line.finding.reasons[i]));
  return out;
}

}  // namespace relance::server
