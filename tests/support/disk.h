// A disk in memory that SQLite works on, and that fails when told to: it loses what was not synced, tears
// writes, says EIO, is full at any byte, flips bits, and stops dead at a chosen operation. One thread; the same
// seed fails the same way. What a real disk promises it keeps: synced bytes survive.
//
// A machine is a folder of it: machines crash apart, fail apart and count their operations apart. A file keeps
// what was written and, behind it, what is durable; a crash rebuilds the file from the durable part and
// whatever of the rest the kind of loss lets through. Names are a folder's own data, as on a real disk: a new
// file may vanish and a removed one come back until the folder is synced.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/chance.h"

namespace relance::test {

struct DiskFolder;  // disk_folder.h: one machine's files, and what is planned for it

class Disk {
 public:
  using Path = std::filesystem::path;

  /// Registers itself with the engine, and seeds the engine's own chance (WAL salts).
  explicit Disk(std::uint64_t seed);
  /// REQUIRES: every connection to it is closed.
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  /// For sql::SqliteOptions::vfs.
  [[nodiscard]] const std::string& name() const { return name_; }

  // ---- crashes ----
  enum class Loss {
    none,       // the process died, the machine lives: everything written is there
    all,        // the power went: nothing that was not synced is there
    prefix,     // the unsynced writes up to some moment are there
    subset,     // some are, whatever their order
    torn_512,   // of each unsynced write some sectors of 512 bytes are there
    torn_4096,  // the same with sectors of 4,096 bytes
  };
  /// Every process on the machine is gone: connections still open are dead for good (each call fails and
  /// changes nothing; closing works), locks and shared memory are gone, and a planned death has been died.
  void crash(const Path& folder, Loss loss, SeededRandom& random);

  // ---- faults ----
  /// Operations are what may change the disk: open, write, truncate, sync, remove, growth of shared memory. They
  /// are numbered from 1 in each folder; reads are counted apart.
  enum class Fault {
    io_error,     // this operation fails, the next works; a failed sync has lost the writes for good
    death,        // this write is done and not synced (another operation is not done), then nothing works
    short_death,  // the same with a part of the write
  };
  enum class ReadFault { io_error, flipped_bit };
  [[nodiscard]] std::uint64_t operations(const Path& folder) const;
  [[nodiscard]] std::uint64_t reads(const Path& folder) const;
  void fail_at(const Path& folder, std::uint64_t operation, Fault fault);
  void fail_read_at(const Path& folder, std::uint64_t read, ReadFault fault);
  /// So many bytes may the folder's files still grow; none: without end.
  void set_room(const Path& folder, std::optional<std::uint64_t> bytes);
  /// Nothing planned any more, room without end. A dead machine stays dead until its crash.
  void heal(const Path& folder);
  [[nodiscard]] bool is_dead(const Path& folder) const;
  /// One bit of a file as it lies on the disk.
  void flip_bit(const Path& file, std::uint64_t byte, int bit);

  struct Operation {
    enum class Kind { open, write, truncate, sync, remove, map } kind;
    std::string file;
    std::uint64_t offset = 0, length = 0;
    std::uint64_t grown = 0;  // by how much all of the folder's files grew from the start of the log to here
  };
  /// Keeps the operations from here on, anew; what a story did is then in log().
  void keep_log(const Path& folder);
  [[nodiscard]] const std::vector<Operation>& log(const Path& folder) const;

  // ---- folders and files ----
  class Saved {
   private:
    friend class Disk;
    std::shared_ptr<const DiskFolder> folder_;  // never changed: it may be restored any number of times
  };
  /// A folder as it is, unsynced writes included. Cheap: blocks are shared until written.
  [[nodiscard]] Saved save(const Path& folder) const;
  /// The folder becomes what was saved, its counters begin at zero, nothing is planned; connections to what was
  /// there are dead. Restored under another name it is a clone.
  void restore(const Path& folder, const Saved& saved);
  [[nodiscard]] std::map<Path, Saved> save_all() const;
  /// Every folder becomes what was saved; those that were not are emptied.
  void restore_all(const std::map<Path, Saved>& saved);
  /// As sync(8): what was written is durable, names too.
  void settle(const Path& folder);

  /// As fsync(2) of the folder: names are durable, bytes are not touched.
  void sync_names(const Path& folder);

  [[nodiscard]] std::vector<std::string> files(const Path& folder) const;
  [[nodiscard]] bool exists(const Path& file) const;
  [[nodiscard]] std::string read(const Path& file) const;  // REQUIRES: exists
  // The test's own hand, which is not an operation and is durable at once.
  void write(const Path& file, std::string_view bytes);
  void remove(const Path& file);
  void rename(const Path& from, const Path& to);
  void copy(const Path& from, const Path& to);

  // For the driver (disk_driver.cpp).
  [[nodiscard]] DiskFolder& folder(const Path& folder);  // made when there is none
  [[nodiscard]] SeededRandom& random() { return random_; }
  [[nodiscard]] int& open_handles();

 private:
  struct Driver;  // disk_driver.cpp: what SQLite calls

  [[nodiscard]] const DiskFolder& look(const Path& folder) const;

  std::string name_;
  SeededRandom random_;
  std::map<Path, std::unique_ptr<DiskFolder>> folders_;
  std::unique_ptr<Driver> driver_;
};

/// "none", "all", ...: what a report says.
[[nodiscard]] std::string_view word_of(Disk::Loss loss);
inline constexpr std::array kEveryLoss{Disk::Loss::none,   Disk::Loss::all,      Disk::Loss::prefix,
                                       Disk::Loss::subset, Disk::Loss::torn_512, Disk::Loss::torn_4096};

}  // namespace relance::test
