// In which order cases are worked, and why: the same list from the same rows on the office's machine and on an
// agent's, so that the two can talk about "the third one". What cannot wait comes first, then what is worth most, then
// what waits for others, then what nobody works on. Pure: who calls says what day it is.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/receivables.h"

namespace relance {

/// Days within which something shows up, out of the rows in force (codes in brackets).
struct WorklistPeriods {
  std::int64_t limitation_warn_days = 0;  // [limitation_warn_days]
  std::int64_t inbound_warn_days = 0;     // [inbound_warn_days]
  std::int64_t hearing_warn_days = 0;     // [hearing_warn_days]
  std::int64_t pre_due_from_days = 0;     // [pre_due_from_days] before the due date
  std::int64_t pre_due_until_days = 0;    // [pre_due_until_days]
};

/// One case as the ranking sees it. Days are the earliest of their kind; nothing: there is none.
struct CaseRank {
  std::string_view number;
  std::int64_t balance_cents = 0;
  std::int64_t expected_cents = 0;  // what is asked, by its likelihood (rules/risk_score.h)
  std::string_view due_on;          // ISO date of the oldest claim on which something is asked; empty: none
  bool is_closed = false;
  bool is_stopped =
      false;  // law or the house forbids to ask (rules/dunning.h): deadlines and answers still count
  bool is_waiting = false;        // a promise or plan that runs, or a dispute of everything
  bool has_pre_reminder = false;  // somebody has reminded already of what is not yet due

  std::optional<CivilDate> limitation_on;      // last day of the first claim to be barred; not one that is
  std::optional<CivilDate> broken_promise_on;  // last day of the broken promise that nobody has talked about
  std::optional<CivilDate> call_back_on;       // a call that was promised, or the day set for the next action
  std::optional<CivilDate> answer_by_on;       // a letter wants an answer by then
  std::optional<CivilDate> legal_on;           // a hearing, or a deadline in law
  std::optional<CivilDate> promise_on;         // an open promise's day
  std::optional<CivilDate> missed_instalment_on;  // of an active plan, its grace over
  std::optional<CivilDate> task_on;               // any other task
};

/// Why a case stands where it stands. The code is stable; the numbers beside it are in RankedCase.
enum class RankReason : std::uint8_t {
  limitation,         // barred in `days`
  legal,              // a hearing or deadline in law in `days`
  broken_promise,     // since -`days`
  call_back,          // promised for -`days` ago, 0: today
  answer_due,         // in `days`
  promise_due,        // since -`days`: to be checked
  missed_instalment,  // since -`days`
  task_due,           // since -`days`
  past_due,           // `days_past_due` days since the oldest claim fell due; ordered by what is expected
  pre_due,            // a courtesy reminder: falls due in `days`
  undated,            // something is owed, no claim says since when
  due_later,          // falls due in `days`
  waiting,            // a promise, plan or dispute runs
  nothing_owed,       // level, or in credit
  stopped,            // nothing may be asked
  closed,             // nobody works on it, whatever its balance
};

/// "limitation", "legal", "broken_promise" … "closed".
[[nodiscard]] std::string_view name_of(RankReason reason);

struct RankedCase {
  std::size_t place = 0;  // index into the cases given
  RankReason reason = RankReason::nothing_owed;
  std::int64_t days = 0;           // of the reason, from today: negative is past
  std::int64_t days_past_due = 0;  // negative: days to come; 0 where no claim is asked
};

/// Most urgent first; equal ones by what is expected, then balance, then number: whatever the order they are given in.
/// A hearing or deadline of today, tomorrow or already over stands with the limitation: a promise can wait a day.
/// REQUIRES: `today` is an ISO date.
[[nodiscard]] std::vector<RankedCase> worklist(std::span<const CaseRank> cases,
                                               const WorklistPeriods& periods, std::string_view today);

/// The due date of the oldest claim on which something is asked; empty where nothing is, or no date is known.
/// `asked`: what what_is_asked made of the same claims.
[[nodiscard]] std::string_view oldest_asked(std::span<const ClaimDue> claims, const Asked& asked);

}  // namespace relance
