// The words of rows that decide a case's place. See case_work.h.
#include "rules/case_work.h"

namespace relance {

std::string_view limitation_rule_of(std::string_view b2c, std::string_view own_rule) {
  if (!own_rule.empty()) return own_rule;
  return b2c == "no" ? "limitation_trade_months" : "limitation_consumer_months";
}

std::optional<LimitationAct> parse_limitation_act(std::string_view word) {
  for (const LimitationAct act :
       {LimitationAct::acknowledgement, LimitationAct::court_claim, LimitationAct::enforcement,
        LimitationAct::title, LimitationAct::conciliation, LimitationAct::impossibility})
    if (name_of(act) == word) return act;
  return std::nullopt;
}

bool is_waiting_reason(DunningReason reason) {
  return reason == DunningReason::plan || reason == DunningReason::promise ||
         reason == DunningReason::disputed;
}

}  // namespace relance
