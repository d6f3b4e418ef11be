// The gradient of a convolution's filter, for images [n, h, w, c] in bfloat16. Sums are float32, as in a matrix product.
//
// The gradient is a matrix product over all pixels of the output: for each tap of the filter, the channels of the image that the tap
// reads times the channels of the output's gradient. Instructions for bfloat16 multiply pairs of pixels, so both factors are first
// written as pairs.
#include <algorithm>
#include <memory>

#include "../kernel.h"
#include "pair-products.h"
#include "../parallel.h"
#include "../storage.h"
#include "window.h"

namespace doubletime {
namespace {

// Channels of the image in a part of the work, and pairs of pixels that are read before the next channels. Both factors of a block stay
// in the first level of the cache.
constexpr int64_t BLOCK_CHANNELS = 32;
constexpr int64_t BLOCK_PAIRS = 64;
// Parts of the work below which the pixels are split too. It does not depend on the number of threads, so the sums do not either.
constexpr int64_t MIN_PARTS = 8;

const Bfloat16 NO_PIXEL[BLOCK_CHANNELS] = {};

// The sizes of one call, and how its work is split: a part is one row of the filter and one block of the image's channels for a share
// of the pairs of pixels.
struct Sizes {
  Sizes(const Window &window, const std::vector<int64_t> &image, const std::vector<int64_t> &gradient)
      : window(window),
        height(image[1]),
        width(image[2]),
        inputs(image[3]),
        rows(gradient[1]),
        columns(gradient[2]),
        outputs(gradient[3]),
        pixels(gradient[0] * rows * columns),
        pairs((pixels + 1) / 2),
        rowSize(roundUp(outputs)),
        blocks((inputs + BLOCK_CHANNELS - 1) / BLOCK_CHANNELS),
        shares(std::max<int64_t>(1, std::min((MIN_PARTS + parts() - 1) / parts(), pairs / BLOCK_PAIRS))) {}
  int64_t parts() const { return window.height * blocks; }
  // The number of sums of a part.
  int64_t sums() const { return window.width * BLOCK_CHANNELS * rowSize; }
  int64_t channelsOf(int64_t block) const { return std::min(BLOCK_CHANNELS, inputs - block * BLOCK_CHANNELS); }

  const Window &window;
  const int64_t height, width, inputs, rows, columns, outputs, pixels, pairs, rowSize, blocks, shares;
};

// Walks over the pixels of the output and finds the pixels of the image that a tap of the filter reads.
class TapPixels {
 public:
  TapPixels(const Bfloat16 *x, const Sizes &sizes, int64_t first, int64_t tapRow, int64_t tapColumn)
      : x_(x),
        sizes_(sizes),
        left_(sizes.pixels - first),
        image_(first / (sizes.rows * sizes.columns)),
        row_(first / sizes.columns % sizes.rows),
        column_(first % sizes.columns),
        down_(tapRow - sizes.window.top),
        right_(tapColumn - sizes.window.left) {}

  // The next pixel from channel `channel` on; zeros outside of the image and after the last pixel.
  const Bfloat16 *next(int64_t channel) {
    const int64_t row = row_ * sizes_.window.stride + down_;
    const int64_t column = column_ * sizes_.window.stride + right_;
    const bool isInside =
        left_-- > 0 && row >= 0 && row < sizes_.height && column >= 0 && column < sizes_.width;
    const Bfloat16 *pixel =
        isInside ? x_ + ((image_ * sizes_.height + row) * sizes_.width + column) * sizes_.inputs + channel : NO_PIXEL;
    if (++column_ == sizes_.columns) {
      column_ = 0;
      if (++row_ == sizes_.rows) {
        row_ = 0;
        image_++;
      }
    }
    return pixel;
  }

 private:
  const Bfloat16 *x_;
  const Sizes &sizes_;
  int64_t left_, image_, row_, column_;
  const int64_t down_, right_;
};

// Adds the products of the pairs from `begin` to `end` to the sums [width, BLOCK_CHANNELS, rowSize] of a part.
void addPart(const Bfloat16 *x, const uint32_t *gradient, const Sizes &sizes, int64_t part, int64_t begin, int64_t end,
             float *sums) {
  static const AddProducts addProducts = fastestAddProducts();
  const int64_t tapRow = part / sizes.blocks;
  const int64_t block = part % sizes.blocks;
  const int64_t channels = sizes.channelsOf(block);
  alignas(64) uint32_t image[BLOCK_PAIRS * BLOCK_CHANNELS] = {};
  for (int64_t first = begin; first < end; first += BLOCK_PAIRS) {
    const int64_t count = std::min(BLOCK_PAIRS, end - first);
    for (int64_t tap = 0; tap < sizes.window.width; tap++) {
      TapPixels pixels(x, sizes, 2 * first, tapRow, tap);
      for (int64_t q = 0; q < count; q++) {
        const Bfloat16 *one = pixels.next(block * BLOCK_CHANNELS);
        writePairs(one, pixels.next(block * BLOCK_CHANNELS), channels, image + q * BLOCK_CHANNELS);
      }
      float *own = sums + tap * BLOCK_CHANNELS * sizes.rowSize;
      for (int64_t o = 0; o < sizes.rowSize; o += MAX_VECTORS * LANES) {
        const int64_t vectors = std::min(MAX_VECTORS, (sizes.rowSize - o) / LANES);
        const Pairs right{gradient + first * sizes.rowSize + o, sizes.rowSize};
        for (int64_t c = 0; c < channels; c += TILE_CHANNELS)
          addProducts({image + c, BLOCK_CHANNELS}, right, count, vectors, own + c * sizes.rowSize + o, sizes.rowSize);
      }
    }
  }
}

DOUBLETIME_CLONES void roundAll(const float *from, int64_t count, Bfloat16 *to) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) to[k] = Rounded<Bfloat16>::from(from[k]);
}

DOUBLETIME_CLONES void addAll(const float *from, int64_t count, float *to) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) to[k] += from[k];
}

// Writes the sums of a part to the filter's gradient [height, width, inputs, outputs].
void writePart(const float *sums, const Sizes &sizes, int64_t part, Bfloat16 *filter) {
  const int64_t block = part % sizes.blocks;
  for (int64_t tap = 0; tap < sizes.window.width; tap++) {
    const int64_t at = part / sizes.blocks * sizes.window.width + tap;
    Bfloat16 *to = filter + (at * sizes.inputs + block * BLOCK_CHANNELS) * sizes.outputs;
    const float *from = sums + tap * BLOCK_CHANNELS * sizes.rowSize;
    for (int64_t c = 0; c < sizes.channelsOf(block); c++)
      roundAll(from + c * sizes.rowSize, sizes.outputs, to + c * sizes.outputs);
  }
}

// Inputs x and dy. Output: the filter's gradient.
void filterGradient(void *kernel, TF_OpKernelContext *context) {
  const Window &window = *static_cast<Window *>(kernel);
  Call call(context);
  const Sizes sizes(window, call.shape(0), call.shape(1));
  const Bfloat16 *x = call.input<Bfloat16>(0);
  const Bfloat16 *dy = call.input<Bfloat16>(1);
  Bfloat16 *filter = call.output<Bfloat16>(0, {window.height, window.width, sizes.inputs, sizes.outputs});
  if (!call.ok()) return;
  const std::unique_ptr<uint32_t[]> gradient(new uint32_t[sizes.pairs * sizes.rowSize]);
  const int64_t pieces = std::min(MIN_PARTS, sizes.pairs);
  const Rows rows{dy, sizes.pixels, sizes.outputs, sizes.outputs};
  parallelFor(pieces, [&](int64_t k) {
    pairRows(rows, sizes.pairs * k / pieces, sizes.pairs * (k + 1) / pieces, gradient.get(), sizes.rowSize);
  });
  std::vector<float> partial(sizes.shares > 1 ? sizes.parts() * sizes.shares * sizes.sums() : 0);
  parallelFor(sizes.parts() * sizes.shares, [&](int64_t k) {
    const int64_t part = k / sizes.shares;
    const int64_t share = k % sizes.shares;
    std::vector<float> own(sizes.shares > 1 ? 0 : sizes.sums());
    float *sums = sizes.shares > 1 ? partial.data() + k * sizes.sums() : own.data();
    addPart(x, gradient.get(), sizes, part, sizes.pairs * share / sizes.shares,
            sizes.pairs * (share + 1) / sizes.shares, sums);
    if (sizes.shares == 1) writePart(sums, sizes, part, filter);
  });
  if (sizes.shares == 1) return;
  parallelFor(sizes.parts(), [&](int64_t part) {
    float *sums = partial.data() + part * sizes.shares * sizes.sums();
    for (int64_t share = 1; share < sizes.shares; share++) addAll(sums + share * sizes.sums(), sizes.sums(), sums);
    writePart(sums, sizes, part, filter);
  });
}

}  // namespace

std::vector<Op> filterGradientOps() {
  return {
      {"DoubletimeFilterGradient", {"x: bfloat16", "dy: bfloat16"}, {"dfilter: bfloat16"}, windowAttributes(), {}, create,
       filterGradient, remove},
  };
}

}  // namespace doubletime
