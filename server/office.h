// The office's data directory: database, keys, certificates, and what the running server announced.
//
//   relance.db        everything, encrypted        server.key   its key, 0600 (or a systemd credential of that name)
//   ca.crt ca.key     the internal CA              tls.crt tls.key   the server's own certificate
//   seal.crt seal.key what devices seal to         backup.crt   what backups are encrypted to, once there is such a key
//   hosts             names given to init          address      host:port that `serve` last announced
//   relance.toml      overrides, if present        serve.lock   held while the server runs
//   erasure.ledger    every erasure ever made: it outlives a return to an old backup
//   backup.lock       held while a backup is made  relance.db.new    an `init` that was cut: it may be made again
//   audit.key         signs the audit log, 0600    audit.head        how far it was last signed
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/clock.h"
#include "host/files.h"
#include "host/sql.h"
#include "server/https_edge.h"
#include "server/ledger.h"
#include "server/pki.h"

namespace relance::server {

/// Names of whole databases that an upgrade or a restore keeps beside the office's, until the next purge.
inline constexpr std::string_view kKeptCopyPrefix = "relance.db.before-";

/// A tebibyte: more than any machine of an office has, and bytes and pages of it still fit their numbers.
inline constexpr std::int64_t kConfigMibMax = 1024 * 1024;

/// What relance.toml may override; `config --example` prints it with these defaults.
struct OfficeConfig {
  std::string listen = "127.0.0.1:8443";
  int workers = 16;               // threads that handle requests; they wait for the writer's commit
  std::int64_t memory_mib = 256;  // requests and answers held at once; over it devices are told to come back
  std::int64_t connections = 20'000;  // open connections; over it new ones are closed at once
  std::int64_t cache_mib = 64;        // database pages kept by the writer; readers keep a quarter each
};

class Office {
 public:
  /// What a new office begins with: its first rows, written before the database has its name.
  using Beginning = std::function<void(Ledger&, const Author&)>;
  /// Makes a new office in `directory`. Failure{exists} if there is one.
  static void init(const std::filesystem::path& directory, std::string_view organisation,
                   const std::vector<std::string>& hosts, const Clock& clock, Random& random,
                   bool allow_plaintext, const Beginning& beginning = {});

  /// Failure{not_found} where there is no office. A restore needs the keys only.
  enum class Database { is_there, may_be_missing };
  Office(std::filesystem::path directory, bool allow_plaintext, Database database = Database::is_there);

  enum class Use { write, read };
  /// A connection of its own for each thread and command.
  [[nodiscard]] std::unique_ptr<sql::Connection> connect(Use use, int cache_kib = 16 * 1024) const;
  [[nodiscard]] std::unique_ptr<sql::Connection> open_copy(const std::filesystem::path& file) const;

  [[nodiscard]] CertificateWithKey ca() const;
  /// The Ed25519 key that signs the audit log, PEM; made where there is none: in an office of before there were any.
  [[nodiscard]] Secret audit_key() const;
  /// The server's certificate, issued anew when two thirds of its life are over or its key is not there.
  [[nodiscard]] EdgeCertificate certificate(const Clock& clock) const;
  /// What devices seal their keys and unsent edits to; made where there is none yet. Failure{corrupt} when the key is
  /// missing beside its certificate: what was sealed to it would be lost unsaid.
  [[nodiscard]] CertificateWithKey sealing(const Clock& clock) const;
  [[nodiscard]] std::vector<std::string> hosts() const;
  [[nodiscard]] const OfficeConfig& config() const { return config_; }
  [[nodiscard]] const std::optional<std::string>& key() const { return key_; }
  [[nodiscard]] std::filesystem::path file(std::string_view name) const { return directory_ / name; }

  /// What was ever erased, outside the database.
  [[nodiscard]] std::filesystem::path erasure_ledger() const;

  void announce(const std::string& address) const;
  [[nodiscard]] std::string announced() const;
  /// Held by `serve`; nothing when another process has it.
  [[nodiscard]] std::optional<LockFile> serve_lock() const { return LockFile::try_lock(file("serve.lock")); }

 private:
  [[nodiscard]] bool has_fitting_certificate(Ms now) const;

  std::filesystem::path directory_;
  std::optional<std::string> key_;  // 32 raw bytes
  OfficeConfig config_;
};

/// What relance.toml says. Failure{bad_file} with the place where it is wrong.
[[nodiscard]] OfficeConfig parse_config(std::string_view text);

/// relance.toml with every setting, its default and its consequence.
[[nodiscard]] std::string example_config();

}  // namespace relance::server
