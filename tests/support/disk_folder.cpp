#include "tests/support/disk_folder.h"

#include <algorithm>
#include <set>

namespace relance::test {
namespace {

// Decides, write by write, what of the unsynced reaches the platter.
class Survival {
 public:
  /// `first` and `last`: the moments of the unsynced; the cut may lie before all and after all.
  Survival(Disk::Loss loss, std::uint64_t first, std::uint64_t last, SeededRandom& random)
      : loss_(loss),
        cut_(first - 1 + random.below(static_cast<std::size_t>(last + 2 - first))),
        odds_(1 + 3 * random.below(3)),  // 1, 4 or 7 of 8: nearly nothing, half, nearly all
        random_(random) {}

  // Of names a prefix survives whatever the loss: file systems keep a journal of them.
  [[nodiscard]] bool name(std::uint64_t moment) const { return loss_ != Disk::Loss::all && moment <= cut_; }
  [[nodiscard]] bool whole(std::uint64_t moment) {
    if (loss_ == Disk::Loss::prefix) return moment <= cut_;
    return loss_ != Disk::Loss::all && random_.below(8) < odds_;
  }
  [[nodiscard]] std::size_t sector() const {
    return loss_ == Disk::Loss::torn_512 ? 512 : loss_ == Disk::Loss::torn_4096 ? 4096 : 0;
  }

 private:
  Disk::Loss loss_;
  std::uint64_t cut_;
  std::size_t odds_;
  SeededRandom& random_;
};

void apply_sectors(const DiskFile::Change& change, const char* data, Image& to, Survival& survival) {
  for (std::size_t done = 0; done < change.length;) {
    const std::size_t into = static_cast<std::size_t>((change.offset + done) % survival.sector());
    const std::size_t part = std::min(survival.sector() - into, change.length - done);
    if (survival.whole(change.moment)) to.write(change.offset + done, data + done, part);
    done += part;
  }
}

void crash_file(DiskFile& file, Survival& survival) {
  Image after = file.durable;
  for (const DiskFile::Change& change : file.changes) {
    const char* data = file.bytes.data() + change.at;
    if (survival.sector() != 0 && !change.truncates)
      apply_sectors(change, data, after, survival);
    else if (!survival.whole(change.moment))
      continue;
    else if (change.truncates)
      after.resize(change.offset);
    else
      after.write(change.offset, data, change.length);
  }
  file.written = file.durable = std::move(after);
  file.forget_changes();
}

void put_name(DiskFolder::Names& names, const DiskFolder::NameChange& change) {
  if (change.file)
    names[change.name] = change.file;
  else
    names.erase(change.name);
}

}  // namespace

void DiskFile::write(std::uint64_t moment, std::uint64_t offset, const void* data, std::size_t length) {
  written.write(offset, data, length);
  changes.push_back({moment, offset, length, bytes.size(), false});
  bytes.append(static_cast<const char*>(data), length);
}

void DiskFile::truncate(std::uint64_t moment, std::uint64_t size) {
  written.resize(size);
  changes.push_back({moment, size, 0, bytes.size(), true});
}

void DiskFile::sync() {
  const bool cut = std::any_of(changes.begin(), changes.end(), [](const Change& c) { return c.truncates; });
  if (cut)
    durable = written;
  else
    for (const Change& change : changes) durable.take(written, change.offset, change.length);
  forget_changes();
}

void DiskFile::forget_changes() {
  changes.clear();
  bytes.clear();
}

void DiskFile::unlock_all() {
  readers = 0;
  reserved_by = pending_by = exclusive_by = nullptr;
  shared.reset();
}

std::shared_ptr<DiskFile> DiskFolder::find(std::string_view name) const {
  const auto found = names.find(name);
  return found == names.end() ? nullptr : found->second;
}

std::shared_ptr<DiskFile> DiskFolder::create(std::string_view name) {
  auto file = std::make_shared<DiskFile>();
  names[std::string(name)] = file;
  name_changes.push_back({++moment, std::string(name), file});
  return file;
}

void DiskFolder::remove(std::string_view name) {
  const auto found = names.find(name);
  if (found == names.end()) return;
  give_room(found->second->written.size());
  names.erase(found);
  name_changes.push_back({++moment, std::string(name), nullptr});
}

void DiskFolder::sync_names() {
  for (const NameChange& change : name_changes) put_name(durable_names, change);
  name_changes.clear();
}

std::uint64_t DiskFolder::first_unsynced() const {
  std::uint64_t first = moment == 0 ? 1 : moment;
  if (!name_changes.empty()) first = std::min(first, name_changes.front().moment);
  for (const auto& [name, file] : names)
    if (!file->changes.empty()) first = std::min(first, file->changes.front().moment);
  return first;
}

void DiskFolder::crash(Disk::Loss loss, SeededRandom& random) {
  ++generation;
  dead = false;
  if (loss == Disk::Loss::none) {
    for (auto& [name, file] : names) file->unlock_all();
    return;
  }
  Survival survival(loss, first_unsynced(), moment, random);
  for (const NameChange& change : name_changes)
    if (survival.name(change.moment)) put_name(durable_names, change);
  name_changes.clear();
  names = durable_names;
  std::set<DiskFile*> done;
  for (auto& [name, file] : names) {
    if (!done.insert(file.get()).second) continue;
    crash_file(*file, survival);
    file->unlock_all();
  }
  moment = 0;
}

DiskFolder DiskFolder::copy() const {
  std::map<const DiskFile*, std::shared_ptr<DiskFile>> copies;
  const auto copied = [&](const std::shared_ptr<DiskFile>& file) {
    if (!file) return file;
    std::shared_ptr<DiskFile>& copy = copies[file.get()];
    if (!copy) {
      copy = std::make_shared<DiskFile>(*file);
      copy->unlock_all();
    }
    return copy;
  };
  DiskFolder out;
  out.moment = moment;
  for (const auto& [name, file] : names) out.names[name] = copied(file);
  for (const auto& [name, file] : durable_names) out.durable_names[name] = copied(file);
  for (const NameChange& change : name_changes)
    out.name_changes.push_back({change.moment, change.name, copied(change.file)});
  return out;
}

std::optional<Disk::Fault> DiskFolder::begin(Disk::Operation::Kind kind, std::string_view file,
                                             std::uint64_t offset, std::uint64_t length) {
  ++operations;
  if (logs) log.push_back({kind, std::string(file), offset, length, grown});
  if (faults.empty()) return std::nullopt;
  const auto planned = faults.find(operations);
  if (planned == faults.end()) return std::nullopt;
  if (planned->second != Disk::Fault::io_error) dead = true;
  return planned->second;
}

std::uint64_t DiskFolder::take_room(std::uint64_t bytes) {
  const std::uint64_t taken = std::min(bytes, room.value_or(bytes));
  if (room) *room -= taken;
  grown += taken;
  if (logs) log.back().grown = grown;
  return taken;
}

void DiskFolder::give_room(std::uint64_t bytes) {
  if (room) *room += bytes;
}

}  // namespace relance::test
