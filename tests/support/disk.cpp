#include "tests/support/disk.h"

#include <string>

#include "host/failure.h"
#include "tests/support/disk_folder.h"

namespace relance::test {

std::string_view word_of(Disk::Loss loss) {
  switch (loss) {
    case Disk::Loss::none: return "none";
    case Disk::Loss::all: return "all";
    case Disk::Loss::prefix: return "prefix";
    case Disk::Loss::subset: return "subset";
    case Disk::Loss::torn_512: return "torn_512";
    case Disk::Loss::torn_4096: return "torn_4096";
  }
  RELANCE_ASSERT(false);
}

DiskFolder& Disk::folder(const Path& folder) {
  std::unique_ptr<DiskFolder>& found = folders_[folder];
  if (!found) found = std::make_unique<DiskFolder>();
  return *found;
}

const DiskFolder& Disk::look(const Path& folder) const {
  static const DiskFolder kEmpty;
  const auto found = folders_.find(folder);
  return found == folders_.end() ? kEmpty : *found->second;
}

void Disk::crash(const Path& folder, Loss loss, SeededRandom& random) {
  this->folder(folder).crash(loss, random);
}

std::uint64_t Disk::operations(const Path& folder) const { return look(folder).operations; }
std::uint64_t Disk::reads(const Path& folder) const { return look(folder).reads; }
bool Disk::is_dead(const Path& folder) const { return look(folder).dead; }

void Disk::fail_at(const Path& folder, std::uint64_t operation, Fault fault) {
  this->folder(folder).faults[operation] = fault;
}
void Disk::fail_read_at(const Path& folder, std::uint64_t read, ReadFault fault) {
  this->folder(folder).read_faults[read] = fault;
}
void Disk::set_room(const Path& folder, std::optional<std::uint64_t> bytes) {
  this->folder(folder).room = bytes;
}

void Disk::heal(const Path& folder) {
  DiskFolder& healed = this->folder(folder);
  healed.faults.clear();
  healed.read_faults.clear();
  healed.room.reset();
}

void Disk::flip_bit(const Path& file, std::uint64_t byte, int bit) {
  const auto found = folder(file.parent_path()).find(file.filename().string());
  RELANCE_ASSERT(found != nullptr && byte < found->written.size());
  for (Image* image : {&found->written, &found->durable}) {
    if (byte >= image->size()) continue;
    std::uint8_t value = 0;
    image->read(byte, &value, 1);
    value = static_cast<std::uint8_t>(value ^ (1U << bit));
    image->write(byte, &value, 1);
  }
}

void Disk::keep_log(const Path& folder) {
  DiskFolder& logged = this->folder(folder);
  logged.logs = true;
  logged.grown = 0;
  logged.log.clear();
}
const std::vector<Disk::Operation>& Disk::log(const Path& folder) const { return look(folder).log; }

Disk::Saved Disk::save(const Path& folder) const {
  Saved saved;
  saved.folder_ = std::make_shared<const DiskFolder>(look(folder).copy());
  return saved;
}

void Disk::restore(const Path& folder, const Saved& saved) {
  DiskFolder& now = this->folder(folder);
  const std::uint64_t generation = now.generation;
  now = saved.folder_->copy();
  now.generation = generation + 1;
}

std::map<Disk::Path, Disk::Saved> Disk::save_all() const {
  std::map<Path, Saved> out;
  for (const auto& [path, folder] : folders_) out[path] = save(path);
  return out;
}

void Disk::restore_all(const std::map<Path, Saved>& saved) {
  static const DiskFolder kEmpty;
  for (auto& [path, folder] : folders_) {
    if (saved.count(path) != 0) continue;
    const std::uint64_t generation = folder->generation;
    *folder = kEmpty.copy();
    folder->generation = generation + 1;
  }
  for (const auto& [path, folder] : saved) restore(path, folder);
}

void Disk::settle(const Path& folder) {
  DiskFolder& settled = this->folder(folder);
  for (auto& [name, file] : settled.names) {
    file->durable = file->written;
    file->forget_changes();
  }
  settled.sync_names();
}

void Disk::sync_names(const Path& folder) { this->folder(folder).sync_names(); }

std::vector<std::string> Disk::files(const Path& folder) const {
  std::vector<std::string> out;
  for (const auto& [name, file] : look(folder).names) out.push_back(name);
  return out;
}

bool Disk::exists(const Path& file) const {
  return look(file.parent_path()).find(file.filename().string()) != nullptr;
}

std::string Disk::read(const Path& file) const {
  const auto found = look(file.parent_path()).find(file.filename().string());
  RELANCE_ASSERT(found != nullptr);
  std::string out(static_cast<std::size_t>(found->written.size()), '\0');
  found->written.read(0, out.data(), out.size());
  return out;
}

void Disk::write(const Path& file, std::string_view bytes) {
  DiskFolder& in = folder(file.parent_path());
  const auto fresh = std::make_shared<DiskFile>();
  fresh->written.write(0, bytes.data(), bytes.size());
  fresh->durable = fresh->written;
  in.names[file.filename().string()] = in.durable_names[file.filename().string()] = fresh;
}

void Disk::remove(const Path& file) {
  DiskFolder& in = folder(file.parent_path());
  in.remove(file.filename().string());
  in.sync_names();
}

void Disk::copy(const Path& from, const Path& to) {
  const auto found = look(from.parent_path()).find(from.filename().string());
  RELANCE_ASSERT(found != nullptr);
  const auto fresh = std::make_shared<DiskFile>();
  fresh->durable = fresh->written = found->written;
  DiskFolder& in = folder(to.parent_path());
  in.names[to.filename().string()] = in.durable_names[to.filename().string()] = fresh;
}

void Disk::rename(const Path& from, const Path& to) {
  copy(from, to);
  remove(from);
}

}  // namespace relance::test
