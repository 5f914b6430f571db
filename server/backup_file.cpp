#include "server/backup_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>

#include "host/descriptor.h"
#include "host/digest.h"
#include "host/failure.h"
#include "host/files.h"
#include "host/openssl.h"
#include "host/sealing.h"
#include "schema/instant.h"
#include "server/database.h"
#include "sync/json.h"

namespace relance::server {
namespace {

namespace json = boost::json;

constexpr std::string_view kMagic = "relance backup 1\n";
constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kChunkBytes = 1 << 20;
constexpr std::int64_t kSealedBytesMax = 512LL << 20;  // the erasure ledger of centuries

[[noreturn]] void damaged(const std::filesystem::path& file) {
  throw Failure(Code::bad_file, "The backup " + file.string() +
                                    " is damaged or not whole; nothing was changed. Take another one.");
}

class OpenFile {
 public:
  OpenFile(const std::filesystem::path& path, int flags)
      : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (fd_.is_open()) return;
    if (errno == ENOENT) throw Failure(Code::not_found, "There is no backup at " + path.string() + ".");
    fail();
  }
  // What is there, at most `size` bytes.
  std::string read(std::size_t size) {
    std::string out(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t n = ::read(fd_.get(), out.data() + have, size - have);
      if (n < 0) fail();
      if (n == 0) break;
      have += static_cast<std::size_t>(n);
    }
    out.resize(have);
    return out;
  }
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  void sync() {
    if (::fsync(fd_.get()) != 0) fail();
  }

 private:
  [[noreturn]] void fail() const {
    const bool is_full = errno == ENOSPC || errno == EDQUOT;
    throw Failure(is_full ? Code::disk_full : Code::io,
                  "The file " + path_.string() +
                      (is_full ? " does not fit on its disk; nothing was changed."
                               : " cannot be read or written; look at its disk and rights."));
  }
  std::filesystem::path path_;
  Descriptor fd_;
};

json::object facts_json(const BackupFacts& facts) {
  return {{"epoch", facts.epoch},
          {"audit_seq", facts.audit_seq},
          {"taken_at", facts.taken_at},
          {"schema", facts.schema},
          {"ledger_head", facts.ledger_head}};
}

std::string text_of(const json::object& from, std::string_view name) {
  return std::string(sync::text_member(from, name).value_or(""));
}

BackupFacts facts_from(const json::object& from) {
  return {.epoch = text_of(from, "epoch"),
          .audit_seq = sync::integer_member(from, "audit_seq").value_or(0),
          .taken_at = sync::integer_member(from, "taken_at").value_or(0),
          .schema = static_cast<int>(sync::integer_member(from, "schema").value_or(0)),
          .ledger_head = text_of(from, "ledger_head")};
}

struct Opening {
  std::string line;
  json::object facts;
  std::int64_t sealed_bytes = 0, database_bytes = 0;
};

// The first two lines; the file then stands at the sealed part.
Opening read_opening(OpenFile& in, const std::filesystem::path& file) {
  if (in.read(kMagic.size()) != kMagic) damaged(file);
  Opening out;
  for (std::string c; (c = in.read(1)) != "\n"; out.line += c)
    if (c.empty() || out.line.size() > kLineBytesMax) damaged(file);
  const auto parsed = sync::parse_json(out.line);
  if (!parsed || !parsed->is_object()) damaged(file);
  out.facts = parsed->get_object();
  out.sealed_bytes = sync::integer_member(out.facts, "sealed_bytes").value_or(-1);
  out.database_bytes = sync::integer_member(out.facts, "database_bytes").value_or(-1);
  if (out.sealed_bytes < 1 || out.sealed_bytes > kSealedBytesMax || out.database_bytes < 1) damaged(file);
  return out;
}

std::string hash_of(const std::filesystem::path& path) {
  OpenFile in(path, O_RDONLY);
  Sha256 hash;
  for (std::string chunk; !(chunk = in.read(kChunkBytes)).empty();) hash.update(chunk);
  return hex(bytes_of(hash.finish()));
}

// Nobody but the key's holder wrote the sealed part, and it says what the database beside it is.
OpenedBackup read_sealed(const Secret& opened, const Opening& opening, const std::filesystem::path& file,
                         std::string& database_hash) {
  const auto parsed = sync::parse_json(opened.view());
  const json::object* from = parsed ? parsed->if_object() : nullptr;
  const json::object* files = from == nullptr ? nullptr : sync::object_member(*from, "files");
  auto key = from == nullptr ? std::nullopt : unhex(text_of(*from, "database_key"));
  if (files == nullptr || !key) damaged(file);
  OpenedBackup out{
      .facts = facts_from(opening.facts), .database_key = Secret::take(std::move(*key)), .files = {}};
  for (const auto& member : *files) {
    auto content =
        member.value().is_string() ? unhex(std::string_view(member.value().get_string())) : std::nullopt;
    if (!content) damaged(file);
    out.files[std::string(member.key())] = Secret::take(std::move(*content));
  }
  database_hash = text_of(*from, "database_sha256");
  json::object said = facts_json(out.facts);
  const json::object* sealed_facts = sync::object_member(*from, "facts");
  if (sealed_facts == nullptr || json::value(*sealed_facts) != json::value(std::move(said))) damaged(file);
  return out;
}

}  // namespace

BackupFacts facts_of_backup(sql::Connection& db, std::string_view ledger) {
  BackupFacts out{
      .epoch = sql::get_meta(db, "epoch").value_or(""), .schema = schema_of(db), .ledger_head = {}};
  sql::Query last(db, "SELECT seq, happened_at FROM audit_entry ORDER BY seq DESC LIMIT 1");
  if (last.next()) {
    out.audit_seq = last.integer(0);
    out.taken_at = last.integer(1);
  }
  if (!ledger.empty()) out.ledger_head = hex(bytes_of(sha256(ledger)));
  return out;
}

bool is_sealed_backup(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return false;
  return OpenFile(file, O_RDONLY).read(kMagic.size()) == kMagic;
}

void write_sealed_backup(const std::filesystem::path& file, std::string_view certificate_pem,
                         const BackupFacts& facts, const std::filesystem::path& database,
                         std::string_view database_key, const OfficeFiles& files) {
  json::object contents;
  for (const auto& [name, content] : files) contents[name] = hex(content.view());
  const json::object inside{{"facts", facts_json(facts)},
                            {"database_key", hex(database_key)},
                            {"database_sha256", hash_of(database)},
                            {"files", std::move(contents)}};
  std::string text = json::serialize(inside);
  const std::string sealed = seal_to(certificate_pem, text);
  wipe(text);
  json::object line = facts_json(facts);
  line["recipient"] = hex(bytes_of(fingerprint(certificate_pem)));
  line["sealed_bytes"] = sealed.size();
  line["database_bytes"] = std::filesystem::file_size(database);
  OpenFile out(file, O_WRONLY | O_CREAT | O_EXCL);
  out.write(kMagic);
  out.write(json::serialize(line) + "\n");
  out.write(sealed);
  OpenFile in(database, O_RDONLY);
  for (std::string chunk; !(chunk = in.read(kChunkBytes)).empty();) out.write(chunk);
  out.sync();
}

OpenedBackup open_sealed_backup(const std::filesystem::path& file, const Secret& key_pem,
                                const std::filesystem::path& database) {
  OpenFile in(file, O_RDONLY);
  const Opening opening = read_opening(in, file);
  const std::string sealed = in.read(static_cast<std::size_t>(opening.sealed_bytes));
  if (sealed.size() != static_cast<std::size_t>(opening.sealed_bytes)) damaged(file);
  const auto opened = open_sealed_to(key_pem, sealed);
  if (!opened)
    throw Failure(Code::wrong_key,
                  "The backup " + file.string() +
                      " is not sealed to this key (or is damaged): it needs the private key of the "
                      "certificate " +
                      text_of(opening.facts, "recipient").substr(0, 16) + "….");
  std::string expected;
  OpenedBackup out = read_sealed(*opened, opening, file, expected);
  Sha256 hash;
  {
    OpenFile to(database, O_WRONLY | O_CREAT | O_EXCL);
    for (std::string chunk; !(chunk = in.read(kChunkBytes)).empty();) {
      hash.update(chunk);
      to.write(chunk);
    }
  }
  if (hex(bytes_of(hash.finish())) != expected) {
    std::filesystem::remove(database);
    damaged(file);
  }
  return out;
}

}  // namespace relance::server
