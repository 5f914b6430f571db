// The rows behind every reason to ask nothing. See dunning_query.h.
#include "host/dunning_query.h"

#include "host/local_day.h"

namespace relance {
namespace {

constexpr std::string_view kCase =
    "SELECT c.stage, c.restricted, coalesce(d.do_not_contact, 0) FROM case_file c"
    " LEFT JOIN debtor d ON d.id = c.debtor_id WHERE c.id = ?1";
constexpr std::string_view kInsolvency =
    "SELECT e.kind FROM insolvency_event e JOIN case_file c ON c.debtor_id = e.debtor_id"
    " WHERE c.id = ?1 AND e.cancelled = 0 ORDER BY e.kind";
constexpr std::string_view kMoratoria = "SELECT valid_from, valid_to FROM moratorium WHERE case_id = ?1";
constexpr std::string_view kPromises =
    "SELECT created_at, due_on, amount_cents FROM promise p WHERE case_id = ?1 AND state <> 'superseded'"
    " AND NOT EXISTS (SELECT 1 FROM promise n WHERE n.amends_id = p.id)";
// As host/case_query.cpp counts received money, each payment on its day.
constexpr std::string_view kReceived =
    "SELECT coalesce(paid_on, ''), amount_cents FROM payment p WHERE case_id = ?1 AND state = 'received'"
    " AND NOT EXISTS (SELECT 1 FROM payment n WHERE n.amends_id = p.id AND n.state <> 'declared')"
    " UNION ALL"
    " SELECT coalesce(booked_on, ''), 0 - amount_cents FROM entry e WHERE case_id = ?1 AND kind = 'payment'"
    " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.case_id = e.case_id AND p.bank_ref = e.piece_ref"
    "  AND p.amount_cents = 0 - e.amount_cents AND p.state = 'received')";
constexpr std::string_view kSmallClaims =
    "SELECT done_on FROM legal_step WHERE case_id = ?1 AND kind = 'small_claim' AND done_on IS NOT NULL"
    " AND result IS NULL";
constexpr std::string_view kClaims =
    "SELECT c.id IN (SELECT claim_id FROM dispute WHERE case_id = ?1 AND state = 'open' AND claim_id IS NOT "
    "NULL)"
    " OR EXISTS (SELECT 1 FROM dispute WHERE case_id = ?1 AND state = 'open' AND claim_id IS NULL)"
    " FROM claim c WHERE c.case_id = ?1 AND c.state = 'open'";

}  // namespace

DunningRows dunning_rows(sql::Connection& db, const Id& case_id) {
  DunningRows out;
  const auto each = [&](std::string_view text, auto take) {
    sql::Query q(db, text, case_id);
    while (q.next()) take(q);
  };
  each(kCase, [&](sql::Query& q) {
    out.stage = q.text(0);
    out.is_restricted = q.integer(1) != 0;
    out.is_do_not_contact = q.integer(2) != 0;
  });
  each(kInsolvency, [&](sql::Query& q) { out.insolvency_kinds.push_back(q.text(0)); });
  each(kMoratoria, [&](sql::Query& q) { out.moratoria.push_back({q.text(0), q.text(1)}); });
  each(kPromises, [&](sql::Query& q) {
    out.promises.push_back({local_day(q.integer(0)), q.text(1), q.integer(2)});
  });
  each(kReceived, [&](sql::Query& q) { out.received.push_back({q.text(0), q.integer(1)}); });
  each(kSmallClaims, [&](sql::Query& q) { out.small_claims_begun.push_back(q.text(0)); });
  each(kClaims, [&](sql::Query& q) {
    ++out.claims_open;
    out.claims_disputed += q.integer(0);
  });
  out.has_active_plan =
      sql::number(db, "SELECT count(*) FROM payment_plan WHERE case_id = ?1 AND state = 'active'", case_id)
          .value_or(0) > 0;
  return out;
}

}  // namespace relance
