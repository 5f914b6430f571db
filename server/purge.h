// A purge, from its plan to its proof (docs/decisions/016-erasure.md):
//
//   planned ── approve ──> approved ── run ──> running ── all erased ──> scanning ── nothing found ──> done
//
// Each step is durable and is gone on with after a crash. What is erased is server/erasure.h's matter; what may be
// erased is rules/retention.h's. Orders from outside (GDPR art. 17, the end of a mandate) go the same way.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/erasure.h"
#include "server/erasure_ledger.h"
#include "server/office.h"
#include "server/retention.h"

namespace relance::server {

/// Where the list of erasures stands, and by which key the database's file is read.
struct ErasureSite {
  std::filesystem::path ledger;
  std::optional<std::string> key;
};
[[nodiscard]] ErasureSite erasure_site(const Office& office);

enum class PurgeOrigin : std::uint8_t { retention, request, mandate_end, court };
[[nodiscard]] std::string_view name_of(PurgeOrigin origin);
[[nodiscard]] std::optional<PurgeOrigin> parse_purge_origin(std::string_view word);

struct PurgeItem {
  Id case_id;
  std::string number;   // empty once it is erased
  std::string state;    // planned, blocked or erased
  std::string rule;     // code
  std::string due_on;   // ISO day
  std::string blocked;  // code of what stands in the way
  std::int64_t rows = 0, vouchers = 0;
  std::string vouchers_until;
};

struct PurgeRun {
  Id id;
  std::string state, origin, ground;
  Ms planned_at = 0, approved_at = 0, begun_at = 0, ended_at = 0;
  std::string planned_by, approved_by;  // names
  Id planned_by_id;
  std::int64_t cases_in_all = 0;
  bool is_brake_released = false;
  std::int64_t scanned_bytes = 0, needles = 0, residue = 0;
  std::int64_t planned = 0, blocked = 0, erased = 0, rows = 0, vouchers = 0;
};

struct PurgePlan {
  PurgeRun run;
  std::vector<PurgeItem> items;
  /// Against the plan before, where there was one: case numbers.
  std::vector<std::string> added, removed;
};

struct PurgeWish {
  PurgeOrigin origin = PurgeOrigin::retention;
  std::string ground;     // mandatory for an order from outside
  std::vector<Id> cases;  // of such an order
};

/// What would go today, what stands in the way of the rest. Replaces the plan before, if nobody approved it.
/// REQUIRES: a Work is open (roll it back for a dry run).
[[nodiscard]] PurgePlan plan_purge(Ledger& ledger, const Author& author, const PurgeWish& wish,
                                   CivilDate today);

/// By another person than who planned it, where the plan is above the threshold (dated rule purge_alone_max_cases) or
/// comes from outside. Errors: Failure{refused} with the reason. REQUIRES: a Work is open.
void approve_purge(Ledger& ledger, const Author& author, const PurgeRun& run, bool releases_brake);

/// Erases what the run planned, batch by batch, then proves it. `progress(done, total)`. May be called again at any
/// time until the run is done. Errors: Failure{refused} by the brake (dated rule purge_brake_percent), {busy} where the
/// database cannot be rewritten now: all that was erased stays erased, and the proof is tried again.
/// Returns how many copies of the database, kept beside it by an upgrade or a restore, went too: they held it all.
std::int64_t run_purge(const ErasureSite& site, Ledger& ledger, const Author& author, const Id& run,
                       const std::function<void(std::int64_t, std::int64_t)>& progress);

/// Newest first. Failure{not_found} where `id` names none.
[[nodiscard]] std::vector<PurgeRun> purge_runs(sql::Connection& db);
[[nodiscard]] PurgeRun purge_run(sql::Connection& db, const Id& id);
[[nodiscard]] std::vector<PurgeItem> purge_items(sql::Connection& db, const Id& run);

struct PurgeDevice {
  Id device;
  std::string owner;
  std::int64_t due = 0, done = 0, verified = 0, wiped = 0, expired = 0;
  Ms last_sync_at = 0, lease_until = 0;
};
/// Devices that ever held a case of the run, and what they answered.
[[nodiscard]] std::vector<PurgeDevice> purge_devices(sql::Connection& db, const Id& run);

/// Logs, vouchers and journals whose own time is over; how many rows went. REQUIRES: a Work is open.
std::int64_t purge_records(Ledger& ledger, CivilDate today);

/// Erases again what a database put back from before has forgotten it erased. Nothing to do is the usual case.
/// How many cases. Errors: Failure{corrupt} where the file is shorter than what the database knows, or another one.
std::int64_t replay_erasures(const ErasureSite& site, Ledger& ledger);

}  // namespace relance::server
