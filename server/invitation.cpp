#include "server/invitation.h"

#include <algorithm>

#include "host/enrolment_code.h"
#include "host/failure.h"
#include "host/openssl.h"

namespace relance::server {

Endpoint code_address(const Office& office, const std::string& given) {
  if (!given.empty()) return Endpoint::parse(given);
  const std::string announced = office.announced();
  if (announced.empty())
    throw Failure(Code::usage,
                  "The server has never run, so no address is known: start `relance-server serve` first, "
                  "or give --at HOST:PORT.");
  Endpoint at = Endpoint::parse(announced);
  if (const auto hosts = office.hosts(); !hosts.empty()) at.host = hosts.front();
  return at;
}

std::string code_text(const Office& office, const Endpoint& at, const InviteSecret& secret) {
  EnrolmentCode code{.host = at.host, .port = at.port, .secret = secret};
  const Digest full = fingerprint(office.ca().certificate_pem);
  std::copy_n(full.begin(), code.ca_fingerprint.size(), code.ca_fingerprint.begin());
  return code.encode();
}

}  // namespace relance::server
