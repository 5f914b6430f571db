// Who read which case, when, on which device: noted by the office's own commands, told by devices, kept for as long as
// the retention rule of access logs says (docs/decisions/017-audit.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/intake.h"
#include "server/ledger.h"
#include "sync/audit.h"

namespace relance::server {

/// Notes that `author` reads a case at the office, or may read every one (no `case_id`); the same again within the hour
/// is the same reading. REQUIRES: a Work is open.
void note_read(Ledger& ledger, const Author& author, std::string_view action,
               const std::optional<Id>& case_id);

/// Takes in what a device has noted; the number through which it may forget. A case that is not here, erased or never
/// heard of, is passed over: nothing brings its id back. REQUIRES: a Work is open.
[[nodiscard]] std::int64_t take_reads(Ledger& ledger, const Device& device,
                                      const std::vector<sync::CaseRead>& reads);

struct ReadFilter {
  std::optional<Id> case_id;  // readings of this case, and those that could show every one
  std::string user;
  std::string from_on, to_on;  // days; empty: no bound
};
struct ReadLine {
  Ms at = 0;
  std::string user, device, action;
  std::string case_number;  // empty: every case
  Id device_id;
};
/// Newest first.
[[nodiscard]] std::vector<ReadLine> list_reads(sql::Connection& db, const ReadFilter& filter);

/// Months that an access log is kept: of the retention rule RC8 in force on `day`, else 12.
[[nodiscard]] std::int64_t months_of_access(sql::Connection& db, std::string_view day);
/// Removes readings of before that many months; how many. REQUIRES: a Work is open.
std::int64_t purge_reads(Ledger& ledger, std::string_view day);

}  // namespace relance::server
