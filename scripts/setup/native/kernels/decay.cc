// Coupled weight decay: gradient + weight * factor, in the memory of the gradient.
#include <algorithm>

#include "kernel.h"
#include "parallel.h"

namespace doubletime {
namespace {

constexpr int64_t CHUNK = 1024;

// Product and sum are separate functions, so that the compiler cannot fuse them: the product is rounded, as in TensorFlow's two ops.
DOUBLETIME_CLONES void scaleChunk(const float *weight, float factor, int64_t count, float *product) {
  for (int64_t k = 0; k < count; k++) product[k] = weight[k] * factor;
}

DOUBLETIME_CLONES void addChunk(const float *gradient, const float *product, int64_t count, float *sum) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) sum[k] = gradient[k] + product[k];
}

// Inputs gradient and weight of one shape, and the factor, a scalar.
void decay(void *, TF_OpKernelContext *context) {
  Call call(context);
  const std::vector<int64_t> shape = call.shape(1);
  const int64_t size = call.size(1);
  float *sum = call.outputOver(0, 0, shape);
  const float *gradient = call.input(0);
  const float *weight = call.input(1);
  const float *factor = call.input(2);
  if (!call.ok()) return;
  const int64_t each = 32 * CHUNK;
  parallelFor((size + each - 1) / each, [&](int64_t part) {
    float product[CHUNK];
    for (int64_t at = part * each; at < std::min(size, (part + 1) * each); at += CHUNK) {
      const int64_t count = std::min(CHUNK, size - at);
      scaleChunk(weight + at, *factor, count, product);
      addChunk(gradient + at, product, count, sum + at);
    }
  });
}

}  // namespace

std::vector<Op> decayOps() {
  return {{"DoubletimeDecay", {"gradient: float", "weight: float", "factor: float"}, {"sum: float"}, {}, {1}, nullptr, decay,
           nullptr}};
}

}  // namespace doubletime
