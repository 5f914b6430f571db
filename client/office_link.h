// The device's line to the office: a session's requests over mutual TLS, and the certificate kept fresh.
#pragma once

#include "client/home.h"
#include "client/https_transport.h"
#include "client/session.h"
#include "host/clock.h"
#include "host/failure.h"

namespace relance::client {

/// What became of a certificate's renewal that was due.
struct Renewal {
  Ms until = 0;                         // of the certificate in use
  std::optional<Failure> failure = {};  // why it is still the old one
};

class OfficeLink final : public Transport {
 public:
  OfficeLink(const Home& home, const Secret& data_key, const Clock& clock);

  [[nodiscard]] WireAnswer exchange(const WireRequest& request) override;

  /// Renews the certificate where two thirds of its life are over, or all of it; nothing where it is not due.
  /// One that fails while the old one still holds is tried again by the next sync, and must not stop this
  /// one. An office out of reach is nothing to tell: the sync will, in a moment.
  [[nodiscard]] std::optional<Renewal> renew_if_due(Ms now);

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
