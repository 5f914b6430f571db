// The one word that a person is given: where the office is, which CA is its own, and a secret (host/enrolment_code.h).
#pragma once

#include <string>

#include "host/endpoint.h"
#include "server/enrolment.h"
#include "server/office.h"

namespace relance::server {

/// The address that a code carries: `given`, else where `serve` last announced itself, under the first --host of init.
/// Failure{usage} when the server has never run.
[[nodiscard]] Endpoint code_address(const Office& office, const std::string& given);

[[nodiscard]] std::string code_text(const Office& office, const Endpoint& at, const InviteSecret& secret);

}  // namespace relance::server
