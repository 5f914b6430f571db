#include "server/doctor.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/endpoint.h"
#include "host/openssl.h"
#include "host/sqlite.h"

namespace relance::server {
namespace {

constexpr std::uintmax_t kDiskMinBytes =
    512ULL * 1024 * 1024;  // a purge's VACUUM needs the database's size again
constexpr Ms kClockToleranceMs = 5 * 60 * 1000;

Finding examine_engine() {
  return {
      "engine", sql::engine_encrypts(), sql::engine_description(),
      sql::engine_encrypts() ? "" : "run ./relance-dev setup, which installs SQLCipher 4.6, and build again"};
}

Finding examine_clock(CommandContext& context) {
  const Ms newest = sql::number(context.reading(), "SELECT max(happened_at) FROM audit_entry").value_or(0);
  const Ms now = context.clock.now();
  const bool ok = now + kClockToleranceMs >= newest;
  return {"clock", ok, "now " + instant_text(now) + ", newest entry " + instant_text(newest),
          ok ? "" : "this machine's clock is behind what it wrote itself: set it (timedatectl)"};
}

Finding examine_certificate(CommandContext& context) {
  const auto facts = facts_of_certificate(read_file(context.office().file("tls.crt"), 1 << 16));
  const auto ca = facts_of_certificate(read_file(context.office().file("ca.crt"), 1 << 16));
  const Ms now = context.clock.now();
  const bool ok = facts.not_before <= now && now < facts.not_after && now < ca.not_after;
  return {"certificate", ok,
          "server until " + instant_text(facts.not_after) + ", CA until " + instant_text(ca.not_after),
          ok ? "" : "restart `relance-server serve`, which renews its own; check the clock"};
}

Finding examine_disk(CommandContext& context) {
  const auto space = std::filesystem::space(context.directory());
  const std::uintmax_t database = std::filesystem::file_size(context.office().file("relance.db"));
  const std::uintmax_t wanted = std::max(kDiskMinBytes, 2 * database);
  const bool ok = space.available >= wanted;
  return {"disk", ok,
          std::to_string(space.available >> 20) + " MiB free, database " + std::to_string(database >> 20) +
              " MiB",
          ok ? ""
             : "free at least " + std::to_string(wanted >> 20) +
                   " MiB: purges and backups need twice the database"};
}

Finding examine_key(CommandContext& context) {
  struct stat facts {};
  const std::string file = context.office().file("server.key");
  if (stat(file.c_str(), &facts) != 0)
    return {"key", context.office().key().has_value(), "held by the service manager", ""};
  const bool ok = (facts.st_mode & 077U) == 0;
  return {"key", ok, "server.key is there" + std::string(ok ? " and private" : ", but others may read it"),
          ok ? "" : "chmod 600 " + file};
}

Finding examine_database(CommandContext& context) {
  const std::string wrong = sql::check_sqlite(context.reading(), true);
  return {"database", wrong.empty(), wrong.empty() ? "opens, and its file is whole" : wrong,
          wrong.empty() ? "" : "stop the server and restore the newest backup"};
}

bool can_connect(const Endpoint& at) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(at.host.c_str(), std::to_string(at.port).c_str(), &hints, &found) != 0) return false;
  bool connected = false;
  for (const addrinfo* one = found; one != nullptr && !connected; one = one->ai_next) {
    const int fd = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (fd < 0) continue;
    connected = ::connect(fd, one->ai_addr, one->ai_addrlen) == 0;
    ::close(fd);
  }
  freeaddrinfo(found);
  return connected;
}

Finding examine_reach(CommandContext& context) {
  const std::string address = context.office().announced();
  if (address.empty()) return {"reachability", false, "the server has never run", "relance-server serve"};
  const bool ok = can_connect(Endpoint::parse(address));
  return {"reachability", ok, address + (ok ? " answers" : " does not answer"),
          ok ? "" : "start `relance-server serve`, or open the port in the firewall"};
}

}  // namespace

std::vector<Finding> examine_office(CommandContext& context) {
  std::vector<Finding> out{examine_engine()};
  const auto look = [&](const char* check, auto examine) {
    try {
      out.push_back(examine(context));
    } catch (const Failure& failure) {
      out.push_back({check, false, failure.message(), ""});
    }
  };
  look("key", examine_key);
  look("database", examine_database);
  look("clock", examine_clock);
  look("certificate", examine_certificate);
  look("disk", examine_disk);
  look("reachability", examine_reach);
  return out;
}

}  // namespace relance::server
