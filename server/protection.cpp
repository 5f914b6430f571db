#include "server/protection.h"

#include <algorithm>
#include <array>

#include "schema/tables.h"

namespace relance::server {
namespace {

// What two sides agree on: nothing of the kind is made while processing is restricted.
constexpr std::array<std::string_view, 5> kAgreements{"promise", "payment_plan", "instalment", "proposal",
                                                      "decision"};

bool is_cleared(const schema::Table& t, std::string_view flag, const Row& before, const Row& after) {
  return number_of(t, before, flag) != 0 && number_of(t, after, flag) == 0;
}

}  // namespace

std::vector<Id> restricted_cases(sql::Connection& db, const Scope& scope, const Id& staff_id) {
  std::vector<Id> out;
  if (scope.case_id) {
    if (is_restricted(db, *scope.case_id)) out.push_back(*scope.case_id);
    return out;
  }
  if (!scope.debtor_id) return out;
  sql::Query q(db,
               "SELECT c.id, c.restricted FROM case_file c JOIN assignment a ON a.case_id = c.id"
               " WHERE c.debtor_id = ?1 AND a.staff_id = ?2 AND a.valid_to IS NULL",
               *scope.debtor_id, staff_id);
  while (q.next()) {
    if (q.integer(1) == 0) return {};
    out.push_back(q.id(0));
  }
  return out;
}

bool is_restricted(sql::Connection& db, const Id& case_id) {
  return sql::number(db, "SELECT restricted FROM case_file WHERE id = ?1", case_id).value_or(0) != 0;
}

bool is_held(sql::Connection& db, const Id& case_id) {
  return sql::number(db, "SELECT 1 FROM legal_hold WHERE case_id = ?1 AND lifted_on IS NULL LIMIT 1", case_id)
      .has_value();
}

std::string why_protected(sql::Connection& db, const Author& author, const schema::Table& t, const Row& row) {
  // An agent who got here holds the case unrestricted, or reports what happened before he knew.
  if (author.role == schema::agent) return {};
  if (std::find(kAgreements.begin(), kAgreements.end(), t.name) == kAgreements.end()) return {};
  const auto case_id = id_of(t, row, "case_id");
  return case_id && is_restricted(db, *case_id) ? std::string(sync::reason::restricted) : std::string();
}

std::string why_protected(sql::Connection& db, const Author& author, const schema::Table& t,
                          const Row& before, const Row& after) {
  if (t.name == "case_file") {
    const bool lifts_hold = is_cleared(t, "legal_hold", before, after);
    // A clerk may protect and not unprotect.
    if ((lifts_hold || is_cleared(t, "restricted", before, after)) &&
        !schema::may_write(author.role, schema::kOfficers))
      return std::string(sync::reason::not_permitted);
    if (lifts_hold && is_held(db, std::get<Id>(after.front()))) return std::string(kHeld);
  }
  if (t.name == "legal_hold" && is_null(value_of(t, before, "lifted_on")) &&
      !is_null(value_of(t, after, "lifted_on"))) {
    const auto asked_by = id_of(t, before, "lift_asked_by");
    if (!asked_by || *asked_by == author.staff_id) return std::string(kTwoPersons);
  }
  return {};
}

}  // namespace relance::server
