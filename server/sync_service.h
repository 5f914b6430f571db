// The device side of the protocol, without HTTP: who asks is known by certificate, what he asks is JSON, what he
// gets is a status and JSON. The HTTPS edge and the tests' joined processes call the same functions.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/audit_heads.h"
#include "server/committer.h"
#include "server/intake.h"
#include "sync/limits.h"

namespace relance::server {

struct ServiceAnswer {
  int status = 200;
  std::string body;
  int retry_after_s = 0;
};

/// Connections for reading: each request has one for itself, and a snapshot on it.
class Readers {
 public:
  virtual ~Readers() = default;
  virtual void read(const std::function<void(sql::Connection&)>& work) = 0;
};

/// One connection, no threads: for tests and the simulator.
class DirectReader final : public Readers {
 public:
  explicit DirectReader(sql::Connection& db) : db_(db) {}
  void read(const std::function<void(sql::Connection&)>& work) override { work(db_); }

 private:
  sql::Connection& db_;
};

class SyncService {
 public:
  /// `page_bytes`: what one answer may hold; tests ask for small pages. `oldest_version`: of the schemas that are
  /// served; without one, the version before this program's.
  SyncService(Committer& committer, Readers& readers, const Clock& clock,
              std::size_t page_bytes = sync::kPageBytes, std::optional<int> oldest_version = {})
      : committer_(committer),
        readers_(readers),
        clock_(clock),
        page_bytes_(page_bytes),
        oldest_version_(oldest_version) {}

  /// From now on answers that carry something carry a head of the audit log too. Without a signer they carry none.
  void sign_with(std::shared_ptr<AuditSigner> signer) { signer_ = std::move(signer); }

  /// POST /v1/sync
  [[nodiscard]] ServiceAnswer sync(const Id& device_id, std::string_view body);
  /// GET /v1/device
  [[nodiscard]] ServiceAnswer device(const Id& device_id);
  /// POST /v1/verify
  [[nodiscard]] ServiceAnswer verify(const Id& device_id, std::string_view body);
  /// POST /v1/file: the bytes of a letter or document that the device's replica names. Whatever else there may be looks
  /// absent.
  [[nodiscard]] ServiceAnswer file(const Id& device_id, std::string_view body);
  /// POST /v1/rescue: mutations into quarantine; nothing is served.
  [[nodiscard]] ServiceAnswer rescue(const Id& device_id, std::string_view body);
  /// POST /v1/wiped: key and replica are gone.
  [[nodiscard]] ServiceAnswer wiped(const Id& device_id);
  /// GET /v1/time
  [[nodiscard]] ServiceAnswer time() const;

 private:
  struct Standing;  // what one request needs to know of its device
  std::optional<ServiceAnswer> answer_without_commit(sql::Connection& db, const Device& device,
                                                     const sync::Request& request) const;
  [[nodiscard]] bool is_too_old(const sync::Request& request) const;
  ServiceAnswer take_and_answer(const Device& device, const sync::Request& request);

  Committer& committer_;
  Readers& readers_;
  const Clock& clock_;
  std::size_t page_bytes_;
  std::optional<int> oldest_version_;
  std::shared_ptr<AuditSigner> signer_;
};

/// A refusal as application/problem+json (RFC 9457), with the stable code. `extra`: further members, as JSON text.
[[nodiscard]] ServiceAnswer problem(Code code, std::string_view detail = {}, std::string_view extra = {});
/// To a device that no row of the office names.
[[nodiscard]] ServiceAnswer unknown_device();

}  // namespace relance::server
