// The loops of batch normalization over images in float32, and the functions that choose the loop. Only batch-norm.cc includes them.
//
// The images are an array of `count` values. The channels' values are given for a period: for float32 the channels of one pixel, for
// bfloat16 those of several pixels (see batch-norm-bfloat16.h).
#pragma once
#include <algorithm>
#include <vector>

#include "activation.h"
#include "batch-norm-bfloat16.h"
#include "kernel.h"
#include "sums.h"

namespace doubletime {
namespace {

// Mean and sum of squared distances from it, of each channel of `rows` rows.
DOUBLETIME_CLONES void statistics(const float *x, int64_t rows, int64_t channels, double *mean, double *squares) {
  std::fill(mean, mean + channels, 0.0);
  std::fill(squares, squares + channels, 0.0);
  const auto value = [=](int64_t r, int64_t c) __attribute__((always_inline)) { return x[r * channels + c]; };
  addRows(rows, channels, value, mean);
  const double share = 1.0 / static_cast<double>(rows);
  for (int64_t c = 0; c < channels; c++) mean[c] *= share;
  // The second sum needs the mean in float32.
  std::vector<float> near(mean, mean + channels);
  const float *center = near.data();
  const auto square = [=](int64_t r, int64_t c) __attribute__((always_inline)) {
    const float distance = x[r * channels + c] - center[c];
    return distance * distance;
  };
  addRows(rows, channels, square, squares);
  for (int64_t c = 0; c < channels; c++) {
    const double rounding = mean[c] - center[c];
    squares[c] -= static_cast<double>(rows) * rounding * rounding;
  }
}

// Merges the statistics of `more` rows into those of `rows` rows (Chan, Golub & LeVeque 1979).
DOUBLETIME_CLONES void mergeStatistics(double rows, double more, int64_t channels, const double *addedMean,
                                       const double *addedSquares, double *mean, double *squares) {
  const double share = more / (rows + more);
  DOUBLETIME_INDEPENDENT
  for (int64_t c = 0; c < channels; c++) {
    const double distance = addedMean[c] - mean[c];
    mean[c] += share * distance;
    squares[c] += addedSquares[c] + distance * distance * (rows * share);
  }
}

template <Activation A>
DOUBLETIME_INLINE void normalizeRows(const float *x, const float *side, int64_t count, int64_t channels, const float *mean,
                                     const float *gain, const float *offset, float *y) {
  for (int64_t r = 0; r < count / channels; r++) {
    const float *from = x + r * channels;
    float *to = y + r * channels;
    if (side == nullptr) {
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++)
        to[c] = activate<A>((from[c] - mean[c]) * gain[c] + offset[c]);
    } else {
      const float *added = side + r * channels;
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++)
        to[c] = activate<A>((from[c] - mean[c]) * gain[c] + offset[c] + added[c]);
    }
  }
}

template <typename T>
DOUBLETIME_CLONES void normalize(Activation activation, const T *x, const T *side, int64_t count, int64_t period,
                                 const float *mean, const float *gain, const float *offset, T *y) {
  switch (activation) {
    case Activation::none:
      return normalizeRows<Activation::none>(x, side, count, period, mean, gain, offset, y);
    case Activation::relu:
      return normalizeRows<Activation::relu>(x, side, count, period, mean, gain, offset, y);
    case Activation::relu6:
      return normalizeRows<Activation::relu6>(x, side, count, period, mean, gain, offset, y);
    case Activation::swish:
      return normalizeRows<Activation::swish>(x, side, count, period, mean, gain, offset, y);
  }
}

// dz = dy times the slope of the activation, of one value. The slope comes from the recomputed input of the activation, or from
// its output y where a side input was added (then it is a relu).
template <Activation A, bool HasSide>
DOUBLETIME_INLINE float gradientBefore(float dy, float distance, const float *y, int64_t at, float gain, float offset) {
  if (HasSide) return y[at] > 0.f ? dy : 0.f;
  return A == Activation::none ? dy : dy * slope<A>(distance * gain + offset);
}

// Adds dz and dz (x - mean) of `Run` rows to the sums, and keeps dz if `Keep`.
template <Activation A, bool HasSide, bool Keep, int64_t Run>
DOUBLETIME_INLINE void reduceRun(const float *dy, const float *x, const float *y, int64_t channels, const Channels &given,
                                 float *dz, double *sums, double *products) {
  const float *mean = given.mean;
  const float *gain = given.gain;
  const float *offset = given.offset;
  DOUBLETIME_INDEPENDENT
  for (int64_t c = 0; c < channels; c++) {
    float sum[Run];
    float product[Run];
#pragma GCC unroll 4
    for (int64_t r = 0; r < Run; r++) {
      const int64_t at = r * channels + c;
      const float distance = x[at] - mean[c];
      const float d = gradientBefore<A, HasSide>(dy[at], distance, y, at, gain[c], offset[c]);
      if (Keep) dz[at] = d;
      sum[r] = d;
      product[r] = d * distance;
    }
    if (Run == SUM_RUN) {
      sums[c] += (sum[0] + sum[1 % Run]) + (sum[2 % Run] + sum[3 % Run]);
      products[c] += (product[0] + product[1 % Run]) + (product[2 % Run] + product[3 % Run]);
    } else {
      sums[c] += sum[0];
      products[c] += product[0];
    }
  }
}

template <Activation A, bool HasSide, bool Keep>
DOUBLETIME_INLINE void reduceRows(const float *dy, const float *x, const float *y, int64_t rows, int64_t channels,
                                  const Channels &given, float *dz, double *sums, double *products) {
  int64_t r = 0;
  for (; r + SUM_RUN <= rows; r += SUM_RUN) {
    const int64_t at = r * channels;
    reduceRun<A, HasSide, Keep, SUM_RUN>(dy + at, x + at, HasSide ? y + at : nullptr, channels, given,
                                            Keep ? dz + at : nullptr, sums, products);
  }
  for (; r < rows; r++) {
    const int64_t at = r * channels;
    reduceRun<A, HasSide, Keep, 1>(dy + at, x + at, HasSide ? y + at : nullptr, channels, given,
                                      Keep ? dz + at : nullptr, sums, products);
  }
}

template <Activation A>
DOUBLETIME_INLINE void reduceKind(const float *dy, const float *x, const float *y, int64_t count, int64_t channels,
                                  const Channels &given, float *dz, double *sums, double *products) {
  const int64_t rows = count / channels;
  std::fill(sums, sums + channels, 0.0);
  std::fill(products, products + channels, 0.0);
  if (y != nullptr && dz != nullptr) reduceRows<A, true, true>(dy, x, y, rows, channels, given, dz, sums, products);
  else if (dz != nullptr) reduceRows<A, false, true>(dy, x, y, rows, channels, given, dz, sums, products);
  else reduceRows<A, false, false>(dy, x, y, rows, channels, given, dz, sums, products);
}

template <typename T>
DOUBLETIME_CLONES void reduce(Activation activation, const T *dy, const T *x, const T *y, int64_t count,
                              int64_t period, const Channels &given, T *dz, double *sums, double *products) {
  switch (activation) {
    case Activation::none:
      return reduceKind<Activation::none>(dy, x, y, count, period, given, dz, sums, products);
    case Activation::relu:
      return reduceKind<Activation::relu>(dy, x, y, count, period, given, dz, sums, products);
    case Activation::relu6:
      return reduceKind<Activation::relu6>(dy, x, y, count, period, given, dz, sums, products);
    case Activation::swish:
      return reduceKind<Activation::swish>(dy, x, y, count, period, given, dz, sums, products);
  }
}

// sum += more.
DOUBLETIME_CLONES void addTo(double *sum, const double *more, int64_t count) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) sum[k] += more[k];
}

// dx = gain (dz - mean(dz) - (x - mean) * coefficient); `dz` may be `dx`. With an activation, dz is made from dy again.
template <Activation A>
DOUBLETIME_INLINE void moveRows(const float *dz, const float *x, int64_t count, int64_t channels, const Channels &given,
                                const float *average, const float *coefficient, float *dx) {
  for (int64_t r = 0; r < count / channels; r++) {
    const int64_t at = r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float distance = x[at + c] - given.mean[c];
      float d = dz[at + c];
      if (A != Activation::none) d *= slope<A>(distance * given.gain[c] + given.offset[c]);
      dx[at + c] = given.gain[c] * (d - average[c] - distance * coefficient[c]);
    }
  }
}

template <typename T>
DOUBLETIME_CLONES void move(Activation activation, const T *dz, const T *x, int64_t count, int64_t period,
                            const Channels &given, const float *average, const float *coefficient, T *dx) {
  switch (activation) {
    case Activation::relu:
      return moveRows<Activation::relu>(dz, x, count, period, given, average, coefficient, dx);
    case Activation::relu6:
      return moveRows<Activation::relu6>(dz, x, count, period, given, average, coefficient, dx);
    default:
      return moveRows<Activation::none>(dz, x, count, period, given, average, coefficient, dx);
  }
}

}  // namespace
}  // namespace doubletime
