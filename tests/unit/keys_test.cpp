// The passphrase, the envelope, and what is derived from the data key. Small scrypt costs: the rule is what is tested.
#include "client/keys.h"

#include <sys/stat.h>

#include <boost/json.hpp>
#include <fstream>

#include "host/failure.h"
#include "host/files.h"
#include "tests/test.hpp"

using namespace relance;
namespace fs = std::filesystem;

namespace {

constexpr ScryptCost kCheap{.n = 16, .r = 1, .p = 1};
constexpr std::string_view kPassphrase = "quatre mots à moi";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/relance-keys-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

template <typename Work>
Code code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return Code::internal;
}

void edit_envelope(const fs::path& path, const char* member, const boost::json::value& value) {
  boost::json::object file = boost::json::parse(read_file(path, 10'000)).as_object();
  file[member] = value;
  write_file_durably(path, boost::json::serialize(file), 0600);
}

}  // namespace

TEST_CASE("The right passphrase gives the data key back, a wrong one does not", "[keys]") {
  const TemporaryDirectory dir;
  const Secret key = make_data_key();
  KeyEnvelope::create(dir / "key", kPassphrase, key, kCheap);
  CHECK(KeyEnvelope::open(dir / "key", kPassphrase).view() == key.view());
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "key", "quatre mots a moi"); }) == Code::locked);
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "key", ""); }) == Code::locked);
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "other", kPassphrase); }) == Code::not_found);
}

TEST_CASE("The envelope is for its owner's eyes and holds no key in the clear", "[keys]") {
  const TemporaryDirectory dir;
  const Secret key = make_data_key();
  KeyEnvelope::create(dir / "key", kPassphrase, key, kCheap);
  struct stat facts {};
  REQUIRE(::stat((dir / "key").c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK(read_file(dir / "key", 10'000).find(hex(key.view())) == std::string::npos);
}

TEST_CASE("An envelope is never overwritten by a new one", "[keys]") {
  const TemporaryDirectory dir;
  const Secret key = make_data_key();
  KeyEnvelope::create(dir / "key", kPassphrase, key, kCheap);
  CHECK(code_of([&] { KeyEnvelope::create(dir / "key", kPassphrase, make_data_key(), kCheap); }) ==
        Code::exists);
  CHECK(KeyEnvelope::open(dir / "key", kPassphrase).view() == key.view());
}

TEST_CASE("A new passphrase opens the same data key, the old one no longer", "[keys]") {
  const TemporaryDirectory dir;
  const Secret key = make_data_key();
  KeyEnvelope::create(dir / "key", kPassphrase, key, kCheap);
  CHECK(code_of([&] {
          KeyEnvelope::rewrap(dir / "key", "not the old one", "another good phrase", kCheap);
        }) == Code::locked);
  CHECK(code_of([&] { KeyEnvelope::rewrap(dir / "key", kPassphrase, "short", kCheap); }) == Code::refused);
  CHECK(KeyEnvelope::open(dir / "key", kPassphrase).view() == key.view());
  KeyEnvelope::rewrap(dir / "key", kPassphrase, "another good phrase", kCheap);
  CHECK(KeyEnvelope::open(dir / "key", "another good phrase").view() == key.view());
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "key", kPassphrase); }) == Code::locked);
}

TEST_CASE("A destroyed envelope is gone, and destroying it twice is fine", "[keys]") {
  const TemporaryDirectory dir;
  KeyEnvelope::create(dir / "key", kPassphrase, make_data_key(), kCheap);
  KeyEnvelope::destroy(dir / "key");
  KeyEnvelope::destroy(dir / "key");
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "key", kPassphrase); }) == Code::not_found);
}

TEST_CASE("A damaged envelope is said to be damaged and costs no memory", "[keys]") {
  const TemporaryDirectory dir;
  const auto code_with = [&](const char* member, const boost::json::value& value) {
    KeyEnvelope::destroy(dir / "key");
    KeyEnvelope::create(dir / "key", kPassphrase, make_data_key(), kCheap);
    edit_envelope(dir / "key", member, value);
    return code_of([&] { (void)KeyEnvelope::open(dir / "key", kPassphrase); });
  };
  CHECK(code_with("format", 2) == Code::corrupt);
  CHECK(code_with("kdf", "none") == Code::corrupt);
  CHECK(code_with("n", std::uint64_t{1} << 40) == Code::corrupt);
  CHECK(code_with("n", 1000) == Code::corrupt);
  CHECK(code_with("r", 100) == Code::corrupt);
  CHECK(code_with("salt", "xyz") == Code::corrupt);
  CHECK(code_with("sealed", nullptr) == Code::corrupt);
  CHECK(code_with("n", 32) == Code::locked);  // another derivation, another key
  CHECK(code_with("sealed", "00") == Code::locked);
  write_file_durably(dir / "key", "not json", 0600);
  CHECK(code_of([&] { (void)KeyEnvelope::open(dir / "key", kPassphrase); }) == Code::corrupt);
}

TEST_CASE("Short and common passphrases are refused, with a sentence that helps", "[keys]") {
  for (const char* weak : {"", "onze lettre", "ééééééééééé", "azertyuiop123", "MotDePasse123",
                           "zzzzzzzzzzzzzzz", "Administrateur"})
    CHECK(code_of([&] { check_passphrase(weak); }) == Code::refused);
  CHECK_THROWS_WITH(check_passphrase("short"), Catch::Contains("at least 12 characters"));
  CHECK_NOTHROW(check_passphrase("douze lettres"));
  CHECK_NOTHROW(check_passphrase(kPassphrase));
}

TEST_CASE("The device's key opens with its data key only", "[keys]") {
  const Secret data_key = make_data_key(), other = make_data_key();
  const Secret pem("-----BEGIN PRIVATE KEY-----");
  const std::string sealed = seal_device_key(data_key, pem);
  CHECK(sealed.find("PRIVATE") == std::string::npos);
  CHECK(open_device_key(data_key, sealed).view() == pem.view());
  CHECK(code_of([&] { (void)open_device_key(other, sealed); }) == Code::wrong_key);
  CHECK(code_of([&] { (void)open_device_key(data_key, sealed.substr(1)); }) == Code::wrong_key);
}

TEST_CASE("The replica's key is derived, stable, and not the data key", "[keys]") {
  const Secret data_key = make_data_key();
  CHECK(replica_key(data_key).size() == 32);
  CHECK(replica_key(data_key).view() == replica_key(data_key.copy()).view());
  CHECK(replica_key(data_key).view() != data_key.view());
}

TEST_CASE("The full cost derives, and its memory is given back", "[keys]") {
  const auto resident_kib = [] {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return 0L;
  };
  const long before = resident_kib();
  CHECK(scrypt("passphrase", "salt", ScryptCost{}).size() == 32);
#ifdef RELANCE_SANITIZED
  // What is freed stays resident there, in the sanitizer's quarantine: the measure would be that of the quarantine.
  CHECK(before > 0);
#else
  CHECK(resident_kib() - before < 64 * 1024);
#endif
}
