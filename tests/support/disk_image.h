// The bytes of one file, in blocks that copies share until one of them writes: a snapshot of a folder, a device
// that was cloned and the durable half of a disk cost pointers, not bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace relance::test {

class Image {
 public:
  static constexpr std::size_t kBlockBytes = 4096;  // a database's page, so that a page is one block

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// How many bytes there were; the rest of `out` is zero.
  std::size_t read(std::uint64_t offset, void* out, std::size_t length) const;
  void write(std::uint64_t offset, const void* data, std::size_t length);
  void resize(std::uint64_t size);
  /// Takes the blocks that hold this range as they are in `other`, whose size is the new size.
  void take(const Image& other, std::uint64_t offset, std::size_t length);

 private:
  using Block = std::array<std::uint8_t, kBlockBytes>;

  Block& own(std::size_t index);  // this block, shared with nobody

  std::vector<std::shared_ptr<Block>> blocks_;  // a null block is all zero
  std::uint64_t size_ = 0;
};

}  // namespace relance::test
