// The gradient of a linear layer's weight [units, inputs] for values in bfloat16: the product of the output's gradient [n, units] and
// the layer's input [n, inputs], over the n images. It is rounded to bfloat16, as the product is, and written as float32, as the
// update reads it. So the gradient is not in memory twice.
#include <memory>

#include "../kernel.h"
#include "../parallel.h"
#include "../storage.h"
#include "pair-products.h"

namespace doubletime {
namespace {

// Units and inputs in a part of the work, and inputs whose sums are kept at the same time.
constexpr int64_t BLOCK_UNITS = 32;
constexpr int64_t BLOCK_INPUTS = 2048;
constexpr int64_t TILE_INPUTS = MAX_VECTORS * LANES;
// Pairs of images are written in this many parts. It does not depend on the number of threads.
constexpr int64_t PIECES = 8;

struct Sizes {
  int64_t images, units, inputs;
  int64_t pairs() const { return (images + 1) / 2; }
  int64_t unitBlocks() const { return (units + BLOCK_UNITS - 1) / BLOCK_UNITS; }
  int64_t inputBlocks() const { return (inputs + BLOCK_INPUTS - 1) / BLOCK_INPUTS; }
};

DOUBLETIME_CLONES void writeRounded(const float *sums, int64_t count, float *weight) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) weight[k] = toFloat(Rounded<Bfloat16>::from(sums[k]));
}

void computePart(const Bfloat16 *dy, const uint32_t *x, const Sizes &sizes, int64_t part, float *weight) {
  static const AddProducts addProducts = fastestAddProducts();
  const int64_t rowSize = roundUp(sizes.inputs);
  const int64_t unit = part / sizes.inputBlocks() * BLOCK_UNITS;
  const int64_t units = std::min(BLOCK_UNITS, sizes.units - unit);
  const int64_t begin = part % sizes.inputBlocks() * BLOCK_INPUTS;
  const int64_t end = std::min(sizes.inputs, begin + BLOCK_INPUTS);
  const std::unique_ptr<uint32_t[]> gradient(new uint32_t[sizes.pairs() * BLOCK_UNITS]);
  pairRows({dy + unit, sizes.images, units, sizes.units}, 0, sizes.pairs(), gradient.get(), BLOCK_UNITS);
  for (int64_t at = begin; at < end; at += TILE_INPUTS) {
    const int64_t count = std::min(TILE_INPUTS, end - at);
    float sums[BLOCK_UNITS * TILE_INPUTS] = {};
    for (int64_t u = 0; u < units; u += TILE_CHANNELS)
      addProducts({gradient.get() + u, BLOCK_UNITS}, {x + at, rowSize}, sizes.pairs(), roundUp(count) / LANES,
                  sums + u * TILE_INPUTS, TILE_INPUTS);
    for (int64_t u = 0; u < units; u++)
      writeRounded(sums + u * TILE_INPUTS, count, weight + (unit + u) * sizes.inputs + at);
  }
}

// Inputs dy [n, units] and x [n, inputs]. Output: the weight's gradient [units, inputs].
void linearGradient(void *, TF_OpKernelContext *context) {
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const Sizes sizes{shape[0], shape[1], call.shape(1)[1]};
  const Bfloat16 *dy = call.input<Bfloat16>(0);
  const Bfloat16 *x = call.input<Bfloat16>(1);
  float *weight = call.output<float>(0, {sizes.units, sizes.inputs});
  if (!call.ok()) return;
  const std::unique_ptr<uint32_t[]> words(new uint32_t[sizes.pairs() * roundUp(sizes.inputs)]);
  const int64_t pieces = std::min(PIECES, sizes.pairs());
  parallelFor(pieces, [&](int64_t k) {
    const int64_t begin = sizes.pairs() * k / pieces;
    const Rows rows{x, sizes.images, sizes.inputs, sizes.inputs};
    pairRows(rows, begin, sizes.pairs() * (k + 1) / pieces, words.get(), roundUp(sizes.inputs));
  });
  parallelFor(sizes.unitBlocks() * sizes.inputBlocks(),
              [&](int64_t part) { computePart(dy, words.get(), sizes, part, weight); });
}

}  // namespace

std::vector<Op> linearGradientOps() {
  return {{"DoubletimeLinearGradient", {"dy: bfloat16", "x: bfloat16"}, {"dweight: float"}, {}, {}, nullptr, linearGradient, nullptr}};
}

}  // namespace doubletime
