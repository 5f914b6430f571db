#include "server/enrolment.h"

#include "host/dated_rules.h"
#include "host/digest.h"
#include "host/failure.h"
#include "host/local_day.h"
#include "host/openssl.h"
#include "sync/limits.h"

namespace relance::server {
namespace {

[[noreturn]] void refuse() {
  throw Failure(Code::code_refused, std::string(facts_of(Code::code_refused).sentence));
}

constexpr std::size_t kMachineNameMax = 100;

struct Invite {
  Id id, staff_id;
  std::string role, user;
  bool is_used = false;
  std::optional<Id> device;
  std::string key_hash;
};

// Found by the whole secret's hash, so a guess names no invitation: there is none to lock after five of them, and a
// stranger cannot lock out whom he does not know. 128 random bits in 15 minutes need no lock.
std::optional<Invite> find_invite(sql::Connection& db, std::string_view secret, Ms now) {
  sql::Query q(db,
               "SELECT i.id, i.staff_id, s.role, s.name, i.used_at, i.device_id, i.key_hash FROM invite i "
               "JOIN staff s ON s.id = i.staff_id"
               " WHERE i.secret_hash = ?1 AND i.expires_at > ?2 AND s.state = 'active'",
               Bytes{std::string(bytes_of(sha256(secret)))}, now);
  if (!q.next()) return std::nullopt;
  Invite out{
      .id = q.id(0), .staff_id = q.id(1), .role = q.text(2), .user = q.text(3), .is_used = !q.is_null(4)};
  if (out.is_used) {
    out.device = q.maybe_id(5);
    out.key_hash = q.text(6);
  }
  return out;
}

}  // namespace

void enter_device(Ledger& ledger, const Id& device, const Id& staff_id, std::string_view machine_name,
                  std::string_view state) {
  const schema::Table& t = schema::table("device");
  sync::Op op{.kind = sync::OpKind::insert, .table = &t, .row = device};
  const auto give = [&](std::string_view column, Value value) {
    op.changes.push_back({schema::column(t, column), Null{}, std::move(value)});
  };
  give("staff_id", staff_id);
  give("state", std::string(state));
  give("enrolled_at", ledger.now());
  if (!machine_name.empty() && schema::is_utf8(machine_name) && machine_name.size() <= kMachineNameMax)
    give("name", std::string(machine_name));
  const Author owner{.staff_id = staff_id, .role = schema::office};
  if (ledger.apply_office(owner, "device.enter", {op}).status != sync::Status::applied)
    throw Failure(Code::refused, "The device could not be entered: its owner is not known here.");
  sql::run(ledger.db(),
           "INSERT INTO device_state (device_id, last_n, acked_n, durable_n, agent_cursor, common_cursor, "
           "whole_cursor,"
           " lease_until, last_sync_at, pending, lost_below, orders_due) VALUES (?1, 0, 0, 0, 0, 0, 0, ?2, "
           "0, 0, 0, 0)",
           device,
           ledger.now() + dated_span(ledger.db(), "lease_days", local_day(ledger.now()), sync::kLeaseMs));
}

void keep_device_key(Ledger& ledger, const Id& device, std::string_view certificate_pem) {
  const std::string key = public_key_of_certificate(certificate_pem);
  sql::run(ledger.db(),
           "INSERT INTO device_key (device_id, key_hash, public_key, issued_at) VALUES (?1, ?2, ?3, ?4) ON "
           "CONFLICT "
           "(device_id, key_hash) DO NOTHING",
           device, Bytes{std::string(bytes_of(sha256(key)))}, Bytes{key}, ledger.now());
}

InviteSecret make_invite(Ledger& ledger, const Author& by, const Id& staff_id) {
  InviteSecret secret{};
  ledger.random().fill(secret);
  const Ms now = ledger.now();
  // Codes that ran out are of no use to anybody.
  sql::run(ledger.db(), "DELETE FROM invite WHERE expires_at < ?1", now - sync::kInviteMs);
  sql::run(ledger.db(), "INSERT INTO invite (id, staff_id, secret_hash, expires_at) VALUES (?1, ?2, ?3, ?4)",
           ledger.random().row_id(now), staff_id, Bytes{std::string(bytes_of(sha256(bytes_of(secret))))},
           now + sync::kInviteMs);
  ledger.audit(by, "device.invite", staff_id.text());
  return secret;
}

bool is_invited(sql::Connection& db, std::string_view secret, Ms now) {
  return find_invite(db, secret, now).has_value();
}

Enrolled enrol_device(Ledger& ledger, const CertificateWithKey& ca, std::string_view secret,
                      std::string_view csr_pem, std::string_view machine_name) {
  sql::Connection& db = ledger.db();
  const auto invite = find_invite(db, secret, ledger.now());
  if (!invite) refuse();
  const std::string key_hash{bytes_of(sha256(public_key_of_request(csr_pem)))};
  if (invite->is_used && invite->key_hash != key_hash) refuse();
  const std::optional<Id> device = invite->device;
  Enrolled out{.staff_id = invite->staff_id, .role = invite->role, .user = invite->user};
  out.device_id = device ? *device : ledger.random().uuid();
  if (!device) enter_device(ledger, out.device_id, out.staff_id, machine_name, "active");
  out.certificate_pem = sign_device_request(ca, csr_pem, out.device_id, ledger.now());
  keep_device_key(ledger, out.device_id, out.certificate_pem);
  if (!device)
    sql::run(db, "UPDATE invite SET used_at = ?2, device_id = ?3, key_hash = ?4 WHERE id = ?1", invite->id,
             ledger.now(), out.device_id, Bytes{key_hash});
  return out;
}

}  // namespace relance::server
