// Third persons in a case: guardian, lawyer, guarantor, liquidator, bailiff, association.
#pragma once

#include <string>

#include "server/ledger.h"

namespace relance::server {

struct PartyFacts {
  std::string role;  // word of party_role.role
  std::string name, contact;
  std::string valid_from, valid_to;  // ISO dates; the last one may be empty
};

/// Adds a third person to a case. A guardian makes the debtor a protected person: nobody speaks to the debtor himself
/// from then on. REQUIRES: a Work is open. Failure{refused} when a rule forbids it.
Id add_party(Ledger& ledger, const Author& author, const Id& case_id, const PartyFacts& facts);

}  // namespace relance::server
