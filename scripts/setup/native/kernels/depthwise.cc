// Depthwise convolution (one filter per channel) of images [n, h, w, c] in float32 or bfloat16 with a filter [kh, kw, c, 1],
// and its gradients. Sums over images are split by the shape alone, so the results do not depend on the number of threads.
#include <algorithm>
#include <cstring>
#include <memory>

#include "kernel.h"
#include "lanes.h"
#include "parallel.h"

namespace doubletime {
namespace {

struct Window {
  int64_t stride, top, left;
  // Size of the result: of the output, the input's gradient, or the filter's gradient.
  int64_t height, width;
};

void *create(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  return new Window{attributes.integer("stride"), attributes.integer("top"), attributes.integer("left"),
                    attributes.integer("height"), attributes.integer("width")};
}

void remove(void *window) { delete static_cast<Window *>(window); }

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

// Height or width of the filter, the image that is read, and the result.
struct Side {
  int64_t kernel, source, result;
};

DOUBLETIME_CLONES void convert(const Bfloat16 *from, int64_t count, float *to) { widen(from, count, to); }

// The rows of all images, numbered one after the other, as float32.
template <typename T>
class SourceRows;

template <>
class SourceRows<float> {
 public:
  SourceRows(const float *x, int64_t size, int64_t) : x_(x), size_(size) {}
  const float *row(int64_t index) { return x_ + index * size_; }

 private:
  const float *x_;
  int64_t size_;
};

// Each row is converted when it is first read. `kept` neighbouring rows are valid at a time.
template <>
class SourceRows<Bfloat16> {
 public:
  SourceRows(const Bfloat16 *x, int64_t size, int64_t kept)
      : x_(x), size_(size), kept_(kept), values_(new float[kept * size]), indices_(kept, -1) {}
  const float *row(int64_t index) {
    const int64_t place = index % kept_;
    float *values = values_.get() + place * size_;
    if (indices_[place] != index) convert(x_ + index * size_, size_, values);
    indices_[place] = index;
    return values;
  }

 private:
  const Bfloat16 *x_;
  int64_t size_, kept_;
  std::unique_ptr<float[]> values_;
  std::vector<int64_t> indices_;
};

// A filter, or any other tensor, as float32.
inline const float *asFloat(const float *values, int64_t, std::vector<float> &) { return values; }
inline const float *asFloat(const Bfloat16 *values, int64_t count, std::vector<float> &converted) {
  converted.resize(count);
  convert(values, count, converted.data());
  return converted.data();
}

// The rows that the windows of one row of the result read, by row of the filter. A window that leaves the image reads fewer rows.
struct SourceRow {
  const float *x;
  const float *filter;
};

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

// The rows of an image that row `row` of the output reads.
struct ForwardRows {
  template <typename T>
  static void find(SourceRows<T> &source, int64_t image, int64_t row, const Window &window, const Side &rows,
                   const float *filter, int64_t filterRow, std::vector<SourceRow> &found) {
    for (int64_t i = 0; i < rows.kernel; i++) {
      const int64_t from = row * window.stride - window.top + i;
      if (from >= 0 && from < rows.source)
        found.push_back({source.row(image * rows.source + from), filter + i * filterRow});
    }
  }
};

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
// `firstRow` of the filter. Each sum gets its values in the order of
// the columns.
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

std::vector<Op> depthwiseOps() {
  const std::vector<const char *> attributes = {"stride: int", "top: int", "left: int", "height: int", "width: int"};
  return {
      {"DoubletimeDepthwise", {"x: T", "filter: T"}, {"y: T"}, attributes, {}, create, rowByRow<float, ForwardRows, forwardRow<float>>, remove,
       rowByRow<Bfloat16, ForwardRows, forwardRow<Bfloat16>>},
      {"DoubletimeDepthwiseInput", {"dy: T", "filter: T"}, {"dx: T"}, attributes, {}, create, rowByRow<float, InputRows, inputRow<float>>,
       remove, rowByRow<Bfloat16, InputRows, inputRow<Bfloat16>>},
      {"DoubletimeDepthwiseFilter", {"x: T", "dy: T"}, {"dfilter: T"}, attributes, {}, create, filterGradient<float>, remove,
       filterGradient<Bfloat16>},
  };
}

}  // namespace doubletime
