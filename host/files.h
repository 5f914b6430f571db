// Small files that must survive power cuts and strangers: keys, certificates, the erasure ledger; and lock files.
// Every failure names the path and what to do: Code::not_found, disk_full (no space, over quota), io otherwise.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace relance {

/// The whole file. Failure(too_large) if it has more than `limit` bytes: nothing is read into memory unbounded.
/// Works on descriptors such as /dev/fd/3 too (read to the end, bounded).
[[nodiscard]] std::string read_file(const std::filesystem::path& path, std::size_t limit);

/// Replaces the file as a whole: whoever looks sees the old content or the new, after a power cut too.
/// It has `mode` from its first byte, whatever the umask: a key is never readable for a moment.
void write_file_durably(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// Overwrites, syncs, unlinks and syncs the directory. An absent file is fine.
/// On copy-on-write disks the old blocks may live on: what is destroyed here must be ciphertext or a wrapped key.
void destroy_file(const std::filesystem::path& path);

/// Creates the directory (and its parents) for the owner only, 0700. One that exists is left as it is.
void make_private_directory(const std::filesystem::path& path);

/// Makes the names in a directory durable (after a rename, a creation, an unlink).
void sync_directory(const std::filesystem::path& directory);

/// An exclusive lock on a file, held as long as the object lives; the kernel lets go when the process dies.
/// The file itself stays: removing it would let two holders lock two different files of one name.
class LockFile {
 public:
  /// Nothing if another process (or another LockFile) holds it.
  [[nodiscard]] static std::optional<LockFile> try_lock(const std::filesystem::path& path);
  /// Waits for it; Failure(busy) after `patience`.
  [[nodiscard]] static LockFile wait(const std::filesystem::path& path, std::chrono::milliseconds patience);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace relance
