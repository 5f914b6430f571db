// kill -9 in short form: what `./relance-dev kill` does for as long as one likes.
#include "tests/kill/cycles.h"
#include "tests/kill/points.h"
#include "tests/kill/purges.h"
#include "tests/kill/strace.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::e2e;

TEST_CASE("killed at random, clients and server lose nothing that was acknowledged and do nothing twice") {
  const test::TempDir dir;
  const CycleReport report = run_kill_cycles({.cycles = 50, .seed = 50, .directory = dir.path() / "run"});
  for (const std::string& finding : report.findings) FAIL_CHECK(finding);
  CHECK(report.cycles == 50);
  CHECK(report.clients_killed > 10);  // or it has cut nothing
  CHECK(report.servers_killed > 0);
}

#ifndef RELANCE_SANITIZED  // the leak checker cannot work under strace
TEST_CASE(
    "cut or failing at any of its writes, a command is done or is not, says which, and can be given again") {
  if (!can_trace()) {
    WARN(
        "SKIPPED: there is no strace here, or it may not trace; `./relance-dev kill --points` is the full "
        "form");
    return;
  }
  const test::TempDir dir;
  const PointReport report = run_points({.stories = {"edit", "sync", "init", "backup", "restore"},
                                         .every = 61,
                                         .directory = dir.path() / "run"});
  for (const std::string& finding : report.findings) FAIL_CHECK(finding);
  CHECK(report.stories == 5);
  CHECK(report.kill_points > 5);
  CHECK(report.error_points > 5);
}
#endif

TEST_CASE("purges that are killed at random, with server and laptop, leave nothing in any file") {
  const test::TempDir dir;
  const PurgeReport report =
      run_purges({.purges = 5, .seed = 7, .restore_every = 4, .directory = dir.path() / "run"});
  for (const std::string& finding : report.findings) FAIL_CHECK(finding);
  CHECK(report.purges == 5);
  CHECK(report.runs_killed > 0);  // or it has cut nothing
  CHECK(report.restores == 1);
  CHECK(report.needles > 100);
}
