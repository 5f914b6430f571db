#include "rules/letter_kind.h"

#include <array>

namespace relance {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 12> kNames{
    "pre_due",        "reminder_1", "reminder_2", "reminder_3",      "agency_notice", "formal_notice",
    "plan_agreement", "receipt",    "refusal",    "creditor_notice", "answer",        "other"};

}  // namespace

std::string_view name_of(LetterKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<LetterKind> parse_letter_kind(std::string_view word) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == word) return static_cast<LetterKind>(i);
  return std::nullopt;
}

bool asks_for_payment(LetterKind kind) {
  return level_of(kind) > 0 || kind == LetterKind::pre_due || kind == LetterKind::agency_notice;
}

int level_of(LetterKind kind) {
  switch (kind) {
    case LetterKind::reminder_1: return 1;
    case LetterKind::reminder_2: return 2;
    case LetterKind::reminder_3: return 3;
    case LetterKind::formal_notice: return 4;
    default: return 0;
  }
}

}  // namespace relance
