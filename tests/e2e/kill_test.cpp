// kill -9 in short form: what `./relance-dev kill` does for as long as one likes.
#include "tests/kill/cycles.h"
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
