// The device's line to the office: a session's requests over mutual TLS, and the certificate kept fresh.
#pragma once

#include "client/home.h"
#include "client/https_transport.h"
#include "client/session.h"
#include "host/clock.h"

namespace relance::client {

class OfficeLink final : public Transport {
 public:
  OfficeLink(const Home& home, const Secret& data_key, const Clock& clock);

  [[nodiscard]] WireAnswer exchange(const WireRequest& request) override;

  /// Renews the certificate where two thirds of its life are over, or all of it. The new one's end, if there is one.
  /// A renewal that fails while the old one still holds is tried again by the next sync, and is no failure.
  [[nodiscard]] std::optional<Ms> renew_if_due(Ms now);

  [[nodiscard]] const TransportCounters& counters() const { return transport_.counters(); }
  [[nodiscard]] int retry_after_s() const { return retry_after_s_; }

 private:
  [[nodiscard]] HttpsTransport connect() const;
  [[nodiscard]] Ms renew();

  const Home& home_;
  const Secret& data_key_;
  const Clock& clock_;
  HttpsTransport transport_;
  int retry_after_s_ = 0;
};

}  // namespace relance::client
