// Durable small files, their rights, and lock files.
#include "host/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "host/failure.h"
#include "tests/test.hpp"

using namespace relance;
namespace fs = std::filesystem;

namespace {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/relance-files-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

mode_t mode_of(const fs::path& path) {
  struct stat facts {};
  REQUIRE(::stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

template <typename Work>
Code code_of(Work work) {
  try {
    work();
  } catch (const Failure& failure) {
    return failure.code();
  }
  return Code::internal;
}

std::size_t entries(const fs::path& directory) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory), fs::directory_iterator()));
}

}  // namespace

TEST_CASE("A written file reads back, with its rights whatever the umask", "[files]") {
  const TemporaryDirectory dir;
  const mode_t before = ::umask(0077);
  write_file_durably(dir / "public.pem", "certificate", 0644);
  ::umask(0);
  write_file_durably(dir / "key.pem", std::string("\0key", 4), 0600);
  ::umask(before);
  CHECK(read_file(dir / "key.pem", 100) == std::string("\0key", 4));
  CHECK(mode_of(dir / "key.pem") == 0600);
  CHECK(mode_of(dir / "public.pem") == 0644);
}

TEST_CASE("Replacing a file leaves one file with the new content and rights", "[files]") {
  const TemporaryDirectory dir;
  write_file_durably(dir / "a", "old", 0644);
  write_file_durably(dir / "a", "new", 0600);
  CHECK(read_file(dir / "a", 100) == "new");
  CHECK(mode_of(dir / "a") == 0600);
  CHECK(entries(dir.path()) == 1);
}

TEST_CASE("A failed write leaves the old content and no litter", "[files]") {
  const TemporaryDirectory dir;
  fs::create_directory(dir / "taken");
  std::ofstream(dir / "taken" / "x") << "x";
  CHECK(code_of([&] { write_file_durably(dir / "taken", "new", 0600); }) ==
        Code::io);  // a directory stands there
  CHECK(entries(dir.path()) == 1);
  CHECK(code_of([&] { write_file_durably(dir / "no/such/place", "new", 0600); }) == Code::not_found);
}

TEST_CASE("Reading says what is absent, too large, or a directory", "[files]") {
  const TemporaryDirectory dir;
  write_file_durably(dir / "big", std::string(100'001, 'x'), 0600);
  CHECK(read_file(dir / "big", 100'001).size() == 100'001);
  CHECK(code_of([&] { (void)read_file(dir / "big", 100'000); }) == Code::too_large);
  CHECK(code_of([&] { (void)read_file(dir / "absent", 10); }) == Code::not_found);
  CHECK(code_of([&] { (void)read_file(dir.path(), 10); }) == Code::io);
  CHECK(code_of([&] { (void)read_file("/dev/zero", 10'000); }) == Code::too_large);
}

TEST_CASE("Failures name the path", "[files]") {
  CHECK_THROWS_WITH(read_file("/tmp/relance-no-such-file", 10), Catch::Contains("/tmp/relance-no-such-file"));
}

TEST_CASE("A destroyed file is overwritten before it goes", "[files]") {
  const TemporaryDirectory dir;
  write_file_durably(dir / "key", std::string(70'000, 'k'), 0600);
  fs::create_hard_link(dir / "key", dir / "second_name");
  destroy_file(dir / "key");
  CHECK_FALSE(fs::exists(dir / "key"));
  CHECK(read_file(dir / "second_name", 100'000) == std::string(70'000, '\0'));
  destroy_file(dir / "key");  // absent is fine
}

TEST_CASE("A private directory is made with its parents for the owner only", "[files]") {
  const TemporaryDirectory dir;
  const mode_t before = ::umask(0);
  make_private_directory(dir / "a/b/c");
  ::umask(before);
  CHECK(mode_of(dir / "a/b/c") == 0700);
  CHECK(mode_of(dir / "a") == 0700);
  make_private_directory(dir / "a/b/c");
  write_file_durably(dir / "file", "", 0600);
  CHECK(code_of([&] { make_private_directory(dir / "file"); }) == Code::exists);
}

TEST_CASE("One holder at a time has the lock", "[files]") {
  const TemporaryDirectory dir;
  auto first = LockFile::try_lock(dir / "lock");
  REQUIRE(first);
  CHECK_FALSE(LockFile::try_lock(dir / "lock"));
  CHECK(code_of([&] { (void)LockFile::wait(dir / "lock", std::chrono::milliseconds(50)); }) == Code::busy);
  LockFile moved = std::move(*first);
  first.reset();
  CHECK_FALSE(LockFile::try_lock(dir / "lock"));
  { const LockFile gone = std::move(moved); }
  CHECK(LockFile::try_lock(dir / "lock"));
  (void)LockFile::wait(dir / "lock", std::chrono::milliseconds(50));
}
