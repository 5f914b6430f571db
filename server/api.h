// The routes: who may ask what over HTTPS. Thin: authenticates by certificate and device row, opens and closes the
// bodies' compression, and hands over to the services.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "server/enrolment.h"
#include "server/http.h"
#include "server/seal_service.h"
#include "server/sync_service.h"

namespace relance::server {

class Api {
 public:
  struct Counts {
    std::uint64_t syncs = 0, refused = 0, failed = 0;
  };

  /// Without `seals` nothing is sealed to this office: its routes are not there.
  Api(SyncService& service, Committer& committer, Readers& readers, CertificateWithKey ca, const Clock& clock,
      SealService* seals = nullptr);

  /// Runs on any worker thread.
  [[nodiscard]] HttpAnswer handle(const HttpRequest& request);
  [[nodiscard]] Counts counts() const;

 private:
  class OneRequest;  // one at a time of each device

  [[nodiscard]] std::string expand_body(const HttpRequest& request, std::unique_lock<std::mutex>& large);
  ServiceAnswer take(const HttpRequest& request);
  ServiceAnswer route(const HttpRequest& request, std::string_view body);
  ServiceAnswer route_seals(const HttpRequest& request, std::string_view body);
  ServiceAnswer enrol(std::string_view body);
  ServiceAnswer renew(const Id& device, std::string_view body);
  ServiceAnswer health();
  ServiceAnswer metrics(const Peer& peer);

  SyncService& service_;
  Committer& committer_;
  Readers& readers_;
  const CertificateWithKey ca_;
  const Clock& clock_;
  SealService* seals_;
  std::mutex large_body_;
  mutable std::mutex mutex_;
  std::set<Id> asking_;  // devices with a request in hand
  Counts counts_;
};

}  // namespace relance::server
