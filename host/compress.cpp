// zstd with a context kept for each thread: making one costs more than compressing a small body.
#include "host/compress.h"

#include <zstd.h>

#include <algorithm>
#include <memory>

#include "host/failure.h"

namespace relance {
namespace {

// Level 1 never needs more than a 512 KiB window; a frame that asks for more than 8 MiB is not from us.
constexpr int kWindowLogMax = 23;
// Our rows shrink 4 to 10 times. A frame that announces more than this ratio gets its buffer step by step.
constexpr std::size_t kHonestRatio = 64;
constexpr std::size_t kFirstBufferBytes = 64 * 1024;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

ZSTD_CCtx& compressor() {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (!context) throw Failure(Code::internal, "Not enough memory to compress.");
  return *context;
}

ZSTD_DCtx& expander() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeContext> context(ZSTD_createDCtx());
  if (!context) throw Failure(Code::internal, "Not enough memory to expand a body.");
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_and_parameters);
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kWindowLogMax);
  return *context;
}

// With room for all that an honest frame announces, zstd expands straight into the buffer, without a window.
std::size_t first_buffer(std::string_view data, std::size_t limit) {
  const unsigned long long announced = ZSTD_getFrameContentSize(data.data(), data.size());
  std::size_t room = std::max(kFirstBufferBytes, data.size() * 4);
  if (announced != ZSTD_CONTENTSIZE_UNKNOWN && announced != ZSTD_CONTENTSIZE_ERROR &&
      announced <= data.size() * kHonestRatio)
    room = static_cast<std::size_t>(announced);
  return std::min(room, limit) + 1;  // one byte more: passing the limit shows as a byte in it
}

[[noreturn]] void not_zstd() { throw Failure(Code::bad_request, "The body is not one whole zstd frame."); }

}  // namespace

std::string compress(std::string_view data, int level) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  const std::size_t size =
      ZSTD_compressCCtx(&compressor(), out.data(), out.size(), data.data(), data.size(), level);
  if (ZSTD_isError(size)) throw Failure(Code::internal, "Not enough memory to compress.");
  out.resize(size);
  if (out.capacity() > 2 * size + 4096) out.shrink_to_fit();  // answers wait in buffers: keep what is used
  return out;
}

std::string expand(std::string_view data, std::size_t limit) {
  ZSTD_DCtx& context = expander();
  std::string out(first_buffer(data, limit), '\0');
  ZSTD_inBuffer input{data.data(), data.size(), 0};
  ZSTD_outBuffer output{out.data(), out.size(), 0};
  for (;;) {
    const std::size_t before = input.pos + output.pos;
    const std::size_t left = ZSTD_decompressStream(&context, &output, &input);
    if (ZSTD_isError(left)) not_zstd();
    if (output.pos > limit)
      throw Failure(Code::too_large, "The body expands to more than " + std::to_string(limit) + " bytes.");
    if (left == 0) break;
    if (output.pos == output.size) {
      out.resize(std::min(out.size() * 2, limit + 1));
      output.dst = out.data();
      output.size = out.size();
    } else if (input.pos + output.pos == before) {
      not_zstd();  // cut short
    }
  }
  if (input.pos != input.size) not_zstd();
  out.resize(output.pos);
  return out;
}

}  // namespace relance
