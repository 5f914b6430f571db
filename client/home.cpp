#include "client/home.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>

#include "client/keys.h"
#include "host/descriptor.h"
#include "host/failure.h"
#include "host/sqlite.h"

namespace relance::client {
namespace {

constexpr std::size_t kPemBytesMax = 64 * 1024;  // keys and certificates are under 4 KiB
constexpr std::size_t kAddressBytesMax = 1024;   // a host name has at most 253
constexpr int kReplicaCacheKib = 8 * 1024;       // of pages; a sync stays within 64 MiB in all
constexpr std::string_view kDatabaseFiles[] = {"replica.db", "replica.db-wal", "replica.db-shm"};

bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

std::filesystem::path Home::locate(std::string_view chosen) {
  if (!chosen.empty()) return std::filesystem::absolute(chosen);
  if (const char* home = std::getenv("RELANCE_HOME"); home != nullptr && *home != '\0')
    return std::filesystem::absolute(home);
  if (const char* user = std::getenv("HOME"); user != nullptr && *user != '\0')
    return std::filesystem::path(user) / ".relance";
  throw Failure(Code::usage, "There is no home directory to keep the replica in; name one with --home.");
}

bool Home::is_enrolled() const { return is_there(file("device.crt")) && is_there(file("replica.db")); }
bool Home::is_destroyed() const { return is_there(file("destroyed")); }

std::string Home::certificate_pem() const { return read_file(file("device.crt"), kPemBytesMax); }
std::string Home::ca_pem() const { return read_file(file("ca.crt"), kPemBytesMax); }
Endpoint Home::server() const { return Endpoint::parse(read_file(file("server"), kAddressBytesMax)); }
void Home::keep_certificate(std::string_view pem) const { write_file_durably(file("device.crt"), pem, 0600); }

std::unique_ptr<sql::Connection> Home::open_replica(const Secret& data_key, Use use) const {
  using Mode = sql::SqliteOptions::Mode;
  if (!sql::engine_encrypts() && !allow_plaintext_)
    throw Failure(Code::plaintext, std::string(facts_of(Code::plaintext).sentence));
  sql::SqliteOptions options{.mode = use == Use::create  ? Mode::create
                                     : use == Use::write ? Mode::open
                                                         : Mode::read_only,
                             .cache_kib = kReplicaCacheKib};
  Secret key;
  if (sql::engine_encrypts()) {
    key = replica_key(data_key);
    options.key = std::string(key.view());
  }
  auto db = sql::open_sqlite(file("replica.db"), options);
  if (options.key) wipe(*options.key);
  return db;
}

Secret Home::device_key(const Secret& data_key) const {
  return open_device_key(data_key, read_file(file("device.key"), kPemBytesMax));
}

void Home::note_sync() const noexcept {
  const Descriptor note(::open(file("synced").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (note.is_open()) ::futimens(note.get(), nullptr);
}

Ms Home::noted_sync() const noexcept {
  struct stat facts {};
  if (::stat(file("synced").c_str(), &facts) != 0) return 0;
  return Ms{facts.st_mtim.tv_sec} * 1000 + facts.st_mtim.tv_nsec / 1'000'000;
}

void Home::destroy(std::string_view note) const {
  write_file_durably(file("destroyed"), note, 0600);  // first: a cut in between leaves no puzzle
  remove_all();
}

void Home::finish_destroying() const {
  // The key goes first: one that is here without a replica is of an enrolment that was cut in its turn.
  if (is_enrolled() || !is_there(file("replica.key"))) remove_all();
}

void Home::remove_all() const {
  KeyEnvelope::destroy(file("replica.key"));
  destroy_file(file("device.key"));
  for (const std::string_view name : kDatabaseFiles) destroy_file(file(name));
  for (const std::string_view name :
       {"device.crt", "ca.crt", "server", "synced", "seal.crt", "delivery.key", "delivery.crt"})
    destroy_file(file(name));
}

void Home::clear_unfinished() const {
  for (const std::string_view name : kDatabaseFiles) destroy_file(file(name));
}

}  // namespace relance::client
