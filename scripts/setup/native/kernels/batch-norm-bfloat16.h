// The loops of batch normalization over images in bfloat16, in vectors of float32. Only batch-norm.cc includes them.
//
// The images are a flat array of `count` values. The values per channel are repeated until their number is a multiple of LANES: a
// period (see `periodOf`). So every vector of the array has the same place in the period as its channels' values, with any number of
// channels.
#pragma once
#include <algorithm>
#include <numeric>
#include <vector>

#include "activation.h"
#include "lanes.h"
#include "sums.h"

namespace doubletime {
namespace {

// Values of each channel of a period.
struct Channels {
  const float *mean;
  const float *gain;
  const float *offset;
};

inline int64_t periodOf(const float *, int64_t channels) { return channels; }
inline int64_t periodOf(const Bfloat16 *, int64_t channels) {
  return channels / std::gcd(channels, LANES) * LANES;
}

// The sums of the channels, from those of a period.
inline void fold(const double *sums, int64_t period, int64_t channels, double *folded) {
  std::copy(sums, sums + channels, folded);
  for (int64_t at = channels; at < period; at += channels)
    for (int64_t c = 0; c < channels; c++) folded[c] += sums[at + c];
}

// The channels' values for each place of a period.
inline std::vector<float> repeat(const float *values, int64_t channels, int64_t period) {
  std::vector<float> repeated(period);
  for (int64_t at = 0; at < period; at += channels) std::copy(values, values + channels, repeated.begin() + at);
  return repeated;
}

DOUBLETIME_INLINE void addExact(double *sums, Lanes values) {
  Doubles &own = *reinterpret_cast<Doubles *>(sums);
  own += __builtin_convertvector(values, Doubles);
}

// Calls block(at, c, size, width) for all values: `size` is how many vectors are added before their sum is added in float64, `at`
// the index of the first one (the others follow at distances of `period`), c the place in the period, and `width` the number of
// values in each vector.
template <typename Block>
DOUBLETIME_INLINE void forRuns(int64_t count, int64_t period, const Block &block) {
  int64_t base = 0;
  for (; base + SUM_RUN * period <= count; base += SUM_RUN * period)
    for (int64_t c = 0; c < period; c += LANES) block.template run<SUM_RUN>(base + c, c);
  for (; base < count; base += period) {
    const int64_t rest = std::min(period, count - base);
    int64_t c = 0;
    for (; c + LANES <= rest; c += LANES) block.template run<1>(base + c, c);
    if (c < rest) block.last(base + c, c, rest - c);
  }
}

// Adds the values to the sums of a period.
struct ValueSum {
  const Bfloat16 *x;
  int64_t period;
  double *sums;
  template <int64_t Run>
  DOUBLETIME_INLINE void run(int64_t at, int64_t c) const {
    Lanes sum = load(x + at);
#pragma GCC unroll 4
    for (int64_t r = 1; r < Run; r++) sum += load(x + at + r * period);
    addExact(sums + c, sum);
  }
  DOUBLETIME_INLINE void last(int64_t at, int64_t c, int64_t width) const {
    addExact(sums + c, loadSome(x + at, width));
  }
};

// Adds the squared distances from `center` to the sums of a period.
struct SquareSum {
  const Bfloat16 *x;
  const float *center;
  int64_t period;
  double *sums;
  template <int64_t Run>
  DOUBLETIME_INLINE void run(int64_t at, int64_t c) const {
    const Lanes middle = load(center + c);
    Lanes sum{};
#pragma GCC unroll 4
    for (int64_t r = 0; r < Run; r++) {
      const Lanes distance = load(x + at + r * period) - middle;
      sum += distance * distance;
    }
    addExact(sums + c, sum);
  }
  DOUBLETIME_INLINE void last(int64_t at, int64_t c, int64_t width) const {
    for (int64_t k = 0; k < width; k++) {
      const float distance = toFloat(x[at + k]) - center[c + k];
      sums[c + k] += distance * distance;
    }
  }
};

// Mean and sum of squared distances from it, of each channel. `count` is a multiple of `channels`.
DOUBLETIME_CLONES void statistics(const Bfloat16 *x, int64_t rows, int64_t channels, double *mean, double *squares) {
  const int64_t count = rows * channels;
  const int64_t period = periodOf(x, channels);
  std::vector<double> sums(2 * period, 0.0);
  forRuns(count, period, ValueSum{x, period, sums.data()});
  fold(sums.data(), period, channels, mean);
  const double share = 1.0 / static_cast<double>(rows);
  for (int64_t c = 0; c < channels; c++) mean[c] *= share;
  // The second sum needs the mean in float32.
  std::vector<float> center(period);
  for (int64_t k = 0; k < period; k++) center[k] = static_cast<float>(mean[k % channels]);
  double *second = sums.data() + period;
  forRuns(count, period, SquareSum{x, center.data(), period, second});
  fold(second, period, channels, squares);
  for (int64_t c = 0; c < channels; c++) {
    const double rounding = mean[c] - center[c];
    squares[c] -= static_cast<double>(rows) * rounding * rounding;
  }
}

template <Activation A, bool HasSide>
DOUBLETIME_INLINE void normalizeFlat(const Bfloat16 *x, const Bfloat16 *side, int64_t count, int64_t period,
                                     const float *mean, const float *gain, const float *offset, Bfloat16 *y) {
  const auto compute = [=](Lanes value, Lanes added, int64_t c) __attribute__((always_inline)) {
    const Lanes z = (value - load(mean + c)) * load(gain + c) + load(offset + c);
    return activate<A>(HasSide ? z + added : z);
  };
  for (int64_t base = 0; base < count; base += period) {
    const int64_t rest = std::min(period, count - base);
    int64_t c = 0;
    for (; c + LANES <= rest; c += LANES)
      store(y + base + c, compute(load(x + base + c), HasSide ? load(side + base + c) : Lanes{}, c));
    if (c == rest) continue;
    const Lanes added = HasSide ? loadSome(side + base + c, rest - c) : Lanes{};
    storeSome(y + base + c, compute(loadSome(x + base + c, rest - c), added, c), rest - c);
  }
}

template <Activation A>
DOUBLETIME_INLINE void normalizeRows(const Bfloat16 *x, const Bfloat16 *side, int64_t count, int64_t period,
                                     const float *mean, const float *gain, const float *offset, Bfloat16 *y) {
  if (side == nullptr) normalizeFlat<A, false>(x, side, count, period, mean, gain, offset, y);
  else normalizeFlat<A, true>(x, side, count, period, mean, gain, offset, y);
}

// Adds dz and dz (x - mean) to the sums of a period, and keeps dz if `Keep`. The sums are those of the rounded dz, which the second
// pass reads.
template <Activation A, bool HasSide, bool Keep>
struct GradientSum {
  const Bfloat16 *dy, *x, *y;
  int64_t period;
  const Channels &given;
  Bfloat16 *dz;
  double *sums, *products;

  DOUBLETIME_INLINE Lanes derive(Lanes gradient, Lanes distance, Lanes result, int64_t c) const {
    if (HasSide) return result > 0.f ? gradient : Lanes{};
    if (A == Activation::none) return gradient;
    return gradient * slope<A>(distance * load(given.gain + c) + load(given.offset + c));
  }
  template <int64_t Run>
  DOUBLETIME_INLINE void run(int64_t at, int64_t c) const {
    const Lanes mean = load(given.mean + c);
    Lanes sum{}, product{};
#pragma GCC unroll 4
    for (int64_t r = 0; r < Run; r++) {
      const int64_t here = at + r * period;
      const Lanes distance = load(x + here) - mean;
      Lanes d = derive(load(dy + here), distance, HasSide ? load(y + here) : Lanes{}, c);
      if (Keep) {
        store(dz + here, d);
        d = load(dz + here);
      }
      sum += d;
      product += d * distance;
    }
    addExact(sums + c, sum);
    addExact(products + c, product);
  }
  // Lanes after the last value have dy = 0, so they add 0.
  DOUBLETIME_INLINE void last(int64_t at, int64_t c, int64_t width) const {
    const Lanes distance = loadSome(x + at, width) - load(given.mean + c);
    Lanes d = derive(loadSome(dy + at, width), distance, HasSide ? loadSome(y + at, width) : Lanes{}, c);
    if (Keep) {
      storeSome(dz + at, d, width);
      d = loadSome(dz + at, width);
    }
    addExact(sums + c, d);
    addExact(products + c, d * distance);
  }
};

template <Activation A>
DOUBLETIME_INLINE void reduceKind(const Bfloat16 *dy, const Bfloat16 *x, const Bfloat16 *y, int64_t count, int64_t period,
                                  const Channels &given, Bfloat16 *dz, double *sums, double *products) {
  std::fill(sums, sums + period, 0.0);
  std::fill(products, products + period, 0.0);
  if (y != nullptr) forRuns(count, period, GradientSum<A, true, true>{dy, x, y, period, given, dz, sums, products});
  else if (dz != nullptr) forRuns(count, period, GradientSum<A, false, true>{dy, x, y, period, given, dz, sums, products});
  else forRuns(count, period, GradientSum<A, false, false>{dy, x, y, period, given, dz, sums, products});
}

template <Activation A>
DOUBLETIME_INLINE void moveRows(const Bfloat16 *dz, const Bfloat16 *x, int64_t count, int64_t period, const Channels &given,
                                const float *average, const float *coefficient, Bfloat16 *dx) {
  const auto compute = [=](Lanes d, Lanes value, int64_t c) __attribute__((always_inline)) {
    const Lanes distance = value - load(given.mean + c);
    const Lanes gain = load(given.gain + c);
    if (A != Activation::none) d *= slope<A>(distance * gain + load(given.offset + c));
    return gain * (d - load(average + c) - distance * load(coefficient + c));
  };
  for (int64_t base = 0; base < count; base += period) {
    const int64_t rest = std::min(period, count - base);
    int64_t c = 0;
    for (; c + LANES <= rest; c += LANES)
      store(dx + base + c, compute(load(dz + base + c), load(x + base + c), c));
    if (c == rest) continue;
    const Lanes last = compute(loadSome(dz + base + c, rest - c), loadSome(x + base + c, rest - c), c);
    storeSome(dx + base + c, last, rest - c);
  }
}

}  // namespace
}  // namespace doubletime
