// Depthwise convolution (one filter per channel) of images [n, h, w, c] in float32 or bfloat16 with a filter [kh, kw, c, 1],
// and its gradients. Sums over images are split by the shape alone, so the results do not depend on the number of threads.
#include <algorithm>
#include <cstring>

#include "kernel.h"
#include "parallel.h"
#include "storage.h"

namespace doubletime {
namespace {

constexpr int64_t LANES = 16;
// Sixteen channels. Compilers split the vector if registers are narrower.
typedef float Lanes __attribute__((vector_size(64), aligned(4)));

typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32), aligned(2)));

DOUBLETIME_INLINE Lanes load(const float *from) { return *reinterpret_cast<const Lanes *>(from); }
DOUBLETIME_INLINE void store(float *to, const Lanes &value) { *reinterpret_cast<Lanes *>(to) = value; }
DOUBLETIME_INLINE Lanes load(const Bfloat16 *from) {
  const Words bits = __builtin_convertvector(*reinterpret_cast<const Halves *>(from), Words) << 16;
  return reinterpret_cast<const Lanes &>(bits);
}
DOUBLETIME_INLINE void store(Bfloat16 *to, const Lanes &value) {
  for (int64_t k = 0; k < LANES; k++) to[k] = Rounded<Bfloat16>::from(value[k]);
}

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
template <typename T>
struct Tap {
  const T *x, *filter;
};

// y[c] = sum over the taps of x[c] filter[c]. Registers hold the sums of up to 64 channels.
template <int Blocks, typename T>
DOUBLETIME_INLINE void sumBlocks(const Tap<T> *taps, int64_t count, int64_t c, T *y) {
  Lanes sums[Blocks] = {};
  for (int64_t t = 0; t < count; t++) {
    for (int b = 0; b < Blocks; b++)
      sums[b] += load(taps[t].x + c + b * LANES) * load(taps[t].filter + c + b * LANES);
  }
  for (int b = 0; b < Blocks; b++) store(y + c + b * LANES, sums[b]);
}

template <typename T>
DOUBLETIME_INLINE void sumTaps(const Tap<T> *taps, int64_t count, int64_t channels, T *y) {
  int64_t c = 0;
  for (; c + 4 * LANES <= channels; c += 4 * LANES) sumBlocks<4>(taps, count, c, y);
  for (; c + LANES <= channels; c += LANES) sumBlocks<1>(taps, count, c, y);
  if (c == channels) return;
  float sums[LANES] = {};
  const int64_t rest = channels - c;
  for (int64_t t = 0; t < count; t++) {
    const T *x = taps[t].x + c;
    const T *filter = taps[t].filter + c;
    for (int64_t k = 0; k < rest; k++) sums[k] += toFloat(x[k]) * toFloat(filter[k]);
  }
  for (int64_t k = 0; k < rest; k++) y[c + k] = Rounded<T>::from(sums[k]);
}

// Height or width of the filter, the image that is read, and the result.
struct Side {
  int64_t kernel, source, result;
};

// Computes a row of the output: each pixel is a window of the image.
template <typename T>
DOUBLETIME_CLONES void forwardRow(const T *image, const T *filter, const Window &window, const Side &rows,
                                  const Side &columns, int64_t channels, int64_t row, T *y) {
  std::vector<Tap<T>> taps(rows.kernel * columns.kernel);
  for (int64_t column = 0; column < columns.result; column++) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows.kernel; i++) {
      const int64_t from = row * window.stride - window.top + i;
      if (from < 0 || from >= rows.source) continue;
      for (int64_t j = 0; j < columns.kernel; j++) {
        const int64_t at = column * window.stride - window.left + j;
        if (at < 0 || at >= columns.source) continue;
        taps[count++] = {image + (from * columns.source + at) * channels, filter + (i * columns.kernel + j) * channels};
      }
    }
    sumTaps(taps.data(), count, channels, y + column * channels);
  }
}

// Computes a row of the input's gradient: each pixel collects the gradients of the windows that contain it.
template <typename T>
DOUBLETIME_CLONES void inputRow(const T *gradient, const T *filter, const Window &window, const Side &rows,
                                const Side &columns, int64_t channels, int64_t row, T *dx) {
  std::vector<Tap<T>> taps(rows.kernel * columns.kernel);
  for (int64_t column = 0; column < columns.result; column++) {
    int64_t count = 0;
    for (int64_t i = 0; i < rows.kernel; i++) {
      const int64_t above = row + window.top - i;
      if (above < 0 || above % window.stride != 0 || above / window.stride >= rows.source) continue;
      for (int64_t j = 0; j < columns.kernel; j++) {
        const int64_t before = column + window.left - j;
        if (before < 0 || before % window.stride != 0 || before / window.stride >= columns.source) continue;
        const int64_t from = (above / window.stride) * columns.source + before / window.stride;
        taps[count++] = {gradient + from * channels, filter + (i * columns.kernel + j) * channels};
      }
    }
    sumTaps(taps.data(), count, channels, dx + column * channels);
  }
}

// Inputs x and filter, or dy and filter. Computes all rows of all images with `Row`.
template <typename T, void (*Row)(const T *, const T *, const Window &, const Side &, const Side &, int64_t, int64_t, T *)>
void rowByRow(void *kernel, TF_OpKernelContext *context) {
  const Window &window = *static_cast<Window *>(kernel);
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const std::vector<int64_t> filterShape = call.shape(1);
  const T *x = call.input<T>(0);
  const T *filter = call.input<T>(1);
  const int64_t images = shape[0];
  const int64_t channels = shape[3];
  T *y = call.output<T>(0, {images, window.height, window.width, channels});
  if (!call.ok()) return;
  const Side rows{filterShape[0], shape[1], window.height};
  const Side columns{filterShape[1], shape[2], window.width};
  const int64_t all = images * window.height;
  const int64_t each = std::max<int64_t>(1, 16384 / (window.width * channels));
  parallelFor((all + each - 1) / each, [&](int64_t part) {
    for (int64_t r = part * each; r < std::min(all, (part + 1) * each); r++)
      Row(x + r / window.height * shape[1] * shape[2] * channels, filter, window, rows, columns, channels,
          r % window.height, y + r * window.width * channels);
  });
}

// Sums of the filter's gradient for up to LANES channels, [kh, kw, LANES]. Few values are added in float32 before they are added
// in float64.
class FilterSums {
 public:
  explicit FilterSums(int64_t taps) : near_(taps * LANES), exact_(taps * LANES) {}
  float *near() { return near_.data(); }
  // Call this after every row of an image, with the number of values that were added to each sum.
  void added(int64_t values) {
    pending_ += values;
    if (pending_ >= 64) flush();
  }
  void flush() {
    for (size_t k = 0; k < near_.size(); k++) exact_[k] += near_[k];
    std::fill(near_.begin(), near_.end(), 0.f);
    pending_ = 0;
  }
  // The exact sums of a tap, for up to LANES channels.
  const double *exact(int64_t tap) const { return exact_.data() + tap * LANES; }
  void clear() { std::fill(exact_.begin(), exact_.end(), 0.0); }

 private:
  std::vector<float> near_;
  std::vector<double> exact_;
  int64_t pending_ = 0;
};

// Adds the part of one image in the filter's gradient, for `count` channels from `begin` on.
template <typename T>
DOUBLETIME_CLONES void filterOfImage(const T *image, const T *gradient, const Window &window, const Side &rows,
                                     const Side &columns, int64_t channels, int64_t begin, int64_t count,
                                     FilterSums &filter) {
  float *sums = filter.near();
  for (int64_t row = 0; row < rows.result; row++) {
    const int64_t top = row * window.stride - window.top;
    const int64_t firstRow = std::max<int64_t>(0, -top);
    const int64_t lastRow = std::min(rows.kernel, rows.source - top);
    for (int64_t column = 0; column < columns.result; column++) {
      const int64_t left = column * window.stride - window.left;
      const int64_t first = std::max<int64_t>(0, -left);
      const int64_t last = std::min(columns.kernel, columns.source - left);
      const T *dy = gradient + (row * columns.result + column) * channels + begin;
      for (int64_t i = firstRow; i < lastRow; i++) {
        const T *x = image + ((top + i) * columns.source + left + first) * channels + begin;
        float *sum = sums + (i * columns.kernel + first) * LANES;
        for (int64_t j = first; j < last; j++, x += channels, sum += LANES) {
          if (count == LANES) {
            store(sum, load(sum) + load(x) * load(dy));
          } else {
            for (int64_t k = 0; k < count; k++) sum[k] += toFloat(x[k]) * toFloat(dy[k]);
          }
        }
      }
    }
    filter.added(columns.result);
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
  const int64_t images = shape[0];
  const int64_t channels = shape[3];
  const int64_t taps = window.height * window.width;
  T *filter = call.output<T>(0, {window.height, window.width, channels, 1});
  if (!call.ok()) return;
  const Side rows{window.height, shape[1], gradientShape[1]};
  const Side columns{window.width, shape[2], gradientShape[2]};
  const int64_t imageSize = shape[1] * shape[2] * channels;
  const int64_t gradientSize = gradientShape[1] * gradientShape[2] * channels;
  const int64_t chunks = std::min<int64_t>(images, 8);
  std::vector<double> partial(chunks * taps * channels);
  parallelFor(chunks, [&](int64_t chunk) {
    const int64_t from = images * chunk / chunks;
    const int64_t to = images * (chunk + 1) / chunks;
    FilterSums sums(taps);
    for (int64_t c = 0; c < channels; c += LANES) {
      const int64_t count = std::min(LANES, channels - c);
      sums.clear();
      for (int64_t image = from; image < to; image++)
        filterOfImage<T>(x + image * imageSize, dy + image * gradientSize, window, rows, columns, channels, c, count,
                      sums);
      sums.flush();
      for (int64_t tap = 0; tap < taps; tap++)
        std::copy(sums.exact(tap), sums.exact(tap) + count, partial.data() + (chunk * taps + tap) * channels + c);
    }
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
      {"DoubletimeDepthwise", {"x: T", "filter: T"}, {"y: T"}, attributes, {}, create, rowByRow<float, forwardRow<float>>, remove,
       rowByRow<Bfloat16, forwardRow<Bfloat16>>},
      {"DoubletimeDepthwiseInput", {"dy: T", "filter: T"}, {"dx: T"}, attributes, {}, create, rowByRow<float, inputRow<float>>,
       remove, rowByRow<Bfloat16, inputRow<Bfloat16>>},
      {"DoubletimeDepthwiseFilter", {"x: T", "dy: T"}, {"dfilter: T"}, attributes, {}, create, filterGradient<float>, remove,
       filterGradient<Bfloat16>},
  };
}

}  // namespace doubletime
