// A payment that the bank took back, for as long as the creditor's ledger shows only that it came: what the ledger
// settled with it is open again, and so is a case that an import closed (docs/decisions/012).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/sql.h"
#include "server/edit_batch.h"

namespace relance::server {

/// An entry by which the ledger shows a payment that came back, where it does not show the return.
struct UnshownReturn {
  Id case_id, entry;
  Id returned;  // the payment's return: a row of its own
  std::string returned_on;
  std::int64_t cents = 0;  // of the return, what no entry shows; > 0
};
/// Of a creditor's cases, or of one case.
[[nodiscard]] std::vector<UnshownReturn> unshown_returns(sql::Connection& db,
                                                         const std::optional<Id>& creditor,
                                                         const std::optional<Id>& case_id);

struct OpenedAgain {
  std::int64_t claims = 0;
  std::int64_t cases = 0;
};

/// Opens what such entries settled. A letter in which a payment came back matches nothing any more: its lines are all
/// open, so that what is asked is what is owed, whatever else was in it. Then the cases, where an import had closed
/// them and the account is owed. Done already, it does nothing. REQUIRES: a Work is open, everything is stored.
OpenedAgain open_what_came_back(sql::Connection& db, const std::optional<Id>& creditor,
                                const std::optional<Id>& case_id, EditBatch& edits);

}  // namespace relance::server
