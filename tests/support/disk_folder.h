// One machine of a Disk: its files with their two states, its names, and the faults that wait for it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/disk.h"
#include "tests/support/disk_image.h"

namespace relance::test {

/// The wal-index that connections of one process share; gone with the last of them, durable never.
struct DiskShared {
  static constexpr int kLocks = 8;  // SQLITE_SHM_NLOCK
  std::vector<std::unique_ptr<std::vector<char>>> regions;
  std::array<int, kLocks> readers{};
  std::array<bool, kLocks> writers{};
};

struct DiskFile {
  struct Change {
    std::uint64_t moment;  // the disk's, so that writes to several files have one order
    std::uint64_t offset;  // of a truncation: the new size
    std::size_t length;
    std::size_t at;  // in `bytes`
    bool truncates;
  };

  Image written, durable;
  std::vector<Change> changes;  // since the last sync
  std::string bytes;            // what they wrote

  int readers = 0;  // holders of SHARED or more
  const void *reserved_by = nullptr, *pending_by = nullptr, *exclusive_by = nullptr;
  std::weak_ptr<DiskShared> shared;

  void write(std::uint64_t moment, std::uint64_t offset, const void* data, std::size_t length);
  void truncate(std::uint64_t moment, std::uint64_t size);
  void sync();
  /// A sync failed: the system takes the writes for done and never tries them again.
  void forget_changes();
  void unlock_all();
};

struct DiskFolder {
  using Names = std::map<std::string, std::shared_ptr<DiskFile>, std::less<>>;
  struct NameChange {
    std::uint64_t moment;
    std::string name;
    std::shared_ptr<DiskFile> file;  // null: the name is gone
  };

  Names names, durable_names;
  std::vector<NameChange> name_changes;  // since the folder was last synced

  std::uint64_t generation = 1;  // of the machine's life: a handle of an earlier one is dead
  bool dead = false;             // died at an operation and not yet crashed
  std::uint64_t moment = 0, operations = 0, reads = 0, grown = 0;
  std::map<std::uint64_t, Disk::Fault> faults;
  std::map<std::uint64_t, Disk::ReadFault> read_faults;
  std::optional<std::uint64_t> room;
  bool logs = false;
  std::vector<Disk::Operation> log;

  [[nodiscard]] std::shared_ptr<DiskFile> find(std::string_view name) const;
  std::shared_ptr<DiskFile> create(std::string_view name);
  void remove(std::string_view name);
  void sync_names();
  [[nodiscard]] std::uint64_t first_unsynced() const;  // a moment; the last one when all is synced
  void crash(Disk::Loss loss, SeededRandom& random);
  /// The same files, in new objects that share blocks with these; no locks, nothing planned, counters at zero.
  [[nodiscard]] DiskFolder copy() const;

  /// Counts an operation and says what is planned for it.
  std::optional<Disk::Fault> begin(Disk::Operation::Kind kind, std::string_view file,
                                   std::uint64_t offset = 0, std::uint64_t length = 0);
  /// How many of `bytes` may still be added; takes them.
  std::uint64_t take_room(std::uint64_t bytes);
  void give_room(std::uint64_t bytes);
};

}  // namespace relance::test
