// Judgments and their deadlines. See insolvency.h.
#include "rules/insolvency.h"

#include "rules/working_days.h"

namespace relance {
namespace {

// Whether the text holds the pattern; a '?' of it stands for a letter that lost its accent or was damaged, which may
// have left one blank or two.
bool matches_at(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return true;
  if (pattern.front() == '?') {
    for (const std::size_t eaten : {1U, 2U, 3U})
      if (text.size() >= eaten && matches_at(text.substr(eaten), pattern.substr(1))) return true;
    return false;
  }
  return !text.empty() && text.front() == pattern.front() && matches_at(text.substr(1), pattern.substr(1));
}

bool holds(std::string_view text, std::string_view pattern) {
  for (std::size_t i = 0; i <= text.size(); ++i)
    if (matches_at(text.substr(i), pattern)) return true;
  return false;
}

JudgmentMeaning named_in(std::string_view text) {
  if (holds(text, "liquidation judiciaire")) return JudgmentMeaning::liquidation;
  if (holds(text, "redressement judiciaire")) return JudgmentMeaning::reorganisation;
  return JudgmentMeaning::none;
}

}  // namespace

std::string_view name_of(JudgmentMeaning meaning) {
  switch (meaning) {
    case JudgmentMeaning::none: return "none";
    case JudgmentMeaning::safeguard: return "safeguard";
    case JudgmentMeaning::reorganisation: return "reorganisation";
    case JudgmentMeaning::liquidation: return "liquidation";
    case JudgmentMeaning::other: return "other";
    case JudgmentMeaning::ended: return "ended";
  }
  return "";
}

JudgmentMeaning meaning_of(std::string_view nature, std::string_view complement) {
  if (holds(nature, "cl?ture")) return JudgmentMeaning::ended;
  if (nature.starts_with("liste") || holds(nature, "d?p?t d")) return JudgmentMeaning::none;
  if (nature.starts_with("autre jugement pronon") || nature.starts_with("autre jugement d")) {
    const JudgmentMeaning named = named_in(complement);
    if (named != JudgmentMeaning::none) return named;
    if (holds(complement, "sauvegarde")) return JudgmentMeaning::safeguard;
    return holds(nature, "ouverture") ? JudgmentMeaning::other : JudgmentMeaning::none;
  }
  if (const JudgmentMeaning named = named_in(nature); named != JudgmentMeaning::none) return named;
  const bool is_opened = holds(nature, "ouverture") || holds(nature, "extension");
  if (!is_opened) return JudgmentMeaning::none;
  return holds(nature, "sauvegarde") ? JudgmentMeaning::safeguard : JudgmentMeaning::other;
}

bool opens_period(std::string_view nature) { return !holds(nature, "conversion"); }

ProofDeadline proof_deadline(CivilDate published_on, std::int64_t months) {
  const CivilDate last = add_months(published_on, months);
  return {.in_law = last, .next_working = working_day_from(last)};
}

CivilDate working_day_from(CivilDate day) { return is_working_day(day) ? day : add_working_days(day, 1); }

}  // namespace relance
