#include "rules/retention.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

constexpr std::array<std::string_view, 8> kEventWords{"closed", "paid",         "mandate_end", "time_barred",
                                                      "title",  "wrong_person", "year_end",    "written"};
constexpr std::array<std::string_view, 4> kBarWords{"open_case", "legal_hold", "open_claim", "request"};
constexpr std::array<std::string_view, 4> kBarSentences{"it is not closed", "it is under a legal hold",
                                                        "a claim is still open",
                                                        "a person's request about it is not answered"};
constexpr std::string_view kCases = "case_file";

const std::optional<CivilDate>& day_of(const CaseEvents& events, RetentionEvent event) {
  static constexpr std::optional<CivilDate> kNever;
  switch (event) {
    case RetentionEvent::closed: return events.closed_on;
    case RetentionEvent::paid: return events.paid_on;
    case RetentionEvent::mandate_end: return events.mandate_end_on;
    case RetentionEvent::time_barred: return events.time_barred_on;
    case RetentionEvent::title: return events.title_on;
    case RetentionEvent::wrong_person: return events.wrong_person_on;
    case RetentionEvent::year_end:
    case RetentionEvent::written: break;
  }
  return kNever;
}

const RetentionRule* find_rule(std::span<const RetentionRule> rules, RetentionEvent event) {
  for (const RetentionRule& rule : rules)
    if (rule.covers == kCases && rule.event == event && rule.months) return &rule;
  return nullptr;
}

std::optional<RetentionBar> bar_of(const CaseEvents& events, const CaseBars& bars) {
  if (bars.legal_hold) return RetentionBar::legal_hold;
  if (!events.is_closed) return RetentionBar::open_case;
  if (bars.request) return RetentionBar::request;
  // What is given back, or was never this person's, is nobody's claim here.
  const bool is_not_ours = events.mandate_end_on || events.wrong_person_on || events.time_barred_on;
  if (bars.open_claim && !is_not_ours) return RetentionBar::open_claim;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(RetentionEvent event) { return kEventWords[static_cast<std::size_t>(event)]; }

std::optional<RetentionEvent> parse_retention_event(std::string_view word) {
  const auto found = std::find(kEventWords.begin(), kEventWords.end(), word);
  if (found == kEventWords.end()) return std::nullopt;
  return static_cast<RetentionEvent>(found - kEventWords.begin());
}

std::string_view name_of(RetentionBar bar) { return kBarWords[static_cast<std::size_t>(bar)]; }
std::string_view sentence_of(RetentionBar bar) { return kBarSentences[static_cast<std::size_t>(bar)]; }

std::vector<RetentionRule> rules_in_force(std::span<const RetentionRule> rules, CivilDate day) {
  std::vector<RetentionRule> out;
  for (const RetentionRule& rule : rules) {
    if (rule.valid_from > day) continue;
    const auto same =
        std::find_if(out.begin(), out.end(), [&](const RetentionRule& one) { return one.code == rule.code; });
    if (same == out.end())
      out.push_back(rule);
    else if (same->valid_from < rule.valid_from)
      *same = rule;
  }
  std::sort(out.begin(), out.end(),
            [](const RetentionRule& a, const RetentionRule& b) { return a.code < b.code; });
  return out;
}

const RetentionRule* rule_for(std::span<const RetentionRule> in_force, std::string_view covers) {
  for (const RetentionRule& rule : in_force)
    if (rule.covers == covers && rule.months) return &rule;
  return nullptr;
}

RetentionVerdict retention_of(std::span<const RetentionRule> in_force, const CaseEvents& events,
                              const CaseBars& bars) {
  static constexpr std::array kOrder{RetentionEvent::wrong_person, RetentionEvent::paid,
                                     RetentionEvent::mandate_end,  RetentionEvent::title,
                                     RetentionEvent::time_barred,  RetentionEvent::closed};
  RetentionVerdict out;
  for (const RetentionEvent event : kOrder) {
    const auto& on = day_of(events, event);
    const RetentionRule* rule = on ? find_rule(in_force, event) : nullptr;
    if (rule == nullptr) continue;
    out = {.rule = rule, .event_on = *on, .due_on = add_months(*on, *rule->months), .bar = std::nullopt};
    break;
  }
  out.bar = bar_of(events, bars);
  return out;
}

}  // namespace relance
