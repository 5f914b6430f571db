// Limitation of open claims, from rows. See claim_limitation.h.
#include "server/claim_limitation.h"

#include <map>
#include <unordered_map>

#include "host/dated_rules.h"

namespace relance::server {
namespace {

constexpr std::string_view kClaims =
    "SELECT k.id, k.case_id, c.number, coalesce(k.piece_ref, ''),"
    " coalesce(k.limitation_start_on, k.due_on, k.issued_on), coalesce(k.limitation_rule, ''), d.kind, d.b2c"
    " FROM claim k JOIN case_file c ON c.id = k.case_id JOIN debtor d ON d.id = c.debtor_id"
    " WHERE k.state = 'open' AND coalesce(k.limitation_start_on, k.due_on, k.issued_on) IS NOT NULL";
constexpr std::string_view kEvents =
    "SELECT case_id, claim_id, act, happened_on, coalesce(until_on, ''), undone FROM limitation_event"
    " WHERE verified = 1";

struct Event {
  std::optional<Id> claim;
  LimitationEvent event;
};
using Events = std::unordered_map<Id, std::vector<Event>>;  // by case

Events events_of(sql::Connection& db) {
  Events out;
  sql::Query q(db, kEvents);
  while (q.next()) {
    const auto act = parse_limitation_act(q.view(2));
    const auto on = parse_civil_date(q.view(3));
    if (!act || !on) continue;
    out[q.id(0)].push_back(
        {q.maybe_id(1),
         {.act = *act, .on = *on, .until = parse_civil_date(q.view(4)), .is_undone = q.integer(5) != 0}});
  }
  return out;
}

constexpr const char* kTrade = "limitation_trade_months";

bool may_be_consumer(std::string_view kind, std::string_view b2c) {
  return b2c == "unknown" && kind != "company";
}

// The rows of the table, each asked for once a day.
class Periods {
 public:
  explicit Periods(sql::Connection& db) : db_(db) {}

  [[nodiscard]] LimitationPeriods on(const std::string& rule, const std::string& day) {
    return {.claim_months = amount(rule, day),
            .title_months = amount("limitation_title_months", day),
            .longest_months = amount("limitation_longest_months", day),
            .conciliation_months = amount("limitation_conciliation_months", day)};
  }

 private:
  std::int64_t amount(const std::string& code, const std::string& day) {
    const auto [found, is_new] = known_.try_emplace({code, day}, 0);
    if (is_new) found->second = dated_amount(db_, code, day);
    return found->second;
  }

  sql::Connection& db_;
  std::map<std::pair<std::string, std::string>, std::int64_t> known_;
};

}  // namespace

std::vector<ClaimLimitation> claim_limitations(sql::Connection& db, const std::optional<Id>& case_id) {
  const Events events = events_of(db);
  Periods periods(db);
  std::vector<ClaimLimitation> out;
  sql::Query q(db,
               std::string(kClaims) +
                   (case_id ? " AND k.case_id = ?1" : " AND c.stage <> 'closed' AND ?1 IS NULL") +
                   " ORDER BY c.number, k.due_on, k.id",
               case_id);
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
    std::vector<LimitationEvent> own;
    if (const auto found = events.find(one.case_id); found != events.end())
      for (const Event& event : found->second)
        if (!event.claim || *event.claim == q.id(0)) own.push_back(event.event);
    one.last_day = limitation_of(*start, periods.on(one.rule, iso_text(*start)), own).last_day;
    if (one.may_be_consumer)
      one.last_day_in_trade = limitation_of(*start, periods.on(kTrade, iso_text(*start)), own).last_day;
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace relance::server
