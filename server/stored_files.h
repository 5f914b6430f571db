// Files of cases: letters as issued and documents. The bytes are stored once a case, under their SHA-256, and never
// change; what they are stands in the rows of letter and document.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/ledger.h"

namespace relance::server {

/// The largest file that is taken in.
inline constexpr std::size_t kStoredBytesMax = 32U << 20U;

/// Stores the bytes for a case, if they are not there yet; their SHA-256 in hex. REQUIRES: a Work is open.
std::string store_file(Ledger& ledger, const Id& case_id, std::string_view bytes);

/// The bytes of that hash on a case. Nothing when the office has none, or the hash is none.
[[nodiscard]] std::optional<std::string> stored_file(sql::Connection& db, const Id& case_id,
                                                     std::string_view hash_hex);

/// "application/pdf", from the first bytes and the name; application/octet-stream for what is not known.
[[nodiscard]] std::string_view media_type_of(std::string_view name, std::string_view bytes);

}  // namespace relance::server
