// How long a case is kept, and why: dated rules, each from an event on, and what stands in the way of letting it go.
// Pure: rules and events are handed in, nothing here has a period of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/civil_date.h"

namespace relance {

/// From what a time runs. The words of retention_rule.event, in their order.
enum class RetentionEvent : std::uint8_t {
  closed,        // for whatever reason: what ends every case that no other rule ends
  paid,          // in full; the day of the last payment
  mandate_end,   // given back to the creditor (GDPR art. 28(3)(g))
  time_barred,   // nothing can be claimed in court any more
  title,         // an enforceable title (CPCE L111-4)
  wrong_person,  // never the debtor (GDPR art. 5(1)(d))
  year_end,      // of the accounting year
  written,       // of a log's line
};
[[nodiscard]] std::string_view name_of(RetentionEvent event);
[[nodiscard]] std::optional<RetentionEvent> parse_retention_event(std::string_view word);

struct RetentionRule {
  std::string code;    // RC1 …
  std::string covers;  // word of retention_rule.covers: which tables it speaks of
  RetentionEvent event = RetentionEvent::closed;
  CivilDate valid_from;
  std::optional<std::int64_t> months;  // nothing: it ends nothing
  bool keeps_vouchers = false;
  std::string legal_basis;
};

/// The rows in force on a day: of each code the newest that has begun.
[[nodiscard]] std::vector<RetentionRule> rules_in_force(std::span<const RetentionRule> rules, CivilDate day);

/// The rule of a class of tables that are not cases; null where there is none that ends it.
[[nodiscard]] const RetentionRule* rule_for(std::span<const RetentionRule> in_force, std::string_view covers);

/// What happened to a case, by day.
struct CaseEvents {
  bool is_closed = false;
  std::optional<CivilDate> closed_on, paid_on, mandate_end_on, time_barred_on, title_on, wrong_person_on;
};

/// Why a case may not go, although its time is over.
enum class RetentionBar : std::uint8_t {
  open_case,   // somebody still works on it
  legal_hold,  // a hold beats every rule (GDPR art. 17(3)(e))
  open_claim,  // something is still asked for
  request,     // a person's request is not answered yet: he gets his data before it goes
};
[[nodiscard]] std::string_view name_of(RetentionBar bar);
/// A sentence for who reads the plan.
[[nodiscard]] std::string_view sentence_of(RetentionBar bar);

struct CaseBars {
  bool legal_hold = false;
  bool open_claim = false;
  bool request = false;
};

struct RetentionVerdict {
  const RetentionRule* rule = nullptr;  // null: nothing has happened yet that a time runs from
  CivilDate event_on;
  CivilDate due_on;  // the first day on which it may go
  std::optional<RetentionBar> bar;
  [[nodiscard]] bool is_due(CivilDate today) const { return rule != nullptr && due_on <= today; }
};

/// Which rule applies, from when it lets the case go, and what bars that. Where several events have happened: the wrong
/// person goes at once; else payment counts (a title that was paid is used up), the mandate's end, the title,
/// limitation, closing, in this order.
[[nodiscard]] RetentionVerdict retention_of(std::span<const RetentionRule> in_force, const CaseEvents& events,
                                            const CaseBars& bars);

}  // namespace relance
