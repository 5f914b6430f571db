#include "server/recovery.h"

#include "host/digest.h"
#include "host/failure.h"
#include "host/sealing.h"
#include "sync/limits.h"
#include "sync/sealed.h"

namespace relance::server {
namespace {

constexpr std::int64_t kAttemptsMax = 5;

Author owner_of(const Device& device) {
  return {.staff_id = device.staff_id, .role = device.role, .device_id = device.id};
}

std::optional<Id> open_code(sql::Connection& db, const Id& device, Ms now) {
  return sql::id(
      db,
      "SELECT id FROM recovery WHERE device_id = ?1 AND expires_at > ?2 AND used_at IS NULL AND attempts "
      "< ?3 ORDER BY expires_at DESC LIMIT 1",
      device, now, kAttemptsMax);
}

}  // namespace

void keep_sealed_key(Ledger& ledger, const Device& device, std::string_view sealed) {
  sql::run(ledger.db(),
           "INSERT INTO sealed_key (device_id, sealed, sealed_at) VALUES (?1, ?2, ?3)"
           " ON CONFLICT (device_id) DO UPDATE SET sealed = excluded.sealed, sealed_at = excluded.sealed_at",
           device.id, Bytes{std::string(sealed)}, ledger.now());
  ledger.audit(owner_of(device), "device.seal", sealed, Ledger::Detail::none);
}

void forget_sealed_key(Ledger& ledger, const Id& device) {
  sql::run(ledger.db(), "DELETE FROM sealed_key WHERE device_id = ?1", device);
  sql::run(ledger.db(), "DELETE FROM recovery WHERE device_id = ?1", device);
}

InviteSecret make_recovery(Ledger& ledger, const Author& by, const Id& device) {
  sql::Connection& db = ledger.db();
  const auto found = find_device(db, device);
  if (!found || !found->is_active())
    throw Failure(
        Code::refused,
        "This device is not in order (suspended, lost or wiped): its replica is not opened for anybody.");
  if (!sql::number(db, "SELECT 1 FROM sealed_key WHERE device_id = ?1", device))
    throw Failure(
        Code::not_found,
        "This device has never handed its key over (it does so at its first sync); without its passphrase "
        "nothing opens its replica.");
  InviteSecret secret{};
  ledger.random().fill(secret);
  const Ms now = ledger.now();
  sql::run(db, "DELETE FROM recovery WHERE device_id = ?1 OR expires_at < ?2", device, now);
  sql::run(
      db,
      "INSERT INTO recovery (id, device_id, secret_hash, expires_at, attempts) VALUES (?1, ?2, ?3, ?4, 0)",
      ledger.random().row_id(now), device, Bytes{std::string(bytes_of(sha256(bytes_of(secret))))},
      now + sync::kInviteMs);
  ledger.audit(by, "device.recover", device.text());
  return secret;
}

bool is_recoverable(sql::Connection& db, const Id& device, Ms now) {
  return open_code(db, device, now).has_value();
}

std::optional<std::string> redeem_recovery(Ledger& ledger, const Secret& sealing_key, const Id& device_id,
                                           std::string_view secret, std::string_view csr_pem) {
  sql::Connection& db = ledger.db();
  const auto device = find_device(db, device_id);
  const auto code = open_code(db, device_id, ledger.now());
  if (!device || !device->is_active() || !code) return std::nullopt;
  const std::string hash{bytes_of(sha256(secret))};
  if (sql::text(db, "SELECT secret_hash FROM recovery WHERE id = ?1", *code) != hash) {
    sql::run(db, "UPDATE recovery SET attempts = attempts + 1 WHERE id = ?1", *code);
    ledger.audit(owner_of(*device), "device.recover_refused", device_id.text());
    return std::nullopt;
  }
  const auto sealed = sql::text(db, "SELECT sealed FROM sealed_key WHERE device_id = ?1", device_id);
  const auto opened = sealed ? open_sealed_to(sealing_key, *sealed) : std::nullopt;
  const auto key = opened ? sync::data_key_in(opened->view(), device_id) : std::nullopt;
  if (!key)
    throw Failure(Code::corrupt,
                  "The device's sealed key does not open with seal.key; put back the copy you keep of it.");
  std::string out = seal_to_requester(csr_pem, *key);
  sql::run(db, "UPDATE recovery SET used_at = ?2 WHERE id = ?1", *code, ledger.now());
  ledger.audit(owner_of(*device), "device.recovered", device_id.text());
  return out;
}

}  // namespace relance::server
