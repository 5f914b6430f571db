// Reasons to ask nothing today. See dunning.h.
#include "rules/dunning.h"

#include <algorithm>

namespace relance {
namespace {

bool is_over_indebtedness(std::string_view kind) {
  return kind == "over_indebtedness" || kind == "personal_recovery";
}

// Collects reasons, each once; of several with a last day the latest.
class Stops {
 public:
  void add(DunningReason reason, std::optional<CivilDate> until = std::nullopt) {
    const auto same = std::find_if(stops_.begin(), stops_.end(),
                                   [&](const DunningStop& one) { return one.reason == reason; });
    if (same == stops_.end())
      stops_.push_back({reason, until});
    else if (same->until && until)
      same->until = std::max(*same->until, *until);
    else
      same->until = std::nullopt;
  }

  [[nodiscard]] std::vector<DunningStop> take() {
    std::sort(stops_.begin(), stops_.end(),
              [](const DunningStop& a, const DunningStop& b) { return a.reason < b.reason; });
    return std::move(stops_);
  }

 private:
  std::vector<DunningStop> stops_;
};

void add_insolvency(Stops& stops, const DunningFacts& facts) {
  if (facts.stage == "insolvency") stops.add(DunningReason::insolvency);
  for (const std::string& kind : facts.insolvency_kinds)
    stops.add(is_over_indebtedness(kind) ? DunningReason::over_indebtedness : DunningReason::insolvency);
}

void add_agreed(Stops& stops, const DunningFacts& facts, const DunningPeriods& periods, CivilDate today) {
  for (const DunningFacts::Spell& spell : facts.moratoria)
    if (spell.from <= today && today <= spell.until) stops.add(DunningReason::moratorium, spell.until);
  for (const CivilDate begun : facts.small_claims_begun) {
    const CivilDate last = add_months(begun, periods.small_claim_months);
    if (begun <= today && today <= last) stops.add(DunningReason::small_claim, last);
  }
  if (facts.has_active_plan) stops.add(DunningReason::plan);
  for (const PromiseMade& promise : facts.promises) {
    const PromiseJudged judged = judge_promise(promise, facts.received, today, periods.promise_grace_days);
    if (judged.state == PromiseState::open) stops.add(DunningReason::promise, judged.last_day);
  }
}

}  // namespace

std::string_view name_of(DunningReason reason) {
  switch (reason) {
    case DunningReason::closed: return "closed";
    case DunningReason::restricted: return "restricted";
    case DunningReason::insolvency: return "insolvency";
    case DunningReason::over_indebtedness: return "over_indebtedness";
    case DunningReason::do_not_contact: return "do_not_contact";
    case DunningReason::moratorium: return "moratorium";
    case DunningReason::small_claim: return "small_claim";
    case DunningReason::plan: return "plan";
    case DunningReason::promise: return "promise";
    case DunningReason::disputed: return "disputed";
  }
  return "";
}

std::string_view sentence_of(DunningReason reason) {
  switch (reason) {
    case DunningReason::closed: return "The case is closed.";
    case DunningReason::restricted:
      return "The case is restricted (GDPR art. 18): it is kept and nothing more.";
    case DunningReason::insolvency:
      return "Insolvency proceedings are open (C. com. L622-7): declare the claim, ask for nothing.";
    case DunningReason::over_indebtedness:
      return "The debtor's over-indebtedness file is admissible (C. conso L722-5): prior debts may not be "
             "paid.";
    case DunningReason::do_not_contact: return "The debtor must not be contacted.";
    case DunningReason::moratorium: return "A moratorium runs.";
    case DunningReason::small_claim:
      return "A small-claims procedure runs (CPCE R125-7): no payment before the bailiff states its outcome.";
    case DunningReason::plan: return "An active plan says what is due and when.";
    case DunningReason::promise: return "A promise can still be kept.";
    case DunningReason::disputed: return "Every open item is disputed.";
  }
  return "";
}

std::vector<DunningStop> dunning_stops(const DunningFacts& facts, const DunningPeriods& periods,
                                       CivilDate today) {
  Stops stops;
  if (facts.stage == "closed") stops.add(DunningReason::closed);
  if (facts.is_restricted) stops.add(DunningReason::restricted);
  if (facts.is_do_not_contact) stops.add(DunningReason::do_not_contact);
  add_insolvency(stops, facts);
  add_agreed(stops, facts, periods, today);
  if (facts.claims_open > 0 && facts.claims_disputed >= facts.claims_open) stops.add(DunningReason::disputed);
  return stops.take();
}

std::optional<DunningReason> why_no_plan(const DunningFacts& facts) {
  Stops stops;
  add_insolvency(stops, facts);
  const std::vector<DunningStop> found = stops.take();
  if (found.empty()) return std::nullopt;
  // The commission's file names the debtor's own duty, which is what an agent can tell him: it comes first.
  for (const DunningStop& one : found)
    if (one.reason == DunningReason::over_indebtedness) return one.reason;
  return found.front().reason;
}

}  // namespace relance
