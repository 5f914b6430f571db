// POSIX files with every return value looked at.
#include "host/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "host/descriptor.h"
#include "host/failure.h"

namespace relance {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockPoll{20};  // flock has no deadline of its own

[[noreturn]] void fail(int error, std::string_view what, const fs::path& path) {
  const std::string place = "'" + path.string() + "'";
  if (error == ENOSPC || error == EDQUOT)
    throw Failure(Code::disk_full, "Cannot " + std::string(what) + " " + place +
                                       ": the disk is full or over quota; free some space and try again.");
  if (error == ENOENT || error == ENOTDIR)
    throw Failure(Code::not_found,
                  "Cannot " + std::string(what) + " " + place + ": it does not exist; check the path.");
  if (error == EACCES || error == EPERM)
    throw Failure(Code::io, "Cannot " + std::string(what) + " " + place +
                                ": not permitted for this account; check owner and rights.");
  if (error == EROFS)
    throw Failure(Code::io, "Cannot " + std::string(what) + " " + place + ": the file system is read-only.");
  if (error == EISDIR)
    throw Failure(Code::io, "Cannot " + std::string(what) + " " + place + ": it is a directory, not a file.");
  throw Failure(Code::io, "Cannot " + std::string(what) + " " + place + ": " + std::strerror(error) +
                              "; check the disk.");
}

int open_file(const fs::path& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

void write_all(int fd, std::string_view content, const fs::path& path) {
  while (!content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno, "write", path);
    content.remove_prefix(static_cast<std::size_t>(n));
  }
}

void sync_file(int fd, const fs::path& path) {
  if (::fsync(fd) != 0) fail(errno, "make durable", path);
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path temporary_beside(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  return directory_of(path) / ("." + path.filename().string() + "." + std::to_string(::getpid()) + "." +
                               std::to_string(count++) + ".tmp");
}

}  // namespace

std::string read_file(const fs::path& path, std::size_t limit) {
  const Descriptor file(open_file(path, O_RDONLY));
  if (file.get() < 0) fail(errno, "read", path);
  std::string out;
  char part[16384];
  for (;;) {
    const ssize_t n = ::read(file.get(), part, sizeof part);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(errno, "read", path);
    if (n == 0) return out;
    out.append(part, static_cast<std::size_t>(n));
    if (out.size() > limit)
      throw Failure(Code::too_large, "'" + path.string() + "' has more than " + std::to_string(limit) +
                                         " bytes; it is not the file that is expected here.");
  }
}

void write_file_durably(const fs::path& path, std::string_view content, mode_t mode) {
  const fs::path temporary = temporary_beside(path);
  const int fd = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (fd < 0) fail(errno, "write", path);
  try {
    const Descriptor file(fd);
    if (::fchmod(fd, mode) != 0)
      fail(errno, "set the rights of", path);  // the umask may have taken some away
    write_all(fd, content, path);
    sync_file(fd, path);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(errno, "write", path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(directory_of(path));
}

void destroy_file(const fs::path& path) {
  {
    const Descriptor file(open_file(path, O_WRONLY | O_NOFOLLOW));
    if (file.get() < 0 && errno == ENOENT) return;
    if (file.get() < 0) fail(errno, "destroy", path);
    struct stat facts {};
    if (::fstat(file.get(), &facts) != 0) fail(errno, "destroy", path);
    const std::string zeros(65536, '\0');
    for (off_t left = facts.st_size; left > 0; left -= static_cast<off_t>(zeros.size()))
      write_all(file.get(),
                std::string_view(zeros).substr(0, static_cast<std::size_t>(std::min<off_t>(left, 65536))),
                path);
    sync_file(file.get(), path);
  }
  if (::unlink(path.c_str()) != 0) fail(errno, "destroy", path);
  sync_directory(directory_of(path));
}

void make_private_directory(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0) {
    if (S_ISDIR(facts.st_mode)) return;
    throw Failure(Code::exists,
                  "'" + path.string() + "' is a file where a directory is needed; name another place.");
  }
  const fs::path parent = path.parent_path();
  if (!parent.empty() && parent != path) make_private_directory(parent);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) fail(errno, "create the directory", path);
  sync_directory(directory_of(path));
}

void sync_directory(const fs::path& directory) {
  const Descriptor handle(open_file(directory, O_RDONLY | O_DIRECTORY));
  if (handle.get() < 0) fail(errno, "open the directory", directory);
  // Some network file systems cannot sync a directory and say EINVAL; there is nothing more to be had there.
  if (::fsync(handle.get()) != 0 && errno != EINVAL) fail(errno, "make durable", directory);
}

std::optional<LockFile> LockFile::try_lock(const fs::path& path) {
  Descriptor file(open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600));
  if (file.get() < 0) fail(errno, "lock", path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return LockFile(file.release());
  if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
  fail(errno, "lock", path);
}

LockFile LockFile::wait(const fs::path& path, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    if (auto lock = try_lock(path)) return std::move(*lock);
    if (std::chrono::steady_clock::now() >= deadline)
      throw Failure(Code::busy,
                    "Another process holds '" + path.string() + "'; wait until it is done and try again.");
    std::this_thread::sleep_for(kLockPoll);
  }
}

LockFile::LockFile(LockFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

LockFile::~LockFile() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace relance
