#include "host/limitation_query.h"

#include "host/narrowed.h"

namespace relance {
namespace {

constexpr std::string_view kActs =
    "SELECT case_id, claim_id, act, happened_on, coalesce(until_on, ''), undone FROM limitation_event"
    " WHERE verified = 1@ ORDER BY happened_on, id";

}  // namespace

std::unordered_map<Id, std::vector<ActOnClaims>> limitation_acts_of(sql::Connection& db,
                                                                    const std::optional<Id>& only,
                                                                    std::optional<CivilDate> until) {
  std::unordered_map<Id, std::vector<ActOnClaims>> out;
  const auto read = [&](sql::Query& q) {
    while (q.next()) {
      const auto act = parse_limitation_act(q.view(2));
      const auto on = parse_civil_date(q.view(3));
      if (!act || !on || (until && *on > *until)) continue;
      out[q.id(0)].push_back(
          {q.maybe_id(1),
           {.act = *act, .on = *on, .until = parse_civil_date(q.view(4)), .is_undone = q.integer(5) != 0}});
    }
  };
  if (only) {
    sql::Query q(db, narrowed(kActs, true), *only);
    read(q);
  } else {
    sql::Query q(db, narrowed(kActs, false));
    read(q);
  }
  return out;
}

}  // namespace relance
