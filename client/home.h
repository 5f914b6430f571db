// The agent's directory on one machine, 0700:
//
//   replica.db    everything, encrypted          replica.key   the data key, wrapped by the passphrase
//   device.key    the TLS key, sealed            device.crt    its certificate: written last, so it says "enrolled"
//   ca.crt        the office's CA                server        HOST:PORT
//   sync.lock     one sync at a time             holder.sock   where `unlock` serves the key
//   synced        its time is that of the last sync
//   seal.crt delivery.* unsent-*  what the office can open (client/office_seal.h); a last word outlives all else
//   destroyed     that a replica was here, and when it was destroyed
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "host/endpoint.h"
#include "host/files.h"
#include "host/secret.h"
#include "host/sql.h"

namespace relance::client {

class Home {
 public:
  Home(std::filesystem::path directory, bool allow_plaintext)
      : directory_(std::move(directory)), allow_plaintext_(allow_plaintext) {}

  /// --home, else RELANCE_HOME, else ~/.relance. Failure(usage) when there is none of them.
  [[nodiscard]] static std::filesystem::path locate(std::string_view chosen);

  [[nodiscard]] const std::filesystem::path& path() const { return directory_; }
  [[nodiscard]] std::filesystem::path file(std::string_view name) const { return directory_ / name; }

  [[nodiscard]] bool is_enrolled() const;
  [[nodiscard]] bool is_destroyed() const;

  [[nodiscard]] std::string certificate_pem() const;
  [[nodiscard]] std::string ca_pem() const;
  [[nodiscard]] Endpoint server() const;
  void keep_certificate(std::string_view pem) const;

  /// Failure(plaintext) where the engine does not encrypt and --allow-plaintext was not given.
  enum class Use { create, write, read };
  [[nodiscard]] std::unique_ptr<sql::Connection> open_replica(const Secret& data_key, Use use) const;
  [[nodiscard]] Secret device_key(const Secret& data_key) const;

  /// Notes that a sync just ended, without a commit or a wait for the disk: idle syncs write nothing else.
  void note_sync() const noexcept;
  /// When that was, by this machine's clock; 0 when never.
  [[nodiscard]] Ms noted_sync() const noexcept;

  /// The wrapped key first: from then on nothing here can be read. Then everything else; a note stays.
  void destroy(std::string_view note) const;
  /// Removes what a destruction that was cut has left; nothing where a new enrolment has begun since.
  /// REQUIRES: is_destroyed().
  void finish_destroying() const;
  /// Removes what an enrolment left that never became a replica. Keys are kept: a code may have been used on them.
  void clear_unfinished() const;

 private:
  void remove_all() const;

  std::filesystem::path directory_;
  bool allow_plaintext_ = false;
};

}  // namespace relance::client
