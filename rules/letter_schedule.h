// Which letter is due in a case today, and what stands in the way of one. A level is raised only by a letter that was
// SENT: a draft, or one that lies printed on a desk, changes nothing. Pure; periods are dated rows, handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/letter_kind.h"

namespace relance {

/// Why a letter may not be issued now. The first five words of a case's state, then of the letter itself.
enum class LetterBar : std::uint8_t {
  none,
  closed,               // nobody collects in the case any more
  restricted,           // GDPR art. 18
  do_not_contact,       // the debtor must not be contacted
  deceased,             // letters to the estate are another matter
  insolvency,           // an open event stops dunning of prior debts
  moratorium,           // nothing is asked inside the window (C. civ. 1343-5)
  promise,              // a promise is open: dunning pauses by itself
  plan,                 // a plan is running
  no_mandate,           // CPCE R124-3: no written agreement in force
  unknown_debtor,       // trader or consumer: nobody has said yet
  identity_in_review,   // the name in law is in conflict
  no_statutory_letter,  // an agency's first letter comes first (CPCE R124-4)
  already_sent,         // this level has gone out already for these debts
  all_disputed,         // every open item is contested
  nothing_asked,        // nothing is open, or it is all covered
  not_due,              // nothing is past due, or not in the days of a service reminder
};

/// "none", "closed" ...
[[nodiscard]] std::string_view name_of(LetterBar bar);

/// A claim as the schedule sees it: open, after what was set against it.
struct ScheduledClaim {
  std::optional<CivilDate> due_on;
  std::int64_t open_cents = 0;
  bool is_disputed = false;
};

/// A letter that was written in the case.
struct WrittenLetter {
  LetterKind kind = LetterKind::other;
  bool is_sent = false;  // sent, delivered, or back again: it left the house
  std::optional<CivilDate> sent_on;
  CivilDate issued_on;
};

/// What is known of a case on a day.
struct LetterStanding {
  Capacity capacity = Capacity::own_name;
  bool has_mandate = false;  // in force today
  bool is_closed = false, is_restricted = false, is_do_not_contact = false, is_deceased = false;
  bool is_insolvent = false, is_in_moratorium = false, has_open_promise = false, has_running_plan = false;
  bool is_debtor_known = false;  // trader or consumer
  bool is_identity_in_review = false;
  std::vector<ScheduledClaim> claims;
  std::vector<WrittenLetter> letters;  // issued ones, in any order; not superseded
};

/// Periods of policy, in days.
struct LetterPeriods {
  std::int64_t pre_due_from_days = 0;   // a service reminder goes out from so many days before the due date
  std::int64_t pre_due_until_days = 0;  // to so many
  std::int64_t gap_days = 0;            // from one level to the next, at least
};

/// The highest level that a sent letter has raised the case to.
[[nodiscard]] int level_reached(std::span<const WrittenLetter> letters);

/// When the statutory letter went out; nothing while none has.
[[nodiscard]] std::optional<CivilDate> statutory_sent_on(std::span<const WrittenLetter> letters);

/// Claims of which a service reminder may speak today: not due yet, in its days, not disputed.
[[nodiscard]] bool is_pre_due(const ScheduledClaim& claim, CivilDate today, const LetterPeriods& periods);
/// Claims of which dunning may speak today: past due, open, not disputed.
[[nodiscard]] bool is_past_due(const ScheduledClaim& claim, CivilDate today);

/// What bars a letter of this kind today. Letters that ask for nothing (receipt, answer ...) are barred by the want of a
/// mandate only.
[[nodiscard]] LetterBar bar_of(LetterKind kind, const LetterStanding& standing, CivilDate today,
                               const LetterPeriods& periods);

struct DueLetter {
  std::optional<LetterKind> kind;   // nothing when none is due
  LetterBar bar = LetterBar::none;  // what stands in its way, where something does
  std::optional<CivilDate> from;    // the next level comes on this day
};

/// Which letter is due: before the due date a service reminder, once; then an agency's first letter; then level after
/// level, `gap_days` apart, the formal notice last.
[[nodiscard]] DueLetter letter_due(const LetterStanding& standing, CivilDate today,
                                   const LetterPeriods& periods);

}  // namespace relance
