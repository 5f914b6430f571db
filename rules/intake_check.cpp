// See intake_check.h.
#include "rules/intake_check.h"

#include <algorithm>

namespace relance {
namespace {

std::vector<IntakeReason> against_case(const IntakeCase& facts) {
  std::vector<IntakeReason> out;
  if (facts.has_open_insolvency) out.push_back(IntakeReason::insolvency);
  if (facts.asked_cents <= 0) out.push_back(IntakeReason::amount_uncertain);
  if (!facts.has_name || (!facts.has_register_number && !facts.has_address))
    out.push_back(IntakeReason::debtor_unknown);
  return out;
}

std::vector<IntakeReason> against_claim(const IntakeClaim& claim, CivilDate today) {
  std::vector<IntakeReason> out;
  if (claim.last_day && *claim.last_day < today)
    out.push_back(IntakeReason::time_barred);
  else if (claim.last_day_of_consumer && *claim.last_day_of_consumer < today)
    out.push_back(IntakeReason::maybe_time_barred);
  if (claim.is_disputed) out.push_back(IntakeReason::amount_uncertain);
  if (!claim.has_evidence) out.push_back(IntakeReason::no_evidence);
  return out;
}

void put_once(std::vector<IntakeReason>& reasons, std::span<const IntakeReason> more) {
  reasons.insert(reasons.end(), more.begin(), more.end());
  std::sort(reasons.begin(), reasons.end());
  reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
}

}  // namespace

std::string_view name_of(IntakeReason reason) {
  switch (reason) {
    case IntakeReason::time_barred: return "time_barred";
    case IntakeReason::insolvency: return "insolvency";
    case IntakeReason::maybe_time_barred: return "maybe_time_barred";
    case IntakeReason::amount_uncertain: return "amount_uncertain";
    case IntakeReason::debtor_unknown: return "debtor_unknown";
    case IntakeReason::no_evidence: return "no_evidence";
  }
  return "";
}

std::string_view words_of(IntakeReason reason) {
  switch (reason) {
    case IntakeReason::time_barred: return "time-barred";
    case IntakeReason::insolvency: return "insolvency proceedings are open";
    case IntakeReason::maybe_time_barred: return "time-barred if the debtor is a consumer";
    case IntakeReason::amount_uncertain: return "the amount is not certain";
    case IntakeReason::debtor_unknown: return "the debtor is not identified";
    case IntakeReason::no_evidence: return "no evidence";
  }
  return "";
}

bool is_curable(IntakeReason reason) {
  return reason != IntakeReason::time_barred && reason != IntakeReason::insolvency;
}

IntakeFinding intake_of(const IntakeCase& facts, CivilDate today) {
  IntakeFinding out;
  const std::vector<IntakeReason> of_case = against_case(facts);
  put_once(out.reasons, of_case);
  for (const IntakeClaim& claim : facts.claims) {
    std::vector<IntakeReason>& reasons = out.claims.emplace_back();
    put_once(reasons, against_claim(claim, today));
    put_once(reasons, of_case);
    put_once(out.reasons, reasons);
    out.accepts = out.accepts || reasons.empty();
  }
  return out;
}

}  // namespace relance
