// Signed heads of the audit log: the office signs how far its chain goes, devices keep that and ask for it again, and
// what was signed is kept in the database and beside it (docs/decisions/017-audit.md).
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/openssl.h"
#include "server/audit_log.h"
#include "server/ledger.h"
#include "sync/audit.h"

namespace relance::server {

/// A head is kept after so many entries, or this long after the last.
inline constexpr std::int64_t kHeadEvery = 1'000;
inline constexpr Ms kHeadEveryMs = 24LL * 3600 * 1000;

/// Signs. Of many threads.
class AuditSigner {
 public:
  /// Failure{bad_file} if it is no Ed25519 key.
  explicit AuditSigner(std::string_view key_pem);

  [[nodiscard]] const std::string& public_key() const { return public_key_; }
  [[nodiscard]] bool has_signed(const sync::AuditHead& head) const;

  /// The chain's end, as it is in the snapshot of `db`; nothing before the first entry.
  [[nodiscard]] std::optional<sync::AuditHead> head_of(sql::Connection& db, Ms now);

  /// What an answer says: the head, and what stands in the places that the device asks about.
  /// REQUIRES: a transaction is open.
  [[nodiscard]] std::optional<sync::AuditWord> word_for(sql::Connection& db, const sync::AuditDemand& demand,
                                                        Ms now);

  /// Keeps the head of this Work's chain, where one is due or now. REQUIRES: a Work is open.
  void keep_when_due(Ledger& ledger);
  std::optional<sync::AuditHead> keep_now(Ledger& ledger);

 private:
  void keep(Ledger& ledger, const sync::AuditHead& head) const;
  [[nodiscard]] std::vector<sync::HeadPlace> places_of(sql::Connection& db, const sync::AuditDemand& demand,
                                                       Ms now);

  KeyPtr key_;
  std::string public_key_;
  std::mutex mutex_;
  sync::AuditHead last_;  // one signature serves everybody until the chain grows
  AuditTail
      recomputed_;  // so far, and then: the whole chain is not hashed again for every device of a morning
  Ms recomputed_at_ = 0;
  std::int64_t kept_seq_ = 0;
  Ms kept_at_ = 0;
};

/// The office's own, oldest first.
[[nodiscard]] std::vector<sync::AuditHead> kept_heads(sql::Connection& db);

/// Takes in what a device found; up to which moment of finding that was. Its word is kept as it is, with the head that
/// it was given: whether the office signed that is for `audit findings` to say.
[[nodiscard]] std::int64_t take_findings(Ledger& ledger, const Id& device,
                                         const std::vector<sync::AuditFinding>& found);

/// What devices have found and nobody has settled.
struct DeviceFinding {
  Id device;
  std::string owner;
  sync::AuditFinding finding;
};
[[nodiscard]] std::vector<DeviceFinding> open_findings(sql::Connection& db);
/// A person has looked into it; the number of findings. REQUIRES: a Work is open.
std::int64_t settle_findings(Ledger& ledger, const Author& author, const Id& device);

/// Another key from here on: the old one was lost, or is in wrong hands. The log names both; devices say once that they
/// were shown another. REQUIRES: a Work is open.
void take_other_key(Ledger& ledger, const Author& author, const AuditSigner& signer);

/// `fate_of` a head in this database.
[[nodiscard]] sync::HeadFate fate_in(sql::Connection& db, const sync::AuditHead& head);

/// What is wrong with kept heads and with the one that is kept outside the database: their signatures (by this key or
/// by one that the log says was replaced), and whether the chain still has them.
void check_heads(sql::Connection& db, std::string_view public_key,
                 const std::optional<sync::AuditHead>& outside, std::vector<std::string>& wrong);

}  // namespace relance::server
