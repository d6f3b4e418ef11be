// Converts images from bytes to float32, and scales and shifts them per channel.
#include <algorithm>

#include "kernel.h"
#include "parallel.h"

namespace doubletime {
namespace {

// The factors and offsets are repeated over `period` values, so that the inner loops are long. Product and sum are separate functions,
// so that the compiler cannot fuse them: the product is rounded, as in TensorFlow's two ops.
DOUBLETIME_CLONES void multiplyBytes(const uint8_t *x, int64_t size, const float *factor, int64_t period, float *y) {
  for (int64_t at = 0; at < size; at += period) {
    const int64_t count = std::min(period, size - at);
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < count; c++) y[at + c] = static_cast<float>(x[at + c]) * factor[c];
  }
}

DOUBLETIME_CLONES void addOffsets(int64_t size, const float *offset, int64_t period, float *y) {
  for (int64_t at = 0; at < size; at += period) {
    const int64_t count = std::min(period, size - at);
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < count; c++) y[at + c] += offset[c];
  }
}

// y = x factor + offset for bytes x [..., c] and factor, offset [c].
void normalizeImages(void *, TF_OpKernelContext *context) {
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const int64_t channels = shape.back();
  const int64_t size = call.size(0);
  const auto *x = static_cast<const uint8_t *>(call.bytes(0));
  const float *factor = call.input<float>(1);
  const float *offset = call.input<float>(2);
  float *y = call.output<float>(0, shape);
  if (!call.ok()) return;
  const int64_t period = channels * std::max<int64_t>(1, 192 / channels);
  std::vector<float> factors(period);
  std::vector<float> offsets(period);
  for (int64_t c = 0; c < period; c++) {
    factors[c] = factor[c % channels];
    offsets[c] = offset[c % channels];
  }
  const int64_t each = period * std::max<int64_t>(1, 8192 / period);
  parallelFor((size + each - 1) / each, [&](int64_t part) {
    const int64_t begin = part * each;
    const int64_t count = std::min(each, size - begin);
    multiplyBytes(x + begin, count, factors.data(), period, y + begin);
    addOffsets(count, offsets.data(), period, y + begin);
  });
}

}  // namespace

std::vector<Op> imageOps() {
  return {{"DoubletimeNormalizeImages", {"x: uint8", "factor: float", "offset: float"}, {"y: float"}, {}, {0}, nullptr,
           normalizeImages, nullptr}};
}

}  // namespace doubletime
