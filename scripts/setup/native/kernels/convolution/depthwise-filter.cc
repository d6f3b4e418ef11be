// The gradient of the filter [kh, kw, c, 1] of a depthwise convolution of images [n, h, w, c] in float32 or bfloat16. Sums over
// images are split by the shape alone, so the results do not depend on the number of threads.
#include <algorithm>

#include "depthwise-rows.h"
#include "../kernel.h"
#include "../lanes.h"
#include "../parallel.h"

namespace doubletime {
namespace {

// Sums of the filter's gradient [blocks of LANES channels, kh, kw, LANES]. Few values are added in float32 before they are added in
// float64.
class FilterSums {
 public:
  FilterSums(int64_t taps, int64_t channels)
      : blockSize_(taps * LANES),
        near_((channels + LANES - 1) / LANES * blockSize_),
        exact_(near_.size()) {}
  float *near(int64_t block) { return near_.data() + block * blockSize_; }
  // Call this after every row of an image, with the number of values that were added to each sum.
  void added(int64_t values) {
    pending_ += values;
    if (pending_ >= 64) flush();
  }
  void flush() {
    addAll(near_.data(), exact_.data(), static_cast<int64_t>(near_.size()));
    pending_ = 0;
  }
  // The exact sums of a tap, for the channels of a block.
  const double *exact(int64_t block, int64_t tap) const { return exact_.data() + block * blockSize_ + tap * LANES; }

 private:
  static DOUBLETIME_CLONES void addAll(float *near, double *exact, int64_t count) {
    DOUBLETIME_INDEPENDENT
    for (int64_t k = 0; k < count; k++) {
      exact[k] += near[k];
      near[k] = 0.f;
    }
  }
  int64_t blockSize_;
  std::vector<float> near_;
  std::vector<double> exact_;
  int64_t pending_ = 0;
};

// Adds the products of a row of the image and a row of the gradient to the sums of one row of the filter, for the columns of the
// output from `begin` to `end`. `x` and `dy` point to the first of `count` channels.
DOUBLETIME_CLONES void addColumns(const float *x, const float *dy, const Window &window, const Side &columns,
                                  int64_t channels, int64_t count, int64_t begin, int64_t end, float *sums) {
  for (int64_t column = begin; column < end; column++) {
    const int64_t left = column * window.stride - window.left;
    const int64_t first = std::max<int64_t>(0, -left);
    const int64_t last = std::min(columns.kernel, columns.source - left);
    const float *gradient = dy + column * channels;
    for (int64_t j = first; j < last; j++) {
      const float *image = x + (left + j) * channels;
      float *sum = sums + j * LANES;
      if (count == LANES) {
        store(sum, load(sum) + load(image) * load(gradient));
      } else {
        for (int64_t k = 0; k < count; k++) sum[k] += image[k] * gradient[k];
      }
    }
  }
}

// The same for whole blocks of channels and windows that are inside of the image. The sums stay in registers.
template <int64_t Kernel>
DOUBLETIME_INLINE void addInnerColumns(const float *x, const float *dy, const Window &window, int64_t channels,
                                       int64_t begin, int64_t end, float *sums) {
  Lanes own[Kernel];
#pragma GCC unroll 8
  for (int64_t j = 0; j < Kernel; j++) own[j] = load(sums + j * LANES);
  for (int64_t column = begin; column < end; column++) {
    const float *image = x + (column * window.stride - window.left) * channels;
    const Lanes gradient = load(dy + column * channels);
#pragma GCC unroll 8
    for (int64_t j = 0; j < Kernel; j++) own[j] += load(image + j * channels) * gradient;
  }
#pragma GCC unroll 8
  for (int64_t j = 0; j < Kernel; j++) store(sums + j * LANES, own[j]);
}

// Adds the products of one row of the output's gradient and the rows that its windows read, of which the first belongs to row
// `firstRow` of the filter. Each sum gets its values in the order of the columns.
DOUBLETIME_CLONES void addRow(const std::vector<SourceRow> &sources, int64_t firstRow, const float *dy,
                              const Window &window, const Side &columns, int64_t channels, FilterSums &sums) {
  // The columns of which the windows are inside of the image.
  const int64_t end = columns.source - columns.kernel + window.left;
  const int64_t inner = std::min(columns.result, (window.left + window.stride - 1) / window.stride);
  const int64_t outer = std::max(inner, end < 0 ? 0 : std::min(columns.result, end / window.stride + 1));
  for (int64_t c = 0; c < channels; c += LANES) {
    const int64_t count = std::min(LANES, channels - c);
    for (size_t i = 0; i < sources.size(); i++) {
      float *own = sums.near(c / LANES) + (firstRow + static_cast<int64_t>(i)) * columns.kernel * LANES;
      const float *x = sources[i].x + c;
      const bool isFast = count == LANES && (columns.kernel == 3 || columns.kernel == 5 || columns.kernel == 7);
      if (!isFast) {
        addColumns(x, dy + c, window, columns, channels, count, 0, columns.result, own);
        continue;
      }
      addColumns(x, dy + c, window, columns, channels, count, 0, inner, own);
      if (columns.kernel == 3) addInnerColumns<3>(x, dy + c, window, channels, inner, outer, own);
      else if (columns.kernel == 5) addInnerColumns<5>(x, dy + c, window, channels, inner, outer, own);
      else addInnerColumns<7>(x, dy + c, window, channels, inner, outer, own);
      addColumns(x, dy + c, window, columns, channels, count, outer, columns.result, own);
    }
  }
}

// Inputs x and dy. Output: the filter's gradient.
template <typename T>
void filterGradient(void *kernel, TF_OpKernelContext *context) {
  const Window &window = *static_cast<Window *>(kernel);
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const std::vector<int64_t> gradientShape = call.shape(1);
  const T *x = call.input<T>(0);
  const T *dy = call.input<T>(1);
  const int64_t count = shape[0];
  const int64_t channels = shape[3];
  const int64_t taps = window.height * window.width;
  T *filter = call.output<T>(0, {window.height, window.width, channels, 1});
  if (!call.ok()) return;
  const Side rows{window.height, shape[1], gradientShape[1]};
  const Side columns{window.width, shape[2], gradientShape[2]};
  const int64_t chunks = std::min<int64_t>(count, 8);
  std::vector<double> partial(chunks * taps * channels);
  parallelFor(chunks, [&](int64_t chunk) {
    SourceRows<T> images(x, columns.source * channels, rows.kernel);
    SourceRows<T> gradients(dy, columns.result * channels, 1);
    FilterSums sums(taps, channels);
    std::vector<SourceRow> found;
    const int64_t end = count * (chunk + 1) / chunks * rows.result;
    for (int64_t r = count * chunk / chunks * rows.result; r < end; r++) {
      found.clear();
      const int64_t row = r % rows.result;
      ForwardRows::find(images, r / rows.result, row, window, rows, nullptr, 0, found);
      const int64_t firstRow = std::max<int64_t>(0, window.top - row * window.stride);
      addRow(found, firstRow, gradients.row(r), window, columns, channels, sums);
      sums.added(columns.result);
    }
    sums.flush();
    for (int64_t tap = 0; tap < taps; tap++)
      for (int64_t c = 0; c < channels; c += LANES)
        std::copy_n(sums.exact(c / LANES, tap), std::min(LANES, channels - c),
                    partial.data() + (chunk * taps + tap) * channels + c);
  });
  const int64_t size = taps * channels;
  for (int64_t k = 0; k < size; k++) {
    double sum = 0.0;
    for (int64_t chunk = 0; chunk < chunks; chunk++) sum += partial[chunk * size + k];
    filter[k] = Rounded<T>::from(static_cast<float>(sum));
  }
}

}  // namespace

std::vector<Op> depthwiseFilterOps() {
  return {
      {"DoubletimeDepthwiseFilter", {"x: T", "dy: T"}, {"dfilter: T"}, windowAttributes(), {}, create, filterGradient<float>,
       remove, filterGradient<Bfloat16>},
  };
}

}  // namespace doubletime
