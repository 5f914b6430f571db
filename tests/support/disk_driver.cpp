// What SQLite calls when it works on a Disk: a VFS, in the engine's terms. It answers as the engine's own driver
// for Unix would, whose behaviour the product meets: same device characteristics, same rules about who syncs
// a folder, same error codes.
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "host/failure.h"
#include "tests/support/disk.h"
#include "tests/support/disk_folder.h"

namespace relance::test {

using Kind = Disk::Operation::Kind;

struct Disk::Driver {
  sqlite3_vfs vfs{};
  int open_handles = 0;
};

namespace {

constexpr int kPathBytesMax = 512;
constexpr int kSectorBytes = 4096;
// The engine's clock (Julian milliseconds): one moment of November 2026. No row of ours holds it.
constexpr sqlite3_int64 kNow = 210'866'760'000'000 + 1'795'000'000'000;

struct Handle {
  Disk& disk;
  DiskFolder& folder;
  std::shared_ptr<DiskFile> file;
  std::string name;  // empty: a temporary file, which nothing counts
  std::uint64_t generation;
  bool syncs_folder;  // a new journal or WAL: its first sync makes the folder's names durable
  int& open_handles;
  int level = SQLITE_LOCK_NONE;
  std::shared_ptr<DiskShared> shared = nullptr;
  std::array<bool, DiskShared::kLocks> reads_slot{}, writes_slot{};

  [[nodiscard]] bool is_dead() const { return folder.dead || generation != folder.generation; }
};

struct OpenFile : sqlite3_file {
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) { return *static_cast<OpenFile*>(file)->handle; }
Disk& disk_of(sqlite3_vfs* vfs) { return *static_cast<Disk*>(vfs->pAppData); }

std::optional<Disk::Fault> begin(Handle& handle, Kind kind, std::uint64_t offset = 0,
                                 std::uint64_t length = 0) {
  return handle.name.empty() ? std::nullopt : handle.folder.begin(kind, handle.name, offset, length);
}

// ---- bytes -----------------------------------------------------------------------------------------------------

int read_bytes(sqlite3_file* f, void* out, int amount, sqlite3_int64 offset) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_READ;
  const auto length = static_cast<std::size_t>(amount);
  std::optional<Disk::ReadFault> fault;
  if (!handle.name.empty()) {
    ++handle.folder.reads;
    if (const auto planned = handle.folder.read_faults.find(handle.folder.reads);
        planned != handle.folder.read_faults.end())
      fault = planned->second;
  }
  if (fault == Disk::ReadFault::io_error) return SQLITE_IOERR_READ;
  const std::size_t there = handle.file->written.read(static_cast<std::uint64_t>(offset), out, length);
  if (fault == Disk::ReadFault::flipped_bit && there > 0) {
    std::uint8_t& byte = static_cast<std::uint8_t*>(out)[handle.disk.random().below(there)];
    byte = static_cast<std::uint8_t>(byte ^ (1U << handle.disk.random().below(8)));
  }
  return there == length ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

// How much of a write that fails has reached the file before: nothing, a part, or all of it.
std::size_t part_of(std::size_t length, SeededRandom& random) {
  const std::size_t third = random.below(3);
  return third == 0 ? 0 : third == 1 ? random.below(length + 1) : length;
}

int write_bytes(sqlite3_file* f, const void* data, int amount, sqlite3_int64 at) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_WRITE;
  const auto offset = static_cast<std::uint64_t>(at);
  auto length = static_cast<std::size_t>(amount);
  int result = SQLITE_OK;
  if (const auto fault = begin(handle, Kind::write, offset, length)) {
    if (*fault != Disk::Fault::death) length = part_of(length, handle.disk.random());
    result = SQLITE_IOERR_WRITE;
  }
  const std::uint64_t end = offset + length, size = handle.file->written.size();
  if (!handle.name.empty() && end > size) {
    const std::uint64_t grows = end - size, fits = handle.folder.take_room(grows);
    if (fits < grows) {
      length -= std::min<std::size_t>(length, static_cast<std::size_t>(grows - fits));
      result = SQLITE_FULL;
    }
  }
  if (length > 0) handle.file->write(++handle.folder.moment, offset, data, length);
  return result;
}

int truncate_file(sqlite3_file* f, sqlite3_int64 to) {
  Handle& handle = handle_of(f);
  const auto size = static_cast<std::uint64_t>(to);
  if (handle.is_dead() || begin(handle, Kind::truncate, size)) return SQLITE_IOERR_TRUNCATE;
  const std::uint64_t before = handle.file->written.size();
  if (size < before) handle.folder.give_room(before - size);
  handle.file->truncate(++handle.folder.moment, size);
  return SQLITE_OK;
}

int sync_file(sqlite3_file* f, int) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_FSYNC;
  if (const auto fault = begin(handle, Kind::sync)) {
    if (*fault == Disk::Fault::io_error) handle.file->forget_changes();
    return SQLITE_IOERR_FSYNC;
  }
  handle.file->sync();
  if (handle.syncs_folder) handle.folder.sync_names();
  handle.syncs_folder = false;
  return SQLITE_OK;
}

int size_of(sqlite3_file* f, sqlite3_int64* out) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_FSTAT;
  *out = static_cast<sqlite3_int64>(handle.file->written.size());
  return SQLITE_OK;
}

// ---- locks -----------------------------------------------------------------------------------------------------

bool is_others(const void* holder, const Handle& handle) { return holder != nullptr && holder != &handle; }

int lock_file(sqlite3_file* f, int level) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_LOCK;
  DiskFile& file = *handle.file;
  if (level <= handle.level) return SQLITE_OK;
  if (is_others(file.exclusive_by, handle)) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_SHARED) {
    if (is_others(file.pending_by, handle)) return SQLITE_BUSY;
    ++file.readers;
    handle.level = level;
    return SQLITE_OK;
  }
  if (is_others(file.reserved_by, handle)) return SQLITE_BUSY;
  file.reserved_by = &handle;
  handle.level = std::max(handle.level, SQLITE_LOCK_RESERVED);
  if (level == SQLITE_LOCK_RESERVED) return SQLITE_OK;
  file.pending_by = &handle;
  handle.level = SQLITE_LOCK_PENDING;
  if (file.readers > 1) return SQLITE_BUSY;
  file.exclusive_by = &handle;
  handle.level = SQLITE_LOCK_EXCLUSIVE;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* f, int level) {
  Handle& handle = handle_of(f);
  if (handle.level <= level) return SQLITE_OK;
  const int before = handle.level;
  handle.level = level;
  if (handle.generation != handle.folder.generation) return SQLITE_OK;  // the crash has let go for us
  DiskFile& file = *handle.file;
  for (const void** holder : {&file.reserved_by, &file.pending_by, &file.exclusive_by})
    if (*holder == &handle) *holder = nullptr;
  if (level == SQLITE_LOCK_NONE && before >= SQLITE_LOCK_SHARED) --file.readers;
  return SQLITE_OK;
}

int is_reserved(sqlite3_file* f, int* out) {
  Handle& handle = handle_of(f);
  if (handle.is_dead()) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  *out = handle.file->reserved_by != nullptr ? 1 : 0;
  return SQLITE_OK;
}

// ---- shared memory ---------------------------------------------------------------------------------------------

int map_shared(sqlite3_file* f, int index, int bytes, int extend, void volatile** out) {
  Handle& handle = handle_of(f);
  *out = nullptr;
  if (handle.is_dead()) return SQLITE_IOERR_SHMMAP;
  if (!handle.shared) {
    handle.shared = handle.file->shared.lock();
    if (!handle.shared) handle.file->shared = handle.shared = std::make_shared<DiskShared>();
  }
  auto& regions = handle.shared->regions;
  const auto wanted = static_cast<std::size_t>(index);
  while (extend != 0 && regions.size() <= wanted) {
    // on a real disk this is a file that grows, and so it can fail
    const auto size = static_cast<std::size_t>(bytes);
    if (begin(handle, Kind::map, regions.size() * size, size)) return SQLITE_IOERR_SHMSIZE;
    if (handle.folder.room && *handle.folder.room < size) return SQLITE_IOERR_SHMSIZE;
    regions.push_back(std::make_unique<std::vector<char>>(size));
  }
  if (wanted < regions.size()) *out = regions[wanted]->data();
  return SQLITE_OK;
}

int lock_shared(sqlite3_file* f, int first, int count, int flags) {
  Handle& handle = handle_of(f);
  const bool unlocks = (flags & SQLITE_SHM_UNLOCK) != 0, writes = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  if (!handle.shared) return SQLITE_IOERR_SHMLOCK;
  DiskShared& shared = *handle.shared;
  const auto begin = static_cast<std::size_t>(first), end = begin + static_cast<std::size_t>(count);
  for (std::size_t i = begin; i < end && unlocks; ++i) {
    if (handle.reads_slot[i]) --shared.readers[i];
    if (handle.writes_slot[i]) shared.writers[i] = false;
    handle.reads_slot[i] = handle.writes_slot[i] = false;
  }
  if (unlocks) return SQLITE_OK;
  if (handle.is_dead()) return SQLITE_IOERR_SHMLOCK;
  for (std::size_t i = begin; i < end; ++i) {
    const int other_readers = shared.readers[i] - (handle.reads_slot[i] ? 1 : 0);
    if ((shared.writers[i] && !handle.writes_slot[i]) || (writes && other_readers > 0)) return SQLITE_BUSY;
  }
  for (std::size_t i = begin; i < end; ++i) {
    if (writes) {
      shared.writers[i] = handle.writes_slot[i] = true;
    } else if (!handle.reads_slot[i]) {
      ++shared.readers[i];
      handle.reads_slot[i] = true;
    }
  }
  return SQLITE_OK;
}

void order_shared(sqlite3_file*) {}  // one thread

int unmap_shared(sqlite3_file* f, int) {
  Handle& handle = handle_of(f);
  if (handle.shared) lock_shared(f, 0, DiskShared::kLocks, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
  handle.shared.reset();
  return SQLITE_OK;
}

// ---- the file as a device --------------------------------------------------------------------------------------

int close_file(sqlite3_file* f) {
  unmap_shared(f, 0);
  unlock_file(f, SQLITE_LOCK_NONE);
  const std::unique_ptr<Handle> ends{static_cast<OpenFile*>(f)->handle};
  --ends->open_handles;
  return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sector_size(sqlite3_file*) { return kSectorBytes; }
// What Unix claims: a power cut tears a write only inside what it writes. The torn losses keep to it.
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

const sqlite3_io_methods kMethods{.iVersion = 2,  // no memory-mapped pages
                                  .xClose = close_file,
                                  .xRead = read_bytes,
                                  .xWrite = write_bytes,
                                  .xTruncate = truncate_file,
                                  .xSync = sync_file,
                                  .xFileSize = size_of,
                                  .xLock = lock_file,
                                  .xUnlock = unlock_file,
                                  .xCheckReservedLock = is_reserved,
                                  .xFileControl = control,
                                  .xSectorSize = sector_size,
                                  .xDeviceCharacteristics = characteristics,
                                  .xShmMap = map_shared,
                                  .xShmLock = lock_shared,
                                  .xShmBarrier = order_shared,
                                  .xShmUnmap = unmap_shared,
                                  .xFetch = nullptr,
                                  .xUnfetch = nullptr};

// ---- names -----------------------------------------------------------------------------------------------------

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* f, int flags, int* flags_out) {
  auto* out = static_cast<OpenFile*>(f);
  out->pMethods = nullptr;  // until it is open: the engine then does not close it
  Disk& disk = disk_of(vfs);
  const Disk::Path whole = path == nullptr ? Disk::Path{} : Disk::Path{path};
  DiskFolder& folder = disk.folder(whole.parent_path());
  const std::string name = whole.filename().string();
  std::shared_ptr<DiskFile> file;
  if (name.empty()) {
    file = std::make_shared<DiskFile>();
  } else {
    if (folder.dead || folder.begin(Kind::open, name)) return SQLITE_CANTOPEN;
    file = folder.find(name);
    if (!file && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    if (!file) file = folder.create(name);
  }
  const int journal = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  const bool syncs_folder = (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journal) != 0;
  int& open_handles = disk.open_handles();
  auto handle = std::make_unique<Handle>(
      Handle{disk, folder, std::move(file), name, folder.generation, syncs_folder, open_handles});
  ++open_handles;
  out->handle = handle.release();
  out->pMethods = &kMethods;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int syncs_folder) {
  const Disk::Path whole{path};
  DiskFolder& folder = disk_of(vfs).folder(whole.parent_path());
  const std::string name = whole.filename().string();
  if (folder.dead) return SQLITE_IOERR_DELETE;
  if (!folder.find(name)) return SQLITE_IOERR_DELETE_NOENT;
  if (folder.begin(Kind::remove, name)) return SQLITE_IOERR_DELETE;
  folder.remove(name);
  if (syncs_folder != 0) folder.sync_names();
  return SQLITE_OK;
}

int find_file(sqlite3_vfs* vfs, const char* path, int flags, int* out) {
  const Disk::Path whole{path};
  DiskFolder& folder = disk_of(vfs).folder(whole.parent_path());
  if (folder.dead) return SQLITE_IOERR_ACCESS;
  const auto file = folder.find(whole.filename().string());
  // an empty file does not "exist" for the driver of Unix: it is no hot journal
  *out = file && (flags != SQLITE_ACCESS_EXISTS || file->written.size() > 0) ? 1 : 0;
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int bytes, char* out) {
  const std::size_t length = std::strlen(path);
  if (length + 1 > static_cast<std::size_t>(bytes)) return SQLITE_CANTOPEN;
  std::memcpy(out, path, length + 1);
  return SQLITE_OK;
}

int some_bytes(sqlite3_vfs* vfs, int count, char* out) {
  for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk_of(vfs).random().next() >> 56);
  return count;
}

int sleep_not(sqlite3_vfs*, int microseconds) { return microseconds; }

int now_days(sqlite3_vfs*, double* out) {
  *out = static_cast<double>(kNow) / 86'400'000.0;
  return SQLITE_OK;
}
int now_ms(sqlite3_vfs*, sqlite3_int64* out) {
  *out = kNow;
  return SQLITE_OK;
}

}  // namespace

Disk::Disk(std::uint64_t seed) : random_(seed), driver_(std::make_unique<Driver>()) {
  static std::atomic<unsigned> count{0};
  name_ = "relance-disk-" + std::to_string(++count);
  sqlite3_vfs& vfs = driver_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(OpenFile);
  vfs.mxPathname = kPathBytesMax;
  vfs.zName = name_.c_str();
  vfs.pAppData = this;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = find_file;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = some_bytes;
  vfs.xSleep = sleep_not;
  vfs.xCurrentTime = now_days;
  vfs.xCurrentTimeInt64 = now_ms;
  RELANCE_ASSERT(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
  // the engine has one generator a process (WAL salts come from it): it is seeded, and begins anew
  const int engine_seed = static_cast<int>((seed & 0x3fffffff) | 1);
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, engine_seed, static_cast<sqlite3*>(nullptr));
}

Disk::~Disk() {
  RELANCE_ASSERT(driver_->open_handles == 0);  // or the engine would call into what is gone
  sqlite3_vfs_unregister(&driver_->vfs);
}

int& Disk::open_handles() { return driver_->open_handles; }

}  // namespace relance::test
