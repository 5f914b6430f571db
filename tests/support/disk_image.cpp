#include "tests/support/disk_image.h"

#include <algorithm>
#include <cstring>

namespace relance::test {
namespace {

std::size_t blocks_for(std::uint64_t size) {
  return static_cast<std::size_t>((size + Image::kBlockBytes - 1) / Image::kBlockBytes);
}

}  // namespace

std::size_t Image::read(std::uint64_t offset, void* out, std::size_t length) const {
  const auto there =
      static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ > offset ? size_ - offset : 0));
  auto* to = static_cast<std::uint8_t*>(out);
  for (std::size_t done = 0; done < there;) {
    const std::size_t index = static_cast<std::size_t>((offset + done) / kBlockBytes);
    const std::size_t from = static_cast<std::size_t>((offset + done) % kBlockBytes);
    const std::size_t part = std::min(kBlockBytes - from, there - done);
    if (blocks_[index])
      std::memcpy(to + done, blocks_[index]->data() + from, part);
    else
      std::memset(to + done, 0, part);
    done += part;
  }
  if (there < length) std::memset(to + there, 0, length - there);
  return there;
}

Image::Block& Image::own(std::size_t index) {
  std::shared_ptr<Block>& block = blocks_[index];
  if (!block)
    block = std::make_shared<Block>();  // zeroed
  else if (block.use_count() > 1)
    block = std::make_shared<Block>(*block);
  return *block;
}

void Image::write(std::uint64_t offset, const void* data, std::size_t length) {
  if (offset + length > size_) {
    size_ = offset + length;
    blocks_.resize(blocks_for(size_));
  }
  const auto* from = static_cast<const std::uint8_t*>(data);
  for (std::size_t done = 0; done < length;) {
    const std::size_t index = static_cast<std::size_t>((offset + done) / kBlockBytes);
    const std::size_t to = static_cast<std::size_t>((offset + done) % kBlockBytes);
    const std::size_t part = std::min(kBlockBytes - to, length - done);
    if (part == kBlockBytes && blocks_[index].use_count() > 1)
      blocks_[index].reset();  // nothing to keep of it
    std::memcpy(own(index).data() + to, from + done, part);
    done += part;
  }
}

void Image::resize(std::uint64_t size) {
  const bool shrinks = size < size_;
  size_ = size;
  blocks_.resize(blocks_for(size));
  const std::size_t tail = static_cast<std::size_t>(size % kBlockBytes);
  // or a file that grows again would show what was cut off
  if (shrinks && tail != 0 && blocks_.back()) {
    Block& last = own(blocks_.size() - 1);
    std::fill(last.begin() + static_cast<std::ptrdiff_t>(tail), last.end(), std::uint8_t{0});
  }
}

void Image::take(const Image& other, std::uint64_t offset, std::size_t length) {
  size_ = other.size_;
  blocks_.resize(other.blocks_.size());
  const std::size_t end = std::min(blocks_for(offset + length), blocks_.size());
  for (std::size_t i = static_cast<std::size_t>(offset / kBlockBytes); i < end; ++i)
    blocks_[i] = other.blocks_[i];
}

}  // namespace relance::test
