// A fingerprint of all that people made at the office: business rows, feeds, history, quarantine; not the protocol's
// own bookkeeping (numbers, tokens, drops that any contact may forget). Two that are equal: nothing has happened.
#pragma once

#include <string>

#include "host/sql.h"

namespace relance::test {

[[nodiscard]] std::string office_digest(sql::Connection& db);

}  // namespace relance::test
