// The office's database: made by init, opened by every command and by the server.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "host/clock.h"
#include "host/sql.h"

namespace relance::server {

/// The account in whose name the server itself writes: imports, assignments, what no person signs.
inline constexpr std::string_view kSystemStaff = "system";

/// Creates every table and the first rows (epoch, the system account, the office's own device).
/// REQUIRES: an empty database.
void create_office(sql::Connection& db, const Clock& clock, Random& random, std::string_view organisation);

/// The schema version that the database says it has. Failure{corrupt} when it says none.
[[nodiscard]] int schema_of(sql::Connection& db);

/// Brings an older database to this program's schema. REQUIRES: a write transaction is open.
void upgrade_schema(sql::Connection& db);

/// Refuses a database of another schema version, with the remedy. Errors: Failure{upgrade_required, corrupt}.
void require_schema(sql::Connection& db);

[[nodiscard]] Id system_staff(sql::Connection& db);

/// What `verify` finds wrong, one sentence each; empty when all is well: file, references, words, feeds against
/// assignments, audit chain. Also of a database of an older schema.
[[nodiscard]] std::vector<std::string> verify_office(sql::Connection& db);

}  // namespace relance::server
