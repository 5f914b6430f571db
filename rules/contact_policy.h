// Whether a debtor may be called now: asked before dialling, and again when the call is logged. Hours and frequency are
// the house's policy (domain.md 2.4: no statute sets them); who may not be spoken to, and the letter that has to come
// first, are law. Pure: rows, policy and time are handed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/dunning.h"
#include "rules/local_time.h"
#include "rules/working_days.h"

namespace relance {

/// Out of the rows in force (codes contact_…). Minutes count from midnight, where the debtor is.
struct ContactPolicy {
  std::int64_t from_minute = 0, until_minute = 0;  // Monday to Friday
  std::int64_t saturday_from_minute = 0, saturday_until_minute = 0;
  std::int64_t window_days = 0;
  std::int64_t warn_count = 0;   // from this contact of a window on it is warned of
  std::int64_t block_count = 0;  // from this one on it needs grounds
};

/// What is known of the debtor and of what was tried.
struct ContactFacts {
  Ms now = 0;
  std::string_view zone;                       // of the debtor; empty: Paris
  HolidayRegion region = HolidayRegion::none;  // of the debtor's address
  std::int64_t outbound = 0;    // contacts in the window before now, whoever made them: a lower bound
  std::int64_t reached = 0;     // of these, those in which somebody answered
  bool is_inbound = false;      // the debtor calls us: neither hours nor frequency bind
  bool is_protected = false;    // an adult under protection, or a guardian is named
  bool is_to_guardian = false;  // it is the guardian who is called
  bool is_deceased = false;
  bool is_agency = false;          // under a mandate for somebody else's account
  bool has_mandate = false;        // the creditor's written agreement, in force today
  bool has_agency_letter = false;  // the statutory letter has been sent
  std::vector<DunningStop> stops;  // rules/dunning.h
};

enum class ContactBar : std::uint8_t {
  ward,             // C. civ. 475: the guardian is spoken to, not the ward
  deceased,         // the heirs are another party
  no_mandate,       // CPCE R124-3: without a written agreement in force an agency takes no step
  no_letter,        // CPCE R124-4: the letter comes first, and every further step recalls it
  dunning_stopped,  // one of rules/dunning.h, `stop` says which
  closed_day,       // Sunday or public holiday
  closed_hours,     // outside the hours
  too_often,        // block_count
  often,            // warn_count
  unknown_zone,     // the hours could not be checked
};

/// "contact.ward" …: the rule's stable id.
[[nodiscard]] std::string_view name_of(ContactBar bar);
/// The text that it stands on, "policy" where it is the house's own choice.
[[nodiscard]] std::string_view legal_basis_of(ContactBar bar);

enum class ContactWeight : std::uint8_t {
  warning,        // told, and logged all the same
  needs_grounds,  // refused unless grounds are given
  forbidden,      // refused
};

struct ContactFinding {
  ContactBar bar = ContactBar::often;
  ContactWeight weight = ContactWeight::warning;
  std::optional<DunningReason> stop = {};
};

/// Everything that stands against a call now, the weightiest first; empty: dial.
[[nodiscard]] std::vector<ContactFinding> contact_findings(const ContactFacts& facts,
                                                           const ContactPolicy& policy);

/// The weightiest of them; nothing when there is none.
[[nodiscard]] std::optional<ContactWeight> weight_of(const std::vector<ContactFinding>& findings);

/// Whether a call of this outcome disclosed the debt, and so needs to know who was spoken to: words of
/// contact_event.outcome.
[[nodiscard]] bool needs_right_party(std::string_view outcome);
/// Whether somebody answered.
[[nodiscard]] bool is_answered(std::string_view outcome);

}  // namespace relance
