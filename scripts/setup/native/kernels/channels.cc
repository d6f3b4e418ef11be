// Ops on the channels of images [n, h, w, c] in float32 or bfloat16: moving channels between tensors, and squeeze-and-excite's scaling by
// one factor per image and channel with its gradients (Hu et al. 2018, section 3).
#include <algorithm>
#include <cstring>

#include "kernel.h"
#include "parallel.h"
#include "storage.h"
#include "sums.h"

namespace doubletime {
namespace {

// `count` neighbouring channels of an input.
struct Run {
  int64_t input, from, to, count;
};

// Channels of one input that are copied one by one.
struct Gather {
  int64_t input;
  std::vector<int32_t> from, to;
};

struct Route {
  int64_t channels;
  std::vector<Run> runs;
  std::vector<Gather> gathers;
};

// Shorter runs are copied channel by channel, which is faster.
constexpr int64_t MIN_RUN = 8;

void *createRoute(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  const std::vector<int64_t> sources = attributes.integers("sources");
  const std::vector<int64_t> channels = attributes.integers("channels");
  const auto size = static_cast<int64_t>(sources.size());
  auto *route = new Route{size, {}, std::vector<Gather>(attributes.integer("N"))};
  for (size_t i = 0; i < route->gathers.size(); i++) route->gathers[i].input = static_cast<int64_t>(i);
  for (int64_t begin = 0, end; begin < size; begin = end) {
    end = begin + 1;
    while (end < size && sources[end] == sources[begin] && channels[end] == channels[end - 1] + 1) end++;
    if (end - begin >= MIN_RUN) {
      route->runs.push_back({sources[begin], channels[begin], begin, end - begin});
      continue;
    }
    Gather &gather = route->gathers[sources[begin]];
    for (int64_t k = begin; k < end; k++) {
      gather.from.push_back(static_cast<int32_t>(channels[k]));
      gather.to.push_back(static_cast<int32_t>(k));
    }
  }
  return route;
}

void removeRoute(void *route) { delete static_cast<Route *>(route); }

template <typename T>
void copyRuns(const T *from, int64_t inputChannels, T *to, int64_t outputChannels, int64_t rows, int64_t count) {
  for (int64_t r = 0; r < rows; r++) std::memcpy(to + r * outputChannels, from + r * inputChannels, count * sizeof(T));
}

template <typename T>
void gatherRows(const Gather &gather, const T *from, int64_t inputChannels, T *to, int64_t outputChannels,
                int64_t rows) {
  const size_t count = gather.from.size();
  const int32_t *source = gather.from.data();
  const int32_t *target = gather.to.data();
  for (int64_t r = 0; r < rows; r++, from += inputChannels, to += outputChannels) {
    for (size_t k = 0; k < count; k++) to[target[k]] = from[source[k]];
  }
}

// Inputs [..., c_i] of equal leading dimensions; output [..., c]: channel k is channel `channels[k]` of input `sources[k]`.
template <typename T>
void route(void *kernel, TF_OpKernelContext *context) {
  const Route &given = *static_cast<Route *>(kernel);
  Call call(context);
  std::vector<int64_t> shape = call.shape(0);
  const int64_t rows = call.size(0) / shape.back();
  std::vector<const T *> inputs;
  std::vector<int64_t> channels;
  for (int i = 0; i < TF_NumInputs(context); i++) {
    inputs.push_back(call.input<T>(i));
    channels.push_back(call.shape(i).back());
  }
  shape.back() = given.channels;
  T *y = call.output<T>(0, shape);
  if (!call.ok()) return;
  const int64_t each = std::max<int64_t>(1, 16384 / given.channels);
  parallelFor((rows + each - 1) / each, [&](int64_t part) {
    const int64_t begin = part * each;
    const int64_t count = std::min(each, rows - begin);
    T *to = y + begin * given.channels;
    for (const Run &run : given.runs)
      copyRuns(inputs[run.input] + begin * channels[run.input] + run.from, channels[run.input], to + run.to,
               given.channels, count, run.count);
    for (const Gather &gather : given.gathers)
      gatherRows(gather, inputs[gather.input] + begin * channels[gather.input], channels[gather.input], to,
                 given.channels, count);
  });
}

// An image tensor [n, h, w, c] with a value per image and channel.
struct Images {
  Images(const std::vector<int64_t> &shape, int64_t size)
      : count(shape.front()), channels(shape.back()), pixels(size / (count * channels)) {}
  const int64_t count, channels, pixels;
};

template <typename T>
DOUBLETIME_CLONES void scalePixels(const T *x, const T *factor, const T *added, int64_t pixels, int64_t channels, T *y) {
  for (int64_t p = 0; p < pixels; p++, x += channels, y += channels) {
    if (added == nullptr) {
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++) y[c] = Rounded<T>::from(toFloat(x[c]) * toFloat(factor[c]));
    } else {
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++)
        y[c] = Rounded<T>::from(toFloat(x[c]) * toFloat(factor[c]) + toFloat(added[c]));
    }
  }
}

// y = x factor + added for x [n, h, w, c] and factor, added [n, 1, 1, c]; `added` may be missing.
template <typename T>
void scale(void *, TF_OpKernelContext *context) {
  Call call(context);
  // The output cannot use x's memory: reading x's shape makes this call a second reader of x (see Call::outputOver).
  const std::vector<int64_t> shape = call.shape(0);
  const Images images(shape, call.size(0));
  T *y = call.output<T>(0, shape);
  const T *x = call.input<T>(0);
  const T *factor = call.input<T>(1);
  const T *added = TF_NumInputs(context) > 2 ? call.input<T>(2) : nullptr;
  if (!call.ok()) return;
  const int64_t size = images.pixels * images.channels;
  const int64_t each = std::max<int64_t>(1, 16384 / size);
  parallelFor((images.count + each - 1) / each, [&](int64_t part) {
    for (int64_t i = part * each; i < std::min(images.count, (part + 1) * each); i++)
      scalePixels<T>(x + i * size, factor + i * images.channels, added == nullptr ? nullptr : added + i * images.channels,
                  images.pixels, images.channels, y + i * size);
  });
}

template <typename T>
DOUBLETIME_CLONES void sumPixels(const T *a, const T *b, int64_t pixels, int64_t channels, double factor,
                                 double *exact, float *sum) {
  std::fill(exact, exact + channels, 0.0);
  if (b == nullptr) {
    const auto value = [=](int64_t p, int64_t c) __attribute__((always_inline)) { return toFloat(a[p * channels + c]); };
    addRows(pixels, channels, value, exact);
  } else {
    const auto product = [=](int64_t p, int64_t c) __attribute__((always_inline)) {
      return toFloat(a[p * channels + c]) * toFloat(b[p * channels + c]);
    };
    addRows(pixels, channels, product, exact);
  }
  for (int64_t c = 0; c < channels; c++) sum[c] = static_cast<float>(exact[c] * factor);
}

// Sums in float32 over the pixels of each image and channel [n, 1, 1, c]: of a b for a, b [n, h, w, c]; with a alone, its mean.
template <typename T>
void sums(void *, TF_OpKernelContext *context) {
  Call call(context);
  const Images images(call.shape(0), call.size(0));
  const bool isProduct = TF_NumInputs(context) > 1;
  const T *a = call.input<T>(0);
  const T *b = isProduct ? call.input<T>(1) : nullptr;
  float *sum = call.output<float>(0, {images.count, 1, 1, images.channels});
  if (!call.ok()) return;
  const int64_t size = images.pixels * images.channels;
  const int64_t each = std::max<int64_t>(1, 16384 / size);
  const double factor = isProduct ? 1.0 : 1.0 / static_cast<double>(images.pixels);
  parallelFor((images.count + each - 1) / each, [&](int64_t part) {
    std::vector<double> exact(images.channels);
    for (int64_t i = part * each; i < std::min(images.count, (part + 1) * each); i++)
      sumPixels<T>(a + i * size, isProduct ? b + i * size : nullptr, images.pixels, images.channels, factor,
                exact.data(), sum + i * images.channels);
  });
}

}  // namespace

std::vector<Op> channelOps() {
  return {
      {"DoubletimeChannels", {"x: N * T"}, {"y: T"}, {"N: int", "sources: list(int)", "channels: list(int)"}, {}, createRoute,
       route<float>, removeRoute, route<Bfloat16>},
      {"DoubletimeScale", {"x: T", "factor: T"}, {"y: T"}, {}, {0}, nullptr, scale<float>, nullptr, scale<Bfloat16>},
      {"DoubletimeScaleAdd", {"x: T", "factor: T", "added: T"}, {"y: T"}, {}, {0}, nullptr, scale<float>, nullptr,
       scale<Bfloat16>},
      {"DoubletimeProductSum", {"a: T", "b: T"}, {"sum: float"}, {}, {}, nullptr, sums<float>, nullptr, sums<Bfloat16>},
      {"DoubletimePixelMean", {"x: T"}, {"mean: float"}, {}, {}, nullptr, sums<float>, nullptr, sums<Bfloat16>},
  };
}

}  // namespace doubletime
