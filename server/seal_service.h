// What devices seal to the office, over the wire: their data keys, for whoever forgets a passphrase, and the edits of
// a replica that is gone. Only here does the sealing key open anything.
#pragma once

#include <string_view>

#include "server/pki.h"
#include "server/sync_service.h"

namespace relance::server {

class SealService {
 public:
  SealService(Committer& committer, Readers& readers, CertificateWithKey ca, CertificateWithKey sealing,
              const Clock& clock);

  /// GET /v1/seal: the certificate to seal to.
  [[nodiscard]] ServiceAnswer certificate(const Id& device_id);
  /// POST /v1/seal: the device's data key, sealed, and the request of the key that may deliver its last word.
  [[nodiscard]] ServiceAnswer seal(const Id& device_id, std::string_view body);
  /// POST /v1/recover, by anybody who has a code: the data key, sealed to his fresh key.
  [[nodiscard]] ServiceAnswer recover(std::string_view body);
  /// POST /v1/sealed, by a delivery certificate of `device_id`: its last word. Its edits go into quarantine, once
  /// however often it comes; from then on the device counts as wiped.
  [[nodiscard]] ServiceAnswer deliver(const Id& device_id, std::string_view body);

 private:
  Committer& committer_;
  Readers& readers_;
  const CertificateWithKey ca_;
  const CertificateWithKey sealing_;
  const Clock& clock_;
};

}  // namespace relance::server
