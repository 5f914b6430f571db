// From the rows of a case to its place in the list of work: what is asked, what stops, what is due, how doubtful it is.
// One computation for both programs. The rows come as host/case_query.h and host/work_query.h read them; this layer
// does not know them, so what takes them is a template over any struct of that shape.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rules/dunning.h"
#include "rules/limitation.h"
#include "rules/local_time.h"
#include "rules/promise_state.h"
#include "rules/receivables.h"
#include "rules/risk_score.h"
#include "rules/working_days.h"
#include "rules/worklist.h"

namespace relance {

/// A case with what follows from its rows. `Facts`: CaseFacts of host/case_query.h.
template <class Facts>
struct WorkedCase {
  Facts facts;
  std::vector<std::int64_t> open_cents;  // of each of facts.claims, after credits
  std::int64_t asked_cents = 0;
  std::int64_t credit_left_cents = 0;  // credits that no claim took up
  std::string due_on;                  // of the oldest claim still asked for; empty: none
  RankReason reason = RankReason::nothing_owed;
  std::int64_t days = 0;           // of the reason, from today (rules/worklist.h)
  std::int64_t days_past_due = 0;  // negative: days to come; 0 without a due date
  std::int64_t expected_cents = 0;
  RiskScore risk;
  std::vector<DunningStop> stops;          // why nothing may be asked, the weightiest first
  std::optional<CivilDate> limitation_on;  // last day of the first claim to be barred
  std::optional<CivilDate> promise_on;     // day of the earliest promise that is open
  std::optional<CivilDate> contacted_on;   // of the last contact that we began
  std::optional<CivilDate> call_back_on;   // earliest call that was promised
  std::optional<CivilDate> next_task_on;   // earliest task of any kind

  [[nodiscard]] std::string holder() const {  // names, ", " between
    std::string out;
    for (const std::string& name : facts.holders) out += (out.empty() ? "" : ", ") + name;
    return out;
  }
};

/// Whether a reason for asking nothing only waits for a debtor who does what was agreed.
[[nodiscard]] bool is_waiting_reason(DunningReason reason);

/// The periods of the list, from the rows in force. `amount`: (code, ISO day) -> optional amount; a row that is not
/// there yet (a replica that has not read it) makes nothing show up, and no list fails.
template <class Amount>
[[nodiscard]] WorklistPeriods worklist_periods(const Amount& amount, const std::string& today) {
  const auto of = [&](std::string_view code) {
    return std::clamp<std::int64_t>(amount(code, today).value_or(0), 0, kPeriodMax);
  };
  return {.limitation_warn_days = of("limitation_warn_days"),
          .inbound_warn_days = of("inbound_warn_days"),
          .hearing_warn_days = of("hearing_warn_days"),
          .pre_due_from_days = of("pre_due_from_days"),
          .pre_due_until_days = of("pre_due_until_days")};
}

/// Reads one case's rows into what the ranking asks.
template <class Facts, class Work, class Amount>
class CaseReader {
 public:
  CaseReader(WorkedCase<Facts>& one, const Work& work, const Amount& amount, CivilDate today)
      : one_(one), work_(work), amount_(amount), today_(today) {}

  /// REQUIRES: `one.facts` is filled in and outlives what is returned.
  [[nodiscard]] CaseRank read() {
    read_money();
    const DunningFacts dunning = dunning_facts(work_.dunning);
    one_.stops = dunning_stops(
        dunning,
        {.promise_grace_days = of("promise_grace_days"), .small_claim_months = of("small_claim_months")},
        today_);
    read_limitation();
    read_days();
    CaseRank rank{.number = one_.facts.number,
                  .balance_cents = one_.facts.balance_cents,
                  .due_on = one_.due_on,
                  .is_closed = one_.facts.stage == "closed"};
    for (const DunningStop& stop : one_.stops)
      (is_waiting_reason(stop.reason) ? rank.is_waiting : rank.is_stopped) = true;
    if (one_.asked_cents > 0) rank.limitation_on = one_.limitation_on;
    read_promises(dunning, rank);
    read_tasks(rank);
    read_instalments(dunning, rank);
    read_risk(dunning);
    rank.expected_cents = one_.expected_cents;
    const auto due = parse_civil_date(one_.due_on);
    rank.has_pre_reminder =
        due && one_.contacted_on && *one_.contacted_on >= add_days(*due, -of("pre_due_from_days"));
    return rank;
  }

 private:
  [[nodiscard]] std::int64_t of(std::string_view code) const {
    return std::clamp<std::int64_t>(amount_(code, iso_text(today_)).value_or(0), 0, kPeriodMax);
  }

  static void keep_earlier(std::optional<CivilDate>& day, const std::optional<CivilDate>& other) {
    if (other && (!day || *other < *day)) day = other;
  }
  // In Paris, whichever machine reads it: the office and the agent have one list.
  static std::optional<CivilDate> day_of(Ms at) {
    if (at <= 0) return std::nullopt;
    const auto local = local_time_of(at, "");
    return local ? std::optional(local->day) : std::nullopt;
  }

  void read_money() {
    std::vector<ClaimDue> claims;
    for (const auto& claim : one_.facts.claims) claims.push_back({claim.due_on, claim.open_cents});
    std::int64_t credit = one_.facts.received_cents;
    for (const auto& one : one_.facts.credits)
      if (is_claim_account(one.account)) credit += one.cents;
    Asked asked = what_is_asked(claims, std::max<std::int64_t>(credit, 0));
    one_.due_on = oldest_asked(claims, asked);
    one_.asked_cents = asked.asked_cents;
    one_.credit_left_cents = asked.credit_left_cents;
    one_.open_cents = std::move(asked.open_cents);
    if (const auto due = parse_civil_date(one_.due_on)) one_.days_past_due = days_between(*due, today_);
  }

  void read_days() {
    one_.contacted_on = day_of(work_.contacted_at);
    for (const auto& task : work_.tasks) {
      const auto day = parse_civil_date(task.due_on);
      keep_earlier(one_.next_task_on, day);
      if (task.kind == "call_back") keep_earlier(one_.call_back_on, day);
    }
  }

  // The claim that is barred first, of those that are asked and not barred yet.
  void read_limitation() {
    for (std::size_t i = 0; i < one_.facts.claims.size(); ++i) {
      if (one_.open_cents[i] <= 0) continue;
      const auto& claim = one_.facts.claims[i];
      const auto clock =
          limitation_of_claim(claim.id, parse_civil_date(claim.clock_from_on),
                              limitation_rule_of(work_.debtor_kind, work_.b2c, claim.limitation_rule),
                              work_.limitation_acts, amount_);
      if (clock && clock->last_day && *clock->last_day >= today_)
        keep_earlier(one_.limitation_on, clock->last_day);
    }
  }

  // A promise that failed counts until somebody has talked about it, or another one was made.
  void read_promises(const DunningFacts& dunning, CaseRank& rank) {
    for (const PromiseMade& promise : dunning.promises) {
      const PromiseJudged judged = judge_promise(promise, dunning.received, today_, of("promise_grace_days"));
      if (judged.state == PromiseState::open) {
        keep_earlier(one_.promise_on, promise.due_on);
        keep_earlier(rank.promise_on, promise.due_on);
      }
      if (judged.state != PromiseState::broken && judged.state != PromiseState::partly) continue;
      ++broken_;
      const auto answered = day_of(work_.answered_at);
      const bool is_replaced =
          std::any_of(dunning.promises.begin(), dunning.promises.end(),
                      [&](const PromiseMade& other) { return other.made_on > judged.last_day; });
      if ((answered && *answered > judged.last_day) || is_replaced || one_.asked_cents <= 0) continue;
      keep_earlier(rank.broken_promise_on, judged.last_day);
    }
  }

  void read_tasks(CaseRank& rank) {
    rank.call_back_on = one_.call_back_on;
    keep_earlier(rank.call_back_on, parse_civil_date(work_.next_action_on));
    for (const std::string& day : work_.legal_days) keep_earlier(rank.legal_on, parse_civil_date(day));
    for (const auto& task : work_.tasks) {
      const auto day = parse_civil_date(task.due_on);
      if (task.is_legal)
        keep_earlier(rank.legal_on, day);
      else if (task.kind == "letter")
        keep_earlier(rank.answer_by_on, day);
      else if (task.kind != "call_back")
        keep_earlier(rank.task_on, day);
    }
  }

  // The first instalment that the money received since the plan was made does not reach, its grace over.
  void read_instalments(const DunningFacts& dunning, CaseRank& rank) {
    const auto since = parse_civil_date(work_.plan_since);
    if (!since || work_.instalments.empty()) return;
    std::int64_t left = 0;
    for (const MoneyReceived& money : dunning.received)
      if (money.on >= *since) left += money.cents;
    for (const auto& instalment : work_.instalments) {
      const auto due = parse_civil_date(instalment.due_on);
      left -= instalment.cents;
      if (left >= 0 || !due) continue;
      if (add_working_days(*due, of("promise_grace_days")) < today_) rank.missed_instalment_on = due;
      return;
    }
  }

  void read_risk(const DunningFacts& dunning) {
    RiskInputs inputs{.days_past_due = std::max<std::int64_t>(one_.days_past_due, 0),
                      .asked_cents = one_.asked_cents,
                      .promises_broken = broken_,
                      .has_insolvency = !dunning.insolvency_kinds.empty()};
    if (const auto answered = day_of(work_.answered_at))
      inputs.days_since_answer = days_between(*answered, today_);
    one_.risk = risk_score(inputs);
    one_.expected_cents = expected_cents(one_.asked_cents, probability_bp(one_.risk));
  }

  WorkedCase<Facts>& one_;
  const Work& work_;
  const Amount& amount_;
  CivilDate today_;
  std::int64_t broken_ = 0;
};

/// The cases in the order in which they are worked (rules/worklist.h), each with what follows from its rows.
/// `Line`: a WorkedCase or what derives from one, `facts` filled in. `work`: rows by case id; a case without rows has
/// none. `amount`: as in worklist_periods. REQUIRES: `today` is an ISO date.
template <class Line, class WorkMap, class Amount>
[[nodiscard]] std::vector<Line> ranked_cases(std::vector<Line> lines, const WorkMap& work,
                                             const Amount& amount, const std::string& today) {
  const CivilDate day = parse_civil_date(today).value_or(CivilDate{});
  const typename WorkMap::mapped_type none{};
  std::vector<CaseRank> ranks;
  ranks.reserve(lines.size());
  for (Line& line : lines) {
    const auto rows = work.find(line.facts.id);
    ranks.push_back(CaseReader(line, rows == work.end() ? none : rows->second, amount, day).read());
  }
  std::vector<Line> out;
  out.reserve(lines.size());
  for (const RankedCase& rank : worklist(ranks, worklist_periods(amount, today), today)) {
    Line& line = out.emplace_back(std::move(lines[rank.place]));
    line.reason = rank.reason;
    line.days = rank.days;
    line.days_past_due = rank.days_past_due;
  }
  return out;
}

}  // namespace relance
