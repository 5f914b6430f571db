// The policy of contacts. See contact_policy.h.
#include "rules/contact_policy.h"

#include <algorithm>
#include <array>

namespace relance {
namespace {

// A plan, a promise or a dispute stops dunning, not talking: the debtor may be called about them.
ContactWeight weight_of(DunningReason reason) {
  switch (reason) {
    case DunningReason::closed:
    case DunningReason::moratorium:
    case DunningReason::small_claim: return ContactWeight::needs_grounds;
    case DunningReason::restricted:
    case DunningReason::insolvency:
    case DunningReason::over_indebtedness:
    case DunningReason::do_not_contact: return ContactWeight::forbidden;
    case DunningReason::plan:
    case DunningReason::promise:
    case DunningReason::disputed: return ContactWeight::warning;
  }
  return ContactWeight::warning;
}

void find_hours(const ContactFacts& facts, const ContactPolicy& policy, std::vector<ContactFinding>& out) {
  const auto local = local_time_of(facts.now, facts.zone);
  if (!local) {
    out.push_back({ContactBar::unknown_zone, ContactWeight::warning});
    return;
  }
  const unsigned day = weekday(local->day);
  if (day == 7 || is_public_holiday(local->day, facts.region)) {
    out.push_back({ContactBar::closed_day, ContactWeight::needs_grounds});
    return;
  }
  const auto from = day == 6 ? policy.saturday_from_minute : policy.from_minute;
  const auto until = day == 6 ? policy.saturday_until_minute : policy.until_minute;
  if (local->minute < from || local->minute >= until)
    out.push_back({ContactBar::closed_hours, ContactWeight::needs_grounds});
}

void find_frequency(const ContactFacts& facts, const ContactPolicy& policy,
                    std::vector<ContactFinding>& out) {
  const std::int64_t this_one = facts.outbound + 1;
  if (this_one >= policy.block_count)
    out.push_back({ContactBar::too_often, ContactWeight::needs_grounds});
  else if (this_one >= policy.warn_count)
    out.push_back({ContactBar::often, ContactWeight::warning});
}

}  // namespace

std::string_view name_of(ContactBar bar) {
  switch (bar) {
    case ContactBar::ward: return "contact.ward";
    case ContactBar::deceased: return "contact.deceased";
    case ContactBar::no_mandate: return "contact.no_mandate";
    case ContactBar::no_letter: return "contact.no_letter";
    case ContactBar::dunning_stopped: return "contact.dunning_stopped";
    case ContactBar::closed_day: return "contact.closed_day";
    case ContactBar::closed_hours: return "contact.closed_hours";
    case ContactBar::too_often: return "contact.too_often";
    case ContactBar::often: return "contact.often";
    case ContactBar::unknown_zone: return "contact.unknown_zone";
  }
  return "";
}

std::string_view legal_basis_of(ContactBar bar) {
  switch (bar) {
    case ContactBar::ward: return "C. civ. 475";
    case ContactBar::no_mandate: return "CPCE R124-3";
    case ContactBar::no_letter: return "CPCE R124-4";
    case ContactBar::too_often:
    case ContactBar::often: return "policy; C. pénal 222-33-2-2";
    default: return "policy";
  }
}

std::vector<ContactFinding> contact_findings(const ContactFacts& facts, const ContactPolicy& policy) {
  std::vector<ContactFinding> out;
  if (facts.is_protected && !facts.is_to_guardian)
    out.push_back({ContactBar::ward, facts.is_inbound ? ContactWeight::warning : ContactWeight::forbidden});
  if (facts.is_deceased && !facts.is_inbound)
    out.push_back({ContactBar::deceased, ContactWeight::needs_grounds});
  // Somebody who calls us is answered; what may not be asked of him is said all the same.
  const ContactWeight of_agency = facts.is_inbound ? ContactWeight::warning : ContactWeight::forbidden;
  if (facts.is_agency && !facts.has_mandate) out.push_back({ContactBar::no_mandate, of_agency});
  if (facts.is_agency && !facts.has_agency_letter) out.push_back({ContactBar::no_letter, of_agency});
  for (const DunningStop& stop : facts.stops)
    out.push_back({ContactBar::dunning_stopped,
                   facts.is_inbound ? ContactWeight::warning : weight_of(stop.reason), stop.reason});
  if (!facts.is_inbound) {
    find_hours(facts, policy, out);
    find_frequency(facts, policy, out);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const ContactFinding& a, const ContactFinding& b) { return a.weight > b.weight; });
  return out;
}

std::optional<ContactWeight> weight_of(const std::vector<ContactFinding>& findings) {
  if (findings.empty()) return std::nullopt;
  return findings.front().weight;
}

bool needs_right_party(std::string_view outcome) {
  static constexpr std::array<std::string_view, 5> kDisclosing{"reached", "promise", "dispute", "refusal",
                                                               "insolvent"};
  return std::find(kDisclosing.begin(), kDisclosing.end(), outcome) != kDisclosing.end();
}

bool is_answered(std::string_view outcome) { return outcome != "no_answer" && outcome != "voicemail"; }

}  // namespace relance
