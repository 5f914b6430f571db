#include "client/office_link.h"

#include <boost/json.hpp>

#include "host/failure.h"
#include "host/openssl.h"
#include "sync/json.h"

namespace relance::client {

OfficeLink::OfficeLink(const Home& home, const Secret& data_key, const Clock& clock)
    : home_(home), data_key_(data_key), clock_(clock), transport_(connect()) {}

HttpsTransport OfficeLink::connect() const {
  return HttpsTransport(home_.server(), TransportOptions{.ca_pem = home_.ca_pem(),
                                                         .certificate_pem = home_.certificate_pem(),
                                                         .key_pem = home_.device_key(data_key_)});
}

WireAnswer OfficeLink::exchange(const WireRequest& request) {
  const Ms before = clock_.now();
  relance::Answer answer =
      request.body.empty() ? transport_.get(request.path) : transport_.post(request.path, request.body);
  retry_after_s_ = answer.retry_after_s;
  return {.status = answer.status,
          .body = std::move(answer.body),
          .retry_after_s = answer.retry_after_s,
          .round_trip_ms = std::max<Ms>(clock_.now() - before, 0)};
}

Ms OfficeLink::renew() {
  const Secret key = home_.device_key(data_key_);
  const boost::json::object body{{"csr", make_csr(*key_from_pem(key.view()))}};
  const WireAnswer answer = exchange({"/v1/renew", boost::json::serialize(body)});
  if (answer.status != 200) throw failure_of(answer);
  const auto parsed = sync::parse_json(answer.body);
  const auto* object = parsed ? parsed->if_object() : nullptr;
  const auto pem = object == nullptr ? std::nullopt : sync::text_member(*object, "certificate");
  if (!pem) throw Failure(Code::protocol, std::string(facts_of(Code::protocol).sentence));
  const Ms until = facts_of_certificate(*pem).not_after;
  home_.keep_certificate(*pem);
  transport_ = connect();
  return until;
}

std::optional<Renewal> OfficeLink::renew_if_due(Ms now) {
  const CertificateFacts facts = facts_of_certificate(home_.certificate_pem());
  if (now < facts.not_before + (facts.not_after - facts.not_before) / 3 * 2) return std::nullopt;
  try {
    return Renewal{.until = renew()};
  } catch (const Failure& failure) {
    if (now >= facts.not_after) throw;
    if (failure.code() == Code::unreachable) return std::nullopt;
    return Renewal{.until = facts.not_after, .failure = failure};
  }
}

}  // namespace relance::client
