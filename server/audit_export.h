// The audit log outside the database: the head that lies beside it, and the export that a verifier reads who trusts
// neither this program nor its database (docs/protocol.md, "The audit log").
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/audit_heads.h"
#include "server/office.h"

namespace relance::server {

/// A head as one line of JSON.
[[nodiscard]] std::string head_json(const sync::AuditHead& head);
/// Nothing where the text is none.
[[nodiscard]] std::optional<sync::AuditHead> read_head_json(std::string_view text);

/// The head in the file audit.head; nothing where there is none yet. Failure{corrupt} where it cannot be read.
[[nodiscard]] std::optional<sync::AuditHead> outside_head(const Office& office);

struct SignReport {
  std::optional<sync::AuditHead> head;
  std::vector<std::string> wrong;  // then nothing was signed: what was signed before stays as the witness
};
/// Signs the end of the chain, keeps that in the database and beside it. Never over a head that it contradicts.
[[nodiscard]] SignReport sign_audit(const Office& office, Ledger& ledger);
/// The newest head that the database keeps, put beside it where it is newer than the one there. For the server, which
/// keeps heads with its commits; `db` reads.
void keep_outside(const Office& office, sql::Connection& db);

struct ExportReport {
  std::int64_t entries = 0;
  std::int64_t heads = 0;
  std::vector<std::string> wrong;  // then the export says so and bears no signature of today
};
/// Writes the log line by line: ids, codes, times and hashes. `outside`: the head beside the database.
[[nodiscard]] ExportReport export_audit(sql::Connection& db, AuditSigner& signer,
                                        const std::optional<sync::AuditHead>& outside, Ms now,
                                        const std::function<void(std::string_view)>& write);

}  // namespace relance::server
