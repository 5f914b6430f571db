// The order of cases. See worklist.h.
#include "rules/worklist.h"

#include <algorithm>

#include "rules/civil_date.h"

namespace relance {
namespace {

RankedCase rank_of(const CaseRank& one, std::size_t place, CivilDate today) {
  RankedCase out{.place = place};
  const auto due = parse_civil_date(one.due_on);
  if (due) {
    out.days_past_due = days_between(*due, today);
    out.reason = out.days_past_due > 0 ? RankReason::past_due : RankReason::due_later;
  } else if (one.balance_cents > 0) {
    out.reason = RankReason::undated;
  }
  if (one.is_closed) out.reason = RankReason::closed;
  return out;
}

// What is past due and what will be are one line of days; the reasons after them have none.
int group_of(RankReason reason) {
  switch (reason) {
    case RankReason::past_due:
    case RankReason::due_later: return 0;
    case RankReason::undated: return 1;
    case RankReason::nothing_owed: return 2;
    case RankReason::closed: return 3;
  }
  return 3;
}

}  // namespace

std::string_view name_of(RankReason reason) {
  switch (reason) {
    case RankReason::past_due: return "past_due";
    case RankReason::due_later: return "due_later";
    case RankReason::undated: return "undated";
    case RankReason::nothing_owed: return "nothing_owed";
    case RankReason::closed: return "closed";
  }
  return "";
}

std::vector<RankedCase> worklist(std::span<const CaseRank> cases, std::string_view today) {
  const CivilDate day = parse_civil_date(today).value_or(CivilDate{});
  std::vector<RankedCase> out;
  out.reserve(cases.size());
  for (std::size_t place = 0; place < cases.size(); ++place) out.push_back(rank_of(cases[place], place, day));
  std::sort(out.begin(), out.end(), [&](const RankedCase& a, const RankedCase& b) {
    if (group_of(a.reason) != group_of(b.reason)) return group_of(a.reason) < group_of(b.reason);
    if (a.days_past_due != b.days_past_due) return a.days_past_due > b.days_past_due;
    const CaseRank& left = cases[a.place];
    const CaseRank& right = cases[b.place];
    if (left.balance_cents != right.balance_cents) return left.balance_cents > right.balance_cents;
    if (left.number != right.number) return left.number < right.number;
    return a.place < b.place;
  });
  return out;
}

std::string_view oldest_asked(std::span<const ClaimDue> claims, const Asked& asked) {
  std::string_view oldest;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    if (asked.open_cents[i] <= 0 || claims[i].due_on.empty()) continue;
    if (oldest.empty() || claims[i].due_on < oldest) oldest = claims[i].due_on;
  }
  return oldest;
}

}  // namespace relance
