#include "rules/letter_schedule.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

constexpr std::array<std::string_view, 11> kBarNames{"none",
                                                     "dunning_stopped",
                                                     "deceased",
                                                     "protected_adult",
                                                     "no_mandate",
                                                     "unknown_debtor",
                                                     "identity_in_review",
                                                     "no_statutory_letter",
                                                     "already_sent",
                                                     "nothing_asked",
                                                     "not_due"};

constexpr std::array kLevels{LetterKind::reminder_1, LetterKind::reminder_2, LetterKind::reminder_3,
                             LetterKind::formal_notice};

bool is_open(const ScheduledClaim& claim) { return claim.open_cents > 0; }

LetterBar bar_of_items(LetterKind kind, const LetterStanding& s, CivilDate today,
                       const LetterPeriods& periods) {
  const auto any = [&](auto holds) { return std::any_of(s.claims.begin(), s.claims.end(), holds); };
  if (!any([](const ScheduledClaim& c) { return is_open(c) && !c.is_disputed; }))
    return LetterBar::nothing_asked;
  const bool is_its_day = kind == LetterKind::pre_due
                              ? any([&](const ScheduledClaim& c) { return is_pre_due(c, today, periods); })
                              : any([&](const ScheduledClaim& c) { return is_past_due(c, today); });
  return is_its_day ? LetterBar::none : LetterBar::not_due;
}

std::optional<CivilDate> last_sent(std::span<const WrittenLetter> letters) {
  std::optional<CivilDate> last;
  for (const WrittenLetter& one : letters) {
    const bool counts = level_of(one.kind) > 0 || one.kind == LetterKind::agency_notice;
    if (counts && one.is_sent && one.sent_on && (!last || *last < *one.sent_on)) last = one.sent_on;
  }
  return last;
}

// Each invoice is announced once: by a reminder that was written in its own days.
bool is_announced(const ScheduledClaim& claim, std::span<const WrittenLetter> letters,
                  const LetterPeriods& periods) {
  const CivilDate first = add_days(*claim.due_on, -periods.pre_due_from_days);
  return std::any_of(letters.begin(), letters.end(), [&](const WrittenLetter& one) {
    return one.kind == LetterKind::pre_due && first <= one.issued_on;
  });
}

}  // namespace

namespace {

// A letter that went out before the oldest of what is owed now fell due was about other debts: with these, it all
// begins anew.
std::vector<WrittenLetter> letters_of_these(const LetterStanding& s, CivilDate today) {
  std::optional<CivilDate> oldest;
  for (const ScheduledClaim& claim : s.claims)
    if (is_open(claim) && claim.due_on && *claim.due_on < today && (!oldest || *claim.due_on < *oldest))
      oldest = claim.due_on;
  std::vector<WrittenLetter> out;
  for (const WrittenLetter& one : s.letters)
    if (!one.sent_on || !oldest || *oldest <= *one.sent_on) out.push_back(one);
  return out;
}

}  // namespace

std::string_view name_of(LetterBar bar) { return kBarNames[static_cast<std::size_t>(bar)]; }

int level_reached(std::span<const WrittenLetter> letters) {
  int level = 0;
  for (const WrittenLetter& one : letters)
    if (one.is_sent) level = std::max(level, level_of(one.kind));
  return level;
}

std::optional<CivilDate> statutory_sent_on(std::span<const WrittenLetter> letters) {
  std::optional<CivilDate> first;
  for (const WrittenLetter& one : letters)
    if (one.kind == LetterKind::agency_notice && one.is_sent && one.sent_on &&
        (!first || *one.sent_on < *first))
      first = one.sent_on;
  return first;
}

bool is_pre_due(const ScheduledClaim& claim, CivilDate today, const LetterPeriods& periods) {
  if (!is_open(claim) || claim.is_disputed || !claim.due_on) return false;
  const std::int64_t left = days_between(today, *claim.due_on);
  return left <= periods.pre_due_from_days && left >= periods.pre_due_until_days;
}

bool is_past_due(const ScheduledClaim& claim, CivilDate today) {
  return is_open(claim) && !claim.is_disputed && claim.due_on && *claim.due_on < today;
}

LetterBar bar_of(LetterKind kind, const LetterStanding& s, CivilDate today, const LetterPeriods& periods) {
  const bool needs_mandate = s.capacity == Capacity::agency && !s.has_mandate;
  if (!asks_for_payment(kind)) {
    // A plan that is signed is paid: nothing of it may be where the debtor may not pay prior debts.
    const bool is_barred =
        kind == LetterKind::plan_agreement &&
        std::any_of(s.stops.begin(), s.stops.end(), [](const DunningStop& stop) {
          return stop.reason == DunningReason::insolvency || stop.reason == DunningReason::over_indebtedness;
        });
    if (is_barred) return LetterBar::dunning_stopped;
    return needs_mandate ? LetterBar::no_mandate : LetterBar::none;
  }
  if (!s.stops.empty()) return LetterBar::dunning_stopped;
  if (s.is_deceased) return LetterBar::deceased;
  if (s.is_protected) return LetterBar::protected_adult;
  if (needs_mandate) return LetterBar::no_mandate;
  if (!s.is_debtor_known) return LetterBar::unknown_debtor;
  if (s.is_identity_in_review) return LetterBar::identity_in_review;
  const std::vector<WrittenLetter> letters = letters_of_these(s, today);
  const bool is_noticed = statutory_sent_on(letters).has_value();
  if (s.capacity == Capacity::agency && level_of(kind) > 0 && !is_noticed)
    return LetterBar::no_statutory_letter;
  if (level_of(kind) > 0 ? level_of(kind) <= level_reached(letters)
                         : kind == LetterKind::agency_notice && is_noticed)
    return LetterBar::already_sent;
  return bar_of_items(kind, s, today, periods);
}

DueLetter letter_due(const LetterStanding& s, CivilDate today, const LetterPeriods& periods) {
  const auto due = [&](LetterKind kind) {
    return DueLetter{kind, bar_of(kind, s, today, periods), std::nullopt};
  };
  if (!std::any_of(s.claims.begin(), s.claims.end(), [&](const auto& c) { return is_past_due(c, today); })) {
    const bool is_wanted = std::any_of(s.claims.begin(), s.claims.end(), [&](const ScheduledClaim& c) {
      return is_pre_due(c, today, periods) && !is_announced(c, s.letters, periods);
    });
    if (is_wanted) return due(LetterKind::pre_due);
    return {.bar = bar_of(LetterKind::reminder_1, s, today, periods)};
  }
  const std::vector<WrittenLetter> letters = letters_of_these(s, today);
  if (s.capacity == Capacity::agency && !statutory_sent_on(letters)) return due(LetterKind::agency_notice);
  const auto level = static_cast<std::size_t>(level_reached(letters));
  if (level >= kLevels.size()) return {};
  if (const auto last = last_sent(letters)) {
    const CivilDate from = add_days(*last, periods.gap_days);
    if (today < from) return {.from = from};
  }
  return due(kLevels[level]);
}

}  // namespace relance
