// The order of cases. See worklist.h.
#include "rules/worklist.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace relance {
namespace {

constexpr std::int64_t kLegalFirstDays = 1;  // a hearing of tomorrow comes before everything that can wait

// The lists that follow each other, and how each is ordered.
enum class Group : std::uint8_t {
  deadline,  // limitation, and what is due in law by tomorrow: fewest days first
  broken_promise,
  call_back,
  answer_due,
  legal,
  promise_due,
  missed_instalment,
  task_due,
  value,  // by what is expected
  pre_due,
  undated,
  due_later,
  waiting,
  nothing_owed,
  stopped,
  closed,
};

struct Placed {
  RankedCase ranked;
  Group group = Group::closed;
};

class Ranker {
 public:
  Ranker(const CaseRank& one, const WorklistPeriods& periods, CivilDate today)
      : one_(one), periods_(periods), today_(today) {}

  Placed rank(std::size_t place) {
    out_.ranked.place = place;
    const auto due = parse_civil_date(one_.due_on);
    if (due) out_.ranked.days_past_due = days_between(*due, today_);
    if (one_.is_closed) return put(RankReason::closed, Group::closed, 0);
    if (is_deadline() || is_agreed() || is_to_do()) return out_;
    if (one_.is_stopped) return put(RankReason::stopped, Group::stopped, 0);
    if (one_.is_waiting) return put(RankReason::waiting, Group::waiting, 0);
    return rank_by_money(due);
  }

 private:
  Placed put(RankReason reason, Group group, std::int64_t days) {
    out_.ranked.reason = reason;
    out_.ranked.days = days;
    out_.group = group;
    return out_;
  }

  // Days from today to a day that is `within` days away or over; nothing when it is further off or unknown.
  [[nodiscard]] std::optional<std::int64_t> due_within(const std::optional<CivilDate>& day,
                                                       std::int64_t within) const {
    if (!day || days_between(today_, *day) > within) return std::nullopt;
    return days_between(today_, *day);
  }

  // Runs out whoever may ask whom, so also of a case that is stopped.
  bool is_deadline() {
    const auto barred = due_within(one_.limitation_on, periods_.limitation_warn_days - 1);
    const auto legal = due_within(one_.legal_on, kLegalFirstDays);
    if (barred && (!legal || *barred <= *legal))
      put(RankReason::limitation, Group::deadline, *barred);
    else if (legal)
      put(RankReason::legal, Group::deadline, *legal);
    else
      return false;
    return true;
  }

  // What was agreed with the debtor: nobody may come back to it while nothing may be asked.
  bool is_agreed() {
    if (one_.is_stopped) return is_answer_or_legal();
    if (one_.broken_promise_on)
      put(RankReason::broken_promise, Group::broken_promise, days_between(today_, *one_.broken_promise_on));
    else if (const auto call = due_within(one_.call_back_on, 0))
      put(RankReason::call_back, Group::call_back, *call);
    else if (is_answer_or_legal())
      return true;
    else if (const auto promise = due_within(one_.promise_on, 0))
      put(RankReason::promise_due, Group::promise_due, *promise);
    else if (one_.missed_instalment_on)
      put(RankReason::missed_instalment, Group::missed_instalment,
          days_between(today_, *one_.missed_instalment_on));
    else
      return false;
    return true;
  }

  bool is_answer_or_legal() {
    if (const auto answer = due_within(one_.answer_by_on, periods_.inbound_warn_days))
      put(RankReason::answer_due, Group::answer_due, *answer);
    else if (const auto legal = due_within(one_.legal_on, periods_.hearing_warn_days))
      put(RankReason::legal, Group::legal, *legal);
    else
      return false;
    return true;
  }

  bool is_to_do() {
    const auto task = due_within(one_.task_on, 0);
    if (!task) return false;
    put(RankReason::task_due, Group::task_due, *task);
    return true;
  }

  Placed rank_by_money(const std::optional<CivilDate>& due) {
    if (!due)
      return one_.balance_cents > 0 ? put(RankReason::undated, Group::undated, 0)
                                    : put(RankReason::nothing_owed, Group::nothing_owed, 0);
    const std::int64_t left = -out_.ranked.days_past_due;
    if (left < 0) return put(RankReason::past_due, Group::value, left);
    const bool is_time = left >= periods_.pre_due_until_days && left <= periods_.pre_due_from_days;
    if (is_time && !one_.has_pre_reminder) return put(RankReason::pre_due, Group::pre_due, left);
    return put(RankReason::due_later, Group::due_later, left);
  }

  const CaseRank& one_;
  const WorklistPeriods& periods_;
  CivilDate today_;
  Placed out_;
};

// Within a group by its days; where the group is about money, by money alone.
std::int64_t days_in_group(const Placed& one) { return one.group == Group::value ? 0 : one.ranked.days; }

}  // namespace

std::string_view name_of(RankReason reason) {
  static constexpr std::array<std::string_view, 16> kNames{
      "limitation",        "legal",        "broken_promise", "call_back", "answer_due", "promise_due",
      "missed_instalment", "task_due",     "past_due",       "pre_due",   "undated",    "due_later",
      "waiting",           "nothing_owed", "stopped",        "closed"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<RankedCase> worklist(std::span<const CaseRank> cases, const WorklistPeriods& periods,
                                 std::string_view today) {
  const CivilDate day = parse_civil_date(today).value_or(CivilDate{});
  std::vector<Placed> placed;
  placed.reserve(cases.size());
  for (std::size_t place = 0; place < cases.size(); ++place)
    placed.push_back(Ranker(cases[place], periods, day).rank(place));
  std::sort(placed.begin(), placed.end(), [&](const Placed& a, const Placed& b) {
    const CaseRank& left = cases[a.ranked.place];
    const CaseRank& right = cases[b.ranked.place];
    return std::tuple(a.group, days_in_group(a), right.expected_cents, right.balance_cents, left.number,
                      a.ranked.place) < std::tuple(b.group, days_in_group(b), left.expected_cents,
                                                   left.balance_cents, right.number, b.ranked.place);
  });
  std::vector<RankedCase> out;
  out.reserve(placed.size());
  for (const Placed& one : placed) out.push_back(one.ranked);
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
