// Limitation of open claims, from rows. See claim_limitation.h.
#include "server/claim_limitation.h"

#include "host/dated_rules.h"
#include "host/limitation_query.h"

namespace relance::server {
namespace {

constexpr const char* kTrade = "limitation_trade_months";

std::string claims_text(bool of_one) {
  const std::string from(kClockFromOn);
  return "SELECT k.id, k.case_id, c.number, coalesce(k.piece_ref, ''), " + from +
         ", coalesce(k.limitation_rule, ''), d.kind, d.b2c"
         " FROM claim k JOIN case_file c ON c.id = k.case_id JOIN debtor d ON d.id = c.debtor_id"
         " WHERE k.state = 'open' AND " +
         from + " IS NOT NULL" +
         (of_one ? " AND k.case_id = ?1" : " AND c.stage <> 'closed' AND ?1 IS NULL") +
         " ORDER BY c.number, k.due_on, k.id";
}

bool may_be_consumer(std::string_view kind, std::string_view b2c) {
  return b2c == "unknown" && kind != "company";
}

}  // namespace

std::vector<ClaimLimitation> claim_limitations(sql::Connection& db, const std::optional<Id>& case_id) {
  const auto acts = limitation_acts_of(db, case_id);
  const DatedRules rules(db);
  const std::vector<ActOnClaims> none;
  const auto amount = [&](std::string_view code, const std::string& day) {
    const auto known = rules.at(code, day);
    return known ? known : std::optional(dated_amount(db, code, day));  // which says what is missing
  };
  std::vector<ClaimLimitation> out;
  sql::Query q(db, claims_text(case_id.has_value()), case_id);
  while (q.next()) {
    const auto start = parse_civil_date(q.view(4));
    if (!start) continue;
    ClaimLimitation one{.claim_id = q.id(0),
                        .case_id = q.id(1),
                        .case_number = q.text(2),
                        .piece_ref = q.text(3),
                        .rule = q.text(5)};
    one.may_be_consumer = one.rule.empty() && may_be_consumer(q.view(6), q.view(7));
    one.rule = limitation_rule_of(q.view(6), q.view(7), q.view(5));
    const auto found = acts.find(one.case_id);
    const auto last_day_by = [&](std::string_view rule) -> std::optional<CivilDate> {
      const auto clock =
          limitation_of_claim(one.claim_id, start, rule, found == acts.end() ? none : found->second, amount);
      return clock ? clock->last_day : std::nullopt;
    };
    one.last_day = last_day_by(one.rule);
    if (one.may_be_consumer) one.last_day_in_trade = last_day_by(kTrade);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace relance::server
