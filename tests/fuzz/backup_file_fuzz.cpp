// A backup that somebody has had in his hands: it is opened and verified as restore does, before anything is replaced.
#include "server/case_view.h"
#include "server/database.h"
#include "tests/fuzz/hostile_database.h"

namespace relance::fuzz {
namespace {

HostileDatabase& office() {
  static HostileDatabase made(schema::Side::server, [](sql::Connection& db) {
    const test::ManualClock clock;
    test::SeededRandom random(1);
    server::create_office(db, clock, random, "Test");
  });
  return made;
}

void read_all(sql::Connection& db) {
  const auto each = [](auto work) { static_cast<void>(failure_of(work)); };  // each command fails for itself
  each([&] { server::require_schema(db); });
  each([&] { static_cast<void>(server::verify_office(db)); });
  each([&] { static_cast<void>(server::system_staff(db)); });
  std::vector<server::CaseLine> lines;
  each([&] { lines = server::list_cases(db, {}, "2026-11-21"); });
  for (const server::CaseLine& line : lines) {
    each([&] { static_cast<void>(server::case_text(db, line)); });
    each([&] { static_cast<void>(server::case_json(db, line)); });
  }
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(backup_file, bytes) {
  using namespace relance;
  fuzz::office().read(bytes, {.mode = sql::SqliteOptions::Mode::open}, fuzz::read_all);
}
