// The limitation clock. See limitation.h.
#include "rules/limitation.h"

#include <algorithm>
#include <vector>

namespace relance {
namespace {

class Clock {
 public:
  Clock(CivilDate start_on, const LimitationPeriods& periods)
      : periods_(periods), longest_(add_months(start_on, periods.longest_months)) {
    set(add_months(start_on, periods.claim_months), LimitationReason::start, LimitationAct::none);
  }

  void take(const LimitationEvent& event) {
    if (event.is_undone) return;
    // While proceedings last only their end counts; what comes after the last day revives nothing.
    if (now_.last_day ? event.on > *now_.last_day : event.act != LimitationAct::title) return;
    switch (event.act) {
      case LimitationAct::none: return;
      case LimitationAct::acknowledgement:
      case LimitationAct::enforcement: return restart(event, event.on);
      case LimitationAct::court_claim:
        if (!event.until) return stop(event);
        return restart(event, *event.until);
      case LimitationAct::title:
        is_titled_ = true;
        return set(add_months(event.on, periods_.title_months), LimitationReason::titled, event.act);
      case LimitationAct::conciliation:
      case LimitationAct::impossibility:
        if (!event.until) return stop(event);
        return suspend(event, *event.until);
    }
  }

  [[nodiscard]] const Limitation& now() const { return now_; }

 private:
  void set(CivilDate last_day, LimitationReason reason, LimitationAct act) {
    now_ = {.last_day = last_day, .reason = reason, .act = act};
    if (is_titled_ || last_day <= longest_) return;
    now_ = {.last_day = longest_, .reason = LimitationReason::longest};
  }
  void stop(const LimitationEvent& event) {
    now_ = {.last_day = {}, .reason = LimitationReason::suspended, .act = event.act};
  }
  // An interruption begins the same period anew (2231); of a title its own. One within proceedings that last longer
  // takes nothing away.
  void restart(const LimitationEvent& event, CivilDate from) {
    const CivilDate last = add_months(from, is_titled_ ? periods_.title_months : periods_.claim_months);
    if (last > *now_.last_day) set(last, LimitationReason::interrupted, event.act);
  }
  // A suspension stops the clock and does not wipe what has run (2230).
  void suspend(const LimitationEvent& event, CivilDate until) {
    if (until < event.on) return;
    CivilDate last = add_days(*now_.last_day, days_between(event.on, until) + 1);
    if (event.act == LimitationAct::conciliation)
      last = std::max(last, add_months(until, periods_.conciliation_months));
    set(last, LimitationReason::suspended, event.act);
  }

  LimitationPeriods periods_;
  CivilDate longest_;
  bool is_titled_ = false;
  Limitation now_;
};

}  // namespace

std::string_view name_of(LimitationAct act) {
  switch (act) {
    case LimitationAct::none: return "none";
    case LimitationAct::acknowledgement: return "acknowledgement";
    case LimitationAct::court_claim: return "court_claim";
    case LimitationAct::enforcement: return "enforcement";
    case LimitationAct::title: return "title";
    case LimitationAct::conciliation: return "conciliation";
    case LimitationAct::impossibility: return "impossibility";
  }
  return "";
}

std::string_view name_of(LimitationReason reason) {
  switch (reason) {
    case LimitationReason::start: return "start";
    case LimitationReason::interrupted: return "interrupted";
    case LimitationReason::titled: return "titled";
    case LimitationReason::suspended: return "suspended";
    case LimitationReason::longest: return "longest";
  }
  return "";
}

Limitation limitation_of(CivilDate start_on, const LimitationPeriods& periods,
                         std::span<const LimitationEvent> events) {
  std::vector<LimitationEvent> in_order(events.begin(), events.end());
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const LimitationEvent& a, const LimitationEvent& b) { return a.on < b.on; });
  Clock clock(start_on, periods);
  for (const LimitationEvent& event : in_order) clock.take(event);
  return clock.now();
}

std::string_view limitation_rule_of(std::string_view kind, std::string_view b2c, std::string_view own_rule) {
  if (!own_rule.empty()) return own_rule;
  if (b2c == "yes" || (b2c == "unknown" && kind != "company")) return "limitation_consumer_months";
  return kind == "individual" ? "limitation_civil_months" : "limitation_trade_months";
}

std::optional<LimitationAct> parse_limitation_act(std::string_view word) {
  for (const LimitationAct act :
       {LimitationAct::acknowledgement, LimitationAct::court_claim, LimitationAct::enforcement,
        LimitationAct::title, LimitationAct::conciliation, LimitationAct::impossibility})
    if (name_of(act) == word) return act;
  return std::nullopt;
}

}  // namespace relance
