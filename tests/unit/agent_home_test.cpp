// The agent's directory, its keys in memory, and the small readings of its command line.
#include <thread>

#include "client/desk.h"
#include "client/key_holder.h"
#include "client/keys.h"
#include "host/sqlite.h"
#include "tests/support/world.h"
#include "tests/test.hpp"

using namespace relance;
using namespace relance::client;
using relance::test::TempDir;

namespace {

constexpr ScryptCost kCheap{.n = 1024};  // the cost of a guess is not what is tested here
constexpr std::string_view kPassphrase = "quatre mots bien choisis";

// A home with a key and a replica, as an enrolment leaves it.
struct EnrolledHome {
  EnrolledHome() : home(dir.path() / "home", true), key(make_data_key()) {
    make_private_directory(home.path());
    KeyEnvelope::create(home.file("replica.key"), kPassphrase, key, kCheap);
    test::SeededRandom random(7);
    const auto db = home.open_replica(key, Home::Use::create);
    Replica::create(*db,
                    {.device_id = random.uuid(),
                     .staff_id = random.uuid(),
                     .role = schema::agent,
                     .epoch = random.uuid()},
                    SystemClock().now());
    write_file_durably(home.file("server"), "127.0.0.1:1", 0600);
    home.keep_certificate("none yet");
  }
  TempDir dir;
  Home home;
  Secret key;
};

}  // namespace

TEST_CASE("spans of time are read with their unit, within a day") {
  using namespace std::chrono_literals;
  CHECK(parse_span("90") == 90s);
  CHECK(parse_span("30s") == 30s);
  CHECK(parse_span("10m") == 10min);
  CHECK(parse_span("24h") == 24h);
  for (const char* wrong :
       {"", "0", "-1", "25h", "1d", "m", "10 m", "1.5h", "99999999999999999999", "86401"}) {
    INFO(wrong);
    CHECK_FALSE(parse_span(wrong).has_value());
  }
}

TEST_CASE("a home is enrolled once its certificate is there, and opens with its own key only") {
  const EnrolledHome one;
  CHECK(one.home.is_enrolled());
  CHECK_NOTHROW(one.home.open_replica(one.key, Home::Use::read));
  if (sql::engine_encrypts())
    CHECK_THROWS_AS(one.home.open_replica(make_data_key(), Home::Use::read), Failure);
  CHECK_FALSE(Home(one.dir.path() / "empty", true).is_enrolled());
}

TEST_CASE("destroying leaves a note and nothing else that could be read") {
  const EnrolledHome one;
  one.home.destroy("wiped\n");
  CHECK_FALSE(one.home.is_enrolled());
  CHECK(one.home.is_destroyed());
  for (const auto& entry : std::filesystem::directory_iterator(one.home.path()))
    CHECK(entry.path().filename() == "destroyed");
  CHECK_NOTHROW(one.home.destroy("wiped\n"));  // a cut wipe is done again
}

TEST_CASE("the time of an idle sync is kept without a commit") {
  const EnrolledHome one;
  CHECK(one.home.noted_sync() == 0);
  one.home.note_sync();
  CHECK(std::abs(one.home.noted_sync() - SystemClock().now()) < 5'000);
}

TEST_CASE("a key holder serves the key until it is told to stop") {
  const EnrolledHome one;
  CHECK_FALSE(ask_key_holder(one.home).has_value());
  CHECK_FALSE(stop_key_holder(one.home));
  REQUIRE(start_key_holder(one.home, one.key, std::chrono::seconds(30)));
  for (int i = 0; i < 3; ++i) {
    const auto served = ask_key_holder(one.home);
    REQUIRE(served.has_value());
    CHECK(served->view() == one.key.view());
  }
  const auto mode = std::filesystem::status(one.home.file("holder.sock")).permissions();
  CHECK((mode & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) ==
        std::filesystem::perms::none);
  CHECK(stop_key_holder(one.home));
  CHECK_FALSE(ask_key_holder(one.home).has_value());
}

TEST_CASE("a key holder forgets the key when nobody asks") {
  const EnrolledHome one;
  REQUIRE(start_key_holder(one.home, one.key, std::chrono::seconds(1)));
  CHECK(ask_key_holder(one.home).has_value());
  std::this_thread::sleep_for(std::chrono::milliseconds(1'600));
  CHECK_FALSE(ask_key_holder(one.home).has_value());
}

TEST_CASE("a home whose path is longer than a socket's name may be serves its key too") {
  const TempDir dir;
  const Home home(dir.path() / std::string(120, 'x'), true);
  make_private_directory(home.path());
  const Secret key = make_data_key();
  REQUIRE(start_key_holder(home, key, std::chrono::seconds(30)));
  CHECK(ask_key_holder(home).has_value());
  CHECK(stop_key_holder(home));
}
