// The loops of batch normalization over rows of channels. Only batch-norm.cc includes them.
#pragma once
#include <algorithm>
#include <vector>

#include "activation.h"
#include "kernel.h"
#include "storage.h"
#include "sums.h"

namespace doubletime {
namespace {

// Mean and sum of squared distances from it, of each channel of `rows` rows.
template <typename T>
DOUBLETIME_CLONES void statistics(const T *x, int64_t rows, int64_t channels, double *mean, double *squares) {
  std::fill(mean, mean + channels, 0.0);
  std::fill(squares, squares + channels, 0.0);
  const auto value = [=](int64_t r, int64_t c) __attribute__((always_inline)) { return toFloat(x[r * channels + c]); };
  addRows(rows, channels, value, mean);
  const double share = 1.0 / static_cast<double>(rows);
  for (int64_t c = 0; c < channels; c++) mean[c] *= share;
  // The second sum needs the mean in float32.
  std::vector<float> near(mean, mean + channels);
  const float *center = near.data();
  const auto square = [=](int64_t r, int64_t c) __attribute__((always_inline)) {
    const float distance = toFloat(x[r * channels + c]) - center[c];
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

// Compilers do not vectorize long loops that also convert bfloat16. So a few rows of bfloat16 at a time are converted to float32, and
// the results are converted back. So many values are converted at a time.
constexpr int64_t CONVERTED = 2048;

inline int64_t convertedRows(int64_t channels) {
  return std::max<int64_t>(1, CONVERTED / (channels * SUM_RUN)) * SUM_RUN;
}

DOUBLETIME_INLINE void widen(const Bfloat16 *from, int64_t count, float *to) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) to[k] = toFloat(from[k]);
}

DOUBLETIME_INLINE void narrow(const float *from, int64_t count, Bfloat16 *to) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) to[k] = Rounded<Bfloat16>::from(from[k]);
}

template <Activation A, typename T>
DOUBLETIME_INLINE void normalizeRows(const T *x, const T *side, int64_t rows, int64_t channels, const float *mean,
                                     const float *gain, const float *offset, T *y) {
  for (int64_t r = 0; r < rows; r++) {
    const T *from = x + r * channels;
    T *to = y + r * channels;
    if (side == nullptr) {
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++)
        to[c] = Rounded<T>::from(activate<A>((toFloat(from[c]) - mean[c]) * gain[c] + offset[c]));
    } else {
      const T *added = side + r * channels;
      DOUBLETIME_INDEPENDENT
      for (int64_t c = 0; c < channels; c++)
        to[c] = Rounded<T>::from(
            activate<A>((toFloat(from[c]) - mean[c]) * gain[c] + offset[c] + toFloat(added[c])));
    }
  }
}

template <Activation A>
DOUBLETIME_INLINE void normalizeRows(const Bfloat16 *x, const Bfloat16 *side, int64_t rows, int64_t channels,
                                     const float *mean, const float *gain, const float *offset, Bfloat16 *y) {
  const int64_t each = convertedRows(channels);
  std::vector<float> values(2 * each * channels);
  float *near = values.data();
  float *added = near + each * channels;
  for (int64_t r = 0; r < rows; r += each) {
    const int64_t count = std::min(each, rows - r);
    const int64_t at = r * channels;
    widen(x + at, count * channels, near);
    if (side != nullptr) widen(side + at, count * channels, added);
    normalizeRows<A, float>(near, side == nullptr ? nullptr : added, count, channels, mean, gain, offset, near);
    narrow(near, count * channels, y + at);
  }
}

template <typename T>
DOUBLETIME_CLONES void normalize(Activation activation, const T *x, const T *side, int64_t rows, int64_t channels,
                                 const float *mean, const float *gain, const float *offset, T *y) {
  switch (activation) {
    case Activation::none:
      return normalizeRows<Activation::none>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::relu:
      return normalizeRows<Activation::relu>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::relu6:
      return normalizeRows<Activation::relu6>(x, side, rows, channels, mean, gain, offset, y);
    case Activation::swish:
      return normalizeRows<Activation::swish>(x, side, rows, channels, mean, gain, offset, y);
  }
}

struct Channels {
  const float *mean;
  const float *inverse;
  const float *gain;
  const float *offset;
};

// dz = dy times the slope of the activation, of one value. The slope comes from the recomputed input of the activation, or from
// its output y where a side input was added (then it is a relu).
template <Activation A, bool HasSide, typename T>
DOUBLETIME_INLINE float gradientBefore(float dy, float distance, const T *y, int64_t at, float gain, float offset) {
  if (HasSide) return toFloat(y[at]) > 0.f ? dy : 0.f;
  return A == Activation::none ? dy : dy * slope<A>(distance * gain + offset);
}

// dz of `rows` rows; `dz` may be `y`.
template <Activation A, bool HasSide>
DOUBLETIME_INLINE void derive(const float *dy, const float *x, const float *y, int64_t rows, int64_t channels,
                              const Channels &given, float *dz) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t row = r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const int64_t at = row + c;
      dz[at] = gradientBefore<A, HasSide>(dy[at], x[at] - given.mean[c], y, at, given.gain[c], given.offset[c]);
    }
  }
}

// Adds dz and dz (x - mean) of `Run` rows to the sums, and keeps dz if `Keep`.
template <Activation A, bool HasSide, bool Keep, int64_t Run, typename T>
DOUBLETIME_INLINE void reduceRun(const T *dy, const T *x, const T *y, int64_t channels, const Channels &given,
                                 T *dz, double *sums, double *products) {
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
      const float distance = toFloat(x[at]) - mean[c];
      float d = gradientBefore<A, HasSide>(toFloat(dy[at]), distance, y, at, gain[c], offset[c]);
      if (Keep) {
        dz[at] = Rounded<T>::from(d);
        d = toFloat(dz[at]);
      }
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

template <Activation A, bool HasSide, bool Keep, typename T>
DOUBLETIME_INLINE void reduceRows(const T *dy, const T *x, const T *y, int64_t rows, int64_t channels,
                                  const Channels &given, T *dz, double *sums, double *products) {
  int64_t r = 0;
  for (; r + SUM_RUN <= rows; r += SUM_RUN) {
    const int64_t at = r * channels;
    reduceRun<A, HasSide, Keep, SUM_RUN, T>(dy + at, x + at, HasSide ? y + at : nullptr, channels, given,
                                            Keep ? dz + at : nullptr, sums, products);
  }
  for (; r < rows; r++) {
    const int64_t at = r * channels;
    reduceRun<A, HasSide, Keep, 1, T>(dy + at, x + at, HasSide ? y + at : nullptr, channels, given,
                                      Keep ? dz + at : nullptr, sums, products);
  }
}

template <Activation A, bool HasSide, bool Keep>
DOUBLETIME_INLINE void reduceRows(const Bfloat16 *dy, const Bfloat16 *x, const Bfloat16 *y, int64_t rows, int64_t channels,
                                  const Channels &given, Bfloat16 *dz, double *sums, double *products) {
  const int64_t each = convertedRows(channels);
  std::vector<float> values(3 * each * channels);
  float *nearDy = values.data();
  float *nearX = nearDy + each * channels;
  float *nearY = nearX + each * channels;
  for (int64_t r = 0; r < rows; r += each) {
    const int64_t count = std::min(each, rows - r);
    const int64_t at = r * channels;
    widen(dy + at, count * channels, nearDy);
    widen(x + at, count * channels, nearX);
    if (HasSide) widen(y + at, count * channels, nearY);
    if (!Keep) {
      reduceRows<A, HasSide, false, float>(nearDy, nearX, nearY, count, channels, given, nullptr, sums, products);
      continue;
    }
    // The sums are those of the rounded gradient, which the second pass reads.
    derive<A, HasSide>(nearDy, nearX, nearY, count, channels, given, nearY);
    narrow(nearY, count * channels, dz + at);
    widen(dz + at, count * channels, nearDy);
    reduceRows<Activation::none, false, false, float>(nearDy, nearX, nullptr, count, channels, given, nullptr, sums, products);
  }
}

template <Activation A, typename T>
DOUBLETIME_INLINE void reduceKind(const T *dy, const T *x, const T *y, int64_t rows, int64_t channels,
                                  const Channels &given, T *dz, double *sums, double *products) {
  std::fill(sums, sums + channels, 0.0);
  std::fill(products, products + channels, 0.0);
  if (y != nullptr && dz != nullptr) reduceRows<A, true, true>(dy, x, y, rows, channels, given, dz, sums, products);
  else if (dz != nullptr) reduceRows<A, false, true>(dy, x, y, rows, channels, given, dz, sums, products);
  else reduceRows<A, false, false>(dy, x, y, rows, channels, given, dz, sums, products);
}

template <typename T>
DOUBLETIME_CLONES void reduce(Activation activation, const T *dy, const T *x, const T *y, int64_t rows,
                              int64_t channels, const Channels &given, T *dz, double *sums, double *products) {
  switch (activation) {
    case Activation::none:
      return reduceKind<Activation::none>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::relu:
      return reduceKind<Activation::relu>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::relu6:
      return reduceKind<Activation::relu6>(dy, x, y, rows, channels, given, dz, sums, products);
    case Activation::swish:
      return reduceKind<Activation::swish>(dy, x, y, rows, channels, given, dz, sums, products);
  }
}

// sum += more.
DOUBLETIME_CLONES void addTo(double *sum, const double *more, int64_t count) {
  DOUBLETIME_INDEPENDENT
  for (int64_t k = 0; k < count; k++) sum[k] += more[k];
}

// dx = gain (dz - mean(dz) - (x - mean) * coefficient); `dz` may be `dx`. With an activation, dz is made from dy again.
template <Activation A, typename T>
DOUBLETIME_INLINE void moveRows(const T *dz, const T *x, int64_t rows, int64_t channels, const Channels &given,
                                const float *average, const float *coefficient, T *dx) {
  for (int64_t r = 0; r < rows; r++) {
    const int64_t at = r * channels;
    DOUBLETIME_INDEPENDENT
    for (int64_t c = 0; c < channels; c++) {
      const float distance = toFloat(x[at + c]) - given.mean[c];
      float d = toFloat(dz[at + c]);
      if (A != Activation::none) d *= slope<A>(distance * given.gain[c] + given.offset[c]);
      dx[at + c] = Rounded<T>::from(given.gain[c] * (d - average[c] - distance * coefficient[c]));
    }
  }
}

template <typename T>
DOUBLETIME_CLONES void move(Activation activation, const T *dz, const T *x, int64_t rows, int64_t channels,
                            const Channels &given, const float *average, const float *coefficient, T *dx) {
  switch (activation) {
    case Activation::relu:
      return moveRows<Activation::relu>(dz, x, rows, channels, given, average, coefficient, dx);
    case Activation::relu6:
      return moveRows<Activation::relu6>(dz, x, rows, channels, given, average, coefficient, dx);
    default:
      return moveRows<Activation::none>(dz, x, rows, channels, given, average, coefficient, dx);
  }
}

}  // namespace
}  // namespace doubletime
