// Bytes by their hash. See stored_files.h.
#include "server/stored_files.h"

#include <array>
#include <utility>

#include "host/digest.h"
#include "host/value_text.h"

namespace relance::server {

std::string store_file(Ledger& ledger, const Id& case_id, std::string_view bytes) {
  const Digest digest = sha256(bytes);
  sql::run(ledger.db(),
           "INSERT INTO stored_file (hash, case_id, stored_at, content) VALUES (?1, ?2, ?3, ?4)"
           " ON CONFLICT (hash, case_id) DO NOTHING",
           Bytes{std::string(bytes_of(digest))}, case_id, ledger.now(), Bytes{std::string(bytes)});
  return hex(bytes_of(digest));
}

std::optional<std::string> stored_file(sql::Connection& db, const Id& case_id, std::string_view hash_hex) {
  const auto hash = unhex(hash_hex);
  if (!hash) return std::nullopt;
  sql::Query q(db, "SELECT content FROM stored_file WHERE hash = ?1 AND case_id = ?2", Bytes{*hash}, case_id);
  if (!q.next()) return std::nullopt;
  return q.text(0);
}

std::string_view media_type_of(std::string_view name, std::string_view bytes) {
  if (bytes.starts_with("%PDF-")) return "application/pdf";
  if (bytes.starts_with("\x89PNG")) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kByName{
      {{".txt", "text/plain"},
       {".csv", "text/csv"},
       {".eml", "message/rfc822"},
       {".xml", "application/xml"},
       {".zip", "application/zip"}}};
  const std::string small = folded(name);
  for (const auto& [ending, type] : kByName)
    if (small.ends_with(ending)) return type;
  return "application/octet-stream";
}

}  // namespace relance::server
