// Who holds which case: hands cases over and takes them back, as the office's edits. The devices that will not
// hear of it at once are named, because their work on these cases will arrive late.
#pragma once

#include <string>
#include <vector>

#include "server/ledger.h"

namespace relance::server {

/// A device without contact for this long has not synced "lately".
inline constexpr Ms kLatelyMs = 24LL * 3600 * 1000;

struct SilentDevice {
  Id id;
  std::string owner, name;
  Ms last_sync_at = 0;  // 0: never
};

struct AssignReport {
  std::int64_t assigned = 0;         // cases that the agent did not hold before
  std::int64_t kept = 0;             // that he held already
  std::int64_t taken = 0;            // holdings that ended
  std::vector<SilentDevice> silent;  // of those who lost a case
};

/// Hands the cases to `staff`, who must be an active agent; present holders lose them unless `also`. With
/// `stand_in_until` (ISO day) he holds them beside them, until that day is over; who holds a case already keeps it.
/// REQUIRES: a Work is open. Errors: Failure{refused} where a rule forbids it: nothing of the Work may be kept.
[[nodiscard]] AssignReport assign_cases(Ledger& ledger, const Author& author, const Id& staff,
                                        const std::vector<Id>& cases, bool also, const std::string& today,
                                        const std::string& stand_in_until = {});

/// Ends what stand-ins hold whose last day is before `today`; how many holdings that were. REQUIRES, errors as above.
[[nodiscard]] std::int64_t end_stand_ins(Ledger& ledger, const Author& author, const std::string& today);

/// Ends what is held of the cases: by `staff`, or by everybody. REQUIRES and errors as above.
[[nodiscard]] AssignReport unassign_cases(Ledger& ledger, const Author& author,
                                          const std::optional<Id>& staff, const std::vector<Id>& cases,
                                          const std::string& today);

/// The cases that a member of staff holds.
[[nodiscard]] std::vector<Id> cases_held_by(sql::Connection& db, const Id& staff);

}  // namespace relance::server
