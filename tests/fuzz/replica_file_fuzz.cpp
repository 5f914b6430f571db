// A replica from somebody else: its list of cases and its screens are read as the commands read them.
#include "client/case_view.h"
#include "client/replica.h"
#include "tests/fuzz/hostile_database.h"

namespace relance::fuzz {
namespace {

const std::string kToday = "2026-11-21";
constexpr std::size_t kCasesMax = 3;

HostileDatabase& replica() {
  static test::ManualClock clock;
  static HostileDatabase made(schema::Side::client, [](sql::Connection& db) {
    Id device, staff, epoch;
    device.bytes[1] = staff.bytes[2] = epoch.bytes[3] = 1;
    client::Replica::create(db, {.device_id = device, .staff_id = staff, .epoch = epoch}, clock.now());
  });
  return made;
}

void read_all(sql::Connection& db) {
  test::ManualClock clock;
  test::SeededRandom random(1);
  const client::Replica opened(db, clock, random);
  const auto each = [](auto work) { static_cast<void>(failure_of(work)); };  // each command fails for itself
  each([&] { static_cast<void>(opened.facts()); });
  each([&] { static_cast<void>(opened.verify_body()); });
  each([&] { static_cast<void>(opened.rescue_body()); });
  each([&] { static_cast<void>(client::list_cases(db, {.search = "texte"}, kToday)); });
  std::vector<client::CaseLine> lines;
  each([&] { lines = client::list_cases(db, {}, kToday); });
  if (lines.size() > kCasesMax) lines.resize(kCasesMax);
  for (const client::CaseLine& line : lines) {
    each([&] { static_cast<void>(client::case_text(db, Lang::fr, line)); });
    each([&] { static_cast<void>(client::case_json(db, Lang::en, line)); });
  }
}

}  // namespace
}  // namespace relance::fuzz

RELANCE_FUZZ_TARGET(replica_file, bytes) {
  using namespace relance;
  fuzz::replica().read(bytes, {.mode = sql::SqliteOptions::Mode::read_only}, fuzz::read_all);
}
