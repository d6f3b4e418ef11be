// Batch normalization with the activation that follows it, and the gradient of both, over x [rows, channels] in float32 or
// bfloat16; scales and statistics are float32.
// Ioffe & Szegedy 2015, algorithm 1; the statistics of the rows are merged as in Chan, Golub & LeVeque 1979. The parts that are
// summed depend only on the shape, so the results do not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "batch-norm-loops.h"
#include "kernel.h"
#include "parallel.h"

namespace doubletime {
namespace {

struct Norm {
  float epsilon;
  float factor;
  bool training;
  Activation activation;
};

void *create(TF_OpKernelConstruction *construction) {
  Attributes attributes(construction);
  return new Norm{attributes.number("epsilon"), attributes.number("exponential_avg_factor"),
                  attributes.flag("is_training"), static_cast<Activation>(attributes.integer("activation"))};
}

void remove(void *norm) { delete static_cast<Norm *>(norm); }

// The rows of each part: about 64 KB, so that a second pass finds them in the cache, but enough that the sums of all parts are
// much smaller than x. All but the last have a whole number of periods.
struct Parts {
  Parts(int64_t rows, int64_t channels, int64_t period)
      : rows(rows), size(std::min(rows, sizeOf(channels, period / channels))), count((rows + size - 1) / size) {}
  const int64_t rows;
  const int64_t size;
  const int64_t count;
  int64_t begin(int64_t part) const { return part * size; }
  int64_t length(int64_t part) const { return std::min(size, rows - part * size); }

 private:
  static int64_t sizeOf(int64_t channels, int64_t pixels) {
    return std::max<int64_t>(16, (16384 / channels + pixels - 1) / pixels * pixels);
  }
};

// Runs `body(part)` for all parts. Small parts are grouped into larger tasks.
template <typename Body>
void forParts(const Parts &parts, int64_t channels, const Body &body) {
  const int64_t tasks = std::max<int64_t>(1, std::min<int64_t>(parts.count, parts.rows * channels / 8192));
  const int64_t each = (parts.count + tasks - 1) / tasks;
  parallelFor((parts.count + each - 1) / each, [&](int64_t task) {
    const int64_t end = std::min(parts.count, (task + 1) * each);
    for (int64_t part = task * each; part < end; part++) body(part);
  });
}

// Mean and biased variance of each channel.
template <typename T>
void batchStatistics(const T *x, int64_t rows, int64_t channels, float *mean, float *variance) {
  const Parts parts(rows, channels, periodOf(x, channels));
  std::vector<double> partial(2 * parts.count * channels);
  forParts(parts, channels, [&](int64_t part) {
    double *own = partial.data() + 2 * part * channels;
    statistics(x + parts.begin(part) * channels, parts.length(part), channels, own, own + channels);
  });
  double *total = partial.data();
  for (int64_t part = 1; part < parts.count; part++) {
    const double *own = partial.data() + 2 * part * channels;
    mergeStatistics(static_cast<double>(parts.begin(part)), static_cast<double>(parts.length(part)), channels, own,
                    own + channels, total, total + channels);
  }
  for (int64_t c = 0; c < channels; c++) {
    mean[c] = static_cast<float>(total[c]);
    variance[c] = static_cast<float>(total[channels + c] / static_cast<double>(rows));
  }
}

// Inputs x, scale, offset, moving mean, moving variance, and with `side` a tensor of x's shape that is added before the
// activation. Outputs y, the new moving mean and variance, the batch's mean, and 1 / its standard deviation.
template <typename T>
void forward(void *kernel, TF_OpKernelContext *context) {
  const Norm &norm = *static_cast<Norm *>(kernel);
  Call call(context);
  const std::vector<int64_t> shape = call.shape(0);
  const int64_t channels = shape.back();
  const int64_t rows = call.size(0) / channels;
  const T *x = call.input<T>(0);
  const float *scale = call.input<float>(1);
  const float *offset = call.input<float>(2);
  const float *oldMean = call.input<float>(3);
  const float *oldVariance = call.input<float>(4);
  const T *side = TF_NumInputs(context) > 5 ? call.input<T>(5) : nullptr;
  const bool moves = norm.training && norm.factor < 1.f;
  T *y = call.output<T>(0, shape);
  float *newMean = call.output<float>(1, {channels});
  float *newVariance = call.output<float>(2, {channels});
  float *mean = call.output<float>(3, {channels});
  float *inverse = call.output<float>(4, {channels});
  if (!call.ok()) return;
  std::vector<float> variance(channels);
  if (norm.training) {
    batchStatistics(x, rows, channels, mean, variance.data());
  } else {
    std::copy(oldMean, oldMean + channels, mean);
    std::copy(oldVariance, oldVariance + channels, variance.begin());
  }
  std::vector<float> gain(channels);
  // The moving variance is unbiased, as in PyTorch.
  const float unbiased = norm.training && rows > 1 ? static_cast<float>(rows) / static_cast<float>(rows - 1) : 1.f;
  for (int64_t c = 0; c < channels; c++) {
    inverse[c] = 1.f / std::sqrt(variance[c] + norm.epsilon);
    gain[c] = scale[c] * inverse[c];
    const float batchVariance = variance[c] * unbiased;
    newMean[c] = moves ? (1.f - norm.factor) * oldMean[c] + norm.factor * mean[c] : mean[c];
    newVariance[c] = moves ? (1.f - norm.factor) * oldVariance[c] + norm.factor * batchVariance : batchVariance;
  }
  const int64_t period = periodOf(x, channels);
  const std::vector<float> means = repeat(mean, channels, period);
  const std::vector<float> gains = repeat(gain.data(), channels, period);
  const std::vector<float> offsets = repeat(offset, channels, period);
  const Parts parts(rows, channels, period);
  forParts(parts, channels, [&](int64_t part) {
    const int64_t at = parts.begin(part) * channels;
    normalize<T>(norm.activation, x + at, side == nullptr ? nullptr : side + at, parts.length(part) * channels, period,
                 means.data(), gains.data(), offsets.data(), y + at);
  });
}

// Inputs dy, x, scale, offset, the batch's mean, 1 / its standard deviation, and with `side` the output y of the activation.
// Outputs dx, dscale, doffset, and with `side` its gradient dz.
template <typename T>
void backward(void *kernel, TF_OpKernelContext *context) {
  const Norm &norm = *static_cast<Norm *>(kernel);
  const bool hasSide = TF_NumInputs(context) > 6;
  Call call(context);
  const std::vector<int64_t> shape = call.shape(1);
  const int64_t channels = shape.back();
  const int64_t rows = call.size(1) / channels;
  T *dx = hasSide ? call.output<T>(0, shape) : call.outputOver<T>(0, {0}, shape);
  float *dscale = call.output<float>(1, {channels});
  float *doffset = call.output<float>(2, {channels});
  T *dside = hasSide ? call.outputOver<T>(3, {0}, shape) : nullptr;
  const T *dy = call.input<T>(0);
  const T *x = call.input<T>(1);
  const float *scale = call.input<float>(2);
  const float *inverse = call.input<float>(5);
  const T *y = hasSide ? call.input<T>(6) : nullptr;
  if (!call.ok()) return;
  const int64_t period = periodOf(x, channels);
  const std::vector<float> means = repeat(call.input<float>(4), channels, period);
  const std::vector<float> inverses = repeat(inverse, channels, period);
  const std::vector<float> offsets = repeat(call.input<float>(3), channels, period);
  std::vector<float> gains = repeat(scale, channels, period);
  for (int64_t k = 0; k < period; k++) gains[k] *= inverses[k];
  const Channels given{means.data(), gains.data(), offsets.data()};

  // The derivative of swish needs an exponential. It is computed once: dy times the derivative is kept in dx.
  T *kept = hasSide ? dside : norm.activation == Activation::swish ? dx : nullptr;
  const Parts parts(rows, channels, period);
  std::vector<double> partial(2 * parts.count * period);
  forParts(parts, channels, [&](int64_t part) {
    const int64_t at = parts.begin(part) * channels;
    double *own = partial.data() + 2 * part * period;
    reduce<T>(norm.activation, dy + at, x + at, y == nullptr ? nullptr : y + at, parts.length(part) * channels, period,
              given, kept == nullptr ? nullptr : kept + at, own, own + period);
  });
  for (int64_t part = 1; part < parts.count; part++)
    addTo(partial.data(), partial.data() + 2 * part * period, 2 * period);
  std::vector<double> sums(channels);
  std::vector<double> products(channels);
  fold(partial.data(), period, channels, sums.data());
  fold(partial.data() + period, period, channels, products.data());
  std::vector<float> average(channels);
  std::vector<float> coefficient(channels);
  const double share = norm.training ? 1.0 / static_cast<double>(rows) : 0.0;
  for (int64_t c = 0; c < channels; c++) {
    doffset[c] = static_cast<float>(sums[c]);
    dscale[c] = static_cast<float>(products[c] * inverse[c]);
    average[c] = static_cast<float>(sums[c] * share);
    coefficient[c] = static_cast<float>(products[c] * share * inverse[c] * inverse[c]);
  }
  const std::vector<float> averages = repeat(average.data(), channels, period);
  const std::vector<float> coefficients = repeat(coefficient.data(), channels, period);
  const T *dz = kept == nullptr ? dy : kept;
  const Activation again = kept == nullptr ? norm.activation : Activation::none;
  forParts(parts, channels, [&](int64_t part) {
    const int64_t at = parts.begin(part) * channels;
    move<T>(again, dz + at, x + at, parts.length(part) * channels, period, given, averages.data(), coefficients.data(),
            dx + at);
  });
}

}  // namespace

std::vector<Op> batchNormOps() {
  const std::vector<const char *> attributes = {"epsilon: float", "exponential_avg_factor: float", "is_training: bool",
                                                "activation: int"};
  const std::vector<const char *> in = {"x: T", "scale: float", "offset: float", "mean: float", "variance: float"};
  const std::vector<const char *> out = {"y: T", "new_mean: float", "new_variance: float", "batch_mean: float",
                                         "inverse: float"};
  const std::vector<const char *> back = {"dy: T",         "x: T",        "scale: float",
                                          "offset: float", "mean: float", "inverse: float"};
  const std::vector<const char *> gradients = {"dx: T", "dscale: float", "doffset: float"};
  auto with = [](std::vector<const char *> list, const char *last) {
    list.push_back(last);
    return list;
  };
  const auto there = forward<float>;
  const auto thereLow = forward<Bfloat16>;
  const auto again = backward<float>;
  const auto againLow = backward<Bfloat16>;
  return {
      {"DoubletimeBatchNorm", in, out, attributes, {0, 1, 1, 1, 1}, create, there, remove, thereLow},
      {"DoubletimeBatchNormAdd", with(in, "side: T"), out, attributes, {0, 1, 1, 1, 1}, create, there, remove, thereLow},
      {"DoubletimeBatchNormGrad", back, gradients, attributes, {0, 2, 2}, create, again, remove, againLow},
      {"DoubletimeBatchNormAddGrad", with(back, "y: T"), with(gradients, "dside: T"), attributes, {0, 2, 2, 0}, create, again,
       remove, againLow},
  };
}

}  // namespace doubletime
