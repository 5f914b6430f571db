// Which letter is due in a case today, and what stands in the way of one. A level is raised only by a letter that was
// SENT: a draft, or one that lies printed on a desk, changes nothing. Pure; periods are dated rows, handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"
#include "rules/dunning.h"
#include "rules/letter_kind.h"

namespace relance {

/// Why a letter may not be issued now.
enum class LetterBar : std::uint8_t {
  none,
  dunning_stopped,      // rules/dunning.h says why: promise, moratorium, insolvency ...
  deceased,             // letters to an estate are another matter
  protected_adult,      // a guardian is written to instead (R52)
  no_mandate,           // CPCE R124-3: no written agreement in force
  unknown_debtor,       // trader or consumer: nobody has said yet
  identity_in_review,   // the name in law is in conflict
  no_statutory_letter,  // an agency's first letter comes first (CPCE R124-4)
  already_sent,         // this level has gone out already for these debts
  nothing_asked,        // nothing is open, it is all covered, or contested
  not_due,              // nothing is past due, or not in the days of a service reminder
};

/// "none", "dunning_stopped" ...
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
  bool is_sent =
      false;  // it left the house, and did not come back from an address where nobody knows the debtor
  std::optional<CivilDate> sent_on;
  CivilDate issued_on;
};

/// What is known of a case on a day.
struct LetterStanding {
  Capacity capacity = Capacity::own_name;
  bool has_mandate = false;        // in force today
  std::vector<DunningStop> stops;  // of the case
  bool is_deceased = false, is_protected = false;
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

/// What bars a letter of this kind today. Letters that ask for nothing (receipt, answer ...) are barred by the want
/// of a mandate only, a plan's agreement by open insolvency or over-indebtedness too.
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
