// What has to be known before a debtor is called: who may be spoken to, which letter came first, how often it was
// tried, which clock he lives by. One SQL for both programs; rules/contact_policy.h says what follows.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"

namespace relance {

struct CallFacts {
  Id debtor_id;
  std::string debtor;  // the name in law, else in trade
  std::string zone;    // of the debtor, else of his address' postcode; empty: Paris
  std::string postcode;
  bool is_protected = false;  // an adult under protection
  bool is_deceased = false;
  bool is_agency = false;
  bool has_mandate = false;  // signed and in force: an agency needs it
  struct Person {
    std::string name, contact;
  };
  std::vector<Person> guardians;  // whose time has not ended

  struct Letter {
    std::string number, sent_on;
  };
  std::optional<Letter> letter;  // the statutory one of an agency (CPCE R124-4), the last that was sent

  // Outbound calls, messages and visits to this debtor since the day asked for, about any of his cases that this
  // database knows: in a replica a lower bound. Letters have their own levels and are not counted.
  std::int64_t outbound = 0;
  std::int64_t answered = 0;
};

/// Of one case, as of a day; contacts from `since` on. REQUIRES: the case is here, and a transaction is open.
[[nodiscard]] CallFacts call_facts(sql::Connection& db, const Id& case_id, const std::string& today,
                                   Ms since);

/// What a telephone number is to a person whatever way it is written: the digits behind the country and the zero.
[[nodiscard]] std::string national_digits(std::string_view number);

/// The contact point of a case's debtor that is this number; nothing when there is none.
[[nodiscard]] std::optional<Id> contact_point_of(sql::Connection& db, const Id& case_id,
                                                 std::string_view number);

}  // namespace relance
