#include "server/office.h"

#include <toml++/toml.h>
#include <unistd.h>

#include <cstdlib>
#include <type_traits>
#include <utility>

#include "host/digest.h"
#include "host/failure.h"
#include "host/openssl.h"
#include "host/sqlite.h"
#include "server/database.h"

namespace relance::server {
namespace {

constexpr std::size_t kSmallFileMax = 64 * 1024;
constexpr mode_t kPrivate = 0600;
constexpr mode_t kPublic = 0644;

std::optional<std::string> read_key(const std::filesystem::path& directory) {
  // systemd hands credentials over in a directory of its own: then none lies in the data directory.
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  for (const std::filesystem::path& file :
       {credentials == nullptr ? std::filesystem::path{} : std::filesystem::path(credentials) / "server.key",
        directory / "server.key"}) {
    if (file.empty() || !std::filesystem::exists(file)) continue;
    std::string text = read_file(file, kSmallFileMax);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    auto key = unhex(text);
    if (!key || key->size() != 32)
      throw Failure(Code::corrupt,
                    "The key file " + file.string() +
                        " does not hold 64 hexadecimal digits; put back the copy you keep of it.");
    return key;
  }
  return std::nullopt;
}

template <class T>
void override_from(const toml::table& from, std::string_view name, T& setting) {
  const auto node = from[name];
  if (!node) return;
  // Exactly as it stands: toml++ would make an integer out of a number of ninety digits, and whatever one at that.
  using Written = std::conditional_t<std::is_integral_v<T>, std::int64_t, T>;
  const auto value = node.value_exact<Written>();
  bool fits = value.has_value();
  if constexpr (std::is_integral_v<T>) fits = fits && std::in_range<T>(*value);
  if (!fits)
    throw Failure(Code::bad_file, "relance.toml: the setting `" + std::string(name) +
                                      "` is of the wrong kind; `relance-server config --example` shows it.");
  setting = static_cast<T>(*value);
}

constexpr std::string_view kUnfinished =
    "relance.db.new";  // renamed to relance.db as the last step of `init`

// Keys without a database may be the only ones to a backup: they are not written over, unless `init` itself left them.
void require_no_office(const std::filesystem::path& directory) {
  const bool is_unfinished = std::filesystem::exists(directory / kUnfinished);
  for (const char* name : {"relance.db", "ca.key", "server.key"}) {
    const bool is_left_over = is_unfinished && std::string_view(name) != "relance.db";
    if (!is_left_over && std::filesystem::exists(directory / name))
      throw Failure(Code::exists,
                    "There is an office in " + directory.string() + " already; nothing was changed.");
  }
}

// Whoever comes second takes the first one's: a link is made, or it is there already.
void make_audit_key(const std::filesystem::path& file) {
  const std::filesystem::path making = file.string() + ".new-" + std::to_string(::getpid());
  write_file_durably(making, key_pem(*make_ed25519_key()).view(), kPrivate);
  std::error_code ignored, no_links;
  std::filesystem::create_hard_link(making, file, no_links);
  if (no_links && !std::filesystem::exists(file)) std::filesystem::rename(making, file);
  std::filesystem::remove(making, ignored);
  sync_directory(std::filesystem::absolute(file).parent_path());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::string line;
  for (const char c : text + "\n") {
    if (c != '\n')
      line += c;
    else if (!line.empty()) {
      out.push_back(line);
      line.clear();
    }
  }
  return out;
}

}  // namespace

std::filesystem::path Office::erasure_ledger() const { return file("erasure.ledger"); }

OfficeConfig parse_config(std::string_view text) {
  OfficeConfig config;
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw Failure(Code::bad_file, "relance.toml, line " + std::to_string(error.source().begin.line) +
                                      ", is not TOML; `relance-server config --example` shows the form.");
  }
  for (const auto& [name, node] : table) {
    static_cast<void>(node);
    const std::string_view key = name.str();
    if (key != "listen" && key != "workers" && key != "memory_mib" && key != "connections" &&
        key != "cache_mib")
      throw Failure(Code::bad_file, "relance.toml has the unknown setting `" + std::string(key) +
                                        "`; `relance-server config --example` lists those there are.");
  }
  override_from(table, "listen", config.listen);
  override_from(table, "workers", config.workers);
  override_from(table, "memory_mib", config.memory_mib);
  override_from(table, "connections", config.connections);
  override_from(table, "cache_mib", config.cache_mib);
  if (config.workers < 1 || config.workers > 256 || config.memory_mib < 16 || config.connections < 1 ||
      config.cache_mib < 1)
    throw Failure(Code::bad_file,
                  "relance.toml: workers must be 1 to 256, memory_mib at least 16, connections and cache_mib "
                  "at least 1.");
  if (config.memory_mib > kConfigMibMax || config.cache_mib > kConfigMibMax)
    throw Failure(Code::bad_file, "relance.toml: memory_mib and cache_mib may be " +
                                      std::to_string(kConfigMibMax) + " at most.");
  return config;
}

void Office::init(const std::filesystem::path& directory, std::string_view organisation,
                  const std::vector<std::string>& hosts, const Clock& clock, Random& random,
                  bool allow_plaintext, const Beginning& beginning) {
  if (!sql::engine_encrypts() && !allow_plaintext)
    throw Failure(Code::plaintext, std::string(facts_of(Code::plaintext).sentence));
  make_private_directory(directory);
  const std::filesystem::path making = directory / kUnfinished;
  require_no_office(directory);
  const Ms now = clock.now();
  const CertificateWithKey ca = make_ca(organisation, now);
  const CertificateWithKey tls =
      issue_server_certificate(ca, hosts, now);  // refuses a wrong --host before anything is written
  const CertificateWithKey sealing = issue_sealing_certificate(ca, now);
  std::string host_lines;
  for (const std::string& host : hosts) host_lines += host + "\n";
  std::optional<std::string> key;
  for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(making.string() + suffix);
  write_file_durably(making, "",
                     kPrivate);  // first: what follows is known as unfinished until it has its name
  if (sql::engine_encrypts()) {
    std::array<std::uint8_t, 32> raw{};
    random.fill(raw);
    key = std::string(bytes_of(raw));
    write_file_durably(directory / "server.key", hex(*key) + "\n", kPrivate);
  }
  write_file_durably(directory / "ca.key", ca.key_pem.view(), kPrivate);
  write_file_durably(directory / "ca.crt", ca.certificate_pem, kPublic);
  write_file_durably(directory / "tls.key", tls.key_pem.view(), kPrivate);
  write_file_durably(directory / "tls.crt", tls.certificate_pem, kPublic);
  write_file_durably(directory / "seal.key", sealing.key_pem.view(), kPrivate);
  write_file_durably(directory / "seal.crt", sealing.certificate_pem, kPublic);
  write_file_durably(directory / "hosts", host_lines, kPublic);
  write_file_durably(directory / "audit.key", key_pem(*make_ed25519_key()).view(), kPrivate);
  // The database last: a directory without one is no office, whatever a power cut left.
  {
    const auto db = sql::open_sqlite(making, {.key = key, .enforce_references = true});
    create_office(*db, clock, random, organisation);
    if (beginning) {
      Ledger ledger(*db, clock, random);
      Ledger::Work work(ledger);
      beginning(ledger, {.staff_id = system_staff(*db), .role = schema::office});
      work.commit();
    }
    RELANCE_ASSERT(sql::checkpoint_sqlite(*db));
  }
  std::filesystem::rename(making, directory / "relance.db");
  sync_directory(directory);
}

Office::Office(std::filesystem::path directory, bool allow_plaintext, Database database)
    : directory_(std::move(directory)) {
  if (database == Database::is_there && !std::filesystem::exists(file("relance.db")))
    throw Failure(Code::not_found, "There is no office in " + directory_.string() +
                                       "; make one with `relance-server --data DIR init`.");
  key_ = read_key(directory_);
  if (!key_ && !allow_plaintext)
    throw Failure(Code::plaintext, "The key file " + file("server.key").string() +
                                       " is missing; put back the copy you keep of it (a database without "
                                       "encryption needs --allow-plaintext).");
  if (std::filesystem::exists(file("relance.toml")))
    config_ = parse_config(read_file(file("relance.toml"), kSmallFileMax));
}

std::unique_ptr<sql::Connection> Office::connect(Use use, int cache_kib) const {
  auto db = sql::open_sqlite(
      file("relance.db"),
      {.mode = use == Use::write ? sql::SqliteOptions::Mode::open : sql::SqliteOptions::Mode::read_only,
       .key = key_,
       .enforce_references = true,
       .cache_kib = cache_kib});
  require_schema(*db);
  return db;
}

std::unique_ptr<sql::Connection> Office::open_copy(const std::filesystem::path& copy) const {
  return sql::open_sqlite(copy, {.key = key_, .enforce_references = true});
}

CertificateWithKey Office::ca() const {
  return {read_file(file("ca.crt"), kSmallFileMax), Secret::take(read_file(file("ca.key"), kSmallFileMax))};
}

Secret Office::audit_key() const {
  if (!std::filesystem::exists(file("audit.key"))) make_audit_key(file("audit.key"));
  return Secret::take(read_file(file("audit.key"), kSmallFileMax));
}

// Key and certificate are two files, and a cut renewal leaves those of two times, a restored machine none. The office
// signs its own, so whatever is not a fitting pair is made anew: no person has anything to decide here.
EdgeCertificate Office::certificate(const Clock& clock) const {
  const Ms now = clock.now();
  if (!has_fitting_certificate(now)) {
    const CertificateWithKey fresh = issue_server_certificate(ca(), hosts(), now);
    write_file_durably(file("tls.key"), fresh.key_pem.view(), kPrivate);
    write_file_durably(file("tls.crt"), fresh.certificate_pem, kPublic);
  }
  return {read_file(file("tls.crt"), kSmallFileMax), Secret::take(read_file(file("tls.key"), kSmallFileMax)),
          read_file(file("ca.crt"), kSmallFileMax)};
}

bool Office::has_fitting_certificate(Ms now) const {
  if (!std::filesystem::exists(file("tls.crt")) || !std::filesystem::exists(file("tls.key"))) return false;
  const std::string pem = read_file(file("tls.crt"), kSmallFileMax);
  const Secret key = Secret::take(read_file(file("tls.key"), kSmallFileMax));
  const CertificateFacts facts = facts_of_certificate(pem);
  return now <= facts.not_before + (facts.not_after - facts.not_before) / 3 * 2 && is_key_of(key.view(), pem);
}

CertificateWithKey Office::sealing(const Clock& clock) const {
  const bool has_key = std::filesystem::exists(file("seal.key"));
  if (!has_key && std::filesystem::exists(file("seal.crt")))
    throw Failure(Code::corrupt,
                  "The key " + file("seal.key").string() +
                      " is missing; put back the copy you keep of it. Without it, remove seal.crt as well: "
                      "devices then seal to a new key, and what they sealed to the old one is lost.");
  if (!has_key || !std::filesystem::exists(file("seal.crt"))) {
    // The certificate last: a key that was cut off from it has sealed nothing yet.
    const CertificateWithKey fresh = issue_sealing_certificate(ca(), clock.now());
    write_file_durably(file("seal.key"), fresh.key_pem.view(), kPrivate);
    write_file_durably(file("seal.crt"), fresh.certificate_pem, kPublic);
  }
  return {read_file(file("seal.crt"), kSmallFileMax),
          Secret::take(read_file(file("seal.key"), kSmallFileMax))};
}

std::vector<std::string> Office::hosts() const {
  if (!std::filesystem::exists(file("hosts"))) return {};
  return lines_of(read_file(file("hosts"), kSmallFileMax));
}

void Office::announce(const std::string& address) const {
  write_file_durably(file("address"), address + "\n", kPublic);
}

std::string Office::announced() const {
  if (!std::filesystem::exists(file("address"))) return {};
  const auto lines = lines_of(read_file(file("address"), kSmallFileMax));
  return lines.empty() ? std::string{} : lines.front();
}

std::string example_config() {
  const OfficeConfig d;
  return "# relance.toml, in the data directory. Every line is optional; these are the defaults.\n\n"
         "# Where the server listens. Port 0 lets the system pick one.\n"
         "listen = \"" +
         d.listen +
         "\"\n\n"
         "# Threads that handle requests. They wait for the writer's commit: more of them, more devices in "
         "one commit.\n"
         "workers = " +
         std::to_string(d.workers) +
         "\n\n"
         "# MiB of requests and answers held at once. Over it devices are told to come back a little later.\n"
         "memory_mib = " +
         std::to_string(d.memory_mib) +
         "\n\n"
         "# Open connections. Over it new ones are closed at once.\n"
         "connections = " +
         std::to_string(d.connections) +
         "\n\n"
         "# MiB of database pages that the writer keeps in memory; each reader keeps a quarter of it.\n"
         "cache_mib = " +
         std::to_string(d.cache_mib) + "\n";
}

}  // namespace relance::server
