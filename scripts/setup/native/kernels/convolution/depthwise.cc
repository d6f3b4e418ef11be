// Depthwise convolution (one filter per channel) of images [n, h, w, c] in float32 or bfloat16 with a filter [kh, kw, c, 1],
// and the gradient of its images.
#include <algorithm>

#include "depthwise-rows.h"
#include "../kernel.h"
#include "../lanes.h"
#include "../parallel.h"

namespace doubletime {
namespace {

// One pixel of a source image and the pixel of the filter that it is multiplied by.
struct Tap {
  const float *x, *filter;
};

// y[c] = sum over the taps of x[c] filter[c]. Registers hold the sums of up to 64 channels.
template <int Blocks, typename T>
DOUBLETIME_INLINE void sumBlocks(const Tap *taps, int64_t count, int64_t c, T *y) {
  Lanes sums[Blocks] = {};
  for (int64_t t = 0; t < count; t++) {
    for (int b = 0; b < Blocks; b++)
      sums[b] += load(taps[t].x + c + b * LANES) * load(taps[t].filter + c + b * LANES);
  }
  for (int b = 0; b < Blocks; b++) store(y + c + b * LANES, sums[b]);
}

template <typename T>
DOUBLETIME_INLINE void sumTaps(const Tap *taps, int64_t count, int64_t channels, T *y) {
  int64_t c = 0;
  for (; c + 4 * LANES <= channels; c += 4 * LANES) sumBlocks<4>(taps, count, c, y);
  for (; c + 2 * LANES <= channels; c += 2 * LANES) sumBlocks<2>(taps, count, c, y);
  for (; c + LANES <= channels; c += LANES) sumBlocks<1>(taps, count, c, y);
  if (c == channels) return;
  float sums[LANES] = {};
  const int64_t rest = channels - c;
  for (int64_t t = 0; t < count; t++) {
    const float *x = taps[t].x + c;
    const float *filter = taps[t].filter + c;
    for (int64_t k = 0; k < rest; k++) sums[k] += x[k] * filter[k];
  }
  for (int64_t k = 0; k < rest; k++) y[c + k] = Rounded<T>::from(sums[k]);
}

// A filter, or any other tensor, as float32.
inline const float *asFloat(const float *values, int64_t, std::vector<float> &) { return values; }
inline const float *asFloat(const Bfloat16 *values, int64_t count, std::vector<float> &converted) {
  converted.resize(count);
  convert(values, count, converted.data());
  return converted.data();
}

// Computes a row of the output: each pixel is a window of the image, of which `sources` are the rows.
template <typename T>
DOUBLETIME_CLONES void forwardRow(const std::vector<SourceRow> &sources, const Window &window, const Side &columns,
                                  int64_t channels, Tap *taps, T *y) {
  for (int64_t column = 0; column < columns.result; column++) {
    const int64_t left = column * window.stride - window.left;
    const int64_t first = std::max<int64_t>(0, -left);
    const int64_t last = std::min(columns.kernel, columns.source - left);
    int64_t count = 0;
    for (const SourceRow &source : sources)
      for (int64_t j = first; j < last; j++)
        taps[count++] = {source.x + (left + j) * channels, source.filter + j * channels};
    sumTaps(taps, count, channels, y + column * channels);
  }
}

// Computes a row of the input's gradient: each pixel collects the gradients of the windows that contain it.
template <typename T>
DOUBLETIME_CLONES void inputRow(const std::vector<SourceRow> &sources, const Window &window, const Side &columns,
                                int64_t channels, Tap *taps, T *dx) {
  for (int64_t column = 0; column < columns.result; column++) {
    // The first column of the filter that meets a window, and that window. The next ones are `stride` columns further.
    const int64_t first = (column + window.left) % window.stride;
    const int64_t from = (column + window.left) / window.stride;
    int64_t count = 0;
    for (const SourceRow &source : sources) {
      int64_t before = from;
      for (int64_t j = first; j < columns.kernel && before >= 0; j += window.stride, before--)
        if (before < columns.source) taps[count++] = {source.x + before * channels, source.filter + j * channels};
    }
    sumTaps(taps, count, channels, dx + column * channels);
  }
}

// The rows of an output's gradient that contribute to row `row` of the input's gradient.
struct InputRows {
  template <typename T>
  static void find(SourceRows<T> &source, int64_t image, int64_t row, const Window &window, const Side &rows,
                   const float *filter, int64_t filterRow, std::vector<SourceRow> &found) {
    for (int64_t i = (row + window.top) % window.stride; i < rows.kernel; i += window.stride) {
      const int64_t above = (row + window.top - i) / window.stride;
      if (row + window.top >= i && above < rows.source)
        found.push_back({source.row(image * rows.source + above), filter + i * filterRow});
    }
  }
};

// Inputs x and filter, or dy and filter. Computes all rows of all images with `Row` from the rows that `Rows` finds.
template <typename T, typename Rows,
          void (*Row)(const std::vector<SourceRow> &, const Window &, const Side &, int64_t, Tap *, T *)>
void rowByRow(void *kernel, TF_OpKernelContext *context) {
  const Window &window = *static_cast<Window *>(kernel);
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const std::vector<int64_t> filterShape = call.shape(1);
  const T *x = call.input<T>(0);
  const T *given = call.input<T>(1);
  const int64_t images = shape[0];
  const int64_t channels = shape[3];
  T *y = call.output<T>(0, {images, window.height, window.width, channels});
  if (!call.ok()) return;
  const Side rows{filterShape[0], shape[1], window.height};
  const Side columns{filterShape[1], shape[2], window.width};
  std::vector<float> converted;
  const float *filter = asFloat(given, rows.kernel * columns.kernel * channels, converted);
  const int64_t all = images * window.height;
  const int64_t each = std::max<int64_t>(1, 16384 / (window.width * channels));
  parallelFor((all + each - 1) / each, [&](int64_t part) {
    SourceRows<T> source(x, columns.source * channels, rows.kernel);
    std::vector<SourceRow> found;
    std::vector<Tap> taps(rows.kernel * columns.kernel);
    for (int64_t r = part * each; r < std::min(all, (part + 1) * each); r++) {
      found.clear();
      Rows::find(source, r / window.height, r % window.height, window, rows, filter, columns.kernel * channels, found);
      Row(found, window, columns, channels, taps.data(), y + r * window.width * channels);
    }
  });
}

}  // namespace

std::vector<Op> depthwiseOps() {
  return {
      {"DoubletimeDepthwise", {"x: T", "filter: T"}, {"y: T"}, windowAttributes(), {}, create,
       rowByRow<float, ForwardRows, forwardRow<float>>, remove, rowByRow<Bfloat16, ForwardRows, forwardRow<Bfloat16>>},
      {"DoubletimeDepthwiseInput", {"dy: T", "filter: T"}, {"dx: T"}, windowAttributes(), {}, create,
       rowByRow<float, InputRows, inputRow<float>>, remove, rowByRow<Bfloat16, InputRows, inputRow<Bfloat16>>},
  };
}

}  // namespace doubletime
