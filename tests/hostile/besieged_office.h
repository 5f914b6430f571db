// The real server's program with an office of its own, an honest agent who syncs with it, and papers for those who are
// not honest. Enrolling takes a short cut through the office's data directory; everything on the wire is the product.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "client/https_transport.h"
#include "client/session.h"
#include "host/clock.h"
#include "server/enrolment.h"
#include "server/office.h"
#include "tests/e2e/harness.h"
#include "tests/support/raw_tls.h"

namespace relance::hostile {

/// A device's papers, as enrolment gives them.
struct Papers {
  Id device_id, staff_id;
  std::string certificate_pem, key_pem;
  [[nodiscard]] test::RawTls::Options tls() const {
    test::RawTls::Options out;
    out.certificate_pem = certificate_pem;
    out.key_pem = key_pem;
    return out;
  }
};

class BesiegedOffice {
 public:
  /// Makes the office in `directory`, with agents paul (who holds its cases) and lea (who holds none), and serves it.
  explicit BesiegedOffice(const std::filesystem::path& directory);

  [[nodiscard]] Papers enrol(std::string_view user);
  /// A certificate of the office's CA for this device, issued at `at`; whether the server knows it is another matter.
  [[nodiscard]] Papers papers_for(const Id& device, Ms at);
  void set_state(const Id& device, const std::string& state);
  /// A fingerprint of what people made; see office_digest in tests/support.
  [[nodiscard]] std::string digest();
  [[nodiscard]] std::int64_t count(std::string_view sql);
  /// Resident memory of the server's process, in KiB; 0 when it is gone.
  [[nodiscard]] std::int64_t server_rss_kib();

  [[nodiscard]] int port() const { return program_.port(); }
  [[nodiscard]] e2e::OfficeProgram& program() { return program_; }
  [[nodiscard]] const std::string& ca_pem() const { return ca_.certificate_pem; }
  [[nodiscard]] Id epoch();
  [[nodiscard]] test::RawTls connect(const Papers& papers) const { return {port(), ca_pem(), papers.tls()}; }
  [[nodiscard]] Ms now() const { return clock_.now(); }

 private:
  std::filesystem::path directory_;
  e2e::OfficeProgram program_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<server::Office> office_;
  CertificateWithKey ca_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<server::Ledger> ledger_;
};

/// A device with a real replica that edits and syncs as an agent's program does.
class HonestAgent final : public client::Transport {
 public:
  HonestAgent(BesiegedOffice& office, Papers papers, const std::filesystem::path& replica);
  /// One edit and one sync; `anew`: over a new connection, as after a night.
  client::SyncReport work(bool anew);
  [[nodiscard]] client::WireAnswer exchange(const client::WireRequest& request) override;
  [[nodiscard]] client::Replica& replica() { return *replica_; }
  [[nodiscard]] sql::Connection& db() { return *db_; }
  /// Every request and the status of its answer, once asked for.
  struct Exchange {
    client::WireRequest request;
    client::WireAnswer answer;
  };
  std::vector<Exchange>* recording = nullptr;

 private:
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<sql::Connection> db_;
  std::unique_ptr<client::Replica> replica_;
  HttpsTransport transport_;
  int edits_ = 0;
};

}  // namespace relance::hostile
