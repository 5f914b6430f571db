// Costs of collection stay with the creditor as long as no title says otherwise (CPCE L111-8 al. 2).
#pragma once

#include "host/sql.h"
#include "sync/mutation.h"

namespace relance::server {

/// Refuses an entry of kind `charge` on a case without an enforceable title: one that the office has seen and that was
/// not undone. Other operations pass. Failure{refused}.
void require_title_for_charge(sql::Connection& db, const sync::Op& op);

}  // namespace relance::server
